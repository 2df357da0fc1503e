//! Entries by what they are (part B 3.8 and 3.9).

use serde_json::{Value, json};

use crate::service::Service;

async fn inode(service: &Service, path: &str) -> String {
    let path = format!("directory/local/-/{path}?info&with_inode=1");
    let details = service.get_owned(path).await;
    details["inode"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_entry_is_found_wherever_it_was_moved() {
    let service = Service::start().await;
    service.write("d/a.txt", "hello");
    let file = inode(&service, "d/a.txt").await;
    let directory = inode(&service, "d").await;
    let get = async |inode: &str| service.get(&format!("inode/local/-/{inode}")).await;
    for (from, to) in [("d/a.txt", "d/b.txt"), ("d", "e/f")] {
        std::fs::create_dir_all(service.at(to).parent().unwrap()).unwrap();
        std::fs::rename(service.at(from), service.at(to)).unwrap();
        assert_eq!(get(&file).await.status, 200, "{to}");
    }
    let found = get(&file).await.json();
    assert_eq!(found["path"], json!(["e", "f", "b.txt"]));
    assert_eq!(
        (&found["name"], &found["type"], &found["size"]),
        (&json!("b.txt"), &json!("file"), &json!("5"))
    );
    let found = get(&directory).await.json();
    assert_eq!(found["path"], json!(["e", "f"]));
    assert!(found.get("size").is_none());
    service.delete("file/local/-/e/f/b.txt").await;
    for gone in [
        file.as_str(),
        "nonsense",
        "0123456789abcdef0123456789abcdef",
    ] {
        assert_eq!(get(gone).await.code(), (404, "PathNotFound".into()));
    }
}

#[tokio::test]
async fn nobody_knows_why_something_was_deleted_but_perhaps_when() {
    let mut service = Service::start().await;
    service.write("a", "a");
    let file = inode(&service, "a").await;
    service.delete("file/local/-/a").await;
    let path = format!("file-deletion-check/local/-/{file}");
    let answer = service.get_owned(path.clone()).await;
    assert_eq!(answer["reason"], "Unknown");
    assert!(answer["deletedAt"].is_string());
    service.delete("recycled/local/-").await;
    assert_eq!(
        service.get_owned(path.clone()).await["deletedAt"],
        Value::Null
    );
    service.token = service.new_token("delete_file").await;
    assert_eq!(
        service.get(&path).await.code(),
        (403, "NoPermission".into())
    );
}

#[tokio::test]
async fn a_period_is_at_least_a_minute() {
    let service = Service::start().await;
    service.write("a", "a");
    for (query, status) in [
        ("period=60&preview=1&with_short_link=1", 200),
        ("period=7200", 200),
        ("period=59", 400),
        ("period=7201", 400),
    ] {
        let answer = service.get(&format!("file/local/-/a?info&{query}")).await;
        assert_eq!(answer.status, status, "{query}");
    }
    let checked = service.get("file/local/-/a?info&pre_check=1").await.json();
    assert!(checked.get("cosUrl").is_none());
}
