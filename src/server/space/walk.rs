//! Going through whole trees, one entry after the other. Links are entries and are never followed.
//!
//! Trees may be thousands of levels deep: no call goes deeper with them, and only the lowest
//! directories of the way are held open. A directory that was let go is opened again from below,
//! and is only gone on with if it is still the same one.

mod held;

use std::ops::Range;

use cap_std::fs::Dir;
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::domain::path::RemotePath;

use super::facts::{Facts, Kind};
use super::place::open_child;
use super::problem::Problem;
use super::{OWN, Space, names};
pub use held::{Held, OPEN};

/// In which order the entries of one directory come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// As the disk gives them.
    Any,
    /// In the order of the bytes of their names, so that a walk can begin behind any of them.
    Names,
}

/// A walk through a tree: each directory comes before what is in it.
pub struct Walk {
    levels: Vec<Level>,
    /// The path of the entry that came last.
    path: String,
    sequence: Sequence,
    /// Whether the entry that came last is a directory that the walk goes into next.
    is_going_in: bool,
    /// Whether a directory that cannot be gone through ends the walk, rather than being passed by.
    is_whole: bool,
}

/// One directory on the way down. The lowest ones have a handle.
struct Level {
    held: Held,
    /// How much of the walk's path is this directory's.
    length: usize,
    text: String,
    rows: Vec<Row>,
    next: usize,
}

/// One entry: few bytes, since there may be a million in one directory.
#[derive(Clone, Copy)]
struct Row {
    inode: u64,
    start: u32,
    length: u16,
    kind: Kind,
}

/// One entry on the way.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// The directory that holds it.
    pub directory: &'a Dir,
    /// Its path from where the walk was told that it begins.
    pub path: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The number that the directory gives for it: good for a first comparison.
    pub inode: u64,
    /// How many directories lie between it and where the walk began.
    pub depth: usize,
}

/// What came next on a walk.
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// An entry.
    Entry(Step<'a>),
    /// All below this directory has come.
    Left(Step<'a>),
}

enum Came {
    Entry,
    Left,
    Nothing,
}

impl Space {
    /// A walk through all below a directory, with paths from the root of the space.
    pub fn walk(&self, path: &RemotePath, sequence: Sequence) -> Result<Walk, Problem> {
        let directory = self.open_directory(path)?;
        let mut walk = Walk {
            levels: Vec::new(),
            path: path.as_str().to_owned(),
            sequence,
            is_going_in: false,
            is_whole: false,
        };
        walk.levels.push(Level::read(
            directory,
            path.as_str().len(),
            path.is_root(),
            sequence,
        )?);
        Ok(walk)
    }
}

impl Walk {
    /// A walk through all below a directory that is open, with paths from there.
    pub fn below(directory: Dir) -> Result<Self, Errno> {
        Ok(Self {
            levels: vec![Level::read(directory, 0, false, Sequence::Any)?],
            path: String::new(),
            sequence: Sequence::Any,
            is_going_in: false,
            is_whole: false,
        })
    }

    /// The same, but nothing may be missed: it ends with a problem where a directory is not for us
    /// to read, or is moved away meanwhile.
    pub fn whole(directory: Dir) -> Result<Self, Errno> {
        Ok(Self {
            is_whole: true,
            ..Self::below(directory)?
        })
    }

    /// Whether to go into what came last; if nothing is said, into what was listed as a directory.
    pub fn go_into(&mut self, is_wanted: bool) {
        self.is_going_in = is_wanted;
    }

    /// The next entry; none at the end.
    pub fn next(&mut self, space: &Space) -> Result<Option<Step<'_>>, Problem> {
        loop {
            match self.go_on(space)? {
                Came::Entry => return Ok(self.step()),
                Came::Left => {}
                Came::Nothing => return Ok(None),
            }
        }
    }

    /// The next entry or the next directory that is done with; none at the end.
    pub fn next_event(&mut self, space: &Space) -> Result<Option<Event<'_>>, Problem> {
        Ok(match self.go_on(space)? {
            Came::Entry => self.step().map(Event::Entry),
            Came::Left => self.step().map(Event::Left),
            Came::Nothing => None,
        })
    }

    /// The path of the entry that came last.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Goes on behind the entry with this path, whether or not that is still there. Only for walks
    /// in the order of names, before their first entry.
    pub fn seek(&mut self, path: &str) -> Result<(), Problem> {
        let begin = self.levels.first().map_or(0, |level| level.length);
        let rest = path.get(begin..).unwrap_or_default();
        let mut names = rest.split('/').filter(|name| !name.is_empty()).peekable();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            let Some(level) = self.levels.last_mut() else {
                return Ok(());
            };
            level.next = level
                .rows
                .partition_point(|row| level.text[row.range()] < *name);
            let is_there = level
                .rows
                .get(level.next)
                .is_some_and(|row| level.text[row.range()] == *name);
            if !is_there {
                return Ok(());
            }
            self.take();
            if !is_last {
                let depth = self.levels.len();
                if self.is_going_in {
                    self.go_in()?;
                }
                if self.levels.len() == depth {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn go_on(&mut self, space: &Space) -> Result<Came, Problem> {
        if space.is_stopping() {
            return Err(Problem::Stopping);
        }
        if self.is_going_in {
            self.go_in()?;
        }
        let Some(level) = self.levels.last() else {
            return Ok(Came::Nothing);
        };
        if level.next < level.rows.len() {
            self.take();
            return Ok(Came::Entry);
        }
        Ok(if self.go_out()? {
            Came::Left
        } else {
            Came::Nothing
        })
    }

    /// Takes the next row of the lowest directory.
    fn take(&mut self) {
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let row = level.rows[level.next];
        level.next += 1;
        self.path.truncate(level.length);
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(&level.text[row.range()]);
        self.is_going_in = row.kind == Kind::Directory;
    }

    /// The entry that was taken last.
    fn step(&self) -> Option<Step<'_>> {
        let level = self.levels.last()?;
        let row = level.rows.get(level.next.checked_sub(1)?)?;
        Some(Step {
            directory: level.held.get()?,
            path: &self.path,
            name: &level.text[row.range()],
            kind: row.kind,
            inode: row.inode,
            depth: self.levels.len() - 1,
        })
    }

    /// Goes into the directory that was taken last. One that is gone, or is not for us to read,
    /// cannot be gone through.
    fn go_in(&mut self) -> Result<(), Problem> {
        self.is_going_in = false;
        let Some(step) = self.step() else {
            return Ok(());
        };
        let directory = match open_child(step.directory, &names::to_os(step.name)) {
            Ok(directory) => directory,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            Err(Errno::ACCESS | Errno::PERM) if !self.is_whole => return Ok(()),
            Err(other) => return Err(other.into()),
        };
        let level = Level::read(directory, self.path.len(), false, self.sequence)?;
        self.levels.push(level);
        if let Some(index) = self.levels.len().checked_sub(OPEN + 1)
            && index > 0
        {
            self.levels[index].held.let_go();
        }
        Ok(())
    }

    /// Goes back up; false at the end of the walk. A directory that is not the same one any more
    /// is done with, and is the end of a walk that may miss nothing.
    fn go_out(&mut self) -> Result<bool, Problem> {
        while let Some(done) = self.levels.pop() {
            let Some(level) = self.levels.last_mut() else {
                return Ok(false);
            };
            self.path.truncate(done.length);
            let below = done.held.get();
            let is_found = level.held.get().is_some()
                || below.is_some_and(|below| level.held.find_above(below));
            if is_found || self.open_again() {
                return Ok(true);
            }
            if self.is_whole {
                return Err(Problem::Changed);
            }
        }
        Ok(false)
    }

    /// Opens the lowest directory by the names that led to it.
    fn open_again(&mut self) -> bool {
        let found = self.lowest_by_names();
        let level = self.levels.last_mut();
        found.is_some_and(|found| level.is_some_and(|level| level.held.take_back(found)))
    }

    fn lowest_by_names(&self) -> Option<Dir> {
        let mut here: Option<Dir> = None;
        let top = self.levels.first()?;
        for level in &self.levels[..self.levels.len() - 1] {
            let row = level.rows.get(level.next.checked_sub(1)?)?;
            let from = here.as_ref().or(top.held.get())?;
            here = Some(open_child(from, &names::to_os(&level.text[row.range()])).ok()?);
        }
        here
    }
}

impl Level {
    fn read(
        directory: Dir,
        length: usize,
        is_root: bool,
        sequence: Sequence,
    ) -> Result<Self, Errno> {
        let mut text = String::new();
        let mut rows = Vec::new();
        for entry in rustix::fs::Dir::read_from(&directory)? {
            let entry = entry?;
            let raw = entry.file_name().to_bytes();
            if raw == b"." || raw == b".." || (is_root && raw.eq_ignore_ascii_case(OWN.as_bytes()))
            {
                continue;
            }
            let name = names::to_text(raw);
            let kind = if entry.file_type() == FileType::Unknown {
                match Facts::of(&directory, &names::to_os(&name)) {
                    Ok(facts) => facts.kind,
                    // Gone since it was listed.
                    Err(_) => continue,
                }
            } else {
                entry.file_type().into()
            };
            // Four gigabytes of names are more than any directory that could still be listed.
            let start = u32::try_from(text.len());
            let size = u16::try_from(name.len());
            if let (Ok(start), Ok(size)) = (start, size) {
                text.push_str(&name);
                rows.push(Row {
                    inode: entry.ino(),
                    start,
                    length: size,
                    kind,
                });
            }
        }
        if sequence == Sequence::Names {
            rows.sort_unstable_by(|a, b| text[a.range()].cmp(&text[b.range()]));
        }
        Ok(Self {
            held: Held::new(directory),
            length,
            text,
            rows,
            next: 0,
        })
    }
}

impl Row {
    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.length)
    }
}

impl Step<'_> {
    /// Looks at it closely.
    pub fn facts(&self) -> Result<Facts, Errno> {
        Facts::of(self.directory, &names::to_os(self.name))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
