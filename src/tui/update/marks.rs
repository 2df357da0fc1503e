//! The list of all marks.

use super::{browse, delete, mark, screen};
use crate::domain::job::JobKind;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::{State, View};

/// Does what the user wants in the list of all marks.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let under_cursor = state
        .marks
        .nth(state.marks_cursor.row)
        .map(|(directory, name, _)| (directory.clone(), name.to_owned()));
    match (action, under_cursor) {
        (Action::Toggle, Some((directory, name))) => {
            state.marks.remove(&directory, &name);
            screen::fit(state);
        }
        (Action::Enter, Some((directory, name))) => {
            state.came_from.clear();
            state.view = View::Browse;
            return browse::go(state, directory, Some(name.into()));
        }
        (Action::Clear, Some(_)) => mark::clear(state),
        (Action::Recycle, Some(_)) => delete::ask(state, JobKind::Recycle),
        (Action::DeleteForever, Some(_)) => delete::ask(state, JobKind::DeleteForever),
        (Action::Back, _) => screen::back(state),
        (Action::Undo, _) => delete::ask_undo_last(state),
        (
            Action::Toggle
            | Action::Enter
            | Action::Clear
            | Action::Recycle
            | Action::DeleteForever,
            None,
        ) => state.say("Nothing is marked."),
        _ => {}
    }
    Vec::new()
}
