//! How fast a job goes, and how long it will take.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::{Activity, Job, Phase};

/// What is longer ago says nothing about now.
const WINDOW: SignedDuration = SignedDuration::from_secs(30);
/// Without an outcome for so long a job is said to wait.
const SILENCE: SignedDuration = SignedDuration::from_secs(15);
/// So many requests, or so long, have to pass before a speed is known.
const FEW: usize = 3;
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// How fast a job goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// Items in a second, of late, and the seconds that the rest will take.
    Going(u64, u64),
    /// The seconds since the last outcome.
    Waiting(u64),
}

/// When how many items had their outcome: the last of these that is older than the window, and all
/// that are in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    points: VecDeque<(Timestamp, usize)>,
    requests: usize,
}

impl Course {
    /// Forgets all and begins.
    pub fn begin(&mut self, at: Timestamp, settled: usize) {
        self.points = VecDeque::from([(at, settled)]);
        self.requests = 0;
    }

    /// Takes in how many items have their outcome by now.
    pub fn go_on(&mut self, at: Timestamp, settled: usize) {
        self.points.push_back((at, settled));
        self.requests += 1;
        while let Some((second, _)) = self.points.get(1)
            && at.duration_since(*second) > WINDOW
        {
            self.points.pop_front();
        }
    }
}

impl Job {
    /// How fast it goes; none while that is not known, or it does not run.
    pub fn speed(&self, now: Timestamp) -> Option<Speed> {
        let Phase::Running(activity) = &self.phase else {
            return None;
        };
        let (first, before) = *self.course.points.front()?;
        let (last, settled) = *self.course.points.back()?;
        let seconds = |duration: SignedDuration| duration.as_secs().max(0).unsigned_abs();
        let silence = now.duration_since(last);
        let has_reason = matches!(
            activity,
            Activity::Noting(_)
                | Activity::Throttled(_)
                | Activity::Unreachable(_)
                | Activity::Checking
        );
        if silence >= SILENCE && !self.paused && !has_reason {
            return Some(Speed::Waiting(seconds(silence)));
        }
        let took = u64::try_from(now.duration_since(first).as_millis()).ok()?;
        let done = (settled - before) as u64;
        let is_known = self.course.requests >= FEW || now.duration_since(first) >= SOON;
        if !is_known || done == 0 || took < 1000 {
            return None;
        }
        let left = (self.spec.len() - self.tally.settled()) as u64;
        Some(Speed::Going(done * 1000 / took, left * took / done / 1000))
    }
}
