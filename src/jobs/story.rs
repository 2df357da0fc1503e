//! What makes one kind of job different from another: how its items are sent, and what an answer means
//! for them.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

use crate::client::batch::{Submitted, TaskAnswer};
use crate::client::{Client, Error};
use crate::domain::failure::Failure;
use crate::domain::job::{Outcome, TaskId};
use crate::domain::path::RemotePath;

use super::check::Open;
use super::policy::Policy;
use super::report::Report;

/// What makes one kind of job different from another.
pub trait Story {
    /// What the service says about one item.
    type Answer: Send + 'static;

    /// Items that are not to be sent after a look at what is there now, and what that makes of them.
    ///
    /// # Errors
    /// Nothing could be seen.
    fn look_first(
        &self,
        _client: &Client,
        _policy: &Policy,
        _indices: &[usize],
    ) -> impl Future<Output = Result<Vec<(usize, Outcome)>, Error>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// Sends one request about these items.
    fn send(
        &self,
        client: &Client,
        indices: &[usize],
    ) -> impl Future<Output = Result<Submitted<Self::Answer>, Error>> + Send + 'static;

    /// Asks about tasks that the service has made of requests.
    fn ask(
        &self,
        client: &Client,
        tasks: Vec<TaskId>,
    ) -> impl Future<Output = Result<Vec<TaskAnswer<Self::Answer>>, Error>> + Send + 'static;

    /// Tells the items whose answer is clear from those that have to be looked for.
    fn read(
        &self,
        indices: &[usize],
        answers: &[Self::Answer],
    ) -> (Vec<(usize, Outcome)>, Vec<Open>);

    /// Looks what became of items of a request of the time `sent`.
    ///
    /// # Errors
    /// Nothing could be seen.
    fn look(
        &self,
        client: &Client,
        policy: &Policy,
        report: &mut Report,
        open: &[Open],
        sent: Timestamp,
    ) -> impl Future<Output = Result<Vec<(usize, Outcome)>, Error>> + Send;

    /// Adds what the outcomes of items mean for others that were not sent for their own sake.
    fn with_followers(&self, outcomes: Vec<(usize, Outcome)>) -> Vec<(usize, Outcome)> {
        outcomes
    }

    /// What an item touches, if that may lie inside what another one of the job touches.
    fn places(&self, _index: usize) -> [Option<RemotePath>; 2] {
        [None, None]
    }

    /// The directory that has to be there for an item to arrive.
    fn destination(&self, _index: usize) -> Option<RemotePath> {
        None
    }
}

/// Tells the items whose answer is clear from those that have to be looked for: those without one, and
/// those for which `judge`, asked with the number of the item, finds that the answer says too little.
pub fn sort<A>(
    indices: &[usize],
    answers: Vec<Option<&A>>,
    judge: impl Fn(usize, &A) -> Result<Outcome, Arc<Failure>>,
) -> (Vec<(usize, Outcome)>, Vec<Open>) {
    let mut clear = Vec::with_capacity(indices.len());
    let mut open = Vec::new();
    for (&index, answer) in indices.iter().zip(answers) {
        match answer.map(|answer| judge(index, answer)) {
            Some(Ok(outcome)) => clear.push((index, outcome)),
            Some(Err(failure)) => open.push(Open::one(index, failure)),
            None => open.push(Open::unmentioned(index)),
        }
    }
    (clear, open)
}

/// Asks about tasks whose items are each named by one path or id.
pub fn ask(
    client: &Client,
    tasks: Vec<TaskId>,
) -> impl Future<Output = Result<Vec<TaskAnswer>, Error>> + Send + 'static {
    let client = client.clone();
    async move { client.tasks(&tasks).await }
}
