//! The new search over HTTP, which remembers nothing: it goes through the tree in the order of
//! paths, and a marker is the last path (part B 7.4).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::server::error::Fault;
use crate::server::request::Call;
use crate::server::shown::{self, Shown, Wanted};
use crate::server::space::marker;
use crate::server::space::walk::Sequence;

use super::filter::{self, Criteria, Filter, Types};

const DEFAULT_PAGE: usize = 20;
const LONGEST_PAGE: usize = 100;

/// The most keywords, and the most extensions of either kind.
const KEYWORDS: usize = 100;
const EXTENSIONS: usize = 20;

/// A page ends after so many entries, found or not, so that it comes soon.
const LONGEST_WALK: usize = 200_000;

/// What the searches of this kind ask for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    #[serde(rename = "type")]
    kind: Option<String>,
    keywords: Option<Vec<String>>,
    in_extnames: Option<Vec<String>>,
    exclude_extnames: Option<Vec<String>>,
    file_types: Option<serde_json::Value>,
    marker: Option<String>,
    #[serde(flatten)]
    criteria: Criteria,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    next_marker: String,
    contents: Vec<Shown>,
}

/// `POST …/search-fs`.
pub async fn find(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let limit = query.number("limit", DEFAULT_PAGE, LONGEST_PAGE)?;
    let wanted = Wanted::of(&call)?;
    let mut asked = call.json::<Asked>()?.unwrap_or_default();
    let marker = query
        .get("marker")
        .map(str::to_owned)
        .filter(|marker| !marker.is_empty())
        .or(asked.marker.take().filter(|marker| !marker.is_empty()));
    let after = marker
        .map(|marker| marker::read::<String>(&marker))
        .transpose()?;
    let mut filter = asked.filter()?;
    let page = call
        .on_disk(move |space| {
            filter.prepare(space, false)?;
            let mut walk = space.walk(&filter.scope, Sequence::Names)?;
            if let Some(after) = after {
                walk.seek(&after)?;
            }
            let mut contents = Vec::new();
            for _ in 0..LONGEST_WALK {
                let Some(step) = walk.next(space)? else {
                    return Ok(Page {
                        next_marker: String::new(),
                        contents,
                    });
                };
                if filter.matches(&step).is_some()
                    && let Some(shown) = shown::look(space, step.path, &wanted)?
                {
                    contents.push(shown);
                }
                if contents.len() == limit {
                    break;
                }
            }
            let last = walk.path().to_owned();
            let is_end = walk.next(space)?.is_none();
            Ok(Page {
                next_marker: if is_end {
                    String::new()
                } else {
                    marker::write(&last)
                },
                contents,
            })
        })
        .await?;
    Ok(Json(page).into_response())
}

impl Asked {
    /// What is looked for.
    pub fn filter(self) -> Result<Filter, Fault> {
        match self.kind.as_deref() {
            None | Some("" | "filename") => {}
            Some("filecontent") => return Err(Fault::missing_function()),
            Some(other) => {
                return Err(Fault::parameter(format!("there is no search '{other}'")));
            }
        }
        let keywords = self.keywords.unwrap_or_default();
        let count = |list: &Option<Vec<String>>| list.as_ref().map_or(0, Vec::len);
        if keywords.len() > KEYWORDS
            || count(&self.in_extnames) > EXTENSIONS
            || count(&self.exclude_extnames) > EXTENSIONS
        {
            return Err(Fault::parameter(format!(
                "{KEYWORDS} keywords and {EXTENSIONS} extensions are the most"
            )));
        }
        let mut filter = Filter::new(self.criteria)?;
        filter.words = keywords
            .iter()
            .filter(|word| !word.is_empty())
            .map(|word| word.to_lowercase())
            .collect();
        filter.types = Types::read(self.file_types.as_ref())?;
        filter.extensions = filter::extensions(self.in_extnames);
        filter.other_extensions = filter::extensions(self.exclude_extnames);
        Ok(filter)
    }
}
