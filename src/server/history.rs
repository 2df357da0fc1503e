//! Old versions over HTTP (part B section 6).

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;
use crate::protocol::directory::Type;
use crate::protocol::lenient::{Opaque, decimal, time};

use super::directory::{is_descending, offset};
use super::error::Fault;
use super::request::{Call, Query};
use super::service::on_disk;
use super::space::Space;
use super::space::facts::Kind;
use super::space::history::{History, HistoryRule};
use super::space::marker;
use super::space::problem::Problem;
use super::token::Grant;
use super::{batch, entry};

const DEFAULT_PAGE: usize = 20;
const LONGEST_PAGE: usize = 1000;

/// So many versions are thrown away at once (part B 6.2).
const MOST_IDS: usize = 100;

/// All old versions are thrown away at most once in this time (part B 6.6).
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// A page of versions (part B 6.1).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    total_num: Option<usize>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    contents: Vec<Item>,
}

/// One version; the latest has no number of its own. Here the size is a number.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    created_by: String,
    /// 0 for the first content, 1 for what replaced other content.
    creation_way: u8,
    version: u64,
    is_latest_version: bool,
    name: String,
    size: u64,
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    crc64: Option<u64>,
    content_type: &'static str,
    #[serde(with = "time")]
    creation_time: Option<Timestamp>,
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    set_latest_time: Option<Timestamp>,
}

/// What is the latest version now (part B 6.3).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Latest {
    name: String,
    #[serde(rename = "type")]
    kind: Type,
    #[serde(with = "time")]
    creation_time: Option<Timestamp>,
    #[serde(with = "time")]
    modification_time: Option<Timestamp>,
    #[serde(with = "time")]
    set_latest_time: Option<Timestamp>,
    content_type: &'static str,
    size: u64,
    e_tag: String,
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    crc64: Option<u64>,
    preview_by_doc: bool,
    #[serde(rename = "previewByCI")]
    preview_by_ci: bool,
    preview_as_icon: bool,
    file_type: &'static str,
}

/// What is to hold from now on; what is not said stays as it is (part B 6.5).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    enable_file_history: Option<bool>,
    file_history_count: Option<i64>,
    file_history_expire_day: Option<i64>,
    merge_interval: Option<i64>,
    is_clear_file_history: Option<bool>,
}

/// Where a page begins: behind the version with this sort key and number.
#[derive(Serialize, Deserialize)]
struct Place(i64, u64);

/// `GET /directory-history/{L}/{S}/history-list/{FilePath}` (part B 6.1).
pub async fn list(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let by_time = match query.get("order_by") {
        None | Some("" | "id") => false,
        Some("creationTime") => true,
        Some(other) => {
            return Err(Fault::new(
                400,
                "OrderByNotAllowed",
                format!("versions are not sorted by '{other}'"),
            ));
        }
    };
    let descending = match query.get("order_by_type") {
        None | Some("") => true,
        Some(_) => is_descending(query)?,
    };
    let is_numbered = query.get("page").is_some() || query.get("page_size").is_some();
    let (skipped, marker, limit) = if is_numbered {
        let size = query.number("page_size", DEFAULT_PAGE, LONGEST_PAGE)?;
        (offset(query.position("page")?, size)?, None, size)
    } else {
        let limit = query.number("limit", DEFAULT_PAGE, LONGEST_PAGE)?;
        (0, marker(query)?, limit)
    };
    let path = path(&call)?;
    let name = path.name().to_owned();
    let (history, creator) = call
        .on_disk(move |space| {
            let history = space.history(&path)?;
            let creator = space.attributes(&history.facts)?.user;
            Ok((history, creator.unwrap_or_default()))
        })
        .await?;
    let key = |item: &Item| match (item.id, item.creation_time) {
        (Some(id), Some(time)) if by_time => Place(time.as_millisecond(), id),
        (id, _) => Place(0, id.unwrap_or(0)),
    };
    let mut items = items(&name, &history, &creator);
    // The latest stays in front whatever the order is.
    items[1..].sort_by_key(|item| (key(item).0, key(item).1));
    if descending {
        items[1..].reverse();
    }
    let total = items.len();
    let is_after = |item: &Item| match &marker {
        None => true,
        Some(Place(_, 0)) => item.id.is_some(),
        Some(place) => {
            let (this, last) = ((key(item).0, key(item).1), (place.0, place.1));
            item.id.is_some() && if descending { this < last } else { this > last }
        }
    };
    let mut contents: Vec<Item> = items.into_iter().filter(is_after).skip(skipped).collect();
    let has_more = contents.len() > limit;
    contents.truncate(limit);
    let next_marker = match contents.last() {
        Some(last) if has_more && !is_numbered => Some(marker::write(&key(last))),
        _ => None,
    };
    Ok(Json(Page {
        total_num: is_numbered.then_some(total),
        has_more,
        next_marker,
        contents,
    })
    .into_response())
}

/// `POST /directory-history/{L}/{S}/delete` (part B 6.2).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    let ids = call.json::<Vec<Opaque>>()?.unwrap_or_default();
    if ids.is_empty() {
        return Err(Fault::new(
            400,
            "NoItemsProvided",
            "a list of numbers is needed",
        ));
    }
    if ids.len() > MOST_IDS {
        return Err(Fault::new(
            400,
            "TooManyItems",
            format!("{MOST_IDS} versions may be deleted at once"),
        ));
    }
    let ids = ids
        .iter()
        .map(|id| id.as_str().parse().map_err(|_| Problem::VersionMissing))
        .collect::<Result<Vec<u64>, Problem>>()?;
    call.require(Grant::DeleteHistory)?;
    call.on_disk(move |space| space.delete_versions(&ids))
        .await?;
    call.sweep_later();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /directory-history/{L}/{S}/latest-version/{HistoryId}` (part B 6.3).
pub async fn make_latest(call: Call) -> Result<Response, Fault> {
    let id: u64 = call
        .target
        .part(3)
        .parse()
        .map_err(|_| Problem::VersionMissing)?;
    call.require(Grant::SetHistoryLatest)?;
    let (path, history, created) = call
        .on_disk(move |space| {
            let path = space.make_latest(id)?;
            let history = space.history(&path)?;
            let created = space.attributes(&history.facts)?.created_of(&history.facts);
            Ok((path, history, created))
        })
        .await?;
    let name = path.name();
    let facts = history.facts;
    let has_preview = entry::has_preview(name);
    Ok(Json(Latest {
        kind: entry::kind(Kind::File),
        creation_time: Some(created),
        modification_time: Some(facts.modified),
        set_latest_time: Some(history.latest.since),
        content_type: entry::media_type(name),
        size: facts.size,
        e_tag: facts.e_tag(),
        crc64: history.crc64,
        preview_by_doc: false,
        preview_by_ci: has_preview,
        preview_as_icon: has_preview,
        file_type: entry::file_type(name),
        name: name.to_owned(),
    })
    .into_response())
}

/// `GET /directory-history/{L}/library-history` (part B 6.4).
pub async fn rule(call: Call) -> Result<Response, Fault> {
    call.require(Grant::Admin)?;
    Ok(Json(call.service.home().history_rule()).into_response())
}

/// `POST /directory-history/{L}/library-history` (part B 6.5).
pub async fn set_rule(call: Call) -> Result<Response, Fault> {
    let asked = call.json::<Settings>()?.unwrap_or_default();
    let now = call.service.home().history_rule();
    let rule = HistoryRule {
        is_on: asked.enable_file_history.unwrap_or(now.is_on),
        count: within(asked.file_history_count, now.count, 1..=999)
            .ok_or_else(|| invalid("InvalidFileHistoryCount", "fileHistoryCount is 1 to 999"))?,
        days: within(asked.file_history_expire_day, now.days, 0..=999).ok_or_else(|| {
            invalid(
                "InvalidFileHistoryExpireDay",
                "fileHistoryExpireDay is 0 to 999",
            )
        })?,
        seconds: match asked.merge_interval {
            Some(0) => 0,
            other => within(other, now.seconds, 5..=600).ok_or_else(|| {
                invalid(
                    "InvalidFileHistoryMergeInterval",
                    "mergeInterval is 0 or 5 to 600",
                )
            })?,
        },
    };
    call.require(Grant::Admin)?;
    let home = call.service.home();
    on_disk(&home, move |home| home.save_history_rule(rule)).await?;
    for space in call.service.spaces() {
        space.follow_history_rule(rule);
    }
    if asked.is_clear_file_history == Some(true) && !rule.is_on {
        clear_all(&call).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /directory-history/{L}/library-history` (part B 6.6).
pub async fn clear(call: Call) -> Result<Response, Fault> {
    call.require(Grant::Admin)?;
    let home = call.service.home();
    if home.history_rule().is_on {
        return Err(Fault::new(
            400,
            "BadRequest",
            "history must be off before all of it is thrown away",
        ));
    }
    let is_early = on_disk(&home, move |home| home.is_clearing_early(PAUSE)).await?;
    if is_early {
        return Err(Fault::new(
            429,
            "RateLimitExceeded",
            "this can be done once a minute",
        ));
    }
    let count = clear_all(&call).await?;
    let id = on_disk(&home, move |home| home.note_clearing(count)).await?;
    Ok(batch::accepted(id))
}

/// Throws the old versions of all spaces away and says how many there were.
async fn clear_all(call: &Call) -> Result<u64, Fault> {
    let mut count = 0;
    let service = Arc::clone(&call.service);
    let used = on_disk(&call.service.home, move |_| service.registry.used());
    for id in used.await? {
        let space = call.service.enter(&id).await?;
        count += on_disk(&space, Space::clear_history).await?;
        super::service::sweep_later(&space);
    }
    Ok(count)
}

/// The version that a request asks for; none for the latest.
pub fn asked(query: &Query) -> Result<Option<u64>, Fault> {
    match query.get("history_id") {
        None | Some("") => Ok(None),
        Some(text) => Ok(Some(text.parse().map_err(|_| Problem::VersionMissing)?)),
    }
}

fn path(call: &Call) -> Result<RemotePath, Fault> {
    let parts = call.target.parts.get(3..).unwrap_or_default();
    Ok(Space::path(&parts.join("/"))?)
}

fn marker(query: &Query) -> Result<Option<Place>, Fault> {
    match query.get("marker") {
        None | Some("") => Ok(None),
        Some(text) => Ok(Some(marker::read(text)?)),
    }
}

fn within(asked: Option<i64>, now: u32, range: std::ops::RangeInclusive<i64>) -> Option<u32> {
    match asked {
        None => Some(now),
        Some(number) if range.contains(&number) => u32::try_from(number).ok(),
        Some(_) => None,
    }
}

fn invalid(code: &'static str, message: &str) -> Fault {
    Fault::new(400, code, message)
}

/// All versions, the latest in front.
fn items(name: &str, history: &History, creator: &str) -> Vec<Item> {
    let way = |number: u64| u8::from(number > 1);
    let content_type = entry::media_type(name);
    let latest = Item {
        id: None,
        created_by: creator.to_owned(),
        creation_way: way(history.latest.number),
        version: history.latest.number,
        is_latest_version: true,
        name: name.to_owned(),
        size: history.facts.size,
        crc64: history.crc64,
        content_type,
        creation_time: Some(history.facts.modified),
        set_latest_time: history.latest.former.map(|_| history.latest.since),
    };
    let old = history.versions.iter().map(|version| Item {
        id: Some(version.id),
        // Of older contents nobody is known.
        created_by: String::new(),
        creation_way: way(version.number),
        version: version.number,
        is_latest_version: false,
        name: name.to_owned(),
        size: version.size,
        crc64: version.crc64,
        content_type,
        creation_time: Some(version.modified),
        set_latest_time: version.latest,
    });
    std::iter::once(latest).chain(old).collect()
}
