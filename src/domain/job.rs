//! Jobs: what the worker is told to do, the facts it tells, and their fold.
//!
//! A job is ours; a task is the service's. The panel on the screen and the headless commands fold
//! the same facts with [`Job::apply`].

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;

use super::bin::RecycledId;
use super::failure::Failure;
use super::path::RemotePath;

mod again;
mod answered;
mod facts;
pub mod items;
mod outcomes;
mod past;
mod spec;
mod speed;
mod tally;
mod touched;

pub use answered::Answered;
pub use facts::{Arrived, JobChange, JobEvent, Kept};
pub use items::Items;
pub use outcomes::{Book, OutcomeKind, Outcomes};
pub use past::{NoWayBack, PastJob, WayBack};
pub use spec::{JobKind, JobSpec, Recycled, Relocation, Seen, Target, Transfer};
pub use speed::Speed;
pub use tally::Tally;

/// The number of a job, counted from 1 in each state directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The number of a task that the service works on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskId(pub CompactString);

/// What became of one item, told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the recycle bin under this id.
    Recycled(RecycledId),
    /// It is gone and cannot be put back.
    Deleted,
    /// It is back; the path may differ from the former one, and is none where the service did not
    /// say.
    Restored(Option<RemotePath>),
    /// It was moved, copied, sent or made, and is at this path, which may differ from the one asked
    /// for.
    Placed(RemotePath),
    /// It was fetched, or made on this machine, and is there under this path, which may differ from
    /// the one asked for.
    Fetched(Arc<str>),
    /// It was at the other end already, just as it is here.
    There,
    /// It was not there any more.
    AlreadyGone,
    /// The service refused it, or failed over it; it is where it was.
    Failed(Arc<Failure>),
    /// Nobody can say what became of it.
    Unknown(Arc<Failure>),
    /// It is no longer what was chosen, so no request for it was sent.
    Changed,
    /// No request for it was sent.
    NotSent,
}

impl Outcome {
    /// The status of the item in the answer that told of it: that of a failure, else 200, which is the
    /// one that the service gives to an item that is done (part A 7).
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Failed(failure) | Self::Unknown(failure) => failure.status,
            Self::Recycled(_) | Self::Deleted | Self::Restored(_) | Self::Placed(_) => Some(200),
            Self::Fetched(_) | Self::There | Self::AlreadyGone | Self::Changed | Self::NotSent => {
                None
            }
        }
    }
}

/// How a job ended, which is what a command would end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All items are done.
    Done,
    /// Some failed, nobody knows of them, or they were not sent.
    SomeFailed,
    /// It broke down.
    BrokeOff,
}

/// One request of a job and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// How many items it carried.
    pub items: usize,
    /// The HTTP status, of the task if there was one; none if no answer came.
    pub status: Option<u16>,
    /// Names the request in the service's logs.
    pub request_id: Option<String>,
    /// The task that did the work, if the service made one.
    pub task: Option<TaskId>,
    /// From the sending of the request to the last answer about it, in milliseconds.
    pub took_ms: u64,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waits for its turn.
    Queued,
    /// Works.
    Running(Activity),
    /// Over, perhaps with failures.
    Finished,
    /// Over, because the user stopped it.
    Cancelled,
    /// Over, because it broke down.
    Aborted(Failure),
}

/// What a running job is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Writes its items into its log, and has come so far.
    Noting(usize),
    /// Prepares or has sent a request.
    Sending,
    /// Asks about a task.
    Asking(TaskId),
    /// Waits because the service asked for it.
    Throttled(Timestamp),
    /// Waits because the service cannot be reached.
    Unreachable(Timestamp),
    /// Looks at what is there after an unclear answer.
    Checking,
}

/// A job: the fold of its facts.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What was asked.
    pub spec: JobSpec,
    /// Where it stands.
    pub phase: Phase,
    /// Whether the user has stopped it.
    pub cancelling: bool,
    /// Whether the user has halted it for a while.
    pub paused: bool,
    /// Items in the next request, and requests on the way at the same time, once that is told.
    pub pace: Option<(usize, usize)>,
    /// Bytes that have been carried, for jobs that carry files.
    pub carried: u64,
    /// What became of each item.
    pub outcomes: Outcomes,
    /// The requests that were answered, in order.
    pub exchanges: Vec<Exchange>,
    /// Which of them told of which item.
    pub answered: Answered,
    /// The sums over `outcomes`.
    pub tally: Tally,
    /// When its turn came.
    pub started: Option<Timestamp>,
    /// When the last outcome arrived.
    pub progressed: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    course: speed::Course,
    touched: touched::Touched,
}

/// A job whose program ended before it was over.
#[derive(Clone, Debug)]
pub struct CutOff {
    /// The job as far as it is booked.
    pub job: Job,
    /// When it began.
    pub at: Timestamp,
    /// Items that were on the way.
    pub unknown: usize,
}

impl CutOff {
    /// Whether its items were not all written down yet: then nothing of it was sent, and its log does
    /// not hold what to go on with.
    pub fn is_unwritten(&self) -> bool {
        self.job.spec.is_empty()
    }
}

impl Job {
    /// A job that waits for its turn.
    pub fn new(id: JobId, spec: JobSpec) -> Self {
        let outcomes = Outcomes::new(spec.len());
        Self {
            id,
            spec,
            phase: Phase::Queued,
            cancelling: false,
            paused: false,
            pace: None,
            carried: 0,
            outcomes,
            exchanges: Vec::new(),
            answered: Answered::default(),
            tally: Tally::default(),
            started: None,
            progressed: None,
            ended: None,
            course: speed::Course::default(),
            touched: touched::Touched::default(),
        }
    }

    /// The same job as far as its log tells: what became of items, the sums over that, and the
    /// requests that were answered.
    #[must_use]
    pub fn with_booked(
        mut self,
        outcomes: Outcomes,
        tally: Tally,
        exchanges: Vec<Exchange>,
        answered: Answered,
    ) -> Self {
        (self.outcomes, self.tally) = (outcomes, tally);
        (self.exchanges, self.answered) = (exchanges, answered);
        self
    }

    /// How it ended; as far as it has come, where it is not over.
    pub fn ending(&self) -> Ending {
        match self.phase {
            Phase::Aborted(_) => Ending::BrokeOff,
            _ if self.has_trouble() || self.tally.not_sent > 0 => Ending::SomeFailed,
            _ => Ending::Done,
        }
    }

    /// Takes in a fact: the only way a job changes. Deaf after its last word.
    pub fn apply(&mut self, at: Timestamp, change: JobChange) {
        if self.is_over() {
            return;
        }
        match change {
            JobChange::Started => {
                self.phase = Phase::Running(Activity::Sending);
                self.started = Some(at);
                self.course.begin(at, self.tally.settled());
            }
            JobChange::Noted { items } => {
                let is_all = items >= self.spec.len();
                self.phase = Phase::Running(if is_all {
                    Activity::Sending
                } else {
                    Activity::Noting(items)
                });
            }
            JobChange::Kept(Kept { spec, book }) => {
                self.spec = spec;
                self.outcomes = std::mem::take(&mut self.outcomes).kept_in(book);
            }
            JobChange::Sent { .. } => self.phase = Phase::Running(Activity::Sending),
            JobChange::Waiting { task } => self.phase = Phase::Running(Activity::Asking(task)),
            JobChange::Throttled { until } => {
                self.phase = Phase::Running(Activity::Throttled(until));
            }
            JobChange::Unreachable { until } => {
                self.phase = Phase::Running(Activity::Unreachable(until));
            }
            JobChange::Paced { batch, at_once } => self.pace = Some((batch, at_once)),
            JobChange::Ahead { .. } | JobChange::Arrived { .. } => {}
            JobChange::Carried { bytes } => self.carried = bytes,
            JobChange::Paused => self.paused = true,
            JobChange::GoesOn => self.paused = false,
            JobChange::Checking => self.phase = Phase::Running(Activity::Checking),
            JobChange::Settled { exchange, outcomes } => {
                self.progressed = Some(at);
                let number = exchange.is_some().then_some(self.exchanges.len());
                self.exchanges.extend(exchange);
                for (index, outcome) in outcomes {
                    if self.settle(index, outcome)
                        && let Some(number) = number
                    {
                        self.answered.add(index, number);
                    }
                }
                self.course.go_on(at, self.tally.settled());
            }
            JobChange::Cancelling => self.cancelling = true,
            JobChange::Finished => {
                self.close(at);
                self.phase = if self.cancelling && self.tally.not_sent > 0 {
                    Phase::Cancelled
                } else {
                    Phase::Finished
                };
            }
            JobChange::Aborted(failure) => {
                self.close(at);
                self.phase = Phase::Aborted(failure);
            }
        }
    }

    fn close(&mut self, at: Timestamp) {
        self.ended = Some(at);
        for index in 0..self.outcomes.len() {
            self.settle(index, Outcome::NotSent);
        }
    }

    /// The first outcome of an item stands; says whether it was this one.
    fn settle(&mut self, index: usize, outcome: Outcome) -> bool {
        if index >= self.outcomes.len() || self.outcomes.kind(index).is_some() {
            return false;
        }
        let size = outcome.has_size().then(|| self.spec.size(index)).flatten();
        self.tally.add(&outcome, size);
        self.touch(index, &outcome);
        self.outcomes.set(index, outcome)
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        match self.phase {
            Phase::Finished | Phase::Cancelled | Phase::Aborted(_) => true,
            Phase::Queued | Phase::Running(_) => false,
        }
    }

    /// Whether something is left that a person should look at. What a delete finds gone is as it
    /// should be; what is to be put back, moved or copied should be there.
    pub fn has_trouble(&self) -> bool {
        let missed = match self.spec.kind() {
            JobKind::Restore | JobKind::Move | JobKind::Copy => self.tally.gone,
            JobKind::Recycle
            | JobKind::DeleteForever
            | JobKind::Purge
            | JobKind::EmptyBin
            | JobKind::Download
            | JobKind::Upload
            | JobKind::MakeFolders => 0,
        };
        self.tally.failed + self.tally.unknown + self.tally.changed + missed > 0
    }

    /// Whether it works now.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
