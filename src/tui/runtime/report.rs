//! The report of a job: what became of each item, for a person, a program or a table.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use super::file;
use crate::domain::format::{bytes, count, counted, duration, printable};
use crate::domain::job::{Exchange, Job, Outcome, Phase};
use crate::texts::{self, Language, heard, later, say, tr};
use crate::tui::state::jobs::{done, verb};
use crate::tui::state::results::{End, groups};

/// What became of one item. What is not known is left out.
#[derive(Serialize)]
struct Row {
    path: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    can_retry: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recycled_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<String>,
}

/// One request and its answer.
#[derive(Serialize)]
struct Request<'a> {
    items: usize,
    status: Option<u16>,
    #[serde(rename = "request_id")]
    id: Option<&'a str>,
    task: Option<&'a str>,
    took_ms: u64,
}

/// All but the items.
#[derive(Serialize)]
struct Head<'a> {
    job: u64,
    what: &'static str,
    ended: &'static str,
    started_at: Option<String>,
    ended_at: Option<String>,
    items: usize,
    done: usize,
    done_bytes: u64,
    gone: usize,
    failed: usize,
    unknown: usize,
    changed: usize,
    not_sent: usize,
    requests: Vec<Request<'a>>,
}

/// Writes what is told of a job in one of the forms of a report.
type Form = fn(&Job, &mut BufWriter<File>) -> io::Result<()>;

/// Writes the report; `file` must not be there yet. Returns how many items it tells of. A text is in
/// this language; what programs read is in English.
pub async fn write(job: Job, file: String, language: Language) -> Result<usize, String> {
    if Path::new(&file).exists() {
        return Err(later!("there is a file of that name already").into());
    }
    let items = job.spec.len();
    let extension = Path::new(&file).extension().and_then(|end| end.to_str());
    let (form, language): (Form, _) = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("json") => (json, Language::English),
        Some("jsonl") => (lines, Language::English),
        Some("csv") => (table, Language::English),
        _ => (text, language),
    };
    let save = move || {
        let before = texts::speak(language);
        let saved = file::save(&file, |mut open| {
            form(&job, &mut open)?;
            open.flush()
        });
        // Others work on this thread as well.
        texts::speak(before);
        saved
    };
    match tokio::task::spawn_blocking(save).await {
        Ok(Ok(())) => Ok(items),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn rows(job: &Job) -> impl Iterator<Item = Row> + '_ {
    let answered = job.answered.of_each(job.spec.len());
    answered.into_iter().enumerate().map(|(index, exchange)| {
        let exchange = exchange.and_then(|number| job.exchanges.get(number as usize));
        row(job, index, exchange)
    })
}

fn row(job: &Job, index: usize, exchange: Option<&Exchange>) -> Row {
    let outcome = outcome_of(job, index);
    let mut row = Row {
        path: job.spec.path(index).to_string(),
        outcome: outcome.as_ref().map_or("open", word),
        size: job.spec.size(index),
        status: None,
        code: None,
        message: None,
        request_id: None,
        can_retry: None,
        recycled_id: None,
        now: None,
    };
    if let (Some(outcome), Some(exchange)) = (&outcome, exchange) {
        row.status = outcome.status();
        row.request_id.clone_from(&exchange.request_id);
    }
    match outcome {
        Some(Outcome::Failed(failure) | Outcome::Unknown(failure)) => {
            row.status = failure.status;
            row.code = failure.code.as_deref().map(str::to_owned);
            row.message = Some(failure.message.clone());
            if failure.request_id.is_some() {
                row.request_id.clone_from(&failure.request_id);
            }
            row.can_retry = Some(failure.can_retry());
        }
        Some(Outcome::Recycled(id)) => row.recycled_id = Some(id.0.to_string()),
        Some(Outcome::Placed(now) | Outcome::Restored(Some(now))) => {
            row.now = Some(now.to_string());
        }
        Some(Outcome::Fetched(now)) => row.now = Some(now.to_string()),
        _ => {}
    }
    row
}

/// What became of an item; none while that is open.
fn outcome_of(job: &Job, index: usize) -> Option<Outcome> {
    job.outcomes.get(index)
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Recycled(_) => "recycled",
        Outcome::Deleted => "deleted",
        Outcome::Restored(_) => "restored",
        Outcome::Placed(_) => "placed",
        Outcome::Fetched(_) => "fetched",
        Outcome::There => "there already",
        Outcome::AlreadyGone => "already gone",
        Outcome::Failed(_) => "failed",
        Outcome::Unknown(_) => "unknown",
        Outcome::Changed => "changed",
        Outcome::NotSent => "not sent",
    }
}

fn head(job: &Job) -> Head<'_> {
    let tally = &job.tally;
    Head {
        job: job.id.0,
        what: verb(job.spec.kind()),
        ended: match job.phase {
            Phase::Queued | Phase::Running(_) => later!("not yet"),
            Phase::Finished => later!("finished"),
            Phase::Cancelled => later!("cancelled"),
            Phase::Aborted(_) => later!("broke off"),
        },
        started_at: job.started.map(|at| at.to_string()),
        ended_at: job.ended.map(|at| at.to_string()),
        items: job.spec.len(),
        done: tally.done,
        done_bytes: tally.done_bytes,
        gone: tally.gone,
        failed: tally.failed,
        unknown: tally.unknown,
        changed: tally.changed,
        not_sent: tally.not_sent,
        requests: job.exchanges.iter().map(request).collect(),
    }
}

fn request(exchange: &Exchange) -> Request<'_> {
    Request {
        items: exchange.items,
        status: exchange.status,
        id: exchange.request_id.as_deref(),
        task: exchange.task.as_ref().map(|task| task.0.as_str()),
        took_ms: exchange.took_ms,
    }
}

/// One object: the sums, the requests, and a list of all items, one a line.
fn json(job: &Job, out: &mut BufWriter<File>) -> io::Result<()> {
    let head = serde_json::to_string(&head(job))?;
    write!(out, "{},\n\"results\":[", head.trim_end_matches('}'))?;
    for (number, row) in rows(job).enumerate() {
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &row)?;
    }
    out.write_all(b"\n]}\n")
}

/// One object a line: an item each.
fn lines(job: &Job, out: &mut BufWriter<File>) -> io::Result<()> {
    for row in rows(job) {
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A table as of RFC 4180, with a line of names.
fn table(job: &Job, out: &mut BufWriter<File>) -> io::Result<()> {
    out.write_all(b"path,outcome,size,status,code,message,request_id,recycled_id,now\r\n")?;
    for row in rows(job) {
        let number = |number: Option<u64>| number.map_or_else(String::new, |it| it.to_string());
        let cells = [
            row.path,
            row.outcome.to_owned(),
            number(row.size),
            number(row.status.map(u64::from)),
            row.code.unwrap_or_default(),
            row.message.unwrap_or_default(),
            row.request_id.unwrap_or_default(),
            row.recycled_id.unwrap_or_default(),
            row.now.unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        write!(out, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// What the screen shows, with nothing folded.
fn text(job: &Job, out: &mut BufWriter<File>) -> io::Result<()> {
    let head = head(job);
    let items = counted(head.items, "item");
    let (id, what, ended) = (job.id, head.what, say(head.ended));
    let first = tr!("Job {id}: {what} {items}, {ended}", id, what, items, ended);
    writeln!(out, "{first}")?;
    if let (Some(from), Some(to)) = (&head.started_at, &head.ended_at) {
        writeln!(out, "{}", tr!("from {from} to {to}", from, to))?;
    }
    writeln!(out)?;
    let sums = [
        (head.done, done(job.spec.kind())),
        (head.gone, tr!("already gone")),
        (head.failed, tr!("failed")),
        (head.unknown, tr!("unknown")),
        (head.changed, tr!("changed, left out")),
        (head.not_sent, tr!("not sent")),
    ];
    for (number, what) in sums.into_iter().filter(|(number, _)| *number > 0) {
        writeln!(out, "{:>9}  {what}", count(number))?;
    }
    if head.done_bytes > 0 {
        writeln!(out, "{:>9}  {}", bytes(head.done_bytes), tr!("of that"))?;
    }
    writeln!(out)?;
    for (number, request) in head.requests.iter().enumerate() {
        let status = request
            .status
            .map_or_else(|| tr!("no answer").to_owned(), |it| it.to_string());
        let line = tr!(
            "request {number}: {items}, {status}, {time}",
            number = number + 1,
            items = counted(request.items, "item"),
            status,
            time = duration(request.took_ms / 1000)
        );
        write!(out, "{line}")?;
        if let Some(task) = request.task {
            write!(out, "{}", tr!(", server task {task}", task))?;
        }
        if let Some(id) = request.id {
            write!(out, "{}", tr!(", request id {id}", id))?;
        }
        writeln!(out)?;
    }
    for (reason, items) in groups(job) {
        let what = match reason.end {
            End::Unknown => tr!("unknown"),
            End::Retryable => tr!("failed, may be retried"),
            End::Refused => tr!("failed"),
            End::Changed => tr!("changed, left out"),
            End::NotSent => tr!("not sent"),
            End::Gone => tr!("already gone"),
            End::Done => done(job.spec.kind()),
        };
        writeln!(
            out,
            "\n{} {what} {}",
            count(items.len()),
            printable(&reason.label)
        )?;
        for index in items {
            let row = row(job, index, None);
            let because = row
                .message
                .map_or_else(String::new, |it| format!("   {}", heard(&it)));
            let id = row
                .request_id
                .map_or_else(String::new, |id| tr!(" (request {id})", id));
            let line = format!("{}{because}{id}", row.path);
            writeln!(out, "  {}", printable(&line))?;
        }
    }
    Ok(())
}
