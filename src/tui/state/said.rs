//! What was said, for those who hear the screen: each message on a line that was blank before, and
//! no other line moves. After the last line comes the first one again.

use crate::domain::format::{printable, wrap};
use crate::tui::layout::LOG;

use super::Tone;

/// The lines of what was said last.
#[derive(Clone, Debug, Default)]
pub struct Said {
    lines: [Option<(String, Tone)>; LOG as usize],
    next: usize,
    count: u64,
}

impl Said {
    /// Adds a message, on lines of so many cells.
    pub fn add(&mut self, text: &str, tone: Tone, cells: usize) {
        // One line stays blank: it shows where the next message comes.
        for line in wrap(&printable(text), cells.max(1), self.lines.len() - 1) {
            self.lines[self.next] = Some((line, tone));
            self.next = (self.next + 1) % self.lines.len();
        }
        self.lines[self.next] = None;
        self.count += 1;
    }

    /// How many messages there were so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The lines from top to bottom; none for a blank one.
    pub fn lines(&self) -> impl Iterator<Item = Option<(&str, Tone)>> {
        (self.lines.iter()).map(|line| line.as_ref().map(|(text, tone)| (text.as_str(), *tone)))
    }
}
