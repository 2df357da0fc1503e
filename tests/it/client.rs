//! The client against the real service, and against its faults.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mediasweep::client::batch::{BatchAnswer, Removal};
use mediasweep::client::{Client, Credentials, Error, Settings};
use mediasweep::domain::bin::RecycledId;
use mediasweep::domain::failure::{Failure, FailureKind};
use mediasweep::domain::job::Target;
use mediasweep::domain::order::Order;
use mediasweep::domain::path::RemotePath;
use mediasweep::server::faults::Action;
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use crate::support::{SECRET, TestService, edit, hurried, instead, path, targets};

fn listed(paths: &[&str]) -> Vec<Target> {
    targets(paths).iter().collect()
}

async fn names(client: &Client, dir: &str, limit: u32) -> Vec<String> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = client
            .list(&path(dir), Order::default(), after.as_ref(), limit)
            .await
            .unwrap();
        names.extend(page.entries.iter().map(|entry| entry.name().to_owned()));
        after = page.next;
        if after.is_none() {
            names.sort();
            return names;
        }
    }
}

#[test]
fn plain_http_is_for_this_machine_only_and_ids_are_checked() {
    let make = |base: &str, library: &str| {
        let token = Credentials::Token(SecretString::from("t"));
        Client::new(Settings::new(Url::parse(base).unwrap(), library, token))
    };
    assert!(matches!(
        make("http://10.0.0.1", "lib"),
        Err(Error::PlainHttp)
    ));
    assert!(matches!(
        make("https://x.example", "a/b"),
        Err(Error::BadId { .. })
    ));
    assert!(make("https://user:pw@x.example", "lib").is_err());
    assert!(make("http://[::1]:9", "lib").is_ok());
    assert!(make("https://x.example", "lib").is_ok());
}

#[tokio::test]
async fn a_listing_is_read_to_its_end_page_by_page() {
    let service = TestService::start().await;
    let files: Vec<String> = (0..25).map(|n| format!("many/{n:02}.txt")).collect();
    service.files(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let client = service.client();
    let listed = names(&client, "many", 7).await;
    assert_eq!(listed.len(), 25);
    assert_eq!(service.faults.count("GET /directory/lib/-/many"), 4);
    service.stop().await;
}

#[tokio::test]
async fn names_that_look_like_escapes_reach_the_service_unaltered() {
    let service = TestService::start().await;
    let odd = [
        "%2e%2e",
        "a b",
        "50%+1#&~=",
        "杭州 take'1",
        "%2Fetc",
        " blank ",
    ];
    let files: Vec<String> = odd.iter().map(|name| format!("odd dir/{name}")).collect();
    service.files(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let client = service.client();
    let mut wanted: Vec<&str> = odd.to_vec();
    wanted.sort_unstable();
    assert_eq!(names(&client, "odd dir", 100).await, wanted);
    for file in &files {
        let entry = client.stat(&path(file)).await.unwrap().unwrap();
        assert_eq!(Some(entry.name.as_str()), file.strip_prefix("odd dir/"));
    }
    assert_eq!(client.stat(&path("odd dir/none")).await.unwrap(), None);
    service.stop().await;
}

#[tokio::test]
async fn a_refused_page_length_is_asked_for_again_with_a_hundred() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let refusal = instead(400, &[], r#"{"code":"ParamInvalid","message":"limit"}"#);
    service.faults.add("GET /directory/ limit=1000", 1, refusal);
    assert_eq!(names(&service.client(), "/", 1000).await, ["a"]);
    assert_eq!(service.faults.count("GET /directory/ limit=100&"), 1);
    service.stop().await;
}

#[tokio::test]
async fn a_listing_that_gives_the_same_marker_again_ends_in_an_error() {
    let service = TestService::start().await;
    service.files(&["a", "b", "c"]);
    let client = service.client();
    let root = RemotePath::root();
    let first = client.list(&root, Order::default(), None, 1).await.unwrap();
    let stuck = edit(|page| page["nextMarker"] = json!("stuck"));
    service.faults.add("GET /directory/", 1, stuck);
    let page = client
        .list(&root, Order::default(), first.next.as_ref(), 1)
        .await
        .unwrap();
    // The service itself would refuse a marker that it has never given.
    service.faults.add(
        "GET /directory/ marker=stuck",
        1,
        instead(200, &[], r#"{"contents":[],"nextMarker":"stuck"}"#),
    );
    let again = client
        .list(&root, Order::default(), page.next.as_ref(), 1)
        .await;
    assert!(matches!(again, Err(Error::Endless)), "{again:?}");
    service.stop().await;
}

#[tokio::test]
async fn reading_goes_on_after_passing_faults_and_gives_up_after_some() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let client = service.client();
    let page = instead(502, &[], "<html><h1>Bad Gateway</h1></html>");
    service.faults.add("GET /directory/", 2, page.clone());
    assert_eq!(names(&client, "/", 10).await, ["a"]);
    service.faults.add("GET /directory/", 9, page);
    let before = service.faults.count("GET /directory/");
    let error = client
        .list(&RemotePath::root(), Order::default(), None, 10)
        .await
        .unwrap_err();
    let failure = Failure::from(error);
    assert_eq!(failure.status, Some(502));
    assert!(failure.message.contains("Bad Gateway"), "{failure}");
    assert_eq!(service.faults.count("GET /directory/") - before, 3);
    service.stop().await;
}

#[tokio::test]
async fn all_who_need_a_token_wait_for_the_same_one() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let client = service.client();
    let asks = (0..20).map(|_| {
        let client = client.clone();
        async move { client.stat(&path("a")).await.unwrap() }
    });
    let found = futures_util::future::join_all(asks).await;
    assert!(found.iter().all(Option::is_some));
    assert_eq!(service.faults.count("POST /api/v1/token"), 1);
    service.stop().await;
}

#[tokio::test]
async fn a_token_that_was_refused_is_replaced_once_and_the_request_sent_again() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let client = service.client();
    let expired = instead(403, &[], r#"{"code":"InvalidAccessToken","message":"x"}"#);
    service.faults.add("POST /batch/", 1, expired.clone());
    let submitted = client
        .delete_batch(&listed(&["a"]), Removal::ToBin)
        .await
        .unwrap();
    assert_eq!(submitted.status, 200);
    assert_eq!(service.faults.count("POST /api/v1/token"), 2);
    service.faults.add("GET /directory/", 9, expired);
    let failure = Failure::from(client.stat(&path("a")).await.unwrap_err());
    assert_eq!(failure.kind, FailureKind::SignIn);
    assert_eq!(service.faults.count("POST /api/v1/token"), 3);
    service.stop().await;
}

#[tokio::test]
async fn a_missing_right_is_no_reason_for_another_token() {
    let service = TestService::start().await;
    let client = service.client();
    let denied = instead(403, &[], r#"{"code":"NoPermission","message":"no"}"#);
    service.faults.add("POST /batch/", 1, denied);
    let error = client
        .delete_batch(&listed(&["a"]), Removal::ToBin)
        .await
        .unwrap_err();
    assert!(!error.may_have_worked());
    assert_eq!(Failure::from(error).kind, FailureKind::Denied);
    assert_eq!(service.faults.count("POST /api/v1/token"), 1);
    service.stop().await;
}

static AHEAD: AtomicI64 = AtomicI64::new(0);

fn moved_clock() -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(AHEAD.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_token_is_renewed_before_its_life_ends() {
    let service = TestService::start().await;
    let mut settings = service.settings();
    settings.clock = moved_clock;
    let client = hurried(Client::new(settings).unwrap());
    client.space_size().await.unwrap();
    client.space_size().await.unwrap();
    assert_eq!(service.faults.count("POST /api/v1/token"), 1);
    AHEAD.store(7000, Ordering::Relaxed);
    client.space_size().await.unwrap();
    assert_eq!(service.faults.count("POST /api/v1/token"), 2);
    service.stop().await;
}

#[tokio::test]
async fn a_given_token_is_renewed_by_itself() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let answer: serde_json::Value = {
        let address = format!(
            "{}/api/v1/token?library_id=lib&library_secret={SECRET}&grant=admin&period=1200",
            service.url
        );
        let plain = reqwest_get(&address).await;
        serde_json::from_str(&plain).unwrap()
    };
    let token = answer["accessToken"].as_str().unwrap().to_owned();
    let mut settings = service.settings();
    settings.credentials = Credentials::Token(SecretString::from(token.clone()));
    let client = hurried(Client::new(settings).unwrap());
    let expired = instead(403, &[], r#"{"code":"InvalidAccessToken","message":"x"}"#);
    service.faults.add("GET /directory/", 1, expired);
    assert!(client.stat(&path("a")).await.unwrap().is_some());
    assert_eq!(service.faults.count("POST /api/v1/token/lib/"), 1);
    service.stop().await;
}

/// A request without the client under test.
async fn reqwest_get(address: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let url = Url::parse(address).unwrap();
    let host = format!("127.0.0.1:{}", url.port().unwrap());
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "GET {}?{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
        url.path(),
        url.query().unwrap()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_throttled_delete_comes_back_with_the_wait_that_was_asked_for() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let client = service.client();
    for (headers, expected) in [
        (&[("retry-after", "7")] as &'static [_], Some(7)),
        (
            &[
                ("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"),
                ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
            ],
            Some(30),
        ),
        (&[], None),
    ] {
        let busy = instead(429, headers, r#"{"code":"RateLimitExceeded","message":""}"#);
        service.faults.add("POST /batch/", 1, busy);
        let error = client
            .delete_batch(&listed(&["a"]), Removal::ToBin)
            .await
            .unwrap_err();
        assert!(!error.may_have_worked());
        let Error::Throttled { retry_after, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(retry_after, expected.map(Duration::from_secs));
    }
    assert_eq!(service.faults.count("POST /batch/"), 3);
    assert!(service.has("a"));
    service.stop().await;
}

#[tokio::test]
async fn a_delete_without_a_clear_answer_is_never_sent_twice() {
    let service = TestService::start().await;
    service.files(&["a", "b", "c", "d", "e"]);
    let client = service.impatient();
    for (file, fault) in [
        ("a", Action::DropAfter),
        ("b", instead(200, &[], "<html>").after_work()),
        ("c", instead(502, &[], "").after_work()),
        ("d", Action::Silence),
        ("e", instead(503, &[], "<html>proxy</html>")),
    ] {
        let before = service.faults.count("POST /batch/");
        service.faults.add("POST /batch/", 1, fault);
        let error = client
            .delete_batch(&listed(&[file]), Removal::ToBin)
            .await
            .unwrap_err();
        assert!(error.may_have_worked(), "{file}: {error}");
        assert_eq!(service.faults.count("POST /batch/") - before, 1, "{file}");
    }
    service.stop().await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let service = TestService::start().await;
    let moved = instead(302, &[("location", "http://127.0.0.1:1/")], "");
    service.faults.add("GET /directory/", 1, moved);
    let failure = Failure::from(service.client().stat(&path("a")).await.unwrap_err());
    assert_eq!(failure.status, Some(302));
    service.stop().await;
}

#[tokio::test]
async fn nothing_that_is_told_holds_a_secret_or_an_address() {
    let service = TestService::start().await;
    let settings = service.settings();
    assert!(!format!("{settings:?}").contains(SECRET));
    let client = service.client();
    client.space_size().await.unwrap();
    assert!(!format!("{client:?}").contains(SECRET));
    let echo = instead(
        400,
        &[],
        r#"{"code":"BadRequest","message":"s3cret-never-to-be-seen in http://h/?access_token=x"}"#,
    );
    service.faults.add("GET /directory/", 1, echo);
    let error = client.stat(&path("a")).await.unwrap_err();
    let told = format!("{error} {error:?} {}", Failure::from(&error));
    assert!(
        !told.contains(SECRET) && !told.contains("http://"),
        "{told}"
    );
    service.stop().await;
    let error = client.stat(&path("a")).await.unwrap_err();
    let told = format!("{error} {error:?} {}", Failure::from(&error));
    assert!(
        !told.contains("access_token") && !told.contains("://"),
        "{told}"
    );
    assert_eq!(Failure::from(error).kind, FailureKind::Network);
}

#[tokio::test]
async fn what_was_deleted_can_be_found_in_the_bin_put_back_and_purged() {
    let service = TestService::start().await;
    service.files(&["a", "dir/b", "dir/c"]);
    let client = service.client();
    let submitted = client
        .delete_batch(&listed(&["a", "dir"]), Removal::ToBin)
        .await
        .unwrap();
    let BatchAnswer::Results(items) = submitted.answer else {
        panic!("a task for two items")
    };
    assert!(submitted.request_id.is_some());
    assert!(
        items
            .iter()
            .all(|item| item.id.is_some() && item.failure.is_none())
    );
    let page = client.bin(None, 100).await.unwrap();
    assert_eq!(page.items.len(), 2);
    let ids: Vec<RecycledId> = page.items.iter().map(|item| item.id.clone()).collect();
    client.restore_batch(&ids).await.unwrap();
    assert!(service.has("a") && service.has("dir/c"));
    client
        .delete_batch(&listed(&["a", "dir"]), Removal::ToBin)
        .await
        .unwrap();
    let page = client.bin(None, 1).await.unwrap();
    assert!(page.next.is_some());
    client
        .purge_batch(&[page.items[0].id.clone()])
        .await
        .unwrap();
    assert_eq!(client.bin(None, 100).await.unwrap().items.len(), 1);
    client.empty_bin().await.unwrap();
    assert!(client.bin(None, 100).await.unwrap().items.is_empty());
    service.stop().await;
}

#[tokio::test]
async fn requests_that_would_do_something_else_are_not_even_sent() {
    let service = TestService::start().await;
    let client = service.client();
    let nameless = [RecycledId("".into())];
    assert!(client.purge_batch(&nameless).await.is_err());
    assert!(client.restore_batch(&nameless).await.is_err());
    assert!(client.purge_batch(&[]).await.is_err());
    let root = client.delete_batch(&listed(&["/"]), Removal::ToBin).await;
    assert!(root.is_err());
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(
        client
            .delete_batch(&listed(&many), Removal::ToBin)
            .await
            .is_err()
    );
    assert_eq!(service.faults.count("/api/v1/"), 0);
    service.stop().await;
}
