//! Tags of answers, so that whoever has an answer already is not sent it again (part B 2.1).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::protocol::lenient::Opaque;

use super::space::sums;

/// A page as JSON with its tag: another one as soon as anything in the page is.
///
/// The tag is made from what is answered and not from the times of a folder, because those say
/// nothing of files that were changed in their place.
pub struct Tagged {
    json: Vec<u8>,
    tag: String,
}

/// A page that is being written, entry by entry: pages are long, and none of their entries is
/// needed any more once it is written.
pub struct PageWriter {
    json: Vec<u8>,
    is_empty: bool,
}

/// What comes after all else in a page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<&'a Opaque>,
    e_tag: &'a str,
}

/// So many bytes an entry has, mostly.
const ENTRY: usize = 384;

const PLAIN: &str = "plain fields can be written as JSON";

impl PageWriter {
    /// A page of about so many entries; `head` has the fields that come before them, one at least.
    pub fn new<T: Serialize>(head: &T, count: usize) -> Self {
        let mut json = Vec::with_capacity(count * ENTRY + ENTRY);
        serde_json::to_writer(&mut json, head).expect(PLAIN);
        json.pop();
        json.extend_from_slice(b",\"contents\":[");
        Self {
            json,
            is_empty: true,
        }
    }

    /// Adds an entry.
    pub fn add<T: Serialize>(&mut self, entry: &T) {
        self.add_by(|json| serde_json::to_writer(json, entry).expect(PLAIN));
    }

    /// Adds an entry that is JSON already when it is written.
    pub fn add_by(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if !std::mem::take(&mut self.is_empty) {
            self.json.push(b',');
        }
        write(&mut self.json);
    }

    /// Ends the page with where the next one begins. A marker may differ from reading to reading,
    /// whatever it leads to, so the tag only goes by whether there is one.
    pub fn finish(self, next_marker: Option<&Opaque>) -> Tagged {
        let mut json = self.json;
        let sum = sums::of(&json) ^ u64::from(next_marker.is_some());
        let tag = format!("\"{sum:016x}\"");
        let e_tag = tag.as_str();
        let rest = serde_json::to_vec(&Rest { next_marker, e_tag }).expect(PLAIN);
        json.extend_from_slice(b"],");
        json.extend_from_slice(&rest[1..]);
        Tagged { json, tag }
    }
}

impl Tagged {
    /// The answer, or that it is still the one that the caller has.
    pub fn respond(self, headers: &HeaderMap) -> Response {
        let tag = HeaderValue::from_str(&self.tag).ok();
        let mut response = if is_known(headers, &self.tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let kind = HeaderValue::from_static("application/json");
            ([(header::CONTENT_TYPE, kind)], self.json).into_response()
        };
        if let Some(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
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
