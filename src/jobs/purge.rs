//! The stories of jobs that delete from the bin for good: some items, or all.
//!
//! The service answers for a whole request, never for an item (part A 8.7 and 8.8), so every
//! failure that is not a plain refusal is followed by a look at the bin.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

use crate::client::batch::{BatchAnswer, ItemAnswer, LARGEST, Submitted, TaskAnswer};
use crate::client::{Client, Error};
use crate::domain::bin::RecycledId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Outcome, Recycled, TaskId};
use crate::texts::later;

use super::Before;
use super::batches;
use super::check::{self, Open};
use super::order::Order;
use super::policy::Policy;
use super::report::{Report, Stop};
use super::restore::ids;
use super::story::{self, Story};

/// Deletes `items` of the bin for good.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &Items<Recycled>,
    order: &Order,
    before: Before,
) -> Result<(), Failure> {
    let todo = before.todo(order.queue.iter(), policy.restore_batch);
    let story = Purging {
        items: items.clone(),
    };
    batches::run(&story, client, policy, report, todo).await
}

/// Empties the bin, and looks whether it is empty of what was there at the start. The one request
/// takes everything; if something of before is still listed afterwards it is asked for by its ids,
/// so that what others put into the bin meanwhile is left to them.
///
/// # Errors
/// A log that cannot be written.
pub async fn empty(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    before: Before,
) -> Result<(), Failure> {
    let todo = before.todo([0], 1);
    batches::run(&Emptying, client, policy, report, todo).await
}

struct Purging {
    items: Items<Recycled>,
}

impl Story for Purging {
    type Answer = ItemAnswer;

    fn send(
        &self,
        client: &Client,
        indices: &[usize],
    ) -> impl Future<Output = Result<Submitted, Error>> + Send + 'static {
        let (client, ids) = (client.clone(), ids(&self.items, indices));
        async move { client.purge_batch(&ids).await.map(|()| all_done()) }
    }

    fn ask(
        &self,
        client: &Client,
        tasks: Vec<TaskId>,
    ) -> impl Future<Output = Result<Vec<TaskAnswer>, Error>> + Send + 'static {
        story::ask(client, tasks)
    }

    fn read(&self, indices: &[usize], _: &[ItemAnswer]) -> (Vec<(usize, Outcome)>, Vec<Open>) {
        let all = indices.iter().map(|&index| (index, Outcome::Deleted));
        (all.collect(), Vec::new())
    }

    async fn look(
        &self,
        client: &Client,
        policy: &Policy,
        report: &mut Report,
        open: &[Open],
        _: Timestamp,
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        check::taken_out(client, policy, report, &self.items, open).await
    }
}

struct Emptying;

impl Story for Emptying {
    type Answer = ItemAnswer;

    fn send(
        &self,
        client: &Client,
        _: &[usize],
    ) -> impl Future<Output = Result<Submitted, Error>> + Send + 'static {
        let client = client.clone();
        async move { client.empty_bin().await.map(|()| all_done()) }
    }

    fn ask(
        &self,
        client: &Client,
        tasks: Vec<TaskId>,
    ) -> impl Future<Output = Result<Vec<TaskAnswer>, Error>> + Send + 'static {
        story::ask(client, tasks)
    }

    fn read(&self, indices: &[usize], _: &[ItemAnswer]) -> (Vec<(usize, Outcome)>, Vec<Open>) {
        let text = later!("the service was asked to empty the bin and still lists items in it");
        let failure = Failure::new(FailureKind::Service, text);
        let open = indices
            .iter()
            .map(|&index| Open::one(index, failure.clone()));
        (Vec::new(), open.collect())
    }

    async fn look(
        &self,
        client: &Client,
        policy: &Policy,
        report: &mut Report,
        open: &[Open],
        sent: Timestamp,
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        let Some(item) = open.first() else {
            return Ok(Vec::new());
        };
        let outcome = is_emptied(client, policy, report, item, sent).await?;
        Ok(vec![(item.index, outcome)])
    }
}

/// Neither answer says anything about items.
fn all_done() -> Submitted {
    Submitted {
        status: 204,
        request_id: None,
        answer: BatchAnswer::Results(Vec::new()),
    }
}

async fn is_emptied(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    item: &Open,
    started: Timestamp,
) -> Result<Outcome, Error> {
    for number in 0..policy.empty_tries.max(1) {
        report.checking().await;
        let rest = of_before(client, policy, started).await?;
        if rest.is_empty() {
            return Ok(Outcome::Deleted);
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if report.pause(policy.poll.pause(number), Stop::Cancel).await {
            break;
        }
        for ids in rest.chunks(policy.restore_batch.clamp(1, LARGEST)) {
            // Whatever the answer is, the next look tells.
            if let Err(error) = client.purge_batch(ids).await {
                tracing::warn!(%error, "items of the bin were not deleted for good");
                break;
            }
        }
    }
    Ok(Outcome::Failed(Arc::clone(&item.failure)))
}

/// What the bin lists that was there at the start; an item without a time of removal is not known
/// to have been.
async fn of_before(
    client: &Client,
    policy: &Policy,
    started: Timestamp,
) -> Result<Vec<RecycledId>, Error> {
    let mut rest = Vec::new();
    let mut after = None;
    for _ in 0..policy.bin_pages {
        let page = client.bin(after.as_ref(), 100).await?;
        let started = client.service_time(started);
        let old = |removed: Option<Timestamp>| removed.is_some_and(|removed| removed < started);
        rest.extend(
            page.items
                .into_iter()
                .filter(|item| old(item.removed))
                .map(|item| item.id),
        );
        if page.next.is_none() {
            break;
        }
        after = page.next;
    }
    Ok(rest)
}
