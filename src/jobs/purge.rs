//! The stories of jobs that delete from the bin for good: some items, or all.
//!
//! The service answers for a whole request, never for an item (part A 8.7 and 8.8), so every
//! failure that is not a plain refusal is followed by a look at the bin.

use jiff::Timestamp;

use crate::client::batch::LARGEST;
use crate::client::{Client, Error};
use crate::domain::bin::RecycledId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Outcome, Recycled};

use super::check::{self, Open};
use super::policy::Policy;
use super::report::{Report, Stop};
use super::restore::distinct;
use super::submit::{Reply, Request, stops_the_job, submit};

/// Deletes `items` of the bin for good.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &[Recycled],
) -> Result<(), Failure> {
    let order = distinct(items);
    let mut chunks = order
        .chunks(policy.restore_batch.clamp(1, LARGEST))
        .peekable();
    while let Some(chunk) = chunks.next() {
        if report.is_stopped() {
            break;
        }
        let ids: Vec<RecycledId> = chunk.iter().map(|&index| items[index].id.clone()).collect();
        let request = Request::Purge(&ids);
        let all = |outcome: &Outcome| {
            chunk
                .iter()
                .map(|&index| (index, outcome.clone()))
                .collect()
        };
        match submit(client, policy, report, request, chunk).await? {
            Reply::Items(exchange, _) => {
                report.settled(Some(exchange), all(&Outcome::Deleted)).await;
            }
            Reply::Refused(exchange, failure) | Reply::TooLarge(exchange, failure) => {
                let outcomes = all(&Outcome::Failed(failure.clone()));
                report.settled(Some(exchange), outcomes).await;
                if stops_the_job(&failure) && chunks.peek().is_some() {
                    return Err(failure);
                }
            }
            Reply::Unclear(exchange, failure) | Reply::Left(exchange, failure) => {
                report.settled(Some(exchange), Vec::new()).await;
                let open: Vec<Open> = chunk
                    .iter()
                    .map(|&index| Open {
                        index,
                        failure: failure.clone(),
                    })
                    .collect();
                let outcomes =
                    check::taken_out(client, policy, report, items, &open, &Outcome::Deleted).await;
                report.settled(None, outcomes).await;
            }
            Reply::Stopped => break,
        }
    }
    Ok(())
}

/// Empties the bin: again and again until the service lists nothing in it that was there at the
/// start. What others put into it meanwhile is left to them.
///
/// # Errors
/// A log that cannot be written.
pub async fn empty(client: &Client, policy: &Policy, report: &mut Report) -> Result<(), Failure> {
    let started = report.now();
    let mut last = None;
    for number in 0..policy.empty_tries.max(1) {
        match submit(client, policy, report, Request::EmptyBin, &[0]).await? {
            Reply::Items(exchange, _) | Reply::Unclear(exchange, _) | Reply::Left(exchange, _) => {
                report.settled(Some(exchange), Vec::new()).await;
            }
            Reply::Refused(exchange, failure) | Reply::TooLarge(exchange, failure) => {
                let outcomes = vec![(0, Outcome::Failed(failure))];
                report.settled(Some(exchange), outcomes).await;
                return Ok(());
            }
            Reply::Stopped => break,
        }
        report.checking().await;
        match is_empty(client, policy, started).await {
            Ok(true) => {
                report.settled(None, vec![(0, Outcome::Deleted)]).await;
                return Ok(());
            }
            Ok(false) => {
                last = Some(Outcome::Failed(Failure::new(
                    FailureKind::Service,
                    "the service was asked to empty the bin and still lists items in it",
                )));
            }
            Err(error) => last = Some(Outcome::Unknown(error.into())),
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if report.pause(policy.poll.pause(number), Stop::Cancel).await {
            break;
        }
    }
    if let Some(outcome) = last {
        report.settled(None, vec![(0, outcome)]).await;
    }
    Ok(())
}

async fn is_empty(client: &Client, policy: &Policy, started: Timestamp) -> Result<bool, Error> {
    let mut after = None;
    for _ in 0..policy.bin_pages {
        let page = client.bin(after.as_ref(), 100).await?;
        let started = client.service_time(started);
        let is_old = |removed: Option<Timestamp>| removed.is_none_or(|removed| removed < started);
        if page.items.iter().any(|entry| is_old(entry.removed)) {
            return Ok(false);
        }
        if page.next.is_none() {
            return Ok(true);
        }
        after = page.next;
    }
    Ok(false)
}
