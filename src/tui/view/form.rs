//! The form in which a search is written, above everything else.

use ratatui::Frame;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::text::{Line, Span};

use super::{Titles, boxed, clear, inside, theme, typed};
use crate::domain::format::{cut, fit, printable};
use crate::texts::tr;
use crate::tui::state::search::{FIELDS, Form, fields};

/// Cells of the names of the fields.
const LABEL: usize = 15;

/// Draws the form.
pub fn draw(form: &Form, frame: &mut Frame<'_>, all: Rect) {
    let rows = u16::try_from(FIELDS).unwrap_or(u16::MAX);
    let margin = if all.width < 60 { 0 } else { 4 };
    let area = all.centered(
        Constraint::Length(all.width.saturating_sub(margin).min(76)),
        Constraint::Length((rows + 5).min(all.height)),
    );
    clear(frame, all, area);
    let room = inside(area);
    let cells = usize::from(room.width);
    let for_label = LABEL.min(cells / 2);
    let for_text = cells.saturating_sub(for_label + 3);
    let fields = fields().into_iter().zip(&form.fields).enumerate();
    let mut lines: Vec<Line<'_>> = fields
        .map(|(at, ((label, hint), field))| {
            let is_current = at == form.at;
            let sign = if is_current { ">" } else { " " };
            let text = if field.value().is_empty() {
                Span::styled(cut(hint, for_text).into_owned(), theme::DIM)
            } else {
                Span::raw(typed::window(field, for_text).0)
            };
            let key = if is_current { theme::KEY } else { theme::TITLE };
            Line::from(vec![
                Span::styled(format!("{sign} {} ", fit(label, for_label)), key),
                text,
            ])
        })
        .collect();
    // On a low terminal the fields around the current one.
    let height = usize::from(room.height);
    let above = (form.at + 1)
        .saturating_sub(height.saturating_sub(1).max(1))
        .min(lines.len());
    lines.drain(..above);
    lines.truncate(height.saturating_sub(1).max(1));
    if lines.len() + 1 < height {
        lines.push(Line::default());
    }
    lines.push(if let Some(complaint) = &form.complaint {
        let complaint = printable(complaint);
        let text = cut(&complaint, cells.saturating_sub(3));
        Line::styled(format!("  {text}"), theme::FAILED)
    } else {
        let rule = printable(&form.rule()).into_owned();
        let rule = cut(&rule, cells.saturating_sub(10)).into_owned();
        Line::styled(tr!("  rule: {rule}", rule), theme::DIM)
    });
    let titles = Titles::new(
        tr!("Search the library").into(),
        String::new(),
        tr!("Enter  searches   Tab  next field   Esc  back").into(),
    );
    let inside = boxed(frame, area, &titles, lines);
    let field = &form.fields[form.at];
    let (_, at) = typed::window(field, for_text);
    let x = (for_label + 3 + at).min(cells.saturating_sub(1));
    frame.set_cursor_position(Position::new(
        inside.x + u16::try_from(x).unwrap_or(0),
        inside.y + u16::try_from(form.at - above).unwrap_or(0),
    ));
}
