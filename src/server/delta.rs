//! The change log over HTTP (part B section 9).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::entry;
use super::error::Fault;
use super::request::Call;
use super::space::Space;

const DEFAULT_PAGE: usize = 100;
const LONGEST_PAGE: usize = 1000;

/// Some of the log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    cursor: String,
    has_more: bool,
    contents: Vec<Value>,
}

/// `GET /fs-delta/{L}/{S}/cursor`.
pub async fn cursor(call: Call) -> Result<Response, Fault> {
    let cursor = call.on_disk(Space::cursor).await?;
    Ok(Json(json!({ "cursor": cursor })).into_response())
}

/// `GET /fs-delta/{L}/{S}/delta`.
pub async fn delta(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let limit = query.number("limit", DEFAULT_PAGE, LONGEST_PAGE)?;
    let cursor = query
        .get("cursor")
        .filter(|cursor| !cursor.is_empty())
        .ok_or_else(|| Fault::parameter("a cursor is needed"))?
        .to_owned();
    let delta = call
        .on_disk(move |space| space.delta(&cursor, limit))
        .await?;
    Ok(Json(Page {
        cursor: delta.cursor,
        has_more: delta.has_more,
        contents: delta.events.into_iter().map(with_content).collect(),
    })
    .into_response())
}

/// Adds what the name of a file says about its content, where nothing else was said.
fn with_content(mut event: Value) -> Value {
    let name = event["name"].as_str().unwrap_or_default().to_owned();
    if matches!(event["type"].as_str(), Some("file" | "virtual")) {
        if event["contentType"].is_null() {
            event["contentType"] = entry::media_type(&name).into();
        }
        event["fileType"] = entry::file_type(&name).into();
    }
    if event["extraInfo"]["owInode"].is_string() {
        event["extraInfo"]["owContentType"] = entry::media_type(&name).into();
    }
    event
}
