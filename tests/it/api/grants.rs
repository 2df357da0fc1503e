//! One table of all endpoints: each wants a token, and each what it wants of the token's grants.
//! A new endpoint is one more line.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Method;
use serde_json::Value;

use crate::service::{Answer, Service};

/// The handler; the request, with places to fill in; each grant that is enough by itself, none if
/// any token is. `space_admin` and `admin` are enough for all.
///
/// `{f}` a file, `{d}` a directory with a file, `{n}` a new name, `{r}` an item of the bin, `{k}` an
/// upload that was begun, `{u}` one whose bytes have come.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str, &[&str])] = &[
    ("spaces::library_usage", "GET", "usage/local", "", ADMIN),
    ("spaces::spaces_usage", "GET", "usage/local/-", "", ADMIN),
    ("spaces::size", "GET", "space/local/-/size", "", ANY),
    ("spaces::file_count", "GET", "space/local/-/file-count", "", ADMIN),
    ("batch::tasks", "GET", "task/local/-/1", "", ANY),
    ("batch::library_tasks", "GET", "task/local/1", "", ANY),
    ("batch::delete", "POST", "batch/local/-?delete", r#"[{"path":"{f}"}]"#, &["delete_file"]),
    ("batch::delete", "POST", "batch/local/-?delete", r#"[{"path":"{d}"}]"#, &["delete_directory"]),
    ("batch::delete", "POST", "batch/local/-?delete", r#"[{"path":"{f}","permanent":true}]"#, &["delete_file_permanent"]),
    ("batch::delete", "POST", "batch/local/-?delete", r#"[{"path":"{d}","permanent":true}]"#, &["delete_directory_permanent"]),
    ("directory::list", "GET", "directory/local/-/{d}", "", ANY),
    ("directory::stats", "GET", "directory/local/-/{d}?stats=1", "", ANY),
    ("directory::info", "GET", "directory/local/-/{d}?info", "", ANY),
    ("directory::exists", "HEAD", "directory/local/-/{d}", "", ANY),
    ("directory::put", "PUT", "directory/local/-/{n}", "", &["create_directory"]),
    ("directory::put", "PUT", "directory/local/-/{n}", r#"{"from":"{d}"}"#, &["move_directory"]),
    ("directory::delete", "DELETE", "directory/local/-/{d}", "", &["delete_directory"]),
    ("directory::delete", "DELETE", "directory/local/-/{d}?permanent=1", "", &["delete_directory_permanent"]),
    ("file::info", "GET", "file/local/-/{f}?info", "", ANY),
    ("file::download", "GET", "file/local/-/{f}", "", ANY),
    ("file::exists", "HEAD", "file/local/-/{f}", "", ANY),
    ("file::put", "PUT", "file/local/-/{n}", "", BEGIN),
    ("file::put", "PUT", "file/local/-/{f}?conflict_resolution_strategy=overwrite", "", &["upload_file_force", "begin_upload_force"]),
    ("file::put", "PUT", "file/local/-/{n}", r#"{"from":"{f}"}"#, &["move_file", "move_file_force"]),
    ("file::put", "PUT", "file/local/-/{g}?conflict_resolution_strategy=overwrite", r#"{"from":"{f}"}"#, &["move_file_force"]),
    ("file::delete", "DELETE", "file/local/-/{f}", "", &["delete_file"]),
    ("file::delete", "DELETE", "file/local/-/{f}?permanent=1", "", &["delete_file_permanent"]),
    ("upload::confirm", "POST", "file/local/-/{u}?confirm", "", &["upload_file", "upload_file_force", "confirm_upload"]),
    ("upload::cancel", "DELETE", "file/local/-/{k}?upload", "", BEGIN),
    ("recycled::list", "GET", "recycled/local/-", "", ANY),
    ("recycled::info", "GET", "recycled/local/-/{r}?info", "", ANY),
    ("recycled::restore_one", "POST", "recycled/local/-/{r}?restore", "", RESTORE),
    ("recycled::restore_many", "POST", "recycled/local/-?restore", "[{r}]", RESTORE),
    ("recycled::purge_one", "DELETE", "recycled/local/-/{r}", "", PURGE),
    ("recycled::purge_many", "POST", "recycled/local/-?delete", "[{r}]", PURGE),
    ("recycled::empty", "DELETE", "recycled/local/-", "", PURGE),
];

const ANY: &[&str] = &[];
const ADMIN: &[&str] = &["space_admin"];
const BEGIN: &[&str] = &[
    "upload_file",
    "upload_file_force",
    "begin_upload",
    "begin_upload_force",
];
const RESTORE: &[&str] = &["restore_recycled"];
const PURGE: &[&str] = &["delete_recycled"];

/// All grants but the two of administrators.
const GRANTS: &[&str] = &[
    "create_space",
    "delete_space",
    "create_directory",
    "delete_directory",
    "delete_directory_permanent",
    "move_directory",
    "copy_directory",
    "upload_file",
    "upload_file_force",
    "begin_upload",
    "begin_upload_force",
    "confirm_upload",
    "create_symlink",
    "create_symlink_force",
    "delete_file",
    "delete_file_permanent",
    "move_file",
    "move_file_force",
    "copy_file",
    "copy_file_force",
    "delete_recycled",
    "restore_recycled",
];

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Makes what the places of a request speak of, anew for each request.
async fn fill(service: &Service, texts: [&str; 2]) -> [String; 2] {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut texts = texts.map(str::to_owned);
    for (place, name) in [
        ("{f}", format!("f{number}")),
        ("{g}", format!("g{number}")),
        ("{d}", format!("d{number}")),
        ("{n}", format!("n{number}")),
        ("{r}", format!("r{number}")),
        ("{k}", format!("k{number}")),
        ("{u}", format!("u{number}")),
    ] {
        if !texts.iter().any(|text| text.contains(place)) {
            continue;
        }
        let value = match place {
            "{n}" => name,
            "{r}" => {
                service.write(&name, "x");
                let answer = service.delete(&format!("file/local/-/{name}")).await;
                answer.json()["recycledItemId"].to_string()
            }
            "{k}" | "{u}" => {
                let start = service
                    .put(&format!("file/local/-/{name}"), Value::Null)
                    .await;
                let start = start.json();
                if place == "{u}" {
                    let path = start["path"].as_str().unwrap();
                    let mut put = service.http().put(format!("{}{path}", service.url()));
                    for (name, value) in start["headers"].as_object().unwrap() {
                        put = put.header(name, value.as_str().unwrap());
                    }
                    assert_eq!(put.body("x").send().await.unwrap().status(), 200);
                }
                start["confirmKey"].as_str().unwrap().to_owned()
            }
            "{d}" => {
                service.write(&format!("{name}/x"), "x");
                name
            }
            _ => {
                service.write(&name, "x");
                name
            }
        };
        texts = texts.map(|text| text.replace(place, &value));
    }
    texts
}

/// Sends a line of the table with a token; an empty one is not sent.
async fn send(service: &Service, line: usize, token: &str) -> Answer {
    let (_, method, path, body, _) = TABLE[line];
    let [path, body] = fill(service, [path, body]).await;
    let mark = if path.contains('?') { '&' } else { '?' };
    let token = match token {
        "" => String::new(),
        token => format!("{mark}access_token={token}"),
    };
    let method: Method = method.parse().unwrap();
    let body = (!body.is_empty()).then_some(body);
    service
        .raw(method, &format!("/api/v1/{path}{token}"), body)
        .await
}

/// The status and code of a refusal, also where it is that of the only item.
fn refusal(method: &str, answer: &Answer) -> (u16, String) {
    if method == "HEAD" {
        // It has no body to hold a code.
        let code = match answer.status {
            400 => "EmptyAccessToken",
            403 => "InvalidAccessToken",
            _ => "",
        };
        return (answer.status, code.to_owned());
    }
    if answer.status != 207 {
        return answer.code();
    }
    let item = &answer.json()["result"][0];
    let status = u16::try_from(item["status"].as_u64().unwrap()).unwrap();
    (status, item["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn every_endpoint_wants_a_token_that_is_one() {
    let service = Service::start().await;
    for (line, (_, method, path, ..)) in TABLE.iter().enumerate() {
        let none = send(&service, line, "").await;
        let expected = (400, "EmptyAccessToken".to_owned());
        assert_eq!(refusal(method, &none), expected, "{method} {path}");
        let wrong = send(&service, line, "acctkwrong").await;
        let expected = (403, "InvalidAccessToken".to_owned());
        assert_eq!(refusal(method, &wrong), expected, "{method} {path}");
    }
}

#[tokio::test]
async fn every_endpoint_wants_its_grant_and_no_other() {
    let service = Service::start().await;
    let no_permission = (403, "NoPermission".to_owned());
    for (line, (_, method, path, body, grants)) in TABLE.iter().enumerate() {
        let context = format!("{method} {path} {body}");
        let others: Vec<&str> = GRANTS
            .iter()
            .copied()
            .filter(|grant| !grants.contains(grant))
            .collect();
        for refused in ["", &others.join(",")] {
            let token = service.new_token(refused).await;
            let answer = send(&service, line, &token).await;
            if grants.is_empty() {
                assert!(
                    answer.status < 400,
                    "{context} with '{refused}': {answer:?}"
                );
            } else {
                let said = refusal(method, &answer);
                assert_eq!(said, no_permission, "{context} with '{refused}'");
            }
        }
        for allowed in grants.iter().chain(&["space_admin", "admin"]) {
            let token = service.new_token(allowed).await;
            let answer = send(&service, line, &token).await;
            let is_done = answer.status < 400 && answer.status != 207;
            assert!(is_done, "{context} with '{allowed}': {answer:?}");
        }
    }
}

#[test]
fn every_endpoint_has_a_line() {
    let routes = include_str!("../../../src/server/routes.rs");
    let mut served = 0;
    for line in routes.lines() {
        for about in ["=> space(", "=> library("] {
            let Some((_, handler)) = line.split_once(about) else {
                continue;
            };
            let handler = handler.split(')').next().unwrap();
            if handler != "missing" {
                served += 1;
                let is_there = TABLE.iter().any(|(name, ..)| *name == handler);
                assert!(is_there, "{handler} has no line in the table of this file");
            }
        }
    }
    assert!(
        served > 20,
        "the table of routes looks otherwise: adapt this test"
    );
}
