//! Recently used files (part B 8.2).

use serde_json::{Value, json};

use crate::service::Service;

async fn preview(service: &Service, path: &str) {
    let path = format!("file/local/-/{path}?purpose=preview");
    assert_eq!(service.get(&path).await.status, 302);
}

async fn upload(service: &Service, path: &str, bytes: &'static str) {
    let path = format!("file/local/-/{path}?conflict_resolution_strategy=overwrite");
    let start = service.put(&path, json!({})).await.json();
    let url = format!("{}{}", service.url(), start["path"].as_str().unwrap());
    let mut request = service.http().put(url).body(bytes);
    for (name, value) in start["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    assert!(request.send().await.unwrap().status().is_success());
    let key = start["confirmKey"].as_str().unwrap();
    let confirm = format!("file/local/-/{key}?confirm");
    service.post(&confirm, json!({})).await.json();
}

async fn recent(service: &Service, body: Value) -> Value {
    service
        .post("recent/local/-/recently-used-file", body)
        .await
        .json()
}

fn uses(page: &Value) -> Vec<(&str, &str)> {
    let entries = page["contents"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap();
            (text("name"), text("actionType"))
        })
        .collect()
}

#[tokio::test]
async fn looks_and_changes_are_listed_with_the_last_first() {
    let service = Service::start().await;
    service.write("d/a.jpg", "123");
    service.write("b.txt", "x");
    assert_eq!(service.get("file/local/-/b.txt").await.status, 302);
    assert!(!service.has(".mediasweep"));
    preview(&service, "d/a.jpg").await;
    upload(&service, "c.mov", "12345").await;
    preview(&service, "b.txt").await;
    // Asking for its URL is a look as well, if it says so.
    for query in ["info&purpose=preview", "info&purpose=download"] {
        service
            .get(&format!("file/local/-/d/a.jpg?{query}"))
            .await
            .json();
    }
    let all = [
        ("a.jpg", "preview"),
        ("b.txt", "preview"),
        ("c.mov", "modify"),
    ];
    let page = recent(&service, json!({})).await;
    assert_eq!(uses(&page), all);
    assert_eq!(page.get("nextMarker"), None);
    let entry = &page["contents"][2];
    assert_eq!(entry["size"], "5");
    assert_eq!(entry["spaceId"], "-");
    assert_eq!(entry["inode"].as_str().unwrap().len(), 32);
    assert_eq!(entry.get("path"), None);
    let first = recent(&service, json!({ "limit": 2, "withPath": true })).await;
    assert_eq!(uses(&first), all[..2]);
    assert_eq!(first["contents"][0]["path"], json!(["d", "a.jpg"]));
    let texts = json!({ "limit": "2", "withPath": 1, "type": [], "marker": "" });
    assert_eq!(recent(&service, texts).await, first);
    let body = json!({ "limit": 2, "marker": first["nextMarker"], "withFavoriteStatus": true });
    let last = recent(&service, body).await;
    assert_eq!(uses(&last), all[2..]);
    assert_eq!(last["contents"][0]["isFavorite"], false);
    for (body, expected) in [
        (json!({ "filterActionBy": "preview" }), &all[..2]),
        (json!({ "filterActionBy": "modify" }), &all[2..]),
        (json!({ "type": "image" }), &all[..1]),
    ] {
        assert_eq!(uses(&recent(&service, body).await), expected);
    }
}

#[tokio::test]
async fn what_is_moved_is_found_and_what_is_gone_is_left_out() {
    let service = Service::start().await;
    for name in ["a", "b", "c"] {
        service.write(name, name);
        preview(&service, name).await;
    }
    std::fs::rename(service.at("a"), service.at("z")).unwrap();
    std::fs::remove_file(service.at("c")).unwrap();
    let page = recent(&service, json!({ "limit": 1 })).await;
    assert_eq!(uses(&page), [("b", "preview")]);
    let page = recent(
        &service,
        json!({ "limit": 1, "marker": page["nextMarker"] }),
    )
    .await;
    assert_eq!(uses(&page), [("z", "preview")]);
    assert_eq!(page.get("nextMarker"), None);
}

#[tokio::test]
async fn what_cannot_be_listed_is_refused() {
    let service = Service::start().await;
    for (body, status, code) in [
        (json!({ "limit": 0 }), 400, "ParamInvalid"),
        (json!({ "limit": 1001 }), 400, "ParamInvalid"),
        (json!({ "filterActionBy": "eat" }), 400, "ParamInvalid"),
        (json!({ "marker": "made-up" }), 404, "MarkerNotFound"),
    ] {
        let answer = service
            .post("recent/local/-/recently-used-file", body)
            .await;
        assert_eq!(answer.code(), (status, code.to_owned()));
    }
}
