//! `jobs`: what jobs have done, by their logs, and what is done to them afterwards.

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use crate::client::Client;
use crate::domain::conflict::Strategy;
use crate::domain::format::{count, counted};
use crate::domain::job::{JobId, JobKind, JobSpec};
use crate::jobs::JobCommand;
use crate::jobs::log::{JobLog, Record, Summary, kind_word};

use super::args::{Jobs, OnClash, OneJob};
use super::connect::{Connection, connect};
use super::exit::{Exit, Wrong};
use super::output::{self, Output};
use super::restore;
use super::{World, progress};

/// Does it.
pub async fn run(world: &World, command: Jobs) -> anyhow::Result<Exit> {
    match command {
        Jobs::List { limit, json } => list(world, limit, json),
        Jobs::Show { job, json } => show(world, JobId(job), json),
        Jobs::Resume(one) => with(world, one, Deed::Resume).await,
        Jobs::Cancel(one) => with(world, one, Deed::Cancel).await,
        Jobs::Retry(one) => with(world, one, Deed::Retry).await,
        Jobs::Undo(undo) => {
            let on_clash = undo.on_clash.map(OnClash::strategy);
            with(world, undo.one, Deed::Undo(on_clash)).await
        }
        Jobs::Drop { job } => drop_job(world, JobId(job)).await,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Resume,
    Cancel,
    Retry,
    Undo(Option<Strategy>),
}

async fn with(world: &World, one: OneJob, deed: Deed) -> anyhow::Result<Exit> {
    let mut connection = connect(world, &one.place).await?;
    // What was moved is moved back where it still is what was moved.
    connection.policy.check_first |= matches!(deed, Deed::Undo(_));
    let done = on(world, &connection, &one, deed).await;
    connection.close().await;
    done
}

async fn on(
    world: &World,
    connection: &Connection,
    one: &OneJob,
    deed: Deed,
) -> anyhow::Result<Exit> {
    let id = JobId(one.job);
    if let Deed::Undo(on_clash) = deed {
        let Some(spec) = undoing(world, connection, id, on_clash).await? else {
            eprintln!("mediasweep: job {id} has done nothing that could be undone");
            return Ok(Exit::Done);
        };
        return progress::run(world, connection, spec, one.json).await;
    }
    let record = of_here(&log(world)?, id, connection)?;
    if record.is_held {
        return Err(Wrong::usage(format!(
            "another mediasweep is at work on job {id}; stop it there, or wait for its end"
        )));
    }
    if deed == Deed::Retry {
        if !record.is_over() {
            return Err(Wrong::usage(format!(
                "job {id} was cut off; `mediasweep jobs resume {id}` goes on with it"
            )));
        }
        let Some(spec) = record.job().retry() else {
            eprintln!("mediasweep: job {id} has nothing that could be sent again");
            return Ok(Exit::Done);
        };
        return progress::run(world, connection, spec, one.json).await;
    }
    if record.is_over() {
        return Err(Wrong::usage(format!(
            "job {id} came to its end; there is nothing to take up"
        )));
    }
    if record.cut_off().is_unwritten() {
        return Err(Wrong::usage(format!(
            "the program ended while it wrote job {id} down: nothing of it was sent, and it cannot go \
             on; `mediasweep jobs drop {id}` ends it"
        )));
    }
    let job = record.job();
    let command = JobCommand::Resume {
        record: Box::new(record),
        goes_on: deed == Deed::Resume,
    };
    progress::follow(world, connection, job, command, one.json).await
}

async fn drop_job(world: &World, id: JobId) -> anyhow::Result<Exit> {
    let log = log(world)?;
    let mut records = log
        .read(id)
        .with_context(|| format!("cannot read the log of job {id}"))?;
    records.retain(|record| !record.is_over());
    let record = match records.as_slice() {
        [record] => record,
        [] => {
            return Err(Wrong::usage(format!(
                "job {id} came to its end; there is nothing to drop"
            )));
        }
        _ => {
            return Err(Wrong::usage(format!(
                "several programs have given the number {id} to a job of theirs; `mediasweep jobs \
                 cancel {id}` ends the one of a library"
            )));
        }
    };
    let unknown = log
        .drop_job(record, Timestamp::now())
        .await
        .with_context(|| format!("job {id} is not dropped"))?;
    eprintln!(
        "mediasweep: job {id} is dropped: {} booked, {} unknown, {} not sent",
        count(record.booked()),
        count(unknown.len()),
        count(record.spec.len() - record.booked() - unknown.len())
    );
    Ok(Exit::Done)
}

/// What undoes a job, as far as there is a way back.
async fn undoing(
    world: &World,
    connection: &Connection,
    id: JobId,
    on_clash: Option<Strategy>,
) -> anyhow::Result<Option<JobSpec>> {
    let record = of_here(&log(world)?, id, connection)?;
    if record.spec.kind() != JobKind::Recycle {
        return Ok(record.job().undo(on_clash));
    }
    let items = restore::of_job(world, connection, id).await?;
    Ok((!items.is_empty())
        .then(|| JobSpec::Restore(items.into(), on_clash.unwrap_or(Strategy::Rename))))
}

fn log(world: &World) -> anyhow::Result<JobLog> {
    let dir = world.places.jobs();
    JobLog::open(&dir).with_context(|| format!("cannot open the logs of jobs in {}", dir.display()))
}

/// The jobs of this library that other programs are at work on.
pub fn at_work_here(log: &JobLog, client: &Client) -> Vec<JobId> {
    let held = log.held().unwrap_or_default().into_iter();
    held.filter(|job| job.library == client.library() && job.space == client.space())
        .map(|job| job.id)
        .collect()
}

/// The jobs of this library that were cut off, latest first; none where the logs cannot be read.
pub fn cut_off_here(log: &JobLog, client: &Client) -> Vec<Record> {
    let mut records = log.cut_off().unwrap_or_default();
    records.retain(|record| record.library == client.library() && record.space == client.space());
    records
}

/// The one job of this number that worked in the library of the connection.
///
/// # Errors
/// None, or several of the same number.
pub fn of_here(log: &JobLog, job: JobId, connection: &Connection) -> anyhow::Result<Record> {
    let client = &connection.client;
    let records = log
        .read(job)
        .with_context(|| format!("cannot read the log of job {job}"))?;
    let is_here =
        |record: &Record| record.library == client.library() && record.space == client.space();
    let (mut here, elsewhere): (Vec<Record>, Vec<Record>) = records.into_iter().partition(is_here);
    match (here.pop(), elsewhere.first()) {
        (Some(record), _) if here.is_empty() => Ok(record),
        (Some(_), _) => Err(Wrong::usage(format!(
            "several programs have given the number {job} to a job of theirs; put the items back \
             by their ids, which `mediasweep bin` lists"
        ))),
        (None, elsewhere) => {
            let (library, space) = elsewhere.map_or(("", ""), |record| {
                (record.library.as_str(), record.space.as_str())
            });
            Err(Wrong::usage(format!(
                "job {job} worked in the library {library} and space {space}, and this is {} and {}",
                client.library(),
                client.space()
            )))
        }
    }
}

/// A job in one JSON line.
#[derive(Serialize)]
struct JobLine<'a> {
    job: u64,
    kind: &'static str,
    library: &'a str,
    space: &'a str,
    at: String,
    ended: Option<String>,
    state: &'static str,
    items: usize,
    done: usize,
    gone: usize,
    failed: usize,
    unknown: usize,
    changed: usize,
    not_sent: usize,
}

fn list(world: &World, limit: usize, json: bool) -> anyhow::Result<Exit> {
    let jobs = log(world)?
        .latest(limit)
        .context("cannot read the logs of jobs")?;
    let mut output = Output::default();
    for job in &jobs {
        if json {
            output.json(&JobLine {
                job: job.id.0,
                kind: kind_word(job.kind),
                library: &job.library,
                space: &job.space,
                at: job.at.to_string(),
                ended: job.ended.map(|at| at.to_string()),
                state: state(job.ended.is_some(), job.is_held),
                items: job.items,
                done: job.tally.done,
                gone: job.tally.gone,
                failed: job.tally.failed,
                unknown: job.tally.unknown,
                changed: job.tally.changed,
                not_sent: job.tally.not_sent,
            });
        } else {
            output.line(&row(job));
        }
    }
    Ok(Exit::Done)
}

fn row(job: &Summary) -> String {
    let tally = &job.tally;
    let mut counts = vec![format!("{} done", count(tally.done))];
    for (number, word) in [
        (tally.gone, "gone"),
        (tally.failed, "failed"),
        (tally.unknown, "unknown"),
        (tally.changed, "changed"),
        (tally.not_sent, "not sent"),
    ] {
        if number > 0 {
            counts.push(format!("{} {word}", count(number)));
        }
    }
    format!(
        "{:>5}  {}  {:<15}  {:<8}  {:>9}  {}",
        job.id,
        job.at.strftime("%Y-%m-%d %H:%M"),
        kind_word(job.kind),
        state(job.ended.is_some(), job.is_held),
        counted(job.items, "item"),
        counts.join(", ")
    )
}

fn state(is_over: bool, is_held: bool) -> &'static str {
    match (is_over, is_held) {
        (true, _) => "ended",
        (false, true) => "running",
        (false, false) => "cut off",
    }
}

fn show(world: &World, id: JobId, json: bool) -> anyhow::Result<Exit> {
    let records = log(world)?
        .read(id)
        .with_context(|| format!("cannot read the log of job {id}"))?;
    let mut exit = Exit::Done;
    for record in &records {
        let job = record.job();
        if !json {
            println!(
                "job {id}, {}, in the library {} and space {}, {}",
                state(record.is_over(), record.is_held),
                output::line(&record.library),
                output::line(&record.space),
                record.at
            );
        }
        progress::lines_of(&job, json);
        if !record.is_over() {
            eprintln!(
                "mediasweep: job {id} is not over: {} booked, {} unknown, {} not sent",
                count(record.booked()),
                count(record.unknown()),
                count(job.spec.len() - record.booked() - record.unknown())
            );
        }
        exit = Exit::of_job(&job, false);
    }
    Ok(exit)
}
