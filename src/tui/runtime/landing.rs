//! Looking what is where items of the bin would go back to. Reads only.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use rustc_hash::FxHashMap;
use tokio::sync::mpsc::Sender;

use crate::client::Client;
use crate::domain::entry::{Details, Marker};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Recycled};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::tui::msg::{LandingStep, Msg, Ticket};
use crate::tui::state::bin::landing::{Landing, Occupant};

/// Folders that are looked at at the same time: others use the service too.
const AT_ONCE: usize = 4;
/// A folder that more items go back to is listed, if that takes fewer requests than to ask for each.
const FEW: usize = 8;
/// Entries of a page of such a list.
const PAGE: u32 = 1000;

/// Looks at the places of the items, folder by folder, and tells what was found.
pub async fn look(client: Client, ticket: Ticket, items: Items<Recycled>, send: Sender<Msg>) {
    let mut folders: BTreeMap<RemotePath, Vec<(usize, RemotePath)>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let folder = item.path.parent().unwrap_or_else(RemotePath::root);
        folders.entry(folder).or_default().push((index, item.path));
    }
    let client = &client;
    let looks = stream::iter(folders)
        .map(|(folder, places)| async move { look_into(client, &folder, places).await });
    let mut looks = std::pin::pin!(looks.buffer_unordered(AT_ONCE));
    let mut failed = None;
    while let Some(found) = looks.next().await {
        match found {
            Ok(found) => {
                let step = LandingStep::Found(found);
                if send.send(Msg::Landed { ticket, step }).await.is_err() {
                    return;
                }
            }
            Err(failure) => {
                let ends = matches!(
                    failure.kind,
                    FailureKind::SignIn | FailureKind::Network | FailureKind::Throttled
                );
                failed = Some(failure);
                if ends {
                    break;
                }
            }
        }
    }
    let step = LandingStep::End(failed);
    // Perhaps nobody is watching any more.
    let _ = send.send(Msg::Landed { ticket, step }).await;
}

/// What is at these places of one folder.
async fn look_into(
    client: &Client,
    folder: &RemotePath,
    places: Vec<(usize, RemotePath)>,
) -> Result<Vec<(usize, Landing)>, Failure> {
    let is_there = folder.is_root() || client.details(folder).await?.is_some();
    if !is_there {
        let gone = places.into_iter();
        return Ok(gone.map(|(index, _)| (index, Landing::NoFolder)).collect());
    }
    if places.len() > FEW
        && let Some(found) = list(client, folder, &places).await?
    {
        return Ok(found);
    }
    let mut found = Vec::with_capacity(places.len());
    for (index, path) in places {
        let landing = match client.details(&path).await? {
            Some(now) => Landing::Taken(occupant(&now)),
            None => Landing::Free,
        };
        found.push((index, landing));
    }
    Ok(found)
}

/// The same by a list of the folder; none where that would take more requests.
async fn list(
    client: &Client,
    folder: &RemotePath,
    places: &[(usize, RemotePath)],
) -> Result<Option<Vec<(usize, Landing)>>, Failure> {
    let mut wanted: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, path) in places {
        wanted.entry(path.name()).or_default().push(*index);
    }
    let mut found = Vec::with_capacity(places.len());
    let mut after: Option<Marker> = None;
    loop {
        let page = client
            .list(folder, Order::default(), after.as_ref(), PAGE)
            .await?;
        let pages = page.total.unwrap_or(0).div_ceil(u64::from(PAGE));
        if usize::try_from(pages).unwrap_or(usize::MAX) > places.len() {
            return Ok(None);
        }
        for entry in page.entries.iter() {
            for index in wanted.remove(entry.name()).unwrap_or_default() {
                let taken = Landing::Taken(Occupant {
                    kind: entry.kind(),
                    size: entry.size(),
                    modified: entry.modified(),
                });
                found.push((index, taken));
            }
        }
        after = page.next;
        if after.is_none() || wanted.is_empty() {
            break;
        }
    }
    let free = wanted.into_values().flatten();
    found.extend(free.map(|index| (index, Landing::Free)));
    Ok(Some(found))
}

fn occupant(now: &Details) -> Occupant {
    Occupant {
        kind: now.entry.kind,
        size: now.entry.size,
        modified: now.entry.modified,
    }
}
