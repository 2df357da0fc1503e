//! Files up and down, several at once: what `put` and `get` share once they know what there is to
//! carry.
//!
//! The walk tells what it finds through a channel that holds little, so a tree may be of any size.
//! Directories come before what is in them and are made at once; files run beside each other.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::client::content::Meter;
use crate::domain::conflict::Strategy;
use crate::domain::path::RemotePath;
use crate::transfer::directory::{make_local, make_remote};
use crate::transfer::download::Download;
use crate::transfer::states::States;
use crate::transfer::upload::{Unfinished, Upload};
use crate::transfer::{Policy, Stop, Stopper, Trouble, is_hopeless, is_same};

use super::args::{Carrying, OnClash};
use super::exit::Exit;
use super::progress::Interruptions;

mod lines;

pub use lines::{Line, Lines, Outcome};

/// So much of what was found waits to be carried.
pub const WAITING: usize = 256;

/// Where things are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the service.
    Up,
    /// From the service.
    Down,
}

/// One thing at both ends.
#[derive(Clone, Debug)]
pub struct Pair {
    /// On this machine.
    pub local: PathBuf,
    /// At the service.
    pub remote: RemotePath,
}

/// What a walk finds.
pub enum Found {
    /// A directory to be made; what is in it comes later.
    Directory(Pair),
    /// A file to be carried, with its size where that is known.
    File(Pair, Option<u64>),
    /// Something that is not carried, and why.
    Told(Line),
}

/// How things are carried.
pub struct Carrier {
    client: Client,
    way: Way,
    strategy: Strategy,
    at_once: usize,
    policy: Policy,
    states: Arc<States>,
    meter: Meter,
    stop: Stop,
    stopper: Stopper,
    lines: Lines,
    bar: ProgressBar,
    /// Directories that could not be made: nothing is carried into them.
    missing: Vec<Pair>,
    is_interrupted: bool,
    is_hopeless: bool,
}

impl Carrier {
    /// Prepares; nothing is sent yet.
    pub fn new(client: Client, states: States, way: Way, carrying: &Carrying) -> Self {
        let (stopper, stop) = Stopper::new();
        Self {
            client,
            way,
            strategy: match carrying.on_clash {
                OnClash::Skip => Strategy::Ask,
                OnClash::Rename => Strategy::Rename,
                OnClash::Overwrite => Strategy::Overwrite,
            },
            at_once: carrying.at_once.into(),
            policy: Policy::default(),
            states: Arc::new(states),
            meter: Meter::default(),
            stop,
            stopper,
            lines: Lines::new(way, carrying.json),
            bar: bar(),
            missing: Vec::new(),
            is_interrupted: false,
            is_hopeless: false,
        }
    }

    /// Carries all that is found, tells of each item, and says how it ended.
    ///
    /// The first interruption leaves bytes on the way and waits for answers; the second one leaves.
    ///
    /// # Errors
    /// A machine without signals.
    pub async fn run(mut self, mut found: mpsc::Receiver<Found>) -> anyhow::Result<Exit> {
        let keeper = tokio::spawn({
            let client = self.client.clone();
            async move { client.stay_signed_in().await }
        });
        let ended = self.carry(&mut found).await;
        keeper.abort();
        self.bar.finish_and_clear();
        let is_left = !ended?;
        self.lines.end();
        Ok(if is_left || self.is_interrupted {
            Exit::Interrupted
        } else if self.is_hopeless {
            Exit::Failed
        } else if self.lines.has_trouble() {
            Exit::SomeFailed
        } else {
            Exit::Done
        })
    }

    /// False if the user did not want to wait for the end.
    async fn carry(&mut self, found: &mut mpsc::Receiver<Found>) -> anyhow::Result<bool> {
        let mut interruptions = Interruptions::listen()?;
        let mut running: JoinSet<Line> = JoinSet::new();
        let mut is_all_found = false;
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        loop {
            if self.stop.is_wanted() {
                is_all_found = true;
                found.close();
            }
            if is_all_found && running.is_empty() {
                return Ok(true);
            }
            tokio::select! {
                one = found.recv(), if !is_all_found && running.len() < self.at_once => match one {
                    None => is_all_found = true,
                    Some(Found::Told(line)) => self.tell(&line),
                    Some(Found::Directory(pair)) => self.make_directory(pair).await,
                    Some(Found::File(pair, size)) => {
                        self.bar.inc_length(size.unwrap_or(0));
                        self.begin(&mut running, pair);
                    }
                },
                Some(line) = running.join_next() => {
                    self.tell(&line?);
                }
                () = interruptions.next() => {
                    if self.is_interrupted {
                        return Ok(false);
                    }
                    self.is_interrupted = true;
                    self.stopper.stop();
                }
                _ = tick.tick() => {
                    self.bar.set_position(self.meter.bytes());
                    self.bar.set_message(self.lines.so_far());
                }
            }
        }
    }

    fn begin(&mut self, running: &mut JoinSet<Line>, pair: Pair) {
        if self.is_in_missing(&pair) {
            let line = Line::not_sent(pair, "the directory above it could not be made");
            self.lines.tell(&line);
            return;
        }
        let errand = Errand {
            client: self.client.clone(),
            strategy: self.strategy,
            policy: self.policy,
            states: Arc::clone(&self.states),
            meter: self.meter.clone(),
            stop: self.stop.clone(),
            pair,
        };
        match self.way {
            Way::Up => running.spawn(errand.up()),
            Way::Down => running.spawn(errand.down()),
        };
    }

    fn is_in_missing(&self, pair: &Pair) -> bool {
        self.missing.iter().any(|missing| match self.way {
            Way::Up => missing.remote.contains(&pair.remote),
            Way::Down => pair.local.starts_with(&missing.local),
        })
    }

    async fn make_directory(&mut self, pair: Pair) {
        if self.is_in_missing(&pair) {
            let line = Line::not_sent(pair, "the directory above it could not be made");
            self.lines.tell(&line);
            return;
        }
        let made = match self.way {
            Way::Up => make_remote(&self.client, &pair.remote).await,
            Way::Down => make_local(&pair.local),
        };
        let line = match made {
            Ok(true) => Line::directory(pair, Outcome::Created),
            Ok(false) => Line::directory(pair, Outcome::Exists),
            Err(failure) => {
                self.missing.push(pair.clone());
                Line::directory_failed(pair, failure)
            }
        };
        self.tell(&line);
    }

    fn tell(&mut self, line: &Line) {
        if line.failure.as_ref().is_some_and(is_hopeless) {
            self.is_hopeless = true;
            self.stopper.stop();
        }
        self.lines.tell(line);
    }
}

/// One file on its way.
struct Errand {
    client: Client,
    strategy: Strategy,
    policy: Policy,
    states: Arc<States>,
    meter: Meter,
    stop: Stop,
    pair: Pair,
}

impl Errand {
    async fn up(self) -> Line {
        let Pair { local, remote } = &self.pair;
        let state = self.states.of(&self.client, local, remote);
        let before = state.read();
        let mut keep = |unfinished: Option<&Unfinished>| state.keep(unfinished);
        let upload = Upload {
            client: &self.client,
            policy: &self.policy,
            local: &self.pair.local,
            remote: &self.pair.remote,
            strategy: self.strategy,
            meter: &self.meter,
            stop: &self.stop,
        };
        match upload.run(before, &mut keep).await {
            Ok(uploaded) => Line::uploaded(self.pair, uploaded),
            Err(trouble) => self.in_vain(trouble).await,
        }
    }

    async fn down(self) -> Line {
        let download = Download {
            client: &self.client,
            policy: &self.policy,
            remote: &self.pair.remote,
            local: &self.pair.local,
            strategy: self.strategy,
            meter: &self.meter,
            stop: &self.stop,
        };
        match download.run().await {
            Ok(downloaded) => Line::downloaded(self.pair, downloaded),
            Err(trouble) => self.in_vain(trouble).await,
        }
    }

    async fn in_vain(self, trouble: Trouble) -> Line {
        match trouble {
            Trouble::Taken if self.strategy == Strategy::Ask => {
                match is_same(&self.client, &self.pair.local, &self.pair.remote).await {
                    Some((crc64, size)) => Line::same(self.pair, crc64, size),
                    None => Line::skipped(self.pair, "the name is taken by another one"),
                }
            }
            Trouble::Stopped => Line::not_sent(
                self.pair,
                "it was stopped; the same command goes on with it",
            ),
            trouble => Line::failed(self.pair, trouble.failure()),
        }
    }
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {msg}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
