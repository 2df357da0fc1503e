//! Sending the items of a job, several requests at once, and following each to its last answer.
//!
//! What an answer means for the items is for the [`Story`] of the job to say. All waiting tasks are
//! asked about in one request; items whose paths overlap are never on the way together. `tasks` asks,
//! `again` sends once more, `unclear` looks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::client::batch::{BatchAnswer, LARGEST, Submitted, TaskAnswer};
use crate::client::{Client, Error};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Exchange, Outcome, TaskId};
use crate::domain::path::RemotePath;
use crate::texts::later;

use super::log::Unanswered;
use super::pace::Pace;
use super::policy::Policy;
use super::queue::Queue;
use super::report::{Report, Stop};
use super::story::Story;

mod again;
mod tasks;
mod unclear;

use tasks::Questions;
use unclear::may_pass;

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
                                later!("a request was given up"),
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

    async fn settle(&mut self, answer: Option<(u64, Exchange)>, outcomes: Vec<(usize, Outcome)>) {
        let outcomes = self.story.with_followers(outcomes);
        self.report.settled(answer, outcomes).await;
    }

    async fn tell_pace(&mut self) {
        self.report
            .paced(self.pace.size(), self.pace.at_once())
            .await;
    }
}
