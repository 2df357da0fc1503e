//! Folders to go to, and in which order they are shown.

use std::collections::{BTreeMap, HashMap};

use crossterm::event::KeyEvent;
use jiff::Timestamp;

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
    /// The folder to go to, once it is known to be there.
    pub going: Option<Going>,
    /// The orders that were chosen for single folders.
    pub orders: HashMap<RemotePath, Order>,
}

/// A folder that is being asked about before it is gone to.
#[derive(Debug)]
pub struct Going {
    /// Names the answer.
    pub ticket: Ticket,
    /// Where it leads.
    pub to: RemotePath,
    /// The line that it was typed into, to be mended if nothing is there.
    pub line: Option<String>,
    /// Keys that were pressed meanwhile: they are meant for what is there.
    pub keys: Vec<(KeyEvent, Timestamp)>,
}

/// What the next letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// The folder on the screen is remembered under it.
    Remember,
    /// It names the folder to go to.
    GoTo,
}
