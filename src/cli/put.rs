//! `put`: files of this machine go up.

use std::fs::{self, FileType};
use std::io;
use std::path::Path;

use tokio::sync::mpsc;

use crate::client::Client;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::path::RemotePath;
use crate::transfer::download::SUFFIX;
use crate::transfer::states::States;

use super::World;
use super::args::Put;
use super::carry::{Carrier, Found, Line, Pair, WAITING, Way};
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::output;

/// Uploads.
pub async fn run(world: &World, put: Put) -> anyhow::Result<Exit> {
    let target = RemotePath::parse(&put.remote).map_err(|error| Wrong::usage(error.to_string()))?;
    let connection = connect(world, &put.carrying.place).await?;
    let done = upload(world, connection.client.clone(), target, put).await;
    connection.close().await;
    done
}

async fn upload(
    world: &World,
    client: Client,
    target: RemotePath,
    put: Put,
) -> anyhow::Result<Exit> {
    if !target.is_root() {
        let there = client.stat(&target).await?;
        anyhow::ensure!(
            there.is_some_and(|there| there.is_directory()),
            "{} is no directory of the library; make it with mkdir. Nothing was changed",
            output::path(&target)
        );
    }
    let states = States::open(world.places.uploads());
    let carrier = Carrier::new(client, states, Way::Up, &put.carrying);
    let (sender, found) = mpsc::channel(WAITING);
    let walk = Walk {
        sender,
        is_recursive: put.carrying.recursive,
    };
    let walking = tokio::task::spawn_blocking(move || {
        for local in &put.locals {
            if walk.begin(local, &target).is_err() {
                break;
            }
        }
    });
    let exit = carrier.run(found).await;
    walking.abort();
    exit
}

/// Nobody listens any more.
struct Gone;

/// Goes through local directories, parents first. Waits for the disk.
struct Walk {
    sender: mpsc::Sender<Found>,
    is_recursive: bool,
}

impl Walk {
    fn tell(&self, found: Found) -> Result<(), Gone> {
        self.sender.blocking_send(found).map_err(|_| Gone)
    }

    /// What was named by the user: a link stands for what it leads to.
    fn begin(&self, local: &Path, target: &RemotePath) -> Result<(), Gone> {
        let pair = |remote: RemotePath| Pair {
            local: local.to_owned(),
            remote,
        };
        let kind = match fs::metadata(local) {
            Ok(there) => there.file_type(),
            Err(error) => return self.fail(pair(target.clone()), "read", &error),
        };
        // `.` and `..` have no name of their own: what is in them goes right into the target.
        let Some(name) = local.file_name() else {
            return self.inside(&pair(target.clone()));
        };
        match name.to_str().map(|name| target.join(name)) {
            Some(Ok(remote)) => self.one(pair(remote), kind),
            _ => self.nameless(pair(target.clone())),
        }
    }

    fn one(&self, pair: Pair, kind: FileType) -> Result<(), Gone> {
        if kind.is_file() {
            let size = fs::metadata(&pair.local).ok().map(|there| there.len());
            return self.tell(Found::File(pair, size));
        }
        if kind.is_dir() && self.is_recursive {
            self.tell(Found::Directory(pair.clone()))?;
            return self.inside(&pair);
        }
        let why = if kind.is_dir() {
            "it is a directory; say --recursive to send it with all that is in it"
        } else if kind.is_symlink() {
            "it is a symbolic link"
        } else {
            "it is no plain file"
        };
        self.tell(Found::Told(Line::skipped(pair, why)))
    }

    fn inside(&self, directory: &Pair) -> Result<(), Gone> {
        if !self.is_recursive {
            let why = "it is a directory; say --recursive to send what is in it";
            return self.tell(Found::Told(Line::skipped(directory.clone(), why)));
        }
        let entries = match fs::read_dir(&directory.local) {
            Ok(entries) => entries,
            Err(error) => return self.fail(directory.clone(), "read", &error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.fail(directory.clone(), "read", &error),
            };
            let pair = |remote: RemotePath| Pair {
                local: entry.path(),
                remote,
            };
            let name = entry.file_name();
            let Some(Ok(remote)) = name.to_str().map(|name| directory.remote.join(name)) else {
                self.nameless(pair(directory.remote.clone()))?;
                continue;
            };
            if remote.name().ends_with(SUFFIX) {
                let why = "it is the beginning of a download that is not finished";
                self.tell(Found::Told(Line::skipped(pair(remote), why)))?;
                continue;
            }
            match entry.file_type() {
                Ok(kind) => self.one(pair(remote), kind)?,
                Err(error) => self.fail(pair(remote), "read", &error)?,
            }
        }
        Ok(())
    }

    fn nameless(&self, pair: Pair) -> Result<(), Gone> {
        let why = "its name is not UTF-8, which the service needs; rename it first";
        let failure = Failure::new(FailureKind::Refused, why);
        self.tell(Found::Told(Line::failed(pair, failure)))
    }

    fn fail(&self, pair: Pair, doing: &str, error: &io::Error) -> Result<(), Gone> {
        let why = format!("cannot {doing} it: {error}");
        let failure = Failure::new(FailureKind::Internal, why);
        self.tell(Found::Told(Line::failed(pair, failure)))
    }
}
