//! Content tokens guard what is read, moved, replaced and deleted (part B 3.2 to 3.6).

use serde_json::{Value, json};

use crate::service::{Answer, Service};

async fn cas(service: &Service, path: &str) -> String {
    let details = service
        .get(&format!("directory/local/-/{path}?info&with_content_cas=1"))
        .await
        .json();
    details["contentCas"].as_str().unwrap().to_owned()
}

fn is_conflict(answer: &Answer) -> bool {
    answer.code() == (409, "ContentCasConflict".into())
}

#[tokio::test]
async fn a_token_is_the_same_everywhere_and_only_given_when_asked_for() {
    let service = Service::start().await;
    service.write("a", "a");
    service.write("d/x", "x");
    let token = cas(&service, "a").await;
    let listed = service
        .get("directory/local/-?with_content_cas=1")
        .await
        .json();
    assert!(listed["contents"][0].get("contentCas").is_none());
    assert_eq!(listed["contents"][1]["contentCas"], token.as_str());
    let file = service.get("file/local/-/a?info&with_content_cas=1").await;
    assert_eq!(file.json()["contentCas"], token.as_str());
    let download = service.get("file/local/-/a?with_content_cas=1").await;
    assert_eq!(download.header("x-smh-content-cas"), token);
    let inode = service
        .get("directory/local/-/a?info&with_inode=1")
        .await
        .json();
    assert!(inode.get("contentCas").is_none());
    let inode = inode["inode"].as_str().unwrap().to_owned();
    let found = service
        .get(&format!("inode/local/-/{inode}?with_content_cas=1"))
        .await
        .json();
    assert_eq!(found["contentCas"], token.as_str());
    let moved = service
        .put("file/local/-/b?with_content_cas=1", json!({ "from": "a" }))
        .await;
    assert_eq!(moved.json()["contentCas"], token.as_str());
    service.write("b", "longer");
    assert_ne!(cas(&service, "b").await, token);
}

#[tokio::test]
async fn nothing_is_read_or_deleted_but_what_was_seen() {
    let service = Service::start().await;
    service.write("a", "a");
    let old = cas(&service, "a").await;
    service.write("a", "other");
    let new = cas(&service, "a").await;
    for path in [
        format!("file/local/-/a?content_cas={old}"),
        format!("file/local/-/a?info&content_cas={old}"),
    ] {
        assert!(is_conflict(&service.get(&path).await), "{path}");
    }
    for permanent in ["", "&permanent=1"] {
        let path = format!("file/local/-/a?content_cas={old}{permanent}");
        assert!(is_conflict(&service.delete(&path).await));
    }
    let path = format!("file/local/-/a?content_cas={new}");
    assert_eq!(service.get(&path).await.status, 302);
    assert_eq!(service.delete(&path).await.status, 200);
    assert_eq!(
        service.delete(&path).await.code(),
        (404, "FileNotFound".into())
    );
}

#[tokio::test]
async fn nothing_is_moved_copied_or_replaced_but_what_was_seen() {
    let service = Service::start().await;
    for name in ["a", "b", "there"] {
        service.write(name, name);
    }
    let (a, b, there) = (
        cas(&service, "a").await,
        cas(&service, "b").await,
        cas(&service, "there").await,
    );
    let put = async |to: &str, target: &str, body: Value| {
        let path = format!(
            "file/local/-/{to}?conflict_resolution_strategy=overwrite&content_cas={target}"
        );
        service.put(&path, body).await
    };
    for key in ["from", "copyFrom"] {
        let body = |source: &str| json!({ key: "a", "contentCas": source });
        assert!(is_conflict(&put("there", &there, body(&b)).await));
        assert!(is_conflict(&put("there", &a, body(&a)).await));
        assert!(is_conflict(&put("free", &a, body(&a)).await));
        assert!(service.has("a") && !service.has("free"));
    }
    let copied = put("there", &there, json!({ "copyFrom": "a", "contentCas": a })).await;
    assert_eq!(copied.status, 200);
    assert_eq!(std::fs::read(service.at("there")).unwrap(), b"a");
    let there = cas(&service, "there").await;
    let moved = put("there", &there, json!({ "from": "b", "contentCas": b })).await;
    assert_eq!(moved.status, 200);
    assert_eq!(std::fs::read(service.at("there")).unwrap(), b"b");
    assert!(!service.has("b"));
}
