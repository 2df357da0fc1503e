//! How far tasks are, over HTTP (part A section 7).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::protocol::batch::ItemResult;

use super::error::Fault;
use super::request::Call;
use super::service::on_disk;
use super::space::chores::Progress;
use super::space::history::CLEARING;
use super::tasks;
use super::token::list;

/// One task of the list (part A 7.1).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the words of the protocol")]
struct Task {
    task_id: u64,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
}

/// `GET /task/{L}/{S}/{ids}` (part A 7.1); an unknown number is left out.
pub async fn of_space(call: Call) -> Result<Response, Fault> {
    let mut found = Vec::new();
    for text in list(call.target.part(2)) {
        let id = tasks::number(&text)?;
        if let Some(progress) = call.service.progress(&call.space, id).await? {
            found.push(first_form(id, progress));
        }
    }
    Ok(Json(found).into_response())
}

/// `GET /task/{L}/{ids}` (part A 7.3): only tasks that are about the whole library.
pub async fn of_library(call: Call) -> Result<Response, Fault> {
    let mut found = Vec::new();
    for text in list(call.target.part(1)) {
        let id = tasks::number(&text)?;
        if let Some((progress, count)) = clearing(&call, id).await? {
            found.push(Task {
                task_id: id,
                status: progress.status,
                // Here the inner status is no number of HTTP.
                result: has_ended(&progress)
                    .then(|| json!([{ "err": "", "status": 0, "deleteCount": count }])),
            });
        }
    }
    Ok(Json(found).into_response())
}

/// `GET /task-result/{L}/{S}/{id}` (part A 7.4).
pub async fn result_of_space(call: Call) -> Result<Response, Fault> {
    let id = tasks::number(call.target.part(2))?;
    let progress = call.service.progress(&call.space, id).await?;
    let progress = progress.ok_or_else(missing)?;
    Ok(Json(second_form(id, progress)).into_response())
}

/// `GET /task-result/{L}/{id}` (part A 7.4): only tasks that are about the whole library.
pub async fn result_of_library(call: Call) -> Result<Response, Fault> {
    let id = tasks::number(call.target.part(1))?;
    let (progress, count) = clearing(&call, id).await?.ok_or_else(missing)?;
    let mut answer = json!({
        "taskId": id.to_string(),
        "taskType": CLEARING,
        "status": progress.status,
    });
    if has_ended(&progress) {
        answer["clearLibraryHistoryResult"] =
            json!({ "status": 200, "code": "", "deleteCount": count });
    }
    Ok(Json(answer).into_response())
}

/// Whether there is a result to tell.
fn has_ended(progress: &Progress) -> bool {
    progress.status != 202
}

fn missing() -> Fault {
    Fault::new(404, "TaskNotFound", "there is no such task")
}

/// A task that threw all old versions away, and how many those were.
async fn clearing(call: &Call, id: u64) -> Result<Option<(Progress, u64)>, Fault> {
    let home = &call.service.home;
    let Some(progress) = call.service.progress(home, id).await? else {
        return Ok(None);
    };
    let count = on_disk(home, move |home| home.clearing(id)).await?;
    Ok(count.map(|count| (progress, count)))
}

/// The list of results, or what a kind has instead of it (part A 7.2).
fn first_form(id: u64, progress: Progress) -> Task {
    let mut status = progress.status;
    let result = progress.results.and_then(|results| {
        if progress.kind != "copyDirectory" {
            return Some(json!(results));
        }
        let one = results.into_iter().next()?;
        // The status of the one item is the task's own (part B 2.9).
        status = one.status;
        Some(match one.code {
            None => json!({ "path": one.path }),
            Some(code) => {
                status = 500;
                json!({ "code": code, "message": one.message })
            }
        })
    });
    Task {
        task_id: id,
        status,
        result,
    }
}

fn second_form(id: u64, progress: Progress) -> Value {
    let (kind, field) = match progress.kind.as_str() {
        "delete" => ("batchDelete", "batchDeleteResults"),
        "restore" => ("batchRestoreRecycle", "batchRestoreRecycleResults"),
        "move" => ("batchMove", "batchMoveResults"),
        // The newer form has no kind for the copy of one directory, which is a batch of one.
        "copy" | "copyDirectory" => ("batchCopy", "batchCopyResults"),
        "calibrate" => ("calibrateDirectoryStats", "calibrateDirectoryStatsResult"),
        other => (other, "result"),
    };
    let mut answer = json!({
        "taskId": id.to_string(),
        "taskType": kind,
        "status": progress.status,
    });
    let Some(results) = progress.results else {
        return answer;
    };
    let is_single = !field.ends_with("Results");
    if results.iter().all(|item| item.status >= 300) && !results.is_empty() {
        answer["status"] = json!(400);
    }
    answer[field] = if is_single {
        json!(results.into_iter().next().map(with_code))
    } else {
        json!(results.into_iter().map(with_code).collect::<Vec<_>>())
    };
    answer
}

/// The newer form always has a code.
fn with_code(result: ItemResult) -> ItemResult {
    ItemResult {
        code: Some(result.code.unwrap_or_default()),
        ..result
    }
}
