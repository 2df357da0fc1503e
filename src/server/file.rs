//! Files over HTTP: look, download, move, delete; and where an upload begins (part B sections 3
//! and 4).

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::protocol::directory::Placed;
use crate::protocol::file::Info;

use super::directory::{Put, delete_one};
use super::error::Fault;
use super::request::Call;
use super::space::Space;
use super::space::cas::Conditions;
use super::space::facts::{Facts, Kind};
use super::space::problem::Problem;
use super::space::remove::Expected;
use super::space::rename::Strategy;
use super::space::rules::Rules;
use super::space::work;
use super::token::Grant;
use super::{bytes, entry, upload};

/// `HEAD` (part B 3.1).
pub async fn exists(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    let name = path.name().to_owned();
    let (facts, sum) = call
        .on_disk(move |space| {
            let (file, facts) = space.open_file(&path)?;
            let sum = space.sum(&file, &facts)?;
            Ok((facts, sum))
        })
        .await?;
    Ok((
        StatusCode::OK,
        headers(&name, &facts, Some(sum), call.space.rules()),
    )
        .into_response())
}

/// `GET ?info` (part B 3.3).
pub async fn info(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let is_only_a_check = query.is_set("pre_check")?;
    let lifetime = query.number("period", bytes::LIFETIME, bytes::LIFETIME)?;
    let path = call.target.path()?;
    let name = path.name().to_owned();
    let link = (!is_only_a_check).then(|| bytes::link_to_file(&call, &path, lifetime));
    let (facts, crc64) = call
        .on_disk(move |space| {
            let facts = space.look(&path).map_err(as_missing_file)?;
            let crc64 = match facts.kind {
                Kind::Directory => return Err(Problem::FileMissing),
                Kind::Symlink | Kind::Other => None,
                Kind::File => {
                    let (file, facts) = space.open_file(&path)?;
                    Some(space.sum(&file, &facts)?)
                }
            };
            Ok((facts, crc64))
        })
        .await?;
    let is_file = facts.kind == Kind::File;
    let link = link.filter(|_| is_file);
    Ok(Json(Info {
        cos_url_expiration: link.as_ref().map(|link| link.expires),
        cos_url: link.map(|link| link.url),
        kind: entry::type_of(facts.kind, &name, call.space.rules()),
        creation_time: Some(facts.created),
        modification_time: Some(facts.modified),
        content_type: is_file.then(|| entry::media_type(&name).to_owned()),
        size: is_file.then_some(facts.size),
        e_tag: Some(facts.e_tag()),
        crc64,
        file_type: is_file.then(|| entry::file_type(&name).to_owned()),
        meta_data: None,
    })
    .into_response())
}

/// `GET`: to the URL of the bytes (part B 3.2).
pub async fn download(call: Call) -> Result<Response, Fault> {
    let limit = bytes::traffic_limit(&call.target.query)?;
    let path = call.target.path()?;
    let name = path.name().to_owned();
    let mut link = bytes::link_to_file_at(&call, &path, bytes::LIFETIME, limit);
    if call.target.query.get("content_disposition") == Some("attachment") {
        link.add("response-content-disposition=attachment");
    }
    // Not the sum, unless it is known: whoever wants the bytes should not wait for them to be read
    // twice.
    let (facts, sum) = call
        .on_disk(move |space| {
            let (_, facts) = space.open_file(&path)?;
            Ok((facts, space.known_sum(&facts)))
        })
        .await?;
    let mut headers = headers(&name, &facts, sum, call.space.rules());
    headers.insert(
        header::LOCATION,
        HeaderValue::from_str(&link.url)
            .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))?,
    );
    Ok((StatusCode::FOUND, headers).into_response())
}

/// `PUT`: a move where the body says from where, else the beginning of an upload (part B 3.5, 4.1).
pub async fn put(call: Call) -> Result<Response, Fault> {
    let access = &call.access;
    let path = call.target.path()?;
    let strategy = call.target.query.strategy(Strategy::Rename)?;
    let body = call.json::<Put>()?.unwrap_or_default();
    if body.copy_from.is_some() || body.link_to.is_some() || body.from_template.is_some() {
        return Err(Fault::missing_function());
    }
    let Some(from) = body.from else {
        return upload::begin(&call, path, strategy).await;
    };
    let needed = match strategy {
        Strategy::Ask | Strategy::Rename => Grant::MoveFile,
        Strategy::Overwrite => Grant::MoveFileForce,
    };
    if !access.allows(needed) {
        return Err(Problem::NoPermission.into());
    }
    let from = Space::path(&from)?;
    let placed = call
        .on_disk(move |space| space.move_file(&from, &path, strategy, Conditions::default()))
        .await?;
    Ok(Json(Placed {
        path: Some(work::components(placed.as_str())),
    })
    .into_response())
}

/// `DELETE` (part B 3.4).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    // A client that sends this wants nothing deleted if the content is another one; this service
    // has no such tokens, and to ignore the wish would be to delete too much.
    if call.target.query.get("content_cas").is_some() {
        return Err(Fault::missing_function());
    }
    delete_one(&call, Expected::File).await
}

fn as_missing_file(problem: Problem) -> Problem {
    match problem {
        Problem::PathMissing | Problem::DirectoryMissing => Problem::FileMissing,
        other => other,
    }
}

/// The details as headers (part B 3.1).
fn headers(name: &str, facts: &Facts, crc64: Option<u64>, rules: Rules) -> HeaderMap {
    let kind: String = entry::type_of(facts.kind, name, rules).into();
    let mut pairs = vec![
        ("x-smh-type", kind),
        ("x-smh-creation-time", format!("{:.3}", facts.created)),
        ("x-smh-modification-time", format!("{:.3}", facts.modified)),
        ("x-smh-content-type", entry::media_type(name).to_owned()),
        ("x-smh-size", facts.size.to_string()),
        ("x-smh-etag", facts.e_tag()),
    ];
    if let Some(crc64) = crc64 {
        pairs.push(("x-smh-crc64", crc64.to_string()));
    }
    pairs
        .into_iter()
        .filter_map(|(name, value)| {
            let value = HeaderValue::from_str(&value).ok()?;
            Some((HeaderName::from_static(name), value))
        })
        .collect()
}
