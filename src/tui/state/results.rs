//! The results of one job, grouped by reason.

use std::collections::{BTreeMap, HashSet};

use super::cursor::Cursor;
use super::jobs::done;
use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::domain::job::{Job, JobId, JobKind, JobSpec, OutcomeKind};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Facts, Rule};
use crate::texts::tr;
use crate::tui::msg::Ticket;

/// The results screen.
#[derive(Debug, Default)]
pub struct Results {
    /// Whose results; none before the screen is first opened.
    pub job: Option<JobId>,
    /// The place in the rows.
    pub cursor: Cursor,
    /// The reasons that are unfolded.
    pub unfolded: HashSet<Reason>,
    /// The filter and what was typed for it.
    pub filter: Option<(String, Rule)>,
    /// The report that is being written.
    pub writing: Option<Ticket>,
    /// The rows of the screen, kept: a job may have a million items.
    pub rows: Vec<Row>,
    /// How many items the filter hides.
    pub hidden: usize,
    /// How many items had an outcome when the rows were made.
    settled: usize,
}

/// Why items came to the same end: what it is, and the service's label for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reason {
    /// What became of them, most urgent first.
    pub end: End,
    /// Status and code as the service gave them.
    pub label: String,
}

impl Reason {
    /// What became of the items of a job of this kind, the label of the service, and what to do.
    pub fn words(&self, kind: JobKind) -> String {
        let (what, advice) = match self.end {
            End::Unknown => (
                tr!("unknown"),
                tr!("nobody can say; look before sending again"),
            ),
            End::Retryable => (tr!("failed"), tr!("may work later: r retries")),
            End::Refused => (tr!("failed"), tr!("r leaves these out")),
            End::Changed => (
                tr!("changed"),
                tr!("not what was marked any more: left out"),
            ),
            End::NotSent => (tr!("not sent"), tr!("r sends them")),
            End::Gone => (tr!("already gone"), tr!("nothing to do")),
            End::Done => (done(kind), ""),
        };
        let words = [what, &self.label, advice];
        let words = words.into_iter().filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("   ")
    }
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
    for (index, kind) in job.outcomes.kinds().enumerate() {
        if let Some(kind) = kind {
            let failure = job.outcomes.failure(index).map(AsRef::as_ref);
            groups.entry(reason(kind, failure)).or_default().push(index);
        }
    }
    groups
}

fn reason(kind: OutcomeKind, failure: Option<&Failure>) -> Reason {
    let end = match kind {
        OutcomeKind::Recycled
        | OutcomeKind::Deleted
        | OutcomeKind::Restored
        | OutcomeKind::Placed
        | OutcomeKind::Fetched
        | OutcomeKind::There => End::Done,
        OutcomeKind::AlreadyGone => End::Gone,
        OutcomeKind::Changed => End::Changed,
        OutcomeKind::NotSent => End::NotSent,
        OutcomeKind::Unknown => End::Unknown,
        OutcomeKind::Failed if failure.is_some_and(Failure::can_retry) => End::Retryable,
        OutcomeKind::Failed => End::Refused,
    };
    Reason {
        end,
        label: failure.map_or_else(String::new, Failure::label),
    }
}

/// Whether a rule chooses an item; of an item of a job its place, name and size are known.
fn is_chosen(rule: &Rule, spec: &JobSpec, index: usize) -> bool {
    let path = spec.path(index);
    let directory = path.parent().unwrap_or_else(RemotePath::root);
    rule.matches(&Facts {
        directory: &directory,
        name: path.name(),
        kind: Kind::File,
        size: spec.size(index),
        modified: None,
        created: None,
        owner: None,
        labels: None,
        has_copies: None,
        is_marked: None,
    })
}

impl Results {
    /// Makes the rows of the screen anew.
    pub fn arrange(&mut self, job: &Job) {
        self.rows.clear();
        self.hidden = 0;
        self.settled = job.tally.settled();
        for (reason, mut items) in groups(job) {
            if let Some((_, rule)) = &self.filter {
                let all = items.len();
                items.retain(|index| is_chosen(rule, &job.spec, *index));
                self.hidden += all - items.len();
            }
            if items.is_empty() {
                continue;
            }
            let is_unfolded = self.unfolded.contains(&reason);
            self.rows.push(Row::Reason(reason, items.len()));
            if is_unfolded {
                self.rows.extend(items.into_iter().map(Row::Item));
            }
        }
    }

    /// Takes in that the job has come further; not each step of a large one.
    pub fn follow(&mut self, job: &Job) {
        let settled = job.tally.settled();
        if job.is_over() || settled - self.settled.min(settled) > settled / 20 {
            self.arrange(job);
        }
    }
}
