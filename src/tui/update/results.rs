//! The results of one job.

use super::{browse, delete, motion, screen};
use crate::domain::job::JobId;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::cursor::Cursor;
use crate::tui::state::results::{End, Reason, Row, groups};
use crate::tui::state::{State, View};

/// Jobs of which every item is shown at once.
const SHORT: usize = 20;

/// Shows the results of a job; what went wrong is unfolded, of a small job everything.
pub fn open(state: &mut State, id: JobId) {
    let Some(job) = state.jobs.get(id) else {
        return;
    };
    let is_short = job.spec.len() <= SHORT;
    state.results.unfolded = groups(job)
        .into_keys()
        .filter(|reason| {
            is_short || matches!(reason.end, End::Unknown | End::Retryable | End::Refused)
        })
        .collect();
    state.results.job = Some(id);
    state.results.cursor = Cursor::default();
    screen::open(state, View::Results);
}

/// Does what the user wants in the results.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::Back {
        screen::back(state);
        return Vec::new();
    }
    let Some(job) = state.results.job.and_then(|id| state.jobs.get(id)) else {
        return Vec::new();
    };
    let id = job.id;
    let rows = state.results.rows(job);
    let cursor = state.results.cursor.row.min(rows.len().saturating_sub(1));
    match (action, rows.get(cursor)) {
        (Action::Enter, Some(Row::Reason(reason, _))) => {
            let reason = reason.clone();
            fold(state, reason);
        }
        (Action::Enter, Some(Row::Item(index))) => {
            let path = job.spec.path(*index);
            if let Some(directory) = path.parent() {
                state.came_from.clear();
                state.view = View::Browse;
                return browse::go(state, directory, Some(path.name().into()));
            }
        }
        (Action::Leave, Some(_)) => {
            let above = rows[..=cursor]
                .iter()
                .rposition(|row| matches!(row, Row::Reason(..)));
            if let Some(at) = above
                && let Row::Reason(reason, _) = &rows[at]
            {
                state.results.unfolded.remove(reason);
                motion::go(state, at);
            }
        }
        (Action::Retry, _) => delete::ask_retry(state, id),
        (Action::Undo, _) => return delete::ask_undo(state, id),
        (Action::MarkFailed, _) => delete::mark_failed(state, id),
        _ => {}
    }
    Vec::new()
}

fn fold(state: &mut State, reason: Reason) {
    let unfolded = &mut state.results.unfolded;
    if !unfolded.remove(&reason) {
        unfolded.insert(reason);
    }
}
