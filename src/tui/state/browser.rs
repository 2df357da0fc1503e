//! Where the user is in the library: the directory, its listing, the cursor in it.

use std::collections::HashMap;

use compact_str::CompactString;

use super::cursor::Cursor;
use crate::domain::entries::EntryRef;
use crate::domain::entry::EntryPage;
use crate::domain::failure::Failure;
use crate::domain::filter::Filter;
use crate::domain::listing::Listing;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::tui::msg::Ticket;

/// A listing on its way.
#[derive(Debug)]
struct Awaited {
    ticket: Ticket,
    /// Pages of a reload gather here, so that the rows stay until the new ones are complete.
    fresh: Option<Listing>,
}

/// The directory on the screen.
#[derive(Debug)]
pub struct Browser {
    /// Where the user is.
    pub directory: RemotePath,
    /// What is there.
    pub listing: Listing,
    /// The place in it.
    pub cursor: Cursor,
    /// Where a range began.
    pub range: Option<usize>,
    /// Why the directory could not be listed to its end.
    pub failure: Option<Failure>,
    /// How many marks in this directory the filter hides; kept by `update`.
    pub hidden_marks: usize,
    /// What that was counted for: filter, directory, revision of the marks.
    pub hidden_for: Option<(String, RemotePath, u64)>,
    awaited: Option<Awaited>,
    /// The name to put the cursor on as soon as it arrives.
    wanted: Option<CompactString>,
    /// Names under the cursor in directories visited before.
    visited: HashMap<RemotePath, CompactString>,
}

impl Browser {
    /// In a directory of which nothing is known yet.
    pub fn new(directory: RemotePath) -> Self {
        Self {
            directory,
            listing: Listing::default(),
            cursor: Cursor::default(),
            range: None,
            failure: None,
            hidden_marks: 0,
            hidden_for: None,
            awaited: None,
            wanted: None,
            visited: HashMap::new(),
        }
    }

    /// Goes to a directory: an empty listing waits under the ticket, and the cursor goes to
    /// `name`, or to where it was at the last visit.
    pub fn go(&mut self, directory: RemotePath, name: Option<CompactString>, ticket: Ticket) {
        if let Some(entry) = self.under_cursor() {
            let name = CompactString::from(entry.name());
            self.visited.insert(self.directory.clone(), name);
        }
        self.wanted = name.or_else(|| self.visited.get(&directory).cloned());
        self.directory = directory;
        self.listing = Listing::new(self.listing.order(), None);
        self.cursor = Cursor::default();
        self.range = None;
        self.failure = None;
        self.awaited = Some(Awaited {
            ticket,
            fresh: None,
        });
    }

    /// Waits for a new listing of the same directory under the ticket.
    pub fn reload(&mut self, ticket: Ticket) {
        let fresh = Listing::new(self.listing.order(), self.listing.filter().cloned());
        self.failure = None;
        self.awaited = Some(Awaited {
            ticket,
            fresh: Some(fresh),
        });
    }

    /// Takes in a page if somebody waits for it; `rows` is the height of the list.
    pub fn append(&mut self, ticket: Ticket, page: &EntryPage, rows: usize) {
        let Some(awaited) = self
            .awaited
            .as_mut()
            .filter(|awaited| awaited.ticket == ticket)
        else {
            return;
        };
        let is_last = page.next.is_none();
        match &mut awaited.fresh {
            None => self.rearrange(rows, |listing| listing.append(page)),
            Some(fresh) => {
                fresh.append(page);
                if is_last {
                    let name = self
                        .under_cursor()
                        .map(|entry| CompactString::from(entry.name()));
                    let row = self.cursor.row;
                    let fresh = self.awaited.take().and_then(|awaited| awaited.fresh);
                    self.listing = fresh.unwrap_or_default();
                    self.range = None;
                    let found = name.and_then(|name| self.listing.position(&name));
                    self.cursor
                        .go(found.unwrap_or(row), self.listing.rows(), rows);
                }
            }
        }
        if is_last {
            self.awaited = None;
        }
        let found = self
            .wanted
            .as_ref()
            .filter(|name| page.entries.iter().any(|entry| entry.name() == **name))
            .and_then(|name| self.listing.position(name));
        if let Some(row) = found {
            self.wanted = None;
            self.cursor.go(row, self.listing.rows(), rows);
        }
    }

    /// The listing ends here, for this reason. False if nobody waits for it.
    pub fn fail(&mut self, ticket: Ticket, failure: Failure) -> bool {
        let awaited = self.awaited.take_if(|awaited| awaited.ticket == ticket);
        if awaited.is_some() {
            self.failure = Some(failure);
        }
        awaited.is_some()
    }

    /// No longer waits for pages; what has arrived stays.
    pub fn stop_loading(&mut self) {
        self.awaited = None;
    }

    /// Whether pages are still to come.
    pub fn is_loading(&self) -> bool {
        self.awaited.is_some()
    }

    /// How much of a reload has arrived, while one is going on.
    pub fn reloaded(&self) -> Option<usize> {
        self.awaited.as_ref()?.fresh.as_ref().map(Listing::loaded)
    }

    /// The entry under the cursor.
    pub fn under_cursor(&self) -> Option<EntryRef<'_>> {
        self.listing.row(self.cursor.row)
    }

    /// Goes to a row.
    pub fn move_to(&mut self, row: usize, rows: usize) {
        self.wanted = None;
        self.cursor.go(row, self.listing.rows(), rows);
    }

    /// Sorts anew; the cursor stays with its entry.
    pub fn set_order(&mut self, order: Order, rows: usize) {
        self.range = None;
        self.rearrange(rows, |listing| listing.set_order(order));
    }

    /// Filters anew; the cursor stays with its entry as long as that is shown.
    pub fn set_filter(&mut self, filter: Option<Filter>, rows: usize) {
        self.range = None;
        self.rearrange(rows, |listing| listing.set_filter(filter));
    }

    /// Takes rows out that are gone; the cursor stays with its entry.
    pub fn remove(&mut self, names: &[&str], rows: usize) {
        if let Some(fresh) = self
            .awaited
            .as_mut()
            .and_then(|awaited| awaited.fresh.as_mut())
        {
            // Pages of a reload that arrived before the entries left.
            fresh.remove(names.iter().copied());
        }
        self.rearrange(rows, |listing| listing.remove(names.iter().copied()));
        if let Some(range) = &mut self.range {
            *range = (*range).min(self.listing.rows().saturating_sub(1));
        }
    }

    /// Changes the listing and keeps the cursor with its entry. A cursor that was never moved
    /// stays at the top, where rows may still arrive.
    fn rearrange(&mut self, rows: usize, change: impl FnOnce(&mut Listing)) {
        let entry = self
            .listing
            .id(self.cursor.row)
            .filter(|_| self.cursor.row > 0);
        let range = self.range.and_then(|row| self.listing.id(row));
        change(&mut self.listing);
        let row = entry.map_or(0, |entry| self.listing.row_of(entry));
        self.range = range.map(|entry| self.listing.row_of(entry));
        self.cursor.go(row, self.listing.rows(), rows);
    }

    /// The rows of the range, from the first to the last.
    pub fn range_rows(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let from = self.range?;
        Some(from.min(self.cursor.row)..=from.max(self.cursor.row))
    }
}
