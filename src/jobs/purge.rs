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
                let open = Open::all(chunk, &failure);
                let outcomes = check::taken_out(client, policy, report, items, &open).await;
                report.settled(None, outcomes).await;
            }
            Reply::Stopped => break,
        }
    }
    Ok(())
}

/// Empties the bin, and looks whether it is empty of what was there at the start. The one request
/// takes everything; if something of before is still listed afterwards it is asked for by its ids,
/// so that what others put into the bin meanwhile is left to them.
///
/// # Errors
/// A log that cannot be written.
pub async fn empty(client: &Client, policy: &Policy, report: &mut Report) -> Result<(), Failure> {
    let started = report.now();
    match submit(client, policy, report, Request::EmptyBin, &[0]).await? {
        Reply::Items(exchange, _) | Reply::Unclear(exchange, _) | Reply::Left(exchange, _) => {
            report.settled(Some(exchange), Vec::new()).await;
        }
        Reply::Refused(exchange, failure) | Reply::TooLarge(exchange, failure) => {
            let outcomes = vec![(0, Outcome::Failed(failure))];
            report.settled(Some(exchange), outcomes).await;
            return Ok(());
        }
        Reply::Stopped => return Ok(()),
    }
    let mut outcome = Outcome::Failed(Failure::new(
        FailureKind::Service,
        "the service was asked to empty the bin and still lists items in it",
    ));
    for number in 0..policy.empty_tries.max(1) {
        report.checking().await;
        let rest = match of_before(client, policy, started).await {
            Ok(rest) if rest.is_empty() => {
                outcome = Outcome::Deleted;
                break;
            }
            Ok(rest) => rest,
            Err(error) => {
                outcome = Outcome::Unknown(error.into());
                break;
            }
        };
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if report.pause(policy.poll.pause(number), Stop::Cancel).await {
            break;
        }
        for ids in rest.chunks(policy.restore_batch.clamp(1, LARGEST)) {
            match submit(client, policy, report, Request::Purge(ids), &[0]).await? {
                Reply::Stopped => break,
                Reply::Items(exchange, _)
                | Reply::Unclear(exchange, _)
                | Reply::Left(exchange, _)
                | Reply::Refused(exchange, _)
                | Reply::TooLarge(exchange, _) => {
                    report.settled(Some(exchange), Vec::new()).await;
                }
            }
        }
    }
    report.settled(None, vec![(0, outcome)]).await;
    Ok(())
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
