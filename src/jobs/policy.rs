//! How the worker goes about its work: sizes, pauses, tries. Values only, handed in.

use std::time::Duration;

use backon::ExponentialBuilder;
use jiff::Timestamp;

use crate::transfer;

/// The habits of the worker.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The most entries in one delete request, 1 to 1000.
    pub batch: usize,
    /// The most items in one restore or purge request, 1 to 1000.
    pub restore_batch: usize,
    /// Items in the first request; later ones shrink and grow with the answers.
    pub first_batch: usize,
    /// The most requests on the way at the same time.
    pub at_once: usize,
    /// Requests on the way at first; more and fewer later, with the answers.
    pub first_at_once: usize,
    /// Pauses between questions about a task.
    pub poll: PollPauses,
    /// Pauses between tries where the service asks to slow down and does not say for how long.
    pub throttle: Pauses,
    /// Tries where the service cannot be reached, and the pauses before them.
    pub unreachable: Pauses,
    /// Tries where something else is at work on a path, and the pauses before them.
    pub conflicts: Pauses,
    /// Looks at what is there after an unclear answer, as long as something is still there that
    /// the service may yet be working on; at least one.
    pub looks: usize,
    /// Questions about a task that failed or made no sense, in a row, before it is given up.
    pub poll_failures: usize,
    /// Pages of the bin that are read at most in search of items.
    pub bin_pages: usize,
    /// Requests to empty the bin before it is called a failure.
    pub empty_tries: usize,
    /// Whether each entry is asked for before it is sent, so that what has changed since it was chosen
    /// is left out.
    pub check_first: bool,
    /// The most files on the way at the same time.
    pub files_at_once: usize,
    /// How files are carried.
    pub transfer: transfer::Policy,
    /// The time.
    pub clock: fn() -> Timestamp,
}

/// Growing pauses between questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollPauses {
    /// The first pause.
    pub first: Duration,
    /// The second; each further one is longer by as much.
    pub step: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl PollPauses {
    /// No pauses, for tests.
    pub const NONE: Self = Self {
        first: Duration::ZERO,
        step: Duration::ZERO,
        longest: Duration::ZERO,
    };

    /// The pause before question `number`, counted from 0.
    pub fn pause(self, number: u32) -> Duration {
        match number {
            0 => self.first,
            _ => self.step.saturating_mul(number),
        }
        .min(self.longest)
    }
}

/// Bounded tries with growing pauses and jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// Tries after the first.
    pub tries: usize,
    /// The first pause; each further one is twice as long.
    pub first: Duration,
    /// No pause is longer, whatever the service asks for.
    pub longest: Duration,
}

impl Pauses {
    /// The same pauses, as many as fit into this time.
    #[must_use]
    pub fn lasting(mut self, time: Duration) -> Self {
        let (mut pause, mut sum) = (self.first, self.first);
        self.tries = 0;
        while sum <= time && !pause.is_zero() {
            self.tries += 1;
            pause = pause.saturating_mul(2).min(self.longest);
            sum += pause;
        }
        self
    }

    /// What builds the pauses, in order.
    pub fn builder(self) -> ExponentialBuilder {
        ExponentialBuilder::new()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_max_times(self.tries)
            .with_jitter()
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            batch: 1000,
            restore_batch: 1000,
            first_batch: 500,
            at_once: 8,
            first_at_once: 2,
            poll: PollPauses {
                first: Duration::from_millis(500),
                step: Duration::from_secs(1),
                longest: Duration::from_secs(5),
            },
            throttle: Pauses {
                tries: 10,
                first: Duration::from_secs(1),
                longest: Duration::from_secs(120),
            },
            unreachable: Pauses {
                tries: 14,
                first: Duration::from_secs(1),
                longest: Duration::from_secs(30),
            },
            conflicts: Pauses {
                tries: 8,
                first: Duration::from_secs(1),
                longest: Duration::from_secs(30),
            },
            looks: 3,
            poll_failures: 20,
            bin_pages: 500,
            empty_tries: 20,
            check_first: false,
            files_at_once: 4,
            transfer: transfer::Policy::default(),
            clock: Timestamp::now,
        }
    }
}

impl Policy {
    /// The same habits without any pause; for tests.
    #[must_use]
    pub fn without_pauses(mut self) -> Self {
        self.poll = PollPauses::NONE;
        self.throttle.first = Duration::ZERO;
        self.throttle.longest = Duration::ZERO;
        self.unreachable.first = Duration::ZERO;
        self.unreachable.longest = Duration::ZERO;
        self.conflicts.first = Duration::ZERO;
        self.conflicts.longest = Duration::ZERO;
        self.transfer = self.transfer.without_pauses();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backon::BackoffBuilder as _;

    #[test]
    fn pauses_between_questions_grow_to_their_limit() {
        let poll = Policy::default().poll;
        let millis: Vec<u128> = (0..7).map(|n| poll.pause(n).as_millis()).collect();
        assert_eq!(millis, [500, 1000, 2000, 3000, 4000, 5000, 5000]);
        assert_eq!(PollPauses::NONE.pause(9), Duration::ZERO);
    }

    #[test]
    fn as_many_pauses_as_fit_into_a_time() {
        let pauses = Policy::default().unreachable;
        let tries = |seconds| pauses.lasting(Duration::from_secs(seconds)).tries;
        assert_eq!([0, 1, 3, 60, 300].map(tries), [0, 1, 2, 5, 13]);
    }

    #[test]
    fn a_throttled_request_is_tried_a_bounded_number_of_times() {
        assert_eq!(Policy::default().throttle.builder().build().count(), 10);
        let hurried = Policy::default().without_pauses();
        assert!(
            hurried
                .throttle
                .builder()
                .build()
                .all(|pause| pause.is_zero())
        );
    }
}
