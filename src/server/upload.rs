//! Uploads over HTTP: begin, renew, look, confirm, cancel (part B section 4). The bytes come by
//! another door.

mod answer;
mod start;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::domain::path::RemotePath;
use crate::protocol::lenient::decimal;

use super::error::Fault;
use super::ledger::Action;
use super::request::Call;
use super::space::contents::{PIECE, Wanted};
use super::space::problem::Problem;
use super::space::rename::Strategy;
use super::space::uploads::confirm::{Confirmation, Settled};
use super::space::uploads::{Upload, Way, Wish};
use super::token::Grant;
use super::{bytes, random, recent, tenants};
use start::{Said, Start};

/// Bytes of an upload are taken so long after its beginning, or after it was renewed.
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

/// `POST ?multipart` (part B 4.2).
pub async fn begin_multipart(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    let strategy = call.target.query.file_strategy()?;
    begin(&call, path, strategy, Way::Multipart(secret()?)).await
}

/// `POST`: the file comes as a form (part B 4.3).
pub async fn begin_form(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    let strategy = call.target.query.file_strategy()?;
    begin(&call, path, strategy, Way::Form).await
}

/// Where and how to put the bytes of a file, or the file where its content is known (part B 4.1).
///
/// Real services are reached as `https://{domain}{path}`; this one serves `http`, and `domain`
/// holds its port.
pub async fn begin(
    call: &Call,
    path: RemotePath,
    strategy: Strategy,
    way: Way,
) -> Result<Response, Fault> {
    let asked = call.json::<Start>()?.unwrap_or_default();
    let said = call.json::<Said>()?.unwrap_or_default();
    let query = &call.target.query;
    // Bytes are taken as fast as they come; a limit is only looked at.
    bytes::traffic_limit(query)?;
    let content_cas = query.get("content_cas").map(str::to_owned);
    let attributes = start::attributes(call, said)?;
    let numbers = start::part_numbers(asked.part_number_range.as_deref())?;
    let size = start::announced_size(query.get("filesize"), asked.size)?;
    let needed = match strategy {
        Strategy::Ask | Strategy::Rename => Grant::Upload,
        Strategy::Overwrite => Grant::UploadForce,
    };
    call.require(needed)?;
    let confirmation = Confirmation {
        strategy,
        content_cas: content_cas.clone(),
        crc64: None,
        attributes: attributes.clone(),
    };
    tenants::check_extension(call, &path).await?;
    let target = path.clone();
    let cas = content_cas
        .clone()
        .filter(|_| strategy == Strategy::Overwrite);
    call.on_disk(move |space| {
        space.check_upload(&target, strategy)?;
        match cas {
            Some(cas) => match space.look(&target) {
                Ok(there) => there.check_cas(Some(&cas)),
                Err(_) => Err(Problem::ContentChanged),
            },
            None => Ok(()),
        }
    })
    .await?;
    if let Some(bytes) = size {
        call.service.check_room(&call.space, bytes).await?;
    }
    if size.is_none_or(|size| size >= PIECE)
        && let Some(answer) = without_bytes(call, &path, asked, size, confirmation).await?
    {
        return Ok(answer);
    }
    let now = call.service.now();
    let wish = Wish {
        path: path.as_str().to_owned(),
        strategy,
        content_cas,
        way,
        token: secret()?,
        begun: Some(now),
        attributes,
    };
    let upload = Upload::new(secret()?, wish, now + LIFETIME);
    let upload = call
        .on_disk(move |space| {
            space.begin_upload(&upload)?;
            Ok(upload)
        })
        .await?;
    let started = answer::started(call, &upload, &numbers);
    Ok((StatusCode::CREATED, Json(started)).into_response())
}

/// Says whether the hashes that came along are known, and makes the file if so (part B 4.1).
async fn without_bytes(
    call: &Call,
    path: &RemotePath,
    asked: Start,
    size: Option<u64>,
    confirmation: Confirmation,
) -> Result<Option<Response>, Fault> {
    let Some(beginning) = asked.beginning_hash.map(|hash| hash.to_ascii_lowercase()) else {
        return Ok(None);
    };
    let Some(whole) = asked.full_hash.map(|hash| hash.to_ascii_lowercase()) else {
        let is_known = call
            .on_disk(move |space| space.knows_beginning(&beginning, size))
            .await?;
        return Ok(is_known.then(|| StatusCode::ACCEPTED.into_response()));
    };
    let wanted = Wanted {
        beginning,
        whole,
        size,
    };
    let path = path.clone();
    let (wanted, known) = call
        .on_disk(move |space| {
            let known = space.known_size(&wanted)?;
            Ok::<_, Problem>((wanted, known))
        })
        .await?;
    let Some(bytes) = known else {
        return Ok(None);
    };
    call.service.check_room(&call.space, bytes).await?;
    let settled = call
        .on_disk(move |space| space.upload_known(&wanted, &path, &confirmation))
        .await?;
    match settled {
        Some(settled) => {
            take_note(call, &settled).await;
            Ok(Some(Json(answer::file(call, &settled)?).into_response()))
        }
        None => Ok(None),
    }
}

/// `POST ?renew`: bytes are taken for longer (part B 4.4).
pub async fn renew(call: Call) -> Result<Response, Fault> {
    let asked = call.json::<Start>()?.unwrap_or_default();
    let numbers = start::part_numbers(asked.part_number_range.as_deref())?;
    bytes::traffic_limit(&call.target.query)?;
    call.require(Grant::Upload)?;
    let key = key(&call)?;
    let expires = call.service.now() + LIFETIME;
    check_owner(&call, &key).await?;
    let upload = call
        .on_disk(move |space| space.renew_upload(&key, expires))
        .await?;
    Ok(Json(answer::started(&call, &upload, &numbers)).into_response())
}

/// `GET ?upload`: how far it is (part B 4.5).
pub async fn status(call: Call) -> Result<Response, Fault> {
    call.require(Grant::Upload)?;
    let key = key(&call)?;
    check_owner(&call, &key).await?;
    let (upload, parts) = call
        .on_disk(move |space| {
            let upload = space.upload(&key)?;
            let parts = space.upload_parts(&key)?;
            Ok((upload, parts))
        })
        .await?;
    let without_place = call.target.query.is_wanted("no_upload_part_info")?;
    Ok(Json(answer::status(&call, &upload, &parts, !without_place)).into_response())
}

/// The body of `?confirm`, besides what it says about the file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Confirm {
    #[serde(deserialize_with = "decimal::deserialize")]
    crc64: Option<u64>,
}

/// `POST ?confirm`: the file appears (part B 4.6).
pub async fn confirm(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let asked = call.json::<Confirm>()?.unwrap_or_default();
    let said = call.json::<Said>()?.unwrap_or_default();
    call.require(Grant::ConfirmUpload)?;
    let key = key(&call)?;
    check_owner(&call, &key).await?;
    let (upload, bytes) = {
        let key = key.clone();
        let found = call.on_disk(move |space| {
            let upload = space.upload(&key)?;
            let bytes = space.upload_size(&upload)?;
            Ok((upload, bytes))
        });
        found.await?
    };
    let strategy = query.strategy(upload.wish.strategy)?;
    // Whoever began it was not asked whether that was allowed.
    let is_more_than_begun =
        strategy == Strategy::Overwrite && upload.wish.strategy != Strategy::Overwrite;
    if is_more_than_begun {
        call.require(Grant::UploadForce)?;
    }
    call.service.check_room(&call.space, bytes).await?;
    let mut attributes = upload.wish.attributes.clone();
    start::add_headers(&call, &mut attributes);
    said.say(&mut attributes)?;
    let confirmation = Confirmation {
        strategy,
        content_cas: query
            .get("content_cas")
            .map(str::to_owned)
            .or(upload.wish.content_cas),
        crc64: asked.crc64,
        attributes,
    };
    let settled = call
        .on_disk(move |space| space.confirm_upload(&key, &confirmation))
        .await?;
    take_note(&call, &settled).await;
    if matches!(upload.wish.way, Way::Multipart(_)) {
        hash_later(&call, &settled);
    }
    Ok(Json(answer::file(&call, &settled)?).into_response())
}

/// Counts the bytes of a file that appeared, and notes who brought it.
async fn take_note(call: &Call, settled: &Settled) {
    call.service.used.add(call.space.id(), settled.facts.size);
    let user = call.user().to_owned();
    let (path, facts) = (settled.path.clone(), settled.facts);
    let noted = call.on_disk(move |space| {
        recent::note(space, &user, &path, &facts, Action::Modify);
        Ok::<_, Problem>(())
    });
    if let Err(fault) = noted.await {
        tracing::debug!(?fault, "an upload is not among the recently used files");
    }
}

/// Parts come in any order, so only the file that they made can be hashed; nobody waits for it.
fn hash_later(call: &Call, settled: &Settled) {
    if settled.facts.size < PIECE {
        return;
    }
    let space = Arc::clone(&call.space);
    let path = settled.path.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(problem) = space.hash_content(&path) {
            tracing::debug!(%problem, "a file that was uploaded is not hashed");
        }
    });
}

/// `DELETE ?upload` (part B 4.7).
pub async fn cancel(call: Call) -> Result<Response, Fault> {
    call.require(Grant::Upload)?;
    let key = key(&call)?;
    check_owner(&call, &key).await?;
    call.on_disk(move |space| space.cancel_upload(&key)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What names an upload in a URL.
fn key(call: &Call) -> Result<String, Fault> {
    match call.target.parts.get(2..) {
        Some([key]) => Ok(key.clone()),
        _ => Err(Problem::UploadMissing.into()),
    }
}

/// Refuses the upload of another user; tokens of no user are those of backends, which end what
/// their users began.
async fn check_owner(call: &Call, key: &str) -> Result<(), Fault> {
    let key = key.to_owned();
    let upload = call.on_disk(move |space| space.upload(&key)).await?;
    let owner = upload.wish.attributes.user.unwrap_or_default();
    let user = call.user();
    if owner.is_empty() || user.is_empty() || owner == user || call.access.allows(Grant::SpaceAdmin)
    {
        return Ok(());
    }
    Err(Fault::new(
        403,
        "UploadNotBelongYou",
        "this upload was begun by another user",
    ))
}

fn secret() -> Result<String, Fault> {
    random::hex::<16>().map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))
}
