//! What object storage answers where something is wrong: errors in XML (part B 3.2).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::server::error::Fault;

/// An error.
pub fn xml(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version='1.0' encoding='utf-8' ?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>\n"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

/// For a URL or a token that this service did not give.
pub fn denied() -> Response {
    xml(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied.")
}

/// For a URL or a token whose time is over: clients fetch new ones.
pub fn expired() -> Response {
    xml(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired")
}

/// For an upload in parts that is not going on.
pub fn no_upload() -> Response {
    xml(
        StatusCode::NOT_FOUND,
        "NoSuchUpload",
        "The specified multipart upload does not exist",
    )
}

/// For what the space could not do.
pub fn refused(fault: &Fault) -> Response {
    match (fault.status, fault.code) {
        (404, "ConfirmKeyNotFound") => no_upload(),
        (403, _) => xml(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied."),
        (409, _) => xml(
            StatusCode::CONFLICT,
            "OperationAborted",
            "Another operation on this upload is going on",
        ),
        (503, _) => xml(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "Please try again",
        ),
        _ => xml(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "We encountered an internal error, please try again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    #[tokio::test]
    async fn what_the_space_could_not_do_is_told_in_the_words_of_object_storage() {
        for (status, code, told, word) in [
            (404, "ConfirmKeyNotFound", 404, "NoSuchUpload"),
            (403, "NoPermission", 403, "AccessDenied"),
            (409, "PathConflict", 409, "OperationAborted"),
            (503, "ServiceUnavailable", 503, "ServiceUnavailable"),
            (500, "InternalServerError", 500, "InternalError"),
        ] {
            let answer = refused(&Fault::new(status, code, "a reason"));
            assert_eq!(answer.status().as_u16(), told, "{code}");
            assert_eq!(answer.headers()[CONTENT_TYPE], "application/xml");
            let body = axum::body::to_bytes(answer.into_body(), 1000).await;
            let text = String::from_utf8(body.expect("a short body").to_vec());
            let text = text.expect("a text");
            assert!(text.contains(&format!("<Code>{word}</Code>")), "{text}");
        }
    }
}
