//! Jobs as their logs remember them, and what of them can still be undone.

use jiff::Timestamp;

use super::{JobId, JobKind, Tally};
use crate::texts::tr;

/// A job of a library, of this session or an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastJob {
    /// Its number; two programs at work at the same time may have given the same.
    pub id: JobId,
    /// When it began: with the number, what names it.
    pub at: Timestamp,
    /// What it did.
    pub kind: JobKind,
    /// How many items it has.
    pub items: usize,
    /// How many of them came to which end.
    pub tally: Tally,
    /// When it was over; none if it was cut off or is still at work.
    pub ended: Option<Timestamp>,
    /// What undoing it would do, or why it cannot be undone.
    pub undo: Result<WayBack, NoWayBack>,
}

/// What undoing a job would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// What the job that undoes it does.
    pub kind: JobKind,
    /// How many items are left that it would do that to.
    pub items: usize,
    /// Their bytes, as far as they are known.
    pub bytes: u64,
    /// Whole days until the bin drops the first of them; none where it never does, or it was not
    /// asked.
    pub days_left: Option<u32>,
    /// Whether the bin was seen to hold all of them. If not, some may have left it in another way
    /// than by jobs of this machine.
    pub is_seen: bool,
}

/// Why a job cannot be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWayBack {
    /// It is not over.
    AtWork,
    /// It was cut off: what became of all of its items is not known yet.
    CutOff,
    /// What it did is for ever.
    Final,
    /// It has done nothing.
    NothingDone,
    /// It was undone, or what it had done was taken away by something else.
    NothingLeft,
    /// Its log cannot be read.
    Unreadable,
}

impl NoWayBack {
    /// The reason, to follow "Job 7".
    pub fn reason(self) -> &'static str {
        match self {
            Self::AtWork => tr!("is not over yet"),
            Self::CutOff => tr!("was cut off; go on with it or drop it first"),
            Self::Final => tr!("cannot be undone"),
            Self::NothingDone => tr!("has done nothing that could be undone"),
            Self::NothingLeft => tr!("has nothing left to undo"),
            Self::Unreadable => tr!("has a log that cannot be read"),
        }
    }
}
