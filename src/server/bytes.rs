//! The door for bytes: signed URLs that need no token, as object storage has them (part B 3.2 and
//! 4.1). Knows nothing of the rest of the protocol.

mod answer;
mod conditions;
mod links;
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
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use tokio::time::Instant;

use super::entry::media_type;
use super::error::Fault;
use super::ledger::PartRow;
use super::request::{Query, text};
use super::service::{Service, on_disk};
use super::space::Space;
use super::space::facts::Facts;
use super::space::problem::Problem;
use super::space::restore::name_of;
use super::thumbs::Look;
use answer::{denied, xml};
use conditions::Verdict;
use links::{COMPONENT, LIMIT, Signed, is_equal, refusal};
pub use links::{
    Link, link_to_file, link_to_recycled, link_to_thumb, link_to_version, traffic_limit,
    upload_key, upload_path,
};
use pace::Pace;
pub use pace::RATES;
use range::Wanted;

/// All URLs of this door begin so.
pub const PREFIX: &str = "/cos/";

/// The longest time for which a URL is good, in seconds.
pub const LIFETIME: usize = 7200;

/// So much is read at once.
const PIECE: usize = 256 << 10;

/// The header that must come along with the bytes of an upload.
pub const TOKEN: &str = "x-cos-security-token";

/// Whether a request comes to this door; forms are sent to the root (part B 4.3).
pub fn is_ours(method: &Method, uri: &Uri) -> bool {
    uri.path().starts_with(PREFIX) || (*method == Method::POST && uri.path() == "/")
}

/// The tag of a part that has arrived.
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
        (&Method::GET | &Method::HEAD, [kind, space, expires, signature, target]) => {
            let components: Vec<_> = target.split('/').map(decode).collect();
            let what = Signed {
                kind,
                space,
                target: &components.join("/"),
                limit,
            };
            match refusal(service, &what, expires, signature) {
                Some(answer) => Ok(answer),
                None => serve_signed(service, &request, &what).await,
            }
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

/// Serves what a signature that holds is for.
async fn serve_signed(
    service: &Arc<Service>,
    request: &Parts,
    what: &Signed<'_>,
) -> Result<Response, Fault> {
    let space = service.enter(what.space).await?;
    let rate = rate(service, &space, what.limit).await?;
    let (number, rest) = what.target.split_once('/').unwrap_or((what.target, ""));
    let number = number.parse().ok();
    let (name, opened) = match (what.kind, number) {
        ("file", _) => {
            let path = Space::path(what.target)?;
            let name = path.name().to_owned();
            (
                name,
                on_disk(&space, move |space| space.open_file(&path)).await,
            )
        }
        ("recycled", Some(id)) => {
            let row = on_disk(&space, move |space| space.bin_row(id)).await;
            let opened = on_disk(&space, move |space| space.open_recycled(id)).await;
            let name = row.map(|row| name_of(&row.recycled.path));
            (name.unwrap_or_default(), opened)
        }
        ("history", Some(id)) => {
            let opened = on_disk(&space, move |space| space.open_version_by_id(id)).await;
            (rest.to_owned(), opened)
        }
        ("preview", _) => return Ok(send_thumb(service, &space, what.target).await),
        _ => return Ok(denied()),
    };
    Ok(send(request, &name, opened, rate))
}

fn decode(component: &str) -> String {
    let raw: Vec<u8> = percent_decode_str(component).collect();
    text(&raw)
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
    let Some((look, source)) = target.split_once('/') else {
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
    let (Some(look), Ok((file, facts))) = (Look::parse(look), opened.await) else {
        return gone();
    };
    let Some(thumb) = service.thumbs.of(file, &facts, look).await else {
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
