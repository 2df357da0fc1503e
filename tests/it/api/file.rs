//! Files: looked at, downloaded, uploaded, moved, deleted (part B sections 3 and 4).

use std::fs::File;

use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, Service};

const HELLO: &str = "5981764153023615706";

async fn begin(service: &Service, path: &str) -> Value {
    let answer = service
        .put(&format!("file/local/-/{path}"), json!({}))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

async fn send(service: &Service, start: &Value, bytes: &'static str) -> Answer {
    let url = format!(
        "http://{}{}",
        start["domain"].as_str().unwrap(),
        start["path"].as_str().unwrap()
    );
    let mut request = service.http().put(url).body(bytes);
    for (name, value) in start["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    Answer::of(request.send().await.unwrap()).await
}

async fn confirm(service: &Service, start: &Value, body: Value) -> Answer {
    let key = start["confirmKey"].as_str().unwrap();
    service
        .post(&format!("file/local/-/{key}?confirm"), body)
        .await
}

#[tokio::test]
async fn an_upload_appears_when_it_is_confirmed() {
    let service = Service::start().await;
    std::fs::create_dir(service.at("d")).unwrap();
    let start = begin(&service, "d/hello.txt").await;
    assert_eq!(
        confirm(&service, &start, json!({})).await.code(),
        (404, "UploadIncomplete".into())
    );
    let sent = send(&service, &start, "hello world").await;
    assert_eq!(
        (sent.status, sent.header("x-cos-hash-crc64ecma")),
        (200, HELLO)
    );
    assert!(!service.has("d/hello.txt"));
    assert_eq!(
        confirm(&service, &start, json!({ "crc64": "1" }))
            .await
            .code(),
        (400, "BadCrc64".into())
    );
    let file = confirm(&service, &start, json!({ "crc64": HELLO }))
        .await
        .json();
    assert_eq!(file["path"], json!(["d", "hello.txt"]));
    assert_eq!(
        (&file["size"], &file["crc64"], &file["isOverwritten"]),
        (&json!("11"), &json!(HELLO), &json!(false))
    );
    assert_eq!(
        std::fs::read_to_string(service.at("d/hello.txt")).unwrap(),
        "hello world"
    );
    assert_eq!(
        confirm(&service, &start, json!({})).await.code(),
        (409, "UploadComplete".into())
    );
    let listed = service.get("directory/local/-/d").await.json();
    assert_eq!(listed["contents"][0]["crc64"], HELLO);
}

#[tokio::test]
async fn an_upload_asks_renames_or_overwrites() {
    let service = Service::start().await;
    service.write("a.txt", "old");
    std::fs::create_dir(service.at("d")).unwrap();
    let taken = (409, "SameNameDirectoryOrFileExists".to_owned());
    assert_eq!(
        service
            .put(
                "file/local/-/a.txt?conflict_resolution_strategy=ask",
                json!({})
            )
            .await
            .code(),
        taken
    );
    assert_eq!(service.put("file/local/-/d", json!({})).await.code(), taken);
    assert_eq!(
        service
            .put("file/local/-/gone/a.txt", json!({}))
            .await
            .code(),
        (404, "DirectoryNotFound".into())
    );
    let start = begin(&service, "a.txt").await;
    send(&service, &start, "second").await;
    assert_eq!(
        confirm(&service, &start, json!({})).await.json()["path"],
        json!(["a (1).txt"])
    );
    let start = begin(&service, "a.txt?conflict_resolution_strategy=overwrite").await;
    send(&service, &start, "third").await;
    let file = confirm(&service, &start, json!({})).await.json();
    assert_eq!(
        (&file["path"], &file["isOverwritten"]),
        (&json!(["a.txt"]), &json!(true))
    );
    assert_eq!(
        std::fs::read_to_string(service.at("a.txt")).unwrap(),
        "third"
    );
    let id = service.bin_id("a.txt").await;
    let path = format!("recycled/local/-/{id}?restore&conflict_resolution_strategy=rename");
    assert_eq!(
        service.post(&path, Value::Null).await.json(),
        json!({ "path": ["a (2).txt"] })
    );
    assert_eq!(
        std::fs::read_to_string(service.at("a (2).txt")).unwrap(),
        "old"
    );
}

#[tokio::test]
async fn an_upload_can_be_cancelled_and_needs_its_signature() {
    let mut service = Service::start().await;
    let start = begin(&service, "a.txt").await;
    let mut forged = start.clone();
    forged["headers"]["x-cos-security-token"] = json!("00");
    let denied = send(&service, &forged, "x").await;
    assert_eq!(denied.status, 403);
    assert!(denied.text.contains("AccessDenied"), "{denied:?}");
    send(&service, &start, "x").await;
    let key = start["confirmKey"].as_str().unwrap();
    let cancel = format!("file/local/-/{key}?upload=1");
    assert_eq!(service.delete(&cancel).await.status, 204);
    assert_eq!(
        service.delete(&cancel).await.code(),
        (404, "ConfirmKeyNotFound".into())
    );
    assert_eq!(
        confirm(&service, &start, json!({})).await.code(),
        (404, "ConfirmKeyNotFound".into())
    );
    assert_eq!(send(&service, &start, "x").await.status, 403);
    assert!(!service.has("a.txt"));
    assert_eq!(
        std::fs::read_dir(service.at(".mediasweep/uploads"))
            .unwrap()
            .count(),
        0
    );
    service.token = service.new_token("confirm_upload").await;
    assert_eq!(
        service.put("file/local/-/a.txt", json!({})).await.code(),
        (403, "NoPermission".into())
    );
    service.token = service.new_token("begin_upload").await;
    let start = begin(&service, "a.txt").await;
    assert_eq!(
        service
            .put(
                "file/local/-/a.txt?conflict_resolution_strategy=overwrite",
                json!({})
            )
            .await
            .code(),
        (403, "NoPermission".into())
    );
    send(&service, &start, "x").await;
    assert_eq!(
        confirm(&service, &start, json!({})).await.code(),
        (403, "NoPermission".into())
    );
}

#[tokio::test]
async fn details_come_as_headers_and_as_json() {
    let service = Service::start().await;
    service.write("a b.txt", "hello world");
    let head = service.head("file/local/-/a%20b.txt").await;
    assert_eq!(head.status, 200);
    assert_eq!(
        (head.header("x-smh-type"), head.header("x-smh-size")),
        ("file", "11")
    );
    assert_eq!(
        (
            head.header("x-smh-crc64"),
            head.header("x-smh-content-type")
        ),
        (HELLO, "text/plain")
    );
    assert!(head.header("x-smh-modification-time").ends_with('Z'));
    assert_eq!(service.head("file/local/-/gone").await.status, 404);
    let info = service.get("file/local/-/a%20b.txt?info").await.json();
    assert_eq!(
        (&info["crc64"], &info["size"], &info["type"]),
        (&json!(HELLO), &json!("11"), &json!("file"))
    );
    assert_eq!(info["eTag"], head.header("x-smh-etag"));
    let bytes = service
        .http()
        .get(info["cosUrl"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(bytes.text().await.unwrap(), "hello world");
    let info = service
        .get("file/local/-/a%20b.txt?info=1&pre_check=1")
        .await
        .json();
    assert_eq!(info["cosUrl"], Value::Null);
    std::fs::create_dir(service.at("d")).unwrap();
    for path in ["gone", "d", "d/gone", "gone/x"] {
        assert_eq!(
            service
                .get(&format!("file/local/-/{path}?info"))
                .await
                .code(),
            (404, "FileNotFound".into()),
            "{path}"
        );
        assert_eq!(
            service.get(&format!("file/local/-/{path}")).await.code(),
            (404, "FileNotFound".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_download_goes_to_a_url_that_knows_ranges() {
    let service = Service::start().await;
    service.write("d/样片 1.txt", "0123456789");
    let answer = service
        .get("file/local/-/d%2F%E6%A0%B7%E7%89%87%201.txt?content_disposition=attachment")
        .await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("x-smh-size"), "10");
    let url = answer.header("location");
    let get = async |method: Method, range: &str| {
        let request = service.http().request(method, url);
        let request = if range.is_empty() {
            request
        } else {
            request.header("Range", range)
        };
        Answer::of(request.send().await.unwrap()).await
    };
    let all = get(Method::GET, "").await;
    assert_eq!(
        (all.status, all.text.as_str(), all.header("content-length")),
        (200, "0123456789", "10")
    );
    assert_eq!(all.header("accept-ranges"), "bytes");
    assert!(all.header("content-disposition").starts_with("attachment"));
    let head = get(Method::HEAD, "").await;
    assert_eq!((head.status, head.header("content-length")), (200, "10"));
    let part = get(Method::GET, "bytes=2-4").await;
    assert_eq!((part.status, part.text.as_str()), (206, "234"));
    assert_eq!(
        (part.header("content-range"), part.header("content-length")),
        ("bytes 2-4/10", "3")
    );
    assert_eq!(get(Method::GET, "bytes=-2").await.text, "89");
    assert_eq!(get(Method::GET, "bytes=8-").await.text, "89");
    let beyond = get(Method::GET, "bytes=10-").await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, "bytes */10")
    );
    let forged = url.replace("%201.txt", "%202.txt");
    assert_eq!(
        service.http().get(forged).send().await.unwrap().status(),
        403
    );
    std::fs::remove_file(service.at("d/样片 1.txt")).unwrap();
    let gone = get(Method::GET, "").await;
    assert_eq!(gone.status, 404);
    assert!(
        gone.text.contains("<Code>NoSuchKey</Code>"),
        "{}",
        gone.text
    );
}

#[tokio::test]
async fn a_large_file_is_streamed_and_its_holes_are_not_read() {
    let service = Service::start().await;
    File::create(service.at("big.mov"))
        .unwrap()
        .set_len(20 << 30)
        .unwrap();
    let info = service.get("file/local/-/big.mov?info").await.json();
    assert_eq!(info["size"], (20_u64 << 30).to_string());
    assert!(info["crc64"].as_str().is_some());
    let url = info["cosUrl"].as_str().unwrap();
    let answer = service
        .http()
        .get(url)
        .header("Range", "bytes=1000000000-1003000000")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.bytes().await.unwrap().len(), 3_000_001);
}

#[tokio::test]
async fn a_file_is_moved() {
    let mut service = Service::start().await;
    for path in ["a.txt", "b.txt", "d/c.txt"] {
        service.write(path, path);
    }
    let put = async |service: &Service, target: &str, from: &str| {
        service
            .put(&format!("file/local/-/{target}"), json!({ "from": from }))
            .await
    };
    assert_eq!(
        put(&service, "d/a.txt", "/a.txt").await.json(),
        json!({ "path": ["d", "a.txt"] })
    );
    assert_eq!(
        put(&service, "b.txt", "d/a.txt").await.json(),
        json!({ "path": ["b (1).txt"] })
    );
    let taken = (409, "SameNameDirectoryOrFileExists".to_owned());
    assert_eq!(
        put(
            &service,
            "b.txt?conflict_resolution_strategy=ask",
            "b (1).txt"
        )
        .await
        .code(),
        taken
    );
    assert_eq!(
        put(
            &service,
            "d?conflict_resolution_strategy=overwrite",
            "b.txt"
        )
        .await
        .code(),
        taken
    );
    let answer = put(
        &service,
        "b.txt?conflict_resolution_strategy=overwrite",
        "b (1).txt",
    )
    .await;
    assert_eq!(answer.json(), json!({ "path": ["b.txt"] }));
    assert_eq!(
        std::fs::read_to_string(service.at("b.txt")).unwrap(),
        "a.txt"
    );
    service.bin_id("b.txt").await;
    assert_eq!(
        put(
            &service,
            "b.txt?conflict_resolution_strategy=overwrite",
            "b.txt"
        )
        .await
        .status,
        200
    );
    assert!(service.has("b.txt"));
    assert_eq!(
        put(&service, "gone/b.txt", "b.txt").await.code(),
        (404, "DirectoryNotFound".into())
    );
    assert_eq!(
        put(&service, "x", "gone").await.code(),
        (404, "SourceFileNotFound".into())
    );
    assert_eq!(
        put(&service, "x", "gone/gone").await.code(),
        (404, "SourceFileNotFound".into())
    );
    assert_eq!(
        put(&service, "x", "d").await.code(),
        (400, "InvalidSourceFile".into())
    );
    assert_eq!(
        put(&service, "x?conflict_resolution_strategy=perhaps", "b.txt")
            .await
            .code(),
        (400, "InvalidConflictResolutionStrategy".into())
    );
    service.token = service.new_token("move_file").await;
    assert_eq!(
        put(
            &service,
            "d/c.txt?conflict_resolution_strategy=overwrite",
            "b.txt"
        )
        .await
        .code(),
        (403, "NoPermission".into())
    );
    assert_eq!(put(&service, "x", "b.txt").await.status, 200);
}

#[tokio::test]
async fn a_file_is_deleted() {
    let service = Service::start().await;
    for path in ["a", "b", "d/c"] {
        service.write(path, path);
    }
    let answer = service.delete("file/local/-/a").await;
    let id = service.bin_id("a").await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "recycledItemId": id }))
    );
    assert_eq!(
        service
            .delete("file/local/-/b?permanent=1&content_cas=x")
            .await
            .status,
        409
    );
    assert_eq!(
        service.delete("file/local/-/b?permanent=1").await.status,
        204
    );
    for path in ["a", "d", "gone/x"] {
        assert_eq!(
            service.delete(&format!("file/local/-/{path}")).await.code(),
            (404, "FileNotFound".into()),
            "{path}"
        );
    }
    assert_eq!(
        service
            .delete("file/local/-/d/c?permanent=maybe")
            .await
            .code(),
        (400, "ParamInvalid".into())
    );
    assert!(service.has("d/c"));
}

#[tokio::test]
async fn without_a_bin_a_file_is_replaced_in_one_step() {
    let service = Service::start_with(|config| config.bin = false).await;
    service.write("a.txt", "a");
    service.write("b.txt", "b");
    let answer = service
        .put(
            "file/local/-/b.txt?conflict_resolution_strategy=overwrite",
            json!({ "from": "a.txt" }),
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(std::fs::read_to_string(service.at("b.txt")).unwrap(), "a");
    assert!(!service.has("a.txt"));
    // Nothing was put aside for it.
    assert!(!service.has(".mediasweep"));
}

#[tokio::test]
async fn a_file_is_not_recycled_in_favour_of_itself() {
    let service = Service::start().await;
    service.write("a.txt", "a");
    // As on a file system that takes large and small letters for the same: two names, one file.
    std::fs::hard_link(service.at("a.txt"), service.at("A.txt")).unwrap();
    for strategy in ["ask", "overwrite"] {
        let path = format!("file/local/-/A.txt?conflict_resolution_strategy={strategy}");
        let answer = service.put(&path, json!({ "from": "a.txt" })).await;
        assert_eq!(answer.json(), json!({ "path": ["A.txt"] }));
        assert!(service.has("A.txt"));
        assert!(!service.has(".mediasweep"));
    }
}

#[tokio::test]
async fn details_tell_a_favourite_of_the_caller() {
    let service = Service::start().await;
    service.write("a", "a");
    service.write("b", "b");
    service
        .post("favorite/local/-", json!({ "path": "a" }))
        .await
        .json();
    for (path, is_favorite) in [("a", true), ("b", false)] {
        for family in ["file", "directory"] {
            let path = format!("{family}/local/-/{path}?info&with_favorite_status=1");
            let info = service.get(&path).await.json();
            assert_eq!(info["isFavorite"], json!(is_favorite), "{path}");
        }
    }
    let info = service.get("file/local/-/a?info").await.json();
    assert_eq!(info.get("isFavorite"), None);
}

#[tokio::test]
async fn details_give_a_url_that_works_as_it_was_asked_for() {
    let service = Service::start().await;
    service.write("a b.txt", "hello");
    let ask = async |query: &str| {
        let path = format!("file/local/-/a%20b.txt?info=1&{query}");
        service.get(&path).await
    };
    for query in ["traffic_limit=1", "period=59", "period=7201", "pre_check=2"] {
        assert_eq!(
            ask(query).await.code(),
            (400, "ParamInvalid".into()),
            "{query}"
        );
    }
    let info = ask("content_disposition=attachment&traffic_limit=102400&period=60").await;
    let bytes = service
        .http()
        .get(info.json()["cosUrl"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let bytes = Answer::of(bytes).await;
    assert_eq!((bytes.status, bytes.text.as_str()), (200, "hello"));
    assert_eq!(
        bytes.header("content-disposition"),
        "attachment; filename*=UTF-8''a%20b.txt"
    );
}
