//! How the list is shown: columns, forms of times and sizes, dot files, panes.

use super::screen;
use crate::domain::format::counted;
use crate::domain::show::{Column, Times, Units};
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::layout::{Layout, Pane};
use crate::tui::state::State;

/// Does what the user wants with how things are shown; false for every other action.
pub fn act(state: &mut State, action: Action) -> bool {
    let show = &mut state.show;
    match action {
        Action::ColumnType => show.toggle(Column::Type),
        Action::ColumnLabels => show.toggle(Column::Labels),
        Action::ColumnSize => show.toggle(Column::Size),
        Action::ColumnModified => show.toggle(Column::Modified),
        Action::ColumnCreated => show.toggle(Column::Created),
        Action::ColumnOwner => show.toggle(Column::Owner),
        Action::TimesLocal => show.times = Times::Local,
        Action::TimesUtc => show.times = Times::Utc,
        Action::TimesRelative => show.times = Times::Relative,
        Action::TimesIso => show.times = Times::Iso,
        Action::UnitsBinary => show.units = Units::Binary,
        Action::UnitsDecimal => show.units = Units::Decimal,
        Action::UnitsBytes => show.units = Units::Bytes,
        Action::DotFiles => turn_dot_files(state),
        Action::ToggleMarks => turn(state, Pane::Marks),
        Action::TogglePreview => turn(state, Pane::Current),
        Action::ToggleJobs => {
            state.panes.jobs = !state.panes.jobs;
            if state.jobs.shown().next().is_none() {
                state.say(tr!(
                    "There are no jobs yet: their panel comes with the first one."
                ));
            }
        }
        _ => return false,
    }
    screen::fit(state);
    true
}

/// Beside the list a pane comes and goes; without room beside it, one lies over it.
fn turn(state: &mut State, pane: Pane) {
    let panes = &mut state.panes;
    if Layout::is_wide(state.size, *panes) {
        let is_on = match pane {
            Pane::Marks => &mut panes.marks,
            Pane::Current => &mut panes.current,
        };
        *is_on = !*is_on;
    } else {
        panes.over = (panes.over != Some(pane)).then_some(pane);
    }
}

fn turn_dot_files(state: &mut State) {
    let rows = state.rows();
    state.show.dot_files = !state.show.dot_files;
    let hides = !state.show.dot_files;
    for browser in std::iter::once(&mut state.browser).chain(state.tabs.others_mut()) {
        browser.hide_dot_files(hides, rows);
    }
    let names = state.browser.listing.all();
    let dots = names.filter(|entry| entry.name().starts_with('.')).count();
    let dots = counted(dots, "dot file");
    state.say(if hides {
        tr!("{dots} hidden here.", dots)
    } else {
        tr!("{dots} shown here.", dots)
    });
}
