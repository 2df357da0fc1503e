//! The pen with which a job writes its facts: into its log first, then to whoever listens.
//!
//! Knows which items are on the way, so that a job which breaks down leaves none of them untold.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashSet;
use tokio::sync::{mpsc, watch};

use crate::client::Client;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Exchange, JobChange, JobEvent, JobId, JobSpec, Outcome, TaskId};

use super::log::{JobFile, JobLog};

/// How far a job has been stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Not at all.
    No,
    /// By the user: nothing more is sent, accepted tasks are followed.
    Cancel,
    /// The program ends: accepted tasks are left to the service.
    Leave,
}

/// The items of a request whose answer is not booked yet.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<Vec<usize>>>);

impl InFlight {
    /// Empties the list and tells what was in it.
    pub fn take(&self) -> Vec<usize> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, indices: &[usize]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = indices.to_vec();
    }

    fn remove(&self, told: &[usize]) {
        let mut indices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told: FxHashSet<&usize> = told.iter().collect();
        indices.retain(|index| !told.contains(index));
    }
}

/// The pen of one job.
pub struct Report {
    id: JobId,
    outbox: mpsc::Sender<JobEvent>,
    clock: fn() -> Timestamp,
    stop: watch::Receiver<Stop>,
    in_flight: InFlight,
    file: Option<JobFile>,
}

impl Report {
    pub fn new(
        id: JobId,
        outbox: mpsc::Sender<JobEvent>,
        clock: fn() -> Timestamp,
        stop: watch::Receiver<Stop>,
        in_flight: InFlight,
    ) -> Self {
        Self {
            id,
            outbox,
            clock,
            stop,
            in_flight,
            file: None,
        }
    }

    /// Begins the log of this job.
    ///
    /// # Errors
    /// A log that cannot be written: nothing may be sent then.
    pub async fn open_log(
        &mut self,
        log: &JobLog,
        client: &Client,
        spec: &JobSpec,
    ) -> Result<(), Failure> {
        let file = log
            .begin(self.id, spec, client.library(), client.space(), self.now())
            .await
            .map_err(|error| unwritable(&error))?;
        self.file = Some(file);
        Ok(())
    }

    /// The time, by the clock handed to the worker.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether nothing more may be sent.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow() >= Stop::Cancel
    }

    /// Whether the program ends.
    pub fn is_leaving(&self) -> bool {
        *self.stop.borrow() >= Stop::Leave
    }

    /// Waits; ends early, and says so with true, if the job is stopped as far as `level`.
    pub async fn pause(&mut self, pause: Duration, level: Stop) -> bool {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop >= level) => true,
            () = tokio::time::sleep(pause) => false,
        }
    }

    pub async fn started(&self) {
        tracing::info!(job = %self.id, "started");
        self.tell(JobChange::Started).await;
    }

    /// Writes down what is about to be sent, and says so.
    ///
    /// # Errors
    /// A log that cannot be written: the request must not be sent then.
    pub async fn sending(&mut self, indices: &[usize]) -> Result<(), Failure> {
        let now = self.now();
        if let Some(file) = &mut self.file {
            file.request(now, indices)
                .await
                .map_err(|error| unwritable(&error))?;
        }
        self.in_flight.set(indices);
        let items = indices.len();
        tracing::info!(job = %self.id, items, "sending");
        self.tell(JobChange::Sent { items }).await;
        Ok(())
    }

    /// The request that was announced was not worked on.
    pub async fn nothing_done(&mut self) {
        self.in_flight.take();
        if let Some(file) = &mut self.file
            && let Err(error) = file.not_done().await
        {
            tracing::error!(job = %self.id, %error, "a refusal was not written down");
        }
    }

    pub async fn waiting(&mut self, task: &TaskId) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.task(task).await
        {
            tracing::error!(job = %self.id, %error, "the number of a task was not written down");
        }
        self.tell(JobChange::Waiting { task: task.clone() }).await;
    }

    pub async fn throttled(&self, pause: Duration) {
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        let until = self.now().checked_add(pause).unwrap_or(Timestamp::MAX);
        tracing::warn!(job = %self.id, %until, "throttled");
        self.tell(JobChange::Throttled { until }).await;
    }

    pub async fn checking(&self) {
        self.tell(JobChange::Checking).await;
    }

    /// Books outcomes: in the log first. A log that has become unwritable takes nothing away from
    /// what happened; it stops the job at the next request.
    pub async fn settled(&mut self, exchange: Option<Exchange>, outcomes: Vec<(usize, Outcome)>) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.outcomes(exchange.as_ref(), &outcomes).await
        {
            tracing::error!(job = %self.id, %error, "outcomes were not written down");
        }
        let told: Vec<usize> = outcomes.iter().map(|(index, _)| *index).collect();
        self.tell(JobChange::Settled { exchange, outcomes }).await;
        // Not before: what breaks down on the way has not been told.
        self.in_flight.remove(&told);
    }

    pub async fn finished(mut self) {
        self.end("finished").await;
        self.tell(JobChange::Finished).await;
    }

    pub async fn aborted(mut self, failure: Failure) {
        tracing::error!(job = %self.id, %failure, "aborted");
        self.end("aborted").await;
        self.tell(JobChange::Aborted(failure)).await;
    }

    async fn end(&mut self, how: &'static str) {
        let now = self.now();
        if let Some(file) = &mut self.file
            && let Err(error) = file.end(now, how).await
        {
            tracing::error!(job = %self.id, %error, "the end was not written down");
        }
    }

    async fn tell(&self, change: JobChange) {
        let event = JobEvent {
            id: self.id,
            at: self.now(),
            change,
        };
        // Nobody is watching any more; the work goes on all the same.
        let _ = self.outbox.send(event).await;
    }
}

fn unwritable(error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Internal,
        format!("the job log cannot be written, so nothing more is sent: {error}"),
    )
}
