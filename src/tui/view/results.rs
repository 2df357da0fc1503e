//! The results of one job: sums first, then requests, then items grouped by reason.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::jobs::over;
use super::{Titles, framed, row, theme};
use crate::domain::format::{bytes, count, counted, cut, cut_middle, duration, printable, wrap};
use crate::domain::job::{Ending, Exchange, Job, Outcome};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::jobs::{done, verb};
use crate::tui::state::results::{End, Reason, Row};

/// What the results mean elsewhere takes the room of none of so many rows.
const ROWS: usize = 10;

/// From so many cells on there is room to say when the job ended.
const WIDE: u16 = 78;

/// The most requests that are named; the log has all of them.
const REQUESTS: usize = 3;

/// Draws the results.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(job) = state.results.job.and_then(|id| state.jobs.get(id)) else {
        return;
    };
    let title = format!(
        "{}  {}",
        tr!("Job {job}", job = job.id),
        verb(job.spec.kind())
    );
    let mut right = format!(
        "{}   {}",
        counted(job.spec.len(), "item"),
        counted(job.exchanges.len(), "request")
    );
    // Cut off it would look like another time.
    if job.is_over() && area.width >= WIDE {
        right = format!("{right}   {}", over(state, job));
    }
    let titles = Titles::new(title, right, below(state, job));
    let inside = framed(frame, area, &titles);
    let cells = usize::from(inside.width);
    let head = head(job, usize::from(inside.height) / 2);
    let rows = &state.results.rows;
    let cursor = state.results.cursor.row.min(rows.len().saturating_sub(1));
    let mut foot = reason_in_full(job, rows.get(cursor), cells);
    let elsewhere = elsewhere(state, job, cells);
    // The rows need the room more.
    let above = head.len() + rows.len().min(ROWS) + foot.len();
    if usize::from(inside.height) >= above + elsewhere.len() {
        foot.extend(elsewhere);
    }
    let height = usize::from(inside.height).saturating_sub(head.len() + foot.len());
    let mut lines: Vec<Line<'_>> = head
        .into_iter()
        .map(|text| Line::from(cut(&format!(" {text}"), cells).into_owned()))
        .collect();
    // Fewer rows are visible here than in a list: the sums stand above them.
    let first = (cursor + 1)
        .saturating_sub(height)
        .max(state.results.cursor.offset.min(cursor));
    lines.extend(
        rows.iter()
            .enumerate()
            .skip(first)
            .take(height)
            .map(|(at, line)| {
                let (text, style) = match line {
                    Row::Reason(reason, items) => {
                        let is_unfolded = matches!(rows.get(at + 1), Some(Row::Item(_)));
                        group(job, reason, *items, is_unfolded)
                    }
                    Row::Item(index) => item(job, *index),
                };
                let text = cut(&text, cells.saturating_sub(1)).into_owned();
                row(at == cursor, vec![Span::styled(text, style)])
            }),
    );
    let room = usize::from(inside.height).saturating_sub(foot.len());
    lines.resize(room.max(lines.len()), Line::default());
    lines.extend(foot);
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The failure of the item under the cursor, with nothing cut off; the rows have no room for it.
fn reason_in_full(job: &Job, row: Option<&Row>, cells: usize) -> Vec<Line<'static>> {
    let Some(Row::Item(index)) = row else {
        return Vec::new();
    };
    let Some(failure) = job.outcomes.failure(*index) else {
        return Vec::new();
    };
    let text = format!("{}: {failure}", job.spec.path(*index));
    wrap(&printable(&text), cells.saturating_sub(2), 4)
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), theme::FAILED))
        .collect()
}

/// What a command would have ended with, and where all of it is written down.
fn elsewhere(state: &State, job: &Job, cells: usize) -> Vec<Line<'static>> {
    if !job.is_over() {
        return Vec::new();
    }
    let (code, meaning) = match job.ending() {
        Ending::Done => (0, tr!("all done")),
        Ending::BrokeOff => (1, tr!("the job broke off")),
        Ending::SomeFailed => (3, tr!("some items failed or were not sent")),
    };
    let told = tr!(
        " On the command line: exit code {code}, {meaning}.",
        code,
        meaning
    );
    let mut lines = vec![cut(&told, cells).into_owned()];
    if let Some(started) = job.started.filter(|_| !state.logs.is_empty()) {
        // As the worker names it: by the day in UTC.
        let day = started.strftime("%Y-%m-%d");
        let file = format!("{}/{day}-{}.jsonl", state.logs, job.id);
        let file = printable(&file).into_owned();
        lines.push(cut_middle(&tr!(" Log: {file}", file), cells).into_owned());
    }
    let lines = lines.into_iter();
    lines.map(|line| Line::styled(line, theme::DIM)).collect()
}

/// What the sums come to, and what the filter hides of it.
fn below(state: &State, job: &Job) -> String {
    match &state.results.filter {
        None => sum(job),
        Some((text, _)) => {
            let filter = tr!(
                "filter: {text}, {hidden} hidden",
                text = printable(text),
                hidden = count(state.results.hidden)
            );
            format!("{filter}   {}", sum(job))
        }
    }
}

/// The equation below: what the sums come to.
fn sum(job: &Job) -> String {
    let tally = &job.tally;
    let total = job.spec.len();
    if !job.is_over() {
        let (part, all) = (count(tally.settled()), count(total));
        return tr!("{part} of {all} settled", part, all);
    }
    let parts: Vec<String> = [
        tally.done,
        tally.gone,
        tally.failed,
        tally.unknown,
        tally.not_sent,
    ]
    .into_iter()
    .filter(|part| *part > 0)
    .map(count)
    .collect();
    tr!(
        "{parts} = {all}, nothing unaccounted for",
        parts = parts.join(" + "),
        all = count(total)
    )
}

fn head(job: &Job, most: usize) -> Vec<String> {
    let tally = &job.tally;
    let number = |number: usize| format!("{:>9}", count(number));
    let mut lines = Vec::new();
    let size = match tally.done_bytes {
        0 => String::new(),
        known => format!("   {}", bytes(known)),
    };
    let way_back = match tally.recycled {
        0 => "",
        1 => tr!("   u puts it back"),
        _ => tr!("   u puts them back"),
    };
    lines.push(format!(
        "{}  {}{size}{way_back}",
        number(tally.done),
        done(job.spec.kind())
    ));
    if tally.gone > 0 {
        lines.push(tr!(
            "{items}  already gone   nothing to do",
            items = number(tally.gone)
        ));
    }
    if tally.failed > 0 {
        let retry = match tally.retryable {
            0 => String::new(),
            retryable => tr!(", {items} may be retried", items = count(retryable)),
        };
        let items = number(tally.failed);
        lines.push(tr!(
            "{items}  failed         still marked{retry}",
            items,
            retry
        ));
    }
    if tally.unknown > 0 {
        lines.push(tr!(
            "{items}  unknown        R in the folder shows what is there",
            items = number(tally.unknown)
        ));
    }
    if tally.not_sent > 0 {
        lines.push(tr!(
            "{items}  not sent       still marked, r sends them",
            items = number(tally.not_sent)
        ));
    }
    lines.push(String::new());
    let skipped = job.exchanges.len().saturating_sub(REQUESTS);
    if skipped > 0 {
        lines.push(tr!(
            "... {requests} before",
            requests = counted(skipped, "request")
        ));
    }
    for (at, exchange) in job.exchanges.iter().enumerate().skip(skipped) {
        lines.push(request(at + 1, exchange));
    }
    lines.push(String::new());
    lines.truncate(most);
    lines
}

fn request(number: usize, exchange: &Exchange) -> String {
    let status = exchange
        .status
        .map_or_else(|| tr!("no answer").to_owned(), |status| status.to_string());
    let took = duration(exchange.took_ms / 1000);
    let task = exchange.task.as_ref().map_or_else(String::new, |task| {
        format!("   {}", tr!("server task {task}", task = task.0))
    });
    let id = exchange.request_id.as_ref().map_or_else(String::new, |id| {
        format!("   {}", tr!("request id {id}", id))
    });
    let (number, items) = (
        format!("{number:<4}"),
        format!("{:>6}", count(exchange.items)),
    );
    let request = if exchange.items == 1 {
        tr!("request {number} {items} item", number, items)
    } else {
        tr!("request {number} {items} items", number, items)
    };
    format!("{request}   {status}   {took}{task}{id}")
}

fn group(
    job: &Job,
    reason: &Reason,
    items: usize,
    is_unfolded: bool,
) -> (String, ratatui::style::Style) {
    let fold = if is_unfolded { "[-]" } else { "[+]" };
    let items = count(items);
    let style = match reason.end {
        End::Unknown | End::Retryable | End::Refused => theme::FAILED,
        End::Changed | End::NotSent => theme::LEAVING,
        End::Gone => theme::DIM,
        End::Done => theme::MARKED,
    };
    let words = reason.words(job.spec.kind());
    (format!(" {fold} {items:>6} {}", printable(&words)), style)
}

fn item(job: &Job, index: usize) -> (String, ratatui::style::Style) {
    let path = job.spec.path(index).to_string();
    let path = printable(&path);
    let plain = ratatui::style::Style::new();
    match job.outcomes.get(index) {
        Some(Outcome::Failed(failure) | Outcome::Unknown(failure)) => (
            format!("    x {path}   {}", printable(&failure.to_string())),
            theme::FAILED,
        ),
        Some(Outcome::Recycled(id)) => (
            format!("      {path}   {}", tr!("bin id {id}", id = id.0)),
            plain,
        ),
        Some(Outcome::Placed(place) | Outcome::Restored(Some(place)))
            if place != job.spec.path(index) =>
        {
            (
                format!(
                    "      {path}   {}",
                    tr!("now {path}", path = printable(&place.to_string()))
                ),
                plain,
            )
        }
        Some(
            Outcome::Deleted
            | Outcome::Restored(_)
            | Outcome::Placed(_)
            | Outcome::Fetched(_)
            | Outcome::There
            | Outcome::AlreadyGone
            | Outcome::Changed
            | Outcome::NotSent,
        )
        | None => (format!("      {path}"), plain),
    }
}
