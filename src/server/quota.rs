//! Quotas over HTTP (part A section 6).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::lenient::decimal;

use super::error::Fault;
use super::ledger::QuotaRow;
use super::request::Call;
use super::service::{SPACE, on_disk};
use super::space::work;
use super::spaces;
use super::token::Grant;

/// What is said of a quota.
///
/// `removeWhenExceed` and the two beside it are kept and nothing goes by them: this service never
/// deletes files because they are too many.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Asked {
    spaces: Option<Vec<String>>,
    capacity: Option<Value>,
    #[serde(flatten)]
    removal: Removal,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the words of the protocol")]
struct Removal {
    #[serde(skip_serializing_if = "Option::is_none")]
    remove_when_exceed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove_after_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove_newest: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    quota_id: u64,
}

#[derive(Serialize)]
struct OfSpace {
    id: u64,
    #[serde(with = "decimal")]
    capacity: Option<u64>,
}

#[derive(Serialize)]
struct ById {
    spaces: Vec<String>,
    #[serde(with = "decimal")]
    capacity: Option<u64>,
}

/// What the component means that names a space or a quota: a space first.
enum Named {
    Space(String),
    Quota(u64),
}

/// `POST /quota/{L}`.
pub async fn create(call: Call) -> Result<Response, Fault> {
    let asked = call.json::<Asked>()?.unwrap_or_default();
    let capacity = capacity(&asked)?.ok_or_else(capacity_required)?;
    let spaces = if call.service.registry.has_tenants() {
        spaces_of(&call, asked.spaces.unwrap_or_default()).await?
    } else {
        match asked.spaces.as_deref() {
            None | Some([]) => vec![SPACE.to_owned()],
            Some([only]) if only == SPACE => vec![SPACE.to_owned()],
            Some(_) => return Err(spaces_invalid()),
        }
    };
    if asked.removal.remove_when_exceed.is_none() || asked.removal.remove_after_days.is_none() {
        return Err(Fault::parameter(
            "removeWhenExceed and removeAfterDays are needed",
        ));
    }
    call.require(Grant::Admin)?;
    check_capacity(&call, capacity, &spaces).await?;
    let row = QuotaRow {
        id: 0,
        capacity,
        removal: work::to_json(&[asked.removal]),
        spaces,
    };
    let quota_id = on_disk(&call.service.home, move |home| home.put_quota(row)).await?;
    Ok((StatusCode::CREATED, Json(Created { quota_id })).into_response())
}

/// `GET /space-quota/{L}/{S}`.
pub async fn of_space(call: Call) -> Result<Response, Fault> {
    call.require(Grant::Admin)?;
    answer_of_space(&call, call.space.id()).await
}

/// `GET /quota/{L}/{SpaceId or QuotaId}`.
pub async fn get(call: Call) -> Result<Response, Fault> {
    let named = named(&call).await?;
    call.require(Grant::Admin)?;
    match named {
        Named::Space(id) => answer_of_space(&call, &id).await,
        Named::Quota(id) => {
            let row = by_id(&call, id).await?;
            Ok(Json(ById {
                spaces: row.spaces,
                capacity: Some(row.capacity),
            })
            .into_response())
        }
    }
}

/// `PUT /quota/{L}/{SpaceId or QuotaId}`.
pub async fn change(call: Call) -> Result<Response, Fault> {
    let asked = call.json::<Asked>()?.unwrap_or_default();
    let capacity = capacity(&asked)?;
    let named = named(&call).await?;
    let spaces = match (&named, asked.spaces) {
        (Named::Quota(_), Some(spaces)) if call.service.registry.has_tenants() => {
            Some(spaces_of(&call, spaces).await?)
        }
        _ => None,
    };
    if matches!(named, Named::Space(_)) && capacity.is_none() {
        return Err(capacity_required());
    }
    call.require(Grant::Admin)?;
    let mut row = match named {
        Named::Space(id) => row_of_space(&call, &id).await?,
        Named::Quota(id) => by_id(&call, id).await?,
    };
    row.spaces = spaces.unwrap_or(row.spaces);
    if let Some(capacity) = capacity {
        row.capacity = capacity;
    }
    check_capacity(&call, row.capacity, &row.spaces).await?;
    let known: Vec<Removal> = serde_json::from_str(&row.removal).unwrap_or_default();
    let known = known.into_iter().next().unwrap_or_default();
    let removal = Removal {
        remove_when_exceed: asked
            .removal
            .remove_when_exceed
            .or(known.remove_when_exceed),
        remove_after_days: asked.removal.remove_after_days.or(known.remove_after_days),
        remove_newest: asked.removal.remove_newest.or(known.remove_newest),
    };
    row.removal = work::to_json(&[removal]);
    on_disk(&call.service.home, move |home| home.put_quota(row)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn answer_of_space(call: &Call, id: &str) -> Result<Response, Fault> {
    let row = row_of_space(call, id).await?;
    Ok(Json(OfSpace {
        id: row.id,
        capacity: Some(row.capacity),
    })
    .into_response())
}

async fn row_of_space(call: &Call, id: &str) -> Result<QuotaRow, Fault> {
    let id = id.to_owned();
    let row = on_disk(&call.service.home, move |home| home.quota_of(&id)).await?;
    row.ok_or_else(|| Fault::new(404, "NoQuota", "there is no quota on this space"))
}

async fn by_id(call: &Call, id: u64) -> Result<QuotaRow, Fault> {
    let row = on_disk(&call.service.home, move |home| home.quota(id)).await?;
    row.ok_or_else(|| Fault::new(404, "QuotaNotFound", "there is no such quota"))
}

async fn named(call: &Call) -> Result<Named, Fault> {
    let text = call.target.part(1);
    match spaces::enter(call, text).await {
        Ok(space) => Ok(Named::Space(space.id().to_owned())),
        Err(fault) => match text.parse() {
            Ok(id) if fault.code == "SpaceNotFound" => Ok(Named::Quota(id)),
            _ => Err(fault),
        },
    }
}

async fn spaces_of(call: &Call, mut spaces: Vec<String>) -> Result<Vec<String>, Fault> {
    if spaces.is_empty() {
        return Err(Fault::new(
            400,
            "QuotaSpacesRequired",
            "a quota is for at least one space",
        ));
    }
    spaces.sort_unstable();
    spaces.dedup();
    for id in &spaces {
        if call.service.enter(id).await.is_err() {
            return Err(spaces_invalid());
        }
    }
    Ok(spaces)
}

fn capacity(asked: &Asked) -> Result<Option<u64>, Fault> {
    let bytes = match &asked.capacity {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64(),
    };
    match bytes {
        Some(bytes) if (1..=i64::MAX.unsigned_abs()).contains(&bytes) => Ok(Some(bytes)),
        _ => Err(Fault::new(
            400,
            "QuotaCapacityInvalid",
            "capacity is a number of bytes from 1 to 2^63-1",
        )),
    }
}

/// As nothing is deleted when a quota is exceeded, it cannot begin exceeded.
async fn check_capacity(call: &Call, capacity: u64, spaces: &[String]) -> Result<(), Fault> {
    if call.service.used_by(spaces, true).await? <= capacity {
        return Ok(());
    }
    Err(Fault::new(
        400,
        "QuotaCapacityLessThanSize",
        "the spaces hold more than that already",
    ))
}

fn capacity_required() -> Fault {
    Fault::new(400, "QuotaCapacityRequired", "a capacity is needed")
}

fn spaces_invalid() -> Fault {
    Fault::new(
        400,
        "QuotaSpacesInvalid",
        "the quota names a space that is not there",
    )
}
