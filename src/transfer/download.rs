//! One file from the service: into a partial file beside its target, which gets its name when all
//! bytes are there and their sum is right.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::client::content::{FileLink, Incoming, Meter};
use crate::client::{Client, Error};
use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::path::RemotePath;
use crate::texts::later;

use super::local::{Growing, on_disk, trouble};
use super::{Policy, Stop, Trouble};

/// What the name of a partial file ends in.
pub const SUFFIX: &str = ".mediasweep-part";
/// The longest name of a file on this machine, in bytes.
const LONGEST_NAME: usize = 255;
/// So many bytes are gathered before they are written.
const GATHERED: usize = 1 << 20;
/// Names such as `take (1).mov` are tried up to this number.
const MOST_NAMES: u32 = 1000;

/// A file that was downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// CRC-64/XZ of the content.
    pub crc64: u64,
    /// Whether the service told the sum, so that it could be compared.
    pub is_checked: bool,
    /// Bytes that were there from another time and were not fetched again.
    pub kept: u64,
}

/// What is to be downloaded, and how.
pub struct Download<'a> {
    /// Signed in.
    pub client: &'a Client,
    /// Habits.
    pub policy: &'a Policy,
    /// The file.
    pub remote: &'a RemotePath,
    /// Where it is to be; its directory has to be there.
    pub local: &'a Path,
    /// What to do if that is taken. A directory is never overwritten.
    pub strategy: Strategy,
    /// Counts the bytes that arrive; those that have to come again count again.
    pub meter: &'a Meter,
    /// Whether to stop.
    pub stop: &'a Stop,
}

/// How one connection ended.
enum Ended {
    /// All bytes are there.
    Whole,
    /// It broke off; trying again may help.
    Broken(Error),
    /// What is there does not belong to what the service has now.
    Other,
}

impl Download<'_> {
    /// Downloads, going on with the partial file if there is one.
    ///
    /// # Errors
    /// See [`Trouble`]. The partial file stays for the next try.
    pub async fn run(&self) -> Result<Downloaded, Trouble> {
        self.check_name()?;
        let mut link = self.link().await?;
        let partial = partial(self.local);
        let mut growing = open(&partial).await?;
        // Without a sum nobody could tell whether it is of the same content.
        let is_of_use =
            link.crc64.is_some() && link.size.is_none_or(|size| growing.length() <= size);
        if !is_of_use {
            growing = emptied(growing, &partial).await?;
        }
        let mut kept = growing.length();
        let mut patience = self.policy.patience();
        // What the host of the bytes calls this content: known once it has answered.
        let mut e_tag = link.e_tag.clone().filter(|_| kept > 0);
        loop {
            let before = growing.length();
            let (grown, ended) = self.receive(&link, &mut e_tag, growing, &partial).await?;
            growing = grown;
            if growing.length() < kept {
                kept = 0;
            }
            let error = match ended {
                Ended::Whole => {
                    let found = growing.sum();
                    let Some(wanted) = link.crc64.filter(|&wanted| wanted != found) else {
                        break;
                    };
                    if kept == 0 {
                        return Err(Trouble::Mismatch {
                            wanted,
                            found,
                            hint: later!("they were left in the partial file; fetch it again"),
                        });
                    }
                    tracing::info!("a partial file was of another content");
                    kept = 0;
                    growing = emptied(growing, &partial).await?;
                    continue;
                }
                Ended::Broken(error) => Some(error),
                Ended::Other => None,
            };
            if growing.length() > before {
                patience = self.policy.patience();
            }
            let waited = async { Ok(patience.wait(error.as_ref()).await) };
            if !self.stop.or(waited).await? {
                return Err(error.map_or(Trouble::ChangedThere, Trouble::from));
            }
            let now = self.link().await?;
            let is_same = error.is_some()
                && (now.size, now.crc64, &now.e_tag) == (link.size, link.crc64, &link.e_tag);
            if !is_same {
                kept = 0;
                e_tag = None;
                growing = emptied(growing, &partial).await?;
            }
            link = now;
        }
        self.put_into_place(growing, &partial, &link, kept).await
    }

    fn check_name(&self) -> Result<(), Trouble> {
        let there = std::fs::symlink_metadata(self.local);
        match (there, self.strategy) {
            (Ok(_), Strategy::Ask) => Err(Trouble::Taken),
            (Ok(there), Strategy::Overwrite) if there.is_dir() => Err(Trouble::Taken),
            _ => Ok(()),
        }
    }

    async fn link(&self) -> Result<FileLink, Trouble> {
        self.client.file_link(self.remote).await?.ok_or_else(|| {
            Trouble::Service(Failure::new(
                FailureKind::Absent,
                later!("there is no such file any more"),
            ))
        })
    }

    /// Receives what is missing, as far as one connection lasts.
    async fn receive(
        &self,
        link: &FileLink,
        e_tag: &mut Option<String>,
        mut growing: Growing,
        partial: &Path,
    ) -> Result<(Growing, Ended), Trouble> {
        if link.size == Some(growing.length()) {
            return Ok((growing, Ended::Whole));
        }
        let asked = async {
            let from = growing.length();
            Ok(self.client.receive(link, from, e_tag.as_deref()).await)
        };
        let mut incoming = match self.stop.or(asked).await? {
            Ok(incoming) => incoming,
            Err(Error::Refused(refusal)) if refusal.status == 416 => {
                return Ok((growing, Ended::Other));
            }
            // The next try asks for another URL, for this one has lapsed or is of another content.
            // The host of the bytes may also have another name for the same: the sum will tell.
            Err(Error::Refused(refusal)) if matches!(refusal.status, 403 | 412) => {
                *e_tag = None;
                return Ok((growing, Ended::Broken(Error::Refused(refusal))));
            }
            Err(error) if error.is_passing() => return Ok((growing, Ended::Broken(error))),
            Err(error) => return Err(error.into()),
        };
        if link.size.is_some() && incoming.total.is_some() && incoming.total != link.size {
            return Ok((growing, Ended::Other));
        }
        if incoming.start != growing.length() {
            growing = emptied(growing, partial).await?;
        }
        e_tag.clone_from(&incoming.e_tag);
        let size = link.size.or(incoming.total);
        self.write(&mut incoming, growing, partial, size).await
    }

    async fn write(
        &self,
        incoming: &mut Incoming,
        mut growing: Growing,
        partial: &Path,
        size: Option<u64>,
    ) -> Result<(Growing, Ended), Trouble> {
        let mut gathered: Vec<Bytes> = Vec::new();
        let mut bytes = 0;
        loop {
            let next = async { Ok(incoming.next().await) };
            let next = self.stop.or(next).await;
            if let Ok(Ok(Some(piece))) = &next {
                bytes += piece.len();
                self.meter.add(piece.len() as u64);
                gathered.push(piece.clone());
                if bytes < GATHERED {
                    continue;
                }
            }
            growing = added(growing, std::mem::take(&mut gathered), partial).await?;
            bytes = 0;
            let is_too_long = size.is_some_and(|size| growing.length() > size);
            match next? {
                _ if is_too_long => return Ok((growing, Ended::Other)),
                Ok(Some(_)) => {}
                Ok(None) if size.is_some_and(|size| growing.length() < size) => {
                    let error = Error::NoAnswer(later!("the bytes ended too soon").into());
                    return Ok((growing, Ended::Broken(error)));
                }
                Ok(None) => return Ok((growing, Ended::Whole)),
                Err(error) => return Ok((growing, Ended::Broken(error))),
            }
        }
    }

    async fn put_into_place(
        &self,
        growing: Growing,
        partial: &Path,
        link: &FileLink,
        kept: u64,
    ) -> Result<Downloaded, Trouble> {
        let (size, crc64) = (growing.length(), growing.sum());
        let (from, to, strategy) = (partial.to_owned(), self.local.to_owned(), self.strategy);
        let modified = link.modified;
        let placed = on_disk(move || {
            growing.finish(modified)?;
            place(&from, &to, strategy)
        });
        let path = match placed.await {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Trouble::Taken);
            }
            Err(error) => return Err(trouble(later!("write"), self.local)(error)),
        };
        Ok(Downloaded {
            path,
            size,
            crc64,
            is_checked: link.crc64.is_some(),
            kept,
        })
    }
}

/// The partial file of a target: beside it, so that it gets its place by a rename.
pub fn partial(local: &Path) -> PathBuf {
    let name = local.file_name().unwrap_or_default().to_string_lossy();
    let room = LONGEST_NAME - SUFFIX.len();
    if name.len() <= room {
        return local.with_file_name(format!("{name}{SUFFIX}"));
    }
    // Long names that begin alike differ in their sum.
    let sum = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let end = (0..=room - 17)
        .rev()
        .find(|&end| name.is_char_boundary(end))
        .unwrap_or(0);
    local.with_file_name(format!("{}~{sum:016x}{SUFFIX}", &name[..end]))
}

/// Opens a partial file, or makes it; nobody else may have it open.
async fn open(partial: &Path) -> Result<Growing, Trouble> {
    let path = partial.to_owned();
    let opened = on_disk(move || {
        // A link there would lead somewhere else.
        if std::fs::symlink_metadata(&path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other(later!(
                "something else than a partial file is there"
            )));
        }
        let file: File = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        match file.try_lock() {
            Ok(()) => Growing::continued(file).map(Some),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    });
    opened
        .await
        .map_err(trouble(later!("write"), partial))?
        .ok_or(Trouble::Busy)
}

async fn emptied(mut growing: Growing, partial: &Path) -> Result<Growing, Trouble> {
    let emptied = on_disk(move || {
        growing.empty()?;
        Ok(growing)
    });
    emptied.await.map_err(trouble(later!("write"), partial))
}

async fn added(
    mut growing: Growing,
    pieces: Vec<Bytes>,
    partial: &Path,
) -> Result<Growing, Trouble> {
    let added = on_disk(move || {
        growing.add(&pieces)?;
        Ok(growing)
    });
    added.await.map_err(trouble(later!("write"), partial))
}

/// Gives a file its name, without replacing anything unless that is wanted.
fn place(from: &Path, to: &Path, strategy: Strategy) -> io::Result<PathBuf> {
    match strategy {
        Strategy::Overwrite => std::fs::rename(from, to)?,
        Strategy::Ask => rename_beside(from, to)?,
        Strategy::Rename => {
            for number in 0..MOST_NAMES {
                let to = numbered(to, number);
                match rename_beside(from, &to) {
                    Ok(()) => return Ok(to),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(error),
                }
            }
            return Err(io::ErrorKind::AlreadyExists.into());
        }
    }
    Ok(to.to_owned())
}

/// `take.mov`, `take (1).mov` and so on.
fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(extension) => format!("{stem} ({number}).{}", extension.to_string_lossy()),
        None => format!("{stem} ({number})"),
    };
    path.with_file_name(name)
}

/// Renames if the new name is free.
fn rename_beside(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Some file systems cannot; looking first is the next best.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            if std::fs::symlink_metadata(to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            std::fs::rename(from, to)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn partial_files_have_names_that_fit_and_differ() {
        assert_eq!(
            partial(Path::new("/d/杭州.mov")),
            Path::new("/d/杭州.mov.mediasweep-part")
        );
        let long = |end: char| PathBuf::from(format!("/d/{}{end}", "杭".repeat(84)));
        let (one, two) = (partial(&long('1')), partial(&long('2')));
        assert_ne!(one, two);
        assert!(one.file_name().unwrap().len() <= LONGEST_NAME);
    }

    #[test]
    fn numbers_go_before_the_extension() {
        assert_eq!(numbered(Path::new("d/a.mov"), 2), Path::new("d/a (2).mov"));
        assert_eq!(numbered(Path::new("d/a"), 1), Path::new("d/a (1)"));
        assert_eq!(numbered(Path::new("d/a"), 0), Path::new("d/a"));
    }
}
