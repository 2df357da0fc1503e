//! The one open question. Cancel has the focus until the user moves it.

pub mod load;

use crate::tui::state::typed::Typed;

use jiff::{SignedDuration, Timestamp};

use crate::domain::conflict::Strategy;
use crate::domain::entry::Kind;
use crate::domain::fetch::Fetch;
use crate::domain::job::{CutOff, Items, JobId, JobKind, JobSpec, Recycled, Target};
use crate::domain::paste::Paste;
use crate::domain::plan::Plan;
use crate::domain::renames::Renames;
use crate::tui::state::bin::landing::Survey;

use self::load::Load;

/// Keys that arrive this soon after the question were meant for what was there before.
const DEAF: SignedDuration = SignedDuration::from_millis(300);
/// A key that seems to be older than the question by more than this was pressed after the clock of
/// the machine was set back.
const SET_BACK: SignedDuration = SignedDuration::from_secs(5);

/// Items that a question names at a time.
pub const NAMED: usize = 3;

/// A question and how far its answer has come.
#[derive(Debug)]
pub struct Question {
    /// What is asked.
    pub ask: Ask,
    /// How it has to be answered.
    pub answer: Answer,
    /// When it was put.
    pub asked: Timestamp,
    /// The first visible line of its list.
    pub scroll: usize,
    /// What it would delete, where it would delete entries.
    pub load: Option<Load>,
}

/// What is asked.
#[derive(Debug)]
pub enum Ask {
    /// Move to the recycle bin, or, where there is none, delete for ever.
    Delete {
        /// What would go.
        plan: Plan,
        /// Recycle or delete for ever.
        kind: JobKind,
        /// The row under the cursor, where it is not among what would go.
        not_among: Option<String>,
        /// Whether the plan comes from marks rather than from the row under the cursor.
        of_marks: bool,
        /// Of how many contents the last known copy would go.
        last_copies: usize,
    },
    /// Put items of the recycle bin back.
    Restore {
        /// Which.
        items: Items<Recycled>,
        /// The job that this would undo.
        undoes: Option<JobId>,
        /// What happens where a name is taken.
        on_clash: Strategy,
        /// What is at their places by now.
        survey: Survey,
    },
    /// Delete items of the recycle bin for good.
    Purge(Items<Recycled>),
    /// Delete all that is in the recycle bin for good.
    EmptyBin {
        /// How many items there are, as far as is known.
        items: usize,
    },
    /// Send again what a job did not get done.
    Retry {
        /// The job that failed.
        job: JobId,
        /// What would be sent.
        spec: JobSpec,
    },
    /// Take back what a job has done, where that is not to put back what it has recycled.
    Undo {
        /// Which job.
        job: JobId,
        /// The job that does it.
        spec: JobSpec,
    },
    /// What to do about names that are taken where entries are pasted; once that is chosen, whether
    /// so much is meant.
    Paste(Box<Paste>),
    /// Give entries the names that were edited.
    Rename(Box<Renames>),
    /// What to do about names that are taken on this machine, and about what cannot be fetched.
    Fetch(Box<Fetch>),
    /// Fetch a big file, only to open it.
    Open(Target),
    /// What to do with a job that was cut off.
    CutOff(Box<CutOff>),
    /// Quit although jobs are not over.
    Quit,
}

/// How a question has to be answered.
#[derive(Debug)]
pub enum Answer {
    /// By a letter, or by a button that the focus has been moved to.
    Buttons {
        /// Whether the focus is on the button that does it.
        does: bool,
    },
    /// By typing these words.
    Words {
        /// The words.
        wanted: String,
        /// What was typed so far.
        typed: Typed,
    },
}

impl Answer {
    /// These words, of which none is typed yet.
    pub fn words(wanted: String) -> Self {
        Self::Words {
            wanted,
            typed: Typed::default(),
        }
    }
}

impl Question {
    /// A question that a letter answers.
    pub fn buttons(ask: Ask, now: Timestamp) -> Self {
        Self {
            ask,
            answer: Answer::Buttons { does: false },
            asked: now,
            scroll: 0,
            load: None,
        }
    }

    /// A question that these words answer.
    pub fn words(ask: Ask, wanted: String, now: Timestamp) -> Self {
        Self {
            ask,
            answer: Answer::words(wanted),
            asked: now,
            scroll: 0,
            load: None,
        }
    }

    /// The same about a delete that takes this with it.
    #[must_use]
    pub fn with(self, load: Load) -> Self {
        Self {
            load: Some(load),
            ..self
        }
    }

    /// The kind of delete that it asks about; none where it is about something else.
    pub fn deletes(&self) -> Option<JobKind> {
        let kind = match &self.ask {
            Ask::Delete { kind, .. } => *kind,
            Ask::Retry { spec, .. } => spec.kind(),
            _ => return None,
        };
        matches!(kind, JobKind::Recycle | JobKind::DeleteForever).then_some(kind)
    }

    /// Whether a yes has to wait until what it would delete is known.
    pub fn waits(&self) -> bool {
        matches!(self.answer, Answer::Buttons { .. })
            && self.load.as_ref().is_some_and(Load::is_counting)
    }

    /// Whether a key of this time was meant for what was there before.
    pub fn is_deaf(&self, at: Timestamp) -> bool {
        let passed = at.duration_since(self.asked);
        // Further back than any key can have waited: the clock was set.
        passed < DEAF && passed > -SET_BACK
    }

    /// Whether it is answered by what is to become of names that are taken.
    pub fn wants_choice(&self) -> bool {
        matches!(self.answer, Answer::Buttons { .. })
            && match &self.ask {
                Ask::Paste(_) => true,
                Ask::Fetch(fetch) => !fetch.taken.is_empty(),
                _ => false,
            }
    }

    /// Whether it fits the message line: one plain file to the bin.
    pub fn is_one_line(&self) -> bool {
        match (&self.ask, &self.answer) {
            (
                Ask::Delete {
                    plan,
                    not_among: None,
                    last_copies: 0,
                    ..
                },
                Answer::Buttons { .. },
            ) => {
                let is_plain = |item: Target| matches!(item.kind, Kind::File | Kind::Symlink);
                plan.items.len() == 1
                    && plan.items.iter().all(is_plain)
                    && plan.nested == 0
                    && plan.protected == 0
                    && plan.guarded == 0
            }
            _ => false,
        }
    }

    /// How many items the question is about.
    pub fn items(&self) -> usize {
        match &self.ask {
            Ask::Delete { plan, .. } => plan.items.len(),
            Ask::Restore { items, .. } | Ask::Purge(items) => items.len(),
            Ask::EmptyBin { items } => *items,
            Ask::Retry { spec, .. } | Ask::Undo { spec, .. } => spec.len(),
            Ask::CutOff(cut_off) => cut_off.job.spec.len(),
            Ask::Paste(paste) => paste.clashes(),
            Ask::Rename(renames) => renames.pairs.len(),
            Ask::Fetch(fetch) => fetch.taken.len(),
            Ask::Open(_) => 1,
            Ask::Quit => 0,
        }
    }

    /// The job that a yes would start; none for questions that are not answered by yes.
    pub fn job(&self) -> Option<JobSpec> {
        match &self.ask {
            Ask::Delete {
                plan,
                kind: JobKind::DeleteForever,
                ..
            } => Some(JobSpec::DeleteForever(plan.targets())),
            Ask::Delete { plan, .. } => Some(JobSpec::Recycle(plan.targets())),
            Ask::Restore {
                items, on_clash, ..
            } => Some(JobSpec::Restore(items.clone(), *on_clash)),
            Ask::Purge(items) => Some(JobSpec::Purge(items.clone())),
            Ask::EmptyBin { .. } => Some(JobSpec::EmptyBin),
            Ask::Retry { spec, .. } | Ask::Undo { spec, .. } => Some(spec.clone()),
            Ask::Paste(paste) => Some(paste.spec()),
            Ask::Rename(renames) => Some(renames.spec()),
            Ask::Fetch(fetch) => Some(fetch.spec()),
            Ask::Open(_) | Ask::CutOff(_) | Ask::Quit => None,
        }
    }
}

/// The entries that a job deletes, of either kind of delete.
pub fn targets(spec: &JobSpec) -> Items<Target> {
    match spec {
        JobSpec::Recycle(targets) | JobSpec::DeleteForever(targets) => targets.clone(),
        JobSpec::Restore(..)
        | JobSpec::Purge(_)
        | JobSpec::EmptyBin
        | JobSpec::Move(_)
        | JobSpec::Copy(_)
        | JobSpec::Download(_)
        | JobSpec::Upload(_)
        | JobSpec::MakeFolders(_) => Items::default(),
    }
}
