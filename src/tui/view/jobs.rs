//! Jobs: the panel below the list and the list of all of them.

use std::fmt::Write as _;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{boxed, frame_around, row, theme};
use crate::domain::format::{bytes, clock, count, counted, cut, duration};
use crate::domain::job::{Activity, Job, JobKind, Phase, Speed};
use crate::tui::state::State;
use crate::tui::state::jobs::verb;

/// Cells of the progress bar.
const BAR: usize = 22;

/// Draws the panel: the running jobs, then the latest that are over.
pub fn draw_panel(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let block = frame_around(title(state), "w opens".into(), String::new());
    let height = usize::from(area.height.saturating_sub(2));
    let cells = usize::from(area.width.saturating_sub(2));
    let (live, over): (Vec<&Job>, Vec<&Job>) = state.jobs.shown().partition(|job| !job.is_over());
    // The job whose turn it is comes first, and the queue behind it in its order.
    let lines: Vec<Line<'_>> = live
        .into_iter()
        .rev()
        .chain(over)
        .flat_map(|job| lines(state, job, cells))
        .take(height)
        .map(|(text, style)| Line::styled(cut(&format!(" {text}"), cells).into_owned(), style))
        .collect();
    boxed(frame, area, block, lines);
}

/// Draws the list of jobs, latest first.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let below = "logs are kept when jobs leave this list".to_owned();
    let block = frame_around(title(state), String::new(), below);
    let height = usize::from(area.height.saturating_sub(2));
    let cells = usize::from(area.width.saturating_sub(2));
    let cursor = state.jobs.cursor;
    let mut drawn: Vec<Line<'_>> = state
        .jobs
        .shown()
        .enumerate()
        .skip(cursor.offset)
        .take(height)
        .map(|(at, job)| {
            let (text, style) = headline(state, job, cells);
            let text = cut(&text, cells.saturating_sub(1)).into_owned();
            row(at == cursor.row, vec![Span::styled(text, style)])
        })
        .collect();
    if drawn.is_empty() {
        drawn.push(Line::styled(
            "  No jobs yet. d on marked rows makes one.",
            theme::DIM,
        ));
    }
    boxed(frame, area, block, drawn);
}

fn title(state: &State) -> String {
    let running = state.jobs.running().filter(|job| job.is_running()).count();
    let waiting = state.jobs.running().count() - running;
    match (running, waiting) {
        (0, 0) => "Jobs".into(),
        (running, 0) => format!("Jobs  {running} running"),
        (running, waiting) => format!("Jobs  {running} running, {waiting} waiting"),
    }
}

/// The line of a job, and a second one while it runs.
fn lines(state: &State, job: &Job, cells: usize) -> Vec<(String, Style)> {
    let mut lines = vec![headline(state, job, cells)];
    if let Phase::Running(activity) = &job.phase {
        let doing = match (job.paused, activity) {
            (true, Activity::Sending) => "paused: p goes on".to_owned(),
            (true, _) => format!(
                "{}, then paused: p goes on",
                doing(job, activity, state.now)
            ),
            (false, _) => doing(job, activity, state.now),
        };
        let stop = if job.cancelling { ", stopping" } else { "" };
        let is_told = matches!(activity, Activity::Throttled(_));
        let pace = job.pace.filter(|_| !is_told);
        let pace = pace.map_or(String::new(), |(batch, at_once)| {
            format!(", {at_once} at once of {}", counted(batch, "item"))
        });
        let requests = counted(job.exchanges.len(), "request");
        let line = match carried(job) {
            Some(carried) => format!("   {carried}{stop}"),
            None => format!("   {requests} answered, {doing}{pace}{stop}"),
        };
        lines.push((line, theme::DIM));
    }
    lines
}

/// How many bytes of a job that carries files have passed; none while something else is to be said.
fn carried(job: &Job) -> Option<String> {
    let carries = matches!(job.spec.kind(), JobKind::Download | JobKind::Upload);
    let is_going = matches!(job.phase, Phase::Running(Activity::Sending)) && !job.paused;
    (carries && is_going).then(|| format!("{} carried", bytes(job.carried)))
}

/// What a running job is doing, in a few words.
fn doing(job: &Job, activity: &Activity, now: Timestamp) -> String {
    match activity {
        Activity::Sending => "waiting for the answer".into(),
        Activity::Asking(task) => format!("asking about server task {}", task.0),
        Activity::Throttled(until) => {
            let at_once = job.pace.map_or(1, |(_, at_once)| at_once);
            let left = duration(seconds_to(*until, now));
            format!("throttled, {at_once} at once, next try in {left}")
        }
        Activity::Unreachable(until) => {
            let left = duration(seconds_to(*until, now));
            format!("the service cannot be reached, next try in {left}")
        }
        Activity::Checking => "no clear answer: looking at what is there".into(),
    }
}

fn seconds_to(time: Timestamp, now: Timestamp) -> u64 {
    time.duration_since(now).as_secs().max(0).unsigned_abs()
}

/// The line of a job; on narrow terminals without its bar and its padding.
fn headline(state: &State, job: &Job, cells: usize) -> (String, Style) {
    let tally = &job.tally;
    let total = job.spec.len();
    let is_wide = cells >= 110;
    let verb = verb(job.spec.kind());
    let done = tally.done;
    let failed = tally.failed + tally.unknown;
    let (head, counts) = if is_wide {
        let items = match job.spec.kind() {
            JobKind::EmptyBin => String::new(),
            _ => counted(total, "item"),
        };
        let head = format!("#{:<2} {verb:<9} {items:>15}", job.id.0);
        (
            head,
            format!("{:>7} ok  {:>5} failed", count(done), count(failed)),
        )
    } else {
        let items = match job.spec.kind() {
            JobKind::EmptyBin => String::new(),
            _ => format!(" {}", counted(total, "item")),
        };
        let head = format!("#{} {verb}{items}", job.id.0);
        (
            head,
            format!("{} ok  {} failed", count(done), count(failed)),
        )
    };
    match &job.phase {
        Phase::Queued if job.paused => (format!("{head}  paused: p goes on"), theme::DIM),
        Phase::Queued => (format!("{head}  waiting for its turn"), theme::DIM),
        Phase::Running(_) => {
            let settled = tally.settled();
            let percent = percent(settled, total);
            let pace = pace(job, state.now);
            let text = if is_wide {
                let (bar, left) = (bar(settled, total), count(total - settled));
                format!("{head}  [{bar}] {percent:>3}%  {counts}  {left:>7} left{pace}")
            } else {
                format!("{head}  {percent}%  {counts}{pace}")
            };
            (text, theme::MARKED)
        }
        Phase::Finished | Phase::Cancelled | Phase::Aborted(_) => {
            let (word, style) = match &job.phase {
                Phase::Cancelled => ("cancelled", Style::new()),
                Phase::Aborted(_) => ("broke off", theme::FAILED),
                Phase::Queued | Phase::Running(_) | Phase::Finished => ("done", Style::new()),
            };
            let style = if job.has_trouble() {
                theme::FAILED
            } else {
                style
            };
            let ended = job
                .ended
                .map_or_else(String::new, |at| clock(at, &state.zone));
            let took = elapsed(job.started, job.ended).map_or_else(String::new, duration);
            let mut text = format!("{head}  {word} {ended} in {took}  {counts}");
            if tally.gone > 0 {
                let _ = write!(text, "  {} gone", count(tally.gone));
            }
            if tally.not_sent > 0 {
                let _ = write!(text, "  {} untouched", count(tally.not_sent));
            }
            if tally.done_bytes > 0 && is_wide {
                let _ = write!(text, "  {}", bytes(tally.done_bytes));
            }
            if tally.retryable > 0 || tally.not_sent > 0 {
                text.push_str("  r retry");
            }
            let is_undoable = tally.recycled > 0 && !state.jobs.is_undone(job.id);
            text.push_str(match (job.has_trouble(), is_undoable) {
                (true, _) => "  Enter why",
                (false, true) => "  u undo",
                (false, false) if tally.recycled > 0 => "  undone",
                (false, false) => "",
            });
            (text, style)
        }
    }
}

/// A bar that is full only when everything is settled.
fn bar(settled: usize, total: usize) -> String {
    let full = (settled * BAR).checked_div(total).unwrap_or(BAR);
    format!("{}{}", "#".repeat(full), "-".repeat(BAR - full))
}

/// Percent, rounded down: 100 only when everything is settled.
pub fn percent(settled: usize, total: usize) -> usize {
    (settled * 100).checked_div(total).unwrap_or(100)
}

/// Items per second and the time left, once there is enough to tell from.
fn pace(job: &Job, now: Timestamp) -> String {
    match job.speed(now) {
        Some(Speed::Going(rate, left)) => {
            let rate = usize::try_from(rate).unwrap_or(usize::MAX);
            format!("  {:>6}/s  {} left", count(rate), duration(left))
        }
        Some(Speed::Waiting(silence)) => {
            format!("  waiting for the service, {}", duration(silence))
        }
        None => String::new(),
    }
}

fn elapsed(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<u64> {
    Some(to?.duration_since(from?).as_secs().max(0).unsigned_abs())
}
