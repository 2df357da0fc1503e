//! Tenant spaces over HTTP: made, listed, set up, deleted (part A section 5).

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::path::RemotePath;

use super::entry;
use super::error::Fault;
use super::ledger::SpaceRow;
use super::random;
use super::request::Call;
use super::service::{Service, on_disk, sweep_later};
use super::space::marker;
use super::space::rules::Rules;
use super::space::tenants::{Wanted, is_space_id};
use super::spaces::check_tenants;
use super::token::Grant;

const LONGEST_PAGE: usize = 1000;

/// How a space is to be. `allowPhoto`, `allowVideo` and `recognizeSensitiveContent` are kept and told
/// and nothing goes by them; what a library takes is said where it is served.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the words of the protocol")]
pub struct Settings {
    /// Whether it can be read without a token.
    pub is_public_read: bool,
    /// In a library of photos and videos: whether they lie in albums. Said when it is made or never;
    /// see [`super::space::Space::open_below`].
    #[serde(skip_serializing_if = "Option::is_none")]
    is_multi_album: Option<bool>,
    allow_photo: bool,
    allow_video: bool,
    recognize_sensitive_content: bool,
    allow_photo_extname: Vec<String>,
    allow_video_extname: Vec<String>,
    allow_file_extname: Vec<String>,
    /// A word by which sizes are added up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_tag: Option<String>,
}

/// Those of the settings that are to change; `isMultiAlbum` only can when a space is made.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Changes {
    is_public_read: Option<bool>,
    is_multi_album: Option<bool>,
    allow_photo: Option<bool>,
    allow_video: Option<bool>,
    recognize_sensitive_content: Option<bool>,
    allow_photo_extname: Option<Vec<String>>,
    allow_video_extname: Option<Vec<String>>,
    allow_file_extname: Option<Vec<String>>,
    #[serde(deserialize_with = "there")]
    space_tag: Option<Tag>,
}

/// What a tag is to be.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Tag {
    Set(String),
    /// `null`.
    Clear(()),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    space_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    space_id: String,
    user_id: String,
    creation_time: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    list: Vec<Listed>,
    /// Clients of different ages look for one or the other (part A, U23).
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
struct Count {
    total: u64,
}

/// `POST /space/{L}` (part A 5.1).
pub async fn create(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    check_tenants(service)?;
    let id = match call.target.query.get("space_id") {
        None | Some("") => format!("space{}", random_part()?),
        Some(id) if is_space_id(id) => id.to_owned(),
        Some(_) => {
            return Err(Fault::new(
                400,
                "SpaceIdInvalid",
                "the id of a space is 2 to 32 of a-z, 0-9 and inner dashes",
            ));
        }
    };
    let changes = call.json::<Changes>()?.unwrap_or_default();
    let mut settings = Settings {
        is_multi_album: changes.is_multi_album,
        ..Settings::default()
    };
    settings.change(changes);
    call.require(Grant::CreateSpace)?;
    let row = SpaceRow {
        id: id.clone(),
        user: call.user().to_owned(),
        created: service.now(),
        settings: settings.to_json(),
        traffic: None,
    };
    on_disk(&service.home, move |home| home.make_space(&row)).await?;
    Ok((StatusCode::CREATED, Json(Created { space_id: id })).into_response())
}

/// `GET /space/{L}/list` (part A 5.2).
pub async fn list(call: Call) -> Result<Response, Fault> {
    check_tenants(&call.service)?;
    let limit = call
        .target
        .query
        .number("limit", LONGEST_PAGE, LONGEST_PAGE)?;
    let mut list = page(&call, limit.saturating_add(1)).await?;
    let has_more = list.len() > limit;
    list.truncate(limit);
    let next = list
        .last()
        .filter(|_| has_more)
        .map(|last| marker::write(&last.space_id));
    Ok(Json(Page {
        list,
        marker: next.clone(),
        next_marker: next,
    })
    .into_response())
}

/// `GET /space/{L}`: the old form, all at once (part A 5.2).
pub async fn list_all(call: Call) -> Result<Response, Fault> {
    check_tenants(&call.service)?;
    Ok(Json(page(&call, usize::MAX).await?).into_response())
}

/// `GET /space/{L}/count` (part A 5.5).
pub async fn count(call: Call) -> Result<Response, Fault> {
    check_tenants(&call.service)?;
    call.require(Grant::Admin)?;
    let total = on_disk(&call.service.home, super::space::Space::count_spaces).await?;
    Ok(Json(Count { total }).into_response())
}

/// `GET /space/{L}/{S}/extension` (part A 5.3).
pub async fn settings(call: Call) -> Result<Response, Fault> {
    let row = row(&call.service, call.space.id()).await?;
    Ok(Json(Settings::read(&row)).into_response())
}

/// `POST /space/{L}/{S}/extension` (part A 5.3).
pub async fn change(call: Call) -> Result<Response, Fault> {
    let changes = call.json::<Changes>()?.unwrap_or_default();
    call.require(Grant::SpaceAdmin)?;
    let id = call.space.id().to_owned();
    on_disk(&call.service.home, move |home| {
        let mut row = home.space_row(&id)?;
        let mut settings = Settings::read(&row);
        settings.change(changes);
        row.settings = settings.to_json();
        home.put_space(&row)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /space/{L}/{S}` (part A 5.4).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let force = call.target.query.is_set("force")?;
    call.require(Grant::DeleteSpace)?;
    let id = call.space.id().to_owned();
    let registry = Arc::clone(service);
    on_disk(&service.home, move |_| registry.registry.delete(&id, force)).await?;
    sweep_later(&service.home);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is known of a space.
pub async fn row(service: &Service, id: &str) -> Result<SpaceRow, Fault> {
    let id = id.to_owned();
    on_disk(&service.home, move |home| home.space_row(&id)).await
}

/// Refuses a new file whose extension is not among those of its space (part A 5.1).
pub async fn check_extension(call: &Call, path: &RemotePath) -> Result<(), Fault> {
    if !call.service.registry.has_tenants() {
        return Ok(());
    }
    let row = row(&call.service, call.space.id()).await?;
    if Settings::read(&row).takes(path.name(), call.space.rules()) {
        return Ok(());
    }
    Err(Fault::new(
        400,
        "ExtnameNotAllowed",
        "this space takes no files with that extension",
    ))
}

async fn page(call: &Call, limit: usize) -> Result<Vec<Listed>, Fault> {
    let query = &call.target.query;
    let after = match query.get("marker").filter(|marker| !marker.is_empty()) {
        Some(marker) => marker::read(marker)?,
        None => query.get("start_name").unwrap_or_default().to_owned(),
    };
    let sees_all = call.access.allows(Grant::SpaceAdmin);
    let wanted = Wanted {
        prefix: query.get("prefix").unwrap_or_default().to_owned(),
        after,
        user: (!sees_all).then(|| call.user().to_owned()),
    };
    on_disk(&call.service.home, move |home| {
        let ids = home.space_ids(&wanted, limit)?;
        ids.iter()
            .map(|id| home.space_row(id).map(Listed::from))
            .collect()
    })
    .await
}

fn random_part() -> Result<String, Fault> {
    random::hex::<8>().map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))
}

impl Settings {
    /// Those of a row.
    pub fn read(row: &SpaceRow) -> Self {
        serde_json::from_str(&row.settings).unwrap_or_else(|error| {
            tracing::error!(space = row.id, %error, "the settings of a space cannot be read");
            Self::default()
        })
    }

    /// Whether files of a name are taken: an empty list lists all extensions.
    fn takes(&self, name: &str, rules: Rules) -> bool {
        let extensions = match (rules.media.is_some(), entry::file_type(name)) {
            (true, "image") => &self.allow_photo_extname,
            (true, "video") => &self.allow_video_extname,
            // The rules of the library have refused it.
            (true, _) => return true,
            (false, _) => &self.allow_file_extname,
        };
        let name = name.to_lowercase();
        let is_of = |extension: &String| {
            let extension = extension.trim_start_matches('.').to_lowercase();
            let stem = name.strip_suffix(&extension);
            stem.is_some_and(|stem| stem.ends_with('.'))
        };
        extensions.is_empty() || extensions.iter().any(is_of)
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain fields can be written as JSON")
    }

    fn change(&mut self, changes: Changes) {
        fn set<T>(field: &mut T, change: Option<T>) {
            if let Some(change) = change {
                *field = change;
            }
        }

        set(&mut self.is_public_read, changes.is_public_read);
        set(&mut self.allow_photo, changes.allow_photo);
        set(&mut self.allow_video, changes.allow_video);
        set(
            &mut self.recognize_sensitive_content,
            changes.recognize_sensitive_content,
        );
        set(&mut self.allow_photo_extname, changes.allow_photo_extname);
        set(&mut self.allow_video_extname, changes.allow_video_extname);
        set(&mut self.allow_file_extname, changes.allow_file_extname);
        match changes.space_tag {
            None => {}
            Some(Tag::Set(tag)) => self.space_tag = Some(tag),
            Some(Tag::Clear(())) => self.space_tag = None,
        }
    }
}

impl From<SpaceRow> for Listed {
    fn from(row: SpaceRow) -> Self {
        Self {
            space_id: row.id,
            user_id: row.user,
            creation_time: time(row.created),
        }
    }
}

fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Tells `null` from what is not there.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Tag>, D::Error> {
    Tag::deserialize(from).map(Some)
}
