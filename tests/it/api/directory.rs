//! Directories: looked at, made, moved, deleted (part B section 2).

use serde_json::{Value, json};

use crate::service::Service;

#[tokio::test]
async fn a_directory_is_made_with_what_is_missing_above_it() {
    let service = Service::start().await;
    let answer = service.put("directory/local/-/a%2Fb/c", Value::Null).await;
    assert_eq!((answer.status, answer.text.as_str()), (201, ""));
    assert!(service.at("a/b/c").is_dir());
    let taken = (409, "SameNameDirectoryOrFileExists".to_owned());
    assert_eq!(
        service
            .put("directory/local/-/a/b/c", json!({}))
            .await
            .code(),
        taken
    );
    let path = "directory/local/-/a/b/c?conflict_resolution_strategy=rename&with_inode=1";
    let answer = service.put(path, Value::Null).await;
    assert_eq!(answer.status, 201);
    let answer = answer.json();
    assert_eq!(answer["path"], json!(["a", "b", "c (1)"]));
    assert_eq!(answer["inode"].as_str().unwrap().len(), 32);
    service.write("file", "");
    let path = "directory/local/-/file/sub?conflict_resolution_strategy=rename";
    assert_eq!(service.put(path, Value::Null).await.code(), taken);
}

#[tokio::test]
async fn bad_names_are_refused_when_they_are_given() {
    let service = Service::start().await;
    for name in ["a%5Cb", "a:b", "a*", "a%3F", "a%22", "%3Ca", "a%3E", "a%7C"] {
        let answer = service
            .put(&format!("directory/local/-/{name}"), Value::Null)
            .await;
        assert_eq!(answer.code(), (400, "IllegalFileName".into()), "{name}");
        let answer = service
            .put(&format!("file/local/-/{name}"), json!({}))
            .await;
        assert_eq!(answer.code(), (400, "IllegalFileName".into()), "{name}");
    }
    let long = "a".repeat(256);
    let answer = service
        .put(&format!("directory/local/-/{long}"), Value::Null)
        .await;
    assert_eq!(answer.code(), (400, "DirectoryNameLengthExceed".into()));
    let answer = service
        .put(&format!("file/local/-/{long}"), json!({}))
        .await;
    assert_eq!(answer.code(), (400, "FileNameLengthExceed".into()));
    let answer = service.put("directory/local/-/", Value::Null).await;
    assert_eq!(answer.code(), (400, "RootDirectoryNotAllowed".into()));
    let answer = service
        .put("directory/local/-/a%2F..%2Fb", Value::Null)
        .await;
    assert_eq!(answer.code(), (400, "ParamInvalid".into()));
}

#[tokio::test]
async fn a_name_that_was_renamed_too_often_is_told() {
    let service = Service::start().await;
    for number in 0..10_000 {
        let name = match number {
            0 => "a".to_owned(),
            _ => format!("a ({number})"),
        };
        std::fs::write(service.at(&name), "").unwrap();
    }
    for body in [Value::Null, json!({ "copyFrom": "d" })] {
        service.put("directory/local/-/d", Value::Null).await;
        let path = "directory/local/-/a?conflict_resolution_strategy=rename";
        let answer = service.put(path, body).await;
        assert_eq!(answer.code(), (409, "RenameTooManyTimes".into()));
    }
}

#[tokio::test]
async fn existence_and_details_are_told() {
    let service = Service::start().await;
    service.write("d/a.txt", "abc");
    assert_eq!(service.head("directory/local/-/d").await.status, 200);
    assert_eq!(service.head("directory/local/-").await.status, 200);
    assert_eq!(service.head("directory/local/-/d/a.txt").await.status, 404);
    assert_eq!(service.head("directory/local/-/gone").await.status, 404);
    assert_eq!(
        service.get("directory/local/-/d/a.txt").await.code(),
        (404, "DirectoryNotFound".into())
    );
    let info = service
        .get("directory/local/-/d/a.txt?info=1&with_inode=1")
        .await
        .json();
    assert_eq!(
        (&info["path"], &info["name"], &info["size"]),
        (&json!(["d", "a.txt"]), &json!("a.txt"), &json!("3"))
    );
    let listed = service.get("directory/local/-/d?with_inode=1").await.json();
    assert_eq!(info["inode"], listed["contents"][0]["inode"]);
    assert_eq!(info["eTag"], listed["contents"][0]["eTag"]);
    let info = service.get("directory/local/-/d?info").await.json();
    assert_eq!(
        (&info["type"], &info["path"]),
        (&json!("dir"), &json!(["d"]))
    );
    assert_eq!(
        service.get("directory/local/-/gone?info").await.code(),
        (404, "PathNotFound".into())
    );
    let stats = service
        .get("directory/local/-/d?stats=1&stats_type=normal")
        .await
        .json();
    assert_eq!(
        (&stats["storage"], &stats["fileCount"], &stats["dirCount"]),
        (&json!(3), &json!(1), &json!(0))
    );
}

#[tokio::test]
async fn a_directory_is_moved_with_what_is_in_it() {
    let service = Service::start().await;
    service.write("a/x", "x");
    let put = async |target: &str, from: &str| {
        service
            .put(
                &format!("directory/local/-/{target}"),
                json!({ "from": from }),
            )
            .await
    };
    let answer = put("new/b", "/a").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert!(service.has("new/b/x") && !service.has("a"));
    assert_eq!(
        put("new/b/c", "new/b").await.code(),
        (400, "SourceDirectoryIsParentOfDestination".into())
    );
    assert_eq!(
        put("c", "gone").await.code(),
        (404, "SourceDirectoryNotFound".into())
    );
    assert_eq!(
        put("c", "new/b/x").await.code(),
        (400, "InvalidSourceDirectory".into())
    );
    assert_eq!(
        put("c", "").await.code(),
        (400, "RootDirectoryNotAllowed".into())
    );
    service.write("taken/y", "y");
    assert_eq!(
        put("taken", "new/b").await.code(),
        (409, "SameNameDirectoryOrFileExists".into())
    );
    let answer = put("taken?conflict_resolution_strategy=rename", "new/b").await;
    assert_eq!(answer.json(), json!({ "path": ["taken (1)"] }));
}

#[tokio::test]
async fn a_directory_is_deleted_with_what_is_in_it() {
    let mut service = Service::start().await;
    service.write("d/e/f", "f");
    service.write("p/x", "x");
    service.write("file", "f");
    assert_eq!(
        service
            .delete("directory/local/-/d?directory_only=1")
            .await
            .code(),
        (400, "FunctionNotEnabled".into())
    );
    let answer = service.delete("directory/local/-/d?permanent=0").await;
    let id = service.bin_id("d").await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "recycledItemId": id }))
    );
    assert_eq!(
        service.delete("directory/local/-/d").await.code(),
        (404, "DirectoryNotFound".into())
    );
    assert_eq!(
        service.delete("directory/local/-/file").await.code(),
        (404, "DirectoryNotFound".into())
    );
    assert_eq!(
        service.delete("directory/local/-/").await.code(),
        (400, "RootDirectoryNotAllowed".into())
    );
    service.token = service.new_token("delete_directory").await;
    assert_eq!(
        service
            .delete("directory/local/-/p?permanent=1")
            .await
            .code(),
        (403, "NoPermission".into())
    );
    service.token = service.new_token("delete_directory_permanent").await;
    assert_eq!(
        service
            .delete("directory/local/-/p?permanent=1")
            .await
            .status,
        204
    );
    assert!(!service.has("p"));
}

#[tokio::test]
async fn making_and_moving_need_their_grants() {
    let mut service = Service::start().await;
    service.write("a/x", "x");
    service.token = service.new_token("move_directory").await;
    assert_eq!(
        service.put("directory/local/-/n", Value::Null).await.code(),
        (403, "NoPermission".into())
    );
    assert_eq!(
        service
            .put("directory/local/-/b", json!({ "from": "a" }))
            .await
            .status,
        204
    );
    service.token = service.new_token("create_directory").await;
    assert_eq!(
        service.put("directory/local/-/n", Value::Null).await.status,
        201
    );
    assert_eq!(
        service
            .put("directory/local/-/c", json!({ "from": "b" }))
            .await
            .code(),
        (403, "NoPermission".into())
    );
}
