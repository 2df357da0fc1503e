//! Marks: what the next command acts on, what is being worked on, and what went wrong.
//!
//! A mark follows its path through the job. Marks may nest; the plan absorbs what lies inside a
//! marked directory, so unmarking the directory gives its children's marks back.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;
use rustc_hash::FxHashSet;

use super::entries::EntryRef;
use super::entry::Kind;
use super::failure::Failure;
use super::format::bytes;
use super::job::JobId;
use super::path::RemotePath;

/// What became of a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The next command acts on it.
    Chosen,
    /// A job works on it; it cannot be unmarked.
    Handed(JobId),
    /// A job failed over it; the next command acts on it again.
    Refused(Failure),
}

/// What made a mark.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Somebody pointed at it.
    Hand,
    /// A rule, as it was written.
    Rule(Arc<str>),
}

/// A marked entry, as it was when it was marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub kind: Kind,
    /// Bytes, where known.
    pub size: Option<u64>,
    /// When its content last changed, where known.
    pub modified: Option<Timestamp>,
    /// Whether the caller may delete it.
    pub can_delete: bool,
    /// What became of it.
    pub fate: Fate,
    /// What made it; the first one, if several would have.
    pub origin: Origin,
}

impl Mark {
    fn of(entry: EntryRef<'_>, fate: Fate, origin: Origin) -> Self {
        Self {
            kind: entry.kind(),
            size: entry.size(),
            modified: entry.modified(),
            can_delete: entry.can_delete(),
            fate,
            origin,
        }
    }

    /// Whether the next command acts on it.
    pub fn is_chosen(&self) -> bool {
        match self.fate {
            Fate::Chosen | Fate::Refused(_) => true,
            Fate::Handed(_) => false,
        }
    }
}

/// Number and bytes of the marks that the next command acts on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many.
    pub count: usize,
    /// Of those, directories: their bytes are not among the bytes.
    pub directories: usize,
    /// Bytes, where known.
    pub bytes: u64,
}

impl Totals {
    /// The bytes for people: `1.2 GB`, `~1.2 GB` where directories come on top of it, and nothing
    /// where only directories are there.
    pub fn size(&self) -> String {
        match (self.directories, self.bytes) {
            (0, known) => bytes(known),
            (_, 0) => String::new(),
            (_, known) => format!("~{}", bytes(known)),
        }
    }

    fn add(&mut self, mark: &Mark) {
        if mark.is_chosen() {
            self.count += 1;
            self.directories += usize::from(mark.kind == Kind::Directory);
            self.bytes += mark.size.unwrap_or(0);
        }
    }

    fn subtract(&mut self, mark: &Mark) {
        if mark.is_chosen() {
            self.count -= 1;
            self.directories -= usize::from(mark.kind == Kind::Directory);
            self.bytes -= mark.size.unwrap_or(0);
        }
    }
}

/// All marks of a space, by directory and name.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    places: BTreeMap<RemotePath, Place>,
    totals: Totals,
    revision: u64,
}

/// The marks in one directory.
#[derive(Clone, Debug, Default)]
struct Place {
    marks: BTreeMap<CompactString, Mark>,
    totals: Totals,
}

impl Marks {
    /// Marks an entry; one that is being worked on stays as it is.
    pub fn add<'a>(&mut self, directory: &RemotePath, entry: impl Into<EntryRef<'a>>) {
        self.add_by(directory, entry, &Origin::Hand);
    }

    /// Marks an entry as [`Marks::add`] does, and remembers what made the mark.
    pub fn add_by<'a>(
        &mut self,
        directory: &RemotePath,
        entry: impl Into<EntryRef<'a>>,
        origin: &Origin,
    ) {
        let entry = entry.into();
        let before = self.get(directory, entry.name());
        let origin = before.map_or(origin, |mark| &mark.origin).clone();
        let fate = match self.get(directory, entry.name()).map(|mark| &mark.fate) {
            Some(Fate::Handed(_)) => return,
            // The reason of an earlier failure is still worth knowing.
            Some(Fate::Refused(failure)) => Fate::Refused(failure.clone()),
            Some(Fate::Chosen) | None => Fate::Chosen,
        };
        self.put(directory, entry.name(), Some(Mark::of(entry, fate, origin)));
    }

    /// Marks many entries of a directory as [`Marks::add`] does, at once.
    pub fn add_all<'a>(
        &mut self,
        directory: &RemotePath,
        entries: impl IntoIterator<Item = EntryRef<'a>>,
    ) {
        if self.places.contains_key(directory) {
            for entry in entries {
                self.add(directory, entry);
            }
            return;
        }
        // Where nothing was marked there is nothing to look at, and the names are sorted once.
        let marks = entries.into_iter().map(|entry| {
            let mark = Mark::of(entry, Fate::Chosen, Origin::Hand);
            (entry.name().into(), mark)
        });
        let mut place = Place {
            marks: marks.collect(),
            totals: Totals::default(),
        };
        if place.marks.is_empty() {
            return;
        }
        for mark in place.marks.values() {
            place.totals.add(mark);
            self.totals.add(mark);
        }
        self.places.insert(directory.clone(), place);
        self.revision += 1;
    }

    /// Takes a mark off; one that is being worked on stays.
    pub fn remove(&mut self, directory: &RemotePath, name: &str) {
        if self.get(directory, name).is_some_and(Mark::is_chosen) {
            self.put(directory, name, None);
        }
    }

    /// Marks an unmarked entry and unmarks a marked one.
    pub fn toggle<'a>(&mut self, directory: &RemotePath, entry: impl Into<EntryRef<'a>>) {
        let entry = entry.into();
        if self.get(directory, entry.name()).is_some() {
            self.remove(directory, entry.name());
        } else {
            self.add(directory, entry);
        }
    }

    /// Takes all marks off but those that are being worked on, and returns them.
    #[must_use]
    pub fn clear(&mut self) -> Self {
        let mut kept = Self {
            revision: self.revision + 1,
            ..Self::default()
        };
        let mut cleared = Self::default();
        for (directory, place) in std::mem::take(&mut self.places) {
            for (name, mark) in place.marks {
                let side = if mark.is_chosen() {
                    &mut cleared
                } else {
                    &mut kept
                };
                side.put(&directory, &name, Some(mark));
            }
        }
        *self = kept;
        cleared
    }

    /// Adds the marks of another set.
    pub fn merge(&mut self, other: Self) {
        for (directory, place) in other.places {
            for (name, mark) in place.marks {
                if self.get(&directory, &name).is_none() {
                    self.put(&directory, &name, Some(mark));
                }
            }
        }
    }

    /// Hands a path to a job; it counts as marked from then on, also if it was not.
    pub fn hand(&mut self, path: &RemotePath, kind: Kind, size: Option<u64>, job: JobId) {
        let Some(directory) = path.parent() else {
            return;
        };
        let before = self.get(&directory, path.name());
        let origin = before.map_or(Origin::Hand, |mark| mark.origin.clone());
        let mark = Mark {
            kind,
            size,
            modified: before.and_then(|mark| mark.modified),
            can_delete: true,
            fate: Fate::Handed(job),
            origin,
        };
        self.put(&directory, path.name(), Some(mark));
    }

    /// Hands a marked path to another job; one that is not marked stays so.
    pub fn hand_again(&mut self, path: &RemotePath, job: JobId) {
        self.change(path, Fate::Handed(job));
    }

    /// Hands marked paths to a job, in the order in which [`Plan`](super::plan::Plan) lists them,
    /// and with each directory what is marked inside it. Marks that are not among them stay: the
    /// plan may have been made before they were.
    pub fn hand_all<'a>(
        &mut self,
        paths: impl IntoIterator<Item = (&'a RemotePath, Kind)>,
        job: JobId,
    ) {
        self.revision += 1;
        let paths: Vec<(&RemotePath, Kind)> = paths.into_iter().collect();
        let directories: FxHashSet<&RemotePath> = paths
            .iter()
            .filter(|(_, kind)| *kind == Kind::Directory)
            .map(|(path, _)| *path)
            .collect();
        let mut paths = paths.into_iter().map(|(path, _)| path).peekable();
        for (directory, place) in &mut self.places {
            let goes_along = !directories.is_empty()
                && (directories.contains(directory)
                    || directory
                        .ancestors()
                        .any(|above| directories.contains(&above)));
            for (name, mark) in &mut place.marks {
                let here = (directory.as_str(), name.as_str());
                while paths
                    .next_if(|path| (path.directory(), path.name()) < here)
                    .is_some()
                {}
                let is_sent = paths
                    .next_if(|path| (path.directory(), path.name()) == here)
                    .is_some();
                if mark.is_chosen() && (is_sent || goes_along) {
                    place.totals.subtract(mark);
                    self.totals.subtract(mark);
                    mark.fate = Fate::Handed(job);
                }
            }
        }
    }

    /// The path is gone: its mark leaves, and all marks below it.
    pub fn left(&mut self, path: &RemotePath) {
        let Some(directory) = path.parent() else {
            return;
        };
        self.put(&directory, path.name(), None);
        for place in self.places_below(path) {
            if let Some(place) = self.places.remove(&place) {
                place
                    .marks
                    .values()
                    .for_each(|mark| self.totals.subtract(mark));
            }
        }
    }

    fn places_below(&self, path: &RemotePath) -> Vec<RemotePath> {
        self.places
            .range(path.clone()..)
            .map(|(place, _)| place)
            .take_while(|place| place.as_str().starts_with(path.as_str()))
            .filter(|place| *place == path || path.contains(place))
            .cloned()
            .collect()
    }

    /// The job failed over the path: it stays marked, with the reason.
    pub fn refuse(&mut self, path: &RemotePath, failure: Failure) {
        self.change(path, Fate::Refused(failure));
    }

    /// The job did not get to the path: it is marked as before.
    pub fn release(&mut self, path: &RemotePath) {
        self.change(path, Fate::Chosen);
    }

    fn change(&mut self, path: &RemotePath, fate: Fate) {
        let Some(directory) = path.parent() else {
            return;
        };
        let Some(mark) = self.get(&directory, path.name()) else {
            return;
        };
        let gives_back = mark.kind == Kind::Directory && !matches!(fate, Fate::Handed(_));
        let mark = Mark {
            fate,
            ..mark.clone()
        };
        self.put(&directory, path.name(), Some(mark));
        if !gives_back {
            return;
        }
        // What would have gone along is marked again.
        for place in self.places_below(path) {
            let Some(place) = self.places.get_mut(&place) else {
                continue;
            };
            for mark in place.marks.values_mut().filter(|mark| !mark.is_chosen()) {
                mark.fate = Fate::Chosen;
                place.totals.add(mark);
                self.totals.add(mark);
            }
        }
    }

    /// The only place where marks and their sums change.
    fn put(&mut self, directory: &RemotePath, name: &str, mark: Option<Mark>) {
        self.revision += 1;
        let old = if let Some(mark) = mark {
            if !self.places.contains_key(directory) {
                self.places.insert(directory.clone(), Place::default());
            }
            let Some(place) = self.places.get_mut(directory) else {
                return;
            };
            place.totals.add(&mark);
            self.totals.add(&mark);
            let old = place.marks.insert(name.into(), mark);
            if let Some(old) = &old {
                place.totals.subtract(old);
            }
            old
        } else {
            let Some(place) = self.places.get_mut(directory) else {
                return;
            };
            let old = place.marks.remove(name);
            if let Some(old) = &old {
                place.totals.subtract(old);
            }
            if place.marks.is_empty() {
                self.places.remove(directory);
            }
            old
        };
        if let Some(old) = &old {
            self.totals.subtract(old);
        }
    }

    /// The mark of an entry.
    pub fn get(&self, directory: &RemotePath, name: &str) -> Option<&Mark> {
        self.places.get(directory)?.marks.get(name)
    }

    /// The marks in one directory, by name.
    pub fn inside(&self, directory: &RemotePath) -> impl Iterator<Item = (&str, &Mark)> {
        let place = self.places.get(directory);
        place
            .into_iter()
            .flat_map(|place| place.marks.iter().map(|(name, mark)| (name.as_str(), mark)))
    }

    /// Directories that hold marks to act on, with their sums.
    pub fn places(&self) -> impl Iterator<Item = (&RemotePath, Totals)> {
        self.places
            .iter()
            .filter(|(_, place)| place.totals.count > 0)
            .map(|(directory, place)| (directory, place.totals))
    }

    /// Number and bytes of all marks to act on, nested ones included.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// The nearest directory above, or equal to, `directory` that is marked and would be deleted:
    /// what is in there goes with it.
    pub fn covering(&self, directory: &RemotePath) -> Option<RemotePath> {
        if self.totals.directories == 0 {
            return None;
        }
        std::iter::once(directory.clone())
            .chain(directory.ancestors())
            .find(|above| {
                above.parent().is_some_and(|parent| {
                    self.get(&parent, above.name())
                        .is_some_and(|mark| mark.is_chosen() && mark.can_delete)
                })
            })
    }

    /// Whether `directory` is marked or lies inside a marked one, whatever may be done to that.
    pub fn is_inside_marked(&self, directory: &RemotePath) -> bool {
        if self.totals.directories == 0 {
            return false;
        }
        let mut all = std::iter::once(directory.clone()).chain(directory.ancestors());
        all.any(|above| {
            above.parent().is_some_and(|parent| {
                (self.get(&parent, above.name())).is_some_and(Mark::is_chosen)
            })
        })
    }

    /// How many marks to act on lie anywhere below a directory. Looks at a thousand of the
    /// directories there at most: it is asked for each row of a list.
    pub fn below(&self, directory: &RemotePath) -> usize {
        self.places
            .range(directory.clone()..)
            .take_while(|(place, _)| place.as_str().starts_with(directory.as_str()))
            .take(1000)
            .filter(|(place, _)| *place == directory || directory.contains(place))
            .map(|(_, place)| place.totals.count)
            .sum()
    }

    /// How many marks to act on lie inside a marked directory and are counted with it.
    pub fn nested(&self) -> usize {
        if self.totals.directories == 0 {
            return 0;
        }
        self.places()
            .filter(|(directory, _)| self.covering(directory).is_some())
            .map(|(_, totals)| totals.count)
            .sum()
    }

    /// Changes whenever a mark does.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
