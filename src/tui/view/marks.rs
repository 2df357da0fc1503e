//! The list of all marks, and their summary beside the list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{boxed, frame_around, row, theme};
use crate::domain::entry::Kind;
use crate::domain::format::{bytes, count, cut_middle, fit, fit_right, printable, width};
use crate::domain::marks::{Fate, Totals};
use crate::tui::state::State;

/// Draws the list of all marks.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let totals = state.marks.totals();
    let title = heading(totals);
    let nested = state.marks.nested();
    let right = match nested {
        0 => String::new(),
        _ => format!("{} inside marked folders: counted once", count(nested)),
    };
    let block = frame_around(title, right, "by folder".into());
    let cells = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
    let first = state.marks_cursor.offset;
    let mut lines: Vec<Line<'_>> = (first..first + height)
        .map_while(|at| state.marks.nth(at).map(|mark| (at, mark)))
        .map(|(at, (directory, name, mark))| {
            let (sign, style) = match &mark.fate {
                Fate::Refused(_) => ("x", theme::FAILED),
                Fate::Chosen | Fate::Handed(_) if !mark.can_delete => ("!", theme::PROTECTED),
                Fate::Chosen | Fate::Handed(_) => ("+", theme::MARKED),
            };
            let size = mark.size.map_or_else(String::new, bytes);
            let room = cells.saturating_sub(3 + 11);
            let slash = if mark.kind == Kind::Directory {
                "/"
            } else {
                ""
            };
            let name = format!("{}{slash}", printable(name));
            let name = cut_middle(&name, room / 2).into_owned();
            let place = match &mark.fate {
                Fate::Refused(failure) => printable(&failure.to_string()).into_owned(),
                Fate::Chosen | Fate::Handed(_) => printable(&directory.to_string()).into_owned(),
            };
            let gap = room.saturating_sub(width(&name) + 2);
            row(
                at == state.marks_cursor.row,
                vec![
                    Span::styled(sign, style),
                    Span::raw(" "),
                    Span::styled(name, style),
                    Span::styled(format!("  {}", fit(&place, gap)), theme::DIM),
                    Span::raw(fit_right(&size, 11)),
                ],
            )
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled(
            "  Nothing is marked. Space in the list marks.",
            theme::DIM,
        ));
    }
    boxed(frame, area, block, lines);
}

fn heading(totals: Totals) -> String {
    format!("Marks {}  {}", count(totals.count), totals.size())
        .trim_end()
        .to_owned()
}

/// Draws the summary of the marks.
pub fn draw_summary(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let totals = state.marks.totals();
    let (title, right) = match totals.count {
        0 => ("Marks".to_owned(), String::new()),
        _ => (heading(totals), "gm opens".to_owned()),
    };
    let below = if totals.count > 0 {
        "d recycle  D for ever"
    } else {
        ""
    };
    let block = frame_around(title, right, below.into());
    let cells = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
    let mut notes = Vec::new();
    let nested = state.marks.nested();
    if nested > 0 {
        notes.push(format!(
            " {} inside marked folders: counted once",
            count(nested)
        ));
    }
    if state.browser.hidden_marks > 0 {
        notes.push(format!(
            " {} hidden by the filter",
            count(state.browser.hidden_marks)
        ));
    }
    let places = state.marks.places().count();
    let room = height.saturating_sub(notes.len());
    let shown = if places > room {
        room.saturating_sub(1)
    } else {
        places
    };
    let mut lines: Vec<Line<'_>> = state
        .marks
        .places()
        .take(shown)
        .map(|(directory, totals)| {
            let place = printable(&directory.to_string()).into_owned();
            let numbers = format!(
                "{}{}",
                fit_right(&count(totals.count), 9),
                fit_right(&totals.size(), 10)
            );
            let room = cells.saturating_sub(width(&numbers) + 2);
            Line::from(format!(" {}{numbers}", fit(&place, room)))
        })
        .collect();
    if places > shown {
        lines.push(Line::from(format!(
            " ... and {} more folders",
            count(places - shown)
        )));
    }
    if totals.count == 0 {
        lines.push(Line::styled(" Space marks, v begins a range,", theme::DIM));
        lines.push(Line::styled(" Ctrl-a marks all rows shown.", theme::DIM));
    }
    lines.extend(notes.into_iter().map(Line::from));
    boxed(frame, area, block, lines);
}
