//! What takes long over a million marks, and is worked out beside the screen then: plans, and what
//! a question has to know.

use std::sync::Arc;

use super::plan::copies::Ledger;
use super::plan::{Draft, Sum};
use crate::domain::caution::Caution;
use crate::domain::job::JobKind;
use crate::domain::known::Known;
use crate::domain::marks::Marks;
use crate::domain::plan::Plan;
use crate::tui::msg::Ticket;

/// The work over so many items is not felt.
const QUICK: usize = 10_000;

/// Something to be worked out, with all that it takes. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Work {
    /// What a question about everything marked has to know.
    Question(Basis, JobKind),
    /// The plan for everything marked, after the one before.
    Plan(Basis, JobKind, Option<Arc<Draft>>),
    /// What a question about a plan has to know.
    Settle(Arc<Draft>, Known),
}

/// What a plan is made from, as it was when it was asked for.
#[derive(Clone, Debug)]
pub struct Basis {
    /// What is marked.
    pub marks: Marks,
    /// What is known of the contents of files.
    pub known: Known,
    /// What the user has set against slips.
    pub caution: Caution,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Worked {
    /// A question about everything marked can be put.
    Question(Weighed, JobKind),
    /// This is the plan.
    Plan(Arc<Draft>),
    /// A question about this plan can be put.
    Settled(Arc<Draft>, Weighed),
}

/// A plan, and what a question about it has to know.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// What would go.
    pub plan: Plan,
    /// Of how many contents the last known copy would go.
    pub last_copies: usize,
}

/// Work that goes on.
#[derive(Debug)]
pub struct Planning {
    /// To be sent back with what comes of it.
    pub ticket: Ticket,
    /// What is to be done, until it was handed over.
    pub work: Option<Work>,
    /// Over how many items.
    pub items: usize,
    /// Whether a plan was given away with it, which has to come back.
    pub has_plan: bool,
    /// What follows.
    pub then: Then,
}

/// What follows once something was worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The plan is looked at.
    Look,
    /// The service is asked about each item of the plan.
    DryRun,
    /// The question is put.
    Ask,
    /// The question is put, if still exactly so much would be sent.
    AskIf(Sum),
}

impl Planning {
    /// Whether a question comes of it. Keys belong to that from now on.
    pub fn asks(&self) -> bool {
        matches!(self.then, Then::Ask | Then::AskIf(_))
    }
}

impl Work {
    /// Over how many items it goes.
    pub fn items(&self) -> usize {
        match self {
            Self::Question(basis, _) | Self::Plan(basis, ..) => basis.marks.totals().count,
            Self::Settle(draft, _) => draft.items.len(),
        }
    }

    /// Whether it is done before anybody notices.
    pub fn is_quick(&self) -> bool {
        self.items() <= QUICK
    }

    /// Does it.
    pub fn done(self) -> Worked {
        match self {
            Self::Question(basis, kind) => {
                let plan = Plan::of_marks(&basis.marks).guarded(&basis.caution);
                Worked::Question(Weighed::new(plan, &basis.known), kind)
            }
            Self::Plan(basis, kind, before) => {
                let Basis {
                    marks,
                    known,
                    caution,
                } = basis;
                let before = before.map(Arc::unwrap_or_clone);
                let draft = Draft::of_marks(&marks, &known, &caution, kind, before);
                Worked::Plan(Arc::new(draft))
            }
            Self::Settle(draft, known) => {
                let weighed = Weighed::new(draft.plan(), &known);
                Worked::Settled(draft, weighed)
            }
        }
    }
}

impl Weighed {
    /// Looks at everything in the plan.
    pub fn new(plan: Plan, known: &Known) -> Self {
        let mut copies = Ledger::new(known, plan.items.iter().map(|item| (item.path, item.kind)));
        for at in 0..plan.items.len() {
            copies.change(at, true);
        }
        Self {
            plan,
            last_copies: copies.last,
        }
    }
}
