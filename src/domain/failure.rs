//! What a person is told when something did not work.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;

use crate::texts::{heard, tr};

/// One failure of a request or of an item, with all that is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means for what to do next.
    pub kind: FailureKind,
    /// A sentence in lower case and without a full stop: what was tried and what can be done. Safe
    /// to show: no secret, no control character.
    pub message: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The service's word for it, such as `PathConflict`.
    pub code: Option<CompactString>,
    /// Names the request in the service's logs.
    pub request_id: Option<String>,
}

/// The classes of protocol part A 10.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The entry is not there.
    Absent,
    /// The right to do it is missing.
    Denied,
    /// Something else works on it or holds its name; may work later.
    Conflict,
    /// The access token is missing, wrong or has run out.
    SignIn,
    /// The service asks for fewer requests.
    Throttled,
    /// The service failed; what became of the request is not known.
    Service,
    /// No answer came; what became of the request is not known.
    Network,
    /// The request was refused as wrong.
    Refused,
    /// This program failed.
    Internal,
}

impl Failure {
    /// A failure of which only the kind and a sentence are known.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            code: None,
            request_id: None,
        }
    }

    /// The sentence in the language of this thread.
    pub fn sentence(&self) -> Cow<'_, str> {
        heard(&self.message)
    }

    /// Whether sending the same again later may work.
    pub fn can_retry(&self) -> bool {
        match self.kind {
            FailureKind::Conflict
            | FailureKind::SignIn
            | FailureKind::Throttled
            | FailureKind::Service
            | FailureKind::Network
            | FailureKind::Internal => true,
            FailureKind::Absent | FailureKind::Denied | FailureKind::Refused => false,
        }
    }

    /// Status and code as the service gave them, such as `409 PathConflict`; empty if there was no
    /// answer.
    pub fn label(&self) -> String {
        match (self.status, &self.code) {
            (Some(status), Some(code)) => format!("{status} {code}"),
            (Some(status), None) => status.to_string(),
            (None, Some(code)) => code.to_string(),
            (None, None) => String::new(),
        }
    }
}

/// The sentence, then status and code, then the request id.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())?;
        let label = self.label();
        match (label.is_empty(), &self.request_id) {
            (true, None) => Ok(()),
            (true, Some(id)) => f.write_str(&tr!(" (request {id})", id)),
            (false, None) => f.write_str(&tr!(" ({label})", label)),
            (false, Some(id)) => f.write_str(&tr!(" ({label}, request {id})", label, id)),
        }
    }
}

impl std::error::Error for Failure {}
