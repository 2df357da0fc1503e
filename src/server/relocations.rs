//! Batch moves, batch copies and the copies of directories over HTTP (part A 9.2 and 9.3, part B
//! 2.9).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::path::RemotePath;
use crate::protocol::batch::Relocation;
use crate::protocol::directory::Placed;

use super::batch::{accepted, check_count, envelope, is_for_a_task};
use super::error::Fault;
use super::request::Call;
use super::space::Space;
use super::space::chores::{Chore, Relocating};
use super::space::facts::Kind;
use super::space::problem::Problem;
use super::space::relocate::{RelocationRights, Surroundings};
use super::space::rename::Strategy;
use super::space::work::{self, Way};
use super::token::{Access, Grant};

/// The body of a copy from another space (part B 2.9).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Across {
    copy_from: String,
    copy_from_space_id: String,
}

/// The library of what is saved from a share, which there are none of here (part A 9.2).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Library {
    copy_from_library_id: Option<String>,
}

/// `POST /batch/{L}/{S}?move` (part A 9.3).
pub async fn batch_move(call: Call) -> Result<Response, Fault> {
    batch(call, Way::Move).await
}

/// `POST /batch/{L}/{S}?copy` (part A 9.2).
pub async fn batch_copy(call: Call) -> Result<Response, Fault> {
    batch(call, Way::Copy).await
}

/// `PUT /cross-space/directory/{L}/{S}/copy/{path}` (part B 2.9).
pub async fn copy_directory_across(call: Call) -> Result<Response, Fault> {
    let body = call.json::<Across>()?.ok_or_else(|| {
        Fault::parameter("a body with copyFrom and copyFromSpaceId is needed".to_owned())
    })?;
    let parts = call.target.parts.get(3..).unwrap_or_default();
    let to = Space::path(&parts.join("/"))?;
    copy_directory(&call, &body.copy_from, Some(body.copy_from_space_id), to).await
}

/// The copy of a directory, now or as a task (part B 2.9).
pub async fn copy_directory(
    call: &Call,
    from: &str,
    from_space_id: Option<String>,
    to: RemotePath,
) -> Result<Response, Fault> {
    let strategy = call.target.query.strategy(Strategy::Ask)?;
    let word = match strategy {
        Strategy::Ask => "ask",
        Strategy::Rename => "rename",
        Strategy::Overwrite => return Err(Problem::BadStrategy("overwrite".to_owned()).into()),
    };
    let mut items = vec![Relocation {
        from: from.to_owned(),
        to: to.as_str().to_owned(),
        conflict_resolution_strategy: Some(word.to_owned()),
        from_space_id,
    }];
    normalize(call, &mut items);
    let rights = RelocationRights {
        // Only a directory is copied here.
        file: false,
        file_force: false,
        ..rights(&call.access, Way::Copy, &items)
    };
    if !rights.directory {
        return Err(Problem::NoPermission.into());
    }
    let around = call
        .service
        .surroundings(&call.space, sources(&items))
        .await;
    let rule = call.service.rule;
    let (items, outcome) = call
        .on_disk(move |space| {
            let any = RelocationRights {
                file: true,
                ..rights
            };
            let facts = space
                .check_relocation(Way::Copy, &items[0], any, &around)
                .map_err(|problem| match problem {
                    Problem::SourceMissing => Problem::SourceDirectoryMissing,
                    other => other,
                })?;
            if facts.kind != Kind::Directory {
                return Err(Problem::SourceNotADirectory);
            }
            let sizes = sizes(&items, space, &around);
            if is_for_a_task(rule, items.len(), |most| Space::are_more_than(sizes, most)) {
                return Ok((items, None));
            }
            let done = space.relocate(Way::Copy, &items[0], rights, &around, &mut |_| Ok(()))?;
            Ok((items, Some(done)))
        })
        .await?;
    let Some(done) = outcome else {
        let chore = Chore::CopyDirectory(Relocating::new(items, rights));
        return Ok(accepted(call.service.submit(&call.space, chore).await?));
    };
    if strategy == Strategy::Ask {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Json(Placed {
        path: Some(work::components(&done.path)),
    })
    .into_response())
}

async fn batch(call: Call, way: Way) -> Result<Response, Fault> {
    let mut items = call.json::<Vec<Relocation>>()?.unwrap_or_default();
    check_count(items.len())?;
    let libraries = call.json::<Vec<Library>>()?.unwrap_or_default();
    let own = &call.service.library_id;
    if libraries.iter().any(|item| {
        let named = item.copy_from_library_id.as_ref();
        named.is_some_and(|id| !id.is_empty() && id != own)
    }) {
        return Err(Fault::missing_function());
    }
    normalize(&call, &mut items);
    let rights = rights(&call.access, way, &items);
    let around = call
        .service
        .surroundings(&call.space, sources(&items))
        .await;
    let rule = call.service.rule;
    let now_or_later = call
        .on_disk(move |space| {
            let sizes = sizes(&items, space, &around);
            // A move is one rename, however much is moved.
            let is_large = |most| way == Way::Copy && Space::are_more_than(sizes, most);
            if is_for_a_task(rule, items.len(), is_large) {
                return Ok(Err(items));
            }
            let results = items.iter().map(|item| {
                let outcome = space.relocate(way, item, rights, &around, &mut |_| Ok(()));
                work::relocation_result(way, item, &outcome)
            });
            Ok(Ok(results.collect()))
        })
        .await?;
    match now_or_later {
        Ok(results) => Ok(envelope(results)),
        Err(items) => {
            let relocating = Relocating::new(items, rights);
            let chore = match way {
                Way::Move => Chore::Move(relocating),
                Way::Copy => Chore::Copy(relocating),
            };
            Ok(accepted(call.service.submit(&call.space, chore).await?))
        }
    }
}

/// One spelling for "this space": clients should leave its id out, and some do not.
fn normalize(call: &Call, items: &mut [Relocation]) {
    let own = call.target.part(1);
    for item in items {
        item.from_space_id.take_if(|id| id.is_empty() || *id == own);
    }
}

fn sources(items: &[Relocation]) -> Vec<String> {
    let ids = items.iter().filter_map(|item| item.from_space_id.clone());
    ids.collect()
}

/// The paths whose descendants say how much work it is, each with its space.
fn sizes<'a>(
    items: &'a [Relocation],
    space: &'a Space,
    around: &'a Surroundings,
) -> impl Iterator<Item = (&'a Space, &'a str)> {
    items.iter().filter_map(move |item| {
        let source = around.space(space, item).ok()?;
        Some((source, item.from.as_str()))
    })
}

fn rights(access: &Access, way: Way, items: &[Relocation]) -> RelocationRights {
    let (file, file_force, directory) = match way {
        Way::Move => (Grant::MoveFile, Grant::MoveFileForce, Grant::MoveDirectory),
        Way::Copy => (Grant::CopyFile, Grant::CopyFileForce, Grant::CopyDirectory),
    };
    RelocationRights {
        file: access.allows(file),
        file_force: access.allows(file_force),
        directory: access.allows(directory),
        // An administrator of both spaces.
        across: access.allows(Grant::SpaceAdmin)
            && sources(items).iter().all(|id| access.is_for(id)),
    }
}
