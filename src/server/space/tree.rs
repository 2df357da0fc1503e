//! Whole trees: counted, measured, removed. Links are entries and are never followed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::Ordering;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, FileType, unlinkat};
use rustix::io::Errno;

use crate::domain::path::RemotePath;

use super::facts::{Facts, Kind};
use super::place::open_child;
use super::problem::Problem;
use super::walk::{Event, Sequence, Walk};
use super::{Space, names};

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
        self.add_walk(self.walk(path, Sequence::Any)?, &mut totals)?;
        Ok(totals)
    }

    /// Measures the bin: its things and all below them.
    pub fn measure_bin(&self) -> Result<Totals, Problem> {
        let mut totals = Totals::default();
        let bin = match self.store_to_look()? {
            Some(store) => open_child(&store.bin, OsStr::new("."))?,
            None => return Ok(totals),
        };
        self.add_walk(Walk::below(bin)?, &mut totals)?;
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
            self.add_walk(Walk::below(directory)?, &mut totals)?;
        } else {
            drop(store);
            totals.files = 1;
            totals.bytes = self.size_of(&facts)?;
        }
        Ok(totals)
    }

    /// Whether there are more than `limit` entries at and below these paths of these spaces.
    pub fn are_more_than<'a>(
        things: impl Iterator<Item = (&'a Self, &'a str)>,
        limit: u64,
    ) -> bool {
        let mut count = 0;
        // Most paths of a batch lie in one directory, and are files.
        let mut parent: Option<(&Self, RemotePath, Dir)> = None;
        for (space, text) in things {
            let Ok(path) = Self::path(text) else { continue };
            // A path that is no directory, or is not there, counts as one.
            count += 1;
            if let Some(above) = path.parent()
                && parent
                    .as_ref()
                    .is_none_or(|(whose, known, _)| !std::ptr::eq(*whose, space) || *known != above)
            {
                let opened = space.open_directory(&above);
                parent = opened.ok().map(|opened| (space, above, opened));
            }
            let facts = parent
                .as_ref()
                .map(|(_, _, parent)| Facts::of(parent, &names::to_os(path.name())));
            let is_directory =
                path.is_root() || matches!(facts, Some(Ok(facts)) if facts.kind == Kind::Directory);
            // What cannot be read is not counted; it only decides between two ways to answer.
            if is_directory && let Ok(mut walk) = space.walk(&path, Sequence::Any) {
                while count <= limit && matches!(walk.next(space), Ok(Some(_))) {
                    count += 1;
                }
            }
            if count > limit {
                return true;
            }
        }
        false
    }

    /// Whether something waits for [`Space::sweep`]: things to be removed, or links.
    pub fn has_doomed(&self) -> Result<bool, Problem> {
        match self.store_to_look()? {
            Some(store) => Ok(store.doomed.entries()?.next().is_some()
                // The deletion whose links these are may be over.
                || !store.ledger.open_links()?.is_empty()),
            None => Ok(false),
        }
    }

    /// Removes what is doomed, until all is gone or the library is stopping.
    pub fn sweep(&self) {
        self.is_sweep_wanted.store(true, Ordering::SeqCst);
        // Whoever sweeps at the moment may have looked already, so it looks once more at its end.
        while self.is_sweep_wanted.load(Ordering::SeqCst) && !self.is_stopping() {
            let Ok(_only_one) = self.sweeping.try_lock() else {
                return;
            };
            self.is_sweep_wanted.store(false, Ordering::SeqCst);
            self.sweep_doomed();
            self.settle_links();
        }
    }

    fn sweep_doomed(&self) {
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
                let removed = self
                    .lose_links(&doomed, name)
                    .and_then(|()| self.lose_history(&doomed, name))
                    .and_then(|()| self.remove_tree(&doomed, name));
                match removed {
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

    fn add_walk(&self, mut walk: Walk, totals: &mut Totals) -> Result<(), Problem> {
        let virtual_sizes = self.virtual_sizes()?;
        while let Some(step) = walk.next(self)? {
            match step.kind {
                Kind::Directory => totals.directories += 1,
                Kind::File => match step.facts() {
                    Ok(facts) => {
                        totals.files += 1;
                        let size = match virtual_sizes.get(&facts.identity()) {
                            Some(size) if facts.size == 0 => *size,
                            Some(_) | None => facts.size,
                        };
                        // Virtual files can count as more than any disk holds.
                        totals.bytes = totals.bytes.saturating_add(size);
                    }
                    // Gone since it was listed.
                    Err(Errno::NOENT) => {}
                    Err(other) => return Err(other.into()),
                },
                Kind::Symlink | Kind::Other => totals.files += 1,
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
        // A directory that its owner may not read can still be opened up by its owner.
        open_up(parent, name);
        let mut walk = Walk::below(open_child(parent, name)?)?;
        while let Some(event) = walk.next_event(self)? {
            match event {
                Event::Entry(step) if step.kind == Kind::Directory => {
                    open_up(step.directory, &names::to_os(step.name));
                }
                Event::Entry(step) => {
                    remove(step.directory, &names::to_os(step.name), AtFlags::empty())?;
                }
                Event::Left(step) => {
                    remove(step.directory, &names::to_os(step.name), AtFlags::REMOVEDIR)?;
                }
            }
        }
        Ok(unlinkat(parent, name, AtFlags::REMOVEDIR)?)
    }
}

fn remove(directory: &Dir, name: &OsStr, flags: AtFlags) -> Result<(), Errno> {
    match unlinkat(directory, name, flags) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

/// What cannot be opened up shows itself when it is gone into.
fn open_up(parent: &Dir, name: &OsStr) {
    let _ = rustix::fs::chmodat(parent, name, rustix::fs::Mode::RWXU, AtFlags::empty());
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
