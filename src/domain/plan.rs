//! The plan: what a job would send, and what it would leave out.

use std::cmp::Reverse;

use super::caution::Caution;
use super::entries::EntryRef;
use super::entry::Kind;
use super::job::items::Builder;
use super::job::{Items, Target};
use super::marks::Marks;
use super::path::RemotePath;

/// Of so many items it is known which matter most.
const HEAVIEST: usize = 1000;

/// What the next delete would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What goes, in the order of the paths.
    pub items: Items<Target>,
    /// Marks that lie inside a marked directory: they go with it.
    pub nested: usize,
    /// Marks without the right to delete: they stay.
    pub protected: usize,
    /// Entries that the settings protect: they stay.
    pub guarded: usize,
    /// How many of the items are directories.
    pub directories: usize,
    /// Bytes of the items, where known; what lies inside directories is not counted.
    pub bytes: u64,
    /// In how many directories the items lie.
    pub places: usize,
    /// The revision of the marks that it is of; none if it is of no marks.
    pub revision: Option<u64>,
    /// The numbers of the items that matter most, at most a thousand: directories first, whose size is
    /// not known, then the biggest.
    pub heaviest: Vec<usize>,
}

/// Finds the items that matter most among a million.
#[derive(Debug, Default)]
struct Heaviest {
    kept: Vec<(bool, Reverse<u64>, usize)>,
    seen: usize,
}

impl Heaviest {
    fn push(&mut self, item: &Target) {
        let is_less = item.kind != Kind::Directory;
        let size = Reverse(item.size.unwrap_or(0));
        self.kept.push((is_less, size, self.seen));
        self.seen += 1;
        // Not each time: there may be a million.
        if self.kept.len() >= 3 * HEAVIEST {
            self.kept.select_nth_unstable(HEAVIEST);
            self.kept.truncate(HEAVIEST);
        }
    }

    fn finish(mut self) -> Vec<usize> {
        self.kept.sort_unstable();
        self.kept.truncate(HEAVIEST);
        self.kept.into_iter().map(|(_, _, item)| item).collect()
    }
}

/// These items, packed, and the numbers of those that matter most.
pub fn packed<'a>(all: impl Iterator<Item = &'a Target>) -> (Items<Target>, Vec<usize>) {
    let (mut items, mut heaviest) = (Builder::default(), Heaviest::default());
    for item in all {
        heaviest.push(item);
        items.push(item);
    }
    (items.finish(), heaviest.finish())
}

impl Plan {
    /// The plan for everything marked.
    pub fn of_marks(marks: &Marks) -> Self {
        let (mut plan, mut items) = (Self::default(), Builder::default());
        let mut heaviest = Heaviest::default();
        plan.revision = Some(marks.revision());
        for (directory, totals) in marks.places() {
            if marks.covering(directory).is_some() {
                plan.nested += totals.count;
                continue;
            }
            let before = items.len();
            for (name, mark) in marks.inside(directory).filter(|(_, mark)| mark.is_chosen()) {
                let target = plan.take(directory, name, mark.can_delete, |path| Target {
                    path,
                    kind: mark.kind,
                    size: mark.size,
                    seen: mark.stamp.into(),
                });
                if let Some(target) = target {
                    heaviest.push(&target);
                    items.push(&target);
                }
            }
            plan.places += usize::from(items.len() > before);
        }
        plan.items = items.finish();
        plan.heaviest = heaviest.finish();
        plan
    }

    /// The plan for one entry.
    pub fn of_entry(directory: &RemotePath, entry: EntryRef<'_>) -> Self {
        let mut plan = Self::default();
        let target = plan.take(directory, entry.name(), entry.can_delete(), |path| Target {
            path,
            kind: entry.kind(),
            size: entry.size(),
            seen: entry.stamp().into(),
        });
        plan.items = target.into_iter().collect();
        plan.places = plan.items.len();
        plan.heaviest = (0..plan.items.len()).collect();
        plan
    }

    fn take(
        &mut self,
        directory: &RemotePath,
        name: &str,
        can_delete: bool,
        target: impl FnOnce(RemotePath) -> Target,
    ) -> Option<Target> {
        // A name that is no name cannot be sent; the service would refuse it too.
        let path = directory.join(name).ok().filter(|_| can_delete);
        let Some(path) = path else {
            self.protected += 1;
            return None;
        };
        let target = target(path);
        self.directories += usize::from(target.kind == Kind::Directory);
        self.bytes += target.size.unwrap_or(0);
        Some(target)
    }

    /// Leaves out what the settings protect.
    #[must_use]
    pub fn guarded(mut self, caution: &Caution) -> Self {
        if caution.protected.is_empty() {
            return self;
        }
        let (mut items, mut last) = (Builder::default(), None);
        let mut heaviest = Heaviest::default();
        (self.directories, self.bytes, self.places) = (0, 0, 0);
        for item in self.items.iter() {
            if caution.protects(&item.path) {
                self.guarded += 1;
                continue;
            }
            let directory = item.path.parent();
            self.places += usize::from(directory != last);
            last = directory;
            self.directories += usize::from(item.kind == Kind::Directory);
            self.bytes += item.size.unwrap_or(0);
            heaviest.push(&item);
            items.push(&item);
        }
        self.items = items.finish();
        self.heaviest = heaviest.finish();
        self
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What the worker is to delete.
    pub fn targets(&self) -> Items<Target> {
        self.items.clone()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::Entry;

    fn entry(name: &str, kind: Kind, size: u64, can_delete: bool) -> Entry {
        Entry {
            can_delete,
            size: (kind == Kind::File).then_some(size),
            ..Entry::new(name, kind)
        }
    }

    #[test]
    fn a_marked_directory_absorbs_what_is_marked_inside_it() {
        let mut marks = Marks::default();
        let raw = RemotePath::parse("raw").unwrap();
        marks.add(&RemotePath::root(), &entry("raw", Kind::Directory, 0, true));
        marks.add(&raw, &entry("a", Kind::File, 5, true));
        marks.add(&raw, &entry("b", Kind::File, 5, true));
        let plan = Plan::of_marks(&marks);
        assert_eq!(
            (plan.items.len(), plan.nested, plan.directories, plan.places),
            (1, 2, 1, 1)
        );
    }

    #[test]
    fn protected_entries_stay_and_the_biggest_are_named_first() {
        let mut marks = Marks::default();
        for (name, size) in [("a", 1), ("b", 9), ("c", 5)] {
            marks.add(&RemotePath::root(), &entry(name, Kind::File, size, true));
        }
        marks.add(&RemotePath::root(), &entry("d", Kind::File, 99, false));
        let plan = Plan::of_marks(&marks);
        assert_eq!((plan.items.len(), plan.protected, plan.bytes), (3, 1, 15));
        let heaviest = plan.heaviest.iter().map(|item| plan.items.at(*item));
        let names: Vec<_> = heaviest.map(|item| item.path.name().to_owned()).collect();
        assert_eq!(names, ["b", "c", "a"]);
    }
}
