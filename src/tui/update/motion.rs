//! Moving the cursor, in whatever list stands in the main part.

use crate::tui::action::Action;
use crate::tui::state::{State, View};

/// Moves the cursor if that is what the action is; false for every other action.
pub fn act(state: &mut State, action: Action, count: usize) -> bool {
    let height = state.rows();
    let (row, rows) = place(state);
    let step = count.max(1);
    let last = rows.saturating_sub(1);
    let target = match action {
        Action::Next => row.saturating_add(step),
        Action::Previous => row.saturating_sub(step),
        Action::First => 0,
        Action::Last if count > 0 => count - 1,
        Action::Last => last,
        Action::HalfDown => row.saturating_add(step.saturating_mul((height / 2).max(1))),
        Action::HalfUp => row.saturating_sub(step.saturating_mul((height / 2).max(1))),
        Action::PageDown => row.saturating_add(step.saturating_mul(height)),
        Action::PageUp => row.saturating_sub(step.saturating_mul(height)),
        _ => return false,
    };
    go(state, target.min(last));
    true
}

/// Puts the cursor of the main list on a row.
pub fn go(state: &mut State, row: usize) {
    let height = state.rows();
    let (_, rows) = place(state);
    match state.view {
        View::Browse => state.browser.move_to(row, height),
        View::Marks => state.marks_cursor.go(row, rows, height),
        View::Jobs => state.jobs.cursor.go(row, rows, height),
        View::Results => state.results.cursor.go(row, rows, height),
        View::Bin => state.bin.move_to(row, height),
        View::Help => state.help.1.go(row, rows, height),
        View::Preview => state.preview.cursor.go(row, rows, height),
    }
}

/// The row under the cursor of the main list, and how many rows the list has.
fn place(state: &State) -> (usize, usize) {
    let height = state.rows();
    match state.view {
        View::Browse => (state.browser.cursor.row, state.browser.listing.rows()),
        View::Marks => (state.marks_cursor.row, state.marks.totals().count),
        View::Jobs => (state.jobs.cursor.row, state.jobs.shown().count()),
        View::Results => {
            let job = state.results.job.and_then(|id| state.jobs.get(id));
            let rows = job.map_or(0, |job| state.results.rows(job).len());
            (state.results.cursor.row, rows)
        }
        View::Bin => (state.bin.cursor.row, state.bin.items.len()),
        View::Preview => (state.preview.cursor.row, state.preview.places(height)),
        View::Help => (
            state.help.1.row,
            state.keymap.bindings(state.help.0).count() + state.help.0.rules().count(),
        ),
    }
}
