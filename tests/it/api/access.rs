//! Tokens, the order of checks, sizes (part A sections 4, 5.5 and 11).

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, SECRET, Service};

/// Seconds since 1970 for the services of this file that say so.
static NOW: AtomicI64 = AtomicI64::new(1_700_000_000);

fn clock() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::SeqCst)).unwrap()
}

#[tokio::test]
async fn a_token_is_made_by_get_and_by_post() {
    let service = Service::start().await;
    let path =
        format!("/api/v1/token?library_id=local&library_secret={SECRET}&period=5&grant=admin");
    for method in [Method::GET, Method::POST] {
        let answer = service.raw(method, &path, None).await.json();
        assert_eq!(answer["expiresIn"], 300);
        assert!(answer["accessToken"].as_str().unwrap().starts_with("acctk"));
    }
    for (query, expected) in [
        ("", (400, "EmptyLibraryIdOrSecret")),
        ("library_id=local", (400, "EmptyLibrarySecret")),
        ("library_secret=x", (400, "EmptyLibraryId")),
        (
            "library_id=local&library_secret=x",
            (404, "WrongLibraryIdOrSecret"),
        ),
        (
            "library_id=other&library_secret=x",
            (404, "LibraryNotFound"),
        ),
    ] {
        let answer = service
            .raw(Method::GET, &format!("/api/v1/token?{query}"), None)
            .await;
        assert_eq!(
            answer.code(),
            (expected.0, expected.1.to_owned()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_token_lives_by_use_and_dies_by_idleness() {
    let mut service = Service::start_with(|config| config.clock = clock).await;
    let path = format!("/api/v1/token?library_id=local&library_secret={SECRET}&period=1000");
    let token = service.raw(Method::GET, &path, None).await.json()["accessToken"].clone();
    service.token = token.as_str().unwrap().to_owned();
    for _ in 0..3 {
        NOW.fetch_add(900, Ordering::SeqCst);
        assert_eq!(service.get("directory/local/-").await.status, 200);
    }
    NOW.fetch_add(900, Ordering::SeqCst);
    let renew = format!("/api/v1/token/local/{}", service.token);
    assert_eq!(
        service.raw(Method::POST, &renew, None).await.json()["expiresIn"],
        1000
    );
    NOW.fetch_add(900, Ordering::SeqCst);
    assert_eq!(service.get("directory/local/-").await.status, 200);
    NOW.fetch_add(1001, Ordering::SeqCst);
    let dead = (403, "InvalidAccessToken".to_owned());
    assert_eq!(service.get("directory/local/-").await.code(), dead);
    assert_eq!(service.raw(Method::POST, &renew, None).await.code(), dead);
}

#[tokio::test]
async fn tokens_are_taken_back_one_by_one_or_by_user() {
    let mut service = Service::start().await;
    let first = service.token.clone();
    let delete = format!("/api/v1/token/local/{first}");
    assert_eq!(service.raw(Method::DELETE, &delete, None).await.status, 204);
    assert_eq!(service.get("directory/local/-").await.status, 403);
    service.token = service.new_token("admin").await;
    let path = format!("/api/v1/token/local?library_secret={SECRET}&user_id=u0,u1&client_id=other");
    assert_eq!(service.raw(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(service.get("directory/local/-").await.status, 200);
    let path = format!("/api/v1/token/local?library_secret={SECRET}&user_id=u0%2Cu1");
    assert_eq!(service.raw(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(service.get("directory/local/-").await.status, 403);
}

#[tokio::test]
async fn checks_come_in_the_order_of_the_documents() {
    let service = Service::start().await;
    let code = async |path: &str| service.raw(Method::GET, path, None).await.code();
    assert_eq!(
        code("/api/v1/nothing/other/x").await,
        (404, "RouteNotFound".into())
    );
    assert_eq!(code("/elsewhere").await, (404, "RouteNotFound".into()));
    assert_eq!(
        code("/api/v1/directory/other/-").await,
        (400, "EmptyAccessToken".into())
    );
    assert_eq!(
        code("/api/v1/directory/other/-?access_token=x").await,
        (403, "InvalidAccessToken".into())
    );
    let token = &service.token;
    assert_eq!(
        code(&format!("/api/v1/directory/other/s?access_token={token}")).await,
        (404, "LibraryNotFound".into())
    );
    assert_eq!(
        code(&format!("/api/v1/directory/local/s?access_token={token}")).await,
        (404, "SpaceNotFound".into())
    );
    assert_eq!(
        code(&format!(
            "/api/v1/directory/local/-?limit=0&access_token={token}"
        ))
        .await,
        (400, "ParamInvalid".into())
    );
    assert_eq!(
        service.post("batch/local/-?copy", json!([])).await.code(),
        (400, "NoItemsProvided".into())
    );
    assert_eq!(
        service.post("batch/local/-", json!([])).await.code(),
        (404, "RouteNotFound".into())
    );
}

#[tokio::test]
async fn a_token_may_come_as_a_bearer_and_the_query_wins() {
    let service = Service::start().await;
    let get = async |query: &str, token: &str| {
        let url = format!("{}/api/v1/directory/local/-{query}", service.url());
        let request = service.http().get(url).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(get("", &service.token).await, 200);
    assert_eq!(get("?access_token=wrong", &service.token).await, 403);
    assert_eq!(get("", "wrong").await, 403);
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let service = Service::start().await;
    let good = service.get("directory/local/-").await;
    assert_eq!(good.header("x-request-id").len(), 32);
    let bad = service.get("directory/local/-/gone").await;
    let fault: Value = serde_json::from_str(&bad.text).unwrap();
    assert_eq!(fault["requestId"], bad.header("x-request-id"));
    // Without the word some clients take names for Latin-1.
    for answer in [&good, &bad] {
        assert_eq!(
            answer.header("content-type"),
            "application/json; charset=utf-8"
        );
    }
    let head = service.head("directory/local/-/gone").await;
    assert_eq!((head.status, head.text.as_str()), (404, ""));
    assert_eq!(head.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn a_browser_is_told_what_it_may_ask() {
    let service = Service::start().await;
    let answer = service
        .raw(Method::OPTIONS, "/api/v1/batch/local/-?delete", None)
        .await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(
        answer.header("access-control-allow-methods"),
        "GET,POST,PUT,DELETE,HEAD,OPTIONS"
    );
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "*, Authorization"
    );
    let asked = service
        .http()
        .request(Method::OPTIONS, format!("{}/cos/upload/x", service.url()))
        .header(
            "Access-Control-Request-Headers",
            "authorization,x-smh-meta-a",
        )
        .send()
        .await
        .unwrap();
    assert_eq!(
        Answer::of(asked)
            .await
            .header("access-control-allow-headers"),
        "authorization,x-smh-meta-a"
    );
}

#[tokio::test]
async fn a_browser_may_read_the_headers_of_the_protocol() {
    let service = Service::start().await;
    service.write("a", "a");
    let answer = service
        .post(
            "directory/local/-/a?update",
            json!({ "metaData": { "k": "v" } }),
        )
        .await;
    assert_eq!(answer.status, 204);
    let answer = service.head("file/local/-/a").await;
    let exposed = answer.header("access-control-expose-headers");
    for name in [
        "X-Request-Id",
        "ETag",
        "x-smh-size",
        "x-smh-crc64",
        "x-smh-meta-k",
    ] {
        assert!(
            exposed.split(", ").any(|known| known == name),
            "{name}: {exposed}"
        );
    }
}

#[tokio::test]
async fn a_body_has_a_limit_and_a_full_batch_of_long_paths_fits() {
    let service = Service::start().await;
    let long = format!("{0}/{0}/{0}/{0}", "片".repeat(255));
    let answer = service.batch_delete(&vec![long.as_str(); 1000]).await;
    assert_eq!(answer.status, 207);
    let body = format!("[{{\"path\":\"{}\"}}]", "a".repeat(5 << 20));
    let answer = service
        .ask(Method::POST, "batch/local/-?delete", Some(body))
        .await;
    assert_eq!(answer.code(), (413, "RequestEntityTooLarge".into()));
}

#[tokio::test]
async fn sizes_and_counts_are_text_and_include_the_bin() {
    let mut service = Service::start().await;
    service.write("a", "12345");
    service.write("d/e/b", "123");
    service.batch_delete(&["d"]).await;
    assert_eq!(
        service.get("space/local/-/size").await.json(),
        json!({ "size": "8" })
    );
    assert_eq!(
        service.get("usage/local").await.json(),
        json!({ "totalFileSize": "8" })
    );
    assert_eq!(
        service.get("usage/local/-").await.json(),
        json!([{ "spaceId": "-", "capacity": null, "availableSpace": null, "size": "8" }])
    );
    assert_eq!(
        service.get("space/local/-/file-count").await.json(),
        json!({ "fileNum": "2", "dirNum": "2", "recycledFileNum": "1", "recycledDirNum": "2", "historyFileNum": "0" })
    );
    service.token = service.new_token("").await;
    assert_eq!(service.get("space/local/-/size").await.status, 200);
    assert_eq!(
        service.get("usage/local").await.code(),
        (403, "NoPermission".into())
    );
}

async fn token_with(service: &Service, query: &str) -> String {
    let path = format!("/api/v1/token?library_id=local&library_secret={SECRET}&{query}");
    let answer = service.raw(Method::GET, &path, None).await.json();
    answer["accessToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_period_is_kept_within_its_bounds() {
    let service = Service::start().await;
    for (period, expected) in [
        ("", 86_400),
        ("soon", 86_400),
        ("-5", 300),
        ("299", 300),
        ("600.7", 600),
        ("%201200", 1200),
        ("nan", 86_400),
        ("301", 301),
        ("315360001", 315_360_000),
        ("99999999999999999999", 315_360_000),
    ] {
        let path =
            format!("/api/v1/token?library_id=local&library_secret={SECRET}&period={period}");
        let answer = service.raw(Method::POST, &path, None).await.json();
        assert_eq!(answer["expiresIn"], expected, "{period}");
    }
}

#[tokio::test]
async fn ids_have_a_length() {
    let service = Service::start().await;
    let long = "a".repeat(256);
    for (name, code) in [
        ("user_id", "UserIdLengthExceed"),
        ("client_id", "ClientIdLengthExceed"),
    ] {
        let path = format!("/api/v1/token?library_id=local&library_secret={SECRET}&{name}={long}");
        let answer = service.raw(Method::GET, &path, None).await;
        assert_eq!(answer.code(), (400, code.into()));
    }
}

#[tokio::test]
async fn deleting_by_user_names_a_few_and_needs_the_secret() {
    let service = Service::start().await;
    let many = |count: usize| vec!["x"; count].join(",");
    for (query, code) in [
        (format!("library_secret={SECRET}"), "ParamInvalid"),
        (
            format!("library_secret={SECRET}&user_id={}", many(11)),
            "ParamInvalid",
        ),
        (
            format!("library_secret={SECRET}&user_id=x&client_id={}", many(101)),
            "ParamInvalid",
        ),
        ("user_id=x".to_owned(), "EmptyLibrarySecret"),
        (
            "user_id=x&library_secret=y".to_owned(),
            "WrongLibraryIdOrSecret",
        ),
    ] {
        let path = format!("/api/v1/token/local?{query}");
        let answer = service.raw(Method::DELETE, &path, None).await;
        assert_eq!(answer.code().1, code, "{query}");
    }
}

#[tokio::test]
async fn the_secret_may_come_instead_of_a_token() {
    let service = Service::start().await;
    let get = async |query: &str| {
        let path = format!("/api/v1/usage/local?{query}");
        service.raw(Method::GET, &path, None).await
    };
    assert_eq!(get(&format!("library_secret={SECRET}")).await.status, 200);
    assert_eq!(
        get("library_secret=wrong").await.code(),
        (404, "WrongLibraryIdOrSecret".into())
    );
    assert_eq!(
        get("library_secret=").await.code(),
        (400, "EmptyAccessToken".into())
    );
    assert_eq!(
        get(&format!("access_token=wrong&library_secret={SECRET}"))
            .await
            .code(),
        (403, "InvalidAccessToken".into())
    );
}

#[tokio::test]
async fn an_administrator_of_spaces_is_not_one_of_the_library() {
    let mut service = Service::start().await;
    service.token = service.new_token("space_admin").await;
    assert_eq!(service.get("space/local/-/file-count").await.status, 200);
    assert_eq!(
        service.put("directory/local/-/d", json!({})).await.status,
        201
    );
    assert_eq!(
        service
            .delete("directory/local/-/d?permanent=1")
            .await
            .status,
        204
    );
    for path in ["usage/local", "usage/local/-", "quota/local/-"] {
        assert_eq!(
            service.get(path).await.code(),
            (403, "NoPermission".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_token_is_for_its_spaces() {
    let mut service = Service::start_with(|config| config.multi_space = true).await;
    for id in ["one", "two", "three"] {
        service
            .post(&format!("space/local?space_id={id}"), json!({}))
            .await
            .json();
    }
    let other = (403, "AccessTokenNotMatchSpace".to_owned());
    service.token = token_with(&service, "space_id=one,two&grant=space_admin").await;
    assert_eq!(service.get("directory/local/one").await.status, 200);
    assert_eq!(service.get("directory/local/two").await.status, 200);
    assert_eq!(service.get("directory/local/three").await.code(), other);
    assert_eq!(service.delete("space/local/three").await.code(), other);
    assert_eq!(
        service.delete("space/local/one").await.code(),
        (403, "NoPermission".into())
    );
    // One without spaces opens them to administrators of the library only.
    service.token = token_with(&service, "grant=admin").await;
    assert_eq!(service.get("directory/local/three").await.status, 200);
    service.token = token_with(&service, "grant=space_admin,create_space").await;
    assert_eq!(service.get("directory/local/three").await.code(), other);
    assert_eq!(
        service
            .post("space/local?space_id=four", json!({}))
            .await
            .status,
        201
    );
    let path = format!("/api/v1/token?library_id=local&library_secret={SECRET}&space_id=one,gone");
    let answer = service.raw(Method::GET, &path, None).await;
    assert_eq!(answer.code(), (404, "SpaceNotFound".into()));
}

#[tokio::test]
async fn an_administrator_without_a_user_may_act_for_one() {
    let mut service = Service::start_with(|config| config.multi_space = true).await;
    let made_by = async |service: &Service, id: &str| {
        let path = format!("space/local?space_id={id}&user_id=asked");
        service.post(&path, json!({})).await.json();
        let list = service
            .get(&format!("space/local/list?prefix={id}"))
            .await
            .json();
        list["list"][0]["userId"].as_str().unwrap().to_owned()
    };
    service.token = token_with(&service, "grant=admin").await;
    assert_eq!(made_by(&service, "one").await, "asked");
    service.token = token_with(&service, "grant=admin&user_id=own").await;
    assert_eq!(made_by(&service, "two").await, "own");
    service.token = token_with(&service, "grant=create_space").await;
    assert_eq!(made_by(&service, "three").await, "");
}
