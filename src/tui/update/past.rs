//! The undo history: the last jobs of all sessions, and undoing them by their logs.

use super::{delete, screen};
use crate::domain::failure::Failure;
use crate::domain::job::{JobId, JobSpec};
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::{State, View};

/// Shows the list, and asks the logs and the bin for it.
pub fn open(state: &mut State) -> Vec<Effect> {
    screen::open(state, View::Past);
    reload(state)
}

/// Asks for the list anew; what is shown stays until it arrives.
pub fn reload(state: &mut State) -> Vec<Effect> {
    state.past.reload();
    vec![Effect::History]
}

/// Does what the user wants in the list.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Back => screen::back(state),
        Action::Reload => return reload(state),
        Action::Undo => {
            if let Some(job) = state.past.selected() {
                let (id, at) = (job.id, job.at);
                return look_for_way_back(state, Effect::UndoPast(id, Some(at)), id);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Looks what is left of a job before it asks.
pub fn look_for_way_back(state: &mut State, effect: Effect, id: JobId) -> Vec<Effect> {
    state.past.asks = Some(id);
    state.say(tr!("Looking what is left of job {id} ...", id));
    vec![effect]
}

/// Asks whether to send again what of a job can be.
pub fn ask_retry(state: &mut State, job: JobId, spec: Result<Option<JobSpec>, Failure>) {
    state.past.asks.take_if(|asked| *asked == job);
    match spec {
        Err(failure) => state.warn(tr!(
            "Nothing is sent again: {message}.",
            message = failure.sentence()
        )),
        // What is being asked now must not be answered by a key that was meant for it.
        Ok(_) if state.question.is_some() => {}
        Ok(spec) => delete::ask_to_retry(state, job, spec),
    }
}

/// Asks whether to undo a job in this way.
pub fn ask_undo(state: &mut State, job: JobId, undo: Result<JobSpec, Failure>) {
    state.past.asks.take_if(|asked| *asked == job);
    let spec = match undo {
        Ok(spec) => spec,
        Err(failure) => {
            state.warn(tr!(
                "Nothing is undone: {message}.",
                message = failure.sentence()
            ));
            return;
        }
    };
    if state.question.is_some() {
        // What is being asked now must not be answered by a key that was meant for it.
        return;
    }
    state.notice = None;
    match spec {
        JobSpec::Restore(items, _) => delete::ask_restore(state, items, Some(job)),
        spec => {
            let ask = Ask::Undo { job, spec };
            state.question = Some(Question::buttons(ask, state.now));
        }
    }
}
