//! Which paths running tasks work on. Knows nothing of the disk.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::domain::path::RemotePath;

use super::Space;

thread_local! {
    /// The task that this thread works on, and in which space. A task goes through the same steps
    /// as a request, deep down to what is replaced, and all of them on one thread.
    static WORKING: Cell<Option<(usize, u64)>> = const { Cell::new(None) };
}

/// While this lives, its thread is not kept out by the paths that its own task holds.
#[derive(Debug)]
pub struct Working(());

impl Drop for Working {
    fn drop(&mut self) {
        WORKING.set(None);
    }
}

impl Space {
    /// Says that this thread now works on a task of this space.
    pub(super) fn work_on(&self, task: u64) -> Working {
        WORKING.set(Some((self.address(), task)));
        Working(())
    }

    /// The task of this space that this thread works on.
    pub(super) fn working(&self) -> Option<u64> {
        let (space, task) = WORKING.get()?;
        (space == self.address()).then_some(task)
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// The paths that tasks hold, each with the number of its task.
#[derive(Debug, Default)]
pub struct Locks(BTreeMap<RemotePath, u64>);

impl Locks {
    /// Notes that a task works on these paths; one that is held already stays with its holder.
    pub fn hold(&mut self, task: u64, paths: impl IntoIterator<Item = RemotePath>) {
        for path in paths {
            self.0.entry(path).or_insert(task);
        }
    }

    /// Lets go of all that a task holds.
    pub fn release(&mut self, task: u64) {
        self.0.retain(|_, holder| *holder != task);
    }

    /// Whether a task holds this path, something above it or something below it.
    ///
    /// A task itself gives way only to older ones, so that of two the older always goes on.
    pub fn is_held(&self, path: &RemotePath, asking: Option<u64>) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let counts = |holder: &u64| asking.is_none_or(|asking| *holder < asking);
        let above = std::iter::once(path.clone()).chain(path.ancestors());
        for ancestor in above {
            if self.0.get(&ancestor).is_some_and(counts) {
                return true;
            }
        }
        if path.is_root() {
            return self.0.values().any(counts);
        }
        // `a-b` lies between `a` and `a/b`, so those below begin later than right after `path`.
        let below = format!("{}/", path.as_str());
        self.0
            .range(path.clone()..)
            .skip_while(|(held, _)| held.as_str() < below.as_str())
            .take_while(|(held, _)| held.as_str().starts_with(&below))
            .any(|(_, holder)| counts(holder))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    #[test]
    fn a_held_path_counts_upwards_and_downwards_but_not_sideways() {
        let mut locks = Locks::default();
        locks.hold(7, [path("raw/day1"), path("raw-old")]);
        assert!(locks.is_held(&path("raw/day1"), None));
        assert!(locks.is_held(&path("raw/day1/a.mov"), None));
        assert!(locks.is_held(&path("raw"), None));
        assert!(locks.is_held(&RemotePath::root(), None));
        assert!(!locks.is_held(&path("raw/day2"), None));
        assert!(!locks.is_held(&path("raw/day"), None));
        locks.release(7);
        assert!(!locks.is_held(&path("raw"), None));
    }

    #[test]
    fn of_two_tasks_the_older_goes_on() {
        let mut locks = Locks::default();
        locks.hold(1, [path("a")]);
        locks.hold(2, [path("a/b")]);
        assert!(!locks.is_held(&path("a"), Some(1)));
        assert!(locks.is_held(&path("a/b"), Some(2)));
    }
}
