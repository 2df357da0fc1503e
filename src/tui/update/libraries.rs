//! Choosing another library: as careful as quitting, for jobs and marks would stay behind.

use super::{motion, screen};
use crate::domain::format;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::{Again, State, View};

/// Shows the libraries of the settings, with the cursor on the present one.
pub fn open(state: &mut State) {
    screen::open(state, View::Libraries);
    if let Some(here) = state.libraries.here {
        motion::go(state, here);
    }
}

/// Does what the user wants in the list of libraries.
pub fn act(state: &mut State, action: Action, again: bool) -> Vec<Effect> {
    match action {
        Action::Back if !state.is_connected => return vec![Effect::Quit],
        Action::Back => screen::back(state),
        Action::Enter => return enter(state, again),
        _ => {}
    }
    Vec::new()
}

fn enter(state: &mut State, again: bool) -> Vec<Effect> {
    let chosen = state.libraries.cursor.row;
    if state.libraries.here == Some(chosen) {
        screen::back(state);
        return Vec::new();
    }
    let running = state.jobs.running().count();
    if running > 0 {
        let jobs = format::counted(running, "job");
        state.warn(tr!(
            "{jobs} would be cut off here. Wait for the end, or cancel first (w).",
            jobs
        ));
        return Vec::new();
    }
    let marks = state.marks.totals().count;
    if marks > 0 && !again && !state.keeps_marks {
        state.again = Some(Again::Leave);
        let marks = format::counted(marks, "mark");
        state.warn(tr!("{marks} would be lost. Enter again goes there.", marks));
        return Vec::new();
    }
    vec![Effect::Library(chosen)]
}
