//! Sizes and counts over HTTP (part A 5.5).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::path::RemotePath;
use crate::protocol::space::{Size, SpaceUsage, Usage};

use super::error::Fault;
use super::library::problem::Problem;
use super::library::tree::Totals;
use super::request::Call;
use super::routes::SPACE;
use super::service::Service;
use super::token::{Grant, list};

/// Decimal text, all of them; files and directories include the bin's.
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
pub async fn size(service: &Service) -> Result<Response, Fault> {
    let (tree, bin) = totals(service).await?;
    Ok(Json(Size {
        size: Some(tree.bytes + bin.bytes),
    })
    .into_response())
}

/// `GET /space/{L}/{S}/file-count`.
pub async fn file_count(service: &Service, call: &Call) -> Result<Response, Fault> {
    allow(call)?;
    let (tree, bin) = totals(service).await?;
    Ok(Json(Counts {
        file_num: (tree.files + bin.files).to_string(),
        dir_num: (tree.directories + bin.directories).to_string(),
        recycled_file_num: bin.files.to_string(),
        recycled_dir_num: bin.directories.to_string(),
        history_file_num: "0".to_owned(),
    })
    .into_response())
}

/// `GET /usage/{L}`.
pub async fn library_usage(service: &Service, call: &Call) -> Result<Response, Fault> {
    allow(call)?;
    let (tree, bin) = totals(service).await?;
    Ok(Json(Usage {
        total_file_size: Some(tree.bytes + bin.bytes),
    })
    .into_response())
}

/// `GET /usage/{L}/{SpaceIds}`.
pub async fn spaces_usage(service: &Service, call: &Call) -> Result<Response, Fault> {
    allow(call)?;
    let asked = list(call.target.part(1));
    if asked.iter().any(|space| space != SPACE) {
        return Err(Fault::new(404, "SpaceNotFound", "there is no such space"));
    }
    let (tree, bin) = totals(service).await?;
    Ok(Json(vec![SpaceUsage {
        space_id: SPACE.to_owned(),
        // There is no quota on a folder.
        capacity: None,
        available_space: None,
        size: Some(tree.bytes + bin.bytes),
    }])
    .into_response())
}

fn allow(call: &Call) -> Result<(), Fault> {
    if call.access.allows(Grant::SpaceAdmin) {
        return Ok(());
    }
    Err(Problem::NoPermission.into())
}

async fn totals(service: &Service) -> Result<(Totals, Totals), Fault> {
    service
        .on_disk(|library| {
            let tree = library.measure(&RemotePath::root())?;
            Ok((tree, library.measure_bin()?))
        })
        .await
}
