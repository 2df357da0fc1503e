//! Batch moves (part A 9.3).

use mediasweep::server::{TaskRule, Tempo};
use serde_json::{Value, json};

use crate::service::{Service, statuses};

fn read(service: &Service, path: &str) -> String {
    std::fs::read_to_string(service.at(path)).unwrap_or_default()
}

fn codes(answer: &Value) -> Vec<&str> {
    let items = answer["result"].as_array().unwrap().iter();
    items
        .map(|item| item["code"].as_str().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn files_and_directories_are_moved_together() {
    let service = Service::start().await;
    service.write("a.txt", "a");
    service.write("d/x.txt", "x");
    let items = json!([{ "from": "/a.txt", "to": "d/b.txt" },
                       { "from": "d", "to": "new/deep/e", "conflictResolutionStrategy": "rename" }]);
    let answer = service.post("batch/local/-?move", items).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({ "result": [
            { "status": 200, "path": ["d", "b.txt"], "from": ["a.txt"], "to": ["d", "b.txt"] },
            { "status": 200, "path": ["new", "deep", "e"], "from": ["d"],
              "to": ["new", "deep", "e"] } ] })
    );
    assert_eq!(read(&service, "new/deep/e/b.txt"), "a");
    assert_eq!(read(&service, "new/deep/e/x.txt"), "x");
    assert!(!service.has("a.txt") && !service.has("d"));
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
            { "from": "a.txt", "to": "b.txt", "conflictResolutionStrategy": asked },
            { "from": "d", "to": "e", "conflictResolutionStrategy": asked }]);
        let answer = service.post("batch/local/-?move", items).await.json();
        assert_eq!(statuses(&answer), [file, directory], "{asked}");
        let path = &answer["result"][0]["path"];
        match file {
            409 => assert_eq!(path, &Value::Null),
            204 => assert_eq!(read(&service, "b.txt"), "a.txt"),
            _ => assert_eq!(path, &json!(["b (1).txt"])),
        }
        for name in ["a.txt", "b.txt", "b (1).txt", "d", "e", "e (1)"] {
            service.batch_delete(&[name]).await;
        }
    }
}

#[tokio::test]
async fn each_item_fails_on_its_own() {
    let service = Service::start().await;
    service.write("a.txt", "a");
    service.write("d/sub/x", "x");
    let items = json!([
        { "from": "gone", "to": "b" },
        { "from": "d", "to": "d/sub/d" },
        { "from": "/", "to": "root" },
        { "from": "a.txt", "to": "missing/a.txt" },
        { "from": "a.txt", "to": "a:b.txt" },
        { "from": "a.txt", "to": "b.txt", "conflictResolutionStrategy": "merge" },
        { "from": "a.txt", "to": "b.txt", "fromSpaceId": "other" },
        { "from": "../a.txt", "to": "b.txt" },
        { "from": ".mediasweep", "to": "mine" },
        { "from": "a.txt", "to": "b.txt" },
        { "from": "a.txt", "to": "c.txt" }]);
    let answer = service.post("batch/local/-?move", items).await;
    assert_eq!(answer.status, 207);
    assert_eq!(
        codes(&answer.json()),
        [
            "SourcePathNotFound",
            "SourceDirectoryIsParentOfDestination",
            "RootDirectoryNotAllowed",
            "DirectoryNotFound",
            "IllegalFileName",
            "InvalidConflictResolutionStrategy",
            "SpaceNotFound",
            "ParamInvalid",
            "SourcePathNotFound",
            "",
            "SourcePathNotFound",
        ]
    );
    assert!(service.has("b.txt"));
}

#[tokio::test]
async fn nothing_and_too_much_are_refused_as_a_whole() {
    let service = Service::start().await;
    let item = json!({ "from": "a", "to": "b", "copyFrom": null });
    for (body, code) in [
        (json!([]), "NoItemsProvided"),
        (
            json!(vec![json!({ "from": "a", "to": "b" }); 1001]),
            "TooManyItems",
        ),
        (json!([{ "from": "a" }]), "ParamInvalid"),
        (json!([{ "to": "a" }]), "ParamInvalid"),
        (item, "ParamInvalid"),
    ] {
        for way in ["move", "copy=1"] {
            let path = format!("batch/local/-?{way}");
            let answer = service.post(&path, body.clone()).await;
            assert_eq!(answer.code(), (400, code.into()));
        }
    }
}

#[tokio::test]
async fn a_token_moves_and_copies_what_its_grants_say() {
    let mut service = Service::start().await;
    for (way, grants) in [
        ("move", ["move_file", "move_file_force", "move_directory"]),
        ("copy", ["copy_file", "copy_file_force", "copy_directory"]),
    ] {
        for (grant, expected) in [
            ("", [403, 403, 403]),
            (grants[0], [200, 403, 403]),
            (grants[1], [200, 204, 403]),
            (grants[2], [403, 403, 204]),
            ("space_admin", [200, 204, 204]),
        ] {
            for name in ["a", "b", "c", "d/x"] {
                service.write(name, name);
            }
            service.token = service.new_token(grant).await;
            let source = if way == "move" { "from" } else { "copyFrom" };
            let items = json!([
                { source: "a", "to": "a2" },
                { source: "b", "to": "c", "conflictResolutionStrategy": "overwrite" },
                { source: "d", "to": "e" }]);
            let answer = service.post(&format!("batch/local/-?{way}"), items).await;
            assert_eq!(statuses(&answer.json()), expected, "{way} {grant}");
            service.token = service.new_token("admin").await;
            service.batch_delete(&["a", "a2", "b", "c", "d", "e"]).await;
        }
    }
}

#[tokio::test]
async fn a_task_moves_and_keeps_others_from_its_paths() {
    let service = Service::start_with(|config| {
        config.tasks = TaskRule::Above {
            items: 1,
            descendants: u64::MAX,
        };
        config.tempo = Tempo::Polls(1);
    })
    .await;
    for name in ["a", "b", "d/x", "other"] {
        service.write(name, name);
    }
    let items = json!([
        { "from": "a", "to": "b", "conflictResolutionStrategy": "overwrite" },
        { "from": "b", "to": "d/b" },
        { "from": "b", "to": "d/c" }]);
    let answer = service.post("batch/local/-?move", items).await;
    assert_eq!(answer.status, 202);
    let task = answer.json()["taskId"].as_u64().unwrap();
    for (from, to) in [("other", "d/b/o"), ("d", "e"), ("other", "a")] {
        let items = json!([{ "from": from, "to": to }]);
        let answer = service.post("batch/local/-?move", items).await.json();
        assert_eq!(codes(&answer), ["PathConflict"], "{from} {to}");
    }
    let done = service.task(task).await;
    assert_eq!(done["status"], 207);
    assert_eq!(statuses(&done), [204, 200, 404]);
    assert_eq!(read(&service, "d/b"), "a");
    service.bin_id("b").await;
    let items = json!([{ "from": "other", "to": "a" }]);
    let answer = service.post("batch/local/-?move", items).await.json();
    assert_eq!(statuses(&answer), [200]);
}
