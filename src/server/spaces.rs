//! Sizes and counts over HTTP (part A 5.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::path::RemotePath;
use crate::protocol::space::{Size, SpaceUsage, Usage};

use super::error::Fault;
use super::ledger::SpaceRow;
use super::request::Call;
use super::service::{SPACE, Service, on_disk};
use super::space::Space;
use super::space::tenants::Wanted;
use super::space::tree::Totals;
use super::token::{Access, Grant, list};
use super::{bytes, tenants};

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TagSize {
    size: String,
    space_tag: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TrafficLimit {
    download_traffic_limit: Value,
}

/// `GET /space/{L}/{S}/size`.
pub async fn size(call: Call) -> Result<Response, Fault> {
    let size = call.on_disk(Space::used).await?;
    Ok(Json(Size { size: Some(size) }).into_response())
}

/// `GET /space/{L}/{S}/file-count`.
pub async fn file_count(call: Call) -> Result<Response, Fault> {
    call.require(Grant::SpaceAdmin)?;
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
    call.require(Grant::Admin)?;
    let service = &call.service;
    let mut size = 0u64;
    for id in all(service).await? {
        size = size.saturating_add(used(service, &id).await?);
    }
    let allocated = on_disk(&service.home, Space::allocated).await?;
    // Without tenants the one quota is that of the library.
    let capacity = allocated.filter(|_| !service.registry.has_tenants());
    Ok(Json(Usage {
        total_file_size: Some(size),
        capacity,
        available_space: capacity.map(|capacity| capacity.saturating_sub(size)),
        total_allocated_space_quota: allocated,
    })
    .into_response())
}

/// `GET /usage/{L}/{SpaceIds}`.
pub async fn spaces_usage(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let asked = list(call.target.part(1));
    for id in &asked {
        enter(&call, id).await?;
    }
    call.require(Grant::Admin)?;
    let mut usages = Vec::with_capacity(asked.len());
    for space_id in asked {
        let size = used(service, &space_id).await?;
        let id = space_id.clone();
        let quota = on_disk(&service.home, move |home| home.quota_of(&id)).await?;
        let (mut capacity, mut available_space) = (None, None);
        if let Some(quota) = quota {
            let together = service.used_by(&quota.spaces, true).await?;
            capacity = Some(quota.capacity);
            available_space = Some(quota.capacity.saturating_sub(together));
        }
        usages.push(SpaceUsage {
            space_id,
            capacity,
            available_space,
            size: Some(size),
        });
    }
    Ok(Json(usages).into_response())
}

/// `GET /stats/{L}/space-size?space_tag=`: the spaces of each tag together.
pub async fn sizes_by_tag(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    check_tenants(service)?;
    call.require(Grant::Admin)?;
    let asked = list(call.target.query.get("space_tag").unwrap_or_default());
    let mut sizes: BTreeMap<String, u64> = asked.iter().map(|tag| (tag.clone(), 0)).collect();
    for id in all(service).await? {
        let row = tenants::row(service, &id).await?;
        let Some(tag) = tenants::Settings::read(&row).space_tag else {
            continue;
        };
        if asked.is_empty() || asked.contains(&tag) {
            let used = used(service, &id).await?;
            let sum = sizes.entry(tag).or_default();
            *sum = sum.saturating_add(used);
        }
    }
    let sizes: Vec<TagSize> = sizes
        .into_iter()
        .map(|(space_tag, size)| TagSize {
            size: size.to_string(),
            space_tag,
        })
        .collect();
    Ok(Json(sizes).into_response())
}

/// `POST /space/{L}/{S}/traffic-limit`: how fast one download may go.
pub async fn limit_traffic(call: Call) -> Result<Response, Fault> {
    let asked = call.json::<TrafficLimit>()?;
    let number = |asked: TrafficLimit| match asked.download_traffic_limit {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let traffic = match asked.and_then(number) {
        Some(-1) => None,
        Some(rate) if rate > 0 && bytes::RATES.contains(&rate.unsigned_abs()) => {
            Some(rate.unsigned_abs())
        }
        _ => {
            return Err(Fault::parameter(
                "downloadTrafficLimit is -1 or from 102400 to 104857600 bytes per second",
            ));
        }
    };
    call.require(Grant::SpaceAdmin)?;
    let id = call.space.id().to_owned();
    on_disk(&call.service.home, move |home| {
        let row = home.space_row(&id)?;
        home.put_space(&SpaceRow { traffic, ..row })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A space that a request for the whole library names.
pub async fn enter(call: &Call, id: &str) -> Result<Arc<Space>, Fault> {
    let space = call.service.enter(id).await?;
    check_access(&call.service, &call.access, &space)?;
    Ok(space)
}

/// Refuses a token that is for other spaces. A library without tenants has no such tokens.
pub fn check_access(service: &Service, access: &Access, space: &Space) -> Result<(), Fault> {
    if !service.registry.has_tenants() || access.is_for(space.id()) {
        return Ok(());
    }
    Err(Fault::new(
        403,
        "AccessTokenNotMatchSpace",
        "the access token is not for this space",
    ))
}

/// Refuses what only a library of many spaces has.
pub fn check_tenants(service: &Service) -> Result<(), Fault> {
    if service.registry.has_tenants() {
        return Ok(());
    }
    Err(Fault::new(
        400,
        "NotMultiSpaceLibrary",
        "this library has one space only",
    ))
}

/// The ids of all spaces.
async fn all(service: &Service) -> Result<Vec<String>, Fault> {
    if !service.registry.has_tenants() {
        return Ok(vec![SPACE.to_owned()]);
    }
    on_disk(&service.home, |home| {
        home.space_ids(&Wanted::default(), usize::MAX)
    })
    .await
}

async fn used(service: &Arc<Service>, id: &str) -> Result<u64, Fault> {
    let space = service.enter(id).await?;
    on_disk(&space, Space::used).await
}

async fn totals(call: &Call) -> Result<(Totals, Totals, Totals), Fault> {
    call.on_disk(|space| {
        let tree = space.measure(&RemotePath::root())?;
        Ok((tree, space.measure_bin()?, space.measure_history()?))
    })
    .await
}
