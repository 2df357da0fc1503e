//! The directories in which a job has changed what their rows do not show by themselves.

use rustc_hash::FxHashSet;

use super::{Job, JobSpec, Outcome};
use crate::domain::path::RemotePath;

/// Directories, each of them once.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    all: FxHashSet<RemotePath>,
    /// Neighbours tend to have the same.
    last: Option<RemotePath>,
}

impl Touched {
    /// Something has arrived at this path, or may have left it.
    fn add(&mut self, path: &RemotePath) {
        let is_last = |last: &RemotePath| last.as_str() == path.directory();
        if self.last.as_ref().is_some_and(is_last) {
            return;
        }
        if let Some(directory) = path.parent() {
            self.all.insert(directory.clone());
            self.last = Some(directory);
        }
    }
}

impl Job {
    /// Takes in what an outcome means for directories.
    pub(super) fn touch(&mut self, index: usize, outcome: &Outcome) {
        match (&self.spec, outcome) {
            // Those above the one that was asked for may be new as well.
            (JobSpec::MakeFolders(paths), Outcome::Placed(_) | Outcome::Unknown(_)) => {
                let path = paths.at(index);
                for above in path.ancestors() {
                    self.touched.add(&above);
                }
                self.touched.add(&path);
            }
            (JobSpec::Restore(..), Outcome::Restored(Some(path)))
            | (JobSpec::Move(_) | JobSpec::Copy(_) | JobSpec::Upload(_), Outcome::Placed(path)) => {
                self.touched.add(path);
            }
            (JobSpec::Move(items) | JobSpec::Copy(items), Outcome::Unknown(_)) => {
                let item = items.at(index);
                self.touched.add(&item.from);
                self.touched.add(&item.to);
            }
            (JobSpec::Restore(..), Outcome::Restored(None))
            | (
                JobSpec::Restore(..)
                | JobSpec::Recycle(_)
                | JobSpec::DeleteForever(_)
                | JobSpec::Upload(_),
                Outcome::Unknown(_),
            ) => self.touched.add(&self.spec.path(index)),
            _ => {}
        }
    }

    /// Whether it may have changed what is in a directory in a way that its rows do not show yet.
    pub fn touches(&self, directory: &RemotePath) -> bool {
        self.touched.all.contains(directory)
    }
}
