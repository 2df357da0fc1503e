//! The story of a restore job: items of the bin go back to where they were.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

use crate::client::batch::{ItemAnswer, Submitted, TaskAnswer};
use crate::client::{Client, Error};
use crate::domain::bin::RecycledId;
use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Outcome, Recycled, TaskId};
use crate::domain::path::RemotePath;

use super::Before;
use super::batches;
use super::check::{self, Open};
use super::matching;
use super::order::Order;
use super::policy::Policy;
use super::report::Report;
use super::story::{self, Story};

/// Puts `items` back; the strategy says what to do about names that are taken by now.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &Items<Recycled>,
    strategy: Strategy,
    order: &Order,
    before: Before,
) -> Result<(), Failure> {
    // Many at once are always renamed (part A 8.5).
    let largest = match strategy {
        Strategy::Rename => policy.restore_batch,
        Strategy::Ask | Strategy::Overwrite => 1,
    };
    let todo = before.todo(order.queue.iter(), largest);
    let story = Restoring {
        items: items.clone(),
        strategy,
    };
    batches::run(&story, client, policy, report, todo).await
}

struct Restoring {
    items: Items<Recycled>,
    strategy: Strategy,
}

impl Story for Restoring {
    type Answer = ItemAnswer;

    fn send(
        &self,
        client: &Client,
        indices: &[usize],
    ) -> impl Future<Output = Result<Submitted, Error>> + Send + 'static {
        let (client, ids) = (client.clone(), ids(&self.items, indices));
        let strategy = self.strategy;
        async move {
            match (strategy, ids.as_slice()) {
                (Strategy::Ask | Strategy::Overwrite, [id]) => {
                    client.restore_one(id, strategy).await
                }
                _ => client.restore_batch(&ids).await,
            }
        }
    }

    fn ask(
        &self,
        client: &Client,
        tasks: Vec<TaskId>,
    ) -> impl Future<Output = Result<Vec<TaskAnswer>, Error>> + Send + 'static {
        story::ask(client, tasks)
    }

    fn read(
        &self,
        indices: &[usize],
        answers: &[ItemAnswer],
    ) -> (Vec<(usize, Outcome)>, Vec<Open>) {
        sort(indices, &ids(&self.items, indices), answers)
    }

    async fn look(
        &self,
        client: &Client,
        policy: &Policy,
        report: &mut Report,
        open: &[Open],
        _: Timestamp,
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        check::put_back(client, policy, report, &self.items, open).await
    }

    fn places(&self, index: usize) -> [Option<RemotePath>; 2] {
        [Some(self.items.at(index).path), None]
    }

    fn destination(&self, index: usize) -> Option<RemotePath> {
        self.items.at(index).path.parent()
    }
}

pub(super) fn ids(items: &Items<Recycled>, indices: &[usize]) -> Vec<RecycledId> {
    indices.iter().map(|&index| items.at(index).id).collect()
}

fn sort(
    chunk: &[usize],
    ids: &[RecycledId],
    answers: &[ItemAnswer],
) -> (Vec<(usize, Outcome)>, Vec<Open>) {
    let found = matching::pair(ids, answers, Clone::clone, |answer| answer.id.clone());
    story::sort(chunk, found, |_, answer| {
        Ok(match &answer.failure {
            None => Outcome::Restored(answer.path.clone()),
            // Another 404 means that the directory it belongs into is missing (part A 8.5).
            Some(failure)
                if failure.kind == FailureKind::Absent
                    && matches!(failure.code.as_deref(), None | Some("RecycledItemNotFound")) =>
            {
                Outcome::AlreadyGone
            }
            Some(failure) if failure.kind == FailureKind::Service => {
                return Err(Arc::clone(failure));
            }
            Some(failure) => Outcome::Failed(Arc::clone(failure)),
        })
    })
}
