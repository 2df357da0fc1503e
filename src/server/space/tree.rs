//! Whole trees: counted, measured, removed. Links are entries and are never followed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, FileType, unlinkat};
use rustix::io::Errno;

use crate::domain::path::RemotePath;

use super::facts::{Facts, Kind};
use super::place::open_child;
use super::problem::Problem;
use super::{OWN, Space};

/// What a tree holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sum of the sizes of its files.
    pub bytes: u64,
    /// Entries that are not directories.
    pub files: u64,
    /// Directories below it.
    pub directories: u64,
}

impl Space {
    /// Measures everything below a directory.
    pub fn measure(&self, path: &RemotePath) -> Result<Totals, Problem> {
        let mut totals = Totals::default();
        let directory = self.open_directory(path)?;
        self.add_tree(&directory, path.is_root(), &mut totals)?;
        Ok(totals)
    }

    /// Measures the bin: its things and all below them.
    pub fn measure_bin(&self) -> Result<Totals, Problem> {
        let mut totals = Totals::default();
        let bin = match self.store_if_any()? {
            Some(store) => open_child(&store.bin, OsStr::new("."))?,
            None => return Ok(totals),
        };
        self.add_tree(&bin, false, &mut totals)?;
        Ok(totals)
    }

    /// Measures one thing in the bin.
    pub fn measure_recycled(&self, id: u64) -> Result<Totals, Problem> {
        self.bin_row(id)?;
        let store = self.store_if_any()?.ok_or(Problem::ItemMissing)?;
        let name = super::place::id_name(id);
        let facts = Facts::of(&store.bin, name.as_ref())?;
        let mut totals = Totals::default();
        if facts.kind == Kind::Directory {
            let directory = open_child(&store.bin, name.as_ref())?;
            drop(store);
            self.add_tree(&directory, false, &mut totals)?;
        } else {
            totals.files = 1;
            totals.bytes = facts.size;
        }
        Ok(totals)
    }

    /// Whether there are more than `limit` entries at and below these paths.
    pub fn is_more_than<'a>(&self, paths: impl Iterator<Item = &'a str>, limit: u64) -> bool {
        let mut count = 0;
        for text in paths {
            let Ok(path) = Self::path(text) else { continue };
            // A path that is no directory, or is not there, counts as one.
            count += 1;
            if let Ok(directory) = self.open_directory(&path) {
                // What cannot be read is not counted; it only decides between two ways to answer.
                let _ = count_tree(&directory, limit, &mut count);
            }
            if count > limit {
                return true;
            }
        }
        false
    }

    /// Removes what is doomed, until all is gone or the library is stopping.
    pub fn sweep(&self) {
        let Ok(_only_one) = self.sweeping.try_lock() else {
            return;
        };
        if let Err(problem) = self.purge_expired() {
            tracing::warn!(%problem, "what has expired stays in the bin for now");
        }
        while !self.is_stopping() {
            let doomed = match self.store_if_any() {
                Ok(Some(store)) => open_child(&store.doomed, OsStr::new(".")),
                Ok(None) | Err(_) => return,
            };
            let Ok(doomed) = doomed else { return };
            let Ok(names) = list(&doomed) else { return };
            let mut is_any_gone = false;
            for (name, _) in &names {
                if self.is_stopping() {
                    return;
                }
                match self.remove_tree(&doomed, name) {
                    Ok(()) => is_any_gone = true,
                    Err(error) => tracing::warn!(%error, "could not yet remove what is doomed"),
                }
            }
            // What could not be removed waits for the next start; what came meanwhile does not.
            if !is_any_gone {
                return;
            }
        }
    }

    fn add_tree(&self, directory: &Dir, is_root: bool, totals: &mut Totals) -> Result<(), Problem> {
        for (name, kind) in list(directory)? {
            if self.is_stopping() {
                return Err(Problem::Stopping);
            }
            if is_root && name.eq_ignore_ascii_case(OWN.as_bytes()) {
                continue;
            }
            let name = OsStr::from_bytes(&name);
            let kind = match kind {
                FileType::Unknown | FileType::RegularFile => match Facts::of(directory, name) {
                    Ok(facts) => {
                        if facts.kind == Kind::File {
                            totals.bytes += facts.size;
                        }
                        facts.kind
                    }
                    // Gone since it was listed.
                    Err(Errno::NOENT) => continue,
                    Err(other) => return Err(other.into()),
                },
                other => other.into(),
            };
            if kind == Kind::Directory {
                totals.directories += 1;
                match open_child(directory, name) {
                    Ok(child) => self.add_tree(&child, false, totals)?,
                    // Gone, or not for us to read: what cannot be seen cannot be counted.
                    Err(Errno::NOENT | Errno::ACCESS | Errno::PERM) => {}
                    Err(other) => return Err(other.into()),
                }
            } else {
                totals.files += 1;
            }
        }
        Ok(())
    }

    /// Removes an entry with everything below, unless the library is stopping.
    pub(super) fn remove_tree(&self, parent: &Dir, name: &[u8]) -> Result<(), Problem> {
        let name = OsStr::from_bytes(name);
        match unlinkat(parent, name, AtFlags::empty()) {
            Err(Errno::ISDIR | Errno::PERM) => {}
            Err(Errno::NOENT) => return Ok(()),
            other => return Ok(other?),
        }
        let directory = match open_child(parent, name) {
            // A directory that its owner may not read can still be opened up by its owner.
            Err(Errno::ACCESS) => {
                open_up(parent, name)?;
                open_child(parent, name)?
            }
            other => other?,
        };
        for (child, _) in list(&directory)? {
            if self.is_stopping() {
                return Err(Problem::Stopping);
            }
            match self.remove_tree(&directory, &child) {
                Err(Problem::Refused(_)) => {
                    open_up(parent, name)?;
                    self.remove_tree(&directory, &child)?;
                }
                other => other?,
            }
        }
        Ok(unlinkat(parent, name, AtFlags::REMOVEDIR)?)
    }
}

fn open_up(parent: &Dir, name: &OsStr) -> Result<(), Errno> {
    rustix::fs::chmodat(parent, name, rustix::fs::Mode::RWXU, AtFlags::empty())
}

fn count_tree(directory: &Dir, limit: u64, count: &mut u64) -> Result<(), Problem> {
    for (name, kind) in list(directory)? {
        *count += 1;
        if *count > limit {
            return Ok(());
        }
        if kind == FileType::Directory
            && let Ok(child) = open_child(directory, OsStr::from_bytes(&name))
        {
            count_tree(&child, limit, count)?;
        }
    }
    Ok(())
}

fn list(directory: &Dir) -> Result<Vec<(Vec<u8>, FileType)>, Errno> {
    let mut found = Vec::new();
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            found.push((name.to_vec(), entry.file_type()));
        }
    }
    Ok(found)
}
