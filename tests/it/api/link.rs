//! Symbolic links that the service makes (part B 3.7).

use serde_json::{Value, json};

use super::upload::{begin, confirm, send};
use crate::service::{Answer, Service};

async fn link(service: &Service, at: &str, target: &str) -> Answer {
    let path = format!("file/local/-/{at}?conflict_resolution_strategy=ask");
    service.put(&path, json!({ "linkTo": target })).await
}

async fn made(service: &Service, at: &str, target: &str) {
    let answer = link(service, at, target).await;
    assert_eq!(answer.status, 200, "{at} {answer:?}");
}

/// What a link shows: the bytes, or the code that says why not.
async fn shown(service: &Service, at: &str) -> String {
    let answer = service.get(&format!("file/local/-/{at}")).await;
    if answer.status != 302 {
        return answer.code().1;
    }
    let bytes = service.http().get(answer.header("location")).send().await;
    bytes.unwrap().text().await.unwrap()
}

fn ok(answer: &Answer) {
    assert!((200..300).contains(&answer.status), "{answer:?}");
}

/// Asks until the background has done what is expected.
async fn until_gone(service: &Service, at: &str) {
    while service.has(at) {
        tokio::task::yield_now().await;
    }
}

async fn restore(service: &Service, name: &str) -> Answer {
    let id = service.bin_id(name).await;
    let path = format!("recycled/local/-/{id}?restore&conflict_resolution_strategy=rename");
    service.post(&path, json!({})).await
}

#[tokio::test]
async fn a_link_shows_the_content_of_its_target() {
    let service = Service::start().await;
    service.write("d/a.txt", "hello");
    std::fs::create_dir(service.at("l")).unwrap();
    let answer = service
        .put("file/local/-/l/b.txt", json!({ "linkTo": "d/a.txt" }))
        .await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "path": ["l", "b.txt"] }))
    );
    let on_disk = std::fs::read_link(service.at("l/b.txt")).unwrap();
    assert_eq!(on_disk.to_str(), Some("../d/a.txt"));
    assert_eq!(shown(&service, "l/b.txt").await, "hello");
    let inode = service
        .get("directory/local/-/d/a.txt?info&with_inode=1")
        .await
        .json();
    let details = service.get("directory/local/-/l/b.txt?info").await.json();
    assert_eq!(
        (&details["type"], &details["linkTo"]),
        (&json!("symlink"), &inode["inode"])
    );
    let file = service.get("file/local/-/l/b.txt?info").await.json();
    assert_eq!(
        (&file["type"], &file["size"], &file["linkTo"][0]),
        (&json!("symlink"), &json!("5"), &inode["inode"])
    );
    let head = service.head("file/local/-/l/b.txt").await;
    assert_eq!(
        (head.header("x-smh-type"), head.header("x-smh-size")),
        ("symlink", "5")
    );
    let listed = service.get("directory/local/-/l").await.json();
    assert_eq!(listed["contents"][0]["type"], "symlink");
}

#[tokio::test]
async fn a_link_that_cannot_be_made_says_why() {
    let mut service = Service::start().await;
    service.write("a", "a");
    service.write("d/x", "x");
    std::os::unix::fs::symlink("a", service.at("foreign")).unwrap();
    service.put("file/local/-/v?virtual_file", json!({})).await;
    for (at, target, expected) in [
        ("b", "d", (400, "SymlinkToDirectoryNotAllowed")),
        ("b", "gone", (404, "SourceFileNotFound")),
        ("b", "v", (400, "InvalidSourceFile")),
        ("b", "foreign", (404, "SourceFileNotFound")),
        ("a", "d/x", (409, "SameNameDirectoryOrFileExists")),
        ("no/b", "a", (404, "DirectoryNotFound")),
    ] {
        let answer = link(&service, at, target).await;
        assert_eq!(
            answer.code(),
            (expected.0, expected.1.to_owned()),
            "{target}"
        );
    }
    let force = |at: &str| format!("file/local/-/{at}?force=1");
    let answer = service.put(&force("a"), json!({ "linkTo": "a" })).await;
    assert_eq!(answer.code(), (409, "CircleSymlink".into()));
    made(&service, "l1", "a").await;
    let answer = service.put(&force("a"), json!({ "linkTo": "l1" })).await;
    assert_eq!(answer.code(), (409, "CircleSymlink".into()));
    let overwrite = "file/local/-/a?conflict_resolution_strategy=overwrite";
    let answer = service.put(overwrite, json!({ "from": "l1" })).await;
    assert_eq!(answer.code(), (400, "SymlinkOverwriteConflict".into()));
    for number in 2..=5 {
        made(&service, &format!("l{number}"), &format!("l{}", number - 1)).await;
    }
    assert_eq!(
        link(&service, "l6", "l5").await.code(),
        (400, "SymlinkDepthLimitExceeded".into())
    );
    assert_eq!(shown(&service, "l5").await, "a");
    assert_eq!(shown(&service, "foreign").await, "FileNotFound");
    for (grant, at, status) in [
        ("create_symlink", "m1", 200),
        ("upload_file", "m2", 200),
        ("move_file", "m3", 403),
    ] {
        service.token = service.new_token(grant).await;
        assert_eq!(link(&service, at, "a").await.status, status, "{grant}");
        assert_eq!(
            service
                .put(&force("m"), json!({ "linkTo": "a" }))
                .await
                .status,
            403
        );
    }
}

#[tokio::test]
async fn a_link_lives_on_when_its_target_moves_or_is_replaced() {
    for bin in [true, false] {
        let service = Service::start_with(|config| config.bin = bin).await;
        service.write("a", "one");
        service.write("new", "two");
        made(&service, "l", "a").await;
        ok(&service.put("directory/local/-/d", Value::Null).await);
        ok(&service
            .put("file/local/-/d/a", json!({ "from": "a" }))
            .await);
        assert_eq!(shown(&service, "l").await, "one");
        ok(&service
            .put("directory/local/-/e", json!({ "from": "d" }))
            .await);
        assert_eq!(shown(&service, "l").await, "one");
        std::fs::rename(service.at("e/a"), service.at("e/z")).unwrap();
        assert_eq!(shown(&service, "l").await, "one");
        let overwrite = "file/local/-/e/z?conflict_resolution_strategy=overwrite";
        ok(&service.put(overwrite, json!({ "copyFrom": "new" })).await);
        assert_eq!(shown(&service, "l").await, "two");
        service.write("new", "three");
        ok(&service.put(overwrite, json!({ "from": "new" })).await);
        assert_eq!(shown(&service, "l").await, "three");
        let folder = service.stop().await;
        let service = Service::over(folder, |config| config.bin = bin).await;
        assert_eq!(shown(&service, "l").await, "three");
        assert!(service.has("l"));
    }
}

#[tokio::test]
async fn what_is_done_to_a_link_is_not_done_to_its_target() {
    let service = Service::start().await;
    service.write("a", "a");
    made(&service, "l", "a").await;
    ok(&service
        .put("file/local/-/copy", json!({ "copyFrom": "l" }))
        .await);
    ok(&service
        .put("file/local/-/moved", json!({ "from": "l" }))
        .await);
    for name in ["copy", "moved"] {
        assert!(service.at(name).is_symlink());
        assert_eq!(shown(&service, name).await, "a");
        ok(&service.delete(&format!("file/local/-/{name}")).await);
    }
    assert!(service.has("a"));
    ok(&restore(&service, "moved").await);
    assert_eq!(shown(&service, "moved").await, "a");
}

#[tokio::test]
async fn a_target_that_is_deleted_for_good_takes_its_links_along() {
    let service = Service::start().await;
    for name in ["a", "b", "d/c"] {
        service.write(name, name);
    }
    made(&service, "la", "a").await;
    made(&service, "lla", "la").await;
    made(&service, "lb", "b").await;
    made(&service, "lc", "d/c").await;
    ok(&service.delete("file/local/-/a?permanent=1").await);
    until_gone(&service, "la").await;
    assert_eq!(shown(&service, "lla").await, "RootLinkFileNotFound");
    // By way of the bin.
    ok(&service.delete("file/local/-/b").await);
    assert!(!service.has("lb"));
    ok(&service.delete("recycled/local/-").await);
    ok(&service.delete("directory/local/-/d").await);
    assert!(service.has("lc"));
    assert_eq!(shown(&service, "lc").await, "RootLinkFileNotFound");
    ok(&restore(&service, "d").await);
    assert_eq!(shown(&service, "lc").await, "d/c");
    ok(&service.delete("directory/local/-/d?permanent=1").await);
    until_gone(&service, "lc").await;
}

#[tokio::test]
async fn links_go_with_their_target_to_the_bin_and_come_back_with_it() {
    let service = Service::start().await;
    service.write("a", "a");
    service.write("d/x", "x");
    made(&service, "d/l", "a").await;
    let said = json!({ "labels": ["red"] });
    ok(&service.post("directory/local/-/d/l?update", said).await);
    ok(&service.delete("file/local/-/a").await);
    assert!(!service.has("d/l"));
    let folder = service.stop().await;
    let service = Service::over(folder, |_| {}).await;
    // Something else has its name by now.
    service.write("d/l", "l");
    ok(&restore(&service, "a").await);
    assert_eq!(shown(&service, "d/l (1)").await, "a");
    let details = service.get("directory/local/-/d/l%20(1)?info").await.json();
    assert_eq!(details["labels"], json!(["red"]));
}

#[tokio::test]
async fn a_link_without_a_target_stays_in_the_bin() {
    let service = Service::start().await;
    service.write("a", "a");
    made(&service, "l", "a").await;
    ok(&service.delete("file/local/-/l").await);
    ok(&service.delete("file/local/-/a?permanent=1").await);
    assert_eq!(
        restore(&service, "l").await.code(),
        (404, "SourceFileNotFound".into())
    );
    service.bin_id("l").await;
}

#[tokio::test]
async fn what_a_kill_left_to_do_to_a_link_is_done_at_the_next_start() {
    let service = Service::start().await;
    service.write("a", "x");
    made(&service, "l", "a").await;
    let folder = service.stop().await;
    let path = folder.path().join(".mediasweep/ledger.sqlite3");
    let ledger = rusqlite::Connection::open(path).unwrap();
    // Its target is being deleted for good.
    ledger.execute("UPDATE link SET state = 1", []).unwrap();
    drop(ledger);
    let service = Service::over(folder, |_| {}).await;
    until_gone(&service, "l").await;
}

#[tokio::test]
async fn a_link_shows_an_old_version_that_was_made_the_latest() {
    let service = Service::start().await;
    let rule = json!({ "enableFileHistory": true });
    let settings = "directory-history/local/library-history";
    ok(&service.post(settings, rule).await);
    let over = "a?conflict_resolution_strategy=overwrite";
    for content in ["one", "two"] {
        let start = begin(&service, over, json!({})).await;
        ok(&send(&service, &start, "", content.into()).await);
        ok(&confirm(&service, &start, "", json!({})).await);
        if content == "one" {
            made(&service, "l", "a").await;
        }
        assert_eq!(shown(&service, "l").await, content);
    }
    let versions = service
        .get("directory-history/local/-/history-list/a")
        .await;
    let old = &versions.json()["contents"][1]["id"];
    let latest = format!("directory-history/local/-/latest-version/{old}");
    ok(&service.post(&latest, json!({})).await);
    assert_eq!(shown(&service, "l").await, "one");
}

#[tokio::test]
async fn a_link_to_a_link_shows_what_came_back_with_that() {
    let service = Service::start().await;
    service.write("a", "a");
    made(&service, "l", "a").await;
    made(&service, "ll", "l").await;
    ok(&service.delete("file/local/-/a").await);
    assert!(!service.has("l"));
    assert_eq!(shown(&service, "ll").await, "RootLinkFileNotFound");
    ok(&restore(&service, "a").await);
    assert_eq!(shown(&service, "ll").await, "a");
    // Also where the link has come back beside something else.
    ok(&service.delete("file/local/-/a").await);
    service.write("l", "other");
    ok(&restore(&service, "a").await);
    assert_eq!(shown(&service, "l%20(1)").await, "a");
    assert_eq!(shown(&service, "ll").await, "a");
    ok(&service.delete("file/local/-/a?permanent=1").await);
    until_gone(&service, "l (1)").await;
    assert_eq!(shown(&service, "ll").await, "RootLinkFileNotFound");
}
