//! Copies of files (part B 3.6).

use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn a_file_is_copied_with_what_was_said_about_it() {
    let service = Service::start().await;
    service.write("a.txt", "hello");
    std::fs::create_dir(service.at("d")).unwrap();
    let said = json!({ "labels": ["red"] });
    service.post("directory/local/-/a.txt?update", said).await;
    let copied = service
        .put("file/local/-/d%2Fb.txt", json!({ "copyFrom": "/a.txt" }))
        .await;
    assert_eq!(
        (copied.status, copied.json()),
        (200, json!({ "path": ["d", "b.txt"] }))
    );
    assert_eq!(std::fs::read(service.at("d/b.txt")).unwrap(), b"hello");
    assert!(service.has("a.txt"));
    let details = |path: &str| format!("directory/local/-/{path}?info&with_inode=1");
    let source = service.get_owned(details("a.txt")).await;
    let copy = service.get_owned(details("d/b.txt")).await;
    assert_eq!(copy["labels"], json!(["red"]));
    assert_ne!(copy["inode"], source["inode"]);
    let aside = service.at(".mediasweep/uploads");
    assert_eq!(std::fs::read_dir(aside).unwrap().count(), 0);
}

#[tokio::test]
async fn a_copy_goes_by_the_strategy() {
    let mut service = Service::start().await;
    service.write("a", "a");
    service.write("b.txt", "b");
    let copy = async |service: &Service, query: &str| {
        let path = format!("file/local/-/b.txt{query}");
        service.put(&path, json!({ "copyFrom": "a" })).await
    };
    let ask = "?conflict_resolution_strategy=ask";
    let overwrite = "?conflict_resolution_strategy=overwrite";
    assert_eq!(
        copy(&service, ask).await.code(),
        (409, "SameNameDirectoryOrFileExists".into())
    );
    assert_eq!(
        copy(&service, "").await.json(),
        json!({ "path": ["b (1).txt"] })
    );
    assert_eq!(copy(&service, overwrite).await.status, 200);
    assert_eq!(std::fs::read(service.at("b.txt")).unwrap(), b"a");
    // What was replaced is in the bin.
    service.bin_id("b.txt").await;
    service.token = service.new_token("copy_file").await;
    assert_eq!(copy(&service, "").await.status, 200);
    assert_eq!(copy(&service, overwrite).await.status, 403);
    service.token = service.new_token("copy_file_force").await;
    assert_eq!(copy(&service, overwrite).await.status, 200);
    service.token = service.new_token("move_file_force").await;
    assert_eq!(copy(&service, "").await.status, 403);
}

#[tokio::test]
async fn a_copy_says_what_is_wrong_with_it() {
    let service = Service::start().await;
    service.write("a", "a");
    service.write("d/x", "x");
    let overwrite = "?conflict_resolution_strategy=overwrite";
    for (to, from, expected) in [
        ("b".to_owned(), "gone", (404, "SourceFileNotFound")),
        (
            "b".to_owned(),
            ".mediasweep/lock",
            (404, "SourceFileNotFound"),
        ),
        ("b".to_owned(), "d", (400, "InvalidSourceFile")),
        ("no/b".to_owned(), "a", (404, "DirectoryNotFound")),
        ("a:b".to_owned(), "a", (400, "IllegalFileName")),
        (
            format!("d{overwrite}"),
            "a",
            (409, "SameNameDirectoryOrFileExists"),
        ),
    ] {
        let answer = service
            .put(&format!("file/local/-/{to}"), json!({ "copyFrom": from }))
            .await;
        assert_eq!(answer.code(), (expected.0, expected.1.to_owned()), "{to}");
    }
}
