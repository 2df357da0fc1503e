//! Tags of answers, so that whoever has an answer already is not sent it again (part B 2.1).

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::space::sums;

/// The tag of an answer: another one as soon as anything in it is.
///
/// It is made from what is answered and not from the times of a folder, because those say nothing
/// of files that were changed in their place.
pub fn tag<T: Serialize>(answer: &T) -> String {
    let json = serde_json::to_vec(answer).expect("plain fields can be written as JSON");
    format!("\"{:016x}\"", sums::of(&json))
}

/// The answer, or that it is still the one that the caller has.
pub fn respond<T: Serialize>(headers: &HeaderMap, tag: &str, answer: &T) -> Response {
    let header = HeaderValue::from_str(tag).ok();
    let mut response = if is_known(headers, tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(answer).into_response()
    };
    if let Some(header) = header {
        response.headers_mut().insert(header::ETAG, header);
    }
    response
}

/// Whether the caller has the answer with this tag; quotes may be missing.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim();
        text.strip_prefix("W/")
            .unwrap_or(text)
            .trim_matches('"')
            .to_owned()
    };
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == "*" || plain(known) == plain(tag))
}
