//! The last jobs of the library, of all sessions, and which of them can still be undone.

use super::cursor::Cursor;
use crate::domain::failure::Failure;
use crate::domain::job::{JobId, PastJob};

/// The list, latest first.
#[derive(Debug, Default)]
pub struct Past {
    /// What the logs tell.
    pub jobs: Vec<PastJob>,
    /// The place in the list.
    pub cursor: Cursor,
    /// Why there is no list.
    pub failure: Option<Failure>,
    /// The job of which somebody waits to hear how it can be undone.
    pub asks: Option<JobId>,
    is_awaited: bool,
}

impl Past {
    /// A new list is on its way; what was there stays until it arrives.
    pub fn reload(&mut self) {
        self.is_awaited = true;
    }

    /// Takes in the list; the cursor stays on its job.
    pub fn arrive(&mut self, jobs: Result<Vec<PastJob>, Failure>, rows: usize) {
        self.is_awaited = false;
        let jobs = match jobs {
            Ok(jobs) => jobs,
            Err(failure) => {
                self.failure = Some(failure);
                return;
            }
        };
        self.failure = None;
        let before = self.selected().map(|job| (job.id, job.at));
        self.jobs = jobs;
        let row = self
            .jobs
            .iter()
            .position(|job| Some((job.id, job.at)) == before);
        let row = row.unwrap_or(self.cursor.row);
        self.cursor.go(row, self.jobs.len(), rows);
    }

    /// The job under the cursor.
    pub fn selected(&self) -> Option<&PastJob> {
        self.jobs.get(self.cursor.row)
    }

    /// Whether a list is still to come.
    pub fn is_loading(&self) -> bool {
        self.is_awaited
    }

    /// Whether anything is still to come.
    pub fn is_busy(&self) -> bool {
        self.is_awaited || self.asks.is_some()
    }
}
