//! Listings: page by page, folder after folder, and what is asked about what they list.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{Runtime, answer};
use crate::client::walk::Walk;
use crate::client::{Client, Error};
use crate::domain::entries::Entries;
use crate::domain::entry::{EntryPage, KnownPage, Marker};
use crate::domain::failure::Failure;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::domain::rule::Rule;
use crate::tui::msg::{Msg, Ticket, WalkStep};

/// Checksums that are asked for at the same time.
const SUMS: usize = 4;
/// Pages of a directory that are on their way at once.
const AHEAD: usize = 3;
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
        let client = self.client.clone();
        let ask = {
            let client = client.clone();
            move |after: Option<Marker>, tell| {
                let (client, directory) = (client.clone(), directory.clone());
                async move {
                    let limit = if after.is_some() { limit } else { first };
                    let after = after.as_ref();
                    let asked = client.list_ahead(&directory, order, after, limit, tell);
                    let unread = asked.await?;
                    // Whoever waits for other answers on this thread moves to another one.
                    tokio::task::block_in_place(|| unread.read())
                }
            }
        };
        let trip = move || client.round_trip();
        let request = tokio::spawn(list(ticket, trip, ask, self.send_page.clone()));
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

/// Sends a directory page by page. Each further page is asked for as soon as it is seen where it
/// begins, while those before are still arriving, read and taken in.
async fn list<Page>(
    ticket: Ticket,
    round_trip: impl Fn() -> Option<Duration>,
    ask: impl Fn(Option<Marker>, oneshot::Sender<Marker>) -> Page,
    send: Sender<Msg>,
) where
    Page: Future<Output = Result<EntryPage, Error>> + Send + 'static,
{
    let mut after = None;
    loop {
        let mut pages = pin!(pages(after.clone(), &ask).buffered(AHEAD));
        while let Some(page) = pages.next().await {
            // Nobody waits for it any more.
            let Some((asked, page)) = page else { return };
            // What was seen was not where the page begins.
            if asked != after {
                break;
            }
            let next = page.as_ref().ok().and_then(|page| page.next.clone());
            if let Some(trip) = round_trip() {
                let _ = send.send(Msg::Answered(trip)).await;
            }
            let page = page.map_err(Failure::from);
            // Perhaps nobody is watching any more.
            if send.send(Msg::Listed { ticket, page }).await.is_err() || next.is_none() {
                return;
            }
            after = next;
        }
    }
}

/// A page, and the marker that it was asked for with; none where it was given up.
type Arrived = Option<(Option<Marker>, Result<EntryPage, Error>)>;

/// Pages on their way, each from where the one before was seen to end. Ends where that was not seen.
/// What is dropped is not waited for any more.
fn pages<Page>(
    after: Option<Marker>,
    ask: &impl Fn(Option<Marker>, oneshot::Sender<Marker>) -> Page,
) -> impl Stream<Item = impl Future<Output = Arrived>>
where
    Page: Future<Output = Result<EntryPage, Error>> + Send + 'static,
{
    stream::unfold((after, None), move |(mut after, seen)| async move {
        if let Some(seen) = seen {
            let seen: oneshot::Receiver<Marker> = seen;
            after = Some(seen.await.ok()?);
        }
        let (tell, seen) = oneshot::channel();
        let mut page = JoinSet::new();
        page.spawn(ask(after.clone(), tell));
        let asked = after.clone();
        let coming = async move { Some((asked, page.join_next().await?.ok()?)) };
        Some((coming, (after, Some(seen))))
    })
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
    let mut answers = pin!(stream::iter(asked).buffer_unordered(SUMS));
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::mpsc;

    use super::*;
    use crate::domain::entry::{Entry, Kind};

    fn marker(text: &str) -> Option<Marker> {
        (!text.is_empty()).then(|| Marker(text.into()))
    }

    #[tokio::test]
    async fn pages_follow_their_own_markers_whatever_was_seen_of_them() {
        // Where each begins, where it seems to end, where it does, and which ones are asked for.
        let (right, wrong) = (
            [("", "b"), ("b", "c"), ("c", "")],
            [("", "x"), ("b", ""), ("c", "y")],
        );
        for (seen, asked_for) in [(right, "bc"), (wrong, "xbcy")] {
            let asked = Arc::new(Mutex::new(String::new()));
            let ask = {
                let asked = Arc::clone(&asked);
                move |after: Option<Marker>, tell: oneshot::Sender<Marker>| {
                    let from = after.map_or(String::new(), |after| after.0.to_string());
                    asked.lock().unwrap().push_str(&from);
                    async move {
                        let is_it = |(begin, _): &&(&str, &str)| *begin == from;
                        let seen = seen.iter().find(is_it).map_or("", |(_, end)| end);
                        if let Some(seen) = marker(seen) {
                            tell.send(seen).unwrap();
                        }
                        let next = ["", "b", "c", ""].windows(2).find(|ends| ends[0] == from);
                        Ok(EntryPage {
                            entries: [Entry::new(format!("{from}1"), Kind::File)]
                                .iter()
                                .collect(),
                            next: marker(next.map_or("", |ends| ends[1])),
                            total: None,
                            tag: None,
                        })
                    }
                }
            };
            let (send, mut arrived) = mpsc::channel(8);
            list(Ticket(1), || None, ask, send).await;
            let mut names = Vec::new();
            while let Ok(Msg::Listed { page, .. }) = arrived.try_recv() {
                names.extend(
                    page.unwrap()
                        .entries
                        .iter()
                        .map(|entry| entry.name().to_owned()),
                );
            }
            assert_eq!(names, ["1", "b1", "c1"]);
            assert_eq!(*asked.lock().unwrap(), asked_for);
        }
    }
}
