//! Bytes by the client: uploads at once and in parts, and downloads, against the real service.

use bytes::Bytes;
use mediasweep::client::content::{Meter, Outgoing};
use mediasweep::client::upload::{Way, Wish};
use mediasweep::client::{Client, Error};
use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::failure::Failure;
use mediasweep::server::faults::Action;
use serde_json::json;
use tokio::sync::mpsc;

use crate::support::{TestService, edit, instead, path};

/// CRC-64/XZ of `hello world` (part B 4.8).
const HELLO: u64 = 5_981_764_153_023_615_706;

fn outgoing(bytes: &[u8], announced: u64) -> Outgoing {
    let (sender, pieces) = mpsc::channel(64);
    for piece in bytes.chunks(1 << 20) {
        sender.try_send(Ok(Bytes::copy_from_slice(piece))).unwrap();
    }
    Outgoing {
        length: announced,
        pieces,
    }
}

fn wish(path: &mediasweep::domain::path::RemotePath, size: usize) -> Wish<'_> {
    Wish {
        path,
        strategy: Strategy::Ask,
        size: size as u64,
        modified: None,
    }
}

async fn received(client: &Client, file: &str, from: u64) -> Vec<u8> {
    let link = client.file_link(&path(file)).await.unwrap().unwrap();
    let mut incoming = client.receive(&link, from, None).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = incoming.next().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

#[tokio::test]
async fn a_file_goes_up_at_once_and_comes_down_in_ranges() {
    let service = TestService::start().await;
    let client = service.client();
    let target = path("杭州 50%.txt");
    let begun = client
        .begin_upload(wish(&target, 11), Way::Simple)
        .await
        .unwrap();
    let meter = Meter::default();
    let sum = client
        .send_bytes(&begun.place, None, outgoing(b"hello world", 11), &meter)
        .await
        .unwrap();
    assert_eq!((sum, meter.bytes()), (Some(HELLO), 11));
    assert!(!service.has("杭州 50%.txt"));
    let status = client.upload_status(&begun.key).await.unwrap().unwrap();
    assert!(!status.is_confirmed);
    let file = client
        .confirm_upload(&begun.key, Strategy::Ask, HELLO)
        .await
        .unwrap();
    assert_eq!(
        (file.path, file.crc64, file.size),
        (Some(target.clone()), Some(HELLO), Some(11))
    );
    let status = client.upload_status(&begun.key).await.unwrap().unwrap();
    assert!(status.is_confirmed);
    assert_eq!(received(&client, "杭州 50%.txt", 0).await, b"hello world");
    assert_eq!(received(&client, "杭州 50%.txt", 6).await, b"world");
    assert!(client.file_link(&path("none")).await.unwrap().is_none());
    // The token stays with the interface.
    assert_eq!(service.faults.count("/cos/ access_token"), 0);
    assert!(service.faults.count("/cos/") >= 3);
    service.stop().await;
}

#[tokio::test]
async fn parts_are_renewed_looked_at_confirmed_and_given_up() {
    let service = TestService::start().await;
    let client = service.client();
    let bytes = vec![7_u8; 3 << 20];
    let target = path("parts.bin");
    let begun = client
        .begin_upload(wish(&target, bytes.len()), Way::Parts)
        .await
        .unwrap();
    let meter = Meter::default();
    let second = outgoing(&bytes[2 << 20..], 1 << 20);
    client
        .send_bytes(&begun.place, Some(2), second, &meter)
        .await
        .unwrap();
    let status = client.upload_status(&begun.key).await.unwrap().unwrap();
    assert_eq!(
        status.parts.into_iter().collect::<Vec<_>>(),
        [(2, 1_u64 << 20)]
    );
    let place = client.renew_upload(&begun.key, Some(1)).await.unwrap();
    let first = outgoing(&bytes[..2 << 20], 2 << 20);
    client
        .send_bytes(&place, Some(1), first, &meter)
        .await
        .unwrap();
    assert_eq!(meter.bytes(), 3 << 20);
    let wrong = client
        .confirm_upload(&begun.key, Strategy::Ask, 1)
        .await
        .unwrap_err();
    assert_eq!(Failure::from(wrong).label(), "400 BadCrc64");
    client.cancel_upload(&begun.key).await.unwrap();
    assert_eq!(client.upload_status(&begun.key).await.unwrap(), None);
    assert!(!service.has("parts.bin"));
    service.stop().await;
}

#[tokio::test]
async fn bytes_that_do_not_come_as_announced_make_no_file() {
    let service = TestService::start().await;
    let client = service.client();
    let target = path("a");
    for (bytes, announced) in [(b"short" as &[u8], 11), (b"much too long", 5)] {
        let begun = client
            .begin_upload(wish(&target, 11), Way::Simple)
            .await
            .unwrap();
        let meter = Meter::default();
        let sent = client
            .send_bytes(&begun.place, None, outgoing(bytes, announced), &meter)
            .await;
        assert!(sent.is_err());
        assert_eq!(meter.bytes(), 0);
        let confirmed = client.confirm_upload(&begun.key, Strategy::Ask, 0).await;
        assert!(confirmed.is_err());
    }
    assert!(!service.has("a"));
    service.stop().await;
}

#[tokio::test]
async fn another_content_and_a_lapsed_url_are_told() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let client = service.client();
    let link = client.file_link(&path("a")).await.unwrap().unwrap();
    let label = |answer: Result<_, Error>| Failure::from(answer.map(|_| ()).unwrap_err()).label();
    let other = client.receive(&link, 0, Some("\"other\"")).await;
    assert_eq!(label(other), "412 PreconditionFailed");
    let lapsed = instead(
        403,
        &[],
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
    );
    service.faults.add_outside("GET", "/cos/**", 1, lapsed);
    let error = client
        .receive(&link, 0, None)
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(
        error.to_string().ends_with("Request has expired"),
        "{error}"
    );
    assert_eq!(Failure::from(error).label(), "403 AccessDenied");
    service.stop().await;
}

#[tokio::test]
async fn neither_redirects_nor_unsafe_places_are_followed() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let client = service.client();
    let elsewhere = format!("{}/elsewhere", service.url);
    let away = instead(302, &[("location", &elsewhere)], "");
    service.faults.add_outside("GET", "/cos/**", 1, away);
    let link = client.file_link(&path("a")).await.unwrap().unwrap();
    let answer = client.receive(&link, 0, None).await.map(|_| ());
    assert!(matches!(answer, Err(Error::Refused(_))), "{answer:?}");
    assert_eq!(service.faults.count("/elsewhere"), 0);
    for url in [
        "http://10.0.0.1/a",
        "ftp://x.example/a",
        "https://u:p@x.example/",
        "x",
    ] {
        let spoiled = edit(move |info| info["cosUrl"] = json!(url));
        service.faults.add("GET /file/ info", 1, spoiled);
        let answer = client.file_link(&path("a")).await;
        assert!(matches!(answer, Err(Error::BadPlace)), "{url}: {answer:?}");
    }
    for domain in ["x.example/y", "u@x.example", "", "x.example?y", "x\\y"] {
        let spoiled = edit(move |start| start["domain"] = json!(domain));
        service.faults.add("PUT /file/", 1, spoiled);
        let answer = client.begin_upload(wish(&path("b"), 1), Way::Simple).await;
        assert!(matches!(answer, Err(Error::BadPlace)), "{domain}");
    }
    // Only a service of this machine is spoken to in the open.
    let spoiled = edit(|start| start["domain"] = json!("10.0.0.1:9"));
    service.faults.add("PUT /file/", 1, spoiled);
    let begun = client
        .begin_upload(wish(&path("b"), 1), Way::Simple)
        .await
        .unwrap();
    assert_eq!(format!("{begun:?}").matches("10.0.0.1").count(), 0);
    service.stop().await;
}

#[tokio::test]
async fn a_download_that_breaks_off_or_stands_still_says_so() {
    let service = TestService::start().await;
    std::fs::write(service.root.path().join("big"), vec![1_u8; 4 << 20]).unwrap();
    let client = service.impatient();
    let link = client.file_link(&path("big")).await.unwrap().unwrap();
    service.faults.add_outside("GET", "/cos/**", 1, Action::Cut);
    let mut incoming = client.receive(&link, 0, None).await.unwrap();
    assert_eq!((incoming.start, incoming.total), (0, Some(4 << 20)));
    let error = loop {
        match incoming.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("half of it looked like all of it"),
            Err(error) => break error,
        }
    };
    assert!(error.is_passing());
    service
        .faults
        .add_outside("GET", "/cos/**", 1, Action::Silence);
    let silent = client.receive(&link, 0, None).await.map(|_| ());
    assert!(matches!(silent, Err(Error::NoAnswer(_))), "{silent:?}");
    service.stop().await;
}
