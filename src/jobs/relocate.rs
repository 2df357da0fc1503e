//! The story of a move or copy job: entries are to be at another place, or there as well.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

use crate::client::batch::{RelocationAnswer, Submitted, TaskAnswer};
use crate::client::{Client, Error};
use crate::domain::entry::Kind;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Outcome, Relocation, Target, TaskId};
use crate::domain::path::RemotePath;
use crate::texts::later;

use super::Before;
use super::batches;
use super::check::{self, Open};
use super::matching;
use super::order::Order;
use super::policy::Policy;
use super::report::Report;
use super::story::{self, Story};

/// What becomes of the entry at the old place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It leaves it.
    Move,
    /// It stays.
    Copy,
}

/// Moves or copies `items`.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &Items<Relocation>,
    how: How,
    order: &Order,
    before: Before,
) -> Result<(), Failure> {
    let failure = Arc::new(Failure::new(
        FailureKind::Refused,
        later!("the root of a space cannot be moved or copied"),
    ));
    let roots = order.roots.iter().copied();
    let refused = roots.filter(|index| !before.has(*index));
    let refused: Vec<_> = refused
        .map(|index| (index, Outcome::Failed(Arc::clone(&failure))))
        .collect();
    if !refused.is_empty() {
        report.settled(None, refused).await;
    }
    let todo = before.todo(order.queue.iter(), policy.batch);
    let story = Relocating {
        items: items.clone(),
        how,
    };
    batches::run(&story, client, policy, report, todo).await
}

struct Relocating {
    items: Items<Relocation>,
    how: How,
}

impl Story for Relocating {
    type Answer = RelocationAnswer;

    async fn look_first(
        &self,
        client: &Client,
        policy: &Policy,
        indices: &[usize],
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        let sources = indices.iter().map(|&index| {
            let item = self.items.at(index);
            (index, Target::new(item.from, Kind::Other, item.size))
        });
        check::changed(client, policy, sources.collect()).await
    }

    fn send(
        &self,
        client: &Client,
        indices: &[usize],
    ) -> impl Future<Output = Result<Submitted<RelocationAnswer>, Error>> + Send + 'static {
        let (client, how) = (client.clone(), self.how);
        let items = indices.iter().map(|&index| self.items.at(index));
        let items: Vec<Relocation> = items.collect();
        async move {
            match how {
                How::Move => client.move_batch(&items).await,
                How::Copy => client.copy_batch(&items).await,
            }
        }
    }

    fn ask(
        &self,
        client: &Client,
        tasks: Vec<TaskId>,
    ) -> impl Future<Output = Result<Vec<TaskAnswer<RelocationAnswer>>, Error>> + Send + 'static
    {
        let client = client.clone();
        async move { client.relocation_tasks(&tasks).await }
    }

    fn read(
        &self,
        indices: &[usize],
        answers: &[RelocationAnswer],
    ) -> (Vec<(usize, Outcome)>, Vec<Open>) {
        let found = matching::pair(
            indices,
            answers,
            |&index| self.items.at(index).from,
            |answer| answer.source.clone(),
        );
        story::sort(indices, found, |index, answer| {
            Ok(match &answer.item.failure {
                None => {
                    let placed = answer.item.path.clone();
                    Outcome::Placed(placed.unwrap_or_else(|| self.items.at(index).to))
                }
                Some(failure) if is_source_missing(failure) => Outcome::AlreadyGone,
                // State unknown, re-read (part A 9.1).
                Some(failure) if failure.kind == FailureKind::Service => {
                    return Err(Arc::clone(failure));
                }
                Some(failure) => Outcome::Failed(Arc::clone(failure)),
            })
        })
    }

    async fn look(
        &self,
        client: &Client,
        policy: &Policy,
        report: &mut Report,
        open: &[Open],
        _: Timestamp,
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        check::relocated(client, policy, report, &self.items, open, self.how).await
    }

    fn places(&self, index: usize) -> [Option<RemotePath>; 2] {
        let item = self.items.at(index);
        [Some(item.from), Some(item.to)]
    }

    fn destination(&self, index: usize) -> Option<RemotePath> {
        self.items.at(index).to.parent()
    }
}

/// Another 404 means that the directory which it is to go to is missing (part A 9.3).
fn is_source_missing(failure: &Failure) -> bool {
    let names_source = |code: &str| code.starts_with("Source") || code == "PathNotFound";
    failure.kind == FailureKind::Absent && failure.code.as_deref().is_none_or(names_source)
}
