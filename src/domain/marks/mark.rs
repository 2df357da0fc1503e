//! One mark: what it is of, what made it, what became of it; and sums of them.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::entries::EntryRef;
use crate::domain::entry::{Kind, Stamp};
use crate::domain::failure::Failure;
use crate::domain::format::bytes;
use crate::domain::job::JobId;

/// What became of a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The next command acts on it.
    Chosen,
    /// A job works on it; it cannot be unmarked.
    Handed(JobId),
    /// A job failed over it; the next command acts on it again.
    Refused(Failure),
}

impl Fate {
    /// Whether the next command acts on the mark.
    pub fn is_chosen(&self) -> bool {
        match self {
            Self::Chosen | Self::Refused(_) => true,
            Self::Handed(_) => false,
        }
    }
}

/// What made a mark.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Somebody pointed at it.
    Hand,
    /// A rule, as it was written.
    Rule(Arc<str>),
}

/// A marked entry, as it was when it was marked.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// What it is.
    pub kind: Kind,
    /// Bytes, where known.
    pub size: Option<u64>,
    /// When its content last changed, where known.
    pub modified: Option<Timestamp>,
    /// What tells it from what it may be by now.
    pub stamp: Option<Stamp>,
    /// Whether the caller may delete it.
    pub can_delete: bool,
    /// What became of it.
    pub fate: &'a Fate,
    /// What made it; the first one, if several would have.
    pub origin: &'a Origin,
}

impl<'a> Mark<'a> {
    pub(super) fn of(entry: EntryRef<'_>, fate: &'a Fate, origin: &'a Origin) -> Self {
        Self {
            kind: entry.kind(),
            size: entry.size(),
            modified: entry.modified(),
            stamp: entry.stamp(),
            can_delete: entry.can_delete(),
            fate,
            origin,
        }
    }

    /// Whether the next command acts on it.
    pub fn is_chosen(&self) -> bool {
        self.fate.is_chosen()
    }

    /// What it adds to the marks to act on.
    pub(super) fn totals(&self) -> Totals {
        let is_chosen = usize::from(self.is_chosen());
        Totals {
            count: is_chosen,
            directories: is_chosen * usize::from(self.kind == Kind::Directory),
            bytes: is_chosen as u64 * self.size.unwrap_or(0),
        }
    }
}

/// Number and bytes of the marks that the next command acts on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many.
    pub count: usize,
    /// Of those, directories: their bytes are not among the bytes.
    pub directories: usize,
    /// Bytes, where known.
    pub bytes: u64,
}

impl Totals {
    /// The bytes for people: `1.2 GB`, `~1.2 GB` where directories come on top of it, and nothing
    /// where only directories are there.
    pub fn size(&self) -> String {
        match (self.directories, self.bytes) {
            (0, known) => bytes(known),
            (_, 0) => String::new(),
            (_, known) => format!("~{}", bytes(known)),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.directories += other.directories;
        self.bytes += other.bytes;
    }

    pub(super) fn subtract(&mut self, other: Self) {
        self.count -= other.count;
        self.directories -= other.directories;
        self.bytes -= other.bytes;
    }
}
