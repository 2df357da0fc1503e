//! From what an entry is to where it is. Knows no requests.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use cap_std::fs::Dir;
use jiff::Timestamp;
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::domain::path::RemotePath;

use super::facts::{Facts, Identity, Kind};
use super::place::open_child;
use super::problem::Problem;
use super::{OWN, Space, names};

/// So many places are remembered; then all are forgotten.
const REMEMBERED: usize = 10_000;

/// Where entries were found; each is looked at again before it is believed.
#[derive(Default)]
pub struct Found(HashMap<Identity, RemotePath>);

impl Space {
    /// Where an entry is; none if it is nowhere. Looked for at `hint`, then where it was found
    /// before, then everywhere: by the numbers that directories hold, so that only those that fit
    /// are looked at closely. What is in the bin is nowhere.
    pub fn find(
        &self,
        of: Identity,
        hint: Option<&RemotePath>,
    ) -> Result<Option<(RemotePath, Facts)>, Problem> {
        let remembered = self.found().0.get(&of).cloned();
        for path in hint.into_iter().chain(&remembered) {
            if let Some(facts) = self.is_at(of, path) {
                return Ok(Some((path.clone(), facts)));
            }
        }
        let root = self.open_directory(&RemotePath::root())?;
        if Facts::of_open(&root)?.identity() == of {
            return Ok(Some((RemotePath::root(), Facts::of_open(&root)?)));
        }
        let found = self.find_below(&root, &RemotePath::root(), of)?;
        let mut known = self.found();
        if known.0.len() >= REMEMBERED {
            known.0.clear();
        }
        match &found {
            Some((path, _)) => known.0.insert(of, path.clone()),
            None => known.0.remove(&of),
        };
        Ok(found)
    }

    /// When something went to the bin by itself; none if it is not there.
    pub fn recycled_at(&self, of: Identity) -> Result<Option<Timestamp>, Problem> {
        let Some(store) = self.store_if_any()? else {
            return Ok(None);
        };
        for entry in rustix::fs::Dir::read_from(&store.bin)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let is_it = entry.ino() == of.inode
                && Facts::of(&store.bin, name).is_ok_and(|facts| facts.identity() == of);
            if is_it && let Some(id) = name.to_str().and_then(|name| name.parse().ok()) {
                return Ok(store.ledger.bin_row(id)?.map(|row| row.recycled.removed));
            }
        }
        Ok(None)
    }

    fn is_at(&self, of: Identity, path: &RemotePath) -> Option<Facts> {
        let facts = self.look(path).ok()?;
        (facts.identity() == of).then_some(facts)
    }

    fn find_below(
        &self,
        directory: &Dir,
        path: &RemotePath,
        of: Identity,
    ) -> Result<Option<(RemotePath, Facts)>, Problem> {
        if self.is_stopping() {
            return Err(Problem::Stopping);
        }
        let mut children = Vec::new();
        for entry in rustix::fs::Dir::read_from(directory)? {
            let entry = entry?;
            let raw = entry.file_name().to_bytes();
            let is_own = path.is_root() && raw.eq_ignore_ascii_case(OWN.as_bytes());
            if raw == b"." || raw == b".." || is_own {
                continue;
            }
            let name = OsStr::from_bytes(raw);
            if entry.ino() == of.inode
                && let Ok(facts) = Facts::of(directory, name)
                && facts.identity() == of
                && let Ok(path) = path.join(&names::to_text(raw))
            {
                return Ok(Some((path, facts)));
            }
            let is_directory = match entry.file_type() {
                FileType::Unknown => {
                    Facts::of(directory, name).is_ok_and(|facts| facts.kind == Kind::Directory)
                }
                other => other == FileType::Directory,
            };
            if is_directory {
                children.push(raw.to_vec());
            }
        }
        for raw in children {
            let child = match open_child(directory, OsStr::from_bytes(&raw)) {
                Ok(child) => child,
                // Gone, or not for us to read.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS | Errno::PERM) => {
                    continue;
                }
                Err(other) => return Err(other.into()),
            };
            let Ok(path) = path.join(&names::to_text(&raw)) else {
                continue;
            };
            if let Some(found) = self.find_below(&child, &path, of)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
