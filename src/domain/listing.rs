//! The entries of a directory and the rows that are shown of them.

use super::entries::EntryRef;
use super::entry::EntryPage;
use super::filter::Filter;
use super::order::Order;

use arranging::{PIECE, Sifting, Sorting};
use by_name::ByName;
use store::Store;

mod arranging;
pub(in crate::domain) mod by_name;
pub(in crate::domain) mod store;

/// Names an entry of one listing for as long as that listing lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryId(u32);

impl EntryId {
    /// Its number in the listing, in the order of arrival.
    pub(in crate::domain) fn number(self) -> u32 {
        self.0
    }
}

/// A listing that may still be arriving. Sorting and filtering move row numbers, never entries.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    entries: Store,
    /// All entries that are still there, in order; but see `late`.
    sorted: Vec<u32>,
    /// Entries that have arrived and have no row yet.
    late: Vec<u32>,
    /// Those of them that the filter lets through, in the same order; none without a filter.
    narrowed: Option<Vec<u32>>,
    by_name: ByName,
    /// Whether names will be looked for soon, many one after the other.
    is_preparing: bool,
    /// Entries that have left; they keep their place so that no number changes.
    left: usize,
    gone: Vec<bool>,
    order: Order,
    filter: Option<Filter>,
    /// What becomes of a long listing piece by piece; until then the rows stay as they are.
    sorting: Option<Sorting>,
    sifting: Option<Sifting>,
    total: Option<u64>,
    complete: bool,
}

impl Listing {
    /// An empty listing that waits for its first page.
    pub fn new(order: Order, filter: Option<Filter>) -> Self {
        Self {
            order,
            narrowed: filter.is_some().then(Vec::new),
            filter,
            ..Self::default()
        }
    }

    /// Takes in the next page; the rows stay sorted.
    #[cfg(test)]
    pub(in crate::domain) fn append(&mut self, page: &EntryPage) {
        self.pile(page);
        self.tidy();
    }

    /// Takes in the next page. Entries that do not come behind all others have no rows before
    /// [`Listing::tidy`]: whoever takes in page after page in another order than that of the rows
    /// would move a million rows for each.
    pub fn pile(&mut self, page: &EntryPage) {
        self.total = page.total.or(self.total);
        self.complete = page.next.is_none();
        let first = self.entries.len();
        self.entries.append(&page.entries);
        self.gone.resize(self.entries.len() as usize, false);
        let (entries, order) = (&self.entries, self.order);
        let mut arrived: Vec<u32> = (first..entries.len()).collect();
        for &entry in &arrived {
            self.by_name.added(entries, entry);
        }
        let compare =
            |one: &u32, other: &u32| order.compare(entries.get(*one), entries.get(*other));
        arrived.sort_unstable_by(compare);
        let ends = (self.sorted.last(), arrived.first());
        let is_behind = matches!(ends, (Some(last), Some(first)) if compare(last, first).is_le());
        let is_next = self.late.is_empty() && (is_behind || self.sorted.is_empty());
        self.late.append(&mut arrived);
        if is_next {
            self.tidy();
        }
    }

    /// Gives rows to all entries that have arrived.
    pub fn tidy(&mut self) {
        let mut late = std::mem::take(&mut self.late);
        let (entries, order) = (&self.entries, self.order);
        let compare =
            |one: &u32, other: &u32| order.compare(entries.get(*one), entries.get(*other));
        late.retain(|entry| !self.gone[*entry as usize]);
        // Each page is in order already, which a stable sort makes use of.
        late.sort_by(compare);
        merge(&mut self.sorted, &late, compare);
        if let (Some(narrowed), Some(filter)) = (&mut self.narrowed, &self.filter) {
            late.retain(|&entry| filter.matches(entries.get(entry)));
            merge(narrowed, &late, compare);
        }
    }

    /// Whether all entries that have arrived have rows.
    pub fn is_tidy(&self) -> bool {
        self.late.is_empty()
    }

    /// Sorts the rows anew: a short listing at once, a long one by [`Listing::work`].
    pub fn set_order(&mut self, order: Order) {
        self.sorting = (order != self.order).then(|| Sorting::new(order, &self.entries));
        self.settle_short();
    }

    /// Shows only what the filter lets through; none shows all. A short listing is filtered at
    /// once, a long one by [`Listing::work`].
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        if filter.is_none() {
            self.narrowed = None;
            self.filter = None;
        }
        self.sifting = filter.map(Sifting::new);
        self.settle_short();
    }

    /// Whether the rows are not yet those of the order and the filter that were set.
    pub fn is_working(&self) -> bool {
        self.sorting.is_some() || self.sifting.is_some()
    }

    /// Sorts or filters a piece further, which takes a few milliseconds. The rows change when the
    /// last piece is done.
    pub fn work(&mut self) {
        if let Some(sifting) = &mut self.sifting {
            if sifting.work(&self.entries)
                && let Some(sifting) = self.sifting.take()
            {
                let (filter, stays) = sifting.end();
                self.filter = Some(filter);
                self.narrow(&stays);
            }
        } else if let Some(sorting) = &mut self.sorting
            && let Some((sorted, next)) = sorting.work(&self.entries)
        {
            self.order = sorting.order();
            self.sorting = None;
            self.rearrange(sorted, next);
        }
    }

    /// Sorts and filters to the end.
    pub fn settle(&mut self) {
        while self.is_working() {
            self.work();
        }
    }

    fn settle_short(&mut self) {
        if self.entries.len() <= PIECE {
            self.settle();
        }
    }

    /// Takes over the new order of the entries before `next`, and sorts those in that have arrived
    /// since.
    fn rearrange(&mut self, mut sorted: Vec<u32>, next: u32) {
        self.late.clear();
        let is_there = |entry: &u32| !self.gone[*entry as usize];
        sorted.retain(is_there);
        let (entries, order) = (&self.entries, self.order);
        let compare =
            |one: &u32, other: &u32| order.compare(entries.get(*one), entries.get(*other));
        let mut arrived: Vec<u32> = (next..entries.len()).filter(is_there).collect();
        arrived.sort_unstable_by(compare);
        merge(&mut sorted, &arrived, compare);
        self.sorted = sorted;
        if let Some(narrowed) = self.narrowed.take() {
            let mut stays = vec![false; entries.len() as usize];
            for entry in narrowed {
                stays[entry as usize] = true;
            }
            self.narrow(&stays);
        }
    }

    /// Shows those of the sorted entries that stay.
    fn narrow(&mut self, stays: &[bool]) {
        let all = self.sorted.iter().copied();
        self.narrowed = Some(all.filter(|&entry| stays[entry as usize]).collect());
    }

    /// Takes entries out, because the service has confirmed that they are gone.
    pub fn remove<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let entries = &self.entries;
        let before = self.left;
        for name in names {
            if let Some(entry) = self.by_name.find(entries, name) {
                let gone = &mut self.gone[entry as usize];
                self.left += usize::from(!*gone);
                *gone = true;
            }
        }
        if self.left > before {
            let gone = &self.gone;
            for rows in std::iter::once(&mut self.sorted).chain(&mut self.narrowed) {
                rows.retain(|&entry| !gone[entry as usize]);
            }
        }
    }

    /// Entries will leave soon, many one after the other: until names [`are_ready`](Self::are_ready),
    /// [`Listing::prepare`] does a piece of what makes them found at once.
    pub fn expect_leaving(&mut self) {
        self.is_preparing = true;
    }

    /// See [`Listing::expect_leaving`].
    pub fn are_ready(&self) -> bool {
        !self.is_preparing || self.by_name.is_ready(&self.entries)
    }

    /// See [`Listing::expect_leaving`].
    pub fn prepare(&mut self) {
        self.by_name.prepare(&self.entries);
    }

    /// The entries of the rows, from the first to the last.
    fn numbers(&self) -> &[u32] {
        self.narrowed.as_deref().unwrap_or(&self.sorted)
    }

    /// How many rows are shown.
    pub fn rows(&self) -> usize {
        self.numbers().len()
    }

    /// The entry in a row, counted from 0.
    pub fn row(&self, row: usize) -> Option<EntryRef<'_>> {
        self.numbers()
            .get(row)
            .map(|&entry| self.entries.get(entry))
    }

    /// The entries as they are kept.
    pub(in crate::domain) fn store(&self) -> &Store {
        &self.entries
    }

    /// The shown entries by what names them here, in order.
    pub fn ids(&self) -> impl Iterator<Item = EntryId> + '_ {
        self.numbers().iter().copied().map(EntryId)
    }

    /// The entry that is named so here.
    pub fn entry(&self, id: EntryId) -> EntryRef<'_> {
        self.entries.get(id.0)
    }

    /// The shown entries, in order.
    pub fn shown(&self) -> impl Iterator<Item = EntryRef<'_>> {
        let entries = &self.entries;
        self.numbers().iter().map(|&entry| entries.get(entry))
    }

    /// All entries that have arrived and are still there, shown or not, as they came.
    pub fn all(&self) -> impl Iterator<Item = EntryRef<'_>> {
        (0..self.entries.len())
            .filter(|&entry| !self.gone[entry as usize])
            .map(|entry| self.entries.get(entry))
    }

    /// The row of the entry with this name, if it is shown; a walk over the entries.
    pub fn position(&self, name: &str) -> Option<usize> {
        let is_it = |&entry: &u32| self.entries.get(entry).name() == name;
        let found = (0..self.entries.len()).find(is_it)?;
        let row = self.row_of(EntryId(found));
        (self.numbers().get(row) == Some(&found)).then_some(row)
    }

    /// How many entries have arrived and are still there, shown or not.
    pub fn loaded(&self) -> usize {
        self.entries.len() as usize - self.left
    }

    /// How many entries the directory has, as far as is known.
    pub fn total(&self) -> usize {
        let told = self
            .total
            .map_or(0, |total| usize::try_from(total).unwrap_or(usize::MAX));
        if self.complete {
            self.loaded()
        } else {
            told.saturating_sub(self.left).max(self.loaded())
        }
    }

    /// Whether the last page has arrived.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The order that was set.
    pub fn order(&self) -> Order {
        self.sorting.as_ref().map_or(self.order, Sorting::order)
    }

    /// The filter that was set.
    pub fn filter(&self) -> Option<&Filter> {
        let coming = self.sifting.as_ref().map(Sifting::filter);
        coming.or(self.filter.as_ref())
    }

    /// The entry in a row, to find it again after the rows have moved.
    pub fn id(&self, row: usize) -> Option<EntryId> {
        self.numbers().get(row).copied().map(EntryId)
    }

    /// The row of an entry, or the row that its place has come to if it is not shown.
    pub fn row_of(&self, id: EntryId) -> usize {
        let wanted = self.entries.get(id.0);
        self.numbers()
            .partition_point(|&entry| self.order.compare(self.entries.get(entry), wanted).is_lt())
    }
}

/// Merges sorted `arrived` into sorted `rows`. Pages mostly arrive in order, so most of them only
/// go to the end.
fn merge(rows: &mut Vec<u32>, arrived: &[u32], compare: impl Fn(&u32, &u32) -> std::cmp::Ordering) {
    let Some(first) = arrived.first() else { return };
    let is_before = |row: &u32, entry| compare(row, entry).is_lt();
    let from = match rows.last() {
        Some(last) if !is_before(last, first) => rows.partition_point(|row| is_before(row, first)),
        _ => rows.len(),
    };
    let moved = rows.split_off(from);
    rows.reserve(moved.len() + arrived.len());
    let mut rest = moved.as_slice();
    for entry in arrived {
        // The more there are, the nearer is the next one.
        let mut near = 1;
        while near < rest.len() && is_before(&rest[near], entry) {
            near *= 2;
        }
        let near = &rest[..rest.len().min(near + 1)];
        let before = near.partition_point(|row| is_before(row, entry));
        rows.extend_from_slice(&rest[..before]);
        rest = &rest[before..];
        rows.push(*entry);
    }
    rows.extend_from_slice(rest);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
