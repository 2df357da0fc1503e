//! Deleting: to the bin or for good, one item or a thousand. Knows nothing of requests and tasks
//! but the position that an item has in its task.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::iter::successors;
use std::rc::Rc;

use cap_std::fs::Dir;

use crate::domain::path::RemotePath;
use crate::protocol::batch::Delete;
use crate::server::ledger::{Change, Recycled, Verb};

use super::events::{self, Location};
use super::facts::{Facts, Kind};
use super::place::{self, as_missing_path, id_name, is_own};
use super::problem::Problem;
use super::recover::{intent, recycled};
use super::seen::Seen;
use super::store::Store;
use super::work::{self, Done, Origin, Outcome, Rights};
use super::{Space, names};

/// On whose behalf something is deleted.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// What the token allows.
    pub rights: Rights,
    /// What the item must be; a directory is not deleted as a file, nor the reverse.
    pub only: Option<Expected>,
    /// The content token that a file must have.
    pub cas: Option<&'a str>,
    /// The task that these items belong to.
    pub origin: Option<Origin>,
    /// Whether there was a bin when an earlier run took the items on; none if it was this run.
    pub has_bin: Option<bool>,
    /// What an earlier run saw of each item when it took it on; empty if it was this run.
    pub seen: &'a [Option<Seen>],
    /// Who deletes; may be empty.
    pub person: &'a str,
}

impl Caller<'_> {
    /// One who names things of any kind, now and outside of a task.
    pub fn new(rights: Rights) -> Self {
        Self {
            rights,
            only: None,
            cas: None,
            origin: None,
            has_bin: None,
            seen: &[],
            person: "",
        }
    }
}

/// What the caller takes an item to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anything that is not a directory.
    File,
    /// A directory.
    Directory,
}

/// An item that is ready to be renamed away.
struct Planned {
    index: usize,
    parent: Rc<Dir>,
    name: OsString,
    path: RemotePath,
    facts: Facts,
    to_bin: bool,
}

impl Space {
    /// Deletes items in their order; one that fails does not stop the others.
    ///
    /// Each run of items is three steps: what is meant is committed, the renames are done, what
    /// was done is committed. A kill between them is put right by [`Store::recover`].
    pub fn remove(&self, items: &[Delete], caller: &Caller<'_>) -> Vec<Outcome> {
        // Between the look and the rename no other file comes there.
        let _only_one = caller.cas.map(|_| self.replacing());
        let mut outcomes = Vec::with_capacity(items.len());
        while outcomes.len() < items.len() {
            let start = outcomes.len();
            let rest = &items[start..];
            let run = independent(rest.iter().map(|item| item.path.as_str()));
            let origin = caller.origin.map(|origin| Origin {
                first: origin.first + start as u64,
                ..origin
            });
            let seen = caller.seen.get(start..).unwrap_or_default();
            let caller = Caller {
                origin,
                seen,
                ..*caller
            };
            outcomes.extend(self.remove_run(&rest[..run], &caller));
        }
        outcomes
    }

    /// Items of which none lies at or below an earlier one.
    fn remove_run(&self, items: &[Delete], caller: &Caller<'_>) -> Vec<Outcome> {
        let mut parents = HashMap::new();
        let mut planned = Vec::with_capacity(items.len());
        // Overwritten for each item that is done; one that is not, was not reached.
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match self.plan(index, item, caller, &mut parents) {
                Ok(plan) => {
                    planned.push(plan);
                    outcomes.push(Err(Problem::Stopping));
                }
                Err(problem) => outcomes.push(Err(problem)),
            }
        }
        if planned.is_empty() && caller.origin.is_none() {
            return outcomes;
        }
        let worked = self.store().and_then(|mut store| {
            store.carry_out(
                &planned,
                self,
                |done| {
                    for (plan, outcome) in planned.iter().zip(done) {
                        outcomes[plan.index] = outcome;
                    }
                    caller.origin.map(|origin| {
                        let results: Vec<_> = items
                            .iter()
                            .zip(&outcomes)
                            .map(|(item, outcome)| work::delete_result(&item.path, outcome))
                            .collect();
                        (origin, results)
                    })
                },
                caller,
            )
        });
        match worked {
            Ok(are_links_open) => {
                if are_links_open {
                    self.settle_links();
                }
            }
            Err(problem) => {
                for plan in &planned {
                    outcomes[plan.index] = Err(problem.again());
                }
            }
        }
        self.tell_removed(&planned, &outcomes, caller);
        outcomes
    }

    fn tell_removed(&self, planned: &[Planned], outcomes: &[Outcome], caller: &Caller<'_>) {
        let words = match caller.origin {
            None => ["FILE.TRASH", "FILE.DELETE"],
            Some(_) => ["TASK.FILE.TRASH", "TASK.FILE.DELETE"],
        };
        self.tell(|| {
            let mut events = Vec::new();
            for plan in planned {
                let (word, location) = match outcomes.get(plan.index) {
                    Some(Ok(Done::Recycled(_))) => (words[0], Location::Bin),
                    Some(Ok(Done::Gone)) => (words[1], Location::Gone),
                    _ => continue,
                };
                let parent = events::identity_of(&plan.parent);
                let (facts, name) = (&plan.facts, plan.path.name());
                let extra = serde_json::Value::Null;
                events.push(self.event(word, facts, parent, name, location, extra));
            }
            events
        });
    }

    fn plan(
        &self,
        index: usize,
        item: &Delete,
        caller: &Caller<'_>,
        parents: &mut HashMap<RemotePath, Rc<Dir>>,
    ) -> Result<Planned, Problem> {
        let path = Self::path(&item.path)?;
        let parent_path = path.parent().ok_or(Problem::Root)?;
        if is_own(&path) {
            return Err(Problem::PathMissing);
        }
        if self.locks().is_held(
            &path,
            caller.origin.map(|origin| origin.task).or(self.working()),
        ) {
            return Err(Problem::Busy);
        }
        let parent = if let Some(parent) = parents.get(&parent_path) {
            Rc::clone(parent)
        } else {
            let opened = self.open_directory(&parent_path).map_err(as_missing_path)?;
            let opened = Rc::new(opened);
            parents.insert(parent_path, Rc::clone(&opened));
            opened
        };
        let name = names::to_os(path.name()).into_owned();
        let facts = Facts::of(&*parent, &name)?;
        let is_directory = facts.kind == Kind::Directory;
        match caller.only {
            Some(Expected::File) if is_directory => return Err(Problem::FileMissing),
            Some(Expected::Directory) if !is_directory => return Err(Problem::DirectoryMissing),
            Some(Expected::File | Expected::Directory) | None => {}
        }
        facts.check_cas(caller.cas)?;
        // The task may go on days later, when something else has that name.
        if let Some(seen) = caller.seen.get(index)
            && !seen.is_some_and(|seen| seen.is_still(&facts))
        {
            return Err(Problem::Changed);
        }
        // What was to go to the bin does so, whatever the setting of this run is.
        let has_bin = caller.has_bin.unwrap_or(self.has_bin);
        let to_bin = has_bin && !item.permanent;
        let rights = &caller.rights;
        let is_allowed = match (is_directory, has_bin && item.permanent) {
            (false, false) => rights.file,
            (false, true) => rights.file_permanent,
            (true, false) => rights.directory,
            (true, true) => rights.directory_permanent,
        };
        if !is_allowed {
            return Err(Problem::NoPermission);
        }
        Ok(Planned {
            index,
            parent,
            name,
            path,
            facts,
            to_bin,
        })
    }
}

impl Store {
    /// The three steps. `tell` is handed what became of each planned item, in order, before the
    /// last commit, and gives the results of the whole run where a task wants them kept. True if
    /// links have lost their targets.
    fn carry_out(
        &mut self,
        planned: &[Planned],
        space: &Space,
        tell: impl FnOnce(Vec<Outcome>) -> Option<(Origin, Vec<crate::protocol::batch::ItemResult>)>,
        caller: &Caller<'_>,
    ) -> Result<bool, Problem> {
        let origin = caller.origin;
        // Until the last commit the disk and the ledger may differ.
        self.is_unsound = true;
        let now = space.now();
        let expires = self.expiry(space.rules.retention_days, now)?;
        let to_bin = planned.iter().filter(|plan| plan.to_bin);
        let created = self
            .ledger
            .kept_creations_of(to_bin.map(|plan| plan.facts.identity()))?;
        let first = {
            let mut change = self.ledger.change()?;
            let first = change.reserve(planned.len() as u64)?;
            let numbered = || (first..).zip(planned);
            let rows: Vec<_> = {
                let sums = space.sums();
                numbered()
                    .filter(|(_, plan)| plan.to_bin)
                    .map(|(id, plan)| {
                        let path = plan.path.as_str().to_owned();
                        let sum = sums.known(&plan.facts);
                        let mut row = Recycled {
                            expires,
                            person: caller.person.to_owned(),
                            ..recycled(path, &plan.facts, now, sum)
                        };
                        if let Some(created) = created.get(&plan.facts.identity()) {
                            row.created = *created;
                        }
                        (id, row)
                    })
                    .collect()
            };
            change.add_to_bin(rows.iter().map(|(id, row)| (*id, row)))?;
            intend(&change, first, planned, origin)?;
            change.commit()?;
            first
        };

        let mut failed = Vec::new();
        let mut outcomes = Vec::with_capacity(planned.len());
        for (id, plan) in (first..).zip(planned) {
            let to = if plan.to_bin { &self.bin } else { &self.doomed };
            let name = id_name(id);
            match place::rename(&*plan.parent, &plan.name, to, name.as_ref()) {
                Ok(()) if plan.to_bin => outcomes.push(Ok(Done::Recycled(id))),
                Ok(()) => outcomes.push(Ok(Done::Gone)),
                Err(errno) => {
                    failed.push(id);
                    outcomes.push(Err(place::not_moved(
                        errno,
                        (&*plan.parent, &plan.name),
                        to,
                        Problem::OwnMissing,
                    )));
                }
            }
        }

        // The renames are on the disk before the ledger says so, and before the caller is told.
        if planned.iter().any(|plan| plan.to_bin) {
            rustix::fs::fsync(&self.bin)?;
        }
        if planned.iter().any(|plan| !plan.to_bin) {
            rustix::fs::fsync(&self.doomed)?;
        }
        let lost: Vec<_> = if self.ledger.has_links()? {
            let is_file = |plan: &Planned| plan.facts.kind != Kind::Directory;
            (first..)
                .zip(planned)
                .zip(&outcomes)
                .filter(|((_, plan), outcome)| outcome.is_ok() && is_file(plan))
                .map(|(numbered, _)| numbered)
                .collect()
        } else {
            Vec::new()
        };
        let results = tell(outcomes);
        // Where all that is said now is that nothing is open any more, recovery would say the same,
        // and nobody need wait for it.
        let change = if results.is_none() && lost.is_empty() {
            self.ledger.hasty_change()?
        } else {
            self.ledger.change()?
        };
        let mut open = 0;
        for (id, plan) in lost {
            let target = plan.facts.identity();
            open += if plan.to_bin {
                change.hide_target(target, id)?
            } else {
                change.lose_target(target)?
            };
        }
        change.take_from_bin(failed)?;
        if let Some((origin, results)) = results {
            let count = results.len() as u64;
            change.add_results(origin.task, origin.first, count, &work::to_json(&results))?;
        }
        change.settle()?;
        change.commit()?;
        self.is_unsound = false;
        Ok(open > 0)
    }
}

/// Notes what is about to be done with the planned items, numbered from `first` on.
fn intend(
    change: &Change<'_>,
    first: u64,
    planned: &[Planned],
    origin: Option<Origin>,
) -> Result<(), Problem> {
    // A task's items that are next to each other have positions next to each other.
    let together = |a: &Planned, b: &Planned| {
        a.to_bin && b.to_bin && (origin.is_none() || a.index + 1 == b.index)
    };
    let mut id = first;
    for run in planned.chunk_by(together) {
        let end = id + run.len() as u64;
        let origin = origin.map(|origin| origin.at(run[0].index));
        if run[0].to_bin {
            change.intend_recycling(id..end, origin)?;
        } else {
            change.intend([&intent(id, Verb::Doom, run[0].path.as_str(), origin)])?;
        }
        id = end;
    }
    Ok(())
}

/// How many items can be done in one run: up to the first that is the same as an earlier one or
/// lies below it, because that one's fate depends on the earlier one's.
pub fn independent<'a>(paths: impl Iterator<Item = &'a str>) -> usize {
    let mut seen: HashSet<RemotePath> = HashSet::new();
    let mut count = 0;
    for text in paths {
        if let Ok(path) = Space::path(text) {
            let mut above = successors(Some(path.as_str()), |path| Some(path.rsplit_once('/')?.0));
            if above.any(|path| seen.contains(path)) {
                break;
            }
            // The root is refused, so nothing depends on it.
            if !path.is_root() {
                seen.insert(path);
            }
        }
        count += 1;
    }
    count
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_no_bin_could_take_is_not_missing() {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("a"), "a").unwrap();
        let root = folder.path().to_owned();
        let space = Space::open(root, true, jiff::Timestamp::now).unwrap();
        let item = Delete {
            path: "a".to_owned(),
            permanent: false,
        };
        let caller = Caller::new(Rights::ALL);
        let plan = space.plan(0, &item, &caller, &mut HashMap::new());
        let mut store = space.store().unwrap();
        // Between the look at the store and the rename, so that the rename is first to notice.
        std::fs::remove_dir_all(folder.path().join(".mediasweep/bin")).unwrap();
        let mut outcomes = Vec::new();
        let tell = |done| {
            outcomes = done;
            None
        };
        store
            .carry_out(&[plan.unwrap()], &space, tell, &caller)
            .unwrap();
        assert!(matches!(outcomes[..], [Err(Problem::OwnMissing)]));
        assert_eq!(Problem::OwnMissing.status(), 500);
        assert!(folder.path().join("a").exists());
    }
}
