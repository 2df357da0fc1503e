//! Files that are made of a content that is here already (part B 4.1 and 4.8).

use serde_json::{Value, json};

use crate::service::{Answer, Service};

use super::multipart::{begin_parts, part};
use super::{MIB, bytes, confirm, leftovers, send, upload};

const BEGINNING: &str = "631b84027d6b9e52b539c4e8373622d23032dfadc64d60af87339c9037e4f769";
const WHOLE: &str = "75c86bc09bd8c73ca3b8a387af0519ad1c1c864871fd2964bd9633397ede8f27";
const LENGTH: usize = 2 * MIB + 7;

async fn ask(service: &Service, path: &str, whole: Option<&str>) -> Answer {
    let mut body = json!({ "beginningHash": BEGINNING, "size": LENGTH.to_string() });
    if let Some(whole) = whole {
        body["fullHash"] = Value::from(whole);
    }
    service.put(&format!("file/local/-/{path}"), body).await
}

#[tokio::test]
async fn a_content_that_is_known_need_not_be_sent() {
    let service = Service::start().await;
    assert_eq!(ask(&service, "b", None).await.status, 201);
    let original = upload(&service, "a", bytes(LENGTH)).await;
    let known = ask(&service, "b", None).await;
    assert_eq!((known.status, known.text.as_str()), (202, ""));
    assert_eq!(ask(&service, "b", Some(BEGINNING)).await.status, 201);
    let answer = ask(&service, "b", Some(WHOLE)).await;
    assert_eq!(answer.status, 200);
    let file = answer.json();
    assert_eq!(
        (&file["path"], &file["size"], &file["isOverwritten"]),
        (&json!(["b"]), &json!(LENGTH.to_string()), &json!(false))
    );
    assert_eq!(file["crc64"], original["crc64"]);
    assert!(std::fs::read(service.at("b")).unwrap() == bytes(LENGTH));
    // The copy is known as well, and is another file.
    std::fs::remove_file(service.at("a")).unwrap();
    let path = "b?conflict_resolution_strategy=rename";
    assert_eq!(
        ask(&service, path, Some(&WHOLE.to_uppercase()))
            .await
            .json()["path"],
        json!(["b (1)"])
    );
    let path = "b?conflict_resolution_strategy=overwrite";
    assert_eq!(
        ask(&service, path, Some(WHOLE)).await.json()["isOverwritten"],
        true
    );
    let path = "b?conflict_resolution_strategy=ask";
    assert_eq!(ask(&service, path, Some(WHOLE)).await.status, 409);
    assert_eq!(leftovers(&service), 0);
}

#[tokio::test]
async fn what_changed_since_it_was_uploaded_is_not_copied() {
    let service = Service::start().await;
    upload(&service, "a", bytes(LENGTH)).await;
    let mut other = bytes(LENGTH);
    other[LENGTH - 1] ^= 1;
    std::fs::write(service.at("a"), other).unwrap();
    assert_eq!(ask(&service, "b", None).await.status, 201);
    assert_eq!(ask(&service, "b", Some(WHOLE)).await.status, 201);
    assert!(!service.has("b"));
}

#[tokio::test]
async fn a_content_that_came_in_parts_is_known_after_a_restart() {
    let service = Service::start().await;
    let start = begin_parts(&service, "a", json!({})).await;
    for (index, piece) in bytes(LENGTH).chunks(MIB).enumerate() {
        send(&service, &start, &part(&start, index + 1), piece.to_vec()).await;
    }
    assert_eq!(confirm(&service, &start, "", json!({})).await.status, 200);
    let service = Service::over(service.stop().await, |_| {}).await;
    assert_eq!(ask(&service, "b", None).await.status, 202);
    assert_eq!(ask(&service, "b", Some(WHOLE)).await.status, 200);
    let answer = service
        .post(
            "file/local/-/c?multipart",
            json!({ "beginningHash": BEGINNING, "fullHash": WHOLE, "size": LENGTH }),
        )
        .await;
    assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("c")));
}

#[tokio::test]
async fn what_is_said_is_said_of_the_copy_alone() {
    let service = Service::start().await;
    upload(&service, "a", bytes(LENGTH)).await;
    let body = json!({
        "beginningHash": BEGINNING, "fullHash": WHOLE, "sampleHash": "x",
        "size": LENGTH, "labels": ["copy"],
    });
    let file = service.put("file/local/-/b", body).await.json();
    assert_eq!(file["labels"], json!(["copy"]));
}

#[tokio::test]
async fn small_contents_are_always_sent() {
    let service = Service::start().await;
    upload(&service, "a", bytes(1000)).await;
    let body = json!({ "beginningHash": BEGINNING, "size": 1000 });
    assert_eq!(service.put("file/local/-/b", body).await.status, 201);
}
