//! The plan screen: what would be sent, grouped by folder, and what stays and why.
//!
//! A plan may have a million items: sums are kept as items change, rows are made anew only when
//! what is unfolded, sorted or filtered changes.

mod arranging;
pub mod copies;
mod item;
mod making;

use std::collections::BTreeMap;

use jiff::Timestamp;

use self::arranging::Arranging;
use self::copies::Ledger;
pub use self::item::{Item, Look, Stay, Sum};
use super::cursor::Cursor;
use crate::domain::job::{JobKind, Target};
use crate::domain::marks::{Marks, Origin};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::domain::plan::{Plan, packed};
use crate::domain::rule::Rule;
use crate::tui::msg::Ticket;

/// So many items are counted while a frame is drawn.
const QUICK: usize = 20_000;

/// What a dry run has found so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Still there, as they were.
    pub still: usize,
    /// Not there any more.
    pub gone: usize,
    /// Not what was marked.
    pub changed: usize,
    /// Without the right to delete.
    pub denied: usize,
    /// Not told.
    pub unclear: usize,
}

/// How far a dry run is.
#[derive(Clone, Debug)]
pub enum DryRun {
    /// There was none.
    Never,
    /// It goes on.
    Running {
        /// Names it.
        ticket: Ticket,
        /// How many items it asks about.
        of: usize,
        /// How many of them were told.
        asked: usize,
    },
    /// It is over.
    Over {
        /// When.
        at: Timestamp,
        /// Why it ended before it had asked about everything, if it did.
        broken_off: Option<String>,
    },
}

/// A folder that holds items.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Which one.
    pub directory: RemotePath,
    /// Those of its items that are sent.
    pub sent: Sum,
    /// How many of its items stay.
    pub staying: usize,
    /// Whether its items are shown.
    pub is_unfolded: bool,
    /// Its items that the filter lets through, in the order of the screen.
    shown: Vec<usize>,
    first: usize,
    end: usize,
}

/// A row of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A folder, by its number.
    Folder(usize),
    /// An item, by its number.
    Item(usize),
}

/// A plan on the screen.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What `y` asks to do.
    pub kind: JobKind,
    /// Whether it comes from marks rather than from one row.
    pub of_marks: bool,
    /// Everything that was chosen, in the order of [`Plan`].
    pub items: Vec<Item>,
    /// The folders of the items.
    pub folders: Vec<Folder>,
    /// The rows of the screen.
    pub rows: Vec<Row>,
    /// The place in the rows.
    pub cursor: Cursor,
    /// What would be sent.
    pub sent: Sum,
    /// What stays, by reason.
    pub staying: BTreeMap<Stay, Sum>,
    /// What made the marks that would be sent.
    pub origins: Vec<(Origin, Sum)>,
    /// Marks inside of folders that are sent: they go along.
    pub along: usize,
    /// Marks inside of folders that stay: they stay too.
    pub stay_inside: usize,
    /// Chosen entries whose names are none.
    pub nameless: usize,
    /// Which copies would go.
    pub copies: Ledger,
    /// What the dry run has found.
    pub found: Found,
    /// The dry run.
    pub dry_run: DryRun,
    /// The filter.
    pub filter: Option<Rule>,
    /// The file that is being written.
    pub writing: Option<Ticket>,
    order: Order,
    revision: u64,
    arranging: Option<Arranging>,
}

impl Draft {
    /// Adds an item to the sums, or takes it out of them.
    fn count(&mut self, at: usize, is_added: bool) {
        let item = &self.items[at];
        let folder = &mut self.folders[item.folder];
        let step = |number: &mut usize, by: usize| {
            *number = if is_added { *number + by } else { *number - by };
        };
        let target = item.wanted();
        match item.stay() {
            None => {
                self.sent.change(target, is_added);
                folder.sent.change(target, is_added);
                self.origins[item.origin].1.change(target, is_added);
                step(&mut self.along, item.inside);
                self.copies.change(at, is_added);
            }
            Some(stay) => {
                self.staying
                    .entry(stay)
                    .or_default()
                    .change(target, is_added);
                step(&mut folder.staying, 1);
                step(&mut self.stay_inside, item.inside);
            }
        }
        let found = &mut self.found;
        match item.look {
            Look::NotAsked => {}
            Look::Still => step(&mut found.still, 1),
            Look::Gone => step(&mut found.gone, 1),
            Look::Changed(_) => step(&mut found.changed, 1),
            Look::Denied => step(&mut found.denied, 1),
            Look::Unclear(_) => step(&mut found.unclear, 1),
        }
    }

    fn change(&mut self, at: usize, change: impl FnOnce(&mut Item)) {
        self.count(at, false);
        change(&mut self.items[at]);
        self.count(at, true);
    }

    /// Takes in what was found of an item.
    pub fn found(&mut self, at: usize, look: Look) {
        if at < self.items.len() {
            self.change(at, |item| item.look = look);
        }
    }

    /// Leaves the row out, or puts it back: a folder with all its items that are shown.
    ///
    /// # Errors
    /// Why it cannot be put back.
    pub fn toggle(&mut self, row: usize) -> Result<(), Stay> {
        match self.rows.get(row).copied() {
            Some(Row::Item(at)) => {
                let stay = self.items[at].stay();
                if let Some(stay @ (Stay::NoRight | Stay::Protected)) = stay {
                    return Err(stay);
                }
                self.change(at, |item| item.by_hand = Some(stay.is_some()));
            }
            Some(Row::Folder(folder)) => {
                let shown = self.folders[folder].shown.clone();
                let leaves_out = shown.iter().any(|at| self.items[*at].stay().is_none());
                for at in shown {
                    let stay = self.items[at].stay();
                    if leaves_out && stay.is_none() {
                        self.change(at, |item| item.by_hand = Some(false));
                    } else if !leaves_out && stay == Some(Stay::Hand) {
                        // What has changed takes a Space of its own.
                        self.change(at, |item| item.by_hand = None);
                    }
                }
            }
            None => {}
        }
        Ok(())
    }

    /// Shows or hides the items of a folder; returns the row of the folder.
    pub fn fold(&mut self, row: usize, is_unfolded: bool) -> usize {
        let folder = match self.rows.get(row) {
            Some(Row::Folder(folder)) => *folder,
            Some(Row::Item(at)) => self.items[*at].folder,
            None => return row,
        };
        self.folders[folder].is_unfolded = is_unfolded;
        self.make_rows();
        let place = self.rows.iter().position(|row| *row == Row::Folder(folder));
        place.unwrap_or(0)
    }

    /// Sorts folders and, inside of them, items.
    pub fn sort(&mut self, order: Order) {
        self.order = order;
        self.arrange();
    }

    /// Narrows the rows down; what is hidden is sent all the same.
    pub fn set_filter(&mut self, filter: Option<Rule>) {
        self.filter = filter;
        self.arrange();
    }

    /// Whether marks have come or gone since it was made.
    pub fn is_stale(&self, marks: &Marks) -> bool {
        self.of_marks && self.revision != marks.revision()
    }

    /// The items that the dry run asks about: all that could be sent.
    pub fn to_ask(&self) -> Vec<(usize, Target)> {
        let items = self.items.iter().enumerate();
        items
            .filter(|(_, item)| item.can_delete && !item.is_protected)
            .map(|(at, item)| (at, item.target.clone()))
            .collect()
    }

    /// Exactly what would be sent, as the question asks about it.
    pub fn plan(&self) -> Plan {
        let number = |stay| self.staying.get(&stay).map_or(0, |sum| sum.items);
        let sent = self.items.iter().filter(|item| item.stay().is_none());
        let (items, heaviest) = packed(sent.map(Item::wanted));
        Plan {
            items,
            heaviest,
            revision: self.of_marks.then_some(self.revision),
            nested: self.along,
            protected: number(Stay::NoRight) + self.nameless,
            guarded: number(Stay::Protected),
            directories: self.sent.folders,
            bytes: self.sent.bytes,
            places: self.folders.iter().filter(|at| at.sent.items > 0).count(),
        }
    }

    /// Of how many items of a folder the last known copy would go; none where that would take long to
    /// count.
    pub fn last_in(&self, folder: usize) -> usize {
        let folder = &self.folders[folder];
        if self.copies.last == 0 || folder.end - folder.first > QUICK {
            return 0;
        }
        let items = folder.first..folder.end;
        let is_last = |at: &usize| {
            let is_sent = self.items[*at].stay().is_none();
            is_sent && matches!(self.copies.remark(*at), Some(copies::Remark::Last(_)))
        };
        items.filter(is_last).count()
    }

    /// Whether an answer is awaited.
    pub fn is_busy(&self) -> bool {
        matches!(self.dry_run, DryRun::Running { .. }) || self.writing.is_some()
    }
}
