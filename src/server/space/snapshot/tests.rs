//! Order and places of listings, for any names.

use proptest::prelude::*;

use super::*;

fn snapshot(entries: &[(String, bool)], order: Order, few: usize) -> Snapshot {
    let directory = Dir::open_ambient_dir("/", cap_std::ambient_authority()).unwrap();
    let mut reader = Reader::new(order);
    for (name, is_directory) in entries {
        let kind = if *is_directory {
            Kind::Directory
        } else {
            Kind::File
        };
        reader.add(name, kind, 0);
    }
    Snapshot {
        number: 1,
        path: RemotePath::root(),
        order,
        facts: Facts::of_open(&directory).unwrap(),
        is_settled: true,
        rows: reader.finish(few),
        used: Mutex::new(Instant::now()),
        ahead: Ahead::default(),
    }
}

proptest! {
    #[test]
    fn directories_come_first_and_names_by_codepoint(
        entries in proptest::collection::btree_map("(IMG_)?[a-c杭😀]{0,12}", any::<bool>(), 0..40),
        few in 0..50_usize,
    ) {
        let entries: Vec<_> = entries.into_iter().collect();
        let snapshot = snapshot(&entries, Order::default(), few);
        let rows = &snapshot.rows;
        let listed: Vec<_> = (0..rows.count()).map(|index| rows.name(index)).collect();
        let mut expected = entries.clone();
        expected.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let expected: Vec<_> = expected.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn a_place_is_found_again_even_without_its_entry(
        entries in proptest::collection::btree_map("[a-d]{1,6}", any::<bool>(), 1..40),
        at in any::<proptest::sample::Index>(),
        is_descending in any::<bool>(),
        few in 0..50_usize,
    ) {
        let mut entries: Vec<_> = entries.into_iter().collect();
        let order = Order { is_descending, ..Order::default() };
        let before = snapshot(&entries, order, few);
        let at = at.index(entries.len());
        let place = before.place(0, at);
        prop_assert_eq!(before.rows.after(&place), at + 1);
        entries.retain(|(name, _)| *name != place.name);
        let after = snapshot(&entries, order, few);
        prop_assert_eq!(after.rows.after(&place), at);
    }
}

#[test]
fn nobody_waits_for_an_order_that_is_no_longer_needed() {
    let entries = ["b", "a", "c"].map(|name| (name.to_owned(), false));
    let snapshot = snapshot(&entries, Order::default(), 1);
    assert!(!snapshot.rows.wait(|| true));
    std::thread::scope(|scope| {
        scope.spawn(|| snapshot.rows.sort());
        assert!(snapshot.rows.wait(|| false));
    });
    assert!(snapshot.rows.wait(|| true), "it is there");
}
