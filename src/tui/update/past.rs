//! Undoing jobs by their logs, of whatever session they are.

use super::delete;
use crate::domain::failure::Failure;
use crate::domain::job::{JobId, JobSpec};
use crate::tui::state::State;
use crate::tui::state::question::{Ask, Question};

/// Asks whether to undo a job in this way.
pub fn ask_undo(state: &mut State, job: JobId, undo: Result<JobSpec, Failure>) {
    let spec = match undo {
        Ok(spec) => spec,
        Err(failure) => {
            state.warn(format!("Nothing is undone: {}.", failure.message));
            return;
        }
    };
    if state.question.is_some() {
        // What is being asked now must not be answered by a key that was meant for it.
        return;
    }
    match spec {
        JobSpec::Restore(items, _) => delete::ask_restore(state, items, Some(job)),
        spec => {
            let ask = Ask::Undo { job, spec };
            state.question = Some(Question::buttons(ask, state.now));
        }
    }
}
