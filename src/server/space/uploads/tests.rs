use std::path::Path;

use tempfile::TempDir;

use super::confirm::Confirmation;
use super::*;

fn open(root: &Path) -> Space {
    Space::open(root.to_owned(), true, Timestamp::now).unwrap()
}

fn begin(space: &Space, key: &str, way: Way) {
    let wish = Wish {
        path: "a".to_owned(),
        strategy: Strategy::Ask,
        content_cas: None,
        way,
        token: "token".to_owned(),
        begun: None,
        attributes: Attributes::default(),
    };
    let expires = space.now() + SignedDuration::from_hours(1);
    let upload = Upload::new(key.to_owned(), wish, expires);
    space.begin_upload(&upload).unwrap();
}

fn send(space: &Space, key: &str, number: u32, bytes: &[u8]) -> PartRow {
    let mut arrival = space.begin_arrival(key, number).unwrap();
    arrival.add(bytes).unwrap();
    arrival.keep().unwrap()
}

fn confirmation() -> Confirmation {
    Confirmation {
        strategy: Strategy::Ask,
        content_cas: None,
        crc64: None,
        attributes: Attributes::default(),
    }
}

fn leftovers(root: &Path) -> usize {
    std::fs::read_dir(root.join(".mediasweep/uploads"))
        .unwrap()
        .count()
}

/// Notes, as a confirmation does, that a file is about to be given its place.
fn begin_settling(space: &Space, key: &str, file: &str) {
    let mut upload = space.upload(key).unwrap();
    upload.settling = Some(file.to_owned());
    space.note_upload(&upload).unwrap();
}

#[test]
fn a_kill_before_the_file_has_its_place_leaves_the_upload_open() {
    let folder = TempDir::new().unwrap();
    let space = open(folder.path());
    begin(&space, "key", Way::Multipart("id".to_owned()));
    let first = send(&space, "key", 1, &vec![1; 1 << 20]);
    send(&space, "key", 2, b"two");
    begin_settling(&space, "key", &first.file);
    // The first part had already been made longer when the kill came.
    let path = folder.path().join(".mediasweep/uploads").join(&first.file);
    std::fs::write(path, vec![1; (1 << 20) + 2]).unwrap();
    drop(space);
    let space = open(folder.path());
    assert!(space.upload("key").unwrap().settling.is_none());
    let settled = space.confirm_upload("key", &confirmation()).unwrap();
    assert_eq!(settled.facts.size, (1 << 20) + 3);
    let mut expected = vec![1; 1 << 20];
    expected.extend(b"two");
    assert!(std::fs::read(folder.path().join("a")).unwrap() == expected);
    assert_eq!(leftovers(folder.path()), 0);
}

#[test]
fn a_kill_after_the_file_has_its_place_leaves_the_upload_confirmed() {
    for is_restarted in [true, false] {
        let folder = TempDir::new().unwrap();
        let mut space = open(folder.path());
        begin(&space, "key", Way::Multipart("id".to_owned()));
        let first = send(&space, "key", 1, &vec![1; 1 << 20]);
        send(&space, "key", 2, b"two");
        begin_settling(&space, "key", &first.file);
        let path = folder.path().join(".mediasweep/uploads").join(&first.file);
        std::fs::rename(path, folder.path().join("a")).unwrap();
        // Without a restart it is as if the ledger could not be written.
        if is_restarted {
            drop(space);
            space = open(folder.path());
        }
        let again = space.confirm_upload("key", &confirmation());
        assert!(matches!(again, Err(Problem::UploadComplete)), "{again:?}");
        assert_eq!(space.upload("key").unwrap().settled.as_deref(), Some(""));
        assert_eq!(leftovers(folder.path()), 0);
    }
}

#[test]
fn a_part_that_arrives_while_the_upload_is_confirmed_does_not_count() {
    let folder = TempDir::new().unwrap();
    let space = open(folder.path());
    begin(&space, "key", Way::Simple);
    send(&space, "key", 1, b"one");
    let mut late = space.begin_arrival("key", 1).unwrap();
    late.add(b"late").unwrap();
    let claim = space.claim("key").unwrap();
    assert!(matches!(late.keep(), Err(Problem::Busy)));
    assert!(matches!(space.cancel_upload("key"), Err(Problem::Busy)));
    drop(claim);
    let late = space.begin_arrival("key", 1).unwrap();
    let settled = space.confirm_upload("key", &confirmation()).unwrap();
    assert_eq!(settled.facts.size, 3);
    assert!(matches!(late.keep(), Err(Problem::UploadMissing)));
    assert_eq!(leftovers(folder.path()), 0);
}

#[test]
fn parts_that_somebody_took_away_are_missing() {
    let folder = TempDir::new().unwrap();
    let space = open(folder.path());
    begin(&space, "key", Way::Simple);
    let part = send(&space, "key", 1, b"one");
    std::fs::remove_file(folder.path().join(".mediasweep/uploads").join(part.file)).unwrap();
    let confirmed = space.confirm_upload("key", &confirmation());
    assert!(matches!(confirmed, Err(Problem::UploadIncomplete)));
}
