//! Each state that a kill in an overwrite can leave behind, opened again.

use std::fs;

use tempfile::TempDir;

use crate::server::ledger::{BinOrder, BinStart};
use crate::server::space::history::HistoryRule;

use super::*;

fn open(folder: &TempDir) -> Space {
    Space::open(folder.path().to_owned(), true, Timestamp::now).unwrap()
}

fn text(folder: &TempDir, path: &str) -> Option<String> {
    fs::read_to_string(folder.path().join(path)).ok()
}

fn rename(folder: &TempDir, from: &str, to: &str) {
    fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
}

/// A folder with the old file `a` and a new one, and what the first commit leaves in its ledger.
fn begun(keep: Keep, home: &Home) -> (TempDir, u64, String) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "old").unwrap();
    let space = open(&folder);
    let old = space.look(&Space::path("a").unwrap()).unwrap();
    let mut store = space.store().unwrap();
    let new = match home {
        Home::Path(path) => path.clone(),
        Home::Upload(name) | Home::Copy(name) => format!(".mediasweep/uploads/{name}"),
        Home::Elsewhere => "elsewhere".to_owned(),
        Home::Bin(id) => format!(".mediasweep/bin/{id}"),
        Home::History(id) => format!(".mediasweep/history/{id}"),
    };
    fs::write(folder.path().join(&new), "new").unwrap();
    let mut change = store.ledger.change().unwrap();
    let id = change.reserve(20).unwrap();
    change
        .intend_overwrite(&Overwrite {
            id,
            keep,
            path: "a".to_owned(),
            home: home.clone(),
            old: key(old.identity()),
        })
        .unwrap();
    change.commit().unwrap();
    (folder, id, new)
}

fn homes() -> [Home; 2] {
    [Home::Path("b".to_owned()), Home::Upload("k".to_owned())]
}

/// What is in the bin and how many versions `a` has.
fn kept(folder: &TempDir) -> (Vec<String>, usize) {
    let space = open(folder);
    assert!(
        space
            .store()
            .unwrap()
            .ledger
            .overwrites()
            .unwrap()
            .is_empty()
    );
    let bin = space
        .bin_page(BinOrder::Removal, false, &BinStart::Offset(0), 10)
        .unwrap();
    let paths = bin.rows.into_iter().map(|row| row.recycled.path).collect();
    let history = space.history(&Space::path("a").unwrap()).unwrap();
    (paths, history.versions.len())
}

#[test]
fn an_overwrite_that_was_not_begun_leaves_the_old_file() {
    for keep in [Keep::Bin, Keep::History, Keep::Doomed] {
        for home in homes() {
            let (folder, _, _) = begun(keep, &home);
            assert_eq!(kept(&folder), (vec![], 0));
            assert_eq!(text(&folder, "a").unwrap(), "old");
        }
    }
}

#[test]
fn two_files_that_changed_places_are_sorted_out() {
    for home in homes() {
        for (keep, expected, aside) in [
            (Keep::Bin, (vec!["a".to_owned()], 0), "bin"),
            (Keep::History, (vec![], 1), "history"),
        ] {
            for is_aside in [false, true] {
                let (folder, id, new) = begun(keep, &home);
                rename(&folder, "a", "swap");
                rename(&folder, &new, "a");
                rename(&folder, "swap", &new);
                if is_aside {
                    rename(&folder, &new, &format!(".mediasweep/{aside}/{id}"));
                }
                assert_eq!(kept(&folder), expected, "{keep:?} {home:?}");
                assert_eq!(text(&folder, "a").unwrap(), "new");
                assert_eq!(text(&folder, &new), None);
                let old = text(&folder, &format!(".mediasweep/{aside}/{id}"));
                assert_eq!(old.unwrap(), "old");
            }
        }
    }
}

#[test]
fn an_old_file_whose_successor_did_not_come_is_back() {
    for (keep, aside) in [(Keep::Bin, "bin"), (Keep::History, "history")] {
        let (folder, id, new) = begun(keep, &Home::Path("b".to_owned()));
        rename(&folder, "a", &format!(".mediasweep/{aside}/{id}"));
        assert_eq!(kept(&folder), (vec![], 0));
        assert_eq!(text(&folder, "a").unwrap(), "old");
        assert_eq!(text(&folder, &new).unwrap(), "new");
    }
}

#[test]
fn an_overwrite_shows_the_old_or_the_new_file_and_keeps_the_old_one() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "old").unwrap();
    fs::write(folder.path().join("b"), "new").unwrap();
    let space = open(&folder);
    space.follow_history_rule(HistoryRule {
        is_on: true,
        ..HistoryRule::default()
    });
    let root = space.open_directory(&RemotePath::root()).unwrap();
    let path = Space::path("a").unwrap();
    let home = Home::Path("b".to_owned());
    space
        .overwrite((&root, "b".as_ref()), home, (&root, &path))
        .unwrap();
    assert_eq!(text(&folder, "a").unwrap(), "new");
    assert_eq!(text(&folder, "b"), None);
    drop((root, space));
    assert_eq!(kept(&folder), (vec![], 1));
}

#[test]
fn old_content_that_no_ledger_knows_goes_to_the_bin_and_rows_without_content_go() {
    let (folder, _, _) = begun(Keep::Bin, &Home::Path("b".to_owned()));
    open(&folder);
    fs::write(folder.path().join(".mediasweep/history/77"), "lost").unwrap();
    assert_eq!(kept(&folder).0, ["recovered-77"]);
    let space = open(&folder);
    let facts = space.look(&Space::path("a").unwrap()).unwrap();
    let mut store = space.store().unwrap();
    let change = store.ledger.change().unwrap();
    change
        .add_version(&Version {
            id: 99,
            file: key(facts.identity()),
            number: 1,
            path: "a".to_owned(),
            size: 1,
            crc64: None,
            modified: facts.modified,
            latest: None,
            kept: facts.modified,
        })
        .unwrap();
    change.commit().unwrap();
    drop(store);
    drop(space);
    assert_eq!(kept(&folder).1, 0);
}
