//! Counts what lies inside the folders that a question would delete, and keeps its yes back until that
//! is known: the limits of the settings are about all that goes, not only about what is sent.

use crate::domain::job::JobKind;
use crate::domain::path::RemotePath;
use crate::domain::space::Sums;
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::question::load::Inside;
use crate::tui::state::question::{Answer, Question, targets};
use crate::tui::state::{Recycling, State};

/// Has the folders of the open question counted, and gives the counting up that no question waits for.
pub fn follow(state: &mut State) -> Vec<Effect> {
    hold(state);
    let load = |question: &Question| question.load.as_ref().and_then(|load| load.ticket);
    let awaited = state.question.as_ref().and_then(load);
    let given_up = state.weighing.take_if(|ticket| Some(*ticket) != awaited);
    let mut effects: Vec<Effect> = given_up.into_iter().map(Effect::Forget).collect();
    let is_new = |question: &&Question| {
        let load = question.load.as_ref();
        load.is_some_and(|load| load.is_counting() && load.ticket.is_none())
    };
    let wanted = (state.question.as_ref())
        .filter(is_new)
        .and_then(Question::job);
    if let Some(spec) = wanted {
        let ticket = state.ticket();
        state.weighing = Some(ticket);
        if let Some(load) = state.load_mut() {
            load.ticket = Some(ticket);
        }
        let targets = targets(&spec);
        effects.push(Effect::Weigh { ticket, targets });
    }
    effects
}

/// So much was counted by now. A folder that was just counted to its end is known from now on.
pub fn told(state: &mut State, ticket: Ticket, inside: Inside, folder: Option<(RemotePath, Sums)>) {
    if state.weighing != Some(ticket) {
        return;
    }
    if let Some((folder, below)) = folder {
        state.sizes.learn(folder, below);
    }
    let is_over = inside.is_over;
    if let Some(load) = state.load_mut() {
        load.inside = inside;
    }
    hold(state);
    if is_over {
        state.weighing = None;
        tell_who_waits(state);
    }
}

/// Whoever has said yes too early is told what there is to do now.
fn tell_who_waits(state: &mut State) {
    let Some(question) = &state.question else {
        return;
    };
    if question.load.as_ref().is_some_and(|load| load.is_agreed) {
        state.say(match question.answer {
            Answer::Buttons { .. } => tr!("What is inside is counted: y works now."),
            Answer::Words { .. } => tr!("What is inside is counted: the words are wanted now."),
        });
    }
}

/// Lets the yes of a delete be typed as soon as that is needed: it is final, over a limit, or what
/// lies inside its folders cannot be known.
pub fn hold(state: &mut State) {
    let recycling = state.recycling;
    let Some(question) = &mut state.question else {
        return;
    };
    let (Some(load), Some(kind)) = (&question.load, question.deletes()) else {
        return;
    };
    let is_typed = kind == JobKind::DeleteForever
        || recycling == Recycling::Off
        || load.is_unknown()
        || load.over(&state.caution).is_some();
    let words = words(kind, recycling, load.items);
    let is_right = match &question.answer {
        Answer::Buttons { .. } => !is_typed,
        Answer::Words { wanted, .. } => *wanted == words,
    };
    if !is_right {
        question.answer = Answer::words(words);
        // Keys on their way were meant for what was there before.
        question.asked = state.now;
    }
}

/// Lets the yes be typed by a user who does not want to wait for the count.
pub fn wait_no_longer(state: &mut State) {
    let recycling = state.recycling;
    if let Some(question) = &mut state.question
        && let Some(kind) = question.deletes()
    {
        question.answer = Answer::words(words(kind, recycling, question.items()));
    }
}

/// Says why a yes is not taken yet; false if it is.
pub fn keeps_back(state: &mut State) -> bool {
    let waits = state.question.as_ref().is_some_and(Question::waits);
    if waits {
        if let Some(load) = state.load_mut() {
            load.is_agreed = true;
        }
        state.say(tr!(
            "Still counting what is inside: y works when it is done. w: type the words instead, Esc drops it."
        ));
    }
    waits
}

/// What has to be typed. Words that are also those of a delete for ever would become a habit.
fn words(kind: JobKind, recycling: Recycling, items: usize) -> String {
    let does = if kind == JobKind::Recycle && recycling != Recycling::Off {
        "move"
    } else {
        "delete"
    };
    format!("{does} {items}")
}
