//! Tasks (part A section 7).

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use mediasweep::server::{TaskRule, Tempo};
use serde_json::{Value, json};

use crate::service::Service;

static DAYS: AtomicI64 = AtomicI64::new(0);

fn clock() -> Timestamp {
    let days = DAYS.load(Ordering::Relaxed);
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * (20_000 + days))
}

async fn task(service: &Service, path: &str, body: Value) -> u64 {
    let answer = service.post(path, body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["taskId"].as_u64().unwrap()
}

#[tokio::test]
async fn the_newer_form_names_the_kind_and_its_own_field() {
    let service = Service::start_with(|config| config.tasks = TaskRule::Always).await;
    for name in ["a", "b", "c", "d/x"] {
        service.write(name, name);
    }
    let copy = json!([{ "copyFrom": "a", "to": "a2" }]);
    let copied = task(&service, "batch/local/-?copy", copy).await;
    service.task(copied).await;
    let moved = json!([{ "from": "b", "to": "b2" }, { "from": "gone", "to": "g" }]);
    let moved = task(&service, "batch/local/-?move", moved).await;
    service.task(moved).await;
    let deleted = task(
        &service,
        "batch/local/-?delete",
        json!([{ "path": "gone" }]),
    )
    .await;
    service.task(deleted).await;
    let put = service.put("directory/local/-/e", json!({ "copyFrom": "d" }));
    let directory = put.await.json()["taskId"].as_u64().unwrap();
    service.task(directory).await;
    for (task, kind, status, field, count) in [
        (copied, "batchCopy", 200, "batchCopyResults", 1),
        (moved, "batchMove", 207, "batchMoveResults", 2),
        (deleted, "batchDelete", 400, "batchDeleteResults", 1),
        (directory, "batchCopy", 200, "batchCopyResults", 1),
    ] {
        let path = format!("task-result/local/-/{task}");
        let answer = service.get_owned(path).await;
        assert_eq!(answer["taskId"], json!(task.to_string()));
        assert_eq!(answer["taskType"], kind);
        assert_eq!(answer["status"], status, "{answer}");
        assert_eq!(answer[field].as_array().unwrap().len(), count);
    }
    let path = format!("task-result/local/-/{moved}");
    let results = service.get_owned(path).await["batchMoveResults"].take();
    assert_eq!(results[0]["code"], "");
    assert_eq!(results[1]["code"], "SourcePathNotFound");
    for path in ["task-result/local/-/999", "task-result/local/1"] {
        let answer = service.get(path).await;
        assert_eq!(answer.code(), (404, "TaskNotFound".into()));
    }
    let answer = service.get(&format!("task/local/{moved},{deleted}")).await;
    assert_eq!(answer.json(), json!([]));
    for comma in [",", "%2C"] {
        let answer = service
            .get(&format!("task/local/-/{moved}{comma}{deleted}"))
            .await;
        assert_eq!(answer.json().as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn counting_again_is_a_task_for_administrators() {
    let mut service = Service::start().await;
    service.write("d/x", "x");
    let path = "directory/local/-/d?calibrate=1&stats_type=normal";
    let answer = service.put(path, Value::Null).await;
    assert_eq!(answer.status, 202);
    let task = answer.json()["taskId"].as_u64().unwrap();
    assert_eq!(service.task(task).await["status"], 200);
    let path = format!("task-result/local/-/{task}");
    let answer = service.get_owned(path).await;
    assert_eq!(answer["taskType"], "calibrateDirectoryStats");
    assert_eq!(
        answer["calibrateDirectoryStatsResult"],
        json!({ "status": 200, "code": "" })
    );
    for (path, status, code) in [
        (
            "d?calibrate&stats_type=odd",
            400,
            "InvalidDirectoryStatsType",
        ),
        ("gone?calibrate&stats_type=normal", 404, "DirectoryNotFound"),
        (
            "?calibrate&stats_type=recycle&recycled_id=77",
            404,
            "RecycledItemNotFound",
        ),
        (
            "?calibrate&stats_type=recycle&recycled_id=x",
            404,
            "RecycledItemNotFound",
        ),
    ] {
        let path = format!("directory/local/-/{path}");
        let answer = service.put(&path, Value::Null).await;
        assert_eq!(answer.code(), (status, code.into()));
    }
    service.token = service.new_token("create_directory").await;
    let answer = service.put("directory/local/-/d?calibrate", Value::Null);
    assert_eq!(answer.await.code(), (403, "NoPermission".into()));
}

#[tokio::test]
async fn the_newer_form_says_from_which_space_was_copied() {
    let service = Service::start_with(|config| {
        config.multi_space = true;
        config.tasks = TaskRule::Always;
    })
    .await;
    service.write("one/d/x", "x");
    std::fs::create_dir(service.at("two")).unwrap();
    let item = json!([{ "copyFrom": "d", "to": "e", "copyFromSpaceId": "one" }]);
    let number = task(&service, "batch/local/two?copy", item).await;
    let path = format!("task-result/local/two/{number}");
    let answer = loop {
        let answer = service.get_owned(path.clone()).await;
        if answer["status"] != 202 {
            break answer;
        }
    };
    let result = &answer["batchCopyResults"][0];
    assert_eq!(result["copyFromSpaceId"], "one", "{answer}");
    assert_eq!(
        (&result["copyFrom"], &result["path"]),
        (&json!(["d"]), &json!(["e"]))
    );
}

#[tokio::test]
async fn a_task_of_the_library_tells_its_result_when_it_has_ended() {
    let service = Service::start_with(|config| config.tempo = Tempo::Polls(2)).await;
    let rule = "directory-history/local/library-history";
    let off = json!({ "enableFileHistory": false });
    assert_eq!(service.post(rule, off).await.status, 204);
    let task = service.delete(rule).await.json()["taskId"].clone();
    let text = task.to_string();
    let (first, second) = (
        format!("task/local/{task}"),
        format!("task-result/local/{task}"),
    );
    let kind = "clearLibraryHistory";
    assert_eq!(
        service.get_owned(first.clone()).await,
        json!([{ "taskId": task, "status": 202 }])
    );
    assert_eq!(
        service.get_owned(second.clone()).await,
        json!({ "taskId": text, "taskType": kind, "status": 202 })
    );
    let result = json!([{ "err": "", "status": 0, "deleteCount": 0 }]);
    assert_eq!(
        service.get_owned(first).await,
        json!([{ "taskId": task, "status": 200, "result": result }])
    );
    let answer = service.get_owned(second).await;
    assert_eq!(
        answer["clearLibraryHistoryResult"],
        json!({ "status": 200, "code": "", "deleteCount": 0 })
    );
}

#[tokio::test]
async fn a_task_is_forgotten_thirty_days_after_its_end() {
    let service = Service::start_with(|config| {
        config.tasks = TaskRule::Always;
        config.tempo = Tempo::Immediately;
        config.clock = clock;
    })
    .await;
    let number = task(&service, "batch/local/-?delete", json!([{ "path": "a" }])).await;
    service.task(number).await;
    DAYS.store(30, Ordering::Relaxed);
    let mut service = Service::over(service.stop().await, |config| config.clock = clock).await;
    let path = format!("task/local/-/{number}");
    assert_eq!(service.get(&path).await.json()[0]["status"], 207);
    DAYS.store(31, Ordering::Relaxed);
    service.token = service.new_token("admin").await;
    assert_eq!(service.get(&path).await.json(), json!([]));
}

#[tokio::test]
async fn a_task_that_was_accepted_is_worked_on_though_the_caller_has_hung_up() {
    let service = Service::start_with(|config| config.tasks = TaskRule::Always).await;
    for number in 0..40 {
        service.write(&format!("f{number}"), "x");
    }
    for number in 0..40 {
        let body = json!([{ "path": format!("f{number}") }]).to_string();
        service.hang_up("batch/local/-?delete", &body).await;
    }
    for number in 0..40 {
        // Deleted by the task of the one who hung up, unless it never came that far.
        loop {
            let item = json!([{ "path": format!("f{number}") }]);
            let task = task(&service, "batch/local/-?delete", item).await;
            let result = service.task(task).await;
            if result.to_string().contains("PathConflict") {
                continue;
            }
            assert!(!service.has(&format!("f{number}")), "{result}");
            break;
        }
    }
}
