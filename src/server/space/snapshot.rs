//! Listings: one pass over a folder is kept while pages of it are asked for. Knows no requests.
//!
//! A folder of a million entries is read and sorted once, not once for each page; only the entries
//! of the page itself are looked at closely.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use cap_std::fs::Dir;
use jiff::{SignedDuration, Timestamp};
use rustix::fs::FileType;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;

use super::facts::{Facts, Kind};
use super::problem::Problem;
use super::{OWN, Space, marker, names, sums};

/// What a listing is sorted by (part B 2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Codepoint order of the names.
    #[default]
    Name,
    /// Time of the content.
    Modification,
    /// Time of the making.
    Creation,
    /// Time of the making of files; directories by their names.
    Upload,
    /// Bytes; directories count as none.
    Size,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Directories.
    Directories,
    /// Everything else.
    Files,
}

/// The order of a listing and what is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The sort key.
    pub by: By,
    /// From the greatest down.
    pub is_descending: bool,
    /// Directories among the files, not before them.
    pub is_mixed: bool,
    /// What is left out.
    pub filter: Filter,
}

/// Which names are wanted; only where the order is by name (part B 2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// They begin with this.
    pub prefix: Option<String>,
    /// They come after this.
    pub after: Option<String>,
}

/// A page of a listing.
pub struct Listed {
    /// The entries in order.
    pub entries: Vec<(String, Facts)>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// Entries of the directory that are not directories.
    pub files: u64,
    /// Directories right in the directory.
    pub directories: u64,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// At the first entry.
    First,
    /// Behind the entry that a marker names.
    Marker(&'a str),
    /// After so many entries.
    Offset(usize),
}

/// What a marker says: the key of the last entry, so that entries which vanish between two pages
/// neither hide nor repeat others.
#[derive(Serialize, Deserialize)]
struct Place {
    /// Of which listing.
    scope: u64,
    /// Of which reading of it.
    snapshot: u64,
    rank: u8,
    key: i64,
    name: String,
}

/// So many snapshots are kept.
const KEPT: usize = 4;

/// A folder of more entries than this is not read again because entries came or went between two
/// pages: deleting in a large folder while it is listed would read it once for each page.
const LARGE: usize = 10_000;

/// The clocks of file systems tick coarsely: what changes within one tick of the last change does
/// not change the time. Longer than any tick.
const TICK: SignedDuration = SignedDuration::from_millis(20);

/// The last snapshots, the latest in front.
#[derive(Default)]
pub struct Snapshots {
    kept: VecDeque<Arc<Snapshot>>,
    count: u64,
}

/// One reading of one folder in one order.
struct Snapshot {
    number: u64,
    path: RemotePath,
    order: Order,
    facts: Facts,
    is_settled: bool,
    text: String,
    rows: Vec<Row>,
    /// One for each row, or none where the order is by name.
    keys: Vec<i64>,
    files: u64,
    directories: u64,
}

/// One entry: eight bytes and its name, since there may be a million.
#[derive(Clone, Copy)]
struct Row {
    start: u32,
    length: u16,
    kind: Kind,
}

impl Space {
    /// One page of a directory.
    pub fn list(
        &self,
        path: &RemotePath,
        order: Order,
        wanted: &Names,
        start: Start<'_>,
        limit: usize,
    ) -> Result<Listed, Problem> {
        let directory = self.open_directory(path)?;
        let scope = scope(path, order);
        let place = match start {
            Start::Marker(text) => {
                let place: Place = marker::read(text)?;
                if place.scope != scope {
                    return Err(Problem::MarkerUnknown);
                }
                Some(place)
            }
            Start::First | Start::Offset(_) => None,
        };
        let continued = place.as_ref().map(|place| place.snapshot);
        let snapshot = self.snapshot(&directory, path, order, continued)?;
        let first = match (start, &place) {
            (_, Some(place)) => snapshot.after(place),
            (Start::Offset(offset), None) => offset.min(snapshot.rows.len()),
            (Start::First | Start::Marker(_), None) => 0,
        };
        let mut listed = Listed {
            entries: Vec::with_capacity(limit.min(snapshot.rows.len())),
            next: None,
            files: snapshot.files,
            directories: snapshot.directories,
        };
        let mut at = first;
        // Pages by number cover fixed rows, so entries that vanished leave gaps there.
        let last = match start {
            Start::Offset(_) => first.saturating_add(limit).min(snapshot.rows.len()),
            Start::First | Start::Marker(_) => snapshot.rows.len(),
        };
        while at < last && listed.entries.len() < limit {
            let row = snapshot.rows[at];
            let name = snapshot.name(row);
            at += 1;
            if order.by == By::Name && !wanted.holds(name) {
                continue;
            }
            match Facts::of(&directory, &names::to_os(name)) {
                Ok(facts) => listed.entries.push((name.to_owned(), facts)),
                Err(Errno::NOENT) => {}
                Err(other) => return Err(other.into()),
            }
        }
        if at < snapshot.rows.len() && at > 0 {
            listed.next = Some(marker::write(&snapshot.place(scope, at - 1)));
        }
        Ok(listed)
    }

    fn snapshot(
        &self,
        directory: &Dir,
        path: &RemotePath,
        order: Order,
        continued: Option<u64>,
    ) -> Result<Arc<Snapshot>, Problem> {
        let facts = Facts::of_open(directory)?;
        {
            let mut snapshots = self.snapshots();
            let found = snapshots.kept.iter().position(|kept| {
                let is_same = kept.path == *path && kept.order == order;
                let is_fresh = kept.is_settled && kept.facts == facts;
                let is_continued = kept.rows.len() > LARGE && continued == Some(kept.number);
                is_same && (is_fresh || is_continued)
            });
            if let Some(found) = found.and_then(|found| snapshots.kept.remove(found)) {
                snapshots.kept.push_front(Arc::clone(&found));
                return Ok(found);
            }
            // What no longer holds makes room before the new reading needs it.
            snapshots
                .kept
                .retain(|kept| kept.path != *path || kept.order != order);
        }
        let mut snapshot = self.read(directory, path, order, facts)?;
        let mut snapshots = self.snapshots();
        snapshots.count += 1;
        snapshot.number = snapshots.count;
        let snapshot = Arc::new(snapshot);
        snapshots.kept.push_front(Arc::clone(&snapshot));
        snapshots.kept.truncate(KEPT);
        Ok(snapshot)
    }

    fn read(
        &self,
        directory: &Dir,
        path: &RemotePath,
        order: Order,
        facts: Facts,
    ) -> Result<Snapshot, Problem> {
        let now = Timestamp::now();
        let mut snapshot = Snapshot {
            number: 0,
            path: path.clone(),
            order,
            facts,
            is_settled: now.duration_since(facts.modified) > TICK
                && now.duration_since(facts.changed) > TICK,
            text: String::new(),
            rows: Vec::new(),
            keys: Vec::new(),
            files: 0,
            directories: 0,
        };
        let mut keyed = Vec::new();
        for entry in rustix::fs::Dir::read_from(directory)? {
            let entry = entry?;
            let raw = entry.file_name().to_bytes();
            if raw == b"."
                || raw == b".."
                || (path.is_root() && raw.eq_ignore_ascii_case(OWN.as_bytes()))
            {
                continue;
            }
            if snapshot.rows.len().is_multiple_of(4096) && self.is_stopping() {
                return Err(Problem::Stopping);
            }
            let needs_facts = order.by != By::Name || entry.file_type() == FileType::Unknown;
            let (kind, key) = if needs_facts {
                let name = names::to_text(raw);
                match Facts::of(directory, &names::to_os(&name)) {
                    Ok(facts) => (facts.kind, order.by.key(&facts)),
                    Err(Errno::NOENT) => continue,
                    Err(other) => return Err(other.into()),
                }
            } else {
                (entry.file_type().into(), 0)
            };
            snapshot.add(&names::to_text(raw), kind);
            if order.by != By::Name && snapshot.rows.len() > keyed.len() {
                keyed.push(key);
            }
        }
        snapshot.keys = keyed;
        snapshot.sort();
        Ok(snapshot)
    }
}

impl By {
    fn key(self, facts: &Facts) -> i64 {
        match self {
            Self::Name => 0,
            Self::Modification => facts.modified.as_microsecond(),
            Self::Upload if facts.kind == Kind::Directory => 0,
            Self::Creation | Self::Upload => facts.created.as_microsecond(),
            Self::Size => match facts.kind {
                Kind::Directory => 0,
                Kind::File | Kind::Symlink | Kind::Other => {
                    i64::try_from(facts.size).unwrap_or(i64::MAX)
                }
            },
        }
    }
}

impl Names {
    fn holds(&self, name: &str) -> bool {
        self.prefix
            .as_ref()
            .is_none_or(|prefix| name.starts_with(prefix.as_str()))
            && self
                .after
                .as_ref()
                .is_none_or(|after| name > after.as_str())
    }
}

impl Snapshot {
    fn add(&mut self, name: &str, kind: Kind) {
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
            self.rows.push(Row {
                start,
                length,
                kind,
            });
        }
    }

    fn sort(&mut self) {
        let is_mixed = self.order.is_mixed;
        let is_descending = self.order.is_descending;
        let text = std::mem::take(&mut self.text);
        let rows = std::mem::take(&mut self.rows);
        let shared = common_prefix(&text, &rows);
        let mut keys = std::mem::take(&mut self.keys).into_iter();
        // The first letters as a number, so that most pairs are compared without going to the text.
        let mut sorted: Vec<(i64, u64, Row)> = rows
            .into_iter()
            .map(|row| {
                let key = keys.next().unwrap_or(0);
                (key, head(&text.as_bytes()[row.range()], shared), row)
            })
            .collect();
        sorted.sort_unstable_by(|(key_a, head_a, a), (key_b, head_b, b)| {
            let ranks = rank(a.kind, is_mixed).cmp(&rank(b.kind, is_mixed));
            let within = key_a
                .cmp(key_b)
                .then(head_a.cmp(head_b))
                .then_with(|| text[a.range()].cmp(&text[b.range()]));
            ranks.then(if is_descending {
                within.reverse()
            } else {
                within
            })
        });
        if self.order.by != By::Name {
            self.keys = sorted.iter().map(|(key, _, _)| *key).collect();
        }
        self.rows = sorted.into_iter().map(|(_, _, row)| row).collect();
        self.text = text;
        self.text.shrink_to_fit();
    }

    fn name(&self, row: Row) -> &str {
        &self.text[row.range()]
    }

    fn key(&self, index: usize) -> i64 {
        self.keys.get(index).copied().unwrap_or(0)
    }

    fn place(&self, scope: u64, index: usize) -> Place {
        let row = self.rows[index];
        Place {
            scope,
            snapshot: self.number,
            rank: rank(row.kind, self.order.is_mixed),
            key: self.key(index),
            name: self.name(row).to_owned(),
        }
    }

    /// The index of the first row behind a place, whether or not the place's own row is there.
    fn after(&self, place: &Place) -> usize {
        let mut range = Range {
            start: 0,
            end: self.rows.len(),
        };
        while range.start < range.end {
            let middle = range.start.midpoint(range.end);
            let row = self.rows[middle];
            let ranks = rank(row.kind, self.order.is_mixed).cmp(&place.rank);
            let within = self
                .key(middle)
                .cmp(&place.key)
                .then_with(|| self.name(row).cmp(&place.name));
            let order = ranks.then(if self.order.is_descending {
                within.reverse()
            } else {
                within
            });
            if order == Ordering::Greater {
                range.end = middle;
            } else {
                range.start = middle + 1;
            }
        }
        range.start
    }
}

impl Row {
    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.length)
    }
}

/// Directories come first, unless all are mixed.
fn rank(kind: Kind, is_mixed: bool) -> u8 {
    u8::from(!is_mixed && kind != Kind::Directory)
}

/// The eight bytes after the first `shared`, so that their order as a number is the order of the
/// text as far as they go.
fn head(name: &[u8], shared: usize) -> u64 {
    let rest = &name[shared..];
    let mut head = [0; 8];
    let length = rest.len().min(8);
    head[..length].copy_from_slice(&rest[..length]);
    u64::from_be_bytes(head)
}

/// How many bytes all names begin with alike: `IMG_` and more, in the folders that are large.
fn common_prefix(text: &str, rows: &[Row]) -> usize {
    let text = text.as_bytes();
    let Some(first) = rows.first() else { return 0 };
    let first = &text[first.range()];
    rows.iter().fold(first.len(), |shared, row| {
        let name = &text[row.range()];
        let pairs = first[..shared].iter().zip(name);
        pairs.take_while(|(a, b)| a == b).count()
    })
}

fn scope(path: &RemotePath, order: Order) -> u64 {
    sums::of(format!("{}\0{order:?}", path.as_str()).as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
