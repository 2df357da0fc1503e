//! The libraries of the settings.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Titles, boxed, inside, row, theme};
use crate::domain::format::cut;
use crate::texts::tr;
use crate::tui::state::State;

/// Draws the list.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let libraries = &state.libraries;
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height);
    let lines: Vec<Line<'_>> = libraries
        .labels
        .iter()
        .enumerate()
        .skip(libraries.cursor.offset)
        .take(height)
        .map(|(at, label)| {
            let here = if libraries.here == Some(at) {
                tr!("  (open)")
            } else {
                ""
            };
            let label = cut(label, cells.saturating_sub(12)).into_owned();
            row(
                at == libraries.cursor.row,
                vec![
                    Span::styled(format!(" {label}"), theme::DIRECTORY),
                    Span::styled(here, theme::DIM),
                ],
            )
        })
        .collect();
    let below = tr!("libraries and spaces of the settings").to_owned();
    let titles = Titles::new(tr!("Libraries").into(), String::new(), below);
    boxed(frame, area, &titles, lines);
}
