//! Marks: what the next command acts on, what is being worked on, and what went wrong.
//!
//! A mark follows its path through the job. Marks may nest; the plan absorbs what lies inside a
//! marked directory, so unmarking the directory gives its children's marks back.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::FxHashSet;

use super::entries::EntryRef;
use super::entry::{Entry, Kind, Stamp};
use super::failure::Failure;
use super::format::bytes;
use super::job::{Items, JobId, Target};
use super::listing::{EntryId, Listing};
use super::path::RemotePath;
use super::plan::Plan;

use place::Place;

mod place;

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

impl Fate {
    /// Whether the next command acts on the mark.
    pub fn is_chosen(&self) -> bool {
        match self {
            Self::Chosen | Self::Refused(_) => true,
            Self::Handed(_) => false,
        }
    }
}

/// Which entries of a directory were marked. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Here(Option<Arc<Place>>);

impl Here {
    /// Whether the entry of this name was.
    pub fn has(&self, name: &str) -> bool {
        let place = self.0.as_ref();
        place.is_some_and(|place| place.find(name).is_some_and(|at| place.at(at).is_some()))
    }
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
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// What it is.
    pub kind: Kind,
    /// Bytes, where known.
    pub size: Option<u64>,
    /// When its content last changed, where known.
    pub modified: Option<Timestamp>,
    /// What tells it from what it may be by now.
    pub stamp: Option<Stamp>,
    /// Whether the caller may delete it.
    pub can_delete: bool,
    /// What became of it.
    pub fate: &'a Fate,
    /// What made it; the first one, if several would have.
    pub origin: &'a Origin,
}

impl<'a> Mark<'a> {
    fn of(entry: EntryRef<'_>, fate: &'a Fate, origin: &'a Origin) -> Self {
        Self {
            kind: entry.kind(),
            size: entry.size(),
            modified: entry.modified(),
            stamp: entry.stamp(),
            can_delete: entry.can_delete(),
            fate,
            origin,
        }
    }

    /// Whether the next command acts on it.
    pub fn is_chosen(&self) -> bool {
        self.fate.is_chosen()
    }

    /// What it adds to the marks to act on.
    fn totals(&self) -> Totals {
        let is_chosen = usize::from(self.is_chosen());
        Totals {
            count: is_chosen,
            directories: is_chosen * usize::from(self.kind == Kind::Directory),
            bytes: is_chosen as u64 * self.size.unwrap_or(0),
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

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.directories += other.directories;
        self.bytes += other.bytes;
    }

    fn subtract(&mut self, other: Self) {
        self.count -= other.count;
        self.directories -= other.directories;
        self.bytes -= other.bytes;
    }
}

/// All marks of a space, by directory and name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    places: BTreeMap<RemotePath, Arc<Place>>,
    totals: Totals,
    revision: u64,
    /// Places where a job will soon tell of many marks, one after the other, by their names.
    to_prepare: Vec<RemotePath>,
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
        self.change_place(directory, |place| {
            let before = place.find(entry.name()).and_then(|number| place.at(number));
            let fate = match before.map(|mark| mark.fate) {
                Some(Fate::Handed(_)) => return,
                // The reason of an earlier failure is still worth knowing.
                Some(Fate::Refused(failure)) => Fate::Refused(failure.clone()),
                Some(Fate::Chosen) | None => Fate::Chosen,
            };
            let origin = before.map_or(origin, |mark| mark.origin).clone();
            place.put(entry, fate, &origin);
        });
    }

    /// Marks entries of the listing of a directory that are not marked yet. Returns how many that
    /// were, and their bytes.
    pub fn add_rows(
        &mut self,
        directory: &RemotePath,
        listing: &Listing,
        rows: impl IntoIterator<Item = EntryId>,
        origin: &Origin,
    ) -> (usize, u64) {
        let numbers: Vec<u32> = rows.into_iter().map(EntryId::number).collect();
        self.change_place(directory, |place| {
            place.put_all(listing.store(), &numbers, origin)
        })
    }

    /// Takes a mark off; one that is being worked on stays.
    pub fn remove(&mut self, directory: &RemotePath, name: &str) {
        self.change_place(directory, |place| {
            if let Some(number) = place.find(name) {
                place.unset_chosen(number);
            }
            place.shrink();
        });
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

    /// Marks the unmarked ones of these rows of the listing of a directory, and unmarks the others.
    pub fn toggle_rows(
        &mut self,
        directory: &RemotePath,
        listing: &Listing,
        rows: impl IntoIterator<Item = EntryId>,
    ) {
        let beside = self.beside(directory, listing);
        let (marked, unmarked): (Vec<EntryId>, Vec<EntryId>) = rows
            .into_iter()
            .partition(|entry| beside.get(*entry).is_some());
        self.remove_rows(directory, listing, marked);
        self.add_rows(directory, listing, unmarked, &Origin::Hand);
    }

    /// Takes the marks of these rows of the listing of a directory off. Returns how many that were.
    pub fn remove_rows(
        &mut self,
        directory: &RemotePath,
        listing: &Listing,
        rows: impl IntoIterator<Item = EntryId>,
    ) -> usize {
        self.change_place(directory, |place| {
            let before = place.totals().count;
            let shared = place.shared(listing.store());
            for entry in rows {
                let number = if entry.number() < shared {
                    Some(entry.number())
                } else {
                    place.find(listing.entry(entry).name())
                };
                if let Some(number) = number {
                    place.unset_chosen(number);
                }
            }
            let gone = before - place.totals().count;
            place.shrink();
            gone
        })
    }

    /// Takes all marks off but those that are being worked on, and returns them.
    #[must_use]
    pub fn clear(&mut self) -> Self {
        let mut kept = Self {
            revision: self.revision + 1,
            ..Self::default()
        };
        let mut cleared = Self::default();
        for (directory, mut shared) in std::mem::take(&mut self.places) {
            let place = Arc::make_mut(&mut shared);
            for number in place.handed() {
                if let (entry, Some(mark)) = (place.entry(number), place.at(number)) {
                    let (fate, origin) = (mark.fate.clone(), mark.origin.clone());
                    kept.change_place(&directory, |place| place.put(entry, fate, &origin));
                }
            }
            place.keep_chosen();
            if !place.is_empty() {
                cleared.totals.add(place.totals());
                cleared.places.insert(directory, shared);
            }
        }
        *self = kept;
        cleared
    }

    /// Adds the marks of another set.
    pub fn merge(&mut self, other: Self) {
        for (directory, other) in other.places {
            if !self.places.contains_key(&directory) {
                self.totals.add(other.totals());
                self.places.insert(directory, other);
                self.revision += 1;
                continue;
            }
            for number in other.numbers() {
                let entry = other.entry(number);
                if self.get(&directory, entry.name()).is_none()
                    && let Some(mark) = other.at(number)
                {
                    let (fate, origin) = (mark.fate.clone(), mark.origin);
                    self.change_place(&directory, |place| place.put(entry, fate, origin));
                }
            }
        }
    }

    /// Hands an entry to a job; it counts as marked from then on, also if it was not.
    pub fn hand(&mut self, target: &Target, job: JobId) {
        let path = &target.path;
        let Some(directory) = path.parent() else {
            return;
        };
        self.change_place(&directory, |place| {
            let known = place.find(path.name());
            if let Some(number) = known.filter(|number| place.at(*number).is_some()) {
                place.change(number, Fate::Handed(job));
                return;
            }
            let entry = Entry {
                size: target.size,
                e_tag: target.seen.stamp,
                ..Entry::new(path.name(), target.kind)
            };
            place.put((&entry).into(), Fate::Handed(job), &Origin::Hand);
        });
    }

    /// Hands what a plan sends to a job, and with each directory what is marked inside it. Marks that
    /// are not in the plan stay: it may have been made before they were.
    pub fn hand_plan(&mut self, plan: &Plan, job: JobId) {
        let is_all = plan.items.len() == self.totals.count && plan.revision == Some(self.revision);
        if is_all {
            self.hand_everything(job);
        } else {
            self.hand_all(&plan.items, job);
        }
    }

    /// Hands all marks to act on to a job, without a look at each.
    fn hand_everything(&mut self, job: JobId) {
        self.revision += 1;
        for (directory, place) in &mut self.places {
            let place = Arc::make_mut(place);
            self.totals.subtract(place.totals());
            place.hand_chosen(job);
            self.totals.add(place.totals());
            if !place.is_ready() {
                self.to_prepare.push(directory.clone());
            }
        }
    }

    /// Hands marked paths to a job, and with each directory what is marked inside it.
    pub fn hand_all(&mut self, targets: &Items<Target>, job: JobId) {
        let mut directories = FxHashSet::default();
        let mut targets = targets.iter().peekable();
        while let Some(first) = targets.peek() {
            let Some(directory) = first.path.parent() else {
                targets.next();
                continue;
            };
            let is_here = |target: &Target| target.path.directory() == directory.as_str();
            let is_ready = self.change_place(&directory, |place| {
                // A plan has them in this order, so that no name has to be looked for.
                let mut numbers = place.order().into_iter();
                while let Some(target) = targets.next_if(is_here) {
                    let name = target.path.name();
                    let next = numbers.find(|number| place.entry(*number).name() == name);
                    if let Some(number) = next.or_else(|| place.find(name)) {
                        place.hand(number, job);
                    }
                    if target.kind == Kind::Directory {
                        directories.insert(target.path);
                    }
                }
                place.is_ready()
            });
            if !is_ready {
                self.to_prepare.push(directory);
            }
        }
        if directories.is_empty() {
            return;
        }
        let inside: Vec<RemotePath> = self
            .places
            .keys()
            .filter(|place| {
                let mut all = std::iter::once((*place).clone()).chain(place.ancestors());
                all.any(|above| directories.contains(&above))
            })
            .cloned()
            .collect();
        for directory in inside {
            self.change_place(&directory, |place| {
                let numbers: Vec<u32> = place.numbers().collect();
                for number in numbers {
                    place.hand(number, job);
                }
            });
        }
    }

    /// Whether marks that jobs tell of are found at once; else [`Marks::prepare`] does a piece of what
    /// is missing.
    pub fn are_ready(&self) -> bool {
        self.to_prepare.is_empty()
    }

    /// See [`Marks::are_ready`].
    pub fn prepare(&mut self) {
        let Some(directory) = self.to_prepare.last() else {
            return;
        };
        let place = self.places.get_mut(directory);
        if let Some(place) = place.filter(|place| !place.is_ready()) {
            Arc::make_mut(place).prepare();
        } else {
            self.to_prepare.pop();
        }
    }

    /// The path is gone: its mark leaves, and all marks below it.
    pub fn left(&mut self, path: &RemotePath) {
        let Some(directory) = path.parent() else {
            return;
        };
        self.change_place(&directory, |place| {
            if let Some(number) = place.find(path.name()) {
                place.unset(number);
            }
        });
        for place in self.places_below(path) {
            if let Some(place) = self.places.remove(&place) {
                self.totals.subtract(place.totals());
                self.revision += 1;
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

    /// The job is over: what it did not get to is marked as before.
    pub fn release(&mut self, job: JobId) {
        let places: Vec<RemotePath> = self.places.keys().cloned().collect();
        for place in places {
            self.change_place(&place, |place| place.release(job));
        }
    }

    fn change(&mut self, path: &RemotePath, fate: Fate) {
        let Some(directory) = path.parent() else {
            return;
        };
        let Some(mark) = self.get(&directory, path.name()) else {
            return;
        };
        let gives_back = mark.kind == Kind::Directory && !matches!(fate, Fate::Handed(_));
        self.change_place(&directory, |place| {
            if let Some(number) = place.find(path.name()) {
                place.change(number, fate);
            }
        });
        if !gives_back {
            return;
        }
        // What would have gone along is marked again.
        for place in self.places_below(path) {
            self.change_place(&place, |place| {
                for number in place.handed() {
                    place.change(number, Fate::Chosen);
                }
            });
        }
    }

    /// The only place where marks and their sums change.
    fn change_place<T>(
        &mut self,
        directory: &RemotePath,
        change: impl FnOnce(&mut Place) -> T,
    ) -> T {
        self.revision += 1;
        let mut new = None;
        let place = match self.places.get_mut(directory) {
            Some(place) => Arc::make_mut(place),
            None => new.insert(Place::default()),
        };
        self.totals.subtract(place.totals());
        let outcome = change(place);
        self.totals.add(place.totals());
        if let Some(new) = new.filter(|place| !place.is_empty()) {
            self.places.insert(directory.clone(), Arc::new(new));
        } else if (self.places.get(directory)).is_some_and(|place| place.is_empty()) {
            self.places.remove(directory);
        }
        outcome
    }

    /// The mark of an entry.
    pub fn get(&self, directory: &RemotePath, name: &str) -> Option<Mark<'_>> {
        let place = self.places.get(directory)?;
        place.at(place.find(name)?)
    }

    /// Which entries of a directory are marked, as it is now.
    pub fn here(&self, directory: &RemotePath) -> Here {
        let place = self.places.get(directory);
        Here(place.cloned())
    }

    /// The marks of a directory beside a listing of it.
    pub fn beside<'a>(&'a self, directory: &RemotePath, listing: &'a Listing) -> Beside<'a> {
        let place = self.places.get(directory).map(AsRef::as_ref);
        Beside {
            place,
            listing,
            shared: place.map_or(0, |place| place.shared(listing.store())),
        }
    }

    /// The marks in one directory, with their names: by name if they are few, else as they were
    /// listed.
    pub fn inside(&self, directory: &RemotePath) -> impl Iterator<Item = (&str, Mark<'_>)> {
        self.places
            .get(directory)
            .into_iter()
            .flat_map(|place| place.marks())
    }

    /// Directories that hold marks to act on, with their sums.
    pub fn places(&self) -> impl Iterator<Item = (&RemotePath, Totals)> {
        self.places
            .iter()
            .map(|(directory, place)| (directory, place.totals()))
            .filter(|(_, totals)| totals.count > 0)
    }

    /// Number and bytes of the marks to act on in one directory.
    pub fn totals_in(&self, directory: &RemotePath) -> Totals {
        self.places
            .get(directory)
            .map_or_else(Totals::default, |place| place.totals())
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
                (self.get(&parent, above.name())).is_some_and(|mark| mark.is_chosen())
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
            .map(|(_, place)| place.totals().count)
            .sum()
    }

    /// Number and bytes of the marks to act on anywhere below a directory.
    pub fn totals_below(&self, directory: &RemotePath) -> Totals {
        let mut totals = Totals::default();
        for place in self.places_below(directory) {
            totals.add(self.totals_in(&place));
        }
        totals
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

/// The marks of a directory beside a listing of it: looking at a row costs no look for its name
/// where the listing is the one that was marked.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    place: Option<&'a Place>,
    listing: &'a Listing,
    /// Entries before this one have the same numbers in both.
    shared: u32,
}

impl<'a> Beside<'a> {
    /// The mark of an entry of the listing.
    pub fn get(&self, entry: EntryId) -> Option<Mark<'a>> {
        let place = self.place?;
        let number = entry.number();
        if number < self.shared {
            return place.at(number);
        }
        place.at(place.find(self.listing.store().get(number).name())?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
