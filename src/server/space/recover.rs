//! What is done at the start about steps that a killed run left half done: each is found to be
//! done or is undone, so that nothing is lost and nothing is left unlisted. Knows no requests.

use cap_std::fs::Dir;

use crate::protocol::batch::ItemResult;
use crate::server::ledger::{Intent, Recycled, Verb};

use super::facts::{Facts, Kind};
use super::names;
use super::place::{exists, id_name};
use super::problem::Problem;
use super::store::Store;
use super::work::{self, Done};

impl Store {
    /// Settles all open steps. The disk is the witness: a step is one rename, so where the thing
    /// lies says whether it was done.
    pub fn recover(&mut self) -> Result<(), Problem> {
        if !self.is_unsound {
            return Ok(());
        }
        self.settle_overwrites()?;
        let intents = self.ledger.intents()?;
        let mut unlisted = Vec::new();
        let mut results: Vec<(u64, u64, ItemResult)> = Vec::new();
        let mut is_bin_cleared = false;
        let mut hidden = Vec::new();
        let mut shown = Vec::new();
        for intent in &intents {
            let name = id_name(intent.id);
            let in_bin = exists(&self.bin, &name)?;
            let is_doomed = exists(&self.doomed, &name)?;
            let done = match intent.verb {
                // Listed since before the rename; if that did not happen, it is not in the bin.
                Verb::Recycle if in_bin => {
                    let facts = Facts::of(&self.bin, name.as_ref())?;
                    if facts.kind != Kind::Directory {
                        hidden.push((facts.identity(), intent.id));
                    }
                    Some(Done::Recycled(intent.id))
                }
                Verb::Recycle => {
                    unlisted.push(intent.id);
                    None
                }
                // What lies in `doomed` goes in the background; else it still is in its place.
                Verb::Doom => is_doomed.then_some(Done::Gone),
                // Out of the bin means back in its place.
                Verb::Restore | Verb::Purge if in_bin => None,
                Verb::Restore => {
                    unlisted.push(intent.id);
                    shown.push(intent.id);
                    Some(Done::Restored(intent.path.clone()))
                }
                Verb::Purge => {
                    unlisted.push(intent.id);
                    Some(Done::Gone)
                }
                Verb::Empty => {
                    is_bin_cleared |= is_doomed;
                    None
                }
            };
            if let (Some(done), Some((task, position))) = (done, intent.origin) {
                results.push((task, position, work::recovered(intent, &done)));
            }
        }
        if !intents.is_empty() {
            tracing::info!(steps = intents.len(), "settled steps that were half done");
        }
        let change = self.ledger.change()?;
        if is_bin_cleared {
            change.clear_bin()?;
        }
        // Links whose target went or came are settled at the next sweep.
        for (target, id) in hidden {
            change.hide_target(target, id)?;
        }
        for id in shown {
            change.show_target(id)?;
        }
        change.take_from_bin(unlisted)?;
        for (task, position, result) in &results {
            change.add_results(*task, *position, 1, &work::to_json(&[result]))?;
        }
        change.settle()?;
        change.commit()?;
        if is_bin_cleared {
            self.renew_bin()?;
        }
        self.is_unsound = false;
        Ok(())
    }
}

/// Copies that were being made when an earlier run ended are doomed: they may be large.
pub fn forget_copies(uploads: &Dir, doomed: &Dir) -> Result<(), Problem> {
    for entry in uploads.entries()? {
        let name = entry?.file_name();
        let is_copy = name
            .to_str()
            .is_some_and(|name| name.starts_with(super::copy::PREFIX));
        if is_copy {
            super::place::rename(uploads, &name, doomed, &name)?;
        }
    }
    Ok(())
}

/// Lists what lies in the bin and is not in the ledger: somebody threw the ledger away or put an
/// older one there. The former paths are gone; the things are not. Whatever a step that is open
/// has to do with the bin was listed before the step began.
pub fn adopt(store: &mut Store) -> Result<(), Problem> {
    let listed = store.ledger.bin_ids()?;
    let mut found = Vec::new();
    for entry in store.bin.entries()? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u64>().ok()) else {
            continue;
        };
        // `007` is not the name that is looked for under the number 7.
        if listed.contains(&id) || name.to_str() != Some(id_name(id).as_str()) {
            continue;
        }
        let facts = Facts::of(&store.bin, &name)?;
        found.push((
            id,
            recycled(format!("recovered-{id}"), &facts, facts.changed, None),
        ));
    }
    let Some(last) = found.iter().map(|(id, _)| *id).max() else {
        return Ok(());
    };
    tracing::warn!(
        things = found.len(),
        "the bin held things that no ledger knew"
    );
    let mut change = store.ledger.change()?;
    change.reserve_from(last + 1)?;
    change.add_to_bin(found.iter().map(|(id, recycled)| (*id, recycled)))?;
    change.commit()?;
    Ok(())
}

/// The ledger's row for something that is being recycled.
pub fn recycled(
    path: String,
    facts: &Facts,
    removed: jiff::Timestamp,
    crc64: Option<u64>,
) -> Recycled {
    Recycled {
        path,
        kind: facts.kind.to_number(),
        size: match facts.kind {
            Kind::Directory => None,
            Kind::File | Kind::Symlink | Kind::Other => Some(facts.size),
        },
        created: facts.created,
        modified: facts.modified,
        removed,
        crc64,
        expires: None,
        person: String::new(),
    }
}

/// A step that has yet to be noted.
pub fn intent(id: u64, verb: Verb, path: &str, origin: Option<(u64, u64)>) -> Intent {
    Intent {
        id,
        verb,
        path: names::canonical(path).into_owned(),
        origin,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
