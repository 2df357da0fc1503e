//! Moving and copying by batches: files and directories mixed, from this space or another one of
//! the library. Knows no requests and of tasks only what [`super::chores`] tells.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::sync::Arc;

use cap_std::fs::Dir;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;
use crate::protocol::batch::Relocation;
use crate::server::ledger::Home;

use super::facts::{Facts, Identity, Kind};
use super::locks::Locks;
use super::place::{self, open_child};
use super::problem::Problem;
use super::rename::{MOST_TRIES, Strategy};
use super::walk::Walk;
use super::work::{Relocated, Way};
use super::{Space, cas, names};

/// What the asking token may move or copy (part A 9.2 and 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four grants of the protocol, each on its own"
)]
pub struct RelocationRights {
    /// Files to names that are free.
    pub file: bool,
    /// Files over others.
    pub file_force: bool,
    /// Directories.
    pub directory: bool,
    /// From other spaces.
    pub across: bool,
}

/// What lies around a space: the other spaces that its work draws from, and how much fits.
#[derive(Default)]
pub struct Surroundings {
    /// Other spaces of the library, by their ids.
    pub spaces: HashMap<String, Arc<Space>>,
    /// Refuses so many more bytes in this space where they are too many; none without a quota.
    pub check_room: Option<Box<CheckRoom>>,
}

/// Refuses bytes that do not fit. Where they leave another space its id is told: the two may be
/// under one quota.
pub type CheckRoom = dyn Fn(u64, Option<&str>) -> Result<(), Problem> + Send + Sync;

/// Told of what is about to be put into its place.
pub type Note<'a> = dyn FnMut(Identity) -> Result<(), Problem> + 'a;

/// One item that was looked at.
struct Planned<'a> {
    source: &'a Space,
    is_across: bool,
    from: RemotePath,
    to: RemotePath,
    facts: Facts,
    strategy: Strategy,
}

impl Planned<'_> {
    /// All bytes of it, as quotas count them.
    fn bytes(&self) -> Result<u64, Problem> {
        match self.facts.kind {
            Kind::Directory => Ok(self.source.measure(&self.from)?.bytes),
            Kind::File | Kind::Symlink | Kind::Other => self.source.size_of(&self.facts),
        }
    }
}

impl Surroundings {
    /// The space that an item comes from.
    pub fn space<'a>(&'a self, here: &'a Space, item: &Relocation) -> Result<&'a Space, Problem> {
        match item.from_space_id.as_deref() {
            None | Some("") => Ok(here),
            Some(id) => match self.spaces.get(id) {
                Some(space) => Ok(space),
                None => Err(Problem::SpaceMissing),
            },
        }
    }
}

impl Space {
    /// Moves or copies one thing. `note` is told what it is right before it gets its place.
    pub fn relocate(
        &self,
        way: Way,
        item: &Relocation,
        rights: RelocationRights,
        around: &Surroundings,
        note: &mut Note<'_>,
    ) -> Result<Relocated, Problem> {
        let plan = self.plan_relocation(way, item, rights, around)?;
        let is_directory = plan.facts.kind == Kind::Directory;
        let path = match way {
            Way::Move if plan.is_across => {
                note(plan.facts.identity())?;
                self.move_across(&plan, around)?
            }
            Way::Move => {
                note(plan.facts.identity())?;
                if is_directory {
                    self.move_directory(&plan.from, &plan.to, plan.strategy)?
                } else {
                    let conditions = cas::Conditions::default();
                    self.move_file(&plan.from, &plan.to, plan.strategy, conditions)?
                }
            }
            Way::Copy => self.copy_planned(&plan, around, note)?,
        };
        Ok(Relocated {
            path: path.as_str().to_owned(),
            is_free_to_rename: plan.strategy == Strategy::Rename,
        })
    }

    /// Refuses what can be known to fail without touching anything.
    pub fn check_relocation(
        &self,
        way: Way,
        item: &Relocation,
        rights: RelocationRights,
        around: &Surroundings,
    ) -> Result<Facts, Problem> {
        let plan = self.plan_relocation(way, item, rights, around)?;
        self.check_target(&plan.to, plan.facts.kind)?;
        if plan.strategy != Strategy::Rename && self.look(&plan.to).is_ok() {
            return Err(Problem::NameTaken);
        }
        Ok(plan.facts)
    }

    /// Looks for something where an earlier run of a task may have put it.
    pub(super) fn find_placed(
        &self,
        item: &Relocation,
        what: Identity,
        around: &Surroundings,
    ) -> Option<Relocated> {
        let is_at = |space: &Self, path: &RemotePath| {
            let found = space.look(path).ok()?;
            (found.identity() == what).then_some(found)
        };
        let (from, to) = (Self::path(&item.from).ok()?, Self::path(&item.to).ok()?);
        // A thing that is moved onto itself is found there at both times; either is right.
        let source = around.space(self, item).ok()?;
        if from != to && is_at(source, &from).is_some() {
            return None;
        }
        let parent = to.parent()?;
        for number in 0..MOST_TRIES {
            let kinds = [Kind::Directory, Kind::File];
            let mut is_any_there = number == 0;
            for kind in kinds {
                let name = match number {
                    0 => to.name().to_owned(),
                    _ => place::numbered(to.name(), kind, number),
                };
                let path = parent.join(&name).ok()?;
                if let Some(found) = is_at(self, &path) {
                    let strategy = strategy(item, found.kind).ok()?;
                    return Some(Relocated {
                        path: path.as_str().to_owned(),
                        is_free_to_rename: strategy == Strategy::Rename,
                    });
                }
                is_any_there |= self.look(&path).is_ok();
            }
            // The first free name was taken, so it is not behind the first that is free now, unless
            // somebody made that free meanwhile.
            if !is_any_there {
                break;
            }
        }
        None
    }

    fn plan_relocation<'a>(
        &'a self,
        way: Way,
        item: &Relocation,
        rights: RelocationRights,
        around: &'a Surroundings,
    ) -> Result<Planned<'a>, Problem> {
        let (from, to) = (Self::path(&item.from)?, Self::path(&item.to)?);
        if from.is_root() || to.is_root() {
            return Err(Problem::Root);
        }
        let source = around.space(self, item)?;
        let is_across = !std::ptr::eq(source, self);
        if is_across && !rights.across {
            return Err(Problem::NoPermission);
        }
        source.check_unlocked(&from)?;
        let facts = source.look(&from).map_err(|problem| match problem {
            Problem::PathMissing | Problem::DirectoryMissing => Problem::SourceMissing,
            other => other,
        })?;
        let is_directory = facts.kind == Kind::Directory;
        let strategy = strategy(item, facts.kind)?;
        let is_allowed = match (is_directory, strategy) {
            (true, _) => rights.directory,
            (false, Strategy::Overwrite) => rights.file_force,
            (false, Strategy::Ask | Strategy::Rename) => rights.file,
        };
        if !is_allowed {
            return Err(Problem::NoPermission);
        }
        if is_directory && !is_across && from.contains(&to) && (way == Way::Move || from != to) {
            return Err(Problem::IntoItself);
        }
        Ok(Planned {
            source,
            is_across,
            from,
            to,
            facts,
            // A directory is never replaced (part A 9.3).
            strategy: match strategy {
                Strategy::Overwrite if is_directory => Strategy::Ask,
                other => other,
            },
        })
    }

    /// A move from another space: a rename as well, and what was said about the things comes along.
    fn move_across(
        &self,
        plan: &Planned<'_>,
        around: &Surroundings,
    ) -> Result<RemotePath, Problem> {
        let kind = plan.facts.kind;
        self.check_target(&plan.to, kind)?;
        let source = plan.source.open_parent(&plan.from)?;
        if kind == Kind::Directory {
            self.check_depth(plan.source, &plan.from, &plan.to)?;
        } else {
            self.check_same_type(&plan.from, &plan.to)?;
        }
        if let Some(check_room) = &around.check_room {
            check_room(plan.bytes()?, Some(plan.source.id()))?;
        }
        if kind == Kind::Directory {
            self.open_or_make(&plan.to.parent().ok_or(Problem::Root)?)?;
        }
        let name = names::to_os(plan.from.name());
        self.check_overwrite(&plan.to, plan.strategy)?;
        let from = (&source, &*name);
        // Before, for nobody says it again if this ends in between; and after, for what was said
        // meanwhile.
        self.repeat_said(plan.source, from)?;
        let (path, _) = self.settle(from, Home::Elsewhere, &plan.to, plan.strategy, None)?;
        let parent = self.open_parent(&path)?;
        self.repeat_said(plan.source, (&parent, &names::to_os(path.name())))?;
        Ok(path)
    }

    /// Says here what another space says about something and all that is in it.
    fn repeat_said(&self, source: &Self, thing: (&Dir, &OsStr)) -> Result<(), Problem> {
        if !source.says_anything()? {
            return Ok(());
        }
        let mut said = Vec::new();
        let mut note = |facts: &Facts| {
            if let Some(value) = source.saying(facts)? {
                said.push((facts.identity(), value));
            }
            Ok::<_, Problem>(())
        };
        let facts = Facts::of(thing.0, thing.1)?;
        note(&facts)?;
        if facts.kind == Kind::Directory {
            let mut walk = Walk::whole(open_child(thing.0, thing.1)?)?;
            while let Some(step) = walk.next(self)? {
                match step.facts() {
                    Ok(facts) => note(&facts)?,
                    // Gone since it was listed.
                    Err(Errno::NOENT) => {}
                    Err(other) => return Err(other.into()),
                }
            }
        }
        self.say_all(&said)
    }

    fn copy_planned(
        &self,
        plan: &Planned<'_>,
        around: &Surroundings,
        note: &mut Note<'_>,
    ) -> Result<RemotePath, Problem> {
        let kind = plan.facts.kind;
        let is_directory = kind == Kind::Directory;
        self.check_target(&plan.to, kind)?;
        if !plan.is_across && plan.from == plan.to && plan.strategy == Strategy::Overwrite {
            return Ok(plan.to.clone());
        }
        // What can be known before the bytes are copied is said before.
        let there = match self.look(&plan.to) {
            Ok(there) => Some(there),
            Err(Problem::PathMissing) if !is_directory => {
                self.open_parent(&plan.to)?;
                None
            }
            Err(Problem::PathMissing) => None,
            Err(other) => return Err(other),
        };
        match (plan.strategy, there) {
            (Strategy::Ask, Some(_)) => return Err(Problem::NameTaken),
            (Strategy::Overwrite, Some(there)) if there.kind == Kind::Directory => {
                return Err(Problem::NameTaken);
            }
            _ => {}
        }
        if is_directory {
            self.check_depth(plan.source, &plan.from, &plan.to)?;
        } else {
            self.check_same_type(&plan.from, &plan.to)?;
        }
        if let Some(check_room) = &around.check_room {
            check_room(plan.bytes()?, None)?;
        }
        self.check_overwrite(&plan.to, plan.strategy)?;
        let aside = if is_directory {
            self.copy_tree_aside(plan.source, &plan.from)?
        } else {
            self.copy_file_aside(plan.source, &plan.from, None)?
        };
        note(aside.facts()?.identity())?;
        if is_directory {
            self.open_or_make(&plan.to.parent().ok_or(Problem::Root)?)?;
        }
        Ok(aside.settle(&plan.to, plan.strategy, None)?.0)
    }
}

/// How many items do not depend on one another: up to the first whose paths are at, above or below
/// those of an earlier one.
pub fn independent(items: &[Relocation]) -> usize {
    let mut touched = Locks::default();
    let mut is_alone = |item: &&Relocation| {
        let paths: Vec<_> = [&item.from, &item.to]
            .into_iter()
            .filter_map(|path| Space::path(path).ok())
            .filter(|path| !path.is_root())
            .collect();
        if paths.iter().any(|path| touched.is_held(path, None)) {
            return false;
        }
        touched.hold(0, paths);
        true
    };
    items.iter().take_while(&mut is_alone).count()
}

/// The strategy of an item. Where none is asked for a file takes a free name, and a directory asks
/// (part A, U13).
fn strategy(item: &Relocation, kind: Kind) -> Result<Strategy, Problem> {
    match item.conflict_resolution_strategy.as_deref() {
        None | Some("") if kind == Kind::Directory => Ok(Strategy::Ask),
        None | Some("" | "rename") => Ok(Strategy::Rename),
        Some("ask") => Ok(Strategy::Ask),
        Some("overwrite") => Ok(Strategy::Overwrite),
        Some(other) => Err(Problem::BadStrategy(other.to_owned())),
    }
}
