//! Many entries in little room: a row of 64 bytes for each, and one text that holds all names.

use std::ops::Range;

use compact_str::CompactString;
use indexmap::IndexSet;
use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use super::entry::{Entry, Kind, Stamp};

/// Entries in the order in which they were put in. What repeats itself, owners and labels, is kept
/// once.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    rows: Vec<Row>,
    /// For each row its name and, right behind it, its inode.
    text: String,
    owners: Set<CompactString>,
    labels: Set<Box<[CompactString]>>,
}

type Set<T> = IndexSet<T, FxBuildHasher>;

/// What is kept of an entry. No owner, labels, time or tag is 0; others count from 1.
#[derive(Clone, Copy, Debug)]
struct Row {
    size: u64,
    crc64: u64,
    e_tag: u64,
    /// Microseconds since 1970, and [`NEVER`] for none.
    modified: i64,
    created: i64,
    /// Where the name begins in the text.
    start: u32,
    name: u32,
    owner: u32,
    labels: u32,
    inode: u16,
    kind: Kind,
    flags: u8,
}

/// The budget that a million rows are held to.
const _: () = assert!(size_of::<Row>() <= 64);

/// No time that a service tells.
const NEVER: i64 = i64::MIN;

const CAN_DELETE: u8 = 1;
const IS_PREVIEWABLE: u8 = 2;
const HAS_SIZE: u8 = 4;
const HAS_CRC64: u8 = 8;
const HAS_INODE: u8 = 16;

impl Entries {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The entry at a place, counted from 0.
    pub fn get(&self, at: usize) -> Option<EntryRef<'_>> {
        self.rows.get(at).map(|row| EntryRef(Held::Row(self, row)))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = EntryRef<'_>> {
        self.rows.iter().map(|row| EntryRef(Held::Row(self, row)))
    }

    /// The names of these entries, one behind the other, with what else is kept of them between; and
    /// where that text begins, for [`Self::entry_of_byte`].
    pub fn names(&self, range: Range<usize>) -> (&str, usize) {
        let at = |row: Option<&Row>| row.map_or(self.text.len(), |row| row.start as usize);
        let from = at(self.rows.get(range.start));
        let to = at(self.rows.get(range.end)).max(from);
        (&self.text[from..to], from)
    }

    /// The entry to which a byte of the text of all names belongs, and where what belongs to it ends.
    ///
    /// # Panics
    /// If there is no entry.
    pub fn entry_of_byte(&self, byte: usize) -> (usize, usize) {
        let begins = |row: &Row| row.start as usize;
        // Not far from where it would be if all names were of the same length: rows lie apart in
        // memory, so few of them should be looked at.
        let guess = byte * self.rows.len() / self.text.len().max(1);
        let mut low = guess.min(self.rows.len() - 1);
        let mut step = 1;
        while begins(&self.rows[low]) > byte {
            low = low.saturating_sub(step);
            step *= 2;
        }
        let (mut high, mut step) = (low + 1, 1);
        while self.rows.get(high).is_some_and(|row| begins(row) <= byte) {
            (low, high) = (high, high + step);
            step *= 2;
        }
        let near = &self.rows[low..high.min(self.rows.len())];
        let at = low + near.partition_point(|row| begins(row) <= byte) - 1;
        (at, self.rows.get(at + 1).map_or(self.text.len(), begins))
    }

    /// Puts an entry at the end.
    pub fn push<'a>(&mut self, entry: impl Into<EntryRef<'a>>) {
        let entry = entry.into();
        let start = offset(self.text.len());
        self.text.push_str(entry.name());
        // No service has inodes of such a length; one that had would be without.
        let inode = entry.inode().and_then(|inode| {
            let length = u16::try_from(inode.len()).ok()?;
            self.text.push_str(inode);
            Some(length)
        });
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let row = Row {
            size: entry.size().unwrap_or(0),
            crc64: entry.crc64().unwrap_or(0),
            e_tag: entry.e_tag().map_or(0, Stamp::number),
            modified: entry.modified().map_or(NEVER, Timestamp::as_microsecond),
            created: entry.created().map_or(NEVER, Timestamp::as_microsecond),
            start,
            name: offset(entry.name().len()),
            owner: entry.owner().map_or(0, |owner| {
                intern(&mut self.owners, owner, |owner| owner.into())
            }),
            labels: match entry.labels() {
                [] => 0,
                labels => intern(&mut self.labels, labels, |labels| labels.into()),
            },
            inode: inode.unwrap_or(0),
            kind: entry.kind(),
            flags: flag(entry.can_delete(), CAN_DELETE)
                | flag(entry.is_previewable(), IS_PREVIEWABLE)
                | flag(entry.size().is_some(), HAS_SIZE)
                | flag(entry.crc64().is_some(), HAS_CRC64)
                | flag(inode.is_some(), HAS_INODE),
        };
        self.rows.push(row);
    }

    /// Puts a run of other entries at the end: their names move as one text.
    pub fn extend(&mut self, other: &Self, range: Range<usize>) {
        let (Some(first), Some(last)) = (
            other.rows.get(range.start),
            range.end.checked_sub(1).and_then(|at| other.rows.get(at)),
        ) else {
            return;
        };
        let from = first.start;
        let to = last.start + last.name + u32::from(last.inode);
        let start = offset(self.text.len());
        // The sum must fit too, as every single one does.
        offset(self.text.len() + (to - from) as usize);
        self.text.push_str(&other.text[from as usize..to as usize]);
        let owners = translate(&mut self.owners, &other.owners);
        let labels = translate(&mut self.labels, &other.labels);
        self.rows.extend(other.rows[range].iter().map(|row| Row {
            start: row.start - from + start,
            owner: owners[row.owner as usize],
            labels: labels[row.labels as usize],
            ..*row
        }));
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.rows.reserve(rows);
    }

    /// Gives back room that nothing is in.
    pub fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.text.shrink_to_fit();
    }
}

impl<'a> FromIterator<&'a Entry> for Entries {
    fn from_iter<T: IntoIterator<Item = &'a Entry>>(entries: T) -> Self {
        let mut all = Self::default();
        entries.into_iter().for_each(|entry| all.push(entry));
        all
    }
}

/// Places in the text are counted in 32 bits: a page is no longer than 64 MiB, and a listing keeps
/// its entries in chunks.
fn offset(length: usize) -> u32 {
    u32::try_from(length).expect("less than 4 GiB of names stay together")
}

/// The number of a value, counted from 1.
fn intern<T, Q>(set: &mut Set<T>, value: &Q, own: impl FnOnce(&Q) -> T) -> u32
where
    T: std::hash::Hash + Eq,
    Q: std::hash::Hash + indexmap::Equivalent<T> + ?Sized,
{
    let index = match set.get_index_of(value) {
        Some(index) => index,
        None => set.insert_full(own(value)).0,
    };
    offset(index + 1)
}

/// For each number in `from` the number in `into`.
fn translate<T: std::hash::Hash + Eq + Clone>(into: &mut Set<T>, from: &Set<T>) -> Vec<u32> {
    let known = from
        .iter()
        .map(|value| intern(into, value, T::clone))
        .collect::<Vec<_>>();
    [vec![0], known].concat()
}

/// A look at an entry, wherever it is kept.
#[derive(Clone, Copy)]
pub struct EntryRef<'a>(Held<'a>);

#[derive(Clone, Copy)]
enum Held<'a> {
    Row(&'a Entries, &'a Row),
    Single(&'a Entry),
}

impl<'a> From<&'a Entry> for EntryRef<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self(Held::Single(entry))
    }
}

impl<'a> EntryRef<'a> {
    /// The last component of its path, unaltered; not safe for a terminal.
    pub fn name(self) -> &'a str {
        match self.0 {
            Held::Row(all, row) => &all.text[row.start as usize..][..row.name as usize],
            Held::Single(entry) => &entry.name,
        }
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        match self.0 {
            Held::Row(_, row) => row.kind,
            Held::Single(entry) => entry.kind,
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        self.kind() == Kind::Directory
    }

    /// Whether the caller may delete it.
    pub fn can_delete(self) -> bool {
        match self.0 {
            Held::Row(_, row) => row.flags & CAN_DELETE != 0,
            Held::Single(entry) => entry.can_delete,
        }
    }

    /// Whether the service has a picture of it.
    pub fn is_previewable(self) -> bool {
        match self.0 {
            Held::Row(_, row) => row.flags & IS_PREVIEWABLE != 0,
            Held::Single(entry) => entry.is_previewable,
        }
    }

    /// Bytes; none for directories.
    pub fn size(self) -> Option<u64> {
        match self.0 {
            Held::Row(_, row) => (row.flags & HAS_SIZE != 0).then_some(row.size),
            Held::Single(entry) => entry.size,
        }
    }

    /// When its content last changed, to the microsecond.
    pub fn modified(self) -> Option<Timestamp> {
        match self.0 {
            Held::Row(_, row) => time(row.modified),
            Held::Single(entry) => entry.modified,
        }
    }

    /// When it was created or uploaded, to the microsecond.
    pub fn created(self) -> Option<Timestamp> {
        match self.0 {
            Held::Row(_, row) => time(row.created),
            Held::Single(entry) => entry.created,
        }
    }

    /// Id of the user who made it, where the service says so.
    pub fn owner(self) -> Option<&'a str> {
        match self.0 {
            Held::Row(all, row) => known(&all.owners, row.owner).map(CompactString::as_str),
            Held::Single(entry) => entry.owner.as_deref(),
        }
    }

    /// Labels that users gave it.
    pub fn labels(self) -> &'a [CompactString] {
        match self.0 {
            Held::Row(all, row) => known(&all.labels, row.labels).map_or(&[], |labels| labels),
            Held::Single(entry) => &entry.labels,
        }
    }

    /// CRC-64/XZ of the content of a file.
    pub fn crc64(self) -> Option<u64> {
        match self.0 {
            Held::Row(_, row) => (row.flags & HAS_CRC64 != 0).then_some(row.crc64),
            Held::Single(entry) => entry.crc64,
        }
    }

    /// Another one as soon as the content is another; never to be compared across files.
    pub fn e_tag(self) -> Option<Stamp> {
        match self.0 {
            Held::Row(_, row) => Stamp::from_number(row.e_tag),
            Held::Single(entry) => entry.e_tag,
        }
    }

    /// What tells it from what it may be later: its content, or the directory itself, for what is in
    /// a directory changes.
    pub fn stamp(self) -> Option<Stamp> {
        if self.is_directory() {
            return self.inode().map(Stamp::of);
        }
        self.e_tag().or_else(|| self.modified().map(Stamp::of_time))
    }

    /// Stays the same when the entry is renamed or moved; only where it was asked for.
    pub fn inode(self) -> Option<&'a str> {
        match self.0 {
            Held::Row(all, row) => (row.flags & HAS_INODE != 0).then(|| {
                &all.text[row.start as usize + row.name as usize..][..usize::from(row.inode)]
            }),
            Held::Single(entry) => entry.inode.as_deref(),
        }
    }

    /// A copy that stands by itself.
    pub fn to_entry(self) -> Entry {
        Entry {
            name: self.name().into(),
            kind: self.kind(),
            can_delete: self.can_delete(),
            is_previewable: self.is_previewable(),
            size: self.size(),
            modified: self.modified(),
            created: self.created(),
            owner: self.owner().map(Into::into),
            labels: self.labels().to_vec(),
            crc64: self.crc64(),
            e_tag: self.e_tag(),
            inode: self.inode().map(Into::into),
        }
    }
}

impl PartialEq for EntryRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.to_entry() == other.to_entry()
    }
}

impl std::fmt::Debug for EntryRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_entry().fmt(f)
    }
}

fn time(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}

fn known<T>(set: &Set<T>, number: u32) -> Option<&T> {
    set.get_index((number as usize).checked_sub(1)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn full(name: &str) -> Entry {
        Entry {
            can_delete: false,
            is_previewable: true,
            size: Some(0),
            modified: Some("2024-05-01T08:00:01.123Z".parse().unwrap()),
            created: Some("1969-05-01T08:00:01.123Z".parse().unwrap()),
            owner: Some("u1".into()),
            labels: vec!["旧".into(), "raw".into()],
            crc64: Some(u64::MAX),
            e_tag: Some(Stamp::of("\"a\"")),
            inode: Some("00000000000000000000000000000a02".into()),
            ..Entry::new(name, Kind::File)
        }
    }

    #[test]
    fn what_is_put_in_comes_out_unchanged() {
        let some = [
            full("测试片段_001_废弃.mov"),
            Entry::new("raw", Kind::Directory),
            Entry {
                owner: Some("u2".into()),
                inode: Some("".into()),
                ..full("b")
            },
        ];
        let entries: Entries = some.iter().collect();
        assert_eq!(entries.len(), 3);
        assert!(entries.iter().map(EntryRef::to_entry).eq(some));
    }

    #[test]
    fn a_run_of_another_page_brings_its_owners_and_labels_along() {
        let mut all: Entries = [&full("a")].into_iter().collect();
        let other = [
            full("left out"),
            Entry {
                owner: Some("u9".into()),
                labels: vec!["x".into()],
                ..full("b")
            },
            full("c"),
            Entry::new("also left out", Kind::Other),
        ];
        let page: Entries = other.iter().collect();
        all.extend(&page, 1..3);
        all.extend(&page, 4..4);
        let seen: Vec<Entry> = all.iter().map(EntryRef::to_entry).collect();
        assert_eq!(seen, [full("a"), other[1].clone(), full("c")]);
    }
}
