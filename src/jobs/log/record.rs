//! A job as its log remembers it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::domain::conflict::Strategy;
use crate::domain::job::{
    Answered, CutOff, Exchange, Job, JobChange, JobId, JobKind, JobSpec, Outcomes, Tally, TaskId,
};
use crate::texts::later;

use super::kept::{self, Booked, Places, TOGETHER};
use super::line::{Line, PlannedItems};
use super::lines::{Head, Lines, strange};
use super::planned::Gathering;
use super::summary::is_held;

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
    /// What became of its items, as far as that is booked.
    pub outcomes: Outcomes,
    /// The requests that were answered.
    pub exchanges: Vec<Exchange>,
    /// Which of them told of which item.
    pub answered: Answered,
    /// The requests with items that are not booked.
    pub unanswered: Vec<Unanswered>,
    /// When it came to its end, and how; none if it was cut off or is still at work.
    pub ended: Option<(Timestamp, String)>,
    /// Whether a program is at work on it now.
    pub is_held: bool,
    /// The number of the last request.
    pub last_request: u64,
    /// The sums over `outcomes`.
    pub tally: Tally,
    /// Bytes of the log, when it was read.
    pub(super) length: u64,
    pub(super) file: PathBuf,
    /// Where the outcomes of a large job stand.
    pub(super) booked: Option<Arc<Booked>>,
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
    /// Reads a log. A last line that was cut off counts as not written. The items of a job with more
    /// than `in_memory` of them stay where they are.
    pub(in crate::jobs) fn read(path: &Path, in_memory: usize) -> io::Result<Self> {
        let mut lines = Lines::open(path)?;
        let Head {
            id,
            kind,
            library,
            space,
            items,
            at,
        } = Head::read(&mut lines)?;
        let mut reading = Reading::new(path, kind, items, items > in_memory)?;
        while let Some(place) = lines.step()? {
            if !reading.passes_over(place, &lines.text)?
                && let Some(line) = Line::read(&lines.text)
            {
                reading.take(place, line)?;
            }
        }
        // Cut off while its items were written down: nothing of it was sent.
        if reading.planned.len() < items && reading.open.is_empty() {
            reading.planned = Planning::Memory(Box::new(Gathering::new(kind)));
            reading.outcomes = Outcomes::default();
        } else if reading.planned.len() < items {
            return Err(strange(later!(
                "the log of this job does not hold all of its items"
            )));
        }
        let spec = reading.planned.finish(path, kind)?;
        let outcomes = reading.outcomes;
        Ok(Self {
            id,
            library,
            space,
            at,
            unanswered: unanswered(reading.open, &outcomes),
            outcomes,
            spec,
            exchanges: reading.exchanges,
            answered: reading.told,
            ended: reading.ended,
            tally: reading.tally,
            length: lines.length,
            is_held: is_held(path)?,
            last_request: reading.last_request,
            file: path.to_owned(),
            booked: reading.booked,
        })
    }

    /// Whether it came to its end.
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// The job as far as its log goes; one that was cut off waits to be taken up again.
    pub fn job(&self) -> Job {
        let job = Job::new(self.id, self.spec.clone());
        let (outcomes, exchanges) = (self.outcomes.clone(), self.exchanges.clone());
        let answered = self.answered.clone();
        let mut job = job.with_booked(outcomes, self.tally, exchanges, answered);
        job.apply(self.at, JobChange::Started);
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
        self.tally.settled()
    }
}

/// The items of a job while its log is read.
enum Planning {
    Memory(Box<Gathering>),
    /// They stay where they are.
    Log {
        places: Places,
        count: usize,
        strategy: Option<Strategy>,
    },
}

impl Planning {
    fn len(&self) -> usize {
        match self {
            Self::Memory(items) => items.len(),
            Self::Log { count, .. } => *count,
        }
    }

    fn finish(self, path: &Path, kind: JobKind) -> io::Result<JobSpec> {
        match self {
            Self::Memory(items) => Ok(items.finish()),
            Self::Log {
                places,
                count,
                strategy,
            } => kept::spec(path, kind, strategy, places, count),
        }
    }
}

/// What has been read of a log so far.
struct Reading {
    planned: Planning,
    exchanges: Vec<Exchange>,
    /// Which of them told of which item.
    told: Answered,
    outcomes: Outcomes,
    booked: Option<Arc<Booked>>,
    /// Outcomes that were read one after another, if the last line was one.
    together: usize,
    tally: Tally,
    /// Requests, without those whose items are all booked.
    open: BTreeMap<u64, Unanswered>,
    answered: Vec<u64>,
    last_request: u64,
    ended: Option<(Timestamp, String)>,
}

impl Reading {
    fn new(path: &Path, kind: JobKind, items: usize, is_large: bool) -> io::Result<Self> {
        let booked = is_large.then(|| Booked::new(path, items)).transpose()?;
        let booked = booked.map(Arc::new);
        let mut outcomes = Outcomes::new(items);
        if let Some(booked) = &booked {
            outcomes = outcomes.kept_in(booked.clone());
        }
        Ok(Self {
            planned: if is_large {
                Planning::Log {
                    places: Vec::new(),
                    count: 0,
                    strategy: None,
                }
            } else {
                Planning::Memory(Box::new(Gathering::new(kind)))
            },
            exchanges: Vec::new(),
            told: Answered::default(),
            outcomes,
            booked,
            together: 0,
            tally: Tally::default(),
            open: BTreeMap::new(),
            answered: Vec::new(),
            last_request: 0,
            ended: None,
        })
    }

    /// Notes where a line with items stands, if they are to stay there.
    fn passes_over(&mut self, place: u64, text: &[u8]) -> io::Result<bool> {
        let Planning::Log {
            places,
            count,
            strategy,
        } = &mut self.planned
        else {
            return Ok(false);
        };
        let Some((first, more)) = Line::count(text) else {
            return Ok(false);
        };
        if first != *count {
            return Err(strange(later!("its lines are not in order")));
        }
        if first == 0 {
            let line: PlannedItems = serde_json::from_slice(text)?;
            *strategy = line.items.first().and_then(Gathering::strategy);
        }
        places.push((first, place));
        *count += more;
        Ok(true)
    }

    /// Where the outcome of an item stands, if it is to stay there.
    fn note(&mut self, place: u64, index: usize) {
        if let Some(booked) = &self.booked {
            if self.together.is_multiple_of(TOGETHER) {
                booked.begin(place);
            }
            booked.add(index);
        }
        self.together += 1;
    }

    fn take(&mut self, place: u64, line: Line) -> io::Result<()> {
        if !matches!(line, Line::Item(_)) {
            self.together = 0;
        }
        match line {
            Line::Items { first, items } if first == self.planned.len() => {
                let Planning::Memory(planned) = &mut self.planned else {
                    return Err(strange(later!("its items cannot be read")));
                };
                for item in items {
                    let pushed = planned.push(item);
                    pushed.ok_or_else(|| strange(later!("its items cannot be read")))?;
                }
            }
            Line::Request { number, at, items } => {
                self.forget_booked();
                self.last_request = self.last_request.max(number);
                let request = Unanswered {
                    number,
                    sent: at,
                    task: None,
                    items: items.into_iter().map(|item| item.index).collect(),
                };
                self.open.insert(number, request);
            }
            Line::NotDone { number } => drop(self.open.remove(&number)),
            Line::Task { number, task } => {
                if let Some(request) = self.open.get_mut(&number) {
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
                self.answered.push(number);
                let open = self.open.get_mut(&number);
                self.exchanges.push(Exchange {
                    items,
                    status,
                    request_id: request,
                    task: open.and_then(|open| open.task.take()),
                    took_ms,
                });
            }
            Line::Item(item) => {
                self.note(place, item.index);
                let (index, size) = (item.index, item.size);
                // What was found by looking follows the lines of the answer before it.
                let last = (self.exchanges.last()).filter(|last| last.request_id.is_some());
                let is_of_last = last.is_some_and(|last| last.request_id == item.request);
                if let Some(outcome) = item.outcome()
                    && index < self.outcomes.len()
                    && self.outcomes.kind(index).is_none()
                {
                    self.tally.add(&outcome, size);
                    self.outcomes.set(index, outcome);
                    if is_of_last {
                        self.told.add(index, self.exchanges.len() - 1);
                    }
                }
            }
            Line::End { at, how, .. } => self.ended = Some((at, how)),
            Line::Resumed { .. } => self.ended = None,
            Line::Items { .. } | Line::Job { .. } => {
                return Err(strange(later!("its lines are not in order")));
            }
        }
        Ok(())
    }

    /// Answered requests whose items are all booked need not be kept in mind.
    fn forget_booked(&mut self) {
        for number in self.answered.drain(..) {
            let is_booked = |index: &usize| !is_open(&self.outcomes, *index);
            let request = self.open.get(&number);
            if request.is_some_and(|request| request.items.iter().all(is_booked)) {
                self.open.remove(&number);
            }
        }
    }
}

/// Whether there is such an item, and it is not booked.
fn is_open(outcomes: &Outcomes, index: usize) -> bool {
    index < outcomes.len() && outcomes.kind(index).is_none()
}

fn unanswered(open: BTreeMap<u64, Unanswered>, outcomes: &Outcomes) -> Vec<Unanswered> {
    // An item that was sent again is open in its last request.
    let mut last: FxHashMap<usize, u64> = FxHashMap::default();
    for request in open.values() {
        for item in &request.items {
            last.insert(*item, request.number);
        }
    }
    let left = open.into_values().map(|mut request| {
        let number = request.number;
        request
            .items
            .retain(|item| is_open(outcomes, *item) && last.get(item) == Some(&number));
        request
    });
    left.filter(|request| !request.items.is_empty()).collect()
}
