//! Which URL is whose, in the order of checks of part A section 11: route, token, library, space,
//! then the handler with parameters, grants and work. Composes the handlers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tracing::Instrument as _;

use super::error::Fault;
use super::request::{self, Call, Target};
use super::service::Service;
use super::space::Space;
use super::space::problem::Problem;
use super::token::Access;
use super::{
    accounts, album, batch, bytes, delta, directory, door, favorite, file, flat, history, inode,
    preview, progress, quota, random, recent, recycled, relocations, search, spaces, tenants,
    update, upload,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const JSON: &str = "application/json";

/// The whole service as one router; tests lay their own layers over it.
pub fn router(service: Arc<Service>) -> Router {
    Router::new().fallback(answer).with_state(service)
}

/// One endpoint: what it is about, and who answers.
struct Endpoint {
    about: About,
    answer: Box<dyn Fn(Call) -> BoxFuture<'static, Result<Response, Fault>> + Send + Sync>,
}

/// What an endpoint is about, which says what is checked before it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Tokens: a secret or the token itself opens it.
    Tokens,
    /// The whole library.
    Library,
    /// The space that the second component names.
    Space,
    /// The same, of a library that has many.
    Tenant,
}

/// The table: family, method, number of components, selectors (part B 13.2).
fn route(method: &Method, target: &Target) -> Option<Endpoint> {
    library_route(method, target)
        .or_else(|| tree_route(method, target))
        .or_else(|| look_route(method, target))
}

/// What is about libraries, their spaces, and all that a space holds together.
fn library_route(method: &Method, target: &Target) -> Option<Endpoint> {
    let below = target.parts.len();
    Some(match (target.family.as_str(), method.as_str(), below) {
        ("token", "GET" | "POST", 0) => tokens(accounts::create),
        ("token", "POST", 2) => tokens(accounts::renew),
        ("token", "DELETE", 2) => tokens(accounts::delete),
        ("token", "DELETE", 1) => tokens(accounts::delete_of_users),

        ("space", "POST", 1) => library(tenants::create),
        ("space", "GET", 1) => library(tenants::list_all),
        ("space", "GET", 2) if target.part(1) == "list" => library(tenants::list),
        ("space", "GET", 2) if target.part(1) == "count" => library(tenants::count),
        ("space", "GET", 3) if target.part(2) == "extension" => tenant(tenants::settings),
        ("space", "POST", 3) if target.part(2) == "extension" => tenant(tenants::change),
        ("space", "DELETE", 2) => tenant(tenants::delete),
        ("space", "POST", 3) if target.part(2) == "traffic-limit" => space(spaces::limit_traffic),

        ("space", "GET", 3) if target.part(2) == "size" => space(spaces::size),
        ("space", "GET", 3) if target.part(2) == "file-count" => space(spaces::file_count),
        ("usage", "GET", 1) => library(spaces::library_usage),
        ("usage", "GET", 2) => library(spaces::spaces_usage),
        ("stats", "GET", 2) if target.part(1) == "space-size" => library(spaces::sizes_by_tag),

        ("quota", "POST", 1) => library(quota::create),
        ("quota", "GET", 2) => library(quota::get),
        ("quota", "PUT", 2) => library(quota::change),
        ("space-quota", "GET", 2) => space(quota::of_space),

        ("task", "GET", 3) => space(progress::of_space),
        ("task", "GET", 2) => library(progress::of_library),
        ("task-result", "GET", 3) => space(progress::result_of_space),
        ("task-result", "GET", 2) => library(progress::result_of_library),
        _ => return None,
    })
}

/// What is about directories and files, one or many of them.
fn tree_route(method: &Method, target: &Target) -> Option<Endpoint> {
    let query = &target.query;
    let below = target.parts.len();
    Some(match (target.family.as_str(), method.as_str(), below) {
        ("directory", "GET", 2..) if query.has("stats") => space(directory::stats),
        ("directory", "GET", 2..) if query.has("info") => space(directory::info),
        ("directory", "GET", 2..) => space(directory::list),
        ("directory", "HEAD", 2..) => space(directory::exists),
        ("directory", "PUT", 2..) if query.has("calibrate") => space(directory::calibrate),
        ("directory", "PUT", 2..) => space(directory::put),
        ("directory", "DELETE", 2..) => space(directory::delete),
        // The documents have it below `directory` only.
        ("directory" | "file", "POST", 2..) if query.has("update") => space(update::update),
        ("cross-space/directory", "PUT", 4..) if target.part(2) == "copy" => {
            space(relocations::copy_directory_across)
        }
        ("album", "GET", 3..) if target.part(2) == "cover" => space(album::cover),

        ("file", "PUT", 3..) if query.has("virtual_file") => space(file::put_virtual),
        ("file", "PUT", 3..) if query.has("convert") => space(missing),
        ("file", "PUT", 3..) => space(file::put),
        // The keys of uploads have no slashes; a path with some must not be taken for a file here.
        ("file", "POST", 3..) if query.has("confirm") => space(upload::confirm),
        ("file", "POST", 3..) if query.has("renew") => space(upload::renew),
        ("file", "POST", 3..) if query.has("uncompress") => space(missing),
        ("file", "POST", 3..) if query.has("multipart") => space(upload::begin_multipart),
        ("file", "POST", 3..) => space(upload::begin_form),
        ("file", "GET", 3..) if query.has("upload") => space(upload::status),
        ("file", "GET", 3..) if query.has("info") => space(file::info),
        ("file", "GET", 3..) if query.has("preview") => space(preview::of_file),
        ("file", "GET", 3..) if query.has("zip-preview") => space(missing),
        ("file", "GET", 3..) => space(file::download),
        ("file", "HEAD", 3..) => space(file::exists),
        ("file", "DELETE", 3..) if query.has("upload") => space(upload::cancel),
        ("file", "DELETE", 3..) => space(file::delete),

        ("batch", "POST", 2) if query.has("delete") => space(batch::delete),
        ("batch", "POST", 2) if query.has("copy") => space(relocations::batch_copy),
        ("batch", "POST", 2) if query.has("move") => space(relocations::batch_move),

        ("recycled", "GET", 2) => space(recycled::list),
        ("recycled", "GET", 3) if query.has("info") => space(recycled::info),
        ("recycled", "GET", 3) if query.has("preview") => space(preview::of_recycled),
        ("recycled", "POST", 3) if query.has("restore") => space(recycled::restore_one),
        ("recycled", "POST", 2) if query.has("restore") => space(recycled::restore_many),
        ("recycled", "POST", 2) if query.has("delete") => space(recycled::purge_many),
        ("recycled", "POST", 2) if query.has("lifecycle") => space(recycled::lifecycle),
        ("recycled", "DELETE", 3) => space(recycled::purge_one),
        // With a slash at its end this is the purging of one item whose number got lost
        // (part A 8.8): better not understood than the whole bin emptied.
        ("recycled", "DELETE", 2) if !target.is_open_ended => space(recycled::empty),
        _ => return None,
    })
}

/// What is about entries, but not by their paths.
fn look_route(method: &Method, target: &Target) -> Option<Endpoint> {
    let below = target.parts.len();
    let (second, third) = (target.part(1), target.part(2));
    Some(match (target.family.as_str(), method.as_str(), below) {
        ("inode", "GET", 3) => space(inode::get),
        ("file-deletion-check", "GET", 3) => space(inode::deletion),

        ("directory-history", "GET", 2) if second == "library-history" => library(history::rule),
        ("directory-history", "POST", 2) if second == "library-history" => {
            library(history::set_rule)
        }
        ("directory-history", "DELETE", 2) if second == "library-history" => {
            library(history::clear)
        }
        ("directory-history", "GET", 4..) if third == "history-list" => space(history::list),
        ("directory-history", "POST", 3) if third == "delete" => space(history::delete),
        ("directory-history", "POST", 4) if third == "latest-version" => {
            space(history::make_latest)
        }

        ("search", "POST", 3) if third == "space-contents" => space(search::begin),
        ("search", "POST", 3) if third == "search-fs" => space(search::names::find),
        ("search", "POST", 3) if third == "search-fs-stats" => space(search::stats::count),
        ("search", "POST", 3) if third == "search-ai" => space(missing),
        ("search", "GET", 3) => space(search::more),
        ("search", "DELETE", 3) => space(search::end),

        ("favorite", "POST", 2) => space(favorite::change),
        ("favorite", "GET", 3) if third == "list" => space(favorite::list),
        ("recent", "POST", 3) if third == "recently-used-file" => space(recent::list),
        ("space", "GET", 3) if third == "contents-view" => space(flat::list),

        ("office" | "hls", _, 2..) => space(missing),

        ("fs-delta", "GET", 3) if third == "cursor" => space(delta::cursor),
        ("fs-delta", "GET", 3) if third == "delta" => space(delta::delta),
        _ => return None,
    })
}

/// What a URL lacks that begins like those of the entries of a space (part A 10.1).
fn incomplete(target: &Target) -> Option<Fault> {
    let (code, message) = match (target.family.as_str(), target.parts.len()) {
        ("directory" | "file" | "batch" | "recycled", 0) => {
            ("EmptyLibraryId", "the URL names no library")
        }
        ("directory" | "file" | "batch" | "recycled", 1) => {
            ("EmptySpaceId", "the URL names no space")
        }
        ("file", 2) => ("EmptyPath", "the URL names no file"),
        _ => return None,
    };
    Some(Fault::new(400, code, message))
}

fn tokens<F>(handler: fn(Call) -> F) -> Endpoint
where
    F: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    endpoint(About::Tokens, handler)
}

fn library<F>(handler: fn(Call) -> F) -> Endpoint
where
    F: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    endpoint(About::Library, handler)
}

fn space<F>(handler: fn(Call) -> F) -> Endpoint
where
    F: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    endpoint(About::Space, handler)
}

fn tenant<F>(handler: fn(Call) -> F) -> Endpoint
where
    F: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    endpoint(About::Tenant, handler)
}

fn endpoint<F>(about: About, handler: fn(Call) -> F) -> Endpoint
where
    F: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    Endpoint {
        about,
        answer: Box::new(move |call| handler(call).boxed()),
    }
}

/// For what the protocol has and this service has not.
async fn missing(_: Call) -> Result<Response, Fault> {
    Err(Fault::missing_function())
}

async fn answer(State(service): State<Arc<Service>>, request: Request) -> Response {
    let Ok(id) = random::hex::<16>() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let is_head = request.method() == Method::HEAD;
    // Not the query: it carries the access token. Nor the path of a token.
    let path = match request.uri().path() {
        path if path.starts_with("/api/v1/token/") => "/api/v1/token/…",
        // Nor a signature.
        path if path.starts_with(bytes::PREFIX) => bytes::PREFIX,
        path => path,
    };
    let is_protocol = path != bytes::PREFIX;
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
    // Some clients take text for Latin-1 unless they are told.
    if is_protocol
        && headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == JSON)
    {
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    if let Ok(exposed) = HeaderValue::from_str(&exposed(headers)) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

/// The headers that a page of the web may read: those of the protocol, a download's, and the file's
/// own.
fn exposed(headers: &HeaderMap) -> String {
    let own = headers.keys().map(HeaderName::as_str);
    let own = own.filter(|name| name.starts_with("x-smh-"));
    let always = [
        "X-Request-Id",
        "ETag",
        "Location",
        "Retry-After",
        "Content-Length",
        "Content-Range",
        "Content-Disposition",
        "x-cos-hash-crc64ecma",
    ];
    always.into_iter().chain(own).collect::<Vec<_>>().join(", ")
}

async fn handle(service: Arc<Service>, request: Request) -> Result<Response, Fault> {
    if !service.allow_remote {
        door::check_host(request.uri(), request.headers())?;
    }
    door::check_size(request.uri(), request.headers())?;
    let request = request.map(|body| door::patient(body, service.idle));
    if request.method() == Method::OPTIONS {
        return Ok(preflight(request.headers()));
    }
    if bytes::is_ours(request.method(), request.uri()) {
        return bytes::serve(&service, request).await;
    }
    let no_route = || Fault::new(404, "RouteNotFound", "there is no such endpoint");
    let (parts, body) = request.into_parts();
    let target = Target::parse(&parts.uri).ok_or_else(no_route)?;
    let endpoint = route(&parts.method, &target)
        .ok_or_else(|| incomplete(&target).unwrap_or_else(no_route))?;
    let (access, space) = admit(&service, endpoint.about, &target, &parts).await?;
    let body = request::read_body(body, &parts.headers).await?;
    let call = Call {
        service,
        target,
        headers: parts.headers,
        access,
        space,
        body,
    };
    // A caller that hangs up takes nothing back: what was begun is done to its end.
    let answered = tokio::spawn((endpoint.answer)(call).in_current_span()).await;
    answered.unwrap_or_else(|broken| match broken.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Err(Problem::Stopping.into()),
    })
}

/// Token, library and space, in this order; a token that is used lives on (part A 4.2).
async fn admit(
    service: &Arc<Service>,
    about: About,
    target: &Target,
    parts: &Parts,
) -> Result<(Access, Arc<Space>), Fault> {
    if about == About::Tokens {
        return Ok((Access::default(), service.home()));
    }
    let access = match request::token(&target.query, &parts.headers) {
        Some(token) => {
            let (access, _) = service
                .tokens
                .renew(token, service.now())
                .ok_or_else(Fault::token)?;
            access
        }
        None => match public(service, about, target, parts).await {
            Some(access) => access,
            None => owner(service, target)?,
        },
    };
    if target.part(0) != service.library_id {
        return Err(Fault::new(
            404,
            "LibraryNotFound",
            "there is no such library",
        ));
    }
    let space = match about {
        About::Tokens | About::Library => service.home(),
        About::Space | About::Tenant => enter(service, about, target, &access).await?,
    };
    Ok((access, space))
}

/// The space of a request, if it is there and the token is for it.
async fn enter(
    service: &Arc<Service>,
    about: About,
    target: &Target,
    access: &Access,
) -> Result<Arc<Space>, Fault> {
    if about == About::Tenant {
        spaces::check_tenants(service)?;
    }
    let space = service.enter(target.part(1)).await?;
    spaces::check_access(service, access, &space)?;
    Ok(space)
}

/// What anybody may read without a token: the files of a public space (part A section 3).
async fn public(
    service: &Arc<Service>,
    about: About,
    target: &Target,
    parts: &Parts,
) -> Option<Access> {
    let is_reading = about == About::Space
        && matches!(parts.method, Method::GET | Method::HEAD)
        && match target.family.as_str() {
            "directory" | "file" | "album" | "inode" | "task" => true,
            "space" => target.part(2) == "contents-view",
            _ => false,
        };
    if !is_reading || target.part(0) != service.library_id || !service.registry.has_tenants() {
        return None;
    }
    let space = service.enter(target.part(1)).await.ok()?;
    let row = tenants::row(service, space.id()).await.ok()?;
    tenants::Settings::read(&row)
        .is_public_read
        .then(|| Access::default().within(vec![space.id().to_owned()]))
}

/// The secret of the library may come instead of a token (part A 2.6).
fn owner(service: &Service, target: &Target) -> Result<Access, Fault> {
    match target.query.get("library_secret") {
        None | Some("") => Err(Fault::new(
            400,
            "EmptyAccessToken",
            "an access token is needed",
        )),
        Some(secret) => {
            accounts::check_secret(service, target.part(0), secret)?;
            Ok(Access::owner())
        }
    }
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,POST,PUT,DELETE,HEAD,OPTIONS"),
    );
    // The star stands for all but `Authorization`, and for older browsers for nothing.
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let all = HeaderValue::from_static("*, Authorization");
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        wanted.cloned().unwrap_or(all),
    );
    response
}
