//! How the state changes: one message in, effects out. No I/O, no clock, nothing awaited.
//!
//! Composes its children, which never name it: this file only routes.

mod bin;
mod browse;
mod delete;
mod filter;
mod jobs;
mod mark;
mod marks;
mod motion;
mod preview;
mod question;
mod results;
mod rule;
mod screen;

use crossterm::event::{KeyEvent, KeyEventKind};

use super::action::Action;
use super::effect::Effect;
use super::keymap::{Key, Meaning, spell};
use super::msg::Msg;
use super::state::{Again, State, View};

/// The effects with which the program begins.
pub fn start(state: &mut State) -> Vec<Effect> {
    let mut effects = browse::go(state, state.browser.directory.clone(), None);
    effects.extend(bin::probe(state));
    question::ask_cut_off(state);
    effects
}

/// Takes in what happened and returns what is asked of the world.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Key(event, at) => {
            state.now = state.now.max(at);
            match event.kind {
                KeyEventKind::Press | KeyEventKind::Repeat => press(state, event, at),
                // Windows and some protocols tell when a key is let go.
                KeyEventKind::Release => Vec::new(),
            }
        }
        Msg::Paste(text, at) => {
            question::paste(state, &text, at);
            filter::paste(state, &text);
            Vec::new()
        }
        Msg::Resized(size) => {
            state.size = size;
            screen::fit(state);
            Vec::new()
        }
        Msg::Tick(now) => {
            state.now = state.now.max(now);
            Vec::new()
        }
        Msg::Listed { ticket, page } => {
            browse::listed(state, ticket, page);
            Vec::new()
        }
        Msg::BinListed { ticket, page } => bin::listed(state, ticket, page),
        Msg::Looked { ticket, shown } => preview::looked(state, ticket, shown),
        Msg::Walked { ticket, step } => rule::walked(state, ticket, step),
        Msg::Job(event) => jobs::happened(state, event),
        Msg::Terminate => vec![Effect::Quit],
    };
    filter::count_hidden(state);
    effects.extend(preview::follow(state));
    effects
}

fn press(state: &mut State, event: KeyEvent, at: jiff::Timestamp) -> Vec<Effect> {
    let key = Key::from(event);
    if state.layout().is_none() {
        return screen::press_blind(state, key);
    }
    if state.question.is_some() {
        return question::press(state, event, at);
    }
    if state.typing.is_some() {
        return filter::press(state, event);
    }
    if state.pressed.is_empty() {
        match key.digit() {
            Some(0) if state.count == 0 => {}
            Some(digit) => {
                state.count = state.count.saturating_mul(10).saturating_add(digit);
                return Vec::new();
            }
            None => {}
        }
    }
    state.pressed.push(key);
    match state.keymap.meaning(state.view.context(), &state.pressed) {
        Meaning::Beginning => Vec::new(),
        Meaning::Action(action) => {
            state.pressed.clear();
            let count = std::mem::take(&mut state.count);
            let again = state.again.take();
            state.notice.take_if(|notice| !notice.stays);
            let stops =
                action == Action::Interrupt || action == Action::Back && state.view == View::Browse;
            if stops && let Some(effects) = rule::stop(state) {
                return effects;
            }
            match action {
                Action::Interrupt => screen::interrupt(state, again == Some(Again::Interrupt)),
                Action::Quit => screen::quit(state, again == Some(Again::Quit)),
                Action::Back if state.view == View::Browse => {
                    mark::step_back(state, again == Some(Again::Clear))
                }
                _ => act(state, action, count),
            }
        }
        Meaning::Nothing => {
            let keys = spell(&std::mem::take(&mut state.pressed));
            let is_abandoned = std::mem::take(&mut state.count) > 0 || keys.ends_with("Esc");
            if !is_abandoned {
                state.say(format!("{keys} does nothing here; ? lists the keys"));
            }
            Vec::new()
        }
    }
}

/// Does what the user wants, where the user is. `count` is 0 where none was given.
fn act(state: &mut State, action: Action, count: usize) -> Vec<Effect> {
    if motion::act(state, action, count) {
        return Vec::new();
    }
    if let Some(effects) = screen::act(state, action) {
        return effects;
    }
    if action == Action::Bin {
        screen::open(state, View::Bin);
        return bin::reload(state);
    }
    if preview::act(state, action) {
        return Vec::new();
    }
    match state.view {
        View::Browse => browse::act(state, action, count),
        View::Marks => marks::act(state, action),
        View::Jobs => jobs::act(state, action),
        View::Results => results::act(state, action),
        View::Bin => bin::act(state, action, count),
        View::Help | View::Preview => {
            if action == Action::Back {
                screen::back(state);
            }
            Vec::new()
        }
    }
}
