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

/// A page that is being written. What it says of itself comes first, and of that the marker: whoever
/// goes through a folder can ask for the next page as soon as this one begins to arrive.
pub struct PageWriter {
    json: Vec<u8>,
    sum: sums::Running,
    contents: usize,
    has_next: bool,
}

/// So many bytes an entry has, mostly.
const ENTRY: usize = 384;

const PLAIN: &str = "plain fields can be written as JSON";

impl PageWriter {
    /// A page of about so many entries; `head` has the fields that come before them, one at least.
    pub fn new<T: Serialize>(head: &T, next_marker: Option<&Opaque>, count: usize) -> Self {
        let mut json = Vec::with_capacity(count * ENTRY + ENTRY);
        serde_json::to_writer(&mut json, head).expect(PLAIN);
        json.pop();
        // A marker may differ from reading to reading, whatever it leads to, so the tag only goes by
        // whether there is one.
        let mut sum = sums::Running::new();
        sum.add(&json);
        if let Some(marker) = next_marker {
            json.extend_from_slice(b",\"nextMarker\":");
            serde_json::to_writer(&mut json, marker).expect(PLAIN);
        }
        json.extend_from_slice(b",\"contents\":[");
        Self {
            contents: json.len(),
            json,
            sum,
            has_next: next_marker.is_some(),
        }
    }

    /// Adds an entry.
    pub fn add<T: Serialize>(&mut self, entry: &T) {
        self.add_by(|json| serde_json::to_writer(json, entry).expect(PLAIN));
    }

    /// Adds an entry that is JSON already when it is written.
    pub fn add_by(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.json.len() > self.contents {
            self.json.push(b',');
        }
        write(&mut self.json);
    }

    /// Ends the page.
    pub fn finish(mut self) -> Tagged {
        self.sum.add(&self.json[self.contents..]);
        let sum = self.sum.sum() ^ u64::from(self.has_next);
        let tag = format!("\"{sum:016x}\"");
        let mut json = self.json;
        json.extend_from_slice(b"],\"eTag\":");
        serde_json::to_writer(&mut json, &tag).expect(PLAIN);
        json.push(b'}');
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
