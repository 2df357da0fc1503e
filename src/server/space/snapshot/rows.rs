//! The entries of one reading, and their order. Knows no disk.
//!
//! Of a large folder only the first rows are put in order at once, so that the first page need not
//! wait for a million to be sorted.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use super::super::facts::Kind;
use super::{By, Filter, LARGE, Order, Place};

/// So many rows of a large folder are in order at once: more than a page.
const FIRST: usize = 1 << 11;

/// Whoever waits for rows looks that often whether they are still needed.
const PATIENCE: Duration = Duration::from_millis(10);

/// Bytes from which on the system's allocator surely takes memory that it gives back at once. What
/// is reserved and not used takes no memory.
const GIVEN_BACK: usize = 33 << 20;

/// Entries as they are read.
pub struct Reader {
    order: Order,
    text: String,
    rows: Vec<(i64, u64, Row)>,
    files: u64,
    directories: u64,
}

/// Entries in their order.
pub struct Rows {
    /// Entries that are not directories, wanted or not.
    pub files: u64,
    /// Directories, wanted or not.
    pub directories: u64,
    order: Order,
    text: String,
    count: usize,
    /// The first of them, in order.
    first: Sorted,
    /// All of them, until somebody sorts those behind the first.
    unsorted: Mutex<Vec<(i64, u64, Row)>>,
    behind: OnceLock<Sorted>,
    has_sorted: Condvar,
}

/// Rows and their keys.
struct Sorted {
    rows: Vec<Row>,
    /// One for each row, or none where the order is by name.
    keys: Vec<i64>,
}

/// One entry: eight bytes and its name, since there may be a million.
#[derive(Clone, Copy)]
struct Row {
    start: u32,
    length: u16,
    kind: Kind,
}

impl Reader {
    /// Of nothing yet.
    pub fn new(order: Order) -> Self {
        Self {
            order,
            text: String::new(),
            rows: Vec::new(),
            files: 0,
            directories: 0,
        }
    }

    /// How many wanted entries there are so far.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Takes an entry in, with its sort key.
    pub fn add(&mut self, name: &str, kind: Kind, key: i64) {
        match kind {
            Kind::Directory => self.directories += 1,
            Kind::File | Kind::Symlink | Kind::Other => self.files += 1,
        }
        let is_wanted = match self.order.filter {
            Filter::All => true,
            Filter::Directories => kind == Kind::Directory,
            Filter::Files => kind != Kind::Directory,
        };
        // Four gigabytes of names are more than any folder that could still be listed.
        let start = u32::try_from(self.text.len());
        let length = u16::try_from(name.len());
        if let (true, Ok(start), Ok(length)) = (is_wanted, start, length) {
            self.text.push_str(name);
            let row = Row {
                start,
                length,
                kind,
            };
            self.rows.push((key, 0, row));
            if self.rows.len() == LARGE {
                self.text.reserve_exact(GIVEN_BACK);
                self.rows
                    .reserve_exact(GIVEN_BACK / size_of_val(&self.rows[0]));
            }
        }
    }

    /// Puts the first rows in order, and all if there are not more than `few`.
    pub fn finish(self, few: usize) -> Rows {
        let Self {
            order,
            text,
            mut rows,
            files,
            directories,
        } = self;
        let shared = common_prefix(&text, &rows);
        // The first letters as a number, so that most pairs are compared without going to the text.
        for (_, head, row) in &mut rows {
            *head = beginning(&text.as_bytes()[row.range()], shared);
        }
        let count = rows.len();
        let first = if count > few {
            rows.select_nth_unstable_by(FIRST.min(few), |a, b| compare(order, &text, a, b));
            FIRST.min(few)
        } else {
            count
        };
        rows[..first].sort_unstable_by(|a, b| compare(order, &text, a, b));
        let in_order = Sorted::from(order, &rows[..first]);
        if first == count {
            rows = Vec::new();
        }
        Rows {
            files,
            directories,
            order,
            first: in_order,
            text,
            count,
            unsorted: Mutex::new(rows),
            has_sorted: Condvar::new(),
            behind: OnceLock::new(),
        }
    }
}

impl Rows {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the greater part still has to be sorted.
    pub fn is_to_be_sorted(&self) -> bool {
        self.count > self.first.rows.len() && self.behind.get().is_none()
    }

    /// Puts the rest in order, unless it is; whoever needs it meanwhile waits.
    pub fn sort(&self) {
        self.sorted();
        let _rows = self.unsorted();
        self.has_sorted.notify_all();
    }

    /// Waits for another thread that sorts. False if `is_given_up` says before that nobody needs the
    /// rows any more.
    pub fn wait(&self, is_given_up: impl Fn() -> bool) -> bool {
        let mut rows = self.unsorted();
        while self.is_to_be_sorted() {
            if is_given_up() {
                return false;
            }
            (rows, _) = self
                .has_sorted
                .wait_timeout(rows, PATIENCE)
                .expect("no thread panics while holding the rows");
        }
        true
    }

    fn unsorted(&self) -> MutexGuard<'_, Vec<(i64, u64, Row)>> {
        self.unsorted
            .lock()
            .expect("no thread panics while holding the rows")
    }

    /// The name of the row at an index.
    pub fn name(&self, index: usize) -> &str {
        let (rows, index) = self.part(index);
        &self.text[rows.rows[index].range()]
    }

    /// The rank and the sort key of the row at an index.
    pub fn key(&self, index: usize) -> (u8, i64) {
        let (rows, index) = self.part(index);
        let key = rows.keys.get(index).copied().unwrap_or(0);
        (rank(rows.rows[index].kind, self.order.is_mixed), key)
    }

    /// The index of the first row behind a place, whether or not the place's own row is there.
    pub fn after(&self, place: &Place) -> usize {
        let mut range = Range {
            start: 0,
            end: self.count,
        };
        while range.start < range.end {
            let middle = range.start.midpoint(range.end);
            let (rank, key) = self.key(middle);
            let within = key
                .cmp(&place.key)
                .then_with(|| self.name(middle).cmp(place.name.as_str()));
            if rank.cmp(&place.rank).then(directed(self.order, within)) == Ordering::Greater {
                range.end = middle;
            } else {
                range.start = middle + 1;
            }
        }
        range.start
    }

    fn part(&self, index: usize) -> (&Sorted, usize) {
        match index.checked_sub(self.first.rows.len()) {
            None => (&self.first, index),
            Some(index) => (self.sorted(), index),
        }
    }

    fn sorted(&self) -> &Sorted {
        self.behind.get_or_init(|| {
            let mut rows = std::mem::take(&mut *self.unsorted());
            let behind = &mut rows[self.first.rows.len()..];
            behind.sort_unstable_by(|a, b| compare(self.order, &self.text, a, b));
            Sorted::from(self.order, behind)
        })
    }
}

impl Sorted {
    fn from(order: Order, rows: &[(i64, u64, Row)]) -> Self {
        Self {
            keys: match order.by {
                By::Name => Vec::new(),
                _ => list(rows.iter().map(|(key, _, _)| *key)),
            },
            rows: list(rows.iter().map(|(_, _, row)| *row)),
        }
    }
}

impl Row {
    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.length)
    }
}

/// A list that gives its memory back at once if it is long.
fn list<T>(items: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    list.reserve_exact(if items.len() > LARGE {
        items.len().max(GIVEN_BACK / size_of::<T>())
    } else {
        items.len()
    });
    list.extend(items);
    list
}

fn compare(
    order: Order,
    text: &str,
    (key_a, head_a, a): &(i64, u64, Row),
    (key_b, head_b, b): &(i64, u64, Row),
) -> Ordering {
    let ranks = rank(a.kind, order.is_mixed).cmp(&rank(b.kind, order.is_mixed));
    let within = key_a
        .cmp(key_b)
        .then(head_a.cmp(head_b))
        .then_with(|| text[a.range()].cmp(&text[b.range()]));
    ranks.then(directed(order, within))
}

fn directed(order: Order, within: Ordering) -> Ordering {
    if order.is_descending {
        within.reverse()
    } else {
        within
    }
}

/// Directories come first, unless all are mixed.
fn rank(kind: Kind, is_mixed: bool) -> u8 {
    u8::from(!is_mixed && kind != Kind::Directory)
}

/// The eight bytes after the first `shared`, so that their order as a number is the order of the
/// text as far as they go.
fn beginning(name: &[u8], shared: usize) -> u64 {
    let rest = &name[shared..];
    let mut head = [0; 8];
    let length = rest.len().min(8);
    head[..length].copy_from_slice(&rest[..length]);
    u64::from_be_bytes(head)
}

/// How many bytes all names begin with alike: `IMG_` and more, in the folders that are large.
fn common_prefix(text: &str, rows: &[(i64, u64, Row)]) -> usize {
    let text = text.as_bytes();
    let Some((_, _, first)) = rows.first() else {
        return 0;
    };
    let first = &text[first.range()];
    rows.iter().fold(first.len(), |shared, (_, _, row)| {
        let name = &text[row.range()];
        let pairs = first[..shared].iter().zip(name);
        pairs.take_while(|(a, b)| a == b).count()
    })
}
