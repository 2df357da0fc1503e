//! Sorting and filtering a long listing, a piece at a time, so that keys are answered in between. All
//! processors work on a piece.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::store::Store;
use crate::domain::filter::Filter;
use crate::domain::order::{Key, Order};

/// Entries that are looked at in one piece: a few milliseconds of work.
pub const PIECE: u32 = 1 << 14;

/// Fewer of them are not worth another processor.
const SHARE: usize = 1 << 10;

/// Entries in an order, with what they are compared by.
type Run = Vec<(Key, u32)>;

/// Entries on their way into an order: pieces are sorted, then merged two by two.
#[derive(Clone, Debug)]
pub struct Sorting {
    order: Order,
    /// Entries before this one are in a run.
    next: u32,
    /// Entries before this one are sorted; their names have so many bytes in common.
    end: u32,
    alike: usize,
    runs: VecDeque<Run>,
    merging: Option<Merging>,
}

#[derive(Clone, Debug)]
struct Merging {
    one: std::vec::IntoIter<(Key, u32)>,
    other: std::vec::IntoIter<(Key, u32)>,
    merged: Run,
}

impl Sorting {
    /// Begins with all entries unsorted.
    pub fn new(order: Order, entries: &Store) -> Self {
        Self {
            order,
            next: 0,
            end: entries.len(),
            alike: entries.alike(),
            runs: VecDeque::new(),
            merging: None,
        }
    }

    /// The order that is worked towards.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Works on one piece. Once all is done, gives the entries before the returned number in their
    /// order; entries that have arrived meanwhile are from there on.
    pub fn work(&mut self, entries: &Store) -> Option<(Vec<u32>, u32)> {
        let order = self.order;
        let compare = |(key, one): &(Key, u32), (other_key, other): &(Key, u32)| {
            key.compare(*other_key, order)
                .then_with(|| order.compare(entries.get(*one), entries.get(*other)))
        };
        let to = self.end.min(self.next.saturating_add(PIECE));
        if self.next < to {
            let alike = self.alike;
            let keyed = |entry| (Key::of(order, entries.get(entry), alike), entry);
            let numbers = (self.next..to).into_par_iter().with_min_len(SHARE);
            let mut run: Run = numbers.map(keyed).collect();
            run.par_sort_unstable_by(compare);
            self.runs.push_back(run);
            self.next = to;
            return None;
        }
        if self.merging.is_none() {
            let one = self.runs.pop_front().unwrap_or_default();
            let Some(other) = self.runs.pop_front() else {
                let sorted = one.into_iter().map(|(_, entry)| entry);
                return Some((sorted.collect(), self.next));
            };
            self.merging = Some(Merging {
                merged: Vec::with_capacity(one.len() + other.len()),
                one: one.into_iter(),
                other: other.into_iter(),
            });
        }
        let Some(Merging { one, other, merged }) = &mut self.merging else {
            return None;
        };
        for _ in 0..PIECE {
            let next = match (one.as_slice().first(), other.as_slice().first()) {
                (Some(left), Some(right)) if compare(right, left).is_lt() => other.next(),
                (Some(_), _) => one.next(),
                (None, _) => other.next(),
            };
            let Some(next) = next else {
                self.runs.push_back(std::mem::take(merged));
                self.merging = None;
                break;
            };
            merged.push(next);
        }
        None
    }
}

/// Entries on their way through a filter, in the order in which they arrived.
#[derive(Clone, Debug)]
pub struct Sifting {
    filter: Filter,
    /// For each entry that was looked at, whether it stays.
    stays: Vec<bool>,
    /// Entries before this one were.
    next: u32,
}

impl Sifting {
    /// Begins with no entry looked at.
    pub fn new(filter: Filter) -> Self {
        Self {
            filter,
            stays: Vec::new(),
            next: 0,
        }
    }

    /// The filter that is worked with.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Works on one piece. True once every entry was looked at.
    pub fn work(&mut self, entries: &Store) -> bool {
        let to = entries.len().min(self.next.saturating_add(PIECE));
        let parts: Vec<_> = entries.parts(self.next..to).collect();
        let stay = |(part, range)| self.filter.stay(part, range);
        let stays: Vec<Vec<bool>> = parts.into_par_iter().map(stay).collect();
        for part in stays {
            self.stays.extend_from_slice(&part);
        }
        self.next = to;
        to == entries.len()
    }

    /// The filter, and for each entry whether it stays.
    pub fn end(self) -> (Filter, Vec<bool>) {
        (self.filter, self.stays)
    }
}
