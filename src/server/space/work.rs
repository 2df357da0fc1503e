//! What became of the items of a batch, in the library's words and in the protocol's.

use serde::{Deserialize, Serialize};

use crate::protocol::batch::{ItemResult, Relocation};
use crate::server::ledger::{Intent, Verb};

use super::problem::Problem;

/// What was done to one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is in the bin under this number.
    Recycled(u64),
    /// It is gone for good.
    Gone,
    /// It is back, at this path.
    Restored(String),
}

/// What became of one item.
pub type Outcome = Result<Done, Problem>;

/// What the asking token may delete (part A 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four grants of the protocol, each on its own"
)]
pub struct Rights {
    /// Files, to the bin or where there is none.
    pub file: bool,
    /// Files for good although there is a bin.
    pub file_permanent: bool,
    /// Directories, to the bin or where there is none.
    pub directory: bool,
    /// Directories for good although there is a bin.
    pub directory_permanent: bool,
}

impl Rights {
    /// All of them.
    pub const ALL: Self = Self {
        file: true,
        file_permanent: true,
        directory: true,
        directory_permanent: true,
    };
}

/// Of which task's items these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The task.
    pub task: u64,
    /// The position of the first of these items in it.
    pub first: u64,
}

impl Origin {
    /// The task and the position of the item with this index.
    pub fn at(self, index: usize) -> (u64, u64) {
        (self.task, self.first + index as u64)
    }
}

/// The result of an item that was to be deleted (part A 9.1).
pub fn delete_result(path: &str, outcome: &Outcome) -> ItemResult {
    let path = Some(components(path));
    match outcome {
        Ok(Done::Recycled(id)) => ItemResult {
            path,
            recycled_item_id: Some((*id).into()),
            ..plain(200)
        },
        Ok(Done::Gone | Done::Restored(_)) => ItemResult { path, ..plain(204) },
        Err(problem) => ItemResult {
            path,
            ..failed(problem)
        },
    }
}

/// The result of an item that was to be restored (part A 8.5).
pub fn restore_result(id: u64, outcome: &Outcome) -> ItemResult {
    let recycled_item_id = Some(id.into());
    match outcome {
        Ok(Done::Restored(path)) => ItemResult {
            path: Some(components(path)),
            recycled_item_id,
            ..plain(200)
        },
        Ok(Done::Recycled(_) | Done::Gone) => ItemResult {
            recycled_item_id,
            ..plain(200)
        },
        Err(problem) => ItemResult {
            recycled_item_id,
            ..failed(problem)
        },
    }
}

/// Whether things are moved or copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// They leave their place.
    Move,
    /// They stay.
    Copy,
}

/// Where a moved or copied thing is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocated {
    /// The final path.
    pub path: String,
    /// Whether it might have taken another name than the one asked for.
    pub is_free_to_rename: bool,
}

/// The result of an item that was to be moved or copied (part A 9.2 and 9.3).
pub fn relocation_result(
    way: Way,
    item: &Relocation,
    outcome: &Result<Relocated, Problem>,
) -> ItemResult {
    let source = Some(components(&item.from));
    let (from, copy_from, copy_from_space_id) = match way {
        Way::Move => (source, None, None),
        Way::Copy => (None, source, item.from_space_id.clone()),
    };
    let result = match outcome {
        Ok(done) => ItemResult {
            path: Some(components(&done.path)),
            ..plain(if done.is_free_to_rename { 200 } else { 204 })
        },
        Err(problem) => failed(problem),
    };
    ItemResult {
        from,
        copy_from,
        copy_from_space_id,
        to: Some(components(&item.to)),
        ..result
    }
}

/// The result of work that has none of its own.
pub fn done_result() -> ItemResult {
    plain(200)
}

/// The result of work that failed.
pub fn failed_result(problem: &Problem) -> ItemResult {
    failed(problem)
}

/// The result of a step that was found done after a restart.
pub fn recovered(intent: &Intent, done: &Done) -> ItemResult {
    match intent.verb {
        Verb::Restore => restore_result(intent.id, &Ok(done.clone())),
        Verb::Recycle | Verb::Doom | Verb::Purge | Verb::Empty => {
            delete_result(&intent.path, &Ok(done.clone()))
        }
    }
}

/// Results as the ledger keeps them.
pub fn to_json<T: Serialize>(results: &[T]) -> String {
    serde_json::to_string(results).expect("plain lists of plain fields can be written as JSON")
}

/// The status of an envelope: 200 if every item worked, else 207 (part A section 9).
pub fn envelope_status(results: &[ItemResult]) -> u16 {
    let worked = results.iter().all(|item| (200..300).contains(&item.status));
    if worked { 200 } else { 207 }
}

/// A path as the protocol's arrays have it.
pub fn components(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn plain(status: u16) -> ItemResult {
    ItemResult {
        status,
        ..ItemResult::default()
    }
}

fn failed(problem: &Problem) -> ItemResult {
    ItemResult {
        code: Some(problem.code().to_owned()),
        message: Some(problem.to_string()),
        ..plain(problem.status())
    }
}
