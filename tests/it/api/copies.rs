//! Batch copies and the copies of directories (part A 9.2, part B 2.9).

use mediasweep::server::TaskRule;
use serde_json::{Value, json};

use crate::service::{Service, statuses};

fn read(service: &Service, path: &str) -> String {
    std::fs::read_to_string(service.at(path)).unwrap_or_default()
}

#[tokio::test]
async fn files_and_directories_are_copied_together() {
    let service = Service::start().await;
    service.write("a.txt", "a");
    service.write("d/sub/x.txt", "x");
    let items = json!([{ "copyFrom": "a.txt", "to": "d/a.txt" },
                       { "copyFrom": "d", "to": "new/e", "conflictResolutionStrategy": "ask" },
                       { "copyFrom": "gone", "to": "b" },
                       { "copyFrom": "d", "to": "d/sub/d" }]);
    let answer = service.post("batch/local/-?copy", items).await;
    assert_eq!(answer.status, 207);
    let answer = answer.json();
    assert_eq!(statuses(&answer), [200, 204, 404, 400]);
    assert_eq!(
        answer["result"][1],
        json!({ "status": 204, "path": ["new", "e"], "copyFrom": ["d"], "to": ["new", "e"] })
    );
    for (path, content) in [
        ("a.txt", "a"),
        ("d/a.txt", "a"),
        ("d/sub/x.txt", "x"),
        ("new/e/a.txt", "a"),
        ("new/e/sub/x.txt", "x"),
    ] {
        assert_eq!(read(&service, path), content, "{path}");
    }
    let aside = std::fs::read_dir(service.at(".mediasweep/uploads")).unwrap();
    assert_eq!(aside.count(), 0);
}

#[tokio::test]
async fn a_name_that_is_taken_is_asked_about_avoided_or_replaced() {
    let service = Service::start().await;
    for (asked, file, directory) in [
        (Value::Null, 200, 409),
        (json!("ask"), 409, 409),
        (json!("rename"), 200, 200),
        (json!("overwrite"), 204, 409),
    ] {
        for name in ["a.txt", "b.txt", "d/1", "e/2"] {
            service.write(name, name);
        }
        let items = json!([
            { "copyFrom": "a.txt", "to": "b.txt", "conflictResolutionStrategy": asked },
            { "copyFrom": "d", "to": "e", "conflictResolutionStrategy": asked }]);
        let answer = service.post("batch/local/-?copy", items).await.json();
        assert_eq!(statuses(&answer), [file, directory], "{asked}");
        if file == 204 {
            assert_eq!(read(&service, "b.txt"), "a.txt");
            service.bin_id("b.txt").await;
        }
        for name in ["a.txt", "b.txt", "b (1).txt", "d", "e", "e (1)"] {
            service.batch_delete(&[name]).await;
        }
    }
}

#[tokio::test]
async fn a_directory_is_copied_at_once_where_no_task_is_wanted() {
    let service = Service::start().await;
    service.write("d/x", "x");
    service.write("f", "f");
    let put = |target: &str, from: &str| {
        let path = format!("directory/local/-/{target}");
        let body = json!({ "copyFrom": from });
        let service = &service;
        async move { service.put(&path, body).await }
    };
    assert_eq!(put("new/e", "/d").await.status, 204);
    assert_eq!(read(&service, "new/e/x"), "x");
    assert_eq!(
        put("new/e?conflict_resolution_strategy=rename", "d")
            .await
            .json(),
        json!({ "path": ["new", "e (1)"] })
    );
    for (target, from, status, code) in [
        ("new/e", "d", 409, "SameNameDirectoryOrFileExists"),
        ("g", "gone", 404, "SourceDirectoryNotFound"),
        ("g", "f", 400, "InvalidSourceDirectory"),
        ("", "d", 400, "RootDirectoryNotAllowed"),
        ("d/y", "d", 400, "SourceDirectoryIsParentOfDestination"),
        (
            "g?conflict_resolution_strategy=overwrite",
            "d",
            400,
            "InvalidConflictResolutionStrategy",
        ),
    ] {
        assert_eq!(put(target, from).await.code(), (status, code.into()));
    }
}

#[tokio::test]
async fn a_directory_is_copied_by_a_task_whose_result_is_one_object() {
    let mut service = Service::start_with(|config| config.tasks = TaskRule::Always).await;
    service.write("d/x", "x");
    let path = "directory/local/-/e?conflict_resolution_strategy=rename";
    for (ask, status) in [(false, 200), (true, 204)] {
        let path = if ask { "directory/local/-/f" } else { path };
        let answer = service.put(path, json!({ "copyFrom": "d" })).await;
        assert_eq!(answer.status, 202);
        let task = answer.json()["taskId"].as_u64().unwrap();
        let done = service.task(task).await;
        assert_eq!(done["status"], status);
        let name = if ask { "f" } else { "e" };
        assert_eq!(done["result"], json!({ "path": [name] }));
        assert_eq!(read(&service, &format!("{name}/x")), "x");
    }
    // What can be known before is not left to the task.
    let answer = service.put("directory/local/-/f", json!({ "copyFrom": "d" }));
    assert_eq!(answer.await.status, 409);
    service.token = service.new_token("move_directory").await;
    let answer = service.put("directory/local/-/g", json!({ "copyFrom": "d" }));
    assert_eq!(answer.await.code(), (403, "NoPermission".into()));
}

#[tokio::test]
async fn another_space_must_be_there_to_be_copied_from() {
    let service = Service::start().await;
    service.write("d/x", "x");
    let path = "cross-space/directory/local/-/copy/e";
    let body = |space: &str| json!({ "copyFrom": "d", "copyFromSpaceId": space });
    assert_eq!(
        service.put(path, body("other")).await.code(),
        (404, "SpaceNotFound".into())
    );
    assert_eq!(service.put(path, body("-")).await.status, 204);
    assert_eq!(read(&service, "e/x"), "x");
    assert_eq!(service.put(path, json!({})).await.status, 400);
}

#[tokio::test]
async fn things_come_from_another_space_by_copy_and_by_move() {
    let mut service = Service::start_with(|config| config.multi_space = true).await;
    service.write("one/d/x", "x");
    service.write("one/f", "f");
    std::fs::create_dir(service.at("two")).unwrap();
    let path = "cross-space/directory/local/two/copy/e";
    let body = json!({ "copyFrom": "d", "copyFromSpaceId": "one" });
    assert_eq!(service.put(path, body).await.status, 204);
    assert_eq!(read(&service, "two/e/x"), "x");
    let items = json!([{ "copyFrom": "f", "copyFromSpaceId": "one", "to": "f" },
                       { "copyFrom": "f", "copyFromSpaceId": "gone", "to": "f" },
                       { "copyFrom": "f", "copyFromSpaceId": "two", "to": "g" }]);
    let answer = service.post("batch/local/two?copy", items).await.json();
    assert_eq!(statuses(&answer), [200, 404, 200]);
    let items = json!([{ "from": "d", "fromSpaceId": "one", "to": "new/d" },
                       { "from": "f", "fromSpaceId": "one", "to": "f",
                         "conflictResolutionStrategy": "overwrite" }]);
    let answer = service.post("batch/local/two?move", items).await.json();
    assert_eq!(statuses(&answer), [204, 204]);
    assert!(!service.has("one/d") && !service.has("one/f"));
    assert_eq!(read(&service, "two/new/d/x"), "x");
    service.write("one/h", "h");
    service.token = service.new_token("move_file&space_id=two").await;
    let items = json!([{ "from": "h", "fromSpaceId": "one", "to": "h" }]);
    let answer = service.post("batch/local/two?move", items).await.json();
    assert_eq!(statuses(&answer), [403]);
}

#[tokio::test]
async fn the_size_of_what_comes_from_another_space_is_looked_up_there() {
    let service = Service::start_with(|config| {
        config.multi_space = true;
        config.tasks = TaskRule::Above {
            items: 10,
            descendants: 3,
        };
    })
    .await;
    for name in ["1", "2", "3", "4"] {
        service.write(&format!("one/large/{name}"), "x");
        service.write(&format!("one/moved/{name}"), "x");
        service.write(&format!("two/small/{name}"), "x");
    }
    service.write("one/small/1", "x");
    let item =
        |from: &str, to: &str| json!([{ "copyFrom": from, "copyFromSpaceId": "one", "to": to }]);
    let copy = async |from, to| service.post("batch/local/two?copy", item(from, to)).await;
    assert_eq!(copy("small", "a").await.status, 200);
    assert_eq!(copy("large", "b").await.status, 202);
    // A move is little work, however much is moved.
    let item = json!([{ "from": "moved", "fromSpaceId": "one", "to": "c" }]);
    assert_eq!(service.post("batch/local/two?move", item).await.status, 200);
}

#[tokio::test]
async fn a_tree_of_thousands_of_levels_moves_to_another_space_with_what_was_said() {
    let service = Service::start_with(|config| config.multi_space = true).await;
    std::fs::create_dir(service.at("two")).unwrap();
    std::fs::create_dir_all(service.at("one/d")).unwrap();
    let mut here = std::fs::File::open(service.at("one/d")).unwrap();
    for _ in 0..4000 {
        rustix::fs::mkdirat(&here, "d", 0o777.into()).unwrap();
        let (read, none) = (rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty());
        here = rustix::fs::openat(&here, "d", read, none).unwrap().into();
    }
    service.write("one/d/f", "x");
    let said = service.post(
        "directory/local/one/d/f?update",
        json!({ "labels": ["red"] }),
    );
    assert_eq!(said.await.status, 204);
    let item = json!([{ "from": "d", "fromSpaceId": "one", "to": "e" }]);
    let answer = service.post("batch/local/two?move", item).await.json();
    assert_eq!(statuses(&answer), [204]);
    let moved = service.get("directory/local/two/e/f?info").await.json();
    assert_eq!(moved["labels"], json!(["red"]));
    // What cleans up after a test may not be up to such a tree.
    let gone = service.delete("directory/local/two/e?permanent=1");
    assert_eq!(gone.await.status, 204);
    let doomed = service.at("two/.mediasweep/doomed");
    while std::fs::read_dir(&doomed).unwrap().count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_shared_by_another_library_is_not_taken_from_this_one() {
    let service = Service::start().await;
    service.write("a", "a");
    let copy = async |library: Value| {
        let item = json!({ "copyFromLibraryId": library, "copyFrom": "a", "to": "b" });
        service
            .post("batch/local/-?copy&share_access_token=x", json!([item]))
            .await
    };
    assert_eq!(
        copy(json!("other")).await.code(),
        (400, "FunctionNotEnabled".into())
    );
    assert!(!service.has("b"));
    assert_eq!(copy(json!("local")).await.status, 200);
    assert!(service.has("b"));
}
