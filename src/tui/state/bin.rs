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
}

impl Bin {
    /// Begins a new list that waits under the ticket; marks stay as far as their items come back.
    pub fn reload(&mut self, ticket: Ticket) {
        self.items.clear();
        self.range = None;
        self.failure = None;
        self.total = None;
        self.awaited = Some(ticket);
    }

    /// Takes in a page. False if nobody waits for it.
    pub fn append(&mut self, ticket: Ticket, page: Page<RecycledEntry>) -> bool {
        if self.awaited != Some(ticket) {
            return false;
        }
        self.total = page.total.or(self.total);
        self.items.extend(page.items);
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

    /// Takes items out that have left the bin.
    pub fn remove(&mut self, left: &HashSet<RecycledId>, rows: usize) {
        self.items.retain(|item| !left.contains(&item.id));
        self.marks.retain(|id| !left.contains(id));
        self.cursor.go(self.cursor.row, self.items.len(), rows);
        self.range = self
            .range
            .map(|row| row.min(self.items.len().saturating_sub(1)));
    }

    /// The item under the cursor.
    pub fn under_cursor(&self) -> Option<&RecycledEntry> {
        self.items.get(self.cursor.row)
    }

    /// What a command acts on: the marked items, else the one under the cursor.
    pub fn chosen(&self) -> Vec<Recycled> {
        let marked: Vec<_> = self
            .items
            .iter()
            .filter(|item| self.marks.contains(&item.id))
            .collect();
        let chosen = if marked.is_empty() {
            self.under_cursor().into_iter().collect()
        } else {
            marked
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
