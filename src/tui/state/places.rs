//! Folders to go to, and in which order they are shown.

use std::collections::{BTreeMap, HashMap};

use crate::domain::order::Order;
use crate::domain::path::RemotePath;

/// What is known of folders beyond their listings.
#[derive(Debug, Default)]
pub struct Places {
    /// Folders that were remembered under a letter.
    pub letters: BTreeMap<char, RemotePath>,
    /// Which letter is awaited, and for what.
    pub awaits: Option<Letter>,
    /// The orders that were chosen for single folders.
    pub orders: HashMap<RemotePath, Order>,
}

/// What the next letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// The folder on the screen is remembered under it.
    Remember,
    /// It names the folder to go to.
    GoTo,
}
