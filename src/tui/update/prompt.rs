//! Lines that are typed for something; what they are for is done elsewhere.

use compact_str::CompactString;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::InputRequest;

use super::{download, filter, folder, marks, rename};
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::State;
use crate::tui::state::prompt::Wanted;

/// A key in the line: Enter does it, Esc drops it, Tab completes.
pub fn press(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    match event.code {
        KeyCode::Esc => drop_line(state),
        KeyCode::Char('c') if control => drop_line(state),
        KeyCode::Enter => return enter(state),
        KeyCode::Tab if prompt.is_local() => prompt.typed.complete(true),
        KeyCode::BackTab if prompt.is_local() => prompt.typed.complete(false),
        _ => {
            let change =
                filter::request(event).and_then(|request| prompt.typed.input.handle(request));
            if change.is_some_and(|change| change.value) {
                prompt.typed.typed();
                narrow(state);
            }
        }
    }
    look(state)
}

fn drop_line(state: &mut State) {
    let prompt = state.prompt.take();
    if prompt.is_some_and(|prompt| prompt.wanted == Wanted::MarksFilter) {
        // Nothing is no rule that could be wrong.
        let _ = marks::narrow(state, "");
    }
}

/// Narrows a list down while its filter is typed. The last one that could be read stays.
fn narrow(state: &mut State) {
    let Some(prompt) = &state.prompt else { return };
    if prompt.wanted != Wanted::MarksFilter {
        return;
    }
    if state.marked.is_long() {
        // Each key would be waited for: Enter filters.
        return;
    }
    let text = prompt.typed.input.value().to_owned();
    let narrowed = marks::narrow(state, &text);
    if let Some(prompt) = &mut state.prompt {
        prompt.typed.complaint = narrowed.err();
    }
}

/// Asks for the folders in the folder of this machine that is typed, unless they are known or asked
/// for.
pub fn look(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(prompt) = state.prompt.as_mut().filter(|prompt| prompt.is_local()) else {
        return Vec::new();
    };
    let line = prompt.typed.input.value();
    let folder = line
        .rfind('/')
        .map_or("", |slash| &line[..=slash])
        .to_owned();
    if prompt.typed.turn.is_some() || prompt.known.as_ref() == Some(&folder) {
        return Vec::new();
    }
    prompt.known = Some(folder.clone());
    prompt.typed.names.clear();
    prompt.typed.awaited = Some(ticket);
    vec![Effect::LocalFolders { ticket, folder }]
}

/// The folders in a folder of this machine have arrived.
pub fn found(state: &mut State, ticket: Ticket, names: Vec<CompactString>) {
    if let Some(prompt) = &mut state.prompt
        && prompt.typed.awaited == Some(ticket)
    {
        prompt.typed.arrived(names);
    }
}

/// Text is pasted into the line.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        prompt.typed.input.handle(InputRequest::InsertChar(letter));
    }
    prompt.typed.typed();
    narrow(state);
    look(state)
}

/// Does what the line is for. If that cannot be, the line stays open and says why.
fn enter(state: &mut State) -> Vec<Effect> {
    let Some(prompt) = &state.prompt else {
        return Vec::new();
    };
    let text = prompt.typed.input.value().to_owned();
    let done = match prompt.wanted.clone() {
        Wanted::NewFolder => folder::make(state, &text),
        Wanted::Name(target) => rename::one(state, &target, &text),
        Wanted::MarksFilter => marks::narrow(state, &text).map(|()| Vec::new()),
        Wanted::ListFile => marks::write(state, &text),
        Wanted::Folder(targets) => download::into(state, targets, &text),
    };
    match done {
        Ok(effects) => {
            state.prompt = None;
            effects
        }
        Err(complaint) => {
            if let Some(prompt) = &mut state.prompt {
                prompt.typed.complaint = Some(complaint);
            }
            Vec::new()
        }
    }
}
