//! What is known of the connection and of the space behind it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::usage::Usage;
use crate::tui::msg::Ticket;

/// So long the listing of a folder comes first.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// The connection to the service.
#[derive(Debug, Default)]
pub struct Link {
    /// How long the latest answer took to begin; none before the first.
    pub trip: Option<Duration>,
    /// Whether the latest request found no service.
    pub is_lost: bool,
    /// What the space uses and may use, as far as it was told.
    pub usage: Usage,
    /// Since when an answer about the usage is wished for, until it is asked for.
    wished: Option<Timestamp>,
    awaited: Option<Ticket>,
}

impl Link {
    /// The usage should be asked for; see [`is_due`](Self::is_due).
    pub fn wish(&mut self, now: Timestamp) {
        self.wished.get_or_insert(now);
    }

    /// Whether to ask for the usage now. A folder that is being listed comes first, unless that takes
    /// long: a service may have to look at every file to tell.
    pub fn is_due(&self, is_listing: bool, now: Timestamp) -> bool {
        let waits = |since: Timestamp| is_listing && now.duration_since(since) < PATIENCE;
        self.wished.is_some_and(|since| !waits(since))
    }

    /// Waits for an answer about the usage.
    pub fn ask(&mut self, ticket: Ticket) {
        self.wished = None;
        self.awaited = Some(ticket);
    }

    /// An answer about the usage has come, or will not come.
    pub fn answered(&mut self, ticket: Ticket, usage: Option<Usage>) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.usage = usage.unwrap_or(self.usage);
        }
    }

    /// Whether an answer is still to come.
    pub fn is_asking(&self) -> bool {
        self.wished.is_some() || self.awaited.is_some()
    }
}
