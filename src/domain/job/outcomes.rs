//! What became of the items of a job, four bytes for each: a job may have a million of them.
//!
//! What more is told of an item, such as its id in the bin, is kept beside that, or in a [`Book`] on
//! the disk where the job is a large one.

use std::fmt;
use std::sync::Arc;

use super::Outcome;
use crate::domain::failure::Failure;

/// So many bits say what became of an item; the others number what more is told of it.
const KIND_BITS: u32 = 4;
/// Failures that are compared before one is kept anew.
const ALIKE: usize = 8;
/// What is told of the item stands in the book.
const IN_BOOK: u32 = 0;

/// What became of an item, without what more is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutcomeKind {
    /// [`Outcome::Recycled`].
    Recycled,
    /// [`Outcome::Deleted`].
    Deleted,
    /// [`Outcome::Restored`].
    Restored,
    /// [`Outcome::Placed`].
    Placed,
    /// [`Outcome::Fetched`].
    Fetched,
    /// [`Outcome::There`].
    There,
    /// [`Outcome::AlreadyGone`].
    AlreadyGone,
    /// [`Outcome::Failed`].
    Failed,
    /// [`Outcome::Unknown`].
    Unknown,
    /// [`Outcome::Changed`].
    Changed,
    /// [`Outcome::NotSent`].
    NotSent,
}

/// By their numbers, from 1 on.
const KINDS: [OutcomeKind; 11] = [
    OutcomeKind::Recycled,
    OutcomeKind::Deleted,
    OutcomeKind::Restored,
    OutcomeKind::Placed,
    OutcomeKind::Fetched,
    OutcomeKind::There,
    OutcomeKind::AlreadyGone,
    OutcomeKind::Failed,
    OutcomeKind::Unknown,
    OutcomeKind::Changed,
    OutcomeKind::NotSent,
];

impl Outcome {
    /// What it is.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Recycled(_) => OutcomeKind::Recycled,
            Self::Deleted => OutcomeKind::Deleted,
            Self::Restored(_) => OutcomeKind::Restored,
            Self::Placed(_) => OutcomeKind::Placed,
            Self::Fetched(_) => OutcomeKind::Fetched,
            Self::There => OutcomeKind::There,
            Self::AlreadyGone => OutcomeKind::AlreadyGone,
            Self::Failed(_) => OutcomeKind::Failed,
            Self::Unknown(_) => OutcomeKind::Unknown,
            Self::Changed => OutcomeKind::Changed,
            Self::NotSent => OutcomeKind::NotSent,
        }
    }
}

/// Where outcomes stand that are not kept in memory.
pub trait Book: Send + Sync {
    /// Whether the outcome of this item stands there.
    fn has(&self, index: usize) -> bool;
    /// The outcome of this item, if it stands there.
    fn read(&self, index: usize) -> Option<Outcome>;
}

/// What became of each item of a job; none while that is open.
#[derive(Clone, Default)]
pub struct Outcomes {
    words: Vec<u32>,
    failures: Vec<Arc<Failure>>,
    /// What more is told of items, where it is not in the book.
    told: Vec<Outcome>,
    book: Option<Arc<dyn Book>>,
}

impl Outcomes {
    /// So many items, all of them open.
    pub fn new(count: usize) -> Self {
        Self {
            words: vec![0; count],
            ..Self::default()
        }
    }

    /// The same items; what is told of them from now on is looked up in this book, if it is there.
    #[must_use]
    pub fn kept_in(mut self, book: Arc<dyn Book>) -> Self {
        self.book = Some(book);
        self
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Sets what became of an item, if that is open. The first outcome of an item stands.
    ///
    /// Returns whether it does.
    pub fn set(&mut self, index: usize, outcome: Outcome) -> bool {
        if self.words.get(index) != Some(&0) {
            return false;
        }
        let kind = outcome.kind();
        let number = match outcome {
            Outcome::Failed(failure) | Outcome::Unknown(failure) => self.number(failure),
            Outcome::Deleted
            | Outcome::Restored(None)
            | Outcome::There
            | Outcome::AlreadyGone
            | Outcome::Changed
            | Outcome::NotSent => IN_BOOK,
            _ if self.book.as_ref().is_some_and(|book| book.has(index)) => IN_BOOK,
            told => {
                self.told.push(told);
                small(self.told.len())
            }
        };
        let place = KINDS.iter().position(|other| *other == kind);
        self.words[index] = number << KIND_BITS | small(place.map_or(0, |place| place + 1));
        true
    }

    /// Items that failed alike share what is known of it: a refusal may be that of a million items.
    fn number(&mut self, failure: Arc<Failure>) -> u32 {
        let latest = self.failures.iter().rev().take(ALIKE);
        let place = latest.clone().position(|other| *other == failure);
        if let Some(back) = place {
            return small(self.failures.len() - 1 - back);
        }
        self.failures.push(failure);
        small(self.failures.len() - 1)
    }

    /// What became of an item, without what more is told of it. Cheap.
    pub fn kind(&self, index: usize) -> Option<OutcomeKind> {
        kind_of(*self.words.get(index)?)
    }

    /// The same of all items, in order.
    pub fn kinds(
        &self,
    ) -> impl DoubleEndedIterator<Item = Option<OutcomeKind>> + ExactSizeIterator {
        self.words.iter().map(|word| kind_of(*word))
    }

    /// Why an item failed, or nobody can say what became of it. Cheap.
    pub fn failure(&self, index: usize) -> Option<&Arc<Failure>> {
        let word = *self.words.get(index)?;
        match kind_of(word)? {
            OutcomeKind::Failed | OutcomeKind::Unknown => {
                self.failures.get((word >> KIND_BITS) as usize)
            }
            _ => None,
        }
    }

    /// What became of an item; read from the disk where it is kept there.
    pub fn get(&self, index: usize) -> Option<Outcome> {
        let word = *self.words.get(index)?;
        let number = word >> KIND_BITS;
        let failure = || self.failures.get(number as usize).map(Arc::clone);
        let plain = match kind_of(word)? {
            OutcomeKind::Failed => return failure().map(Outcome::Failed),
            OutcomeKind::Unknown => return failure().map(Outcome::Unknown),
            OutcomeKind::Deleted => Outcome::Deleted,
            OutcomeKind::There => Outcome::There,
            OutcomeKind::AlreadyGone => Outcome::AlreadyGone,
            OutcomeKind::Changed => Outcome::Changed,
            OutcomeKind::NotSent => Outcome::NotSent,
            OutcomeKind::Restored if number == IN_BOOK => {
                let told = self.book.as_ref().and_then(|book| book.read(index));
                told.unwrap_or(Outcome::Restored(None))
            }
            _ if number == IN_BOOK => return self.book.as_ref()?.read(index),
            _ => return self.told.get(number as usize - 1).cloned(),
        };
        Some(plain)
    }

    /// The same of all items, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Option<Outcome>> + ExactSizeIterator {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// More than a job can have items is not to be had.
fn small(number: usize) -> u32 {
    u32::try_from(number)
        .ok()
        .filter(|number| *number < 1 << (u32::BITS - KIND_BITS))
        .expect("a job has fewer items than that")
}

fn kind_of(word: u32) -> Option<OutcomeKind> {
    let place = (word & ((1 << KIND_BITS) - 1)).checked_sub(1)?;
    KINDS.get(place as usize).copied()
}

impl PartialEq for Outcomes {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Outcomes {}

impl PartialEq<[Option<Outcome>]> for Outcomes {
    fn eq(&self, other: &[Option<Outcome>]) -> bool {
        self.iter().eq(other.iter().cloned())
    }
}

impl<const N: usize> PartialEq<[Option<Outcome>; N]> for Outcomes {
    fn eq(&self, other: &[Option<Outcome>; N]) -> bool {
        *self == other[..]
    }
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
