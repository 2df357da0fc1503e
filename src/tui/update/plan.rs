//! The plan screen: looking at what would be sent, leaving out, asking the service, writing it down.

use jiff::Timestamp;

use super::{browse, delete, mark, motion, planning, screen};
use crate::domain::failure::Failure;
use crate::domain::format::{count, counted, printable};
use crate::domain::job::JobKind;
use crate::domain::marks::Origin;
use crate::domain::rule::{Field, Rule, Viewpoint};
use crate::texts::{heard, tr};
use crate::tui::action::Action;
use crate::tui::effect::{Effect, Writing};
use crate::tui::msg::{AskStep, Ticket};
use crate::tui::state::plan::{Draft, DryRun, Row, Stay, Sum};
use crate::tui::state::planning::{Then, Weighed};
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::question::Ask;
use crate::tui::state::typed::Typed;
use crate::tui::state::{State, View};

/// The most items that a request may have (protocol part A section 7).
const MOST: usize = 1000;

/// Opens the plan for everything marked.
pub fn open(state: &mut State, kind: JobKind) {
    // What is only looked at asks nothing of the world.
    let _ = open_of_marks(state, kind, Then::Look);
}

fn open_of_marks(state: &mut State, kind: JobKind, then: Then) -> Vec<Effect> {
    if planning::is_on_its_way(state) {
        return Vec::new();
    }
    mark::accept_range(state);
    if state.marks.totals().count == 0 {
        state.say(tr!("Nothing is marked: there is no plan. Space marks."));
        return Vec::new();
    }
    if (state.plan.as_ref()).is_some_and(|draft| draft.of_marks && draft.writing.is_some()) {
        // What is told of the file would not find it while it is made anew.
        show(state);
        return Vec::new();
    }
    let before = state.plan.take().filter(|draft| draft.of_marks);
    show(state);
    planning::draft(state, kind, before, then)
}

/// Opens the plan of the question that is open, in its place, to ask the service about each item if
/// that is wanted; none if the question has none.
pub fn open_of_question(state: &mut State, then: Then) -> Option<Vec<Effect>> {
    let Some(Ask::Delete {
        plan,
        kind,
        of_marks,
        ..
    }) = state.question.as_ref().map(|question| &question.ask)
    else {
        return None;
    };
    let kind = *kind;
    if *of_marks {
        state.question = None;
        return Some(open_of_marks(state, kind, then));
    }
    let draft = Draft::of_plan(plan, &state.known, &state.caution, kind);
    state.question = None;
    state.plan = Some(draft);
    show(state);
    Some(match then {
        Then::DryRun => dry_run(state),
        _ => Vec::new(),
    })
}

fn show(state: &mut State) {
    screen::open(state, View::Plan);
    motion::go(state, state.place().0.row);
    state.say(tr!(
        "Nothing has been sent. Marks and this plan are kept if you leave."
    ));
}

/// Chooses and sorts a piece further.
pub fn arrange_on(state: &mut State) {
    if let Some(draft) = &mut state.plan {
        draft.arrange_on();
        if !draft.is_arranging() && state.view == View::Plan {
            motion::go(state, state.place().0.row);
        }
    }
}

/// Shows what a rule chooses of the plan; all without one.
pub fn set_filter(state: &mut State, filter: Option<Rule>) {
    if let Some(draft) = &mut state.plan {
        draft.set_filter(filter);
        motion::go(state, state.place().0.row);
    }
}

/// Narrows the plan down while its filter is typed. The last one that could be read stays.
pub fn apply_filter(state: &mut State) {
    let Some(prompt) = &state.prompt else { return };
    match read(prompt.line.value(), &state.viewpoint(), UNKNOWN_OF_PLANS) {
        Ok(filter) => set_filter(state, filter),
        Err(complaint) => {
            if let Some(prompt) = &mut state.prompt {
                prompt.complaint = Some(complaint);
            }
        }
    }
}

/// What marks do not remember.
pub const UNKNOWN_OF_MARKS: &[(Field, &str)] = &[
    (Field::Created, "cre:"),
    (Field::Owner, "owner:"),
    (Field::Label, "label:"),
    (Field::Copies, "dup:"),
];

/// What plans do not remember.
const UNKNOWN_OF_PLANS: &[(Field, &str)] = &[
    (Field::Modified, "mod:"),
    (Field::Created, "cre:"),
    (Field::Owner, "owner:"),
    (Field::Label, "label:"),
    (Field::Copies, "dup:"),
];

/// Reads a rule for items of which some things are not known: those cannot be asked for.
///
/// # Errors
/// A sentence about what is no rule, or asks for those.
pub fn read(
    text: &str,
    viewpoint: &Viewpoint,
    unknown: &[(Field, &str)],
) -> Result<Option<Rule>, String> {
    let rule = Rule::parse(text, viewpoint).map_err(|complaint| complaint.message)?;
    if let Some(rule) = &rule
        && let Some((_, word)) = unknown
            .iter()
            .find(|(field, _)| rule.asks(*field).is_some())
    {
        return Err(tr!("{word} is not known of marks", word));
    }
    Ok(rule)
}

/// Does what the user wants in the plan.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::Back {
        return back(state);
    }
    let Some(draft) = state.plan.as_mut() else {
        return Vec::new();
    };
    if matches!(action, Action::Toggle | Action::Enter | Action::Leave) {
        // What is done to rows is done to those that were asked for.
        draft.settle();
    }
    let row = draft.cursor.row;
    match action {
        Action::Toggle => match draft.toggle(row) {
            Ok(()) => motion::go(state, row + 1),
            Err(Stay::Protected) => {
                state.say(tr!(
                    "The settings protect this (protected): it cannot be sent."
                ));
            }
            Err(_) => state.say(tr!(
                "The right to delete this is missing: it cannot be sent."
            )),
        },
        Action::Enter => return unfold(state),
        Action::Leave => {
            let row = draft.fold(row, false);
            motion::go(state, row);
        }
        Action::Filter => {
            let before = draft.filter.clone();
            let line = Typed::new(before.as_ref().map_or("", Rule::text));
            state.prompt = Some(Prompt::new(Purpose::Plan { before }, line));
        }
        Action::WritePlan => {
            let at = state.now.to_zoned(state.zone.clone());
            let file = at.strftime("plan-%Y-%m-%d-%H%M%S.json").to_string();
            state.prompt = Some(Prompt::new(Purpose::PlanFile, Typed::proposing(file)));
            return super::prompt::look(state);
        }
        Action::BatchSize => {
            let line = Typed::proposing(state.caution.batch.to_string());
            state.prompt = Some(Prompt::new(Purpose::Batch, line));
        }
        Action::DryRun => return dry_run(state),
        Action::GoOn => return go_on(state, None),
        Action::DeleteForever => return go_on(state, Some(JobKind::DeleteForever)),
        _ => {
            if let Some(order) = action.order() {
                draft.sort(order);
                motion::go(state, state.place().0.row);
            }
        }
    }
    Vec::new()
}

/// A dry run is stopped first, then the filter goes, then the screen.
fn back(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    if let Some(draft) = &mut state.plan {
        if let Some(effects) = stop(draft, now) {
            state.say(tr!("The dry run was stopped; what it had found is kept."));
            return effects;
        }
        if draft.filter.is_some() {
            draft.set_filter(None);
            motion::go(state, state.place().0.row);
            return Vec::new();
        }
    }
    screen::back(state);
    Vec::new()
}

fn stop(draft: &mut Draft, at: Timestamp) -> Option<Vec<Effect>> {
    if !matches!(draft.dry_run, DryRun::Running { .. }) {
        return None;
    }
    draft.dry_run = DryRun::Over {
        at,
        broken_off: Some(tr!("stopped by you").into()),
    };
    Some(vec![Effect::StopAsking])
}

fn unfold(state: &mut State) -> Vec<Effect> {
    let Some(draft) = state.plan.as_mut() else {
        return Vec::new();
    };
    let row = draft.cursor.row;
    match draft.rows.get(row) {
        Some(Row::Folder(folder)) => {
            let is_unfolded = draft.folders[*folder].is_unfolded;
            let row = draft.fold(row, !is_unfolded);
            motion::go(state, row);
        }
        Some(Row::Item(at)) => {
            let path = draft.items[*at].target.path.clone();
            if let Some(directory) = path.parent() {
                state.came_from.clear();
                state.view = View::Browse;
                return browse::go(state, directory, Some(path.name().into()));
            }
        }
        None => {}
    }
    Vec::new()
}

/// Begins the jobs to come with as many items in a request as was typed.
///
/// # Errors
/// Which numbers there are, if it is none of them.
pub fn set_batch(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let number = text.trim().parse().ok();
    let Some(items) = number.filter(|items| (1..=MOST).contains(items)) else {
        return Err(tr!("a number from 1 to {most}", most = count(MOST)));
    };
    state.caution.batch = items;
    state.say(tr!(
        "Jobs begin with {items} in a request; with the answers that shrinks and grows.",
        items = counted(items, "item")
    ));
    Ok(vec![Effect::Batch(items)])
}

/// Asks the service about each item, or stops asking.
pub fn dry_run(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let now = state.now;
    let Some(draft) = &mut state.plan else {
        return Vec::new();
    };
    if let Some(effects) = stop(draft, now) {
        state.say(tr!("The dry run was stopped; what it had found is kept."));
        return effects;
    }
    let targets = draft.to_ask();
    if targets.is_empty() {
        state.say(tr!("There is nothing to ask about."));
        return Vec::new();
    }
    draft.dry_run = DryRun::Running {
        ticket,
        of: targets.len(),
        asked: 0,
    };
    vec![Effect::Ask { ticket, targets }]
}

/// The service has told something of the items.
pub fn asked(state: &mut State, ticket: Ticket, step: AskStep) {
    let now = state.now;
    let Some(draft) = &mut state.plan else {
        return;
    };
    if !matches!(draft.dry_run, DryRun::Running { ticket: awaited, .. } if awaited == ticket) {
        return;
    }
    match step {
        AskStep::Found(found) => {
            if let DryRun::Running { asked, .. } = &mut draft.dry_run {
                *asked += found.len();
            }
            for (at, look) in found {
                draft.found(at, look);
            }
        }
        AskStep::End(failure) => {
            let broken_off = failure.map(|failure: Failure| failure.to_string());
            let found = draft.found;
            draft.dry_run = DryRun::Over {
                at: now,
                broken_off: broken_off.clone(),
            };
            match broken_off {
                Some(why) => state.tell(tr!("The dry run broke off: {why}.", why), true),
                None => state.tell(
                    tr!("Dry run: {still} still there, {gone} gone, {changed} changed. Nothing was sent.", still = count(found.still), gone = count(found.gone), changed = count(found.changed)),
                    false,
                ),
            }
        }
    }
}

/// Asks the question, with exactly the items of the plan.
fn go_on(state: &mut State, kind: Option<JobKind>) -> Vec<Effect> {
    let Some(draft) = state.plan.as_mut() else {
        return Vec::new();
    };
    let kind = kind.unwrap_or(draft.kind);
    if draft.writing.is_some() {
        state.say(tr!(
            "The plan is being written: wait for that, then ask again."
        ));
        return Vec::new();
    }
    draft.kind = kind;
    // What a dry run finds while the plan is away would be lost, and with it what has changed.
    let mut effects = stop(draft, state.now).unwrap_or_default();
    effects.extend(if draft.is_stale(&state.marks) {
        let sent = draft.sent;
        let before = state.plan.take();
        planning::draft(state, kind, before, Then::AskIf(sent))
    } else {
        planning::settle(state)
    });
    effects
}

/// The plan was made anew before the question: that is put if still so much would be sent.
pub fn ask_if(state: &mut State, sent: Sum) -> Vec<Effect> {
    if state.plan.as_ref().is_some_and(|draft| draft.sent == sent) {
        return planning::settle(state);
    }
    state.warn(tr!(
        "Marks have changed since: this is the plan now. Look at it again."
    ));
    Vec::new()
}

/// Puts the question about the plan.
pub fn ask(state: &mut State, weighed: Weighed) {
    let Some(draft) = &state.plan else {
        return;
    };
    if weighed.plan.is_empty() && draft.staying.contains_key(&Stay::Hand) {
        state.warn(tr!(
            "Nothing can be sent: it was left out by you. Space puts it back in."
        ));
        return;
    }
    let (kind, of_marks) = (draft.kind, draft.of_marks);
    delete::ask_about(state, weighed, kind, of_marks);
}

/// The job of the plan has begun: there is nothing left of it to look at.
pub fn sent(state: &mut State) {
    if state.view == View::Plan {
        screen::back(state);
    }
    state.plan = None;
}

/// Writes the plan into a new file of this name.
pub fn write(state: &mut State, file: &str) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(draft) = &mut state.plan else {
        return Vec::new();
    };
    let file = file.trim().to_owned();
    if file.is_empty() {
        state.say(tr!("No name was given; nothing was written."));
        return Vec::new();
    }
    draft.writing = Some(ticket);
    let mut rules = Vec::new();
    let rule_of: Vec<Option<usize>> = draft
        .origins
        .iter()
        .map(|(origin, _)| match origin {
            Origin::Hand => None,
            Origin::Rule(text) => {
                rules.push(text.to_string());
                Some(rules.len() - 1)
            }
        })
        .collect();
    let mut writing = Writing {
        file,
        rules,
        items: Vec::new(),
        left_out: Vec::new(),
    };
    for item in &draft.items {
        match item.stay() {
            None => {
                let target = item.wanted().clone();
                writing.items.push((target, rule_of[item.origin]));
            }
            Some(stay) => {
                let path = item.target.path.clone();
                writing.left_out.push((path, reason(stay).to_owned()));
            }
        }
    }
    state.say(tr!("Asking what each item is now, for the file."));
    vec![Effect::WritePlan(ticket, Box::new(writing))]
}

/// Why something stays, for the file.
fn reason(stay: Stay) -> &'static str {
    match stay {
        Stay::NoRight => "no right to delete",
        Stay::Protected => "protected by the settings",
        Stay::Hand => "left out by hand",
        Stay::Changed => "changed since it was marked",
        Stay::Gone => "not there",
    }
}

/// The plan was written, or not: how many items it has and how many it leaves out.
pub fn written(
    state: &mut State,
    ticket: Ticket,
    file: &str,
    outcome: Result<(usize, usize), String>,
) {
    if let Some(draft) = &mut state.plan
        && draft.writing == Some(ticket)
    {
        draft.writing = None;
    }
    let file = printable(file);
    match outcome {
        Ok((items, left_out)) => {
            let items = counted(items, "item");
            let left_out = count(left_out);
            state.tell(
                tr!(
                    "{file} has {items}, {left_out} left out; mediasweep rm --plan sends them.",
                    file,
                    items,
                    left_out
                ),
                false,
            );
        }
        Err(why) => state.tell(
            tr!("{file} was not written: {why}.", file, why = heard(&why)),
            true,
        ),
    }
}
