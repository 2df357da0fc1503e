//! The facts of the worker as they arrive, and the list of jobs.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::{bin, browse, delete, download, found, known, past, results, screen};
use crate::domain::bin::RecycledId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::format::{bytes, count};
use crate::domain::job::{Job, JobChange, JobEvent, JobId, JobKind, JobSpec, Outcome, Phase};
use crate::domain::listing::Listing;
use crate::domain::path::RemotePath;
use crate::texts::{later, tr};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::browser::Browser;
use crate::tui::state::question::Ask;
use crate::tui::state::{Recycling, State, View};

/// Who waits longer than this looks elsewhere.
const LONG: SignedDuration = SignedDuration::from_secs(10);

/// Begins a job that needs no question.
pub fn begin(state: &mut State, spec: JobSpec) -> Vec<Effect> {
    let id = state.jobs.add(spec.clone());
    // The jobs panel may have appeared and taken rows from the list.
    screen::fit(state);
    vec![Effect::Start(id, spec)]
}

/// Takes in a fact: the job changes, and rows and marks follow what became of their entries.
pub fn happened(state: &mut State, event: JobEvent) -> Vec<Effect> {
    let id = event.id;
    state.now = state.now.max(event.at);
    let settled: Vec<(usize, Outcome)> = match &event.change {
        JobChange::Settled { outcomes, .. } => outcomes.clone(),
        _ => Vec::new(),
    };
    let Some(job) = state.jobs.apply(event) else {
        return Vec::new();
    };
    let (spec, is_over) = (job.spec.clone(), job.is_over());
    results::follow(state, id);
    known::settled(state, &spec, &settled);
    let mut effects = follow(state, &spec, &settled);
    if is_over {
        effects.extend(ended(state, id));
    }
    effects
}

/// Lets rows and marks follow what became of their entries.
fn follow(state: &mut State, spec: &JobSpec, settled: &[(usize, Outcome)]) -> Vec<Effect> {
    let rows = state.rows();
    match spec {
        JobSpec::Recycle(targets) | JobSpec::DeleteForever(targets) => {
            let mut left: Vec<RemotePath> = Vec::new();
            for (index, outcome) in settled {
                let Some(target) = targets.get(*index) else {
                    continue;
                };
                match outcome {
                    Outcome::Recycled(_) | Outcome::Deleted | Outcome::AlreadyGone => {
                        state.marks.left(&target.path);
                        state.sizes.forget_above(&target.path);
                        left.push(target.path);
                    }
                    Outcome::Failed(failure) | Outcome::Unknown(failure) => {
                        state.marks.refuse(&target.path, Failure::clone(failure));
                    }
                    Outcome::Changed => {
                        let text = later!("it has changed since it was marked, and was not sent");
                        let failure = Failure::new(FailureKind::Refused, text);
                        state.marks.refuse(&target.path, failure);
                    }
                    Outcome::Restored(_)
                    | Outcome::Placed(_)
                    | Outcome::Fetched(_)
                    | Outcome::There
                    | Outcome::NotSent => {}
                }
                match (outcome, spec) {
                    (Outcome::Recycled(_), _) => state.recycling = Recycling::On,
                    (Outcome::Deleted, JobSpec::Recycle(_)) => state.recycling = Recycling::Off,
                    _ => {}
                }
            }
            leave_rows(state, &left, rows)
        }
        JobSpec::Restore(items, _) | JobSpec::Purge(items) => {
            let left: HashSet<RecycledId> = settled
                .iter()
                .filter(|(_, outcome)| {
                    matches!(
                        outcome,
                        Outcome::Restored(_) | Outcome::Deleted | Outcome::AlreadyGone
                    )
                })
                .filter_map(|(index, _)| items.get(*index).map(|item| item.id))
                .collect();
            let rows = state.bin_rows();
            state.bin.remove(&left, rows);
            Vec::new()
        }
        JobSpec::Move(items) => {
            let moved = settled.iter().filter(|(_, outcome)| {
                matches!(outcome, Outcome::Placed(_) | Outcome::AlreadyGone)
            });
            let left: Vec<RemotePath> = moved
                .filter_map(|(index, _)| items.get(*index).map(|item| item.from))
                .collect();
            for path in &left {
                state.marks.left(path);
            }
            leave_rows(state, &left, rows)
        }
        JobSpec::EmptyBin
        | JobSpec::Copy(_)
        | JobSpec::Download(_)
        | JobSpec::Upload(_)
        | JobSpec::MakeFolders(_) => Vec::new(),
    }
}

/// Takes rows out of the list. If the directory on the screen is gone itself, its parent is shown.
fn leave_rows(state: &mut State, left: &[RemotePath], rows: usize) -> Vec<Effect> {
    found::leave(state, left);
    for browser in state.tabs.others_mut() {
        leave_tab(browser, left, rows);
    }
    let here = state.browser.directory.clone();
    if let Some(gone) = left
        .iter()
        .find(|path| **path == here || path.contains(&here))
    {
        let parent = gone.parent().unwrap_or_else(RemotePath::root);
        return browse::go(state, parent, None);
    }
    let names: Vec<&str> = left
        .iter()
        .filter(|path| path.parent().as_ref() == Some(&here))
        .map(RemotePath::name)
        .collect();
    if !names.is_empty() {
        state.browser.remove(&names, rows);
    }
    screen::fit(state);
    Vec::new()
}

/// Takes rows out of a tab that is not on the screen. If its directory is gone, the next visit shows
/// the parent.
fn leave_tab(browser: &mut Browser, left: &[RemotePath], rows: usize) {
    let here = browser.directory.clone();
    let gone = left
        .iter()
        .find(|path| **path == here || path.contains(&here));
    if let Some(gone) = gone {
        browser.stop_loading();
        browser.directory = gone.parent().unwrap_or_else(RemotePath::root);
        browser.listing = Listing::new(browser.listing.order(), None);
        browser.is_stale = true;
        return;
    }
    let names: Vec<&str> = left
        .iter()
        .filter(|path| path.directory() == here.as_str())
        .map(RemotePath::name)
        .collect();
    if !names.is_empty() {
        browser.remove(&names, rows);
    }
}

/// A job is over: what was not sent is marked as before, and what may have changed is listed anew.
fn ended(state: &mut State, id: JobId) -> Vec<Effect> {
    let Some(job) = state.jobs.get(id) else {
        return Vec::new();
    };
    state.yanks.arrived(id);
    if job.tally.not_sent > 0 {
        state.marks.release(id);
    }
    let opens = download::arrived(job, &mut state.fetches.to_open);
    let mut text = summary(job);
    if state.jobs.is_to_move_back(job) && !job.has_trouble() {
        text.push_str(tr!(" u takes it back."));
    }
    let is_trouble = job.has_trouble() || matches!(job.phase, Phase::Aborted(_));
    let reload = job.touches(&state.browser.directory);
    let touched: Vec<bool> = state
        .tabs
        .others()
        .map(|tab| job.touches(&tab.directory))
        .collect();
    let kind = job.spec.kind();
    let took = job.ended.zip(job.started);
    let is_long = took.is_some_and(|(ended, started)| ended.duration_since(started) >= LONG);
    let mut effects: Vec<Effect> = opens.into_iter().collect();
    if is_long && !state.has_focus {
        effects.push(Effect::Notify(text.clone()));
    }
    state.tell(text, is_trouble);
    if matches!(kind, JobKind::Restore | JobKind::Purge) {
        state.jobs.find_undone();
    }
    for (tab, touched) in state.tabs.others_mut().zip(touched) {
        tab.is_stale |= touched;
    }
    if matches!(kind, JobKind::Restore | JobKind::Move | JobKind::Copy) {
        state.sizes.forget();
    }
    state.link.wish(state.now);
    if reload && !state.browser.is_loading() {
        effects.extend(browse::reload(state));
    }
    if state.view == View::Past {
        effects.extend(past::reload(state));
    }
    effects.extend(match kind {
        JobKind::Restore | JobKind::Purge => bin::settled(state, id),
        JobKind::Recycle | JobKind::EmptyBin => bin::outdated(state),
        _ => Vec::new(),
    });
    screen::fit(state);
    let asks_to_quit = state
        .question
        .as_ref()
        .is_some_and(|question| matches!(question.ask, Ask::Quit));
    if state.jobs.running().next().is_none() && (state.leaving || asks_to_quit) {
        effects.push(Effect::Quit);
    }
    effects
}

/// The sentence with which a job ends; its numbers add up to all items.
pub fn summary(job: &Job) -> String {
    let tally = &job.tally;
    let mut parts = Vec::new();
    let size = if tally.done_bytes > 0 {
        tr!(" ({size})", size = bytes(tally.done_bytes))
    } else {
        String::new()
    };
    let kind = job.spec.kind();
    if kind == JobKind::Recycle && tally.recycled < tally.done {
        // Without an id nothing can be put back (protocol part A, U3).
        parts.push(done(kind, tally.recycled, &size));
        parts.push(tr!(
            "{deleted} deleted without a way back",
            deleted = count(tally.done - tally.recycled)
        ));
    } else {
        parts.push(done(kind, tally.done, &size));
    }
    if tally.gone > 0 {
        parts.push(tr!("{gone} already gone", gone = count(tally.gone)));
    }
    parts.push(match tally.failed {
        0 => tr!("none failed").to_owned(),
        failed => tr!("{failed} failed", failed = count(failed)),
    });
    if tally.unknown > 0 {
        parts.push(tr!("{unknown} unknown", unknown = count(tally.unknown)));
    }
    if tally.changed > 0 {
        parts.push(tr!(
            "{changed} changed and left out",
            changed = count(tally.changed)
        ));
    }
    if tally.not_sent > 0 {
        parts.push(tr!(
            "{not_sent} untouched",
            not_sent = count(tally.not_sent)
        ));
    }
    let parts = parts.join(tr!(", "));
    let id = job.id;
    match &job.phase {
        Phase::Cancelled => tr!("Job {id} cancelled by you: {parts}.", id, parts),
        Phase::Aborted(failure) => tr!(
            "Job {id} broke off: {failure}. {parts}.",
            id,
            failure,
            parts
        ),
        Phase::Queued | Phase::Running(_) | Phase::Finished => {
            let next = match (job.has_trouble(), tally.recycled) {
                (true, _) => tr!(" w then Enter says why."),
                (false, 0) => "",
                (false, 1) => tr!(" u puts it back."),
                (false, _) => tr!(" u puts them back."),
            };
            tr!("Job {id} ended: {parts}.{next}", id, parts, next)
        }
    }
}

/// What was done to so many items; `size` stands behind it.
fn done(kind: JobKind, items: usize, size: &str) -> String {
    let done = count(items);
    match kind {
        JobKind::Recycle => tr!("{done} recycled{size}", done, size),
        JobKind::DeleteForever | JobKind::Purge => {
            tr!("{done} deleted for ever{size}", done, size)
        }
        JobKind::Restore => tr!("{done} put back{size}", done, size),
        JobKind::EmptyBin if items > 0 => tr!("the bin is empty").to_owned(),
        JobKind::EmptyBin => tr!("the bin is not empty").to_owned(),
        JobKind::Move => tr!("{done} moved{size}", done, size),
        JobKind::Copy => tr!("{done} copied{size}", done, size),
        JobKind::Download => tr!("{done} fetched{size}", done, size),
        JobKind::Upload => tr!("{done} sent{size}", done, size),
        JobKind::MakeFolders => tr!("{done} made{size}", done, size),
    }
}

/// Does what the user wants in the list of jobs.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::Back {
        screen::back(state);
        return Vec::new();
    }
    if action == Action::Clear {
        state.jobs.clear();
        screen::fit(state);
        return Vec::new();
    }
    let Some(job) = state.jobs.selected() else {
        return Vec::new();
    };
    let id = job.id;
    match action {
        Action::Enter => results::open(state, id),
        Action::CancelJob | Action::Pause if job.is_over() => {
            state.say(tr!("Job {id} is over already.", id));
        }
        Action::CancelJob => {
            state.say(tr!(
                "Job {id}: nothing more is sent; answers still due are booked.",
                id
            ));
            return vec![Effect::Cancel(id)];
        }
        Action::Pause if job.paused => {
            state.say(tr!("Job {id} goes on.", id));
            return vec![Effect::GoOn(id)];
        }
        Action::Pause => {
            state.say(tr!(
                "Job {id}: nothing more is sent until p is pressed again.",
                id
            ));
            return vec![Effect::Pause(id)];
        }
        Action::Sooner | Action::Later if job.phase != Phase::Queued => {
            state.say(tr!("Job {id} does not wait for its turn.", id));
        }
        Action::Sooner => return vec![Effect::Sooner(id)],
        Action::Later => return vec![Effect::Later(id)],
        Action::Retry => return delete::ask_retry(state, id),
        Action::Undo => return delete::ask_undo(state, id),
        Action::MarkFailed => delete::mark_failed(state, id),
        Action::WriteReport => results::report::open(state, id, "jsonl"),
        _ => {}
    }
    Vec::new()
}
