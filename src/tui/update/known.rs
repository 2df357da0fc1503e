//! What is told of the contents of files, for warnings about last copies.

use crate::domain::entry::{EntryPage, Kind};
use crate::domain::failure::Failure;
use crate::domain::job::{JobSpec, Outcome};
use crate::tui::msg::{Ticket, WalkStep};
use crate::tui::state::State;
use crate::tui::state::found::{Catch, Found};

/// A page of a directory has arrived, and is about to be taken in.
pub fn listed(state: &mut State, ticket: Ticket, page: &Result<EntryPage, Failure>) {
    let Some(browser) = state.awaiting(ticket) else {
        return;
    };
    let (directory, is_first) = (browser.directory.clone(), browser.awaits_first());
    if let Ok(page) = page {
        if is_first {
            state.known.begin(&directory);
        }
        state.known.learn(&directory, page.entries.iter());
    }
}

/// A walk has looked at a part of a directory.
pub fn walked(state: &mut State, step: &WalkStep) {
    if let WalkStep::Found {
        directory, entries, ..
    } = step
    {
        state.known.learn(directory, entries.iter());
    }
}

/// The service has told the checksum of a file that was looked for copies of.
pub fn summed(state: &mut State, file: u32, crc64: &Result<Option<u64>, Failure>) {
    if let Some(Found {
        catch: Catch::Duplicates(twins),
        ..
    }) = &state.found
        && let Ok(Some(crc64)) = crc64
        && let Some((directory, entry)) = twins.duplicates.copy(file)
        && let Some(size) = entry.size()
    {
        state.known.learn_one(directory, entry.name(), *crc64, size);
    }
}

/// A job tells what became of its items.
pub fn settled(state: &mut State, spec: &JobSpec, settled: &[(usize, Outcome)]) {
    for (index, outcome) in settled {
        match (spec, outcome) {
            (
                JobSpec::Recycle(targets) | JobSpec::DeleteForever(targets),
                Outcome::Recycled(_) | Outcome::Deleted | Outcome::AlreadyGone,
            ) => {
                if let Some(target) = targets.get(*index) {
                    let is_directory = target.kind == Kind::Directory;
                    state.known.forget(&target.path, is_directory, true);
                }
            }
            (JobSpec::Move(items), Outcome::Placed(_) | Outcome::AlreadyGone) => {
                if let Some(item) = items.get(*index) {
                    state.known.forget(&item.from, true, false);
                }
            }
            // What is back is known again once its folder is listed.
            (JobSpec::Restore(..), Outcome::Restored(_)) => state.known.forgive(),
            _ => {}
        }
    }
}
