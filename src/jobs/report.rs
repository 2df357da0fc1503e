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
use crate::domain::job::{Arrived, Exchange, JobChange, JobEvent, JobId, JobSpec, Outcome, TaskId};
use crate::texts::later;

use super::check::Open;
use super::log::{JobFile, JobLog, Record};

/// How far a job has been stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Not at all.
    No,
    /// For a while: nothing more is sent until it goes on.
    Pause,
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

    fn add(&self, indices: &[usize]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(indices);
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
    last_request: u64,
    pace: Option<(usize, usize)>,
    /// Whether items were left to the service, so that the log stays open.
    is_unfinished: bool,
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
            last_request: 0,
            pace: None,
            is_unfinished: false,
        }
    }

    /// Begins the log of this job; gives the job as it is read from there if it is a large one.
    ///
    /// # Errors
    /// A log that cannot be written: nothing may be sent then.
    pub async fn open_log(
        &mut self,
        log: &JobLog,
        client: &Client,
        spec: &JobSpec,
    ) -> Result<Option<JobSpec>, Failure> {
        let (file, kept) = log
            .begin(
                self.id,
                spec,
                client.library(),
                client.space(),
                self.now(),
                self.noting(),
            )
            .await
            .map_err(|error| unwritable(&error))?;
        self.file = Some(file);
        let Some(kept) = kept else { return Ok(None) };
        let spec = kept.spec.clone();
        self.tell(JobChange::Kept(kept)).await;
        Ok(Some(spec))
    }

    /// Tells, from a thread that may wait, how many items stand in the log.
    fn noting(&self) -> impl Fn(usize) + Send + 'static {
        let (id, outbox, clock) = (self.id, self.outbox.clone(), self.clock);
        move |items| {
            let change = JobChange::Noted { items };
            let at = clock();
            // Nobody is watching any more; the work goes on all the same.
            let _ = outbox.blocking_send(JobEvent { id, at, change });
        }
    }

    /// Goes on with the log of a job that was cut off.
    ///
    /// # Errors
    /// A log that cannot be written, or that another program holds: nothing may be sent then.
    pub async fn resume_log(&mut self, log: &JobLog, record: &Record) -> Result<(), Failure> {
        let file = log
            .resume(record, self.now())
            .await
            .map_err(|error| unwritable(&error))?;
        self.file = Some(file);
        self.last_request = record.last_request;
        Ok(())
    }

    /// A number for the next request that none of this job bears.
    pub fn next_request(&mut self, last: u64) -> u64 {
        self.last_request = self.last_request.max(last) + 1;
        self.last_request
    }

    /// How far the job has been stopped, now and later.
    pub fn stop(&self) -> watch::Receiver<Stop> {
        let mut stop = self.stop.clone();
        stop.mark_unchanged();
        stop
    }

    /// The time, by the clock handed to the worker.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether nothing more may be sent.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow() >= Stop::Cancel
    }

    /// Whether nothing may be sent for now.
    pub fn is_paused(&self) -> bool {
        *self.stop.borrow() == Stop::Pause
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
    pub async fn sending(&mut self, number: u64, indices: &[usize]) -> Result<(), Failure> {
        let now = self.now();
        if let Some(file) = &mut self.file {
            file.request(number, now, indices)
                .await
                .map_err(|error| unwritable(&error))?;
        }
        self.in_flight.add(indices);
        let items = indices.len();
        tracing::info!(job = %self.id, number, items, "sending");
        self.tell(JobChange::Sent { items }).await;
        Ok(())
    }

    /// These items were on the way when the program that sent them ended.
    pub fn taken_up(&mut self, indices: &[usize]) {
        self.in_flight.add(indices);
    }

    /// These items were not worked on; they are sent again.
    pub fn forget(&mut self, indices: &[usize]) {
        self.in_flight.remove(indices);
    }

    /// The request that was announced was not worked on.
    pub async fn nothing_done(&mut self, number: u64, indices: &[usize]) {
        self.in_flight.remove(indices);
        if let Some(file) = &mut self.file
            && let Err(error) = file.not_done(number).await
        {
            tracing::error!(job = %self.id, %error, "a refusal was not written down");
        }
    }

    pub async fn waiting(&mut self, number: u64, task: &TaskId) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.task(number, task).await
        {
            tracing::error!(job = %self.id, %error, "the number of a task was not written down");
        }
        self.asking(task).await;
    }

    /// The service works on a task that has to be asked about.
    pub async fn asking(&self, task: &TaskId) {
        self.tell(JobChange::Waiting { task: task.clone() }).await;
    }

    /// Says how much is sent at once, if that has changed.
    pub async fn paced(&mut self, batch: usize, at_once: usize) {
        if self.pace.replace((batch, at_once)) != Some((batch, at_once)) {
            self.tell(JobChange::Paced { batch, at_once }).await;
        }
    }

    pub async fn throttled(&self, pause: Duration) {
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        let until = self.now().checked_add(pause).unwrap_or(Timestamp::MAX);
        tracing::warn!(job = %self.id, %until, "throttled");
        self.tell(JobChange::Throttled { until }).await;
    }

    pub async fn unreachable(&self, pause: Duration) {
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        let until = self.now().checked_add(pause).unwrap_or(Timestamp::MAX);
        tracing::warn!(job = %self.id, %until, "the service cannot be reached");
        self.tell(JobChange::Unreachable { until }).await;
    }

    pub async fn carried(&self, bytes: u64) {
        self.tell(JobChange::Carried { bytes }).await;
    }

    pub async fn arrived(&self, index: usize, arrived: Arrived) {
        self.tell(JobChange::Arrived { index, arrived }).await;
    }

    pub async fn checking(&self) {
        self.tell(JobChange::Checking).await;
    }

    /// Books outcomes: in the log first. A log that has become unwritable takes nothing away from
    /// what happened; it stops the job at the next request.
    pub async fn settled(
        &mut self,
        answer: Option<(u64, Exchange)>,
        outcomes: Vec<(usize, Outcome)>,
    ) {
        let lines = answer
            .as_ref()
            .map(|(number, exchange)| (*number, exchange));
        if let Some(file) = &mut self.file
            && let Err(error) = file.outcomes(lines, &outcomes).await
        {
            tracing::error!(job = %self.id, %error, "outcomes were not written down");
        }
        let told: Vec<usize> = outcomes.iter().map(|(index, _)| *index).collect();
        let exchange = answer.map(|(_, exchange)| exchange);
        self.tell(JobChange::Settled { exchange, outcomes }).await;
        // Not before: what breaks down on the way has not been told.
        self.in_flight.remove(&told);
    }

    /// The program ends, and nobody has waited for what becomes of these items: the log keeps them
    /// open, to be looked for when the job is taken up again.
    pub async fn left(&mut self, open: &[Open]) {
        self.is_unfinished = true;
        let outcomes: Vec<(usize, Outcome)> = open
            .iter()
            .map(|item| (item.index, Outcome::Unknown(Arc::clone(&item.failure))))
            .collect();
        let told: Vec<usize> = outcomes.iter().map(|(index, _)| *index).collect();
        let exchange = None;
        self.tell(JobChange::Settled { exchange, outcomes }).await;
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
        // Left for the next time.
        if self.is_unfinished || self.is_leaving() {
            self.file = None;
            return;
        }
        let now = self.now();
        if let Some(file) = &mut self.file
            && let Err(error) = file.end(now, how).await
        {
            tracing::error!(job = %self.id, %error, "the end was not written down");
        }
        // Lets go of its lock before anybody hears of the end.
        self.file = None;
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
        later!(
            "the job log cannot be written, so nothing more is sent: {error}",
            error
        ),
    )
}
