use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn space(folder: &Path) -> Space {
    Space::open(folder.to_owned(), true, jiff::Timestamp::now).unwrap()
}

fn paths(space: &Space, mut walk: Walk) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(step) = walk.next(space).unwrap() {
        found.push(step.path.to_owned());
    }
    found
}

fn example() -> (TempDir, Space) {
    let folder = TempDir::new().unwrap();
    for path in [
        "a/b/1",
        "a/b/2",
        "a-b",
        "a/c",
        "b",
        ".mediasweep/x",
        "d/.mediasweep",
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
    let space = space(folder.path());
    (folder, space)
}

const ALL: [&str; 10] = [
    "a",
    "a/b",
    "a/b/1",
    "a/b/2",
    "a/c",
    "a-b",
    "b",
    "d",
    "d/.mediasweep",
    "link",
];

#[test]
fn directories_come_before_what_is_in_them_and_names_in_order() {
    let (_folder, space) = example();
    let walk = space.walk(&RemotePath::root(), Sequence::Names).unwrap();
    assert_eq!(paths(&space, walk), ALL);
    let below = Space::path("a").unwrap();
    let walk = space.walk(&below, Sequence::Names).unwrap();
    assert_eq!(paths(&space, walk), ALL[1..5]);
}

#[test]
fn a_walk_goes_on_behind_any_path() {
    let (_folder, space) = example();
    for (index, path) in ALL.iter().enumerate() {
        let mut walk = space.walk(&RemotePath::root(), Sequence::Names).unwrap();
        walk.seek(path).unwrap();
        assert_eq!(paths(&space, walk), ALL[index + 1..], "{path}");
    }
    for (path, rest) in [
        ("a/b/11", 3),
        ("a/bb", 4),
        ("a/c/x", 5),
        ("0", 0),
        ("z", 10),
    ] {
        let mut walk = space.walk(&RemotePath::root(), Sequence::Names).unwrap();
        walk.seek(path).unwrap();
        assert_eq!(paths(&space, walk), ALL[rest..], "{path}");
    }
    let mut walk = space
        .walk(&Space::path("a").unwrap(), Sequence::Names)
        .unwrap();
    walk.seek("a/b/1").unwrap();
    assert_eq!(paths(&space, walk), ["a/b/2", "a/c"]);
}

#[test]
fn each_directory_is_left_after_what_is_in_it() {
    let (_folder, space) = example();
    let mut walk = space.walk(&RemotePath::root(), Sequence::Names).unwrap();
    let mut left = Vec::new();
    while let Some(event) = walk.next_event(&space).unwrap() {
        if let Event::Left(step) = event {
            left.push((step.path.to_owned(), step.name.to_owned()));
        }
    }
    let expected = [("a/b", "b"), ("a", "a"), ("d", "d")];
    assert_eq!(
        left,
        expected.map(|(path, name)| (path.to_owned(), name.to_owned()))
    );
}

#[test]
fn a_tree_of_thousands_of_levels_is_walked_measured_and_removed() {
    const DEPTH: usize = 3000;
    let folder = TempDir::new().unwrap();
    let mut here = Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority()).unwrap();
    for _ in 0..DEPTH {
        here.create_dir("d").unwrap();
        here.write("f", "12").unwrap();
        here = here.open_dir("d").unwrap();
    }
    let space = space(folder.path());
    let totals = space.measure(&RemotePath::root()).unwrap();
    assert_eq!(totals.directories, DEPTH as u64);
    assert_eq!(totals.files, DEPTH as u64);
    assert_eq!(totals.bytes, 2 * DEPTH as u64);
    let mut walk = space.walk(&RemotePath::root(), Sequence::Names).unwrap();
    let mut count = 0;
    while walk.next(&space).unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 2 * DEPTH);
    drop(space.store().unwrap());
    let doomed = folder.path().join(".mediasweep/doomed");
    fs::rename(folder.path().join("d"), doomed.join("7")).unwrap();
    space.sweep();
    assert_eq!(fs::read_dir(&doomed).unwrap().count(), 0);
}

#[test]
fn a_directory_that_was_let_go_and_moved_is_not_mistaken_for_another() {
    let folder = TempDir::new().unwrap();
    let deep = vec!["d"; OPEN + 10].join("/");
    fs::create_dir_all(folder.path().join(&deep)).unwrap();
    fs::write(folder.path().join("d/d/z"), "x").unwrap();
    fs::write(folder.path().join("z"), "x").unwrap();
    let space = space(folder.path());
    let mut walk = space.walk(&RemotePath::root(), Sequence::Names).unwrap();
    for _ in 0..OPEN + 5 {
        walk.next(&space).unwrap().unwrap();
    }
    fs::rename(folder.path().join("d/d/d"), folder.path().join("elsewhere")).unwrap();
    fs::create_dir(folder.path().join("d/d/d")).unwrap();
    assert_eq!(paths(&space, walk).last().unwrap(), "z");
}
