//! How much lies below folders, as far as the user wanted to know it in this session.

use std::collections::HashMap;

use crate::domain::marks::{Marks, Totals};
use crate::domain::path::RemotePath;
use crate::domain::space::Sums;
use crate::tui::msg::Ticket;

/// How many folders are kept in mind whose sizes nobody has asked for.
const LEARNT: usize = 1000;

/// What is known of one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// What was found so far.
    pub below: Sums,
    /// What more there may be.
    pub progress: Progress,
}

/// How far the counting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This request is still counting.
    Counting(Ticket),
    /// That was all.
    Done,
    /// It broke off: there is at least so much.
    Partly,
}

/// The folders that were measured.
#[derive(Debug, Default)]
pub struct Sizes(HashMap<RemotePath, Measured>);

impl Sizes {
    /// What is known of a folder.
    pub fn get(&self, folder: &RemotePath) -> Option<Measured> {
        self.0.get(folder).copied()
    }

    /// Number and bytes of the marks to act on, with what lies below marked folders that were measured
    /// to the end.
    pub fn with_below(&self, marks: &Marks) -> Totals {
        let mut totals = marks.totals();
        for (folder, measured) in &self.0 {
            let Some(place) = folder.parent() else {
                continue;
            };
            let mark = marks.get(&place, folder.name());
            let counts = mark.is_some_and(|mark| mark.is_chosen())
                && measured.progress == Progress::Done
                && !marks.is_inside_marked(&place);
            if counts {
                // Marks inside it are among its bytes.
                let inside = marks.totals_below(folder);
                totals.directories -= 1 + inside.directories;
                totals.bytes = totals.bytes - inside.bytes + measured.below.bytes;
            }
        }
        totals
    }

    /// Waits for the measure of a folder.
    pub fn ask(&mut self, folder: RemotePath, ticket: Ticket) {
        let measured = Measured {
            below: Sums::default(),
            progress: Progress::Counting(ticket),
        };
        self.0.insert(folder, measured);
    }

    /// Takes in what was counted; nothing if nobody waits for it.
    pub fn told(&mut self, ticket: Ticket, below: Option<Sums>, progress: Progress) {
        let awaited = self
            .0
            .values_mut()
            .find(|measured| measured.progress == Progress::Counting(ticket));
        if let Some(measured) = awaited {
            measured.below = below.unwrap_or(measured.below);
            measured.progress = progress;
        }
    }

    /// Keeps in mind what was counted below a folder, to its end, without being asked to; of so many
    /// folders as a person looks at.
    pub fn learn(&mut self, folder: RemotePath, below: Sums) {
        let known = self.0.get(&folder).map(|known| known.progress);
        let is_wanted = match known {
            Some(Progress::Counting(_)) => false,
            Some(Progress::Done | Progress::Partly) => true,
            None => self.0.len() < LEARNT,
        };
        if is_wanted {
            let progress = Progress::Done;
            self.0.insert(folder, Measured { below, progress });
        }
    }

    /// No longer waits; gives the requests that were awaited.
    pub fn stop(&mut self) -> Vec<Ticket> {
        let mut stopped = Vec::new();
        for measured in self.0.values_mut() {
            if let Progress::Counting(ticket) = measured.progress {
                stopped.push(ticket);
                measured.progress = Progress::Partly;
            }
        }
        stopped
    }

    /// Whether something is still being counted.
    pub fn is_counting(&self) -> bool {
        self.0
            .values()
            .any(|measured| matches!(measured.progress, Progress::Counting(_)))
    }

    /// Something has left the folders above this path, or has come into them: what is known of
    /// them is no longer true.
    pub fn forget_above(&mut self, path: &RemotePath) {
        if !self.0.is_empty() {
            self.0.remove(path);
            for above in path.ancestors() {
                self.0.remove(&above);
            }
        }
    }

    /// Forgets all that is not being counted right now.
    pub fn forget(&mut self) {
        self.0
            .retain(|_, measured| matches!(measured.progress, Progress::Counting(_)));
    }
}
