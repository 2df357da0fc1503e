//! Uploads that outlive the service that began them.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::service::Service;

use super::multipart::{begin_parts, part};
use super::{MIB, begin, bytes, confirm, leftovers, send, xml_code};

/// The same upload at a service that was started since, elsewhere.
fn moved(mut start: Value, service: &Service) -> Value {
    start["domain"] = Value::from(service.url().trim_start_matches("http://"));
    start
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let service = Service::start().await;
    let whole = bytes(MIB + 7);
    let start = begin_parts(&service, "a.bin", json!({ "labels": ["red"] })).await;
    send(&service, &start, &part(&start, 1), whole[..MIB].to_vec()).await;
    let simple = begin(&service, "b.bin", json!({})).await;
    send(&service, &simple, "", b"b".to_vec()).await;
    let form = service.post("file/local/-/c.bin", Value::Null).await.json();

    let folder = service.stop().await;
    // What a killed service may leave: a part that never came to its end.
    std::fs::write(folder.path().join(".mediasweep/uploads/half"), "x").unwrap();
    let service = Service::over(folder, |_| {}).await;
    let (start, simple) = (moved(start, &service), moved(simple, &service));
    assert_eq!(leftovers(&service), 2);
    let key = start["confirmKey"].as_str().unwrap();
    let status = service
        .get_owned(format!("file/local/-/{key}?upload"))
        .await;
    assert_eq!(status["parts"].as_array().unwrap().len(), 1);
    let sent = send(&service, &start, &part(&start, 2), whole[MIB..].to_vec()).await;
    assert_eq!(sent.status, 200);
    let file = confirm(&service, &start, "", json!({})).await.json();
    assert_eq!(file["labels"], json!(["red"]));
    assert!(std::fs::read(service.at("a.bin")).unwrap() == whole);
    assert_eq!(confirm(&service, &simple, "", json!({})).await.status, 200);
    assert_eq!(
        confirm(&service, &form, "", json!({})).await.code().1,
        "UploadIncomplete"
    );

    // What was confirmed stays so.
    let service = Service::over(service.stop().await, |_| {}).await;
    assert_eq!(
        confirm(&service, &simple, "", json!({})).await.code(),
        (409, "UploadComplete".into())
    );
}

#[tokio::test]
async fn an_upload_that_nobody_ends_lapses() {
    static NOW: AtomicI64 = AtomicI64::new(1_700_000_000);
    let clock = || Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap();
    let pass = |time: SignedDuration| NOW.fetch_add(time.as_secs(), Ordering::Relaxed);

    let mut service = Service::start_with(|config| config.clock = clock).await;
    let start = begin_parts(&service, "a.bin", json!({})).await;
    send(&service, &start, &part(&start, 1), b"one".to_vec()).await;
    pass(SignedDuration::from_hours(3));
    service.token = service.new_token("admin").await;
    let late = send(&service, &start, &part(&start, 1), b"late".to_vec()).await;
    assert_eq!(xml_code(&late), (403, "AccessDenied"));
    assert!(late.text.contains("expired"), "{late:?}");
    let key = start["confirmKey"].as_str().unwrap();
    let renew = format!("file/local/-/{key}?renew");
    assert_eq!(service.post(&renew, Value::Null).await.status, 200);
    let again = send(&service, &start, &part(&start, 1), b"again".to_vec()).await;
    assert_eq!(again.status, 200);
    let other = begin(&service, "b.bin", json!({})).await;
    send(&service, &other, "", b"b".to_vec()).await;

    pass(SignedDuration::from_hours(30));
    service.token = service.new_token("admin").await;
    assert_eq!(
        confirm(&service, &start, "", json!({})).await.code(),
        (404, "ConfirmKeyNotFound".into())
    );
    assert_eq!(leftovers(&service), 2);
    begin(&service, "c.bin", json!({})).await;
    assert_eq!(leftovers(&service), 0);
}
