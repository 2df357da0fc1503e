//! Jobs: the panel below the list and the list of all of them.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{Titles, bordered, boxed, inside, row, theme};
use crate::domain::format::{bytes, clock, count, counted, cut, duration, fit, fit_right, width};
use crate::domain::job::{Activity, Job, JobKind, Phase, Speed};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::jobs::verb;

/// Cells of the progress bar.
const BAR: usize = 22;

/// Draws the panel: the running jobs, then the latest that are over. A panel of one line has no
/// border.
pub fn draw_panel(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let area = if area.height > 2 {
        let titles = Titles::new(title(state), tr!("w opens").into(), String::new());
        bordered(frame, area, &titles)
    } else {
        area
    };
    let height = usize::from(area.height);
    let cells = usize::from(area.width);
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
    frame.render_widget(Paragraph::new(lines), area);
}

/// Draws the list of jobs, latest first.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let below = tr!("logs are kept when jobs leave this list").to_owned();
    let titles = Titles::new(title(state), String::new(), below);
    let height = usize::from(inside(area).height);
    let cells = usize::from(inside(area).width);
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
            tr!("  No jobs yet. d on marked rows makes one."),
            theme::DIM,
        ));
    }
    boxed(frame, area, &titles, drawn);
}

fn title(state: &State) -> String {
    let (paused, live): (Vec<&Job>, Vec<&Job>) = state.jobs.running().partition(|job| job.paused);
    let running = live.iter().filter(|job| job.is_running()).count();
    let waiting = live.len() - running;
    let paused = paused.len();
    let title = match (running, waiting) {
        (0, 0) => tr!("Jobs").into(),
        (running, 0) => tr!("Jobs  {running} running", running),
        (running, waiting) => tr!(
            "Jobs  {running} running, {waiting} waiting",
            running,
            waiting
        ),
    };
    match paused {
        0 => title,
        paused => format!("{title}  {}", tr!("{paused} paused", paused)),
    }
}

/// The line of a job, and a second one while it runs.
fn lines(state: &State, job: &Job, cells: usize) -> Vec<(String, Style)> {
    let mut lines = vec![headline(state, job, cells)];
    if let Phase::Running(activity) = &job.phase {
        let doing = match (job.paused, activity) {
            (true, Activity::Sending) => tr!("paused: p goes on").to_owned(),
            (true, _) => tr!(
                "{doing}, then paused: p goes on",
                doing = doing(job, activity, state.now)
            ),
            (false, _) => doing(job, activity, state.now),
        };
        let stop = if job.cancelling {
            tr!(", stopping")
        } else {
            ""
        };
        let is_told = matches!(activity, Activity::Throttled(_));
        let pace = job.pace.filter(|_| !is_told);
        let pace = pace.map_or(String::new(), |(batch, at_once)| {
            let items = counted(batch, "item");
            tr!(", {at_once} at once of {items}", at_once, items)
        });
        let told = if let Activity::Noting(_) = activity {
            doing
        } else {
            carried(job).unwrap_or_else(|| {
                let requests = counted(job.exchanges.len(), "request");
                let answered = tr!("{requests} answered, {doing}", requests, doing);
                format!("{answered}{pace}")
            })
        };
        let line = format!("   {told}{stop}");
        lines.push((line, theme::DIM));
    }
    lines
}

/// How many bytes of a job that carries files have passed; none while something else is to be said.
fn carried(job: &Job) -> Option<String> {
    let carries = matches!(job.spec.kind(), JobKind::Download | JobKind::Upload);
    let is_going = matches!(job.phase, Phase::Running(Activity::Sending)) && !job.paused;
    (carries && is_going).then(|| tr!("{size} carried", size = bytes(job.carried)))
}

/// What a running job is doing, in a few words.
fn doing(job: &Job, activity: &Activity, now: Timestamp) -> String {
    match activity {
        Activity::Noting(noted) => {
            let (noted, total) = (count(*noted), counted(job.spec.len(), "item"));
            tr!("writing the job log, {noted} of {total}", noted, total)
        }
        Activity::Sending => tr!("waiting for the answer").into(),
        Activity::Asking(task) => tr!("asking about server task {task}", task = task.0),
        Activity::Throttled(until) => {
            let at_once = job.pace.map_or(1, |(_, at_once)| at_once);
            let left = duration(seconds_to(*until, now));
            tr!(
                "throttled, {at_once} at once, next try in {left}",
                at_once,
                left
            )
        }
        Activity::Unreachable(until) => {
            let left = duration(seconds_to(*until, now));
            tr!("the service cannot be reached, next try in {left}", left)
        }
        Activity::Checking => tr!("no clear answer: looking at what is there").into(),
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
    let counts = |done: String, failed: String| tr!("{done} ok  {failed} failed", done, failed);
    let (head, counts) = if is_wide {
        let items = match job.spec.kind() {
            JobKind::EmptyBin => String::new(),
            _ => counted(total, "item"),
        };
        let (verb, items) = (
            column(job.spec.kind()),
            fit_right(&items, width(&items).max(15)),
        );
        let head = format!("#{:<2} {verb} {items}", job.id.0);
        let (done, failed) = (count(done), count(failed));
        (head, counts(format!("{done:>7}"), format!("{failed:>5}")))
    } else {
        let head = format!("#{} {verb}{}", job.id.0, items_of(job));
        (head, counts(count(done), count(failed)))
    };
    match &job.phase {
        Phase::Queued if job.paused => {
            (format!("{head}  {}", tr!("paused: p goes on")), theme::DIM)
        }
        Phase::Queued => (
            format!("{head}  {}", tr!("waiting for its turn")),
            theme::DIM,
        ),
        Phase::Running(_) => {
            let settled = tally.settled();
            let percent = percent(settled, total);
            let pace = if job.paused {
                format!("  {}", tr!("paused: p goes on"))
            } else {
                pace(job, state.now)
            };
            let text = if is_wide {
                let (bar, left) = (bar(settled, total), count(total - settled));
                let left = tr!("{left} left", left = format!("{left:>7}"));
                format!("{head}  [{bar}] {percent:>3}%  {counts}  {left}{pace}")
            } else {
                let verb = format!(" {verb}");
                let parts = [
                    (0, Some(format!("#{}", job.id.0))),
                    (3, Some(verb)),
                    (4, Some(items_of(job))),
                    (0, Some(format!("  {percent}%"))),
                    (1, Some(format!("  {counts}"))),
                    (2, Some(pace)),
                ];
                what_fits(parts, cells.saturating_sub(1))
            };
            (text, theme::MARKED)
        }
        Phase::Finished | Phase::Cancelled | Phase::Aborted(_) => {
            let style = if matches!(job.phase, Phase::Aborted(_)) || job.has_trouble() {
                theme::FAILED
            } else {
                Style::new()
            };
            let over = over(state, job);
            let if_any = |number: usize, text: String| (number > 0).then_some(text);
            let gone = tr!("{items} gone", items = count(tally.gone));
            let untouched = tr!("{items} untouched", items = count(tally.not_sent));
            let size = bytes(tally.done_bytes);
            let is_undoable = tally.recycled > 0 && !state.jobs.is_undone(job.id);
            let retries = tally.retryable > 0 || tally.not_sent > 0;
            // In their order on the screen; the larger the number, the sooner a part gives way.
            let parts = [
                (0, Some(head)),
                (6, Some(format!("  {over}"))),
                (0, Some(format!("  {counts}"))),
                (4, if_any(tally.gone, format!("  {gone}"))),
                (1, if_any(tally.not_sent, format!("  {untouched}"))),
                (
                    7,
                    (tally.done_bytes > 0 && is_wide).then(|| format!("  {size}")),
                ),
                (2, retries.then(|| tr!("  r retry").to_owned())),
                (5, job.has_trouble().then(|| tr!("  Enter why").to_owned())),
                (3, is_undoable.then(|| tr!("  u undo").to_owned())),
                (
                    8,
                    (tally.recycled > 0 && !is_undoable).then(|| tr!("  undone").to_owned()),
                ),
            ];
            (what_fits(parts, cells.saturating_sub(1)), style)
        }
    }
}

/// How many items a job has, where that is known before it ends.
fn items_of(job: &Job) -> String {
    match job.spec.kind() {
        JobKind::EmptyBin => String::new(),
        _ => format!(" {}", counted(job.spec.len(), "item")),
    }
}

/// The verb of a job in as many cells as the longest one has.
pub fn column(kind: JobKind) -> String {
    let longest = [JobKind::EmptyBin, JobKind::Recycle].map(|kind| width(verb(kind)));
    fit(verb(kind), longest[0].max(longest[1]))
}

/// Parts of a line, without those that give way where there is no room.
fn what_fits<const N: usize>(parts: [(u8, Option<String>); N], cells: usize) -> String {
    let mut parts: Vec<(u8, String)> = parts
        .into_iter()
        .filter_map(|(rank, text)| Some((rank, text?)))
        .collect();
    while parts.iter().map(|(_, text)| width(text)).sum::<usize>() > cells {
        let ranks = parts.iter().enumerate();
        match ranks.max_by_key(|(_, (rank, _))| *rank) {
            Some((at, (1.., _))) => parts.remove(at),
            _ => break,
        };
    }
    parts.into_iter().map(|(_, text)| text).collect()
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
            let (rate, time) = (count(rate), duration(left));
            let pace = tr!("{rate}/s  {time} left", rate = format!("{rate:>6}"), time);
            format!("  {pace}")
        }
        Some(Speed::Waiting(silence)) => {
            let time = duration(silence);
            format!("  {}", tr!("waiting for the service, {time}", time))
        }
        None => String::new(),
    }
}

/// How a job that is over came to its end, and when, and how long it took: `done 14:09:40 in 0:39`.
pub fn over(state: &State, job: &Job) -> String {
    let word = match &job.phase {
        Phase::Cancelled => tr!("cancelled"),
        Phase::Aborted(_) => tr!("broke off"),
        Phase::Queued | Phase::Running(_) | Phase::Finished => tr!("done"),
    };
    let ended = job
        .ended
        .map_or_else(String::new, |at| clock(at, &state.zone));
    let took = elapsed(job.started, job.ended).map_or_else(String::new, duration);
    tr!("{word} {ended} in {took}", word, ended, took)
}

fn elapsed(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<u64> {
    Some(to?.duration_since(from?).as_secs().max(0).unsigned_abs())
}
