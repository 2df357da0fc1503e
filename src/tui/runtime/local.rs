//! Folders of this machine, and the programs that open what is in them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use compact_str::CompactString;

use crate::domain::format::printable;
use crate::texts::later;

/// Copies that were fetched to be opened are kept so long.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The most names that a path is completed with.
const NAMES: usize = 1000;

/// The place that was typed: a leading `~` is the home of the user.
pub fn place(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(&rest[1..]),
        _ => PathBuf::from(text),
    }
}

/// The names of the folders in a folder, in order; those that begin with a dot come last.
pub fn folders(folder: &Path) -> Vec<CompactString> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let names = folders.filter_map(|entry| Some(entry.file_name().to_str()?.into()));
    let mut names: Vec<CompactString> = names.take(NAMES).collect();
    names.sort_by_key(|name| (name.starts_with('.'), name.clone()));
    names
}

/// Writes a text into a new file.
///
/// # Errors
/// Something is there already, or it cannot be written.
pub fn write_new(file: &Path, text: &str) -> io::Result<()> {
    File::create_new(file)?.write_all(text.as_bytes())
}

/// A new folder for a copy that is opened, below `cache`; copies of long ago are removed.
///
/// # Errors
/// It cannot be made.
pub fn room(cache: &Path, number: u64) -> io::Result<PathBuf> {
    let opened = cache.join("opened");
    fs::create_dir_all(&opened)?;
    for old in fs::read_dir(&opened)?.flatten() {
        let age = old.metadata().and_then(|metadata| metadata.modified());
        let age = age
            .ok()
            .and_then(|at| SystemTime::now().duration_since(at).ok());
        if age.is_some_and(|age| age > KEPT) {
            // Somebody may still have it open.
            let _ = fs::remove_dir_all(old.path());
        }
    }
    let room = opened.join(format!("{}-{number}", std::process::id()));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(&room)?;
    Ok(room)
}

/// Opens a file with the program for it, apart from this one, and waits for its end. Blocks.
///
/// # Errors
/// In words: the program cannot be started, or ended with an error at once.
pub fn open(opener: &str, file: &Path) -> Result<(), String> {
    if opener.trim().is_empty() {
        return Err(later!("no program is set that opens files").to_owned());
    }
    let shown = printable(opener);
    let mut command = opening(opener, file);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // Ctrl-c in this terminal is not meant for it.
        command.process_group(0);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(later!(
            "'{opener}' ended with {status}",
            opener = shown,
            status
        )),
        Err(error) => Err(later!(
            "'{opener}' could not be started: {error}",
            opener = shown,
            error
        )),
    }
}

/// The command that opens a file: `opener` may have arguments of its own.
pub fn opening(opener: &str, file: &Path) -> Command {
    if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args([OsStr::new("/C"), opener.as_ref(), file.as_os_str()]);
        return command;
    }
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{opener} \"$1\""), "sh"]);
    command.arg(file);
    command
}
