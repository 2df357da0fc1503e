//! What can go wrong with a request, and its one translation into what a person is told.

use std::time::Duration;

use compact_str::CompactString;
use serde_json::Value;

use crate::domain::failure::{Failure, FailureKind};
use crate::texts::later;

/// The longest sentence of the service that is passed on, in characters.
const LONGEST_MESSAGE: usize = 200;

/// An answer that is not the one hoped for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The service's word for it, where it gave one.
    pub code: Option<CompactString>,
    /// The service's sentence, safe to show; may be empty.
    pub message: String,
    /// Names the request in the service's logs.
    pub request_id: Option<String>,
}

/// Why a request did not give what it was sent for.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The token would cross the network in the open.
    #[error("{}", later!("the address of the service has to begin with https://; http:// is for this machine only"))]
    PlainHttp,
    /// An id that does not belong into an address.
    #[error("{}", later!("the {what} id may hold letters, digits and '-' only, and may not be empty", what))]
    BadId {
        /// Which one.
        what: &'static str,
    },
    /// The machine's TLS or HTTP set-up does not work.
    #[error("{}", later!("the HTTP client cannot be set up: {error}", error = _0))]
    Setup(String),
    /// The request was not sent, because it asks for something that no service can do.
    #[error("{0}")]
    Unsendable(&'static str),
    /// No connection came about: nothing was sent.
    #[error("{}", later!("the service cannot be reached: {error}", error = _0))]
    Unreachable(String),
    /// The request was sent, and its answer did not arrive whole.
    #[error("{}", later!("no answer came from the service: {error}", error = _0))]
    NoAnswer(String),
    /// The service asks for fewer requests; this one was not worked on.
    #[error("{}", later!("the service asks to slow down"))]
    Throttled {
        /// How long to wait, where the service says so.
        retry_after: Option<Duration>,
        /// The answer.
        refusal: Refusal,
    },
    /// The service answered with an error.
    #[error("{}", sentence(.0))]
    Refused(Refusal),
    /// The service answered with success and a body that cannot be read.
    #[error("{}", later!("the answer of the service cannot be read"))]
    Unreadable(Refusal),
    /// The service gave an address for bytes that nothing should be sent to or fetched from.
    #[error("{}", later!("the service gave an address for the bytes that is not safe: it has to be https, or of this machine"))]
    BadPlace,
    /// A listing that would never end.
    #[error("{}", later!("the listing does not end: the service gave the same page marker twice"))]
    Endless,
}

impl Error {
    /// Whether a request that ended in this way may have changed something all the same: look
    /// before sending it again (part A 2.9).
    pub fn may_have_worked(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Unreadable(_) => true,
            Self::Refused(refusal) => refusal.status >= 500 || refusal.status == 408,
            Self::PlainHttp
            | Self::BadId { .. }
            | Self::Setup(_)
            | Self::Unsendable(_)
            | Self::Unreachable(_)
            | Self::Throttled { .. }
            | Self::BadPlace
            | Self::Endless => false,
        }
    }

    /// The answer, where there was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Throttled { refusal, .. }
            | Self::Refused(refusal)
            | Self::Unreadable(refusal) => Some(refusal),
            Self::PlainHttp
            | Self::BadId { .. }
            | Self::Setup(_)
            | Self::Unsendable(_)
            | Self::Unreachable(_)
            | Self::NoAnswer(_)
            | Self::BadPlace
            | Self::Endless => None,
        }
    }

    /// Whether a new token may help (part A 4.6). The answer means that nothing was done.
    pub(super) fn asks_for_new_token(&self) -> bool {
        let Self::Refused(refusal) = self else {
            return false;
        };
        match (refusal.status, refusal.code.as_deref()) {
            (401, _) => true,
            (403, Some(code)) => {
                code == "InvalidAccessToken" || code == "AccessTokenVersionNotMatch"
            }
            _ => false,
        }
    }

    /// Whether sending again what changes nothing may work.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::NoAnswer(_) | Self::Throttled { .. } => true,
            Self::Refused(refusal) => refusal.status >= 500 || refusal.status == 408,
            Self::PlainHttp
            | Self::BadId { .. }
            | Self::Setup(_)
            | Self::Unsendable(_)
            | Self::Unreadable(_)
            | Self::BadPlace
            | Self::Endless => false,
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let kind = match error {
            Error::PlainHttp | Error::BadId { .. } | Error::Unsendable(_) => FailureKind::Refused,
            Error::Setup(_) => FailureKind::Internal,
            Error::Unreachable(_) | Error::NoAnswer(_) => FailureKind::Network,
            Error::Throttled { .. } => FailureKind::Throttled,
            Error::Refused(refusal) => kind(refusal.status, refusal.code.as_deref()),
            Error::Unreadable(_) | Error::BadPlace | Error::Endless => FailureKind::Service,
        };
        let mut failure = Self::new(kind, error.to_string());
        if let Some(refusal) = error.refusal() {
            failure.status = Some(refusal.status);
            failure.code.clone_from(&refusal.code);
            failure.request_id.clone_from(&refusal.request_id);
        }
        failure
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// The failure of one item of a batch, told like that of a whole request.
pub(super) fn item_failure(refusal: Refusal) -> Failure {
    Error::Refused(refusal).into()
}

/// The classes of part A 10.3: by status first, by code where the status says too little.
fn kind(status: u16, code: Option<&str>) -> FailureKind {
    match (status, code.unwrap_or_default()) {
        (401, _)
        | (400, "EmptyAccessToken")
        | (404, "WrongLibraryIdOrSecret")
        | (
            403,
            "InvalidAccessToken"
            | "AccessTokenVersionNotMatch"
            | "AccessTokenNotMatchLibrary"
            | "AccessTokenNotMatchSpace",
        ) => FailureKind::SignIn,
        (409, _) | (403, "LibraryInitializing") => FailureKind::Conflict,
        (403, _) => FailureKind::Denied,
        (404, "LibraryNotFound" | "SpaceNotFound" | "RouteNotFound") => FailureKind::Refused,
        (404, _) => FailureKind::Absent,
        (429 | 503, _) => FailureKind::Throttled,
        (408 | 500.., _) => FailureKind::Service,
        _ => FailureKind::Refused,
    }
}

/// What a person is told of an answer: our sentence for the class, then the service's own.
fn sentence(refusal: &Refusal) -> String {
    let ours = match kind(refusal.status, refusal.code.as_deref()) {
        FailureKind::SignIn => {
            later!("the access token or secret is not valid here; sign in again")
        }
        FailureKind::Denied if refusal.code.as_deref() == Some("WriteForbidden") => {
            later!("nothing can be changed there now")
        }
        FailureKind::Denied => later!("the right to do this is missing"),
        FailureKind::Absent => later!("it is not there"),
        FailureKind::Conflict => {
            later!("something else works on it or holds its name; try again later")
        }
        FailureKind::Throttled => later!("the service asks to slow down"),
        FailureKind::Service | FailureKind::Network | FailureKind::Internal => {
            later!("the service failed")
        }
        FailureKind::Refused => later!("the service refused the request"),
    };
    if refusal.message.is_empty() {
        return ours.to_owned();
    }
    format!("{ours}: {}", refusal.message.trim_end_matches('.'))
}

/// Reads the body of an error, whatever it is: the documented JSON, JSON of another shape, a page
/// of HTML or XML, or nothing (part A 2.8, part B 0.18).
pub(super) fn read_refusal(
    status: u16,
    header_id: Option<String>,
    body: &[u8],
    secrets: &[&str],
) -> Refusal {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let text = |name: &str| json.as_ref()?.get(name)?.as_str();
    let message = match &json {
        Some(_) => text("message").unwrap_or_default().to_owned(),
        None => without_tags(&String::from_utf8_lossy(body)),
    };
    let body_id = ["requestId", "reqId", "requestID", "smhRequestId"]
        .into_iter()
        .find_map(text);
    Refusal {
        status,
        code: text("code").and_then(word),
        message: sanitised(&message, secrets),
        request_id: header_id
            .or_else(|| body_id.map(str::to_owned))
            .and_then(|id| word(&id))
            .map(String::from),
    }
}

/// A short text of one word, such as a code or a request id; none if it is anything else.
pub(super) fn word(text: &str) -> Option<CompactString> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    (!text.is_empty() && text.len() <= 128 && text.chars().all(is_plain)).then(|| text.into())
}

/// Makes a sentence of the service safe to show and to log: one line, no control or direction
/// characters, no addresses, no secrets, and not too long.
pub(super) fn sanitised(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***");
    }
    let is_unsafe = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = text
        .chars()
        .map(|c| if is_unsafe(c) { ' ' } else { c })
        .collect();
    let names_secret = |piece: &str| {
        let piece = piece.to_ascii_lowercase();
        [
            "://",
            "/api/v1/",
            "access_token",
            "library_secret",
            "bearer",
        ]
        .iter()
        .any(|mark| piece.contains(mark))
    };
    let words: Vec<&str> = plain
        .split_whitespace()
        .map(|piece| if names_secret(piece) { "***" } else { piece })
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The words of a page, its tags left out.
fn without_tags(page: &str) -> String {
    let mut depth = 0_usize;
    let mut words = String::new();
    for c in page.chars() {
        match c {
            '<' => depth += 1,
            '>' if depth > 0 => {
                depth -= 1;
                words.push(' ');
            }
            _ if depth == 0 => words.push(c),
            _ => {}
        }
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Refusal {
        read_refusal(status, None, body.as_bytes(), &["tok-123"])
    }

    #[test]
    fn error_bodies_of_any_shape_become_a_refusal() {
        let documented = read(
            409,
            r#"{"code":"PathConflict","message":"Busy.","requestId":"f0"}"#,
        );
        assert_eq!(documented.code.as_deref(), Some("PathConflict"));
        assert_eq!(documented.request_id.as_deref(), Some("f0"));
        let strange = read(500, r#"{"code":7,"message":["x"],"requestId":{}}"#);
        assert_eq!((strange.code, strange.message.as_str()), (None, ""));
        let page = read(502, "<html><title>Bad Gateway</title><hr>nginx</html>");
        assert_eq!(page.message, "Bad Gateway nginx");
        assert_eq!(read(504, "").message, "");
        assert_eq!(read(500, "[1,2]").message, "");
        assert!(read(500, &"x".repeat(9000)).message.chars().count() <= LONGEST_MESSAGE + 1);
    }

    #[test]
    fn sentences_hold_no_escapes_no_addresses_and_no_secrets() {
        let dirty = "bad\u{1b}[31m\u{202e} GET https://host/x?access_token=tok-123 for tok-123\r\n";
        assert_eq!(sanitised(dirty, &["tok-123"]), "bad [31m GET *** for ***");
        assert_eq!(read(500, dirty).message, "bad [31m GET *** for ***");
        let header = read_refusal(500, Some("id\u{1b}]".into()), b"", &[]);
        assert_eq!(header.request_id, None);
    }

    #[test]
    fn a_missing_right_is_not_a_missing_sign_in() {
        let refused = |status, code: &str| {
            Error::Refused(Refusal {
                status,
                code: Some(code.into()),
                message: String::new(),
                request_id: None,
            })
        };
        assert!(refused(403, "InvalidAccessToken").asks_for_new_token());
        assert!(!refused(403, "NoPermission").asks_for_new_token());
        let kind_of = |error: Error| Failure::from(error).kind;
        assert_eq!(kind_of(refused(403, "NoPermission")), FailureKind::Denied);
        assert_eq!(
            kind_of(refused(404, "WrongLibraryIdOrSecret")),
            FailureKind::SignIn
        );
        assert_eq!(kind_of(refused(404, "PathNotFound")), FailureKind::Absent);
        assert_eq!(kind_of(refused(599, "x")), FailureKind::Service);
        assert!(refused(500, "x").may_have_worked());
        assert!(!refused(403, "x").may_have_worked());
    }
}
