//! Sending one request and following it to its last answer: patience when throttled, questions
//! about its task. What the answer means for the items is for the callers to say.

use crate::client::batch::{BatchAnswer, ItemAnswer, Removal, Submitted, TaskState};
use crate::client::{Client, Error};
use crate::domain::bin::RecycledId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Exchange, Target, TaskId};

use super::policy::Policy;
use super::report::{Report, Stop};

/// A request that changes something.
pub enum Request<'a> {
    Delete(&'a [Target], Removal),
    Restore(&'a [RecycledId]),
    Purge(&'a [RecycledId]),
    EmptyBin,
}

impl Request<'_> {
    async fn send(&self, client: &Client) -> Result<Submitted, Error> {
        // Neither of the last two says anything about items.
        let all = |()| Submitted {
            status: 204,
            request_id: None,
            answer: BatchAnswer::Results(Vec::new()),
        };
        match self {
            Self::Delete(targets, removal) => client.delete_batch(targets, *removal).await,
            Self::Restore(ids) => client.restore_batch(ids).await,
            Self::Purge(ids) => client.purge_batch(ids).await.map(all),
            Self::EmptyBin => client.empty_bin().await.map(all),
        }
    }
}

/// How a request ended.
pub enum Reply {
    /// With results, perhaps not for all items.
    Items(Exchange, Vec<ItemAnswer>),
    /// Refused as a whole: nothing was done.
    Refused(Exchange, Failure),
    /// Too much for one request: nothing was done.
    TooLarge(Exchange, Failure),
    /// Nobody knows: look at what is there.
    Unclear(Exchange, Failure),
    /// Not sent, because the job was stopped.
    Stopped,
    /// Accepted, and the program ends before the service has finished.
    Left(Exchange, Failure),
}

/// Sends a request about the items `indices`, and again as long as the service asks for patience.
///
/// # Errors
/// A log that cannot be written; the request was not sent.
pub async fn submit(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    request: Request<'_>,
    indices: &[usize],
) -> Result<Reply, Failure> {
    let mut pauses = policy.throttle.iter();
    loop {
        if report.is_stopped() {
            return Ok(Reply::Stopped);
        }
        report.sending(indices).await?;
        let sent = report.now();
        let answer = request.send(client).await;
        let mut exchange = Exchange {
            items: indices.len(),
            status: None,
            request_id: None,
            task: None,
            took_ms: 0,
        };
        let took = |report: &Report| {
            let millis = report.now().duration_since(sent).as_millis();
            u64::try_from(millis).unwrap_or(0)
        };
        let error = match answer {
            Ok(submitted) => {
                exchange.status = Some(submitted.status);
                exchange.request_id = submitted.request_id;
                let mut reply = match submitted.answer {
                    BatchAnswer::Results(answers) => Reply::Items(exchange, answers),
                    BatchAnswer::Task(task) => follow(client, policy, report, exchange, task).await,
                };
                if let Reply::Items(exchange, _)
                | Reply::Unclear(exchange, _)
                | Reply::Left(exchange, _) = &mut reply
                {
                    exchange.took_ms = took(report);
                }
                return Ok(reply);
            }
            Err(error) => error,
        };
        let failure = Failure::from(&error);
        exchange.status = failure.status;
        exchange.request_id.clone_from(&failure.request_id);
        exchange.took_ms = took(report);
        if error.may_have_worked() {
            tracing::warn!(%failure, "no clear answer");
            return Ok(Reply::Unclear(exchange, failure));
        }
        report.nothing_done().await;
        let Error::Throttled { retry_after, .. } = error else {
            return Ok(match failure.status {
                Some(413) => Reply::TooLarge(exchange, failure),
                _ => Reply::Refused(exchange, failure),
            });
        };
        let Some(pause) = pauses.next() else {
            return Ok(Reply::Refused(exchange, failure));
        };
        let pause = retry_after.map_or(pause, |asked| asked.min(policy.throttle.longest));
        report.throttled(pause).await;
        if report.pause(pause, Stop::Cancel).await {
            return Ok(Reply::Stopped);
        }
    }
}

/// Asks about a task until it is finished. A question that fails says nothing about the task
/// (part A 7.5).
async fn follow(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    mut exchange: Exchange,
    task: TaskId,
) -> Reply {
    report.waiting(&task).await;
    exchange.task = Some(task.clone());
    let mut number = 0;
    let mut failures = 0;
    loop {
        if report.pause(policy.poll.pause(number), Stop::Leave).await {
            let failure = Failure::new(
                FailureKind::Network,
                "the service goes on with it, and nobody has waited for the result",
            );
            return Reply::Left(exchange, failure);
        }
        number += 1;
        let failure = match client.tasks(std::slice::from_ref(&task)).await {
            Ok(answers) => {
                let Some(answer) = answers
                    .into_iter()
                    .find(|answer| answer.id.as_ref() == Some(&task))
                else {
                    return Reply::Unclear(exchange, vanished());
                };
                match answer.state {
                    TaskState::Running => {
                        failures = 0;
                        continue;
                    }
                    TaskState::Finished(items) => {
                        exchange.status = Some(answer.status);
                        return Reply::Items(exchange, items);
                    }
                    TaskState::Failed => {
                        exchange.status = Some(answer.status);
                        let mut failure =
                            Failure::new(FailureKind::Service, "the task of the service failed");
                        failure.status = Some(answer.status);
                        return Reply::Unclear(exchange, failure);
                    }
                    TaskState::Strange => Failure::new(
                        FailureKind::Service,
                        "the task of the service is in a state that is not known",
                    ),
                }
            }
            Err(error) => {
                let failure = Failure::from(&error);
                if failure.code.as_deref() == Some("TaskNotFound") {
                    return Reply::Unclear(exchange, vanished());
                }
                failure
            }
        };
        failures += 1;
        tracing::warn!(%failure, failures, "a question about a task was not answered");
        if failures >= policy.poll_failures {
            return Reply::Unclear(exchange, failure);
        }
    }
}

fn vanished() -> Failure {
    Failure::new(
        FailureKind::Service,
        "the service does not know its task any more",
    )
}

/// Whether a refusal of one request says that the next would be refused as well.
pub fn stops_the_job(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::SignIn
        | FailureKind::Denied
        | FailureKind::Throttled
        | FailureKind::Network
        | FailureKind::Internal => true,
        FailureKind::Conflict => failure.status == Some(403),
        FailureKind::Refused => failure.status == Some(404),
        FailureKind::Absent | FailureKind::Service => false,
    }
}
