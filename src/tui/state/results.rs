//! The results of one job, grouped by reason.

use std::collections::{BTreeMap, HashSet};

use super::cursor::Cursor;
use crate::domain::job::{Job, JobId, Outcome};

/// The results screen.
#[derive(Debug, Default)]
pub struct Results {
    /// Whose results; none before the screen is first opened.
    pub job: Option<JobId>,
    /// The place in the rows.
    pub cursor: Cursor,
    /// The reasons that are unfolded.
    pub unfolded: HashSet<Reason>,
}

/// Why items came to the same end: what it is, and the service's label for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reason {
    /// What became of them, most urgent first.
    pub end: End,
    /// Status and code as the service gave them.
    pub label: String,
}

/// What became of an item, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// Nobody can say.
    Unknown,
    /// Refused; may be sent again.
    Retryable,
    /// Refused for good.
    Refused,
    /// No longer what was chosen, and not sent.
    Changed,
    /// Never sent.
    NotSent,
    /// Was not there any more.
    Gone,
    /// Recycled, deleted or put back.
    Done,
}

/// One row of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A reason and how many items it has.
    Reason(Reason, usize),
    /// An item of the reason above, by its number in the job.
    Item(usize),
}

/// The reasons of a job and the numbers of their items, in the order of the screen.
pub fn groups(job: &Job) -> BTreeMap<Reason, Vec<usize>> {
    let mut groups: BTreeMap<Reason, Vec<usize>> = BTreeMap::new();
    for (index, outcome) in job.outcomes.iter().enumerate() {
        if let Some(outcome) = outcome {
            groups.entry(reason(outcome)).or_default().push(index);
        }
    }
    groups
}

fn reason(outcome: &Outcome) -> Reason {
    let plain = |end| Reason {
        end,
        label: String::new(),
    };
    match outcome {
        Outcome::Recycled(_)
        | Outcome::Deleted
        | Outcome::Restored(_)
        | Outcome::Placed(_)
        | Outcome::Fetched(_)
        | Outcome::There => plain(End::Done),
        Outcome::AlreadyGone => plain(End::Gone),
        Outcome::Changed => plain(End::Changed),
        Outcome::NotSent => plain(End::NotSent),
        Outcome::Failed(failure) | Outcome::Unknown(failure) => {
            let end = match outcome {
                Outcome::Unknown(_) => End::Unknown,
                _ if failure.can_retry() => End::Retryable,
                _ => End::Refused,
            };
            Reason {
                end,
                label: failure.label(),
            }
        }
    }
}

impl Results {
    /// The rows of the screen.
    pub fn rows(&self, job: &Job) -> Vec<Row> {
        let mut rows = Vec::new();
        for (reason, items) in groups(job) {
            let is_unfolded = self.unfolded.contains(&reason);
            rows.push(Row::Reason(reason, items.len()));
            if is_unfolded {
                rows.extend(items.into_iter().map(Row::Item));
            }
        }
        rows
    }
}
