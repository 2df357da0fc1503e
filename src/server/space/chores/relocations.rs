//! Moves and copies of tasks: each item is done once, however often the service is killed.

use std::collections::HashMap;
use std::ops::Range;

use crate::domain::path::RemotePath;
use crate::protocol::batch::{ItemResult, Relocation};
use crate::server::space::Space;
use crate::server::space::facts::Identity;
use crate::server::space::locks::Locks;
use crate::server::space::problem::Problem;
use crate::server::space::relocate::{Surroundings, independent};
use crate::server::space::work::{self, Way};

use super::Relocating;

impl Relocating {
    /// New work.
    pub fn new(
        items: Vec<Relocation>,
        rights: crate::server::space::relocate::RelocationRights,
    ) -> Self {
        Self {
            items,
            rights,
            accepted: None,
        }
    }

    /// The paths of this space that it works on.
    pub(super) fn paths(&self) -> impl Iterator<Item = RemotePath> {
        self.items.iter().flat_map(touched)
    }

    /// Whether an item's source is what earlier items of the same batch make of it.
    fn is_dependent(&self, position: usize) -> bool {
        let mut earlier = Locks::default();
        earlier.hold(0, self.items[..position].iter().flat_map(touched));
        touched(&self.items[position]).any(|path| earlier.is_held(&path, None))
    }
}

impl Space {
    /// Moves or copies some items of a task. What is about to get its place is noted before, and
    /// the note goes in the commit that has the result, so that another run finds what was done.
    pub(super) fn relocate_part(
        &self,
        way: Way,
        relocating: &Relocating,
        task: u64,
        range: Range<usize>,
        around: &Surroundings,
    ) -> Result<(), Problem> {
        let noted = self.store()?.ledger.relocations(task)?;
        let mut at = range.start;
        while at < range.end {
            let rest = &relocating.items[at..range.end];
            // A copy is much work and a move is little, so many moves share their commits.
            let run = match way {
                Way::Move => independent(rest).max(1),
                Way::Copy => 1,
            };
            if way == Way::Move {
                self.note_sources(task, at, &rest[..run], &noted)?;
            }
            let mut results: Vec<ItemResult> = Vec::with_capacity(run);
            for (position, item) in (at..).zip(&rest[..run]) {
                let found = noted
                    .get(&(position as u64))
                    .and_then(|what| self.find_placed(item, *what, around));
                let outcome = match found {
                    Some(done) => Ok(done),
                    None => self.check_accepted(relocating, position).and_then(|()| {
                        let mut note = |what: Identity| match way {
                            Way::Move if item.from_space_id.is_none() => Ok(()),
                            Way::Move | Way::Copy => self.note(task, &[(position as u64, what)]),
                        };
                        self.relocate(way, item, relocating.rights, around, &mut note)
                    }),
                };
                if matches!(outcome, Err(Problem::Stopping)) {
                    break;
                }
                results.push(work::relocation_result(way, item, &outcome));
            }
            let done = results.len();
            if done > 0 {
                self.add_results(task, at as u64, &results)?;
            }
            if done < run || self.is_stopping() {
                return Ok(());
            }
            at += run;
        }
        Ok(())
    }

    /// What is where a later run finds it is only moved if it is what was there at the beginning.
    fn check_accepted(&self, relocating: &Relocating, position: usize) -> Result<(), Problem> {
        let Some(accepted) = &relocating.accepted else {
            return Ok(());
        };
        let item = &relocating.items[position];
        if item.from_space_id.is_some() || relocating.is_dependent(position) {
            return Ok(());
        }
        let Ok(facts) = Self::path(&item.from).and_then(|path| self.look(&path)) else {
            return Ok(());
        };
        match accepted.get(position).copied().flatten() {
            Some(seen) if seen.is_still(&facts) => Ok(()),
            Some(_) | None => Err(Problem::Changed),
        }
    }

    pub(super) fn note_sources(
        &self,
        task: u64,
        first: usize,
        items: &[Relocation],
        noted: &HashMap<u64, Identity>,
    ) -> Result<(), Problem> {
        let things: Vec<_> = (first as u64..)
            .zip(items)
            .filter(|(position, item)| {
                item.from_space_id.is_none() && !noted.contains_key(position)
            })
            .filter_map(|(position, item)| {
                let facts = self.look(&Self::path(&item.from).ok()?).ok()?;
                Some((position, facts.identity()))
            })
            .collect();
        self.note(task, &things)
    }

    pub(super) fn note(&self, task: u64, things: &[(u64, Identity)]) -> Result<(), Problem> {
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        change.note_relocations(task, things)?;
        Ok(change.commit()?)
    }
}

fn touched(item: &Relocation) -> impl Iterator<Item = RemotePath> + use<> {
    let own = item.from_space_id.is_none().then_some(&item.from);
    own.into_iter()
        .chain([&item.to])
        // The root is refused; to hold it would be to hold everything.
        .filter_map(|path| Space::path(path).ok().filter(|path| !path.is_root()))
        .collect::<Vec<_>>()
        .into_iter()
}
