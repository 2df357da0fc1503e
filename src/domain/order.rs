//! The order of a listing.

use std::cmp::Ordering;

use super::entries::EntryRef;

pub use key::Key;

mod key;

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
    /// Compares two entries: directories first, then by the key; what is equal in the key stays in
    /// the order of the names.
    pub fn compare(self, one: EntryRef<'_>, other: EntryRef<'_>) -> Ordering {
        let by_kind = other.is_directory().cmp(&one.is_directory());
        let by_name = || {
            let (one, other) = (one.name(), other.name());
            natural(one, other)
        };
        let by_key = match self.key {
            SortKey::Name => by_name(),
            SortKey::Size => one.size().cmp(&other.size()),
            SortKey::Modified => one.modified().cmp(&other.modified()),
            SortKey::Created => one.created().cmp(&other.created()),
            SortKey::Extension => extension(one.name()).cmp(extension(other.name())),
        };
        let by_key = if self.reversed {
            by_key.reverse()
        } else {
            by_key
        };
        by_kind.then(by_key).then_with(by_name)
    }
}

/// Compares two names as people do: take2 comes before take10.
pub fn natural(one: &str, other: &str) -> Ordering {
    // Names of one folder often begin alike, and going through that letter by letter takes long.
    let alike = one.bytes().zip(other.bytes());
    let mut from = alike.take_while(|(one, other)| one == other).count();
    // A number is looked at as a whole, with what comes right behind it.
    let goes_on = |from: usize| one.as_bytes()[from - 1].is_ascii_digit();
    while from > 0 && (!one.is_char_boundary(from) || goes_on(from)) {
        from -= 1;
    }
    let (one, other) = (&one[from..], &other[from..]);
    alphanumeric_sort::compare_str(one, other).then_with(|| one.cmp(other))
}

/// The part after the last dot; empty for none and for names that only begin with a dot.
fn extension(name: &str) -> &str {
    match name.rfind('.') {
        None | Some(0) => "",
        Some(dot) => &name[dot + 1..],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What two names have in common at the beginning changes nothing.
        #[test]
        fn names_compare_as_if_they_were_gone_through_from_the_beginning(
            alike in "[a0-2点é１.-]{0,6}", one in "[a0-2点é１.-]{0,5}", other in "[a0-2点é１.-]{0,5}",
        ) {
            let (one, other) = (format!("{alike}{one}"), format!("{alike}{other}"));
            let whole = alphanumeric_sort::compare_str(&one, &other).then_with(|| one.cmp(&other));
            prop_assert_eq!(natural(&one, &other), whole);
        }
    }
}
