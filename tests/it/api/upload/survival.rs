//! Uploads that outlive the service that began them.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::kill::victim::{LARGE_ONES, Victim};
use crate::service::{Answer, Service, client};

use super::multipart::{begin_parts, part};
use super::{MIB, begin, bytes, confirm, leftovers, send, xml_code};

/// An upload in parts at a service in another process, and its first parts sent.
async fn begin_elsewhere(victim: &Victim, pieces: &[&[u8]]) -> Value {
    let (url, token) = (format!("http://{}", victim.address), &victim.token);
    let begin = format!("{url}/api/v1/file/local/-/a.bin?multipart&access_token={token}");
    let answer = client().post(begin).body("{}").send().await.unwrap();
    let start = Answer::of(answer).await.json();
    for (index, piece) in pieces.iter().enumerate() {
        let path = start["path"].as_str().unwrap();
        let request = client()
            .put(format!("{url}{path}{}", part(&start, index + 1)))
            .header(
                "x-cos-security-token",
                start["headers"]["x-cos-security-token"].as_str().unwrap(),
            )
            .body(piece.to_vec());
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    start
}

#[tokio::test]
async fn an_upload_goes_on_after_a_kill_in_the_middle_of_a_part() {
    let folder = tempfile::TempDir::new().unwrap();
    let whole = bytes(MIB + 7);
    let victim = Victim::start(folder.path(), LARGE_ONES);
    let start = begin_elsewhere(&victim, &[&whole[..MIB]]).await;
    let address = &victim.address;
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT {}{} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 7\r\n\
         x-cos-security-token: {}\r\n\r\nabc",
        start["path"].as_str().unwrap(),
        part(&start, 2),
        start["headers"]["x-cos-security-token"].as_str().unwrap(),
    );
    tokio::io::AsyncWriteExt::write_all(&mut socket, head.as_bytes())
        .await
        .unwrap();
    let uploads = folder.path().join(".mediasweep/uploads");
    while std::fs::read_dir(&uploads).unwrap().count() < 2 {
        tokio::task::yield_now().await;
    }
    victim.kill();

    let service = Service::over(folder, |_| {}).await;
    let start = moved(start, &service);
    assert_eq!(leftovers(&service), 1);
    assert_eq!(
        confirm(&service, &start, "", json!({})).await.status,
        200,
        "the first part is a whole file if nobody sends another one"
    );
    assert!(std::fs::read(service.at("a.bin")).unwrap() == whole[..MIB]);
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_confirmation_makes_the_file_once_or_not_yet() {
    for round in 0..5_u32 {
        let folder = tempfile::TempDir::new().unwrap();
        let whole = bytes(4 * MIB);
        let pieces: Vec<_> = whole.chunks(MIB).collect();
        let victim = Victim::start(folder.path(), LARGE_ONES);
        let start = begin_elsewhere(&victim, &pieces).await;
        let key = start["confirmKey"].as_str().unwrap();
        let end = format!(
            "http://{}/api/v1/file/local/-/{key}?confirm&access_token={}",
            victim.address, victim.token
        );
        let sent = tokio::spawn(async move {
            // The killed service may answer nothing.
            let _ = client().post(end).send().await;
        });
        for _ in 0..round * round * 400 {
            tokio::task::yield_now().await;
        }
        victim.kill();
        sent.await.unwrap();

        let service = Service::over(folder, |_| {}).await;
        let start = moved(start, &service);
        let is_there = service.has("a.bin");
        let answer = confirm(&service, &start, "", json!({})).await;
        assert_eq!(
            answer.status,
            if is_there { 409 } else { 200 },
            "{answer:?}"
        );
        assert!(std::fs::read(service.at("a.bin")).unwrap() == whole);
        assert_eq!(service.names("", "").await, ["a.bin"]);
        assert_eq!(leftovers(&service), 0);
    }
}

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
