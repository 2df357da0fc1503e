//! Downloads that are being prepared, and copies that are fetched to be opened.

use crate::domain::job::{JobId, Target};
use crate::tui::msg::Ticket;

/// What is on its way to this machine.
#[derive(Debug, Default)]
pub struct Fetches {
    /// The folder that was typed last.
    pub last: String,
    /// What is being looked for.
    pub gathering: Option<Gathering>,
    /// Files that wait for a folder in which to be opened.
    pub rooms: Vec<(Ticket, Target)>,
    /// Jobs whose file is opened at their end.
    pub to_open: Vec<JobId>,
}

/// How far the search for what is to be fetched has come.
#[derive(Debug)]
pub struct Gathering {
    /// Names it.
    pub ticket: Ticket,
    /// Files so far.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Gathering {
    /// Nothing was found yet.
    pub fn new(ticket: Ticket) -> Self {
        Self {
            ticket,
            files: 0,
            bytes: 0,
        }
    }
}

impl Fetches {
    /// Whether an answer is still to come.
    pub fn is_busy(&self) -> bool {
        self.gathering.is_some() || !self.rooms.is_empty()
    }
}
