//! The door for bytes: signed URLs that need no token, as object storage has them (part B 3.2 and
//! 4.1). Knows nothing of the rest of the protocol.

mod answer;
mod conditions;
mod pace;
mod range;
mod receive;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::hmac;
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use crate::domain::path::RemotePath;

use super::entry::media_type;
use super::error::Fault;
use super::ledger::PartRow;
use super::request::{Call, Query, text};
use super::service::{Service, on_disk};
use super::space::Space;
use super::space::facts::Facts;
use super::space::problem::Problem;
use super::space::restore::name_of;
use super::thumbs::Shape;
use answer::{denied, expired, xml};
use conditions::Verdict;
use pace::Pace;
pub use pace::RATES;
use range::Wanted;

/// All URLs of this door begin so.
pub const PREFIX: &str = "/cos/";

/// The longest time for which a URL is good, in seconds.
pub const LIFETIME: usize = 7200;

/// The parameter of a URL that says how many bytes per second it may have.
const LIMIT: &str = "x-traffic-limit";

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

/// The header that must come along with the bytes of an upload.
pub const TOKEN: &str = "x-cos-security-token";

/// Whether a request comes to this door; forms are sent to the root (part B 4.3).
pub fn is_ours(method: &Method, uri: &Uri) -> bool {
    uri.path().starts_with(PREFIX) || (*method == Method::POST && uri.path() == "/")
}

impl Link {
    /// Adds a parameter that is not signed.
    pub fn add(&mut self, parameter: &str) {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        self.url.push(mark);
        self.url.push_str(parameter);
    }
}

/// A URL for the bytes of a file, perhaps for so many bytes per second.
pub fn link_to_file(call: &Call, path: &RemotePath, seconds: usize, limit: Option<u64>) -> Link {
    let escaped: Vec<String> = path
        .components()
        .map(|name| utf8_percent_encode(name, COMPONENT).to_string())
        .collect();
    let what = Signed {
        kind: "file",
        space: call.space.id(),
        target: path.as_str(),
        limit,
    };
    link(call, &what, &escaped.join("/"), seconds)
}

/// A URL for the bytes of a file in the bin.
pub fn link_to_recycled(call: &Call, id: u64, seconds: usize) -> Link {
    let id = id.to_string();
    let what = Signed {
        kind: "recycled",
        space: call.space.id(),
        target: &id,
        limit: None,
    };
    link(call, &what, &id, seconds)
}

/// The `traffic_limit` of a request (part B 3.2).
pub fn traffic_limit(query: &Query) -> Result<Option<u64>, Fault> {
    let Some(text) = query.get("traffic_limit").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(limit) if RATES.contains(&limit) => Ok(Some(limit)),
        _ => Err(Fault::parameter(
            "traffic_limit is from 102400 to 104857600 bytes per second",
        )),
    }
}

/// A URL for the bytes of an old version of a file that has this name now.
pub fn link_to_version(
    call: &Call,
    id: u64,
    name: &str,
    seconds: usize,
    limit: Option<u64>,
) -> Link {
    let what = Signed {
        kind: "history",
        space: call.space.id(),
        target: &format!("{id}/{name}"),
        limit,
    };
    let escaped = format!("{id}/{}", utf8_percent_encode(name, COMPONENT));
    link(call, &what, &escaped, seconds)
}

/// A URL for a small picture of what these components name: `file` and a path, `history` and number
/// and name, `recycled` and number and name.
pub fn link_to_thumb(call: &Call, shape: Shape, source: &[&str]) -> Link {
    let shape = shape.text();
    let what = Signed {
        kind: "preview",
        space: call.space.id(),
        target: &format!("{shape}/{}", source.join("/")),
        limit: None,
    };
    let escaped: Vec<String> = source
        .iter()
        .map(|name| utf8_percent_encode(name, COMPONENT).to_string())
        .collect();
    let escaped = format!("{shape}/{}", escaped.join("/"));
    link(call, &what, &escaped, LIFETIME)
}

/// Where the bytes of an upload go.
pub fn upload_path(space: &str, key: &str) -> String {
    format!("{PREFIX}{}", upload_key(space, key))
}

/// The same as the name of an object.
pub fn upload_key(space: &str, key: &str) -> String {
    format!("upload/{}/{key}", utf8_percent_encode(space, COMPONENT))
}

/// The tag of a part that has arrived: clients compare it with the MD5 of what they sent.
pub fn part_tag(part: &PartRow) -> String {
    format!("\"{}\"", part.md5)
}

/// Serves a request that came to this door.
pub async fn serve(service: &Arc<Service>, request: Request) -> Result<Response, Fault> {
    let (request, body) = request.into_parts();
    let path = request.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let parts: Vec<&str> = path.splitn(5, '/').collect();
    let limit = Query::parse(request.uri.query().unwrap_or_default())
        .get(LIMIT)
        .and_then(|limit| limit.parse().ok());
    match (&request.method, parts.as_slice()) {
        (&Method::GET | &Method::HEAD, ["file", space, expires, signature, path]) => {
            let components: Vec<_> = path.split('/').map(decode).collect();
            let target = components.join("/");
            let what = Signed {
                kind: "file",
                space,
                target: &target,
                limit,
            };
            if let Some(answer) = refusal(service, &what, expires, signature) {
                return Ok(answer);
            }
            let path = Space::path(&target)?;
            let space = service.enter(space).await?;
            let opened = on_disk(&space, {
                let path = path.clone();
                move |space| space.open_file(&path)
            })
            .await;
            let rate = rate(service, &space, limit).await?;
            Ok(send(&request, path.name(), opened, rate))
        }
        (&Method::GET | &Method::HEAD, ["recycled", space, expires, signature, id]) => {
            let what = Signed {
                kind: "recycled",
                space,
                target: id,
                limit,
            };
            if let Some(answer) = refusal(service, &what, expires, signature) {
                return Ok(answer);
            }
            let Ok(id) = id.parse() else {
                return Ok(denied());
            };
            let space = service.enter(space).await?;
            let row = on_disk(&space, move |space| space.bin_row(id)).await;
            let opened = on_disk(&space, move |space| space.open_recycled(id)).await;
            let name = row
                .map(|row| name_of(&row.recycled.path))
                .unwrap_or_default();
            let rate = rate(service, &space, limit).await?;
            Ok(send(&request, &name, opened, rate))
        }
        (&Method::GET | &Method::HEAD, ["history", space, expires, signature, target]) => {
            let target = decode(target);
            let what = Signed {
                kind: "history",
                space,
                target: &target,
                limit,
            };
            if let Some(answer) = refusal(service, &what, expires, signature) {
                return Ok(answer);
            }
            let Some((id, name)) = target.split_once('/') else {
                return Ok(denied());
            };
            let Ok(id) = id.parse() else {
                return Ok(denied());
            };
            let space = service.enter(space).await?;
            let opened = on_disk(&space, move |space| space.open_version_by_id(id)).await;
            let rate = rate(service, &space, limit).await?;
            Ok(send(&request, name, opened, rate))
        }
        (&Method::GET | &Method::HEAD, ["preview", space, expires, signature, target]) => {
            let components: Vec<_> = target.split('/').map(decode).collect();
            let target = components.join("/");
            let what = Signed {
                kind: "preview",
                space,
                target: &target,
                limit,
            };
            if let Some(answer) = refusal(service, &what, expires, signature) {
                return Ok(answer);
            }
            let space = service.enter(space).await?;
            Ok(send_thumb(service, &space, &target).await)
        }
        (&Method::PUT, ["upload", space, key]) => {
            Ok(receive::put(service, (&decode(space), key), &request, body).await)
        }
        (&Method::POST, _) => Ok(receive::post(service, &request.headers, body).await),
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

/// What a signature is for.
struct Signed<'a> {
    kind: &'a str,
    space: &'a str,
    target: &'a str,
    limit: Option<u64>,
}

impl Signed<'_> {
    /// The text that is signed. Only the target may hold any character, and it comes last.
    fn text(&self, until: i64) -> String {
        let limit = self.limit.unwrap_or_default();
        format!(
            "{}\n{}\n{until}\n{limit}\n{}",
            self.kind, self.space, self.target
        )
    }
}

fn link(call: &Call, what: &Signed<'_>, escaped: &str, seconds: usize) -> Link {
    let service = &call.service;
    let seconds = i64::try_from(seconds).unwrap_or(0);
    let expires = service.now() + SignedDuration::from_secs(seconds);
    let until = expires.as_second();
    let signature = hmac::sign(&service.key, what.text(until).as_bytes());
    let mut link = Link {
        url: format!(
            "http://{}{PREFIX}{}/{}/{until}/{}/{escaped}",
            call.host(),
            what.kind,
            what.space,
            hex(signature.as_ref())
        ),
        expires,
    };
    if let Some(limit) = what.limit {
        link.add(&format!("{LIMIT}={limit}"));
    }
    link
}

/// The answer to a URL that this service did not give, or whose time is over.
fn refusal(
    service: &Service,
    what: &Signed<'_>,
    expires: &str,
    signature: &str,
) -> Option<Response> {
    let Ok(until) = expires.parse() else {
        return Some(denied());
    };
    let ours = hmac::sign(&service.key, what.text(until).as_bytes());
    if !is_equal(&hex(ours.as_ref()), signature) {
        return Some(denied());
    }
    (service.now().as_second() >= until).then(expired)
}

/// Compares in a time that does not tell how much of it is right.
fn is_equal(ours: &str, given: &str) -> bool {
    ours.as_bytes().ct_eq(given.as_bytes()).into()
}

/// How many bytes per second one download may have: what its URL and its space say.
async fn rate(
    service: &Arc<Service>,
    space: &Space,
    limit: Option<u64>,
) -> Result<Option<u64>, Fault> {
    let id = space.id().to_owned();
    let row = on_disk(&service.home, move |home| home.space_row(&id)).await?;
    Ok(limit.into_iter().chain(row.traffic).min())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Sends a file or the part of it that was asked for, piece by piece.
fn send(
    request: &Parts,
    name: &str,
    opened: Result<(File, Facts), Fault>,
    rate: Option<u64>,
) -> Response {
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
    let query = Query::parse(request.uri.query().unwrap_or_default());
    if query.get("response-content-disposition") == Some("attachment") {
        let name = utf8_percent_encode(name, COMPONENT);
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    if let Some(time) = conditions::last_modified(&facts) {
        insert(&mut headers, header::LAST_MODIFIED, &time);
    }
    match conditions::verdict(&request.headers, &facts) {
        Verdict::Send => {}
        Verdict::NotModified => return (StatusCode::NOT_MODIFIED, headers).into_response(),
        Verdict::Failed => {
            return xml(
                StatusCode::PRECONDITION_FAILED,
                "PreconditionFailed",
                "At least one of the preconditions you specified did not hold",
            );
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
        stream_of(file, start, end, rate)
    };
    (status, headers, body).into_response()
}

/// Sends a small picture; one that was forgotten meanwhile is made again.
async fn send_thumb(service: &Service, space: &Arc<Space>, target: &str) -> Response {
    let gone = || xml(StatusCode::NOT_FOUND, "NoSuchKey", "There is no preview");
    let Some((shape, source)) = target.split_once('/') else {
        return gone();
    };
    let source = source.to_owned();
    let opened = on_disk(space, move |space| {
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

fn stream_of(file: File, start: u64, end: u64, rate: Option<u64>) -> Body {
    let file = Arc::new(file);
    let pace = rate.map(Pace::new);
    let begun = Instant::now();
    // A slow download goes in small pieces, so that it is slow and not now and then.
    let piece = pace.map_or(PIECE, |pace| pace.piece().min(PIECE));
    let pieces = stream::try_unfold(start, move |at| {
        let file = Arc::clone(&file);
        async move {
            if at >= end {
                return Ok(None);
            }
            if let Some(pace) = pace {
                tokio::time::sleep_until(begun + pace.due(at - start)).await;
            }
            let wanted = usize::try_from(end - at).unwrap_or(piece).min(piece);
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
