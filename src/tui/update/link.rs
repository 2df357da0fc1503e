//! The connection: what the space holds is asked for in the background.

use std::time::Duration;

use crate::domain::usage::Usage;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::State;

/// Asks what the space uses and may use, if that is wished for and nothing comes first.
pub fn ask_due(state: &mut State) -> Option<Effect> {
    if !state.link.is_due(state.browser.is_loading(), state.now) {
        return None;
    }
    let ticket = state.ticket();
    state.link.ask(ticket);
    Some(Effect::Usage(ticket))
}

/// The usage was told, or will not be.
pub fn told(state: &mut State, ticket: Ticket, usage: Option<Usage>) -> Vec<Effect> {
    state.link.answered(ticket, usage);
    Vec::new()
}

/// The service has answered so soon.
pub fn answered(state: &mut State, trip: Duration) -> Vec<Effect> {
    state.link.trip = Some(trip);
    Vec::new()
}
