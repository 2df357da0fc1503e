//! Where the user is in the library: the directory, its listing, the cursor in it.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::cursor::Cursor;
use super::trail::Trail;
use crate::domain::entries::EntryRef;
use crate::domain::entry::{EntryPage, KnownPage, Marker};
use crate::domain::failure::Failure;
use crate::domain::filter::Filter;
use crate::domain::listing::Listing;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::tui::msg::Ticket;

/// Entries of the first page: few, so that rows are on the screen at once.
const FIRST_PAGE: u32 = 200;
/// Entries of every other page: the most that the service gives (protocol part B, 0.2).
pub const PAGE: u32 = 1000;

/// What is to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// The directory, with at most so many entries in the first page.
    List(u32),
    /// Whether these pages, listed in this order, are still the same.
    Compare(Order, Arc<[KnownPage]>),
}

/// What comes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More is to come.
    More,
    /// This is to be asked next.
    Next(Request),
    /// The listing is there to its end.
    Complete,
    /// A reload found that nothing has changed.
    Unchanged,
}

/// A listing on its way.
#[derive(Debug)]
struct Awaited {
    ticket: Ticket,
    step: Step,
    /// The order that was asked for.
    order: Order,
    /// Where the next page begins, and how many entries it has at most.
    next: (Option<Marker>, u32),
    /// The pages so far, as long as each has a tag.
    pages: Option<Vec<KnownPage>>,
}

/// What is done with the answers.
#[derive(Debug)]
enum Step {
    /// Pages become rows at once.
    Fill,
    /// The pages of before are compared with what is there now.
    Compare,
    /// Pages gather here, so that the rows stay until the new ones are complete.
    Renew(Box<Listing>),
}

/// The directory on the screen.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub struct Browser {
    /// Where the user is.
    pub directory: RemotePath,
    /// What is there.
    pub listing: Listing,
    /// The place in it.
    pub cursor: Cursor,
    /// Where a range began.
    pub range: Option<usize>,
    /// Whether the range takes marks off.
    pub is_unmarking: bool,
    /// What the user calls the tab; mostly nothing.
    pub tab_name: String,
    /// Whether names that begin with a dot are hidden.
    pub hides_dot_files: bool,
    /// Where the user was before.
    pub trail: Trail,
    /// Whether the directory has changed while another tab was on the screen.
    pub is_stale: bool,
    /// Whether everything is to be marked once the listing is there to its end.
    pub marks_all: bool,
    /// Why the directory could not be listed to its end.
    pub failure: Option<Failure>,
    /// How many marks in this directory the filter hides; kept by `update`.
    pub hidden_marks: usize,
    /// What that was counted for: filter, directory, revision of the marks, rows and whether they
    /// are still to change.
    pub hidden_for: Option<(String, RemotePath, u64, (usize, bool))>,
    /// The reload that the user asked for: its end is told.
    pub asked_for: Option<Ticket>,
    awaited: Option<Awaited>,
    /// The pages that the listing was made of and their order, where they can be compared.
    pages: Option<(Order, Arc<[KnownPage]>)>,
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
            is_unmarking: false,
            tab_name: String::new(),
            hides_dot_files: false,
            trail: Trail::default(),
            is_stale: false,
            marks_all: false,
            failure: None,
            hidden_marks: 0,
            hidden_for: None,
            asked_for: None,
            awaited: None,
            pages: None,
            wanted: None,
            visited: HashMap::new(),
        }
    }

    /// Goes to a directory: an empty listing of this order waits under the ticket, and the cursor
    /// goes to `name`, or to where it was at the last visit.
    pub fn go(
        &mut self,
        directory: RemotePath,
        name: Option<CompactString>,
        order: Order,
        ticket: Ticket,
    ) -> Request {
        if let Some(name) = self.name_under_cursor() {
            self.visited.insert(self.directory.clone(), name);
        }
        self.wanted = name.or_else(|| self.visited.get(&directory).cloned());
        self.directory = directory;
        let filter = self.effective(None);
        self.listing = Listing::new(order, filter);
        self.cursor = Cursor::default();
        self.range = None;
        self.is_stale = false;
        self.marks_all = false;
        self.failure = None;
        self.pages = None;
        self.wait(ticket, FIRST_PAGE, Step::Fill)
    }

    /// Waits for a new listing of the same directory under the ticket. Pages that have a tag are
    /// only compared: as long as they are the same, nothing is fetched.
    pub fn reload(&mut self, ticket: Ticket) -> Request {
        self.failure = None;
        self.is_stale = false;
        let known = self.pages.clone();
        match known.filter(|_| self.listing.is_complete()) {
            Some((order, pages)) => {
                self.wait(ticket, PAGE, Step::Compare);
                Request::Compare(order, pages)
            }
            None => self.wait(ticket, PAGE, Step::Renew(Box::new(self.empty()))),
        }
    }

    fn wait(&mut self, ticket: Ticket, limit: u32, step: Step) -> Request {
        self.awaited = Some(Awaited {
            ticket,
            step,
            order: self.listing.order(),
            next: (None, limit),
            pages: Some(Vec::new()),
        });
        Request::List(limit)
    }

    fn empty(&self) -> Listing {
        Listing::new(self.listing.order(), self.listing.filter().cloned())
    }

    /// How many questions it takes to see whether anything has changed; 0 where that takes
    /// listing the directory anew.
    pub fn pages(&self) -> usize {
        self.pages.as_ref().map_or(0, |(_, pages)| pages.len())
    }

    /// Takes in a page that is awaited; `rows` is the height of the list.
    pub fn append(&mut self, page: &EntryPage, rows: usize) -> Progress {
        let Some(mut awaited) = self.awaited.take() else {
            return Progress::More;
        };
        let (after, limit) = std::mem::replace(&mut awaited.next, (page.next.clone(), PAGE));
        match (&mut awaited.pages, page.tag.clone()) {
            (Some(pages), Some(tag)) => pages.push(KnownPage { after, limit, tag }),
            (pages, _) => *pages = None,
        }
        let is_last = page.next.is_none();
        match &mut awaited.step {
            Step::Fill => self.listing.pile(page),
            Step::Renew(fresh) => fresh.pile(page),
            Step::Compare => {}
        }
        if !is_last {
            self.find_wanted(page, is_last, rows);
            self.awaited = Some(awaited);
            return Progress::More;
        }
        self.tidy(rows);
        let order = awaited.order;
        self.pages = awaited.pages.map(|pages| (order, pages.into()));
        if let Step::Renew(mut fresh) = awaited.step {
            fresh.tidy();
            let name = self.name_under_cursor();
            self.listing = *fresh;
            self.range = None;
            let found = name.and_then(|name| self.listing.position(&name));
            let row = found.unwrap_or(self.cursor.row);
            self.cursor.go(row, self.listing.rows(), rows);
        }
        self.find_wanted(page, is_last, rows);
        Progress::Complete
    }

    /// Whether the page that is awaited is the first one of a directory.
    pub fn awaits_first(&self) -> bool {
        let awaited = self.awaited.as_ref();
        awaited.is_some_and(|awaited| awaited.next.0.is_none())
    }

    /// The pages were compared. If they are not the same, the directory is listed anew.
    pub fn compared(&mut self, ticket: Ticket, is_same: bool) -> Progress {
        if is_same {
            self.awaited = None;
            return Progress::Unchanged;
        }
        self.pages = None;
        Progress::Next(self.wait(ticket, PAGE, Step::Renew(Box::new(self.empty()))))
    }

    /// The cursor goes to this name as soon as it is there.
    pub fn want(&mut self, name: &str) {
        self.wanted = Some(name.into());
    }

    fn find_wanted(&mut self, page: &EntryPage, is_last: bool, rows: usize) {
        let wanted = self.wanted.as_ref();
        // A renewed listing shows nothing before it is complete.
        let wanted = wanted
            .filter(|name| is_last || page.entries.iter().any(|entry| entry.name() == **name));
        let Some(wanted) = wanted.cloned() else {
            return;
        };
        self.tidy(rows);
        if let Some(row) = self.listing.position(&wanted) {
            self.wanted = None;
            self.cursor.go(row, self.listing.rows(), rows);
        }
    }

    /// The listing ends here, for this reason. False if nobody waits for it.
    pub fn fail(&mut self, ticket: Ticket, failure: Failure) -> bool {
        let awaited = self.awaited.take_if(|awaited| awaited.ticket == ticket);
        if awaited.is_some() {
            // A marker may have lapsed: the next reload fetches.
            self.pages = None;
            self.failure = Some(failure);
        }
        awaited.is_some()
    }

    /// No longer waits for pages; what has arrived stays.
    pub fn stop_loading(&mut self) {
        self.awaited = None;
        self.marks_all = false;
    }

    /// The request whose answer is awaited.
    pub fn awaiting(&self) -> Option<Ticket> {
        self.awaited.as_ref().map(|awaited| awaited.ticket)
    }

    /// Whether pages are still to come.
    pub fn is_loading(&self) -> bool {
        self.awaited.is_some()
    }

    /// How much of a reload has arrived, while one is going on.
    pub fn reloaded(&self) -> Option<usize> {
        match &self.awaited.as_ref()?.step {
            Step::Fill => None,
            Step::Compare => Some(0),
            Step::Renew(fresh) => Some(fresh.loaded()),
        }
    }

    /// The entry under the cursor.
    pub fn under_cursor(&self) -> Option<EntryRef<'_>> {
        self.listing.row(self.cursor.row)
    }

    fn name_under_cursor(&self) -> Option<CompactString> {
        self.under_cursor().map(|entry| entry.name().into())
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

    /// The filter that the user has set.
    pub fn filter(&self) -> Option<&Filter> {
        self.listing.filter().filter(|filter| filter.is_typed())
    }

    /// With what the list is filtered where the user has set this.
    fn effective(&self, typed: Option<Filter>) -> Option<Filter> {
        match (typed, self.hides_dot_files) {
            (Some(filter), hides) => Some(filter.hiding_dot_files(hides)),
            (None, true) => Filter::without_dot_files(&self.directory),
            (None, false) => None,
        }
    }

    /// Hides names that begin with a dot, or shows them.
    pub fn hide_dot_files(&mut self, hides: bool, rows: usize) {
        self.hides_dot_files = hides;
        let typed = self.filter().cloned();
        self.set_filter(typed, rows);
    }

    /// Filters anew; the cursor stays with its entry as long as that is shown.
    pub fn set_filter(&mut self, filter: Option<Filter>, rows: usize) {
        let filter = self.effective(filter);
        self.range = None;
        self.rearrange(rows, |listing| listing.set_filter(filter));
    }

    /// Sorts or filters a long listing a piece further.
    pub fn work(&mut self, rows: usize) {
        self.rearrange(rows, Listing::work);
    }

    /// Gives rows to entries that have arrived without: before they are looked at, and before a key
    /// acts on them.
    pub fn tidy(&mut self, rows: usize) {
        if !self.listing.is_tidy() {
            self.rearrange(rows, Listing::tidy);
        }
    }

    /// Sorts and filters to the end: what is done to rows is done to those that were asked for.
    pub fn settle(&mut self, rows: usize) {
        if self.listing.is_working() {
            self.rearrange(rows, Listing::settle);
        }
    }

    /// Takes rows out that are gone; the cursor stays with its entry.
    pub fn remove(&mut self, names: &[&str], rows: usize) {
        // The tags are those of a listing with these rows: if they came back, it would be the same.
        self.pages = None;
        if let Some(awaited) = &mut self.awaited {
            awaited.pages = None;
        }
        if let Some(Awaited {
            step: Step::Renew(fresh),
            ..
        }) = &mut self.awaited
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
