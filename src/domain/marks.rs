//! Marks: what the next command acts on, what is being worked on, and what went wrong.
//!
//! A mark follows its path through the job. Marks may nest; the plan absorbs what lies inside a
//! marked directory, so unmarking the directory gives its children's marks back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entries::EntryRef;
use super::listing::{EntryId, Listing};
use super::path::RemotePath;

use place::Place;

pub use mark::{Fate, Mark, Origin, Totals};

mod handing;
mod mark;
mod place;

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

    fn places_below(&self, path: &RemotePath) -> Vec<RemotePath> {
        self.places
            .range(path.clone()..)
            .map(|(place, _)| place)
            .take_while(|place| place.as_str().starts_with(path.as_str()))
            .filter(|place| *place == path || path.contains(place))
            .cloned()
            .collect()
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
