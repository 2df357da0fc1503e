//! Facts that the worker tells of a job.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Book, Exchange, JobId, JobSpec, Outcome, TaskId};
use crate::domain::failure::Failure;

/// A fact about a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEvent {
    /// Which job.
    pub id: JobId,
    /// When, by the clock handed to the worker.
    pub at: Timestamp,
    /// What happened.
    pub change: JobChange,
}

/// What happened to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobChange {
    /// Its turn has come.
    Started,
    /// So many of its items stand in its log. None is sent before all do.
    Noted {
        /// Items.
        items: usize,
    },
    /// It is a large one: its items are on the disk and need no longer be in memory.
    Kept(Kept),
    /// A request with so many items has left.
    Sent {
        /// Items in it.
        items: usize,
    },
    /// The service works on it and has to be asked.
    Waiting {
        /// Its task.
        task: TaskId,
    },
    /// The service asks for patience; the request goes out again later.
    Throttled {
        /// When, by the worker's clock.
        until: Timestamp,
    },
    /// The service cannot be reached; the job goes on by itself once it can.
    Unreachable {
        /// When the next try is, by the worker's clock.
        until: Timestamp,
    },
    /// How much is sent at once has changed.
    Paced {
        /// Items in the next request.
        batch: usize,
        /// Requests on the way at the same time.
        at_once: usize,
    },
    /// Its turn comes before that of this other one, which was before it.
    Ahead {
        /// Which one.
        of: JobId,
    },
    /// The user has halted it: nothing more is sent until it goes on.
    Paused,
    /// It goes on after a halt.
    GoesOn,
    /// So many bytes have been carried; those that had to go again count again.
    Carried {
        /// Since it began, or was taken up again.
        bytes: u64,
    },
    /// A file is whole at the other end, and its sum is the same at both.
    Arrived {
        /// Its item.
        index: usize,
        /// What was carried.
        arrived: Arrived,
    },
    /// No clear answer came: the worker looks at what is there before it goes on.
    Checking,
    /// An answer was taken in.
    Settled {
        /// The request; none when the outcomes came from looking.
        exchange: Option<Exchange>,
        /// Item numbers and what became of them.
        outcomes: Vec<(usize, Outcome)>,
    },
    /// The user has stopped it: nothing more is sent, answers still due are awaited.
    Cancelling,
    /// It is over; items without an outcome were not sent.
    Finished,
    /// It broke down; items without an outcome were not sent.
    Aborted(Failure),
}

/// What was carried of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its bytes.
    pub size: u64,
    /// Those of them that were at the other end from another time.
    pub kept: u64,
    /// CRC-64/XZ of its content.
    pub crc64: u64,
}

/// What a large job is read from.
#[derive(Clone)]
pub struct Kept {
    /// The same job, with its items on the disk.
    pub spec: JobSpec,
    /// Where its outcomes will stand.
    pub book: Arc<dyn Book>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.book, &other.book)
    }
}

impl Eq for Kept {}
