//! The background worker: commands in, facts out, over channels. Knows nothing of screens.
//!
//! One job runs at a time; others wait in the order in which they came. This file supervises:
//! `delete`, `restore`, `purge` and `relocate` are the stories of single jobs, built on `batches`
//! (send, wait, ask), and `carry` is that of files up and down, built on the transfers. All use
//! `check` (look at what is there) and `report` (the pen); `past` tells what can be undone of earlier
//! ones. A job that panics ends alone.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};

use crate::client::Client;
use crate::client::batch::Removal;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{JobChange, JobEvent, JobId, JobSpec, Outcome, Outcomes};
use crate::texts::later;
use crate::transfer::states::States;

mod batches;
mod carry;
pub mod check;
mod delete;
pub mod log;
mod matching;
mod order;
mod pace;
pub mod past;
pub mod plan;
pub mod policy;
mod purge;
mod queue;
mod relocate;
mod report;
mod restore;
mod story;

use batches::Todo;
use log::{JobLog, Record, Unanswered};
use order::Order;
use policy::Policy;
use queue::Queue;
use relocate::How;
use report::{InFlight, Report, Stop};

/// Facts that may wait for a reader before the worker waits too.
const FACTS_WAITING: usize = 256;

/// What the worker can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobCommand {
    /// Put a job in the queue. Its number must not have been used before.
    Start(JobId, JobSpec),
    /// The same for a job that undoes another one: each entry is looked at before it is sent, and is
    /// left out where it is no longer what that one has left.
    Undo(JobId, JobSpec),
    /// Take up a job that was cut off: what was on the way is followed or looked for, and the rest is
    /// sent if `goes_on`, else left as it is, for good.
    Resume {
        /// What the log of the job tells.
        record: Box<Record>,
        /// Whether to send what was not sent.
        goes_on: bool,
    },
    /// End a job that was cut off without a look at what became of it.
    Drop(Box<Record>),
    /// Begin the jobs to come with so many items in a request, 1 to 1000.
    Batch(usize),
    /// Let a waiting job change places with the one before it.
    Sooner(JobId),
    /// Let a waiting job change places with the one behind it.
    Later(JobId),
    /// Send nothing more for this job until it goes on.
    Pause(JobId),
    /// Let a halted job go on.
    GoOn(JobId),
    /// Send nothing more for this job, and await what is still due.
    Cancel(JobId),
}

/// The two ends of the worker that its owner holds.
pub struct Worker {
    /// Commands in. Once every sender is gone the worker books the answer of the running request
    /// and stops; a task that the service has accepted goes on there, unwatched.
    pub commands: UnboundedSender<JobCommand>,
    /// Facts out. The worker waits if nobody reads them, and not if the receiver is gone.
    pub events: mpsc::Receiver<JobEvent>,
    /// Ends when the worker has stopped.
    pub stopped: JoinHandle<()>,
    /// The logs that it keeps, if any.
    pub log: Option<JobLog>,
}

/// Starts the worker on the current runtime. Without a log nothing can be undone later.
pub fn spawn(client: Client, log: Option<JobLog>, policy: Policy) -> Worker {
    let (commands, inbox) = mpsc::unbounded_channel();
    let (outbox, events) = mpsc::channel(FACTS_WAITING);
    let supervisor = Supervisor {
        client,
        log: log.clone(),
        policy,
        outbox,
        queue: VecDeque::new(),
        running: None,
        jobs: JoinSet::new(),
    };
    Worker {
        commands,
        events,
        stopped: tokio::spawn(supervisor.run(inbox)),
        log,
    }
}

struct Supervisor {
    client: Client,
    log: Option<JobLog>,
    policy: Policy,
    outbox: mpsc::Sender<JobEvent>,
    queue: VecDeque<Work>,
    running: Option<Running>,
    /// Holds the running job and nothing else.
    jobs: JoinSet<()>,
}

/// A job that waits for its turn.
struct Work {
    id: JobId,
    spec: JobSpec,
    before: Before,
    is_paused: bool,
    record: Option<Box<Record>>,
    policy: Policy,
}

impl Work {
    fn new(id: JobId, spec: JobSpec, policy: &Policy) -> Self {
        Self {
            id,
            spec,
            before: Before::default(),
            is_paused: false,
            record: None,
            policy: *policy,
        }
    }
}

/// What is known of the items of a job before it begins: nothing, unless it was cut off.
#[derive(Default)]
struct Before {
    outcomes: Outcomes,
    unanswered: Vec<Unanswered>,
    /// Whether nothing more is to be sent.
    is_last: bool,
}

impl Before {
    fn outcome(&self, index: usize) -> Option<Outcome> {
        self.outcomes.get(index)
    }

    fn has(&self, index: usize) -> bool {
        self.outcomes.kind(index).is_some()
    }

    /// What is to be done about the items `order`, in requests of at most so many.
    fn todo(self, order: impl IntoIterator<Item = usize>, largest: usize) -> Todo {
        let open = self.unanswered.iter().flat_map(|request| &request.items);
        let open: FxHashSet<usize> = open.copied().collect();
        let is_left = |index: &usize| !self.is_last && !self.has(*index) && !open.contains(index);
        let queue: Queue = order.into_iter().filter(is_left).collect();
        Todo {
            queue,
            unanswered: self.unanswered,
            sends_again: !self.is_last,
            largest,
        }
    }
}

struct Running {
    id: JobId,
    stop: watch::Sender<Stop>,
    in_flight: InFlight,
}

impl Supervisor {
    async fn run(mut self, mut inbox: UnboundedReceiver<JobCommand>) {
        let mut is_open = true;
        while is_open || self.running.is_some() {
            tokio::select! {
                command = inbox.recv(), if is_open => match command {
                    Some(JobCommand::Start(id, spec)) => {
                        self.queue.push_back(Work::new(id, spec, &self.policy));
                    }
                    Some(JobCommand::Undo(id, spec)) => {
                        let policy = Policy { check_first: true, ..self.policy };
                        self.queue.push_back(Work::new(id, spec, &policy));
                    }
                    Some(JobCommand::Resume { record, goes_on }) => {
                        self.queue.push_back(taken_up(record, goes_on, &self.policy));
                    }
                    Some(JobCommand::Batch(items)) => {
                        self.policy.first_batch = items.clamp(1, self.policy.batch);
                    }
                    Some(JobCommand::Drop(record)) => self.drop_job(&record).await,
                    Some(JobCommand::Sooner(id)) => self.change_places(id, true).await,
                    Some(JobCommand::Later(id)) => self.change_places(id, false).await,
                    Some(JobCommand::Pause(id)) => self.pause(id, true).await,
                    Some(JobCommand::GoOn(id)) => self.pause(id, false).await,
                    Some(JobCommand::Cancel(id)) => self.cancel(id).await,
                    None => {
                        is_open = false;
                        self.leave().await;
                    }
                },
                Some(ended) = self.jobs.join_next() => self.ended(ended).await,
            }
            if self.running.is_none() {
                self.start_next();
            }
        }
    }

    fn start_next(&mut self) {
        let Some(next) = self.queue.iter().position(|work| !work.is_paused) else {
            return;
        };
        let Some(work) = self.queue.remove(next) else {
            return;
        };
        let id = work.id;
        let (stop, stopped) = watch::channel(Stop::No);
        let in_flight = InFlight::default();
        let report = Report::new(
            id,
            self.outbox.clone(),
            self.policy.clock,
            stopped,
            in_flight.clone(),
        );
        self.running = Some(Running {
            id,
            stop,
            in_flight,
        });
        let (client, log) = (self.client.clone(), self.log.clone());
        self.jobs.spawn(run(client, log, report, work));
    }

    async fn cancel(&mut self, id: JobId) {
        if let Some(running) = &self.running
            && running.id == id
        {
            // The job tells of it; it may already be over, and then there is nothing to stop.
            if *running.stop.borrow() < Stop::Cancel {
                self.tell(id, JobChange::Cancelling).await;
                running.stop.send_replace(Stop::Cancel);
            }
            return;
        }
        let Some(at) = self.queue.iter().position(|work| work.id == id) else {
            return;
        };
        self.queue.remove(at);
        self.tell(id, JobChange::Cancelling).await;
        self.tell(id, JobChange::Finished).await;
    }

    async fn change_places(&mut self, id: JobId, is_sooner: bool) {
        let Some(at) = self.queue.iter().position(|work| work.id == id) else {
            return;
        };
        let first = if is_sooner {
            at.checked_sub(1)
        } else {
            Some(at)
        };
        let Some(first) = first.filter(|first| first + 1 < self.queue.len()) else {
            return;
        };
        self.queue.swap(first, first + 1);
        let of = self.queue[first + 1].id;
        self.tell(self.queue[first].id, JobChange::Ahead { of })
            .await;
    }

    async fn drop_job(&self, record: &Record) {
        let Some(log) = &self.log else { return };
        let unknown = match log.drop_job(record, (self.policy.clock)()).await {
            Ok(unknown) => unknown,
            Err(error) => {
                tracing::error!(job = %record.id, %error, "a job was not dropped");
                return;
            }
        };
        self.tell(record.id, JobChange::Cancelling).await;
        let settled = JobChange::Settled {
            exchange: None,
            outcomes: unknown,
        };
        self.tell(record.id, settled).await;
        self.tell(record.id, JobChange::Finished).await;
    }

    async fn pause(&mut self, id: JobId, is_paused: bool) {
        let change = if is_paused {
            JobChange::Paused
        } else {
            JobChange::GoesOn
        };
        if let Some(running) = &self.running
            && running.id == id
        {
            let stop = if is_paused { Stop::Pause } else { Stop::No };
            let before = *running.stop.borrow();
            if before < Stop::Cancel && before != stop {
                self.tell(id, change).await;
                running.stop.send_replace(stop);
            }
            return;
        }
        let queued = self.queue.iter_mut().find(|work| work.id == id);
        if let Some(work) = queued.filter(|work| work.is_paused != is_paused) {
            work.is_paused = is_paused;
            self.tell(id, change).await;
        }
    }

    /// What waits gets a log, so that it can be taken up at the next start.
    async fn leave(&mut self) {
        for work in std::mem::take(&mut self.queue) {
            self.keep(&work).await;
            self.tell(work.id, JobChange::Cancelling).await;
            self.tell(work.id, JobChange::Finished).await;
        }
        if let Some(running) = &self.running {
            self.tell(running.id, JobChange::Cancelling).await;
            running.stop.send_replace(Stop::Leave);
        }
    }

    async fn keep(&self, work: &Work) {
        let Some(log) = self.log.as_ref().filter(|_| work.record.is_none()) else {
            return;
        };
        let (outbox, clock) = (self.outbox.clone(), self.policy.clock);
        let (_, stopped) = watch::channel(Stop::Leave);
        let mut report = Report::new(work.id, outbox, clock, stopped, InFlight::default());
        if let Err(error) = report.open_log(log, &self.client, &work.spec).await {
            tracing::error!(job = %work.id, %error, "a job that waited is not kept");
        }
    }

    /// The last words of a job that could not speak them itself.
    async fn ended(&mut self, ended: Result<(), JoinError>) {
        let Some(running) = self.running.take() else {
            return;
        };
        let Err(broken) = ended else { return };
        let reason = match broken.try_into_panic() {
            Ok(panic) => panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default(),
            Err(_) => "it was aborted".to_owned(),
        };
        tracing::error!(job = %running.id, %reason, "a job broke down");
        let failure = Failure::new(
            FailureKind::Internal,
            later!("this job broke down because of an error in this program"),
        );
        let unknown = running.in_flight.take();
        if !unknown.is_empty() {
            let shared = Arc::new(failure.clone());
            let outcomes = unknown
                .into_iter()
                .map(|index| (index, Outcome::Unknown(Arc::clone(&shared))))
                .collect();
            let settled = JobChange::Settled {
                exchange: None,
                outcomes,
            };
            self.tell(running.id, settled).await;
        }
        self.tell(running.id, JobChange::Aborted(failure)).await;
    }

    async fn tell(&self, id: JobId, change: JobChange) {
        let event = JobEvent {
            id,
            at: (self.policy.clock)(),
            change,
        };
        // Nobody is watching any more; the work goes on all the same.
        let _ = self.outbox.send(event).await;
    }
}

fn taken_up(mut record: Box<Record>, goes_on: bool, policy: &Policy) -> Work {
    Work {
        id: record.id,
        spec: record.spec.clone(),
        before: Before {
            outcomes: std::mem::take(&mut record.outcomes),
            unanswered: std::mem::take(&mut record.unanswered),
            is_last: !goes_on,
        },
        is_paused: false,
        record: Some(record),
        policy: *policy,
    }
}

/// One job from its first fact to its last.
async fn run(client: Client, log: Option<JobLog>, mut report: Report, mut work: Work) {
    report.started().await;
    let uploads = log.as_ref().map(JobLog::uploads);
    // A million items take their time in both.
    let spec = work.spec.clone();
    let order = tokio::task::spawn_blocking(move || Order::of(&spec));
    if let Some(log) = log {
        let opened = match &work.record {
            Some(record) => report.resume_log(&log, record).await.map(|()| None),
            None => report.open_log(&log, &client, &work.spec).await,
        };
        match opened {
            Ok(Some(kept)) => work.spec = kept,
            Ok(None) => {}
            Err(failure) => {
                report.aborted(failure).await;
                return;
            }
        }
    }
    let order = match order.await {
        Ok(order) => order,
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    };
    let (client, policy, before) = (&client, &work.policy, work.before);
    let pen = &mut report;
    let done = match &work.spec {
        JobSpec::Recycle(targets) => {
            delete::run(client, policy, pen, targets, Removal::ToBin, order, before).await
        }
        JobSpec::DeleteForever(targets) => {
            delete::run(
                client,
                policy,
                pen,
                targets,
                Removal::ForEver,
                order,
                before,
            )
            .await
        }
        JobSpec::Restore(items, strategy) => {
            restore::run(client, policy, pen, items, *strategy, &order, before).await
        }
        JobSpec::Purge(items) => purge::run(client, policy, pen, items, &order, before).await,
        JobSpec::EmptyBin => purge::empty(client, policy, pen, before).await,
        JobSpec::Move(items) => {
            relocate::run(client, policy, pen, items, How::Move, &order, before).await
        }
        JobSpec::Copy(items) => {
            relocate::run(client, policy, pen, items, How::Copy, &order, before).await
        }
        JobSpec::Download(_) | JobSpec::Upload(_) | JobSpec::MakeFolders(_) => {
            let states = uploads.map(States::open);
            carry::run(client, policy, pen, &work.spec, states, before).await
        }
    };
    match done {
        Ok(()) => report.finished().await,
        Err(failure) => report.aborted(failure).await,
    }
}
