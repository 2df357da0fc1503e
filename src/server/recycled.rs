//! The recycle bin over HTTP (part A section 8).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::protocol::directory::Placed;
use crate::protocol::file::Info;
use crate::protocol::lenient::{Opaque, decimal};
use crate::protocol::recycle::Item;

use super::TaskRule;
use super::directory::{is_descending, offset};
use super::entry::{Previews, Said, Wanted};
use super::error::Fault;
use super::ledger::{BinKey, BinOrder, BinRow, BinStart};
use super::request::{Call, Query};
use super::space::Space;
use super::space::chores::Chore;
use super::space::facts::Kind;
use super::space::marker;
use super::space::problem::Problem;
use super::space::rename::Strategy;
use super::space::restore::{Orphans, name_of};
use super::space::work;
use super::token::Grant;
use super::validate::PageWriter;
use super::{batch, bytes, entry};

const DEFAULT_PAGE: usize = 20;
/// The longest page: newer clients know of 100 in marker mode, older ones ask for more (part A
/// 8.1).
const LONGEST_PAGE: usize = 1000;

/// The answer of a delete that ended in the bin (part B 2.6).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct One {
    /// The item in the bin.
    pub recycled_item_id: Opaque,
}

/// One item of a page.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    item: Item,
    #[serde(flatten)]
    previews: Previews,
}

/// The details of an item (part A 8.2).
#[derive(Serialize)]
struct Details {
    #[serde(flatten)]
    info: Info,
    #[serde(flatten)]
    said: Said,
    #[serde(flatten)]
    previews: Previews,
}

/// How many days things stay in the bin (part A 8.9).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lifecycle {
    #[serde(default, deserialize_with = "decimal::deserialize")]
    retention_days: Option<u64>,
}

/// In days (part A 8.9).
const LONGEST_RETENTION: u32 = 10_000;

/// What a marker of a sorted list says.
#[derive(Serialize, Deserialize)]
enum Place {
    Text(String, u64),
    Number(i64, u64),
}

/// What a page of the bin says before its items.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    total_num: u64,
}

/// `GET /recycled/{L}/{S}` (part A 8.1).
pub async fn list(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let asked = query.get("order_by").filter(|word| !word.is_empty());
    let order = match asked {
        None | Some("removalTime") => BinOrder::Removal,
        Some("remainingTime") => BinOrder::Remaining,
        Some("name") => BinOrder::Name,
        Some("modificationTime") => BinOrder::Modification,
        Some("size") => BinOrder::Size,
        Some(other) => {
            return Err(Fault::new(
                400,
                "OrderByNotAllowed",
                format!("the bin is not sorted by '{other}'"),
            ));
        }
    };
    // What was deleted last is what people look for, if they do not say otherwise.
    let is_descending = match asked {
        None => query.get("order_by_type") != Some("asc"),
        Some(_) => is_descending(query)?,
    };
    let is_numbered = query.has("by-page")
        || (!query.has("by-marker")
            && (query.get("page").is_some() || query.get("page_size").is_some()));
    let (start, limit) = if is_numbered {
        let page = query.position("page")?;
        let size = query.number("page_size", DEFAULT_PAGE, LONGEST_PAGE)?;
        (BinStart::Offset(offset(page, size)? as u64), size)
    } else {
        let limit = query.number("limit", DEFAULT_PAGE, LONGEST_PAGE)?;
        (start(query, order)?, limit)
    };
    // One more than asked for tells whether there is a next page.
    let mut page = call
        .on_disk(move |space| space.bin_page(order, is_descending, &start, limit as u64 + 1))
        .await?;
    let has_more = page.rows.len() > limit;
    page.rows.truncate(limit);
    let next_marker = match page.rows.last() {
        Some(last) if has_more && !is_numbered => Some(next(last, order)),
        _ => None,
    };
    if page.has_expired {
        call.sweep_later();
    }
    let head = Head {
        total_num: page.total,
    };
    let mut writer = PageWriter::new(&head, next_marker.as_ref(), page.rows.len());
    for row in page.rows {
        writer.add(&item(row, &call.space));
    }
    let page = writer.finish();
    Ok(page.respond(&call.headers))
}

/// `GET /recycled/{L}/{S}/{id}?info` (part A 8.2).
pub async fn info(call: Call) -> Result<Response, Fault> {
    let id = id(&call)?;
    let (row, facts, extra) = call
        .on_disk(move |space| {
            let row = space.bin_row(id)?;
            let facts = space.look_at_recycled(id)?;
            let mut extra = entry::extra(space, &facts, Wanted::default())?;
            extra.crc64 = row.recycled.crc64.or(extra.crc64);
            Ok((row, facts, extra))
        })
        .await?;
    let is_file = facts.kind == Kind::File;
    let link = is_file.then(|| bytes::link_to_recycled(&call, id, bytes::LIFETIME));
    let name = name_of(&row.recycled.path);
    let attributes = &extra.attributes;
    Ok(Json(Details {
        info: Info {
            cos_url_expiration: link.as_ref().map(|link| link.expires),
            cos_url: link.map(|link| link.url),
            kind: entry::described_type(&facts, &name, &extra),
            creation_time: Some(row.recycled.created),
            modification_time: Some(row.recycled.modified),
            content_type: is_file.then(|| entry::content_type(&name, attributes).into_owned()),
            size: row.recycled.size,
            e_tag: Some(facts.e_tag()),
            crc64: extra.crc64,
            file_type: is_file.then(|| entry::file_type(&name).to_owned()),
            meta_data: entry::meta_data(attributes),
        },
        said: entry::said(&facts, &extra),
        previews: Previews::of(facts.kind, &name),
    })
    .into_response())
}

/// `POST /recycled/{L}/{S}?lifecycle` (part A 8.9).
pub async fn lifecycle(call: Call) -> Result<Response, Fault> {
    let asked = call.json::<Lifecycle>()?;
    let days = asked
        .and_then(|asked| u32::try_from(asked.retention_days?).ok())
        .filter(|days| (1..=LONGEST_RETENTION).contains(days))
        .ok_or_else(|| {
            Fault::parameter(format!(
                "retentionDays is a number from 1 to {LONGEST_RETENTION}"
            ))
        })?;
    call.require(Grant::SpaceAdmin)?;
    call.on_disk(move |space| space.set_lifecycle(days)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /recycled/{L}/{S}/{id}?restore` (part A 8.4).
pub async fn restore_one(call: Call) -> Result<Response, Fault> {
    call.require(Grant::RestoreRecycled)?;
    let id = id(&call)?;
    // The documents disagree about the default; this one replaces nothing and asks nothing (U12).
    let strategy = call.target.query.strategy(Strategy::Rename)?;
    let orphans = orphans(&call.target.query)?;
    let path = call
        .on_disk(move |space| space.restore_one(id, strategy, orphans))
        .await?;
    Ok(Json(Placed {
        path: Some(work::components(path.as_str())),
    })
    .into_response())
}

/// `POST /recycled/{L}/{S}?restore` (part A 8.5).
pub async fn restore_many(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    call.require(Grant::RestoreRecycled)?;
    let orphans = orphans(&call.target.query)?;
    let ids = ids(&call)?;
    let is_for_a_task = match service.rule {
        TaskRule::Never => false,
        TaskRule::Always => true,
        TaskRule::Above { items, .. } => ids.len() > items,
    };
    if !call.space.has_bin() {
        return Err(Problem::BinOff.into());
    }
    if is_for_a_task {
        let to_root = orphans == Orphans::ToRoot;
        let id = service
            .submit(&call.space, Chore::Restore { ids, to_root })
            .await?;
        return Ok(batch::accepted(id));
    }
    let results = call
        .on_disk(move |space| {
            let outcomes = space.restore_many(&ids, orphans, None);
            let results = ids.iter().zip(&outcomes);
            Ok(results
                .map(|(id, outcome)| work::restore_result(*id, outcome))
                .collect())
        })
        .await?;
    Ok(batch::envelope(results))
}

/// `DELETE /recycled/{L}/{S}/{id}` (part A 8.6).
pub async fn purge_one(call: Call) -> Result<Response, Fault> {
    call.require(Grant::DeleteRecycled)?;
    let id = id(&call)?;
    call.on_disk(move |space| space.purge_one(id)).await?;
    call.sweep_later();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /recycled/{L}/{S}?delete` (part A 8.7).
pub async fn purge_many(call: Call) -> Result<Response, Fault> {
    call.require(Grant::DeleteRecycled)?;
    let ids = ids(&call)?;
    call.on_disk(move |space| space.purge(&ids)).await?;
    call.sweep_later();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /recycled/{L}/{S}` (part A 8.8).
pub async fn empty(call: Call) -> Result<Response, Fault> {
    // One client says so which items it wants to be purged (part A 8.7): those and not all.
    let body = call.json::<serde_json::Value>()?;
    if call.target.query.has("delete") || body.is_some_and(|body| body.is_array()) {
        return purge_many(call).await;
    }
    call.require(Grant::DeleteRecycled)?;
    call.on_disk(Space::empty_bin).await?;
    call.sweep_later();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The number of the item that a URL names.
pub fn id(call: &Call) -> Result<u64, Fault> {
    Ok(call
        .target
        .part(2)
        .parse()
        .map_err(|_| Problem::ItemMissing)?)
}

fn ids(call: &Call) -> Result<Vec<u64>, Fault> {
    let ids = call.json::<Vec<Opaque>>()?.unwrap_or_default();
    if ids.is_empty() {
        return Err(Fault::new(
            400,
            "NoItemsProvided",
            "a list of numbers is needed",
        ));
    }
    ids.iter()
        .map(|id| {
            id.as_str()
                .parse()
                .map_err(|_| Fault::parameter(format!("'{id}' is not the number of an item")))
        })
        .collect()
}

fn orphans(query: &Query) -> Result<Orphans, Fault> {
    match query.get("restore_path_strategy") {
        None | Some("" | "originalPath") => Ok(Orphans::Fail),
        Some("fallbackToRoot") => Ok(Orphans::ToRoot),
        Some(other) => Err(Fault::parameter(format!(
            "there is no restore_path_strategy '{other}'"
        ))),
    }
}

fn start(query: &Query, order: BinOrder) -> Result<BinStart, Fault> {
    let Some(text) = query.get("marker").filter(|marker| !marker.is_empty()) else {
        return Ok(BinStart::Offset(0));
    };
    if order == BinOrder::Removal {
        let id: u64 = text.parse().map_err(|_| Problem::MarkerUnknown)?;
        return Ok(BinStart::After(BinKey::Number(id.cast_signed()), id));
    }
    match (marker::read(text)?, order) {
        (Place::Text(key, id), BinOrder::Name) => Ok(BinStart::After(BinKey::Text(key), id)),
        (Place::Number(key, id), BinOrder::Modification | BinOrder::Size | BinOrder::Remaining) => {
            Ok(BinStart::After(BinKey::Number(key), id))
        }
        _ => Err(Problem::MarkerUnknown.into()),
    }
}

fn next(last: &BinRow, order: BinOrder) -> Opaque {
    let recycled = &last.recycled;
    match order {
        BinOrder::Removal => last.id.into(),
        BinOrder::Name => {
            let name = recycled.path.rsplit('/').next().unwrap_or_default();
            place(&Place::Text(name.to_owned(), last.id))
        }
        BinOrder::Modification => {
            place(&Place::Number(recycled.modified.as_millisecond(), last.id))
        }
        BinOrder::Remaining => {
            let expires = recycled.expires.map_or(i64::MAX, Timestamp::as_millisecond);
            place(&Place::Number(expires, last.id))
        }
        BinOrder::Size => {
            let size = recycled.size.map_or(-1, u64::cast_signed);
            place(&Place::Number(size, last.id))
        }
    }
}

fn place(place: &Place) -> Opaque {
    marker::write(place).as_str().into()
}

/// Whole days, rounded down; none for a thing that stays (part A 8.1).
fn days_left(row: &BinRow, now: Timestamp) -> Option<Opaque> {
    let left = row.recycled.expires?.duration_since(now);
    let days = u64::try_from(left.as_hours() / 24).unwrap_or(0);
    Some(days.into())
}

fn item(row: BinRow, space: &Space) -> Listed {
    let remaining_time = days_left(&row, space.now());
    let recycled = row.recycled;
    let kind = Kind::from_number(recycled.kind);
    let name = name_of(&recycled.path);
    let previews = Previews::of(kind, &name);
    let item = Item {
        recycled_item_id: row.id.into(),
        original_path: work::components(&recycled.path),
        space_id: Some(space.id().to_owned()),
        kind: entry::type_of(kind, &name, space.rules()),
        file_type: (kind == Kind::File).then(|| entry::file_type(&name).to_owned()),
        size: recycled.size,
        crc64: recycled.crc64,
        creation_time: Some(recycled.created),
        modification_time: Some(recycled.modified),
        removal_time: Some(recycled.removed),
        remaining_time,
        removal_person: Some(recycled.person).filter(|person| !person.is_empty()),
        name,
    };
    Listed { item, previews }
}
