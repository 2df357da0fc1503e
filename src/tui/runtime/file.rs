//! Files that the user asks for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind};
use std::path::Path;

/// A file appears whole or not at all, and never in the place of another.
pub fn save(file: &str, write: impl FnOnce(BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let part = format!("{file}.part");
    let fresh = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&part)?;
    let saved = write(BufWriter::new(fresh)).and_then(|()| {
        if Path::new(file).exists() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        fs::rename(&part, file)
    });
    if saved.is_err() {
        let _ = fs::remove_file(&part);
    }
    saved
}
