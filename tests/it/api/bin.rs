//! The recycle bin (part A section 8).

use mediasweep::server::TaskRule;
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Service, statuses};

async fn recycle(service: &Service, paths: &[&str]) -> Vec<u64> {
    let answer = service.batch_delete(paths).await.json();
    let items = answer["result"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["recycledItemId"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_recycled_can_be_listed_looked_at_and_restored() {
    let service = Service::start().await;
    service.write("docs/old.txt", "12345");
    let ids = recycle(&service, &["docs/old.txt"]).await;
    let page = service
        .get("recycled/local/-?by-marker=1&limit=100")
        .await
        .json();
    assert_eq!(page["totalNum"], 1);
    let item = &page["contents"][0];
    assert_eq!(item["recycledItemId"], ids[0]);
    assert_eq!(item["originalPath"], json!(["docs", "old.txt"]));
    assert_eq!(item["type"], "file");
    assert_eq!(item["size"], "5");
    assert_eq!(item["spaceId"], "-");
    let info = service
        .get(&format!("recycled/local/-/{}?info", ids[0]))
        .await
        .json();
    let url = info["cosUrl"].as_str().unwrap();
    assert_eq!(
        service
            .http()
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "12345"
    );
    let answer = service
        .post(&format!("recycled/local/-/{}?restore", ids[0]), json!({}))
        .await;
    assert_eq!(answer.json(), json!({ "path": ["docs", "old.txt"] }));
    assert_eq!(
        std::fs::read_to_string(service.at("docs/old.txt")).unwrap(),
        "12345"
    );
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 0);
}

#[tokio::test]
async fn restoring_one_asks_renames_or_overwrites() {
    let service = Service::start().await;
    service.write("a.txt", "old");
    let ids = recycle(&service, &["a.txt"]).await;
    service.write("a.txt", "new");
    let restore = |strategy: &str| {
        format!(
            "recycled/local/-/{}?restore=1&conflict_resolution_strategy={strategy}",
            ids[0]
        )
    };
    let answer = service.post(&restore("ask"), Value::Null).await;
    assert_eq!(answer.code(), (409, "SameNameDirectoryOrFileExists".into()));
    let answer = service.post(&restore("rename"), Value::Null).await;
    assert_eq!(answer.json(), json!({ "path": ["a (1).txt"] }));
    let ids = recycle(&service, &["a (1).txt"]).await;
    std::fs::rename(service.at("a.txt"), service.at("a (1).txt")).unwrap();
    let path = format!(
        "recycled/local/-/{}?restore&conflict_resolution_strategy=overwrite",
        ids[0]
    );
    assert_eq!(service.post(&path, Value::Null).await.status, 200);
    assert_eq!(
        std::fs::read_to_string(service.at("a (1).txt")).unwrap(),
        "old"
    );
    // What was replaced is in the bin.
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 1);
    assert_eq!(
        service.post(&path, Value::Null).await.code(),
        (404, "RecycledItemNotFound".into())
    );
}

#[tokio::test]
async fn a_directory_is_not_overwritten() {
    let service = Service::start().await;
    service.write("d/old", "old");
    let ids = recycle(&service, &["d"]).await;
    service.write("d/new", "new");
    let path = format!(
        "recycled/local/-/{}?restore&conflict_resolution_strategy=overwrite",
        ids[0]
    );
    assert_eq!(
        service.post(&path, Value::Null).await.code(),
        (409, "SameNameDirectoryOrFileExists".into())
    );
    let path = format!(
        "recycled/local/-/{}?restore&conflict_resolution_strategy=rename",
        ids[0]
    );
    assert_eq!(
        service.post(&path, Value::Null).await.json(),
        json!({ "path": ["d (1)"] })
    );
    assert!(service.has("d (1)/old") && service.has("d/new"));
}

#[tokio::test]
async fn many_are_restored_in_order_and_always_renamed() {
    let service = Service::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        service.write("d/a.txt", "a");
        ids.extend(recycle(&service, &["d/a.txt"]).await);
    }
    let parent = recycle(&service, &["d"]).await[0];
    let gone = json!([ids[0]]);
    let answer = service.post("recycled/local/-?restore", gone).await;
    assert_eq!(answer.status, 207);
    assert_eq!(answer.json()["result"][0]["code"], "DirectoryNotFound");
    let wanted = json!([parent, ids[0], ids[1].to_string(), ids[0], 999_999, ids[2]]);
    let answer = service.post("recycled/local/-?restore=1", wanted).await;
    assert_eq!(answer.status, 207);
    let answer = answer.json();
    assert_eq!(statuses(&answer), [200, 200, 200, 404, 404, 200]);
    assert_eq!(answer["result"][2]["path"], json!(["d", "a (1).txt"]));
    assert_eq!(
        answer["result"][4],
        json!({ "status": 404, "code": "RecycledItemNotFound", "message": "the recycle bin holds no such item", "recycledItemId": 999_999 })
    );
    assert_eq!(answer["result"][5]["path"], json!(["d", "a (2).txt"]));
}

#[tokio::test]
async fn without_its_parent_an_item_goes_to_the_root_if_that_is_wanted() {
    let service = Service::start().await;
    service.write("d/a.txt", "a");
    let ids = recycle(&service, &["d/a.txt", "d"]).await;
    let path = format!("recycled/local/-/{}?restore", ids[0]);
    assert_eq!(
        service.post(&path, Value::Null).await.code(),
        (404, "DirectoryNotFound".into())
    );
    let path = format!("{path}&restore_path_strategy=fallbackToRoot");
    assert_eq!(
        service.post(&path, Value::Null).await.json(),
        json!({ "path": ["a.txt"] })
    );
}

#[tokio::test]
async fn many_are_restored_by_a_task_where_the_rule_says_so() {
    let service = Service::start_with(|config| {
        config.tasks = TaskRule::Above {
            items: 1,
            descendants: u64::MAX,
        };
    })
    .await;
    service.write("a", "a");
    service.write("b", "b");
    let mut ids = recycle(&service, &["a"]).await;
    ids.extend(recycle(&service, &["b"]).await);
    let answer = service.post("recycled/local/-?restore", json!(ids)).await;
    assert_eq!(answer.status, 202);
    let done = service
        .task(answer.json()["taskId"].as_u64().unwrap())
        .await;
    assert_eq!(done["status"], 200);
    assert_eq!(
        done["result"][1],
        json!({ "status": 200, "path": ["b"], "recycledItemId": ids[1] })
    );
    assert!(service.has("a") && service.has("b"));
}

#[tokio::test]
async fn purged_things_are_gone_and_unknown_numbers_do_not_matter() {
    let service = Service::start().await;
    for name in ["a", "b", "c", "d"] {
        service.write(name, name);
    }
    let ids = recycle(&service, &["a", "b", "c", "d"]).await;
    assert_eq!(
        service
            .delete(&format!("recycled/local/-/{}", ids[0]))
            .await
            .status,
        204
    );
    assert_eq!(
        service
            .delete(&format!("recycled/local/-/{}", ids[0]))
            .await
            .code(),
        (404, "RecycledItemNotFound".into())
    );
    assert_eq!(
        service
            .post("recycled/local/-?delete", json!([ids[1], 77_777, ids[1]]))
            .await
            .status,
        204
    );
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 2);
    assert_eq!(service.delete("recycled/local/-/").await.status, 404);
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 2);
    assert_eq!(service.delete("recycled/local/-").await.status, 204);
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 0);
    assert_eq!(
        service
            .post(&format!("recycled/local/-/{}?restore", ids[2]), Value::Null)
            .await
            .status,
        404
    );
    service.write("e", "e");
    assert_eq!(statuses(&service.batch_delete(&["e"]).await.json()), [200]);
    let folder = service.stop().await;
    let service = Service::over(folder, |_| {}).await;
    assert_eq!(
        service.get("space/local/-/size").await.json(),
        json!({ "size": "1" })
    );
    let folder = service.stop().await;
    assert_eq!(
        std::fs::read_dir(folder.path().join(".mediasweep/doomed"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn the_bin_is_paged_both_ways_and_in_every_order() {
    let service = Service::start().await;
    let mut paths = Vec::new();
    for number in 0..25 {
        let path = format!("f{:02}", (number * 7) % 25);
        service.write(&path, &"x".repeat((number * 11) % 25));
        paths.push(path);
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    recycle(&service, &paths).await;
    for order in [
        "",
        "&order_by=name",
        "&order_by=size&order_by_type=desc",
        "&order_by=modificationTime",
        "&order_by=removalTime&order_by_type=asc",
    ] {
        let mut seen = Vec::new();
        let mut marker = String::new();
        loop {
            let page = service
                .get(&format!(
                    "recycled/local/-?by-marker=1&limit=10{order}{marker}"
                ))
                .await
                .json();
            assert_eq!(page["totalNum"], 25);
            seen.extend(
                page["contents"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["name"].as_str().unwrap().to_owned()),
            );
            match &page["nextMarker"] {
                Value::Null => break,
                Value::String(text) => marker = format!("&marker={text}"),
                number => marker = format!("&marker={number}"),
            }
        }
        let mut paged = Vec::new();
        for page in 1..=3 {
            let page = service
                .get(&format!(
                    "recycled/local/-?by-page=1&page={page}&page_size=10{order}"
                ))
                .await
                .json();
            paged.extend(
                page["contents"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["name"].as_str().unwrap().to_owned()),
            );
        }
        assert_eq!(seen.len(), 25, "{order}");
        assert_eq!(seen, paged, "{order}");
        if order == "&order_by=name" {
            assert!(seen.is_sorted());
        }
    }
    assert_eq!(
        service.get("recycled/local/-?limit=1001").await.code(),
        (400, "ParamInvalid".into())
    );
    assert_eq!(
        service.get("recycled/local/-?marker=zz").await.code(),
        (404, "MarkerNotFound".into())
    );
    assert_eq!(
        service
            .get("recycled/local/-?page=101&page_size=100")
            .await
            .code(),
        (400, "ParamInvalid".into())
    );
}

#[tokio::test]
async fn without_a_bin_a_delete_is_final_and_the_bin_says_that_it_is_off() {
    let service = Service::start_with(|config| config.bin = false).await;
    service.write("a", "a");
    service.write("b", "b");
    assert_eq!(statuses(&service.batch_delete(&["a"]).await.json()), [204]);
    assert_eq!(service.delete("file/local/-/b").await.status, 204);
    let off = (400, "RecycleBinNotEnabled".to_owned());
    assert_eq!(service.get("recycled/local/-").await.code(), off);
    assert_eq!(service.delete("recycled/local/-").await.code(), off);
    assert_eq!(
        service
            .post("recycled/local/-?restore", json!([1]))
            .await
            .code(),
        off
    );
    assert_eq!(
        service
            .post("recycled/local/-?delete", json!([1]))
            .await
            .code(),
        off
    );
}

#[tokio::test]
async fn the_bin_obeys_its_own_grants() {
    let mut service = Service::start().await;
    service.write("a", "a");
    let id = recycle(&service, &["a"]).await[0];
    service.token = service.new_token("restore_recycled").await;
    let refused = (403, "NoPermission".to_owned());
    assert_eq!(
        service
            .delete(&format!("recycled/local/-/{id}"))
            .await
            .code(),
        refused
    );
    assert_eq!(service.delete("recycled/local/-").await.code(), refused);
    assert_eq!(
        service
            .post("recycled/local/-?delete", json!([id]))
            .await
            .code(),
        refused
    );
    service.token = service.new_token("delete_recycled").await;
    assert_eq!(
        service
            .post("recycled/local/-?restore", json!([id]))
            .await
            .code(),
        refused
    );
    assert_eq!(
        service
            .delete(&format!("recycled/local/-/{id}"))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn what_a_restored_file_is_to_replace_stays_if_it_does_not_come() {
    let service = Service::start().await;
    service.write("a.txt", "old");
    let ids = recycle(&service, &["a.txt"]).await;
    service.write("a.txt", "new");
    let id = &ids[0];
    let path = format!("recycled/local/-/{id}?restore&conflict_resolution_strategy=overwrite");
    let content = || std::fs::read_to_string(service.at("a.txt")).unwrap();

    // The disk is full just when the restoring begins.
    let ledger = rusqlite::Connection::open(service.at(".mediasweep/ledger.sqlite3")).unwrap();
    let stop = format!(
        "CREATE TRIGGER stop BEFORE INSERT ON overwrite WHEN new.source = '{id}'
         BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    );
    ledger.execute_batch(&stop).unwrap();
    assert_eq!(service.post(&path, Value::Null).await.status, 500);
    assert_eq!(content(), "new");
    ledger.execute_batch("DROP TRIGGER stop").unwrap();
    drop(ledger);

    // Somebody took it out of the bin.
    std::fs::remove_file(service.at(&format!(".mediasweep/bin/{id}"))).unwrap();
    assert_eq!(
        service.post(&path, Value::Null).await.code(),
        (404, "RecycledItemNotFound".into())
    );
    assert_eq!(content(), "new");
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 0);
}

#[tokio::test]
async fn ids_with_the_emptying_are_purged_and_the_rest_stays() {
    let mut service = Service::start().await;
    for name in ["a", "b", "c"] {
        service.write(name, name);
        service.delete(&format!("file/local/-/{name}")).await;
    }
    let (a, b) = (service.bin_id("a").await, service.bin_id("b").await);
    let delete = async |service: &Service, query: &str, body: Value| {
        let path = format!("recycled/local/-{query}");
        service
            .ask(Method::DELETE, &path, Some(body.to_string()))
            .await
    };
    assert_eq!(delete(&service, "", json!([a])).await.status, 204);
    assert_eq!(delete(&service, "?delete", json!([b])).await.status, 204);
    let nothing = (400, "NoItemsProvided".to_owned());
    assert_eq!(delete(&service, "", json!([])).await.code(), nothing);
    assert_eq!(
        delete(&service, "?delete", Value::Null).await.code(),
        nothing
    );
    service.bin_id("c").await;
    assert_eq!(
        service.get("recycled/local/-").await.json()["totalNum"],
        json!(1)
    );
    service.token = service.new_token("delete_file").await;
    assert_eq!(
        delete(&service, "", json!({})).await.code(),
        (403, "NoPermission".into())
    );
    service.token = service.new_token("delete_recycled").await;
    assert_eq!(delete(&service, "", json!({})).await.status, 204);
    assert_eq!(
        service.get("recycled/local/-").await.json()["totalNum"],
        json!(0)
    );
}

#[tokio::test]
async fn an_item_says_all_that_was_known_of_the_file() {
    let service = Service::start().await;
    service.write("d/a.png", "no picture");
    let said = json!({
        "labels": ["red"], "category": "raw", "metaData": { "camera": "x" },
        "localCreationTime": "2024-05-01T10:00:00.000Z", "contentType": "image/x-own",
    });
    let answer = service.post("directory/local/-/d/a.png?update", said).await;
    assert_eq!(answer.status, 204);
    service.write("e/b", "b");
    service.batch_delete(&["d/a.png", "e"]).await;
    let page = service.get("recycled/local/-?limit=1000").await.json();
    for (name, is_shown) in [("a.png", true), ("e", false)] {
        let items = page["contents"].as_array().unwrap();
        let item = items.iter().find(|item| item["name"] == name).unwrap();
        assert_eq!(item["previewByDoc"], json!(false), "{name}");
        assert_eq!(item["previewByCI"], json!(is_shown), "{name}");
        assert_eq!(item["previewAsIcon"], json!(is_shown), "{name}");
    }
    let id = service.bin_id("a.png").await;
    let info = service.get(&format!("recycled/local/-/{id}?info=1")).await;
    let info = info.json();
    for (field, expected) in [
        ("type", json!("file")),
        ("size", json!("10")),
        ("contentType", json!("image/x-own")),
        ("fileType", json!("image")),
        ("labels", json!(["red"])),
        ("category", json!("raw")),
        ("metaData", json!({ "x-smh-meta-camera": "x" })),
        ("localCreationTime", json!("2024-05-01T10:00:00.000Z")),
        ("previewByDoc", json!(false)),
        ("previewByCI", json!(true)),
        ("previewAsIcon", json!(true)),
    ] {
        assert_eq!(info[field], expected, "{field}");
    }
    assert!(info["cosUrl"].is_string() && info["eTag"].is_string());
}
