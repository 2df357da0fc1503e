//! Items that are sent once more: what something else was at work on, and what has missed its
//! directory.

use std::collections::BTreeMap;

use backon::BackoffBuilder as _;
use rustc_hash::FxHashMap;
use tokio::time::Instant;

use crate::client::Client;
use crate::domain::conflict::Strategy;
use crate::domain::failure::Failure;
use crate::domain::job::Outcome;
use crate::domain::path::RemotePath;
use crate::jobs::story::Story;

use super::Run;

impl<S: Story> Run<'_, S> {
    pub(super) fn bring_back(&mut self) {
        let now = Instant::now();
        let mut later = Vec::new();
        for (time, items) in std::mem::take(&mut self.held_back) {
            if time <= now {
                self.queue.extend(items);
            } else {
                later.push((time, items));
            }
        }
        self.held_back = later;
    }

    pub(super) fn put_back(&mut self, items: &[usize]) {
        for &index in items.iter().rev() {
            self.queue.push_front(index);
        }
    }

    /// Something else is at work on these paths: they are tried again later, a few times.
    pub(super) fn hold_back_conflicts(
        &mut self,
        outcomes: Vec<(usize, Outcome)>,
    ) -> Vec<(usize, Outcome)> {
        let mut held: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut rest = Vec::with_capacity(outcomes.len());
        for (index, outcome) in outcomes {
            let is_conflict = matches!(
                &outcome,
                Outcome::Failed(failure) if failure.code.as_deref() == Some("PathConflict")
            );
            let times = self.conflicts.get(&index).copied().unwrap_or(0);
            if is_conflict && times < self.policy.conflicts.tries && !self.is_stopped() {
                self.conflicts.insert(index, times + 1);
                held.entry(times).or_default().push(index);
            } else {
                rest.push((index, outcome));
            }
        }
        for (times, items) in held {
            let pause = self.policy.conflicts.builder().build().nth(times);
            let time = Instant::now() + pause.unwrap_or_default();
            self.report.forget(&items);
            self.held_back.push((time, items));
        }
        rest
    }

    /// Makes the directories that items of an answer have missed, and sends those once more.
    pub(super) async fn clear_the_way(
        &mut self,
        outcomes: Vec<(usize, Outcome)>,
    ) -> Vec<(usize, Outcome)> {
        let mut made: FxHashMap<RemotePath, bool> = FxHashMap::default();
        let mut again = Vec::new();
        let mut rest = Vec::with_capacity(outcomes.len());
        for (index, outcome) in outcomes {
            let is_missing = matches!(
                &outcome,
                Outcome::Failed(failure) if failure.code.as_deref() == Some("DirectoryNotFound")
            );
            let destination = self.story.destination(index);
            if let Some(directory) = destination.filter(|_| is_missing && !self.is_stopped())
                && !self.cleared.contains(&index)
            {
                let is_made = match made.get(&directory) {
                    Some(is_made) => *is_made,
                    None => is_there(self.client, &directory).await,
                };
                made.insert(directory, is_made);
                if is_made {
                    self.cleared.insert(index);
                    again.push(index);
                    continue;
                }
            }
            rest.push((index, outcome));
        }
        self.report.forget(&again);
        self.put_back(&again);
        rest
    }
}

/// Makes a directory, and those above it that are missing; says whether it is there now.
async fn is_there(client: &Client, directory: &RemotePath) -> bool {
    if directory.is_root() {
        return true;
    }
    match client.create_directory(directory, Strategy::Ask).await {
        Ok(_) => true,
        // Somebody else was faster.
        Err(error) => Failure::from(&error).status == Some(409),
    }
}
