//! The list of a directory: entering, leaving, sorting, and the pages that arrive.

use compact_str::CompactString;

use super::{
    copy, delete, details, download, filter, find, folder, mark, motion, places, rename, rule,
    screen, shown, sizes, tabs, yank,
};
use crate::domain::entry::EntryPage;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::JobKind;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::browser::{Browser, PAGE, Progress, Request};
use crate::tui::state::prompt::Purpose;
use crate::tui::state::{State, View};

/// The most questions that are asked without being told to.
const CHEAP: usize = 10;

/// Does what the user wants in the list of a directory.
pub fn act(state: &mut State, action: Action, count: usize) -> Vec<Effect> {
    if let Some(order) = action.order() {
        sort(state, order);
        return Vec::new();
    }
    if shown::act(state, action) {
        return Vec::new();
    }
    let effects = places::act(state, action, count).or_else(|| tabs::act(state, action, count));
    if let Some(effects) = effects {
        return effects;
    }
    match action {
        Action::Enter if state.browser.range.is_some() => mark::accept_range(state),
        Action::Enter => return enter(state),
        Action::Leave => return leave(state),
        Action::Root => return go(state, RemotePath::root(), None),
        Action::Reload => return reload_all(state),
        Action::Filter => filter::open(state),
        Action::Find => find::open(state),
        Action::FindNext => find::step(state, count.max(1), true),
        Action::FindPrevious => find::step(state, count.max(1), false),
        Action::Toggle => mark::toggle(state, count.max(1)),
        Action::Range => mark::range(state, false),
        Action::FolderSizes => return sizes::measure(state),
        Action::UnmarkRange => mark::range(state, true),
        Action::CopyLink => return copy::ask_link(state),
        Action::Details => return details::open(state),
        Action::CopyPath | Action::CopyDirectory | Action::CopyName | Action::CopyStem => {
            return copy::act(state, action);
        }
        Action::Open if state.browser.range.is_none() => return download::open_file(state),
        Action::Download => return download::open(state),
        Action::OtherEnd | Action::Open => {
            if let Some(start) = state.browser.range {
                state.browser.range = Some(state.browser.cursor.row);
                motion::go(state, start);
            }
        }
        Action::Invert => mark::invert(state),
        Action::MarkRule => rule::open(state, Purpose::Mark),
        Action::UnmarkRule => rule::open(state, Purpose::Unmark),
        Action::RepeatRule => return rule::repeat(state),
        Action::MarkExtension => return rule::same_extension(state),
        Action::BringBack => mark::bring_back(state),
        Action::Recycle => return delete::recycle(state),
        Action::DeleteForever => delete::ask(state, JobKind::DeleteForever),
        Action::Undo => return delete::ask_undo_last(state),
        Action::Yank => yank::take(state, JobKind::Copy),
        Action::Cut => yank::take(state, JobKind::Move),
        Action::Paste => return yank::paste(state),
        Action::Unyank => yank::drop_all(state),
        Action::NewFolder => folder::open(state),
        Action::Rename => return rename::open(state),
        _ => {}
    }
    Vec::new()
}

/// Sorts the directory, now and at later visits.
pub fn sort(state: &mut State, order: Order) {
    let rows = state.rows();
    state.browser.set_order(order, rows);
    let directory = state.browser.directory.clone();
    state.places.orders.insert(directory, order);
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
            state.warn(tr!("This folder cannot be opened: {error}.", error));
            Vec::new()
        }
    }
}

fn leave(state: &mut State) -> Vec<Effect> {
    let Some(parent) = state.browser.directory.parent() else {
        state.say(tr!("This is the root of the library."));
        return Vec::new();
    };
    let name = state.browser.directory.name().into();
    go(state, parent, Some(name))
}

/// Goes to a directory; the cursor goes to `name` as soon as that arrives.
pub fn go(state: &mut State, directory: RemotePath, name: Option<CompactString>) -> Vec<Effect> {
    let here = &state.browser.directory;
    if *here != directory {
        let here = here.clone();
        state.browser.trail.leave(here);
    }
    travel(state, directory, name)
}

/// The same on a way that was gone before: it is not remembered again.
pub fn travel(
    state: &mut State,
    directory: RemotePath,
    name: Option<CompactString>,
) -> Vec<Effect> {
    let ticket = state.ticket();
    let order = state.places.orders.get(&directory).copied();
    let before = state.browser.awaiting();
    state.browser.hides_dot_files = !state.show.dot_files;
    let request = state
        .browser
        .go(directory, name, order.unwrap_or_default(), ticket);
    let mut effects: Vec<Effect> = before.map(Effect::Forget).into_iter().collect();
    effects.push(list(&state.browser, ticket, request));
    effects
}

/// Lists the directory anew; its rows stay until the new ones have arrived.
pub fn reload(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let before = state.browser.awaiting();
    let request = state.browser.reload(ticket);
    let mut effects: Vec<Effect> = before.map(Effect::Forget).into_iter().collect();
    effects.push(list(&state.browser, ticket, request));
    effects
}

/// The user wants to see how things are now.
fn reload_all(state: &mut State) -> Vec<Effect> {
    let effects = reload(state);
    state.browser.asked_for = effects.iter().find_map(|effect| match effect {
        Effect::List { ticket, .. } | Effect::Compare { ticket, .. } => Some(*ticket),
        _ => None,
    });
    state.link.wish(state.now);
    effects
}

/// The user is back: what others did meanwhile shows, as long as it costs little to ask.
pub fn look_again(state: &mut State) -> Vec<Effect> {
    let is_cheap = (1..=CHEAP).contains(&state.browser.pages());
    if state.browser.is_loading() || !is_cheap {
        return Vec::new();
    }
    reload(state)
}

fn list(browser: &Browser, ticket: Ticket, request: Request) -> Effect {
    let directory = browser.directory.clone();
    match request {
        Request::List(first) => Effect::List {
            ticket,
            directory,
            order: browser.listing.order(),
            first,
            limit: PAGE,
        },
        Request::Compare(order, pages) => Effect::Compare {
            ticket,
            directory,
            order,
            pages,
        },
    }
}

/// A page has arrived, or the reason why it has not. Tabs that are not on the screen fill as well.
pub fn listed(state: &mut State, ticket: Ticket, page: Result<EntryPage, Failure>) {
    let rows = state.rows();
    let is_shown = state.browser.awaiting() == Some(ticket);
    let Some(browser) = state.awaiting(ticket) else {
        return;
    };
    match page {
        Ok(page) => {
            let is_complete = browser.append(&page, rows) == Progress::Complete;
            let marks_all = is_complete && std::mem::take(&mut browser.marks_all);
            state.link.is_lost = false;
            if marks_all && is_shown {
                mark::all_shown(state);
            }
        }
        Err(failure) => not_listed(state, ticket, failure),
    }
}

/// The pages of a directory were compared with what is there now.
pub fn compared(state: &mut State, ticket: Ticket, same: Result<bool, Failure>) -> Vec<Effect> {
    let is_shown = state.browser.awaiting() == Some(ticket);
    let Some(browser) = state.awaiting(ticket) else {
        return Vec::new();
    };
    let is_same = match same {
        Err(failure) if failure.kind == FailureKind::Network => {
            not_listed(state, ticket, failure);
            return Vec::new();
        }
        // A marker may have lapsed: the listing itself will tell.
        Err(_) => false,
        Ok(is_same) => is_same,
    };
    let progress = browser.compared(ticket, is_same);
    if let Progress::Next(request) = progress {
        return vec![list(browser, ticket, request)];
    }
    let is_told = browser.asked_for.take() == Some(ticket);
    state.link.is_lost = false;
    if is_told && is_shown {
        state.say(tr!("Nothing has changed here."));
    }
    Vec::new()
}

fn not_listed(state: &mut State, ticket: Ticket, failure: Failure) {
    let is_shown = state.browser.awaiting() == Some(ticket);
    let is_lost = failure.kind == FailureKind::Network;
    let text = tr!(
        "The folder could not be listed: {failure}. R tries again.",
        failure
    );
    if let Some(browser) = state.awaiting(ticket) {
        browser.fail(ticket, failure);
        browser.marks_all = false;
    }
    state.link.is_lost = is_lost;
    if is_shown {
        state.warn(text);
    }
}
