//! Whether an action can do anything now, and if not, why: asked by the key bar, which greys the
//! key, and by `update`, which says the reason instead.

use std::fmt;

use super::action::Action;
use super::keymap::Context;
use super::state::{State, View};
use crate::domain::job::{JobId, JobKind, NoWayBack};
use crate::texts::tr;

/// Why an action can do nothing now. Shown as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has no meaning in this list.
    NotHere(Action, Context),
    /// There is no mark, and no row under the cursor.
    NothingToActOn,
    /// There is no mark.
    NothingMarked,
    /// The list has no rows.
    NoRows,
    /// There is no range.
    NoRange,
    /// Nothing was taken along.
    NothingYanked,
    /// No marks were cleared.
    NothingCleared,
    /// There is no job.
    NoJobs,
    /// The job under the cursor has ended.
    JobOver(JobId),
    /// The job under the cursor has not ended.
    JobNotOver(JobId),
    /// No job of this session can be undone.
    NothingToUndo,
    /// What the job did has no way back.
    Final(JobId),
    /// The job has recycled nothing yet.
    NothingYet(JobId),
    /// What the job recycled is back, or gone.
    NothingLeft(JobId),
    /// The job of the undo history cannot be undone, for this reason.
    NoWayBack(JobId, NoWayBack),
    /// No job is remembered.
    NoPast,
    /// Nothing of the job has failed.
    NothingFailed(JobId),
    /// The recycle bin is empty.
    BinEmpty,
    /// This is the top of the library.
    AtRoot,
    /// There are no other libraries in the settings.
    NoLibraries,
    /// Nothing may be changed.
    ReadOnly,
    /// No library is open yet.
    NotConnected,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NotHere(action, context) => {
                let (word, place) = (action.word(), context.place());
                &tr!("{word} means nothing in {place}.", word, place)
            }
            Self::NothingToActOn => tr!("Nothing is marked, and there is no row here."),
            Self::NothingMarked => tr!("Nothing is marked. Space in the list marks."),
            Self::NoRows => tr!("There is no row here."),
            Self::NoRange => tr!("There is no range. v begins one."),
            Self::NothingYanked => tr!("Nothing is yanked: y takes a copy along, x cuts."),
            Self::NothingCleared => tr!("No marks were cleared."),
            Self::NoJobs => tr!("There are no jobs yet. d on marked rows makes one."),
            Self::JobOver(job) => &tr!("Job {job} is over already.", job),
            Self::JobNotOver(job) => &tr!("Job {job} is not over yet.", job),
            Self::NothingToUndo => {
                tr!("Nothing of this session is left to put back. U has the jobs of earlier ones.")
            }
            Self::Final(job) => &tr!("Job {job} cannot be undone.", job),
            Self::NothingYet(job) => &tr!("Job {job} has recycled nothing yet.", job),
            Self::NothingLeft(job) => &tr!("Job {job} has nothing left to put back.", job),
            Self::NoWayBack(job, reason) => {
                &tr!("Job {job} {reason}.", job, reason = reason.reason())
            }
            Self::NoPast => tr!("No job of this library is remembered."),
            Self::NothingFailed(job) => &tr!("Nothing of job {job} has failed.", job),
            Self::BinEmpty => tr!("The bin is empty."),
            Self::ReadOnly => tr!("read-only: nothing is changed here."),
            Self::AtRoot => tr!("This is the root of the library."),
            Self::NotConnected => tr!("No library is open yet: Enter opens this one."),
            Self::NoLibraries => {
                tr!("The settings name no library to go to. mediasweep config print shows how to.")
            }
        };
        f.write_str(text)
    }
}

/// Whether an action can do anything now. Cheap: it is asked for every key of the bar and frame.
///
/// # Errors
/// The reason why not. What is found out only by trying is not among them.
pub fn availability(state: &State, action: Action) -> Result<(), Reason> {
    let context = state.view.context();
    if !state.keymap.holds(context, action) {
        return Err(Reason::NotHere(action, context));
    }
    if state.caution.is_read_only && changes(state.view, action) {
        return Err(Reason::ReadOnly);
    }
    match state.view {
        View::Browse => in_list(state, action),
        View::Marks => in_marks(state, action),
        View::Jobs => {
            let job = state.jobs.selected().map(|job| job.id);
            of_job(state, job, action)
        }
        View::Results => of_job(state, state.results.job, action),
        View::Past => in_past(state, action),
        View::Bin => in_bin(state, action),
        View::Plan
        | View::Found
        | View::Compare
        | View::Preview
        | View::Details
        | View::Libraries
        | View::Help => Ok(()),
    }?;
    match action {
        Action::Library => require(!state.libraries.labels.is_empty(), Reason::NoLibraries),
        Action::NextPane
        | Action::PreviousPane
        | Action::Marks
        | Action::Jobs
        | Action::UndoHistory
        | Action::Bin => require(state.is_connected, Reason::NotConnected),
        _ => Ok(()),
    }
}

/// Whether an action leads to a change of the library.
fn changes(view: View, action: Action) -> bool {
    match action {
        Action::Recycle
        | Action::DeleteForever
        | Action::Undo
        | Action::Restore
        | Action::EmptyBin
        | Action::Cut
        | Action::Paste
        | Action::NewFolder
        | Action::Rename
        | Action::Retry => true,
        Action::GoOn => view == View::Plan,
        _ => false,
    }
}

fn require(is_so: bool, otherwise: Reason) -> Result<(), Reason> {
    if is_so { Ok(()) } else { Err(otherwise) }
}

fn in_list(state: &State, action: Action) -> Result<(), Reason> {
    let has_rows = state.browser.listing.rows() > 0;
    let has_marks = state.marks.totals().count > 0;
    match action {
        Action::Toggle | Action::Range | Action::MarkAll | Action::Invert | Action::Enter => {
            require(has_rows, Reason::NoRows)
        }
        Action::Details | Action::CopyLink | Action::Open => require(has_rows, Reason::NoRows),
        Action::Yank
        | Action::Cut
        | Action::Rename
        | Action::Download
        | Action::Recycle
        | Action::DeleteForever => require(has_rows || has_marks, Reason::NothingToActOn),
        Action::Paste => require(state.yanks.waiting.is_some(), Reason::NothingYanked),
        Action::OtherEnd => require(state.browser.range.is_some(), Reason::NoRange),
        Action::Plan => require(has_marks, Reason::NothingMarked),
        Action::BringBack => require(state.cleared.is_some(), Reason::NothingCleared),
        Action::Undo => require(state.jobs.may_be_undoable(), Reason::NothingToUndo),
        Action::Leave => require(state.browser.directory.parent().is_some(), Reason::AtRoot),
        _ => Ok(()),
    }
}

fn in_marks(state: &State, action: Action) -> Result<(), Reason> {
    match action {
        Action::Toggle
        | Action::Range
        | Action::Enter
        | Action::Clear
        | Action::EditList
        | Action::WriteList
        | Action::Recycle
        | Action::DeleteForever
        | Action::Plan => require(state.marks.totals().count > 0, Reason::NothingMarked),
        Action::BringBack => require(state.cleared.is_some(), Reason::NothingCleared),
        _ => Ok(()),
    }
}

fn of_job(state: &State, job: Option<JobId>, action: Action) -> Result<(), Reason> {
    let needs_job = matches!(
        action,
        Action::Enter
            | Action::CancelJob
            | Action::Pause
            | Action::Retry
            | Action::Undo
            | Action::MarkFailed
            | Action::WriteReport
            | Action::CopyReason
            | Action::Clear
    );
    if !needs_job {
        return Ok(());
    }
    let job = job
        .and_then(|id| state.jobs.get(id))
        .ok_or(Reason::NoJobs)?;
    let id = job.id;
    match action {
        Action::CancelJob | Action::Pause => require(!job.is_over(), Reason::JobOver(id)),
        Action::Retry => require(job.is_over(), Reason::JobNotOver(id)),
        Action::Undo if job.tally.recycled > 0 && !state.jobs.is_undone(id) => Ok(()),
        Action::Undo => Err(match job.spec.kind() {
            JobKind::DeleteForever
            | JobKind::Purge
            | JobKind::EmptyBin
            | JobKind::Download
            | JobKind::MakeFolders => Reason::Final(id),
            JobKind::Recycle if !job.is_over() => Reason::NothingYet(id),
            JobKind::Recycle => Reason::NothingLeft(id),
            JobKind::Restore | JobKind::Move | JobKind::Copy | JobKind::Upload
                if !job.is_over() =>
            {
                Reason::JobNotOver(id)
            }
            JobKind::Restore | JobKind::Move | JobKind::Copy | JobKind::Upload => {
                return require(job.tally.done > 0, Reason::NothingLeft(id));
            }
        }),
        Action::MarkFailed => {
            let failed = job.tally.failed + job.tally.unknown;
            require(failed > 0, Reason::NothingFailed(id))
        }
        _ => Ok(()),
    }
}

fn in_past(state: &State, action: Action) -> Result<(), Reason> {
    if action != Action::Undo {
        return Ok(());
    }
    let job = state.past.selected().ok_or(Reason::NoPast)?;
    job.undo
        .map(|_| ())
        .map_err(|reason| Reason::NoWayBack(job.id, reason))
}

fn in_bin(state: &State, action: Action) -> Result<(), Reason> {
    let has_items = !state.bin.items.is_empty();
    match action {
        Action::Toggle
        | Action::Range
        | Action::MarkAll
        | Action::Invert
        | Action::Restore
        | Action::DeleteForever => require(has_items, Reason::BinEmpty),
        Action::OtherEnd => require(state.bin.range.is_some(), Reason::NoRange),
        Action::Enter => require(state.bin.rows() > 0, Reason::NoRows),
        Action::Undo => require(state.jobs.may_be_undoable(), Reason::NothingToUndo),
        _ => Ok(()),
    }
}
