//! Making directories and giving things another place. Each move is a single rename, so it needs
//! no intent: a kill finds it done or not begun.

use std::ffi::OsStr;

use cap_std::fs::Dir;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::path::RemotePath;
use crate::server::ledger::Home;

use super::attributes::Attributes;
use super::cas::Conditions;
use super::events;
use super::facts::{Facts, Kind};
use super::place::{self, as_missing_path, check_new_name, is_own, numbered};
use super::problem::Problem;
use super::{Space, names};

/// What to do when the name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Fail and say so.
    Ask,
    /// Take the next free name.
    Rename,
    /// Replace a file; a directory is never replaced.
    Overwrite,
}

/// How many names are tried before we give up.
pub const MOST_TRIES: u32 = 10_000;

impl Space {
    /// Makes a directory and what is missing above it, of which something may be said
    /// (part B 2.5).
    pub fn make_directory(
        &self,
        path: &RemotePath,
        strategy: Strategy,
        said: &Attributes,
    ) -> Result<(RemotePath, Facts), Problem> {
        let parent_path = path.parent().ok_or(Problem::Root)?;
        self.check_target(path, Kind::Directory)?;
        let parent = self.open_or_make(&parent_path)?;
        if *said != Attributes::default() {
            let aside = self.new_directory_aside(said)?;
            let (path, _) = aside.settle(path, strategy, None)?;
            let facts = self.look(&path)?;
            return Ok((path, facts));
        }
        let mut number = 0;
        loop {
            let name = candidate(path.name(), Kind::Directory, number)?;
            match parent.create_dir(&*names::to_os(&name)) {
                Ok(()) => {
                    let facts = Facts::of(&parent, &names::to_os(&name))?;
                    let path = child(&parent_path, &name)?;
                    self.tell_of("FILE.CREATE", &path, json!({ "isRapidUpload": false }));
                    return Ok((path, facts));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => match strategy {
                    Strategy::Ask | Strategy::Overwrite => return Err(Problem::NameTaken),
                    Strategy::Rename => number += 1,
                },
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn tell_moved(&self, path: &RemotePath, from: &Dir, to: &Dir) {
        let parents = (events::identity_of(from), events::identity_of(to));
        self.tell_of("FILE.MOVE", path, events::moved(parents.0, parents.1));
    }

    /// Gives a directory another place; missing parents are made (part B 2.7).
    pub fn move_directory(
        &self,
        from: &RemotePath,
        to: &RemotePath,
        strategy: Strategy,
    ) -> Result<RemotePath, Problem> {
        if from.is_root() || to.is_root() {
            return Err(Problem::Root);
        }
        if from.contains(to) {
            return Err(Problem::IntoItself);
        }
        self.check_target(to, Kind::Directory)?;
        self.check_unlocked(from)?;
        let source = self.open_source(from, Problem::SourceDirectoryMissing)?;
        match Facts::of(&source, &names::to_os(from.name())) {
            Ok(facts) if facts.kind == Kind::Directory => {}
            Ok(_) => return Err(Problem::SourceNotADirectory),
            Err(Errno::NOENT) => return Err(Problem::SourceDirectoryMissing),
            Err(other) => return Err(other.into()),
        }
        self.check_depth(self, from, to)?;
        let parent_path = to.parent().ok_or(Problem::Root)?;
        let parent = self.open_or_make(&parent_path)?;
        let name = into_free_name(
            (&source, &names::to_os(from.name())),
            (&parent, to.name()),
            Kind::Directory,
            strategy,
        )?;
        let placed = child(&parent_path, &name)?;
        self.tell_moved(&placed, &source, &parent);
        Ok(placed)
    }

    /// Gives a file or a link another place; the parent must be there (part B 3.5).
    /// The conditions are the content tokens of source and target.
    pub fn move_file(
        &self,
        from: &RemotePath,
        to: &RemotePath,
        strategy: Strategy,
        conditions: Conditions<'_>,
    ) -> Result<RemotePath, Problem> {
        if from.is_root() || to.is_root() {
            return Err(Problem::Root);
        }
        self.check_target(to, Kind::File)?;
        self.check_unlocked(from)?;
        let source = self.open_source(from, Problem::SourceFileMissing)?;
        let facts = match Facts::of(&source, &names::to_os(from.name())) {
            Ok(facts) if facts.kind == Kind::Directory => return Err(Problem::SourceNotAFile),
            Ok(facts) => facts,
            Err(Errno::NOENT) => return Err(Problem::SourceFileMissing),
            Err(other) => return Err(other.into()),
        };
        facts.check_cas(conditions.source)?;
        self.check_same_type(from, to)?;
        // Already there; to overwrite it would be to recycle it.
        if from == to {
            facts.check_cas(conditions.target)?;
            return Ok(to.clone());
        }
        self.check_overwrite(to, strategy)?;
        self.settle(
            (&source, &names::to_os(from.name())),
            Home::Path(from.as_str().to_owned()),
            to,
            strategy,
            conditions.target,
        )
        .map(|(path, _)| path)
    }

    /// Brings something that is ready to its place in the tree, and says whether it replaced a
    /// file. With a content token nothing is done unless the file that is to be replaced is there
    /// and has it; without overwriting it has no meaning.
    pub fn settle(
        &self,
        from: (&Dir, &OsStr),
        home: Home,
        to: &RemotePath,
        strategy: Strategy,
        cas: Option<&str>,
    ) -> Result<(RemotePath, bool), Problem> {
        let parent_path = to.parent().ok_or(Problem::Root)?;
        let parent = self.open_directory(&parent_path)?;
        let coming = Facts::of(from.0, from.1)?;
        if cas.is_none() || strategy != Strategy::Overwrite {
            match into_free_name(from, (&parent, to.name()), coming.kind, strategy) {
                Ok(name) => {
                    rustix::fs::fsync(&parent)?;
                    let path = child(&parent_path, &name)?;
                    if matches!(home, Home::Path(_) | Home::Elsewhere) {
                        self.tell_moved(&path, from.0, &parent);
                    }
                    return Ok((path, false));
                }
                Err(Problem::NameTaken) if strategy == Strategy::Overwrite => {}
                Err(problem) => return Err(problem),
            }
        }
        let is_other = self.replace(from, home, (&parent, to), cas)?;
        rustix::fs::fsync(&parent)?;
        Ok((to.clone(), is_other))
    }

    /// Brings something to where a file is, and says whether that was another file than itself.
    /// The old file is never gone before the new one is there.
    fn replace(
        &self,
        from: (&Dir, &OsStr),
        home: Home,
        (parent, to): (&Dir, &RemotePath),
        cas: Option<&str>,
    ) -> Result<bool, Problem> {
        let name = names::to_os(to.name());
        let _only_one = self.replacing();
        let there = match Facts::of(parent, &name) {
            Err(Errno::NOENT) if cas.is_some() => return Err(Problem::ContentChanged),
            other => other?,
        };
        if there.kind == Kind::Directory {
            return Err(Problem::NameTaken);
        }
        there.check_cas(cas)?;
        let coming = Facts::of(from.0, from.1)?;
        // Two names for one file: to recycle the one would be to recycle what is to come.
        if is_one(&there, &coming) {
            return match rustix::fs::renameat(from.0, from.1, parent, &*name) {
                Ok(()) => Ok(false),
                // A directory has come there since the look.
                Err(Errno::ISDIR) => Err(Problem::NameTaken),
                Err(errno) => Err(errno.into()),
            };
        }
        self.check_no_loop(&coming, &there)?;
        self.succeed(there.identity(), coming.identity(), to)?;
        self.overwrite(from, home, (parent, to))?;
        Ok(true)
    }

    /// Refuses to move or copy over a file while its content would be kept (part B 3.5).
    pub fn check_overwrite(&self, to: &RemotePath, strategy: Strategy) -> Result<(), Problem> {
        if strategy != Strategy::Overwrite || !self.history_rule().is_on {
            return Ok(());
        }
        match self.look(to) {
            Ok(facts) if facts.kind == Kind::File => Err(Problem::OverwriteNotAllowed),
            // Whatever else is wrong is found where it is moved.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Checks what can be known of a new path without the disk.
    pub fn check_target(&self, path: &RemotePath, kind: Kind) -> Result<(), Problem> {
        let last = path.components().count().saturating_sub(1);
        for (index, name) in path.components().enumerate() {
            let kind = if index == last { kind } else { Kind::Directory };
            check_new_name(name, kind)?;
        }
        if is_own(path) {
            return Err(Problem::DirectoryMissing);
        }
        self.check_rules(path, kind)?;
        self.check_unlocked(path)
    }

    /// Refuses a path that a task works on.
    pub(super) fn check_unlocked(&self, path: &RemotePath) -> Result<(), Problem> {
        if self.locks().is_held(path, self.working()) {
            return Err(Problem::Busy);
        }
        Ok(())
    }

    fn open_source(&self, from: &RemotePath, missing: Problem) -> Result<Dir, Problem> {
        match self.open_parent(from).map_err(as_missing_path) {
            Err(Problem::PathMissing) => Err(missing),
            other => other,
        }
    }

    /// Opens a directory, and makes what is missing of it.
    pub(super) fn open_or_make(&self, path: &RemotePath) -> Result<Dir, Problem> {
        match self.open_directory(path) {
            Err(Problem::DirectoryMissing) => {}
            other => return other,
        }
        let mut here = self.open_directory(&RemotePath::root())?;
        let mut above = RemotePath::root();
        for name in path.components() {
            above = child(&above, name)?;
            let name = names::to_os(name);
            match here.create_dir(&*name) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(error.into());
                }
                Ok(()) => {
                    self.tell_of("FILE.CREATE", &above, json!({ "isRapidUpload": false }));
                }
                Err(_) => {}
            }
            here = place::open_child(&here, &name).map_err(|errno| match errno {
                // Something above is a file (part B 2.5).
                Errno::NOTDIR | Errno::LOOP => Problem::NameTaken,
                other => other.into(),
            })?;
        }
        Ok(here)
    }
}

/// Renames to the name, or to the next free one, and says which it was. Never replaces anything.
pub fn into_free_name(
    (from, old): (&Dir, &OsStr),
    (to, name): (&Dir, &str),
    kind: Kind,
    strategy: Strategy,
) -> Result<String, Problem> {
    let mut number = 0;
    loop {
        let candidate = candidate(name, kind, number)?;
        match place::rename(from, old, to, &names::to_os(&candidate)) {
            Ok(()) => return Ok(candidate),
            // The name is taken by the thing itself.
            Err(Errno::EXIST | Errno::NOTEMPTY)
                if number == 0 && is_respelled((from, old), (to, &names::to_os(name))) =>
            {
                rustix::fs::renameat(from, old, to, &*names::to_os(name))?;
                return Ok(candidate);
            }
            Err(Errno::EXIST | Errno::NOTEMPTY) => match strategy {
                Strategy::Ask | Strategy::Overwrite => return Err(Problem::NameTaken),
                Strategy::Rename => number += 1,
            },
            Err(errno) => {
                return Err(place::not_moved(
                    errno,
                    (from, old),
                    to,
                    Problem::DirectoryMissing,
                ));
            }
        }
    }
}

/// Whether these are two spellings of one name, on a file system that takes large and small
/// letters for the same.
fn is_respelled((from, old): (&Dir, &OsStr), (to, new): (&Dir, &OsStr)) -> bool {
    let lower = |name: &OsStr| name.to_string_lossy().to_lowercase();
    if lower(old) != lower(new) {
        return false;
    }
    let is_one_directory = match (Facts::of_open(from), Facts::of_open(to)) {
        (Ok(from), Ok(to)) => is_one(&from, &to),
        _ => false,
    };
    is_one_directory
        && match (Facts::of(from, old), Facts::of(to, new)) {
            (Ok(old), Ok(new)) => is_one(&old, &new),
            _ => false,
        }
}

fn is_one(one: &Facts, other: &Facts) -> bool {
    (one.device, one.inode) == (other.device, other.inode)
}

fn candidate(name: &str, kind: Kind, number: u32) -> Result<String, Problem> {
    match number {
        0 => Ok(name.to_owned()),
        1..MOST_TRIES => Ok(numbered(name, kind, number)),
        MOST_TRIES.. => Err(Problem::NamesUsedUp),
    }
}

fn child(parent: &RemotePath, name: &str) -> Result<RemotePath, Problem> {
    parent
        .join(name)
        .map_err(|error| Problem::BadParameter(error.to_string()))
}
