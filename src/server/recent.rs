//! Recently used files over HTTP (part B 8.2).

use axum::Json;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;
use crate::protocol::lenient::{boolean, decimal, time};

use super::entry;
use super::error::Fault;
use super::favorite::user;
use super::ledger::{Action, PersonalKey};
use super::request::Call;
use super::search::filter::Types;
use super::space::facts::Facts;
use super::space::personal::Personal;
use super::space::problem::Problem;
use super::space::{Space, marker, work};

const DEFAULT_PAGE: usize = 20;
const LONGEST_PAGE: usize = 1000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    marker: Option<String>,
    /// One client sends it as text.
    #[serde(deserialize_with = "decimal::deserialize")]
    limit: Option<u64>,
    filter_action_by: Option<String>,
    #[serde(rename = "type")]
    kind: Option<serde_json::Value>,
    #[serde(deserialize_with = "boolean::deserialize")]
    with_path: bool,
    #[serde(deserialize_with = "boolean::deserialize")]
    with_favorite_status: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    contents: Vec<Used>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Used {
    name: String,
    space_id: String,
    inode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(with = "decimal")]
    size: Option<u64>,
    action_type: &'static str,
    #[serde(with = "time")]
    operation_time: Option<Timestamp>,
    #[serde(with = "time")]
    creation_time: Option<Timestamp>,
    #[serde(with = "time")]
    modification_time: Option<Timestamp>,
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    crc64: Option<u64>,
    file_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_favorite: Option<bool>,
}

/// `POST …/recently-used-file`: the last first. What is gone is left out.
pub async fn list(call: Call) -> Result<Response, Fault> {
    let user = user(&call)?;
    let asked = call.json::<Asked>()?.unwrap_or_default();
    let limit = match asked.limit.map(usize::try_from) {
        None => DEFAULT_PAGE,
        Some(Ok(limit)) if (1..=LONGEST_PAGE).contains(&limit) => limit,
        Some(_) => {
            return Err(Fault::parameter(format!(
                "limit is a number from 1 to {LONGEST_PAGE}"
            )));
        }
    };
    let action = match asked.filter_action_by.as_deref() {
        None | Some("") => None,
        Some("preview") => Some(Action::Preview),
        Some("modify") => Some(Action::Modify),
        Some(other) => {
            return Err(Fault::parameter(format!("there is no action '{other}'")));
        }
    };
    let types = Types::read(asked.kind.as_ref())?;
    let marker = asked.marker.filter(|marker| !marker.is_empty());
    let mut after = marker
        .map(|marker| marker::read::<PersonalKey>(&marker))
        .transpose()?;
    let (with_path, with_favorite) = (asked.with_path, asked.with_favorite_status);
    let space_id = call.target.part(1).to_owned();
    let page = call
        .on_disk(move |space| {
            let mut contents = Vec::new();
            loop {
                let rows = space.recent(&user, action, after, limit + 1)?;
                let is_more = rows.len() > limit;
                for personal in rows.into_iter().take(limit) {
                    after = Some(personal.row.key());
                    let Some(mut shown) = used(space, &space_id, personal, with_path, &types)
                    else {
                        continue;
                    };
                    if with_favorite {
                        shown.0.is_favorite = Some(space.is_favorite(&user, shown.1.identity())?);
                    }
                    contents.push(shown.0);
                    if contents.len() == limit {
                        break;
                    }
                }
                if contents.len() == limit || !is_more {
                    let rest = match after {
                        Some(_) => space.recent(&user, action, after, 1)?,
                        None => Vec::new(),
                    };
                    let next = after.filter(|_| !rest.is_empty());
                    return Ok(Page {
                        next_marker: next.map(|key| marker::write(&key)),
                        contents,
                    });
                }
            }
        })
        .await?;
    Ok(Json(page).into_response())
}

/// Notes a use; that it could not be noted is no reason to refuse the use itself.
pub fn note(space: &Space, user: &str, path: &RemotePath, facts: &Facts, action: Action) {
    if let Err(problem) = space.note_use(user, path, facts, action) {
        tracing::debug!(%problem, "a use could not be noted");
    }
}

/// Notes a look at a file, where the request says that it is one.
pub async fn note_preview(call: &Call, path: RemotePath) -> Result<(), Fault> {
    let user = call.user().to_owned();
    if user.is_empty() || call.target.query.get("purpose") != Some("preview") {
        return Ok(());
    }
    call.on_disk(move |space| {
        let facts = space.look(&path)?;
        note(space, &user, &path, &facts, Action::Preview);
        Ok::<_, Problem>(())
    })
    .await
}

fn used(
    space: &Space,
    space_id: &str,
    personal: Personal,
    with_path: bool,
    types: &Types,
) -> Option<(Used, Facts)> {
    let (path, facts) = personal.target?;
    if !types.hold(path.name(), facts.kind) {
        return None;
    }
    let attributes = space.attributes(&facts).ok()?;
    let used = Used {
        name: path.name().to_owned(),
        space_id: space_id.to_owned(),
        inode: personal.row.identity.text(),
        kind: entry::type_of(facts.kind, path.name(), space.rules())
            .as_str()
            .to_owned(),
        size: Some(attributes.size_of(&facts)),
        action_type: match personal.row.action {
            Action::Preview => "preview",
            Action::Modify => "modify",
        },
        operation_time: Some(personal.row.time),
        creation_time: Some(attributes.created_of(&facts)),
        modification_time: Some(facts.modified),
        crc64: space.known_sum(&facts),
        file_type: entry::file_type(path.name()),
        path: with_path.then(|| work::components(path.as_str())),
        is_favorite: None,
    };
    Some((used, facts))
}
