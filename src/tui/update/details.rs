//! All that is known of the row under the cursor.

use super::screen;
use crate::domain::entry::Facts;
use crate::domain::failure::Failure;
use crate::domain::format::bytes;
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::cursor::Cursor;
use crate::tui::state::details::{Details, Told};
use crate::tui::state::{State, View};

/// Shows what is known of the row under the cursor, and asks the service for the rest.
pub fn open(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let browser = &state.browser;
    let Some(entry) = browser.under_cursor() else {
        return Vec::new();
    };
    let Ok(path) = browser.directory.join(entry.name()) else {
        state.warn(tr!(
            "This row has a name that the service cannot be asked about."
        ));
        return Vec::new();
    };
    let copies = entry.crc64().map(|sum| {
        let same = browser.listing.all().filter(|other| {
            other.crc64() == Some(sum) && other.size() == entry.size() && !other.is_directory()
        });
        (same.count().saturating_sub(1), browser.listing.loaded())
    });
    let below = state.sizes.get(&path).map(|measured| {
        let below = &measured.below;
        tr!(
            "{size} in {files} files",
            size = bytes(below.bytes),
            files = below.files
        )
    });
    state.details = Some(Details {
        listed: entry.to_entry(),
        told: Told::Asked(ticket),
        copies,
        below,
        cursor: Cursor::default(),
        path: path.clone(),
    });
    screen::open(state, View::Details);
    vec![Effect::Describe { ticket, path }]
}

/// The service has told what it knows.
pub fn told(state: &mut State, ticket: Ticket, facts: Result<Option<Facts>, Failure>) {
    let Some(details) = &mut state.details else {
        return;
    };
    if !matches!(details.told, Told::Asked(asked) if asked == ticket) {
        return;
    }
    details.told = Told::of(facts);
    screen::fit(state);
}
