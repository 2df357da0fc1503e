//! `open`, `demo` and no command at all: everything that the screen needs, prepared.

use anyhow::Context as _;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::domain::job::JobId;
use crate::jobs::log::JobLog;
use crate::jobs::{self, Worker};

use super::World;
use super::args::{Place, Tuning};
use super::connect::{Connection, connect};
use super::exit::Exit;
use super::progress::next_job;

/// What the screen is given.
pub struct Session {
    /// For listings.
    pub client: Client,
    /// For jobs.
    pub worker: Worker,
    /// What a person calls the library; safe to show.
    pub label: String,
    /// The number of the first job of this session.
    pub next_job: JobId,
    /// Whether the library has a recycle bin; none if it would not say (part A, U14).
    pub bin: Option<bool>,
    connection: Connection,
    keeper: JoinHandle<()>,
}

impl Session {
    /// Prepares a session on the library that was asked for.
    ///
    /// # Errors
    /// A library that cannot be reached, or logs of jobs that cannot be kept.
    pub async fn prepare(world: &World, place: &Place) -> anyhow::Result<Self> {
        let connection = connect(world, place).await?;
        match Self::begin(world, &connection).await {
            Ok((worker, next_job, bin)) => {
                let client = connection.client.clone();
                let keeper = tokio::spawn({
                    let client = client.clone();
                    async move { client.stay_signed_in().await }
                });
                Ok(Self {
                    client,
                    worker,
                    label: connection.label.clone(),
                    next_job,
                    bin,
                    connection,
                    keeper,
                })
            }
            Err(error) => {
                connection.close().await;
                Err(error)
            }
        }
    }

    async fn begin(
        world: &World,
        connection: &Connection,
    ) -> anyhow::Result<(Worker, JobId, Option<bool>)> {
        let dir = world.places.jobs();
        let log = JobLog::open(&dir)
            .with_context(|| format!("cannot keep logs of jobs in {}", dir.display()))?;
        let next_job = next_job(&log)?;
        let bin = match connection.client.bin(None, 1).await {
            Ok(_) => Some(true),
            Err(error) if jobs::check::has_no_bin(&error) => Some(false),
            // The first listing will tell what is wrong.
            Err(_) => None,
        };
        let worker = jobs::spawn(connection.client.clone(), Some(log), connection.policy);
        Ok((worker, next_job, bin))
    }

    /// Ends the session: the worker books the answer of the running request, then the embedded
    /// service stops, if there is one.
    pub async fn close(self) {
        let Worker {
            commands,
            events,
            stopped,
        } = self.worker;
        drop(commands);
        // Nobody reads facts any more, and the worker must not wait for a reader.
        drop(events);
        if let Err(error) = stopped.await {
            tracing::error!(%error, "the worker did not stop in good order");
        }
        self.keeper.abort();
        self.connection.close().await;
    }
}

/// Opens the screen on a library.
///
/// # Errors
/// See [`Session::prepare`].
pub async fn library(world: &World, place: &Place) -> anyhow::Result<Exit> {
    let session = Session::prepare(world, place).await?;
    // tui::run(&mut session) belongs here.
    session.close().await;
    Err(anyhow::anyhow!("this build has no screen yet"))
}

/// Opens the screen on the demo library, which is made where it is missing.
///
/// # Errors
/// A demo library that cannot be made, and those of [`library`].
pub async fn demo(world: &World, fresh: bool, tuning: &Tuning) -> anyhow::Result<Exit> {
    let dir = world.places.demo();
    super::connect::make_demo(&dir, fresh).await?;
    let place = Place {
        local: Some(dir),
        tuning: tuning.clone(),
        ..Place::default()
    };
    library(world, &place).await
}
