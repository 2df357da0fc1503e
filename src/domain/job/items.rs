//! Lists of items, packed: a job may have a million of them.
//!
//! An item is a row of bytes and is put together when it is asked for. The directories of paths are
//! kept once each. The items of a large job are not in memory at all, but for a few pieces of them:
//! then they are had from what [`Keep`]s them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::domain::path::RemotePath;

/// So many rows lie together: a list grows by blocks, and never moves what it has.
const BLOCK: usize = 1024;

/// Something that can be kept in [`Items`].
pub trait Item: Sized {
    /// Writes its parts.
    fn pack(&self, row: &mut Packer<'_>);
    /// Reads them, in the same order.
    fn unpack(row: &mut Row<'_>) -> Self;
}

/// A list that does not change. Cheap to clone.
pub struct Items<T> {
    place: Place<T>,
}

enum Place<T> {
    Memory(Arc<Shelf>),
    Elsewhere(Arc<dyn Keep<T>>),
}

/// What keeps items elsewhere than in memory.
pub trait Keep<T>: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;
    /// The piece of them, in memory, that holds the one at `index`, and the number of its first.
    ///
    /// # Panics
    /// If there is no such item, or it can no longer be read.
    fn piece(&self, index: usize) -> (usize, Items<T>);
}

#[derive(Default)]
struct Shelf {
    directories: Vec<Box<str>>,
    blocks: Vec<Block>,
    count: usize,
}

#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    /// Where each row begins.
    starts: Vec<u32>,
}

impl<T: Item> Items<T> {
    /// Items that are kept elsewhere.
    pub fn kept(keep: Arc<dyn Keep<T>>) -> Self {
        Self {
            place: Place::Elsewhere(keep),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.place {
            Place::Memory(rows) => rows.count,
            Place::Elsewhere(keep) => keep.count(),
        }
    }

    /// Whether they are kept elsewhere than in memory, so that going through them takes its time.
    pub fn are_elsewhere(&self) -> bool {
        matches!(self.place, Place::Elsewhere(_))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`.
    ///
    /// # Panics
    /// If there is no such item.
    pub fn at(&self, index: usize) -> T {
        match &self.place {
            Place::Memory(rows) => rows.at(index),
            Place::Elsewhere(keep) => {
                let (first, piece) = keep.piece(index);
                piece.at(index - first)
            }
        }
    }

    /// The item at `index`; none if there is no such item.
    pub fn get(&self, index: usize) -> Option<T> {
        (index < self.len()).then(|| self.at(index))
    }

    /// The first one, if there are any.
    pub fn first(&self) -> Option<T> {
        self.get(0)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> + ExactSizeIterator + '_ {
        (0..self.len()).map(|index| self.at(index))
    }

    /// Those with these numbers.
    #[must_use]
    pub fn pick(&self, indices: &[usize]) -> Self {
        indices.iter().map(|&index| self.at(index)).collect()
    }
}

impl Shelf {
    fn at<T: Item>(&self, index: usize) -> T {
        let block = &self.blocks[index / BLOCK];
        let start = block.starts[index % BLOCK] as usize;
        T::unpack(&mut Row {
            shelf: self,
            rest: &block.bytes[start..],
        })
    }
}

impl<T> Clone for Items<T> {
    fn clone(&self) -> Self {
        let place = match &self.place {
            Place::Memory(rows) => Place::Memory(Arc::clone(rows)),
            Place::Elsewhere(keep) => Place::Elsewhere(Arc::clone(keep)),
        };
        Self { place }
    }
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self {
            place: Place::Memory(Arc::default()),
        }
    }
}

impl<T: Item + PartialEq> PartialEq for Items<T> {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (&self.place, &other.place) {
            (Place::Memory(rows), Place::Memory(other)) => Arc::ptr_eq(rows, other),
            (Place::Elsewhere(keep), Place::Elsewhere(other)) => Arc::ptr_eq(keep, other),
            _ => false,
        };
        is_same || self.iter().eq(other.iter())
    }
}

impl<T: Item + Eq> Eq for Items<T> {}

impl<T: Item + fmt::Debug> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Item> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut builder = Builder::default();
        for item in items {
            builder.push(&item);
        }
        builder.finish()
    }
}

impl<T: Item> From<Vec<T>> for Items<T> {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

/// A list that grows.
pub struct Builder<T> {
    shelf: Shelf,
    numbers: FxHashMap<Box<str>, usize>,
    last: usize,
    kind: PhantomData<fn() -> T>,
}

impl<T> Default for Builder<T> {
    fn default() -> Self {
        Self {
            shelf: Shelf::default(),
            numbers: FxHashMap::default(),
            last: usize::MAX,
            kind: PhantomData,
        }
    }
}

impl<T: Item> Builder<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.shelf.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: &T) {
        if self.shelf.count.is_multiple_of(BLOCK) {
            let before = self.shelf.blocks.last_mut();
            let length = before.map_or(0, |before| {
                before.bytes.shrink_to_fit();
                before.bytes.len()
            });
            self.shelf.blocks.push(Block {
                bytes: Vec::with_capacity(length),
                starts: Vec::with_capacity(if length > 0 { BLOCK } else { 0 }),
            });
        }
        let Some(block) = self.shelf.blocks.last_mut() else {
            return;
        };
        // A row is as long as its names, so a block is far from its four bytes.
        let start = u32::try_from(block.bytes.len()).expect("a block of items is short");
        block.starts.push(start);
        item.pack(&mut Packer {
            bytes: &mut block.bytes,
            directories: &mut self.shelf.directories,
            numbers: &mut self.numbers,
            last: &mut self.last,
        });
        self.shelf.count += 1;
    }

    /// The list, as it is to stay.
    pub fn finish(mut self) -> Items<T> {
        if let Some(last) = self.shelf.blocks.last_mut() {
            last.bytes.shrink_to_fit();
            last.starts.shrink_to_fit();
        }
        Items {
            place: Place::Memory(Arc::new(self.shelf)),
        }
    }
}

/// Where an item writes its parts.
pub struct Packer<'a> {
    bytes: &'a mut Vec<u8>,
    directories: &'a mut Vec<Box<str>>,
    numbers: &'a mut FxHashMap<Box<str>, usize>,
    /// The number of the last directory: neighbours tend to have the same.
    last: &'a mut usize,
}

impl Packer<'_> {
    /// Writes a path; the root is one without a name.
    pub fn path(&mut self, path: &RemotePath) {
        let number = self.directory(path.directory());
        self.number_of(number as u64);
        self.text(path.name());
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) {
        self.number_of(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Writes a text that may be missing.
    pub fn maybe_text(&mut self, text: Option<&str>) {
        self.byte(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// Writes a number that may be missing.
    pub fn maybe(&mut self, number: Option<u64>) {
        self.byte(u8::from(number.is_some()));
        if let Some(number) = number {
            self.number_of(number);
        }
    }

    /// Writes a time that may be missing.
    pub fn maybe_time(&mut self, time: Option<Timestamp>) {
        self.byte(u8::from(time.is_some()));
        if let Some(time) = time {
            let nanoseconds = time.as_nanosecond().to_le_bytes();
            self.bytes.extend_from_slice(&nanoseconds);
        }
    }

    /// Writes a number of which every one is as likely as any other.
    pub fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// Writes a byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Seven bits in a byte, the lowest first; the eighth says that more follow.
    fn number_of(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.byte(number.to_le_bytes()[0]);
    }

    fn directory(&mut self, directory: &str) -> usize {
        let directories = &mut *self.directories;
        if directories.get(*self.last).map(AsRef::as_ref) == Some(directory) {
            return *self.last;
        }
        let known = self.numbers.get(directory).copied();
        *self.last = known.unwrap_or_else(|| {
            self.numbers.insert(directory.into(), directories.len());
            directories.push(directory.into());
            directories.len() - 1
        });
        *self.last
    }
}

/// Where an item reads its parts.
pub struct Row<'a> {
    shelf: &'a Shelf,
    rest: &'a [u8],
}

impl<'a> Row<'a> {
    /// Reads a path.
    pub fn path(&mut self) -> RemotePath {
        let number = self.length();
        RemotePath::of_parts(&self.shelf.directories[number], self.text())
    }

    /// Reads a text.
    pub fn text(&mut self) -> &'a str {
        let length = self.length();
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        std::str::from_utf8(text).expect("it was written as text")
    }

    /// Reads a text that may be missing.
    pub fn maybe_text(&mut self) -> Option<CompactString> {
        (self.byte() == 1).then(|| self.text().into())
    }

    /// Reads a number that may be missing.
    pub fn maybe(&mut self) -> Option<u64> {
        (self.byte() == 1).then(|| self.number_of())
    }

    /// Reads a time that may be missing.
    pub fn maybe_time(&mut self) -> Option<Timestamp> {
        if self.byte() == 0 {
            return None;
        }
        let (time, rest) = self.rest.split_first_chunk::<16>()?;
        self.rest = rest;
        Timestamp::from_nanosecond(i128::from_le_bytes(*time)).ok()
    }

    /// Reads a number that was written as one of which every other is as likely.
    pub fn number(&mut self) -> u64 {
        let Some((number, rest)) = self.rest.split_first_chunk::<8>() else {
            return 0;
        };
        self.rest = rest;
        u64::from_le_bytes(*number)
    }

    /// Reads a byte.
    pub fn byte(&mut self) -> u8 {
        let (byte, rest) = self.rest.split_first().expect("it was written");
        self.rest = rest;
        *byte
    }

    fn number_of(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    fn length(&mut self) -> usize {
        usize::try_from(self.number_of()).expect("it was a length")
    }
}
