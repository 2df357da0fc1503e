//! Names that programs stumble over, and links that lead elsewhere.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::service::{Service, statuses};

#[tokio::test]
async fn every_name_can_be_listed_deleted_and_restored() {
    let names: [&[u8]; 12] = [
        b"caf\xE9.txt",
        b"\x1b[31mred\x1b[0m.txt",
        "\u{202E}gnp.exe".as_bytes(),
        "😀 杭州.mov".as_bytes(),
        b"100%25 a+b&c=d#e?.txt",
        b"a:b*c\"<>|\\d",
        b" lead and trail ",
        b"new\nline",
        "real \u{10FFE9} escape".as_bytes(),
        b"\xF4\x8F\xBF",
        b"-rf",
        b"...",
    ];
    let service = Service::start().await;
    for name in names {
        fs::write(service.root().join(OsStr::from_bytes(name)), name).unwrap();
    }
    let listed = service.names("", "&limit=5").await;
    assert_eq!(listed.len(), names.len());
    let paths: Vec<&str> = listed.iter().map(String::as_str).collect();
    let answer = service.batch_delete(&paths).await.json();
    assert_eq!(statuses(&answer), [200; 12]);
    assert_eq!(answer["result"][3]["path"], json!([paths[3]]));
    let page = service.get("recycled/local/-?limit=100").await.json();
    let ids: Vec<_> = page["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["recycledItemId"].clone())
        .collect();
    let answer = service
        .post("recycled/local/-?restore", json!(ids))
        .await
        .json();
    assert_eq!(statuses(&answer), [200; 12]);
    for name in names {
        assert_eq!(
            fs::read(service.root().join(OsStr::from_bytes(name))).unwrap(),
            name
        );
    }
}

#[tokio::test]
async fn a_name_in_a_url_may_be_escaped_text_or_raw_bytes() {
    let service = Service::start().await;
    fs::write(service.root().join(OsStr::from_bytes(b"caf\xE9")), "x").unwrap();
    // The character U+10FFE9 stands for the byte; the byte itself may come escaped too.
    for path in ["caf%F4%8F%BF%A9", "caf%E9"] {
        let info = service
            .get(&format!("directory/local/-/{path}?info"))
            .await
            .json();
        assert_eq!(info["name"], "caf\u{10FFE9}", "{path}");
    }
    service.write("a%2Fb", "literal");
    let info = service.get("directory/local/-/a%252Fb?info").await.json();
    assert_eq!(info["name"], "a%2Fb");
}

#[tokio::test]
async fn links_are_entries_and_lead_nowhere() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let service = Service::start().await;
    service.write("in/file", "x");
    symlink(outside.path(), service.at("out")).unwrap();
    symlink("in", service.at("inside")).unwrap();
    symlink(outside.path().join("secret"), service.at("file")).unwrap();
    symlink("nowhere", service.at("dangling")).unwrap();
    for path in ["out", "out/secret", "inside"] {
        assert_eq!(
            service
                .get(&format!("directory/local/-/{path}"))
                .await
                .status,
            404,
            "{path}"
        );
        assert_eq!(
            service.get(&format!("file/local/-/{path}")).await.status,
            404,
            "{path}"
        );
    }
    assert_eq!(
        service.get("file/local/-/file").await.code(),
        (404, "FileNotFound".into())
    );
    let info = service.get("file/local/-/file?info").await.json();
    assert_eq!(
        (&info["type"], &info["cosUrl"]),
        (&json!("symlink"), &json!(null))
    );
    let answer = service
        .batch_delete(&[
            "out/secret",
            "inside/file",
            "out",
            "file",
            "inside",
            "dangling",
        ])
        .await
        .json();
    assert_eq!(statuses(&answer), [404, 404, 200, 200, 200, 200]);
    assert!(outside.path().join("secret").exists());
    assert!(service.has("in/file"));
    let id = service.bin_id("out").await;
    service
        .post(&format!("recycled/local/-/{id}?restore"), json!({}))
        .await
        .json();
    assert_eq!(fs::read_link(service.at("out")).unwrap(), outside.path());
    service
        .post(
            "batch/local/-?delete",
            json!([{ "path": "out", "permanent": true }]),
        )
        .await;
    service.delete("recycled/local/-").await;
    service.stop().await;
    assert!(outside.path().join("secret").exists());
}

#[tokio::test]
async fn what_is_gone_for_good_takes_its_links_with_it_and_not_their_targets() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("keep"), "keep").unwrap();
    let service = Service::start().await;
    service.write("d/a/b/c", "c");
    symlink(outside.path(), service.at("d/a/out")).unwrap();
    assert_eq!(
        service
            .delete("directory/local/-/d?permanent=1")
            .await
            .status,
        204
    );
    let folder = service.stop().await;
    // What the first stop may have cut short is ended by the next run.
    let service = Service::over(folder, |_| {}).await;
    let folder = service.stop().await;
    let doomed = folder.path().join(".mediasweep/doomed");
    let service = Service::over(folder, |_| {}).await;
    while fs::read_dir(&doomed).unwrap().next().is_some() {
        tokio::task::yield_now().await;
    }
    assert!(outside.path().join("keep").exists());
    service.stop().await;
}
