//! The command line: typing, completing, and doing what was typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use super::{browse, filter, motion, rule, screen, search};
use crate::domain::entries::EntryRef;
use crate::domain::filter::Filter;
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::command::{Command, completions, read};
use crate::tui::effect::Effect;
use crate::tui::state::line::{CommandLine, remember};
use crate::tui::state::{State, View};

/// Opens the line.
pub fn open(state: &mut State) {
    state.command = Some(CommandLine::default());
}

/// A key in the line; what it says once Enter was pressed and it was understood.
pub fn press(state: &mut State, event: KeyEvent) -> Option<(Command, Effect)> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let line = state.command.as_mut()?;
    match event.code {
        KeyCode::Esc => state.command = None,
        KeyCode::Char('c') if control => state.command = None,
        // An empty line is left the way it was entered.
        KeyCode::Backspace if line.input.value().is_empty() => state.command = None,
        KeyCode::Enter => return enter(state),
        KeyCode::Tab => complete(state, true),
        KeyCode::BackTab => complete(state, false),
        KeyCode::Up => line.older(&state.history),
        KeyCode::Down => line.newer(&state.history),
        KeyCode::Char('p') if control => line.older(&state.history),
        KeyCode::Char('n') if control => line.newer(&state.history),
        _ => {
            if let Some(request) = filter::request(event) {
                line.input.handle(request);
                line.typed();
            }
        }
    }
    None
}

/// Text is pasted into the line, if it is open.
pub fn paste(state: &mut State, text: &str) {
    if let Some(line) = &mut state.command {
        for letter in text.chars().filter(|letter| !letter.is_control()) {
            line.input.handle(InputRequest::InsertChar(letter));
        }
        line.typed();
    }
}

fn enter(state: &mut State) -> Option<(Command, Effect)> {
    let line = state.command.as_mut()?;
    let text = line.input.value().trim().to_owned();
    if text.is_empty() {
        state.command = None;
        return None;
    }
    match read(&text) {
        Ok(command) => {
            state.command = None;
            remember(&mut state.history, &text);
            Some((command, Effect::Remember(text)))
        }
        Err(complaint) => {
            line.complaint = Some(complaint);
            None
        }
    }
}

fn complete(state: &mut State, forward: bool) {
    let Some(line) = &mut state.command else {
        return;
    };
    let (choices, at) = match line.choices.take() {
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
            let choices = completions(line.input.value(), folders, state.rules.names());
            if choices.is_empty() {
                return;
            }
            (choices, 0)
        }
    };
    line.input = Input::new(choices[at].clone());
    line.complaint = None;
    line.choices = Some((choices, at));
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
            Ok(directory) => {
                to_list(state);
                return browse::go(state, directory, None);
            }
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
