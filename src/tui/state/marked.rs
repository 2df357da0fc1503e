//! The list of all marks: chosen, sorted and grouped once, not for each frame. There may be a million.

use std::cmp::Reverse;

use compact_str::CompactString;
use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::cursor::Cursor;
use crate::domain::duplicates;
use crate::domain::entry::Kind;
use crate::domain::marks::{Marks, Origin};
use crate::domain::order::{Order, SortKey};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Facts, Rule};
use crate::texts::tr;

/// So many marks are listed anew whenever one changes; a longer list waits until the job that
/// changes them is over.
const AT_ONCE: usize = 50_000;

/// A longer list is not filtered with each key.
const LONG: usize = 200_000;

/// By what the list is grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// Not at all.
    #[default]
    None,
    /// By what made the marks.
    Origin,
    /// By the folders that the marked entries are in.
    Folder,
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The head of a group, by its number.
    Group(u32),
    /// A mark, by its number.
    Mark(u32),
}

/// Marks that belong together.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// How many are shown.
    pub count: usize,
    /// Their bytes, where known.
    pub bytes: u64,
    /// Whether its marks are shown.
    pub is_open: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    place: u32,
    origin: u32,
    name: CompactString,
    kind: Kind,
    size: Option<u64>,
    modified: Option<Timestamp>,
    /// Whether its mark was taken off here.
    is_gone: bool,
}

impl Entry {
    /// Its bytes; what a folder holds is not known and may be more than anything.
    fn weight(&self) -> u64 {
        self.size.unwrap_or(u64::MAX)
    }
}

/// The list of all marks.
#[derive(Debug)]
pub struct Marked {
    /// The place in it.
    pub cursor: Cursor,
    /// Where a range began.
    pub range: Option<usize>,
    /// The rows.
    pub rows: Vec<Row>,
    /// How many marks lie inside marked folders.
    pub nested: usize,
    order: Order,
    grouping: Grouping,
    filter: Option<Rule>,
    groups: Vec<Group>,
    origins: Vec<Origin>,
    places: Vec<RemotePath>,
    entries: Vec<Entry>,
    /// The entries in order, whatever is shown of them.
    sorted: Vec<u32>,
    /// How many the filter lets through.
    shown: usize,
    /// The marks that all this is of.
    revision: Option<u64>,
    /// The marks that `nested` is of.
    counted: Option<u64>,
}

impl Default for Marked {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            range: None,
            rows: Vec::new(),
            nested: 0,
            // What matters most comes first.
            order: Order {
                key: SortKey::Size,
                reversed: true,
            },
            grouping: Grouping::None,
            filter: None,
            groups: Vec::new(),
            origins: Vec::new(),
            places: Vec::new(),
            entries: Vec::new(),
            sorted: Vec::new(),
            shown: 0,
            revision: None,
            counted: None,
        }
    }
}

impl Marked {
    /// Lists the marks anew if they have changed; not yet if there are many and `is_changing` says
    /// that they go on changing. Whether it did.
    pub fn follow(&mut self, marks: &Marks, is_changing: bool) -> bool {
        let many = marks.totals().count > AT_ONCE;
        let is_late = is_changing && many && !self.entries.is_empty();
        if self.revision == Some(marks.revision()) || is_late {
            return false;
        }
        self.revision = Some(marks.revision());
        self.collect(marks);
        self.sort();
        self.arrange();
        true
    }

    /// Counts what is counted of marks outside of this list as well.
    pub fn count(&mut self, marks: &Marks) {
        if self.counted != Some(marks.revision()) {
            self.counted = Some(marks.revision());
            self.nested = marks.nested();
        }
    }

    /// Takes nothing of it along: it is not shown.
    pub fn forget(&mut self) {
        if self.entries.len() > AT_ONCE {
            self.revision = None;
            self.entries = Vec::new();
            self.sorted = Vec::new();
            self.rows = Vec::new();
        }
    }

    fn collect(&mut self, marks: &Marks) {
        self.entries.clear();
        self.places.clear();
        let mut numbers: FxHashMap<Origin, u32> = FxHashMap::default();
        self.origins.clear();
        for (directory, _) in marks.places() {
            let place = number(self.places.len());
            self.places.push(directory.clone());
            for (name, mark) in marks.inside(directory).filter(|(_, mark)| mark.is_chosen()) {
                let known = numbers.get(mark.origin).copied();
                let origin = known.unwrap_or_else(|| {
                    let new = number(self.origins.len());
                    self.origins.push(mark.origin.clone());
                    numbers.insert(mark.origin.clone(), new);
                    new
                });
                self.entries.push(Entry {
                    place,
                    origin,
                    name: name.into(),
                    kind: mark.kind,
                    size: mark.size,
                    modified: mark.modified,
                    is_gone: false,
                });
            }
        }
    }

    fn sort(&mut self) {
        let entries = &self.entries;
        let mut sorted: Vec<u32> = (0..number(entries.len())).collect();
        let entry = |at: &u32| &entries[*at as usize];
        // They were collected by folder and name, and stay so where the key is the same.
        match (self.order.key, self.order.reversed) {
            (SortKey::Size, false) => sorted.sort_by_key(|at| entry(at).weight()),
            (SortKey::Size, true) => sorted.sort_by_key(|at| Reverse(entry(at).weight())),
            (SortKey::Modified | SortKey::Created, false) => {
                sorted.sort_by_key(|at| entry(at).modified);
            }
            (SortKey::Modified | SortKey::Created, true) => {
                sorted.sort_by_key(|at| Reverse(entry(at).modified));
            }
            (SortKey::Name | SortKey::Extension, is_reversed) => {
                sorted.sort_by(|one, other| {
                    let order = entry(one).name.cmp(&entry(other).name);
                    if is_reversed { order.reverse() } else { order }
                });
            }
        }
        self.sorted = sorted;
    }

    /// Makes the rows of what the filter lets through.
    fn arrange(&mut self) {
        let all = self.sorted.iter().copied();
        let shown: Vec<u32> = all.filter(|mark| self.passes(*mark)).collect();
        self.shown = shown.len();
        self.range = None;
        if self.grouping == Grouping::None {
            self.rows = shown.into_iter().map(Row::Mark).collect();
            return;
        }
        let number_of = match self.grouping {
            Grouping::Origin => self.origins.len(),
            Grouping::None | Grouping::Folder => self.places.len(),
        };
        let is_open: Vec<bool> = self.groups.iter().map(|group| group.is_open).collect();
        self.groups = vec![Group::default(); number_of];
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); number_of];
        for at in shown {
            let entry = &self.entries[at as usize];
            let group = self.group_of(entry);
            self.groups[group].count += 1;
            self.groups[group].bytes += entry.size.unwrap_or(0);
            members[group].push(at);
        }
        let same = is_open.len() == number_of;
        let mut order: Vec<usize> = (0..number_of)
            .filter(|group| !members[*group].is_empty())
            .collect();
        order.sort_by_key(|group| Reverse(self.groups[*group].bytes));
        self.rows.clear();
        for group in order {
            self.groups[group].is_open = same && is_open[group];
            self.rows.push(Row::Group(number(group)));
            if self.groups[group].is_open {
                let members = members[group].iter().copied();
                self.rows.extend(members.map(Row::Mark));
            }
        }
    }

    fn group_of(&self, entry: &Entry) -> usize {
        match self.grouping {
            Grouping::Origin => entry.origin as usize,
            Grouping::None | Grouping::Folder => entry.place as usize,
        }
    }

    /// Sorts anew.
    pub fn set_order(&mut self, order: Order) {
        self.order = order;
        self.sort();
        self.arrange();
    }

    /// Shows only what the filter lets through; what is hidden stays marked.
    pub fn set_filter(&mut self, filter: Option<Rule>) {
        self.filter = filter;
        self.arrange();
    }

    /// Groups in the next way.
    pub fn regroup(&mut self) {
        self.grouping = match self.grouping {
            Grouping::None => Grouping::Origin,
            Grouping::Origin => Grouping::Folder,
            Grouping::Folder => Grouping::None,
        };
        self.groups.clear();
        self.arrange();
    }

    /// Opens or closes the group at a row.
    pub fn fold(&mut self, row: usize) {
        if let Some(Row::Group(group)) = self.rows.get(row)
            && let Some(group) = self.groups.get_mut(*group as usize)
        {
            group.is_open = !group.is_open;
            self.arrange();
        }
    }

    /// What stands behind a row: a folder and a name; none for the head of a group.
    pub fn mark(&self, row: usize) -> Option<(&RemotePath, &str)> {
        match self.rows.get(row)? {
            Row::Group(_) => None,
            Row::Mark(mark) => Some(self.named(*mark)),
        }
    }

    fn named(&self, mark: u32) -> (&RemotePath, &str) {
        let entry = &self.entries[mark as usize];
        (&self.places[entry.place as usize], &entry.name)
    }

    /// The group at a row, and what makes it one.
    pub fn group(&self, row: usize) -> Option<(&Group, String)> {
        let Row::Group(group) = self.rows.get(row)? else {
            return None;
        };
        let name = match self.grouping {
            Grouping::Origin => match &self.origins[*group as usize] {
                Origin::Hand => tr!("by hand").to_owned(),
                Origin::Rule(rule) => duplicates::told(rule).into_owned(),
            },
            Grouping::None | Grouping::Folder => self.places[*group as usize].to_string(),
        };
        Some((self.groups.get(*group as usize)?, name))
    }

    /// The rows from the beginning of the range to the cursor, else only that of the cursor.
    pub fn chosen_rows(&self) -> std::ops::RangeInclusive<usize> {
        let row = self.cursor.row;
        let from = self.range.unwrap_or(row);
        from.min(row)..=from.max(row)
    }

    /// Takes the marks off that stand in these rows, or in the groups whose heads do, as far as they
    /// are shown. Says how many.
    pub fn take_off(&mut self, rows: std::ops::RangeInclusive<usize>, marks: &mut Marks) -> usize {
        if self.rows.is_empty() {
            return 0;
        }
        let before = marks.totals().count;
        let last = (*rows.end()).min(self.rows.len().saturating_sub(1));
        let rows = *rows.start()..=last;
        for row in self.rows.get(rows.clone()).unwrap_or_default().to_vec() {
            let of_row: Vec<u32> = match row {
                Row::Mark(mark) => vec![mark],
                Row::Group(group) => self.members(group as usize),
            };
            for mark in of_row {
                let (directory, name) = self.named(mark);
                marks.remove(directory, name);
                let is_gone = marks.get(directory, name).is_none();
                self.entries[mark as usize].is_gone = is_gone;
            }
        }
        let entries = &self.entries;
        self.sorted.retain(|mark| !entries[*mark as usize].is_gone);
        self.revision = Some(marks.revision());
        if self.grouping == Grouping::None {
            self.rows.drain(rows);
            self.shown = self.rows.len();
            self.range = None;
        } else {
            self.arrange();
        }
        before - marks.totals().count
    }

    /// The marks of a group that are shown, or would be if it were open.
    fn members(&self, group: usize) -> Vec<u32> {
        let all = self.sorted.iter().copied();
        let of_group = |mark: &u32| self.group_of(&self.entries[*mark as usize]) == group;
        all.filter(|mark| of_group(mark) && self.passes(*mark))
            .collect()
    }

    fn passes(&self, mark: u32) -> bool {
        let entry = &self.entries[mark as usize];
        let directory = &self.places[entry.place as usize];
        (self.filter.as_ref()).is_none_or(|filter| is_shown(filter, directory, entry))
    }

    /// All paths that are shown, folded or not, in order.
    pub fn paths(&self) -> impl Iterator<Item = String> + '_ {
        let all = self.sorted.iter().copied();
        all.filter(|mark| self.passes(*mark)).map(|mark| {
            let (directory, name) = self.named(mark);
            if directory.is_root() {
                format!("/{name}")
            } else {
                format!("{directory}/{name}")
            }
        })
    }

    /// How many marks the filter hides.
    pub fn hidden(&self) -> usize {
        self.sorted.len().saturating_sub(self.shown)
    }

    /// How many are shown of how many.
    pub fn shown(&self) -> (usize, usize) {
        (self.shown, self.sorted.len())
    }

    /// Whether there are so many that filtering takes a moment.
    pub fn is_long(&self) -> bool {
        self.sorted.len() > LONG
    }

    /// The filter.
    pub fn filter(&self) -> Option<&Rule> {
        self.filter.as_ref()
    }

    /// The order.
    pub fn order(&self) -> Order {
        self.order
    }

    /// By what it is grouped.
    pub fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// The row of a mark, if it is shown.
    pub fn position(&self, directory: &RemotePath, name: &str) -> Option<usize> {
        (self.rows.iter()).position(|row| match row {
            Row::Group(_) => false,
            Row::Mark(mark) => self.named(*mark) == (directory, name),
        })
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("memory ends before the marks do")
}

fn is_shown(filter: &Rule, directory: &RemotePath, entry: &Entry) -> bool {
    filter.matches(&Facts {
        directory,
        name: &entry.name,
        kind: entry.kind,
        size: entry.size,
        modified: entry.modified,
        created: None,
        owner: None,
        labels: None,
        has_copies: None,
        is_marked: Some(true),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::Entry as Listed;
    use crate::domain::job::{JobId, Target};

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    fn file(name: &str, size: u64) -> Listed {
        Listed {
            size: Some(size),
            ..Listed::new(name, Kind::File)
        }
    }

    fn names(marked: &Marked) -> Vec<&str> {
        let rows = 0..marked.rows.len();
        rows.filter_map(|row| Some(marked.mark(row)?.1)).collect()
    }

    #[test]
    fn many_marks_are_listed_once_and_not_again_while_a_job_takes_them_away() {
        let mut marks = Marks::default();
        for number in 0..=AT_ONCE {
            marks.add(&path("a"), &file(&number.to_string(), number as u64));
        }
        let mut marked = Marked::default();
        assert!(marked.follow(&marks, false));
        assert!(!marked.follow(&marks, false), "nothing has changed");
        assert_eq!(marked.mark(0).unwrap().1, AT_ONCE.to_string());
        marks.hand(&Target::new(path("a/7"), Kind::File, Some(7)), JobId(1));
        marks.left(&path("a/7"));
        marks.add(&path("b"), &file("one", 1));
        marks.add(&path("b"), &file("two", 2));
        assert!(!marked.follow(&marks, true), "the job is not over");
        assert!(marked.follow(&marks, false));
        assert_eq!(marked.shown(), (AT_ONCE + 2, AT_ONCE + 2));
        assert_eq!(marked.take_off(0..=9, &mut marks), 10);
        assert!(!marked.follow(&marks, false), "it knows what it took off");
        assert_eq!(marked.rows.len(), AT_ONCE - 8);
    }

    #[test]
    fn folders_weigh_most_and_sorting_is_the_same_both_ways() {
        let mut marks = Marks::default();
        marks.add(&RemotePath::root(), &file("b", 2));
        marks.add(&RemotePath::root(), &Listed::new("raw", Kind::Directory));
        marks.add(&path("raw"), &file("c", 3));
        let mut marked = Marked::default();
        marked.follow(&marks, false);
        assert_eq!(names(&marked), ["raw", "c", "b"]);
        let order = |key, reversed| Order { key, reversed };
        marked.set_order(order(SortKey::Size, false));
        assert_eq!(names(&marked), ["b", "c", "raw"]);
        marked.set_order(order(SortKey::Name, true));
        assert_eq!(names(&marked), ["raw", "c", "b"]);
    }

    #[test]
    fn groups_stay_open_while_marks_leave_them() {
        let mut marks = Marks::default();
        for name in ["x", "y", "z"] {
            marks.add(&path("a"), &file(name, 1));
            marks.add_by(&path("b"), &file(name, 20), &Origin::Rule("name:*".into()));
        }
        let mut marked = Marked::default();
        marked.follow(&marks, false);
        marked.regroup();
        let heads: Vec<String> = (0..2).map(|row| marked.group(row).unwrap().1).collect();
        assert_eq!(heads, ["name:*", "by hand"]);
        marked.fold(0);
        assert_eq!(names(&marked), ["x", "y", "z"]);
        assert_eq!(marked.take_off(1..=2, &mut marks), 2);
        assert_eq!(names(&marked), ["z"]);
        assert_eq!(marked.group(0).unwrap().0.count, 1);
        assert_eq!(marked.take_off(2..=2, &mut marks), 3, "a whole group");
        assert_eq!(marked.rows.len(), 2);
        assert_eq!(marks.totals().count, 1);
        assert_eq!(marked.take_off(0..=9, &mut marks), 1);
        assert!(marked.rows.is_empty());
    }
}
