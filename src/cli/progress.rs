//! One job of a headless command: from its start to its last fact, with a bar on the way.

use std::io::IsTerminal as _;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use rustc_hash::FxHashMap;

use crate::domain::format::{bytes, count, counted, duration};
use crate::domain::job::{
    Activity, Arrived, Exchange, Job, JobChange, JobId, JobKind, JobSpec, Outcome, Phase, Speed,
};
use crate::domain::path::RemotePath;
use crate::jobs::log::JobLog;
use crate::jobs::{self, JobCommand};

use super::World;
use super::connect::Connection;
use super::exit::Exit;
use super::output::{self, ItemLine, Output};

/// Runs a job, writes a line for each item or a summary for people, and says how it ended.
///
/// The first interruption cancels the job and books what is on the way; the second one leaves.
///
/// # Errors
/// A log of jobs that cannot be opened.
pub async fn run(
    world: &World,
    connection: &Connection,
    spec: JobSpec,
    json: bool,
) -> anyhow::Result<Exit> {
    let dir = world.places.jobs();
    let log = JobLog::open(&dir)
        .with_context(|| format!("cannot keep logs of jobs in {}", dir.display()))?;
    let id = log
        .next_id()
        .with_context(|| format!("cannot read {}", dir.display()))?;
    let job = Job::new(id, spec.clone());
    follow(world, connection, job, JobCommand::Start(id, spec), json).await
}

/// The same for a job as it stands, with the command that sets it going.
///
/// # Errors
/// A log of jobs that cannot be opened.
pub async fn follow(
    world: &World,
    connection: &Connection,
    mut job: Job,
    command: JobCommand,
    json: bool,
) -> anyhow::Result<Exit> {
    let log = JobLog::open(world.places.jobs()).context("cannot keep logs of jobs")?;
    tell_of_others(&log, connection, job.id);
    let id = job.id;
    let mut worker = jobs::spawn(connection.client.clone(), Some(log), connection.policy);
    // The worker lives until its commands are dropped below.
    let _ = worker.commands.send(command);
    let keeper = tokio::spawn({
        let client = connection.client.clone();
        async move { client.stay_signed_in().await }
    });
    let _keeper = AbortOnDrop(keeper);
    let mut interruptions = Interruptions::listen()?;
    let mut is_interrupted = false;
    let mut lines = Lines::new(&job, json);
    let bar = bar(&job);
    while !job.is_over() {
        tokio::select! {
            event = worker.events.recv() => {
                let Some(event) = event else {
                    anyhow::bail!("the worker stopped before the job was over");
                };
                lines.fact(&job.spec, &event.change);
                job.apply(event.at, event.change);
                show(&bar, &job);
            }
            () = interruptions.next() => {
                if is_interrupted {
                    bar.abandon();
                    return Ok(Exit::Interrupted);
                }
                is_interrupted = true;
                let _ = worker.commands.send(JobCommand::Cancel(id));
            }
        }
    }
    drop(worker.commands);
    bar.finish_and_clear();
    lines.end(&job);
    Ok(Exit::of_job(&job, is_interrupted))
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Names the jobs of this library that others are at work on, and those that wait to be taken up.
fn tell_of_others(log: &JobLog, connection: &Connection, id: JobId) {
    for job in super::jobs::at_work_here(log, &connection.client) {
        eprintln!("mediasweep: another mediasweep is at work here: job {job}");
    }
    for record in super::jobs::cut_off_here(log, &connection.client) {
        if record.id != id {
            eprintln!(
                "mediasweep: job {0} was cut off: {1} booked, {2} unknown, {3} not sent; \
                 `mediasweep jobs resume {0}` goes on with it, `jobs cancel {0}` ends it",
                record.id,
                count(record.booked()),
                count(record.unknown()),
                count(record.spec.len() - record.booked() - record.unknown())
            );
        }
    }
}

/// Writes a line for each item that is booked, and the sums for people.
pub fn lines_of(job: &Job, json: bool) {
    Lines::new(job, json).end(job);
}

/// Lines on standard output, one for each item: all of them in JSON, those that need a look for
/// people.
struct Lines {
    output: Output,
    json: bool,
    is_written: Vec<bool>,
    /// What was carried of files whose line is still to come.
    arrived: FxHashMap<usize, Arrived>,
    /// Items that were at the other end already.
    there: usize,
}

impl Lines {
    fn new(job: &Job, json: bool) -> Self {
        Self {
            output: Output::default(),
            json,
            is_written: vec![false; job.spec.len()],
            arrived: FxHashMap::default(),
            there: 0,
        }
    }

    fn fact(&mut self, spec: &JobSpec, change: &JobChange) {
        match change {
            JobChange::Arrived { index, arrived } => {
                self.arrived.insert(*index, *arrived);
            }
            JobChange::Settled { exchange, outcomes } => {
                for (index, outcome) in outcomes {
                    self.item(spec, *index, outcome, exchange.as_ref());
                }
            }
            _ => {}
        }
    }

    fn item(
        &mut self,
        spec: &JobSpec,
        index: usize,
        outcome: &Outcome,
        exchange: Option<&Exchange>,
    ) {
        // The first outcome of an item stands.
        if std::mem::replace(&mut self.is_written[index], true) {
            return;
        }
        self.there += usize::from(*outcome == Outcome::There);
        let arrived = self.arrived.remove(&index);
        if self.json {
            let line = ItemLine::new(spec, index, outcome, exchange).with(arrived);
            self.output.json(&line);
            return;
        }
        let path = output::path(&spec.path(index));
        match outcome {
            Outcome::Failed(failure) => {
                self.output.line(&format!(
                    "failed: {path}: {}",
                    output::line(&failure.to_string())
                ));
            }
            Outcome::Unknown(failure) => {
                self.output.line(&format!(
                    "unknown: {path}: {}",
                    output::line(&failure.to_string())
                ));
            }
            Outcome::AlreadyGone => self.output.line(&match spec {
                // The path of an item that the bin does not have may not be known.
                JobSpec::Restore(items, _) => {
                    let id = output::line(&items.at(index).id.0);
                    format!("not in the bin: item {id}, {path}")
                }
                JobSpec::Move(_) | JobSpec::Copy(_) => format!("not there: {path}"),
                _ => format!("already gone: {path}"),
            }),
            Outcome::Restored(Some(placed)) if *placed != spec.path(index) => {
                self.output
                    .line(&format!("{path} is now {}", output::path(placed)));
            }
            Outcome::Placed(placed) if was_renamed(spec, index, placed) => {
                self.output
                    .line(&format!("{path} is now {}", output::path(placed)));
            }
            Outcome::Fetched(local) if is_elsewhere(spec, index, local) => {
                self.output
                    .line(&format!("{path} is now {}", output::line(local)));
            }
            Outcome::Changed => {
                let text = "has changed since it was chosen, and was not sent";
                self.output.line(&format!("changed: {path}: {text}"));
            }
            Outcome::Recycled(_)
            | Outcome::Deleted
            | Outcome::Restored(_)
            | Outcome::Placed(_)
            | Outcome::Fetched(_)
            | Outcome::There
            | Outcome::NotSent => {}
        }
    }

    fn end(&mut self, job: &Job) {
        for index in 0..job.outcomes.len() {
            if self.is_written[index] {
                continue;
            }
            if let Some(outcome) = job.outcomes.get(index) {
                self.item(&job.spec, index, &outcome, None);
            }
        }
        if !self.json {
            self.output.line(&summary(job, self.there));
        }
        if let Phase::Aborted(failure) = &job.phase {
            eprintln!("mediasweep: {}", output::line(&failure.to_string()));
        }
    }
}

/// Whether the service gave another name than the one that was asked for.
fn was_renamed(spec: &JobSpec, index: usize, placed: &RemotePath) -> bool {
    match spec {
        JobSpec::Move(items) | JobSpec::Copy(items) => items.at(index).to != *placed,
        JobSpec::Upload(items) => items.at(index).remote != *placed,
        _ => false,
    }
}

/// Whether a file was fetched to another name than the one that was asked for.
fn is_elsewhere(spec: &JobSpec, index: usize, local: &str) -> bool {
    match spec {
        JobSpec::Download(items) => items.at(index).local != local,
        _ => false,
    }
}

fn summary(job: &Job, there: usize) -> String {
    let tally = &job.tally;
    let size = match tally.done_bytes {
        0 => String::new(),
        size => format!(" ({})", bytes(size)),
    };
    let mut parts = vec![format!(
        "{} {}{size}",
        counted(tally.done - there, "item"),
        done_word(job)
    )];
    for (number, word) in [
        (there, "there already"),
        (
            tally.gone,
            match job.spec.kind() {
                JobKind::Restore => "not in the bin",
                JobKind::Move | JobKind::Copy => "not there",
                _ => "already gone",
            },
        ),
        (tally.failed, "failed"),
        (tally.unknown, "unknown"),
        (tally.changed, "changed and left out"),
        (tally.not_sent, "not sent"),
    ] {
        if number > 0 {
            parts.push(format!("{} {word}", count(number)));
        }
    }
    let undo = match (job.spec.kind(), tally.recycled) {
        (JobKind::Move | JobKind::Copy | JobKind::Upload, _) if tally.done > 0 => format!(
            "; to undo: mediasweep jobs undo {} (and the same library)",
            job.id
        ),
        (_, 0) => String::new(),
        _ => format!(
            "; to put back: mediasweep restore --job {} (and the same library)",
            job.id
        ),
    };
    format!("job {}: {}{undo}", job.id, parts.join(", "))
}

/// Where the library has no bin, what was to be recycled is gone.
fn done_word(job: &Job) -> &'static str {
    match job.spec.kind() {
        JobKind::Recycle if job.tally.recycled == job.tally.done => "moved to the bin",
        JobKind::Recycle if job.tally.recycled == 0 => "deleted for ever: there is no bin",
        JobKind::Recycle => "deleted, not all of them to the bin",
        JobKind::DeleteForever | JobKind::Purge | JobKind::EmptyBin => "deleted for ever",
        JobKind::Restore => "put back",
        JobKind::Move => "moved",
        JobKind::Copy => "copied",
        JobKind::Download => "fetched",
        JobKind::Upload => "sent",
        JobKind::MakeFolders => "made",
    }
}

fn bar(job: &Job) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = if carries_bytes(job) {
        "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {msg}"
    } else {
        "{bar:30} {pos}/{len} {per_sec} {msg}"
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let length = if carries_bytes(job) {
        (0..job.spec.len())
            .filter_map(|index| job.spec.size(index))
            .sum()
    } else {
        job.spec.len() as u64
    };
    let bar = ProgressBar::new(length).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn carries_bytes(job: &Job) -> bool {
    matches!(job.spec.kind(), JobKind::Download | JobKind::Upload)
}

fn show(bar: &ProgressBar, job: &Job) {
    bar.set_position(if carries_bytes(job) {
        job.carried
    } else {
        job.tally.settled() as u64
    });
    let stopping = if job.cancelling { "stopping, " } else { "" };
    let activity = match &job.phase {
        Phase::Running(Activity::Noting(_)) => "writing the job log".to_owned(),
        Phase::Running(Activity::Sending) => "sending".to_owned(),
        Phase::Running(Activity::Asking(_)) => "the service works on it".to_owned(),
        Phase::Running(Activity::Throttled(until)) => {
            let at_once = job.pace.map_or(1, |(_, at_once)| at_once);
            let left = seconds_to(*until);
            format!("throttled, {at_once} at once, next try in {left} s")
        }
        Phase::Running(Activity::Unreachable(until)) => {
            format!(
                "the service cannot be reached, next try in {} s",
                seconds_to(*until)
            )
        }
        Phase::Running(Activity::Checking) => "looking at what is there".to_owned(),
        Phase::Queued | Phase::Finished | Phase::Cancelled | Phase::Aborted(_) => String::new(),
    };
    let speed = match job.speed(jiff::Timestamp::now()) {
        Some(Speed::Going(_, left)) => format!(", {} left", duration(left)),
        Some(Speed::Waiting(silence)) => format!(", no answer for {}", duration(silence)),
        None => String::new(),
    };
    bar.set_message(format!("{stopping}{activity}{speed}"));
}

fn seconds_to(time: jiff::Timestamp) -> i64 {
    let left = time.duration_since(jiff::Timestamp::now());
    left.as_secs().max(0)
}

/// The number of the next job; for the screen, which counts on from there.
///
/// # Errors
/// A directory that cannot be read.
pub fn next_job(log: &JobLog) -> anyhow::Result<JobId> {
    log.next_id().context("cannot read the logs of jobs")
}

/// Ctrl-C, and being asked to end.
pub struct Interruptions {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Interruptions {
    /// From now on these no longer end the program by themselves.
    ///
    /// # Errors
    /// A machine without signals.
    pub fn listen() -> anyhow::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// The next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
