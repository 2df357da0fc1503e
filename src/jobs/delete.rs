//! The story of a delete job: what lies in a listed directory goes with it, and each item's fate is
//! told.

use std::future::Future;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::client::batch::{ItemAnswer, Removal, Submitted, TaskAnswer};
use crate::client::{Client, Error};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Outcome, Target, TaskId};
use crate::domain::path::RemotePath;

use super::Before;
use super::batches::{self, Story};
use super::check::{self, Open};
use super::matching;
use super::policy::Policy;
use super::report::Report;

/// Deletes `targets`, but for those of which it is known already what became of them.
///
/// # Errors
/// What made it break off; the items without an outcome were not sent.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    targets: &Items<Target>,
    removal: Removal,
    before: Before,
) -> Result<(), Failure> {
    let mut plan = Plan::new(targets);
    let roots = plan.roots.iter().filter(|index| !before.has(**index));
    let failure = Arc::new(Failure::new(
        FailureKind::Refused,
        "the root of a space cannot be deleted",
    ));
    let mut known: Vec<(usize, Outcome)> = roots
        .map(|&index| (index, Outcome::Failed(Arc::clone(&failure))))
        .collect();
    // What goes with something may have been cut off behind it in the log.
    let leaders = plan.leaders.iter();
    let decided = leaders.filter_map(|&index| Some((index, before.outcome(index)?.clone())));
    let followed = plan.with_followers(decided.collect());
    known.extend(
        followed
            .into_iter()
            .filter(|(index, _)| !before.has(*index)),
    );
    if !known.is_empty() {
        report.settled(None, known).await;
    }
    let todo = before.todo(std::mem::take(&mut plan.leaders), policy.batch);
    let story = Deleting {
        targets: targets.clone(),
        removal,
        plan,
    };
    batches::run(&story, client, policy, report, todo).await
}

struct Deleting {
    targets: Items<Target>,
    removal: Removal,
    plan: Plan,
}

impl Story for Deleting {
    type Answer = ItemAnswer;

    async fn look_first(
        &self,
        client: &Client,
        policy: &Policy,
        indices: &[usize],
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        let targets = indices.iter().map(|&index| (index, self.targets.at(index)));
        check::changed(client, policy, targets.collect()).await
    }

    fn send(
        &self,
        client: &Client,
        indices: &[usize],
    ) -> impl Future<Output = Result<Submitted, Error>> + Send + 'static {
        let list = self.list(indices);
        let (client, removal) = (client.clone(), self.removal);
        async move { client.delete_batch(&list, removal).await }
    }

    fn ask(
        &self,
        client: &Client,
        tasks: Vec<TaskId>,
    ) -> impl Future<Output = Result<Vec<TaskAnswer>, Error>> + Send + 'static {
        batches::ask(client, tasks)
    }

    fn read(
        &self,
        indices: &[usize],
        answers: &[ItemAnswer],
    ) -> (Vec<(usize, Outcome)>, Vec<Open>) {
        sort(indices, &self.list(indices), answers)
    }

    async fn look(
        &self,
        client: &Client,
        policy: &Policy,
        report: &mut Report,
        open: &[Open],
        sent: Timestamp,
    ) -> Result<Vec<(usize, Outcome)>, Error> {
        check::deleted(
            client,
            policy,
            report,
            &self.targets,
            open,
            self.removal,
            sent,
        )
        .await
    }

    fn with_followers(&self, outcomes: Vec<(usize, Outcome)>) -> Vec<(usize, Outcome)> {
        self.plan.with_followers(outcomes)
    }
}

impl Deleting {
    fn list(&self, indices: &[usize]) -> Vec<Target> {
        let list = indices.iter().map(|&index| self.targets.at(index));
        list.collect()
    }
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
                FailureKind::Service => open.push(Open::one(index, Arc::clone(failure))),
                FailureKind::Denied
                | FailureKind::Conflict
                | FailureKind::SignIn
                | FailureKind::Throttled
                | FailureKind::Network
                | FailureKind::Refused
                | FailureKind::Internal => {
                    clear.push((index, Outcome::Failed(Arc::clone(failure))));
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
    fn new(targets: &Items<Target>) -> Self {
        let paths = Paths::new(targets);
        let mut plan = Self {
            leaders: Vec::new(),
            followers: FxHashMap::default(),
            roots: Vec::new(),
        };
        // The last directory, and the highest target that it is or lies in: neighbours tend to have
        // the same.
        let mut last: Option<(RemotePath, Option<usize>)> = None;
        for (index, target) in targets.iter().enumerate() {
            if target.path.is_root() {
                plan.roots.push(index);
                continue;
            }
            let directory = target.path.directory();
            let above = match &last {
                Some((known, above)) if known.as_str() == directory => *above,
                _ => {
                    let parents = target.path.ancestors();
                    let above = parents.filter_map(|path| paths.find(&path)).last();
                    last = target.path.parent().map(|parent| (parent, above));
                    above
                }
            };
            match above.or_else(|| paths.find(&target.path)) {
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
                | Outcome::Placed(_)
                | Outcome::Fetched(_)
                | Outcome::There
                | Outcome::AlreadyGone => Outcome::AlreadyGone,
                Outcome::Failed(_) | Outcome::Changed | Outcome::NotSent => Outcome::NotSent,
                Outcome::Unknown(failure) => Outcome::Unknown(failure.clone()),
            };
            let followers = self.followers.get(leader).into_iter().flatten();
            more.extend(followers.map(|&follower| (follower, followed.clone())));
        }
        outcomes.extend(more);
        outcomes
    }
}

/// Finds targets by their paths, with a few bytes for each: there may be a million.
struct Paths<'a> {
    targets: &'a Items<Target>,
    sums: Vec<(u64, usize)>,
}

impl<'a> Paths<'a> {
    fn new(targets: &'a Items<Target>) -> Self {
        let all = targets.iter().enumerate();
        let mut sums: Vec<(u64, usize)> = all
            .filter(|(_, target)| !target.path.is_root())
            .map(|(index, target)| (FxBuildHasher.hash_one(&target.path), index))
            .collect();
        sums.sort_unstable();
        Self { targets, sums }
    }

    /// The first target with this path.
    fn find(&self, path: &RemotePath) -> Option<usize> {
        let sum = FxBuildHasher.hash_one(path);
        let from = self.sums.partition_point(|(other, _)| *other < sum);
        let alike = self.sums[from..].iter();
        alike
            .take_while(|(other, _)| *other == sum)
            .map(|(_, index)| *index)
            .find(|index| self.targets.at(*index).path == *path)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::Kind;

    fn plan(paths: &[&str]) -> Plan {
        let paths = paths.iter().map(|path| RemotePath::parse(path).unwrap());
        let targets = paths.map(|path| Target::new(path, Kind::File, None));
        Plan::new(&targets.collect())
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
        let kept = plan.with_followers(vec![(0, Outcome::Failed(failure.into()))]);
        assert_eq!(kept[1], (1, Outcome::NotSent));
    }
}
