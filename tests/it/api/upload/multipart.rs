//! Uploads in parts (part B 4.2, 4.4 and 4.5).

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::service::Service;

use super::{MIB, begin, bytes, confirm, leftovers, send, xml_code};

/// Begins an upload in parts, which must be possible.
pub async fn begin_parts(service: &Service, path: &str, body: Value) -> Value {
    let answer = service
        .post(&format!("file/local/-/{path}?multipart=1"), body)
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

pub fn part(start: &Value, number: usize) -> String {
    let id = start["uploadId"].as_str().unwrap();
    format!("?partNumber={number}&uploadId={id}")
}

async fn status(service: &Service, start: &Value) -> Value {
    let key = start["confirmKey"].as_str().unwrap();
    service
        .get_owned(format!("file/local/-/{key}?upload"))
        .await
}

#[tokio::test]
async fn parts_come_in_any_order_and_at_once() {
    let service = Service::start().await;
    let whole = bytes(2 * MIB + 7);
    let start = begin_parts(&service, "a.bin", json!({})).await;
    let pieces = whole.chunks(MIB).enumerate().collect::<Vec<_>>();
    let sent = join_all(pieces.iter().rev().map(|(index, piece)| {
        let (service, start) = (&service, &start);
        async move { send(service, start, &part(start, index + 1), piece.to_vec()).await }
    }));
    for answer in sent.await {
        assert_eq!(answer.status, 200);
        // What its MD5 is, for clients that compare.
        let tag = answer.header("etag");
        assert_eq!((tag.len(), &tag[..1], &tag[33..]), (34, "\"", "\""));
    }
    let status = status(&service, &start).await;
    assert_eq!(
        (&status["confirmed"], &status["path"], &status["type"]),
        (&json!(false), &json!(["a.bin"]), &json!("file"))
    );
    assert_eq!(
        (&status["conflictResolutionStrategy"], &status["force"]),
        (&json!("rename"), &json!(false))
    );
    assert_eq!(status["uploadPartInfo"]["uploadId"], start["uploadId"]);
    let parts = status["parts"].as_array().unwrap();
    let sizes: Vec<_> = parts.iter().map(|part| &part["Size"]).collect();
    assert_eq!(sizes, [&json!(MIB), &json!(MIB), &json!(7)]);
    assert_eq!(parts[2]["PartNumber"], 3);
    assert!(parts[0]["ETag"].is_string() && parts[0]["LastModified"].is_string());
    assert_eq!(
        confirm(&service, &start, "", json!({ "crc64": "1" }))
            .await
            .code(),
        (400, "BadCrc64".into())
    );
    let crc64 = json!({ "crc64": "8921347753927213672" });
    let file = confirm(&service, &start, "", crc64).await.json();
    assert_eq!(file["size"], (2 * MIB + 7).to_string());
    assert!(std::fs::read(service.at("a.bin")).unwrap() == whole);
    assert_eq!(leftovers(&service), 0);
    let status = self::status(&service, &start).await;
    assert_eq!(
        (&status["confirmed"], &status["path"], &status["parts"]),
        (&json!(true), &json!(["a.bin"]), &Value::Null)
    );
    assert_eq!(
        confirm(&service, &start, "", json!({})).await.code(),
        (409, "UploadComplete".into())
    );
    let late = send(&service, &start, &part(&start, 1), bytes(MIB)).await;
    assert_eq!(xml_code(&late), (404, "NoSuchUpload"));
}

#[tokio::test]
async fn a_part_that_is_sent_again_replaces_the_first_one() {
    let service = Service::start().await;
    let start = begin_parts(&service, "a.bin", json!({})).await;
    for (number, piece) in [(2, b"two".to_vec()), (1, vec![0; MIB]), (1, vec![1; MIB])] {
        let sent = send(&service, &start, &part(&start, number), piece).await;
        assert_eq!(sent.status, 200);
    }
    assert_eq!(leftovers(&service), 2);
    assert_eq!(confirm(&service, &start, "", json!({})).await.status, 200);
    let mut expected = vec![1; MIB];
    expected.extend(b"two");
    assert!(std::fs::read(service.at("a.bin")).unwrap() == expected);
}

#[tokio::test]
async fn parts_that_are_missing_or_too_small_are_told() {
    let service = Service::start().await;
    let start = begin_parts(&service, "a.bin", json!({})).await;
    let incomplete = (400, "MultipartUploadIncomplete".to_owned());
    let code = async || confirm(&service, &start, "", json!({})).await.code();
    assert_eq!(code().await, incomplete);
    send(&service, &start, &part(&start, 2), b"two".to_vec()).await;
    assert_eq!(code().await, incomplete);
    send(&service, &start, &part(&start, 1), b"one".to_vec()).await;
    assert_eq!(code().await, (400, "MultipartUploadPartTooSmall".into()));
    for query in [
        part(&start, 0),
        part(&start, 10_001),
        part(&start, 1).replace("partNumber=1", "partNumber=x"),
    ] {
        let answer = send(&service, &start, &query, b"x".to_vec()).await;
        assert_eq!(xml_code(&answer), (400, "InvalidArgument"), "{query}");
    }
    let other = "?uploadId=00&partNumber=1";
    let answer = send(&service, &start, other, b"x".to_vec()).await;
    assert_eq!(xml_code(&answer), (404, "NoSuchUpload"));
    let answer = send(&service, &start, "", b"x".to_vec()).await;
    assert_eq!(xml_code(&answer), (403, "AccessDenied"));
    let mut forged = start.clone();
    forged["headers"]["x-cos-security-token"] = json!("00");
    let answer = send(&service, &forged, &part(&start, 1), b"x".to_vec()).await;
    assert_eq!(xml_code(&answer), (403, "AccessDenied"));
    // A single part may be as small as it likes, even empty.
    let start = begin_parts(&service, "b.bin", json!({})).await;
    send(&service, &start, &part(&start, 1), Vec::new()).await;
    let file = confirm(&service, &start, "", json!({})).await.json();
    assert_eq!((&file["size"], &file["crc64"]), (&json!("0"), &json!("0")));
}

#[tokio::test]
async fn an_upload_in_parts_is_renewed_and_cancelled() {
    let mut service = Service::start().await;
    let start = begin_parts(&service, "a.bin", json!({ "partNumberRange": "1,3-4" })).await;
    let numbers: Vec<_> = start["parts"].as_object().unwrap().keys().collect();
    assert_eq!(numbers, ["1", "3", "4"]);
    assert_eq!(start["parts"]["1"]["headers"], start["headers"]);
    let key = start["confirmKey"].as_str().unwrap().to_owned();
    let at = |flag: &str| format!("file/local/-/{key}?{flag}");
    let renewed = service
        .post(&at("renew=1"), json!({ "partNumberRange": "2" }))
        .await;
    assert_eq!(renewed.status, 200);
    let renewed = renewed.json();
    assert_eq!(
        (&renewed["confirmKey"], &renewed["uploadId"]),
        (&start["confirmKey"], &start["uploadId"])
    );
    assert!(renewed["parts"]["2"]["headers"].is_object());
    send(&service, &renewed, &part(&start, 1), b"x".to_vec()).await;
    service.token = service.new_token("delete_file").await;
    for answer in [
        service.get(&at("upload")).await,
        service.delete(&at("upload")).await,
        service.post(&at("renew"), Value::Null).await,
        service.post("file/local/-/x?multipart", Value::Null).await,
        service.post("file/local/-/x", Value::Null).await,
    ] {
        assert_eq!(answer.code(), (403, "NoPermission".into()));
    }
    service.token = service.new_token("upload_file").await;
    assert_eq!(service.delete(&at("upload=1")).await.status, 204);
    assert_eq!(leftovers(&service), 0);
    for answer in [
        service.get(&at("upload")).await,
        service.delete(&at("upload")).await,
        service.post(&at("renew"), Value::Null).await,
        service.post(&at("confirm"), Value::Null).await,
    ] {
        assert_eq!(answer.code(), (404, "ConfirmKeyNotFound".into()));
    }
    let late = send(&service, &start, &part(&start, 1), b"x".to_vec()).await;
    assert_eq!(xml_code(&late), (404, "NoSuchUpload"));
    let simple = begin(&service, "b.bin", json!({})).await;
    let renew = format!(
        "file/local/-/{}?renew",
        simple["confirmKey"].as_str().unwrap()
    );
    assert_eq!(
        service.post(&renew, Value::Null).await.code(),
        (404, "NotMultipartUpload".into())
    );
}
