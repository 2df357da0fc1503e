use super::*;
use crate::domain::entry::Entry;
use crate::domain::failure::FailureKind;
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

#[test]
fn what_is_handed_to_a_job_cannot_be_unmarked_or_sent_again() {
    let mut marks = marked(&["a/x", "a/y"]);
    marks.hand(&path("a/x"), Kind::File, Some(10), JobId(1));
    marks.toggle(&path("a"), &file("x"));
    assert_eq!(marks.clear().totals().count, 1);
    assert_eq!(marks.totals().count, 0);
    assert_eq!(
        marks.get(&path("a"), "x").unwrap().fate,
        Fate::Handed(JobId(1))
    );
}

#[test]
fn many_marked_at_once_are_as_if_marked_one_by_one() {
    let entries = [file("y"), file("x"), Entry::new("sub", Kind::Directory)];
    let all = || entries.iter().map(EntryRef::from);
    let mut marks = Marks::default();
    marks.add_all(&path("a"), all());
    let names: Vec<&str> = marks.inside(&path("a")).map(|(name, _)| name).collect();
    assert_eq!(names, ["sub", "x", "y"]);
    marks.hand(&path("a/x"), Kind::File, Some(10), JobId(1));
    marks.add_all(&path("a"), all());
    marks.add_all(&path("b"), []);
    let totals = Totals {
        count: 2,
        directories: 1,
        bytes: 10,
    };
    assert_eq!(marks.totals(), totals);
    let places: Vec<Totals> = marks.places().map(|(_, totals)| totals).collect();
    assert_eq!(places, [totals]);
}

#[test]
fn what_failed_stays_marked_with_its_reason() {
    let mut marks = marked(&["a/x"]);
    let failure = Failure::new(FailureKind::Denied, "no right to delete");
    marks.hand(&path("a/x"), Kind::File, Some(10), JobId(1));
    marks.refuse(&path("a/x"), failure.clone());
    marks.add(&path("a"), &file("x"));
    assert_eq!(
        marks.get(&path("a"), "x").unwrap().fate,
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
    marks.hand_all(
        plan.items.iter().map(|item| (&item.path, item.kind)),
        JobId(1),
    );
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
