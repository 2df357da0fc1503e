//! Asking before anything is deleted or put back, and starting it after a yes.

use jiff::SignedDuration;

use crate::domain::entry::Entry;
use crate::domain::failure::Failure;
use crate::domain::format::{count, printable};
use crate::domain::job::{Items, JobId, JobKind, JobSpec, Recycled};
use crate::domain::plan::Plan;
use crate::tui::availability::Reason;
use crate::tui::effect::Effect;
use crate::tui::state::bin::landing::Survey;
use crate::tui::state::planning::Weighed;
use crate::tui::state::question::load::Load;
use crate::tui::state::question::{Ask, Question, targets};
use crate::tui::state::{Recycling, State, View};

use super::{download, mark, past, plan, planning, screen, weigh, yank};
use crate::texts::tr;

/// Two deletes unasked that follow each other faster come from a key that is held down.
const HELD: SignedDuration = SignedDuration::from_millis(300);

/// Asks to recycle, unless the user has said that one plain file needs no question. A key that is held
/// down sends only one.
pub fn recycle(state: &mut State) -> Vec<Effect> {
    ask(state, JobKind::Recycle);
    let needs_none = |question: &mut Question| {
        let is_of_row = matches!(
            question.ask,
            Ask::Delete {
                of_marks: false,
                ..
            }
        );
        is_of_row && question.is_one_line()
    };
    let Some(last) = state.unasked.filter(|_| state.recycling == Recycling::On) else {
        return Vec::new();
    };
    let Some(question) = state.question.take_if(needs_none) else {
        return Vec::new();
    };
    if state.now.duration_since(last) < HELD {
        return Vec::new();
    }
    state.unasked = Some(state.now);
    state.say(tr!("To the bin, unasked; u puts it back."));
    accept(state, &question)
}

/// Asks to delete what is marked, else what is under the cursor.
pub fn ask(state: &mut State, kind: JobKind) {
    mark::accept_range(state);
    if planning::is_on_its_way(state) {
        return;
    }
    let of_marks = state.marks.totals().count > 0;
    if of_marks {
        planning::ask(state, kind);
    } else {
        ask_about_row(state, kind);
    }
}

/// Asks to delete what is under the cursor.
fn ask_about_row(state: &mut State, kind: JobKind) {
    let under_cursor = match &state.found {
        Some(found) if state.view == View::Found => found.under_cursor(),
        _ => {
            let directory = &state.browser.directory;
            state.browser.under_cursor().map(|entry| (directory, entry))
        }
    };
    let Some((directory, entry)) = under_cursor else {
        state.say(tr!("Nothing is marked, and there is no row to delete."));
        return;
    };
    if let Some(mark) = state.marks.get(directory, entry.name())
        && !mark.is_chosen()
    {
        state.say(tr!("A job works on this row already."));
        return;
    }
    let plan = Plan::of_entry(directory, entry).guarded(&state.caution);
    ask_about(state, Weighed::new(plan, &state.known), kind, false);
}

/// Asks to delete exactly what is in the plan. Over a limit of the settings the answer is typed.
pub fn ask_about(state: &mut State, weighed: Weighed, kind: JobKind, of_marks: bool) {
    let Weighed { plan, last_copies } = weighed;
    if plan.is_empty() {
        state.warn(if plan.guarded > 0 {
            tr!("Nothing can be sent: the settings protect it (! in the list).")
        } else {
            tr!("Nothing can be sent: no right to delete (! in the list).")
        });
        return;
    }
    // The file says what each item is now: a job would take items away meanwhile.
    if (state.plan.as_ref()).is_some_and(|draft| draft.writing.is_some()) {
        state.say(tr!(
            "The plan is being written: wait for that, then ask again."
        ));
        return;
    }
    let not_among = not_among(state, of_marks);
    let load = Load::of_plan(&plan);
    let ask = Ask::Delete {
        plan,
        kind,
        not_among,
        of_marks,
        last_copies,
    };
    state.question = Some(Question::buttons(ask, state.now).with(load));
    weigh::hold(state);
}

/// The row under the cursor, where the marks all lie elsewhere: easily thought to be meant.
fn not_among(state: &State, of_marks: bool) -> Option<String> {
    let browser = &state.browser;
    let is_elsewhere = state.view == View::Browse
        && of_marks
        && state.marks.inside(&browser.directory).next().is_none();
    let entry = browser.under_cursor().filter(|_| is_elsewhere)?;
    Some(printable(entry.name()).into_owned())
}

/// Asks to take back what the last job has done that can be taken back.
pub fn ask_undo_last(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.jobs.last_undoable() else {
        state.say(Reason::NothingToUndo.to_string());
        return Vec::new();
    };
    ask_undo(state, id)
}

/// Asks to take back what one job has done.
pub fn ask_undo(state: &mut State, id: JobId) -> Vec<Effect> {
    let Some(job) = state.jobs.get(id) else {
        return Vec::new();
    };
    let items = state.jobs.undoable(job);
    let is_for_logs = items.is_none() && job.tally.recycled > 0;
    if let Some(items) = items.filter(|items| !items.is_empty()) {
        ask_restore(state, items.into(), Some(id));
        return Vec::new();
    }
    match job.spec.kind() {
        // What later jobs have done to that is for the logs to tell.
        JobKind::Recycle if is_for_logs => {
            past::look_for_way_back(state, Effect::UndoPast(id, None), id)
        }
        JobKind::Restore | JobKind::Move | JobKind::Copy | JobKind::Upload => {
            past::look_for_way_back(state, Effect::UndoPast(id, None), id)
        }
        JobKind::Recycle
        | JobKind::DeleteForever
        | JobKind::Purge
        | JobKind::EmptyBin
        | JobKind::Download
        | JobKind::MakeFolders => {
            state.say(Reason::NothingLeft(id).to_string());
            Vec::new()
        }
    }
}

/// Asks to put items back.
pub fn ask_restore(state: &mut State, items: Items<Recycled>, undoes: Option<JobId>) {
    let on_clash = state.bin.on_clash;
    let ask = Ask::Restore {
        items,
        undoes,
        on_clash,
        survey: Survey::default(),
    };
    state.question = Some(Question::buttons(ask, state.now));
}

/// Asks to send again what a job did not get done.
pub fn ask_retry(state: &mut State, id: JobId) -> Vec<Effect> {
    let Some(job) = state.jobs.get(id) else {
        return Vec::new();
    };
    if !job.is_over() {
        state.say(tr!("Job {id} is not over yet.", id));
        return Vec::new();
    }
    if let Some(again) = state.jobs.retried(id) {
        state.say(tr!(
            "Job {id} was sent again as job {again}: retry that one.",
            id,
            again
        ));
        return Vec::new();
    }
    if job.spec.is_elsewhere() {
        return past::look_for_way_back(state, Effect::Retriable(id), id);
    }
    let spec = job.retry();
    ask_to_retry(state, id, spec);
    Vec::new()
}

/// Asks to send these items of a job again.
pub fn ask_to_retry(state: &mut State, id: JobId, spec: Option<JobSpec>) {
    let Some(spec) = spec else {
        state.say(tr!("Job {id} has nothing that may be retried.", id));
        return;
    };
    let items = spec.len();
    let load = Load::of_targets(&targets(&spec));
    let kind = spec.kind();
    let ask = Ask::Retry { job: id, spec };
    state.question = Some(match kind {
        JobKind::Purge | JobKind::EmptyBin => {
            Question::words(ask, format!("delete {items}"), state.now)
        }
        JobKind::Recycle | JobKind::DeleteForever => Question::buttons(ask, state.now).with(load),
        JobKind::Restore
        | JobKind::Move
        | JobKind::Copy
        | JobKind::Download
        | JobKind::Upload
        | JobKind::MakeFolders => Question::buttons(ask, state.now),
    });
    weigh::hold(state);
}

/// Marks the failed items of a job again, if they were unmarked since.
pub fn mark_failed(state: &mut State, id: JobId) {
    let Some(job) = state.jobs.get(id) else {
        return;
    };
    let mut marked = 0;
    let targets = targets(&job.spec);
    for index in 0..targets.len() {
        let Some(failure) = job.outcomes.failure(index) else {
            continue;
        };
        let target = targets.at(index);
        let Some(directory) = target.path.parent() else {
            continue;
        };
        let name = target.path.name();
        if state.marks.get(&directory, name).is_none() {
            let entry = Entry {
                size: target.size,
                e_tag: target.seen.stamp,
                ..Entry::new(name, target.kind)
            };
            state.marks.add(&directory, &entry);
            state.marks.refuse(&target.path, Failure::clone(failure));
        }
        marked += 1;
    }
    state.say(tr!(
        "{marked} of job {id} are marked.",
        marked = count(marked),
        id
    ));
}

/// The answer was yes: the job begins.
pub fn accept(state: &mut State, question: &Question) -> Vec<Effect> {
    let Some(spec) = question.job() else {
        return Vec::new();
    };
    let id = state.jobs.add(spec.clone());
    match &question.ask {
        Ask::Delete {
            plan,
            of_marks: true,
            ..
        } => {
            state.marks.hand_plan(plan, id);
            state.browser.listing.expect_leaving();
        }
        Ask::Delete {
            plan,
            of_marks: false,
            ..
        } => {
            for item in plan.items.iter() {
                state.marks.hand(&item, id);
            }
        }
        Ask::Retry { job, .. } => {
            state.jobs.set_retried(*job, id);
            state.marks.hand_all(&targets(&spec), id);
        }
        Ask::Undo { job, .. } => state.jobs.set_undoing(id, *job),
        Ask::Paste(paste) => yank::begun(state, paste, id),
        Ask::Rename(_) => state.edits.names = None,
        Ask::Fetch(fetch) => download::begun(state, fetch),
        Ask::Restore { items, undoes, .. } => {
            if let Some(undone) = undoes {
                state.jobs.set_undoing(id, *undone);
            }
            state.bin.hand(items.iter().map(|item| item.id), id);
        }
        Ask::Purge(items) => {
            state.bin.hand(items.iter().map(|item| item.id), id);
        }
        Ask::EmptyBin { .. } | Ask::Open(_) | Ask::CutOff(_) | Ask::Quit => {}
    }
    if matches!(question.ask, Ask::Delete { .. }) {
        plan::sent(state);
    }
    // The jobs panel may have appeared and taken rows from the list.
    screen::fit(state);
    match &question.ask {
        Ask::Undo { .. } => vec![Effect::Undo(id, spec)],
        _ => vec![Effect::Start(id, spec)],
    }
}
