//! Programs that have the terminal for a while.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::local::opening;
use crate::domain::format::printable;
use crate::texts::later;

/// Lets the user edit a text with this command. Blocks until the editor has ended.
///
/// # Errors
/// In words: there can be no file, no editor, or the editor was left with an error.
pub fn edit(editor: &str, text: &str) -> Result<String, String> {
    let file =
        file(text).map_err(|error| later!("no file could be made to edit: {error}", error))?;
    let edited = opening(editor, &file).status().map_err(|error| {
        let editor = printable(editor);
        later!(
            "the editor '{editor}' could not be started: {error}",
            editor,
            error
        )
    });
    let read = edited.and_then(|status| {
        if !status.success() {
            let editor = printable(editor);
            return Err(later!(
                "the editor '{editor}' ended with {status}",
                editor,
                status
            ));
        }
        fs::read_to_string(&file)
            .map_err(|error| later!("the edited list cannot be read: {error}", error))
    });
    // It may be gone already.
    let _ = fs::remove_file(&file);
    read
}

/// Opens a file with a program that needs the terminal. Blocks until it has ended.
///
/// # Errors
/// In words: the program cannot be started.
pub fn open(opener: &str, file: &Path) -> Result<(), String> {
    match opening(opener, file).status() {
        Ok(_) => Ok(()),
        Err(error) => {
            let opener = printable(opener);
            Err(later!(
                "'{opener}' could not be started: {error}",
                opener,
                error
            ))
        }
    }
}

/// A file of this user alone with a text in it.
fn file(text: &str) -> io::Result<PathBuf> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.map_or(0, |since| since.as_nanos());
    let name = format!("mediasweep-{}-{since}.txt", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}
