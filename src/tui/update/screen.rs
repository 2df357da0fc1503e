//! What stands on the screen: panes, help, quitting.

use super::{command, libraries, motion};
use crate::domain::format;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::help::Help;
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::{Again, State, View};

/// Does what is the same everywhere; none for every other action.
pub fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::NextPane => turn(state, [View::Browse, View::Marks, View::Jobs]),
        Action::PreviousPane => turn(state, [View::Browse, View::Jobs, View::Marks]),
        Action::Marks => open(state, View::Marks),
        Action::Jobs => open(state, View::Jobs),
        Action::Help => {
            state.help = Help::of(state.view.context());
            open(state, View::Help);
        }
        Action::Command => command::open(state),
        Action::Library => libraries::open(state),
        Action::Mouse => return Some(listen(state, !state.mouse)),
        Action::Suspend => return Some(vec![Effect::Suspend]),
        Action::Redraw => return Some(vec![Effect::Redraw]),
        _ => return None,
    }
    Some(Vec::new())
}

/// Shows another list; `back` returns to this one.
pub fn open(state: &mut State, view: View) {
    if state.view != view {
        state.came_from.retain(|before| *before != view);
        state.came_from.push(state.view);
        state.view = view;
    }
    fit(state);
}

/// Returns to the list before; the list of the directory is the last one.
pub fn back(state: &mut State) {
    state.view = state.came_from.pop().unwrap_or(View::Browse);
    fit(state);
}

fn turn(state: &mut State, panes: [View; 3]) {
    let at = panes.iter().position(|pane| *pane == state.view);
    let next = at.map_or(View::Browse, |at| panes[(at + 1) % panes.len()]);
    state.came_from.clear();
    if next != View::Browse {
        state.came_from.push(View::Browse);
    }
    state.view = next;
    fit(state);
}

/// Scrolls every list so that its cursor is visible; to be called when rows or the size changed.
pub fn fit(state: &mut State) {
    let rows = state.rows();
    let cursor = &mut state.browser.cursor;
    cursor.go(cursor.row, state.browser.listing.rows(), rows);
    let bin_rows = state.bin_rows();
    let cursor = &mut state.bin.cursor;
    cursor.go(cursor.row, state.bin.groups.rows(), bin_rows);
    let cursor = &mut state.marked.cursor;
    cursor.go(cursor.row, state.marked.rows.len(), rows);
    let shown = state.jobs.shown().count();
    let cursor = &mut state.jobs.cursor;
    cursor.go(cursor.row, shown, rows);
    if matches!(
        state.view,
        View::Results
            | View::Past
            | View::Found
            | View::Help
            | View::Libraries
            | View::Plan
            | View::Details
            | View::Compare
    ) {
        motion::go(state, state.place().0.row);
    }
}

/// Stops what is being loaded; the second time in a row it asks to quit.
pub fn interrupt(state: &mut State, again: bool) -> Vec<Effect> {
    if again {
        return quit(state, true);
    }
    state.again = Some(Again::Interrupt);
    stop_loading(state).unwrap_or_else(|| {
        state.say(tr!("Ctrl-c again quits."));
        Vec::new()
    })
}

/// Waits no longer for the pages of a list; none if nothing is awaited.
pub fn stop_loading(state: &mut State) -> Option<Vec<Effect>> {
    if state.browser.is_loading() {
        let awaited = state.browser.awaiting();
        state.browser.stop_loading();
        state.say(tr!("Loading stopped. R loads the folder again."));
        return Some(awaited.map(Effect::Forget).into_iter().collect());
    }
    state.bin.is_loading().then(|| {
        state.bin.stop_loading();
        state.say(tr!("Loading stopped. R loads the bin again."));
        Vec::new()
    })
}

/// Quits, or asks if jobs are not over. Where marks cannot be kept, to lose them takes a second `q`.
pub fn quit(state: &mut State, again: bool) -> Vec<Effect> {
    let marks = state.marks.totals().count;
    if state.jobs.running().next().is_none() {
        if marks == 0 || again || state.keeps_marks {
            return vec![Effect::Quit];
        }
        state.again = Some(Again::Quit);
        let marks = format::counted(marks, "mark");
        state.warn(tr!("{marks} would be lost. q again quits.", marks));
        return Vec::new();
    }
    state.question = Some(Question::buttons(Ask::Quit, state.now));
    Vec::new()
}

/// Listens to the mouse, or leaves it to the terminal, which can then select text with it.
pub fn listen(state: &mut State, on: bool) -> Vec<Effect> {
    state.mouse = on;
    state.say(if on {
        tr!("The mouse moves the cursor and marks.")
    } else {
        tr!("The mouse is the terminal's again, to select text with.")
    });
    vec![Effect::Mouse(on)]
}
