//! Whether a caller that has a content already wants it again. Knows nothing of files but their
//! tag and time.

use axum::http::{HeaderMap, header};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use crate::server::space::facts::Facts;

/// What the conditions of a request say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send the bytes.
    Send,
    /// The caller has them.
    NotModified,
    /// The caller wants another content.
    Failed,
}

/// Looks at the conditions in the order of the standard: tags win over times.
pub fn verdict(headers: &HeaderMap, facts: &Facts) -> Verdict {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let time = |name| text(name).and_then(read);
    let has_tag = |tags: &str| {
        let own = facts.e_tag();
        let mut tags = tags.split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
    };
    // Times on the wire have no fractions.
    let modified = facts.modified.as_second();
    let is_as_wanted = match (text(header::IF_MATCH), time(header::IF_UNMODIFIED_SINCE)) {
        (Some(tags), _) => has_tag(tags),
        (None, Some(since)) => modified <= since.as_second(),
        (None, None) => true,
    };
    if !is_as_wanted {
        return Verdict::Failed;
    }
    let is_known = match (text(header::IF_NONE_MATCH), time(header::IF_MODIFIED_SINCE)) {
        (Some(tags), _) => has_tag(tags),
        (None, Some(since)) => modified <= since.as_second(),
        (None, None) => false,
    };
    if is_known {
        Verdict::NotModified
    } else {
        Verdict::Send
    }
}

/// The time of the last change as headers have it.
pub fn last_modified(facts: &Facts) -> Option<String> {
    // Rounded down: a time in the future would be ignored.
    let time =
        facts.modified - SignedDuration::from_nanos(facts.modified.subsec_nanosecond().into());
    rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .ok()
}

fn read(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}
