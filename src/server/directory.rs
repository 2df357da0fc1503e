//! Directories over HTTP: list, look, make, move, delete (part B section 2).

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use rustix::fs::{Access as Permission, AtFlags, accessat};
use serde::{Deserialize, Serialize};

use crate::protocol::batch::Delete;
use crate::protocol::directory::{Created, Placed};
use crate::protocol::lenient::time;

use super::authority::Held;
use super::entry::{self, Extra, Wanted};
use super::error::Fault;
use super::request::{Call, Query};
use super::shown;
use super::space::Space;
use super::space::chores::Chore;
use super::space::facts::{Identity, Kind};
use super::space::problem::Problem;
use super::space::remove::{Caller, Expected};
use super::space::rename::Strategy;
use super::space::rules::Rules;
use super::space::snapshot::{By, Filter, Names, Order, Start};
use super::space::work::{self, Done};
use super::token::Grant;
use super::update::Update;
use super::validate::PageWriter;
use super::{batch, relocations};

/// The longest page (part B 2.1).
const LONGEST_PAGE: usize = 1000;
const DEFAULT_PAGE: usize = 20;

/// Pages by number end here (part B 2.2).
pub const DEEPEST: usize = 10_000;

/// The recursive count of a directory (part B 2.8): here the numbers are numbers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    user_id: String,
    #[serde(rename = "statsType")]
    kind: String,
    storage: u64,
    file_count: u64,
    dir_count: u64,
}

/// A directory that was made (part B 2.5).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    #[serde(flatten)]
    created: Created,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<BTreeMap<String, String>>,
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    local_creation_time: Option<Timestamp>,
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    local_modification_time: Option<Timestamp>,
}

/// What a page of a listing says before its entries, in either paging style (part B 2.1 and 2.2).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    path: Vec<String>,
    file_count: u64,
    sub_dir_count: u64,
    total_num: u64,
}

/// The body of a `PUT`: a move, a copy, or neither. Other fields do not matter here.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Put {
    /// A move from there.
    pub from: Option<String>,
    /// A copy of that.
    pub copy_from: Option<String>,
    /// A link to that.
    pub link_to: Option<String>,
    /// A new file after that pattern.
    pub from_template: Option<serde_json::Value>,
    /// The same document in another format.
    pub convert_from: Option<serde_json::Value>,
    /// The content token that the source of a move or a copy must have.
    pub content_cas: Option<String>,
    /// What is said about a new directory.
    #[serde(flatten)]
    pub said: Update,
}

/// A page of either style, before its parameters are read.
enum Paging {
    Marker(Option<String>),
    Number(usize),
}

/// `GET`: a page in marker or page mode (part B 2.1 and 2.2).
pub async fn list(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let order = order(query, call.space.rules())?;
    let names = Names {
        prefix: query.get("prefix").map(str::to_owned),
        after: query.get("start_name").map(str::to_owned),
    };
    let wanted = Wanted::of(query)?;
    let favorite_of = shown::favorite_of(&call)?;
    let (paging, limit) = paging(query)?;
    // Pages by number are of the whole directory (part B 2.2).
    let names = match paging {
        Paging::Marker(_) => names,
        Paging::Number(_) => Names::default(),
    };
    let path = call.target.path()?;
    let held = Held::by(&call.access);
    let page = call
        .on_disk(move |space| {
            let start = match &paging {
                Paging::Marker(None) => Start::First,
                Paging::Marker(Some(marker)) => Start::Marker(marker),
                Paging::Number(offset) => Start::Offset(*offset),
            };
            let listed = space.list(&path, order, &names, start, limit)?;
            let directory = space.open_directory(&path)?;
            let is_writable =
                accessat(&directory, ".", Permission::WRITE_OK, AtFlags::empty()).is_ok();
            let favorites = listed
                .entries
                .iter()
                .map(|(_, facts)| shown::is_favorite(space, favorite_of.as_deref(), facts))
                .collect::<Result<Vec<_>, _>>()?;
            let files = listed.entries.iter().map(|(_, facts)| facts.identity());
            let versions = space.version_numbers(files)?;
            let sayings = space.sayings()?;
            let beginning = Head {
                path: work::components(path.as_str()),
                file_count: listed.files,
                sub_dir_count: listed.directories,
                total_num: listed.files + listed.directories,
            };
            let next_marker = match paging {
                Paging::Marker(_) => listed.next.map(|next| next.as_str().into()),
                Paging::Number(_) => None,
            };
            let count = listed.entries.len();
            let mut page = PageWriter::new(&beginning, next_marker.as_ref(), count);
            for ((name, facts), favorite) in listed.entries.into_iter().zip(favorites) {
                let extra = Extra {
                    wanted,
                    rules: space.rules(),
                    authority: held.on(facts.kind, is_writable),
                    crc64: space.known_sum(&facts),
                    attributes: sayings.about(&facts)?,
                    version: versions.get(&facts.identity()).copied(),
                };
                page.add_by(|json| entry::line::write(json, &name, &facts, &extra, favorite));
            }
            Ok(page.finish())
        })
        .await?;
    Ok(page.respond(&call.headers))
}

fn paging(query: &Query) -> Result<(Paging, usize), Fault> {
    let is_numbered =
        query.has("by-page") || query.get("page").is_some() || query.get("page_size").is_some();
    if is_numbered {
        let page = query.position("page")?;
        let size = query.number("page_size", DEFAULT_PAGE, LONGEST_PAGE)?;
        return Ok((Paging::Number(offset(page, size)?), size));
    }
    let text = |name| query.get(name).filter(|text| !text.is_empty());
    let limit = query.number("limit", DEFAULT_PAGE, LONGEST_PAGE)?;
    let paging = match (text("marker"), text("offset")) {
        // The older form that one client has besides the two of the documents.
        (None, Some(offset)) => Paging::Number(
            offset
                .parse()
                .map_err(|_| Fault::parameter("offset is a number from 0"))?,
        ),
        (marker, _) => Paging::Marker(marker.map(str::to_owned)),
    };
    Ok((paging, limit))
}

/// `GET ?info`: a directory or a file (part B 2.3).
pub async fn info(call: Call) -> Result<Response, Fault> {
    let wanted = Wanted::of(&call.target.query)?;
    let favorite_of = shown::favorite_of(&call)?;
    let path = call.target.path()?;
    let described = call
        .on_disk(move |space| {
            let facts = space.look(&path)?;
            let extra = entry::extra(space, &facts, wanted)?;
            let mut described = entry::entry(path.name().to_owned(), &facts, &extra);
            described.entry.path = Some(work::components(path.as_str()));
            described.user_id.get_or_insert_default();
            if facts.kind == Kind::File {
                described.history_size = Some(space.history_size(&facts)?);
            }
            described.link_to = space.next_target(&facts)?.map(Identity::text);
            described.said.is_favorite = shown::is_favorite(space, favorite_of.as_deref(), &facts)?;
            Ok(described)
        })
        .await?;
    Ok(Json(described).into_response())
}

/// `GET ?stats`: everything below a directory (part B 2.8).
pub async fn stats(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    let stats_type = call
        .target
        .query
        .get("stats_type")
        .unwrap_or("normal")
        .to_owned();
    let recycled = call.target.query.get("recycled_id").map(str::parse::<u64>);
    let kind = stats_type.clone();
    let totals = call
        .on_disk(move |space| match (kind.as_str(), recycled) {
            ("normal", _) => space.measure(&path),
            ("recycle", None) => space.measure_bin(),
            ("recycle", Some(Ok(id))) => space.measure_recycled(id),
            ("recycle", Some(Err(_))) => Err(Problem::ItemMissing),
            ("history", _) => space.measure_history_below(&path),
            (other, _) => Err(Problem::BadParameter(format!(
                "there are no statistics of the kind '{other}'"
            ))),
        })
        .await
        .map_err(|fault| match fault.code {
            "ParamInvalid" => Fault::new(400, "InvalidDirectoryStatsType", fault.message),
            _ => fault,
        })?;
    let stats = Stats {
        user_id: String::new(),
        kind: stats_type,
        storage: totals.bytes,
        file_count: totals.files,
        dir_count: totals.directories,
    };
    Ok(Json(stats).into_response())
}

/// `PUT ?calibrate`: counts everything below a directory again (part B 2.8).
pub async fn calibrate(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let path = call.target.path()?;
    let kind = query.get("stats_type").unwrap_or_default();
    if !matches!(kind, "" | "normal" | "recycle" | "history") {
        return Err(no_statistics(kind));
    }
    let recycled = query.get("recycled_id").filter(|_| kind == "recycle");
    let recycled = recycled.map(|id| id.parse().map_err(|_| Problem::ItemMissing));
    let recycled = recycled.transpose()?;
    call.require(Grant::SpaceAdmin)?;
    let below = path.clone();
    call.on_disk(move |space| match recycled {
        Some(id) => space.bin_row(id).map(|_| ()),
        None => space.open_directory(&below).map(|_| ()),
    })
    .await?;
    let path = path.as_str().to_owned();
    let chore = Chore::Calibrate { path };
    let id = call.service.submit(&call.space, chore).await?;
    Ok(batch::accepted(id))
}

fn no_statistics(kind: &str) -> Fault {
    Fault::new(
        400,
        "InvalidDirectoryStatsType",
        format!("there are no statistics of the kind '{kind}'"),
    )
}

/// `HEAD`: whether there is such a directory (part B 2.4).
pub async fn exists(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    call.on_disk(move |space| space.open_directory(&path))
        .await?;
    Ok(StatusCode::OK.into_response())
}

/// `PUT`: make, or move where the body says from where (part B 2.5 and 2.7).
pub async fn put(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let access = &call.access;
    let path = call.target.path()?;
    let strategy = query.strategy(Strategy::Ask)?;
    let with_inode = query.is_wanted("with_inode")?;
    let body = call.json::<Put>()?.unwrap_or_default();
    if strategy == Strategy::Overwrite {
        return Err(Problem::BadStrategy("overwrite".to_owned()).into());
    }
    if let (None, Some(from)) = (&body.from, &body.copy_from) {
        return relocations::copy_directory(&call, from, None, path).await;
    }
    let Some(from) = body.from else {
        if !access.allows(Grant::CreateDirectory) {
            return Err(Problem::NoPermission.into());
        }
        let said = body.said.for_new(call.user())?;
        let (path, facts) = call
            .on_disk({
                let said = said.clone();
                move |space| space.make_directory(&path, strategy, &said)
            })
            .await?;
        if strategy == Strategy::Ask && !with_inode {
            return Ok(StatusCode::CREATED.into_response());
        }
        let created = Created {
            creation_time: Some(facts.created),
            path: Some(work::components(path.as_str())),
            inode: with_inode.then(|| facts.identity().text()),
        };
        let created = Made {
            created,
            labels: said.labels.clone(),
            meta_data: entry::meta_data(&said),
            local_creation_time: said.local_created,
            local_modification_time: said.local_modified,
        };
        return Ok((StatusCode::CREATED, Json(created)).into_response());
    };
    let from = Space::path(&from)?;
    if !access.allows(Grant::MoveDirectory) {
        return Err(Problem::NoPermission.into());
    }
    let placed = call
        .on_disk(move |space| space.move_directory(&from, &path, strategy))
        .await?;
    if strategy == Strategy::Ask {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Json(Placed {
        path: Some(work::components(placed.as_str())),
    })
    .into_response())
}

/// `DELETE`: with everything below (part B 2.6).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    // A client that sends this wants less deleted than a directory's deletion here would, unless
    // there is nothing else (part B, 0.24).
    if call.target.query.has("directory_only") {
        let path = call.target.path()?;
        let filter = Order::default();
        let listed = call
            .on_disk(move |space| space.list(&path, filter, &Names::default(), Start::First, 1))
            .await?;
        if listed.files + listed.directories > 0 {
            return Err(Fault::missing_function());
        }
    }
    delete_one(&call, Expected::Directory).await
}

/// Deletes the one thing that a URL names (part B 2.6 and 3.4).
pub async fn delete_one(call: &Call, expected: Expected) -> Result<Response, Fault> {
    let item = Delete {
        path: call.target.path()?.as_str().to_owned(),
        permanent: call.target.query.is_set("permanent")?,
    };
    let rights = call.access.rights();
    let cas = call.target.query.get("content_cas").map(str::to_owned);
    let person = call.user().to_owned();
    let done = call
        .on_disk(move |space| {
            let caller = Caller {
                only: Some(expected),
                // A directory has no content token (part B 2.6).
                cas: cas.as_deref().filter(|_| expected == Expected::File),
                person: &person,
                ..Caller::new(rights)
            };
            space
                .remove(&[item], &caller)
                .pop()
                .unwrap_or(Err(Problem::PathMissing))
                .map_err(|problem| match (problem, expected) {
                    (Problem::PathMissing, Expected::File) => Problem::FileMissing,
                    (Problem::PathMissing, Expected::Directory) => Problem::DirectoryMissing,
                    (problem, Expected::File | Expected::Directory) => problem,
                })
        })
        .await?;
    match done {
        Done::Recycled(id) => Ok(Json(super::recycled::One {
            recycled_item_id: id.into(),
        })
        .into_response()),
        Done::Gone | Done::Restored(_) => {
            call.sweep_later();
            Ok(StatusCode::NO_CONTENT.into_response())
        }
    }
}

/// How many entries come before a page by number.
pub fn offset(page: usize, size: usize) -> Result<usize, Fault> {
    match page.checked_mul(size) {
        Some(end) if end <= DEEPEST => Ok(end - size),
        _ => Err(Fault::parameter(format!(
            "page times page_size may be {DEEPEST}; use a marker"
        ))),
    }
}

/// Whether an `order_by_type` asks for the reverse.
pub fn is_descending(query: &Query) -> Result<bool, Fault> {
    match query.get("order_by_type") {
        None | Some("" | "asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(other) => Err(Fault::new(
            400,
            "OrderByTypeNotAllowed",
            format!("order_by_type is asc or desc, not '{other}'"),
        )),
    }
}

fn order(query: &Query, rules: Rules) -> Result<Order, Fault> {
    Ok(Order {
        by: match query.get("order_by") {
            // What came first comes first where there are photos and videos (part B 2.1).
            None | Some("") if rules.media.is_some() => By::Upload,
            None | Some("" | "name") => By::Name,
            Some("modificationTime") => By::Modification,
            Some("creationTime") => By::Creation,
            Some("localCreationTime") => By::LocalCreation,
            Some("localModificationTime") => By::LocalModification,
            Some("size") => By::Size,
            Some(other) => {
                return Err(Fault::new(
                    400,
                    "OrderByNotAllowed",
                    format!("a directory is not sorted by '{other}'"),
                ));
            }
        },
        is_descending: is_descending(query)?,
        is_mixed: query.get("sort_type") == Some("union"),
        filter: match query.get("filter") {
            None | Some("") => Filter::All,
            Some("onlyDir") => Filter::Directories,
            Some("onlyFile") => Filter::Files,
            Some(other) => {
                return Err(Fault::parameter(format!("there is no filter '{other}'")));
            }
        },
    })
}
