//! Jobs: what the worker is told to do, the facts it tells, and their fold.
//!
//! A job is ours; a task is the service's. The panel on the screen and the headless commands fold
//! the same facts with [`Job::apply`].

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;

use super::bin::RecycledId;
use super::conflict::Strategy;
use super::entry::Kind;
use super::failure::Failure;
use super::path::RemotePath;

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

/// An entry to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub path: RemotePath,
    /// What it is, as far as is known.
    pub kind: Kind,
    /// Bytes, where known.
    pub size: Option<u64>,
}

/// An item of the recycle bin to be put back or deleted for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recycled {
    /// Which one.
    pub id: RecycledId,
    /// Where it was.
    pub path: RemotePath,
    /// Bytes, where known.
    pub size: Option<u64>,
}

/// An entry that is to be at another place, or there as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Where it is.
    pub from: RemotePath,
    /// Its complete new path.
    pub to: RemotePath,
    /// What to do if that is taken. The service refuses to overwrite directories.
    pub strategy: Strategy,
    /// Bytes, where known.
    pub size: Option<u64>,
}

/// What one user action asks of the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobSpec {
    /// Move entries to the recycle bin.
    Recycle(Arc<[Target]>),
    /// Delete entries without the recycle bin.
    DeleteForever(Arc<[Target]>),
    /// Put items of the recycle bin back, and what to do about names that are taken by now.
    Restore(Arc<[Recycled]>, Strategy),
    /// Delete items of the recycle bin for good.
    Purge(Arc<[Recycled]>),
    /// Delete all that is in the recycle bin for good; counts as one item.
    EmptyBin,
    /// Move or rename entries.
    Move(Arc<[Relocation]>),
    /// Copy entries, directories with all that is in them.
    Copy(Arc<[Relocation]>),
}

/// What a job does, without its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Move entries to the recycle bin.
    Recycle,
    /// Delete entries without the recycle bin.
    DeleteForever,
    /// Put items of the recycle bin back.
    Restore,
    /// Delete items of the recycle bin for good.
    Purge,
    /// Delete all that is in the recycle bin for good.
    EmptyBin,
    /// Move or rename entries.
    Move,
    /// Copy entries.
    Copy,
}

impl JobSpec {
    /// What it does.
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Recycle(_) => JobKind::Recycle,
            Self::DeleteForever(_) => JobKind::DeleteForever,
            Self::Restore(..) => JobKind::Restore,
            Self::Purge(_) => JobKind::Purge,
            Self::EmptyBin => JobKind::EmptyBin,
            Self::Move(_) => JobKind::Move,
            Self::Copy(_) => JobKind::Copy,
        }
    }

    /// How many items it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Recycle(targets) | Self::DeleteForever(targets) => targets.len(),
            Self::Restore(items, _) | Self::Purge(items) => items.len(),
            Self::EmptyBin => 1,
            Self::Move(items) | Self::Copy(items) => items.len(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The path of the item at `index`, now or formerly; the root stands for the whole bin.
    pub fn path(&self, index: usize) -> RemotePath {
        match self {
            Self::Recycle(targets) | Self::DeleteForever(targets) => targets[index].path.clone(),
            Self::Restore(items, _) | Self::Purge(items) => items[index].path.clone(),
            Self::EmptyBin => RemotePath::root(),
            Self::Move(items) | Self::Copy(items) => items[index].from.clone(),
        }
    }

    /// Bytes of the item at `index`, where known.
    pub fn size(&self, index: usize) -> Option<u64> {
        match self {
            Self::Recycle(targets) | Self::DeleteForever(targets) => targets[index].size,
            Self::Restore(items, _) | Self::Purge(items) => items[index].size,
            Self::EmptyBin => None,
            Self::Move(items) | Self::Copy(items) => items[index].size,
        }
    }
}

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
    /// It was moved or copied, and is at this path, which may differ from the one asked for.
    Placed(RemotePath),
    /// It was not there any more.
    AlreadyGone,
    /// The service refused it, or failed over it; it is where it was.
    Failed(Failure),
    /// Nobody can say what became of it.
    Unknown(Failure),
    /// No request for it was sent.
    NotSent,
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
    /// The user has halted it: nothing more is sent until it goes on.
    Paused,
    /// It goes on after a halt.
    GoesOn,
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

/// How many items came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Recycled, deleted, restored, moved or copied.
    pub done: usize,
    /// Of those, bytes where known.
    pub done_bytes: u64,
    /// Of those, in the bin with a known id.
    pub recycled: usize,
    /// Were not there any more.
    pub gone: usize,
    /// Refused.
    pub failed: usize,
    /// Of those, may be sent again.
    pub retryable: usize,
    /// Nobody can say.
    pub unknown: usize,
    /// Never sent.
    pub not_sent: usize,
}

impl Tally {
    /// Items with an outcome.
    pub fn settled(&self) -> usize {
        self.done + self.gone + self.failed + self.unknown + self.not_sent
    }
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
    /// What became of each item; none while open.
    pub outcomes: Vec<Option<Outcome>>,
    /// The requests that were answered, in order.
    pub exchanges: Vec<Exchange>,
    /// The sums over `outcomes`.
    pub tally: Tally,
    /// When its turn came.
    pub started: Option<Timestamp>,
    /// When the last outcome arrived.
    pub progressed: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
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

impl Job {
    /// A job that waits for its turn.
    pub fn new(id: JobId, spec: JobSpec) -> Self {
        let outcomes = vec![None; spec.len()];
        Self {
            id,
            spec,
            phase: Phase::Queued,
            cancelling: false,
            paused: false,
            pace: None,
            outcomes,
            exchanges: Vec::new(),
            tally: Tally::default(),
            started: None,
            progressed: None,
            ended: None,
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
            JobChange::Paused => self.paused = true,
            JobChange::GoesOn => self.paused = false,
            JobChange::Checking => self.phase = Phase::Running(Activity::Checking),
            JobChange::Settled { exchange, outcomes } => {
                self.progressed = Some(at);
                self.exchanges.extend(exchange);
                for (index, outcome) in outcomes {
                    self.settle(index, outcome);
                }
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

    /// The first outcome of an item stands.
    fn settle(&mut self, index: usize, outcome: Outcome) {
        let Some(slot @ None) = self.outcomes.get_mut(index) else {
            return;
        };
        let bytes = self.spec.size(index).unwrap_or(0);
        let tally = &mut self.tally;
        match &outcome {
            Outcome::Recycled(_) => {
                tally.done += 1;
                tally.recycled += 1;
                tally.done_bytes += bytes;
            }
            Outcome::Deleted | Outcome::Restored(_) | Outcome::Placed(_) => {
                tally.done += 1;
                tally.done_bytes += bytes;
            }
            Outcome::AlreadyGone => tally.gone += 1,
            Outcome::Failed(failure) => {
                tally.failed += 1;
                tally.retryable += usize::from(failure.can_retry());
            }
            Outcome::Unknown(_) => tally.unknown += 1,
            Outcome::NotSent => tally.not_sent += 1,
        }
        *slot = Some(outcome);
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
            JobKind::Recycle | JobKind::DeleteForever | JobKind::Purge | JobKind::EmptyBin => 0,
        };
        self.tally.failed + self.tally.unknown + missed > 0
    }

    /// Whether it works now.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// The items that this job moved to the bin: what undoing it would put back.
    pub fn recycled(&self) -> Vec<Recycled> {
        self.outcomes
            .iter()
            .enumerate()
            .filter_map(|(index, outcome)| match outcome {
                Some(Outcome::Recycled(id)) => Some(Recycled {
                    id: id.clone(),
                    path: self.spec.path(index),
                    size: self.spec.size(index),
                }),
                _ => None,
            })
            .collect()
    }

    /// The items that failed and may be sent again, and those that were never sent, as a job of the
    /// same kind; none if there are none. Unknown items are not among them: somebody has to look
    /// before those are sent again. Nor is emptying the bin: by now it holds other things.
    pub fn retry(&self) -> Option<JobSpec> {
        let again: Vec<usize> = self
            .outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| match outcome {
                Some(Outcome::Failed(failure)) => failure.can_retry(),
                Some(Outcome::NotSent) => true,
                _ => false,
            })
            .map(|(index, _)| index)
            .collect();
        if again.is_empty() {
            return None;
        }
        Some(match &self.spec {
            JobSpec::Recycle(targets) => JobSpec::Recycle(pick(targets, &again)),
            JobSpec::DeleteForever(targets) => JobSpec::DeleteForever(pick(targets, &again)),
            JobSpec::Restore(items, strategy) => JobSpec::Restore(pick(items, &again), *strategy),
            JobSpec::Purge(items) => JobSpec::Purge(pick(items, &again)),
            JobSpec::EmptyBin => return None,
            JobSpec::Move(items) => JobSpec::Move(pick(items, &again)),
            JobSpec::Copy(items) => JobSpec::Copy(pick(items, &again)),
        })
    }

    /// The job that undoes what this one has done; none if there is nothing, or no way back. What was
    /// recycled is put back, what was put back or copied is recycled, and what was moved is moved
    /// back, unless its old name is taken by now.
    pub fn undo(&self) -> Option<JobSpec> {
        let outcomes = self.outcomes.iter().enumerate();
        let placed = |(index, outcome): (usize, &Option<Outcome>)| match outcome {
            Some(Outcome::Placed(path) | Outcome::Restored(Some(path))) => {
                Some((index, path.clone()))
            }
            _ => None,
        };
        let spec = match &self.spec {
            JobSpec::Recycle(_) => JobSpec::Restore(self.recycled().into(), Strategy::Rename),
            JobSpec::Restore(..) | JobSpec::Copy(_) => {
                let target = |(index, path)| Target {
                    path,
                    kind: Kind::Other,
                    size: self.spec.size(index),
                };
                JobSpec::Recycle(outcomes.filter_map(placed).map(target).collect())
            }
            // In reverse: the last to move may be in the way of those before.
            JobSpec::Move(items) => {
                let back = |(index, path): (usize, RemotePath)| Relocation {
                    from: path,
                    to: items[index].from.clone(),
                    strategy: Strategy::Ask,
                    size: items[index].size,
                };
                JobSpec::Move(outcomes.rev().filter_map(placed).map(back).collect())
            }
            JobSpec::DeleteForever(_) | JobSpec::Purge(_) | JobSpec::EmptyBin => return None,
        };
        (!spec.is_empty()).then_some(spec)
    }
}

fn pick<T: Clone>(items: &[T], indices: &[usize]) -> Arc<[T]> {
    indices.iter().map(|&index| items[index].clone()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
