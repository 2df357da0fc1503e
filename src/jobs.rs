//! The background worker: commands in, facts out, over channels. Knows nothing of screens.
//!
//! One job runs at a time; others wait in the order in which they came. This file supervises:
//! `delete`, `restore` and `purge` are the stories of single jobs, built on `submit` (send, wait,
//! ask), `check` (look at what is there) and `report` (the pen). A job that panics ends alone.

use std::collections::VecDeque;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};

use crate::client::Client;
use crate::client::batch::Removal;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{JobChange, JobEvent, JobId, JobSpec, Outcome};

pub mod check;
mod delete;
pub mod log;
mod matching;
pub mod policy;
mod purge;
mod report;
mod restore;
mod submit;

use log::JobLog;
use policy::Policy;
use report::{InFlight, Report, Stop};

/// Facts that may wait for a reader before the worker waits too.
const FACTS_WAITING: usize = 256;

/// What the worker can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobCommand {
    /// Put a job in the queue. Its number must not have been used before.
    Start(JobId, JobSpec),
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
}

/// Starts the worker on the current runtime. Without a log nothing can be undone later.
pub fn spawn(client: Client, log: Option<JobLog>, policy: Policy) -> Worker {
    let (commands, inbox) = mpsc::unbounded_channel();
    let (outbox, events) = mpsc::channel(FACTS_WAITING);
    let supervisor = Supervisor {
        client,
        log,
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
    }
}

struct Supervisor {
    client: Client,
    log: Option<JobLog>,
    policy: Policy,
    outbox: mpsc::Sender<JobEvent>,
    queue: VecDeque<(JobId, JobSpec)>,
    running: Option<Running>,
    /// Holds the running job and nothing else.
    jobs: JoinSet<()>,
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
                    Some(JobCommand::Start(id, spec)) => self.queue.push_back((id, spec)),
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
        let Some((id, spec)) = self.queue.pop_front() else {
            return;
        };
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
        let job = work(
            self.client.clone(),
            self.log.clone(),
            self.policy,
            report,
            spec,
        );
        self.jobs.spawn(job);
    }

    async fn cancel(&mut self, id: JobId) {
        if let Some(running) = &self.running
            && running.id == id
        {
            // The job tells of it; it may already be over, and then there is nothing to stop.
            if *running.stop.borrow() == Stop::No {
                self.tell(id, JobChange::Cancelling).await;
                running.stop.send_replace(Stop::Cancel);
            }
            return;
        }
        let Some(at) = self.queue.iter().position(|(queued, _)| *queued == id) else {
            return;
        };
        self.queue.remove(at);
        self.tell(id, JobChange::Cancelling).await;
        self.tell(id, JobChange::Finished).await;
    }

    async fn leave(&mut self) {
        for (id, _) in std::mem::take(&mut self.queue) {
            self.tell(id, JobChange::Cancelling).await;
            self.tell(id, JobChange::Finished).await;
        }
        if let Some(running) = &self.running {
            self.tell(running.id, JobChange::Cancelling).await;
            running.stop.send_replace(Stop::Leave);
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
            "this job broke down because of an error in this program",
        );
        let unknown = running.in_flight.take();
        if !unknown.is_empty() {
            let outcomes = unknown
                .into_iter()
                .map(|index| (index, Outcome::Unknown(failure.clone())))
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

/// One job from its first fact to its last.
async fn work(
    client: Client,
    log: Option<JobLog>,
    policy: Policy,
    mut report: Report,
    spec: JobSpec,
) {
    report.started().await;
    if let Some(log) = log
        && let Err(failure) = report.open_log(&log, &client, &spec).await
    {
        report.aborted(failure).await;
        return;
    }
    let done = match &spec {
        JobSpec::Recycle(targets) => {
            delete::run(&client, &policy, &mut report, targets, Removal::ToBin).await
        }
        JobSpec::DeleteForever(targets) => {
            delete::run(&client, &policy, &mut report, targets, Removal::ForEver).await
        }
        JobSpec::Restore(items) => restore::run(&client, &policy, &mut report, items).await,
        JobSpec::Purge(items) => purge::run(&client, &policy, &mut report, items).await,
        JobSpec::EmptyBin => purge::empty(&client, &policy, &mut report).await,
    };
    match done {
        Ok(()) => report.finished().await,
        Err(failure) => report.aborted(failure).await,
    }
}
