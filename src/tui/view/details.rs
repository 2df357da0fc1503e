//! All that is known of one entry.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Titles, boxed, inside};
use crate::domain::format::{cut_left, printable};
use crate::tui::state::State;

/// Draws it.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(details) = &state.details else {
        return;
    };
    let path = printable(&details.path.to_string()).into_owned();
    let title = cut_left(&path, usize::from(area.width).saturating_sub(8));
    let titles = Titles::new(title, String::new(), String::new());
    let height = usize::from(inside(area).height);
    let lines = state.details_lines();
    let shown = lines.into_iter().skip(details.cursor.row).take(height);
    boxed(frame, area, &titles, shown.map(Line::from).collect());
}
