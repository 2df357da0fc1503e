//! Entries by what they are, not by where they are (part B 3.8 and 3.9).

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use crate::protocol::directory::Type;
use crate::protocol::lenient::{decimal, time};

use super::entry::{self, Wanted};
use super::error::Fault;
use super::request::Call;
use super::space::facts::Identity;
use super::space::problem::Problem;
use super::space::work;
use super::token::Grant;

/// Where an entry is and what it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whereabouts {
    path: Vec<String>,
    name: String,
    #[serde(rename = "type")]
    kind: Type,
    #[serde(with = "time")]
    creation_time: Option<Timestamp>,
    #[serde(with = "time")]
    modification_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    crc64: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_cas: Option<String>,
}

/// Why something is gone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deletion {
    reason: &'static str,
    #[serde(with = "time")]
    deleted_at: Option<Timestamp>,
    quota_cleanup_record_retention_days: u32,
}

/// `GET`: where the entry with an inode is (part B 3.8).
pub async fn get(call: Call) -> Result<Response, Fault> {
    let of = identity(&call)?;
    let wanted = Wanted::of(&call.target.query)?;
    let whereabouts = call
        .on_disk(move |space| {
            let path = space.find(of, None)?.ok_or(Problem::PathMissing)?;
            let facts = space.look(&path)?;
            let extra = entry::extra(space, &facts, wanted)?;
            let described = entry::entry(path.name().to_owned(), &facts, &extra);
            Ok(Whereabouts {
                path: work::components(path.as_str()),
                name: described.entry.name,
                kind: described.entry.kind,
                creation_time: described.entry.creation_time,
                modification_time: described.entry.modification_time,
                content_type: described.entry.content_type.map(Cow::into_owned),
                size: described.entry.size,
                crc64: described.entry.crc64,
                content_cas: described.said.content_cas,
            })
        })
        .await?;
    Ok(Json(whereabouts).into_response())
}

/// `GET file-deletion-check`: nothing here is ever removed for a quota, so the reason is never
/// known (part B 3.9). When it went is known of what is in the bin.
pub async fn deletion(call: Call) -> Result<Response, Fault> {
    let of = identity(&call)?;
    call.require(Grant::SpaceAdmin)?;
    let deleted_at = call.on_disk(move |space| space.recycled_at(of)).await?;
    Ok(Json(Deletion {
        reason: "Unknown",
        deleted_at,
        quota_cleanup_record_retention_days: 0,
    })
    .into_response())
}

fn identity(call: &Call) -> Result<Identity, Fault> {
    // What is not spelled as an inode is nobody's.
    Identity::parse(call.target.part(2)).ok_or_else(|| Problem::PathMissing.into())
}
