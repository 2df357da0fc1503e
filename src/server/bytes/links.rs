//! Signed URLs: made where somebody with a token asks for one, and checked at the door for bytes.

use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use subtle::ConstantTimeEq as _;

use crate::domain::path::RemotePath;
use crate::server::error::Fault;
use crate::server::request::{Call, Query};
use crate::server::service::Service;
use crate::server::thumbs::Look;

use super::answer::{denied, expired};
use super::{LIFETIME, PREFIX, RATES};

/// The parameter of a URL that says how many bytes per second it may have.
pub const LIMIT: &str = "x-traffic-limit";

/// What stays as it is in one component of a path.
pub const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
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

/// What a signature is for.
pub struct Signed<'a> {
    /// What it is: `file`, `recycled`, `history` or `preview`.
    pub kind: &'a str,
    /// The space that it is in.
    pub space: &'a str,
    /// Which one: a path, a number, or both.
    pub target: &'a str,
    /// How many bytes per second it may have.
    pub limit: Option<u64>,
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
    link(call, ("file", path.as_str()), seconds, limit)
}

/// A URL for the bytes of a file in the bin.
pub fn link_to_recycled(call: &Call, id: u64, seconds: usize) -> Link {
    link(call, ("recycled", &id.to_string()), seconds, None)
}

/// A URL for the bytes of an old version of a file that has this name now.
pub fn link_to_version(
    call: &Call,
    id: u64,
    name: &str,
    seconds: usize,
    limit: Option<u64>,
) -> Link {
    link(call, ("history", &format!("{id}/{name}")), seconds, limit)
}

/// A URL for a small picture of what these components name: `file` and a path, `history` and number
/// and name, `recycled` and number and name.
pub fn link_to_thumb(call: &Call, look: Look, source: &[&str]) -> Link {
    let target = format!("{}/{}", look.text(), source.join("/"));
    link(call, ("preview", &target), LIFETIME, None)
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

/// Where the bytes of an upload go.
pub fn upload_path(space: &str, key: &str) -> String {
    format!("{PREFIX}{}", upload_key(space, key))
}

/// The same as the name of an object.
pub fn upload_key(space: &str, key: &str) -> String {
    format!("upload/{}/{key}", utf8_percent_encode(space, COMPONENT))
}

fn link(call: &Call, (kind, target): (&str, &str), seconds: usize, limit: Option<u64>) -> Link {
    let service = &call.service;
    let seconds = i64::try_from(seconds).unwrap_or(0);
    let expires = service.now() + SignedDuration::from_secs(seconds);
    let until = expires.as_second();
    let what = Signed {
        kind,
        space: call.space.id(),
        target,
        limit,
    };
    let signature = hmac::sign(&service.key, what.text(until).as_bytes());
    let escaped: Vec<String> = target
        .split('/')
        .map(|name| utf8_percent_encode(name, COMPONENT).to_string())
        .collect();
    let mut link = Link {
        url: format!(
            "http://{}{PREFIX}{kind}/{}/{until}/{}/{}",
            call.host(),
            what.space,
            hex(signature.as_ref()),
            escaped.join("/")
        ),
        expires,
    };
    if let Some(limit) = limit {
        link.add(&format!("{LIMIT}={limit}"));
    }
    link
}

/// The answer to a URL that this service did not give, or whose time is over.
pub fn refusal(
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
pub fn is_equal(ours: &str, given: &str) -> bool {
    ours.as_bytes().ct_eq(given.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
