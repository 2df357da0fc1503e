//! `get`: files of the library come down.

use std::path::{Path, PathBuf};

use crate::client::Client;
use crate::domain::entries::EntryRef;
use crate::domain::entry::Kind;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::JobSpec;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;

use super::World;
use super::args::Get;
use super::carry::Found;
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
    let mut connection = connect(world, &get.carrying.place).await?;
    let mut walk = Walk {
        client: connection.client.clone(),
        found: Found::new(&get.carrying),
        is_recursive: get.carrying.recursive,
    };
    for remote in remotes {
        walk.begin(remote, &get.into).await;
    }
    let carried = walk
        .found
        .carry(world, &mut connection, &get.carrying, JobSpec::Download);
    let exit = carried.await;
    connection.close().await;
    exit
}

/// Goes through remote directories, parents first.
struct Walk {
    client: Client,
    found: Found,
    is_recursive: bool,
}

impl Walk {
    async fn begin(&mut self, remote: RemotePath, target: &Path) {
        // What is in the root goes right into the target.
        let local = target.join(remote.name());
        if remote.is_root() {
            if self.is_recursive {
                self.inside(vec![(remote, target.to_owned())]).await;
            } else {
                let why = "it is a directory; say --recursive to fetch what is in it";
                self.found.skipped(&local, &remote, why);
            }
            return;
        }
        match self.client.stat(&remote).await {
            Ok(Some(entry)) => {
                let directory = self.one(remote, local, (&entry).into());
                self.inside(directory.into_iter().collect()).await;
            }
            Ok(None) => {
                let failure = Failure::new(FailureKind::Absent, "there is no such entry");
                self.found.failed(&local, &remote, &failure);
            }
            Err(error) => self.found.failed(&local, &remote, &error.into()),
        }
    }

    /// Takes one entry in; gives back a directory that is to be looked into.
    fn one(
        &mut self,
        remote: RemotePath,
        local: PathBuf,
        entry: EntryRef<'_>,
    ) -> Option<(RemotePath, PathBuf)> {
        match entry.kind() {
            Kind::Directory if self.is_recursive => {
                self.found.directory(&local, remote.clone());
                return Some((remote, local));
            }
            Kind::Directory => {
                let why = "it is a directory; say --recursive to fetch it with all that is in it";
                self.found.skipped(&local, &remote, why);
            }
            // The service follows links to files.
            Kind::File | Kind::Symlink => self.found.file(&local, remote, entry.size()),
            Kind::Other => {
                let why = "it has no content that could be fetched";
                self.found.skipped(&local, &remote, why);
            }
        }
        None
    }

    async fn inside(&mut self, mut directories: Vec<(RemotePath, PathBuf)>) {
        while let Some((remote, local)) = directories.pop() {
            let mut after = None;
            loop {
                let asked = self
                    .client
                    .list(&remote, Order::default(), after.as_ref(), PAGE);
                let page = match asked.await {
                    Ok(page) => page,
                    Err(error) => {
                        self.found.failed(&local, &remote, &error.into());
                        break;
                    }
                };
                for entry in page.entries.iter() {
                    // No name of the service leads out of the directory.
                    let Ok(path) = remote.join(entry.name()) else {
                        continue;
                    };
                    let local = local.join(path.name());
                    directories.extend(self.one(path, local, entry));
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
    }
}
