//! The flat listing of a whole space (part B 8.3).

use serde_json::{Value, json};

use crate::service::Service;

const VIEW: &str = "space/local/-/contents-view";

async fn example() -> Service {
    let service = Service::start().await;
    for (path, content) in [
        ("b/x.jpg", "12"),
        ("a/x.jpg", "1"),
        ("a/deep/y.txt", "12345"),
        ("w.txt", "123"),
    ] {
        service.write(path, content);
    }
    service
}

fn paths(page: &Value) -> Vec<String> {
    let entries = page["contents"].as_array().unwrap().iter();
    let path = |entry: &Value| {
        let names = entry["path"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|name| name.as_str().unwrap()).collect();
        names.join("/")
    };
    entries.map(path).collect()
}

async fn all(service: &Service, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut marker = String::new();
    loop {
        let page = service
            .get_owned(format!("{VIEW}?with_path=1{query}{marker}"))
            .await;
        found.extend(paths(&page));
        match page["nextMarker"].as_str() {
            Some(next) => marker = format!("&marker={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn all_files_of_the_space_come_in_one_order() {
    let service = example().await;
    for (query, expected) in [
        ("&filter=onlyFile", "w.txt a/x.jpg b/x.jpg a/deep/y.txt"),
        (
            "&filter=onlyFile&order_by_type=desc",
            "a/deep/y.txt b/x.jpg a/x.jpg w.txt",
        ),
        (
            "&filter=onlyFile&order_by=size&order_by_type=desc",
            "a/deep/y.txt w.txt b/x.jpg a/x.jpg",
        ),
        ("&filter=onlyDir", "a b a/deep"),
        ("&filter=onlyFile&category=none", ""),
    ] {
        let expected: Vec<_> = expected.split_whitespace().collect();
        for limit in ["", "&limit=1", "&limit=3"] {
            assert_eq!(
                all(&service, &format!("{query}{limit}")).await,
                expected,
                "{query}"
            );
        }
    }
    for by in [
        "modificationTime",
        "creationTime",
        "uploadTime",
        "localCreationTime",
        "localModificationTime",
    ] {
        let query = format!("&filter=onlyFile&order_by={by}&limit=1");
        assert_eq!(all(&service, &query).await.len(), 4, "{by}");
    }
    let page = service.get(&format!("{VIEW}?filter=onlyFile")).await.json();
    assert_eq!(page["contents"][0]["inode"].as_str().unwrap().len(), 32);
    assert_eq!(page["contents"][0].get("path"), None);
}

#[tokio::test]
async fn what_goes_between_two_pages_neither_hides_nor_repeats_others() {
    let service = example().await;
    let first = service
        .get(&format!("{VIEW}?filter=onlyFile&with_path=1&limit=2"))
        .await
        .json();
    assert_eq!(paths(&first), ["w.txt", "a/x.jpg"]);
    let marker = first["nextMarker"].as_str().unwrap().to_owned();
    for gone in ["a/x.jpg", "w.txt"] {
        std::fs::remove_file(service.at(gone)).unwrap();
    }
    let next = format!("&filter=onlyFile&limit=1&marker={marker}");
    let page = service.get_owned(format!("{VIEW}?with_path=1{next}")).await;
    assert_eq!(paths(&page), ["b/x.jpg"]);
    // A service that has started anew knows no walk of the old one.
    let folder = service.stop().await;
    let service = Service::over(folder, |_| {}).await;
    let page = service.get_owned(format!("{VIEW}?with_path=1{next}")).await;
    assert_eq!(paths(&page), ["b/x.jpg"]);
    let other = format!("{VIEW}?filter=onlyDir&marker={marker}");
    assert_eq!(
        service.get(&other).await.code(),
        (404, "MarkerNotFound".to_owned())
    );
}

#[tokio::test]
async fn what_cannot_be_listed_is_refused() {
    let service = example().await;
    for (query, code) in [
        ("", "ParamInvalid"),
        ("?filter=all", "ParamInvalid"),
        ("?filter=onlyDir&order_by=colour", "OrderByNotAllowed"),
        ("?filter=onlyDir&order_by_type=up", "OrderByTypeNotAllowed"),
        ("?filter=onlyDir&limit=1001", "ParamInvalid"),
    ] {
        let answer = service.get(&format!("{VIEW}{query}")).await;
        assert_eq!(answer.code(), (400, code.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn the_counts_are_those_of_the_folder_and_the_bin() {
    let service = example().await;
    service.batch_delete(&["a"]).await.json();
    let counts = service.get("space/local/-/file-count").await.json();
    assert_eq!(
        counts,
        json!({
            "fileNum": "4",
            "dirNum": "3",
            "recycledFileNum": "2",
            "recycledDirNum": "2",
            "historyFileNum": "0",
        })
    );
}
