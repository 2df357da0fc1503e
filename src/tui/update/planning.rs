//! Plans and questions about many marks: worked out at once where that is not felt, else beside the
//! screen.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::{delete, motion, plan};
use crate::domain::job::JobKind;
use crate::texts::tr;
use crate::tui::effect::{Effect, Handed};
use crate::tui::msg::Ticket;
use crate::tui::state::plan::Draft;
use crate::tui::state::planning::{Basis, Planning, Then, Work, Worked};
use crate::tui::state::{State, View};

/// Puts the question about everything marked.
pub fn ask(state: &mut State, kind: JobKind) {
    let work = Work::Question(basis(state), kind);
    // A question alone asks nothing of the world.
    let _ = begin(state, work, Then::Ask);
}

/// Makes the plan of everything marked, after the one before.
pub fn draft(state: &mut State, kind: JobKind, before: Option<Draft>, then: Then) -> Vec<Effect> {
    let work = Work::Plan(basis(state), kind, before.map(Arc::new));
    begin(state, work, then)
}

/// Puts the question about the plan on the screen.
pub fn settle(state: &mut State) -> Vec<Effect> {
    let Some(draft) = state.plan.take() else {
        return Vec::new();
    };
    let work = Work::Settle(Arc::new(draft), state.known.clone());
    begin(state, work, Then::Ask)
}

/// Whether a plan is on its way: what would make another one has to wait.
pub fn is_on_its_way(state: &mut State) -> bool {
    let is_planning = state.planning.is_some();
    if is_planning {
        state.say(tr!("The plan is still being worked out."));
    }
    is_planning
}

fn basis(state: &State) -> Basis {
    Basis {
        marks: state.marks.clone(),
        known: state.known.clone(),
        caution: state.caution.clone(),
    }
}

fn begin(state: &mut State, work: Work, then: Then) -> Vec<Effect> {
    if work.is_quick() {
        return finish(state, work.done(), then);
    }
    state.planning = Some(Planning {
        ticket: state.ticket(),
        items: work.items(),
        has_plan: !matches!(work, Work::Question(..)),
        work: Some(work),
        then,
    });
    Vec::new()
}

/// The work to be handed over, if there is some.
pub fn hand_over(state: &mut State) -> Option<Effect> {
    let planning = state.planning.as_mut()?;
    let work = planning.work.take()?;
    Some(Effect::WorkOut(Box::new(Handed(planning.ticket, work))))
}

/// Something was worked out; a question that comes of it is put at this time.
pub fn told(state: &mut State, ticket: Ticket, worked: Worked, at: Timestamp) -> Vec<Effect> {
    let awaited = |planning: &mut Planning| planning.ticket == ticket;
    let Some(planning) = state.planning.take_if(awaited) else {
        return Vec::new();
    };
    state.now = state.now.max(at);
    finish(state, worked, planning.then)
}

fn finish(state: &mut State, worked: Worked, then: Then) -> Vec<Effect> {
    let weighed = match worked {
        Worked::Question(weighed, kind) => {
            delete::ask_about(state, weighed, kind, true);
            return Vec::new();
        }
        Worked::Plan(draft) => {
            state.plan = Some(Arc::unwrap_or_clone(draft));
            None
        }
        Worked::Settled(draft, weighed) => {
            state.plan = Some(Arc::unwrap_or_clone(draft));
            Some(weighed)
        }
    };
    if state.view != View::Plan {
        return Vec::new();
    }
    motion::go(state, state.place().0.row);
    match (then, weighed) {
        (Then::DryRun, _) => return plan::dry_run(state),
        (Then::AskIf(sent), _) => return plan::ask_if(state, sent),
        (Then::Ask, Some(weighed)) => plan::ask(state, weighed),
        (Then::Ask | Then::Look, _) => {}
    }
    Vec::new()
}

/// A key while a question is being worked out: it is as deaf as it will be at first, but can be
/// dropped. False if none is.
pub fn press(state: &mut State, event: KeyEvent) -> bool {
    let Some(planning) = state.planning.as_mut().filter(|planning| planning.asks()) else {
        return false;
    };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    if event.code == KeyCode::Esc || control && event.code == KeyCode::Char('c') {
        if planning.has_plan {
            planning.then = Then::Look;
        } else {
            state.planning = None;
        }
        state.say(tr!("Nothing is asked, and nothing was sent."));
    }
    true
}
