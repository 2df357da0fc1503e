//! `get`: files of the library come down.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::client::Client;
use crate::domain::entries::EntryRef;
use crate::domain::entry::Kind;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::transfer::states::States;

use super::World;
use super::args::Get;
use super::carry::{Carrier, Found, Line, Pair, WAITING, Way};
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::output;

/// The longest page of a listing.
const PAGE: u32 = 1000;

/// Downloads.
pub async fn run(world: &World, get: Get) -> anyhow::Result<Exit> {
    let remotes = get
        .remotes
        .iter()
        .map(|text| RemotePath::parse(text).map_err(|error| Wrong::usage(error.to_string())))
        .collect::<anyhow::Result<Vec<RemotePath>>>()?;
    anyhow::ensure!(
        get.into.is_dir(),
        "{} is no directory of this machine; nothing was fetched",
        output::line(&get.into.to_string_lossy())
    );
    let connection = connect(world, &get.carrying.place).await?;
    let client = connection.client.clone();
    let states = States::open(world.places.uploads());
    let carrier = Carrier::new(client.clone(), states, Way::Down, &get.carrying);
    let (sender, found) = mpsc::channel(WAITING);
    let walk = Walk {
        client,
        sender,
        is_recursive: get.carrying.recursive,
    };
    let walking = tokio::spawn(async move {
        for remote in remotes {
            if walk.begin(remote, &get.into).await.is_err() {
                break;
            }
        }
    });
    let exit = carrier.run(found).await;
    walking.abort();
    connection.close().await;
    exit
}

/// Nobody listens any more.
struct Gone;

/// Goes through remote directories, parents first.
struct Walk {
    client: Client,
    sender: mpsc::Sender<Found>,
    is_recursive: bool,
}

impl Walk {
    async fn tell(&self, found: Found) -> Result<(), Gone> {
        self.sender.send(found).await.map_err(|_| Gone)
    }

    async fn fail(&self, pair: Pair, failure: Failure) -> Result<(), Gone> {
        self.tell(Found::Told(Line::failed(pair, failure))).await
    }

    async fn begin(&self, remote: RemotePath, target: &Path) -> Result<(), Gone> {
        // What is in the root goes right into the target.
        let pair = Pair {
            local: target.join(remote.name()),
            remote,
        };
        if pair.remote.is_root() {
            if !self.is_recursive {
                let why = "it is a directory; say --recursive to fetch what is in it";
                return self.tell(Found::Told(Line::skipped(pair, why))).await;
            }
            return self.inside(vec![(pair.remote, target.to_owned())]).await;
        }
        match self.client.stat(&pair.remote).await {
            Ok(Some(entry)) => {
                let directories = self.one(pair, (&entry).into()).await?;
                self.inside(directories.into_iter().collect()).await
            }
            Ok(None) => {
                let failure = Failure::new(FailureKind::Absent, "there is no such entry");
                self.fail(pair, failure).await
            }
            Err(error) => self.fail(pair, error.into()).await,
        }
    }

    /// Tells of one entry; gives back a directory that is to be looked into.
    async fn one(
        &self,
        pair: Pair,
        entry: EntryRef<'_>,
    ) -> Result<Option<(RemotePath, PathBuf)>, Gone> {
        match entry.kind() {
            Kind::Directory if self.is_recursive => {
                let inside = (pair.remote.clone(), pair.local.clone());
                self.tell(Found::Directory(pair)).await?;
                Ok(Some(inside))
            }
            Kind::Directory => {
                let why = "it is a directory; say --recursive to fetch it with all that is in it";
                self.tell(Found::Told(Line::skipped(pair, why))).await?;
                Ok(None)
            }
            // The service follows links to files.
            Kind::File | Kind::Symlink => {
                self.tell(Found::File(pair, entry.size())).await?;
                Ok(None)
            }
            Kind::Other => {
                let why = "it has no content that could be fetched";
                self.tell(Found::Told(Line::skipped(pair, why))).await?;
                Ok(None)
            }
        }
    }

    async fn inside(&self, mut directories: Vec<(RemotePath, PathBuf)>) -> Result<(), Gone> {
        while let Some((remote, local)) = directories.pop() {
            let mut after = None;
            loop {
                let page = self
                    .client
                    .list(&remote, Order::default(), after.as_ref(), PAGE)
                    .await;
                let page = match page {
                    Ok(page) => page,
                    Err(error) => {
                        let pair = Pair {
                            local: local.clone(),
                            remote: remote.clone(),
                        };
                        self.fail(pair, error.into()).await?;
                        break;
                    }
                };
                for entry in page.entries.iter() {
                    // No name of the service leads out of the directory.
                    let Ok(path) = remote.join(entry.name()) else {
                        continue;
                    };
                    let pair = Pair {
                        local: local.join(path.name()),
                        remote: path,
                    };
                    directories.extend(self.one(pair, entry).await?);
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}
