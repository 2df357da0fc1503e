//! Tabs: opening, closing, switching.

use super::{browse, screen};
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::State;
use crate::tui::state::browser::Browser;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;

/// Does what the user wants with tabs; none for every other action.
pub fn act(state: &mut State, action: Action, count: usize) -> Option<Vec<Effect>> {
    let (at, all) = (state.tabs.current(), state.tabs.count());
    let to = match action {
        Action::TabNew => return Some(open(state)),
        Action::TabClose => return Some(close(state)),
        Action::TabName => {
            open_name(state);
            return Some(Vec::new());
        }
        Action::TabNext => (at + count.max(1)) % all,
        Action::TabPrevious => (at + all - count.max(1) % all) % all,
        _ => action.tab()?,
    };
    if to >= all {
        state.say(tr!("There is no tab {to}; tt opens one.", to = to + 1));
    } else if state.tabs.switch(&mut state.browser, to) {
        return Some(shown(state));
    } else if all == 1 {
        state.say(tr!("There is only this tab; tt opens another one."));
    }
    Some(Vec::new())
}

fn open(state: &mut State) -> Vec<Effect> {
    let here = state.browser.directory.clone();
    let new = Browser::new(here.clone());
    state.tabs.open(&mut state.browser, new);
    browse::travel(state, here, None)
}

/// Opens the line for the name of the tab.
fn open_name(state: &mut State) {
    let line = Typed::proposing(state.browser.tab_name.clone());
    let remark = tr!("nothing takes the name off");
    state.prompt = Some(Prompt::new(Purpose::TabName, line).remarking(remark));
}

/// Gives the tab the name that was typed.
pub fn name(state: &mut State, text: &str) {
    text.trim().clone_into(&mut state.browser.tab_name);
}

/// Takes the tab away; the last one stays.
pub fn close(state: &mut State) -> Vec<Effect> {
    let awaited = state.browser.awaiting();
    if !state.tabs.close(&mut state.browser) {
        state.say(tr!("This is the last tab; q quits."));
        return Vec::new();
    }
    let mut effects = shown(state);
    effects.extend(awaited.map(Effect::Forget));
    effects
}

/// Another tab has come to the screen: what happened meanwhile shows.
fn shown(state: &mut State) -> Vec<Effect> {
    screen::fit(state);
    if state.browser.is_stale && !state.browser.is_loading() {
        return browse::reload(state);
    }
    browse::look_again(state)
}
