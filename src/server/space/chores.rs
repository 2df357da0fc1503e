//! Tasks on the disk: written down, worked off chunk by chunk, taken up again after a restart.
//! Knows nothing of those who ask how far they are.

use std::collections::HashMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;
use crate::protocol::batch::{Delete, ItemResult, Relocation};
use crate::server::ledger::{TaskRow, TaskState};

use super::facts::Facts;
use super::problem::Problem;
use super::relocate::{RelocationRights, Surroundings};
use super::remove::Caller;
use super::restore::Orphans;
use super::seen::Seen;
use super::work::{self, Origin, Rights, Way};
use super::{Space, names};

mod relocations;

/// Work for a task, as the ledger keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Chore {
    /// A batch delete.
    Delete {
        /// What to delete.
        items: Vec<Delete>,
        /// What the caller may delete.
        rights: Rights,
        /// What held when it was accepted; none in the run that accepts it.
        #[serde(default)]
        accepted: Option<Accepted>,
        /// Who asked for it; may be empty.
        #[serde(default)]
        person: String,
    },
    /// A batch restore.
    #[serde(rename_all = "camelCase")]
    Restore {
        /// What to restore.
        ids: Vec<u64>,
        /// Whether things without a parent go to the root.
        to_root: bool,
    },
    /// A batch move.
    Move(Relocating),
    /// A batch copy.
    Copy(Relocating),
    /// The copy of one directory (part B 2.9).
    CopyDirectory(Relocating),
    /// The counting of a tree (part B 2.8).
    Calibrate {
        /// The directory at its top.
        path: String,
    },
}

/// Things that are moved or copied.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relocating {
    /// Which, and where to.
    pub items: Vec<Relocation>,
    /// What the caller may move or copy.
    pub rights: RelocationRights,
    /// What was there when it was accepted, item by item; none in the run that accepts it.
    #[serde(default)]
    pub accepted: Option<Vec<Option<Seen>>>,
}

/// What held when a task was accepted, for a later run that goes on with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    has_bin: bool,
    /// What was there, item by item.
    seen: Vec<Option<Seen>>,
}

/// How far a task is, for those who ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// 202 while running (part A 7.1).
    pub status: u16,
    /// The results, once it has ended.
    pub results: Option<Vec<ItemResult>>,
    /// Which kind of [`Chore`] it is.
    pub kind: String,
}

/// So many items are done between two looks at whether the service is stopping.
const CHUNK: u64 = 200;

/// Tasks are forgotten so long after their end (part A 7.1).
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Space {
    /// Writes a task down and holds its paths; it is not begun.
    pub fn add_chore(&self, chore: &Chore) -> Result<u64, Problem> {
        let request = serde_json::to_string(&self.accepted(chore))
            .expect("plain lists of plain fields can be written as JSON");
        let id = {
            let mut store = self.store()?;
            let mut change = store.ledger.change()?;
            let id = change.reserve(1)?;
            change.add_task(id, &request)?;
            change.forget_tasks(self.now() - KEPT)?;
            change.commit()?;
            id
        };
        self.hold(id, chore);
        // The ledger can be written, perhaps again.
        self.write_down_broken();
        Ok(id)
    }

    /// The chore as a later run is to find it.
    fn accepted(&self, chore: &Chore) -> Chore {
        let mut chore = chore.clone();
        match &mut chore {
            Chore::Delete {
                items, accepted, ..
            } => {
                *accepted = Some(Accepted {
                    has_bin: self.has_bin,
                    seen: self.seen(items.iter().map(|item| &item.path)),
                });
            }
            Chore::Move(relocating) | Chore::Copy(relocating) => {
                let paths = relocating.items.iter().map(|item| &item.from);
                relocating.accepted = Some(self.seen(paths));
            }
            Chore::Restore { .. } | Chore::CopyDirectory(_) | Chore::Calibrate { .. } => {}
        }
        chore
    }

    fn seen<'a>(&self, paths: impl Iterator<Item = &'a String>) -> Vec<Option<Seen>> {
        let mut parents = HashMap::new();
        let look = |path: &String| {
            let path = Self::path(path).ok()?;
            let parent_path = path.parent()?;
            let parent = parents
                .entry(parent_path)
                .or_insert_with_key(|path| self.open_directory(path).ok());
            let facts = Facts::of(parent.as_ref()?, &names::to_os(path.name())).ok()?;
            Some(Seen::from(&facts))
        };
        paths.map(look).collect()
    }

    /// The tasks that an earlier run left open; their paths are held again.
    pub fn open_chores(&self) -> Result<Vec<(u64, Chore)>, Problem> {
        let rows = match self.store_to_look()? {
            Some(store) => store.ledger.open_tasks()?,
            None => Vec::new(),
        };
        let mut chores = Vec::with_capacity(rows.len());
        for TaskRow { id, request } in rows {
            match serde_json::from_str(&request) {
                Ok(chore) => {
                    self.hold(id, &chore);
                    chores.push((id, chore));
                }
                Err(error) => {
                    tracing::error!(id, %error, "a task of the ledger cannot be read");
                    self.end(id, 500)?;
                }
            }
        }
        Ok(chores)
    }

    /// Works on a task to its end, or until the library is stopping. True if it ended.
    pub fn run_chore(
        &self,
        id: u64,
        chore: &Chore,
        around: &Surroundings,
    ) -> Result<bool, Problem> {
        let _working = self.work_on(id);
        for (first, end) in self.gaps(id, chore.count())? {
            let mut at = first;
            while at < end {
                if self.is_stopping() {
                    return Ok(false);
                }
                let next = (at + CHUNK).min(end);
                self.run_part(id, chore, (at, next), around)?;
                at = next;
            }
        }
        // What has no result by now could not be written down.
        let is_whole = self.gaps(id, chore.count())?.is_empty();
        // Long work on one item breaks off within it.
        if !is_whole && self.is_stopping() {
            return Ok(false);
        }
        let status = if is_whole {
            work::envelope_status(&self.results(id)?)
        } else {
            500
        };
        self.end(id, status)?;
        Ok(true)
    }

    /// Ends a task that broke off, in memory at least: it holds nothing any more and is seen to have
    /// failed, even where that cannot be written down, as on a full disk.
    pub fn give_up(&self, id: u64) {
        self.locks().release(id);
        self.broken().insert(id);
        self.write_down_broken();
    }

    /// Tries again to write down which tasks broke off. What cannot be written by the end of this
    /// run goes on in the next one.
    pub(super) fn write_down_broken(&self) {
        let broken: Vec<u64> = self.broken().iter().copied().collect();
        for id in broken {
            match self.end(id, 500) {
                Ok(()) => {
                    self.broken().remove(&id);
                }
                Err(problem) => tracing::warn!(id, %problem, "the end of a task is not written"),
            }
        }
    }

    /// How far a task is; none if there is no such task.
    pub fn progress(&self, id: u64) -> Result<Option<Progress>, Problem> {
        let Some(store) = self.store_if_any()? else {
            return Ok(None);
        };
        let Some((kind, state)) = store.ledger.task_state(id, self.now() - KEPT)? else {
            return Ok(None);
        };
        drop(store);
        let is_broken = self.broken().contains(&id);
        let (status, results) = match state {
            _ if is_broken => (500, None),
            TaskState::Running => (202, None),
            TaskState::Ended { status: 500, .. } => (500, None),
            TaskState::Ended { status, results } => (status, Some(read(&results)?)),
        };
        Ok(Some(Progress {
            status,
            results,
            kind,
        }))
    }

    fn run_part(
        &self,
        id: u64,
        chore: &Chore,
        (first, end): (u64, u64),
        around: &Surroundings,
    ) -> Result<(), Problem> {
        let origin = Some(Origin { task: id, first });
        let (from, to) = (index(first), index(end));
        match chore {
            Chore::Delete {
                items,
                rights,
                accepted,
                person,
            } => {
                let accepted = accepted.as_ref();
                let seen = accepted.and_then(|accepted| accepted.seen.get(from..to));
                let caller = Caller {
                    origin,
                    has_bin: accepted.map(|accepted| accepted.has_bin),
                    seen: seen.unwrap_or_default(),
                    person,
                    ..Caller::new(*rights)
                };
                self.remove(&items[from..to], &caller);
            }
            Chore::Restore { ids, to_root } => {
                let orphans = if *to_root {
                    Orphans::ToRoot
                } else {
                    Orphans::Fail
                };
                self.restore_many(&ids[from..to], orphans, origin);
            }
            Chore::Move(relocating) => {
                self.relocate_part(Way::Move, relocating, id, from..to, around)?;
            }
            Chore::Copy(relocating) | Chore::CopyDirectory(relocating) => {
                self.relocate_part(Way::Copy, relocating, id, from..to, around)?;
            }
            Chore::Calibrate { path } => self.calibrate(id, path)?,
        }
        Ok(())
    }

    /// Counts a tree. The service keeps no counts that could have become wrong, so what is left
    /// to say is whether it can be counted.
    fn calibrate(&self, id: u64, path: &str) -> Result<(), Problem> {
        let result = match Self::path(path).and_then(|path| self.measure(&path)) {
            Ok(_) => work::done_result(),
            Err(Problem::Stopping) => return Ok(()),
            Err(problem) => work::failed_result(&problem),
        };
        self.add_results(id, 0, &[result])
    }

    fn add_results(&self, id: u64, first: u64, results: &[ItemResult]) -> Result<(), Problem> {
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        let count = results.len() as u64;
        change.add_results(id, first, count, &work::to_json(results))?;
        change.settle_relocations(id)?;
        Ok(change.commit()?)
    }

    /// The runs of items that have no result yet.
    fn gaps(&self, id: u64, count: u64) -> Result<Vec<(u64, u64)>, Problem> {
        let store = self.store()?;
        let parts = store.ledger.task_parts(id)?;
        let mut gaps = Vec::new();
        let mut at = 0;
        for (position, length) in parts {
            if position > at {
                gaps.push((at, position));
            }
            at = at.max(position + length);
        }
        if at < count {
            gaps.push((at, count));
        }
        Ok(gaps)
    }

    fn results(&self, id: u64) -> Result<Vec<ItemResult>, Problem> {
        let store = self.store()?;
        read(&store.ledger.task_results(id)?)
    }

    fn end(&self, id: u64, status: u16) -> Result<(), Problem> {
        let now = self.now();
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        // Its ledger may have been deleted meanwhile.
        if !change.end_task(id, status, now)? {
            return Err(Problem::OwnMissing);
        }
        change.commit()?;
        Ok(())
    }

    fn hold(&self, id: u64, chore: &Chore) {
        let paths: Vec<RemotePath> = match chore {
            Chore::Delete { items, .. } => items
                .iter()
                .filter_map(|item| Self::path(&item.path).ok())
                // The root is refused; to hold it would be to hold everything.
                .filter(|path| !path.is_root())
                .collect(),
            Chore::Restore { ids, .. } => ids
                .iter()
                .filter_map(|id| self.bin_row(*id).ok())
                .filter_map(|row| Self::path(&row.recycled.path).ok())
                .collect(),
            Chore::Move(relocating)
            | Chore::Copy(relocating)
            | Chore::CopyDirectory(relocating) => relocating.paths().collect(),
            // Looking holds nothing.
            Chore::Calibrate { .. } => Vec::new(),
        };
        self.locks().hold(id, paths);
    }
}

impl Chore {
    /// A batch delete that is new.
    pub fn delete(items: Vec<Delete>, rights: Rights, person: &str) -> Self {
        Self::Delete {
            items,
            rights,
            accepted: None,
            person: person.to_owned(),
        }
    }

    fn count(&self) -> u64 {
        match self {
            Self::Delete { items, .. } => items.len() as u64,
            Self::Restore { ids, .. } => ids.len() as u64,
            Self::Move(relocating) | Self::Copy(relocating) | Self::CopyDirectory(relocating) => {
                relocating.items.len() as u64
            }
            Self::Calibrate { .. } => 1,
        }
    }

    /// The other spaces that it draws from.
    pub fn sources(&self) -> Vec<String> {
        match self {
            Self::Move(relocating) | Self::Copy(relocating) | Self::CopyDirectory(relocating) => {
                let ids = relocating.items.iter();
                ids.filter_map(|item| item.from_space_id.clone()).collect()
            }
            Self::Delete { .. } | Self::Restore { .. } | Self::Calibrate { .. } => Vec::new(),
        }
    }
}

fn index(position: u64) -> usize {
    usize::try_from(position).expect("positions count the items of a list in memory")
}

fn read(parts: &[String]) -> Result<Vec<ItemResult>, Problem> {
    let mut results = Vec::new();
    for part in parts {
        let part: Vec<ItemResult> = serde_json::from_str(part)
            .map_err(|error| Problem::Io(std::io::Error::other(error)))?;
        results.extend(part);
    }
    Ok(results)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
