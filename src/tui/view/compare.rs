//! Two copies of a file side by side: what differs stands out.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::{Titles, boxed, inside, theme};
use crate::texts::tr;
use crate::tui::state::State;

/// Draws them.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(compare) = &state.compare else {
        return;
    };
    let below = tr!("<> what differs").to_owned();
    let titles = Titles::new(tr!("Two copies").to_owned(), String::new(), below);
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height).saturating_sub(1);
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
    boxed(frame, area, &titles, lines);
}
