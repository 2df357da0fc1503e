//! The outer door: hosts, sizes, connections, and who may read what lies beside a library.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::service::Service;

/// Sends a request as it is and reads the answer to its end.
async fn say(service: &Service, request: &str) -> String {
    let address = service.url().strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    // An answer may come before all of a request was sent.
    let _ = connection.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

async fn under(service: &Service, host: &str) -> String {
    let token = &service.token;
    let path = format!("/api/v1/directory/local/-?access_token={token}");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    say(service, &request).await
}

#[tokio::test]
async fn only_this_machine_may_be_named() {
    let service = Service::start().await;
    for host in ["localhost", "localhost:1", "127.0.0.1:80", "[::1]:80"] {
        let answer = under(&service, host).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
    for host in [
        "",
        "evil.example",
        "evil.example:80",
        "192.168.0.1",
        "localhost.evil.example",
    ] {
        let answer = under(&service, host).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{host}: {answer}");
        assert!(
            answer.contains("\"code\":\"ReadForbidden\""),
            "{host}: {answer}"
        );
        assert!(answer.contains("\"requestId\":\""), "{host}: {answer}");
    }
    let absolute =
        "GET http://evil.example/api/v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(say(&service, absolute).await.starts_with("HTTP/1.1 403"));
    let nameless = "GET /api/v1/x HTTP/1.0\r\n\r\n";
    assert!(say(&service, nameless).await.starts_with("HTTP/1.0 403"));
    let bytes = "GET /cos/file/-/1/x/a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert!(say(&service, bytes).await.contains("ReadForbidden"));
}

#[tokio::test]
async fn where_others_are_allowed_urls_of_bytes_name_the_host_that_was_asked() {
    let service = Service::start_with(|config| config.allow_remote = true).await;
    assert!(
        under(&service, "files.example")
            .await
            .starts_with("HTTP/1.1 200")
    );
    service.write("a", "1");
    let token = &service.token;
    let request = format!(
        "GET /api/v1/file/local/-/a?info&access_token={token} HTTP/1.1\r\n\
         Host: files.example:99\r\nConnection: close\r\n\r\n"
    );
    let answer = say(&service, &request).await;
    assert!(
        answer.contains("\"http://files.example:99/cos/file/-/"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_too_long_is_refused_with_its_own_status() {
    let service = Service::start().await;
    let long = "a".repeat(33 << 10);
    for path in [
        format!("directory/local/-/{long}"),
        format!("directory/local/-?x={long}"),
    ] {
        let answer = service.get(&path).await;
        assert_eq!(answer.code(), (414, "URITooLong".into()));
    }
    let url = format!("{}/api/v1/directory/local/-", service.url());
    let request = service.http().get(&url).header("x-long", &long);
    let answer = crate::service::Answer::of(request.send().await.unwrap()).await;
    assert_eq!(answer.code(), (431, "HeaderFieldsTooLarge".into()));
    // What is longer than that is not even read.
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Huge: {}\r\n\r\n",
        "a".repeat(1 << 20)
    );
    assert!(!say(&service, &huge).await.contains("200 OK"));
    let body = format!("[\"{}\"]", "a".repeat(5 << 20));
    let answer = service
        .ask(Method::POST, "recycled/local/-?delete", Some(body))
        .await;
    assert_eq!(answer.code(), (413, "RequestEntityTooLarge".into()));
    assert_eq!(service.get("directory/local/-").await.status, 200);
}

#[tokio::test]
async fn idle_connections_do_not_keep_a_service_from_stopping() {
    let service = Service::start().await;
    let address = service.url().strip_prefix("http://").unwrap().to_owned();
    let mut idle = TcpStream::connect(&address).await.unwrap();
    let request = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    idle.write_all(request.as_bytes()).await.unwrap();
    let mut piece = [0; 1 << 10];
    assert!(idle.read(&mut piece).await.unwrap() > 0);
    service.stop().await;
    while idle.read(&mut piece).await.unwrap_or(0) > 0 {}
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    // One is the client's own, which stays open.
    let service = Service::start_with(|config| config.connections = 2).await;
    let address = service.url().strip_prefix("http://").unwrap();
    let request = "GET /api/v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut first = TcpStream::connect(address).await.unwrap();
    let mut piece = [0; 1 << 10];
    first.write_all(request.as_bytes()).await.unwrap();
    assert!(first.read(&mut piece).await.unwrap() > 0);
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(request.as_bytes()).await.unwrap();
    // Those that are in go on, and the third has no answer through all that.
    for _ in 0..100 {
        first.write_all(request.as_bytes()).await.unwrap();
        assert!(first.read(&mut piece).await.unwrap() > 0);
        assert_eq!(service.get("directory/local/-").await.status, 200);
    }
    let waiting = third.try_read(&mut piece).unwrap_err();
    assert_eq!(waiting.kind(), std::io::ErrorKind::WouldBlock);
    drop(first);
    assert!(third.read(&mut piece).await.unwrap() > 0);
    assert!(piece.starts_with(b"HTTP/1.1 404"));
}

#[tokio::test]
async fn whoever_says_nothing_for_long_is_not_waited_for() {
    let service = Service::start_with(|config| config.idle = Duration::from_millis(500)).await;
    service.write("a", "a");
    let head = format!(
        "POST /api/v1/batch/local/-?delete&access_token={} HTTP/1.1\r\nHost: localhost\r\n",
        service.token
    );
    let half = format!("{head}Content-Length: 100\r\n\r\n[{{\"path\":\"a\"}}]");
    // No word, half of a head, half of a body; each connection ends though it is held open.
    for (said, code) in [("", ""), (&*head, ""), (&*half, "ReadRequestTimeout")] {
        let answer = say(&service, said).await;
        assert!(answer.contains(code), "{said}: {answer}");
        assert!(!answer.contains("HTTP/1.1 200"), "{said}: {answer}");
    }
    assert!(service.has("a"));
    assert_eq!(service.get("directory/local/-").await.status, 200);
}

#[tokio::test]
async fn what_lies_beside_a_library_is_for_its_owner_only() {
    let service = Service::start().await;
    service.write("a", "1");
    service.batch_delete(&["a"]).await;
    let mode = |path: &str| service.at(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".mediasweep"), 0o700);
    assert_eq!(mode(".mediasweep/bin"), 0o700);
    assert_eq!(mode(".mediasweep/lock"), 0o600);
    assert_eq!(mode(".mediasweep/ledger.sqlite3"), 0o600);
    assert_eq!(mode(".mediasweep/ledger.sqlite3-wal"), 0o600);
}

#[tokio::test]
async fn an_empty_secret_opens_nothing() {
    let folder = tempfile::TempDir::new().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = mediasweep::server::Config {
        root: folder.path().to_owned(),
        ..mediasweep::server::Config::default()
    };
    let running = mediasweep::server::start(listener, config).await.unwrap();
    for (path, code) in [
        (
            "token?library_id=local&library_secret=",
            "EmptyLibrarySecret",
        ),
        (
            "token?library_id=local&library_secret=x",
            "WrongLibraryIdOrSecret",
        ),
        ("directory/local/-?library_secret=", "EmptyAccessToken"),
        (
            "directory/local/-?library_secret=x",
            "WrongLibraryIdOrSecret",
        ),
    ] {
        let url = format!("{}/api/v1/{path}", running.url());
        let answer = crate::service::client().get(url).send().await.unwrap();
        let fault: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(fault["code"], json!(code), "{path}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_refused_and_does_nothing() {
    let service = Service::start().await;
    service.write("a", "a");
    let address = service.url().strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /api/v1/batch/local/-?delete&access_token={} HTTP/1.1\r\nHost: localhost\r\n\
         Connection: close\r\nContent-Length: 100\r\n\r\n[{{\"path\":\"a\"}}]",
        service.token
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    // Whoever hangs up may get no answer at all.
    assert!(
        answer.is_empty() || answer.contains("IncompleteBody"),
        "{answer}"
    );
    assert!(service.has("a"));
}
