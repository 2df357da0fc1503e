//! The sizes of folders, when the user wants to know them.

use crate::domain::failure::Failure;
use crate::domain::format;
use crate::domain::path::RemotePath;
use crate::domain::space::Sums;
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::State;
use crate::tui::state::sizes::Progress;

/// Measures the folders on the screen that were not measured yet, else all of them anew; while
/// something is being measured, stops that.
pub fn measure(state: &mut State) -> Vec<Effect> {
    if state.sizes.is_counting() {
        state.say(tr!("Counting stopped. zs counts anew."));
        return state.sizes.stop().into_iter().map(Effect::Forget).collect();
    }
    let browser = &state.browser;
    let first = browser.cursor.offset;
    let folders: Vec<RemotePath> = (first..first + state.rows())
        .map_while(|row| browser.listing.row(row))
        .filter(|entry| entry.is_directory())
        .filter_map(|entry| browser.directory.join(entry.name()).ok())
        .collect();
    if folders.is_empty() {
        state.say(tr!("No folder is on the screen."));
        return Vec::new();
    }
    let is_done = |folder: &&RemotePath| {
        let measured = state.sizes.get(folder);
        measured.is_some_and(|measured| measured.progress == Progress::Done)
    };
    let mut wanted: Vec<RemotePath> = folders.iter().filter(|f| !is_done(f)).cloned().collect();
    if wanted.is_empty() {
        wanted = folders;
    }
    let count = format::counted(wanted.len(), "folder");
    state.say(tr!(
        "Counting what is in {folders}; zs stops it.",
        folders = count
    ));
    ask(state, wanted)
}

/// Asks how much is in these folders.
pub fn ask(state: &mut State, folders: Vec<RemotePath>) -> Vec<Effect> {
    let mut effects = Vec::with_capacity(folders.len());
    for directory in folders {
        let ticket = state.ticket();
        state.sizes.ask(directory.clone(), ticket);
        effects.push(Effect::Measure { ticket, directory });
    }
    effects
}

/// So much was counted by now.
pub fn counted(state: &mut State, ticket: Ticket, below: Sums) -> Vec<Effect> {
    let progress = Progress::Counting(ticket);
    state.sizes.told(ticket, Some(below), progress);
    Vec::new()
}

/// A folder was counted, or not to its end.
pub fn measured(
    state: &mut State,
    ticket: Ticket,
    measured: Result<(Sums, usize), Failure>,
) -> Vec<Effect> {
    match measured {
        Ok((sums, 0)) => state.sizes.told(ticket, Some(sums), Progress::Done),
        Ok((sums, unread)) => {
            state.sizes.told(ticket, Some(sums), Progress::Partly);
            let folders = format::counted(unread, "folder");
            state.warn(tr!(
                "{folders} below could not be read: at least so much.",
                folders
            ));
        }
        Err(failure) => {
            state.sizes.told(ticket, None, Progress::Partly);
            state.warn(tr!(
                "A folder could not be counted to its end: {failure}.",
                failure
            ));
        }
    }
    Vec::new()
}
