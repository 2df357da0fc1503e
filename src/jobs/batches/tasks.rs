//! Asking about the tasks that the service has made of requests: about all of them at once, with
//! growing pauses.

use tokio::time::Instant;

use crate::client::Error;
use crate::client::batch::{TaskAnswer, TaskState};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::TaskId;
use crate::jobs::check::Open;
use crate::jobs::story::Story;
use crate::texts::later;

use super::{Arrival, Run};

/// The asking about tasks.
#[derive(Default)]
pub(super) struct Questions {
    /// How many were asked since something last changed.
    pub(super) number: u32,
    /// How many in a row were not answered.
    pub(super) failures: usize,
    /// When to ask next.
    pub(super) next: Option<Instant>,
    /// After a refusal that may mean any of several tasks: one at a time.
    pub(super) one_by_one: bool,
}

impl<S: Story> Run<'_, S> {
    pub(super) fn waiting(&self) -> impl Iterator<Item = (u64, &TaskId)> {
        let flights = self.flights.iter();
        flights.filter_map(|(number, flight)| Some((*number, flight.task.as_ref()?)))
    }

    pub(super) fn ask_in_time(&mut self) {
        if self.is_asking || self.waiting().next().is_none() {
            if !self.is_asking {
                self.questions = Questions::default();
            }
            return;
        }
        let now = Instant::now();
        match self.questions.next {
            None => {
                let pause = self.policy.poll.pause(self.questions.number);
                self.questions.number += 1;
                self.questions.next = Some(now + pause);
            }
            Some(time) if time <= now => {
                self.questions.next = None;
                self.is_asking = true;
                let all = self.waiting().map(|(_, task)| task.clone());
                let asked: Vec<TaskId> = if self.questions.one_by_one {
                    let count = self.flights.len().max(1);
                    let turn = self.questions.number as usize % count;
                    let mut all: Vec<TaskId> = all.collect();
                    let turn = turn % all.len().max(1);
                    all.drain(turn..=turn).collect()
                } else {
                    all.collect()
                };
                let answer = self.story.ask(self.client, asked.clone());
                self.on_the_way
                    .spawn(async move { Arrival::Tasks(asked, answer.await) });
            }
            Some(_) => {}
        }
    }

    /// The service has told of tasks, or not. A question that fails says nothing about them
    /// (part A 7.5).
    pub(super) async fn told_of_tasks(
        &mut self,
        asked: &[TaskId],
        answer: Result<Vec<TaskAnswer<S::Answer>>, Error>,
    ) {
        let numbers: Vec<(u64, TaskId)> = self
            .waiting()
            .filter(|(_, task)| asked.contains(task))
            .map(|(number, task)| (number, task.clone()))
            .collect();
        let mut answers = match answer {
            Ok(answers) => answers,
            Err(error) => {
                let failure = Failure::from(&error);
                if failure.code.as_deref() != Some("TaskNotFound") {
                    self.not_told(&numbers, failure).await;
                } else if let [(number, _)] = numbers.as_slice() {
                    self.unclear(*number, &vanished()).await;
                } else {
                    self.questions.one_by_one = true;
                }
                return;
            }
        };
        let mut strange = Vec::new();
        for (number, task) in numbers {
            let at = answers
                .iter()
                .position(|answer| answer.id.as_ref() == Some(&task));
            let Some(answer) = at.map(|at| answers.swap_remove(at)) else {
                self.unclear(number, &vanished()).await;
                continue;
            };
            if matches!(answer.state, TaskState::Strange) {
                strange.push((number, task));
                continue;
            }
            self.questions.failures = 0;
            if matches!(answer.state, TaskState::Running) {
                continue;
            }
            self.questions.number = 0;
            if let Some(flight) = self.flights.get_mut(&number) {
                flight.status = Some(answer.status);
            }
            if let TaskState::Finished(items) = answer.state {
                self.results(number, &items).await;
            } else {
                let mut failure = Failure::new(
                    FailureKind::Service,
                    later!("the task of the service failed"),
                );
                failure.status = Some(answer.status);
                self.unclear(number, &failure).await;
            }
        }
        if !strange.is_empty() {
            let failure = Failure::new(
                FailureKind::Service,
                later!("the task of the service is in a state that is not known"),
            );
            self.not_told(&strange, failure).await;
        }
    }

    pub(super) async fn not_told(&mut self, numbers: &[(u64, TaskId)], failure: Failure) {
        self.questions.failures += 1;
        let failures = self.questions.failures;
        tracing::warn!(%failure, failures, "a question about tasks was not answered");
        if failures < self.policy.poll_failures {
            return;
        }
        for (number, _) in numbers {
            self.unclear(*number, &failure).await;
        }
    }

    /// The program ends: the service goes on with its tasks, and the log keeps their numbers.
    pub(super) async fn leave_tasks(&mut self) {
        let waiting: Vec<u64> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.task.is_some())
            .map(|(number, _)| *number)
            .collect();
        for number in waiting {
            let Some((flight, _)) = self.land(number) else {
                continue;
            };
            let failure = Failure::new(
                FailureKind::Network,
                later!("the service goes on with it, and nobody has waited for the result"),
            );
            self.report.left(&Open::all(&flight.items, &failure)).await;
        }
    }
}

fn vanished() -> Failure {
    Failure::new(
        FailureKind::Service,
        later!("the service does not know its task any more"),
    )
}
