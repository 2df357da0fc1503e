//! Two copies of a file side by side: what differs stands out.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::{boxed, frame_around, theme};
use crate::texts::tr;
use crate::tui::state::State;

/// Draws them.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(compare) = &state.compare else {
        return;
    };
    let below = tr!("<> what differs").to_owned();
    let block = frame_around(tr!("Two copies").to_owned(), String::new(), below);
    let cells = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(3));
    let is_marked = compare.sides.each_ref().map(|side| {
        let mark = state.marks.get(&side.directory, &side.listed.name);
        mark.is_some()
    });
    let mut lines = vec![Line::styled(compare.head(is_marked, cells), theme::TITLE)];
    let shown = compare.lines(&state.zone, cells).into_iter();
    lines.extend(
        shown
            .skip(compare.cursor.row)
            .take(height)
            .map(|(text, differs)| {
                let style = if differs { Style::new() } else { theme::DIM };
                Line::styled(text, style)
            }),
    );
    boxed(frame, area, block, lines);
}
