//! Bytes that come in: in one request, in parts, or as the file of a form (part B 4.1 to 4.3).
//! Never more of them are in memory than a few pieces.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::sync::mpsc;

use crate::server::error::Fault;
use crate::server::ledger::PartRow;
use crate::server::request::Query;
use crate::server::service::{Service, on_disk};
use crate::server::space::Space;
use crate::server::space::problem::Problem;
use crate::server::space::uploads::{MOST_PARTS, Upload, Way};

use super::answer::{denied, expired, no_upload, refused, xml};
use super::{TOKEN, is_equal, part_tag};

/// The most bytes of one request (part B 4.2).
const LARGEST_PART: u64 = 5 << 30;

/// The longest value of a form's field, in bytes.
const LONGEST_FIELD: u64 = 64 << 10;

/// Why bytes were not taken.
enum Refusal {
    /// They were cut short.
    Cut,
    /// They are too many.
    TooMany,
    /// The space could not take them.
    Fault(Fault),
}

/// `PUT`: a whole file or a part of it.
pub async fn put(
    service: &Arc<Service>,
    (space, key): (&str, &str),
    request: &Parts,
    body: Body,
) -> Response {
    let query = Query::parse(request.uri.query().unwrap_or_default());
    let token = request
        .headers
        .get(TOKEN)
        .and_then(|token| token.to_str().ok());
    let upload_id = query.get("uploadId");
    let (space, upload) = match admit(service, (space, key), token).await {
        Ok(admitted) => admitted,
        // The token of an upload that is gone cannot be looked at.
        Err(Refused::Gone) if upload_id.is_some() => return no_upload(),
        Err(Refused::Gone) => return denied(),
        Err(Refused::Answer(answer)) => return *answer,
    };
    let number = match (&upload.wish.way, upload_id) {
        (Way::Multipart(own), Some(id)) if own == id && upload.settled.is_none() => {
            match query.number("partNumber", 0, MOST_PARTS as usize) {
                Ok(number @ 1..) => u32::try_from(number).unwrap_or(MOST_PARTS),
                Ok(_) | Err(_) => {
                    return xml(
                        StatusCode::BAD_REQUEST,
                        "InvalidArgument",
                        "Part number must be an integer between 1 and 10000, inclusive",
                    );
                }
            }
        }
        (_, Some(_)) => return no_upload(),
        (Way::Simple, None) if upload.settled.is_none() => 1,
        (_, None) => return denied(),
    };
    if announced(&request.headers).is_some_and(|size| size > LARGEST_PART) {
        return refusal(Refusal::TooMany);
    }
    match take(&space, &upload.key, number, body.into_data_stream()).await {
        Ok(part) => (StatusCode::OK, tags(&part)).into_response(),
        Err(why) => refusal(why),
    }
}

/// `POST` of a form: its fields, then the file.
pub async fn post(service: &Arc<Service>, headers: &HeaderMap, body: Body) -> Response {
    let malformed = || {
        xml(
            StatusCode::BAD_REQUEST,
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data",
        )
    };
    let boundary = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| multer::parse_boundary(value).ok());
    let Some(boundary) = boundary else {
        return malformed();
    };
    let limits = SizeLimit::new()
        .per_field(LONGEST_FIELD)
        .for_field("file", LARGEST_PART);
    let limits = Constraints::new().size_limit(limits);
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
    let (mut key, mut token) = (None, None);
    loop {
        let Ok(Some(field)) = form.next_field().await else {
            return malformed();
        };
        match field.name().unwrap_or_default() {
            "key" => key = field.text().await.ok(),
            TOKEN => token = field.text().await.ok(),
            "file" => return file_of_form(service, key.as_deref(), token.as_deref(), field).await,
            // Fields that real services sign.
            _ => {}
        }
    }
}

async fn file_of_form(
    service: &Arc<Service>,
    key: Option<&str>,
    token: Option<&str>,
    file: Field<'_>,
) -> Response {
    let Some(names) = key
        .and_then(|key| key.trim_start_matches('/').strip_prefix("upload/"))
        .and_then(|key| key.split_once('/'))
    else {
        return denied();
    };
    let (space, upload) = match admit(service, names, token).await {
        Ok(admitted) => admitted,
        Err(Refused::Gone) => return denied(),
        Err(Refused::Answer(answer)) => return *answer,
    };
    if upload.wish.way != Way::Form || upload.settled.is_some() {
        return denied();
    }
    match take(&space, &upload.key, 1, file).await {
        Ok(part) => (StatusCode::NO_CONTENT, tags(&part)).into_response(),
        Err(why) => refusal(why),
    }
}

/// Why bytes are not let in.
enum Refused {
    /// The upload is not known.
    Gone,
    /// This is to be answered.
    Answer(Box<Response>),
}

/// The upload that bytes are for, if they may come.
async fn admit(
    service: &Arc<Service>,
    (space, key): (&str, &str),
    token: Option<&str>,
) -> Result<(Arc<Space>, Upload), Refused> {
    let answer = |response| Refused::Answer(Box::new(response));
    let space = service.enter(space).await.map_err(|_| answer(denied()))?;
    let found = on_disk(&space, {
        let key = key.to_owned();
        move |space| space.upload(&key)
    });
    let upload = found.await.map_err(|fault| match fault.code {
        "ConfirmKeyNotFound" => Refused::Gone,
        _ => answer(refused(&fault)),
    })?;
    if !is_equal(&upload.wish.token, token.unwrap_or_default()) {
        return Err(answer(denied()));
    }
    if upload.expires <= service.now() {
        return Err(answer(expired()));
    }
    Ok((space, upload))
}

/// Takes bytes to their end and notes them as a part.
async fn take<E>(
    space: &Arc<Space>,
    key: &str,
    number: u32,
    mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<PartRow, Refusal>
where
    E: std::error::Error + 'static,
{
    // None says that all bytes came: whoever is dropped in the middle says nothing.
    let (pieces, mut inbox) = mpsc::channel::<Option<Bytes>>(8);
    let writing = tokio::spawn({
        let space = Arc::clone(space);
        let key = key.to_owned();
        async move {
            on_disk(&space, move |space| {
                let mut arrival = space.begin_arrival(&key, number)?;
                loop {
                    match inbox.blocking_recv() {
                        Some(Some(piece)) => arrival.add(&piece)?,
                        Some(None) => return arrival.keep().map(Some),
                        None => return Ok::<_, Problem>(None),
                    }
                }
            })
            .await
        }
    });
    let mut size = 0;
    let mut why = None;
    loop {
        let piece = match bytes.next().await {
            None => None,
            Some(Ok(piece)) => Some(piece),
            Some(Err(error)) => {
                why = Some(if is_too_large(&error) {
                    Refusal::TooMany
                } else {
                    Refusal::Cut
                });
                break;
            }
        };
        size += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if size > LARGEST_PART {
            why = Some(Refusal::TooMany);
            break;
        }
        let is_end = piece.is_none();
        // A writer that is gone says why below.
        if pieces.send(piece).await.is_err() || is_end {
            break;
        }
    }
    drop(pieces);
    let written = writing
        .await
        .unwrap_or_else(|error| Err(Fault::new(500, "InternalServerError", error.to_string())))
        .map_err(Refusal::Fault);
    match (why, written?) {
        (Some(why), _) => Err(why),
        (None, None) => Err(Refusal::Cut),
        (None, Some(part)) => Ok(part),
    }
}

fn is_too_large<E: std::error::Error + 'static>(error: &E) -> bool {
    let error: &dyn std::error::Error = error;
    matches!(
        error.downcast_ref(),
        Some(multer::Error::FieldSizeExceeded { .. })
    )
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// What is said of bytes that arrived.
fn tags(part: &PartRow) -> [(&'static str, String); 2] {
    [
        ("etag", part_tag(part)),
        ("x-cos-hash-crc64ecma", part.crc64.to_string()),
    ]
}

fn refusal(why: Refusal) -> Response {
    match why {
        Refusal::Cut => xml(
            StatusCode::BAD_REQUEST,
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        ),
        Refusal::TooMany => xml(
            StatusCode::BAD_REQUEST,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed object size",
        ),
        Refusal::Fault(fault) => refused(&fault),
    }
}
