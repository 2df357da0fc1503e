//! Work through many entries that goes on between keys: the way to a row, a rule below a folder.

use std::sync::Arc;

use crate::domain::failure::Failure;
use crate::domain::known::Doubled;
use crate::domain::marks::Origin;
use crate::domain::path::RemotePath;
use crate::domain::rule::Rule;
use crate::tui::msg::Ticket;

/// The way through a long list to a row that is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Seek {
    /// The row to look at next.
    pub next: usize,
    /// How many rows are still to be looked at.
    pub left: usize,
    /// Whether it goes down.
    pub is_forward: bool,
    /// How many rows that are found are passed by.
    pub passes: usize,
}

/// A rule that is at work.
#[derive(Debug)]
pub struct Sweep {
    /// Names the walk.
    pub ticket: Ticket,
    /// What is chosen.
    pub rule: Rule,
    /// Which files have copies, if the rule asks for that.
    pub doubled: Option<Arc<Doubled>>,
    /// Its marks are by this.
    pub origin: Origin,
    /// Whether marks come off.
    pub unmarks: bool,
    /// Entries that were looked at.
    pub looked: usize,
    /// Marks that were made or came off.
    pub changed: usize,
    /// Bytes of what was marked.
    pub bytes: u64,
    /// Directories that could not be read.
    pub unread: usize,
    /// The first of them, and why.
    pub first_unread: Option<(RemotePath, Failure)>,
}
