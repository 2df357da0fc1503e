//! What a walk below a folder has gathered: the biggest files, the empty folders, the duplicates, or
//! where the bytes are.

use super::cursor::Cursor;
use super::search::Hunt;
use crate::domain::duplicates::{Duplicates, Group, Keep};
use crate::domain::entries::EntryRef;
use crate::domain::failure::Failure;
use crate::domain::finds::{Biggest, EmptyFolders, Find};
use crate::domain::order::{Order, SortKey};
use crate::domain::path::RemotePath;
use crate::domain::weights::{Bar, Weights};
use crate::tui::msg::Ticket;

/// The biggest files that are kept, so that any library fits.
pub const LIMIT: usize = 1000;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quest {
    /// The biggest files.
    Biggest,
    /// Folders without files.
    EmptyFolders,
    /// Files that are the same.
    Duplicates,
    /// Where the bytes are.
    Weights,
}

/// What was gathered so far.
#[derive(Debug)]
pub struct Found {
    /// The folder below which everything lies.
    pub root: RemotePath,
    /// The walk, or the asking for checksums; none when all is there or it was stopped.
    pub awaited: Option<Ticket>,
    /// Entries that were looked at.
    pub looked: usize,
    /// Directories that could not be read.
    pub unread: usize,
    /// The first of them, and why.
    pub first_unread: Option<(RemotePath, Failure)>,
    /// Whether it was stopped before the end.
    pub is_partial: bool,
    /// What it was for.
    pub catch: Catch,
    /// The place in the list.
    pub cursor: Cursor,
    /// Where a range to mark began.
    pub range: Option<usize>,
    /// The bars from which one came to the files of one folder alone.
    pub bars: Option<Box<Self>>,
}

/// What a walk is for, and what came of it.
#[derive(Debug)]
pub enum Catch {
    /// The biggest files.
    Biggest(Biggest, List),
    /// Folders without files; the list is made at the end.
    EmptyFolders(EmptyFolders, List),
    /// Files that are the same.
    Duplicates(Box<Twins>),
    /// What a search has found.
    Search(Box<Hunt>),
    /// Where the bytes are: of the folder that is shown, by weight.
    Weights {
        /// Of all folders.
        weights: Weights,
        /// Which one is shown.
        shown: RemotePath,
        /// Its parts.
        bars: Vec<Bar>,
    },
}

/// Rows from many folders, sorted.
#[derive(Debug, Default)]
pub struct List {
    finds: Vec<Find>,
    /// The order of the rows.
    pub order: Order,
    /// Whether they stay as they were found until they are sorted.
    pub is_as_found: bool,
}

/// Duplicates on the screen: a line for each group, and below it one for each copy.
#[derive(Debug, Default)]
pub struct Twins {
    /// What was found.
    pub duplicates: Duplicates,
    rows: Vec<(usize, Option<u32>)>,
    /// The rule that was used last.
    pub keep: Option<Keep>,
    /// Folders in the order in which they are to keep their copies.
    pub folders: Vec<RemotePath>,
    /// Checksums that are still to come, and how many were to come.
    pub sums: (usize, usize),
    /// Files of which the service gave none.
    pub without: usize,
}

/// One row on the screen.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    /// An entry and where it lies.
    Entry(&'a RemotePath, EntryRef<'a>),
    /// The head of a group of copies.
    Group(&'a Group),
    /// A part of a folder.
    Bar(&'a Bar),
}

impl List {
    /// Shows these.
    pub fn set(&mut self, finds: Vec<Find>) {
        self.finds = finds;
        self.arrange();
    }

    /// Nothing yet; what comes stays in its order.
    pub fn as_found() -> Self {
        Self {
            is_as_found: true,
            ..Self::default()
        }
    }

    /// Adds some more.
    pub fn extend(&mut self, finds: Vec<Find>) {
        self.finds.extend(finds);
        self.arrange();
    }

    /// Sorts by another order.
    pub fn sort(&mut self, order: Order) {
        self.order = order;
        self.is_as_found = false;
        self.arrange();
    }

    /// Sorts anew.
    pub fn arrange(&mut self) {
        if self.is_as_found {
            return;
        }
        let order = self.order;
        self.finds.sort_by(|one, other| {
            order
                .compare((&one.entry).into(), (&other.entry).into())
                .then_with(|| one.directory.cmp(&other.directory))
        });
    }

    fn remove(&mut self, is_gone: impl Fn(&RemotePath, &str) -> bool) {
        self.finds
            .retain(|find| !is_gone(&find.directory, &find.entry.name));
    }

    /// How many there are.
    pub fn rows(&self) -> usize {
        self.finds.len()
    }
}

impl Twins {
    /// Lists the groups anew.
    pub fn arrange(&mut self) {
        let groups = self.duplicates.groups().iter().enumerate();
        self.rows = groups
            .flat_map(|(at, group)| {
                let copies = group.copies.iter().map(move |copy| (at, Some(*copy)));
                std::iter::once((at, None)).chain(copies)
            })
            .collect();
    }

    /// The copy in a row; none in the head of a group.
    pub fn copy(&self, at: usize) -> Option<u32> {
        self.rows.get(at)?.1
    }

    /// The group that a row belongs to.
    pub fn group(&self, at: usize) -> Option<&Group> {
        let (group, _) = self.rows.get(at)?;
        self.duplicates.groups().get(*group)
    }
}

impl Found {
    /// Nothing was looked at yet.
    pub fn new(quest: Quest, root: RemotePath, awaited: Ticket) -> Self {
        let catch = match quest {
            Quest::Biggest => {
                let largest_first = Order {
                    key: SortKey::Size,
                    reversed: true,
                };
                let list = List {
                    order: largest_first,
                    ..List::default()
                };
                Catch::Biggest(Biggest::new(LIMIT), list)
            }
            Quest::EmptyFolders => Catch::EmptyFolders(EmptyFolders::default(), List::default()),
            Quest::Duplicates => Catch::Duplicates(Box::default()),
            Quest::Weights => Catch::Weights {
                weights: Weights::new(root.clone()),
                shown: root.clone(),
                bars: Vec::new(),
            },
        };
        Self::with(catch, root, awaited)
    }

    /// The same, with what is to be gathered.
    pub fn with(catch: Catch, root: RemotePath, awaited: Ticket) -> Self {
        Self {
            root,
            awaited: Some(awaited),
            looked: 0,
            unread: 0,
            first_unread: None,
            is_partial: false,
            catch,
            cursor: Cursor::default(),
            range: None,
            bars: None,
        }
    }

    /// The list of entries, where there is one.
    pub fn list_mut(&mut self) -> Option<&mut List> {
        match &mut self.catch {
            Catch::Biggest(_, list) | Catch::EmptyFolders(_, list) => Some(list),
            Catch::Search(hunt) => Some(&mut hunt.list),
            Catch::Duplicates(_) | Catch::Weights { .. } => None,
        }
    }

    fn list(&self) -> Option<&List> {
        match &self.catch {
            Catch::Biggest(_, list) | Catch::EmptyFolders(_, list) => Some(list),
            Catch::Search(hunt) => Some(&hunt.list),
            Catch::Duplicates(_) | Catch::Weights { .. } => None,
        }
    }

    /// The rows of the range, from the first to the last.
    pub fn range_rows(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let from = self.range?;
        Some(from.min(self.cursor.row)..=from.max(self.cursor.row))
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match &self.catch {
            Catch::Duplicates(twins) => twins.rows.len(),
            Catch::Weights { bars, .. } => bars.len(),
            _ => self.list().map_or(0, List::rows),
        }
    }

    /// A row.
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        match &self.catch {
            Catch::Duplicates(twins) => match twins.rows.get(at)? {
                (_, Some(copy)) => {
                    let (directory, entry) = twins.duplicates.copy(*copy)?;
                    Some(Row::Entry(directory, entry))
                }
                (_, None) => twins.group(at).map(Row::Group),
            },
            Catch::Weights { bars, .. } => bars.get(at).map(Row::Bar),
            _ => {
                let find = self.list()?.finds.get(at)?;
                Some(Row::Entry(&find.directory, (&find.entry).into()))
            }
        }
    }

    /// The entry under the cursor, and where it lies; none on other rows.
    pub fn under_cursor(&self) -> Option<(&RemotePath, EntryRef<'_>)> {
        match self.row(self.cursor.row)? {
            Row::Entry(directory, entry) => Some((directory, entry)),
            Row::Group(_) | Row::Bar(_) => None,
        }
    }

    /// Changes what is shown; the cursor stays on its entry, unless it is on the first row.
    pub fn rearrange(&mut self, height: usize, change: impl FnOnce(&mut Catch)) {
        let entry = self.under_cursor().filter(|_| self.cursor.row > 0);
        let before = entry.map(|(directory, entry)| (directory.clone(), entry.name().to_owned()));
        change(&mut self.catch);
        let is_same = |at: &usize| match (self.row(*at), &before) {
            (Some(Row::Entry(directory, entry)), Some((place, name))) => {
                directory == place && entry.name() == name
            }
            _ => false,
        };
        let rows = self.rows();
        let row = before.as_ref().and_then(|_| (0..rows).find(is_same));
        let row = row.unwrap_or(self.cursor.row);
        self.cursor.go(row, rows, height);
    }

    /// Takes entries out that are gone.
    pub fn remove(&mut self, height: usize, is_gone: impl Fn(&RemotePath, &str) -> bool) {
        self.range = None;
        self.rearrange(height, |catch| match catch {
            Catch::Biggest(_, list) | Catch::EmptyFolders(_, list) => list.remove(&is_gone),
            Catch::Search(hunt) => hunt.list.remove(&is_gone),
            Catch::Duplicates(twins) => {
                twins.duplicates.remove(is_gone);
                twins.arrange();
            }
            Catch::Weights { .. } => {}
        });
    }

    /// What it was for; none for a search.
    pub fn quest(&self) -> Option<Quest> {
        match &self.catch {
            Catch::Biggest(..) => Some(Quest::Biggest),
            Catch::EmptyFolders(..) => Some(Quest::EmptyFolders),
            Catch::Duplicates(_) => Some(Quest::Duplicates),
            Catch::Weights { .. } => Some(Quest::Weights),
            Catch::Search(_) => None,
        }
    }
}
