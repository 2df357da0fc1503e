//! The bin from the other side: putting back, purging, emptying. Knows nothing of requests.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use cap_std::fs::Dir;

use crate::domain::path::RemotePath;
use crate::server::ledger::{BinOrder, BinRow, BinStart, Home, Verb};

use super::events::Location;
use super::facts::{Facts, Kind};
use super::place::{self, id_name};
use super::problem::Problem;
use super::recover::intent;
use super::rename::Strategy;
use super::store::Store;
use super::work::{self, Done, Origin, Outcome};
use super::{Space, names};

/// What to do where the parent directory is gone (part A 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// Leave the item in the bin and say so.
    Fail,
    /// Put it into the root.
    ToRoot,
}

/// Some of the bin.
pub struct BinPage {
    /// How many things there are in all.
    pub total: u64,
    /// These.
    pub rows: Vec<BinRow>,
    /// Whether there are others whose time is over.
    pub has_expired: bool,
}

/// How many items one run of steps covers.
pub(super) const RUN: usize = 1000;

impl Space {
    /// A page of the bin; empty where there never was a change.
    pub fn bin_page(
        &self,
        order: BinOrder,
        descending: bool,
        start: &BinStart,
        limit: u64,
    ) -> Result<BinPage, Problem> {
        self.with_bin()?;
        let now = self.now();
        let Some(store) = self.store_if_any()? else {
            return Ok(BinPage {
                total: 0,
                rows: Vec::new(),
                has_expired: false,
            });
        };
        Ok(BinPage {
            has_expired: !store.ledger.bin_expired(now, 1)?.is_empty(),
            total: store.ledger.bin_count(now)?,
            rows: store
                .ledger
                .bin_page(order, descending, start, limit, now)?,
        })
    }

    /// One thing in the bin.
    pub fn bin_row(&self, id: u64) -> Result<BinRow, Problem> {
        self.with_bin()?;
        let store = self.store_if_any()?.ok_or(Problem::ItemMissing)?;
        let row = store.ledger.bin_row(id)?;
        row.filter(|row| !row.recycled.is_expired(self.now()))
            .ok_or(Problem::ItemMissing)
    }

    /// Opens a file in the bin for reading.
    pub fn open_recycled(&self, id: u64) -> Result<(std::fs::File, Facts), Problem> {
        self.bin_row(id)?;
        let store = self.store_if_any()?.ok_or(Problem::ItemMissing)?;
        place::open_file(&store.bin, id_name(id).as_ref())
    }

    /// Puts one thing back and says where it is (part A 8.4).
    pub fn restore_one(
        &self,
        id: u64,
        strategy: Strategy,
        orphans: Orphans,
    ) -> Result<RemotePath, Problem> {
        let row = self.bin_row(id)?;
        if strategy == Strategy::Overwrite
            && let Some(path) = self.restore_over(&row)?
        {
            return Ok(path);
        }
        let strategy = match strategy {
            Strategy::Ask | Strategy::Overwrite => Strategy::Ask,
            Strategy::Rename => Strategy::Rename,
        };
        let outcome = self
            .restore_run(&[id], strategy, orphans, None)
            .pop()
            .unwrap_or(Err(Problem::ItemMissing));
        match outcome? {
            Done::Restored(path) => Self::path(&path),
            Done::Recycled(_) | Done::Gone => Err(Problem::ItemMissing),
        }
    }

    /// Puts things back in their order, under another name where the name is taken (part A 8.5).
    pub fn restore_many(
        &self,
        ids: &[u64],
        orphans: Orphans,
        origin: Option<Origin>,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(ids.len());
        while outcomes.len() < ids.len() {
            let start = outcomes.len();
            let rest = &ids[start..];
            let run = distinct(rest).min(RUN);
            let origin = origin.map(|origin| Origin {
                first: origin.first + start as u64,
                ..origin
            });
            outcomes.extend(self.restore_run(&rest[..run], Strategy::Rename, orphans, origin));
        }
        outcomes
    }

    /// Deletes things in the bin for good; unknown numbers do not matter (part A 8.7).
    pub fn purge(&self, ids: &[u64]) -> Result<(), Problem> {
        self.with_bin()?;
        for ids in ids.chunks(RUN) {
            let seen = self.seen_in_bin(ids)?;
            let Some(mut store) = self.store_if_any()? else {
                return Ok(());
            };
            store.purge(ids)?;
            drop(store);
            self.tell_purged(&seen);
        }
        Ok(())
    }

    /// Deletes one thing in the bin for good (part A 8.6).
    pub fn purge_one(&self, id: u64) -> Result<(), Problem> {
        self.bin_row(id)?;
        self.purge(&[id])
    }

    /// Deletes everything in the bin for good (part A 8.8): one rename, whatever is in it.
    pub fn empty_bin(&self) -> Result<(), Problem> {
        self.with_bin()?;
        let all = match self.store_if_any()? {
            Some(store) if self.has_followers() => store.ledger.bin_ids()?,
            Some(_) | None => HashSet::new(),
        };
        let seen = self.seen_in_bin(&all.into_iter().collect::<Vec<_>>())?;
        let Some(mut store) = self.store_if_any()? else {
            return Ok(());
        };
        store.is_unsound = true;
        let mut change = store.ledger.change()?;
        let id = change.reserve(1)?;
        change.intend([&intent(id, Verb::Empty, "", None)])?;
        change.commit()?;
        store.swap_bin(id)?;
        let change = store.ledger.change()?;
        change.clear_bin()?;
        change.settle()?;
        change.commit()?;
        store.is_unsound = false;
        drop(store);
        self.tell_purged(&seen);
        Ok(())
    }

    pub(super) fn with_bin(&self) -> Result<(), Problem> {
        if self.has_bin {
            Ok(())
        } else {
            Err(Problem::BinOff)
        }
    }

    /// Restores over the file that has the place, if one has it; a directory is never replaced, and
    /// nothing is replaced by what is not in the bin any more.
    fn restore_over(&self, row: &BinRow) -> Result<Option<RemotePath>, Problem> {
        let path = Self::path(&row.recycled.path)?;
        let bin = match self.store_if_any()? {
            Some(store) => place::open_child(&store.bin, ".".as_ref())?,
            None => return Ok(None),
        };
        if !place::exists(&bin, id_name(row.id))? {
            return Ok(None);
        }
        let there = match self.look(&path) {
            Err(Problem::PathMissing | Problem::DirectoryMissing) => return Ok(None),
            other => other?,
        };
        let is_directory = Kind::from_number(row.recycled.kind) == Kind::Directory;
        if is_directory || there.kind == Kind::Directory {
            return Err(Problem::NameTaken);
        }
        let parent = self.open_parent(&path)?;
        let name = id_name(row.id);
        let coming = Facts::of(&bin, name.as_ref())?;
        self.succeed(there.identity(), coming.identity(), &path)?;
        let home = Home::Bin(row.id);
        self.overwrite((&bin, name.as_ref()), home, (&parent, &path))?;
        Ok(Some(path))
    }

    fn restore_run(
        &self,
        ids: &[u64],
        strategy: Strategy,
        orphans: Orphans,
        origin: Option<Origin>,
    ) -> Vec<Outcome> {
        let worked = self.store_if_any().and_then(|store| {
            let mut store = store.ok_or(Problem::ItemMissing)?;
            self.restore_steps(&mut store, ids, strategy, orphans, origin)
        });
        match worked {
            Ok((outcomes, are_links_open)) => {
                self.tell_restored(&outcomes, origin);
                if are_links_open {
                    self.settle_links();
                }
                outcomes
            }
            Err(Problem::ItemMissing) => ids.iter().map(|_| Err(Problem::ItemMissing)).collect(),
            Err(problem) => ids.iter().map(|_| Err(problem.again())).collect(),
        }
    }

    fn tell_restored(&self, outcomes: &[Outcome], origin: Option<Origin>) {
        let word = match origin {
            None => "FILE.RESTORE",
            Some(_) => "TASK.FILE.RESTORE",
        };
        for outcome in outcomes {
            if let Ok(Done::Restored(path)) = outcome
                && self.has_followers()
                && let Ok(path) = Self::path(path)
            {
                self.tell_of(word, &path, serde_json::Value::Null);
            }
        }
    }

    /// What these things in the bin are, for those who follow along; nothing if nobody does.
    fn seen_in_bin(&self, ids: &[u64]) -> Result<Vec<(String, Facts)>, Problem> {
        let mut seen = Vec::new();
        if !self.has_followers() {
            return Ok(seen);
        }
        let Some(store) = self.store_if_any()? else {
            return Ok(seen);
        };
        for id in ids {
            if let Some(row) = store.ledger.bin_row(*id)?
                && let Ok(facts) = Facts::of(&store.bin, id_name(*id).as_ref())
            {
                seen.push((name_of(&row.recycled.path), facts));
            }
        }
        Ok(seen)
    }

    fn tell_purged(&self, seen: &[(String, Facts)]) {
        self.tell(|| {
            let event = |(name, facts): &(String, Facts)| {
                let extra = serde_json::Value::Null;
                self.event("RECYCLE.DELETE", facts, None, name, Location::Gone, extra)
            };
            seen.iter().map(event).collect()
        });
    }

    /// What is meant is committed, the renames are done, what was done is committed.
    fn restore_steps(
        &self,
        store: &mut Store,
        ids: &[u64],
        strategy: Strategy,
        orphans: Orphans,
        origin: Option<Origin>,
    ) -> Result<(Vec<Outcome>, bool), Problem> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let row = store.ledger.bin_row(*id)?;
            let row = row.filter(|row| !row.recycled.is_expired(self.now()));
            rows.push(row.ok_or(Problem::ItemMissing));
        }
        store.is_unsound = true;
        let intents: Vec<_> = rows
            .iter()
            .enumerate()
            .filter_map(|(index, row)| {
                let row = row.as_ref().ok()?;
                let origin = origin.map(|origin| origin.at(index));
                Some(intent(row.id, Verb::Restore, &row.recycled.path, origin))
            })
            .collect();
        if !intents.is_empty() {
            let change = store.ledger.change()?;
            change.intend(&intents)?;
            change.commit()?;
        }

        let mut parents = HashMap::new();
        let mut left = Vec::new();
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            let outcome = row.and_then(|row| {
                let restored = self.put_back(store, &row, strategy, orphans, origin, &mut parents);
                // What is not in the bin any more need not be listed there, whoever took it.
                if matches!(restored, Ok(_) | Err(Problem::ItemMissing)) {
                    left.push(row.id);
                }
                restored
            });
            outcomes.push(outcome);
        }

        // A rename reaches the disk as one, with whichever of its two directories is written.
        rustix::fs::fsync(&store.bin)?;
        let change = store.ledger.change()?;
        let mut returning = 0;
        for (id, outcome) in ids.iter().zip(&outcomes) {
            if outcome.is_ok() {
                returning += change.show_target(*id)?;
            }
        }
        change.take_from_bin(left)?;
        if let Some(origin) = origin {
            let results: Vec<_> = ids
                .iter()
                .zip(&outcomes)
                .map(|(id, outcome)| work::restore_result(*id, outcome))
                .collect();
            let count = results.len() as u64;
            change.add_results(origin.task, origin.first, count, &work::to_json(&results))?;
        }
        change.settle()?;
        change.commit()?;
        store.is_unsound = false;
        Ok((outcomes, returning > 0))
    }

    fn put_back(
        &self,
        store: &Store,
        row: &BinRow,
        strategy: Strategy,
        orphans: Orphans,
        origin: Option<Origin>,
        parents: &mut HashMap<RemotePath, Rc<Dir>>,
    ) -> Outcome {
        let mut path = Self::path(&row.recycled.path)?;
        let mut parent = self.parent_of(&path, parents);
        if matches!(parent, Err(Problem::DirectoryMissing)) && orphans == Orphans::ToRoot {
            path = Self::path(path.name())?;
            parent = self.parent_of(&path, parents);
            self.check_rules(&path, Kind::from_number(row.recycled.kind))?;
        }
        let parent = parent?;
        if self
            .locks()
            .is_held(&path, origin.map(|origin| origin.task).or(self.working()))
        {
            return Err(Problem::Busy);
        }
        let kind = Kind::from_number(row.recycled.kind);
        let from = id_name(row.id);
        if kind == Kind::Symlink
            && let Ok(facts) = Facts::of(&store.bin, from.as_ref())
            && let Some(link) = store.ledger.link(facts.identity())?
            && self.is_target_lost(&link)?
        {
            return Err(Problem::SourceFileMissing);
        }
        let name = super::rename::into_free_name(
            (&store.bin, from.as_ref()),
            (&parent, path.name()),
            kind,
            strategy,
        )
        .map_err(|problem| match problem {
            Problem::PathMissing => Problem::ItemMissing,
            other => other,
        })?;
        let path = path
            .parent()
            .and_then(|parent| parent.join(&name).ok())
            .unwrap_or(path);
        Ok(Done::Restored(path.as_str().to_owned()))
    }

    fn parent_of(
        &self,
        path: &RemotePath,
        parents: &mut HashMap<RemotePath, Rc<Dir>>,
    ) -> Result<Rc<Dir>, Problem> {
        let parent_path = path.parent().ok_or(Problem::ItemMissing)?;
        if let Some(parent) = parents.get(&parent_path) {
            return Ok(Rc::clone(parent));
        }
        // A parent that is missing now may be back after the next item, so only those that are
        // there are remembered.
        let parent = Rc::new(self.open_directory(&parent_path)?);
        parents.insert(parent_path, Rc::clone(&parent));
        Ok(parent)
    }
}

impl Store {
    pub(super) fn purge(&mut self, ids: &[u64]) -> Result<(), Problem> {
        let mut known = Vec::with_capacity(ids.len());
        for id in ids.iter().collect::<HashSet<_>>() {
            if self.ledger.bin_row(*id)?.is_some() {
                known.push(*id);
            }
        }
        if known.is_empty() {
            return Ok(());
        }
        self.is_unsound = true;
        let intents: Vec<_> = known
            .iter()
            .map(|id| intent(*id, Verb::Purge, "", None))
            .collect();
        let change = self.ledger.change()?;
        change.intend(&intents)?;
        change.commit()?;
        let mut gone = Vec::with_capacity(known.len());
        let mut problem = None;
        for id in known {
            let name = id_name(id);
            match place::rename(&self.bin, name.as_ref(), &self.doomed, name.as_ref()) {
                Ok(()) => gone.push(id),
                Err(errno) => match place::not_moved(
                    errno,
                    (&self.bin, name.as_ref()),
                    &self.doomed,
                    Problem::OwnMissing,
                ) {
                    Problem::PathMissing => gone.push(id),
                    other => problem = Some(other),
                },
            }
        }
        let change = self.ledger.change()?;
        change.take_from_bin(gone)?;
        change.settle()?;
        change.commit()?;
        self.is_unsound = false;
        problem.map_or(Ok(()), Err)
    }
}

/// How many ids come before the first that was there already.
fn distinct(ids: &[u64]) -> usize {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.iter().take_while(|id| seen.insert(**id)).count()
}

/// The name of a recycled thing's former path.
pub fn name_of(path: &str) -> String {
    names::canonical(path.rsplit('/').next().unwrap_or_default()).into_owned()
}
