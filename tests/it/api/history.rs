//! Old versions: kept, listed, read, thrown away, made the latest again (part B section 6).

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, Service};

const RULE: &str = "directory-history/local/library-history";

async fn on(rule: Value) -> Service {
    let service = Service::start().await;
    set(&service, rule).await;
    service
}

async fn set(service: &Service, rule: Value) {
    let answer = service.post(RULE, rule).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

async fn upload(service: &Service, path: &str, content: &'static str) {
    let start = service
        .put(
            &format!("file/local/-/{path}?conflict_resolution_strategy=overwrite"),
            json!({}),
        )
        .await
        .json();
    let text = |name: &str| start[name].as_str().unwrap().to_owned();
    let url = format!("http://{}{}", text("domain"), text("path"));
    let mut request = service.http().put(url).body(content);
    for (name, value) in start["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    assert_eq!(request.send().await.unwrap().status(), 200);
    let key = text("confirmKey");
    let confirmed = service
        .post(&format!("file/local/-/{key}?confirm"), json!({}))
        .await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
}

async fn versions(service: &Service, path: &str, query: &str) -> Value {
    service
        .get(&format!(
            "directory-history/local/-/history-list/{path}{query}"
        ))
        .await
        .json()
}

fn numbers(page: &Value) -> Vec<u64> {
    let items = page["contents"].as_array().unwrap().iter();
    items
        .map(|item| item["version"].as_u64().unwrap())
        .collect()
}

fn id(page: &Value, index: usize) -> u64 {
    page["contents"][index]["id"].as_u64().unwrap()
}

async fn bytes_of(service: &Service, answer: &Answer) -> String {
    assert_eq!(answer.status, 302, "{answer:?}");
    let url = answer.header("location").to_owned();
    let path = url.strip_prefix(service.url()).unwrap();
    service.raw(Method::GET, path, None).await.text
}

fn read(service: &Service, path: &str) -> String {
    std::fs::read_to_string(service.at(path)).unwrap()
}

#[tokio::test]
async fn settings_are_read_changed_in_part_checked_and_kept() {
    let service = Service::start().await;
    let first = service.get(RULE).await.json();
    assert_eq!(first["enableFileHistory"], false);
    set(&service, json!({ "enableFileHistory": true, "fileHistoryCount": 3, "fileHistoryExpireDay": 9, "mergeInterval": 5 })).await;
    set(&service, json!({ "fileHistoryCount": 4 })).await;
    let expected = json!({ "enableFileHistory": true, "fileHistoryCount": 4, "fileHistoryExpireDay": 9, "mergeInterval": 5 });
    assert_eq!(service.get(RULE).await.json(), expected);
    for (field, value, code) in [
        ("fileHistoryCount", 0, "InvalidFileHistoryCount"),
        ("fileHistoryCount", 1000, "InvalidFileHistoryCount"),
        ("fileHistoryExpireDay", -1, "InvalidFileHistoryExpireDay"),
        ("fileHistoryExpireDay", 1000, "InvalidFileHistoryExpireDay"),
        ("mergeInterval", 4, "InvalidFileHistoryMergeInterval"),
        ("mergeInterval", 601, "InvalidFileHistoryMergeInterval"),
    ] {
        let answer = service.post(RULE, json!({ field: value })).await;
        assert_eq!(answer.code(), (400, code.to_owned()));
    }
    let service = Service::over(service.stop().await, |_| {}).await;
    assert_eq!(service.get(RULE).await.json(), expected);
}

#[tokio::test]
async fn what_is_overwritten_becomes_a_version() {
    let service = on(json!({ "enableFileHistory": true })).await;
    for content in ["one", "two", "three"] {
        upload(&service, "a.txt", content).await;
    }
    assert_eq!(read(&service, "a.txt"), "three");
    let page = versions(&service, "a.txt", "").await;
    assert_eq!(numbers(&page), [3, 2, 1]);
    let latest = &page["contents"][0];
    assert_eq!(
        (&latest["isLatestVersion"], &latest["id"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(
        (&latest["creationWay"], &latest["size"]),
        (&json!(1), &json!(5))
    );
    assert_eq!(page["contents"][2]["creationWay"], 0);
    let old = id(&page, 2);
    for query in ["", "&content_disposition=attachment"] {
        let path = format!("file/local/-/a.txt?history_id={old}{query}");
        let answer = service.get(&path).await;
        assert_eq!(bytes_of(&service, &answer).await, "one");
    }
    let path = format!("file/local/-/a.txt?history_id={old}");
    assert_eq!(service.head(&path).await.header("x-smh-size"), "3");
    let info = service.get(&format!("{path}&info")).await.json();
    assert_eq!(info["size"], "3");
    let info = service.get("directory/local/-/a.txt?info").await.json();
    assert_eq!(
        (&info["historySize"], &info["versionId"]),
        (&json!("6"), &json!(3))
    );
    let listed = service.get("directory/local/-").await.json();
    assert_eq!(listed["contents"][0]["versionId"], 3);
    let stats = service
        .get("directory/local/-?stats=1&stats_type=history")
        .await
        .json();
    assert_eq!(
        (&stats["fileCount"], &stats["storage"]),
        (&json!(2), &json!(6))
    );
    let count = service.get("space/local/-/file-count").await.json();
    assert_eq!(
        (&count["historyFileNum"], &count["fileNum"]),
        (&json!("2"), &json!("3"))
    );
    assert_eq!(service.get("space/local/-/size").await.json()["size"], "11");
    // Nothing went to the bin.
    let bin = service.get("recycled/local/-").await.json();
    assert_eq!(bin["totalNum"], 0);
}

#[tokio::test]
async fn versions_are_listed_page_by_page() {
    let service = on(json!({ "enableFileHistory": true })).await;
    for content in ["1", "2", "3", "4", "5"] {
        upload(&service, "a", content).await;
    }
    let mut found = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = versions(&service, "a", &query).await;
        found.extend(numbers(&page));
        if page["hasMore"] == false {
            break;
        }
        query = format!("?limit=2&marker={}", page["nextMarker"].as_str().unwrap());
    }
    assert_eq!(found, [5, 4, 3, 2, 1]);
    let page = versions(&service, "a", "?page=2&page_size=2&limit=1").await;
    assert_eq!((numbers(&page), &page["totalNum"]), (vec![3, 2], &json!(5)));
    let page = versions(&service, "a", "?order_by=creationTime&order_by_type=asc").await;
    assert_eq!(numbers(&page), [5, 1, 2, 3, 4]);
    let list = "directory-history/local/-/history-list";
    std::fs::create_dir(service.at("d")).unwrap();
    for (path, status, code) in [
        ("a?order_by=size", 400, "OrderByNotAllowed"),
        ("a?order_by_type=up", 400, "OrderByTypeNotAllowed"),
        ("a?marker=xyz", 404, "MarkerNotFound"),
        ("gone", 404, "FileNotFound"),
        ("d", 400, "UnsupportedFileType"),
    ] {
        let answer = service.get(&format!("{list}/{path}")).await;
        assert_eq!(answer.code(), (status, code.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn versions_are_thrown_away_but_not_the_latest() {
    let service = on(json!({ "enableFileHistory": true })).await;
    for content in ["1", "2", "3", "4"] {
        upload(&service, "a", content).await;
    }
    let page = versions(&service, "a", "").await;
    let delete = "directory-history/local/-/delete";
    let (two, one) = (id(&page, 2), id(&page, 3));
    assert_eq!(
        service.post(delete, json!([one.to_string()])).await.status,
        204
    );
    assert_eq!(service.post(delete, json!([two])).await.status, 204);
    let page = versions(&service, "a", "").await;
    assert_eq!(numbers(&page), [4, 3]);
    let latest = id(&page, 1);
    let path = format!("directory-history/local/-/latest-version/{latest}");
    assert_eq!(service.post(&path, json!({})).await.status, 200);
    for (body, status, code) in [
        (json!([]), 400, "NoItemsProvided"),
        (json!(vec!["1"; 101]), 400, "TooManyItems"),
        (json!([one]), 404, "DirectoryHistoryNotFound"),
        (json!(["x"]), 404, "DirectoryHistoryNotFound"),
        (json!([latest]), 400, "DirectoryHistoryNotBeDeleted"),
    ] {
        let answer = service.post(delete, body).await;
        assert_eq!(answer.code(), (status, code.to_owned()));
    }
    let gone = service
        .get(&format!("file/local/-/a?history_id={one}"))
        .await;
    assert_eq!(gone.code(), (404, "DirectoryHistoryNotFound".into()));
}

#[tokio::test]
async fn an_old_version_becomes_the_latest_wherever_the_file_is_now() {
    let service = on(json!({ "enableFileHistory": true })).await;
    upload(&service, "a.txt", "one").await;
    upload(&service, "a.txt", "two").await;
    std::fs::create_dir(service.at("d")).unwrap();
    let moved = service
        .put("file/local/-/d/b.txt", json!({ "from": "a.txt" }))
        .await;
    assert_eq!(moved.status, 200, "{moved:?}");
    let old = id(&versions(&service, "d/b.txt", "").await, 1);
    let path = format!("directory-history/local/-/latest-version/{old}");
    let latest = service.post(&path, json!({})).await.json();
    assert_eq!(
        (&latest["name"], &latest["size"]),
        (&json!("b.txt"), &json!(3))
    );
    assert!(latest["setLatestTime"].is_string());
    assert_eq!(read(&service, "d/b.txt"), "one");
    let page = versions(&service, "d/b.txt", "").await;
    assert_eq!(numbers(&page), [3, 2]);
    let answer = service
        .get(&format!("file/local/-/d/b.txt?history_id={}", id(&page, 1)))
        .await;
    assert_eq!(bytes_of(&service, &answer).await, "two");
    assert_eq!(
        service.post(&path, json!({})).await.code(),
        (404, "DirectoryHistoryNotFound".into())
    );
}

#[tokio::test]
async fn versions_go_to_the_bin_and_back_with_their_file_and_end_with_it() {
    let service = on(json!({ "enableFileHistory": true })).await;
    upload(&service, "a", "one").await;
    upload(&service, "a", "two").await;
    service.delete("file/local/-/a").await;
    let bin = service.bin_id("a").await;
    let count = service.get("space/local/-/file-count").await.json();
    assert_eq!(count["historyFileNum"], "1");
    service
        .post(&format!("recycled/local/-/{bin}?restore"), json!({}))
        .await;
    assert_eq!(numbers(&versions(&service, "a", "").await), [2, 1]);
    service.delete("file/local/-/a?permanent=1").await;
    loop {
        let count = service.get("space/local/-/file-count").await.json();
        if count["historyFileNum"] == "0" {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn restoring_over_a_file_keeps_its_content() {
    let service = on(json!({ "enableFileHistory": true })).await;
    upload(&service, "a", "one").await;
    service.delete("file/local/-/a").await;
    upload(&service, "a", "two").await;
    let bin = service.bin_id("a").await;
    let path = format!("recycled/local/-/{bin}?restore&conflict_resolution_strategy=overwrite");
    assert_eq!(service.post(&path, json!({})).await.status, 200);
    assert_eq!(read(&service, "a"), "one");
    let page = versions(&service, "a", "").await;
    assert_eq!(numbers(&page), [2, 1]);
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 0);
}

#[tokio::test]
async fn a_move_overwrites_only_while_history_is_off() {
    let service = on(json!({ "enableFileHistory": true })).await;
    service.write("a", "a");
    service.write("b", "b");
    let path = "file/local/-/b?conflict_resolution_strategy=overwrite";
    let refused = service.put(path, json!({ "from": "a" })).await;
    assert_eq!(refused.code(), (400, "OverwriteFileNotAllowed".into()));
    set(&service, json!({ "enableFileHistory": false })).await;
    assert_eq!(service.put(path, json!({ "from": "a" })).await.status, 200);
    assert_eq!(read(&service, "b"), "a");
    assert!(!service.has("a"));
    service.bin_id("b").await;
}

static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);

fn now() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap()
}

#[tokio::test]
async fn count_age_and_haste_limit_what_is_kept() {
    let mut service = Service::start_with(|config| config.clock = now).await;
    set(
        &service,
        json!({ "enableFileHistory": true, "fileHistoryCount": 2 }),
    )
    .await;
    for content in ["1", "2", "3", "4"] {
        upload(&service, "a", content).await;
    }
    assert_eq!(numbers(&versions(&service, "a", "").await), [4, 3, 2]);
    set(
        &service,
        json!({ "fileHistoryExpireDay": 3, "mergeInterval": 60 }),
    )
    .await;
    upload(&service, "a", "5").await;
    assert_eq!(
        numbers(&versions(&service, "a", "").await),
        [4, 3, 2],
        "merged"
    );
    NOW.fetch_add(2 * 86400, Ordering::Relaxed);
    let token = service.new_token("admin").await;
    service.token = token;
    upload(&service, "a", "6").await;
    assert_eq!(numbers(&versions(&service, "a", "").await), [5, 4, 3]);
    NOW.fetch_add(2 * 86400, Ordering::Relaxed);
    let token = service.new_token("admin").await;
    service.token = token;
    assert_eq!(numbers(&versions(&service, "a", "").await), [5, 4]);

    assert_eq!(
        service.delete(RULE).await.code(),
        (400, "BadRequest".into())
    );
    set(&service, json!({ "enableFileHistory": false })).await;
    let task = service.delete(RULE).await;
    assert_eq!(task.status, 202);
    let task = task.json()["taskId"].clone();
    let done = service.get(&format!("task/local/{task}")).await.json();
    assert_eq!(done[0]["status"], 200);
    assert_eq!(
        done[0]["result"],
        json!([{ "err": "", "status": 0, "deleteCount": 2 }])
    );
    assert_eq!(numbers(&versions(&service, "a", "").await), [5]);
    let early = service.delete(RULE).await;
    assert_eq!(early.code(), (429, "RateLimitExceeded".into()));
    assert_eq!(early.header("retry-after"), "60");
    NOW.fetch_add(61, Ordering::Relaxed);
    assert_eq!(service.delete(RULE).await.status, 202);
}

#[tokio::test]
async fn versions_need_grants() {
    let mut service = on(json!({ "enableFileHistory": true })).await;
    upload(&service, "a", "1").await;
    upload(&service, "a", "2").await;
    upload(&service, "a", "3").await;
    let page = versions(&service, "a", "").await;
    let delete = "directory-history/local/-/delete";
    let latest = format!("directory-history/local/-/latest-version/{}", id(&page, 1));
    let no = (403, "NoPermission".to_owned());
    service.token = service.new_token("upload_file").await;
    assert_eq!(service.post(delete, json!([id(&page, 2)])).await.code(), no);
    assert_eq!(service.post(&latest, json!({})).await.code(), no);
    for method in [Method::GET, Method::POST, Method::DELETE] {
        assert_eq!(service.ask(method, RULE, None).await.code(), no);
    }
    service.token = service.new_token("space_admin").await;
    assert_eq!(service.get(RULE).await.code(), no);
    service.token = service.new_token("delete_history").await;
    assert_eq!(
        service.post(delete, json!([id(&page, 2)])).await.status,
        204
    );
    service.token = service.new_token("set_history_latest").await;
    assert_eq!(service.post(&latest, json!({})).await.status, 200);
}

#[tokio::test]
async fn the_latest_version_names_who_brought_it() {
    let service = Service::start().await;
    service.write("b", "b");
    super::upload::upload(&service, "a", b"a".to_vec()).await;
    for (path, user) in [("a", "u1"), ("b", "")] {
        let page = service
            .get(&format!("directory-history/local/-/history-list/{path}"))
            .await
            .json();
        assert_eq!(page["contents"][0]["createdBy"], user, "{path}");
    }
}

/// When a file was made, however that is asked.
async fn created(service: &Service, path: &str) -> String {
    let info = service
        .get(&format!("directory/local/-/{path}?info"))
        .await
        .json();
    let time = info["creationTime"].as_str().unwrap().to_owned();
    let head = service.head(&format!("file/local/-/{path}")).await;
    assert_eq!(head.header("x-smh-creation-time"), time);
    let listed = service.get("directory/local/-?limit=100").await.json();
    let mut listed = listed["contents"].as_array().unwrap().iter();
    let listed = listed.find(|entry| entry["name"] == path).unwrap();
    assert_eq!(listed["creationTime"], time);
    assert!(listed["modificationTime"].as_str().unwrap() >= time.as_str());
    time
}

/// Until the clock of the file system goes on, which ticks coarsely.
fn let_time_pass(service: &Service) {
    let time = || {
        std::fs::write(service.at(".tick"), "").unwrap();
        let now = service.at(".tick").metadata().unwrap().modified().unwrap();
        std::fs::remove_file(service.at(".tick")).unwrap();
        now
    };
    let begin = time();
    while time().duration_since(begin).unwrap().as_millis() < 2 {}
}

#[tokio::test]
async fn a_file_is_as_old_as_its_first_content() {
    for has_history in [false, true] {
        let service = on(json!({ "enableFileHistory": has_history })).await;
        upload(&service, "a", "1").await;
        let_time_pass(&service);
        upload(&service, "b", "b").await;
        let (first, other) = (created(&service, "a").await, created(&service, "b").await);
        assert!(first < other);
        let_time_pass(&service);
        for content in ["2", "3"] {
            upload(&service, "a", content).await;
            assert_eq!(created(&service, "a").await, first);
        }
        let info = service.get("directory/local/-/a?info").await.json();
        assert!(info["modificationTime"].as_str().unwrap() > first.as_str());
        let order = "&order_by=creationTime";
        assert_eq!(service.names("", order).await, ["a", "b"]);
        let flat = "space/local/-/contents-view?filter=onlyFile&order_by=creationTime";
        let flat = service.get(flat).await.json();
        assert_eq!(flat["contents"][0]["name"], "a");
        let asked = json!({ "keyword": "a b", "orderBy": "creationTime" });
        let found = service.post("search/local/-/space-contents", asked).await;
        assert_eq!(found.json()["contents"][0]["name"], "a");

        // A copy is a new file; what is moved over another one is as old as it was.
        service
            .put("file/local/-/c", json!({ "copyFrom": "a" }))
            .await;
        let copied = created(&service, "c").await;
        assert!(copied > other);
        if has_history {
            let old = id(&versions(&service, "a", "").await, 2);
            let latest = format!("directory-history/local/-/latest-version/{old}");
            let latest = service.post(&latest, json!({})).await.json();
            assert_eq!(latest["creationTime"], first.as_str());
            assert_eq!(read(&service, "a"), "1");
        } else {
            let over = "file/local/-/b?conflict_resolution_strategy=overwrite";
            service.put(over, json!({ "copyFrom": "c" })).await;
            assert_eq!(created(&service, "b").await, other);
            service.put(over, json!({ "from": "c" })).await;
            assert_eq!(created(&service, "b").await, copied);
        }
        assert_eq!(created(&service, "a").await, first);

        // It keeps its age in the bin and out of it.
        service.delete("file/local/-/a").await;
        let bin = service.get("recycled/local/-").await.json();
        let mut items = bin["contents"].as_array().unwrap().iter();
        let item = items.rfind(|item| item["name"] == "a").unwrap();
        assert_eq!(item["creationTime"], first.as_str());
        let item = &item["recycledItemId"];
        let restore = format!("recycled/local/-/{item}?restore");
        assert_eq!(service.post(&restore, json!({})).await.status, 200);
        assert_eq!(created(&service, "a").await, first);
    }
}
