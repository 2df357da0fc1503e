//! The story of a restore job: items of the bin go back to where they were.

use rustc_hash::FxHashSet;

use crate::client::Client;
use crate::client::batch::{ItemAnswer, LARGEST};
use crate::domain::bin::RecycledId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Outcome, Recycled};

use super::check::{self, Open};
use super::matching;
use super::policy::Policy;
use super::report::Report;
use super::submit::{Reply, Request, stops_the_job, submit};

/// Puts `items` back, parents before children, so that what is restored finds its directory.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &[Recycled],
) -> Result<(), Failure> {
    let mut order = distinct(items);
    order.sort_by_key(|&index| items[index].path.components().count());
    let mut chunks = order
        .chunks(policy.restore_batch.clamp(1, LARGEST))
        .peekable();
    while let Some(chunk) = chunks.next() {
        if report.is_stopped() {
            break;
        }
        let ids: Vec<RecycledId> = chunk.iter().map(|&index| items[index].id.clone()).collect();
        let request = Request::Restore(&ids);
        let open = match submit(client, policy, report, request, chunk).await? {
            Reply::Items(exchange, answers) => {
                let (clear, open) = sort(chunk, &ids, &answers);
                report.settled(Some(exchange), clear).await;
                open
            }
            Reply::Refused(exchange, failure) | Reply::TooLarge(exchange, failure) => {
                let outcomes = chunk
                    .iter()
                    .map(|&index| (index, Outcome::Failed(failure.clone())))
                    .collect();
                report.settled(Some(exchange), outcomes).await;
                if stops_the_job(&failure) && chunks.peek().is_some() {
                    return Err(failure);
                }
                Vec::new()
            }
            Reply::Unclear(exchange, failure) => {
                report.settled(Some(exchange), Vec::new()).await;
                Open::all(chunk, &failure)
            }
            Reply::Left(exchange, failure) => {
                let outcomes = chunk
                    .iter()
                    .map(|&index| (index, Outcome::Unknown(failure.clone())))
                    .collect();
                report.settled(Some(exchange), outcomes).await;
                return Ok(());
            }
            Reply::Stopped => break,
        };
        if !open.is_empty() {
            let outcomes = check::put_back(client, policy, report, items, &open).await;
            report.settled(None, outcomes).await;
        }
    }
    Ok(())
}

/// The first of each id; the same item cannot be taken out twice.
pub(super) fn distinct(items: &[Recycled]) -> Vec<usize> {
    let mut seen = FxHashSet::default();
    (0..items.len())
        .filter(|&index| seen.insert(&items[index].id))
        .collect()
}

fn sort(
    chunk: &[usize],
    ids: &[RecycledId],
    answers: &[ItemAnswer],
) -> (Vec<(usize, Outcome)>, Vec<Open>) {
    let found = matching::pair(ids, answers, Clone::clone, |answer| answer.id.clone());
    let mut clear = Vec::with_capacity(chunk.len());
    let mut open = Vec::new();
    for (&index, answer) in chunk.iter().zip(found) {
        let Some(answer) = answer else {
            open.push(Open::unmentioned(index));
            continue;
        };
        match &answer.failure {
            None => clear.push((index, Outcome::Restored(answer.path.clone()))),
            // Another 404 means that the directory it belongs into is missing (part A 8.5).
            Some(failure)
                if failure.kind == FailureKind::Absent
                    && matches!(failure.code.as_deref(), None | Some("RecycledItemNotFound")) =>
            {
                clear.push((index, Outcome::AlreadyGone));
            }
            Some(failure) if failure.kind == FailureKind::Service => {
                open.push(Open::one(index, failure.clone()));
            }
            Some(failure) => clear.push((index, Outcome::Failed(failure.clone()))),
        }
    }
    (clear, open)
}
