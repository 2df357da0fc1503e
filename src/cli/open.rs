//! `open`, `demo` and no command at all: the screen, on whatever library was asked for.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::timeout;

use crate::config::Flags;
use crate::domain::job::JobId;
use crate::domain::path::RemotePath;
use crate::jobs::log::{JobLog, Record};
use crate::jobs::{self, Worker};
use crate::keep::Shelf;
use crate::texts;
use crate::tui::runtime::pictures::Pictures;
use crate::tui::runtime::{self, Left, Manners};
use crate::tui::state::{Habits, Start};

use super::World;
use super::args::{Looks, Place, Tuning};
use super::connect::{self, Connection};
use super::exit::{Exit, Wrong};
use super::habits;
use super::progress::{Interruptions, next_job};

/// A worker that takes longer to stop than this waits for an answer.
const SOON: Duration = Duration::from_millis(500);
/// No request takes longer than the time limit of the client, and then there is a look or two.
const LAST_ANSWER: Duration = Duration::from_secs(60);

/// Opens the screen on a library, and then on those that the user goes to from there.
///
/// # Errors
/// No terminal, a library that cannot be reached, or logs of jobs that cannot be kept.
pub async fn library(world: &World, place: &Place, looks: &Looks) -> anyhow::Result<Exit> {
    match open(world, place, looks, None).await? {
        Left::ForGood => Ok(Exit::Done),
        Left::ForLibrary(chosen) => go_on(world, chosen, &place.tuning, looks).await,
    }
}

/// Opens the screen on a library of the settings, and then on those that the user goes to from there.
/// Where one cannot be opened, the user chooses again.
async fn go_on(
    world: &World,
    mut chosen: usize,
    tuning: &Tuning,
    looks: &Looks,
) -> anyhow::Result<Exit> {
    loop {
        let opened = match chosen_place(world, tuning, chosen) {
            Ok(place) => open(world, &place, looks, None).await,
            Err(error) => Err(error),
        };
        chosen = match opened {
            Ok(Left::ForGood) => return Ok(Exit::Done),
            Ok(Left::ForLibrary(chosen)) => chosen,
            Err(error) => match choose(world, tuning, looks, Some(format!("{error:#}"))).await? {
                Some(chosen) => chosen,
                None => return Ok(Exit::Done),
            },
        };
    }
}

/// Lets the user choose one of the libraries of the settings, and opens the screen on it.
///
/// # Errors
/// Those of [`library`].
pub async fn chosen(world: &World, tuning: &Tuning, looks: &Looks) -> anyhow::Result<Exit> {
    match choose(world, tuning, looks, None).await? {
        Some(chosen) => go_on(world, chosen, tuning, looks).await,
        None => Ok(Exit::Done),
    }
}

async fn choose(
    world: &World,
    tuning: &Tuning,
    looks: &Looks,
    complaint: Option<String>,
) -> anyhow::Result<Option<usize>> {
    needs_terminal()?;
    let config = world.config(tuning, Flags::default())?;
    texts::speak(habits::language(world, looks, &config));
    let (habits, manners) = habits::habits(world, looks, &config)?;
    let start = Start {
        label: "which library?".into(),
        directory: RemotePath::root(),
        next_job: JobId(1),
        cut_off: Vec::new(),
        at_work: Vec::new(),
        has_kept: false,
        is_first: false,
        keeps_marks: false,
        zone: TimeZone::system(),
        now: Timestamp::now(),
        habits,
    };
    Ok(runtime::choose(start, manners, complaint).await?)
}

/// Whether nobody was told yet how to begin: once in each state directory.
fn greets(file: &Path) -> bool {
    match File::create_new(file) {
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => {
            tracing::error!(%error, "it cannot be kept that the user was greeted");
            true
        }
    }
}

fn chosen_place(world: &World, tuning: &Tuning, chosen: usize) -> anyhow::Result<Place> {
    let config = world.config(tuning, Flags::default())?;
    let libraries = habits::libraries(&config);
    let library = libraries.get(chosen);
    let library = library.context("the settings have changed: that library is gone")?;
    Ok(library.place(tuning))
}

fn needs_terminal() -> anyhow::Result<()> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Wrong::usage(
        "the screen needs a terminal; ls, rm, bin and restore work without one",
    ))
}

async fn open(
    world: &World,
    place: &Place,
    looks: &Looks,
    label: Option<&str>,
) -> anyhow::Result<Left> {
    needs_terminal()?;
    let config = world.config_at(place)?;
    texts::speak(habits::language(world, looks, &config));
    let (mut habits, manners) = habits::habits(world, looks, &config)?;
    let libraries = habits::libraries(&config);
    habits.here = libraries
        .iter()
        .position(|library| library.is_at(place, &config));
    let mut connection = connect::connect(world, place).await?;
    if let Some(label) = label {
        label.clone_into(&mut connection.label);
    }
    let shown = show(world, &connection, habits, manners, place.tuning.images).await;
    connection.close().await;
    shown
}

async fn show(
    world: &World,
    connection: &Connection,
    habits: Habits,
    manners: Manners,
    pictures: Pictures,
) -> anyhow::Result<Left> {
    let dir = world.places.jobs();
    let log = JobLog::open(&dir)
        .with_context(|| format!("cannot keep logs of jobs in {}", dir.display()))?;
    let cut_off = super::jobs::cut_off_here(&log, &connection.client);
    let shelf = Shelf::new(
        world.places.spaces(),
        connection.client.library(),
        connection.client.space(),
    );
    let has_kept = shelf.has_something();
    let next_job = next_job(&log)?;
    let is_first = !has_kept
        && next_job == JobId(1)
        && habits.history.is_empty()
        && greets(&world.places.greeted_file());
    let keeps_marks = shelf.is_writable();
    let start = Start {
        has_kept,
        keeps_marks,
        label: connection.label.clone(),
        directory: RemotePath::root(),
        next_job,
        is_first,
        at_work: super::jobs::at_work_here(&log, &connection.client),
        cut_off: cut_off.iter().map(Record::cut_off).collect(),
        zone: TimeZone::system(),
        now: Timestamp::now(),
        habits,
    };
    let client = connection.client.clone();
    let keeper = tokio::spawn({
        let client = client.clone();
        async move { client.stay_signed_in().await }
    });
    let worker = jobs::spawn(client.clone(), Some(log), connection.policy);
    let shelf = Some(Arc::new(shelf));
    let shown = runtime::run(client, worker, cut_off, shelf, start, pictures, manners).await;
    if let Ok((worker, left)) = shown {
        stop(worker).await;
        keeper.abort();
        return Ok(left);
    }
    keeper.abort();
    shown.map(|(_, left)| left).context("the screen broke off")
}

/// Lets the worker book the answer of the running request, so that the log tells what became of
/// it; Ctrl-c does not wait for that.
async fn stop(mut worker: Worker) {
    drop(worker.commands);
    drop(worker.events);
    if timeout(SOON, &mut worker.stopped).await.is_ok() {
        return;
    }
    // The terminal may be gone: then nobody is told, and nothing else changes.
    let tell = |text: &str| drop(writeln!(io::stderr(), "{text}"));
    tell("Waiting for the answer of the running request. Ctrl-c leaves now.");
    let Ok(mut interruptions) = Interruptions::listen() else {
        return;
    };
    tokio::select! {
        _ = timeout(LAST_ANSWER, worker.stopped) => {}
        () = interruptions.next() => tell("Left. The log of the job tells what was sent."),
    }
}

/// Opens the screen on the demo library, which is made where it is missing.
///
/// # Errors
/// A demo library that cannot be made, and those of [`library`].
pub async fn demo(
    world: &World,
    fresh: bool,
    tuning: &Tuning,
    looks: &Looks,
) -> anyhow::Result<Exit> {
    let dir = world.places.demo();
    connect::make_demo(&dir, fresh).await?;
    let place = Place {
        local: Some(dir),
        tuning: tuning.clone(),
        ..Place::default()
    };
    match open(world, &place, looks, Some("demo library")).await? {
        Left::ForGood => Ok(Exit::Done),
        Left::ForLibrary(chosen) => go_on(world, chosen, tuning, looks).await,
    }
}
