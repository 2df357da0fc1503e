//! The command line: typing, completing, and doing what was typed.

use super::{browse, motion, places, rule, screen, search};
use crate::domain::entries::EntryRef;
use crate::domain::filter::Filter;
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::command::{Command, completions, read};
use crate::tui::effect::Effect;
use crate::tui::state::prompt::recall::remember;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;
use crate::tui::state::{State, View};

/// Opens the line.
pub fn open(state: &mut State) {
    state.prompt = Some(Prompt::new(Purpose::Command, Typed::default()));
}

/// What the line says, if it is understood; then it is remembered.
pub fn enter(state: &mut State) -> (Vec<Effect>, Option<Command>) {
    let Some(prompt) = &mut state.prompt else {
        return (Vec::new(), None);
    };
    let text = prompt.line.value().trim().to_owned();
    if text.is_empty() {
        state.prompt = None;
        return (Vec::new(), None);
    }
    match read(&text) {
        Ok(command) => {
            state.prompt = None;
            remember(&mut state.history, &text);
            (vec![Effect::Remember(text)], Some(command))
        }
        Err(complaint) => {
            prompt.complaint = Some(complaint);
            (Vec::new(), None)
        }
    }
}

/// Writes what the line may become.
pub fn complete(state: &mut State, forward: bool) {
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    let (choices, at) = match prompt.recall.choices.take() {
        Some((choices, at)) if forward => {
            let next = (at + 1) % choices.len();
            (choices, next)
        }
        Some((choices, at)) => {
            let next = (at + choices.len() - 1) % choices.len();
            (choices, next)
        }
        None => {
            let listing = &state.browser.listing;
            let folders = listing.shown().filter(|entry| entry.is_directory());
            let folders = folders.map(EntryRef::name);
            let choices = completions(prompt.line.value(), folders, state.rules.names());
            if choices.is_empty() {
                return;
            }
            (choices, 0)
        }
    };
    prompt.line = Typed::new(choices[at].as_str());
    prompt.complaint = None;
    prompt.recall.choices = Some((choices, at));
}

/// Does what a line says, where that is not what a key does.
pub fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let rows = state.rows();
    match command {
        // The router does what keys do.
        Command::Action(_) => {}
        Command::Row(row) => motion::go(state, row.saturating_sub(1)),
        Command::Theme(theme) => state.look = state.look.showing(theme),
        Command::Mouse(on) => return screen::listen(state, on),
        Command::Sort(order) => {
            to_list(state);
            browse::sort(state, order);
        }
        Command::Filter(words) => {
            let beside = (&state.marks, &state.known);
            match Filter::parse_beside(&words, false, &state.viewpoint(), beside) {
                Ok(filter) => {
                    to_list(state);
                    state.browser.set_filter(filter, rows);
                }
                Err(complaint) => state.warn(complaint.message),
            }
        }
        Command::Search(text) => match search::begin(state, &text) {
            Ok(effects) => return effects,
            Err(complaint) => state.warn(complaint),
        },
        Command::Mark(text) => return rule::carry_out(state, &text, false),
        Command::Unmark(text) => return rule::carry_out(state, &text, true),
        Command::Go(place) => match from_here(&state.browser.directory, &place) {
            Ok(directory) => return places::go_if_there(state, directory),
            Err(complaint) => state.warn(complaint),
        },
    }
    Vec::new()
}

fn to_list(state: &mut State) {
    state.came_from.clear();
    screen::open(state, View::Browse);
}

/// A folder as it was typed: from the root, or from a directory with `..` for the one above.
fn from_here(directory: &RemotePath, typed: &str) -> Result<RemotePath, String> {
    let mut place = if typed.starts_with('/') {
        RemotePath::root()
    } else {
        directory.clone()
    };
    for part in typed.split('/').filter(|part| !part.is_empty()) {
        place = match part {
            "." => place,
            ".." => place.parent().unwrap_or_else(RemotePath::root),
            name => place
                .join(name)
                .map_err(|error| tr!("This folder cannot be opened: {error}.", error))?,
        };
    }
    Ok(place)
}
