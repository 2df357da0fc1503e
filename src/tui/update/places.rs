//! Going to folders: back and forward, remembered ones, and a path that is typed.

use std::collections::BTreeMap;

use compact_str::CompactString;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::InputRequest;

use super::{browse, filter};
use crate::domain::failure::Failure;
use crate::domain::format::printable;
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::State;
use crate::tui::state::places::{Letter, TypedPath};

/// Does what the user wants; none for actions that go nowhere.
pub fn act(state: &mut State, action: Action, count: usize) -> Option<Vec<Effect>> {
    let here = state.browser.directory.clone();
    let steps = count.max(1);
    Some(match action {
        Action::HistoryBack => match state.browser.trail.back(here, steps) {
            Some(directory) => browse::travel(state, directory, None),
            None => say(state, tr!("This is where this tab began.")),
        },
        Action::HistoryForward => match state.browser.trail.forward(here, steps) {
            Some(directory) => browse::travel(state, directory, None),
            None => say(state, tr!("There is nothing to go forward to.")),
        },
        Action::RememberPlace => {
            state.places.awaits = Some(Letter::Remember);
            Vec::new()
        }
        Action::GoToPlace => {
            state.places.awaits = Some(Letter::GoTo);
            Vec::new()
        }
        Action::TypePath => open(state),
        _ => return None,
    })
}

fn say(state: &mut State, text: &str) -> Vec<Effect> {
    state.say(text);
    Vec::new()
}

/// The key behind `m` or `'`.
pub fn letter(state: &mut State, wanted: Letter, event: KeyEvent) -> Vec<Effect> {
    let here = state.browser.directory.clone();
    match (wanted, event.code) {
        (Letter::Remember, KeyCode::Char(letter)) if letter.is_ascii_lowercase() => {
            state.say(tr!(
                "'{letter} comes back to {here}.",
                letter,
                here = printable(&here.to_string())
            ));
            state.places.letters.insert(letter, here);
        }
        (Letter::GoTo, KeyCode::Char('\'')) => match state.browser.trail.last().cloned() {
            Some(last) => return browse::go(state, last, None),
            None => state.say(tr!("There is no folder to go back to.")),
        },
        (Letter::GoTo, KeyCode::Char(letter)) if letter.is_ascii_lowercase() => {
            match state.places.letters.get(&letter).cloned() {
                Some(directory) => return browse::go(state, directory, None),
                None => state.say(tr!(
                    "No folder is remembered under {letter}; m{letter} remembers this one.",
                    letter
                )),
            }
        }
        (_, KeyCode::Esc) => {}
        _ => state.say(tr!("A letter from a to z was expected.")),
    }
    Vec::new()
}

/// Opens the line for a path, with the present folder in it.
fn open(state: &mut State) -> Vec<Effect> {
    let here = &state.browser.directory;
    let line = if here.is_root() {
        "/".to_owned()
    } else {
        format!("{here}/")
    };
    let end = line.chars().count();
    state.places.typed = Some(TypedPath::new(line, end));
    look(state)
}

/// A key in the line: Tab completes, Enter goes there, Esc drops it.
pub fn press(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    let Some(typed) = &mut state.places.typed else {
        return Vec::new();
    };
    match event.code {
        KeyCode::Enter => match RemotePath::parse(typed.input.value()) {
            Ok(directory) => {
                state.places.typed = None;
                return browse::go(state, directory, None);
            }
            Err(error) => typed.complaint = Some(error.to_string()),
        },
        KeyCode::Esc => state.places.typed = None,
        KeyCode::Char('c') if event.modifiers.contains(KeyModifiers::CONTROL) => {
            state.places.typed = None;
        }
        KeyCode::Tab => typed.complete(true),
        KeyCode::BackTab => typed.complete(false),
        _ => {
            let change = filter::request(event).and_then(|request| typed.input.handle(request));
            if change.is_some_and(|change| change.value) {
                typed.typed();
                typed.begin_anew();
            }
        }
    }
    look(state)
}

/// Text is pasted into the line, if it is open.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(typed) = &mut state.places.typed else {
        return Vec::new();
    };
    for character in text.chars().filter(|character| !character.is_control()) {
        typed.input.handle(InputRequest::InsertChar(character));
    }
    typed.typed();
    typed.begin_anew();
    look(state)
}

/// Asks for the folders in the folder that is typed, unless they are known or asked for.
fn look(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(typed) = &mut state.places.typed else {
        return Vec::new();
    };
    let Ok(directory) = RemotePath::parse(typed.parts().0) else {
        return Vec::new();
    };
    if typed.turn.is_some() || typed.directory.as_ref() == Some(&directory) {
        return Vec::new();
    }
    typed.directory = Some(directory.clone());
    typed.names.clear();
    let before = typed.awaited.replace(ticket);
    let mut effects: Vec<Effect> = before.map(Effect::Forget).into_iter().collect();
    effects.push(Effect::Folders { ticket, directory });
    effects
}

/// The folders in a folder have arrived; that there are none to be had is told on Enter.
pub fn found(
    state: &mut State,
    ticket: Ticket,
    names: Result<Vec<CompactString>, Failure>,
) -> Vec<Effect> {
    if let Some(typed) = &mut state.places.typed
        && typed.awaited == Some(ticket)
    {
        typed.arrived(names.unwrap_or_default());
    }
    look(state)
}

/// The letters of the session before are there; those given since hold.
pub fn recalled(state: &mut State, letters: BTreeMap<char, RemotePath>) {
    for (letter, folder) in letters {
        state.places.letters.entry(letter).or_insert(folder);
    }
}
