//! The story of a job that carries files up or down, or makes folders: one item after another in the
//! order of the job, files beside each other.
//!
//! Unlike a delete, a transfer can simply be begun again: what is there already is compared, a
//! broken upload goes on by its confirm key, and a download from its partial file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::client::Client;
use crate::client::content::Meter;
use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Arrived, JobSpec, Outcome, Transfer};
use crate::texts::later;
use crate::transfer::directory::{make_local, make_remote};
use crate::transfer::download::Download;
use crate::transfer::states::{State, States};
use crate::transfer::upload::{Unfinished, Upload};
use crate::transfer::{self, Stopper, Trouble, is_hopeless, is_same};

use super::Before;
use super::policy::Policy;
use super::queue::Queue;
use super::report::Report;

/// How often bytes are told.
const TICK: Duration = Duration::from_millis(200);

/// Carries what `spec` names; `states` keeps what broken uploads need to go on.
///
/// # Errors
/// What made it break off; the items without an outcome were not carried.
pub async fn run(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    spec: &JobSpec,
    states: Option<States>,
    before: Before,
) -> Result<(), Failure> {
    let todo = before.todo(0..spec.len(), 1);
    let last = todo.unanswered.iter().map(|request| request.number).max();
    let begun = todo
        .unanswered
        .into_iter()
        .flat_map(|request| request.items);
    let begun: Vec<usize> = begun.collect();
    // What was on the way is looked at first, also where nothing more is to be carried.
    let queue = begun.iter().copied().chain(todo.queue.iter()).collect();
    let mut carrying = Carrying {
        job: Arc::new(Errands {
            client: client.clone(),
            spec: spec.clone(),
            states,
            habits: policy.transfer,
            meter: Meter::default(),
            begun,
            only_looks: !todo.sends_again,
        }),
        policy,
        report,
        queue,
        running: JoinSet::new(),
        makes_folder: false,
        missing: Vec::new(),
        losses: None,
        not_before: None,
        broken: None,
        last: last.unwrap_or(0),
        told: 0,
    };
    carrying.work_off().await
}

struct Carrying<'a> {
    job: Arc<Errands>,
    policy: &'a Policy,
    report: &'a mut Report,
    queue: Queue,
    running: JoinSet<Arrival>,
    /// Whether the last one that was begun is a folder.
    makes_folder: bool,
    /// Folders that could not be made: nothing is carried into them.
    missing: Vec<Transfer>,
    /// The pauses that are left while the service cannot be reached.
    losses: Option<Box<dyn Iterator<Item = Duration> + Send>>,
    not_before: Option<Instant>,
    broken: Option<Failure>,
    last: u64,
    told: u64,
}

/// An item whose way has come to an end, and as which request it is in the log.
struct Arrival {
    number: u64,
    index: usize,
    end: End,
}

/// How the way of an item ended.
enum End {
    Outcome(Outcome),
    /// It is there, under this name, and so much was carried.
    Arrived(Outcome, Arrived),
    /// It can go on from where it is.
    Stopped,
}

impl Carrying<'_> {
    async fn work_off(&mut self) -> Result<(), Failure> {
        let (mut stopper, mut stop) = Stopper::new();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut level = self.report.stop();
        loop {
            let is_halted = self.report.is_paused() || self.is_stopped();
            if is_halted {
                stopper.stop();
            } else if stop.is_wanted() && self.running.is_empty() {
                (stopper, stop) = Stopper::new();
            }
            while !stop.is_wanted() && self.may_begin() {
                let Some(index) = self.queue.pop() else {
                    break;
                };
                if self.job.lies_in(index, &self.missing) {
                    let outcomes = vec![(index, Outcome::NotSent)];
                    self.report.settled(None, outcomes).await;
                    continue;
                }
                self.begin(index, &stop).await?;
            }
            if self.running.is_empty() && (self.queue.is_empty() || self.is_stopped()) {
                break;
            }
            let wake = self.not_before.filter(|time| *time > Instant::now());
            tokio::select! {
                biased;
                arrived = self.running.join_next(), if !self.running.is_empty() => match arrived {
                    Some(Ok(arrival)) => self.arrived(arrival).await,
                    Some(Err(broken)) => match broken.try_into_panic() {
                        Ok(panic) => std::panic::resume_unwind(panic),
                        Err(_) => return Err(Failure::new(
                            FailureKind::Internal,
                            later!("a transfer was given up"),
                        )),
                    },
                    None => {}
                },
                _ = level.changed() => {}
                _ = tick.tick() => self.tell_bytes().await,
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
        self.tell_bytes().await;
        match self.broken.take() {
            Some(failure) if !self.queue.is_empty() => Err(failure),
            _ => Ok(()),
        }
    }

    fn is_stopped(&self) -> bool {
        self.report.is_stopped() || self.broken.is_some()
    }

    /// A folder is made alone: what comes behind it may lie in it.
    fn may_begin(&self) -> bool {
        let most = self.policy.files_at_once.max(1);
        let next = self.queue.first();
        let is_folder = next.is_some_and(|next| self.job.is_folder(next));
        let most = if is_folder || self.makes_folder {
            1
        } else {
            most
        };
        self.running.len() < most
            && !self.is_stopped()
            && !self.report.is_paused()
            && self.not_before.is_none_or(|time| time <= Instant::now())
    }

    async fn begin(&mut self, index: usize, stop: &transfer::Stop) -> Result<(), Failure> {
        self.last = self.report.next_request(self.last);
        let number = self.last;
        self.report.sending(number, &[index]).await?;
        let (job, stop) = (Arc::clone(&self.job), stop.clone());
        self.makes_folder = job.is_folder(index);
        self.running.spawn(async move {
            let end = job.carry(index, &stop).await;
            Arrival { number, index, end }
        });
        Ok(())
    }

    async fn arrived(&mut self, Arrival { number, index, end }: Arrival) {
        match end {
            End::Stopped => {
                self.report.nothing_done(number, &[index]).await;
                self.queue.push_front(index);
            }
            End::Arrived(outcome, arrived) => {
                self.losses = None;
                self.report.arrived(index, arrived).await;
                self.report.settled(None, vec![(index, outcome)]).await;
            }
            End::Outcome(Outcome::Failed(failure)) if failure.kind == FailureKind::Network => {
                let Some(pause) = self.next_loss() else {
                    self.broken.get_or_insert_with(|| Failure::clone(&failure));
                    self.report
                        .settled(None, vec![(index, Outcome::Failed(failure))])
                        .await;
                    return;
                };
                self.report.nothing_done(number, &[index]).await;
                self.queue.push_front(index);
                self.not_before = Some(Instant::now() + pause);
                self.report.unreachable(pause).await;
            }
            End::Outcome(outcome) => {
                if matches!(outcome, Outcome::Failed(_)) {
                    self.missing.extend(self.job.folder(index));
                }
                match &outcome {
                    Outcome::Failed(failure) if is_hopeless(failure) => {
                        self.broken.get_or_insert_with(|| Failure::clone(failure));
                    }
                    _ => self.losses = None,
                }
                self.report.settled(None, vec![(index, outcome)]).await;
            }
        }
    }

    fn next_loss(&mut self) -> Option<Duration> {
        let pauses = self.policy.unreachable.builder().build();
        self.losses.get_or_insert_with(|| Box::new(pauses)).next()
    }

    async fn tell_bytes(&mut self) {
        let bytes = self.job.meter.bytes();
        if std::mem::replace(&mut self.told, bytes) != bytes {
            self.report.carried(bytes).await;
        }
    }
}

/// What is to be carried, and with what.
struct Errands {
    client: Client,
    spec: JobSpec,
    states: Option<States>,
    habits: transfer::Policy,
    meter: Meter,
    /// Items that were on the way when the program ended.
    begun: Vec<usize>,
    /// Whether nothing is to be carried any more, only looked at.
    only_looks: bool,
}

impl Errands {
    /// The item, if it is a folder that others are carried into.
    fn folder(&self, index: usize) -> Option<Transfer> {
        match &self.spec {
            JobSpec::Download(items) | JobSpec::Upload(items) => {
                Some(items.at(index)).filter(|item| item.is_directory)
            }
            _ => None,
        }
    }

    /// Whether an item is to be in one of these folders, at the end that it is carried to.
    fn lies_in(&self, index: usize, folders: &[Transfer]) -> bool {
        if folders.is_empty() {
            return false;
        }
        match &self.spec {
            JobSpec::Upload(items) => {
                let path = items.at(index).remote;
                folders.iter().any(|folder| folder.remote.contains(&path))
            }
            JobSpec::Download(items) => {
                let path = items.at(index).local;
                let is_above = |folder: &Transfer| Path::new(&path).starts_with(&folder.local);
                folders.iter().any(is_above)
            }
            _ => false,
        }
    }

    fn is_folder(&self, index: usize) -> bool {
        match &self.spec {
            JobSpec::Download(items) | JobSpec::Upload(items) => items.at(index).is_directory,
            _ => true,
        }
    }

    async fn carry(&self, index: usize, stop: &transfer::Stop) -> End {
        // It may have arrived just before the program ended.
        if self.begun.contains(&index)
            && let Some(arrived) = self.look(index).await
        {
            return End::Outcome(arrived);
        }
        if self.only_looks {
            return End::Outcome(Outcome::NotSent);
        }
        match &self.spec {
            JobSpec::Upload(items) if !items.at(index).is_directory => {
                self.up(&items.at(index), stop).await
            }
            JobSpec::Download(items) => {
                let item = items.at(index);
                if item.is_directory {
                    return made(make_local(Path::new(&item.local)), || fetched(&item.local));
                }
                self.down(&item, stop).await
            }
            _ => {
                let path = self.spec.path(index);
                made(make_remote(&self.client, &path).await, || {
                    Outcome::Placed(path)
                })
            }
        }
    }

    async fn up(&self, item: &Transfer, stop: &transfer::Stop) -> End {
        let local = Path::new(&item.local);
        let state = self.states.as_ref();
        let state = state.map(|states| states.of(&self.client, local, &item.remote));
        let before = state.as_ref().and_then(State::read);
        let mut keep = |unfinished: Option<&Unfinished>| {
            if let Some(state) = &state {
                state.keep(unfinished);
            }
        };
        let upload = Upload {
            client: &self.client,
            policy: &self.habits,
            local,
            remote: &item.remote,
            strategy: item.strategy,
            meter: &self.meter,
            stop,
        };
        match upload.run(before, &mut keep).await {
            Ok(uploaded) => {
                let arrived = Arrived {
                    size: uploaded.size,
                    kept: uploaded.kept,
                    crc64: uploaded.crc64,
                };
                End::Arrived(Outcome::Placed(uploaded.path), arrived)
            }
            Err(trouble) => self.in_vain(item, trouble).await,
        }
    }

    async fn down(&self, item: &Transfer, stop: &transfer::Stop) -> End {
        let download = Download {
            client: &self.client,
            policy: &self.habits,
            remote: &item.remote,
            local: Path::new(&item.local),
            strategy: item.strategy,
            meter: &self.meter,
            stop,
        };
        match download.run().await {
            Ok(downloaded) => {
                let arrived = Arrived {
                    size: downloaded.size,
                    kept: downloaded.kept,
                    crc64: downloaded.crc64,
                };
                End::Arrived(fetched(&downloaded.path.to_string_lossy()), arrived)
            }
            Err(trouble) => self.in_vain(item, trouble).await,
        }
    }

    async fn in_vain(&self, item: &Transfer, trouble: Trouble) -> End {
        match trouble {
            Trouble::Stopped => End::Stopped,
            Trouble::Taken if item.strategy == Strategy::Ask => {
                let same = is_same(&self.client, Path::new(&item.local), &item.remote).await;
                if same.is_some() {
                    return End::Outcome(Outcome::There);
                }
                let text = later!("the name is taken by something else; nothing was changed");
                End::Outcome(Outcome::Failed(
                    Failure::new(FailureKind::Conflict, text).into(),
                ))
            }
            trouble => End::Outcome(Outcome::Failed(trouble.failure().into())),
        }
    }

    /// What became of an item that was on its way, if it has arrived.
    async fn look(&self, index: usize) -> Option<Outcome> {
        let (JobSpec::Download(items) | JobSpec::Upload(items)) = &self.spec else {
            return None;
        };
        let item = items.at(index);
        let is_up = matches!(self.spec, JobSpec::Upload(_));
        if item.is_directory {
            return None;
        }
        is_same(&self.client, Path::new(&item.local), &item.remote).await?;
        Some(if is_up {
            Outcome::Placed(item.remote)
        } else {
            fetched(&item.local)
        })
    }
}

fn fetched(path: &str) -> Outcome {
    Outcome::Fetched(path.into())
}

/// What the making of a folder means; it may have been there.
fn made(made: Result<bool, Failure>, outcome: impl FnOnce() -> Outcome) -> End {
    End::Outcome(match made {
        Ok(true) => outcome(),
        Ok(false) => Outcome::There,
        Err(failure) => Outcome::Failed(failure.into()),
    })
}
