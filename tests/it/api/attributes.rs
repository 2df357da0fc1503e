//! Labels, metadata and the like (part B 1.6, 2.3, 2.5, 2.10), and virtual files (3.10).

use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn what_is_said_about_a_file_is_shown_wherever_it_goes() {
    let service = Service::start().await;
    service.write("a.txt", "hello");
    let said = json!({
        "labels": ["red", "green"],
        "metaData": { "Camera": "A", "x-smh-meta-reel": "7" },
        "category": "rushes",
        "localCreationTime": "2020-01-02T03:04:05.678Z",
        "localModificationTime": "2021-01-02T03:04:05Z",
        "contentType": "text/x-note",
    });
    let answer = service.post("directory/local/-/a.txt?update=1", said).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let put = service
        .put("file/local/-/b.txt", json!({ "from": "a.txt" }))
        .await;
    assert_eq!(put.status, 200);
    let listed = service.get("directory/local/-").await.json();
    let details = service.get("directory/local/-/b.txt?info").await.json();
    let file = service.get("file/local/-/b.txt?info").await.json();
    for entry in [&listed["contents"][0], &details, &file] {
        assert_eq!(entry["labels"], json!(["red", "green"]), "{entry}");
        assert_eq!(
            entry["metaData"],
            json!({ "x-smh-meta-camera": "A", "x-smh-meta-reel": "7" })
        );
        assert_eq!(entry["category"], "rushes");
        assert_eq!(entry["localCreationTime"], "2020-01-02T03:04:05.678Z");
        assert_eq!(entry["localModificationTime"], "2021-01-02T03:04:05.000Z");
        assert_eq!(entry["contentType"], "text/x-note");
    }
    assert_eq!(details["historySize"], "0");
    assert!(file.get("path").is_none() && file.get("name").is_none());
    for answer in [
        service.head("file/local/-/b.txt").await,
        service.get("file/local/-/b.txt").await,
    ] {
        assert_eq!(answer.header("x-smh-meta-camera"), "A");
        assert_eq!(answer.header("x-smh-content-type"), "text/x-note");
    }
    // To the bin and back.
    service.delete("file/local/-/b.txt").await;
    let id = service.bin_id("b.txt").await;
    let restored = service
        .post(&format!("recycled/local/-/{id}?restore"), json!({}))
        .await;
    assert_eq!(restored.status, 200);
    let details = service.get("directory/local/-/b.txt?info").await.json();
    assert_eq!(details["category"], "rushes");
}

#[tokio::test]
async fn metadata_is_merged_or_replaced() {
    let service = Service::start().await;
    service.write("d/x", "x");
    for (body, expected) in [
        (json!({ "metaData": { "a": "1", "b": "2" } }), "a1b2"),
        (json!({ "metaData": { "a": null, "c": "3" } }), "b2c3"),
        (json!({ "labels": ["l"] }), "b2c3"),
        (
            json!({ "metaData": { "d": "4" }, "metaDataDirective": "replace" }),
            "d4",
        ),
        (
            json!({ "metaData": {}, "metaDataDirective": "replace", "labels": [] }),
            "",
        ),
    ] {
        let answer = service.post("directory/local/-/d?update", body).await;
        assert_eq!(answer.status, 204);
        let details = service.get("directory/local/-/d?info").await.json();
        let mut pairs = String::new();
        for (key, value) in details["metaData"].as_object().into_iter().flatten() {
            pairs += key.strip_prefix("x-smh-meta-").unwrap();
            pairs += value.as_str().unwrap();
        }
        assert_eq!(pairs, expected);
    }
}

#[tokio::test]
async fn an_update_says_what_is_wrong_with_it() {
    let mut service = Service::start().await;
    service.write("a", "a");
    for (path, body, expected) in [
        (
            "a",
            json!({ "category": "seventeen letters" }),
            (400, "ParamInvalid"),
        ),
        ("a", json!({ "labels": "red" }), (400, "ParamInvalid")),
        (
            "a",
            json!({ "metaDataDirective": "x" }),
            (400, "ParamInvalid"),
        ),
        ("a", json!({ "size": "7" }), (400, "ParamInvalid")),
        (
            "a",
            json!({ "localCreationTime": "x" }),
            (400, "InvalidTimeFormat"),
        ),
        ("gone", json!({}), (404, "PathNotFound")),
    ] {
        let answer = service
            .post(&format!("directory/local/-/{path}?update"), body)
            .await;
        assert_eq!(answer.code(), (expected.0, expected.1.to_owned()));
    }
    service.token = service.new_token("upload_file,create_directory").await;
    let answer = service
        .post("directory/local/-/a?update", json!({ "labels": ["x"] }))
        .await;
    assert_eq!(answer.code(), (403, "NoPermission".into()));
}

#[tokio::test]
async fn a_directory_is_made_with_what_is_said_about_it() {
    let service = Service::start().await;
    let body = json!({
        "metaData": { "reel": "7" },
        "labels": ["red"],
        "localCreationTime": "2020-01-02T03:04:05.678Z",
    });
    let made = service
        .put("directory/local/-/new/d?with_inode=1", body)
        .await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(made["path"], json!(["new", "d"]));
    assert_eq!(made["metaData"], json!({ "x-smh-meta-reel": "7" }));
    assert_eq!(made["labels"], json!(["red"]));
    let details = service
        .get("directory/local/-/new/d?info&with_inode=1&with_favorite_status=1")
        .await
        .json();
    assert_eq!(details["inode"], made["inode"]);
    assert_eq!(details["localCreationTime"], "2020-01-02T03:04:05.678Z");
    assert_eq!(details["userId"], "u1");
    assert_eq!(details["isFavorite"], false);
    for absent in ["size", "crc64", "historySize", "contentType", "fileType"] {
        assert!(details.get(absent).is_none(), "{absent}");
    }
    let taken = service
        .put("directory/local/-/new/d", json!({ "labels": ["blue"] }))
        .await;
    assert_eq!(taken.code(), (409, "SameNameDirectoryOrFileExists".into()));
}

#[tokio::test]
async fn a_listing_is_sorted_by_the_local_times() {
    let service = Service::start().await;
    for (name, year) in [("a", 2003), ("b", 2001), ("c", 2002)] {
        service.write(name, name);
        let time = format!("{year}-01-01T00:00:00Z");
        let body = json!({ "localCreationTime": time, "localModificationTime": time });
        let path = format!("directory/local/-/{name}?update");
        assert_eq!(service.post(&path, body).await.status, 204);
    }
    for by in ["localCreationTime", "localModificationTime"] {
        let query = format!("&order_by={by}&limit=1");
        assert_eq!(service.names("", &query).await, ["b", "c", "a"]);
    }
    let body = json!({ "localCreationTime": "2004-01-01T00:00:00Z" });
    service.post("directory/local/-/b?update", body).await;
    let query = "&order_by=localCreationTime&order_by_type=desc";
    assert_eq!(service.names("", query).await, ["b", "a", "c"]);
}

#[tokio::test]
async fn looking_makes_no_ledger() {
    let service = Service::start().await;
    service.write("a", "a");
    service
        .get("directory/local/-?with_inode=1&with_content_cas=1&order_by=localCreationTime")
        .await;
    service.get("directory/local/-/a?info").await;
    service.get("file/local/-/a?info").await;
    assert!(!service.has(".mediasweep"));
}

#[tokio::test]
async fn a_virtual_file_has_a_size_and_no_content() {
    let mut service = Service::start().await;
    let body = json!({ "size": "700", "labels": ["tape"], "contentType": "video/x-tape" });
    let made = service.put("file/local/-/t.mov?virtual_file", body).await;
    assert_eq!(
        (made.status, made.json()),
        (200, json!({ "path": ["t.mov"], "type": "virtual" }))
    );
    let listed = service.get("directory/local/-").await.json();
    let entry = &listed["contents"][0];
    assert_eq!(
        (&entry["type"], &entry["size"], &entry["contentType"]),
        (&json!("virtual"), &json!("700"), &json!("video/x-tape"))
    );
    assert!(entry.get("crc64").is_none());
    assert_eq!(std::fs::read(service.at("t.mov")).unwrap(), b"");
    assert_eq!(
        service.get("file/local/-/t.mov").await.code(),
        (404, "CosObjectNonexistent".into())
    );
    let head = service.head("file/local/-/t.mov").await;
    assert_eq!(
        (head.header("x-smh-type"), head.header("x-smh-size")),
        ("virtual", "700")
    );
    let answer = service
        .post("directory/local/-/t.mov?update", json!({ "size": "800" }))
        .await;
    assert_eq!(answer.status, 204);
    let file = service.get("file/local/-/t.mov?info").await.json();
    assert_eq!(file["size"], "800");
    service.write("small", "12345");
    let by_size = "&order_by=size&order_by_type=desc";
    assert_eq!(service.names("", by_size).await, ["t.mov", "small"]);
    service
        .post("directory/local/-/t.mov?update", json!({ "size": "3" }))
        .await;
    assert_eq!(service.names("", by_size).await, ["small", "t.mov"]);
    std::fs::remove_file(service.at("small")).unwrap();
    assert!(file.get("cosUrl").is_none());
    // What another program puts there is a file.
    service.write("t.mov", "film");
    let file = service.get("directory/local/-/t.mov?info").await.json();
    assert_eq!(
        (&file["type"], &file["size"]),
        (&json!("file"), &json!("4"))
    );
    service.token = service.new_token("move_file").await;
    let answer = service
        .put("file/local/-/u?virtual_file=1", json!({}))
        .await;
    assert_eq!(answer.code(), (403, "NoPermission".into()));
}
