//! Lines that are typed, with the cursor in them; of a long one the part around the cursor is seen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::browser::fuzzy;
use super::theme;
use crate::domain::format::{cut, cut_left, printable, width};
use crate::texts::tr;
use crate::tui::command;
use crate::tui::state::State;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;

/// A label is cut where there are fewer cells than this for it and for what is typed.
const TYPED: usize = 40;

/// Draws a line that is typed behind a label, and a remark behind it.
pub fn draw(frame: &mut Frame<'_>, area: Rect, label: &str, line: &Typed, remark: &str) {
    let cells = usize::from(area.width);
    // What is typed needs the room more than what it is typed for.
    let label = match cells {
        0..TYPED => cut(label, cells / 3),
        _ => label.into(),
    };
    let (text, at) = window(line, cells.saturating_sub(width(&label)));
    let remark = match remark {
        "" if line.is_proposed() => tr!("typing replaces it, Right keeps it"),
        remark => remark,
    };
    let left = cells.saturating_sub(width(&label) + width(&text) + 2);
    let at = (width(&label) + at).min(cells.saturating_sub(1));
    let shown = Line::from(vec![
        Span::styled(label, theme::KEY),
        Span::styled(text, style(line)),
        Span::styled(format!("  {}", cut(remark, left)), theme::DIM),
    ]);
    frame.render_widget(shown, area);
    let x = area.x + u16::try_from(at).unwrap_or(0);
    frame.set_cursor_position(Position::new(x, area.y));
}

/// What is seen of a line in so many cells, and how many of them stand before the cursor, which takes
/// one itself.
pub fn window(line: &Typed, cells: usize) -> (String, usize) {
    let (before, behind) = line.value().split_at(line.cursor());
    let (before, behind) = (printable(before), printable(behind));
    let room = cells.saturating_sub(1);
    let before = cut_left(&before, room.saturating_sub(width(&behind).min(room / 4)));
    let behind = cut(&behind, room.saturating_sub(width(&before)));
    (format!("{before}{behind}"), width(&before))
}

/// What is only proposed looks selected.
pub fn style(line: &Typed) -> Style {
    if line.is_proposed() {
        theme::FOCUS
    } else {
        Style::new()
    }
}

/// Draws the line that is typed now; what it is about stands before it, what comes of it behind.
pub fn prompt(state: &State, prompt: &Prompt, frame: &mut Frame<'_>, area: Rect) {
    let is_fuzzy = state.is_fuzzy && prompt.purpose.may_be_fuzzy();
    let label = match prompt.purpose {
        Purpose::Command => " :".to_owned(),
        _ => label(&format!("{}{}", prompt.purpose.label(), fuzzy(is_fuzzy))),
    };
    let remark = match (&prompt.complaint, &prompt.purpose) {
        (Some(complaint), _) => complaint.clone(),
        (None, Purpose::Command) => {
            let argument = command::argument(prompt.line.value());
            argument.unwrap_or_default().to_owned()
        }
        (None, _) if !prompt.remark.is_empty() => prompt.remark.clone(),
        (None, _) if prompt.names.awaited.is_some() => "...".to_owned(),
        // Names only tell when something was typed that they would change.
        (None, _) if prompt.line.is_proposed() => String::new(),
        (None, _) => names(prompt),
    };
    draw(frame, area, &label, &prompt.line, &remark);
}

/// What stands before a line that is typed.
pub fn label(what: &str) -> String {
    tr!(" {what}: ", what)
}

/// The folders that a path can become.
fn names(prompt: &Prompt) -> String {
    let candidates = prompt.names.candidates(&prompt.line);
    let mut names: Vec<_> = candidates.into_iter().take(20).collect();
    if let Some((_, at)) = prompt.names.turn {
        // What Tab would write next stands first.
        let next = (at + 1) % names.len().max(1);
        names.rotate_left(next);
    }
    let names: Vec<_> = names.into_iter().map(|name| printable(name)).collect();
    names.join("  ")
}
