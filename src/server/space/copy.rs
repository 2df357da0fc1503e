//! Copies: written aside first, whole, and then renamed into place, so that nobody ever sees half
//! of one and a kill leaves nothing but what the next start sweeps away. Knows no requests.

mod content;
mod way;

use std::ffi::OsStr;
use std::fs::File;

use cap_std::fs::Dir;
use rustix::fs::{OFlags, openat};
use rustix::io::Errno;
use serde_json::json;

use crate::domain::path::RemotePath;
use crate::server::ledger::Home;
use crate::server::random;

use super::attributes::Attributes;
use super::facts::{Facts, Identity, Kind};
use super::place::{self, as_missing_path, is_own, open_child};
use super::problem::Problem;
use super::rename::Strategy;
use super::walk::Walk;
use super::{OWN, Space, names};
use way::Way;

/// What the names of copies begin with while they lie aside.
pub const PREFIX: &str = "copy-";

/// So many things that were said about copied entries are written down at once.
const CHUNK: usize = 1000;

/// A new file: never over another one, and nobody else's until it is in its place.
const NEW: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// A copy that lies aside, whole and on the disk. It is thrown away unless it is settled.
pub struct Aside<'a> {
    space: &'a Space,
    uploads: Dir,
    name: String,
    kind: Kind,
    /// How it came to be.
    pub(super) birth: Birth,
    is_settled: bool,
}

/// How something that lies aside came to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Birth {
    /// As a copy of that.
    Copy(Identity),
    /// New; rapid if its content was known already, so that nobody had to send it.
    New { is_rapid: bool },
}

/// What an entry became.
enum Made {
    Directory,
    File(File),
    Other,
}

/// One copy that is being made.
struct Copying<'a> {
    source: &'a Space,
    target: &'a Space,
    /// What is said about the copies, until it is written down.
    said: Vec<(Identity, String)>,
}

impl Space {
    /// Copies a file or a link and gives the copy its place; the parent must be there (part B
    /// 3.6). Says where it is and whether it replaced another file. The conditions are the
    /// content tokens of source and target.
    pub fn copy_file(
        &self,
        source: &Self,
        from: &RemotePath,
        to: &RemotePath,
        strategy: Strategy,
        conditions: super::cas::Conditions<'_>,
    ) -> Result<(RemotePath, bool), Problem> {
        if from.is_root() || to.is_root() {
            return Err(Problem::Root);
        }
        self.check_target(to, Kind::File)?;
        self.check_same_type(from, to)?;
        // What can be known before the bytes are copied is said before.
        let parent = self.open_parent(to)?;
        let is_taken = place::exists(&parent, &*names::to_os(to.name()))?;
        if is_taken && strategy == Strategy::Ask {
            return Err(Problem::NameTaken);
        }
        self.check_overwrite(to, strategy)?;
        self.copy_file_aside(source, from, conditions.source)?
            .settle(to, strategy, conditions.target)
    }

    /// Copies a file or a link aside, and what was said about it; `source` may be this space.
    /// `cas` is the content token that the source must have.
    pub fn copy_file_aside(
        &self,
        source: &Self,
        from: &RemotePath,
        cas: Option<&str>,
    ) -> Result<Aside<'_>, Problem> {
        let parent = source_parent(source, from, Problem::SourceFileMissing)?;
        let name = names::to_os(from.name());
        let facts = source_facts(&parent, &name, Problem::SourceFileMissing)?;
        if matches!(facts.kind, Kind::Directory | Kind::Other) {
            return Err(Problem::SourceNotAFile);
        }
        facts.check_cas(cas)?;
        let mut aside = self.begin_aside()?;
        aside.kind = facts.kind;
        aside.birth = Birth::Copy(facts.identity());
        let mut copying = Copying::new(source, self);
        let made = copying.entry((&parent, &name), (&aside.uploads, aside.name.as_ref()))?;
        if let Made::File(file) = made {
            file.sync_all()?;
        }
        copying.write_down()?;
        Ok(aside)
    }

    /// Copies a directory aside with everything below, and what was said about it; `source` may be
    /// this space. Pipes, sockets and devices are left out.
    pub fn copy_tree_aside(&self, source: &Self, from: &RemotePath) -> Result<Aside<'_>, Problem> {
        let parent = source_parent(source, from, Problem::SourceDirectoryMissing)?;
        let name = names::to_os(from.name());
        let facts = source_facts(&parent, &name, Problem::SourceDirectoryMissing)?;
        if facts.kind != Kind::Directory {
            return Err(Problem::SourceNotADirectory);
        }
        let mut aside = self.begin_aside()?;
        aside.birth = Birth::Copy(facts.identity());
        let mut copying = Copying::new(source, self);
        copying.tree((&parent, &name), (&aside.uploads, aside.name.as_ref()))?;
        copying.write_down()?;
        content::sync_all(&aside.uploads)?;
        Ok(aside)
    }

    /// Makes an empty directory aside, of which this is said.
    pub(super) fn new_directory_aside(&self, said: &Attributes) -> Result<Aside<'_>, Problem> {
        let aside = self.begin_aside()?;
        aside.uploads.create_dir(&aside.name)?;
        self.set_attributes(&aside.facts()?, said)?;
        Ok(aside)
    }

    /// Makes a file without content, of which this is said (part B 3.10).
    pub fn make_virtual(
        &self,
        to: &RemotePath,
        strategy: Strategy,
        said: &Attributes,
    ) -> Result<(RemotePath, bool), Problem> {
        self.check_target(to, Kind::File)?;
        self.open_parent(to)?;
        let mut aside = self.begin_aside()?;
        aside.kind = Kind::File;
        aside.uploads.create(&aside.name)?.sync_all()?;
        self.set_attributes(&aside.facts()?, said)?;
        aside.settle(to, strategy, None)
    }

    fn begin_aside(&self) -> Result<Aside<'_>, Problem> {
        let store = self.store()?;
        let number = random::hex::<16>()
            .map_err(|error| Problem::Io(std::io::Error::other(error.to_string())))?;
        Ok(Aside {
            space: self,
            uploads: open_child(&store.uploads, ".".as_ref())?,
            name: format!("{PREFIX}{number}"),
            kind: Kind::Directory,
            birth: Birth::New { is_rapid: false },
            is_settled: false,
        })
    }
}

impl Aside<'_> {
    /// What the copy itself is, for example to say something about it before it is seen.
    pub fn facts(&self) -> Result<Facts, Problem> {
        Ok(Facts::of(&self.uploads, self.name.as_ref())?)
    }

    /// Gives the copy its place, whose parent must be there. Says where it is and whether it
    /// replaced another file. `cas` is the content token of the file that it may replace.
    pub fn settle(
        mut self,
        to: &RemotePath,
        strategy: Strategy,
        cas: Option<&str>,
    ) -> Result<(RemotePath, bool), Problem> {
        self.space.check_target(to, self.kind)?;
        let from = (&self.uploads, OsStr::new(&self.name));
        let home = match self.birth {
            Birth::Copy(_) => Home::Copy(self.name.clone()),
            Birth::New { .. } => Home::Upload(self.name.clone()),
        };
        let (path, is_overwritten) = self.space.settle(from, home, to, strategy, cas)?;
        self.is_settled = true;
        if !is_overwritten {
            let (word, extra) = match self.birth {
                Birth::Copy(source) => ("FILE.COPY", json!({ "sourceInode": source.text() })),
                Birth::New { is_rapid } => ("FILE.CREATE", json!({ "isRapidUpload": is_rapid })),
            };
            self.space.tell_of(word, &path, extra);
        }
        Ok((path, is_overwritten))
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        // What cannot be removed now goes at the next start.
        if let Err(problem) = self.space.remove_tree(&self.uploads, self.name.as_bytes()) {
            tracing::debug!(%problem, "a copy that is not wanted stays for now");
        }
    }
}

impl<'a> Copying<'a> {
    fn new(source: &'a Space, target: &'a Space) -> Self {
        Self {
            source,
            target,
            said: Vec::new(),
        }
    }

    /// Copies a directory with everything below, however deep that goes.
    fn tree(&mut self, from: (&Dir, &OsStr), to: (&Dir, &OsStr)) -> Result<(), Problem> {
        let source = open_child(from.0, from.1)?;
        self.entry(from, to)?;
        let mut way = Way::new(open_child(to.0, to.1)?);
        let mut walk = Walk::whole(source)?;
        while let Some(step) = walk.next(self.source)? {
            if step.name.eq_ignore_ascii_case(OWN) {
                walk.go_into(false);
                continue;
            }
            let name = names::to_os(step.name);
            let target = way.at(step.depth)?;
            let made = match self.entry((step.directory, &name), (target, &name)) {
                // Gone since it was listed.
                Err(Problem::PathMissing | Problem::FileMissing) => Made::Other,
                other => other?,
            };
            let is_directory = matches!(made, Made::Directory);
            if is_directory {
                way.go_in(&name)?;
            }
            // What it is now counts, not what it was when it was listed.
            walk.go_into(is_directory);
        }
        Ok(())
    }

    /// Copies one entry, and of a directory nothing that is in it.
    fn entry(
        &mut self,
        (from, name): (&Dir, &OsStr),
        (to, new): (&Dir, &OsStr),
    ) -> Result<Made, Problem> {
        if self.source.is_stopping() || self.target.is_stopping() {
            return Err(Problem::Stopping);
        }
        let facts = Facts::of(from, name)?;
        match facts.kind {
            Kind::Directory => {
                to.create_dir(std::path::Path::new(new))?;
                self.say(&facts, &Facts::of(to, new)?)?;
                Ok(Made::Directory)
            }
            Kind::File => {
                let (source, facts) = place::open_file(from, name)?;
                let target = File::from(openat(to, new, NEW, content::mode(&source)?)?);
                let stopping = || self.source.is_stopping() || self.target.is_stopping();
                content::copy(&source, &target, facts.size, &stopping)?;
                let copied = Facts::of_open(&target)?;
                self.say(&facts, &copied)?;
                // The sum holds only for what did not change while it was copied.
                if let Some(sum) = self.source.known_sum(&facts)
                    && Facts::of_open(&source)? == facts
                {
                    self.target.learn_sum(&copied, sum);
                }
                Ok(Made::File(target))
            }
            Kind::Symlink => {
                let text = rustix::fs::readlinkat(from, name, Vec::new())?;
                rustix::fs::symlinkat(&*text, to, new)?;
                let copied = Facts::of(to, new)?;
                self.say(&facts, &copied)?;
                // In another space its target is not there.
                if std::ptr::eq(self.source, self.target) {
                    self.target.copied_link(&facts, &copied)?;
                }
                Ok(Made::Other)
            }
            Kind::Other => Ok(Made::Other),
        }
    }

    /// Says about the copy what was said about the source.
    fn say(&mut self, source: &Facts, copy: &Facts) -> Result<(), Problem> {
        if let Some(value) = self.source.saying_for_copy(source)? {
            self.said.push((copy.identity(), value));
        }
        if self.said.len() >= CHUNK {
            self.write_down()?;
        }
        Ok(())
    }

    fn write_down(&mut self) -> Result<(), Problem> {
        let said = std::mem::take(&mut self.said);
        self.target.say_all(&said)
    }
}

fn source_parent(source: &Space, from: &RemotePath, missing: Problem) -> Result<Dir, Problem> {
    if is_own(from) {
        return Err(missing);
    }
    match source.open_parent(from).map_err(as_missing_path) {
        Err(Problem::PathMissing) => Err(missing),
        other => other,
    }
}

fn source_facts(parent: &Dir, name: &OsStr, missing: Problem) -> Result<Facts, Problem> {
    match Facts::of(parent, name) {
        Err(Errno::NOENT) => Err(missing),
        other => Ok(other?),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
