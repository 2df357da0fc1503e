//! The recycle bin: its pages, its marks, putting back and deleting for good.

use super::{delete, motion, screen};
use crate::domain::bin::RecycledEntry;
use crate::domain::entry::{Marker, Page};
use crate::domain::failure::Failure;
use crate::domain::job::JobKind;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::{Recycling, State, View};

/// Items of a page: the most that the service gives (protocol part A 8.1).
const PAGE: u32 = 100;
/// The service's word for a library without a recycle bin (protocol part A section 8).
const NOT_ENABLED: &str = "RecycleBinNotEnabled";

/// Asks for one item, only to learn whether there is a bin at all.
pub fn probe(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    state.bin.reload(ticket);
    vec![Effect::ListBin {
        ticket,
        after: None,
        limit: 1,
    }]
}

/// Lists the bin anew.
pub fn reload(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    state.bin.reload(ticket);
    vec![page(ticket, None)]
}

fn page(ticket: Ticket, after: Option<Marker>) -> Effect {
    Effect::ListBin {
        ticket,
        after,
        limit: PAGE,
    }
}

/// A page has arrived, or the reason why it has not.
pub fn listed(
    state: &mut State,
    ticket: Ticket,
    answer: Result<Page<RecycledEntry>, Failure>,
) -> Vec<Effect> {
    match answer {
        Ok(arrived) => {
            let next = arrived.next.clone();
            let rows = state.rows();
            if !state.bin.append(ticket, arrived, rows) {
                return Vec::new();
            }
            state.recycling = Recycling::On;
            if state.view == View::Bin {
                screen::fit(state);
                return next
                    .map(|after| page(ticket, Some(after)))
                    .into_iter()
                    .collect();
            }
            // Nobody looks at it: the next visit lists it anew.
            state.bin.stop_loading();
        }
        Err(failure) => {
            let is_off = failure.code.as_deref() == Some(NOT_ENABLED);
            if !state.bin.fail(ticket, failure.clone()) {
                return Vec::new();
            }
            if is_off {
                state.recycling = Recycling::Off;
            }
            if state.view == View::Bin {
                state.warn(if is_off {
                    "This library has no recycle bin: every delete is final.".to_owned()
                } else {
                    format!("The bin could not be listed: {failure}. R tries again.")
                });
            }
        }
    }
    Vec::new()
}

/// Does what the user wants in the recycle bin.
pub fn act(state: &mut State, action: Action, count: usize) -> Vec<Effect> {
    match action {
        Action::Toggle | Action::Range | Action::Enter if state.bin.range.is_some() => {
            accept_range(state);
        }
        Action::Toggle => toggle(state, count.max(1)),
        Action::Range if !state.bin.items.is_empty() => {
            state.bin.range = Some(state.bin.cursor.row);
        }
        Action::OtherEnd => {
            if let Some(start) = state.bin.range {
                state.bin.range = Some(state.bin.cursor.row);
                motion::go(state, start);
            }
        }
        Action::MarkAll => {
            state
                .bin
                .marks
                .extend(state.bin.items.iter().map(|item| item.id.clone()));
        }
        Action::Invert => {
            let bin = &mut state.bin;
            bin.marks = bin
                .items
                .iter()
                .filter(|item| !bin.marks.contains(&item.id))
                .map(|item| item.id.clone())
                .collect();
        }
        Action::Restore => {
            accept_range(state);
            let items = state.bin.chosen();
            if items.is_empty() {
                say_why_not(state);
            } else {
                delete::ask_restore(state, items.into(), None);
            }
        }
        Action::Recycle => {
            state.say("Already in the bin: r puts back, D deletes for ever.");
        }
        Action::DeleteForever => ask_purge(state),
        Action::EmptyBin => ask_empty(state),
        Action::Undo => return delete::ask_undo_last(state),
        Action::Reload => return reload(state),
        Action::Back => step_back(state),
        _ => {}
    }
    Vec::new()
}

fn toggle(state: &mut State, count: usize) {
    let bin = &mut state.bin;
    let from = bin.cursor.row;
    let last = bin.items.len().min(from.saturating_add(count));
    for item in &bin.items[from.min(last)..last] {
        if !bin.marks.remove(&item.id) {
            bin.marks.insert(item.id.clone());
        }
    }
    motion::go(state, last);
}

/// Marks the range that was begun, else marks or unmarks the row under the cursor.
pub fn toggle_or_accept(state: &mut State) {
    if state.bin.range.is_some() {
        accept_range(state);
    } else {
        toggle(state, 1);
    }
}

fn accept_range(state: &mut State) {
    let bin = &mut state.bin;
    let Some(rows) = bin.range_rows() else { return };
    bin.range = None;
    let ids = rows
        .filter_map(|row| bin.items.get(row))
        .map(|item| item.id.clone());
    bin.marks.extend(ids);
}

fn say_why_not(state: &mut State) {
    state.say(if state.bin.marks.is_empty() {
        "The bin is empty."
    } else {
        "Not all marked items have arrived yet: wait, or load the bin anew with R."
    });
}

fn ask_purge(state: &mut State) {
    accept_range(state);
    let items = state.bin.chosen();
    if items.is_empty() {
        say_why_not(state);
        return;
    }
    let words = format!("delete {}", items.len());
    state.question = Some(Question::words(Ask::Purge(items.into()), words, state.now));
}

fn ask_empty(state: &mut State) {
    let filling = state
        .jobs
        .running()
        .find(|job| job.spec.kind() == JobKind::Recycle);
    if let Some(job) = filling {
        // It would empty the bin of what that job puts there, and undo would be gone.
        let id = job.id;
        state.warn(format!(
            "Job {id} is filling the bin: wait for its end, or cancel it first (w)."
        ));
        return;
    }
    let items = state.bin.total();
    if items == 0 && state.bin.failure.is_none() {
        state.say("The bin is empty.");
        return;
    }
    let ask = Ask::EmptyBin { items };
    state.question = Some(Question::words(ask, "empty bin".into(), state.now));
}

/// Drops the range, then the marks, then leaves.
fn step_back(state: &mut State) {
    if state.bin.range.take().is_some() {
        return;
    }
    if state.bin.marks.is_empty() {
        screen::back(state);
    } else {
        state.bin.marks.clear();
    }
}
