//! Spoiled answers: made, broken off, edited. Knows no rules.

use std::io;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::{Map, Value, json};

use super::Marker;
use crate::server::random;

/// The code word that goes with a status (part A section 10).
pub fn usual_code(status: u16) -> &'static str {
    match status {
        400 => "ParamInvalid",
        401 | 403 => "NoPermission",
        404 => "PathNotFound",
        409 => "PathConflict",
        413 => "RequestEntityTooLarge",
        429 => "RateLimitExceeded",
        503 => "ServerOverloaded",
        _ => "InternalServerError",
    }
}

/// An error of the protocol.
pub fn error(status: u16, code: &str, retry_after: Option<u64>) -> Response {
    let id = random::hex::<16>().unwrap_or_default();
    let body = json!({ "code": code, "message": "a fault that was asked for", "requestId": id });
    let mut response = (status_of(status), Json(body)).into_response();
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    if let Some(seconds) = retry_after {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// Exactly this; what cannot be a header is left out.
pub fn answer(status: u16, headers: &[(String, String)], body: &str) -> Response {
    let mut response = (status_of(status), body.to_owned()).into_response();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What a proxy says when the service behind it does not answer it.
pub fn proxy_page(status: u16) -> Response {
    let status = status_of(status);
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1>\
         </center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

/// A body that breaks before anything was sent, so that not even the head goes out: the
/// connection is closed.
pub fn no_answer() -> Response {
    let broken = stream::iter([Err::<Bytes, _>(broken())]);
    Response::new(Body::from_stream(broken))
}

/// The head, half of the body, and no more.
pub async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return no_answer();
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    // One step later, so that the first half is sent before the connection breaks.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(broken())
    });
    let body = stream::iter([Ok(half)]).chain(end);
    Response::from_parts(parts, Body::from_stream(body))
}

/// The same answer under another content type.
pub fn with_type(mut response: Response, kind: &str) -> Response {
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// At most so many items failed, in a batch and in a task that is over.
pub fn fail_first(value: &mut Value, status: u16, count: usize) {
    each_object(value, &mut |object| {
        let Some(Value::Array(results)) = object.get_mut("result") else {
            return;
        };
        let failing = results.iter_mut().take(count);
        for result in failing.filter_map(Value::as_object_mut) {
            result.remove("recycledItemId");
            result.insert("status".to_owned(), status.into());
            result.insert("code".to_owned(), usual_code(status).into());
            result.insert("message".to_owned(), "a fault that was asked for".into());
        }
        if object.get("status").is_some_and(|status| status == 200) {
            object.insert("status".to_owned(), 207.into());
        }
    });
}

/// The results do not say what they are of.
pub fn without_paths(results: &mut [Value]) {
    for result in results.iter_mut().filter_map(Value::as_object_mut) {
        if let Some(path) = result.get_mut("path") {
            *path = Value::Null;
        }
    }
}

/// A page without entries, behind which those that it had still come.
pub fn empty(page: &mut Value, marker: &str) {
    let Some(page) = page.as_object_mut() else {
        return;
    };
    let Some(contents @ Value::Array(_)) = page.get_mut("contents") else {
        return;
    };
    *contents = Vec::<Value>::new().into();
    let is_number = page.get("nextMarker").is_some_and(Value::is_number);
    let marker = match marker.parse::<u64>() {
        Ok(number) if is_number => number.into(),
        _ => marker.into(),
    };
    page.insert("nextMarker".to_owned(), marker);
    if let Some(has_more) = page.get_mut("hasMore") {
        *has_more = true.into();
    }
}

/// The first item of each batch is not done yet.
pub fn leave_one_pending(value: &mut Value) {
    each_result(value, &mut |results| {
        if let Some(result) = results.first_mut().and_then(Value::as_object_mut) {
            result.remove("recycledItemId");
            result.insert("status".to_owned(), 202.into());
        }
    });
}

/// The lists of results in an answer.
pub fn each_result(value: &mut Value, edit: &mut impl FnMut(&mut Vec<Value>)) {
    each_object(value, &mut |object| {
        if let Some(Value::Array(results)) = object.get_mut("result") {
            edit(results);
        }
    });
}

/// These fields as text, where they are numbers.
pub fn as_text(value: &mut Value, fields: &[&str]) {
    each_object(value, &mut |object| {
        for field in fields {
            if let Some(value @ Value::Number(_)) = object.get_mut(*field) {
                *value = value.to_string().into();
            }
        }
    });
}

/// A field under another name.
pub fn rename(value: &mut Value, from: &str, to: &str) {
    each_object(value, &mut |object| {
        if let Some(field) = object.remove(from) {
            object.insert(to.to_owned(), field);
        }
    });
}

/// A marker in another spelling.
pub fn respell(value: &mut Value, marker: Marker) {
    let Some(page) = value
        .as_object_mut()
        .filter(|page| page.contains_key("contents"))
    else {
        return;
    };
    let next = page.get("nextMarker").filter(|next| !next.is_null());
    let spelled = match (marker, next) {
        (Marker::Text, Some(Value::Number(number))) => number.to_string().into(),
        (Marker::Number, Some(Value::String(text))) => match text.parse::<u64>() {
            Ok(number) => number.into(),
            // Nothing that a client could send back would be understood.
            Err(_) => return,
        },
        (Marker::Empty, None) => "".into(),
        (Marker::Null, None) => Value::Null,
        _ => return,
    };
    page.insert("nextMarker".to_owned(), spelled);
}

fn each_object(value: &mut Value, edit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            edit(object);
            for inner in object.values_mut() {
                each_object(inner, edit);
            }
        }
        Value::Array(values) => {
            for inner in values {
                each_object(inner, edit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn broken() -> io::Error {
    io::Error::other("the connection is closed because a fault says so")
}
