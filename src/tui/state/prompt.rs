//! A line that is typed for something: a name, or a place of this machine.

use super::places::TypedPath;
use crate::domain::job::{Items, Target};
use crate::texts::tr;
use crate::tui::msg::Ticket;

/// A line while it is being typed.
#[derive(Debug)]
pub struct Prompt {
    /// What it is for.
    pub wanted: Wanted,
    /// The line, and what it can become.
    pub typed: TypedPath,
    /// The folder of this machine whose folders are known or asked for.
    pub known: Option<String>,
}

/// What a line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The path of a folder that is to be made.
    NewFolder,
    /// The new name of an entry.
    Name(Target),
    /// What the list of all marks is narrowed down to, while it is typed.
    MarksFilter,
    /// A new file of this machine, for the list of all marks.
    ListFile,
    /// A folder of this machine, into which these are fetched.
    Folder(Items<Target>),
}

impl Prompt {
    /// A line with a text in it, and the cursor behind so many of its characters.
    pub fn new(wanted: Wanted, text: String, cursor: usize) -> Self {
        Self {
            wanted,
            typed: TypedPath::new(text, cursor),
            known: None,
        }
    }

    /// What stands before the line.
    pub fn label(&self) -> &'static str {
        match self.wanted {
            Wanted::NewFolder => tr!(" new folder: "),
            Wanted::Name(_) => tr!(" rename: "),
            Wanted::Folder(_) => tr!(" download into: "),
            Wanted::MarksFilter => tr!(" filter: "),
            Wanted::ListFile => tr!(" write to: "),
        }
    }

    /// Whether it is completed with folders of this machine.
    pub fn is_local(&self) -> bool {
        match self.wanted {
            Wanted::NewFolder | Wanted::Name(_) | Wanted::MarksFilter => false,
            Wanted::Folder(_) | Wanted::ListFile => true,
        }
    }
}

/// Lists that are edited outside of the program.
#[derive(Debug, Default)]
pub struct Edits {
    /// What is being edited, and the request for it.
    pub open: Option<(Ticket, Edited)>,
    /// Names as they were edited last, and of which entries: not lost by a question that was
    /// answered by no.
    pub names: Option<(Vec<Target>, String)>,
}

/// What is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The names of these.
    Names(Vec<Target>),
    /// The list of all marks, which was this text.
    Marks(String),
}
