//! What two entries are compared by before their names are looked at letter by letter: comparing a
//! million names in natural order takes seconds, comparing numbers does not.

use std::cmp::Ordering;

use super::{Order, SortKey, extension};
use crate::domain::entries::EntryRef;

/// Begins a number in a [`natural`] key; lies where the digits lie among the other characters.
const NUMBER: u8 = b'0';
/// Begin what comes right after a number: there, wide characters go before all others, so that
/// `1点` comes before `1-1点`. The end of the name comes before both.
const WIDE: u8 = 1;
const NARROW: u8 = 2;

/// Decides most comparisons of one order; what it leaves equal, [`Order::compare`] decides.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    is_file: bool,
    number: Option<u64>,
    name: u128,
}

impl Key {
    /// The key of an entry in this order, among entries whose names have the first `alike` bytes in
    /// common: what is behind them tells more.
    pub fn of(order: Order, entry: EntryRef<'_>, alike: usize) -> Self {
        let time = |time: Option<jiff::Timestamp>| {
            time.map(|time| time.as_microsecond().cast_unsigned() ^ (1 << 63))
        };
        let mut name = natural(entry.name(), alike);
        let number = match order.key {
            SortKey::Name => None,
            SortKey::Size => entry.size(),
            SortKey::Modified => time(entry.modified()),
            SortKey::Created => time(entry.created()),
            SortKey::Extension => {
                let extension = extension(entry.name()).as_bytes();
                let is_long = extension.len() >= 8;
                if is_long {
                    // More of it may differ, and that goes before the name.
                    name = 0;
                }
                let mut letters = [0; 8];
                let kept = extension.len().min(7);
                letters[..kept].copy_from_slice(&extension[..kept]);
                letters[7] = u8::from(is_long);
                Some(u64::from_be_bytes(letters))
            }
        };
        Self {
            is_file: !entry.is_directory(),
            number,
            name,
        }
    }

    /// How the entries of two keys of this order compare; equal where the keys do not tell.
    pub fn compare(self, other: Self, order: Order) -> Ordering {
        let by_name = self.name.cmp(&other.name);
        let by_key = match order.key {
            SortKey::Name => by_name,
            _ => self.number.cmp(&other.number),
        };
        let by_key = if order.reversed {
            by_key.reverse()
        } else {
            by_key
        };
        // Names that are told apart in their own order are so for good: the last has no effect.
        let by_kind = self.is_file.cmp(&other.is_file);
        by_kind.then(by_key).then(by_name)
    }
}

/// What comes behind `alike` bytes of a name, so that bytes compare as names do in natural order: a
/// number is its length and its digits, without zeros before them.
fn natural(name: &str, alike: usize) -> u128 {
    let mut key = [0; 16];
    let mut room = key.iter_mut();
    let mut put = |bytes: &[u8]| {
        bytes
            .iter()
            .all(|byte| room.next().map(|place| *place = *byte).is_some())
    };
    // A number is looked at as a whole, with what comes right behind it.
    let digits = |bytes: &&u8| bytes.is_ascii_digit();
    let begun = name.as_bytes()[..alike].iter().rev().take_while(digits);
    let mut rest = &name.as_bytes()[alike - begun.count()..];
    let mut is_after_number = false;
    while let [first, ..] = rest {
        let taken = if first.is_ascii_digit() {
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let zeros = rest.iter().take_while(|byte| **byte == b'0').count();
            let digits = &rest[zeros..length];
            // A number that is longer than any key leaves the rest to the names themselves.
            let count = u8::try_from(digits.len()).unwrap_or(u8::MAX);
            if !put(&[NUMBER, count]) || count == u8::MAX || !put(digits) {
                break;
            }
            length
        } else {
            // In UTF-8, what begins with 0xc4 or more lies beyond U+00FF.
            let lead = if *first >= 0xc4 { WIDE } else { NARROW };
            if is_after_number && !put(&[lead]) || !put(&[*first]) {
                break;
            }
            1
        };
        is_after_number = first.is_ascii_digit();
        rest = &rest[taken..];
    }
    u128::from_be_bytes(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::entry::{Entry, Kind};

    proptest! {
        #[test]
        fn keys_never_contradict_the_names(
            one in "[01a9ü点😀. -]{0,14}",
            other in "[01a9ü点😀. -]{0,14}",
            alike in "[01a点. -]{0,5}",
            reversed: bool,
            is_by_extension: bool,
        ) {
            let key = if is_by_extension { SortKey::Extension } else { SortKey::Name };
            let order = Order { key, reversed };
            let [one, other] = [one, other].map(|name| Entry::new(format!("{alike}{name}"), Kind::File));
            let alike = alike.len();
            let [left, right] = [&one, &other].map(|entry| Key::of(order, entry.into(), alike));
            let told = left.compare(right, order);
            let full = order.compare((&one).into(), (&other).into());
            prop_assert!(told == full || told.is_eq(), "{told:?} for {full:?}");
        }
    }

    #[test]
    fn most_names_are_told_apart_by_their_keys() {
        for (less, more, alike) in [
            ("IMG_9.jpg", "IMG_10.jpg", "IMG_"),
            ("点9", "点10", ""),
            ("f0000001.jpg", "f0000010.jpg", "f00000"),
            ("测试片段_1_废弃.mov", "测试片段_1_废弃2.mov", "测试片段_1"),
        ] {
            let [less, more] = [less, more].map(|name| (name, natural(name, alike.len())));
            assert!(less.1 < more.1, "{} before {}", less.0, more.0);
        }
    }
}
