//! A ledger for each state that a kill can leave behind, opened again.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;

use crate::domain::path::RemotePath;
use crate::protocol::batch::Delete;
use crate::server::ledger::{BinOrder, BinStart};
use crate::server::space::Space;
use crate::server::space::chores::Chore;
use crate::server::space::remove::Caller;
use crate::server::space::rename::{Strategy, into_free_name};
use crate::server::space::restore::Orphans;
use crate::server::space::work::Rights;

use crate::server::space::relocate::Surroundings;

use super::*;

fn open(folder: &Path) -> Space {
    Space::open(folder.to_owned(), true, Timestamp::now).unwrap()
}

fn delete(path: &str) -> Delete {
    Delete {
        path: path.to_owned(),
        permanent: false,
    }
}

fn recycle(space: &Space, path: &str) -> u64 {
    let caller = Caller::new(Rights::ALL);
    match space.remove(&[delete(path)], &caller).pop().unwrap() {
        Ok(Done::Recycled(id)) => id,
        other => panic!("{other:?}"),
    }
}

fn in_bin(space: &Space) -> Vec<(u64, String)> {
    space
        .bin_page(BinOrder::Removal, false, &BinStart::Offset(0), 100)
        .unwrap()
        .rows
        .into_iter()
        .map(|row| (row.id, row.recycled.path))
        .collect()
}

/// A folder with the file `a`, and what the first commit of a step leaves in its ledger.
fn begun(verb: Verb, origin: Option<(u64, u64)>) -> (TempDir, u64) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "a").unwrap();
    let space = open(folder.path());
    let facts = space.look(&Space::path("a").unwrap()).unwrap();
    let id = match verb {
        Verb::Restore | Verb::Purge => recycle(&space, "a"),
        Verb::Recycle | Verb::Doom | Verb::Empty => 0,
    };
    let mut store = space.store().unwrap();
    let mut change = store.ledger.change().unwrap();
    let id = if id == 0 {
        change.reserve(1).unwrap()
    } else {
        id
    };
    if verb == Verb::Recycle {
        let row = recycled("a".to_owned(), &facts, Timestamp::now(), None);
        change.add_to_bin([(id, &row)]).unwrap();
    }
    change.intend([&intent(id, verb, "a", origin)]).unwrap();
    change.commit().unwrap();
    drop(store);
    (folder, id)
}

fn rename(folder: &TempDir, from: &str, to: &str) {
    fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
}

fn is_settled(space: &Space) -> bool {
    space.store().unwrap().ledger.intents().unwrap().is_empty()
}

#[test]
fn a_recycling_that_was_not_done_leaves_the_file_in_its_place() {
    let (folder, _) = begun(Verb::Recycle, None);
    let space = open(folder.path());
    assert!(folder.path().join("a").exists());
    assert_eq!(in_bin(&space), []);
    assert!(is_settled(&space));
}

#[test]
fn a_recycling_that_was_done_leaves_the_file_in_the_bin_and_restorable() {
    let (folder, id) = begun(Verb::Recycle, None);
    rename(&folder, "a", &format!(".mediasweep/bin/{id}"));
    let space = open(folder.path());
    assert_eq!(in_bin(&space), [(id, "a".to_owned())]);
    assert!(is_settled(&space));
    let outcome = space
        .restore_many(&[id], Orphans::Fail, None)
        .pop()
        .unwrap();
    assert_eq!(outcome.unwrap(), Done::Restored("a".to_owned()));
    assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "a");
}

#[test]
fn a_final_deletion_is_done_or_not_begun() {
    let (folder, _) = begun(Verb::Doom, None);
    let space = open(folder.path());
    assert!(folder.path().join("a").exists());
    assert!(is_settled(&space));
    drop(space);

    let (folder, id) = begun(Verb::Doom, None);
    let doomed = format!(".mediasweep/doomed/{id}");
    rename(&folder, "a", &doomed);
    let space = open(folder.path());
    assert!(is_settled(&space));
    space.sweep();
    assert!(!folder.path().join(doomed).exists());
}

#[test]
fn a_restoring_that_was_not_done_leaves_the_item_in_the_bin() {
    let (folder, id) = begun(Verb::Restore, None);
    let space = open(folder.path());
    assert_eq!(in_bin(&space), [(id, "a".to_owned())]);
    assert!(is_settled(&space));
}

#[test]
fn a_restoring_that_was_done_is_not_listed_any_more() {
    let (folder, id) = begun(Verb::Restore, None);
    rename(&folder, &format!(".mediasweep/bin/{id}"), "a");
    let space = open(folder.path());
    assert_eq!(in_bin(&space), []);
    assert!(folder.path().join("a").exists());
}

#[test]
fn a_purge_is_done_or_not_begun() {
    let (folder, id) = begun(Verb::Purge, None);
    let space = open(folder.path());
    assert_eq!(in_bin(&space), [(id, "a".to_owned())]);
    drop(space);

    let (folder, id) = begun(Verb::Purge, None);
    rename(
        &folder,
        &format!(".mediasweep/bin/{id}"),
        &format!(".mediasweep/doomed/{id}"),
    );
    let space = open(folder.path());
    assert_eq!(in_bin(&space), []);
    assert!(is_settled(&space));
}

#[test]
fn an_emptying_is_done_or_not_begun() {
    for is_done in [false, true] {
        let (folder, id) = begun(Verb::Empty, None);
        let kept = {
            let space = Space::open(folder.path().to_owned(), true, Timestamp::now);
            // The open intent is settled as not begun here; then it is begun again by hand.
            let space = space.unwrap();
            let kept = recycle(&space, "a");
            let mut store = space.store().unwrap();
            let change = store.ledger.change().unwrap();
            change.intend([&intent(id, Verb::Empty, "", None)]).unwrap();
            change.commit().unwrap();
            kept
        };
        if is_done {
            rename(
                &folder,
                ".mediasweep/bin",
                &format!(".mediasweep/doomed/{id}"),
            );
        }
        let space = open(folder.path());
        let expected = if is_done {
            vec![]
        } else {
            vec![(kept, "a".to_owned())]
        };
        assert_eq!(in_bin(&space), expected);
        fs::write(folder.path().join("b"), "b").unwrap();
        recycle(&space, "b");
    }
}

#[test]
fn a_task_goes_on_behind_what_was_done_before_the_kill() {
    for is_done in [false, true] {
        let folder = TempDir::new().unwrap();
        let items = ["a", "b", "c", "d"];
        for name in items {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let space = open(folder.path());
        let chore = Chore::delete(items.map(delete).to_vec(), Rights::ALL, "");
        let task = space.add_chore(&chore).unwrap();
        // Killed with the step of the second and the third item open.
        let rows = ["b", "c"].map(|name| {
            let facts = space.look(&Space::path(name).unwrap()).unwrap();
            recycled(name.to_owned(), &facts, Timestamp::now(), None)
        });
        let id = {
            let mut store = space.store().unwrap();
            let mut change = store.ledger.change().unwrap();
            let id = change.reserve(2).unwrap();
            change.add_to_bin((id..).zip(&rows)).unwrap();
            change
                .intend_recycling(id..id + 2, Some((task, 1)))
                .unwrap();
            change.commit().unwrap();
            id
        };
        drop(space);
        if is_done {
            rename(&folder, "b", &format!(".mediasweep/bin/{id}"));
            // A new file of the same name is not the task's business any more.
            fs::write(folder.path().join("b"), "new").unwrap();
        }

        let space = open(folder.path());
        for (id, chore) in space.open_chores().unwrap() {
            assert!(
                space
                    .run_chore(id, &chore, &Surroundings::default())
                    .unwrap()
            );
        }
        let progress = space.progress(task).unwrap().unwrap();
        assert_eq!(progress.status, 200);
        let results = progress.results.unwrap();
        let names: Vec<_> = results
            .iter()
            .map(|result| result.path.clone().unwrap().join("/"))
            .collect();
        assert_eq!(names, items);
        assert_eq!(results[1].recycled_item_id == Some(id.into()), is_done);
        assert_eq!(folder.path().join("b").exists(), is_done);
        assert!(!folder.path().join("c").exists());
        assert_eq!(in_bin(&space).len(), 4);
    }
}

#[test]
fn a_bin_whose_ledger_was_thrown_away_is_listed_again() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "a").unwrap();
    let id = recycle(&open(folder.path()), "a");
    for name in ["ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"] {
        let _ = fs::remove_file(folder.path().join(".mediasweep").join(name));
    }
    fs::write(folder.path().join("b"), "b").unwrap();
    let space = open(folder.path());
    let second = recycle(&space, "b");
    assert_eq!(
        in_bin(&space),
        [(id, format!("recovered-{id}")), (second, "b".to_owned())]
    );
}

#[test]
fn a_second_program_may_look_and_not_change() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "a").unwrap();
    fs::write(folder.path().join("b"), "b").unwrap();
    let first = open(folder.path());
    recycle(&first, "a");
    let second = open(folder.path());
    let caller = Caller::new(Rights::ALL);
    let outcome = second.remove(&[delete("b")], &caller).pop().unwrap();
    assert!(matches!(outcome, Err(Problem::Held)), "{outcome:?}");
    assert!(second.look(&Space::path("b").unwrap()).is_ok());
    assert!(folder.path().join("b").exists());
}

#[test]
fn what_lies_in_the_bin_and_is_not_listed_is_listed_at_the_next_opening() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "a").unwrap();
    let id = recycle(&open(folder.path()), "a");
    fs::write(folder.path().join(".mediasweep/bin/77"), "lost").unwrap();
    let space = open(folder.path());
    let expected = [(id, "a".to_owned()), (77, "recovered-77".to_owned())];
    assert_eq!(in_bin(&space), expected);
    fs::write(folder.path().join("b"), "b").unwrap();
    assert!(recycle(&space, "b") > 77);
    drop(space);
    assert_eq!(in_bin(&open(folder.path())).len(), 3);
}

#[test]
fn our_own_folder_is_made_anew_after_somebody_deleted_it() {
    for lost in [".mediasweep", ".mediasweep/bin"] {
        let folder = TempDir::new().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let space = open(folder.path());
        let first = recycle(&space, "a");
        fs::remove_dir_all(folder.path().join(lost)).unwrap();
        let second = recycle(&space, "b");
        assert!(second > first, "no number is given twice");
        assert!(!folder.path().join("b").exists());
        let kept = folder.path().join(format!(".mediasweep/bin/{second}"));
        assert_eq!(fs::read_to_string(kept).unwrap(), "b");
        assert!(in_bin(&space).contains(&(second, "b".to_owned())));
    }
}

#[test]
fn a_thing_whose_new_folder_vanished_is_not_missing_itself() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "a").unwrap();
    fs::create_dir(folder.path().join("to")).unwrap();
    let space = open(folder.path());
    let root = space.open_directory(&RemotePath::root()).unwrap();
    let to = space.open_directory(&Space::path("to").unwrap()).unwrap();
    fs::remove_dir(folder.path().join("to")).unwrap();
    let moved = |name: &str| {
        into_free_name(
            (&root, name.as_ref()),
            (&to, name),
            Kind::File,
            Strategy::Ask,
        )
    };
    assert!(matches!(moved("a"), Err(Problem::DirectoryMissing)));
    assert!(matches!(moved("gone"), Err(Problem::PathMissing)));
}

#[test]
fn a_later_run_deletes_only_what_the_task_was_told_of_and_as_it_was_told() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["same", "changed", "replaced", "gone"] {
        fs::write(at(name), name).unwrap();
    }
    fs::create_dir(at("tree")).unwrap();
    let space = open(folder.path());
    let names = ["same", "changed", "replaced", "gone", "new", "tree"];
    let chore = Chore::delete(names.map(delete).to_vec(), Rights::ALL, "");
    let task = space.add_chore(&chore).unwrap();
    drop(space);
    fs::write(at("changed"), "longer than before").unwrap();
    fs::write(at("other"), "other").unwrap();
    rename(&folder, "other", "replaced");
    fs::remove_file(at("gone")).unwrap();
    fs::write(at("new"), "new").unwrap();
    fs::write(at("tree/more"), "more").unwrap();

    // With the bin off meanwhile.
    let space = Space::open(folder.path().to_owned(), false, Timestamp::now).unwrap();
    for (id, chore) in space.open_chores().unwrap() {
        assert!(
            space
                .run_chore(id, &chore, &Surroundings::default())
                .unwrap()
        );
    }
    let results = space.progress(task).unwrap().unwrap().results.unwrap();
    let statuses: Vec<_> = results.iter().map(|result| result.status).collect();
    assert_eq!(statuses, [200, 409, 409, 404, 409, 200]);
    drop(space);
    let kept: Vec<_> = in_bin(&open(folder.path()))
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    assert_eq!(kept, ["same", "tree"]);
    assert!(at("changed").exists() && at("replaced").exists() && at("new").exists());
}
