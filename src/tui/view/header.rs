//! The first line: the program, the library, the place in it, and the connection.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::theme;
use crate::domain::format::{bytes, count, cut_left, fit, printable, width};
use crate::texts::tr;
use crate::tui::state::{Recycling, State, View};

/// Draws the first line: the program, the library, the place in it, and the connection.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let cells = usize::from(area.width);
    let label = printable(&state.label);
    let place = match state.view {
        View::Browse | View::Found | View::Compare | View::Preview | View::Details => {
            printable(&state.browser.directory.to_string()).into_owned()
        }
        View::Marks => tr!("Marks").into(),
        View::Plan => tr!("Plan").into(),
        View::Jobs => tr!("Jobs").into(),
        View::Results => tr!("Results").into(),
        View::Past => tr!("Undo history").into(),
        View::Bin => tr!("Recycle bin").into(),
        View::Libraries => tr!("Libraries").into(),
        View::Help => tr!("Keys").into(),
    };
    let only = if state.caution.is_read_only {
        tr!("  [RO]")
    } else {
        ""
    };
    let left = if cells < NARROW {
        format!("{only} ")
    } else {
        format!(" mediasweep{only}  {label}  ")
    };
    let mut right = String::new();
    for part in connection(state) {
        // The path needs some room as well.
        if width(&left) + width(&part) + width(&right) + PLACE <= cells {
            right = format!("{part}  {right}");
        }
    }
    let right = format!("  {}", right.trim_end());
    let left = format!(
        "{left}{}",
        cut_left(
            &place,
            cells.saturating_sub(width(&left) + width(&right) + 1)
        )
    );
    let text = format!(
        "{}{right} ",
        fit(&left, cells.saturating_sub(width(&right) + 1))
    );
    frame.render_widget(Line::styled(text, theme::HEADER), area);
}

/// Cells of the header that are kept for the path.
const PLACE: usize = 14;

/// Fewer cells than this are left to the path, and to what is marked.
pub const NARROW: usize = 60;

/// What the header says on the right, the most important part first; the last one stands first.
fn connection(state: &State) -> Vec<String> {
    let mut parts = Vec::new();
    if !state.is_connected {
        return parts;
    }
    match state.recycling {
        Recycling::Off => parts.push(tr!("NO RECYCLE BIN: deletes are final").to_owned()),
        Recycling::Unknown => parts.push(tr!("recycle bin: not known").to_owned()),
        Recycling::On => {}
    }
    match state.link.trip {
        _ if state.link.is_lost => parts.push(tr!("NO ANSWER").to_owned()),
        Some(trip) => parts.push(tr!("ok {time} ms", time = count(millis(trip)))),
        None => {}
    }
    let usage = state.link.usage;
    match (usage.used, usage.capacity) {
        (Some(used), Some(capacity)) => {
            let (used, all) = (bytes(used), bytes(capacity));
            parts.push(tr!("quota {used} of {all}", used, all));
        }
        (Some(used), None) => parts.push(tr!("{used} used", used = bytes(used))),
        (None, _) => {}
    }
    parts
}

fn millis(time: Duration) -> usize {
    usize::try_from(time.as_millis()).unwrap_or(usize::MAX)
}
