//! Sending the items of a job, several requests at once, and following each to its last answer.
//!
//! What an answer means for the items is for the [`Story`] of the job to say. All waiting tasks are
//! asked about in one request; items whose paths overlap are never on the way together.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::client::batch::{BatchAnswer, LARGEST, Submitted, TaskAnswer, TaskState};
use crate::client::{Client, Error};
use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Exchange, Outcome, TaskId};
use crate::domain::path::RemotePath;

use super::check::{self, Open};
use super::log::Unanswered;
use super::pace::Pace;
use super::policy::Policy;
use super::queue::Queue;
use super::report::{Report, Stop};

/// What makes one kind of job different from another.
pub trait Story {
    /// What the service says about one item.
    type Answer: Send + 'static;

    /// Items that are not to be sent after a look at what is there now, and what that makes of them.
    ///
    /// # Errors
    /// Nothing could be seen.
    fn look_first(
        &self,
        _client: &Client,
        _policy: &Policy,
        _indices: &[usize],
    ) -> impl Future<Output = Result<Vec<(usize, Outcome)>, Error>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// Sends one request about these items.
    fn send(
        &self,
        client: &Client,
        indices: &[usize],
    ) -> impl Future<Output = Result<Submitted<Self::Answer>, Error>> + Send + 'static;

    /// Asks about tasks that the service has made of requests.
    fn ask(
        &self,
        client: &Client,
        tasks: Vec<TaskId>,
    ) -> impl Future<Output = Result<Vec<TaskAnswer<Self::Answer>>, Error>> + Send + 'static;

    /// Tells the items whose answer is clear from those that have to be looked for.
    fn read(
        &self,
        indices: &[usize],
        answers: &[Self::Answer],
    ) -> (Vec<(usize, Outcome)>, Vec<Open>);

    /// Looks what became of items of a request of the time `sent`.
    ///
    /// # Errors
    /// Nothing could be seen.
    fn look(
        &self,
        client: &Client,
        policy: &Policy,
        report: &mut Report,
        open: &[Open],
        sent: Timestamp,
    ) -> impl Future<Output = Result<Vec<(usize, Outcome)>, Error>> + Send;

    /// Adds what the outcomes of items mean for others that were not sent for their own sake.
    fn with_followers(&self, outcomes: Vec<(usize, Outcome)>) -> Vec<(usize, Outcome)> {
        outcomes
    }

    /// What an item touches, if that may lie inside what another one of the job touches.
    fn places(&self, _index: usize) -> [Option<RemotePath>; 2] {
        [None, None]
    }

    /// The directory that has to be there for an item to arrive.
    fn destination(&self, _index: usize) -> Option<RemotePath> {
        None
    }
}

/// Asks about tasks whose items are each named by one path or id.
pub fn ask(
    client: &Client,
    tasks: Vec<TaskId>,
) -> impl Future<Output = Result<Vec<TaskAnswer>, Error>> + Send + 'static {
    let client = client.clone();
    async move { client.tasks(&tasks).await }
}

/// What is to be done about the items of a job.
pub struct Todo {
    /// To be sent, in this order.
    pub queue: Queue,
    /// On the way when the program ended.
    pub unanswered: Vec<Unanswered>,
    /// Whether to send again what was on the way and turns out not to be done.
    pub sends_again: bool,
    /// The most items in one request.
    pub largest: usize,
}

/// Sends the items of a job, after following what an earlier run of it has left.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    story: &impl Story,
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    todo: Todo,
) -> Result<(), Failure> {
    let last = todo.unanswered.iter().map(|request| request.number).max();
    let mut run = Run {
        story,
        client,
        policy,
        stop: report.stop(),
        report,
        pace: Pace::new(policy, todo.largest.clamp(1, LARGEST)),
        queue: todo.queue,
        held_back: Vec::new(),
        conflicts: FxHashMap::default(),
        cleared: FxHashSet::default(),
        flights: BTreeMap::new(),
        on_the_way: JoinSet::new(),
        is_asking: false,
        questions: Questions::default(),
        throttles: None,
        losses: None,
        not_before: None,
        broken: None,
        last: last.unwrap_or(0),
    };
    run.take_up(todo.unanswered, todo.sends_again).await;
    run.work_off().await
}

/// Whether a refusal of one request says that the next would be refused as well.
pub fn stops_the_job(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::SignIn
        | FailureKind::Denied
        | FailureKind::Throttled
        | FailureKind::Network
        | FailureKind::Internal => true,
        FailureKind::Conflict => failure.status == Some(403),
        FailureKind::Refused => failure.status == Some(404),
        FailureKind::Absent | FailureKind::Service => false,
    }
}

/// Whether a look that failed may be worth another try.
fn may_pass(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Network | FailureKind::Throttled | FailureKind::Service => true,
        FailureKind::SignIn
        | FailureKind::Denied
        | FailureKind::Conflict
        | FailureKind::Refused
        | FailureKind::Absent
        | FailureKind::Internal => false,
    }
}

/// What arrives while others are on the way.
enum Arrival<Answer> {
    Answer(u64, Result<Submitted<Answer>, Error>),
    Tasks(Vec<TaskId>, Result<Vec<TaskAnswer<Answer>>, Error>),
}

/// A request whose last answer is still to come.
struct Flight {
    items: Vec<usize>,
    /// What they touch.
    places: Vec<RemotePath>,
    sent: Timestamp,
    status: Option<u16>,
    request_id: Option<String>,
    task: Option<TaskId>,
}

/// The asking about tasks.
#[derive(Default)]
struct Questions {
    /// How many were asked since something last changed.
    number: u32,
    /// How many in a row were not answered.
    failures: usize,
    /// When to ask next.
    next: Option<Instant>,
    /// After a refusal that may mean any of several tasks: one at a time.
    one_by_one: bool,
}

struct Run<'a, S: Story> {
    story: &'a S,
    client: &'a Client,
    policy: &'a Policy,
    report: &'a mut Report,
    stop: watch::Receiver<Stop>,
    pace: Pace,
    queue: Queue,
    /// Items that something else was at work on, and when to try again.
    held_back: Vec<(Instant, Vec<usize>)>,
    /// How often that was so.
    conflicts: FxHashMap<usize, usize>,
    /// Items whose destination was missing and has been made.
    cleared: FxHashSet<usize>,
    flights: BTreeMap<u64, Flight>,
    on_the_way: JoinSet<Arrival<S::Answer>>,
    is_asking: bool,
    questions: Questions,
    throttles: Option<Box<dyn Iterator<Item = Duration> + Send>>,
    /// The pauses that are left while the service cannot be reached.
    losses: Option<Box<dyn Iterator<Item = Duration> + Send>>,
    not_before: Option<Instant>,
    broken: Option<Failure>,
    last: u64,
}

impl<S: Story> Run<'_, S> {
    /// What was on the way when the program ended: tasks are followed, the rest is looked for.
    async fn take_up(&mut self, left: Vec<Unanswered>, sends_again: bool) {
        for request in left {
            let flight = Flight {
                places: self.places(&request.items),
                items: request.items,
                sent: request.sent,
                status: None,
                request_id: None,
                task: request.task,
            };
            self.report.taken_up(&flight.items);
            if let Some(task) = &flight.task {
                self.report.asking(task).await;
                self.flights.insert(request.number, flight);
                continue;
            }
            let failure = Failure::new(
                FailureKind::Network,
                "the program ended before the answer came",
            );
            let shared = Arc::new(failure.clone());
            let open = flight.items.iter();
            let open: Vec<Open> = open
                .map(|&index| Open::one(index, Arc::clone(&shared)))
                .collect();
            let Some(mut seen) = self.see(&open, flight.sent).await else {
                continue;
            };
            if sends_again {
                // Seen to be where it was: the request never came to it.
                let (again, told): (Vec<_>, Vec<_>) = seen.into_iter().partition(|(_, outcome)| {
                    matches!(outcome, Outcome::Failed(told) if told.kind == failure.kind)
                });
                seen = told;
                let again: Vec<usize> = again.into_iter().map(|(index, _)| index).collect();
                self.report.forget(&again);
                self.put_back(&again);
            }
            self.settle(None, seen).await;
        }
    }

    async fn work_off(&mut self) -> Result<(), Failure> {
        loop {
            self.bring_back();
            while self.may_send() {
                let Some(chunk) = self.next_chunk() else {
                    break;
                };
                let chunk = self.look_first(chunk).await;
                if !chunk.is_empty() {
                    self.send(chunk).await?;
                }
            }
            if self.report.is_leaving() {
                self.leave_tasks().await;
            }
            if self.flights.is_empty() && !self.has_more() {
                break;
            }
            self.ask_in_time();
            let wake = self.wake();
            tokio::select! {
                biased;
                arrived = self.on_the_way.join_next(), if !self.on_the_way.is_empty() => {
                    match arrived {
                        Some(Ok(arrival)) => self.arrived(arrival).await,
                        Some(Err(broken)) => match broken.try_into_panic() {
                            Ok(panic) => std::panic::resume_unwind(panic),
                            Err(_) => return Err(Failure::new(
                                FailureKind::Internal,
                                "a request was given up",
                            )),
                        },
                        None => {}
                    }
                }
                _ = self.stop.changed() => {}
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
        let is_all = self.queue.is_empty() && self.held_back.is_empty();
        match self.broken.take() {
            Some(failure) if !is_all => Err(failure),
            _ => Ok(()),
        }
    }

    fn is_stopped(&self) -> bool {
        self.report.is_stopped() || self.broken.is_some()
    }

    /// Whether requests are to follow once those on the way are answered.
    fn has_more(&self) -> bool {
        let is_all = self.queue.is_empty() && self.held_back.is_empty();
        !is_all && !self.is_stopped()
    }

    fn may_send(&self) -> bool {
        !self.is_stopped()
            && !self.report.is_paused()
            && self.flights.len() < self.pace.at_once()
            && self.not_before.is_none_or(|time| time <= Instant::now())
    }

    /// When something has to be done that no arrival brings.
    fn wake(&self) -> Option<Instant> {
        let throttled = self.not_before.filter(|_| self.has_more());
        let throttled = throttled.filter(|time| *time > Instant::now());
        let held = self.held_back.iter().map(|(time, _)| *time).min();
        let held = held.filter(|_| !self.is_stopped() && !self.report.is_paused());
        let ask = self.questions.next.filter(|_| !self.is_asking);
        [throttled, held, ask].into_iter().flatten().min()
    }

    fn bring_back(&mut self) {
        let now = Instant::now();
        let mut later = Vec::new();
        for (time, items) in std::mem::take(&mut self.held_back) {
            if time <= now {
                self.queue.extend(items);
            } else {
                later.push((time, items));
            }
        }
        self.held_back = later;
    }

    /// The next items whose paths overlap neither with each other nor with those on the way; none if
    /// they have to wait. So of items that touch the same place, those before are done first.
    fn next_chunk(&mut self) -> Option<Vec<usize>> {
        let size = self.pace.size().min(self.queue.len());
        let flights = self.flights.values();
        let busy = flights.flat_map(|flight| &flight.places).cloned();
        let mut busy: FxHashSet<RemotePath> = busy.collect();
        let mut above: FxHashSet<RemotePath> =
            busy.iter().flat_map(RemotePath::ancestors).collect();
        let is_free = |index: &usize| {
            let places = self.story.places(*index);
            let is_free = places.iter().flatten().all(|path| {
                !busy.contains(path)
                    && !above.contains(path)
                    && !path.ancestors().any(|above| busy.contains(&above))
            });
            for path in places.into_iter().flatten().filter(|_| is_free) {
                above.extend(path.ancestors());
                busy.insert(path);
            }
            is_free
        };
        let length = self.queue.iter().take(size).take_while(is_free).count();
        (length > 0).then(|| self.queue.take(length))
    }

    /// Those of the items that are to be sent, if they are to be looked at first; none for now if
    /// nothing could be seen.
    async fn look_first(&mut self, mut items: Vec<usize>) -> Vec<usize> {
        if !self.policy.check_first {
            return items;
        }
        self.report.checking().await;
        let looked = self.story.look_first(self.client, self.policy, &items);
        let spared = match looked.await {
            Ok(spared) => spared,
            Err(error) => {
                self.put_back(&items);
                let failure = Failure::from(&error);
                match self.next_loss().filter(|_| may_pass(&failure)) {
                    Some(pause) => {
                        self.not_before = Some(Instant::now() + pause);
                        self.report.unreachable(pause).await;
                    }
                    None => self.broken = Some(failure),
                }
                return Vec::new();
            }
        };
        self.losses = None;
        if !spared.is_empty() {
            let known: FxHashSet<usize> = spared.iter().map(|(index, _)| *index).collect();
            items.retain(|index| !known.contains(index));
            self.settle(None, spared).await;
        }
        items
    }

    fn places(&self, items: &[usize]) -> Vec<RemotePath> {
        let places = items.iter().flat_map(|&index| self.story.places(index));
        places.flatten().collect()
    }

    async fn send(&mut self, items: Vec<usize>) -> Result<(), Failure> {
        self.last = self.report.next_request(self.last);
        let number = self.last;
        if let Err(failure) = self.report.sending(number, &items).await {
            // Those on the way are awaited all the same.
            self.queue.extend(items);
            self.broken = Some(failure);
            return Ok(());
        }
        let request = self.story.send(self.client, &items);
        self.flights.insert(
            number,
            Flight {
                places: self.places(&items),
                items,
                sent: self.report.now(),
                status: None,
                request_id: None,
                task: None,
            },
        );
        self.on_the_way
            .spawn(async move { Arrival::Answer(number, request.await) });
        Ok(())
    }

    async fn arrived(&mut self, arrival: Arrival<S::Answer>) {
        match arrival {
            Arrival::Answer(number, Ok(submitted)) => self.answered(number, submitted).await,
            Arrival::Answer(number, Err(error)) => self.failed(number, error).await,
            Arrival::Tasks(asked, answer) => {
                self.is_asking = false;
                self.told_of_tasks(&asked, answer).await;
            }
        }
    }

    async fn answered(&mut self, number: u64, submitted: Submitted<S::Answer>) {
        self.throttles = None;
        self.losses = None;
        let Some(flight) = self.flights.get_mut(&number) else {
            return;
        };
        flight.status = Some(submitted.status);
        flight.request_id = submitted.request_id;
        match submitted.answer {
            BatchAnswer::Results(answers) => self.results(number, &answers).await,
            BatchAnswer::Task(task) => {
                flight.task = Some(task.clone());
                self.report.waiting(number, &task).await;
                self.questions.number = 0;
                self.questions.next = None;
            }
        }
    }

    /// A request has its results.
    async fn results(&mut self, number: u64, answers: &[S::Answer]) {
        let Some((flight, exchange)) = self.land(number) else {
            return;
        };
        self.pace.went_well();
        let (clear, open) = self.story.read(&flight.items, answers);
        let clear = self.hold_back_conflicts(clear);
        let clear = self.clear_the_way(clear).await;
        self.settle(Some((number, exchange)), clear).await;
        self.look(open, flight.sent).await;
        self.tell_pace().await;
    }

    async fn failed(&mut self, number: u64, error: Error) {
        let failure = Failure::from(&error);
        if let Some(flight) = self.flights.get_mut(&number) {
            flight.status = failure.status;
            flight.request_id.clone_from(&failure.request_id);
        }
        if error.may_have_worked() {
            tracing::warn!(%failure, "no clear answer");
            self.unclear(number, &failure).await;
            return;
        }
        let Some((flight, exchange)) = self.land(number) else {
            return;
        };
        self.report.nothing_done(number, &flight.items).await;
        if let Error::Throttled { retry_after, .. } = error
            && self.throttled(retry_after).await
        {
            self.put_back(&flight.items);
            return;
        }
        if failure.kind == FailureKind::Network
            && let Some(pause) = self.next_loss()
        {
            self.not_before = Some(Instant::now() + pause);
            self.report.unreachable(pause).await;
            self.put_back(&flight.items);
            return;
        }
        let items = flight.items.len();
        if failure.status == Some(413) && items > 1 {
            self.pace.was_too_much(items);
            self.put_back(&flight.items);
            self.tell_pace().await;
            return;
        }
        let refused = flight.items.iter();
        let shared = Arc::new(failure.clone());
        let refused = refused.map(|&index| (index, Outcome::Failed(Arc::clone(&shared))));
        let refused = self.hold_back_conflicts(refused.collect());
        self.settle(Some((number, exchange)), refused).await;
        if stops_the_job(&failure) {
            self.broken = Some(failure);
        }
    }

    fn put_back(&mut self, items: &[usize]) {
        for &index in items.iter().rev() {
            self.queue.push_front(index);
        }
    }

    /// Waits before anything else is sent; says no if that has been so too often in a row.
    async fn throttled(&mut self, retry_after: Option<Duration>) -> bool {
        let is_waiting = self.not_before.is_some_and(|time| time > Instant::now());
        // Several that were on the way together are one throttle.
        let pause = if is_waiting && retry_after.is_none() {
            Some(Duration::ZERO)
        } else {
            let pauses = self.policy.throttle.builder().build();
            let pauses = self.throttles.get_or_insert_with(|| Box::new(pauses));
            pauses.next()
        };
        let Some(pause) = pause else { return false };
        let longest = self.policy.throttle.longest;
        let pause = retry_after.map_or(pause, |asked| asked.min(longest));
        let until = Instant::now() + pause;
        self.not_before = Some(self.not_before.map_or(until, |time| time.max(until)));
        self.pace.was_throttled();
        self.report.throttled(pause).await;
        self.tell_pace().await;
        true
    }

    /// Nobody knows what became of a request.
    async fn unclear(&mut self, number: u64, failure: &Failure) {
        let Some((flight, exchange)) = self.land(number) else {
            return;
        };
        self.pace.was_too_much(flight.items.len());
        self.settle(Some((number, exchange)), Vec::new()).await;
        let open = Open::all(&flight.items, failure);
        self.look(open, flight.sent).await;
        self.tell_pace().await;
    }

    /// Takes a request out of those on the way.
    fn land(&mut self, number: u64) -> Option<(Flight, Exchange)> {
        let flight = self.flights.remove(&number)?;
        let took = self.report.now().duration_since(flight.sent).as_millis();
        let exchange = Exchange {
            items: flight.items.len(),
            status: flight.status,
            request_id: flight.request_id.clone(),
            task: flight.task.clone(),
            took_ms: u64::try_from(took).unwrap_or(0),
        };
        Some((flight, exchange))
    }

    /// Something else is at work on these paths: they are tried again later, a few times.
    fn hold_back_conflicts(&mut self, outcomes: Vec<(usize, Outcome)>) -> Vec<(usize, Outcome)> {
        let mut held: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut rest = Vec::with_capacity(outcomes.len());
        for (index, outcome) in outcomes {
            let is_conflict = matches!(
                &outcome,
                Outcome::Failed(failure) if failure.code.as_deref() == Some("PathConflict")
            );
            let times = self.conflicts.get(&index).copied().unwrap_or(0);
            if is_conflict && times < self.policy.conflicts.tries && !self.is_stopped() {
                self.conflicts.insert(index, times + 1);
                held.entry(times).or_default().push(index);
            } else {
                rest.push((index, outcome));
            }
        }
        for (times, items) in held {
            let pause = self.policy.conflicts.builder().build().nth(times);
            let time = Instant::now() + pause.unwrap_or_default();
            self.report.forget(&items);
            self.held_back.push((time, items));
        }
        rest
    }

    /// Makes the directories that items of an answer have missed, and sends those once more.
    async fn clear_the_way(&mut self, outcomes: Vec<(usize, Outcome)>) -> Vec<(usize, Outcome)> {
        let mut made: FxHashMap<RemotePath, bool> = FxHashMap::default();
        let mut again = Vec::new();
        let mut rest = Vec::with_capacity(outcomes.len());
        for (index, outcome) in outcomes {
            let is_missing = matches!(
                &outcome,
                Outcome::Failed(failure) if failure.code.as_deref() == Some("DirectoryNotFound")
            );
            let destination = self.story.destination(index);
            if let Some(directory) = destination.filter(|_| is_missing && !self.is_stopped())
                && !self.cleared.contains(&index)
            {
                let is_made = match made.get(&directory) {
                    Some(is_made) => *is_made,
                    None => is_there(self.client, &directory).await,
                };
                made.insert(directory, is_made);
                if is_made {
                    self.cleared.insert(index);
                    again.push(index);
                    continue;
                }
            }
            rest.push((index, outcome));
        }
        self.report.forget(&again);
        self.put_back(&again);
        rest
    }

    async fn settle(&mut self, answer: Option<(u64, Exchange)>, outcomes: Vec<(usize, Outcome)>) {
        let outcomes = self.story.with_followers(outcomes);
        self.report.settled(answer, outcomes).await;
    }

    async fn look(&mut self, open: Vec<Open>, sent: Timestamp) {
        if open.is_empty() {
            return;
        }
        if let Some(seen) = self.see(&open, sent).await {
            self.settle(None, seen).await;
        }
    }

    /// Looks until something can be seen; none if that was in vain, and the items are told then.
    async fn see(&mut self, open: &[Open], sent: Timestamp) -> Option<Vec<(usize, Outcome)>> {
        loop {
            if self.report.is_leaving() {
                self.report.left(open).await;
                return None;
            }
            let looked = self
                .story
                .look(self.client, self.policy, self.report, open, sent);
            let error = match looked.await {
                Ok(seen) => {
                    self.losses = None;
                    return Some(seen);
                }
                Err(error) => error,
            };
            let failure = Failure::from(&error);
            if may_pass(&failure)
                && let Some(pause) = self.next_loss()
            {
                self.report.unreachable(pause).await;
                self.report.pause(pause, Stop::Cancel).await;
                if !self.is_stopped() || self.report.is_leaving() {
                    continue;
                }
            }
            self.settle(None, check::unknown(open, &error)).await;
            if stops_the_job(&failure) {
                self.broken = Some(failure);
            }
            return None;
        }
    }

    /// How long to wait before the service is tried again; none if that was so too often in a row.
    fn next_loss(&mut self) -> Option<Duration> {
        let pauses = self.policy.unreachable.builder().build();
        self.losses.get_or_insert_with(|| Box::new(pauses)).next()
    }

    /// The program ends: the service goes on with its tasks, and the log keeps their numbers.
    async fn leave_tasks(&mut self) {
        let waiting: Vec<u64> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.task.is_some())
            .map(|(number, _)| *number)
            .collect();
        for number in waiting {
            let Some((flight, _)) = self.land(number) else {
                continue;
            };
            let failure = Failure::new(
                FailureKind::Network,
                "the service goes on with it, and nobody has waited for the result",
            );
            self.report.left(&Open::all(&flight.items, &failure)).await;
        }
    }

    fn waiting(&self) -> impl Iterator<Item = (u64, &TaskId)> {
        let flights = self.flights.iter();
        flights.filter_map(|(number, flight)| Some((*number, flight.task.as_ref()?)))
    }

    fn ask_in_time(&mut self) {
        if self.is_asking || self.waiting().next().is_none() {
            if !self.is_asking {
                self.questions = Questions::default();
            }
            return;
        }
        let now = Instant::now();
        match self.questions.next {
            None => {
                let pause = self.policy.poll.pause(self.questions.number);
                self.questions.number += 1;
                self.questions.next = Some(now + pause);
            }
            Some(time) if time <= now => {
                self.questions.next = None;
                self.is_asking = true;
                let all = self.waiting().map(|(_, task)| task.clone());
                let asked: Vec<TaskId> = if self.questions.one_by_one {
                    let count = self.flights.len().max(1);
                    let turn = self.questions.number as usize % count;
                    let mut all: Vec<TaskId> = all.collect();
                    let turn = turn % all.len().max(1);
                    all.drain(turn..=turn).collect()
                } else {
                    all.collect()
                };
                let answer = self.story.ask(self.client, asked.clone());
                self.on_the_way
                    .spawn(async move { Arrival::Tasks(asked, answer.await) });
            }
            Some(_) => {}
        }
    }

    /// The service has told of tasks, or not. A question that fails says nothing about them
    /// (part A 7.5).
    async fn told_of_tasks(
        &mut self,
        asked: &[TaskId],
        answer: Result<Vec<TaskAnswer<S::Answer>>, Error>,
    ) {
        let numbers: Vec<(u64, TaskId)> = self
            .waiting()
            .filter(|(_, task)| asked.contains(task))
            .map(|(number, task)| (number, task.clone()))
            .collect();
        let mut answers = match answer {
            Ok(answers) => answers,
            Err(error) => {
                let failure = Failure::from(&error);
                if failure.code.as_deref() != Some("TaskNotFound") {
                    self.not_told(&numbers, failure).await;
                } else if let [(number, _)] = numbers.as_slice() {
                    self.unclear(*number, &vanished()).await;
                } else {
                    self.questions.one_by_one = true;
                }
                return;
            }
        };
        let mut strange = Vec::new();
        for (number, task) in numbers {
            let at = answers
                .iter()
                .position(|answer| answer.id.as_ref() == Some(&task));
            let Some(answer) = at.map(|at| answers.swap_remove(at)) else {
                self.unclear(number, &vanished()).await;
                continue;
            };
            if matches!(answer.state, TaskState::Strange) {
                strange.push((number, task));
                continue;
            }
            self.questions.failures = 0;
            if matches!(answer.state, TaskState::Running) {
                continue;
            }
            self.questions.number = 0;
            if let Some(flight) = self.flights.get_mut(&number) {
                flight.status = Some(answer.status);
            }
            if let TaskState::Finished(items) = answer.state {
                self.results(number, &items).await;
            } else {
                let mut failure =
                    Failure::new(FailureKind::Service, "the task of the service failed");
                failure.status = Some(answer.status);
                self.unclear(number, &failure).await;
            }
        }
        if !strange.is_empty() {
            let failure = Failure::new(
                FailureKind::Service,
                "the task of the service is in a state that is not known",
            );
            self.not_told(&strange, failure).await;
        }
    }

    async fn not_told(&mut self, numbers: &[(u64, TaskId)], failure: Failure) {
        self.questions.failures += 1;
        let failures = self.questions.failures;
        tracing::warn!(%failure, failures, "a question about tasks was not answered");
        if failures < self.policy.poll_failures {
            return;
        }
        for (number, _) in numbers {
            self.unclear(*number, &failure).await;
        }
    }

    async fn tell_pace(&mut self) {
        self.report
            .paced(self.pace.size(), self.pace.at_once())
            .await;
    }
}

/// Makes a directory, and those above it that are missing; says whether it is there now.
async fn is_there(client: &Client, directory: &RemotePath) -> bool {
    if directory.is_root() {
        return true;
    }
    match client.create_directory(directory, Strategy::Ask).await {
        Ok(_) => true,
        // Somebody else was faster.
        Err(error) => Failure::from(&error).status == Some(409),
    }
}

fn vanished() -> Failure {
    Failure::new(
        FailureKind::Service,
        "the service does not know its task any more",
    )
}
