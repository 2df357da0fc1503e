//! What was said last, each message on a line of its own.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::theme;
use crate::tui::state::{State, Tone};

/// Draws the messages.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let lines = state.said.lines().map(|line| {
        line.map_or_else(Line::default, |(text, tone)| {
            let style = match tone {
                Tone::Plain => Style::new(),
                Tone::Trouble => theme::FAILED,
            };
            Line::styled(format!(" {text}"), style)
        })
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}
