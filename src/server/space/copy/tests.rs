use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt};

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::server::space::attributes::Attributes;
use crate::server::space::cas::Conditions;

fn path(text: &str) -> RemotePath {
    Space::path(text).unwrap()
}

fn open(folder: &TempDir) -> Space {
    Space::open(folder.path().to_owned(), true, Timestamp::now).unwrap()
}

fn asides(folder: &TempDir) -> usize {
    fs::read_dir(folder.path().join(OWN).join("uploads"))
        .unwrap()
        .count()
}

#[test]
fn a_copy_keeps_holes_and_takes_along_what_was_said() {
    let folder = TempDir::new().unwrap();
    let file = File::create(folder.path().join("a")).unwrap();
    file.write_all_at(b"end", 64 << 20).unwrap();
    let space = open(&folder);
    let said = Attributes {
        labels: vec!["red".to_owned()],
        ..Attributes::default()
    };
    let facts = space.look(&path("a")).unwrap();
    space.set_attributes(&facts, &said).unwrap();
    let none = Conditions::default();
    let (to, is_other) = space
        .copy_file(&space, &path("a"), &path("b"), Strategy::Ask, none)
        .unwrap();
    assert_eq!((to, is_other), (path("b"), false));
    let copy = fs::metadata(folder.path().join("b")).unwrap();
    assert_eq!(copy.len(), (64 << 20) + 3);
    assert!(copy.blocks() * 512 < 1 << 20, "the hole was filled");
    let facts = space.look(&path("b")).unwrap();
    assert_eq!(space.attributes(&facts).unwrap(), said);
    assert_eq!(asides(&folder), 0);
}

#[test]
fn a_tree_is_copied_with_its_links_even_into_another_space() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let root = folder.path();
    fs::create_dir_all(root.join("d/e")).unwrap();
    fs::write(root.join("d/e/f"), "f").unwrap();
    std::os::unix::fs::symlink("e/f", root.join("d/l")).unwrap();
    let (space, target) = (open(&folder), open(&other));
    let copy_tree = |target: &Space, to: &str| {
        let aside = target.copy_tree_aside(&space, &path("d")).unwrap();
        aside.settle(&path(to), Strategy::Ask, None).unwrap();
    };
    copy_tree(&target, "d");
    let copy = other.path().join("d");
    assert_eq!(fs::read_to_string(copy.join("e/f")).unwrap(), "f");
    assert_eq!(fs::read_link(copy.join("l")).unwrap().to_str(), Some("e/f"));
    // Into itself there is an end to it.
    copy_tree(&space, "d/e/d");
    assert!(root.join("d/e/d/e/f").exists());
    assert!(!root.join("d/e/d/e/d").exists());
}

#[test]
fn a_copy_that_is_not_settled_goes_at_once_or_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    fs::write(folder.path().join("d/f"), "f").unwrap();
    let space = open(&folder);
    drop(space.copy_tree_aside(&space, &path("d")).unwrap());
    assert_eq!(asides(&folder), 0);
    std::mem::forget(space.copy_tree_aside(&space, &path("d")).unwrap());
    assert_eq!(asides(&folder), 1);
    space.rest();
    drop(space);
    let space = open(&folder);
    space.sweep();
    assert_eq!(asides(&folder), 0);
    let doomed = folder.path().join(OWN).join("doomed");
    assert_eq!(fs::read_dir(doomed).unwrap().count(), 0);
}

#[test]
fn a_tree_of_thousands_of_levels_is_copied_with_what_was_said_below() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut here = Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority()).unwrap();
    for _ in 0..3000 {
        here.create_dir("d").unwrap();
        here = here.open_dir("d").unwrap();
    }
    here.write("f", "12").unwrap();
    let (space, target) = (open(&folder), open(&other));
    let said = Attributes {
        labels: vec!["red".to_owned()],
        ..Attributes::default()
    };
    let lowest = Facts::of(&here, "f".as_ref()).unwrap();
    space.set_attributes(&lowest, &said).unwrap();
    let aside = target.copy_tree_aside(&space, &path("d")).unwrap();
    aside.settle(&path("d"), Strategy::Ask, None).unwrap();
    let before = space.measure(&path("d")).unwrap();
    assert_eq!(target.measure(&path("d")).unwrap(), before);
    assert!(target.says_anything().unwrap());
    // What cleans up after a test may not be up to such a tree.
    for space in [&space, &target] {
        space.remove_tree(&space.root, b"d").unwrap();
    }
}
