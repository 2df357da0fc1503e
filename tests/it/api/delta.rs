//! The change log: cursors, and what happened since (part B section 9).

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::upload::{begin, confirm, send};
use crate::service::Service;

async fn cursor(service: &Service) -> String {
    let answer = service.get("fs-delta/local/-/cursor").await.json();
    answer["cursor"].as_str().unwrap().to_owned()
}

async fn delta(service: &Service, cursor: &str, query: &str) -> Value {
    service
        .get(&format!("fs-delta/local/-/delta?cursor={cursor}{query}"))
        .await
        .json()
}

fn words(delta: &Value) -> Vec<(&str, &str)> {
    let events = delta["contents"].as_array().unwrap().iter();
    events
        .map(|event| {
            let word = |name: &str| event[name].as_str().unwrap();
            (word("eventType"), word("name"))
        })
        .collect()
}

#[tokio::test]
async fn everything_that_is_done_is_told_in_order() {
    let service = Service::start().await;
    service.write("a.txt", "a");
    service.write("b.txt", "b");
    service.write("c.txt", "c");
    let start = cursor(&service).await;
    assert_eq!(words(&delta(&service, &start, "").await), []);
    service.put("directory/local/-/x/y", json!({})).await;
    service
        .put("file/local/-/x/a.txt", json!({ "from": "a.txt" }))
        .await;
    let over = "?conflict_resolution_strategy=overwrite";
    service
        .put(
            &format!("file/local/-/c.txt{over}"),
            json!({ "from": "b.txt" }),
        )
        .await;
    service
        .put("directory/local/-/z", json!({ "from": "x" }))
        .await;
    service.delete("file/local/-/c.txt").await;
    service.delete("file/local/-/z/a.txt?permanent=1").await;
    let page = service.get("recycled/local/-").await.json();
    let id = |index: usize| page["contents"][index]["recycledItemId"].clone();
    service
        .post(&format!("recycled/local/-/{}?restore", id(0)), json!({}))
        .await;
    service.delete(&format!("recycled/local/-/{}", id(1))).await;
    let told = delta(&service, &start, "").await;
    assert_eq!(
        words(&told),
        [
            ("FILE.CREATE", "x"),
            ("FILE.CREATE", "y"),
            ("FILE.MOVE", "a.txt"),
            ("FILE.TRASH", "c.txt"),
            ("FILE.MOVE_OVERWRITE", "c.txt"),
            ("FILE.MOVE", "z"),
            ("FILE.TRASH", "c.txt"),
            ("FILE.DELETE", "a.txt"),
            ("FILE.RESTORE", "c.txt"),
            ("RECYCLE.DELETE", "c.txt"),
        ]
    );
    let events = told["contents"].as_array().unwrap();
    assert_eq!(events[1]["parentInode"], events[0]["inode"]);
    let moved = &events[2];
    assert_eq!(moved["extraInfo"]["toParentInode"], moved["parentInode"]);
    assert_eq!(
        (&moved["size"], &moved["fileType"]),
        (&json!("1"), &json!("text"))
    );
    assert_eq!(events[4]["extraInfo"]["owInode"], events[3]["inode"]);
    assert_eq!(events[3]["location"], 1);
    assert_eq!(told["hasMore"], false);
    let listed = service
        .get("directory/local/-/z?info&with_inode=1")
        .await
        .json();
    assert_eq!(listed["inode"], events[5]["inode"]);

    // Page by page it is the same.
    let (mut count, mut at) = (0, start);
    loop {
        let page = delta(&service, &at, "&limit=3").await;
        count += page["contents"].as_array().unwrap().len();
        at = page["cursor"].as_str().unwrap().to_owned();
        if page["hasMore"] == false {
            break;
        }
    }
    assert_eq!(count, events.len());
    assert_eq!(words(&delta(&service, &at, "").await), []);
}

#[tokio::test]
async fn events_say_whose_file_it_is_and_which_version() {
    let service = Service::start().await;
    let rule = json!({ "enableFileHistory": true });
    service
        .post("directory-history/local/library-history", rule)
        .await;
    let start = cursor(&service).await;
    let said = json!({ "category": "raw", "localCreationTime": "2020-01-02T03:04:05.678Z" });
    for content in ["1", "22"] {
        let begun = begin(
            &service,
            "a.txt?conflict_resolution_strategy=overwrite",
            said.clone(),
        );
        let begun = begun.await;
        send(&service, &begun, "", content.into()).await;
        assert_eq!(confirm(&service, &begun, "", json!({})).await.status, 200);
    }
    let update = json!({ "contentType": "text/x-mine" });
    service.post("directory/local/-/a.txt?update", update).await;
    let told = delta(&service, &start, "").await;
    assert_eq!(
        words(&told),
        [
            ("FILE.CREATE", "a.txt"),
            ("HISTORY.CREATE", "a.txt"),
            ("FILE.CREATE_OVERWRITE", "a.txt"),
            ("FILE.MODIFY", "a.txt"),
        ]
    );
    let [created, kept, overwritten, modified] = [0, 1, 2, 3].map(|at| &told["contents"][at]);
    for event in [created, overwritten, modified] {
        assert_eq!(event["userId"], "u1");
        assert_eq!(event["category"], "raw");
        assert_eq!(event["localCreationTime"], "2020-01-02T03:04:05.678Z");
        assert_eq!(event["creationTime"], created["creationTime"], "it stays");
    }
    assert_eq!(created["contentType"], "text/plain");
    assert_eq!(modified["contentType"], "text/x-mine");
    assert_eq!(kept["extraInfo"]["versionId"], 1);
    assert_eq!(overwritten["versionId"], 2);
    assert_eq!(overwritten["extraInfo"]["owContentType"], "text/plain");
    assert_eq!(overwritten["extraInfo"]["owSize"], "1");
    assert_eq!(modified["extraInfo"]["oldSize"], "2");
}

#[tokio::test]
async fn nothing_is_written_before_somebody_asks() {
    let service = Service::start().await;
    service.write("a", "a");
    service.delete("file/local/-/a").await;
    let ledger = rusqlite::Connection::open(service.at(".mediasweep/ledger.sqlite3")).unwrap();
    let count: i64 = ledger
        .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn a_cursor_outlives_a_good_end_and_not_a_bad_one() {
    let service = Service::start().await;
    let start = cursor(&service).await;
    service.put("directory/local/-/d", json!({})).await;
    let service = Service::over(service.stop().await, |_| {}).await;
    assert_eq!(
        words(&delta(&service, &start, "").await),
        [("FILE.CREATE", "d")]
    );
    service.put("directory/local/-/e", json!({})).await;
    let told = delta(&service, &start, "").await;
    assert_eq!(words(&told).len(), 2);
    // As a kill leaves it.
    let copy = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(copy.path().join(".mediasweep")).unwrap();
    for name in ["ledger.sqlite3", "ledger.sqlite3-wal"] {
        let name = format!(".mediasweep/{name}");
        std::fs::copy(service.at(&name), copy.path().join(&name)).unwrap();
    }
    let second = Service::over(copy, |_| {}).await;
    let answer = second
        .get(&format!("fs-delta/local/-/delta?cursor={start}"))
        .await;
    assert_eq!(answer.code(), (400, "CursorExpired".into()));
    let next = cursor(&second).await;
    assert_eq!(words(&delta(&second, &next, "").await), []);
}

static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);

fn now() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap()
}

#[tokio::test]
async fn a_cursor_lives_half_a_year() {
    let mut service = Service::start_with(|config| config.clock = now).await;
    let start = cursor(&service).await;
    let ask = |cursor: &str| format!("fs-delta/local/-/delta?cursor={cursor}");
    for (days, status) in [(179, 200), (2, 400)] {
        NOW.fetch_add(days * 86400, Ordering::Relaxed);
        service.token = service.new_token("admin").await;
        assert_eq!(service.get(&ask(&start)).await.status, status);
    }
    let unknown = service.get(&ask("abc")).await;
    assert_eq!(unknown.code(), (400, "CursorExpired".into()));
    let missing = service.get(&ask("")).await;
    assert_eq!(missing.code(), (400, "ParamInvalid".into()));
}
