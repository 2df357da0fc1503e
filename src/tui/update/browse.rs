//! The list of a directory: entering, leaving, sorting, and the pages that arrive.

use compact_str::CompactString;

use super::{delete, filter, mark, motion, rule, screen};
use crate::domain::entry::EntryPage;
use crate::domain::failure::Failure;
use crate::domain::job::JobKind;
use crate::domain::path::RemotePath;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::{Purpose, State, View};

/// Entries of the first page: few, so that rows are on the screen at once.
const FIRST_PAGE: u32 = 200;
/// Entries of every other page: the most that the service gives (protocol part B, 0.2).
const PAGE: u32 = 1000;

/// Does what the user wants in the list of a directory.
pub fn act(state: &mut State, action: Action, count: usize) -> Vec<Effect> {
    let rows = state.rows();
    if let Some(order) = action.order() {
        state.browser.set_order(order, rows);
        return Vec::new();
    }
    match action {
        Action::Enter if state.browser.range.is_some() => mark::accept_range(state),
        Action::Enter => return enter(state),
        Action::Leave => return leave(state),
        Action::Root => return go(state, RemotePath::root(), None),
        Action::Reload => return reload(state),
        Action::Filter => filter::open(state),
        Action::Toggle => mark::toggle(state, count.max(1)),
        Action::Range => mark::range(state),
        Action::OtherEnd => {
            if let Some(start) = state.browser.range {
                state.browser.range = Some(state.browser.cursor.row);
                motion::go(state, start);
            }
        }
        Action::MarkAll => mark::all(state),
        Action::Invert => mark::invert(state),
        Action::MarkRule => rule::open(state, Purpose::Mark),
        Action::UnmarkRule => rule::open(state, Purpose::Unmark),
        Action::RepeatRule => return rule::repeat(state),
        Action::MarkExtension => return rule::same_extension(state),
        Action::BringBack => mark::bring_back(state),
        Action::Recycle => delete::ask(state, JobKind::Recycle),
        Action::DeleteForever => delete::ask(state, JobKind::DeleteForever),
        Action::Undo => delete::ask_undo_last(state),
        _ => {}
    }
    Vec::new()
}

fn enter(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.browser.under_cursor() else {
        return Vec::new();
    };
    if !entry.is_directory() {
        screen::open(state, View::Preview);
        return Vec::new();
    }
    match state.browser.directory.join(entry.name()) {
        Ok(directory) => go(state, directory, None),
        Err(error) => {
            state.warn(format!("This folder cannot be opened: {error}."));
            Vec::new()
        }
    }
}

fn leave(state: &mut State) -> Vec<Effect> {
    let Some(parent) = state.browser.directory.parent() else {
        state.say("This is the root of the library.");
        return Vec::new();
    };
    let name = state.browser.directory.name().into();
    go(state, parent, Some(name))
}

/// Goes to a directory; the cursor goes to `name` as soon as that arrives.
pub fn go(state: &mut State, directory: RemotePath, name: Option<CompactString>) -> Vec<Effect> {
    let ticket = state.ticket();
    state.browser.go(directory, name, ticket);
    vec![list(state, ticket)]
}

/// Lists the directory anew; its rows stay until the new ones have arrived.
pub fn reload(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    state.browser.reload(ticket);
    vec![list(state, ticket)]
}

fn list(state: &State, ticket: Ticket) -> Effect {
    let first = if state.browser.reloaded().is_some() {
        PAGE
    } else {
        FIRST_PAGE
    };
    let directory = state.browser.directory.clone();
    let order = state.browser.listing.order();
    Effect::List {
        ticket,
        directory,
        order,
        first,
        limit: PAGE,
    }
}

/// A page has arrived, or the reason why it has not.
pub fn listed(state: &mut State, ticket: Ticket, page: Result<EntryPage, Failure>) {
    let rows = state.rows();
    match page {
        Ok(page) => state.browser.append(ticket, &page, rows),
        Err(failure) => {
            let text = format!("The folder could not be listed: {failure}. R tries again.");
            if state.browser.fail(ticket, failure) {
                state.warn(text);
            }
        }
    }
}
