//! The undo history: the last jobs of all sessions, and what can still be undone of them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::jobs::column;
use super::{Titles, boxed, inside, row, theme};
use crate::domain::format::{bytes, count, counted, cut, day, fit, fit_right, printable, width};
use crate::domain::job::{JobKind, NoWayBack, PastJob, WayBack};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::bin::leaves_soon;

/// From this width on the time of a job has a column.
const WIDE: usize = 76;

/// Draws the list.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let past = &state.past;
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height);
    let right = match (past.is_loading(), past.jobs.len()) {
        (true, _) => tr!("looking ...").to_owned(),
        (false, jobs) => counted(jobs, "job"),
    };
    let below = tr!("of all sessions in this library, latest first").to_owned();
    let titles = Titles::new(tr!("Undo history").into(), right, below);
    let rows = past.jobs.iter().enumerate().skip(past.cursor.offset);
    let mut lines: Vec<Line<'_>> = rows
        .take(height)
        .map(|(at, job)| row(at == past.cursor.row, spans(state, job, cells)))
        .collect();
    if lines.is_empty() {
        let text = match &past.failure {
            Some(failure) => printable(&failure.to_string()).into_owned(),
            None if past.is_loading() => tr!("Looking ...").to_owned(),
            None => tr!("No job of this library is remembered.").to_owned(),
        };
        lines.push(Line::styled(format!("  {text}"), theme::DIM));
    }
    boxed(frame, area, &titles, lines);
}

fn spans(state: &State, job: &PastJob, cells: usize) -> Vec<Span<'static>> {
    let items = match job.kind {
        JobKind::EmptyBin => String::new(),
        _ => counted(job.items, "item"),
    };
    let mut head = format!(
        "#{:<4} {} {}",
        job.id.0,
        column(job.kind),
        fit_right(&items, 15)
    );
    if cells >= WIDE {
        let at = day(job.at, state.now, &state.zone);
        head = format!("{head}  {}", fit(&at, 11));
    }
    let (text, style) = match job.undo {
        Ok(way) => left(way),
        Err(reason) => (sentence(reason).to_owned(), theme::DIM),
    };
    let room = cells.saturating_sub(width(&head) + 4);
    let is_soon = job.undo.is_ok_and(|way| leaves_soon(way.days_left));
    vec![
        Span::raw(head),
        Span::styled(if is_soon { "  !" } else { "   " }, theme::FAILED),
        Span::styled(cut(&text, room).into_owned(), style),
    ]
}

/// What undoing a job would still do, and how long it can be done.
fn left(way: WayBack) -> (String, Style) {
    let items = count(way.items);
    let what = match way.kind {
        JobKind::Restore if way.is_seen => tr!("{items} still in the bin", items),
        JobKind::Restore => tr!("{items} may be in the bin", items),
        JobKind::Move => tr!("{items} can be moved back", items),
        _ => tr!("{items} can go to the bin", items),
    };
    let size = match way.bytes {
        0 => String::new(),
        known => format!("  {}", bytes(known)),
    };
    let days = way.days_left.map_or_else(String::new, |days| {
        format!("  {}", tr!("{days} d left", days))
    });
    (format!("{what}{size}{days}"), Style::new())
}

fn sentence(reason: NoWayBack) -> &'static str {
    match reason {
        NoWayBack::AtWork => tr!("not over yet"),
        NoWayBack::CutOff => tr!("cut off: go on with it or drop it first"),
        NoWayBack::Final => tr!("cannot be undone"),
        NoWayBack::NothingDone => tr!("did nothing that could be undone"),
        NoWayBack::NothingLeft => tr!("nothing left to undo"),
        NoWayBack::Unreadable => tr!("its log cannot be read"),
    }
}
