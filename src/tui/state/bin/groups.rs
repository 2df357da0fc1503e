//! The items of the bin in groups: by the job that has recycled them where that is known, else by
//! who removed them and when.

use std::cmp::Ordering;

use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

use super::Row;
use crate::domain::bin::{RecycledEntry, RecycledId};
use crate::domain::job::JobId;
use crate::domain::order::natural;
use crate::domain::path::RemotePath;

/// What was removed with a longer pause in between was not removed together.
const PAUSE: SignedDuration = SignedDuration::from_mins(2);

/// A group of more items hides the groups below it, and comes folded.
const LARGE: usize = 20;

/// What tells groups apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupKey {
    /// The job that has recycled them.
    Job(JobId),
    /// What the same person removed at about the same time as this item.
    Other(RecycledId),
    /// Everything.
    Flat,
}

/// Items that belong together, at least one.
#[derive(Clone, Debug)]
pub struct Group {
    /// Which group.
    pub key: GroupKey,
    /// Its items by their places among all, in the order of the list.
    pub items: Vec<usize>,
    /// Their bytes, as far as they are known.
    pub bytes: u64,
    /// The latest removal.
    pub newest: Option<Timestamp>,
    /// The earliest removal.
    pub oldest: Option<Timestamp>,
    /// The fewest days that are left to one of them; none where all stay.
    pub days_left: Option<u32>,
    /// Who removed them, where that was one person and is told.
    pub by: Option<CompactString>,
    /// The directory below which all of them were.
    pub below: RemotePath,
    /// Whether they were in that very directory.
    pub is_in: bool,
    /// How many of them are marked.
    pub marked: usize,
    /// Whether only its head is shown.
    pub is_folded: bool,
    /// The row of its head, or of its first item where there are no heads.
    first: usize,
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// By name, numbers by their value.
    Name,
    /// By bytes.
    Size,
    /// By the time of removal.
    Removed,
    /// By the days that are left.
    Expires,
}

/// An order of the list: groups, and the items in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What counts.
    pub key: Key,
    /// Whether the largest or latest comes first.
    pub reversed: bool,
}

impl Order {
    /// The order in which the service lists the bin.
    const ARRIVAL: Self = Self {
        key: Key::Removed,
        reversed: true,
    };

    fn of<Value>(
        self,
        one: &Value,
        other: &Value,
        compare: impl Fn(&Value, &Value) -> Ordering,
    ) -> Ordering {
        let order = compare(one, other);
        if self.reversed {
            order.reverse()
        } else {
            order
        }
    }
}

/// All groups and their order.
#[derive(Debug)]
pub struct Groups {
    /// Whether all is one list.
    pub is_flat: bool,
    /// Whether a filter has chosen the items: all of them are to be seen.
    pub is_filtered: bool,
    /// The order of the list.
    pub order: Order,
    all: Vec<Group>,
    /// Where the group of a job is.
    of_job: FxHashMap<JobId, usize>,
    /// The group of what a person removed last, that belongs to no job.
    others: FxHashMap<Option<CompactString>, usize>,
    /// Whether the user has folded or unfolded a group.
    folds: FxHashMap<GroupKey, bool>,
    items: usize,
    /// How many rows there are, and how many of them stand above the items of a group.
    rows: usize,
    heads: usize,
    sorted: usize,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            is_flat: false,
            is_filtered: false,
            order: Order::ARRIVAL,
            all: Vec::new(),
            of_job: FxHashMap::default(),
            others: FxHashMap::default(),
            folds: FxHashMap::default(),
            items: 0,
            rows: 0,
            heads: 1,
            sorted: 0,
        }
    }
}

impl Groups {
    /// All of them, in the order of the list.
    pub fn all(&self) -> &[Group] {
        &self.all
    }

    /// How many items the list has, folded ones too.
    pub fn len(&self) -> usize {
        self.items
    }

    /// Whether the list has no items.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// All of them, to count their marks.
    pub fn all_mut(&mut self) -> &mut [Group] {
        &mut self.all
    }

    /// Forgets the items; what is folded stays so.
    pub fn clear(&mut self) {
        self.all.clear();
        self.of_job.clear();
        self.others.clear();
        self.items = 0;
        self.rows = 0;
        self.sorted = 0;
    }

    /// Puts the item at `index` among all into its group. Items come latest removal first; after the
    /// last one of a page the rows have to be laid out.
    pub fn add(
        &mut self,
        index: usize,
        item: &RecycledEntry,
        owner: Option<JobId>,
        is_marked: bool,
    ) {
        let known = match owner {
            _ if self.is_flat => (!self.all.is_empty()).then_some(0),
            Some(job) => self.of_job.get(&job).copied(),
            None => (self.others.get(&item.removed_by).copied())
                .filter(|at| is_near(&self.all[*at], item)),
        };
        let at = known.unwrap_or_else(|| {
            let key = match owner {
                _ if self.is_flat => GroupKey::Flat,
                Some(job) => GroupKey::Job(job),
                None => GroupKey::Other(item.id.clone()),
            };
            let is_folded = self.folds.get(&key) == Some(&true);
            let group = Group::new(key, item);
            self.all.push(Group { is_folded, ..group });
            self.all.len() - 1
        });
        match owner {
            Some(job) => {
                self.of_job.insert(job, at);
            }
            None if known.is_none() => {
                self.others.insert(item.removed_by.clone(), at);
            }
            None => {}
        }
        let group = &mut self.all[at];
        group.add(index, item);
        group.marked += usize::from(is_marked);
        self.items += 1;
    }

    /// Works out which rows the groups have. Says whether large groups were folded.
    pub fn lay_out(&mut self) -> bool {
        let folds_large = !self.is_flat && !self.is_filtered && self.all.len() > 1;
        let mut has_folded = false;
        for group in self.all.iter_mut().filter(|_| folds_large) {
            let is_large = group.items.len() > LARGE && !group.is_folded;
            if is_large && !self.folds.contains_key(&group.key) {
                group.is_folded = true;
                has_folded = true;
            }
        }
        self.heads = usize::from(!self.is_flat);
        let mut first = 0;
        for group in &mut self.all {
            group.first = first;
            first += group.rows(self.heads);
        }
        self.rows = first;
        has_folded
    }

    /// Sorts if that is due, and says so: while items still arrive not with each page, or a bin of a
    /// million items would be sorted ten thousand times.
    pub fn sort(&mut self, items: &[RecycledEntry], is_last: bool) -> bool {
        let order = self.order;
        if order == Order::ARRIVAL || !is_last && self.items < self.sorted + self.sorted / 4 {
            return false;
        }
        self.sorted = self.items;
        for group in &mut self.all {
            group.items.sort_by(|one, other| {
                order.of(&items[*one], &items[*other], |one, other| {
                    compare_items(order.key, one, other)
                })
            });
        }
        self.all.sort_by(|one, other| {
            order.of(one, other, |one, other| {
                compare(order.key, items, one, other)
            })
        });
        self.find_groups();
        true
    }

    /// Takes out the items that are not `kept`, by their places among all.
    pub fn retain(&mut self, items: &[RecycledEntry], kept: &[bool]) {
        let mut new = 0;
        let new_places: Vec<usize> = kept
            .iter()
            .map(|is_kept| {
                new += usize::from(*is_kept);
                new.saturating_sub(1)
            })
            .collect();
        self.items = 0;
        for group in &mut self.all {
            let stay: Vec<usize> = group
                .items
                .iter()
                .copied()
                .filter(|index| kept[*index])
                .collect();
            if stay.len() < group.items.len()
                && let Some(first) = stay.first()
            {
                *group = Group {
                    is_folded: group.is_folded,
                    ..Group::new(group.key.clone(), &items[*first])
                };
                for index in &stay {
                    group.add(*index, &items[*index]);
                }
            }
            self.items += stay.len();
            group.items = stay.into_iter().map(|index| new_places[index]).collect();
        }
        self.all.retain(|group| !group.items.is_empty());
        self.find_groups();
        self.lay_out();
    }

    /// Finds out anew where the groups are that may still grow.
    fn find_groups(&mut self) {
        self.of_job.clear();
        self.others.clear();
        for (at, group) in self.all.iter().enumerate() {
            match &group.key {
                GroupKey::Job(job) => {
                    self.of_job.insert(*job, at);
                }
                // What arrives next is older than all that is there.
                GroupKey::Other(_) => {
                    let last = self.others.entry(group.by.clone()).or_insert(at);
                    if group.oldest < self.all[*last].oldest {
                        *last = at;
                    }
                }
                GroupKey::Flat => {}
            }
        }
    }

    /// Folds or unfolds a group.
    pub fn fold(&mut self, key: &GroupKey, folds: bool) {
        self.folds.insert(key.clone(), folds);
        if let Some(group) = self.all.iter_mut().find(|group| group.key == *key) {
            group.is_folded = folds;
        }
        self.lay_out();
    }

    /// Folds all groups.
    pub fn fold_all(&mut self) {
        for group in &mut self.all {
            group.is_folded = true;
            self.folds.insert(group.key.clone(), true);
        }
        self.lay_out();
    }

    /// How many rows the list has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// What stands in a row.
    pub fn row(&self, row: usize) -> Option<Row> {
        let (at, within) = self.find(row)?;
        Some(match within.checked_sub(self.heads) {
            None => Row::Group(at),
            Some(item) => Row::Item(self.all[at].items[item]),
        })
    }

    /// The items that a row stands for.
    pub fn indices(&self, row: usize) -> &[usize] {
        let Some((at, within)) = self.find(row) else {
            return &[];
        };
        let items = &self.all[at].items;
        match within.checked_sub(self.heads) {
            None => items,
            Some(item) => &items[item..=item],
        }
    }

    /// The group of a row.
    pub fn group_at(&self, row: usize) -> Option<&Group> {
        self.find(row).map(|(at, _)| &self.all[at])
    }

    /// The place of the group of a row, and the row within it.
    fn find(&self, row: usize) -> Option<(usize, usize)> {
        if row >= self.rows {
            return None;
        }
        let at = self.all.partition_point(|group| group.first <= row) - 1;
        Some((at, row - self.all[at].first))
    }

    /// The row of an item; that of the head where its group is folded.
    pub fn row_of(&self, index: usize) -> Option<usize> {
        self.all.iter().find_map(|group| {
            let at = group.items.iter().position(|item| *item == index)?;
            let below = if group.is_folded { 0 } else { self.heads + at };
            Some(group.first + below)
        })
    }

    /// The row of the head of a group.
    pub fn row_of_head(&self, key: &GroupKey) -> Option<usize> {
        let group = self.all.iter().find(|group| group.key == *key);
        group.map(|group| group.first)
    }

    /// The row of the head behind that of this row.
    pub fn next_head(&self, row: usize) -> usize {
        let group = self.group_at(row);
        group.map_or(row, |group| group.first + group.rows(self.heads))
    }
}

impl Group {
    fn new(key: GroupKey, item: &RecycledEntry) -> Self {
        Self {
            key,
            items: Vec::new(),
            bytes: 0,
            newest: None,
            oldest: None,
            days_left: None,
            by: item.removed_by.clone(),
            below: item.path.parent().unwrap_or_else(RemotePath::root),
            is_in: true,
            marked: 0,
            is_folded: false,
            first: 0,
        }
    }

    fn rows(&self, heads: usize) -> usize {
        heads + if self.is_folded { 0 } else { self.items.len() }
    }

    fn add(&mut self, index: usize, item: &RecycledEntry) {
        self.items.push(index);
        self.bytes += item.size.unwrap_or(0);
        if self.by != item.removed_by {
            self.by = None;
        }
        self.newest = self.newest.max(item.removed);
        self.oldest = match (self.oldest, item.removed) {
            (Some(oldest), Some(removed)) => Some(oldest.min(removed)),
            (oldest, removed) => oldest.or(removed),
        };
        self.days_left = match (self.days_left, item.days_left) {
            (Some(left), Some(days)) => Some(left.min(days)),
            (left, days) => left.or(days),
        };
        if item.path.directory() != self.below.as_str() {
            self.is_in = false;
            while !self.below.contains(&item.path) && !self.below.is_root() {
                self.below = self.below.parent().unwrap_or_else(RemotePath::root);
            }
        }
    }
}

fn is_near(group: &Group, item: &RecycledEntry) -> bool {
    match (group.oldest, item.removed) {
        (Some(before), Some(removed)) => before.duration_since(removed).abs() <= PAUSE,
        (before, removed) => before == removed,
    }
}

fn compare_items(key: Key, one: &RecycledEntry, other: &RecycledEntry) -> Ordering {
    match key {
        Key::Name => natural(one.path.name(), other.path.name()),
        Key::Size => one.size.cmp(&other.size),
        Key::Removed => one.removed.cmp(&other.removed),
        Key::Expires => days(one.days_left).cmp(&days(other.days_left)),
    }
}

fn compare(key: Key, items: &[RecycledEntry], one: &Group, other: &Group) -> Ordering {
    match key {
        Key::Name => {
            let name = |group: &Group| &items[group.items[0]].path;
            natural(name(one).name(), name(other).name())
        }
        Key::Size => one.bytes.cmp(&other.bytes),
        Key::Removed => one.newest.cmp(&other.newest),
        Key::Expires => days(one.days_left).cmp(&days(other.days_left)),
    }
}

/// What is never dropped comes last.
fn days(left: Option<u32>) -> u32 {
    left.unwrap_or(u32::MAX)
}
