//! The filter while it is being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rustc_hash::FxHashSet;
use tui_input::{Input, InputRequest};

use crate::domain::filter::Filter;
use crate::domain::marks::Mark;
use crate::tui::state::{State, Typing};

/// Opens the line, with the filter that is set.
pub fn open(state: &mut State) {
    let before = state.browser.listing.filter().cloned();
    let text = before
        .as_ref()
        .map_or_else(String::new, |filter| filter.text().to_owned());
    state.typing = Some(Typing {
        input: Input::new(text),
        before,
        complaint: None,
    });
}

/// A key in the line: Enter keeps the filter, Esc drops what was typed.
pub fn press(state: &mut State, event: KeyEvent) {
    let rows = state.rows();
    let Some(typing) = &mut state.typing else {
        return;
    };
    match event.code {
        // What is no filter yet cannot be kept: the list would show what was not asked for.
        KeyCode::Enter if typing.complaint.is_some() => {}
        KeyCode::Enter => state.typing = None,
        KeyCode::Esc => abandon(state),
        KeyCode::Char('c') if event.modifiers.contains(KeyModifiers::CONTROL) => abandon(state),
        // Moving in the list does not need the line to be closed.
        KeyCode::Down | KeyCode::Up => {
            let row = state.browser.cursor.row;
            let row = if event.code == KeyCode::Down {
                row + 1
            } else {
                row.saturating_sub(1)
            };
            state.browser.move_to(row, rows);
        }
        _ => {
            if let Some(request) = request(event)
                && typing
                    .input
                    .handle(request)
                    .is_some_and(|change| change.value)
            {
                apply(state);
            }
        }
    }
}

/// Text is pasted into the line, if it is open.
pub fn paste(state: &mut State, text: &str) {
    let Some(typing) = &mut state.typing else {
        return;
    };
    for character in text.chars().filter(|character| !character.is_control()) {
        typing.input.handle(InputRequest::InsertChar(character));
    }
    apply(state);
}

fn abandon(state: &mut State) {
    let rows = state.rows();
    if let Some(typing) = state.typing.take() {
        state.browser.set_filter(typing.before, rows);
    }
}

fn apply(state: &mut State) {
    let rows = state.rows();
    let view = state.viewpoint();
    let Some(typing) = &mut state.typing else {
        return;
    };
    match Filter::parse(typing.input.value(), &view) {
        Ok(filter) => {
            typing.complaint = None;
            state.browser.set_filter(filter, rows);
        }
        // The last filter that could be read stays.
        Err(complaint) => typing.complaint = Some(complaint.message),
    }
}

/// Counts the marks of this directory that the filter hides, so that drawing need not.
pub fn count_hidden(state: &mut State) {
    let browser = &mut state.browser;
    let key = browser.listing.filter().map(|filter| {
        (
            filter.text().to_owned(),
            browser.directory.clone(),
            state.marks.revision(),
        )
    });
    if browser.hidden_for == key {
        return;
    }
    browser.hidden_marks = browser.listing.filter().map_or(0, |filter| {
        let mut chosen = (state.marks.inside(&browser.directory))
            .filter(|(_, mark)| mark.is_chosen())
            .peekable();
        let hides = |(name, mark): &(&str, &Mark)| {
            let shown = filter.matches_known(name, mark.kind, mark.size);
            shown.map(|is_shown| !is_shown)
        };
        if chosen.peek().is_none_or(|first| hides(first).is_some()) {
            return chosen.filter(|mark| hides(mark) == Some(true)).count();
        }
        // Marks do not know their times, the rows do.
        let marked: FxHashSet<&str> = chosen.map(|(name, _)| name).collect();
        let shown = browser.listing.shown();
        marked.len() - shown.filter(|entry| marked.contains(entry.name())).count()
    });
    browser.hidden_for = key;
}

/// What a key means to a line of text; none for keys that have no place in it.
pub fn request(event: KeyEvent) -> Option<InputRequest> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    Some(match event.code {
        KeyCode::Char('a') if control => InputRequest::GoToStart,
        KeyCode::Char('e') if control => InputRequest::GoToEnd,
        KeyCode::Char('u') if control => InputRequest::DeleteLine,
        KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
        KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
        KeyCode::Char(_) if control || event.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(character) => InputRequest::InsertChar(character),
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return None,
    })
}
