//! Marking what a walk has found.

use crate::domain::format::{count, counted};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::found::{Catch, Row};
use crate::tui::update::{motion, search};

/// Begins a range to mark, or marks the one that was begun.
pub fn range(state: &mut State) {
    let Some(found) = &mut state.found else {
        return;
    };
    match found.range_rows() {
        None if found.under_cursor().is_some() => found.range = Some(found.cursor.row),
        None => {}
        Some(rows) => {
            found.range = None;
            for row in rows {
                if let Some(Row::Entry(directory, entry)) = found.row(row) {
                    state.marks.add(directory, entry);
                }
            }
            if let Catch::Duplicates(twins) = &found.catch
                && let lost @ 1.. = twins.duplicates.lost(&state.marks)
            {
                let groups = counted(lost, "group");
                state.warn(tr!(
                    "In {groups} every copy is marked now: none would stay.",
                    groups
                ));
            }
        }
    }
}

/// Turns the marks of all rows round. Of duplicates never so that no copy of a group would stay.
pub fn invert(state: &mut State) {
    let Some(found) = &state.found else { return };
    if let Catch::Duplicates(twins) = &found.catch {
        let skipped = twins.duplicates.invert(&mut state.marks);
        if skipped > 0 {
            let groups = counted(skipped, "group");
            state.warn(tr!(
                "{groups} left as they are: every copy would be marked.",
                groups
            ));
        }
        return;
    }
    for at in 0..found.rows() {
        if let Some(Row::Entry(directory, entry)) = found.row(at) {
            state.marks.toggle(directory, entry);
        }
    }
}

/// Marks the row, or takes its mark off; ends a range.
pub fn toggle(state: &mut State) {
    if state
        .found
        .as_ref()
        .is_some_and(|found| found.range.is_some())
    {
        range(state);
        return;
    }
    let Some(found) = &state.found else { return };
    let row = found.cursor.row;
    if let Some((directory, entry)) = found.under_cursor() {
        state.marks.toggle(directory, entry);
        if let Catch::Duplicates(twins) = &found.catch
            && let Some(group) = twins.group(row)
            && twins.duplicates.is_lost(group, &state.marks)
        {
            state.warn(tr!(
                "All copies of this group are marked now: none would stay."
            ));
        }
    }
    motion::go(state, row + 1);
}

/// Marks all rows; of a search also those that are still to come, if it is asked for twice.
pub fn all(state: &mut State, again: bool) {
    let Some(found) = &state.found else { return };
    match found.catch {
        Catch::Duplicates(_) => {
            state.say(tr!("n, o, s, S, r and a mark all copies but one."));
            return;
        }
        Catch::Weights { .. } => {
            state.say(tr!(
                "Bars are marked one by one: Space marks this row, a folder with all below it."
            ));
            return;
        }
        _ => {}
    }
    if matches!(found.catch, Catch::Search(_)) {
        search::mark_all(state, again);
    } else {
        rows(state);
    }
}

/// Marks all rows that are here.
pub fn rows(state: &mut State) {
    let Some(found) = &state.found else { return };
    for at in 0..found.rows() {
        if let Some(Row::Entry(directory, entry)) = found.row(at) {
            state.marks.add(directory, entry);
        }
    }
    let text = tr!("{marked} marked here.", marked = count(found.rows()));
    state.say(text);
}
