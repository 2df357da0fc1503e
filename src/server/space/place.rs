//! From paths to handles: walks a path name by name without following links.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;

use cap_std::fs::Dir;
use rustix::fs::{Mode, OFlags, RenameFlags, fstat, openat};
use rustix::io::Errno;

use crate::domain::path::RemotePath;

use super::facts::{Facts, Kind};
use super::names;
use super::problem::Problem;
use super::{OWN, Space};

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Without NONBLOCK the opening of a pipe would wait for a writer.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Characters that the protocol refuses in new names; `/` cannot get here (part A 2.5).
const REFUSED: [char; 8] = ['\\', ':', '*', '?', '"', '<', '>', '|'];

/// The longest new name, in characters (part A 2.5).
const LONGEST: usize = 255;

impl Space {
    /// Reads a path from a request: its one spelling, and never our own folder.
    pub fn path(text: &str) -> Result<RemotePath, Problem> {
        let canonical = names::canonical(text);
        RemotePath::parse(&canonical).map_err(|error| Problem::BadParameter(error.to_string()))
    }

    /// Opens a directory for listing and for changes in it.
    pub fn open_directory(&self, path: &RemotePath) -> Result<Dir, Problem> {
        let mut here: Option<Dir> = None;
        if is_own(path) {
            return Err(Problem::DirectoryMissing);
        }
        // The handle of a deleted folder still works, and shows it as empty.
        if fstat(&self.root)?.st_nlink == 0 {
            return Err(Problem::LibraryGone);
        }
        for name in path.components() {
            let from = here.as_ref().unwrap_or(&self.root);
            here = Some(
                open_child(from, &names::to_os(name)).map_err(|errno| match errno {
                    Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Problem::DirectoryMissing,
                    other => other.into(),
                })?,
            );
        }
        match here {
            Some(directory) => Ok(directory),
            None => Ok(open_child(&self.root, OsStr::new("."))?),
        }
    }

    /// Opens the directory that holds `path`; the root has none.
    pub fn open_parent(&self, path: &RemotePath) -> Result<Dir, Problem> {
        let parent = path.parent().ok_or(Problem::Root)?;
        if is_own(path) {
            return Err(Problem::PathMissing);
        }
        self.open_directory(&parent)
    }

    /// Looks at whatever is at `path`.
    pub fn look(&self, path: &RemotePath) -> Result<Facts, Problem> {
        if path.is_root() {
            return Ok(Facts::of_open(&self.root)?);
        }
        let parent = self.open_parent(path).map_err(as_missing_path)?;
        Ok(Facts::of(&parent, &names::to_os(path.name()))?)
    }

    /// Opens an ordinary file for reading.
    pub fn open_file(&self, path: &RemotePath) -> Result<(File, Facts), Problem> {
        let parent = match self.open_parent(path) {
            Err(Problem::PathMissing | Problem::DirectoryMissing | Problem::Root) => {
                return Err(Problem::FileMissing);
            }
            other => other?,
        };
        open_file(&parent, &names::to_os(path.name()))
    }
}

/// Whether a path is or lies in the folder that is ours; it is never shown and never touched.
pub fn is_own(path: &RemotePath) -> bool {
    path.components().next().is_some_and(is_own_name)
}

/// Whether a name in the root is that of the folder that is ours. Where the file system does not
/// tell large letters from small ones, it is so in every spelling.
fn is_own_name(name: &str) -> bool {
    name.eq_ignore_ascii_case(OWN)
}

/// Opens a directory right below another one.
pub fn open_child(directory: impl AsFd, name: &OsStr) -> Result<Dir, Errno> {
    let opened = openat(directory, name, DIRECTORY, Mode::empty())?;
    Ok(Dir::from_std_file(opened.into()))
}

/// Opens an ordinary file right below a directory.
pub fn open_file(directory: impl AsFd, name: &OsStr) -> Result<(File, Facts), Problem> {
    let opened = openat(directory, name, FILE, Mode::empty()).map_err(|errno| match errno {
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Problem::FileMissing,
        other => other.into(),
    })?;
    let facts = Facts::of_open(&opened)?;
    if facts.kind != Kind::File {
        return Err(Problem::FileMissing);
    }
    Ok((opened.into(), facts))
}

/// Renames, but never over something.
pub fn rename(from: impl AsFd, old: &OsStr, to: impl AsFd, new: &OsStr) -> Result<(), Errno> {
    let (from, to) = (from.as_fd(), to.as_fd());
    match rustix::fs::renameat_with(from, old, to, new, RenameFlags::NOREPLACE) {
        // Some file systems cannot; then the look comes first, and the gap between look and rename
        // is the best that they allow.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            match Facts::of(to, new) {
                Ok(_) => return Err(Errno::EXIST),
                Err(Errno::NOENT) => {}
                Err(other) => return Err(other),
            }
            rustix::fs::renameat(from, old, to, new)
        }
        other => other,
    }
}

/// Why a rename into `folder` failed. It says the same whether the thing or that folder is missing.
/// Whoever asks gives the problem for a folder that is gone, which counts for a thing that is in its
/// place; that it is there is not enough, for another program may have put it there just now.
pub fn not_moved(
    errno: Errno,
    (from, old): (impl AsFd, &OsStr),
    folder: impl AsFd,
    folder_missing: Problem,
) -> Problem {
    let is_gone = || fstat(folder).is_ok_and(|facts| facts.st_nlink == 0);
    if errno == Errno::NOENT && is_gone() && Facts::of(from, old).is_ok() {
        return folder_missing;
    }
    errno.into()
}

/// Checks a name that is about to be given (part A 2.5).
pub fn check_new_name(name: &str, kind: Kind) -> Result<(), Problem> {
    if name.contains(REFUSED) {
        return Err(Problem::IllegalName);
    }
    if name.chars().count() > LONGEST || names::to_os(name).len() > LONGEST {
        return Err(match kind {
            Kind::Directory => Problem::DirectoryNameTooLong,
            Kind::File | Kind::Symlink | Kind::Other => Problem::FileNameTooLong,
        });
    }
    Ok(())
}

/// The name with ` (n)` at its end, before the extension of a file (part A 8.4).
pub fn numbered(name: &str, kind: Kind, number: u32) -> String {
    let suffix = format!(" ({number})");
    let at = match kind {
        Kind::Directory => name.len(),
        Kind::File | Kind::Symlink | Kind::Other => match name.rfind('.') {
            // A leading dot begins a hidden name, not an extension.
            Some(dot) if dot > 0 => dot,
            _ => name.len(),
        },
    };
    // Room for the number must come from the name, where the name is as long as names can be.
    let mut stem = &name[..at];
    let extension = &name[at..];
    while stem.len() > 1 && names::to_os(stem).len() + suffix.len() + extension.len() > LONGEST {
        let last = stem
            .char_indices()
            .next_back()
            .map_or(0, |(index, _)| index);
        stem = &stem[..last];
    }
    format!("{stem}{suffix}{extension}")
}

/// For an operation on one path it is all the same which component is missing.
pub fn as_missing_path(problem: Problem) -> Problem {
    match problem {
        Problem::DirectoryMissing => Problem::PathMissing,
        other => other,
    }
}

/// A number as a name in `bin` or `doomed`.
pub fn id_name(id: u64) -> String {
    id.to_string()
}

/// Whether there is an entry of that name.
pub fn exists(directory: impl AsFd, name: impl AsRef<Path>) -> Result<bool, Errno> {
    match Facts::of(directory, name.as_ref().as_os_str()) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_folder_is_ours_in_every_spelling() {
        for text in [".mediasweep", ".MediaSweep/bin/1", ".MEDIASWEEP"] {
            assert!(is_own(&RemotePath::parse(text).expect("a path")), "{text}");
        }
        for text in ["", "a/.mediasweep", ".mediasweep2"] {
            assert!(!is_own(&RemotePath::parse(text).expect("a path")), "{text}");
        }
    }

    #[test]
    fn a_number_goes_before_the_extension_of_a_file_only() {
        assert_eq!(numbered("old.txt", Kind::File, 1), "old (1).txt");
        assert_eq!(numbered("v1.2", Kind::Directory, 2), "v1.2 (2)");
        assert_eq!(numbered(".hidden", Kind::File, 1), ".hidden (1)");
        assert_eq!(numbered("样片", Kind::File, 3), "样片 (3)");
    }

    #[test]
    fn a_number_fits_even_on_the_longest_name() {
        let long = format!("{}.mov", "片".repeat(83));
        assert!(numbered(&long, Kind::File, 12).len() <= LONGEST);
    }
}
