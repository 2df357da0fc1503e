//! A job as its log remembers it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::domain::bin::RecycledId;
use crate::domain::conflict::Strategy;
use crate::domain::job::{
    CutOff, Exchange, Job, JobChange, JobId, JobKind, JobSpec, Outcome, Recycled, Relocation,
    Target, TaskId,
};
use crate::domain::path::RemotePath;

use super::line::{Line, Planned, kind_of};

/// Enough for the last line of a log that has come to its end.
const TAIL: u64 = 4096;

/// What a log tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The number of the job; other programs may have given the same.
    pub id: JobId,
    /// The library it worked in.
    pub library: String,
    /// The space in it.
    pub space: String,
    /// When it began.
    pub at: Timestamp,
    /// What it was to do, with all of its items.
    pub spec: JobSpec,
    /// What became of its items; none while that is not booked.
    pub outcomes: Vec<Option<Outcome>>,
    /// The requests that were answered.
    pub exchanges: Vec<Exchange>,
    /// The requests with items that are not booked.
    pub unanswered: Vec<Unanswered>,
    /// When it came to its end, and how; none if it was cut off or is still at work.
    pub ended: Option<(Timestamp, String)>,
    /// Whether a program is at work on it now.
    pub is_held: bool,
    /// The number of the last request.
    pub last_request: u64,
    pub(super) file: PathBuf,
}

/// A request that left, or was about to, and has items of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Its number in the job.
    pub number: u64,
    /// When it was sent.
    pub sent: Timestamp,
    /// The task that the service works on; none if no answer came, or the last one has come and
    /// says nothing about these items.
    pub task: Option<TaskId>,
    /// Their numbers in the job.
    pub items: Vec<usize>,
}

impl Record {
    /// Reads a log. A last line that was cut off counts as not written.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read(path)?;
        let mut lines = text
            .split_inclusive(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Line>(line).ok());
        let Some(Line::Job {
            job,
            kind,
            library,
            space,
            items,
            at,
        }) = lines.next()
        else {
            return Err(strange("the log of this job has no first line"));
        };
        let kind = kind_of(&kind).ok_or_else(|| strange("this version does not know its kind"))?;
        let mut planned: Vec<Planned> = Vec::new();
        let mut exchanges = Vec::new();
        let mut outcomes: Vec<Option<Outcome>> = vec![None; items];
        let mut open: BTreeMap<u64, Unanswered> = BTreeMap::new();
        let mut last_request = 0;
        let mut ended = None;
        for line in lines {
            match line {
                Line::Items { first, items } if first == planned.len() => planned.extend(items),
                Line::Request { number, at, items } => {
                    last_request = last_request.max(number);
                    let items = items.into_iter().map(|item| item.index).collect();
                    let request = Unanswered {
                        number,
                        sent: at,
                        task: None,
                        items,
                    };
                    open.insert(number, request);
                }
                Line::NotDone { number } => drop(open.remove(&number)),
                Line::Task { number, task } => {
                    if let Some(request) = open.get_mut(&number) {
                        request.task = Some(TaskId(task.into()));
                    }
                }
                Line::Answer {
                    number,
                    items,
                    status,
                    request,
                    took_ms,
                } => {
                    let open = open.get_mut(&number);
                    let task = open.and_then(|open| open.task.take());
                    exchanges.push(Exchange {
                        items,
                        status,
                        request_id: request,
                        task,
                        took_ms,
                    });
                }
                Line::Item(item) => {
                    let index = item.index;
                    if let (Some(slot @ None), Some(outcome)) =
                        (outcomes.get_mut(index), item.outcome())
                    {
                        *slot = Some(outcome);
                    }
                }
                Line::End { at, how } => ended = Some((at, how)),
                Line::Resumed { .. } => ended = None,
                Line::Items { .. } | Line::Job { .. } => {
                    return Err(strange("its lines are not in order"));
                }
            }
        }
        // Cut off while its items were written down: nothing of it was sent.
        if planned.len() < items && open.is_empty() {
            planned.truncate(0);
            outcomes.clear();
        }
        let spec = spec(kind, &planned).ok_or_else(|| strange("its items cannot be read"))?;
        outcomes.resize(spec.len(), None);
        Ok(Self {
            id: JobId(job),
            library,
            space,
            at,
            unanswered: unanswered(open, &outcomes),
            outcomes,
            spec,
            exchanges,
            ended,
            is_held: is_held(path)?,
            last_request,
            file: path.to_owned(),
        })
    }

    /// Whether it came to its end.
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// The job as far as its log goes; one that was cut off waits to be taken up again.
    pub fn job(&self) -> Job {
        let mut job = Job::new(self.id, self.spec.clone());
        job.apply(self.at, JobChange::Started);
        let last = self.ended.as_ref().map_or(self.at, |(at, _)| *at);
        for exchange in &self.exchanges {
            let settled = JobChange::Settled {
                exchange: Some(exchange.clone()),
                outcomes: Vec::new(),
            };
            job.apply(last, settled);
        }
        let outcomes = self.outcomes.iter().enumerate();
        let outcomes = outcomes
            .filter_map(|(index, outcome)| Some((index, outcome.clone()?)))
            .collect();
        let settled = JobChange::Settled {
            exchange: None,
            outcomes,
        };
        job.apply(last, settled);
        if let Some((at, _)) = self.ended {
            job.apply(at, JobChange::Finished);
        }
        job
    }

    /// The job as the one that it was cut off as.
    pub fn cut_off(&self) -> CutOff {
        CutOff {
            job: self.job(),
            at: self.at,
            unknown: self.unknown(),
        }
    }

    /// How many items were sent and are not booked.
    pub fn unknown(&self) -> usize {
        self.unanswered
            .iter()
            .map(|request| request.items.len())
            .sum()
    }

    /// How many items are booked.
    pub fn booked(&self) -> usize {
        self.outcomes.iter().flatten().count()
    }
}

/// Whether the last line of a log says that the job is over. Reads no more than that.
pub fn is_ended(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let tail = tail.strip_suffix(b"\n").unwrap_or(&[]);
    let last = tail.rsplit(|&byte| byte == b'\n').next().unwrap_or(&[]);
    Ok(matches!(serde_json::from_slice(last), Ok(Line::End { .. })))
}

/// Whether a program holds a log, which it does as long as it works on the job.
fn is_held(path: &Path) -> io::Result<bool> {
    match File::open(path)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(fs::TryLockError::WouldBlock) => Ok(true),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

fn unanswered(open: BTreeMap<u64, Unanswered>, outcomes: &[Option<Outcome>]) -> Vec<Unanswered> {
    // An item that was sent again is open in its last request.
    let mut last: FxHashMap<usize, u64> = FxHashMap::default();
    for request in open.values() {
        for item in &request.items {
            last.insert(*item, request.number);
        }
    }
    let left = open.into_values().map(|mut request| {
        let number = request.number;
        request.items.retain(|item| {
            let is_open = matches!(outcomes.get(*item), Some(None));
            is_open && last.get(item) == Some(&number)
        });
        request
    });
    left.filter(|request| !request.items.is_empty()).collect()
}

fn spec(kind: JobKind, planned: &[Planned]) -> Option<JobSpec> {
    let target = |item: &Planned| {
        Some(Target {
            path: RemotePath::parse(&item.path).ok()?,
            kind: item.entry_kind(),
            size: item.size,
        })
    };
    let recycled = |item: &Planned| {
        Some(Recycled {
            id: RecycledId(item.id.as_deref()?.into()),
            path: RemotePath::parse(&item.path).ok()?,
            size: item.size,
        })
    };
    let relocation = |item: &Planned| {
        Some(Relocation {
            from: RemotePath::parse(&item.path).ok()?,
            to: RemotePath::parse(item.to.as_deref()?).ok()?,
            strategy: item.strategy()?,
            size: item.size,
        })
    };
    Some(match kind {
        JobKind::Move => JobSpec::Move(planned.iter().map(relocation).collect::<Option<_>>()?),
        JobKind::Copy => JobSpec::Copy(planned.iter().map(relocation).collect::<Option<_>>()?),
        JobKind::Recycle => JobSpec::Recycle(planned.iter().map(target).collect::<Option<_>>()?),
        JobKind::DeleteForever => {
            JobSpec::DeleteForever(planned.iter().map(target).collect::<Option<_>>()?)
        }
        JobKind::Restore => {
            let strategy = planned.first().and_then(Planned::strategy);
            let items = planned.iter().map(recycled).collect::<Option<_>>()?;
            JobSpec::Restore(items, strategy.unwrap_or(Strategy::Rename))
        }
        JobKind::Purge => JobSpec::Purge(planned.iter().map(recycled).collect::<Option<_>>()?),
        JobKind::EmptyBin => JobSpec::EmptyBin,
    })
}

fn strange(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
