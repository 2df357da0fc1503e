//! The order of a listing.

use std::cmp::Ordering;

use super::entry::Entry;

/// What a listing is sorted by. Directories come first in every order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// By name, numbers by their value: take2 before take10.
    #[default]
    Name,
    /// By bytes, small first.
    Size,
    /// By the time of the last change, old first.
    Modified,
    /// By the time of creation, old first.
    Created,
    /// By the part of the name after its last dot.
    Extension,
}

/// A sort key and its direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order {
    /// What it is sorted by.
    pub key: SortKey,
    /// Whether the direction is turned round.
    pub reversed: bool,
}

impl Order {
    /// Compares two entries: directories first, then by the key, then by name.
    pub fn compare(self, one: &Entry, other: &Entry) -> Ordering {
        let by_kind = other.is_directory().cmp(&one.is_directory());
        let by_name = || {
            alphanumeric_sort::compare_str(&one.name, &other.name)
                .then_with(|| one.name.cmp(&other.name))
        };
        let by_key = match self.key {
            SortKey::Name => by_name(),
            SortKey::Size => one.size.cmp(&other.size).then_with(by_name),
            SortKey::Modified => one.modified.cmp(&other.modified).then_with(by_name),
            SortKey::Created => one.created.cmp(&other.created).then_with(by_name),
            SortKey::Extension => extension(&one.name)
                .cmp(extension(&other.name))
                .then_with(by_name),
        };
        by_kind.then(if self.reversed {
            by_key.reverse()
        } else {
            by_key
        })
    }
}

/// The part after the last dot; empty for none and for names that only begin with a dot.
fn extension(name: &str) -> &str {
    match name.rfind('.') {
        None | Some(0) => "",
        Some(dot) => &name[dot + 1..],
    }
}
