//! Going to folders: back and forward, remembered ones, and a path that is typed.

use std::collections::BTreeMap;

use compact_str::CompactString;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::{browse, prompt, screen};
use crate::domain::entry::{Facts, Kind};
use crate::domain::failure::Failure;
use crate::domain::format::printable;
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::places::{Going, Letter};
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;
use crate::tui::state::{State, View};

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
            Some(last) => return go_if_there(state, last),
            None => state.say(tr!("There is no folder to go back to.")),
        },
        (Letter::GoTo, KeyCode::Char(letter)) if letter.is_ascii_lowercase() => {
            match state.places.letters.get(&letter).cloned() {
                Some(directory) => return go_if_there(state, directory),
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
    prompt::look(state)
}

/// Goes to the folder of this path.
///
/// # Errors
/// Why it is no path.
pub fn go(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let directory = RemotePath::parse(text).map_err(|error| error.to_string())?;
    Ok(ask(state, directory, Some(text.to_owned())))
}

/// Goes to a folder that may not be there.
pub fn go_if_there(state: &mut State, to: RemotePath) -> Vec<Effect> {
    ask(state, to, None)
}

/// Asks about a folder before it is gone to, so that nobody loses the place where they are.
fn ask(state: &mut State, to: RemotePath, line: Option<String>) -> Vec<Effect> {
    if to.is_root() || to == state.browser.directory {
        return arrive(state, to, None);
    }
    let ticket = state.ticket();
    let path = to.clone();
    state.places.going = Some(Going {
        ticket,
        to,
        line,
        keys: Vec::new(),
    });
    vec![Effect::Describe { ticket, path }]
}

/// A key while the answer is awaited: Esc stays, all others wait with it.
pub fn wait(state: &mut State, event: KeyEvent, at: Timestamp) {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    if event.code == KeyCode::Esc || control && event.code == KeyCode::Char('c') {
        state.places.going = None;
        state.say(tr!("Staying in this folder."));
    } else if let Some(going) = &mut state.places.going {
        going.keys.push((event, at));
    }
}

/// Whether an answer is about the folder to go to.
pub fn awaits(state: &State, ticket: Ticket) -> bool {
    (state.places.going.as_ref()).is_some_and(|going| going.ticket == ticket)
}

/// What is where somebody wants to go; gives the keys that are meant for it.
pub fn told(
    state: &mut State,
    facts: Result<Option<Facts>, Failure>,
) -> (Vec<Effect>, Vec<(KeyEvent, Timestamp)>) {
    let Some(Going { to, line, keys, .. }) = state.places.going.take() else {
        return Default::default();
    };
    let kind = facts.map(|facts| facts.map(|facts| facts.details.entry.kind));
    let path = printable(&to.to_string()).into_owned();
    let complaint = match (kind, to.parent()) {
        (Ok(Some(Kind::File)), Some(directory)) => {
            let effects = arrive(state, directory, Some(to.name().into()));
            state.say(tr!("{path} is a file: this is its folder.", path));
            return (effects, Vec::new());
        }
        (Ok(Some(_)), _) => return (arrive(state, to, None), keys),
        (Ok(None), _) => tr!("There is no folder {path}; this one is still shown.", path),
        (Err(failure), _) => tr!(
            "{path} could not be looked at: {failure}; this folder is still shown.",
            path,
            failure
        ),
    };
    if let Some(line) = line {
        state.prompt = Some(Prompt {
            complaint: Some(complaint),
            ..Prompt::new(Purpose::Path, Typed::new(line))
        });
        return (prompt::look(state), Vec::new());
    }
    state.warn(complaint);
    Default::default()
}

fn arrive(state: &mut State, directory: RemotePath, name: Option<CompactString>) -> Vec<Effect> {
    if state.view != View::Browse {
        state.came_from.clear();
        screen::open(state, View::Browse);
    }
    browse::go(state, directory, name)
}

/// The letters of the session before are there; those given since hold.
pub fn recalled(state: &mut State, letters: BTreeMap<char, RemotePath>) {
    for (letter, folder) in letters {
        state.places.letters.entry(letter).or_insert(folder);
    }
}
