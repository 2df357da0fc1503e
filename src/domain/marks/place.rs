//! The marks of one directory: eight bytes for each entry that is or was marked, beside the entries
//! themselves, which a listing that was marked as a whole lends.

use super::{Fate, Mark, Origin, Totals};
use crate::domain::entries::{Entries, EntryRef};
use crate::domain::job::JobId;
use crate::domain::listing::by_name::ByName;
use crate::domain::listing::store::Store;

/// Of the fates given last so many are looked at, to find one that is the same.
const RECENT: usize = 8;
/// Fewer entries than these are never too many for the marks among them.
const FEW: usize = 4096;

/// The marks of one directory.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// What the marks are of, as it was when it was marked. No name is marked twice.
    entries: Store,
    /// For each entry whether it is marked, why, and what became of that.
    slots: Vec<Slot>,
    /// Only the latest entry of each name.
    by_name: ByName,
    /// Whether there may be several entries of one name.
    has_repeats: bool,
    origins: Vec<Origin>,
    fates: Vec<Fate>,
    marked: usize,
    totals: Totals,
}

/// The mark of an entry: the number of its origin, counted from 1 and 0 for no mark, and the number
/// of its fate.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    origin: u32,
    fate: u32,
}

impl Place {
    /// Number and bytes of the marks to act on.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.marked == 0
    }

    /// How many entries of a listing come with the same numbers here.
    pub fn shared(&self, listing: &Store) -> u32 {
        if self.has_repeats {
            return 0;
        }
        self.entries.shared(listing)
    }

    /// The mark of the entry with this number.
    pub fn at(&self, number: u32) -> Option<Mark<'_>> {
        let slot = self.slots.get(number as usize)?;
        let origin = self.origins.get((slot.origin as usize).checked_sub(1)?)?;
        let fate = self.fates.get(slot.fate as usize)?;
        Some(Mark::of(self.entries.get(number), fate, origin))
    }

    /// The number of the entry of this name, marked or not.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.by_name.find(&self.entries, name)
    }

    /// Whether a name is found without work that would be noticed; else [`Place::prepare`] does a piece
    /// of that.
    pub fn is_ready(&self) -> bool {
        self.by_name.is_ready(&self.entries)
    }

    /// See [`Place::is_ready`].
    pub fn prepare(&mut self) {
        self.by_name.prepare(&self.entries);
    }

    /// The marks with the names of their entries: many in the order in which they were listed, few
    /// in the order of the names.
    pub fn marks(&self) -> impl Iterator<Item = (&str, Mark<'_>)> {
        let named = |number| Some((self.entries.get(number).name(), self.at(number)?));
        self.order().into_iter().filter_map(named)
    }

    /// The numbers of all marks in the order of [`marks`](Self::marks).
    pub fn order(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.numbers().collect();
        if numbers.len() <= FEW {
            numbers.sort_unstable_by_key(|number| self.entries.get(*number).name());
        }
        numbers
    }

    /// Marks an entry, or changes its mark. It is kept as it is now.
    pub fn put(&mut self, entry: EntryRef<'_>, fate: Fate, origin: &Origin) {
        let known = self.find(entry.name());
        let number = match known {
            Some(number) if self.entries.get(number) == entry => number,
            _ => self.push(entry, known),
        };
        self.set(number, fate, origin);
    }

    fn push(&mut self, entry: EntryRef<'_>, known: Option<u32>) -> u32 {
        if let Some(known) = known {
            self.unset(known);
            self.has_repeats = true;
        }
        let number = self.entries.len();
        let mut page = Entries::default();
        page.push(entry);
        self.entries.append(&page);
        self.slots.push(Slot::default());
        match known {
            Some(known) => self.by_name.replaced(&self.entries, known, number),
            None => self.by_name.added(&self.entries, number),
        }
        number
    }

    /// Marks entries of a listing by their numbers, all of them that are not marked yet. Returns
    /// how many that were and their bytes.
    pub fn put_all(&mut self, listing: &Store, numbers: &[u32], origin: &Origin) -> (usize, u64) {
        let before = self.totals;
        let few_here = self.marked * 4 < numbers.len();
        let is_long = numbers.len() * 2 > listing.len() as usize;
        if few_here && is_long && (self.shared(listing) as usize) < listing.len() as usize {
            self.move_to(listing);
        }
        let shared = self.shared(listing);
        let slot = self.slot(Fate::Chosen, origin);
        for &number in numbers {
            if number < shared {
                if self.slots[number as usize].origin == 0 {
                    self.fill(number, slot);
                }
            } else {
                let entry = listing.get(number);
                let known = self.find(entry.name());
                if known.is_none_or(|known| self.at(known).is_none()) {
                    self.put(entry, Fate::Chosen, origin);
                }
            }
        }
        let now = self.totals;
        (now.count - before.count, now.bytes - before.bytes)
    }

    /// Keeps the entries of a listing instead of those that were marked one by one.
    fn move_to(&mut self, listing: &Store) {
        let before = std::mem::take(self);
        self.entries = listing.clone();
        self.slots = vec![Slot::default(); listing.len() as usize];
        for number in 0..before.entries.len() {
            if let Some(mark) = before.at(number) {
                let entry = before.entries.get(number);
                self.put(entry, mark.fate.clone(), mark.origin);
            }
        }
    }

    /// Changes the mark of the entry with this number.
    pub fn set(&mut self, number: u32, fate: Fate, origin: &Origin) {
        self.unset(number);
        let slot = self.slot(fate, origin);
        self.fill(number, slot);
    }

    /// What stands for such a mark, with what it names kept once.
    fn slot(&mut self, fate: Fate, origin: &Origin) -> Slot {
        let known = self.origins.iter().position(|known| known == origin);
        let origin = known.unwrap_or_else(|| {
            self.origins.push(origin.clone());
            self.origins.len() - 1
        });
        Slot {
            origin: count(origin) + 1,
            fate: self.number_of(fate),
        }
    }

    fn number_of(&mut self, fate: Fate) -> u32 {
        let recent = self.fates.len().saturating_sub(RECENT);
        let known = self.fates[recent..].iter().position(|known| *known == fate);
        count(known.map_or_else(
            || {
                self.fates.push(fate);
                self.fates.len() - 1
            },
            |at| recent + at,
        ))
    }

    /// Marks an entry that has no mark.
    fn fill(&mut self, number: u32, slot: Slot) {
        self.slots[number as usize] = slot;
        self.marked += 1;
        if let Some(mark) = self.at(number) {
            let totals = mark.totals();
            self.totals.add(totals);
        }
    }

    /// Takes the mark of the entry with this number off.
    pub fn unset(&mut self, number: u32) {
        if let Some(mark) = self.at(number) {
            let totals = mark.totals();
            self.totals.subtract(totals);
            self.marked -= 1;
            self.slots[number as usize] = Slot::default();
        }
    }

    /// Takes the mark off if the next command would act on it.
    pub fn unset_chosen(&mut self, number: u32) {
        if self.at(number).is_some_and(|mark| mark.is_chosen()) {
            self.unset(number);
        }
    }

    /// Lets the entries go that are not marked any more, if they are most of those that are kept.
    pub fn shrink(&mut self) {
        let kept = self.slots.len();
        if kept <= FEW || self.marked * 8 > kept {
            return;
        }
        let before = std::mem::take(self);
        for number in 0..before.entries.len() {
            if let Some(mark) = before.at(number) {
                let entry = before.entries.get(number);
                self.put(entry, mark.fate.clone(), mark.origin);
            }
        }
    }

    /// What the mark of this number is of.
    pub fn entry(&self, number: u32) -> EntryRef<'_> {
        self.entries.get(number)
    }

    /// Changes what became of a mark.
    pub fn change(&mut self, number: u32, fate: Fate) {
        let slot = self.slots.get(number as usize).copied();
        if let Some(slot) = slot.filter(|slot| slot.origin > 0) {
            self.unset(number);
            let fate = self.number_of(fate);
            self.fill(number, Slot { fate, ..slot });
        }
    }

    /// Hands a mark to act on to a job.
    pub fn hand(&mut self, number: u32, job: JobId) {
        if self.at(number).is_some_and(|mark| mark.is_chosen()) {
            self.change(number, Fate::Handed(job));
        }
    }

    /// Hands all marks to act on to a job.
    pub fn hand_chosen(&mut self, job: JobId) {
        let is_chosen: Vec<bool> = self.fates.iter().map(Fate::is_chosen).collect();
        let handed = count(self.fates.len());
        self.fates.push(Fate::Handed(job));
        for slot in &mut self.slots {
            if slot.origin > 0 && is_chosen[slot.fate as usize] {
                slot.fate = handed;
            }
        }
        // Those that are left are worked on, and count for nothing.
        self.totals = Totals::default();
    }

    /// The numbers of marks that jobs work on.
    pub fn handed(&self) -> Vec<u32> {
        let handed = |number: &u32| self.at(*number).is_some_and(|mark| !mark.is_chosen());
        self.numbers().filter(handed).collect()
    }

    /// Takes all marks back from a job.
    pub fn release(&mut self, job: JobId) {
        for number in self.handed() {
            if self
                .at(number)
                .is_some_and(|mark| *mark.fate == Fate::Handed(job))
            {
                self.change(number, Fate::Chosen);
            }
        }
    }

    /// Takes all marks off that jobs work on.
    pub fn keep_chosen(&mut self) {
        self.handed()
            .into_iter()
            .for_each(|number| self.unset(number));
    }

    /// The numbers of all marks.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        let marked = |number: &u32| self.slots[*number as usize].origin > 0;
        (0..self.entries.len()).filter(marked)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32 marks fit into memory")
}
