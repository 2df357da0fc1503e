//! What is known of the connection and of the space behind it.

use std::time::Duration;

use crate::domain::usage::Usage;
use crate::tui::msg::Ticket;

/// The connection to the service.
#[derive(Debug, Default)]
pub struct Link {
    /// How long the latest answer took to begin; none before the first.
    pub trip: Option<Duration>,
    /// Whether the latest request found no service.
    pub is_lost: bool,
    /// What the space uses and may use, as far as it was told.
    pub usage: Usage,
    awaited: Option<Ticket>,
}

impl Link {
    /// Waits for an answer about the usage.
    pub fn ask(&mut self, ticket: Ticket) {
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
        self.awaited.is_some()
    }
}
