//! The latest jobs of a library by their logs, and what undoes them by now.
//!
//! Logs tell what a job has done and what later jobs have done to that; the bin is asked for the
//! rest, for things leave it in other ways as well.

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::task::JoinError;

use crate::client::{Client, Error};
use crate::domain::bin::{RecycledId, Recycler};
use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{
    Items, JobId, JobKind, JobSpec, NoWayBack, Outcome, OutcomeKind, PastJob, Recycled, WayBack,
};
use crate::domain::path::RemotePath;
use crate::texts::later;

use super::check::{BIN_PAGE, has_no_bin};
use super::log::{JobLog, Record, Summary};

/// So many jobs are remembered.
pub const REMEMBERED: usize = 50;
/// Pages of the bin that are read at most. Somebody waits for it.
const PAGES: usize = 100;

/// The latest jobs that worked where `client` does, at most [`REMEMBERED`], latest first. A bin that
/// cannot be read, or not to its end, leaves what the logs tell.
///
/// # Errors
/// The logs cannot be listed.
pub async fn history(log: &JobLog, client: &Client) -> Result<Vec<PastJob>, Failure> {
    let mut jobs = read(log, client, None).await?;
    see(client, &mut jobs).await;
    Ok(jobs.into_iter().map(|(job, _)| job).collect())
}

/// Which of the latest jobs have put what into the bin, by their logs alone: some of it may have left
/// the bin since.
///
/// # Errors
/// The logs cannot be listed.
pub async fn recyclers(
    log: &JobLog,
    client: &Client,
) -> Result<FxHashMap<RecycledId, Recycler>, Failure> {
    let (log, client) = (log.clone(), client.clone());
    let read = tokio::task::spawn_blocking(move || {
        let heads = log.latest_of(client.library(), client.space(), REMEMBERED)?;
        let mut recyclers = FxHashMap::default();
        for head in heads.iter().filter(|head| head.tally.recycled > 0) {
            let Ok(record) = log.record(head) else {
                continue;
            };
            for (index, kind) in record.outcomes.kinds().enumerate() {
                if kind == Some(OutcomeKind::Recycled)
                    && let Some(Outcome::Recycled(id)) = record.outcomes.get(index)
                {
                    let recycler = Recycler::new(head.id, &record.spec.path(index));
                    // Later jobs come first.
                    recyclers.entry(id).or_insert(recycler);
                }
            }
        }
        Ok(recyclers)
    });
    listed(read.await)
}

/// The job that undoes job `id` of the time `at`, with the items for which that can still be done.
/// Where a name is taken by now, `on_clash` says what to do, as in [`Job::undo`].
///
/// [`Job::undo`]: crate::domain::job::Job::undo
///
/// # Errors
/// No such job, several of its number where no time is given, or none that can be undone.
pub async fn undoing(
    log: Option<&JobLog>,
    client: &Client,
    (id, at): (JobId, Option<Timestamp>),
    on_clash: Option<Strategy>,
) -> Result<JobSpec, Failure> {
    let refused = |text: String| Failure::new(FailureKind::Refused, text);
    let mut jobs = match log {
        Some(log) => read(log, client, on_clash).await?,
        None => Vec::new(),
    };
    jobs.retain(|(job, _)| job.id == id && at.is_none_or(|at| at == job.at));
    if jobs.len() > 1 {
        return Err(namesakes(id));
    }
    see(client, &mut jobs).await;
    match jobs.pop() {
        Some((_, Some(spec))) => Ok(spec),
        Some((job, None)) => {
            let reason = job.undo.err().unwrap_or(NoWayBack::NothingLeft).reason();
            Err(refused(later!("job {id} {reason}", id, reason)))
        }
        None => Err(not_among(id)),
    }
}

/// What a job of this library did not get done and may do again, as [`Job::retry`] says.
///
/// [`Job::retry`]: crate::domain::job::Job::retry
///
/// # Errors
/// No such job, several of its number, or a log that cannot be read.
pub fn retriable(log: &JobLog, client: &Client, id: JobId) -> Result<Option<JobSpec>, Failure> {
    let refused = |text: String| Failure::new(FailureKind::Refused, text);
    let heads = log.latest_of(client.library(), client.space(), REMEMBERED);
    let mut heads = listed(Ok(heads))?;
    heads.retain(|head| head.id == id);
    match heads.as_slice() {
        [head] => match log.record(head) {
            Ok(record) => Ok(record.job().retry()),
            Err(error) => Err(refused(later!(
                "the log of job {id} cannot be read: {error}",
                id,
                error
            ))),
        },
        [] => Err(not_among(id)),
        _ => Err(namesakes(id)),
    }
}

fn namesakes(id: JobId) -> Failure {
    let text = later!(
        "several programs have given the number {id} to a job of theirs",
        id
    );
    Failure::new(FailureKind::Refused, text)
}

fn not_among(id: JobId) -> Failure {
    let text = later!(
        "job {id} is not among the last {most} of this library",
        id,
        most = REMEMBERED
    );
    Failure::new(FailureKind::Refused, text)
}

/// A job, and what undoes it as far as the logs tell.
type Past = (PastJob, Option<JobSpec>);

async fn read(
    log: &JobLog,
    client: &Client,
    on_clash: Option<Strategy>,
) -> Result<Vec<Past>, Failure> {
    let (log, client) = (log.clone(), client.clone());
    let read = tokio::task::spawn_blocking(move || {
        let heads = log.latest_of(client.library(), client.space(), REMEMBERED)?;
        let mut later = Later::default();
        let jobs = heads
            .into_iter()
            .map(|head| later.read(&log, &head, on_clash));
        Ok(jobs.collect())
    });
    listed(read.await)
}

fn listed<T>(read: Result<std::io::Result<T>, JoinError>) -> Result<T, Failure> {
    read.map_err(std::io::Error::other)
        .flatten()
        .map_err(|error| {
            let text = later!("the logs of jobs cannot be listed: {error}", error);
            Failure::new(FailureKind::Internal, text)
        })
}

/// What the jobs that were read so far have done, all of them later than the next one.
#[derive(Default)]
struct Later {
    /// Items that have left the bin.
    left_bin: FxHashSet<RecycledId>,
    /// Entries that have left their places.
    left: FxHashSet<RemotePath>,
    /// Places where something else has arrived.
    arrived: FxHashSet<RemotePath>,
}

impl Later {
    fn read(&mut self, log: &JobLog, head: &Summary, on_clash: Option<Strategy>) -> Past {
        let none = |undo| {
            let job = PastJob {
                id: head.id,
                at: head.at,
                kind: head.kind,
                items: head.items,
                tally: head.tally,
                ended: head.ended,
                undo: Err(undo),
            };
            (job, None)
        };
        if head.ended.is_none() && head.is_held {
            return none(NoWayBack::AtWork);
        }
        // Nothing has to be read of a job without effect.
        if head.ended.is_some() && head.tally.done + head.tally.gone == 0 {
            return none(NoWayBack::NothingDone);
        }
        let Ok(record) = log.record(head) else {
            return none(NoWayBack::Unreadable);
        };
        let spec = record
            .job()
            .undo(on_clash)
            .and_then(|spec| self.left_of(&spec));
        self.take(&record);
        let is_final = match head.kind {
            JobKind::DeleteForever
            | JobKind::Purge
            | JobKind::EmptyBin
            | JobKind::Download
            | JobKind::MakeFolders => true,
            JobKind::Recycle => head.tally.recycled == 0,
            JobKind::Restore | JobKind::Move | JobKind::Copy | JobKind::Upload => false,
        };
        let Some(spec) = spec.filter(|_| head.ended.is_some()) else {
            return none(match head.ended {
                None => NoWayBack::CutOff,
                Some(_) if head.tally.done == 0 => NoWayBack::NothingDone,
                Some(_) if is_final => NoWayBack::Final,
                Some(_) => NoWayBack::NothingLeft,
            });
        };
        let (mut job, _) = none(NoWayBack::NothingLeft);
        job.undo = Ok(way_back(&spec));
        (job, Some(spec))
    }

    /// The items of an undoing job to which no later job has done anything.
    fn left_of(&self, spec: &JobSpec) -> Option<JobSpec> {
        let is_there = |path: &RemotePath| {
            !self.arrived.contains(path)
                && !self.left.contains(path)
                && !path.ancestors().any(|above| self.left.contains(&above))
        };
        let left = (0..spec.len()).filter(|&index| match spec {
            JobSpec::Restore(items, _) => !self.left_bin.contains(&items.at(index).id),
            _ => is_there(&spec.path(index)),
        });
        let left: Vec<usize> = left.collect();
        if left.is_empty() {
            return None;
        }
        spec.pick(&left)
    }

    fn take(&mut self, record: &Record) {
        for (index, outcome) in record.outcomes.iter().enumerate() {
            match (&record.spec, &outcome) {
                (
                    JobSpec::Restore(items, _) | JobSpec::Purge(items),
                    Some(Outcome::Restored(_) | Outcome::Deleted | Outcome::AlreadyGone),
                ) => {
                    self.left_bin.insert(items.at(index).id);
                }
                (
                    JobSpec::Recycle(_) | JobSpec::DeleteForever(_) | JobSpec::Move(_),
                    Some(
                        Outcome::Recycled(_)
                        | Outcome::Deleted
                        | Outcome::Placed(_)
                        | Outcome::AlreadyGone,
                    ),
                ) => {
                    self.left.insert(record.spec.path(index));
                }
                _ => {}
            }
            if let Some(Outcome::Restored(Some(path)) | Outcome::Placed(path)) = outcome {
                self.arrived.insert(path.clone());
            }
        }
    }
}

fn way_back(spec: &JobSpec) -> WayBack {
    WayBack {
        kind: spec.kind(),
        items: spec.len(),
        bytes: (0..spec.len()).filter_map(|index| spec.size(index)).sum(),
        days_left: None,
        is_seen: false,
    }
}

/// Looks into the bin for what jobs would take out of it, and leaves out what it does not have.
async fn see(client: &Client, jobs: &mut [Past]) {
    let mut owners: FxHashMap<RecycledId, (usize, Recycler)> = FxHashMap::default();
    for (number, (job, spec)) in jobs.iter().enumerate() {
        if let Some(JobSpec::Restore(items, _)) = spec {
            for item in items.iter() {
                let by = Recycler::new(job.id, &item.path);
                // Later jobs come first.
                owners.entry(item.id).or_insert((number, by));
            }
        }
    }
    if owners.is_empty() {
        return;
    }
    let mut seen = Seen::default();
    let is_whole = match seen.look(client, &owners).await {
        Ok(is_whole) => is_whole,
        Err(error) => {
            tracing::warn!(%error, "the bin was not read for the history of jobs");
            return;
        }
    };
    for (number, (job, spec)) in jobs.iter_mut().enumerate() {
        let Some(JobSpec::Restore(items, strategy)) = spec else {
            continue;
        };
        if is_whole {
            let left = items
                .iter()
                .filter(|item| seen.ids.get(&item.id) == Some(&number));
            let left: Items<Recycled> = left.collect();
            *spec = (!left.is_empty()).then_some(JobSpec::Restore(left, *strategy));
        }
        job.undo = spec.as_ref().map(way_back).ok_or(NoWayBack::NothingLeft);
        if let Ok(way) = &mut job.undo {
            way.days_left = seen.days.get(&number).copied();
            way.is_seen = is_whole;
        }
    }
}

/// What the bin was seen to hold.
#[derive(Default)]
struct Seen {
    /// By the job that put it there.
    ids: FxHashMap<RecycledId, usize>,
    /// The fewest days that are left to the items of a job.
    days: FxHashMap<usize, u32>,
}

impl Seen {
    /// Whether all that is wanted was found, or all of the bin was read.
    async fn look(
        &mut self,
        client: &Client,
        owners: &FxHashMap<RecycledId, (usize, Recycler)>,
    ) -> Result<bool, Error> {
        let mut after = None;
        for _ in 0..PAGES {
            let page = match client.bin(after.as_ref(), BIN_PAGE).await {
                Err(error) if has_no_bin(&error) => return Ok(true),
                page => page?,
            };
            for entry in page.items {
                let owner = owners.get(&entry.id);
                let Some((owner, _)) = owner.filter(|(_, by)| by.has_put(&entry.path)) else {
                    continue;
                };
                if let Some(days) = entry.days_left {
                    let fewest = self.days.entry(*owner).or_insert(days);
                    *fewest = days.min(*fewest);
                }
                self.ids.insert(entry.id, *owner);
            }
            if page.next.is_none() || self.ids.len() == owners.len() {
                return Ok(true);
            }
            after = page.next;
        }
        Ok(false)
    }
}
