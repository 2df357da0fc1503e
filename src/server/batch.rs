//! Batches and tasks over HTTP (part A sections 7 and 9).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::protocol::batch::{Answer, Delete, ItemResult, MAX_ITEMS};
use crate::protocol::task::Task;

use super::TaskRule;
use super::error::Fault;
use super::request::Call;
use super::space::Space;
use super::space::chores::Chore;
use super::space::remove::Caller;
use super::space::work;
use super::tasks;
use super::token::list;

/// `POST /batch/{L}/{S}?delete` (part A 9.1).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let rights = call.access.rights();
    let items = call.json::<Vec<Delete>>()?.unwrap_or_default();
    if items.is_empty() {
        return Err(Fault::new(400, "NoItemsProvided", "a batch needs an item"));
    }
    if items.len() > MAX_ITEMS {
        return Err(Fault::new(
            400,
            "TooManyItems",
            format!("a batch may have {MAX_ITEMS} items"),
        ));
    }
    let rule = service.rule;
    let caller = Caller::new(rights);
    let now_or_later = call
        .on_disk(move |space| {
            if is_for_a_task(rule, &items, space) {
                return Ok(Err(items));
            }
            let outcomes = space.remove(&items, &caller);
            let results = items.iter().zip(&outcomes);
            Ok(Ok(results
                .map(|(item, outcome)| work::delete_result(&item.path, outcome))
                .collect()))
        })
        .await?;
    match now_or_later {
        Ok(results) => {
            call.sweep_later();
            Ok(envelope(results))
        }
        Err(items) => {
            let id = service
                .submit(&call.space, Chore::delete(items, rights))
                .await?;
            Ok(accepted(id))
        }
    }
}

/// `GET /task/{L}/{S}/{ids}` (part A 7.1); an unknown number is left out.
pub async fn tasks(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let mut found = Vec::new();
    for text in list(call.target.part(2)) {
        let id = tasks::number(&text)?;
        if let Some(progress) = service.progress(&call.space, id).await? {
            found.push(Task {
                task_id: Some(id.into()),
                status: progress.status,
                result: progress.results,
            });
        }
    }
    Ok(Json(found).into_response())
}

/// The answer with results: 200, or 207 if one of them failed.
pub fn envelope(results: Vec<ItemResult>) -> Response {
    let status =
        StatusCode::from_u16(work::envelope_status(&results)).unwrap_or(StatusCode::MULTI_STATUS);
    let answer = Answer {
        task_id: None,
        result: Some(results),
    };
    (status, Json(answer)).into_response()
}

/// The answer that names a task.
pub fn accepted(id: u64) -> Response {
    let answer = Answer {
        task_id: Some(id.into()),
        result: None,
    };
    (StatusCode::ACCEPTED, Json(answer)).into_response()
}

fn is_for_a_task(rule: TaskRule, items: &[Delete], space: &Space) -> bool {
    match rule {
        TaskRule::Never => false,
        TaskRule::Always => true,
        TaskRule::Above {
            items: most,
            descendants,
        } => {
            let paths = items.iter().map(|item| item.path.as_str());
            items.len() > most || space.is_more_than(paths, descendants)
        }
    }
}
