//! The story of a delete job: each item's fate is told.

use std::future::Future;
use std::sync::Arc;

use crate::client::batch::{ItemAnswer, Removal, Submitted, TaskAnswer};
use crate::client::{Client, Error};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Outcome, Target, TaskId};
use crate::texts::later;
use jiff::Timestamp;

use super::Before;
use super::batches;
use super::check::{self, Open};
use super::matching;
use super::order::Order;
use super::policy::Policy;
use super::report::Report;
use super::story::{self, Story};

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
    mut order: Order,
    before: Before,
) -> Result<(), Failure> {
    let roots = order.roots.iter().filter(|index| !before.has(**index));
    let failure = Arc::new(Failure::new(
        FailureKind::Refused,
        later!("the root of a space cannot be deleted"),
    ));
    let mut known: Vec<(usize, Outcome)> = roots
        .map(|&index| (index, Outcome::Failed(Arc::clone(&failure))))
        .collect();
    // What goes with something may have been cut off behind it in the log.
    let leaders = order.followers.keys();
    let decided = leaders.filter_map(|&index| Some((index, before.outcome(index)?)));
    let followed = order.with_followers(decided.collect());
    known.extend(
        followed
            .into_iter()
            .filter(|(index, _)| !before.has(*index)),
    );
    if !known.is_empty() {
        report.settled(None, known).await;
    }
    let todo = before.todo(std::mem::take(&mut order.queue).iter(), policy.batch);
    let story = Deleting {
        targets: targets.clone(),
        removal,
        order,
    };
    batches::run(&story, client, policy, report, todo).await
}

struct Deleting {
    targets: Items<Target>,
    removal: Removal,
    order: Order,
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
        story::ask(client, tasks)
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
        self.order.with_followers(outcomes)
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
    story::sort(chunk, found, |_, answer| {
        Ok(match (&answer.failure, &answer.id) {
            (None, Some(id)) => Outcome::Recycled(id.clone()),
            (None, None) => Outcome::Deleted,
            (Some(failure), _) => match failure.kind {
                FailureKind::Absent => Outcome::AlreadyGone,
                // State unknown, re-read (part A 9.1).
                FailureKind::Service => return Err(Arc::clone(failure)),
                FailureKind::Denied
                | FailureKind::Conflict
                | FailureKind::SignIn
                | FailureKind::Throttled
                | FailureKind::Network
                | FailureKind::Refused
                | FailureKind::Internal => Outcome::Failed(Arc::clone(failure)),
            },
        })
    })
}
