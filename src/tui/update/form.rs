//! The form in which a search is written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::search;
use crate::tui::effect::Effect;
use crate::tui::state::State;
use crate::tui::state::search::{FIELDS, Form};

/// Opens the form as it was left.
pub fn open(state: &mut State) {
    let mut form = state.last_form.clone();
    form.at = 0;
    form.complaint = None;
    state.form = Some(form);
}

/// A key in the form: Enter searches, Esc closes it, Tab and the arrows change the field.
pub fn press(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    let Some(form) = &mut state.form else {
        return Vec::new();
    };
    let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
    form.complaint = None;
    match event.code {
        KeyCode::Enter => return accept(state),
        KeyCode::Esc => close(state),
        KeyCode::Char('c') if is_control => close(state),
        KeyCode::Tab | KeyCode::Down => form.at = (form.at + 1) % FIELDS,
        KeyCode::BackTab | KeyCode::Up => form.at = (form.at + FIELDS - 1) % FIELDS,
        _ => {
            form.fields[form.at].press(event);
        }
    }
    Vec::new()
}

/// Text is pasted into the field.
pub fn paste(state: &mut State, text: &str) {
    if let Some(form) = &mut state.form {
        form.fields[form.at].paste(text);
    }
}

/// Closes the form and remembers what stands in it.
fn close(state: &mut State) {
    if let Some(form) = state.form.take() {
        state.last_form = form;
    }
}

fn accept(state: &mut State) -> Vec<Effect> {
    let rule = state.form.as_ref().map(Form::rule);
    match search::begin(state, &rule.unwrap_or_default()) {
        Ok(effects) => {
            close(state);
            effects
        }
        Err(complaint) => {
            if let Some(form) = &mut state.form {
                form.complaint = Some(complaint);
            }
            Vec::new()
        }
    }
}
