//! The results of one job.

pub mod report;

use super::{browse, delete, motion, screen};
use crate::domain::format::printable;
use crate::domain::job::JobId;
use crate::texts::tr;
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
    state.results.filter = None;
    state.results.arrange(job);
    screen::open(state, View::Results);
}

/// A job has come further.
pub fn follow(state: &mut State, id: JobId) {
    if state.view == View::Results
        && state.results.job == Some(id)
        && let Some(job) = state.jobs.get(id)
    {
        state.results.follow(job);
    }
}

/// Does what the user wants in the results.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::Back {
        step_back(state);
        return Vec::new();
    }
    let Some(job) = state.results.job.and_then(|id| state.jobs.get(id)) else {
        return Vec::new();
    };
    let id = job.id;
    let rows = &state.results.rows;
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
            let is_head = |row: &Row| matches!(row, Row::Reason(..));
            let above = rows[..=cursor].iter().rposition(is_head);
            if let Some(at) = above
                && let Row::Reason(reason, _) = &rows[at]
            {
                state.results.unfolded.remove(reason);
                state.results.arrange(job);
                motion::go(state, at);
            }
        }
        (Action::Filter, _) => report::open_filter(state),
        (Action::WriteReport, _) => report::open(state, id, "txt"),
        (Action::CopyReason, Some(row)) => {
            let text = report::reason(job, row);
            state.say(tr!(
                "Sent to the clipboard of the terminal: {text}",
                text = printable(&text)
            ));
            return vec![Effect::Copy(text)];
        }
        (Action::Retry, _) => return delete::ask_retry(state, id),
        (Action::Undo, _) => return delete::ask_undo(state, id),
        (Action::MarkFailed, _) => delete::mark_failed(state, id),
        _ => {}
    }
    Vec::new()
}

/// Drops the filter, then leaves.
fn step_back(state: &mut State) {
    if state.results.filter.is_some() {
        report::restore_filter(state, None);
    } else {
        screen::back(state);
    }
}

fn fold(state: &mut State, reason: Reason) {
    let unfolded = &mut state.results.unfolded;
    if !unfolded.remove(&reason) {
        unfolded.insert(reason);
    }
    if let Some(job) = state.results.job.and_then(|id| state.jobs.get(id)) {
        state.results.arrange(job);
    }
}
