//! Moving the cursor, in whatever list stands in the main part.

use crate::tui::action::Action;
use crate::tui::state::cursor::Cursor;
use crate::tui::state::{State, View};

/// Moves the cursor if that is what the action is; false for every other action.
pub fn act(state: &mut State, action: Action, count: usize) -> bool {
    let height = height(state);
    let (Cursor { row, .. }, rows) = state.place();
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
    let height = height(state);
    let (_, rows) = state.place();
    match state.view {
        View::Browse => state.browser.move_to(row, height),
        View::Marks => state.marked.cursor.go(row, rows, height),
        View::Plan => {
            if let Some(plan) = &mut state.plan {
                plan.cursor.go(row, rows, height);
            }
        }
        View::Jobs => state.jobs.cursor.go(row, rows, height),
        View::Results => state.results.cursor.go(row, rows, height),
        View::Past => state.past.cursor.go(row, rows, height),
        View::Bin => state.bin.move_to(row, height),
        View::Found => {
            if let Some(found) = &mut state.found {
                found.cursor.go(row, rows, height);
            }
        }
        View::Preview => state.preview.cursor.go(row, rows, height),
        View::Compare => {
            if let Some(compare) = &mut state.compare {
                compare.cursor.go(row, rows, height);
            }
        }
        View::Details => {
            if let Some(details) = &mut state.details {
                details.cursor.go(row, rows, height);
            }
        }
        View::Libraries => state.libraries.cursor.go(row, rows, height),
        View::Help => state.help.cursor.go(row, rows, height),
    }
}

/// How many rows of the main list are visible.
fn height(state: &State) -> usize {
    match state.view {
        View::Bin => state.bin_rows(),
        _ => state.rows(),
    }
}
