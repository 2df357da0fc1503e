//! Folders to go to: remembered ones, and a path that is being typed.

use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;
use tui_input::Input;

use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::tui::msg::Ticket;

/// What is known of folders beyond their listings.
#[derive(Debug, Default)]
pub struct Places {
    /// Folders that were remembered under a letter.
    pub letters: BTreeMap<char, RemotePath>,
    /// Which letter is awaited, and for what.
    pub awaits: Option<Letter>,
    /// The path while it is being typed.
    pub typed: Option<TypedPath>,
    /// The orders that were chosen for single folders.
    pub orders: HashMap<RemotePath, Order>,
}

impl Places {
    /// Whether names for a path are still to come.
    pub fn is_asking(&self) -> bool {
        self.typed
            .as_ref()
            .is_some_and(|typed| typed.awaited.is_some())
    }
}

/// What the next letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// The folder on the screen is remembered under it.
    Remember,
    /// It names the folder to go to.
    GoTo,
}

/// A path while it is being typed.
#[derive(Debug)]
pub struct TypedPath {
    /// The line.
    pub input: Input,
    /// Why the line is no path.
    pub complaint: Option<String>,
    /// The folder whose folders are known or asked for.
    pub directory: Option<RemotePath>,
    /// The folders in it.
    pub names: Vec<CompactString>,
    /// The request for them.
    pub awaited: Option<Ticket>,
    /// Tab was pressed before the names have come: whether forward.
    pub owed: Option<bool>,
    /// While Tab is being pressed: what was typed of the name, and which of the names it is now.
    pub turn: Option<(String, usize)>,
}

impl TypedPath {
    /// A line with a text in it, and the cursor behind so many of its characters.
    pub fn new(text: String, cursor: usize) -> Self {
        Self {
            input: Input::new(text).with_cursor(cursor),
            complaint: None,
            directory: None,
            names: Vec::new(),
            awaited: None,
            owed: None,
            turn: None,
        }
    }

    /// Something was typed: what Tab was doing is over.
    pub fn typed(&mut self) {
        self.turn = None;
        self.owed = None;
        self.complaint = None;
    }

    /// A slash behind a slash begins anew at the root: what stands before it is dropped.
    pub fn begin_anew(&mut self) {
        let line = self.input.value();
        let Some(at) = line.rfind("//") else { return };
        let dropped = line[..=at].chars().count();
        let cursor = self.input.cursor().saturating_sub(dropped);
        self.input = Input::new(line[at + 1..].to_owned()).with_cursor(cursor);
    }

    /// The names have arrived; a Tab that was pressed before is made good.
    pub fn arrived(&mut self, names: Vec<CompactString>) {
        self.awaited = None;
        self.names = names;
        if let Some(forward) = self.owed.take() {
            self.complete(forward);
        }
    }

    /// The folder that is typed up to the last slash, and the beginning of a name behind it.
    pub fn parts(&self) -> (&str, &str) {
        let line = self.input.value();
        line.rsplit_once('/').unwrap_or(("", line))
    }

    /// The names that what was typed can become, in order.
    pub fn candidates(&self) -> Vec<&CompactString> {
        let typed = match &self.turn {
            Some((typed, _)) => typed.as_str(),
            None => self.parts().1,
        };
        let typed = typed.to_lowercase();
        let begins = |name: &&CompactString| name.to_lowercase().starts_with(&typed);
        self.names.iter().filter(begins).collect()
    }

    /// Writes the next name that fits, or the one before it.
    pub fn complete(&mut self, forward: bool) {
        if self.awaited.is_some() {
            self.owed = Some(forward);
            return;
        }
        let (directory, typed) = self.parts();
        let (directory, typed) = (directory.to_owned(), typed.to_owned());
        let (typed, at) = match self.turn.take() {
            Some((typed, at)) => (typed, Some(at)),
            None => (typed, None),
        };
        self.turn = Some((typed.clone(), 0));
        let candidates = self.candidates();
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
        let above = if self.input.value().contains('/') {
            format!("{directory}/")
        } else {
            String::new()
        };
        let line = format!("{above}{}{slash}", candidates[at]);
        self.turn = (count > 1).then_some((typed, at));
        self.input = Input::new(line);
    }
}
