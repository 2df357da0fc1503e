//! Sizes and counts over HTTP (part A 5.5).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::path::RemotePath;
use crate::protocol::space::{Size, SpaceUsage, Usage};

use super::error::Fault;
use super::request::Call;
use super::service::SPACE;
use super::space::problem::Problem;
use super::space::tree::Totals;
use super::token::{Grant, list};

/// Decimal text, all of them; files and directories include the bin's, files also the old versions.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the words of the protocol")]
struct Counts {
    file_num: String,
    dir_num: String,
    recycled_file_num: String,
    recycled_dir_num: String,
    history_file_num: String,
}

/// `GET /space/{L}/{S}/size`.
pub async fn size(call: Call) -> Result<Response, Fault> {
    let (tree, bin, history) = totals(&call).await?;
    Ok(Json(Size {
        size: Some(tree.bytes + bin.bytes + history.bytes),
    })
    .into_response())
}

/// `GET /space/{L}/{S}/file-count`.
pub async fn file_count(call: Call) -> Result<Response, Fault> {
    allow(&call)?;
    let (tree, bin, history) = totals(&call).await?;
    Ok(Json(Counts {
        file_num: (tree.files + bin.files + history.files).to_string(),
        dir_num: (tree.directories + bin.directories).to_string(),
        recycled_file_num: bin.files.to_string(),
        recycled_dir_num: bin.directories.to_string(),
        history_file_num: history.files.to_string(),
    })
    .into_response())
}

/// `GET /usage/{L}`.
pub async fn library_usage(call: Call) -> Result<Response, Fault> {
    allow(&call)?;
    let (tree, bin, history) = totals(&call).await?;
    Ok(Json(Usage {
        total_file_size: Some(tree.bytes + bin.bytes + history.bytes),
    })
    .into_response())
}

/// `GET /usage/{L}/{SpaceIds}`.
pub async fn spaces_usage(call: Call) -> Result<Response, Fault> {
    allow(&call)?;
    let asked = list(call.target.part(1));
    if asked.iter().any(|space| space != SPACE) {
        return Err(Fault::new(404, "SpaceNotFound", "there is no such space"));
    }
    let (tree, bin, history) = totals(&call).await?;
    Ok(Json(vec![SpaceUsage {
        space_id: SPACE.to_owned(),
        // There is no quota on a folder.
        capacity: None,
        available_space: None,
        size: Some(tree.bytes + bin.bytes + history.bytes),
    }])
    .into_response())
}

fn allow(call: &Call) -> Result<(), Fault> {
    if call.access.allows(Grant::SpaceAdmin) {
        return Ok(());
    }
    Err(Problem::NoPermission.into())
}

async fn totals(call: &Call) -> Result<(Totals, Totals, Totals), Fault> {
    call.on_disk(|space| {
        let tree = space.measure(&RemotePath::root())?;
        Ok((tree, space.measure_bin()?, space.measure_history()?))
    })
    .await
}
