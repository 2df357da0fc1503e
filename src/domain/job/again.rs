//! What can be done about a job afterwards: undone, or sent again.

use super::{Items, Job, JobSpec, Outcome, OutcomeKind, Recycled, Relocation, Target};
use crate::domain::conflict::Strategy;
use crate::domain::entry::Kind;
use crate::domain::path::RemotePath;

impl Job {
    /// The items that this job moved to the bin: what undoing it would put back.
    pub fn recycled(&self) -> impl Iterator<Item = Recycled> + '_ {
        let kinds = self.outcomes.kinds().enumerate();
        let recycled = kinds.filter(|(_, kind)| *kind == Some(OutcomeKind::Recycled));
        recycled.filter_map(|(index, _)| match self.outcomes.get(index) {
            Some(Outcome::Recycled(id)) => Some(Recycled {
                id,
                path: self.spec.path(index),
                size: self.spec.size(index),
            }),
            _ => None,
        })
    }

    /// The items that failed and may be sent again, and those that were never sent, as a job of the
    /// same kind; none if there are none. Unknown items are not among them: somebody has to look
    /// before those are sent again. Nor is emptying the bin: by now it holds other things.
    pub fn retry(&self) -> Option<JobSpec> {
        let kinds = self.outcomes.kinds().enumerate();
        let again: Vec<usize> = kinds
            .filter(|(index, kind)| match kind {
                Some(OutcomeKind::Failed) => self
                    .outcomes
                    .failure(*index)
                    .is_some_and(|failure| failure.can_retry()),
                Some(OutcomeKind::NotSent) => true,
                _ => false,
            })
            .map(|(index, _)| index)
            .collect();
        if again.is_empty() {
            return None;
        }
        self.spec.pick(&again)
    }

    /// The job that undoes what this one has done; none if there is nothing, or no way back. What was
    /// recycled is put back, what was put back, copied or sent is recycled, and what was moved is moved
    /// back. Where a name is taken by now, `on_clash` says what to do: if nothing is said, what is
    /// put back gets another name, and what was moved stays.
    pub fn undo(&self, on_clash: Option<Strategy>) -> Option<JobSpec> {
        let outcomes = self.outcomes.iter().enumerate();
        let placed = |(index, outcome): (usize, Option<Outcome>)| match outcome {
            Some(Outcome::Placed(path) | Outcome::Restored(Some(path))) => Some((index, path)),
            _ => None,
        };
        let spec = match &self.spec {
            JobSpec::Recycle(_) => {
                let strategy = on_clash.unwrap_or(Strategy::Rename);
                JobSpec::Restore(self.recycled().collect(), strategy)
            }
            JobSpec::Restore(..) | JobSpec::Copy(_) => {
                let target = |(index, path)| Target::new(path, Kind::Other, self.spec.size(index));
                JobSpec::Recycle(outcomes.filter_map(placed).map(target).collect())
            }
            // Folders stay: by now there may be other things in them.
            JobSpec::Upload(items) => {
                let files = outcomes.filter(|(index, _)| !items.at(*index).is_directory);
                let target = |(index, path)| Target::new(path, Kind::File, self.spec.size(index));
                JobSpec::Recycle(files.filter_map(placed).map(target).collect())
            }
            // In reverse: the last to move may be in the way of those before.
            JobSpec::Move(items) => {
                let back = |(index, path): (usize, RemotePath)| {
                    let item = items.at(index);
                    Relocation {
                        from: path,
                        to: item.from,
                        strategy: on_clash.unwrap_or(Strategy::Ask),
                        size: item.size,
                    }
                };
                let back: Items<_> = outcomes.rev().filter_map(placed).map(back).collect();
                JobSpec::Move(back)
            }
            JobSpec::DeleteForever(_)
            | JobSpec::Purge(_)
            | JobSpec::EmptyBin
            | JobSpec::Download(_)
            | JobSpec::MakeFolders(_) => return None,
        };
        (!spec.is_empty()).then_some(spec)
    }
}
