//! Files over HTTP: look, download, move, delete; and where an upload begins (part B sections 3
//! and 4).

use std::borrow::Cow;
use std::fs::File;

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use serde::Serialize;

use crate::domain::path::RemotePath;
use crate::protocol::directory::{Placed, Type};
use crate::protocol::file::Info;

use super::bytes::Link;
use super::directory::delete_one;
use super::entry::{Extra, Previews, Said, Wanted};
use super::error::Fault;
use super::request::Call;

use super::space::Space;
use super::space::cas::Conditions;
use super::space::facts::{Facts, Kind};
use super::space::links::Shown;
use super::space::problem::Problem;
use super::space::remove::Expected;
use super::space::rename::Strategy;
use super::space::uploads::Way;
use super::space::work;
use super::token::Grant;
use super::update::Update;
use super::{bytes, entry, history, shown, upload};

/// The shortest time for which a URL can be asked, in seconds (part B 3.3).
const SHORTEST: usize = 60;
/// A file that is another one each time is looked at so often.
const LOOKS: usize = 16;

/// The details of a file or a link (part B 3.3).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(flatten)]
    info: Info,
    #[serde(flatten)]
    said: Said,
    #[serde(flatten)]
    previews: Previews,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_to: Option<Vec<String>>,
}

/// Where a file ended up (part B 3.5).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Put {
    #[serde(flatten)]
    placed: Placed,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_cas: Option<String>,
}

/// A virtual file that was made (part B 3.10).
#[derive(Serialize)]
struct Virtual {
    path: Vec<String>,
    #[serde(rename = "type")]
    kind: Type,
}

/// A file that is looked at, after all links.
struct Looked {
    shown: Shown,
    /// The old version that was asked for, if one was.
    version: Option<u64>,
    extra: Extra,
    /// The type of what is at the path that was asked for.
    kind: Type,
}

impl Looked {
    fn at(
        space: &Space,
        path: &RemotePath,
        version: Option<u64>,
        wanted: Wanted,
    ) -> Result<Self, Problem> {
        let mut shown = space.show(path).map_err(as_missing_file)?;
        if let Some(id) = version {
            shown.facts = space.open_version(&shown.path, id)?.1;
        }
        let extra = entry::extra(space, &shown.facts, wanted)?;
        let kind = match shown.next {
            Some(_) => Type::Symlink,
            None => entry::described_type(&shown.facts, path.name(), &extra),
        };
        Ok(Self {
            shown,
            version,
            extra,
            kind,
        })
    }

    /// The same with the sum of its content, where there is any and `check` lets it pass. All that is
    /// told is of one content: a file that others change or replace meanwhile is looked at again,
    /// and told without its sum if they do so every time.
    fn with_sum(
        space: &Space,
        path: &RemotePath,
        version: Option<u64>,
        wanted: Wanted,
        check: impl Fn(&Self) -> Result<(), Problem>,
    ) -> Result<Self, Problem> {
        let mut looked = Self::at(space, path, version, wanted)?;
        for _ in 0..LOOKS {
            check(&looked)?;
            if !looked.has_content() {
                return Ok(looked);
            }
            let (file, facts) = looked.open(space)?;
            if facts.has_content_of(&looked.shown.facts) {
                let sum = space.sum(&file, &facts)?;
                if Facts::of_open(&file)?.has_content_of(&facts) {
                    looked.extra.crc64 = Some(sum);
                    return Ok(looked);
                }
            }
            looked = Self::at(space, path, version, wanted)?;
        }
        check(&looked)?;
        Ok(looked)
    }

    fn open(&self, space: &Space) -> Result<(File, Facts), Problem> {
        open(space, &self.shown.path, self.version)
    }

    fn has_content(&self) -> bool {
        let facts = &self.shown.facts;
        facts.kind == Kind::File && !self.extra.attributes.is_virtual(facts)
    }
}

/// `HEAD` (part B 3.1).
pub async fn exists(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    let version = history::asked(&call.target.query)?;
    let name = path.name().to_owned();
    let looked = call
        .on_disk(move |space| {
            let wanted = Wanted::default();
            Looked::with_sum(space, &path, version, wanted, |looked| {
                match looked.shown.facts.kind {
                    Kind::File => Ok(()),
                    Kind::Directory | Kind::Symlink | Kind::Other => Err(Problem::FileMissing),
                }
            })
        })
        .await?;
    Ok((StatusCode::OK, headers(&name, &looked)).into_response())
}

/// `GET ?info` (part B 3.3).
pub async fn info(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let is_only_a_check = query.is_wanted("pre_check")?;
    let limit = bytes::traffic_limit(query)?;
    let lifetime = query.number("period", bytes::LIFETIME, bytes::LIFETIME)?;
    if lifetime < SHORTEST {
        return Err(Fault::parameter(format!(
            "period is a number from {SHORTEST} to {}",
            bytes::LIFETIME
        )));
    }
    let wanted = Wanted::of(query)?;
    let favorite_of = shown::favorite_of(&call)?;
    let cas = query.get("content_cas").map(str::to_owned);
    let path = call.target.path()?;
    let name = path.name().to_owned();
    let version = history::asked(query)?;
    let (looked, is_favorite) = call
        .on_disk(move |space| {
            let looked = Looked::with_sum(space, &path, version, wanted, |looked| {
                looked.shown.facts.check_cas(cas.as_deref())?;
                match looked.shown.facts.kind {
                    Kind::Directory => Err(Problem::FileMissing),
                    Kind::File | Kind::Symlink | Kind::Other => Ok(()),
                }
            })?;
            let own = space.look(&path)?;
            let is_favorite = shown::is_favorite(space, favorite_of.as_deref(), &own)?;
            Ok((looked, is_favorite))
        })
        .await?;
    super::recent::note_preview(&call, call.target.path()?).await?;
    let link = (looked.has_content() && !is_only_a_check)
        .then(|| link_as_asked(&call, &looked, lifetime, limit));
    let facts = &looked.shown.facts;
    let previews = Previews::of(facts.kind, &name);
    let described = entry::entry(name, facts, &looked.extra);
    let entry = described.entry;
    Ok(Json(Details {
        info: Info {
            cos_url_expiration: link.as_ref().map(|link| link.expires),
            cos_url: link.map(|link| link.url),
            kind: looked.kind,
            creation_time: entry.creation_time,
            modification_time: entry.modification_time,
            content_type: entry.content_type.map(Cow::into_owned),
            size: entry.size,
            e_tag: entry.e_tag,
            crc64: entry.crc64,
            file_type: entry.file_type.map(Cow::into_owned),
            meta_data: entry.meta_data,
        },
        said: Said {
            is_favorite,
            ..described.said
        },
        previews,
        link_to: looked.shown.next.map(|next| vec![next.text()]),
    })
    .into_response())
}

/// `GET`: to the URL of the bytes (part B 3.2).
pub async fn download(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let limit = bytes::traffic_limit(query)?;
    let wanted = Wanted::of(query)?;
    let cas = query.get("content_cas").map(str::to_owned);
    let path = call.target.path()?;
    let name = path.name().to_owned();
    let version = history::asked(query)?;
    // Not the sum, unless it is known: whoever wants the bytes should not wait for them to be read
    // twice.
    let looked = call
        .on_disk(move |space| {
            let looked = Looked::at(space, &path, version, wanted)?;
            looked.shown.facts.check_cas(cas.as_deref())?;
            match looked.shown.facts.kind {
                Kind::File if !looked.has_content() => Err(Problem::NoContent),
                // What cannot be opened now cannot be downloaded either.
                Kind::File => looked.open(space).map(|_| looked),
                Kind::Directory | Kind::Symlink | Kind::Other => Err(Problem::FileMissing),
            }
        })
        .await?;
    let link = link_as_asked(&call, &looked, bytes::LIFETIME, limit);
    super::recent::note_preview(&call, call.target.path()?).await?;
    let mut headers = headers(&name, &looked);
    headers.insert(
        header::LOCATION,
        HeaderValue::from_str(&link.url)
            .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))?,
    );
    Ok((StatusCode::FOUND, headers).into_response())
}

/// `PUT`: a move, a copy or a link where the body says so, else the beginning of an upload
/// (part B 3.5 to 3.7, 4.1).
pub async fn put(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let path = call.target.path()?;
    let strategy = query.file_strategy()?;
    let body = call.json::<super::directory::Put>()?.unwrap_or_default();
    let (source, plain, forced, action) = match body {
        super::directory::Put {
            from: Some(from), ..
        } => (from, Grant::MoveFile, Grant::MoveFileForce, Action::Move),
        super::directory::Put {
            copy_from: Some(from),
            ..
        } => (from, Grant::CopyFile, Grant::CopyFileForce, Action::Copy),
        super::directory::Put {
            link_to: Some(target),
            ..
        } => (
            target,
            Grant::CreateSymlink,
            Grant::CreateSymlinkForce,
            Action::Link,
        ),
        super::directory::Put {
            from_template: Some(_),
            ..
        }
        | super::directory::Put {
            convert_from: Some(_),
            ..
        } => return Err(Fault::missing_function()),
        _ => return upload::begin(&call, path, strategy, Way::Simple).await,
    };
    let needed = match strategy {
        Strategy::Ask | Strategy::Rename => plain,
        Strategy::Overwrite => forced,
    };
    let source = Space::path(&source)?;
    let with_content_cas = query.is_wanted("with_content_cas")?;
    call.require(needed)?;
    let source_cas = body.content_cas;
    let target_cas = query.get("content_cas").map(str::to_owned);
    let mut added = 0;
    if action == Action::Copy {
        let source = source.clone();
        // What cannot be looked at is told where it is copied.
        let size = call.on_disk(move |space| match space.look(&source) {
            Ok(facts) => space.size_of(&facts),
            Err(_) => Ok(0),
        });
        added = size.await?;
        call.service.check_room(&call.space, added).await?;
    }
    let put = call
        .on_disk(move |space| {
            let conditions = Conditions {
                source: source_cas.as_deref(),
                target: target_cas.as_deref(),
            };
            let placed = match action {
                Action::Move => space.move_file(&source, &path, strategy, conditions)?,
                Action::Copy => {
                    space
                        .copy_file(space, &source, &path, strategy, conditions)?
                        .0
                }
                Action::Link => space.make_link(&source, &path, strategy)?.0,
            };
            let facts = with_content_cas.then(|| space.look(&placed)).transpose()?;
            Ok(Put {
                placed: Placed {
                    path: Some(work::components(placed.as_str())),
                },
                content_cas: facts.map(|facts| facts.content_cas()),
            })
        })
        .await?;
    call.service.used.add(call.space.id(), added);
    Ok(Json(put).into_response())
}

/// What the body of a `PUT` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Move,
    Copy,
    Link,
}

/// `PUT ?virtual_file`: a file without content (part B 3.10).
pub async fn put_virtual(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    let strategy = call.target.query.strategy(Strategy::Rename)?;
    let update = call.json::<Update>()?.unwrap_or_default();
    let said = update.for_virtual(call.user())?;
    let needed = match strategy {
        Strategy::Ask | Strategy::Rename => Grant::Upload,
        Strategy::Overwrite => Grant::UploadForce,
    };
    call.require(needed)?;
    let size = said.virtual_size.unwrap_or(0);
    call.service.check_room(&call.space, size).await?;
    let (path, _) = call
        .on_disk(move |space| space.make_virtual(&path, strategy, &said))
        .await?;
    call.service.used.add(call.space.id(), size);
    Ok(Json(Virtual {
        path: work::components(path.as_str()),
        kind: Type::Virtual,
    })
    .into_response())
}

/// `DELETE` (part B 3.4).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    delete_one(&call, Expected::File).await
}

/// Opens a file, or an old version of it.
pub fn open(
    space: &Space,
    path: &RemotePath,
    version: Option<u64>,
) -> Result<(File, Facts), Problem> {
    match version {
        None => space.open_file(path),
        Some(id) => space.open_version(path, id),
    }
}

/// A URL for the bytes of a file, or of an old version of it.
pub fn link(
    call: &Call,
    path: &RemotePath,
    version: Option<u64>,
    seconds: usize,
    limit: Option<u64>,
) -> Link {
    match version {
        None => bytes::link_to_file(call, path, seconds, limit),
        Some(id) => bytes::link_to_version(call, id, path.name(), seconds, limit),
    }
}

/// The same for what was looked at; its bytes come as the request says.
fn link_as_asked(call: &Call, looked: &Looked, seconds: usize, limit: Option<u64>) -> Link {
    let mut link = link(call, &looked.shown.path, looked.version, seconds, limit);
    if call.target.query.get("content_disposition") == Some("attachment") {
        link.add("response-content-disposition=attachment");
    }
    link
}

fn as_missing_file(problem: Problem) -> Problem {
    match problem {
        Problem::PathMissing | Problem::DirectoryMissing => Problem::FileMissing,
        other => other,
    }
}

/// The details as headers (part B 3.1).
fn headers(name: &str, looked: &Looked) -> HeaderMap {
    let (facts, extra) = (&looked.shown.facts, &looked.extra);
    let attributes = &extra.attributes;
    let mut pairs = vec![
        ("x-smh-type", looked.kind.as_str().to_owned()),
        (
            "x-smh-creation-time",
            format!("{:.3}", attributes.created_of(facts)),
        ),
        ("x-smh-modification-time", format!("{:.3}", facts.modified)),
        (
            "x-smh-content-type",
            entry::content_type(name, attributes).into_owned(),
        ),
        ("x-smh-size", attributes.size_of(facts).to_string()),
        ("x-smh-etag", facts.e_tag()),
    ];
    if let Some(crc64) = extra.crc64.filter(|_| looked.has_content()) {
        pairs.push(("x-smh-crc64", crc64.to_string()));
    }
    if extra.wanted.content_cas {
        pairs.push(("x-smh-content-cas", facts.content_cas()));
    }
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(entry::meta_data(attributes).unwrap_or_default());
    pairs
        .filter_map(|(name, value)| {
            // Text beyond ASCII goes as it is; what cannot be in a header is left out.
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
            Some((name, value))
        })
        .collect()
}
