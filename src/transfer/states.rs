//! What is needed to go on with uploads that were cut off: one small file for each, in a directory
//! of the caller. Losing one costs nothing but sending again.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::domain::path::RemotePath;

use super::upload::Unfinished;

/// No service remembers an upload that long.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The directory of these files.
pub struct States {
    dir: PathBuf,
}

/// What is known of one upload.
pub struct State {
    dir: PathBuf,
    file: PathBuf,
    of: Of,
}

/// Which upload it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Of {
    library: String,
    space: String,
    path: String,
    local: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    of: &'a Of,
    upload: &'a Unfinished,
}

#[derive(Deserialize)]
struct Read {
    of: Of,
    upload: Unfinished,
}

impl States {
    /// Those in this directory, which is made when it is needed; old ones are thrown away.
    pub fn open(dir: PathBuf) -> Self {
        let files = fs::read_dir(&dir).into_iter().flatten().flatten();
        for file in files {
            let modified = file.metadata().and_then(|there| there.modified());
            let is_old = modified.is_ok_and(|time| {
                SystemTime::now()
                    .duration_since(time)
                    .is_ok_and(|age| age > LONGEST)
            });
            if is_old {
                // The next time will do as well.
                let _ = fs::remove_file(file.path());
            }
        }
        Self { dir }
    }

    /// That of the upload of `local` to `remote`.
    pub fn of(&self, client: &Client, local: &Path, remote: &RemotePath) -> State {
        // The same file by any name.
        let local = fs::canonicalize(local).unwrap_or_else(|_| local.to_owned());
        let of = Of {
            library: client.library().to_owned(),
            space: client.space().to_owned(),
            path: remote.as_str().to_owned(),
            local,
        };
        let local = of.local.as_os_str().as_encoded_bytes();
        let names = [&of.library, &of.space, &of.path].map(String::as_bytes);
        // FNV-1a: short, and the same in every version of this program.
        let hash = [local]
            .into_iter()
            .chain(names)
            .flat_map(|name| name.iter().copied().chain([0]))
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        State {
            file: self.dir.join(format!("{hash:016x}.json")),
            dir: self.dir.clone(),
            of,
        }
    }
}

impl State {
    /// What is known, if anything.
    pub fn read(&self) -> Option<Unfinished> {
        let text = fs::read(&self.file).ok()?;
        let read: Read = serde_json::from_slice(&text).ok()?;
        (read.of == self.of).then_some(read.upload)
    }

    /// Notes how far it is, or that there is nothing to go on with.
    pub fn keep(&self, unfinished: Option<&Unfinished>) {
        let kept = match unfinished {
            Some(unfinished) => self.write(unfinished),
            None => match fs::remove_file(&self.file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            },
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "an upload could not go on after a sudden end");
        }
    }

    /// Whole or not at all: beside it, then by a rename.
    fn write(&self, unfinished: &Unfinished) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let text = serde_json::to_vec(&Written {
            of: &self.of,
            upload: unfinished,
        })?;
        let aside = self
            .file
            .with_extension(format!("{}.new", std::process::id()));
        let mut file = private(&aside)?;
        file.write_all(&text)?;
        drop(file);
        fs::rename(&aside, &self.file)
    }
}

/// A file that nobody else on this machine reads: it names an upload that others could spoil.
fn private(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}
