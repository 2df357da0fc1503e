//! Running tasks: begun, asked about, stopped. Their work and their memory are the library's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;

use super::Tempo;
use super::error::Fault;
use super::service::{Service, on_disk, sweep_later};
use super::space::Space;
use super::space::chores::{Chore, Progress};
use super::space::problem::Problem;
use super::space::relocate::{CheckRoom, Surroundings};

/// The tasks of one service.
#[derive(Default)]
pub struct Tasks {
    running: Mutex<JoinSet<()>>,
    questions: Mutex<HashMap<u64, u32>>,
}

impl Service {
    /// Takes work on and returns the number of its task. It goes on whoever leaves.
    pub(super) async fn submit(
        self: &Arc<Self>,
        space: &Arc<Space>,
        chore: Chore,
    ) -> Result<u64, Fault> {
        let chore = Arc::new(chore);
        let id = {
            let chore = Arc::clone(&chore);
            on_disk(space, move |space| space.add_chore(&chore)).await?
        };
        self.begin(Arc::clone(space), id, chore);
        Ok(id)
    }

    /// Goes on with what an earlier run left open.
    pub(super) async fn resume(self: &Arc<Self>) -> Result<(), Fault> {
        let used = {
            let service = Arc::clone(self);
            on_disk(&self.home, move |_| service.registry.used()).await?
        };
        for id in used {
            if let Err(fault) = self.resume_space(&id).await {
                // One library of one space must work; of many, the others do.
                if !self.registry.has_tenants() {
                    return Err(fault);
                }
                tracing::error!(id, message = fault.message, "a space cannot be opened");
            }
        }
        if self.registry.has_tenants() {
            sweep_later(&self.home);
        }
        Ok(())
    }

    async fn resume_space(self: &Arc<Self>, id: &str) -> Result<(), Fault> {
        let space = self.enter(id).await?;
        let chores = on_disk(&space, Space::open_chores).await?;
        if chores.is_empty() && !on_disk(&space, Space::has_doomed).await? {
            let service = Arc::clone(self);
            return on_disk(&self.home, move |_| {
                service.registry.let_go(space.id());
                Ok(())
            })
            .await;
        }
        for (id, chore) in chores {
            tracing::info!(id, "taking up a task again");
            self.begin(Arc::clone(&space), id, Arc::new(chore));
        }
        sweep_later(&space);
        Ok(())
    }

    /// How far a task is, as the tempo lets it be seen.
    pub(super) async fn progress(
        &self,
        space: &Arc<Space>,
        id: u64,
    ) -> Result<Option<Progress>, Fault> {
        let progress = on_disk(space, move |space| space.progress(id)).await?;
        let Some(progress) = progress else {
            return Ok(None);
        };
        if !self.is_ripe(id) {
            return Ok(Some(Progress {
                status: 202,
                results: None,
                ..progress
            }));
        }
        if progress.status != 202 {
            space.locks().release(id);
        }
        Ok(Some(progress))
    }

    /// What lies around a space: the other ones with these ids, as far as they exist, and its quota.
    pub(super) async fn surroundings(
        self: &Arc<Self>,
        space: &Arc<Space>,
        ids: Vec<String>,
    ) -> Surroundings {
        let mut spaces = HashMap::new();
        for id in ids {
            if let Ok(space) = self.enter(&id).await {
                spaces.insert(id, space);
            }
        }
        Surroundings {
            spaces,
            check_room: self.room_of(space).await,
        }
    }

    /// Asks for room under the quota of a space; none where it has none, since bytes need not be
    /// counted for it.
    async fn room_of(self: &Arc<Self>, space: &Arc<Space>) -> Option<Box<CheckRoom>> {
        let id = space.id().to_owned();
        let quota = on_disk(&self.home, move |home| home.quota_of(&id)).await;
        // What cannot be read now is told where room is asked for.
        if matches!(quota, Ok(None)) {
            return None;
        }
        let (service, space) = (Arc::clone(self), Arc::clone(space));
        let runtime = tokio::runtime::Handle::current();
        // Asked on a thread that may wait.
        Some(Box::new(move |bytes, leaving: Option<&str>| {
            let asked = async {
                if let Some(other) = leaving
                    && service.is_one_quota(&space, other).await?
                {
                    service.used.add_moved(space.id(), bytes);
                    return Ok(());
                }
                service.check_room(&space, bytes).await?;
                service.used.add(space.id(), bytes);
                Ok(())
            };
            runtime.block_on(asked).map_err(|fault: Fault| {
                if fault.status == 400 {
                    return Problem::NoRoom;
                }
                Problem::Io(std::io::Error::other(fault.message))
            })
        }))
    }

    /// Lets running tasks finish the chunk that they are at.
    pub(super) async fn stop_tasks(&self) {
        for space in self.spaces() {
            space.stop();
        }
        let mut running = std::mem::take(&mut *self.running());
        while running.join_next().await.is_some() {}
    }

    fn begin(self: &Arc<Self>, space: Arc<Space>, id: u64, chore: Arc<Chore>) {
        let service = Arc::clone(self);
        let mut running = self.running();
        // Those that are over need not be waited for.
        while running.try_join_next().is_some() {}
        running.spawn(async move {
            let around = service.surroundings(&space, chore.sources()).await;
            let run = move |space: &Space| space.run_chore(id, &chore, &around);
            let worked = on_disk(&space, run).await;
            match worked {
                // A task that is only seen to run still holds its paths.
                Ok(true) if service.tempo == Tempo::Immediately => {
                    space.locks().release(id);
                }
                Ok(_) => {}
                Err(fault) => {
                    tracing::error!(id, message = fault.message, "a task broke off");
                    let given_up = on_disk(&space, move |space| {
                        space.give_up(id);
                        Ok(())
                    });
                    // It says itself what it could not write.
                    let _ = given_up.await;
                }
            }
            sweep_later(&space);
        });
    }

    fn is_ripe(&self, id: u64) -> bool {
        match self.tempo {
            Tempo::Immediately => true,
            Tempo::Polls(polls) => {
                let mut questions = self
                    .tasks
                    .questions
                    .lock()
                    .expect("no thread panics while counting questions");
                let asked = questions.entry(id).or_insert(0);
                *asked = asked.saturating_add(1);
                *asked > polls
            }
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.tasks
            .running
            .lock()
            .expect("no thread panics while holding the tasks")
    }
}

/// The number in a list of task numbers; one that cannot be a number is not known.
pub fn number(text: &str) -> Result<u64, Problem> {
    text.parse()
        .map_err(|_| Problem::BadParameter(format!("'{text}' is not the number of a task")))
}
