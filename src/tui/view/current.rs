//! What can be seen of the row under the cursor, and what is known of it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Titles, boxed, preview, theme};
use crate::domain::format::{bytes, count, day, fit, printable, wrap};
use crate::domain::marks::Fate;
use crate::texts::tr;
use crate::tui::state::{State, View};

/// Cells of what a fact is called.
const LABEL: usize = 10;

/// Draws the picture or the text of the row under the cursor, where there is one, and its facts.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let scrolls = if state.preview.lines() > 0 {
        tr!("J K scroll")
    } else {
        ""
    };
    let titles = Titles::new(tr!("This row").into(), scrolls.into(), String::new());
    let inside = boxed(frame, area, &titles, Vec::new());
    let facts = facts(state, usize::from(inside.width));
    let least = u16::try_from(facts.len()).unwrap_or(inside.height);
    let room = Rect {
        height: inside.height.saturating_sub(least + 1),
        ..inside
    };
    let used = match state.view {
        View::Browse if room.height > 0 => {
            preview::draw_inside(state, frame, room, state.preview.scroll)
        }
        _ => 0,
    };
    let gap = u16::from(used > 0);
    let below = Rect {
        y: inside.y + used + gap,
        height: inside.height - used - gap,
        ..inside
    };
    frame.render_widget(Paragraph::new(facts), below);
}

fn facts(state: &State, cells: usize) -> Vec<Line<'static>> {
    match (state.view, state.browser.under_cursor()) {
        (View::Browse, Some(entry)) => {
            let name = printable(entry.name()).into_owned();
            let mut lines: Vec<Line<'static>> = wrap(&name, cells.saturating_sub(2), 2)
                .into_iter()
                .map(|part| Line::from(format!(" {part}")))
                .collect();
            if let Some(size) = entry.size() {
                let exact = usize::try_from(size).map_or_else(|_| size.to_string(), count);
                let size = bytes(size);
                let label = fit(tr!("size"), LABEL);
                let told = tr!("{size} ({exact} bytes)", size, exact);
                lines.push(Line::from(format!(" {label}{told}")));
            }
            let times = [
                (tr!("modified"), entry.modified()),
                (tr!("created"), entry.created()),
            ];
            for (label, time) in times {
                if let Some(time) = time {
                    let time = day(time, state.now, &state.zone);
                    lines.push(Line::from(format!(" {}{time}", fit(label, LABEL))));
                }
            }
            let browser = &state.browser;
            let marks = state.marks.beside(&browser.directory, &browser.listing);
            let mark = browser
                .listing
                .id(browser.cursor.row)
                .and_then(|id| marks.get(id));
            if let Some(Fate::Refused(failure)) = mark.map(|mark| mark.fate) {
                let reason = format!("{}: {}", failure.label(), failure.message);
                let reason = printable(reason.trim_start_matches(": ")).into_owned();
                let parts = wrap(&reason, cells.saturating_sub(2), 3);
                lines.extend(
                    parts
                        .into_iter()
                        .map(|part| Line::styled(format!(" {part}"), theme::FAILED)),
                );
            }
            lines
        }
        _ => Vec::new(),
    }
}
