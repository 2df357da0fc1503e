//! Entries by their names, so that one of a million is found at once.

use std::hash::BuildHasher as _;
use std::sync::OnceLock;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::store::Store;

/// With so few entries the table is made within a moment.
const FEW: u32 = 4096;
/// Entries that are taken in in one piece: a few milliseconds of work.
const PIECE: u32 = 1 << 15;

/// The numbers of the entries of a store by name; made when the first name is looked for, or before
/// that piece by piece.
#[derive(Clone, Debug, Default)]
pub struct ByName {
    whole: OnceLock<HashTable<u32>>,
    /// The first of them, as long as not all were taken in.
    begun: HashTable<u32>,
}

impl ByName {
    /// Whether a name is found without work that would be noticed.
    pub fn is_ready(&self, entries: &Store) -> bool {
        self.whole.get().is_some() || entries.len() <= FEW
    }

    /// Takes in a piece of the entries; to be called until it [`is_ready`](Self::is_ready).
    pub fn prepare(&mut self, entries: &Store) {
        if self.whole.get().is_some() {
            return;
        }
        if self.begun.is_empty() {
            self.begun = HashTable::with_capacity(entries.len() as usize);
        }
        let from = u32::try_from(self.begun.len()).unwrap_or(u32::MAX);
        for number in from..entries.len().min(from.saturating_add(PIECE)) {
            insert(&mut self.begun, entries, number);
        }
        if self.begun.len() == entries.len() as usize {
            self.whole = OnceLock::from(std::mem::take(&mut self.begun));
        }
    }

    /// The number of the entry of this name.
    pub fn find(&self, entries: &Store, name: &str) -> Option<u32> {
        let whole = self.whole.get_or_init(|| {
            let mut whole = HashTable::with_capacity(entries.len() as usize);
            for number in 0..entries.len() {
                insert(&mut whole, entries, number);
            }
            whole
        });
        let is_it = |number: &u32| entries.get(*number).name() == name;
        whole.find(FxBuildHasher.hash_one(name), is_it).copied()
    }

    /// An entry was added to the store.
    pub fn added(&mut self, entries: &Store, number: u32) {
        if let Some(whole) = self.whole.get_mut() {
            insert(whole, entries, number);
        }
    }

    /// An entry was added whose name another one had, which was found: only the new one is from now
    /// on.
    pub fn replaced(&mut self, entries: &Store, former: u32, number: u32) {
        let whole = self.whole.get_mut();
        let place =
            whole.and_then(|whole| whole.find_mut(hash(entries, former), |other| *other == former));
        if let Some(place) = place {
            *place = number;
        }
    }
}

fn insert(table: &mut HashTable<u32>, entries: &Store, number: u32) {
    let hash = |number: &u32| hash(entries, *number);
    table.insert_unique(hash(&number), number, hash);
}

fn hash(entries: &Store, number: u32) -> u64 {
    FxBuildHasher.hash_one(entries.get(number).name())
}
