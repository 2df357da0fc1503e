//! The form in which a search is written, above everything else.

use ratatui::Frame;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::text::{Line, Span};

use super::{boxed, clear, frame_around, theme};
use crate::domain::format::{cut, fit, printable, width};
use crate::texts::tr;
use crate::tui::state::search::{FIELDS, Form, fields};

/// Cells of the names of the fields.
const LABEL: usize = 15;

/// Draws the form.
pub fn draw(form: &Form, frame: &mut Frame<'_>, all: Rect) {
    let rows = u16::try_from(FIELDS).unwrap_or(u16::MAX);
    let area = all.centered(
        Constraint::Length(all.width.saturating_sub(4).min(76)),
        Constraint::Length((rows + 5).min(all.height)),
    );
    clear(frame, all, area);
    let cells = usize::from(area.width.saturating_sub(2));
    let mut lines: Vec<Line<'_>> = fields()
        .into_iter()
        .zip(&form.fields)
        .enumerate()
        .map(|(at, ((label, hint), field))| {
            let is_current = at == form.at;
            let sign = if is_current { ">" } else { " " };
            let room = cells.saturating_sub(LABEL + 3);
            let typed = printable(field.value()).into_owned();
            let text = if typed.is_empty() {
                Span::styled(cut(hint, room).into_owned(), theme::DIM)
            } else {
                Span::raw(cut(&typed, room).into_owned())
            };
            let key = if is_current { theme::KEY } else { theme::TITLE };
            Line::from(vec![
                Span::styled(format!("{sign} {} ", fit(label, LABEL)), key),
                text,
            ])
        })
        .collect();
    lines.push(Line::default());
    lines.push(if let Some(complaint) = &form.complaint {
        let complaint = printable(complaint);
        let text = cut(&complaint, cells.saturating_sub(3));
        Line::styled(format!("  {text}"), theme::FAILED)
    } else {
        let rule = printable(&form.rule()).into_owned();
        let rule = cut(&rule, cells.saturating_sub(10)).into_owned();
        Line::styled(tr!("  rule: {rule}", rule), theme::DIM)
    });
    let below = tr!("Enter  searches   Tab  next field   Esc  back");
    let block = frame_around(
        tr!("Search the library").into(),
        String::new(),
        cut(below, cells.saturating_sub(2)).into_owned(),
    );
    let inside = boxed(frame, area, block, lines);
    let field = &form.fields[form.at];
    let typed: String = field.value().chars().take(field.cursor()).collect();
    let x = (LABEL + 3 + width(&printable(&typed))).min(cells.saturating_sub(1));
    frame.set_cursor_position(Position::new(
        inside.x + u16::try_from(x).unwrap_or(0),
        inside.y + u16::try_from(form.at).unwrap_or(0),
    ));
}
