//! What a path can become while it is typed: the folders of the folder that is named so far.

use compact_str::CompactString;

use crate::tui::msg::Ticket;
use crate::tui::state::typed::Typed;

/// The folders of a folder, and the one that Tab has written.
#[derive(Debug, Default)]
pub struct Names {
    /// The folder whose folders are known or asked for, as it was typed.
    pub known: Option<String>,
    /// The folders in it.
    pub all: Vec<CompactString>,
    /// The request for them.
    pub awaited: Option<Ticket>,
    /// Tab was pressed before the names have come: whether forward.
    owed: Option<bool>,
    /// While Tab is being pressed: what was typed of the name, and which of the names it is now.
    pub turn: Option<(String, usize)>,
}

/// The folder that is typed up to the last slash, and the beginning of a name behind it.
pub fn parts(line: &str) -> (&str, &str) {
    line.rsplit_once('/').unwrap_or(("", line))
}

/// A slash behind a slash begins anew at the root: what stands before it is dropped.
pub fn begin_anew(line: &mut Typed) {
    let text = line.value();
    let Some(at) = text.rfind("//") else { return };
    let before = text.get(at + 1..line.cursor()).unwrap_or_default();
    let cursor = before.chars().count();
    *line = Typed::new(&text[at + 1..]).with_cursor(cursor);
}

impl Names {
    /// Something was typed: what Tab was doing is over.
    pub fn typed(&mut self) {
        self.turn = None;
        self.owed = None;
    }

    /// The names have arrived; a Tab that was pressed before is made good.
    pub fn arrived(&mut self, names: Vec<CompactString>, line: &mut Typed) {
        self.awaited = None;
        self.all = names;
        if let Some(forward) = self.owed.take() {
            self.complete(line, forward);
        }
    }

    /// The names that what was typed can become, in order.
    pub fn candidates(&self, line: &Typed) -> Vec<&CompactString> {
        let typed = match &self.turn {
            Some((typed, _)) => typed.as_str(),
            None => parts(line.value()).1,
        };
        let typed = typed.to_lowercase();
        let begins = |name: &&CompactString| name.to_lowercase().starts_with(&typed);
        self.all.iter().filter(begins).collect()
    }

    /// Writes the next name that fits, or the one before it.
    pub fn complete(&mut self, line: &mut Typed, forward: bool) {
        if self.awaited.is_some() {
            self.owed = Some(forward);
            return;
        }
        let (directory, typed) = parts(line.value());
        let (directory, typed) = (directory.to_owned(), typed.to_owned());
        let (typed, at) = match self.turn.take() {
            Some((typed, at)) => (typed, Some(at)),
            None => (typed, None),
        };
        self.turn = Some((typed.clone(), 0));
        let candidates = self.candidates(line);
        let count = candidates.len();
        if count == 0 {
            self.turn = None;
            return;
        }
        let at = match (at, forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        // The only one is entered at once.
        let slash = if count == 1 { "/" } else { "" };
        let above = if line.value().contains('/') {
            format!("{directory}/")
        } else {
            String::new()
        };
        let completed = format!("{above}{}{slash}", candidates[at]);
        self.turn = (count > 1).then_some((typed, at));
        *line = Typed::new(completed);
    }
}
