//! Favourites over HTTP (part B 8.1).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::protocol::lenient::time;

use super::directory::offset;
use super::error::Fault;
use super::ledger::PersonalKey;
use super::request::Call;
use super::shown::{self, Shown, Wanted};
use super::space::Space;
use super::space::facts::Identity;
use super::space::marker;
use super::space::personal::{From, Personal};
use super::space::problem::Problem;

const DEFAULT_PAGE: usize = 20;
const LONGEST_PAGE: usize = 1000;

/// What to mark; the inode wins.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    path: Option<String>,
    inode: Option<String>,
}

#[derive(Serialize)]
struct Marked {
    inode: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_num: Option<u64>,
    contents: Vec<Favorite>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Favorite {
    space_id: String,
    #[serde(rename = "favoriteTime", with = "time")]
    marked: Option<Timestamp>,
    #[serde(flatten)]
    target: Mark,
}

/// What was marked, or the little that is known of it once it is gone.
#[derive(Serialize)]
#[serde(untagged)]
enum Mark {
    There(Box<Shown>),
    #[serde(rename_all = "camelCase")]
    Gone {
        inode: String,
        name: &'static str,
        user_id: String,
    },
}

/// `POST` and `POST ?cancel`.
pub async fn change(call: Call) -> Result<Response, Fault> {
    let user = user(&call)?;
    let target = call.json::<Target>()?.unwrap_or_default();
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (inode, path) = (text(target.inode), text(target.path));
    if inode.is_none() && path.is_none() {
        return Err(Fault::parameter("path or inode is needed"));
    }
    let is_cancel = call.target.query.has("cancel");
    let marked = call
        .on_disk(move |space| {
            if is_cancel {
                let identity = match (inode, path) {
                    (Some(inode), _) => Identity::parse(&inode).ok_or(Problem::FavoriteMissing)?,
                    (None, path) => look(space, path)?.1,
                };
                space.remove_favorite(&user, identity)?;
                return Ok(None);
            }
            let path = match (inode, path) {
                (Some(inode), hint) => {
                    let identity = Identity::parse(&inode).ok_or(Problem::PathMissing)?;
                    let hint = hint.and_then(|hint| Space::path(&hint).ok());
                    space
                        .find(identity, hint.as_ref())?
                        .ok_or(Problem::PathMissing)?
                }
                (None, path) => look(space, path)?.0,
            };
            space.add_favorite(&user, &path).map(Some)
        })
        .await?;
    Ok(match marked {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(identity) => Json(Marked {
            inode: identity.text(),
        })
        .into_response(),
    })
}

/// `GET …/list`: in marker or page mode.
pub async fn list(call: Call) -> Result<Response, Fault> {
    let query = &call.target.query;
    let user = user(&call)?;
    match query.get("order_by") {
        None | Some("" | "favoriteTime") => {}
        Some(other) => {
            return Err(Fault::new(
                400,
                "OrderByNotAllowed",
                format!("favourites are not sorted by '{other}'"),
            ));
        }
    }
    // The newest are first, other than in listings.
    let is_descending = match query.get("order_by_type") {
        None | Some("") => true,
        Some(_) => super::directory::is_descending(query)?,
    };
    let is_numbered = query.get("page").is_some() || query.get("page_size").is_some();
    let (from, limit) = if is_numbered {
        let size = query.number("page_size", DEFAULT_PAGE, LONGEST_PAGE)?;
        let offset = offset(query.position("page")?, size)?;
        (From::Offset(offset as u64), size)
    } else {
        let marker = query.get("marker").filter(|marker| !marker.is_empty());
        let key = marker.map(marker::read::<PersonalKey>).transpose()?;
        let limit = query.number("limit", DEFAULT_PAGE, LONGEST_PAGE)?;
        (From::Key(key), limit)
    };
    let wanted = Wanted {
        inode: true,
        path: query.is_wanted("with_path")?,
        favorite_of: None,
    };
    let space_id = call.target.part(1).to_owned();
    let page = call
        .on_disk(move |space| {
            // One more tells whether there is another page.
            let mut rows = space.favorites(&user, is_descending, from, limit + 1)?;
            let is_more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| is_more && !is_numbered);
            Ok(Page {
                next_marker: next.map(|last| marker::write(&last.row.key())),
                total_num: if is_numbered {
                    Some(space.favorite_count(&user)?)
                } else {
                    None
                },
                contents: rows
                    .into_iter()
                    .map(|row| favorite(space, &space_id, &user, row, &wanted))
                    .collect::<Result<_, _>>()?,
            })
        })
        .await?;
    Ok(Json(page).into_response())
}

fn favorite(
    space: &Space,
    space_id: &str,
    user: &str,
    personal: Personal,
    wanted: &Wanted,
) -> Result<Favorite, Problem> {
    Ok(Favorite {
        space_id: space_id.to_owned(),
        marked: Some(personal.row.time),
        target: match personal.target {
            Some((path, facts)) => {
                Mark::There(Box::new(shown::show(space, &path, &facts, wanted)?))
            }
            None => Mark::Gone {
                inode: personal.row.identity.text(),
                name: "",
                user_id: user.to_owned(),
            },
        },
    })
}

fn look(
    space: &Space,
    path: Option<String>,
) -> Result<(crate::domain::path::RemotePath, Identity), Problem> {
    let path = Space::path(&path.unwrap_or_default())?;
    let facts = space.look(&path).map_err(|problem| match problem {
        Problem::DirectoryMissing => Problem::PathMissing,
        other => other,
    })?;
    Ok((path, facts.identity()))
}

/// The user of a request that is about a user's own things.
pub fn user(call: &Call) -> Result<String, Fault> {
    match call.user() {
        "" => Err(Fault::new(
            403,
            "NoPermission",
            "this needs an access token that is bound to a user",
        )),
        user => Ok(user.to_owned()),
    }
}
