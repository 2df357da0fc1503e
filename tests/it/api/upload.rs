//! Uploads in all their ways (part B section 4).

mod instant;
mod multipart;
mod survival;

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, SECRET, Service};

pub const MIB: usize = 1 << 20;

/// Bytes that repeat after a while, as in the documents' example.
pub fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| u8::try_from(i % 251).unwrap())
        .collect()
}

/// Begins an upload in one request, which must be possible.
pub async fn begin(service: &Service, path: &str, body: Value) -> Value {
    let answer = service.put(&format!("file/local/-/{path}"), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// Puts bytes where an answer says.
pub async fn send(service: &Service, start: &Value, query: &str, bytes: Vec<u8>) -> Answer {
    let text = |name: &str| start[name].as_str().unwrap().to_owned();
    let url = format!("http://{}{}{query}", text("domain"), text("path"));
    let mut request = service.http().put(url).body(bytes);
    for (name, value) in start["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    Answer::of(request.send().await.unwrap()).await
}

/// Posts a form with these fields, and a file at its end if there is one, where an answer says.
pub async fn send_form(
    service: &Service,
    start: &Value,
    fields: &Value,
    file: Option<&str>,
) -> Answer {
    let mut form = String::new();
    for (name, value) in fields.as_object().unwrap() {
        let value = value.as_str().unwrap();
        write!(
            form,
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    if let Some(file) = file {
        write!(
            form,
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\
             Content-Type: text/plain\r\n\r\n{file}\r\n"
        )
        .unwrap();
    }
    form += "--edge--\r\n";
    let url = format!("http://{}/", start["domain"].as_str().unwrap());
    let request = service
        .http()
        .post(url)
        .header("Content-Type", "multipart/form-data; boundary=edge")
        .body(form);
    Answer::of(request.send().await.unwrap()).await
}

/// Confirms an upload; the query goes after `?confirm`.
pub async fn confirm(service: &Service, start: &Value, query: &str, body: Value) -> Answer {
    let key = start["confirmKey"].as_str().unwrap();
    service
        .post(&format!("file/local/-/{key}?confirm{query}"), body)
        .await
}

/// A file that was uploaded in one request.
pub async fn upload(service: &Service, path: &str, bytes: Vec<u8>) -> Value {
    let start = begin(service, path, json!({})).await;
    assert_eq!(send(service, &start, "", bytes).await.status, 200);
    confirm(service, &start, "", json!({})).await.json()
}

pub fn xml_code(answer: &Answer) -> (u16, &str) {
    let code = answer
        .text
        .split_once("<Code>")
        .map_or("", |(_, rest)| rest);
    (answer.status, code.split('<').next().unwrap())
}

pub fn leftovers(service: &Service) -> usize {
    std::fs::read_dir(service.at(".mediasweep/uploads")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn what_is_said_about_a_file_comes_back_with_it() {
    let service = Service::start().await;
    let url = format!(
        "{}/api/v1/file/local/-/a.txt?access_token={}",
        service.url(),
        service.token
    );
    let body = json!({
        "labels": ["red"],
        "category": "raw",
        "localCreationTime": "2024-05-01T10:00:00.000Z",
    });
    let request = service.http().put(url).body(body.to_string());
    let request = request.header("x-smh-meta-camera", "b");
    let start = Answer::of(request.send().await.unwrap()).await.json();
    send(&service, &start, "", b"hello world".to_vec()).await;
    let file = confirm(
        &service,
        &start,
        "&with_inode=1&with_content_cas=1",
        json!({ "labels": ["blue"] }),
    )
    .await
    .json();
    for (name, value) in [
        ("name", json!("a.txt")),
        ("type", json!("file")),
        ("size", json!("11")),
        ("crc64", json!("5981764153023615706")),
        ("contentType", json!("text/plain")),
        ("fileType", json!("text")),
        ("labels", json!(["blue"])),
        ("category", json!("raw")),
        ("localCreationTime", json!("2024-05-01T10:00:00.000Z")),
        ("metaData", json!({ "x-smh-meta-camera": "b" })),
        ("isOverwritten", json!(false)),
        ("previewByDoc", json!(false)),
        ("previewByCI", json!(false)),
        ("previewAsIcon", json!(false)),
    ] {
        assert_eq!(file[name], value, "{name}");
    }
    assert!(file["contentCas"].is_string() && file["inode"].is_string());
    assert!(file["creationTime"].is_string() && file["modificationTime"].is_string());
    assert!(file["eTag"].as_str().unwrap().starts_with('"'));
}

#[tokio::test]
async fn what_cannot_be_understood_begins_nothing() {
    let service = Service::start().await;
    for (path, body, code) in [
        (
            "a",
            json!({ "localCreationTime": "noon" }),
            "InvalidTimeFormat",
        ),
        (
            "a",
            json!({ "category": "much too long a word" }),
            "ParamInvalid",
        ),
        ("a?filesize=much", json!({}), "ParamInvalid"),
        ("a?traffic_limit=1", json!({}), "ParamInvalid"),
        ("a%3Fb", json!({}), "IllegalFileName"),
    ] {
        let answer = service.put(&format!("file/local/-/{path}"), body).await;
        assert_eq!(answer.code(), (400, code.into()));
    }
    let path = "file/local/-/a?multipart";
    let answer = service.post(path, json!({ "partNumberRange": "0" })).await;
    assert_eq!(answer.code(), (400, "ParamInvalid".into()));
    assert!(!service.has(".mediasweep"));
}

#[tokio::test]
async fn a_file_that_is_sent_as_a_form_appears_when_it_is_confirmed() {
    let service = Service::start().await;
    let start = service.post("file/local/-/a.txt", Value::Null).await;
    assert_eq!(start.status, 201);
    let start = start.json();
    assert_eq!(start["path"], "/");
    let send = async |fields: &Value, file| send_form(&service, &start, fields, file).await;
    let mut forged = start["form"].clone();
    forged["x-cos-security-token"] = json!("00");
    assert_eq!(
        xml_code(&send(&forged, Some("x")).await),
        (403, "AccessDenied")
    );
    assert_eq!(
        xml_code(&send(&json!({}), Some("x")).await),
        (403, "AccessDenied")
    );
    let malformed = (400, "MalformedPOSTRequest");
    assert_eq!(xml_code(&send(&start["form"], None).await), malformed);
    let url = format!("{}/", service.url());
    let plain = service.http().post(url).body("x").send().await.unwrap();
    assert_eq!(xml_code(&Answer::of(plain).await), malformed);
    assert_eq!(
        confirm(&service, &start, "", json!({})).await.code().1,
        "UploadIncomplete"
    );
    let answer = send(&start["form"], Some("hello world")).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let file = confirm(&service, &start, "", json!({})).await.json();
    assert_eq!(file["crc64"], "5981764153023615706");
    let content = std::fs::read_to_string(service.at("a.txt")).unwrap();
    assert_eq!(content, "hello world");
    assert_eq!(
        xml_code(&send(&start["form"], Some("x")).await),
        (403, "AccessDenied")
    );
    let renew = format!(
        "file/local/-/{}?renew",
        start["confirmKey"].as_str().unwrap()
    );
    assert_eq!(
        service.post(&renew, Value::Null).await.code().1,
        "NotMultipartUpload"
    );
}

#[tokio::test]
async fn bytes_that_are_cut_do_not_count() {
    use tokio::io::AsyncWriteExt as _;

    let service = Service::start().await;
    let start = begin(&service, "a.txt", json!({})).await;
    let address = start["domain"].as_str().unwrap();
    let token = start["headers"]["x-cos-security-token"].as_str().unwrap();
    let path = start["path"].as_str().unwrap();
    let head = |length: u64| {
        format!(
            "PUT {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\
             x-cos-security-token: {token}\r\n\r\n"
        )
    };
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(head(100).as_bytes()).await.unwrap();
    socket.write_all(b"only this").await.unwrap();
    while leftovers(&service) == 0 {
        tokio::task::yield_now().await;
    }
    drop(socket);
    while leftovers(&service) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        confirm(&service, &start, "", json!({})).await.code().1,
        "UploadIncomplete"
    );
    // More than a part may have is refused before it is sent.
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = head((5 << 30) + 1);
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 1000];
    let length = tokio::io::AsyncReadExt::read(&mut socket, &mut answer)
        .await
        .unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(
        answer.contains("EntityTooLarge") || answer.contains("400"),
        "{answer}"
    );
    // The upload goes on.
    let sent = send(&service, &start, "", b"hello world".to_vec()).await;
    assert_eq!(sent.header("x-cos-hash-crc64ecma"), "5981764153023615706");
    assert!(sent.header("etag").starts_with('"'));
    let tag = send(&service, &start, "", b"abc".to_vec()).await;
    assert_eq!(tag.header("etag"), "\"900150983cd24fb0d6963f7d28e17f72\"");
    assert_eq!(confirm(&service, &start, "", json!({})).await.status, 200);
}

#[tokio::test]
async fn a_name_that_is_taken_meanwhile_is_told_renamed_or_replaced() {
    let service = Service::start().await;
    let start = begin(
        &service,
        "a.txt?conflict_resolution_strategy=ask",
        json!({}),
    )
    .await;
    send(&service, &start, "", b"new".to_vec()).await;
    service.write("a.txt", "old");
    let taken = (409, "SameNameDirectoryOrFileExists".to_owned());
    assert_eq!(confirm(&service, &start, "", json!({})).await.code(), taken);
    let rename = "&conflict_resolution_strategy=rename";
    let file = confirm(&service, &start, rename, json!({})).await.json();
    assert_eq!(file["path"], json!(["a (1).txt"]));
    let start = begin(&service, "b.txt", json!({})).await;
    send(&service, &start, "", b"new".to_vec()).await;
    service.write("b.txt", "old");
    let overwrite = "&conflict_resolution_strategy=overwrite";
    let file = confirm(&service, &start, overwrite, json!({})).await.json();
    assert_eq!(
        (&file["path"], &file["isOverwritten"]),
        (&json!(["b.txt"]), &json!(true))
    );
    // A parent that is gone; once it is there again, the upload is as well.
    std::fs::create_dir(service.at("d")).unwrap();
    let start = begin(&service, "d/c.txt", json!({})).await;
    send(&service, &start, "", b"new".to_vec()).await;
    std::fs::remove_dir(service.at("d")).unwrap();
    assert_eq!(
        confirm(&service, &start, "", json!({})).await.code(),
        (404, "DirectoryNotFound".into())
    );
    std::fs::create_dir(service.at("d")).unwrap();
    assert_eq!(confirm(&service, &start, "", json!({})).await.status, 200);
    assert_eq!(leftovers(&service), 0);
}

#[tokio::test]
async fn only_the_content_that_the_caller_saw_is_replaced() {
    let service = Service::start().await;
    let file = upload(&service, "a.txt?with_content_cas=1", b"old".to_vec()).await;
    assert_eq!(
        file["contentCas"],
        Value::Null,
        "asked at the confirmation only"
    );
    let path = "a.txt?conflict_resolution_strategy=overwrite";
    let start = begin(&service, path, json!({})).await;
    send(&service, &start, "", b"new".to_vec()).await;
    let wrong = confirm(&service, &start, "&content_cas=0", json!({})).await;
    assert_eq!(wrong.code(), (409, "ContentCasConflict".into()));
    let file = confirm(&service, &start, "&with_content_cas=1", json!({})).await;
    let token = file.json()["contentCas"].as_str().unwrap().to_owned();
    let conflict = service
        .put(&format!("file/local/-/{path}&content_cas=0"), json!({}))
        .await;
    assert_eq!(conflict.code(), (409, "ContentCasConflict".into()));
    let start = begin(&service, &format!("{path}&content_cas={token}"), json!({})).await;
    send(&service, &start, "", b"newest".to_vec()).await;
    let file = confirm(&service, &start, "", json!({})).await.json();
    assert_eq!(file["isOverwritten"], true);
}

#[tokio::test]
async fn to_overwrite_at_the_end_needs_the_right_to_do_so() {
    let mut service = Service::start().await;
    service.write("a.txt", "old");
    service.token = service.new_token("upload_file").await;
    let start = begin(&service, "a.txt", json!({})).await;
    send(&service, &start, "", b"new".to_vec()).await;
    let overwrite = "&conflict_resolution_strategy=overwrite";
    assert_eq!(
        confirm(&service, &start, overwrite, json!({})).await.code(),
        (403, "NoPermission".into())
    );
    let file = confirm(&service, &start, "", json!({})).await.json();
    assert_eq!(file["path"], json!(["a (1).txt"]));
}

#[tokio::test]
async fn a_download_can_be_conditional() {
    let service = Service::start().await;
    service.write("a.txt", "hello");
    let link = service.get("file/local/-/a.txt").await;
    let url = link.header("location").to_owned();
    let get = async |name: &str, value: &str| {
        let request = service.http().request(Method::GET, &url);
        Answer::of(request.header(name, value).send().await.unwrap()).await
    };
    let all = get("X-Nothing", "x").await;
    let (tag, time) = (all.header("etag"), all.header("last-modified"));
    assert!(time.ends_with("GMT"), "{time}");
    let old = "Sat, 01 Jan 2000 00:00:00 GMT";
    for (name, value, status) in [
        ("If-None-Match", tag, 304),
        ("If-None-Match", "\"x\"", 200),
        ("If-Modified-Since", time, 304),
        ("If-Modified-Since", old, 200),
        ("If-Match", tag, 200),
        ("If-Match", "\"x\"", 412),
        ("If-Unmodified-Since", old, 412),
    ] {
        assert_eq!(get(name, value).await.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_older_form_of_overwriting_is_understood() {
    let mut service = Service::start().await;
    service.write("a.txt", "old");
    for (method, query, path) in [
        (Method::PUT, "", json!(["a (1).txt"])),
        (Method::PUT, "?force=0", json!(["a (2).txt"])),
        (Method::PUT, "?force=1", json!(["a.txt"])),
    ] {
        let start = service
            .ask(method, &format!("file/local/-/a.txt{query}"), None)
            .await
            .json();
        send(&service, &start, "", b"new".to_vec()).await;
        let file = confirm(&service, &start, "", json!({})).await.json();
        assert_eq!(file["path"], path, "{query}");
    }
    service.token = service.new_token("upload_file").await;
    for (method, query) in [
        (Method::PUT, "force=1"),
        (Method::POST, "multipart&force=1"),
        (Method::POST, "force=1"),
    ] {
        let path = format!("file/local/-/a.txt?{query}");
        let answer = service.ask(method, &path, None).await;
        assert_eq!(answer.code(), (403, "NoPermission".into()), "{query}");
    }
}

#[tokio::test]
async fn what_asks_for_an_upload_never_touches_a_file() {
    let service = Service::start().await;
    service.write("d/a.txt", "a");
    let unknown = (404, "ConfirmKeyNotFound".to_owned());
    for path in ["d/a.txt", "d%2Fa.txt", "nobody"] {
        for (method, flag) in [
            (Method::DELETE, "upload"),
            (Method::GET, "upload=1"),
            (Method::POST, "confirm"),
            (Method::POST, "renew=1"),
        ] {
            let path = format!("file/local/-/{path}?{flag}");
            assert_eq!(
                service.ask(method, &path, None).await.code(),
                unknown,
                "{path}"
            );
        }
    }
    assert!(service.has("d/a.txt"));
}

#[tokio::test]
async fn an_upload_is_for_who_began_it_for_backends_and_for_administrators() {
    let mut service = Service::start().await;
    let admin = service.token.clone();
    let token = async |service: &Service, user: &str| {
        let path = format!(
            "/api/v1/token?library_id=local&library_secret={SECRET}&grant=upload_file&user_id={user}"
        );
        let answer = service.raw(Method::GET, &path, None).await.json();
        answer["accessToken"].as_str().unwrap().to_owned()
    };
    let (own, other, backend) = (
        token(&service, "u1").await,
        token(&service, "u2").await,
        token(&service, "").await,
    );
    service.token.clone_from(&own);
    let start = begin(&service, "a.txt", json!({})).await;
    send(&service, &start, "", b"a".to_vec()).await;
    let key = start["confirmKey"].as_str().unwrap();
    let status = format!("file/local/-/{key}?upload");
    service.token = other;
    for (method, flag) in [
        (Method::GET, "upload"),
        (Method::POST, "confirm"),
        (Method::POST, "renew"),
        (Method::DELETE, "upload"),
    ] {
        let path = format!("file/local/-/{key}?{flag}");
        assert_eq!(
            service.ask(method, &path, None).await.code(),
            (403, "UploadNotBelongYou".into()),
            "{flag}"
        );
    }
    for token in [own, admin, backend] {
        service.token = token;
        assert_eq!(service.get(&status).await.json()["confirmKey"], key);
    }
    assert_eq!(confirm(&service, &start, "", json!({})).await.status, 200);
}

#[tokio::test]
async fn a_picture_that_was_uploaded_can_be_shown() {
    let service = Service::start().await;
    for (name, is_shown) in [("a.png", true), ("a.txt", false)] {
        let file = upload(&service, name, b"x".to_vec()).await;
        let listed = service.get("directory/local/-?limit=1000").await.json();
        let entries = listed["contents"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["name"] == name).unwrap();
        let info = service
            .get(&format!("file/local/-/{name}?info"))
            .await
            .json();
        for answer in [&file, entry, &info] {
            assert_eq!(answer["previewByDoc"], json!(false));
            assert_eq!(answer["previewByCI"], json!(is_shown), "{answer}");
            assert_eq!(answer["previewAsIcon"], json!(is_shown), "{answer}");
        }
    }
}
