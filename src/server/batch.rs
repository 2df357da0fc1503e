//! Batch deletes over HTTP, and the answers that all batches share (part A section 9).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::protocol::batch::{Answer, Delete, ItemResult, MAX_ITEMS};

use super::TaskRule;
use super::error::Fault;
use super::request::Call;
use super::space::Space;
use super::space::chores::Chore;
use super::space::remove::Caller;
use super::space::work;

/// `POST /batch/{L}/{S}?delete` (part A 9.1).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let rights = call.access.rights();
    let items = call.json::<Vec<Delete>>()?.unwrap_or_default();
    check_count(items.len())?;
    let rule = service.rule;
    let person = call.user().to_owned();
    let now_or_later = call
        .on_disk(move |space| {
            let paths = items.iter().map(|item| (space, item.path.as_str()));
            if is_for_a_task(rule, items.len(), |most| Space::are_more_than(paths, most)) {
                return Ok(Err(items));
            }
            let caller = Caller {
                person: &person,
                ..Caller::new(rights)
            };
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
                .submit(&call.space, Chore::delete(items, rights, call.user()))
                .await?;
            Ok(accepted(id))
        }
    }
}

/// Refuses a batch of nothing and one of too much (part A section 9).
pub fn check_count(count: usize) -> Result<(), Fault> {
    match count {
        0 => Err(Fault::new(400, "NoItemsProvided", "a batch needs an item")),
        1..=MAX_ITEMS => Ok(()),
        _ => Err(Fault::new(
            400,
            "TooManyItems",
            format!("a batch may have {MAX_ITEMS} items"),
        )),
    }
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

/// Whether a batch of so many items goes on as a task; only if these are few it matters, and is
/// asked, whether there are more entries at and below them than the rule says.
pub fn is_for_a_task(
    rule: TaskRule,
    items: usize,
    are_more_than: impl FnOnce(u64) -> bool,
) -> bool {
    match rule {
        TaskRule::Never => false,
        TaskRule::Always => true,
        TaskRule::Above {
            items: most,
            descendants,
        } => items > most || (descendants < u64::MAX && are_more_than(descendants)),
    }
}
