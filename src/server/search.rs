//! Searches over HTTP: the classic one, whose results are asked for page by page (part B 7.1 to
//! 7.3). Composes its children.

pub mod filter;
pub mod names;
pub mod results;
pub mod running;
pub mod stats;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Fault;
use super::request::Call;
use super::service::Service;
use super::shown::{self, Shown, Wanted};
use super::space::attributes::Attributes;
use super::space::facts::{Facts, Kind};
use super::space::walk::Sequence;
use filter::{Criteria, Filter, Types};
use results::Order;
use running::Search;

/// Pages of the classic search (part B 7.1).
const PAGE: usize = 20;

/// The body of the classic search; enterprise tags do not matter here.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    keyword: Option<String>,
    #[serde(rename = "type")]
    kind: Option<Value>,
    extname: Option<Vec<String>>,
    order_by: Option<String>,
    order_by_type: Option<String>,
    search_mode: Option<String>,
    #[serde(flatten)]
    criteria: Criteria,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    search_id: String,
    search_finished: bool,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<usize>,
    contents: Vec<Shown>,
}

/// `POST …/space-contents`.
pub async fn begin(call: Call) -> Result<Response, Fault> {
    let wanted = wanted(&call)?;
    let asked = call.json::<Asked>()?.unwrap_or_default();
    let order = order(asked.order_by.as_deref(), asked.order_by_type.as_deref())?;
    match asked.search_mode.as_deref() {
        None | Some("" | "fast" | "normal") => {}
        Some(other) => {
            return Err(Fault::parameter(format!(
                "there is no searchMode '{other}'"
            )));
        }
    }
    let mut filter = Filter::new(asked.criteria)?;
    filter.words = filter::words(&asked.keyword.unwrap_or_default());
    filter.types = Types::read(asked.kind.as_ref())?;
    filter.extensions = filter::extensions(asked.extname);
    let (filter, walk) = call
        .on_disk(move |space| {
            filter.prepare(space, order.needs_said)?;
            let walk = space.walk(&filter.scope, Sequence::Names)?;
            Ok((filter, walk))
        })
        .await?;
    let service = &call.service;
    let search = service
        .searches
        .begin(&call.space, filter, order, walk, service.now())?;
    forget_later(service);
    answer(&call, &search, 0, wanted).await
}

/// `GET …/{SearchId}`.
pub async fn more(call: Call) -> Result<Response, Fault> {
    let wanted = wanted(&call)?;
    let after = match call.target.query.get("marker") {
        None | Some("") => 0,
        Some(text) => text
            .parse()
            .map_err(|_| Fault::parameter("marker is the number that the last page gave"))?,
    };
    let service = &call.service;
    let search = service
        .searches
        .get(call.target.part(2), &call.space, service.now())
        .ok_or_else(unknown)?;
    answer(&call, &search, after, wanted).await
}

/// `DELETE …/{SearchId}`.
pub async fn end(call: Call) -> Result<Response, Fault> {
    let service = &call.service;
    let id = call.target.part(2);
    if !service.searches.end(id, &call.space, service.now()) {
        return Err(unknown());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn unknown() -> Fault {
    Fault::new(
        400,
        "SearchIdInvalid",
        "no search of that id goes on; begin it again",
    )
}

fn wanted(call: &Call) -> Result<Wanted, Fault> {
    Ok(Wanted {
        path: true,
        ..Wanted::of(call)?
    })
}

async fn answer(
    call: &Call,
    search: &Arc<Search>,
    after: usize,
    wanted: Wanted,
) -> Result<Response, Fault> {
    let page = search.page(after, PAGE).await?;
    let paths = page.paths;
    let contents = call
        .on_disk(move |space| {
            // What is gone by now is left out.
            let looked = paths.iter().map(|path| shown::look(space, path, &wanted));
            looked.filter_map(Result::transpose).collect()
        })
        .await?;
    Ok(Json(Answer {
        search_id: search.id.clone(),
        search_finished: page.is_finished,
        has_more: page.next.is_some(),
        next_marker: page.next,
        contents,
    })
    .into_response())
}

/// Gives the memory of searches back that nobody asks for any more.
fn forget_later(service: &Arc<Service>) {
    let service = Arc::downgrade(service);
    let lifetime = running::LIFETIME.unsigned_abs() + std::time::Duration::from_secs(1);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(lifetime).await;
            let Some(service) = service.upgrade() else {
                return;
            };
            if !service.searches.forget_lapsed(service.now()) {
                return;
            }
        }
    });
}

fn order(by: Option<&str>, direction: Option<&str>) -> Result<Order, Fault> {
    let key: Option<fn(&Facts, &Attributes) -> i64> = match by {
        None | Some("" | "name") => None,
        Some("modificationTime") => Some(|facts, _| facts.modified.as_microsecond()),
        Some("creationTime") => Some(|facts, said| said.created_of(facts).as_microsecond()),
        Some("localModificationTime") => Some(|facts, said| {
            let time = said.local_modified.unwrap_or(facts.modified);
            time.as_microsecond()
        }),
        Some("localCreationTime") => Some(|facts, said| {
            let time = said.local_created.unwrap_or_else(|| said.created_of(facts));
            time.as_microsecond()
        }),
        Some("size") => Some(|facts, said| match facts.kind {
            Kind::Directory => 0,
            Kind::File | Kind::Symlink | Kind::Other => {
                i64::try_from(said.size_of(facts)).unwrap_or(i64::MAX)
            }
        }),
        Some(other) => {
            return Err(Fault::new(
                400,
                "OrderByNotAllowed",
                format!("a search is not sorted by '{other}'"),
            ));
        }
    };
    let is_descending = match direction {
        None | Some("" | "asc") => false,
        Some("desc") => true,
        Some(other) => {
            return Err(Fault::new(
                400,
                "OrderByTypeNotAllowed",
                format!("orderByType is asc or desc, not '{other}'"),
            ));
        }
    };
    Ok(Order {
        key,
        needs_said: key.is_some() && by != Some("modificationTime"),
        is_by_name: by == Some("name"),
        is_descending,
    })
}
