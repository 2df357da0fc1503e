//! Calls that are changed, or answered by another call, before anything is done for them.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Uri};

use crate::server::request::{self, Query};

/// What the sizes of pages are called, in either style.
const SIZES: [&str; 2] = ["limit", "page_size"];

/// The call that takes back the token of a call; none if it has none or names no library.
pub fn to_end_token(request: &Request) -> Option<Request> {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let token = request::token(&query, request.headers())?;
    let library = request
        .uri()
        .path()
        .strip_prefix("/api/v1/")?
        .split('/')
        .nth(1)?;
    let uri = format!("/api/v1/token/{library}/{token}");
    let mut end = Request::new(Body::empty());
    *end.method_mut() = Method::DELETE;
    *end.uri_mut() = uri.parse().ok()?;
    // Whoever may not call here may not end a token either.
    end.headers_mut().clone_from(request.headers());
    end.headers_mut().remove("content-length");
    end.extensions_mut().clone_from(request.extensions());
    Some(end)
}

/// The same call for pages of at most so many entries.
pub fn for_fewer(request: &mut Request, most: u64) {
    let Some(query) = request.uri().query() else {
        return;
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, size)) if SIZES.contains(&name) => match size.parse::<u64>() {
            Ok(size) => format!("{name}={}", size.min(most)),
            Err(_) => pair.to_owned(),
        },
        _ => pair.to_owned(),
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    if let Ok(uri) = format!("{}?{query}", request.uri().path()).parse::<Uri>() {
        *request.uri_mut() = uri;
    }
}

/// The marker that is asked for; none for the first page.
pub fn marker(request: &Request) -> Option<String> {
    let query = Query::parse(request.uri().query()?);
    let marker = query.get("marker").filter(|marker| !marker.is_empty());
    marker.map(str::to_owned)
}
