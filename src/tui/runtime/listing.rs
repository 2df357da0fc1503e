//! Listings: page by page, folder after folder, and what is asked about what they list.

use std::pin::pin;
use std::sync::Arc;

use compact_str::CompactString;
use futures_util::StreamExt;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use super::{Runtime, answer};
use crate::client::walk::Walk;
use crate::client::{Client, Error, Unread};
use crate::domain::entries::Entries;
use crate::domain::entry::{KnownPage, Marker};
use crate::domain::failure::Failure;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::domain::rule::Rule;
use crate::tui::msg::{Msg, Ticket, WalkStep};

/// Checksums that are asked for at the same time.
const SUMS: usize = 4;
/// The most names that a typed path is completed with; folders come first.
const NAMES: u32 = 1000;

impl Runtime {
    /// Fetches a directory; the first page may have another length than the others.
    pub(super) fn list(
        &mut self,
        ticket: Ticket,
        directory: RemotePath,
        order: Order,
        (first, limit): (u32, u32),
    ) {
        let (client, asking) = (self.client.clone(), self.client.clone());
        let ask = move |after: Option<Marker>| {
            let (client, directory) = (client.clone(), directory.clone());
            async move {
                let limit = if after.is_some() { limit } else { first };
                let after = after.as_ref();
                client.list_ahead(&directory, order, after, limit).await
            }
        };
        let request = tokio::spawn(list(ticket, asking, ask, self.send_page.clone()));
        self.follow(ticket, &request);
    }

    /// Counts what lies below a folder, a few at a time.
    pub(super) fn measure(&mut self, ticket: Ticket, directory: RemotePath) {
        let (client, send) = (self.client.clone(), self.send.clone());
        let turn = Arc::clone(&self.measuring);
        let request = tokio::spawn(async move {
            // Nobody closes it: without a turn the count just begins.
            let _turn = turn.acquire().await;
            let tell = |below| drop(send.send(Msg::Counted(ticket, below)));
            let measured = client.measure(&directory, tell).await;
            let measured = measured
                .map(|measured| (measured.sums, measured.unread))
                .map_err(Failure::from);
            answer(&send, &client, Msg::Measured(ticket, measured));
        });
        self.follow(ticket, &request);
    }
}

/// Sends a directory page by page. Each further page is on its way while the one before is read
/// and taken in.
async fn list<Asked>(
    ticket: Ticket,
    client: Client,
    ask: impl Fn(Option<Marker>) -> Asked,
    send: Sender<Msg>,
) where
    Asked: Future<Output = Result<Unread, Error>> + Send + 'static,
{
    // Dropped with this task, and then nothing more is asked for.
    let mut asked = JoinSet::new();
    asked.spawn(ask(None));
    while let Some(unread) = asked.join_next().await {
        let Ok(unread) = unread else { return };
        let page = match unread {
            Ok(unread) => {
                if let Some(next) = unread.next() {
                    asked.spawn(ask(Some(next.clone())));
                }
                // On a thread of its own: here the next page would not be asked for before this one is
                // read, for tasks that one has just begun wait for it.
                let Ok(page) = tokio::task::spawn_blocking(|| unread.read()).await else {
                    return;
                };
                page
            }
            Err(error) => Err(error),
        };
        let page = page.map_err(Failure::from);
        let is_over = page.is_err();
        if let Some(trip) = client.round_trip() {
            let _ = send.send(Msg::Answered(trip)).await;
        }
        // Perhaps nobody is watching any more.
        if send.send(Msg::Listed { ticket, page }).await.is_err() || is_over {
            return;
        }
    }
}

/// Asks for the checksum of each file, and tells of each. The service may have to read the file for
/// it, so only a few are asked for at once.
pub(super) async fn sum(
    client: Client,
    ticket: Ticket,
    files: Vec<(u32, RemotePath, Option<u64>)>,
    send: Sender<Msg>,
) {
    let asked = files.into_iter().map(|(file, path, size)| {
        let client = client.clone();
        async move {
            let link = client.file_link(&path).await;
            let crc64 = link
                // Another size is another content than the one that was listed.
                .map(|link| link.filter(|link| link.size == size)?.crc64)
                .map_err(Failure::from);
            Msg::Summed {
                ticket,
                file,
                crc64,
            }
        }
    });
    let mut answers = pin!(futures_util::stream::iter(asked).buffer_unordered(SUMS));
    while let Some(answer) = answers.next().await {
        if send.send(answer).await.is_err() {
            return;
        }
    }
}

/// Tells of each part of each directory, and at last that there are no more.
pub(super) async fn walk_through(mut walk: Walk, ticket: Ticket, rule: Rule, send: Sender<Msg>) {
    while let Some(visit) = walk.next().await {
        let (directory, is_last) = (visit.directory, visit.is_last);
        let step = match visit.entries {
            Ok(all) => {
                let mut entries = Entries::default();
                for entry in all.iter() {
                    if rule.may_match(&rule.facts(&directory, entry)) {
                        entries.push(entry);
                    }
                }
                WalkStep::Found {
                    looked: all.len(),
                    directory,
                    entries,
                    is_last,
                }
            }
            Err(error) => WalkStep::Unread {
                directory,
                failure: error.into(),
            },
        };
        if send.send(Msg::Walked { ticket, step }).await.is_err() {
            return;
        }
    }
    // Nobody is watching any more.
    let step = WalkStep::End;
    let _ = send.send(Msg::Walked { ticket, step }).await;
}

/// Whether the pages of a directory are what they were; asks for one after the other until one is
/// not.
pub(super) async fn are_same(
    client: &Client,
    directory: &RemotePath,
    order: Order,
    pages: &[KnownPage],
) -> Result<bool, Error> {
    for page in pages {
        if !client.is_unchanged(directory, order, page).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The folders of a folder in order, as far as its first page goes.
pub(super) async fn folders(
    client: &Client,
    directory: &RemotePath,
) -> Result<Vec<CompactString>, Error> {
    let page = client
        .list(directory, Order::default(), None, NAMES)
        .await?;
    let folders = page.entries.iter().filter(|entry| entry.is_directory());
    let mut names: Vec<CompactString> = folders.map(|entry| entry.name().into()).collect();
    names.sort_unstable();
    Ok(names)
}
