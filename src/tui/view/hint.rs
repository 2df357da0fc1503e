//! The keys that may follow an unfinished sequence, in a box above the lines at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{Titles, bordered, clear, theme};
use crate::domain::format::{cut, fit, width};
use crate::texts::{say, tr};
use crate::tui::availability::availability;
use crate::tui::keymap::{Call, spell};
use crate::tui::layout::Layout;
use crate::tui::state::State;

/// Cells of a column at the least.
const COLUMN: usize = 38;

/// Draws the box.
pub fn draw(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let mut choices = state
        .keymap
        .continuations(state.view.context(), &state.pressed);
    // Small letters before their capitals.
    choices.sort_by_key(|(keys, _)| (keys.to_lowercase(), keys.to_uppercase() == *keys));
    let room = layout.message.y.saturating_sub(layout.main.y);
    let border = if room > 4 { 2 } else { 0 };
    let cells = usize::from(layout.all.width.saturating_sub(border));
    let columns = (cells / COLUMN).max(1);
    let most = usize::from(room - border).max(1);
    let rows = choices.len().div_ceil(columns).min(most);
    let each = cells / columns;
    let for_key = choices
        .iter()
        .map(|(keys, _)| width(keys))
        .max()
        .unwrap_or(0);
    let lines: Vec<Line<'_>> = (0..rows)
        .map(|row| {
            let mut spans = Vec::new();
            for (keys, binding) in choices.iter().skip(row).step_by(rows) {
                let can = match &binding.call {
                    Call::Action(action) => availability(state, *action).is_ok(),
                    Call::Line(_) => true,
                };
                let help = say(&binding.help)
                    .split([';', '；'])
                    .next()
                    .unwrap_or_default();
                let room = each.saturating_sub(for_key + 3);
                let (key, text) = if can {
                    (theme::KEY, ratatui::style::Style::new())
                } else {
                    (theme::DISABLED, theme::DISABLED)
                };
                spans.push(Span::styled(format!(" {}  ", fit(keys, for_key)), key));
                spans.push(Span::styled(fit(&cut(help, room), room), text));
            }
            Line::from(spans)
        })
        .collect();
    let height = u16::try_from(rows).unwrap_or(layout.all.height) + border;
    let area = Rect {
        y: layout.message.y.saturating_sub(height),
        height,
        ..layout.all
    }
    .intersection(layout.all);
    clear(frame, layout.all, area);
    let inside = if border > 0 {
        let title = format!("{} ...", spell(&state.pressed));
        let titles = Titles::new(title, String::new(), tr!("Esc  drops it").into());
        bordered(frame, area, &titles)
    } else {
        area
    };
    frame.render_widget(Paragraph::new(lines), inside);
}
