use super::*;
use crate::domain::entry::{Entry, Kind, Marker};
use crate::domain::order::SortKey;
use crate::domain::path::RemotePath;
use crate::domain::rule::Viewpoint;

fn entry(name: &str, size: Option<u64>) -> Entry {
    let kind = if size.is_some() {
        Kind::File
    } else {
        Kind::Directory
    };
    Entry {
        size,
        ..Entry::new(name, kind)
    }
}

fn page(entries: &[Entry], last: bool) -> EntryPage {
    EntryPage {
        entries: entries.iter().collect(),
        next: (!last).then(|| Marker("m".into())),
        total: Some(5),
        tag: None,
    }
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.shown().map(EntryRef::name).collect()
}

fn five() -> Listing {
    let mut listing = Listing::new(Order::default(), None);
    listing.append(&page(&[entry("b10", Some(3)), entry("raw", None)], false));
    listing.append(&page(
        &[
            entry("b9", Some(9)),
            entry("a", Some(1)),
            entry("c", Some(2)),
        ],
        true,
    ));
    listing
}

#[test]
fn pages_merge_into_natural_order_with_directories_first() {
    assert_eq!(names(&five()), ["raw", "a", "b9", "b10", "c"]);
}

#[test]
fn pages_that_are_piled_up_have_rows_once_somebody_looks() {
    let view = Viewpoint {
        here: RemotePath::root(),
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: jiff::tz::TimeZone::UTC,
        named: crate::domain::rule::Named::default(),
    };
    for filter in [None, Filter::parse("/[bc]/", &view).unwrap()] {
        let mut listing = Listing::new(Order::default(), filter);
        let pages = [["b2", "c1"], ["c2", "c3"], ["a1", "b3"], ["b1", "c9"]];
        let mut shown = Vec::new();
        for names in pages {
            let entries = names.map(|name| entry(name, Some(1)));
            listing.pile(&page(&entries, false));
            shown.push((listing.rows(), listing.loaded(), listing.is_tidy()));
        }
        assert_eq!(
            shown,
            [(2, 2, true), (4, 4, true), (4, 6, false), (4, 8, false)]
        );
        listing.remove(["b1", "c1"]);
        listing.tidy();
        let all = ["a1", "b2", "b3", "c2", "c3", "c9"];
        let hidden = usize::from(listing.filter().is_some());
        assert_eq!(names(&listing), all[hidden..]);
        listing.pile(&page(&[entry("a0", Some(0))], true));
        listing.set_order(by_size());
        listing.set_filter(None);
        listing.tidy();
        assert_eq!(names(&listing), ["a0", "a1", "b2", "b3", "c2", "c3", "c9"]);
    }
}

#[test]
fn sorting_and_filtering_only_move_rows() {
    let mut listing = five();
    listing.set_order(Order {
        key: SortKey::Size,
        reversed: true,
    });
    assert_eq!(names(&listing), ["raw", "b9", "b10", "c", "a"]);
    let view = Viewpoint {
        here: RemotePath::root(),
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: jiff::tz::TimeZone::UTC,
        named: crate::domain::rule::Named::default(),
    };
    listing.set_filter(Filter::parse("b", &view).unwrap());
    assert_eq!(names(&listing), ["b9", "b10"]);
    assert_eq!((listing.loaded(), listing.total()), (5, 5));
}

/// Long enough for several pieces, an odd number of them.
const MANY: usize = 5 * PIECE as usize / 2;

fn many() -> Listing {
    let mut listing = Listing::new(Order::default(), None);
    for from in (0..MANY).step_by(1000) {
        let page: Vec<Entry> = (from..MANY.min(from + 1000))
            .map(|at| entry(&format!("f{at}"), Some((at * 7919 % 1000) as u64)))
            .collect();
        listing.append(&self::page(&page, false));
    }
    listing
}

fn by_size() -> Order {
    Order {
        key: SortKey::Size,
        reversed: false,
    }
}

#[test]
fn a_long_listing_is_sorted_and_filtered_piece_by_piece_while_entries_come_and_go() {
    let view = Viewpoint {
        here: RemotePath::root(),
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: jiff::tz::TimeZone::UTC,
        named: crate::domain::rule::Named::default(),
    };
    let filter = || Filter::parse("7", &view).unwrap();
    let mut listing = many();
    listing.set_order(by_size());
    listing.set_filter(filter());
    assert_eq!((listing.rows(), listing.order()), (MANY, by_size()));
    let mut pieces = 0;
    while listing.is_working() {
        listing.work();
        pieces += 1;
        if pieces == 2 {
            listing.append(&page(
                &[entry("late7", Some(500)), entry("late", None)],
                true,
            ));
        }
        if pieces == 5 {
            listing.remove(["f7", "f17"]);
            listing.append(&page(&[entry("7 last", Some(0))], true));
        }
    }
    assert!(pieces > 8, "{pieces}");
    let mut expected = many();
    expected.append(&page(
        &[
            entry("late7", Some(500)),
            entry("late", None),
            entry("7 last", Some(0)),
        ],
        true,
    ));
    expected.remove(["f7", "f17"]);
    let mut rows: Vec<EntryRef<'_>> = expected.all().collect();
    rows.retain(|entry| entry.name().contains('7'));
    rows.sort_by(|one, other| by_size().compare(*one, *other));
    let rows: Vec<&str> = rows.into_iter().map(EntryRef::name).collect();
    assert!(names(&listing) == rows);
    listing.set_filter(None);
    assert_eq!(listing.rows(), MANY + 1);
}

#[test]
fn an_order_or_a_filter_that_is_not_wanted_any_more_is_given_up() {
    let mut listing = many();
    let before: Vec<String> = names(&listing).into_iter().map(String::from).collect();
    listing.set_order(by_size());
    listing.work();
    listing.set_order(Order::default());
    assert!(!listing.is_working());
    assert!(names(&listing) == before);
}

#[test]
fn what_is_gone_leaves_and_the_totals_follow() {
    let mut listing = five();
    listing.remove(["b9", "nobody", "raw", "b9"]);
    assert_eq!(names(&listing), ["a", "b10", "c"]);
    assert_eq!((listing.loaded(), listing.total()), (3, 3));
    listing.set_filter(None);
    assert_eq!(names(&listing), ["a", "b10", "c"]);
}

#[test]
fn an_unfinished_listing_tells_what_the_service_told() {
    let mut listing = Listing::new(Order::default(), None);
    listing.append(&page(&[entry("a", Some(1))], false));
    assert_eq!(
        (listing.loaded(), listing.total(), listing.is_complete()),
        (1, 5, false)
    );
}
