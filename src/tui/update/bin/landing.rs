//! Looks at the places where items of the bin would go back to: that of the row under the cursor,
//! and those of all items while a question asks about them.

use crate::domain::failure::Failure;
use crate::domain::job::{Items, Recycled};
use crate::texts::later;
use crate::tui::effect::Effect;
use crate::tui::msg::{LandingStep, Ticket};
use crate::tui::state::bin::landing::RowLook;
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::{State, View};

/// Wants a look at what matters now, unless that is what is looked at already.
pub fn follow(state: &mut State) -> Vec<Effect> {
    if let Some(effects) = survey(state) {
        return effects;
    }
    if state.question.is_some() || state.view != View::Bin {
        return Vec::new();
    }
    let Some(item) = state.bin.under_cursor() else {
        return Vec::new();
    };
    if state
        .bin
        .look
        .as_ref()
        .is_some_and(|look| look.id == item.id)
    {
        return Vec::new();
    }
    let wanted = Recycled {
        id: item.id.clone(),
        path: item.path.clone(),
        size: item.size,
    };
    let ticket = state.ticket();
    state.bin.look = Some(RowLook {
        id: wanted.id.clone(),
        ticket,
        found: None,
    });
    let items: Items<Recycled> = vec![wanted].into();
    vec![Effect::LookBack { ticket, items }]
}

/// Looks at the places of everything that the open question would put back.
fn survey(state: &mut State) -> Option<Vec<Effect>> {
    let asks = |question: &&mut Question| matches!(&question.ask, Ask::Restore { survey, .. } if survey.ticket.is_none());
    state.question.as_mut().filter(asks)?;
    let ticket = state.ticket();
    let Some(Ask::Restore { items, survey, .. }) =
        state.question.as_mut().map(|question| &mut question.ask)
    else {
        return None;
    };
    survey.ticket = Some(ticket);
    let items = items.clone();
    // The look at the row is given up for it, and is wanted again afterwards.
    state.bin.look = None;
    Some(vec![Effect::LookBack { ticket, items }])
}

/// Something was found.
pub fn found(state: &mut State, ticket: Ticket, step: LandingStep) {
    if let Some(Ask::Restore { items, survey, .. }) =
        state.question.as_mut().map(|question| &mut question.ask)
        && survey.ticket == Some(ticket)
    {
        match step {
            LandingStep::Found(found) => survey.take(items, &found),
            LandingStep::End(failure) => survey.ended = Some(failure),
        }
        return;
    }
    let Some(look) = &mut state.bin.look else {
        return;
    };
    if look.ticket != ticket || look.found.is_some() {
        return;
    }
    look.found = match step {
        LandingStep::Found(found) => found.into_iter().next().map(|(_, landing)| Ok(landing)),
        LandingStep::End(failure) => Some(Err(failure.unwrap_or_else(untold))),
    };
}

fn untold() -> Failure {
    Failure::new(
        crate::domain::failure::FailureKind::Service,
        later!("the service does not say"),
    )
}
