//! Searches by the service.

use std::time::Duration;

use super::{Runtime, answer};
use crate::domain::failure::Failure;
use crate::domain::search::{Criteria, SearchId};
use crate::tui::effect::NextPage;
use crate::tui::msg::{Msg, Ticket};

/// Before a search is asked again whose last page was empty (part B 7.2).
const SLOW: Duration = Duration::from_secs(1);

impl Runtime {
    /// Begins a search.
    pub(super) fn search(&mut self, ticket: Ticket, criteria: Box<Criteria>) {
        let (client, send) = (self.client.clone(), self.send.clone());
        let request = tokio::spawn(async move {
            let page = client.search(&criteria).await.map_err(Failure::from);
            answer(&send, &client, Msg::Searched { ticket, page });
        });
        self.follow(ticket, &request);
    }

    /// Asks for the next page, not at once where the service needs time.
    pub(super) fn search_on(&mut self, ticket: Ticket, asked: NextPage) {
        let NextPage { id, after, is_slow } = asked;
        let (client, send) = (self.client.clone(), self.send.clone());
        let request = tokio::spawn(async move {
            if is_slow {
                tokio::time::sleep(SLOW).await;
            }
            let page = client.search_on(&id, &after).await.map_err(Failure::from);
            answer(&send, &client, Msg::Searched { ticket, page });
        });
        self.follow(ticket, &request);
    }

    /// Nobody will ask for more.
    pub(super) fn end_search(&self, id: SearchId) {
        let client = self.client.clone();
        tokio::spawn(async move {
            // The service forgets it by itself after a while.
            let _ = client.end_search(&id).await;
        });
    }
}
