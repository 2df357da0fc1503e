//! `restore`: items of the bin go back, by their ids or as what a job has put there.

use anyhow::Context as _;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::client::Client;
use crate::domain::bin::RecycledId;
use crate::domain::format::count;
use crate::domain::job::{JobId, JobKind, JobSpec, Recycled};
use crate::domain::path::RemotePath;
use crate::jobs::check::{self, Search};
use crate::jobs::log::JobLog;

use super::args::Restore;
use super::connect::{Connection, connect};
use super::exit::{Exit, Wrong};
use super::{World, progress};

/// The longest page of the bin.
const PAGE: u32 = 100;

/// Restores.
pub async fn run(world: &World, restore: Restore) -> anyhow::Result<Exit> {
    if restore.ids.iter().any(|id| id.trim().is_empty()) {
        return Err(Wrong::usage("an id may not be empty"));
    }
    let connection = connect(world, &restore.place).await?;
    let done = put_back(world, &connection, &restore).await;
    connection.close().await;
    done
}

async fn put_back(
    world: &World,
    connection: &Connection,
    restore: &Restore,
) -> anyhow::Result<Exit> {
    let items = match restore.job {
        Some(number) => of_job(world, connection, JobId(number)).await?,
        None => by_id(connection, &restore.ids).await?,
    };
    if items.is_empty() {
        eprintln!("mediasweep: there is nothing to put back");
        return Ok(Exit::Done);
    }
    let spec = JobSpec::Restore(items.into(), restore.on_clash.strategy());
    progress::run(world, connection, spec, restore.json).await
}

/// Finds out where the items were, as far as the bin still has them.
async fn by_id(connection: &Connection, ids: &[String]) -> anyhow::Result<Vec<Recycled>> {
    let wanted: FxHashSet<&str> = ids.iter().map(String::as_str).collect();
    let found = find(&connection.client, &wanted, connection.policy.bin_pages).await?;
    Ok(ids
        .iter()
        .map(|id| {
            found.get(id.as_str()).cloned().unwrap_or_else(|| Recycled {
                id: RecycledId(id.as_str().into()),
                path: RemotePath::root(),
                size: None,
            })
        })
        .collect())
}

async fn find(
    client: &Client,
    wanted: &FxHashSet<&str>,
    pages: usize,
) -> anyhow::Result<FxHashMap<String, Recycled>> {
    let mut found = FxHashMap::default();
    let mut after = None;
    for _ in 0..pages {
        let page = client.bin(after.as_ref(), PAGE).await?;
        for entry in page.items {
            if wanted.contains(entry.id.0.as_str()) {
                let item = Recycled {
                    id: entry.id.clone(),
                    path: entry.path,
                    size: entry.size,
                };
                found.insert(entry.id.0.to_string(), item);
            }
        }
        after = page.next;
        if after.is_none() || found.len() == wanted.len() {
            break;
        }
    }
    Ok(found)
}

/// What a job has put into the bin: what its log has booked, and what was on the way when the
/// program broke off, if the bin has it.
///
/// # Errors
/// No such job in this library, or no answer.
pub async fn of_job(
    world: &World,
    connection: &Connection,
    job: JobId,
) -> anyhow::Result<Vec<Recycled>> {
    let client = &connection.client;
    let log = JobLog::open(world.places.jobs()).context("cannot open the logs of jobs")?;
    let past = super::jobs::of_here(&log, job, connection)?;
    let mut items = past.job().recycled().collect::<Vec<_>>();
    let sent = past.unanswered.iter().map(|request| request.sent).min();
    let (Some(since), JobKind::Recycle) = (sent, past.spec.kind()) else {
        return Ok(items);
    };
    let open = past.unanswered.iter().flat_map(|request| &request.items);
    let paths: Vec<RemotePath> = open.map(|index| past.spec.path(*index)).collect();
    // The clock of the service is known once it has answered.
    client.bin(None, 1).await?;
    let since = client.service_time(since) - check::SLACK;
    let found = check::newest_in_bin(client, connection.policy.bin_pages, &paths, since).await?;
    if let Search::Whole(found) | Search::Cut(found) = found {
        eprintln!(
            "mediasweep: job {job} was cut off; {} of {} items without an answer are in the bin",
            count(found.len()),
            count(paths.len())
        );
        items.extend(found.into_values().map(|entry| Recycled {
            id: entry.id,
            path: entry.path,
            size: entry.size,
        }));
    }
    Ok(items)
}
