//! The flat listing of a whole space over HTTP (part B 8.3).

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::directory::is_descending;
use super::error::Fault;
use super::request::Call;
use super::shown::{self, Shown, Wanted};
use super::space::Space;
use super::space::flat::{self, FlatBy, FlatOrder};

const DEFAULT_PAGE: usize = 20;
const LONGEST_PAGE: usize = 1000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    contents: Vec<Shown>,
}

/// `GET …/contents-view`.
pub async fn list(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let is_of_directories = match query.get("filter") {
        Some("onlyDir") => true,
        Some("onlyFile") => false,
        _ => return Err(Fault::parameter("filter is onlyDir or onlyFile")),
    };
    let order = FlatOrder {
        by: match query.get("order_by") {
            None | Some("" | "name") => FlatBy::Name,
            Some("modificationTime") => FlatBy::Modification,
            // An upload makes a file.
            Some("creationTime" | "uploadTime") => FlatBy::Creation,
            Some("size") => FlatBy::Size,
            Some("localCreationTime") => FlatBy::LocalCreation,
            Some("localModificationTime") => FlatBy::LocalModification,
            Some(other) => {
                return Err(Fault::new(
                    400,
                    "OrderByNotAllowed",
                    format!("a space is not sorted by '{other}'"),
                ));
            }
        },
        is_descending: is_descending(query)?,
        is_of_directories,
        category: query
            .get("category")
            .filter(|category| !category.is_empty())
            .map(str::to_owned),
    };
    let limit = query.number("limit", DEFAULT_PAGE, LONGEST_PAGE)?;
    let marker = query
        .get("marker")
        .filter(|marker| !marker.is_empty())
        .map(str::to_owned);
    let wanted = Wanted {
        inode: true,
        path: query.is_wanted("with_path")?,
        favorite_of: shown::favorite_of(&call)?,
    };
    let is_first = marker.is_none();
    let page = call
        .on_disk(move |space| {
            let (entries, next_marker) = space.flat(&order, marker.as_deref(), limit)?;
            let shown = entries
                .iter()
                .map(|(path, facts)| shown::show(space, path, facts, &wanted));
            Ok(Page {
                contents: shown.collect::<Result<_, _>>()?,
                next_marker,
            })
        })
        .await?;
    if is_first && page.next_marker.is_some() {
        forget_later(&call.space);
    }
    Ok(Json(page).into_response())
}

/// Gives the memory of a walk back that nobody goes on with.
fn forget_later(space: &Arc<Space>) {
    let space = Arc::downgrade(space);
    let lifetime = flat::LIFETIME.unsigned_abs() + std::time::Duration::from_secs(1);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(lifetime).await;
            let Some(space) = space.upgrade() else { return };
            if !space.forget_flats() {
                return;
            }
        }
    });
}
