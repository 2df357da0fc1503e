//! The recycle bin screen: a flat list with marks of its own.

use std::collections::HashSet;

use super::cursor::Cursor;
use crate::domain::bin::{RecycledEntry, RecycledId};
use crate::domain::entry::Page;
use crate::domain::failure::Failure;
use crate::domain::job::Recycled;
use crate::tui::msg::Ticket;

/// The items of the bin.
#[derive(Debug, Default)]
pub struct Bin {
    /// What has arrived, latest removal first.
    pub items: Vec<RecycledEntry>,
    /// The marked ones.
    pub marks: HashSet<RecycledId>,
    /// The place in the list.
    pub cursor: Cursor,
    /// Where a range began.
    pub range: Option<usize>,
    /// Why the bin could not be listed to its end.
    pub failure: Option<Failure>,
    total: Option<u64>,
    awaited: Option<Ticket>,
    /// The item to put the cursor on as soon as it arrives.
    wanted: Option<RecycledId>,
}

impl Bin {
    /// Begins a new list that waits under the ticket; marks stay as far as their items come back.
    pub fn reload(&mut self, ticket: Ticket) {
        self.wanted = self.under_cursor().map(|item| item.id.clone());
        self.items.clear();
        self.range = None;
        self.failure = None;
        self.total = None;
        self.awaited = Some(ticket);
    }

    /// Takes in a page. False if nobody waits for it.
    pub fn append(&mut self, ticket: Ticket, page: Page<RecycledEntry>, rows: usize) -> bool {
        if self.awaited != Some(ticket) {
            return false;
        }
        self.total = page.total.or(self.total);
        self.items.extend(page.items);
        let found = self.wanted.as_ref().and_then(|id| self.row_of(id));
        if let Some(row) = found {
            self.wanted = None;
            self.cursor.go(row, self.items.len(), rows);
        }
        if page.next.is_none() {
            self.awaited = None;
            let there: HashSet<&RecycledId> = self.items.iter().map(|item| &item.id).collect();
            self.marks.retain(|id| there.contains(id));
        }
        true
    }

    /// The list ends here, for this reason. False if nobody waits for it.
    pub fn fail(&mut self, ticket: Ticket, failure: Failure) -> bool {
        let is_awaited = self.awaited == Some(ticket);
        if is_awaited {
            self.awaited = None;
            self.failure = Some(failure);
        }
        is_awaited
    }

    /// No longer waits for pages; what has arrived stays.
    pub fn stop_loading(&mut self) {
        self.awaited = None;
    }

    /// Whether pages are still to come.
    pub fn is_loading(&self) -> bool {
        self.awaited.is_some()
    }

    /// How many items the bin has, as far as is known.
    pub fn total(&self) -> usize {
        match self.total {
            Some(total) if self.is_loading() => usize::try_from(total)
                .unwrap_or(usize::MAX)
                .max(self.items.len()),
            _ => self.items.len(),
        }
    }

    /// Takes items out that have left the bin; cursor and range stay with their items, or go to the
    /// next ones that stay.
    pub fn remove(&mut self, left: &HashSet<RecycledId>, rows: usize) {
        let follow = |row: usize| {
            let below = self.items.iter().skip(row);
            below
                .map(|item| &item.id)
                .find(|id| !left.contains(*id))
                .cloned()
        };
        let (cursor, range) = (follow(self.cursor.row), self.range.map(follow));
        self.items.retain(|item| !left.contains(&item.id));
        self.marks.retain(|id| !left.contains(id));
        let last = self.items.len().saturating_sub(1);
        let row_of = |id: Option<RecycledId>| id.and_then(|id| self.row_of(&id)).unwrap_or(last);
        let (row, range) = (row_of(cursor), range.map(row_of));
        self.range = range;
        self.cursor.go(row, self.items.len(), rows);
    }

    fn row_of(&self, id: &RecycledId) -> Option<usize> {
        self.items.iter().position(|item| item.id == *id)
    }

    /// Goes to a row.
    pub fn move_to(&mut self, row: usize, rows: usize) {
        self.wanted = None;
        self.cursor.go(row, self.items.len(), rows);
    }

    /// The item under the cursor.
    pub fn under_cursor(&self) -> Option<&RecycledEntry> {
        self.items.get(self.cursor.row)
    }

    /// What a command acts on: the marked items, else the one under the cursor; nothing as long as
    /// marked items are still to arrive.
    pub fn chosen(&self) -> Vec<Recycled> {
        let marked: Vec<_> = self
            .items
            .iter()
            .filter(|item| self.marks.contains(&item.id))
            .collect();
        let chosen: Vec<_> = match self.marks.len() {
            0 => self.under_cursor().into_iter().collect(),
            marks if marks == marked.len() => marked,
            _ => Vec::new(),
        };
        let recycled = |item: &RecycledEntry| Recycled {
            id: item.id.clone(),
            path: item.path.clone(),
            size: item.size,
        };
        chosen.into_iter().map(recycled).collect()
    }

    /// The rows of the range, from the first to the last.
    pub fn range_rows(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let from = self.range?;
        Some(from.min(self.cursor.row)..=from.max(self.cursor.row))
    }
}
