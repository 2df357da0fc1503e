//! Runs of tasks that go on after a kill.

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;

const RIGHTS: RelocationRights = RelocationRights {
    file: true,
    file_force: true,
    directory: true,
    across: true,
};

fn space(folder: &TempDir) -> Space {
    Space::open(folder.path().to_owned(), true, Timestamp::now).unwrap()
}

fn items(pairs: &[(&str, &str)]) -> Vec<Relocation> {
    let item = |(from, to): &(&str, &str)| Relocation {
        from: (*from).to_owned(),
        to: (*to).to_owned(),
        conflict_resolution_strategy: None,
        from_space_id: None,
    };
    pairs.iter().map(item).collect()
}

fn go_on(folder: &TempDir) -> (Vec<u16>, Vec<Option<Vec<String>>>) {
    let space = space(folder);
    let (id, chore) = space.open_chores().unwrap().pop().unwrap();
    let around = Surroundings::default();
    assert!(space.run_chore(id, &chore, &around).unwrap());
    let results = space.progress(id).unwrap().unwrap().results.unwrap();
    results
        .into_iter()
        .map(|result| (result.status, result.path))
        .unzip()
}

fn paths<const COUNT: usize>(names: [&str; COUNT]) -> [Option<Vec<String>>; COUNT] {
    names.map(|name| Some(vec![name.to_owned()]))
}

#[test]
fn a_move_that_a_kill_left_without_result_is_not_missing_its_source() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    for name in ["a", "b", "c", "c2"] {
        std::fs::write(root.join(name), name).unwrap();
    }
    let moves = items(&[("a", "a2"), ("c", "c2"), ("b", "b2"), ("b2", "b3")]);
    let id = {
        let space = space(&folder);
        let chore = Chore::Move(Relocating::new(moves.clone(), RIGHTS));
        let id = space.add_chore(&chore).unwrap();
        space
            .note_sources(id, 0, &moves[..3], &HashMap::new())
            .unwrap();
        id
    };
    std::fs::rename(root.join("a"), root.join("a2")).unwrap();
    std::fs::rename(root.join("c"), root.join("c2 (1)")).unwrap();
    let (statuses, paths) = go_on(&folder);
    assert_eq!(statuses, [200; 4]);
    assert_eq!(paths, self::paths(["a2", "c2 (1)", "b2", "b3"]));
    assert_eq!(std::fs::read_to_string(root.join("b3")).unwrap(), "b");
    assert_eq!(std::fs::read_to_string(root.join("c2")).unwrap(), "c2");
    let space = space(&folder);
    let noted = space.store().unwrap().ledger.relocations(id).unwrap();
    assert!(noted.is_empty());
}

#[test]
fn what_came_to_the_place_of_an_item_meanwhile_is_not_moved() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    std::fs::write(root.join("a"), "old").unwrap();
    {
        let space = space(&folder);
        let moves = items(&[("a", "a2"), ("b", "b2")]);
        let chore = Chore::Move(Relocating::new(moves, RIGHTS));
        space.add_chore(&chore).unwrap();
    }
    std::fs::remove_file(root.join("a")).unwrap();
    std::fs::write(root.join("a"), "newer").unwrap();
    std::fs::write(root.join("b"), "new").unwrap();
    assert_eq!(go_on(&folder).0, [409, 409]);
    assert!(root.join("a").exists() && root.join("b").exists());
}

#[test]
fn a_copy_that_is_in_its_place_is_not_made_twice() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("d")).unwrap();
    std::fs::write(root.join("d/x"), "x").unwrap();
    std::fs::write(root.join("a"), "a").unwrap();
    let copies = items(&[("a", "a2"), ("d", "e")]);
    {
        let space = space(&folder);
        let chore = Chore::Copy(Relocating::new(copies.clone(), RIGHTS));
        let id = space.add_chore(&chore).unwrap();
        let _working = space.work_on(id);
        let around = Surroundings::default();
        let mut note = |what| space.note(id, &[(0, what)]);
        space
            .relocate(Way::Copy, &copies[0], RIGHTS, &around, &mut note)
            .unwrap();
    }
    let (statuses, paths) = go_on(&folder);
    assert_eq!(statuses, [200, 204]);
    assert_eq!(paths, self::paths(["a2", "e"]));
    assert!(!root.join("a2 (1)").exists());
    assert!(root.join("e/x").exists());
}
