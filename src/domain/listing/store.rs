//! Where a listing keeps its entries: in chunks, so that a copy of a million is a copy of a few
//! hundred pointers, and work beside the screen thread can hold on to what is there.

use std::ops::Range;
use std::sync::Arc;

use crate::domain::entries::{Entries, EntryRef};

/// Entries of a full chunk.
const CHUNK: usize = 1 << SHIFT;
const SHIFT: u32 = 12;

/// All entries of a listing by number, counted from 0. A number never means another entry.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// All but the last are full.
    chunks: Vec<Arc<Entries>>,
    length: u32,
    /// Bytes in which all names begin alike.
    alike: usize,
}

impl Store {
    /// Puts a page at the end.
    pub fn append(&mut self, page: &Entries) {
        let known = (self.length > 0).then(|| self.get(0).name()[..self.alike].to_owned());
        let first = known.as_deref().or(page.get(0).map(EntryRef::name));
        if let Some(first) = first {
            let names = page.iter().map(EntryRef::name);
            self.alike = names.fold(first.len(), |alike, name| in_common(&first[..alike], name));
        }
        let mut from = 0;
        while from < page.len() {
            let place = self.length as usize % CHUNK;
            if place == 0 {
                self.chunks.push(Arc::default());
            }
            let Some(chunk) = self.chunks.last_mut().map(Arc::make_mut) else {
                return;
            };
            let to = page.len().min(from + CHUNK - place);
            chunk.extend(page, from..to);
            if chunk.len() == CHUNK {
                chunk.shrink();
            }
            self.length = u32::try_from(to - from)
                .ok()
                .and_then(|more| self.length.checked_add(more))
                .expect("fewer than 2^32 entries fit into memory");
            from = to;
        }
    }

    /// How many entries, from the first on, are the very same in both.
    pub fn shared(&self, other: &Self) -> u32 {
        let chunks = self.chunks.iter().zip(&other.chunks);
        let same = chunks.take_while(|(one, other)| Arc::ptr_eq(one, other));
        let entries: usize = same.map(|(chunk, _)| chunk.len()).sum();
        u32::try_from(entries).unwrap_or(u32::MAX)
    }

    /// Bytes in which all names begin alike.
    pub fn alike(&self) -> usize {
        self.alike
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.length
    }

    /// The entries of a range of numbers, chunk by chunk, and their places there.
    pub fn parts(&self, range: Range<u32>) -> impl Iterator<Item = (&Entries, Range<usize>)> {
        let (from, to) = (range.start as usize, range.end as usize);
        (from / CHUNK..to.div_ceil(CHUNK)).map(move |number| {
            let chunk = &self.chunks[number];
            let before = number * CHUNK;
            let first = from.saturating_sub(before);
            (&**chunk, first..chunk.len().min(to - before))
        })
    }

    /// The entry of a number that was given out.
    pub fn get(&self, number: u32) -> EntryRef<'_> {
        self.chunks[(number >> SHIFT) as usize]
            .get(number as usize % CHUNK)
            .expect("chunks before the last are full")
    }
}

/// Bytes of whole characters in which two names begin alike.
fn in_common(one: &str, other: &str) -> usize {
    if other.starts_with(one) {
        return one.len();
    }
    let alike = one.bytes().zip(other.bytes());
    let bytes = alike.take_while(|(one, other)| one == other).count();
    (0..=bytes)
        .rev()
        .find(|at| one.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::{Entry, Kind};

    #[test]
    fn pages_of_any_length_are_found_again_by_number() {
        let mut store = Store::default();
        let mut next = 0;
        let mut held = None;
        for length in [0, 200, 1000, 1000, 1000, 1000, 9000, 1] {
            let mut page = Entries::default();
            for number in next..next + length {
                page.push(&Entry::new(format!("name {number}"), Kind::File));
            }
            next += length;
            store.append(&page);
            held.get_or_insert_with(|| store.clone());
        }
        assert_eq!((store.len(), store.alike()), (13_201, "name ".len()));
        for number in [0, 199, 200, 4095, 4096, 8191, 8192, 13_200] {
            assert_eq!(store.get(number).name(), format!("name {number}"));
        }
        assert_eq!(held.unwrap().len(), 0, "a copy stays as it was");

        let mut copy = store.clone();
        assert_eq!(store.shared(&copy), 13_201);
        copy.append(&[Entry::new("one more", Kind::File)].iter().collect());
        assert_eq!(
            store.shared(&copy),
            12_288,
            "the chunk that changed is another"
        );
        assert_eq!(store.shared(&Store::default()), 0);
        assert_eq!((store.alike(), copy.alike()), (5, 0));
    }

    #[test]
    fn names_begin_alike_in_whole_characters() {
        for (one, other, bytes) in [
            ("点1", "点2", 3),
            ("点", "炼", 0),
            ("a", "a", 1),
            ("a", "", 0),
        ] {
            assert_eq!(in_common(one, other), bytes, "{one} {other}");
        }
    }
}
