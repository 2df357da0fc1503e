//! Tokens over HTTP: create, renew, delete (part A 4.1 to 4.4).

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;

use crate::protocol::token::Token;

use super::error::Fault;
use super::request::Call;
use super::service::Service;
use super::token::{Access, Holders, list};

const DEFAULT_PERIOD: i64 = 86_400;
const SHORTEST_PERIOD: i64 = 300;
const LONGEST_PERIOD: i64 = 315_360_000;

/// The longest id of a user or of a client, in characters; the documents have no number.
const LONGEST_ID: usize = 255;

/// `GET` or `POST /token` (part A 4.1).
pub async fn create(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let query = &call.target.query;
    let text = |name| query.get(name).unwrap_or_default();
    check_secret(service, text("library_id"), text("library_secret"))?;
    check_length(text("user_id"), "UserIdLengthExceed")?;
    check_length(text("client_id"), "ClientIdLengthExceed")?;
    let spaces = spaces(service, text("space_id")).await?;
    let period = period(text("period"));
    let access = Access::new(
        text("grant"),
        text("user_id"),
        text("client_id"),
        text("session_id"),
    )
    .within(spaces);
    let access_token = service
        .tokens
        .create(access, period, service.now())
        .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))?;
    Ok(Json(answer(access_token, period)).into_response())
}

/// `POST /token/{LibraryId}/{AccessToken}` (part A 4.2).
pub async fn renew(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    check_library(service, call.target.part(0))?;
    let token = call.target.part(1);
    let (_, period) = service
        .tokens
        .renew(token, service.now())
        .ok_or_else(Fault::token)?;
    Ok(Json(answer(token.to_owned(), period)).into_response())
}

/// `DELETE /token/{LibraryId}/{AccessToken}` (part A 4.3).
pub async fn delete(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    check_library(service, call.target.part(0))?;
    service.tokens.delete(call.target.part(1));
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /token/{LibraryId}?user_id=` (part A 4.4).
pub async fn delete_of_users(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let query = &call.target.query;
    let text = |name| query.get(name).unwrap_or_default();
    check_secret(service, call.target.part(0), text("library_secret"))?;
    let holders = Holders {
        users: list(text("user_id")),
        clients: list(text("client_id")),
        sessions: list(text("session_id")),
    };
    if holders.users.is_empty() || holders.users.len() > 10 {
        return Err(Fault::parameter("user_id names from 1 to 10 users"));
    }
    if holders.clients.len() > 100 || holders.sessions.len() > 100 {
        return Err(Fault::parameter(
            "client_id and session_id name 100 at most",
        ));
    }
    service.tokens.delete_of(&holders);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The seconds that a token lives: what is no number is not there (part A 4.1).
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole seconds, and the bounds are far from those of the type"
)]
fn period(text: &str) -> i64 {
    match text.trim().parse::<f64>() {
        Ok(period) if !period.is_nan() => (period as i64).clamp(SHORTEST_PERIOD, LONGEST_PERIOD),
        Ok(_) | Err(_) => DEFAULT_PERIOD,
    }
}

fn check_length(id: &str, code: &'static str) -> Result<(), Fault> {
    if id.chars().count() <= LONGEST_ID {
        return Ok(());
    }
    Err(Fault::new(
        400,
        code,
        format!("an id may have {LONGEST_ID} characters"),
    ))
}

/// The spaces that a token is for; in a library of one space they mean nothing.
async fn spaces(service: &Arc<Service>, text: &str) -> Result<Vec<String>, Fault> {
    if !service.registry.has_tenants() {
        return Ok(Vec::new());
    }
    let spaces = list(text);
    for id in &spaces {
        service.enter(id).await?;
    }
    Ok(spaces)
}

/// Whether a secret opens a library (part A 4.1).
pub fn check_secret(service: &Service, library: &str, secret: &str) -> Result<(), Fault> {
    let missing = |code| Err(Fault::new(400, code, "library id and secret are needed"));
    match (library.is_empty(), secret.is_empty()) {
        (true, true) => return missing("EmptyLibraryIdOrSecret"),
        (true, false) => return missing("EmptyLibraryId"),
        (false, true) => return missing("EmptyLibrarySecret"),
        (false, false) => {}
    }
    check_library(service, library)?;
    let ours = service.secret.expose();
    let is_ours = bool::from(secret.as_bytes().ct_eq(ours.as_bytes()));
    if ours.is_empty() || !is_ours {
        return Err(Fault::new(
            404,
            "WrongLibraryIdOrSecret",
            "library id and secret do not belong together",
        ));
    }
    Ok(())
}

fn check_library(service: &Service, library: &str) -> Result<(), Fault> {
    if library == service.library_id {
        return Ok(());
    }
    Err(Fault::new(
        404,
        "LibraryNotFound",
        "there is no such library",
    ))
}

fn answer(access_token: String, period: i64) -> Token {
    Token {
        access_token,
        expires_in: period.unsigned_abs(),
    }
}
