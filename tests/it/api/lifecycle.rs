//! How long things stay in the recycle bin (part A 8.9).

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use mediasweep::server::Config;
use serde_json::{Value, json};

use crate::service::Service;

const DAY: i64 = 24 * 60;

/// In minutes. Each test has a clock of its own.
static FIRST: AtomicI64 = AtomicI64::new(0);
static SECOND: AtomicI64 = AtomicI64::new(0);

fn at(minutes: &AtomicI64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes.load(Ordering::Relaxed))
}

fn first() -> Timestamp {
    at(&FIRST)
}

fn second() -> Timestamp {
    at(&SECOND)
}

async fn service(clock: fn() -> Timestamp, days: Option<u32>) -> Service {
    Service::start_with(|config: &mut Config| {
        config.clock = clock;
        config.retention_days = days;
    })
    .await
}

/// Names and days that are left, of what goes soonest first.
async fn bin(service: &mut Service) -> Vec<(String, Value)> {
    service.token = service.new_token("admin").await;
    let path = "recycled/local/-?by-marker=1&limit=100&order_by=remainingTime";
    let page = service.get(path).await.json();
    let items = page["contents"].as_array().unwrap();
    assert_eq!(page["totalNum"], items.len());
    items
        .iter()
        .map(|item| {
            let name = item["name"].as_str().unwrap().to_owned();
            (name, item["remainingTime"].clone())
        })
        .collect()
}

async fn lifecycle(service: &Service, days: Value) -> (u16, String) {
    let body = json!({ "retentionDays": days });
    service
        .post("recycled/local/-?lifecycle", body)
        .await
        .code()
}

#[tokio::test]
async fn a_longer_time_holds_for_all_and_a_shorter_one_for_what_comes() {
    let mut service = service(first, None).await;
    let recycle = async |service: &Service, name: &str| {
        service.write(name, name);
        service.batch_delete(&[name]).await;
    };
    let named = |name: &str, days: Value| (name.to_owned(), days);
    recycle(&service, "for ever").await;
    assert_eq!(bin(&mut service).await, [named("for ever", Value::Null)]);
    assert_eq!(lifecycle(&service, json!(10)).await.0, 204);
    recycle(&service, "ten").await;
    assert_eq!(
        lifecycle(&service, json!(20)).await,
        (403, "SetRecycleLifecycleFrequencyLimit".into())
    );
    FIRST.store(10, Ordering::Relaxed);
    assert_eq!(lifecycle(&service, json!(5)).await.0, 204);
    recycle(&service, "five").await;
    let forever = named("for ever", Value::Null);
    assert_eq!(
        bin(&mut service).await,
        [
            named("five", json!(5)),
            named("ten", json!(9)),
            forever.clone()
        ]
    );
    FIRST.store(20, Ordering::Relaxed);
    assert_eq!(lifecycle(&service, json!(8)).await.0, 204);
    assert_eq!(
        bin(&mut service).await,
        [
            named("five", json!(7)),
            named("ten", json!(9)),
            forever.clone()
        ]
    );
    FIRST.store(9 * DAY, Ordering::Relaxed);
    assert_eq!(
        bin(&mut service).await,
        [named("ten", json!(1)), forever.clone()]
    );
    FIRST.store(400 * DAY, Ordering::Relaxed);
    assert_eq!(bin(&mut service).await, [forever]);
    // The listing has the rest removed, without waiting for it.
    let left = || std::fs::read_dir(service.at(".mediasweep/bin")).unwrap();
    while left().count() > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_has_expired_is_not_there_for_anybody() {
    let mut service = service(second, Some(1)).await;
    service.write("a", "a");
    service.batch_delete(&["a"]).await;
    let id = service.bin_id("a").await;
    SECOND.store(DAY - 1, Ordering::Relaxed);
    assert_eq!(bin(&mut service).await, [("a".to_owned(), json!(0))]);
    SECOND.store(DAY, Ordering::Relaxed);
    service.token = service.new_token("admin").await;
    for path in ["?info", "?preview"] {
        let answer = service.get(&format!("recycled/local/-/{id}{path}")).await;
        assert_eq!(answer.code(), (404, "RecycledItemNotFound".into()));
    }
    let path = format!("recycled/local/-/{id}?restore");
    let answer = service.post(&path, json!({})).await;
    assert_eq!(answer.code(), (404, "RecycledItemNotFound".into()));
    let answer = service.post("recycled/local/-?restore", json!([id])).await;
    assert_eq!(answer.json()["result"][0]["status"], 404);
}

#[tokio::test]
async fn a_lifecycle_is_a_number_of_days_and_for_administrators() {
    let mut service = Service::start().await;
    for days in [json!(0), json!(10_001), json!(-1), json!("x"), Value::Null] {
        assert_eq!(
            lifecycle(&service, days).await,
            (400, "ParamInvalid".into())
        );
    }
    service.token = service.new_token("delete_recycled").await;
    assert_eq!(
        lifecycle(&service, json!(1)).await,
        (403, "NoPermission".into())
    );
    let service = Service::start_with(|config| config.bin = false).await;
    assert_eq!(
        lifecycle(&service, json!(1)).await,
        (400, "RecycleBinNotEnabled".into())
    );
}

#[tokio::test]
async fn a_thing_in_the_bin_says_who_removed_it_and_all_about_it() {
    let mut service = Service::start().await;
    service.write("a.jpg", "picture");
    service.write("b.txt", "text");
    service.token = service.new_token("delete_file").await;
    service.batch_delete(&["a.jpg", "b.txt"]).await;
    let page = service.get("recycled/local/-").await.json();
    assert_eq!(page["contents"][0]["removalPerson"], "u1");
    let id = service.bin_id("a.jpg").await;
    let info = service
        .get_owned(format!("recycled/local/-/{id}?info"))
        .await;
    for (field, value) in [
        ("type", "file"),
        ("fileType", "image"),
        ("contentType", "image/jpeg"),
        ("size", "7"),
    ] {
        assert_eq!(info[field], value);
    }
    for field in ["creationTime", "modificationTime", "eTag", "cosUrl"] {
        assert!(info[field].is_string(), "{field}");
    }
    let answer = service.get(&format!("recycled/local/-/{id}?preview")).await;
    assert_eq!(answer.status, 302);
    let picture = service.http().get(answer.header("location"));
    assert_eq!(
        picture.send().await.unwrap().text().await.unwrap(),
        "picture"
    );
}

#[tokio::test]
async fn the_days_may_come_as_text() {
    let service = Service::start().await;
    for (days, status) in [(json!("x"), 400), (json!(null), 400), (json!("30"), 204)] {
        let path = "recycled/local/-?lifecycle=1";
        let answer = service.post(path, json!({ "retentionDays": days })).await;
        assert_eq!(answer.status, status, "{days}");
    }
}
