//! Quotas (part A section 6).

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::service::Service;

/// Seconds since 1970 for the services of this file that say so.
static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);

fn clock() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::SeqCst)).unwrap()
}

fn quota(capacity: impl Into<Value>) -> Value {
    json!({ "capacity": capacity.into(), "removeWhenExceed": true, "removeAfterDays": 1 })
}

fn quota_of(capacity: u64, spaces: &[&str]) -> Value {
    let mut body = quota(capacity);
    body["spaces"] = json!(spaces);
    body
}

async fn many() -> Service {
    let service = Service::start_with(|config| config.multi_space = true).await;
    for id in ["one", "two", "three"] {
        service
            .post(&format!("space/local?space_id={id}"), json!({}))
            .await
            .json();
    }
    service
}

#[tokio::test]
async fn a_library_of_one_space_has_one_quota() {
    let service = Service::start().await;
    service.write("a", "12345");
    assert_eq!(
        service.get("quota/local/-").await.code(),
        (404, "NoQuota".into())
    );
    for (body, code) in [
        (json!({}), "QuotaCapacityRequired"),
        (quota("x"), "QuotaCapacityInvalid"),
        (quota("0"), "QuotaCapacityInvalid"),
        (quota(-1), "QuotaCapacityInvalid"),
        (quota(4), "QuotaCapacityLessThanSize"),
        (
            json!({ "capacity": 9, "spaces": ["one"] }),
            "QuotaSpacesInvalid",
        ),
        (
            json!({ "capacity": 9, "removeWhenExceed": false }),
            "ParamInvalid",
        ),
        (
            json!({ "capacity": 9, "removeAfterDays": 0 }),
            "ParamInvalid",
        ),
    ] {
        let answer = service.post("quota/local", body.clone()).await;
        assert_eq!(answer.code(), (400, code.into()), "{body}");
    }
    let made = service.post("quota/local", quota("10")).await;
    assert_eq!(made.status, 201);
    let id = made.json()["quotaId"].as_u64().unwrap();
    let again = service.post("quota/local", quota("10")).await;
    assert_eq!(again.code(), (409, "DuplicateQuota".into()));
    let told = json!({ "id": id, "capacity": "10" });
    assert_eq!(service.get("quota/local/-").await.json(), told);
    assert_eq!(service.get("space-quota/local/-").await.json(), told);
    let usage = service.get("usage/local").await.json();
    assert_eq!(usage["capacity"], "10");
    assert_eq!(usage["availableSpace"], "5");
    let usage = service.get("usage/local/-").await.json();
    assert_eq!(usage[0]["availableSpace"], "5");
}

#[tokio::test]
async fn a_quota_covers_many_spaces_and_is_changed_in_two_ways() {
    let mut service = many().await;
    for (spaces, code) in [
        (json!([]), "QuotaSpacesRequired"),
        (json!(null), "QuotaSpacesRequired"),
        (json!(["gone"]), "QuotaSpacesInvalid"),
        (json!(["-"]), "QuotaSpacesInvalid"),
    ] {
        let answer = service
            .post("quota/local", json!({ "capacity": 9, "spaces": spaces }))
            .await;
        assert_eq!(answer.code(), (400, code.into()), "{spaces}");
    }
    let body = quota_of(9, &["two", "one"]);
    let id = service.post("quota/local", body).await.json()["quotaId"].clone();
    let by_id = format!("quota/local/{id}");
    let told = json!({ "spaces": ["one", "two"], "capacity": "9" });
    assert_eq!(service.get(&by_id).await.json(), told);
    let body = quota_of(9, &["two", "three"]);
    assert_eq!(
        service.post("quota/local", body).await.code(),
        (409, "DuplicateQuota".into())
    );
    assert_eq!(
        service.get("space-quota/local/three").await.code(),
        (404, "NoQuota".into())
    );
    assert_eq!(
        service
            .put("quota/local/one", json!({ "capacity": "20" }))
            .await
            .status,
        204
    );
    let refused = service.put("quota/local/one", json!({})).await;
    assert_eq!(refused.code(), (400, "QuotaCapacityRequired".into()));
    assert_eq!(
        service
            .put("quota/local/three", json!({ "capacity": 1 }))
            .await
            .code(),
        (404, "NoQuota".into())
    );
    assert_eq!(
        service
            .put(&by_id, json!({ "spaces": ["three"] }))
            .await
            .status,
        204
    );
    assert_eq!(
        service.get(&by_id).await.json(),
        json!({ "spaces": ["three"], "capacity": "20" })
    );
    assert_eq!(
        service.get("quota/local/one").await.code(),
        (404, "NoQuota".into())
    );
    assert_eq!(
        service.get("quota/local/987654").await.code(),
        (404, "QuotaNotFound".into())
    );
    assert_eq!(
        service.get("quota/local/gone").await.code(),
        (404, "SpaceNotFound".into())
    );
    assert_eq!(
        service.get("usage/local").await.json()["totalAllocatedSpaceQuota"],
        "20"
    );
    // The quota of a space does not outlive it.
    service.delete("space/local/three").await;
    assert_eq!(service.get(&by_id).await.json()["spaces"], json!([]));
    service.token = service.new_token("space_admin").await;
    for path in [by_id.as_str(), "quota/local/one"] {
        let (status, _) = service.get(path).await.code();
        assert_eq!(status, 403, "{path}");
    }
    let refused = service.post("quota/local", quota_of(9, &["one"])).await;
    assert_eq!(refused.code(), (403, "NoPermission".into()));
}

#[tokio::test]
async fn an_upload_beyond_the_quota_is_refused_when_it_begins_and_when_it_ends() {
    let service = Service::start_with(|config| config.clock = clock).await;
    service.write("a", "12345");
    service.post("quota/local", quota("10")).await.json();
    let full = (400, "QuotaLimitReached".to_owned());
    assert_eq!(
        service
            .put("file/local/-/b?filesize=6", json!({}))
            .await
            .code(),
        full
    );
    assert_eq!(
        service
            .put("file/local/-/b?filesize=x", json!({}))
            .await
            .code()
            .1,
        "ParamInvalid"
    );
    assert_eq!(
        service
            .put("file/local/-/b?filesize=5", json!({}))
            .await
            .status,
        201
    );
    let send = async |path: &str, content: &'static str| {
        let begun = service
            .put(&format!("file/local/-/{path}"), json!({}))
            .await
            .json();
        let url = format!("{}{}", service.url(), begun["path"].as_str().unwrap());
        let mut request = service.http().put(url).body(content);
        for (name, value) in begun["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        assert_eq!(request.send().await.unwrap().status(), 200);
        let key = begun["confirmKey"].as_str().unwrap();
        service
            .post(&format!("file/local/-/{key}?confirm"), json!({}))
            .await
    };
    assert_eq!(send("b", "123456").await.code(), full);
    assert!(!service.has("b"));
    assert_eq!(send("c", "123").await.status, 200);
    // What came since the last measurement counts at once.
    assert_eq!(send("d", "123").await.code(), full);
    // What went does when it is measured again; the bin counts too.
    service.delete("file/local/-/a").await;
    NOW.fetch_add(60, Ordering::SeqCst);
    assert_eq!(send("d", "123").await.code(), full);
    service.delete("recycled/local/-").await;
    NOW.fetch_add(60, Ordering::SeqCst);
    assert_eq!(send("d", "123").await.status, 200);
}

#[tokio::test]
async fn a_copy_beyond_the_quota_is_refused() {
    let service = Service::start_with(|config| config.clock = clock).await;
    service.write("a", "12345");
    service.write("d/x", "123456");
    service.post("quota/local", quota(16)).await.json();
    let copy = json!({ "copyFrom": "a" });
    assert_eq!(
        service.put("file/local/-/b", copy.clone()).await.status,
        200
    );
    let refused = service.put("file/local/-/c", copy).await;
    assert_eq!(refused.code(), (400, "QuotaLimitReached".into()));
    assert!(!service.has("c"));
    for items in [
        json!([{ "copyFrom": "a", "to": "c" }]),
        json!([{ "copyFrom": "d", "to": "e" }]),
    ] {
        let answer = service.post("batch/local/-?copy", items).await.json();
        assert_eq!(answer["result"][0]["code"], "QuotaLimitReached");
    }
    assert!(!service.has("c") && !service.has("e"));
}

#[tokio::test]
async fn what_comes_from_another_space_counts_unless_one_quota_holds_for_both() {
    let service = many().await;
    service.write("one/a", "123456");
    service.write("one/d/x", "123456");
    service.write("one/small", "1");
    let move_all = async |to: &str| {
        let item = |name: &str| json!({ "from": name, "fromSpaceId": "one", "to": name });
        let items = json!([item("a"), item("d"), item("small")]);
        let path = format!("batch/local/{to}?move");
        let answer = service.post(&path, items).await.json();
        let items = answer["result"].as_array().unwrap().clone();
        let codes = items.iter().map(|item| item["code"].as_str());
        codes
            .map(|code| code.unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let own = quota_of(5, &["two"]);
    service.post("quota/local", own).await.json();
    let codes = move_all("two").await;
    assert_eq!(codes, ["QuotaLimitReached", "QuotaLimitReached", ""]);
    assert!(service.has("one/a") && service.has("one/d/x") && service.has("two/small"));
    std::fs::rename(service.at("two/small"), service.at("one/small")).unwrap();
    let common = quota_of(13, &["one", "three"]);
    service.post("quota/local", common).await.json();
    assert_eq!(move_all("three").await, ["", "", ""]);
    assert!(service.has("three/d/x"));
}

#[tokio::test]
async fn a_virtual_file_counts_with_the_size_that_was_said() {
    let service = Service::start_with(|config| config.clock = clock).await;
    let size = async |path: &str| service.get(path).await.json();
    let make = async |path: &str, size: &str| {
        let body = json!({ "size": size });
        let path = format!("file/local/-/{path}?virtual_file");
        service.put(&path, body).await
    };
    let full = (400, "QuotaLimitReached".to_owned());
    service.write("d/a", "12345");
    assert_eq!(make("d/v", "700").await.status, 200);
    assert_eq!(size("space/local/-/size").await["size"], "705");
    assert_eq!(size("usage/local").await["totalFileSize"], "705");
    let stats = size("directory/local/-/d?stats=1&stats_type=normal").await;
    assert_eq!(stats["storage"], 705);
    let refused = service.post("quota/local", quota(704)).await;
    assert_eq!(refused.code(), (400, "QuotaCapacityLessThanSize".into()));
    service.post("quota/local", quota(1500)).await.json();
    assert_eq!(make("w", "796").await.code(), full);
    assert!(!service.has("w"));
    assert_eq!(make("w", "95").await.status, 200);
    let grow = async |size: u64| {
        let path = "directory/local/-/d/v?update";
        service.post(path, json!({ "size": size })).await
    };
    assert_eq!(grow(1401).await.code(), full);
    let details = size("directory/local/-/d/v?info").await;
    assert_eq!(details["size"], "700");
    assert_eq!(grow(800).await.status, 204);
    // What is copied counts again.
    for (path, body) in [
        ("file/local/-/x", json!({ "copyFrom": "d/v" })),
        ("directory/local/-/e", json!({ "copyFrom": "d" })),
    ] {
        assert_eq!(service.put(path, body).await.code(), full, "{path}");
    }
    // In the bin it still counts.
    let recycled = service.delete("file/local/-/d/v").await.json();
    NOW.fetch_add(60, Ordering::SeqCst);
    assert_eq!(make("y", "601").await.code(), full);
    let id = &recycled["recycledItemId"];
    let path = format!("directory/local/-/?stats=1&stats_type=recycle&recycled_id={id}");
    assert_eq!(size(&path).await["storage"], 800);
    // No number makes the sums run over.
    for beyond in [json!("9223372036854775808"), json!(-1), json!("x")] {
        let body = json!({ "size": beyond });
        let answer = service.put("file/local/-/z?virtual_file", body).await;
        assert_eq!(answer.code(), (400, "ParamInvalid".into()));
    }
}

#[tokio::test]
async fn nothing_is_removed_when_a_quota_is_exceeded() {
    let service = Service::start_with(|config| config.clock = clock).await;
    service.post("quota/local", quota(10)).await.json();
    service.write("a", "1234567890123");
    let labels = json!({ "labels": ["large"] });
    let said = service.post("directory/local/-/a?update", labels).await;
    assert_eq!(said.status, 204, "that takes no room");
    NOW.fetch_add(3600, Ordering::SeqCst);
    assert_eq!(
        service.get("usage/local/-").await.json()[0]["availableSpace"],
        "0"
    );
    assert!(service.has("a"));
}
