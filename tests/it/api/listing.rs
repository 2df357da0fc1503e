//! Listing directories (part B 2.1 and 2.2).

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::service::{Service, is_root};

#[tokio::test]
async fn directories_come_first_and_then_names_by_codepoint() {
    let service = Service::start().await;
    for path in [
        "b.txt",
        "B.txt",
        "样片.mov",
        "é.txt",
        "dir2/x",
        "dir10/x",
        "😀",
        " a",
    ] {
        service.write(path, "x");
    }
    let expected = [
        "dir10",
        "dir2",
        " a",
        "B.txt",
        "b.txt",
        "é.txt",
        "样片.mov",
        "😀",
    ];
    for limit in ["", "&limit=1", "&limit=3", "&limit=1000"] {
        assert_eq!(service.names("", limit).await, expected, "{limit}");
    }
    assert_eq!(
        service.names("", "&limit=1&order_by_type=desc").await[..3],
        ["dir2", "dir10", "😀"]
    );
    assert_eq!(
        service.names("", "&limit=2&sort_type=union").await[..4],
        [" a", "B.txt", "b.txt", "dir10"]
    );
    assert_eq!(
        service.names("", "&limit=1&filter=onlyDir").await,
        ["dir10", "dir2"]
    );
    assert_eq!(
        service.names("", "&limit=4&filter=onlyFile").await,
        expected[2..]
    );
    assert_eq!(
        service.names("", "&limit=1&prefix=d").await,
        ["dir10", "dir2"]
    );
    assert_eq!(
        service
            .names("", "&limit=1&filter=onlyFile&start_name=b.txt")
            .await,
        expected[5..]
    );
}

#[tokio::test]
async fn an_entry_says_what_the_documents_say() {
    let service = Service::start().await;
    service.write("d/a.jpg", "12345");
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    File::open(service.at("d/a.jpg"))
        .unwrap()
        .set_modified(time)
        .unwrap();
    fs::create_dir(service.at("d/sub")).unwrap();
    symlink("/etc", service.at("d/link")).unwrap();
    let page = service.get("directory/local/-/d?with_inode=1").await.json();
    assert_eq!(page["path"], json!(["d"]));
    assert_eq!(
        (&page["totalNum"], &page["fileCount"], &page["subDirCount"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(page["nextMarker"], Value::Null);
    let [sub, file, link] = [0, 1, 2].map(|index| &page["contents"][index]);
    assert_eq!(
        (&sub["name"], &sub["type"], &sub["size"]),
        (&json!("sub"), &json!("dir"), &Value::Null)
    );
    assert_eq!(
        (&link["name"], &link["type"], &link["size"]),
        (&json!("link"), &json!("symlink"), &Value::Null)
    );
    assert_eq!(file["size"], "5");
    assert_eq!(file["contentType"], "image/jpeg");
    assert_eq!(file["fileType"], "image");
    assert_eq!(file["modificationTime"], "2023-11-14T22:13:20.123Z");
    assert_eq!(file["inode"].as_str().unwrap().len(), 32);
    assert_eq!(file["crc64"], Value::Null);
    assert_eq!(file["authorityList"], Value::Null);
    let tag = file["eTag"].as_str().unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");

    let info = service.get("file/local/-/d/a.jpg?info").await.json();
    let page = service.get("directory/local/-/d").await.json();
    assert_eq!(page["contents"][1]["crc64"], info["crc64"]);
    assert!(info["crc64"].is_string());
    assert_eq!(page["contents"][1]["inode"], Value::Null);
}

#[tokio::test]
async fn sizes_and_times_can_be_sorted_by() {
    let service = Service::start().await;
    for (number, name) in ["c", "a", "b", "d"].iter().enumerate() {
        service.write(name, &"x".repeat(number / 2));
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 - number as u64);
        File::open(service.at(name))
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    fs::create_dir(service.at("z")).unwrap();
    for limit in [1, 2, 10] {
        let names = async |query: &str| service.names("", &format!("&limit={limit}{query}")).await;
        assert_eq!(names("&order_by=size").await, ["z", "a", "c", "b", "d"]);
        assert_eq!(
            names("&order_by=size&order_by_type=desc").await,
            ["z", "d", "b", "c", "a"]
        );
        assert_eq!(
            names("&order_by=modificationTime").await,
            ["z", "d", "b", "a", "c"]
        );
        assert_eq!(names("&order_by=creationTime").await.len(), 5);
    }
    let code = service
        .get("directory/local/-?order_by=colour")
        .await
        .code();
    assert_eq!(code, (400, "OrderByNotAllowed".into()));
    let code = service
        .get("directory/local/-?order_by_type=up")
        .await
        .code();
    assert_eq!(code, (400, "OrderByTypeNotAllowed".into()));
}

fn names_of(page: &Value) -> Vec<String> {
    let entries = page["contents"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn deleting_between_pages_neither_skips_nor_repeats() {
    let service = Service::start().await;
    for number in 0..50 {
        service.write(&format!("{number:02}"), "");
    }
    let mut seen = Vec::new();
    let mut marker = String::new();
    loop {
        let page = service
            .get(&format!("directory/local/-?limit=10{marker}"))
            .await
            .json();
        let names = names_of(&page);
        // All of the page, the last entry, on which the marker stands, included; and one ahead.
        let paths: Vec<&str> = names.iter().map(String::as_str).collect();
        service.batch_delete(&paths).await;
        seen.extend(names);
        let ahead = format!("{:02}", seen.len() + 2);
        if service.has(&ahead) {
            fs::remove_file(service.at(&ahead)).unwrap();
        }
        match page["nextMarker"].as_str() {
            Some(next) => marker = format!("&marker={next}"),
            None => break,
        }
    }
    assert!(seen.is_sorted());
    assert_eq!(service.names("", "").await, [""; 0]);
    assert!(seen.len() >= 45, "{seen:?}");
}

#[tokio::test]
async fn a_large_folder_can_be_deleted_while_it_is_listed() {
    let service = Service::start().await;
    for number in 0..12_000 {
        File::create(service.at(&format!("{number:05}"))).unwrap();
    }
    let mut count = 0;
    let mut marker = String::new();
    loop {
        let page = service
            .get(&format!("directory/local/-?limit=1000{marker}"))
            .await
            .json();
        let names = names_of(&page);
        let paths: Vec<&str> = names.iter().map(String::as_str).collect();
        count += paths.len();
        service.batch_delete(&paths).await;
        match page["nextMarker"].as_str() {
            Some(next) => marker = format!("&marker={next}"),
            None => break,
        }
    }
    assert_eq!(count, 12_000);
    assert_eq!(
        service.get("recycled/local/-").await.json()["totalNum"],
        12_000
    );
    assert_eq!(service.names("", "").await, [""; 0]);
}

/// The service looks at the next page of a large folder before anybody asks for it.
#[tokio::test]
async fn what_is_gone_from_a_large_folder_is_on_no_page_that_is_asked_for_later() {
    let service = Service::start().await;
    for number in 0..12_000 {
        File::create(service.at(&format!("{number:05}"))).unwrap();
    }
    // Only the pages of a folder that rests are looked at ahead.
    let changed = || fs::metadata(service.at("")).unwrap().modified().unwrap();
    while changed().elapsed().unwrap() < Duration::from_millis(50) {
        tokio::task::yield_now().await;
    }
    let mut seen = Vec::new();
    let mut marker = String::new();
    loop {
        let page = service
            .get(&format!("directory/local/-?limit=1000{marker}"))
            .await
            .json();
        seen.extend(names_of(&page));
        if seen.len() == 5000 {
            fs::remove_file(service.at("05000")).unwrap();
            fs::remove_file(service.at("05500")).unwrap();
        }
        match page["nextMarker"].as_str() {
            Some(next) => marker = format!("&marker={next}"),
            None => break,
        }
    }
    let expected = (0..12_000).filter(|number| ![5000, 5500].contains(number));
    let expected: Vec<String> = expected.map(|number| format!("{number:05}")).collect();
    assert!(seen == expected);
}

#[tokio::test]
async fn a_page_tells_where_the_next_one_begins_before_its_entries() {
    let service = Service::start().await;
    for name in ["a", "b", "c"] {
        service.write(name, "");
    }
    let page = service.get("directory/local/-?limit=2").await;
    let at = |word| page.text.find(word).unwrap();
    assert!(at("nextMarker") < at("contents"), "{}", page.text);
}

#[tokio::test]
async fn what_comes_or_goes_is_seen_at_the_next_listing() {
    let service = Service::start().await;
    for round in 0..20 {
        let name = format!("{round}");
        service.write(&name, "");
        assert_eq!(service.names("", "").await, [name.as_str()]);
        fs::remove_file(service.at(&name)).unwrap();
        assert_eq!(service.names("", "").await, [""; 0]);
    }
}

#[tokio::test]
async fn pages_can_be_asked_for_by_number() {
    let service = Service::start().await;
    for number in 0..25 {
        service.write(&format!("{number:02}"), "");
    }
    let page = service
        .get("directory/local/-?by-page=1&page=3&page_size=10")
        .await
        .json();
    assert_eq!(page["contents"].as_array().unwrap().len(), 5);
    assert_eq!(page["contents"][0]["name"], "20");
    assert_eq!(page["totalNum"], 25);
    assert_eq!(page["nextMarker"], Value::Null);
    let page = service
        .get("directory/local/-?page=1&page_size=3&prefix=1&start_name=10")
        .await
        .json();
    assert_eq!(page["contents"][0]["name"], "00", "these go with markers");
    let page = service.get("directory/local/-?page=2").await.json();
    assert_eq!(page["contents"].as_array().unwrap().len(), 5);
    assert_eq!(
        service
            .get("directory/local/-?page=10&page_size=1000")
            .await
            .status,
        200
    );
    for query in [
        "page=11&page_size=1000",
        "page=0",
        "page_size=1001",
        "limit=1001",
        "limit=x",
        "limit=0",
        "filter=x",
        "with_inode=maybe",
    ] {
        let code = service
            .get(&format!("directory/local/-?{query}"))
            .await
            .code();
        assert_eq!(code, (400, "ParamInvalid".into()), "{query}");
    }
}

#[tokio::test]
async fn a_marker_is_good_for_its_own_listing_only() {
    let service = Service::start().await;
    for path in ["a", "b", "d/a", "d/b"] {
        service.write(path, "");
    }
    let page = service.get("directory/local/-?limit=1").await.json();
    let marker = page["nextMarker"].as_str().unwrap();
    for path in [
        "directory/local/-/d?x",
        "directory/local/-?order_by=size",
        "directory/local/-?order_by_type=desc",
    ] {
        let code = service
            .get(&format!("{path}&limit=1&marker={marker}"))
            .await
            .code();
        assert_eq!(code, (404, "MarkerNotFound".into()), "{path}");
    }
    for wrong in ["made-up", "00", "%E7%89%87"] {
        let code = service
            .get(&format!("directory/local/-?marker={wrong}"))
            .await
            .code();
        assert_eq!(code, (404, "MarkerNotFound".into()), "{wrong}");
    }
}

#[tokio::test]
async fn looking_makes_nothing_and_what_is_ours_is_never_shown() {
    let service = Service::start().await;
    service.write("a", "a");
    service.names("", "").await;
    service.get("directory/local/-/a?info").await;
    service.get("file/local/-/a?info").await;
    service.get("space/local/-/size").await;
    service.get("recycled/local/-").await;
    service.get("task/local/-/1").await;
    service
        .post("batch/local/-?delete", json!([{ "path": "gone" }]))
        .await;
    assert!(!service.has(".mediasweep"));
    service.batch_delete(&["a"]).await;
    assert!(service.has(".mediasweep"));
    assert_eq!(service.names("", "").await, [""; 0]);
    let page = service.get("directory/local/-?page=1").await.json();
    assert_eq!(page["totalNum"], 0);
    assert_eq!(
        service.get("directory/local/-/.mediasweep").await.code(),
        (404, "DirectoryNotFound".into())
    );
    assert_eq!(
        service
            .get("directory/local/-/.mediasweep%2Fbin?info")
            .await
            .status,
        404
    );
    assert_eq!(
        service
            .get("file/local/-/.mediasweep/ledger.sqlite3")
            .await
            .status,
        404
    );
    let answer = service
        .batch_delete(&[
            ".mediasweep",
            "/.mediasweep/bin",
            ".mediasweep/ledger.sqlite3",
        ])
        .await
        .json();
    assert_eq!(crate::service::statuses(&answer), [404, 404, 404]);
    let body = json!({ "from": ".mediasweep/bin" });
    assert_eq!(
        service.put("directory/local/-/mine", body).await.code(),
        (404, "SourceDirectoryNotFound".into())
    );
    assert_eq!(
        service
            .put("directory/local/-/.mediasweep/x", Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(
        service
            .put("file/local/-/.mediasweep/x", json!({}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_can_be_looked_at() {
    if is_root() {
        return;
    }
    let service = Service::start().await;
    service.write("d/a", "a");
    fs::set_permissions(service.root(), fs::Permissions::from_mode(0o555)).unwrap();
    let page = service.get("directory/local/-").await.json();
    assert_eq!(
        page["contents"][0]["authorityList"],
        json!({
            "canView": true, "canPreview": true, "canDownload": true, "canPrint": true,
            "canUpload": false, "canDelete": false, "canModify": false, "canAuthorize": false,
            "canShare": false,
        })
    );
    let answer = service.batch_delete(&["d"]).await.json();
    assert_eq!(answer["result"][0]["status"], 403);
    assert_eq!(answer["result"][0]["code"], "WriteForbidden");
    fs::set_permissions(service.root(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(service.at("d"), fs::Permissions::from_mode(0o555)).unwrap();
    let answer = service.batch_delete(&["d/a"]).await.json();
    assert_eq!(answer["result"][0]["code"], "WriteForbidden");
    assert!(service.has("d/a"));
    assert_eq!(service.get("recycled/local/-").await.json()["totalNum"], 0);
    fs::set_permissions(service.at("d"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_listing_that_is_known_is_not_sent_again() {
    let service = Service::start().await;
    for name in ["d/a", "d/b", "d/c"] {
        service.write(name, "1");
    }
    let ask = async |path: &str, tag: &str| {
        let url = format!(
            "{}/api/v1/{path}&access_token={}",
            service.url(),
            service.token
        );
        let request = service.http().get(url).header("If-None-Match", tag);
        crate::service::Answer::of(request.send().await.unwrap()).await
    };
    for path in [
        "directory/local/-/d?limit=2",
        "directory/local/-/d?page_size=2",
    ] {
        let first = service.get(path).await;
        let tag = first.json()["eTag"].as_str().unwrap().to_owned();
        assert_eq!(first.header("etag"), tag);
        for known in [tag.clone(), format!("\"x\", W/{tag}"), tag.replace('"', "")] {
            let answer = ask(path, &known).await;
            assert_eq!((answer.status, answer.text.as_str()), (304, ""));
        }
        // In its place, so that the times of the folder stay as they are.
        service.write("d/a", path);
        assert_eq!(ask(path, &tag).await.status, 200, "{path}");
    }
    let tag = service.get("recycled/local/-").await.json()["eTag"].take();
    let tag = tag.as_str().unwrap();
    assert_eq!(ask("recycled/local/-?limit=5", tag).await.status, 304);
    service.batch_delete(&["d"]).await;
    assert_eq!(ask("recycled/local/-?limit=5", tag).await.status, 200);
}

#[tokio::test]
async fn the_older_form_with_an_offset_goes_on_where_it_says() {
    let service = Service::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        service.write(name, name);
    }
    for (query, expected) in [
        ("offset=0&limit=2", vec!["a", "b"]),
        ("offset=2&limit=2", vec!["c", "d"]),
        ("offset=4&limit=2", vec!["e"]),
        ("offset=9&limit=2", vec![]),
    ] {
        let page = service
            .get(&format!("directory/local/-?{query}"))
            .await
            .json();
        let contents = page["contents"].as_array().unwrap();
        let names: Vec<&str> = contents
            .iter()
            .map(|entry| entry["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{query}");
        assert_eq!(page["totalNum"], json!(5));
    }
    let first = service.get("directory/local/-?limit=2").await.json();
    let marker = first["nextMarker"].as_str().unwrap();
    let page = service
        .get(&format!(
            "directory/local/-?limit=1&offset=0&marker={marker}"
        ))
        .await
        .json();
    assert_eq!(page["contents"][0]["name"], "c");
    assert_eq!(
        service.get("directory/local/-?offset=-1").await.code(),
        (400, "ParamInvalid".into())
    );
}

#[tokio::test]
async fn a_flag_for_more_fields_counts_bare_or_with_a_value() {
    let service = Service::start().await;
    service.write("a", "a");
    for (flag, is_set) in [
        ("with_inode", true),
        ("with_inode=1", true),
        ("with_inode=true", true),
        ("with_inode=0", false),
        ("with_inode=false", false),
    ] {
        let page = service
            .get(&format!("directory/local/-?{flag}"))
            .await
            .json();
        assert_eq!(page["contents"][0]["inode"].is_string(), is_set, "{flag}");
    }
}

#[tokio::test]
async fn a_plus_in_the_query_is_a_blank() {
    let service = Service::start().await;
    for name in ["a b", "a+b", "ab"] {
        service.write(name, name);
    }
    for (prefix, name) in [("a+b", "a b"), ("a%20b", "a b"), ("a%2Bb", "a+b")] {
        let query = format!("&prefix={prefix}");
        assert_eq!(service.names("", &query).await, [name], "{prefix}");
    }
}
