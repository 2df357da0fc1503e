//! Marking and unmarking in the list of a directory, and taking all marks off.

use jiff::Timestamp;

use super::{browse, motion, screen};
use crate::domain::format;
use crate::domain::marks::{Fate, Marks, Origin};
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::state::{Again, State};

/// Marks or unmarks so many rows from the cursor on and steps past them.
pub fn toggle(state: &mut State, count: usize) {
    if state.browser.range.is_some() {
        accept_range(state);
        return;
    }
    let from = state.browser.cursor.row;
    let directory = state.browser.directory.clone();
    let last = state.browser.listing.rows().min(from.saturating_add(count));
    let listing = &state.browser.listing;
    let rows = (from..last).filter_map(|row| listing.id(row));
    state.marks.toggle_rows(&directory, listing, rows);
    if count == 1
        && let Some(entry) = state.browser.listing.row(from)
        && let Some(mark) = state.marks.get(&directory, entry.name())
    {
        let path = directory.join(entry.name());
        let is_protected = path.is_ok_and(|path| state.caution.protects(&path));
        match mark.fate {
            Fate::Handed(job) => state.say(tr!("Job {job} works on this row.", job)),
            Fate::Chosen | Fate::Refused(_) if is_protected => {
                state.say(tr!(
                    "The settings protect this row: it will be listed as not sent."
                ));
            }
            Fate::Chosen | Fate::Refused(_) if !mark.can_delete => {
                state.say(tr!(
                    "No right to delete this row: it will be listed as not sent."
                ));
            }
            Fate::Chosen | Fate::Refused(_) => {}
        }
    }
    motion::go(state, last);
}

/// Begins a range to mark or to unmark, or accepts the one that was begun.
pub fn range(state: &mut State, is_unmarking: bool) {
    if state.browser.range.is_some() {
        accept_range(state);
    } else if state.browser.listing.rows() > 0 {
        state.browser.range = Some(state.browser.cursor.row);
        state.browser.is_unmarking = is_unmarking;
    }
}

/// Marks the rows of the range, if there is one, or takes their marks off.
pub fn accept_range(state: &mut State) {
    let Some(rows) = state.browser.range_rows() else {
        return;
    };
    state.browser.range = None;
    let (directory, listing) = (&state.browser.directory, &state.browser.listing);
    let rows = rows.filter_map(|row| listing.id(row));
    if state.browser.is_unmarking {
        state.marks.remove_rows(directory, listing, rows);
    } else {
        (state.marks).add_rows(directory, listing, rows, &Origin::Hand);
    }
}

/// Marks all rows that are shown. Asked for again while rows are still to come, it waits for them
/// and marks them as well: marks are always of entries that were seen.
pub fn mark_all(state: &mut State, again: bool) -> Vec<Effect> {
    let listing = &state.browser.listing;
    if listing.is_complete() || state.browser.reloaded().is_some() {
        all_shown(state);
        return Vec::new();
    }
    let all = match state.browser.filter() {
        Some(_) => tr!("all in this folder that match the filter").to_owned(),
        None => tr!(
            "all {total} in this folder",
            total = format::count(listing.total())
        ),
    };
    if again {
        state.browser.marks_all = true;
        state.tell(tr!("Marking {all} once they are here.", all), false);
        return if state.browser.is_loading() {
            Vec::new()
        } else {
            browse::reload(state)
        };
    }
    all_shown(state);
    state.again = Some(Again::MarkAll);
    let marked = format::count(state.browser.listing.rows());
    state.say(tr!(
        "{marked} marked. Ctrl-a again marks {all}.",
        marked,
        all
    ));
    Vec::new()
}

/// Marks all rows that are shown.
pub fn all_shown(state: &mut State) {
    let rows = state.rows();
    state.browser.settle(rows);
    let browser = &state.browser;
    let (listing, by_hand) = (&browser.listing, Origin::Hand);
    let directory = &browser.directory;
    (state.marks).add_rows(directory, listing, listing.ids(), &by_hand);
    let marked = format::count(browser.listing.rows());
    state.say(tr!("{marked} marked here.", marked));
}

/// Turns the marks of the shown rows round.
pub fn invert(state: &mut State) {
    let rows = state.rows();
    state.browser.settle(rows);
    let (directory, listing) = (&state.browser.directory, &state.browser.listing);
    state.marks.toggle_rows(directory, listing, listing.ids());
}

/// The marks of the session before are there, kept at this time: they are offered.
pub fn recalled(state: &mut State, marks: Marks, at: Timestamp) {
    state.is_recalling = false;
    if marks.totals().count == 0 {
        return;
    }
    let count = format::counted(marks.totals().count, "mark");
    match &mut state.cleared {
        Some(cleared) => cleared.merge(marks),
        None => state.cleared = Some(marks),
    }
    let at = format::day(at, state.now, &state.zone);
    state.tell(
        tr!("{count} from {at} can be brought back: gv", count, at),
        false,
    );
}

/// Brings the marks back that were cleared last.
pub fn bring_back(state: &mut State) {
    let Some(cleared) = state.cleared.take() else {
        state.say(tr!("No marks were cleared."));
        return;
    };
    let back = format::counted(cleared.totals().count, "mark");
    state.marks.merge(cleared);
    state.say(tr!("{back} brought back.", back));
}

/// One step back in the list: the range, then what was found, then the filter, then, asked for
/// twice, the marks.
pub fn step_back(state: &mut State, again: bool) -> Vec<Effect> {
    let rows = state.rows();
    let count = state.marks.totals().count;
    if state.browser.range.take().is_some() {
        state.say(tr!("Range dropped."));
    } else if state.find.take().is_some() {
        state.say(tr!("No longer looking for it."));
    } else if state.panes.over.take().is_some() {
        screen::fit(state);
    } else if state.browser.filter().is_some() {
        state.browser.set_filter(None, rows);
    } else if count > 0 && !again {
        state.again = Some(Again::Clear);
        let marks = format::counted(count, "mark");
        state.say(tr!(
            "Esc again clears {marks} (gv brings them back).",
            marks
        ));
    } else if count > 0 {
        clear(state);
    }
    Vec::new()
}

/// Takes all marks off; they can be brought back.
pub fn clear(state: &mut State) {
    let cleared = state.marks.clear();
    let marks = format::counted(cleared.totals().count, "mark");
    if cleared.totals().count > 0 {
        state.cleared = Some(cleared);
    }
    screen::fit(state);
    state.say(tr!(
        "{marks} cleared. gv in the list brings them back.",
        marks
    ));
}
