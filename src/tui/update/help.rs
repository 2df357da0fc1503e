//! The help: typing narrows it down, Enter does what the line says.

use tui_input::InputRequest;

use super::{filter, motion, screen};
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::keymap::{Call, Context, Key};
use crate::tui::state::State;
use crate::tui::state::help::Line;

/// Text for the query; false for keys that the key map explains.
pub fn press(state: &mut State, key: Key) -> bool {
    let request = match (key.letter(), filter::request(key.event())) {
        (Some(letter), _) => InputRequest::InsertChar(letter),
        (None, Some(request @ (InputRequest::DeletePrevChar | InputRequest::DeleteLine))) => {
            request
        }
        _ => return false,
    };
    type_in(state, &[request]);
    true
}

/// Text is pasted into the query.
pub fn paste(state: &mut State, text: &str) {
    let letters = text.chars().filter(|letter| !letter.is_control());
    let requests: Vec<InputRequest> = letters.map(InputRequest::InsertChar).collect();
    type_in(state, &requests);
}

fn type_in(state: &mut State, requests: &[InputRequest]) {
    for request in requests {
        state.help.query.handle(*request);
    }
    motion::go(state, 0);
}

/// What the line under the cursor does, to be done in the list that the help was called from. Esc
/// drops the query first.
pub fn act(state: &mut State, action: Action) -> Option<Call> {
    match action {
        Action::Back if !state.help.query.value().is_empty() => {
            state.help.query.reset();
            motion::go(state, 0);
        }
        Action::Back => screen::back(state),
        Action::Enter => {
            let lines = state.help.lines(&state.keymap);
            let (context, call) = match lines.get(state.help.cursor.row)? {
                Line::Key(context, binding) => (*context, binding.call.clone()),
                Line::Rule(written, _) => {
                    let text = tr!(
                        "{written} is written into a rule: after f, + or -.",
                        written
                    );
                    state.say(text);
                    return None;
                }
            };
            let is_here = [Context::Everywhere, state.help.context].contains(&context);
            screen::back(state);
            if is_here {
                return Some(call);
            }
            let place = context.place();
            state.say(tr!("That is a key of {place}: go there first.", place));
        }
        _ => {}
    }
    None
}
