use super::*;
use crate::domain::entry::Entry;
use crate::domain::job::{JobId, Target};

fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

/// A file of 10 bytes that was changed on this day of a month.
fn file(name: &str, sum: Option<u64>, day: u8) -> Entry {
    Entry {
        size: Some(10),
        crc64: sum,
        modified: Some(format!("2026-01-{day:02}T00:00:00Z").parse().unwrap()),
        ..Entry::new(name, Kind::File)
    }
}

fn found(files: &[(&str, Entry)]) -> Duplicates {
    let mut duplicates = Duplicates::default();
    for (directory, entry) in files {
        duplicates.take(&path(directory), entry.into());
    }
    duplicates.find();
    duplicates
}

/// Three copies in two folders, two copies in one, and one file alone.
fn library() -> Duplicates {
    found(&[
        ("a", file("one", Some(1), 3)),
        ("a", file("one copy", Some(1), 1)),
        ("b/deep", file("one", Some(1), 2)),
        ("b", file("two", Some(2), 1)),
        ("b", file("two copy", Some(2), 1)),
        ("b", file("alone", Some(3), 1)),
    ])
}

fn marked(marks: &Marks) -> Vec<String> {
    let places = marks.places().flat_map(|(directory, _)| {
        marks
            .inside(directory)
            .map(move |(name, _)| directory.join(name).unwrap().to_string())
    });
    places.collect()
}

fn paths(duplicates: &Duplicates) -> Vec<Vec<String>> {
    let groups = duplicates.groups().iter().map(|group| {
        let copies = group.copies.iter().map(|copy| {
            let (directory, file) = duplicates.copy(*copy).unwrap();
            directory.join(file.name()).unwrap().to_string()
        });
        copies.collect()
    });
    groups.collect()
}

#[test]
fn what_has_the_same_size_and_checksum_is_a_group_and_the_largest_gain_comes_first() {
    let mut duplicates = library();
    assert_eq!(
        paths(&duplicates),
        [
            vec!["/a/one", "/a/one copy", "/b/deep/one"],
            vec!["/b/two", "/b/two copy"]
        ]
    );
    let gain = Gain {
        groups: 2,
        files: 5,
        bytes: 30,
    };
    assert_eq!(duplicates.gain(), gain);
    duplicates.set_reach(Reach::SameFolder);
    assert_eq!(
        paths(&duplicates),
        [vec!["/a/one", "/a/one copy"], vec!["/b/two", "/b/two copy"]]
    );
    duplicates.set_reach(Reach::OtherFolders);
    assert_eq!(
        paths(&duplicates),
        [vec!["/a/one", "/a/one copy", "/b/deep/one"]]
    );
}

#[test]
fn folders_links_empty_files_and_missing_checksums_are_no_copies() {
    let empty = Entry {
        size: Some(0),
        ..file("empty", Some(0), 1)
    };
    let link = Entry {
        kind: Kind::Symlink,
        ..file("link", Some(1), 1)
    };
    let other = Entry {
        size: Some(11),
        ..file("no other has this size", None, 1)
    };
    let mut duplicates = found(&[
        ("a", empty.clone()),
        ("b", empty),
        ("a", link.clone()),
        ("b", link),
        ("a", Entry::new("folder", Kind::Directory)),
        ("a", file("x", Some(1), 1)),
        ("a", file("y", None, 1)),
        ("a", other),
    ]);
    assert!(duplicates.groups().is_empty());
    assert_eq!(duplicates.without_sum(), [(1, path("a/y"), Some(10))]);
    duplicates.learn(1, 1);
    assert!(duplicates.without_sum().is_empty());
    duplicates.find();
    assert_eq!(paths(&duplicates), [vec!["/a/x", "/a/y"]]);
}

#[test]
fn a_file_that_was_met_twice_is_one_copy() {
    let moved = |name: &str| Entry {
        inode: Some("7".into()),
        ..file(name, Some(1), 1)
    };
    let duplicates = found(&[
        ("a", moved("before")),
        ("b", moved("after")),
        ("a", file("listed twice", Some(2), 1)),
        ("a", file("listed twice", Some(2), 1)),
    ]);
    assert!(duplicates.groups().is_empty());
}

#[test]
fn each_rule_keeps_what_it_says_in_place_of_the_one_before() {
    let duplicates = library();
    let mut marks = Marks::default();
    let mut left_by = |keep: Keep| {
        let applied = duplicates.apply(&keep, &mut marks);
        assert_eq!(applied.marked, marks.totals().count);
        assert_eq!(duplicates.lost(&marks), 0);
        (marked(&marks), applied.skipped)
    };
    assert_eq!(
        left_by(Keep::Newest).0,
        ["/a/one copy", "/b/two copy", "/b/deep/one"]
    );
    assert_eq!(
        left_by(Keep::Oldest).0,
        ["/a/one", "/b/two copy", "/b/deep/one"]
    );
    assert_eq!(
        left_by(Keep::ShortestPath).0,
        ["/a/one copy", "/b/two copy", "/b/deep/one"]
    );
    assert_eq!(
        left_by(Keep::LongestPath).0,
        ["/a/one", "/b/two", "/b/deep/one"]
    );
    let reference = Keep::InReference(path("a"));
    assert_eq!(left_by(reference), (vec!["/b/deep/one".to_owned()], 1));
    let order = Keep::FolderOrder(vec![path("none"), path("b"), path("a")]);
    assert_eq!(
        left_by(order),
        (
            vec!["/a/one".into(), "/a/one copy".into(), "/b/two copy".into()],
            0
        )
    );
    let mark = marks.get(&path("a"), "one").unwrap();
    assert_eq!(
        *mark.origin,
        Origin::Rule("duplicates: keep first in /none, /b, /a".into())
    );
    assert_eq!(duplicates.unmark(&mut marks), 3);
    assert_eq!(marks.totals().count, 0);
}

#[test]
fn a_group_of_which_the_rest_is_marked_already_is_skipped() {
    let duplicates = library();
    let mut marks = Marks::default();
    // By hand, by its folder, and by a job.
    marks.add(&path("a"), &file("one", Some(1), 1));
    let applied = duplicates.apply(&Keep::Newest, &mut marks);
    assert_eq!((applied.skipped, applied.marked), (1, 1));
    assert_eq!(marked(&marks), ["/a/one", "/b/two copy"]);
    let mut marks = Marks::default();
    marks.add(&path(""), &Entry::new("a", Kind::Directory));
    let applied = duplicates.apply(&Keep::Newest, &mut marks);
    assert_eq!((applied.skipped, applied.marked), (1, 1));
    let mut marks = Marks::default();
    marks.hand(&Target::new(path("b/two"), Kind::File, Some(10)), JobId(1));
    let applied = duplicates.apply(&Keep::ShortestPath, &mut marks);
    assert_eq!(applied.skipped, 1);
    assert!(marks.get(&path("b"), "two copy").is_none());
    marks.add(&path("b"), &file("two copy", Some(2), 1));
    assert_eq!(duplicates.lost(&marks), 1);
}

#[test]
fn what_may_not_be_deleted_or_has_no_time_is_left_alone() {
    let protected = Entry {
        can_delete: false,
        ..file("x", Some(1), 1)
    };
    let timeless = |name: &str| Entry {
        modified: None,
        ..file(name, Some(2), 1)
    };
    let duplicates = found(&[
        ("a", protected),
        ("b", file("x", Some(1), 2)),
        ("a", timeless("t")),
        ("b", timeless("t")),
    ]);
    let mut marks = Marks::default();
    let applied = duplicates.apply(&Keep::Newest, &mut marks);
    let wanted = Applied {
        marked: 0,
        bytes: 0,
        skipped: 1,
        protected: 1,
    };
    assert_eq!(applied, wanted);
}

#[test]
fn copies_that_have_left_leave_their_groups() {
    let mut duplicates = library();
    duplicates.remove(|directory, name| *directory == path("b") && name == "two");
    assert_eq!(duplicates.gain().groups, 1);
    duplicates.remove(|directory, _| *directory == path("b/deep"));
    assert_eq!(paths(&duplicates), [vec!["/a/one", "/a/one copy"]]);
}

#[test]
fn a_hundred_thousand_files_leave_one_copy_each() {
    let mut duplicates = Duplicates::default();
    for at in 0..100_000_u64 {
        let directory = path(&format!("folder {}", at % 500));
        let entry = file(&at.to_string(), Some(at % 40_000), 1);
        duplicates.take(&directory, (&entry).into());
    }
    duplicates.find();
    assert_eq!(duplicates.gain().files, 100_000);
    let mut marks = Marks::default();
    let applied = duplicates.apply(&Keep::Newest, &mut marks);
    assert_eq!((applied.marked, applied.skipped), (60_000, 0));
    assert_eq!(duplicates.lost(&marks), 0);
}
