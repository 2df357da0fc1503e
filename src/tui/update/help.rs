//! The help: typing narrows it down, Enter does what the line says.

use crossterm::event::{KeyCode, KeyModifiers};

use super::{motion, screen};
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::keymap::{Call, Context, Key};
use crate::tui::state::State;
use crate::tui::state::help::Line;
use crate::tui::state::typed::Typed;

/// Text for the query; false for keys that the key map explains.
pub fn press(state: &mut State, key: Key) -> bool {
    let event = key.event();
    let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
    let takes_away = match event.code {
        KeyCode::Backspace => true,
        KeyCode::Char('u' | 'w') => is_control,
        _ => false,
    };
    if key.letter().is_none() && !takes_away {
        return false;
    }
    state.help.query.press(event);
    motion::go(state, 0);
    true
}

/// Text is pasted into the query.
pub fn paste(state: &mut State, text: &str) {
    state.help.query.paste(text);
    motion::go(state, 0);
}

/// What the line under the cursor does, to be done in the list that the help was called from. Esc
/// drops the query first.
pub fn act(state: &mut State, action: Action) -> Option<Call> {
    match action {
        Action::Back if !state.help.query.value().is_empty() => {
            state.help.query = Typed::default();
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
