//! Counting what lies inside many folders. Reads only.

use futures_util::{StreamExt as _, stream};
use rustc_hash::FxHashMap;
use tokio::sync::mpsc::{self, Sender};

use crate::client::Client;
use crate::domain::entry::Kind;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Target};
use crate::domain::space::Sums;
use crate::tui::msg::{Msg, Ticket};
use crate::tui::state::question::load::Inside;

/// Folders that are counted at the same time: others use the service too.
const AT_ONCE: usize = 4;

/// Counts what lies inside the folders among these items, and tells of it while it goes on. Ends
/// early if no folder can be read any more.
pub async fn weigh(client: Client, ticket: Ticket, targets: Items<Target>, send: Sender<Msg>) {
    let (tell, mut parts) = mpsc::unbounded_channel();
    let folders = (0..targets.len()).map(|number| (number, targets.at(number)));
    let folders = folders.filter(|(_, item)| item.kind == Kind::Directory);
    let counts = stream::iter(folders).map(|(number, item)| {
        let (client, tell) = (client.clone(), tell.clone());
        async move {
            // It is heard as long as this is waited for.
            let part = |below| {
                let _ = tell.send((number, below));
            };
            let measured = client.measure(&item.path, part).await;
            (number, item.path, measured.map_err(Failure::from))
        }
    });
    let mut counts = std::pin::pin!(counts.buffer_unordered(AT_ONCE));
    // What was counted to its end, and of the others so far.
    let mut inside = Inside::default();
    let mut whole = Sums::default();
    let mut begun: FxHashMap<usize, Sums> = FxHashMap::default();
    while !inside.is_over {
        let mut folder = None;
        tokio::select! {
            // It never ends: one to tell is left here.
            Some((number, below)) = parts.recv() => {
                begun.insert(number, below);
            }
            count = counts.next() => match count {
                Some((number, path, measured)) => {
                    drain(&mut parts, &mut begun);
                    let so_far = begun.remove(&number).unwrap_or_default();
                    inside.folders += 1;
                    match measured {
                        Ok(measured) => {
                            whole += measured.sums;
                            inside.unread += measured.unread;
                            folder = (measured.unread == 0).then_some((path, measured.sums));
                        }
                        // Nothing is in what is not there.
                        Err(failure) if failure.kind == FailureKind::Absent => {}
                        Err(failure) => {
                            whole += so_far;
                            inside.unread += 1;
                            inside.is_over = ends_all(failure.kind);
                            inside.failure.get_or_insert((path, failure));
                        }
                    }
                }
                None => inside.is_over = true,
            },
        }
        drain(&mut parts, &mut begun);
        inside.below = whole;
        for below in begun.values() {
            inside.below += *below;
        }
        let inside = inside.clone();
        let told = Msg::Weighed {
            ticket,
            inside,
            folder,
        };
        if send.send(told).await.is_err() {
            return;
        }
    }
}

/// Takes in what else was told of folders that are being counted.
fn drain(parts: &mut mpsc::UnboundedReceiver<(usize, Sums)>, begun: &mut FxHashMap<usize, Sums>) {
    while let Ok((number, below)) = parts.try_recv() {
        begun.insert(number, below);
    }
}

/// Whether the other folders would fail in the same way.
fn ends_all(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::SignIn | FailureKind::Network | FailureKind::Throttled
    )
}
