//! Sums over what became of the items of a job.

use super::{Outcome, OutcomeKind};

/// How many items came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Recycled, deleted, restored, moved, copied, carried, made, or there already.
    pub done: usize,
    /// Of those, bytes where known.
    pub done_bytes: u64,
    /// Of those, in the bin with a known id.
    pub recycled: usize,
    /// Were not there any more.
    pub gone: usize,
    /// Refused.
    pub failed: usize,
    /// Of those, may be sent again.
    pub retryable: usize,
    /// Nobody can say.
    pub unknown: usize,
    /// Never sent, because they are no longer what was chosen.
    pub changed: usize,
    /// Never sent.
    pub not_sent: usize,
}

impl Outcome {
    /// Whether the bytes of such an item are counted.
    pub(super) fn has_size(&self) -> bool {
        match self.kind() {
            OutcomeKind::Recycled
            | OutcomeKind::Deleted
            | OutcomeKind::Restored
            | OutcomeKind::Placed
            | OutcomeKind::Fetched => true,
            OutcomeKind::There
            | OutcomeKind::AlreadyGone
            | OutcomeKind::Failed
            | OutcomeKind::Unknown
            | OutcomeKind::Changed
            | OutcomeKind::NotSent => false,
        }
    }
}

impl Tally {
    /// One more item, of this size.
    pub fn add(&mut self, outcome: &Outcome, size: Option<u64>) {
        match outcome {
            Outcome::Recycled(_) => {
                self.done += 1;
                self.recycled += 1;
                self.done_bytes += size.unwrap_or(0);
            }
            Outcome::Deleted | Outcome::Restored(_) | Outcome::Placed(_) | Outcome::Fetched(_) => {
                self.done += 1;
                self.done_bytes += size.unwrap_or(0);
            }
            Outcome::There => self.done += 1,
            Outcome::AlreadyGone => self.gone += 1,
            Outcome::Failed(failure) => {
                self.failed += 1;
                self.retryable += usize::from(failure.can_retry());
            }
            Outcome::Unknown(_) => self.unknown += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::NotSent => self.not_sent += 1,
        }
    }

    /// Items with an outcome.
    pub fn settled(&self) -> usize {
        self.done + self.gone + self.failed + self.unknown + self.changed + self.not_sent
    }
}
