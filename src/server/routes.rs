//! Which URL is whose, in the order of checks of part A section 11: route, token, library, space,
//! then the handler with parameters, grants and work. Composes the handlers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::error::Fault;
use super::request::{self, Call, Target};
use super::service::Service;
use super::token::Access;
use super::{accounts, batch, bytes, directory, file, random, recycled, space, upload};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The only space of a library that is one folder (part A 2.3).
pub const SPACE: &str = "-";

/// The whole service as one router; tests lay their own layers over it.
pub fn router(service: Arc<Service>) -> Router {
    Router::new().fallback(answer).with_state(service)
}

/// What a request wants to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    CreateToken,
    RenewToken,
    DeleteToken,
    DeleteTokens,
    LibraryUsage,
    SpacesUsage,
    SpaceSize,
    FileCount,
    Tasks,
    LibraryTasks,
    BatchDelete,
    ListDirectory,
    DirectoryInfo,
    DirectoryStats,
    DirectoryExists,
    MakeOrMoveDirectory,
    DeleteDirectory,
    FileExists,
    FileInfo,
    Download,
    MoveOrUpload,
    ConfirmUpload,
    CancelUpload,
    DeleteFile,
    ListBin,
    BinInfo,
    RestoreOne,
    RestoreMany,
    PurgeOne,
    PurgeMany,
    EmptyBin,
    /// The protocol has it, this service has not.
    Missing,
}

/// The table: family, method, number of components, selectors (part B 13.2).
fn route(method: &Method, target: &Target) -> Option<Action> {
    let query = &target.query;
    let below = target.parts.len();
    Some(match (target.family.as_str(), method.as_str(), below) {
        ("token", "GET" | "POST", 0) => Action::CreateToken,
        ("token", "POST", 2) => Action::RenewToken,
        ("token", "DELETE", 2) => Action::DeleteToken,
        ("token", "DELETE", 1) => Action::DeleteTokens,

        ("usage", "GET", 1) => Action::LibraryUsage,
        ("usage", "GET", 2) => Action::SpacesUsage,
        ("space", "GET", 3) if target.part(2) == "size" => Action::SpaceSize,
        ("space", "GET", 3) if target.part(2) == "file-count" => Action::FileCount,

        ("task", "GET", 3) => Action::Tasks,
        ("task", "GET", 2) => Action::LibraryTasks,

        ("batch", "POST", 2) if query.has("delete") => Action::BatchDelete,
        ("batch", "POST", 2) if query.has("copy") || query.has("move") => Action::Missing,

        ("directory", "GET", 2..) if query.has("stats") => Action::DirectoryStats,
        ("directory", "GET", 2..) if query.has("info") => Action::DirectoryInfo,
        ("directory", "GET", 2..) => Action::ListDirectory,
        ("directory", "HEAD", 2..) => Action::DirectoryExists,
        ("directory", "PUT", 2..) if query.has("calibrate") => Action::Missing,
        ("directory", "PUT", 2..) => Action::MakeOrMoveDirectory,
        ("directory", "DELETE", 2..) => Action::DeleteDirectory,
        ("directory", "POST", 2..) if query.has("update") => Action::Missing,

        ("file", "PUT", 3..) if query.has("virtual_file") || query.has("convert") => {
            Action::Missing
        }
        ("file", "PUT", 3..) => Action::MoveOrUpload,
        ("file", "POST", 3) if query.has("confirm") => Action::ConfirmUpload,
        ("file", "POST", 3..) => Action::Missing,
        ("file", "GET", 3..) if query.has("upload") => Action::Missing,
        ("file", "GET", 3..) if query.has("info") => Action::FileInfo,
        ("file", "GET", 3..) if query.has("preview") || query.has("zip-preview") => Action::Missing,
        ("file", "GET", 3..) => Action::Download,
        ("file", "HEAD", 3..) => Action::FileExists,
        ("file", "DELETE", 3) if query.has("upload") => Action::CancelUpload,
        ("file", "DELETE", 3..) => Action::DeleteFile,

        ("recycled", "GET", 2) => Action::ListBin,
        ("recycled", "GET", 3) if query.has("info") => Action::BinInfo,
        ("recycled", "POST", 3) if query.has("restore") => Action::RestoreOne,
        ("recycled", "POST", 2) if query.has("restore") => Action::RestoreMany,
        ("recycled", "POST", 2) if query.has("delete") => Action::PurgeMany,
        ("recycled", "POST", 2) if query.has("lifecycle") => Action::Missing,
        ("recycled", "DELETE", 3) => Action::PurgeOne,
        // With a slash at its end this is the purging of one item whose number got lost
        // (part A 8.8): better not understood than the whole bin emptied.
        ("recycled", "DELETE", 2) if !target.is_open_ended => Action::EmptyBin,
        _ => return None,
    })
}

async fn answer(State(service): State<Arc<Service>>, request: Request) -> Response {
    let Ok(id) = random::hex::<16>() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let is_head = request.method() == Method::HEAD;
    // Not the query: it carries the access token. Nor the path of a token.
    let path = match request.uri().path() {
        path if path.starts_with("/api/v1/token/") => "/api/v1/token/…",
        path => path,
    };
    let span = tracing::debug_span!("request", %id, method = %request.method(), path);
    let mut response = match handle(service, request).instrument(span).await {
        Ok(response) => response,
        Err(fault) => {
            tracing::debug!(%id, status = fault.status, code = fault.code, "refused");
            fault.response(&id)
        }
    };
    if is_head && !response.status().is_success() {
        *response.body_mut() = Body::empty();
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("X-Request-Id, ETag"),
    );
    response
}

async fn handle(service: Arc<Service>, request: Request) -> Result<Response, Fault> {
    if request.method() == Method::OPTIONS {
        return Ok(preflight());
    }
    if bytes::is_ours(request.uri()) {
        return bytes::serve(&service, request).await;
    }
    let no_route = || Fault::new(404, "RouteNotFound", "there is no such endpoint");
    let (parts, body) = request.into_parts();
    let target = Target::parse(&parts.uri).ok_or_else(no_route)?;
    let action = route(&parts.method, &target).ok_or_else(no_route)?;
    let access = admit(&service, action, &target, &parts)?;
    let call = Call {
        target,
        headers: parts.headers,
        access,
    };
    match action {
        Action::CreateToken => accounts::create(&service, &call),
        Action::RenewToken => accounts::renew(&service, &call),
        Action::DeleteToken => accounts::delete(&service, &call),
        Action::DeleteTokens => accounts::delete_of_users(&service, &call),
        Action::LibraryUsage => space::library_usage(&service, &call).await,
        Action::SpacesUsage => space::spaces_usage(&service, &call).await,
        Action::SpaceSize => space::size(&service).await,
        Action::FileCount => space::file_count(&service, &call).await,
        Action::Tasks => batch::tasks(&service, &call).await,
        Action::LibraryTasks => Ok(batch::library_tasks()),
        Action::BatchDelete => batch::delete(&service, &call, body).await,
        Action::ListDirectory => directory::list(&service, &call).await,
        Action::DirectoryInfo => directory::info(&service, &call).await,
        Action::DirectoryStats => directory::stats(&service, &call).await,
        Action::DirectoryExists => directory::exists(&service, &call).await,
        Action::MakeOrMoveDirectory => directory::put(&service, &call, body).await,
        Action::DeleteDirectory => directory::delete(&service, &call).await,
        Action::FileExists => file::exists(&service, &call).await,
        Action::FileInfo => file::info(&service, &call).await,
        Action::Download => file::download(&service, &call).await,
        Action::MoveOrUpload => file::put(&service, &call, body).await,
        Action::ConfirmUpload => upload::confirm(&service, &call, body).await,
        Action::CancelUpload => upload::cancel(&service, &call).await,
        Action::DeleteFile => file::delete(&service, &call).await,
        Action::ListBin => recycled::list(&service, &call).await,
        Action::BinInfo => recycled::info(&service, &call).await,
        Action::RestoreOne => recycled::restore_one(&service, &call).await,
        Action::RestoreMany => recycled::restore_many(&service, &call, body).await,
        Action::PurgeOne => recycled::purge_one(&service, &call).await,
        Action::PurgeMany => recycled::purge_many(&service, &call, body).await,
        Action::EmptyBin => recycled::empty(&service, &call).await,
        Action::Missing => Err(Fault::new(
            400,
            "FunctionNotEnabled",
            "this service does not have that function",
        )),
    }
}

/// Token, library and space, in this order; a token that is used lives on (part A 4.2).
fn admit(
    service: &Service,
    action: Action,
    target: &Target,
    parts: &Parts,
) -> Result<Access, Fault> {
    if target.family == "token" {
        return Ok(Access::default());
    }
    let token = request::token(&target.query, &parts.headers)
        .ok_or_else(|| Fault::new(400, "EmptyAccessToken", "an access token is needed"))?;
    let (access, _) = service
        .tokens
        .renew(token, service.library.now())
        .ok_or_else(Fault::token)?;
    if target.part(0) != service.library_id {
        return Err(Fault::new(
            404,
            "LibraryNotFound",
            "there is no such library",
        ));
    }
    let is_other_space = match action {
        Action::LibraryUsage | Action::SpacesUsage | Action::LibraryTasks => false,
        _ => target.part(1) != SPACE,
    };
    if is_other_space {
        return Err(Fault::new(404, "SpaceNotFound", "there is no such space"));
    }
    Ok(access)
}

fn preflight() -> Response {
    let headers = [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET,POST,PUT,DELETE,HEAD,OPTIONS",
        ),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
