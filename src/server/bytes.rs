//! The door for bytes: signed URLs that need no token, as object storage has them (part B 3.2 and
//! 4.1). Knows nothing of the rest of the protocol.

mod range;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::hmac;
use tokio::sync::mpsc;

use crate::domain::path::RemotePath;

use super::entry::media_type;
use super::error::Fault;
use super::request::text;
use super::service::{Service, on_disk};
use super::space::Space;
use super::space::facts::Facts;
use super::space::problem::Problem;
use super::space::restore::name_of;
use super::thumbs::Shape;
use super::uploads::Stage;
use range::Wanted;

const PREFIX: &str = "/cos/";

/// The longest time for which a URL is good, in seconds.
pub const LIFETIME: usize = 7200;

/// So much is read at once.
const PIECE: usize = 256 << 10;

/// What stays as it is in one component of a path.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A signed URL; a secret.
pub struct Link {
    /// The URL.
    pub url: String,
    /// When it stops working.
    pub expires: Timestamp,
}

/// Whether a URL comes to this door.
pub fn is_ours(uri: &Uri) -> bool {
    uri.path().starts_with(PREFIX)
}

/// A URL for the bytes of a file.
pub fn link_to_file(service: &Service, path: &RemotePath, seconds: usize) -> Link {
    let escaped: Vec<String> = path
        .components()
        .map(|name| utf8_percent_encode(name, COMPONENT).to_string())
        .collect();
    link(service, "file", path.as_str(), &escaped.join("/"), seconds)
}

/// A URL for the bytes of a file in the bin.
pub fn link_to_recycled(service: &Service, id: u64, seconds: usize) -> Link {
    let id = id.to_string();
    link(service, "recycled", &id, &id, seconds)
}

/// A URL for the bytes of an old version of a file that has this name now.
pub fn link_to_version(service: &Service, id: u64, name: &str, seconds: usize) -> Link {
    let target = format!("{id}/{name}");
    let escaped = format!("{id}/{}", utf8_percent_encode(name, COMPONENT));
    link(service, "history", &target, &escaped, seconds)
}

/// A URL for a small picture of what these components name: `file` and a path, `history` and number
/// and name, `recycled` and number and name.
pub fn link_to_thumb(service: &Service, shape: Shape, source: &[&str]) -> Link {
    let shape = shape.text();
    let target = format!("{shape}/{}", source.join("/"));
    let escaped: Vec<String> = source
        .iter()
        .map(|name| utf8_percent_encode(name, COMPONENT).to_string())
        .collect();
    let escaped = format!("{shape}/{}", escaped.join("/"));
    link(service, "preview", &target, &escaped, LIFETIME)
}

/// Where the bytes of an upload go.
pub fn upload_path(key: &str) -> String {
    format!("{PREFIX}upload/{key}")
}

/// What must come along with them.
pub fn upload_signature(service: &Service, key: &str) -> String {
    hex(hmac::sign(&service.key, format!("upload\n{key}").as_bytes()).as_ref())
}

/// Serves a request that came to this door.
pub async fn serve(service: &Service, request: Request) -> Result<Response, Fault> {
    let (request, body) = request.into_parts();
    let path = request.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let parts: Vec<&str> = path.splitn(4, '/').collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET | &Method::HEAD, ["file", expires, signature, path]) => {
            let components: Vec<_> = path.split('/').map(decode).collect();
            let target = components.join("/");
            if !is_signed(service, "file", &target, expires, signature) {
                return Ok(denied());
            }
            let path = Space::path(&target)?;
            let opened = on_disk(&service.home, {
                let path = path.clone();
                move |space| space.open_file(&path)
            });
            Ok(send(&request, path.name(), opened.await))
        }
        (&Method::GET | &Method::HEAD, ["recycled", expires, signature, id]) => {
            if !is_signed(service, "recycled", id, expires, signature) {
                return Ok(denied());
            }
            let Ok(id) = id.parse() else {
                return Ok(denied());
            };
            let row = on_disk(&service.home, move |space| space.bin_row(id)).await;
            let opened = on_disk(&service.home, move |space| space.open_recycled(id));
            let name = row
                .map(|row| name_of(&row.recycled.path))
                .unwrap_or_default();
            Ok(send(&request, &name, opened.await))
        }
        (&Method::GET | &Method::HEAD, ["history", expires, signature, target]) => {
            let target = decode(target);
            if !is_signed(service, "history", &target, expires, signature) {
                return Ok(denied());
            }
            let Some((id, name)) = target.split_once('/') else {
                return Ok(denied());
            };
            let Ok(id) = id.parse() else {
                return Ok(denied());
            };
            let opened = on_disk(&service.home, move |space| space.open_version_by_id(id));
            Ok(send(&request, name, opened.await))
        }
        (&Method::GET | &Method::HEAD, ["preview", expires, signature, target]) => {
            let components: Vec<_> = target.split('/').map(decode).collect();
            let target = components.join("/");
            if !is_signed(service, "preview", &target, expires, signature) {
                return Ok(denied());
            }
            Ok(send_thumb(service, &target).await)
        }
        (&Method::PUT, ["upload", key]) => receive(service, key, &request.headers, body).await,
        _ => Ok(xml(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "There is nothing here",
        )),
    }
}

fn decode(component: &str) -> String {
    let raw: Vec<u8> = percent_decode_str(component).collect();
    text(&raw)
}

fn link(service: &Service, kind: &str, target: &str, escaped: &str, seconds: usize) -> Link {
    let seconds = i64::try_from(seconds).unwrap_or(0);
    let expires = service.now() + SignedDuration::from_secs(seconds);
    let until = expires.as_second();
    let signature = hex(sign(service, kind, target, until).as_ref());
    Link {
        url: format!(
            "http://{}{PREFIX}{kind}/{until}/{signature}/{escaped}",
            service.host()
        ),
        expires,
    }
}

fn sign(service: &Service, kind: &str, target: &str, until: i64) -> hmac::Tag {
    hmac::sign(
        &service.key,
        format!("{kind}\n{until}\n{target}").as_bytes(),
    )
}

fn is_signed(service: &Service, kind: &str, target: &str, expires: &str, signature: &str) -> bool {
    let Ok(until) = expires.parse() else {
        return false;
    };
    let is_ours = hex(sign(service, kind, target, until).as_ref()) == signature;
    is_ours && service.now().as_second() < until
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Sends a file or the part of it that was asked for, piece by piece.
fn send(request: &Parts, name: &str, opened: Result<(File, Facts), Fault>) -> Response {
    let Ok((file, facts)) = opened else {
        return xml(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "The file is not there any more",
        );
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(name)),
    );
    if let Ok(tag) = HeaderValue::from_str(&facts.e_tag()) {
        headers.insert(header::ETAG, tag);
    }
    if request.uri.query() == Some("response-content-disposition=attachment") {
        let name = utf8_percent_encode(name, COMPONENT);
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    let (status, start, end) = match range::wanted(&request.headers, &facts) {
        Wanted::All => (StatusCode::OK, 0, facts.size),
        Wanted::Part(start, end) => {
            insert(
                &mut headers,
                header::CONTENT_RANGE,
                &format!("bytes {start}-{}/{}", end - 1, facts.size),
            );
            (StatusCode::PARTIAL_CONTENT, start, end)
        }
        Wanted::Nothing => {
            insert(
                &mut headers,
                header::CONTENT_RANGE,
                &format!("bytes */{}", facts.size),
            );
            return (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response();
        }
    };
    insert(
        &mut headers,
        header::CONTENT_LENGTH,
        &(end - start).to_string(),
    );
    let body = if request.method == Method::HEAD {
        Body::empty()
    } else {
        stream_of(file, start, end)
    };
    (status, headers, body).into_response()
}

/// Sends a small picture; one that was forgotten meanwhile is made again.
async fn send_thumb(service: &Service, target: &str) -> Response {
    let gone = || xml(StatusCode::NOT_FOUND, "NoSuchKey", "There is no preview");
    let Some((shape, source)) = target.split_once('/') else {
        return gone();
    };
    let source = source.to_owned();
    let opened = on_disk(&service.home, move |space| {
        let (kind, rest) = source.split_once('/').unwrap_or_default();
        let number = || rest.split('/').next().unwrap_or_default().parse();
        match (kind, number()) {
            ("file", _) => space.open_file(&Space::path(rest)?),
            ("history", Ok(id)) => space.open_version_by_id(id),
            ("recycled", Ok(id)) => space.open_recycled(id),
            _ => Err(Problem::FileMissing),
        }
    });
    let (Some(shape), Ok((file, facts))) = (Shape::parse(shape), opened.await) else {
        return gone();
    };
    let Some(thumb) = service.thumbs.of(file, &facts, shape).await else {
        return gone();
    };
    let headers = [(header::CONTENT_TYPE, thumb.media_type)];
    (StatusCode::OK, headers, thumb.bytes.clone()).into_response()
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn stream_of(file: File, start: u64, end: u64) -> Body {
    let file = Arc::new(file);
    let pieces = stream::try_unfold(start, move |at| {
        let file = Arc::clone(&file);
        async move {
            if at >= end {
                return Ok(None);
            }
            let wanted = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            let read = tokio::task::spawn_blocking(move || {
                let mut piece = vec![0; wanted];
                file.read_exact_at(&mut piece, at)?;
                Ok::<_, std::io::Error>(piece)
            });
            let piece = read.await.map_err(std::io::Error::other)??;
            let next = at + piece.len() as u64;
            Ok::<_, std::io::Error>(Some((Bytes::from(piece), next)))
        }
    });
    Body::from_stream(pieces)
}

/// Takes the bytes of an upload.
async fn receive(
    service: &Service,
    key: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let given = headers.get("x-cos-security-token");
    let is_signed = given.is_some_and(|given| given == upload_signature(service, key).as_str());
    let Some(upload) = service
        .uploads
        .get(key, service.now())
        .filter(|_| is_signed)
    else {
        return Ok(denied());
    };
    match upload.stage {
        Stage::Confirmed => return Ok(denied()),
        // Sent again: the first bytes do not count any more.
        Stage::Arrived { .. } => {
            service.uploads.advance(key, upload.stage, Stage::Awaited);
        }
        Stage::Awaited => {}
    }
    let (pieces, mut inbox) = mpsc::channel::<Bytes>(8);
    let writing = tokio::spawn({
        let space = Arc::clone(&service.home);
        let key = key.to_owned();
        async move {
            tokio::task::spawn_blocking(move || {
                let mut arrival = space.begin_arrival(&key)?;
                while let Some(piece) = inbox.blocking_recv() {
                    arrival.add(&piece)?;
                }
                Ok::<_, Problem>(arrival.finish()?)
            })
            .await
        }
    });
    let mut body = body.into_data_stream();
    let mut is_whole = true;
    while let Some(piece) = body.next().await {
        let Ok(piece) = piece else {
            is_whole = false;
            break;
        };
        // A writer that is gone says why below.
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    drop(pieces);
    let written = writing
        .await
        .and_then(|written| written)
        .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))?;
    if !is_whole {
        return Ok(xml(
            StatusCode::BAD_REQUEST,
            "IncompleteBody",
            "The body was cut short",
        ));
    }
    let crc64 = written?;
    service
        .uploads
        .advance(key, Stage::Awaited, Stage::Arrived { crc64 });
    Ok((
        StatusCode::OK,
        [("x-cos-hash-crc64ecma", crc64.to_string())],
    )
        .into_response())
}

fn denied() -> Response {
    xml(
        StatusCode::FORBIDDEN,
        "AccessDenied",
        "Request has expired or is not signed",
    )
}

/// Object storage answers errors in XML (part B 3.2).
fn xml(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version='1.0' encoding='utf-8' ?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>\n"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}
