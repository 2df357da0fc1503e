//! The recycle bin: its pages, its marks, putting back and deleting for good.

pub mod filter;
pub mod landing;

use super::{delete, motion, rule, screen};
use crate::domain::bin::RecycledEntry;
use crate::domain::conflict::Strategy;
use crate::domain::entry::{Marker, Page};
use crate::domain::failure::Failure;
use crate::domain::job::{JobId, JobKind};
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::bin::Row;
use crate::tui::state::bin::groups::{GroupKey, Key, Order};
use crate::tui::state::prompt::Purpose;
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::{Recycling, State, View};

/// Items of a page: the most that the service gives (protocol part A 8.1).
const PAGE: u32 = 100;
/// The service's word for a library without a recycle bin (protocol part A section 8).
const NOT_ENABLED: &str = "RecycleBinNotEnabled";
/// The embedded service's word for a library that another program changes.
const HELD: &str = "WriteForbidden";

/// Asks for one item, only to learn whether there is a bin at all.
pub fn probe(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    state.bin.reload(ticket, state.jobs.recyclers(), false);
    vec![Effect::ListBin {
        ticket,
        after: None,
        limit: 1,
    }]
}

/// Lists the bin, and asks the logs which jobs have filled it.
pub fn open(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    state.bin.reload(ticket, state.jobs.recyclers(), false);
    state.bin.asks_owners = true;
    vec![page(ticket, None), Effect::Owners]
}

/// Lists the bin anew; what is shown stays until that has begun to arrive.
pub fn reload(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    state.bin.reload(ticket, state.jobs.recyclers(), true);
    let mut effects = vec![page(ticket, None)];
    if state.jobs.have_large_recycler() {
        effects.push(Effect::Owners);
    }
    effects
}

/// The bin has got something new. As long as a job takes things out the list stays as it is: its
/// rows leave by what the job tells.
pub fn outdated(state: &mut State) -> Vec<Effect> {
    state.bin.is_outdated = true;
    if state.view != View::Bin || taker(state).is_some() {
        return Vec::new();
    }
    reload(state)
}

/// A job that takes items out of the bin is over.
pub fn settled(state: &mut State, job: JobId) -> Vec<Effect> {
    state.bin.release(job);
    state.bin.look = None;
    if state.bin.is_outdated {
        outdated(state)
    } else {
        Vec::new()
    }
}

/// The job that is taking items out of the bin.
fn taker(state: &State) -> Option<JobId> {
    let takes = |kind| matches!(kind, JobKind::Restore | JobKind::Purge | JobKind::EmptyBin);
    let mut running = state.jobs.running();
    running.find(|job| takes(job.spec.kind())).map(|job| job.id)
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
            let rows = state.bin_rows();
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
            if failure.code.as_deref() == Some(HELD) && !state.caution.is_read_only {
                state.caution.is_read_only = true;
                let text = tr!(
                    "Here you can only look: {failure}.",
                    failure = failure.sentence()
                );
                state.tell(text, true);
                return Vec::new();
            }
            if state.view == View::Bin {
                state.warn(if is_off {
                    tr!("This library has no recycle bin: every delete is final.").to_owned()
                } else {
                    tr!(
                        "The bin could not be listed: {failure}. R tries again.",
                        failure
                    )
                });
            }
        }
    }
    Vec::new()
}

/// Does what the user wants in the recycle bin.
pub fn act(state: &mut State, action: Action, count: usize) -> Vec<Effect> {
    match action {
        Action::Toggle | Action::Range | Action::UnmarkRange | Action::Enter
            if state.bin.range.is_some() =>
        {
            accept_range(state);
        }
        Action::Toggle => toggle(state, count.max(1)),
        Action::Range | Action::UnmarkRange if state.bin.rows() > 0 => {
            state.bin.is_unmarking = action == Action::UnmarkRange;
            state.bin.range = Some(state.bin.cursor.row);
        }
        Action::OtherEnd => {
            if let Some(start) = state.bin.range {
                state.bin.range = Some(state.bin.cursor.row);
                motion::go(state, start);
            }
        }
        Action::MarkRule => rule::open(state, Purpose::Mark),
        Action::UnmarkRule => rule::open(state, Purpose::Unmark),
        Action::MarkAll | Action::Invert => mark_shown(state, action == Action::MarkAll),
        Action::Enter => unfold_or_tell(state),
        Action::Leave => fold(state),
        Action::ToggleGroups => {
            let rows = state.bin_rows();
            state.bin.groups.is_flat = !state.bin.groups.is_flat;
            state.bin.arrange(rows);
        }
        Action::Details => {
            state.bin.has_details = !state.bin.has_details;
        }
        Action::OnClash => {
            state.bin.on_clash = next_strategy(state.bin.on_clash);
            let text = clash_sentence(state.bin.on_clash);
            state.say(text);
        }
        Action::Filter => filter::open(state),
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
            state.say(tr!("Already in the bin: r puts back, D deletes for ever."));
        }
        Action::DeleteForever => ask_purge(state),
        Action::EmptyBin => ask_empty(state),
        Action::Undo => return delete::ask_undo_last(state),
        Action::Reload => match taker(state) {
            Some(job) => state.say(tr!(
                "Job {job} takes items out: rows leave as it is told. R works once it is over.",
                job
            )),
            None => return reload(state),
        },
        Action::Back => step_back(state),
        _ => {
            if let Some(order) = order(action) {
                let rows = state.bin_rows();
                state.bin.set_order(order, rows);
            }
        }
    }
    Vec::new()
}

fn order(action: Action) -> Option<Order> {
    let (key, reversed) = match action {
        Action::SortName => (Key::Name, false),
        Action::SortNameReversed => (Key::Name, true),
        Action::SortSize => (Key::Size, false),
        Action::SortSizeReversed => (Key::Size, true),
        Action::SortModified => (Key::Removed, false),
        Action::SortModifiedReversed => (Key::Removed, true),
        Action::SortExpires => (Key::Expires, false),
        _ => return None,
    };
    Some(Order { key, reversed })
}

/// The next way to deal with a name that is taken.
pub fn next_strategy(strategy: Strategy) -> Strategy {
    match strategy {
        Strategy::Rename => Strategy::Ask,
        Strategy::Ask => Strategy::Overwrite,
        Strategy::Overwrite => Strategy::Rename,
    }
}

fn clash_sentence(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Rename => {
            tr!("Where a name is taken both are kept: what comes back gets a new name.")
        }
        Strategy::Ask => tr!("Where a name is taken the item stays in the bin."),
        Strategy::Overwrite => tr!("Where a name is taken, what has it now is REPLACED."),
    }
}

fn toggle(state: &mut State, count: usize) {
    for _ in 0..count {
        let row = state.bin.cursor.row;
        state.bin.toggle(row);
        let next = match state.bin.row(row) {
            // The items of the group are marked with it.
            Some(Row::Group(_)) => state.bin.groups.next_head(row),
            Some(Row::Item(_)) | None => row + 1,
        };
        if next >= state.bin.rows() {
            break;
        }
        motion::go(state, next);
    }
    state.bin.sum_up();
}

/// Marks all that the filter shows, or inverts its marks; what it hides stays as it is.
fn mark_shown(state: &mut State, marks: bool) {
    let bin = &mut state.bin;
    for group in bin.groups.all() {
        for index in &group.items {
            let id = &bin.items[*index].id;
            if bin.leaving.contains_key(id) {
                continue;
            }
            if marks || !bin.marks.remove(id) {
                bin.marks.insert(id.clone());
            }
        }
    }
    bin.sum_up();
}

/// Unfolds the group under the cursor, or folds it again; tells all about an item.
fn unfold_or_tell(state: &mut State) {
    let rows = state.bin_rows();
    let group = state.bin.group_under_cursor();
    match group.map(|group| (group.key.clone(), group.is_folded)) {
        Some((key, is_folded)) => state.bin.fold(&key, !is_folded, rows),
        None => state.bin.has_details = !state.bin.has_details,
    }
}

fn fold(state: &mut State) {
    let rows = state.bin_rows();
    let group = state.bin.groups.group_at(state.bin.cursor.row);
    match group.map(|group| group.key.clone()) {
        None | Some(GroupKey::Flat) => {
            state.say(tr!("Nothing to fold here; Esc goes back to the list."));
        }
        Some(key)
            if state
                .bin
                .groups
                .group_at(state.bin.cursor.row)
                .is_some_and(|at| at.is_folded) =>
        {
            state.bin.fold_all(&key, rows);
        }
        Some(key) => state.bin.fold(&key, true, rows),
    }
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
    for row in rows {
        // The head of an open group stands for nothing here: its items may lie outside.
        let is_open = match bin.row(row) {
            Some(Row::Group(group)) => !bin.groups.all()[group].is_folded,
            Some(Row::Item(_)) | None => false,
        };
        if !is_open {
            let ids = bin.groups.indices(row).iter();
            let ids = ids.map(|index| &bin.items[*index].id);
            for id in ids.filter(|id| !bin.leaving.contains_key(*id)) {
                if bin.is_unmarking {
                    bin.marks.remove(id);
                } else {
                    bin.marks.insert(id.clone());
                }
            }
        }
    }
    bin.sum_up();
}

fn say_why_not(state: &mut State) {
    state.say(if state.bin.rows() > 0 && state.bin.marks.is_empty() {
        tr!("A job works on this already.")
    } else if state.bin.filter.is_some() && state.bin.marks.is_empty() {
        tr!("The filter hides all that is in the bin.")
    } else if state.bin.marks.is_empty() {
        tr!("The bin is empty.")
    } else if state.bin.is_loading() {
        tr!("Not all marked items have arrived yet: wait, or load the bin anew with R.")
    } else {
        tr!("A job works on these already.")
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
        state.warn(tr!(
            "Job {id} is filling the bin: wait for its end, or cancel it first (w).",
            id
        ));
        return;
    }
    let items = state.bin.total();
    if items == 0 && state.bin.failure.is_none() {
        state.say(tr!("The bin is empty."));
        return;
    }
    let ask = Ask::EmptyBin { items };
    state.question = Some(Question::words(ask, "empty bin".into(), state.now));
}

/// Drops the range, then the marks, then the filter, then leaves.
fn step_back(state: &mut State) {
    if state.bin.range.take().is_some() {
        return;
    }
    if !state.bin.marks.is_empty() {
        state.bin.marks.clear();
        state.bin.sum_up();
    } else if state.bin.filter.take().is_some() {
        let rows = state.bin_rows();
        state.bin.arrange(rows);
    } else {
        screen::back(state);
    }
}
