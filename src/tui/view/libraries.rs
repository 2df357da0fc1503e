//! The libraries of the settings.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{boxed, frame_around, row, theme};
use crate::domain::format::cut;
use crate::texts::tr;
use crate::tui::state::State;

/// Draws the list.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let libraries = &state.libraries;
    let cells = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
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
    let block = frame_around(tr!("Libraries").into(), String::new(), below);
    boxed(frame, area, block, lines);
}
