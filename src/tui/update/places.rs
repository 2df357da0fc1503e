//! Going to folders: back and forward, remembered ones, and a path that is typed.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};

use super::browse;
use crate::domain::format::printable;
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::State;
use crate::tui::state::places::Letter;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;

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
    state.prompt = Some(Prompt::new(Purpose::Path, Typed::new(line)));
    super::prompt::look(state)
}

/// Goes to the folder of this path.
///
/// # Errors
/// Why it is no path.
pub fn go(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let directory = RemotePath::parse(text).map_err(|error| error.to_string())?;
    Ok(browse::go(state, directory, None))
}

/// The letters of the session before are there; those given since hold.
pub fn recalled(state: &mut State, letters: BTreeMap<char, RemotePath>) {
    for (letter, folder) in letters {
        state.places.letters.entry(letter).or_insert(folder);
    }
}
