//! What is by now where items of the bin would go back to.

use jiff::Timestamp;
use rustc_hash::FxHashSet;

use crate::domain::bin::RecycledId;
use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::domain::job::{Items, Recycled};
use crate::domain::path::RemotePath;
use crate::tui::msg::Ticket;

/// What is at the place of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// Nothing is there, but its folder is.
    Free,
    /// Its folder is gone too; the job makes it again.
    NoFolder,
    /// Something of that name is there.
    Taken(Occupant),
}

/// What has the name by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupant {
    /// What it is.
    pub kind: Kind,
    /// Bytes, where known.
    pub size: Option<u64>,
    /// When its content last changed, where known.
    pub modified: Option<Timestamp>,
}

/// The look at the place of the item under the cursor.
#[derive(Clone, Debug)]
pub struct RowLook {
    /// Which item.
    pub id: RecycledId,
    /// Names the look.
    pub ticket: Ticket,
    /// What is there, or why that cannot be told; none as long as nothing was told.
    pub found: Option<Result<Landing, Failure>>,
}

/// The look at the places of all items that a question is about.
#[derive(Debug, Default)]
pub struct Survey {
    /// Names the look; none before it began.
    pub ticket: Option<Ticket>,
    /// How many places were looked at.
    pub looked: usize,
    /// How many of them are taken.
    pub taken: usize,
    /// Folders that have to be made again.
    pub missing: FxHashSet<RemotePath>,
    /// Whether all was told that will be, and why not more, if not all could be.
    pub ended: Option<Option<Failure>>,
}

impl Survey {
    /// Takes in what was found, by the numbers of the items.
    pub fn take(&mut self, items: &Items<Recycled>, found: &[(usize, Landing)]) {
        self.looked += found.len();
        for (index, landing) in found {
            match landing {
                Landing::Free => {}
                Landing::Taken(_) => self.taken += 1,
                Landing::NoFolder => {
                    let folder = items.get(*index).and_then(|item| item.path.parent());
                    self.missing.extend(folder);
                }
            }
        }
    }
}
