//! The recycle bin screen: what it has, in groups or flat, with marks of its own.

pub mod groups;
pub mod landing;

use std::collections::HashSet;

use rustc_hash::{FxHashMap, FxHashSet};

use self::groups::{Group, GroupKey, Groups, Order};
use self::landing::RowLook;
use super::cursor::Cursor;
use crate::domain::bin::{RecycledEntry, RecycledId, Recycler};
use crate::domain::conflict::Strategy;
use crate::domain::entry::Page;
use crate::domain::failure::Failure;
use crate::domain::job::{JobId, Recycled};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Facts, Rule};
use crate::tui::msg::Ticket;

/// Items that the bin drops in fewer days than this are told apart.
pub const SOON: u32 = 3;
/// Lines about the row under the cursor, and where there is no room for them unasked.
const BRIEF: usize = 5;
const FULL: usize = 9;
const LOW: usize = 13;

/// The items of the bin.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub struct Bin {
    /// What has arrived, latest removal first.
    pub items: Vec<RecycledEntry>,
    /// The marked ones.
    pub marks: HashSet<RecycledId>,
    /// The place in the list.
    pub cursor: Cursor,
    /// The row where a range began.
    pub range: Option<usize>,
    /// Whether the range takes marks off.
    pub is_unmarking: bool,
    /// Why the bin could not be listed to its end.
    pub failure: Option<Failure>,
    /// What is in the list and where.
    pub groups: Groups,
    /// The filter and what was typed for it.
    pub filter: Option<(String, Rule)>,
    /// What happens to items whose name is taken where they go back to.
    pub on_clash: Strategy,
    /// Whether all is shown that is known of the row under the cursor.
    pub has_details: bool,
    /// What is where the item under the cursor would go back to.
    pub look: Option<RowLook>,
    /// Items that a job is about to take out, and which one.
    pub leaving: FxHashMap<RecycledId, JobId>,
    /// Whether something has arrived in the bin while a job was changing it.
    pub is_outdated: bool,
    /// Whether the logs are being asked for the jobs that have filled it.
    pub asks_owners: bool,
    /// Sums that drawing need not work out.
    pub sums: Sums,
    /// The jobs that have recycled what is here, as far as they are known.
    owners: FxHashMap<RecycledId, Recycler>,
    total: Option<u64>,
    awaited: Option<Ticket>,
    /// Whether the list is that from before: it stays until the first page of the new one is here.
    is_old: bool,
    /// Items that have left since the list began; a page may still have them.
    gone: FxHashSet<RecycledId>,
    /// Where to put the cursor as soon as that arrives.
    wanted: Option<Place>,
}

/// What the cursor is on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// An item.
    Item(RecycledId),
    /// The head of a group.
    Head(GroupKey),
}

impl Default for Bin {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            marks: HashSet::new(),
            cursor: Cursor::default(),
            range: None,
            is_unmarking: false,
            failure: None,
            groups: Groups::default(),
            filter: None,
            on_clash: Strategy::Rename,
            has_details: false,
            look: None,
            leaving: FxHashMap::default(),
            is_outdated: false,
            asks_owners: false,
            sums: Sums::default(),
            owners: FxHashMap::default(),
            total: None,
            awaited: None,
            is_old: false,
            gone: FxHashSet::default(),
            wanted: None,
        }
    }
}

/// Sums over the bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Bytes of all items, as far as they are known.
    pub bytes: u64,
    /// Bytes of the marked items, as far as they are known.
    pub marked_bytes: u64,
    /// Marked items that the filter hides.
    pub hidden: usize,
    /// Items that leave in fewer than [`SOON`] days.
    pub leave_soon: usize,
}

/// What stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The head of a group, by its place in the list.
    Group(usize),
    /// An item, by its place among all.
    Item(usize),
}

impl Bin {
    /// Begins a new list that waits under the ticket; marks stay as far as their items come back. The
    /// rows from before stay until the first page is here, if that is wanted.
    pub fn reload(&mut self, ticket: Ticket, owners: FxHashMap<RecycledId, Recycler>, keeps: bool) {
        self.wanted = self.stay();
        self.owners.extend(owners);
        self.gone.clear();
        self.range = None;
        self.failure = None;
        self.is_outdated = false;
        self.look = None;
        self.awaited = Some(ticket);
        self.is_old = keeps;
        if !keeps {
            self.empty();
        }
    }

    fn empty(&mut self) {
        self.is_old = false;
        self.items.clear();
        self.sums = Sums::default();
        self.groups.clear();
        self.total = None;
    }

    /// Takes in a page. False if nobody waits for it.
    pub fn append(&mut self, ticket: Ticket, page: Page<RecycledEntry>, rows: usize) -> bool {
        if self.awaited != Some(ticket) {
            return false;
        }
        if self.is_old {
            self.wanted = self.stay();
            self.range = None;
            self.empty();
        }
        self.total = page.total.or(self.total);
        let from = self.items.len();
        let arrived = page.items.into_iter();
        let gone = &self.gone;
        self.items
            .extend(arrived.filter(|item| !gone.contains(&item.id)));
        let is_last = page.next.is_none();
        let place = self.stay();
        self.place(from);
        let is_sorted = self.groups.sort(&self.items, is_last);
        let has_folded = self.groups.lay_out();
        if is_sorted || has_folded {
            self.return_to(place, rows);
        }
        self.find_wanted(from, rows);
        if is_last {
            self.awaited = None;
            self.wanted = None;
            self.gone.clear();
            let there: FxHashSet<&RecycledId> = self.items.iter().map(|item| &item.id).collect();
            self.marks.retain(|id| there.contains(id));
            self.leaving.retain(|id, _| there.contains(id));
        }
        true
    }

    /// Puts the cursor where it was before, if that has just arrived.
    fn find_wanted(&mut self, from: usize, rows: usize) {
        let row = match &self.wanted {
            None => return,
            Some(Place::Head(key)) => self.groups.row_of_head(key),
            Some(Place::Item(id)) => {
                let mut new = self.items.iter().enumerate().skip(from);
                let found = new.find(|(_, item)| item.id == *id);
                found.and_then(|(index, _)| self.groups.row_of(index))
            }
        };
        if let Some(row) = row {
            self.wanted = None;
            self.cursor.go(row, self.rows(), rows);
        }
    }

    /// Takes in which jobs have recycled what, by their logs.
    pub fn know_owners(&mut self, owners: FxHashMap<RecycledId, Recycler>, rows: usize) {
        self.asks_owners = false;
        let before = self.owners.len();
        for (id, job) in owners {
            self.owners.entry(id).or_insert(job);
        }
        if self.owners.len() > before {
            self.arrange(rows);
        }
    }

    /// The list ends here, for this reason. False if nobody waits for it.
    pub fn fail(&mut self, ticket: Ticket, failure: Failure) -> bool {
        let is_awaited = self.awaited == Some(ticket);
        if is_awaited {
            self.awaited = None;
            self.is_old = false;
            self.failure = Some(failure);
        }
        is_awaited
    }

    /// No longer waits for pages; what has arrived stays.
    pub fn stop_loading(&mut self) {
        self.awaited = None;
        self.is_old = false;
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
        if left.is_empty() {
            return;
        }
        if self.is_loading() {
            self.gone.extend(left.iter().cloned());
        }
        let stays = |item: &RecycledEntry| !left.contains(&item.id);
        let follow = |row: usize| {
            (row..self.rows()).find_map(|row| match self.row(row) {
                Some(Row::Item(index)) if stays(&self.items[index]) => {
                    Some(self.items[index].id.clone())
                }
                _ => None,
            })
        };
        let on_group = self.group_under_cursor().map(|group| group.key.clone());
        let (cursor, range) = (follow(self.cursor.row), self.range.map(follow));
        let kept: Vec<bool> = self.items.iter().map(stays).collect();
        self.groups.retain(&self.items, &kept);
        self.items.retain(stays);
        self.marks.retain(|id| !left.contains(id));
        let last = self.rows().saturating_sub(1);
        let row_of = |id: Option<RecycledId>| {
            id.and_then(|id| self.index_of(&id))
                .and_then(|index| self.groups.row_of(index))
                .unwrap_or(last)
        };
        let head = on_group.and_then(|key| self.groups.row_of_head(&key));
        let (row, range) = (head.unwrap_or_else(|| row_of(cursor)), range.map(row_of));
        self.range = range;
        self.cursor.go(row, self.rows(), rows);
        self.sum_up();
    }

    /// Shows what the filter lets through, in a new order or in other groups; the cursor stays on
    /// its item.
    pub fn arrange(&mut self, rows: usize) {
        let place = self.stay();
        self.range = None;
        self.groups.clear();
        self.groups.is_filtered = self.filter.is_some();
        self.sums = Sums::default();
        self.place(0);
        self.groups.sort(&self.items, true);
        self.groups.lay_out();
        self.return_to(place, rows);
    }

    /// Shows the list in this order.
    pub fn set_order(&mut self, order: Order, rows: usize) {
        self.groups.order = order;
        self.arrange(rows);
    }

    /// Folds or unfolds the group with this key; the cursor goes to its head if its item is folded
    /// away.
    pub fn fold(&mut self, key: &GroupKey, folds: bool, rows: usize) {
        self.range = None;
        self.groups.fold(key, folds);
        let head = self.groups.row_of_head(key);
        self.cursor.go(head.unwrap_or(0), self.rows(), rows);
    }

    /// Folds every group; the cursor stays on the head of this one.
    pub fn fold_all(&mut self, key: &GroupKey, rows: usize) {
        self.groups.fold_all();
        let head = self.groups.row_of_head(key);
        self.range = None;
        self.cursor.go(head.unwrap_or(0), self.rows(), rows);
    }

    /// Puts the items from this one on into their groups, and adds them to the sums.
    fn place(&mut self, from: usize) {
        let mut sums = self.sums;
        for (index, item) in self.items.iter().enumerate().skip(from) {
            sums.bytes += item.size.unwrap_or(0);
            sums.leave_soon += usize::from(leaves_soon(item.days_left));
            let is_marked = self.marks.contains(&item.id);
            if is_marked {
                sums.marked_bytes += item.size.unwrap_or(0);
            }
            let filter = self.filter.as_ref();
            if filter.is_none_or(|(_, rule)| is_chosen(rule, item)) {
                let owner = self.owners.get(&item.id);
                let owner = owner.filter(|by| by.has_put(&item.path)).map(|by| by.job);
                self.groups.add(index, item, owner, is_marked);
            } else {
                sums.hidden += usize::from(is_marked);
            }
        }
        self.sums = sums;
    }

    /// What the cursor is on.
    fn stay(&self) -> Option<Place> {
        match self.row(self.cursor.row)? {
            Row::Item(index) => Some(Place::Item(self.items[index].id.clone())),
            // The head of the first group is where a list begins, whatever comes to stand there.
            Row::Group(0) => None,
            Row::Group(group) => Some(Place::Head(self.groups.all()[group].key.clone())),
        }
    }

    fn return_to(&mut self, place: Option<Place>, rows: usize) {
        let row = match place {
            Some(Place::Item(id)) => self
                .index_of(&id)
                .and_then(|index| self.groups.row_of(index)),
            Some(Place::Head(key)) => self.groups.row_of_head(&key),
            None => None,
        };
        let row = row.unwrap_or(self.cursor.row);
        self.cursor.go(row, self.rows(), rows);
    }

    /// Works the sums out anew; to be called when marks have changed.
    pub fn sum_up(&mut self) {
        let mut sums = Sums::default();
        let mut marked = 0;
        for item in &self.items {
            sums.bytes += item.size.unwrap_or(0);
            sums.leave_soon += usize::from(leaves_soon(item.days_left));
            if !self.marks.is_empty() && self.marks.contains(&item.id) {
                marked += 1;
                sums.marked_bytes += item.size.unwrap_or(0);
            }
        }
        let mut shown = 0;
        for group in self.groups.all_mut() {
            let ids = group.items.iter().map(|index| &self.items[*index].id);
            group.marked = if self.marks.is_empty() {
                0
            } else {
                ids.filter(|id| self.marks.contains(*id)).count()
            };
            shown += group.marked;
        }
        sums.hidden = marked - shown;
        self.sums = sums;
    }

    /// How many lines are kept for what is known of the row under the cursor, of so many in all.
    pub fn foot(&self, height: usize) -> usize {
        if self.has_details {
            FULL.min(height / 2)
        } else if height >= LOW {
            BRIEF
        } else {
            0
        }
    }

    fn index_of(&self, id: &RecycledId) -> Option<usize> {
        self.items.iter().position(|item| item.id == *id)
    }

    /// Goes to a row.
    pub fn move_to(&mut self, row: usize, rows: usize) {
        self.wanted = None;
        self.cursor.go(row, self.rows(), rows);
    }

    /// How many rows the list has.
    pub fn rows(&self) -> usize {
        self.groups.rows()
    }

    /// What stands in a row.
    pub fn row(&self, row: usize) -> Option<Row> {
        self.groups.row(row)
    }

    /// The item under the cursor; none on the head of a group.
    pub fn under_cursor(&self) -> Option<&RecycledEntry> {
        match self.row(self.cursor.row)? {
            Row::Item(index) => self.items.get(index),
            Row::Group(_) => None,
        }
    }

    /// The group whose head is under the cursor.
    pub fn group_under_cursor(&self) -> Option<&Group> {
        match self.row(self.cursor.row)? {
            Row::Group(group) => self.groups.all().get(group),
            Row::Item(_) => None,
        }
    }

    /// The items that a row stands for: itself, or all of its group.
    pub fn indices(&self, row: usize) -> &[usize] {
        self.groups.indices(row)
    }

    /// Marks what a row stands for, or unmarks it if all of it is marked.
    pub fn toggle(&mut self, row: usize) {
        let indices = self.groups.indices(row);
        let leaving = &self.leaving;
        let ids = indices.iter().map(|index| &self.items[*index].id);
        let ids = ids.filter(|id| !leaving.contains_key(*id));
        if ids.clone().all(|id| self.marks.contains(id)) {
            for id in ids {
                self.marks.remove(id);
            }
        } else {
            self.marks.extend(ids.cloned());
        }
    }

    /// What a command acts on: the marked items, else what stands in the row under the cursor;
    /// nothing as long as marked items are still to arrive.
    pub fn chosen(&self) -> Vec<Recycled> {
        let marked: Vec<_> = self
            .items
            .iter()
            .filter(|item| self.marks.contains(&item.id))
            .collect();
        let chosen: Vec<_> = match self.marks.len() {
            0 => self
                .indices(self.cursor.row)
                .iter()
                .map(|index| &self.items[*index])
                .collect(),
            _ if self.is_old => Vec::new(),
            marks if marks == marked.len() => marked,
            _ => Vec::new(),
        };
        let recycled = |item: &RecycledEntry| Recycled {
            id: item.id.clone(),
            path: item.path.clone(),
            size: item.size,
        };
        let free = chosen.into_iter();
        free.filter(|item| !self.leaving.contains_key(&item.id))
            .map(recycled)
            .collect()
    }

    /// A job is about to take these out.
    pub fn hand(&mut self, ids: impl Iterator<Item = RecycledId>, job: JobId) {
        self.leaving.extend(ids.map(|id| (id, job)));
    }

    /// A job is over: what it has left is free again.
    pub fn release(&mut self, job: JobId) {
        self.leaving.retain(|_, by| *by != job);
    }

    /// The items that are shown, are in no job's hands, and are chosen by a rule.
    pub fn matching<'a>(&'a self, rule: &'a Rule) -> impl Iterator<Item = &'a RecycledEntry> {
        let shown = self.groups.all().iter().flat_map(|group| &group.items);
        let items = shown.map(|index| &self.items[*index]);
        items.filter(|item| !self.leaving.contains_key(&item.id) && is_chosen(rule, item))
    }

    /// The rows of the range, from the first to the last.
    pub fn range_rows(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let from = self.range?;
        Some(from.min(self.cursor.row)..=from.max(self.cursor.row))
    }
}

/// Whether the bin drops something with so many days left before long.
pub fn leaves_soon(days_left: Option<u32>) -> bool {
    days_left.is_some_and(|days| days < SOON)
}

/// Whether a rule chooses an item, whose time of modification is that of its removal.
fn is_chosen(rule: &Rule, item: &RecycledEntry) -> bool {
    let directory = item.path.parent().unwrap_or_else(RemotePath::root);
    rule.matches(&Facts {
        directory: &directory,
        name: item.path.name(),
        kind: item.kind,
        size: item.size,
        modified: item.removed,
        created: None,
        owner: None,
        labels: None,
        has_copies: None,
        is_marked: None,
    })
}
