//! The recycle bin, as a flat list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{boxed, frame_around, row, theme};
use crate::domain::bin::RecycledEntry;
use crate::domain::entry::Kind;
use crate::domain::format::{bytes, count, cut_middle, day, fit, fit_right, printable};
use crate::tui::state::{Recycling, State};

/// Draws the bin.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let bin = &state.bin;
    let right = if bin.is_loading() {
        format!(
            "{} of {} loaded",
            count(bin.items.len()),
            count(bin.total())
        )
    } else {
        format!("{} items", count(bin.items.len()))
    };
    let below = match bin.marks.len() {
        0 => "sort: removed, new first".to_owned(),
        marked => format!("sort: removed, new first   marked {}", count(marked)),
    };
    let block = frame_around("Recycle bin".into(), right, below);
    let cells = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
    let range = bin.range_rows();
    let mut lines: Vec<Line<'_>> = bin
        .items
        .iter()
        .enumerate()
        .skip(bin.cursor.offset)
        .take(height)
        .map(|(at, item)| {
            let is_ranged = range.as_ref().is_some_and(|rows| rows.contains(&at));
            let (sign, style) = if is_ranged {
                (":", theme::MARKED)
            } else if bin.marks.contains(&item.id) {
                ("+", theme::MARKED)
            } else {
                (" ", Style::new())
            };
            row(
                at == bin.cursor.row,
                columns(state, item, sign, style, cells),
            )
        })
        .collect();
    if lines.is_empty() {
        let text = match (&bin.failure, state.recycling) {
            (Some(_), Recycling::Off) => {
                "  This library has no recycle bin: every delete is final.".to_owned()
            }
            (Some(failure), _) => format!("  {failure}"),
            (None, _) if bin.is_loading() => "  Loading ...".to_owned(),
            (None, _) => "  The bin is empty.".to_owned(),
        };
        lines.push(Line::styled(text, theme::DIM));
    }
    boxed(frame, area, block, lines);
}

fn columns<'a>(
    state: &State,
    item: &RecycledEntry,
    sign: &'a str,
    style: Style,
    cells: usize,
) -> Vec<Span<'a>> {
    let slash = if item.kind == Kind::Directory {
        "/"
    } else {
        ""
    };
    let name = format!("{}{slash}", printable(item.path.name()));
    let place = item
        .path
        .parent()
        .map_or_else(String::new, |parent| parent.to_string());
    let place = printable(&place).into_owned();
    let removed = item
        .removed
        .map_or_else(String::new, |time| day(time, state.now, &state.zone));
    let expires = item
        .days_left
        .map_or_else(String::new, |days| format!("{days} d"));
    let size = item.size.map_or_else(String::new, bytes);
    let has_expiry = cells >= 80;
    let fixed = 3 + 11 + 13 + if has_expiry { 8 } else { 0 };
    let room = cells.saturating_sub(fixed);
    let for_name = room * 3 / 5;
    let mut spans = vec![
        Span::styled(sign, style),
        Span::raw(" "),
        Span::styled(
            fit(&cut_middle(&name, for_name.saturating_sub(1)), for_name),
            style,
        ),
        Span::styled(fit(&place, room - for_name), theme::DIM),
        Span::raw(fit_right(&size, 11)),
        Span::styled(format!("  {}", fit(&removed, 11)), theme::DIM),
    ];
    if has_expiry {
        spans.push(Span::styled(fit_right(&expires, 8), theme::DIM));
    }
    spans
}
