//! Requests of which nobody knows what became: what is there is looked at, for as long as that takes.

use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder as _;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::Outcome;
use crate::jobs::check::{self, Open};
use crate::jobs::log::Unanswered;
use crate::jobs::report::Stop;
use crate::jobs::story::Story;
use crate::texts::later;

use super::{Flight, Run, stops_the_job};

impl<S: Story> Run<'_, S> {
    /// What was on the way when the program ended: tasks are followed, the rest is looked for.
    pub(super) async fn take_up(&mut self, left: Vec<Unanswered>, sends_again: bool) {
        for request in left {
            let flight = Flight {
                places: self.places(&request.items),
                items: request.items,
                sent: request.sent,
                status: None,
                request_id: None,
                task: request.task,
            };
            self.report.taken_up(&flight.items);
            if let Some(task) = &flight.task {
                self.report.asking(task).await;
                self.flights.insert(request.number, flight);
                continue;
            }
            let failure = Failure::new(
                FailureKind::Network,
                later!("the program ended before the answer came"),
            );
            let shared = Arc::new(failure.clone());
            let open = flight.items.iter();
            let open: Vec<Open> = open
                .map(|&index| Open::one(index, Arc::clone(&shared)))
                .collect();
            let Some(mut seen) = self.see(&open, flight.sent).await else {
                continue;
            };
            if sends_again {
                // Seen to be where it was: the request never came to it.
                let (again, told): (Vec<_>, Vec<_>) = seen.into_iter().partition(|(_, outcome)| {
                    matches!(outcome, Outcome::Failed(told) if told.kind == failure.kind)
                });
                seen = told;
                let again: Vec<usize> = again.into_iter().map(|(index, _)| index).collect();
                self.report.forget(&again);
                self.put_back(&again);
            }
            self.settle(None, seen).await;
        }
    }

    /// Nobody knows what became of a request.
    pub(super) async fn unclear(&mut self, number: u64, failure: &Failure) {
        let Some((flight, exchange)) = self.land(number) else {
            return;
        };
        self.pace.was_too_much(flight.items.len());
        self.settle(Some((number, exchange)), Vec::new()).await;
        let open = Open::all(&flight.items, failure);
        self.look(open, flight.sent).await;
        self.tell_pace().await;
    }

    pub(super) async fn look(&mut self, open: Vec<Open>, sent: Timestamp) {
        if open.is_empty() {
            return;
        }
        if let Some(seen) = self.see(&open, sent).await {
            self.settle(None, seen).await;
        }
    }

    /// Looks until something can be seen; none if that was in vain, and the items are told then.
    pub(super) async fn see(
        &mut self,
        open: &[Open],
        sent: Timestamp,
    ) -> Option<Vec<(usize, Outcome)>> {
        loop {
            if self.report.is_leaving() {
                self.report.left(open).await;
                return None;
            }
            let looked = self
                .story
                .look(self.client, self.policy, self.report, open, sent);
            let error = match looked.await {
                Ok(seen) => {
                    self.losses = None;
                    return Some(seen);
                }
                Err(error) => error,
            };
            let failure = Failure::from(&error);
            if may_pass(&failure)
                && let Some(pause) = self.next_loss()
            {
                self.report.unreachable(pause).await;
                self.report.pause(pause, Stop::Cancel).await;
                if !self.is_stopped() || self.report.is_leaving() {
                    continue;
                }
            }
            self.settle(None, check::unknown(open, &error)).await;
            if stops_the_job(&failure) {
                self.broken = Some(failure);
            }
            return None;
        }
    }

    /// How long to wait before the service is tried again; none if that was so too often in a row.
    pub(super) fn next_loss(&mut self) -> Option<Duration> {
        let pauses = self.policy.unreachable.builder().build();
        self.losses.get_or_insert_with(|| Box::new(pauses)).next()
    }

    /// Waits before anything else is sent; says no if that has been so too often in a row.
    pub(super) async fn throttled(&mut self, retry_after: Option<Duration>) -> bool {
        let is_waiting = self.not_before.is_some_and(|time| time > Instant::now());
        // Several that were on the way together are one throttle.
        let pause = if is_waiting && retry_after.is_none() {
            Some(Duration::ZERO)
        } else {
            let pauses = self.policy.throttle.builder().build();
            let pauses = self.throttles.get_or_insert_with(|| Box::new(pauses));
            pauses.next()
        };
        let Some(pause) = pause else { return false };
        let longest = self.policy.throttle.longest;
        let pause = retry_after.map_or(pause, |asked| asked.min(longest));
        let until = Instant::now() + pause;
        self.not_before = Some(self.not_before.map_or(until, |time| time.max(until)));
        self.pace.was_throttled();
        self.report.throttled(pause).await;
        self.tell_pace().await;
        true
    }
}

/// Whether a look that failed may be worth another try.
pub(super) fn may_pass(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Network | FailureKind::Throttled | FailureKind::Service => true,
        FailureKind::SignIn
        | FailureKind::Denied
        | FailureKind::Conflict
        | FailureKind::Refused
        | FailureKind::Absent
        | FailureKind::Internal => false,
    }
}
