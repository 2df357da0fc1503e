//! Uploads over HTTP: begin, confirm, cancel (part B section 4). The bytes come by another door.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;

use crate::domain::path::RemotePath;
use crate::protocol::file::{Confirm, UploadStart, Uploaded};

use super::error::Fault;
use super::request::Call;
use super::space::facts::{Facts, Kind};
use super::space::problem::Problem;
use super::space::rename::Strategy;
use super::space::work;
use super::token::Grant;
use super::uploads::{Stage, Upload};
use super::{bytes, entry, random};

/// An upload lapses so long after its beginning.
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

/// `PUT` without a source: where and how to put the bytes (part B 4.1).
///
/// Real services are reached as `https://{domain}{path}`; this one serves `http`, and `domain`
/// holds its port.
pub async fn begin(call: &Call, path: RemotePath, strategy: Strategy) -> Result<Response, Fault> {
    let service = &call.service;
    let needed = match strategy {
        Strategy::Ask | Strategy::Rename => Grant::Upload,
        Strategy::Overwrite => Grant::UploadForce,
    };
    if !call.access.allows(needed) {
        return Err(Problem::NoPermission.into());
    }
    if let Some(bytes) = size(call)? {
        service.check_room(&call.space, bytes).await?;
    }
    let target = path.clone();
    call.on_disk(move |space| {
        space.check_target(&target, Kind::File)?;
        space.open_parent(&target)?;
        match space.look(&target) {
            Ok(there) if there.kind == Kind::Directory || strategy == Strategy::Ask => {
                Err(Problem::NameTaken)
            }
            Ok(_) | Err(Problem::PathMissing) => Ok(()),
            Err(problem) => Err(problem),
        }
    })
    .await?;
    let key = random::hex::<16>()
        .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))?;
    let now = service.now();
    let expires = now + LIFETIME;
    let upload = Upload {
        space: call.space.id().to_owned(),
        path,
        strategy,
        expires,
        stage: Stage::Awaited,
    };
    let lapsed = service.uploads.begin(key.clone(), upload, now);
    if !lapsed.is_empty() {
        call.on_disk(move |space| {
            for key in &lapsed {
                space.drop_upload(key);
            }
            Ok(())
        })
        .await?;
    }
    let headers = BTreeMap::from([
        (
            "Content-Type".to_owned(),
            "application/octet-stream".to_owned(),
        ),
        (
            "x-cos-security-token".to_owned(),
            bytes::upload_signature(service, &key),
        ),
    ]);
    let start = UploadStart {
        domain: call.host(),
        path: bytes::upload_path(&key),
        headers,
        confirm_key: key,
        expiration: Some(expires),
    };
    Ok((StatusCode::CREATED, Json(start)).into_response())
}

/// `POST ?confirm`: the file appears (part B 4.6).
pub async fn confirm(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    if !call.access.allows(Grant::ConfirmUpload) {
        return Err(Problem::NoPermission.into());
    }
    let key = call.target.part(2).to_owned();
    let query = &call.target.query;
    let with_inode = query.is_set("with_inode")?;
    let asked = call.json::<Confirm>()?.unwrap_or_default();
    let now = service.now();
    let upload = service
        .uploads
        .get(&key, now)
        .filter(|upload| upload.space == call.space.id())
        .ok_or(Problem::UploadMissing)?;
    let strategy = query.strategy(upload.strategy)?;
    let crc64 = match upload.stage {
        Stage::Awaited => return Err(Problem::UploadIncomplete.into()),
        Stage::Confirmed => return Err(Problem::UploadComplete.into()),
        Stage::Arrived { crc64 } => crc64,
    };
    if asked.crc64.is_some_and(|asked| asked != crc64) {
        return Err(Problem::BadCrc64.into());
    }
    let bytes = {
        let key = key.clone();
        call.on_disk(move |space| space.arrived_bytes(&key)).await?
    };
    service.check_room(&call.space, bytes).await?;
    let arrived = Stage::Arrived { crc64 };
    if !service.uploads.advance(&key, arrived, Stage::Confirmed) {
        return Err(Problem::UploadComplete.into());
    }
    let settled = {
        let key = key.clone();
        call.on_disk(move |space| space.settle_upload(&key, &upload.path, strategy, crc64))
            .await
    };
    let (path, facts, is_overwritten) = match settled {
        Ok(settled) => settled,
        Err(fault) => {
            // The bytes are still there, so another name can still be tried.
            service.uploads.advance(&key, Stage::Confirmed, arrived);
            return Err(fault);
        }
    };
    service.used.add(call.space.id(), bytes);
    Ok(Json(uploaded(&path, &facts, crc64, is_overwritten, with_inode)).into_response())
}

/// `DELETE ?upload` (part B 4.7).
pub async fn cancel(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    if !call.access.allows(Grant::Upload) {
        return Err(Problem::NoPermission.into());
    }
    let key = call.target.part(2).to_owned();
    let upload = service.uploads.get(&key, service.now());
    let is_here = upload.is_some_and(|upload| upload.space == call.space.id());
    if !is_here || !service.uploads.forget(&key) {
        return Err(Problem::UploadMissing.into());
    }
    call.on_disk(move |space| {
        space.drop_upload(&key);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The size that is announced (part B 4.1).
fn size(call: &Call) -> Result<Option<u64>, Fault> {
    let text = call.target.query.get("filesize").unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Fault::parameter("filesize is a number of bytes"))
}

fn uploaded(
    path: &RemotePath,
    facts: &Facts,
    crc64: u64,
    is_overwritten: bool,
    with_inode: bool,
) -> Uploaded {
    Uploaded {
        path: Some(work::components(path.as_str())),
        name: path.name().to_owned(),
        kind: entry::kind(facts.kind),
        inode: with_inode.then(|| facts.identity().text()),
        creation_time: Some(facts.created),
        modification_time: Some(facts.modified),
        content_type: Some(entry::media_type(path.name()).to_owned()),
        size: Some(facts.size),
        e_tag: Some(facts.e_tag()),
        crc64: Some(crc64),
        is_overwritten,
    }
}
