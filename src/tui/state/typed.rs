//! A line of text while it is typed: the same keys and the same pasting, wherever one is.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

/// A line and the cursor in it, which steps from one sign to the next, however many characters that has.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    input: Input,
    /// Whether all of it is only proposed: what is typed then takes its place.
    is_proposed: bool,
}

impl Typed {
    /// A line with a text in it, and the cursor behind that.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            input: Input::new(text.into()),
            is_proposed: false,
        }
    }

    /// The same with the cursor behind so many of its characters.
    #[must_use]
    pub fn with_cursor(self, characters: usize) -> Self {
        Self {
            input: self.input.with_cursor(characters),
            ..self
        }
    }

    /// A line with a text that is taken by Enter, replaced by typing, and kept by moving in it.
    pub fn proposing(text: impl Into<String>) -> Self {
        let input = Input::new(text.into());
        Self {
            is_proposed: !input.value().is_empty(),
            input,
        }
    }

    /// What stands in it.
    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// Whether what stands in it gives way to what is typed.
    pub fn is_proposed(&self) -> bool {
        self.is_proposed
    }

    /// Where the cursor is, in bytes.
    pub fn cursor(&self) -> usize {
        let mut places = self.value().char_indices();
        let place = places.nth(self.input.cursor());
        place.map_or(self.value().len(), |(at, _)| at)
    }

    /// A key: whether it has changed the text. Keys that have no place in a line do nothing.
    pub fn press(&mut self, event: KeyEvent) -> bool {
        let Some(request) = request(event) else {
            return false;
        };
        if std::mem::take(&mut self.is_proposed) {
            match request {
                InputRequest::InsertChar(_)
                | InputRequest::DeletePrevChar
                | InputRequest::DeleteNextChar => {
                    self.input.reset();
                    self.input.handle(request);
                    return true;
                }
                // As where a text is selected: its beginning is what is gone to.
                InputRequest::GoToPrevChar | InputRequest::GoToPrevWord => {
                    self.input.handle(InputRequest::GoToStart);
                    return false;
                }
                _ => {}
            }
        }
        let change = self.input.handle(request);
        change.is_some_and(|change| change.value)
    }

    /// Text is pasted: what is no letter of it, such as the end of a line, is left out.
    pub fn paste(&mut self, text: &str) {
        if std::mem::take(&mut self.is_proposed) {
            self.input.reset();
        }
        for letter in text.chars().filter(|letter| !letter.is_control()) {
            self.input.handle(InputRequest::InsertChar(letter));
        }
    }
}

/// What a key means to a line of text; none for keys that have no place in it.
fn request(event: KeyEvent) -> Option<InputRequest> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(match event.code {
        KeyCode::Char('a') if control => InputRequest::GoToStart,
        KeyCode::Char('e') if control => InputRequest::GoToEnd,
        KeyCode::Char('u') if control => InputRequest::DeleteLine,
        KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
        KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
        KeyCode::Char('h') if control => InputRequest::DeletePrevChar,
        KeyCode::Char('d') if control => InputRequest::DeleteNextChar,
        KeyCode::Char('b') if alt => InputRequest::GoToPrevWord,
        KeyCode::Char('f') if alt => InputRequest::GoToNextWord,
        KeyCode::Char('d') if alt => InputRequest::DeleteNextWord,
        KeyCode::Char(_) if control || alt => return None,
        KeyCode::Char(character) => InputRequest::InsertChar(character),
        KeyCode::Backspace if control || alt => InputRequest::DeletePrevWord,
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left if control || alt => InputRequest::GoToPrevWord,
        KeyCode::Right if control || alt => InputRequest::GoToNextWord,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::keymap::read;

    fn after(mut line: Typed, keys: &str) -> String {
        for key in read(keys).unwrap() {
            line.press(key.event());
        }
        let (before, behind) = line.value().split_at(line.cursor());
        format!("{before}|{behind}")
    }

    #[test]
    fn a_sign_of_many_characters_is_one_step() {
        let line = || Typed::new("a👩‍👩‍👧e\u{301}中");
        assert_eq!(after(line(), "<Left><Left><Left>"), "a|👩‍👩‍👧e\u{301}中");
        assert_eq!(after(line(), "<Backspace><Backspace><Backspace>"), "a|");
        assert_eq!(after(line(), "<Home><Delete>x"), "x|👩‍👩‍👧e\u{301}中");
    }

    #[test]
    fn words_and_halves_of_a_line_are_taken_away() {
        let line = || Typed::new("take one-mov");
        assert_eq!(after(line(), "<C-w>"), "take one-|");
        assert_eq!(after(line(), "<C-Left><C-k>"), "take one-|");
        assert_eq!(after(line(), "<A-b><A-b><C-h>"), "take|one-mov");
        assert_eq!(after(line(), "<C-u>x"), "x|");
    }

    #[test]
    fn a_proposed_text_gives_way_to_what_is_typed_and_stays_where_one_moves_in_it() {
        let line = || Typed::proposing("plan-1.json");
        assert_eq!(after(line(), ""), "plan-1.json|");
        assert_eq!(after(line(), "ab"), "ab|");
        assert_eq!(after(line(), "<Backspace>"), "|");
        assert_eq!(after(line(), "<End>2"), "plan-1.json2|");
        assert_eq!(after(line(), "<Left>my-"), "my-|plan-1.json");
        assert_eq!(after(line(), "<C-w>"), "plan-1.|");
        let mut pasted = line();
        pasted.paste("other.csv\r\n");
        assert_eq!(pasted.value(), "other.csv");
    }
}
