//! Batch delete and tasks (part A sections 7 and 9).

use mediasweep::server::{TaskRule, Tempo};
use serde_json::{Value, json};

use crate::service::{Service, statuses};

#[tokio::test]
async fn the_example_of_the_documents_comes_out() {
    let service = Service::start().await;
    service.write("docs/old.txt", "old");
    service.write("docs/drafts/a.txt", "a");
    service.write("tmp/x.bin", "x");
    let answer = service
        .post(
            "batch/local/-?delete",
            json!([{ "path": "docs/old.txt" }, { "path": "docs/drafts" },
                   { "path": "tmp/x.bin", "permanent": true }]),
        )
        .await;
    assert_eq!(answer.status, 200);
    let first = service.bin_id("old.txt").await;
    let second = service.bin_id("drafts").await;
    assert_eq!(
        answer.json(),
        json!({ "result": [
            { "status": 200, "recycledItemId": first, "path": ["docs", "old.txt"] },
            { "status": 200, "recycledItemId": second, "path": ["docs", "drafts"] },
            { "status": 204, "path": ["tmp", "x.bin"] } ] })
    );
    for path in ["docs/old.txt", "docs/drafts", "tmp/x.bin"] {
        assert!(!service.has(path), "{path}");
    }
    assert!(service.has("docs"));
}

#[tokio::test]
async fn what_fails_does_not_stop_the_rest_and_the_envelope_is_207() {
    let service = Service::start().await;
    service.write("a.txt", "a");
    let answer = service
        .batch_delete(&["gone.txt", "a.txt", "x/../a.txt", "/"])
        .await;
    assert_eq!(answer.status, 207);
    let answer = answer.json();
    assert_eq!(statuses(&answer), [404, 200, 400, 400]);
    let codes: Vec<_> = answer["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["code"].clone())
        .collect();
    assert_eq!(
        codes,
        [
            json!("PathNotFound"),
            Value::Null,
            json!("ParamInvalid"),
            json!("RootDirectoryNotAllowed")
        ]
    );
    assert_eq!(answer["result"][0]["path"], json!(["gone.txt"]));
}

#[tokio::test]
async fn nothing_and_too_much_are_refused_as_a_whole() {
    let service = Service::start().await;
    assert_eq!(
        service.batch_delete(&[]).await.code(),
        (400, "NoItemsProvided".into())
    );
    let paths = vec!["a"; 1001];
    assert_eq!(
        service.batch_delete(&paths).await.code(),
        (400, "TooManyItems".into())
    );
    let answer = service.batch_delete(&paths[..1000]).await;
    assert_eq!(answer.status, 207);
    for body in ["{", "{\"path\":\"a\"}", "[{\"permanent\":true}]", "[1]"] {
        let answer = service
            .ask(
                reqwest::Method::POST,
                "batch/local/-?delete",
                Some(body.into()),
            )
            .await;
        assert_eq!(answer.code(), (400, "ParamInvalid".into()), "{body}");
    }
}

#[tokio::test]
async fn every_spelling_of_permanent_is_understood() {
    let service = Service::start().await;
    for spelling in ["true", "1", "\"true\"", "\"1\""] {
        service.write("a.txt", "a");
        let body = format!("[{{\"path\":\"/a.txt\",\"permanent\":{spelling}}}]");
        let answer = service
            .ask(
                reqwest::Method::POST,
                "batch/local/-?x=1&delete=1",
                Some(body),
            )
            .await;
        assert_eq!(statuses(&answer.json()), [204], "{spelling}");
    }
    for spelling in ["false", "0", "\"false\"", "\"0\"", "null"] {
        service.write("a.txt", "a");
        let body = format!("[{{\"path\":\"a.txt\",\"permanent\":{spelling}}}]");
        let answer = service
            .ask(reqwest::Method::POST, "batch/local/-?delete=", Some(body))
            .await;
        assert_eq!(statuses(&answer.json()), [200], "{spelling}");
    }
}

#[tokio::test]
async fn items_are_done_in_order_so_the_same_or_a_nested_one_is_gone_the_second_time() {
    let service = Service::start().await;
    service.write("a/b/c.txt", "c");
    let answer = service
        .batch_delete(&["a/b", "a/b", "a/b/c.txt", "a"])
        .await
        .json();
    assert_eq!(statuses(&answer), [200, 404, 404, 200]);
    service.write("a/b/c.txt", "c");
    let answer = service
        .batch_delete(&["a/b/c.txt", "a/b", "a"])
        .await
        .json();
    assert_eq!(statuses(&answer), [200, 200, 200]);
}

#[tokio::test]
async fn a_task_is_seen_to_run_before_it_is_seen_to_be_done() {
    let service = Service::start_with(|config| {
        config.tasks = TaskRule::Always;
        config.tempo = Tempo::Polls(2);
    })
    .await;
    service.write("a.txt", "a");
    let answer = service.batch_delete(&["a.txt", "gone"]).await;
    assert_eq!(answer.status, 202);
    let task = answer.json()["taskId"].as_u64().unwrap();
    let ask = || service.get_owned(format!("task/local/-/{task}%2C999999"));
    assert_eq!(ask().await, json!([{ "taskId": task, "status": 202 }]));
    assert_eq!(ask().await, json!([{ "taskId": task, "status": 202 }]));
    let done = service.task(task).await;
    assert_eq!(done["status"], 207);
    assert_eq!(statuses(&done), [200, 404]);
    assert!(!service.has("a.txt"));
}

#[tokio::test]
async fn while_a_task_runs_its_paths_are_locked() {
    let service = Service::start_with(|config| {
        config.tasks = TaskRule::Above {
            items: 1,
            descendants: u64::MAX,
        };
        config.tempo = Tempo::Polls(1);
    })
    .await;
    service.write("a/b/c.txt", "c");
    service.write("a/x.txt", "x");
    service.write("other.txt", "o");
    let task = service.batch_delete(&["a/b", "gone"]).await.json()["taskId"]
        .as_u64()
        .unwrap();
    for path in ["a", "a/b", "a/b/c.txt"] {
        let answer = service.batch_delete(&[path]).await.json();
        assert_eq!(answer["result"][0]["code"], "PathConflict", "{path}");
        assert_eq!(answer["result"][0]["status"], 409);
    }
    assert_eq!(
        service.delete("directory/local/-/a").await.code(),
        (409, "PathConflict".into())
    );
    assert_eq!(
        statuses(&service.batch_delete(&["a/x.txt"]).await.json()),
        [200]
    );
    service.get_owned(format!("task/local/-/{task}")).await;
    service.task(task).await;
    assert_eq!(statuses(&service.batch_delete(&["a"]).await.json()), [200]);
}

#[tokio::test]
async fn a_large_tree_makes_a_task_by_its_descendants() {
    let service = Service::start_with(|config| {
        config.tasks = TaskRule::Above {
            items: 1000,
            descendants: 5,
        };
    })
    .await;
    for number in 0..5 {
        service.write(&format!("big/sub/{number}"), "");
        service.write(&format!("small/{number}"), "");
    }
    std::fs::remove_file(service.at("small/4")).unwrap();
    assert_eq!(service.batch_delete(&["small"]).await.status, 200);
    let answer = service.batch_delete(&["big"]).await;
    assert_eq!(answer.status, 202);
    let done = service
        .task(answer.json()["taskId"].as_u64().unwrap())
        .await;
    assert_eq!(done["status"], 200);
}

#[tokio::test]
async fn tasks_are_kept_over_a_restart() {
    let service = Service::start_with(|config| config.tasks = TaskRule::Always).await;
    service.write("a.txt", "a");
    let answer = service.batch_delete(&["a.txt"]).await.json();
    let task = answer["taskId"].as_u64().unwrap();
    let before = service.task(task).await;
    let folder = service.stop().await;
    let service = Service::over(folder, |_| {}).await;
    assert_eq!(service.task(task).await, before);
}

#[tokio::test]
async fn a_token_deletes_what_its_grants_say() {
    let mut service = Service::start().await;
    service.write("d/f.txt", "f");
    service.write("f.txt", "f");
    service.token = service.new_token("").await;
    let answer = service.batch_delete(&["d", "f.txt"]).await.json();
    assert_eq!(statuses(&answer), [403, 403]);
    assert_eq!(answer["result"][0]["code"], "NoPermission");
    let listed = service.get("directory/local/-").await.json();
    assert_eq!(
        listed["contents"][0]["authorityList"],
        json!({
            "canView": true, "canPreview": true, "canDownload": true, "canPrint": true,
            "canUpload": false, "canDelete": false, "canModify": false, "canAuthorize": false,
            "canShare": false,
        })
    );

    service.token = service.new_token("delete_file").await;
    let items =
        json!([{ "path": "d" }, { "path": "f.txt", "permanent": true }, { "path": "f.txt" }]);
    let answer = service.post("batch/local/-?delete", items).await.json();
    assert_eq!(statuses(&answer), [403, 403, 200]);

    service.token = service.new_token("delete_directory_permanent").await;
    let items = json!([{ "path": "d" }, { "path": "d", "permanent": true }]);
    let answer = service.post("batch/local/-?delete", items).await.json();
    assert_eq!(statuses(&answer), [403, 204]);
}

#[tokio::test]
async fn a_task_that_cannot_write_its_end_has_failed_and_holds_nothing() {
    let service = Service::start_with(|config| config.tasks = TaskRule::Always).await;
    service.write("a", "a");
    service.write("b", "b");
    service.delete("file/local/-/b").await;
    let ledger = rusqlite::Connection::open(service.at(".mediasweep/ledger.sqlite3")).unwrap();
    // As on a full disk: the task is written down, and then nothing more is.
    for what in ["INSERT ON intent", "INSERT ON task_part", "UPDATE ON task"] {
        let name = what.replace(' ', "_");
        let stop = format!(
            "CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        );
        ledger.execute_batch(&stop).unwrap();
    }
    let task = service.batch_delete(&["a"]).await.json()["taskId"]
        .as_u64()
        .unwrap();
    assert_eq!(service.task(task).await["status"], 500);
    assert!(service.has("a"));
    for name in ["INSERT_ON_intent", "INSERT_ON_task_part", "UPDATE_ON_task"] {
        ledger
            .execute_batch(&format!("DROP TRIGGER {name}"))
            .unwrap();
    }
    drop(ledger);
    assert_eq!(service.delete("file/local/-/a").await.status, 200);
    // What became of it is known to the next run as well.
    let service = Service::over(service.stop().await, |_| {}).await;
    assert_eq!(service.task(task).await["status"], 500);
}
