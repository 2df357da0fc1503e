//! The story of a delete job: absorb, send request after request, tell each item's fate.

use rustc_hash::FxHashMap;

use crate::client::Client;
use crate::client::batch::{ItemAnswer, LARGEST, Removal};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Outcome, Target};
use crate::domain::path::RemotePath;

use super::check::{self, Open};
use super::matching;
use super::policy::Policy;
use super::report::Report;
use super::submit::{Reply, Request, stops_the_job, submit};

/// How much a request grows after a few that went well.
const GROWTH: usize = 100;
/// So many have to go well.
const GOOD: usize = 3;

/// Deletes `targets`.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    targets: &[Target],
    removal: Removal,
) -> Result<(), Failure> {
    let plan = Plan::new(targets);
    if !plan.roots.is_empty() {
        let failure = Failure::new(
            FailureKind::Refused,
            "the root of a space cannot be deleted",
        );
        let outcomes = plan
            .roots
            .iter()
            .map(|&index| (index, Outcome::Failed(failure.clone())))
            .collect();
        report.settled(None, outcomes).await;
    }
    let largest = policy.batch.clamp(1, LARGEST);
    let mut size = largest;
    let mut good = 0;
    let mut rest = plan.leaders.as_slice();
    while !rest.is_empty() && !report.is_stopped() {
        let (chunk, later) = rest.split_at(size.min(rest.len()));
        let list: Vec<Target> = chunk.iter().map(|&index| targets[index].clone()).collect();
        let sent = report.now();
        let request = Request::Delete(&list, removal);
        let open = match submit(client, policy, report, request, chunk).await? {
            Reply::Items(exchange, answers) => {
                let (clear, open) = sort(chunk, &list, &answers);
                report
                    .settled(Some(exchange), plan.with_followers(clear))
                    .await;
                good += 1;
                if good >= GOOD {
                    good = 0;
                    size = (size + GROWTH).min(largest);
                }
                open
            }
            Reply::TooLarge(_, _) if chunk.len() > 1 => {
                size = chunk.len() / 2;
                good = 0;
                continue;
            }
            Reply::Refused(exchange, failure) | Reply::TooLarge(exchange, failure) => {
                let outcomes = all(chunk, &Outcome::Failed(failure.clone()));
                report
                    .settled(Some(exchange), plan.with_followers(outcomes))
                    .await;
                if stops_the_job(&failure) && !later.is_empty() {
                    return Err(failure);
                }
                Vec::new()
            }
            Reply::Unclear(exchange, failure) => {
                report.settled(Some(exchange), Vec::new()).await;
                size = (chunk.len() / 2).max(1);
                good = 0;
                Open::all(chunk, &failure)
            }
            Reply::Left(exchange, failure) => {
                let outcomes = all(chunk, &Outcome::Unknown(failure));
                report
                    .settled(Some(exchange), plan.with_followers(outcomes))
                    .await;
                return Ok(());
            }
            Reply::Stopped => break,
        };
        if !open.is_empty() {
            let outcomes =
                check::deleted(client, policy, report, targets, &open, removal, sent).await;
            let blind = outcomes.iter().find_map(|(_, outcome)| match outcome {
                Outcome::Unknown(failure) if stops_the_job(failure) => Some(failure.clone()),
                _ => None,
            });
            report.settled(None, plan.with_followers(outcomes)).await;
            if let Some(failure) = blind
                && !later.is_empty()
            {
                return Err(failure);
            }
        }
        rest = later;
    }
    Ok(())
}

fn all(indices: &[usize], outcome: &Outcome) -> Vec<(usize, Outcome)> {
    indices
        .iter()
        .map(|&index| (index, outcome.clone()))
        .collect()
}

/// Tells the items whose answer is clear from those that have to be looked for.
fn sort(
    chunk: &[usize],
    list: &[Target],
    answers: &[ItemAnswer],
) -> (Vec<(usize, Outcome)>, Vec<Open>) {
    let found = matching::pair(
        list,
        answers,
        |target| target.path.clone(),
        |answer| answer.path.clone(),
    );
    let mut clear = Vec::with_capacity(chunk.len());
    let mut open = Vec::new();
    for (&index, answer) in chunk.iter().zip(found) {
        let Some(answer) = answer else {
            open.push(Open::unmentioned(index));
            continue;
        };
        match (&answer.failure, &answer.id) {
            (None, Some(id)) => clear.push((index, Outcome::Recycled(id.clone()))),
            (None, None) => clear.push((index, Outcome::Deleted)),
            (Some(failure), _) => match failure.kind {
                FailureKind::Absent => clear.push((index, Outcome::AlreadyGone)),
                // State unknown, re-read (part A 9.1).
                FailureKind::Service => open.push(Open::one(index, failure.clone())),
                FailureKind::Denied
                | FailureKind::Conflict
                | FailureKind::SignIn
                | FailureKind::Throttled
                | FailureKind::Network
                | FailureKind::Refused
                | FailureKind::Internal => {
                    clear.push((index, Outcome::Failed(failure.clone())));
                }
            },
        }
    }
    (clear, open)
}

/// What is sent, and what goes along with it. A directory together with something inside it is
/// not defined in one request (part A section 9).
struct Plan {
    /// Sent, in the order of the job.
    leaders: Vec<usize>,
    /// By leader: the same path once more, or something inside it.
    followers: FxHashMap<usize, Vec<usize>>,
    /// Never sent.
    roots: Vec<usize>,
}

impl Plan {
    fn new(targets: &[Target]) -> Self {
        let mut first: FxHashMap<&RemotePath, usize> = FxHashMap::default();
        for (index, target) in targets.iter().enumerate() {
            if !target.path.is_root() {
                first.entry(&target.path).or_insert(index);
            }
        }
        let mut plan = Self {
            leaders: Vec::new(),
            followers: FxHashMap::default(),
            roots: Vec::new(),
        };
        for (index, target) in targets.iter().enumerate() {
            if target.path.is_root() {
                plan.roots.push(index);
                continue;
            }
            let highest = target
                .path
                .ancestors()
                .filter_map(|above| first.get(&above))
                .last()
                .or_else(|| first.get(&target.path))
                .copied();
            match highest {
                Some(leader) if leader != index => {
                    plan.followers.entry(leader).or_default().push(index);
                }
                _ => plan.leaders.push(index),
            }
        }
        plan
    }

    /// Adds what the outcome of a directory means for what was absorbed into it.
    fn with_followers(&self, mut outcomes: Vec<(usize, Outcome)>) -> Vec<(usize, Outcome)> {
        if self.followers.is_empty() {
            return outcomes;
        }
        let mut more = Vec::new();
        for (leader, outcome) in &outcomes {
            let followed = match outcome {
                Outcome::Recycled(_)
                | Outcome::Deleted
                | Outcome::Restored(_)
                | Outcome::AlreadyGone => Outcome::AlreadyGone,
                Outcome::Failed(_) | Outcome::NotSent => Outcome::NotSent,
                Outcome::Unknown(failure) => Outcome::Unknown(failure.clone()),
            };
            let followers = self.followers.get(leader).into_iter().flatten();
            more.extend(followers.map(|&follower| (follower, followed.clone())));
        }
        outcomes.extend(more);
        outcomes
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::Kind;

    fn plan(paths: &[&str]) -> Plan {
        let targets: Vec<Target> = paths
            .iter()
            .map(|path| Target {
                path: RemotePath::parse(path).unwrap(),
                kind: Kind::File,
                size: None,
            })
            .collect();
        Plan::new(&targets)
    }

    #[test]
    fn what_lies_in_a_listed_directory_is_absorbed_into_the_highest() {
        let plan = plan(&["a/b/c", "a/b", "a", "ab", "a"]);
        assert_eq!(plan.leaders, [2, 3]);
        assert_eq!(plan.followers[&2], [0, 1, 4]);
    }

    #[test]
    fn the_root_is_never_sent_and_absorbs_nothing() {
        let plan = plan(&["/", "a"]);
        assert_eq!((plan.roots, plan.leaders), (vec![0], vec![1]));
    }

    #[test]
    fn what_was_absorbed_is_gone_with_its_directory_and_untouched_without() {
        let plan = plan(&["a", "a/b"]);
        let gone = plan.with_followers(vec![(0, Outcome::Deleted)]);
        assert_eq!(gone[1], (1, Outcome::AlreadyGone));
        let failure = Failure::new(FailureKind::Denied, "no");
        let kept = plan.with_followers(vec![(0, Outcome::Failed(failure))]);
        assert_eq!(kept[1], (1, Outcome::NotSent));
    }
}
