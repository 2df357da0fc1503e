//! A walk through directories and what lies below them, with several pages on the way at once.
//!
//! Reads only. Links are told and not followed, so the walk ends.

use tokio::task::JoinSet;

use crate::domain::entries::Entries;
use crate::domain::entry::{EntryPage, Marker};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::domain::rule::Scope;

use super::{Client, Error};

/// Pages that are asked for at the same time.
const AT_ONCE: usize = 6;
/// The longest page of a listing (part B 0.2).
const PAGE: u32 = 1000;

/// Directories that are being walked through. Dropping it gives up the pages on the way.
pub struct Walk {
    client: Client,
    /// Pages that are still to be asked for; the last one is next, so deep trees need little room.
    waiting: Vec<Step>,
    pages: JoinSet<(Step, Result<EntryPage, Error>)>,
}

struct Step {
    scope: Scope,
    after: Option<Marker>,
}

/// A part of one directory.
pub struct Visit {
    /// Which one.
    pub directory: RemotePath,
    /// Some of its entries with their inodes, or why there are no more of them.
    pub entries: Result<Entries, Error>,
    /// Whether no more of the directory comes.
    pub is_last: bool,
}

impl Walk {
    /// Begins; nothing is asked for yet. None of the scopes may lie in another one.
    pub fn new(client: Client, scopes: Vec<Scope>) -> Self {
        let waiting = scopes
            .into_iter()
            .rev()
            .map(|scope| Step { scope, after: None });
        Self {
            client,
            waiting: waiting.collect(),
            pages: JoinSet::new(),
        }
    }

    /// The next part, in no certain order; none at the end. A directory that cannot be read is told
    /// and ends there; the others go on. Losing the future loses nothing.
    pub async fn next(&mut self) -> Option<Visit> {
        while self.pages.len() < AT_ONCE
            && let Some(step) = self.waiting.pop()
        {
            let client = self.client.clone();
            self.pages.spawn(async move {
                let (directory, after) = (&step.scope.directory, step.after.as_ref());
                let order = Order::default();
                let page = client.list_with_inodes(directory, order, after, PAGE).await;
                (step, page)
            });
        }
        let (step, page) = match self.pages.join_next().await? {
            Ok(arrived) => arrived,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let scope = step.scope;
        let is_last = !page.as_ref().is_ok_and(|page| page.next.is_some());
        let entries = page.map(|page| {
            if scope.is_deep {
                let below = page.entries.iter().filter(|entry| entry.is_directory());
                self.waiting.extend(below.filter_map(|entry| {
                    let directory = scope.directory.join(entry.name()).ok()?;
                    Some(Step {
                        scope: Scope {
                            directory,
                            is_deep: true,
                        },
                        after: None,
                    })
                }));
            }
            if page.next.is_some() {
                self.waiting.push(Step {
                    scope: scope.clone(),
                    after: page.next,
                });
            }
            page.entries
        });
        Some(Visit {
            directory: scope.directory,
            entries,
            is_last,
        })
    }
}
