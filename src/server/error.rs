//! From problems to answers: the error body of part A 2.8. Knows no paths and no disk.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::protocol::fault;

use super::space::problem::Problem;

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder cannot be opened.
    #[error("cannot open the library {path}: {problem}")]
    Library {
        /// The folder.
        path: String,
        /// What was said about it.
        problem: Problem,
    },
    /// The socket does not tell its address.
    #[error("cannot serve on this socket: {0}")]
    Socket(#[from] std::io::Error),
    /// The system gives no random bytes.
    #[error("cannot make secrets: {0}")]
    Random(#[from] getrandom::Error),
}

/// What a request is told when it fails.
#[derive(Debug)]
pub struct Fault {
    /// HTTP status.
    pub status: u16,
    /// A code word of part A section 10.
    pub code: &'static str,
    /// An English sentence.
    pub message: String,
}

impl Fault {
    /// One with a sentence of its own.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// A token that is wrong, or that nobody has used in its time (part A, U16).
    pub fn token() -> Self {
        Self::new(
            403,
            "InvalidAccessToken",
            "the access token is not valid or has expired",
        )
    }

    /// A parameter that cannot be understood.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(400, "ParamInvalid", message)
    }

    /// For what the protocol has and this service has not.
    pub fn missing_function() -> Self {
        Self::new(
            400,
            "FunctionNotEnabled",
            "this service does not have that function",
        )
    }

    /// The answer, which names the request.
    pub fn response(self, request_id: &str) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = fault::Fault {
            code: self.code.to_owned(),
            message: self.message,
            request_id: Some(request_id.to_owned()),
        };
        let mut response = (status, Json(body)).into_response();
        // Seconds, for who is to come again.
        let pause = match self.status {
            429 => Some("60"),
            503 => Some("1"),
            _ => None,
        };
        if let Some(pause) = pause {
            let pause = HeaderValue::from_static(pause);
            response.headers_mut().insert(header::RETRY_AFTER, pause);
        }
        response
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::new(problem.status(), problem.code(), problem.to_string())
    }
}
