use proptest::prelude::*;

use super::*;
use crate::domain::entry::{Entry, EntryPage, Kind};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{JobId, Target};
use crate::domain::plan::Plan;

fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

fn file(name: &str) -> Entry {
    Entry {
        size: Some(10),
        ..Entry::new(name, Kind::File)
    }
}

fn marked(paths: &[&str]) -> Marks {
    let mut marks = Marks::default();
    for text in paths {
        let path = path(text);
        marks.add(&path.parent().unwrap(), &file(path.name()));
    }
    marks
}

fn target(text: &str) -> Target {
    Target::new(path(text), Kind::File, Some(10))
}

#[test]
fn what_is_handed_to_a_job_cannot_be_unmarked_or_sent_again() {
    let mut marks = marked(&["a/x", "a/y"]);
    marks.hand(&target("a/x"), JobId(1));
    marks.toggle(&path("a"), &file("x"));
    assert_eq!(marks.clear().totals().count, 1);
    assert_eq!(marks.totals().count, 0);
    assert_eq!(
        *marks.get(&path("a"), "x").unwrap().fate,
        Fate::Handed(JobId(1))
    );
}

fn listing(names: impl Iterator<Item = String>, size: u64) -> Listing {
    let entries: Vec<Entry> = names
        .map(|name| Entry {
            size: Some(size),
            ..Entry::new(name, Kind::File)
        })
        .collect();
    let mut listing = Listing::default();
    listing.append(&EntryPage {
        entries: entries.iter().collect(),
        next: None,
        total: None,
        tag: None,
    });
    listing
}

/// What can be done to the marks of one directory with two listings of it.
#[derive(Clone, Debug)]
enum Step {
    Add(u8),
    Remove(u8),
    Toggle(u8),
    AddRows(bool, Vec<u8>),
    AddAll(bool),
    RemoveRows(bool, Vec<u8>),
    ToggleRows(bool, Vec<u8>),
    Hand(u8),
    HandAll(Vec<u8>),
    HandPlan,
    Release(u64),
    Left(u8),
    ClearAndBack,
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let some = || proptest::collection::vec(0..NAMES, 0..6);
    prop_oneof![
        (0..NAMES).prop_map(Step::Add),
        (0..NAMES).prop_map(Step::Remove),
        (0..NAMES).prop_map(Step::Toggle),
        (any::<bool>(), some()).prop_map(|(second, rows)| Step::AddRows(second, rows)),
        any::<bool>().prop_map(Step::AddAll),
        (any::<bool>(), some()).prop_map(|(second, rows)| Step::RemoveRows(second, rows)),
        (any::<bool>(), some()).prop_map(|(second, rows)| Step::ToggleRows(second, rows)),
        (0..NAMES).prop_map(Step::Hand),
        some().prop_map(Step::HandAll),
        Just(Step::HandPlan),
        (1..=3_u64).prop_map(Step::Release),
        (0..NAMES).prop_map(Step::Left),
        Just(Step::ClearAndBack),
        Just(Step::Clear),
    ]
}

const NAMES: u8 = 12;

fn name(number: u8) -> String {
    format!("f{number:02}")
}

proptest! {
    /// Marks that lend the entries of a listing are the same as marks in a plain map.
    #[test]
    fn marks_are_what_a_plain_map_says(steps in proptest::collection::vec(step(), 0..40)) {
        let here = path("a");
        // The same names with another size, in another order.
        let listings = [
            listing((0..NAMES).map(name), 10),
            listing((0..NAMES).rev().map(name), 20),
        ];
        let mut marks = Marks::default();
        // What is marked, and the job that it is handed to.
        let mut plain: BTreeMap<String, Option<u64>> = BTreeMap::new();
        for step in steps {
            let rows = |second: bool, numbers: &[u8]| -> Vec<EntryId> {
                let listing = &listings[usize::from(second)];
                let row = |number: &u8| listing.position(&name(*number));
                numbers.iter().filter_map(row).filter_map(|row| listing.id(row)).collect()
            };
            let distinct = |numbers: Vec<u8>| -> Vec<u8> {
                numbers.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect()
            };
            match step {
                Step::Add(number) => {
                    marks.add(&here, &file(&name(number)));
                    plain.entry(name(number)).or_insert(None);
                }
                Step::Remove(number) => {
                    marks.remove(&here, &name(number));
                    plain.retain(|other, handed| handed.is_some() || *other != name(number));
                }
                Step::Toggle(number) => {
                    marks.toggle(&here, &file(&name(number)));
                    toggle(&mut plain, number);
                }
                Step::AddRows(second, numbers) => {
                    let rows = rows(second, &numbers);
                    marks.add_rows(&here, &listings[usize::from(second)], rows, &Origin::Hand);
                    for number in numbers {
                        plain.entry(name(number)).or_insert(None);
                    }
                }
                Step::AddAll(second) => {
                    let listing = &listings[usize::from(second)];
                    marks.add_rows(&here, listing, listing.ids(), &Origin::Hand);
                    for number in 0..NAMES {
                        plain.entry(name(number)).or_insert(None);
                    }
                }
                Step::RemoveRows(second, numbers) => {
                    let rows = rows(second, &numbers);
                    marks.remove_rows(&here, &listings[usize::from(second)], rows);
                    plain.retain(|other, handed| {
                        handed.is_some() || !numbers.iter().any(|number| *other == name(*number))
                    });
                }
                Step::ToggleRows(second, numbers) => {
                    let numbers = distinct(numbers);
                    let rows = rows(second, &numbers);
                    marks.toggle_rows(&here, &listings[usize::from(second)], rows);
                    for number in numbers {
                        toggle(&mut plain, number);
                    }
                }
                Step::Hand(number) => {
                    marks.hand(&target(&format!("a/{}", name(number))), JobId(1));
                    plain.insert(name(number), Some(1));
                }
                Step::HandAll(numbers) => {
                    let handed = numbers.iter().map(|number| target(&format!("a/{}", name(*number))));
                    marks.hand_all(&handed.collect(), JobId(2));
                    for number in numbers {
                        if let Some(handed) = plain.get_mut(&name(number)) {
                            handed.get_or_insert(2);
                        }
                    }
                }
                Step::HandPlan => {
                    let plan = Plan::of_marks(&marks);
                    marks.hand_plan(&plan, JobId(3));
                    for handed in plain.values_mut() {
                        handed.get_or_insert(3);
                    }
                }
                Step::Release(job) => {
                    marks.release(JobId(job));
                    for handed in plain.values_mut() {
                        handed.take_if(|other| *other == job);
                    }
                }
                Step::Left(number) => {
                    marks.left(&here.join(&name(number)).unwrap());
                    plain.remove(&name(number));
                }
                Step::ClearAndBack => {
                    let cleared = marks.clear();
                    marks.merge(cleared);
                }
                Step::Clear => {
                    let _ = marks.clear();
                    plain.retain(|_, handed| handed.is_some());
                }
            }
            let chosen = plain.values().filter(|handed| handed.is_none()).count();
            prop_assert_eq!(marks.totals().count, chosen);
            prop_assert_eq!(marks.totals_in(&here).count, chosen);
            let listed: BTreeMap<String, bool> = marks
                .inside(&here)
                .map(|(name, mark)| (name.to_owned(), !mark.is_chosen()))
                .collect();
            let handed: BTreeMap<String, bool> = plain
                .iter()
                .map(|(name, handed)| (name.clone(), handed.is_some()))
                .collect();
            prop_assert_eq!(&listed, &handed);
            let bytes: u64 = marks
                .inside(&here)
                .filter(|(_, mark)| mark.is_chosen())
                .filter_map(|(_, mark)| mark.size)
                .sum();
            prop_assert_eq!(marks.totals().bytes, bytes);
            for listing in &listings {
                let beside = marks.beside(&here, listing);
                for id in listing.ids() {
                    let handed = beside.get(id).map(|mark| !mark.is_chosen());
                    prop_assert_eq!(handed, plain.get(listing.entry(id).name()).map(Option::is_some));
                }
            }
        }
    }
}

fn toggle(plain: &mut BTreeMap<String, Option<u64>>, number: u8) {
    match plain.get(&name(number)) {
        Some(Some(_)) => {}
        Some(None) => {
            plain.remove(&name(number));
        }
        None => {
            plain.insert(name(number), None);
        }
    }
}

#[test]
fn a_listing_that_is_marked_as_a_whole_lends_its_entries() {
    let all = listing((0..20_000).map(|number| format!("f{number}")), 10);
    let mut marks = Marks::default();
    marks.add(&path("a"), &file("f7"));
    marks.add_rows(&path("a"), &all, all.ids(), &Origin::Hand);
    assert_eq!(
        (marks.totals().count, marks.totals().bytes),
        (20_000, 200_000)
    );
    let place = &marks.places[&path("a")];
    assert_eq!(place.shared(all.store()), 20_000);
    // Most are taken off again: the others are kept by themselves.
    marks.remove_rows(&path("a"), &all, all.ids().skip(5));
    let place = &marks.places[&path("a")];
    assert_eq!(place.shared(all.store()), 0);
    assert_eq!(marks.totals().count, 5);
}

#[test]
fn what_failed_stays_marked_with_its_reason() {
    let mut marks = marked(&["a/x"]);
    let failure = Failure::new(FailureKind::Denied, "no right to delete");
    marks.hand(&target("a/x"), JobId(1));
    marks.refuse(&path("a/x"), failure.clone());
    marks.add(&path("a"), &file("x"));
    assert_eq!(
        *marks.get(&path("a"), "x").unwrap().fate,
        Fate::Refused(failure)
    );
    assert_eq!(
        marks.totals(),
        Totals {
            count: 1,
            bytes: 10,
            ..Totals::default()
        }
    );
}

#[test]
fn a_directory_that_is_gone_takes_the_marks_below_it_along() {
    let mut marks = marked(&["a/x", "a/b/y", "a-b/z", "a b/w"]);
    marks.add(&RemotePath::root(), &Entry::new("a", Kind::Directory));
    assert_eq!(marks.nested(), 2);
    marks.left(&path("a"));
    assert_eq!(
        marks.totals(),
        Totals {
            count: 2,
            bytes: 20,
            ..Totals::default()
        }
    );
    assert_eq!(marks.nested(), 0);
    assert!(marks.get(&path("a-b"), "z").is_some());
}

#[test]
fn cleared_marks_can_be_brought_back() {
    let mut marks = marked(&["a/x", "b/y"]);
    let cleared = marks.clear();
    assert_eq!(marks.totals().count, 0);
    marks.merge(cleared);
    assert_eq!(
        marks
            .places()
            .map(|(place, _)| place.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[test]
fn a_job_is_handed_what_its_plan_named_and_nothing_that_was_marked_since() {
    let mut marks = marked(&["a/x", "a/y", "b/z", "z"]);
    let raw = Entry {
        name: "raw".into(),
        kind: Kind::Directory,
        size: None,
        ..file("raw")
    };
    marks.add(&RemotePath::root(), &raw);
    marks.add(&path("raw"), &file("inside"));
    let plan = Plan::of_marks(&marks);
    marks.add(&path("a"), &file("late"));
    marks.left(&path("b/z"));
    marks.hand_plan(&plan, JobId(1));
    let a = path("a");
    let left = marks.inside(&a).filter(|(_, mark)| mark.is_chosen());
    let left: Vec<_> = left.map(|(name, _)| name).collect();
    assert_eq!(left, ["late"]);
    assert_eq!(
        marks.totals(),
        Totals {
            count: 1,
            directories: 0,
            bytes: 10
        }
    );
    marks.refuse(&path("raw"), Failure::new(FailureKind::Denied, "no right"));
    assert!(
        marks.get(&path("raw"), "inside").unwrap().is_chosen(),
        "marked again"
    );
}

#[test]
fn what_lies_in_a_folder_that_cannot_be_deleted_does_not_go_with_it() {
    let mut marks = marked(&["raw/a"]);
    let raw = Entry {
        kind: Kind::Directory,
        can_delete: false,
        ..file("raw")
    };
    marks.add(&RemotePath::root(), &raw);
    let plan = Plan::of_marks(&marks);
    assert_eq!((plan.items.len(), plan.protected, plan.nested), (1, 1, 0));
}

#[test]
fn many_names_are_put_in_order_piece_by_piece() {
    let many = 100_000_u32;
    let here = path("a");
    let listing = listing((0..many).map(|number| format!("f{number:06}")), 1);
    let mut marks = Marks::default();
    marks.add_rows(&here, &listing, listing.ids(), &Origin::Hand);
    assert!(marks.are_ready(), "nobody asks for names yet");
    let handed: Vec<Target> = (marks.inside(&here))
        .map(|(name, _)| target(&format!("a/{name}")))
        .collect();
    marks.hand_all(&handed.into(), JobId(1));
    assert_eq!(marks.totals().count, 0);
    let mut pieces = 0;
    while !marks.are_ready() {
        marks.prepare();
        pieces += 1;
        // One that was not marked comes in between.
        if pieces == 2 {
            marks.add(&here, &file("new"));
        }
    }
    assert!(pieces > 2, "{pieces}");
    marks.left(&path("a/f099999"));
    marks.refuse(
        &path("a/f000000"),
        Failure::new(FailureKind::Refused, "locked"),
    );
    assert!(marks.get(&here, "f099999").is_none());
    assert_eq!(marks.totals().count, 2);
}
