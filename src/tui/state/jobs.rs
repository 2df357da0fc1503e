//! The jobs of this session and the place in their list.

use std::collections::{HashMap, HashSet};

use rustc_hash::FxHashMap;

use super::cursor::Cursor;
use crate::domain::bin::{RecycledId, Recycler};
use crate::domain::job::{
    Job, JobChange, JobEvent, JobId, JobKind, JobSpec, OutcomeKind, Recycled,
};
use crate::texts::{later, tr, translated};

/// The folded jobs, oldest first.
#[derive(Debug)]
pub struct Jobs {
    all: Vec<Job>,
    /// Finished ones that were taken off the list; they can still be undone.
    hidden: HashSet<JobId>,
    /// Jobs whose rest was sent again, and as which job: sent a second time it might hit what is
    /// new at the same paths.
    retried: HashMap<JobId, JobId>,
    /// Jobs that take back what another one has done, and which one.
    undoing: HashMap<JobId, JobId>,
    /// Jobs of which nothing is left to put back; kept so that drawing need not count.
    undone: HashSet<JobId>,
    next: JobId,
    /// The place in the list, which begins with the latest.
    pub cursor: Cursor,
}

impl Jobs {
    /// No jobs yet.
    pub fn new(next: JobId) -> Self {
        Self {
            all: Vec::new(),
            hidden: HashSet::new(),
            retried: HashMap::new(),
            undoing: HashMap::new(),
            undone: HashSet::new(),
            next,
            cursor: Cursor::default(),
        }
    }

    /// Puts a job into the queue and returns its number.
    pub fn add(&mut self, spec: JobSpec) -> JobId {
        let id = self.next;
        self.next = JobId(id.0 + 1);
        self.all.push(Job::new(id, spec));
        id
    }

    /// Puts a job that was cut off into the queue, as far as it had come.
    pub fn take_up(&mut self, job: Job) {
        self.all.push(job);
    }

    /// Takes in a fact and returns the job that it is about.
    pub fn apply(&mut self, event: JobEvent) -> Option<&Job> {
        if let JobChange::Ahead { of } = event.change {
            let at = |id| self.all.iter().rposition(|job| job.id == id);
            let (from, to) = (at(event.id)?, at(of)?);
            let job = self.all.remove(from);
            self.all.insert(to, job);
        }
        let job = self.all.iter_mut().rev().find(|job| job.id == event.id)?;
        job.apply(event.at, event.change);
        Some(job)
    }

    /// The job with this number.
    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.all.iter().rev().find(|job| job.id == id)
    }

    /// The jobs of the list, latest first.
    pub fn shown(&self) -> impl Iterator<Item = &Job> {
        self.all
            .iter()
            .rev()
            .filter(|job| !self.hidden.contains(&job.id))
    }

    /// Jobs that are not over, in the order of their turns.
    pub fn running(&self) -> impl DoubleEndedIterator<Item = &Job> {
        self.all.iter().filter(|job| !job.is_over())
    }

    /// The job under the cursor.
    pub fn selected(&self) -> Option<&Job> {
        self.shown().nth(self.cursor.row)
    }

    /// The job as which the rest of a job was sent again.
    pub fn retried(&self, id: JobId) -> Option<JobId> {
        self.retried.get(&id).copied()
    }

    /// Remembers that the rest of a job was sent again.
    pub fn set_retried(&mut self, id: JobId, again: JobId) {
        self.retried.insert(id, again);
    }

    /// Remembers that a job takes back what another one has done.
    pub fn set_undoing(&mut self, id: JobId, undone: JobId) {
        self.undoing.insert(id, undone);
    }

    /// Takes finished jobs off the list.
    pub fn clear(&mut self) {
        self.hidden.extend(
            self.all
                .iter()
                .filter(|job| job.is_over())
                .map(|job| job.id),
        );
    }

    /// What the jobs have recycled, and which of them has; without jobs so large that only their logs
    /// know.
    pub fn recyclers(&self) -> FxHashMap<RecycledId, Recycler> {
        let mut recyclers = FxHashMap::default();
        let small = self.all.iter().filter(|job| !job.spec.is_elsewhere());
        for job in small.filter(|job| job.tally.recycled > 0) {
            let of_job = |item: Recycled| (item.id, Recycler::new(job.id, &item.path));
            recyclers.extend(job.recycled().map(of_job));
        }
        recyclers
    }

    /// Whether there is a job of which only its log knows what it has recycled.
    pub fn have_large_recycler(&self) -> bool {
        let mut all = self.all.iter();
        all.any(|job| job.tally.recycled > 0 && job.spec.is_elsewhere())
    }

    /// What undoing a job would put back: what it recycled and no later job has put back or
    /// deleted, or is about to. None where the jobs are too large to go through while somebody waits:
    /// then their logs have to be asked.
    pub fn undoable(&self, job: &Job) -> Option<Vec<Recycled>> {
        if job.spec.is_elsewhere() {
            return None;
        }
        let mut settled: HashSet<RecycledId> = HashSet::new();
        for later in &self.all {
            let (JobSpec::Restore(items, _) | JobSpec::Purge(items)) = &later.spec else {
                continue;
            };
            match self.undoing.get(&later.id) {
                Some(undone) if *undone != job.id => continue,
                _ if later.spec.is_elsewhere() => return None,
                _ => {}
            }
            for (index, kind) in later.outcomes.kinds().enumerate() {
                let is_left = match kind {
                    None => later.is_over(),
                    Some(
                        OutcomeKind::Failed
                        | OutcomeKind::Changed
                        | OutcomeKind::NotSent
                        | OutcomeKind::Unknown,
                    ) => true,
                    Some(
                        OutcomeKind::Restored
                        | OutcomeKind::Deleted
                        | OutcomeKind::AlreadyGone
                        | OutcomeKind::Placed
                        | OutcomeKind::Fetched
                        | OutcomeKind::There
                        | OutcomeKind::Recycled,
                    ) => false,
                };
                if !is_left {
                    settled.insert(items.at(index).id);
                }
            }
        }
        let mut items: Vec<Recycled> = job.recycled().collect();
        items.retain(|item| !settled.contains(&item.id));
        Some(items)
    }

    /// Whether something of what a job has recycled may be left to put back. Certain for jobs that can
    /// be gone through; of others it is known only if a job has put back all of it.
    fn may_put_back(&self, job: &Job) -> bool {
        job.tally.recycled > 0
            && match self.undoable(job) {
                Some(items) => !items.is_empty(),
                None => !self.is_taken_back(job),
            }
    }

    /// Whether a job has recycled something and nothing of it is left to put back.
    pub fn is_undone(&self, id: JobId) -> bool {
        self.undone.contains(&id)
    }

    /// Finds out anew which jobs are undone; to be called when a job is over that takes items out
    /// of the bin.
    pub fn find_undone(&mut self) {
        let recycled = self.all.iter().filter(|job| job.tally.recycled > 0);
        self.undone = recycled
            .filter(|job| !self.may_put_back(job))
            .map(|job| job.id)
            .collect();
    }

    /// Whether something may be left to take back: sure only about what is told by
    /// [`Self::last_undoable`], but cheap.
    pub fn may_be_undoable(&self) -> bool {
        let mut all = self.all.iter();
        all.any(|job| {
            job.tally.recycled > 0 && !self.undone.contains(&job.id) || self.is_to_move_back(job)
        })
    }

    /// The latest job that can be undone.
    pub fn last_undoable(&self) -> Option<JobId> {
        let mut latest = self.all.iter().rev();
        let found = latest.find(|job| self.may_put_back(job) || self.is_to_move_back(job));
        found.map(|job| job.id)
    }

    /// Whether a job has moved or copied something that no other job has taken back. A job that takes
    /// back is not itself taken back: that would go to and fro.
    pub fn is_to_move_back(&self, job: &Job) -> bool {
        matches!(job.spec.kind(), JobKind::Move | JobKind::Copy)
            && job.is_over()
            && job.tally.done > 0
            && !self.undoing.contains_key(&job.id)
            && !self.is_taken_back(job)
    }

    /// Whether another job takes back all of what this one has done, or has.
    fn is_taken_back(&self, job: &Job) -> bool {
        let by = self.undoing.iter().filter(|(_, undone)| **undone == job.id);
        by.filter_map(|(by, _)| self.get(*by))
            .any(|by| !by.is_over() || !by.has_trouble() && by.tally.not_sent == 0)
    }
}

/// What a job does, in one word for its line.
pub fn verb(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Recycle => tr!("recycle"),
        JobKind::DeleteForever => tr!("delete"),
        JobKind::Restore => tr!("restore"),
        JobKind::Purge => tr!("purge"),
        JobKind::EmptyBin => tr!("empty bin"),
        JobKind::Move => tr!("move"),
        JobKind::Copy => tr!("copy"),
        JobKind::Download => tr!("download"),
        JobKind::Upload => tr!("upload"),
        JobKind::MakeFolders => tr!("folders"),
    }
}

/// What has become of an item of such a job, in one word.
pub fn done(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Recycle => tr!("recycled"),
        JobKind::DeleteForever | JobKind::Purge => tr!("deleted for ever"),
        // Where it is an order, other words stand for it.
        JobKind::Restore => translated(later!("# put back")).unwrap_or("put back"),
        JobKind::EmptyBin => tr!("bin emptied"),
        JobKind::Move => tr!("moved"),
        JobKind::Copy => tr!("copied"),
        JobKind::Download => tr!("fetched"),
        JobKind::Upload => tr!("sent"),
        JobKind::MakeFolders => tr!("made"),
    }
}
