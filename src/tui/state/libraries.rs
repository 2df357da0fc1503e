//! The libraries that the settings name, to choose one from.

use super::cursor::Cursor;

/// The libraries.
#[derive(Debug, Default)]
pub struct Libraries {
    /// What people call them; safe to show.
    pub labels: Vec<String>,
    /// Which of them is open; none for one that the settings do not name.
    pub here: Option<usize>,
    /// The place in their list.
    pub cursor: Cursor,
}
