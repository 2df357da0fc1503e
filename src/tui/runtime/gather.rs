//! What a download would fetch: walks through the folders of the service, and looks which names are
//! taken on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use tokio::sync::mpsc::Sender;

use crate::client::Client;
use crate::domain::conflict::Strategy;
use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::domain::fetch::Fetch;
use crate::domain::job::items::Builder;
use crate::domain::job::{Items, Target, Transfer};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::texts::later;
use crate::tui::msg::{Msg, Ticket};
use crate::tui::state::browser::PAGE;

/// Names such as `take (1)` are tried up to this number.
const MOST_NAMES: u32 = 1000;

/// Looks for everything that is to be fetched into a folder of this machine, and tells of it.
pub async fn gather(
    client: Client,
    ticket: Ticket,
    targets: Items<Target>,
    into: PathBuf,
    send: Sender<Msg>,
) {
    let gathered = match made(&into) {
        Ok(into) => {
            let mut gathering = Gathering {
                client,
                ticket,
                send: &send,
                items: Builder::default(),
                number: 0,
                fetch: Fetch {
                    into: into.to_string_lossy().into_owned(),
                    free: free(&into),
                    ..Fetch::default()
                },
            };
            gathering.all(&targets, &into).await;
            let items = gathering.items.finish();
            Ok(Box::new(Fetch {
                items,
                ..gathering.fetch
            }))
        }
        Err(complaint) => Err(complaint),
    };
    // Nobody is watching any more.
    let _ = send.send(Msg::Gathered { ticket, gathered }).await;
}

/// The folder, from the root of this machine; made where it is missing.
fn made(into: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(into)
        .and_then(|()| std::path::absolute(into))
        .map_err(|error| later!("there is no such folder on this machine: {error}", error))
}

#[cfg(unix)]
fn free(into: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(into).ok()?;
    told.f_bavail.checked_mul(told.f_frsize)
}

#[cfg(not(unix))]
fn free(_into: &Path) -> Option<u64> {
    None
}

struct Gathering<'a> {
    client: Client,
    ticket: Ticket,
    send: &'a Sender<Msg>,
    items: Builder<Transfer>,
    number: usize,
    fetch: Fetch,
}

impl Gathering<'_> {
    async fn all(&mut self, targets: &Items<Target>, into: &Path) {
        let mut names: FxHashSet<String> = FxHashSet::default();
        for target in targets.iter() {
            // Two that come from different folders may have one name.
            let name = free_name(target.path.name(), |name| !names.contains(name));
            let local = into.join(&name);
            names.insert(name);
            match target.kind {
                Kind::Directory => self.below(target.path, local).await,
                Kind::File | Kind::Symlink => self.file(target.path, &local, target.size),
                Kind::Other => {}
            }
        }
    }

    /// A folder with all that is in it.
    async fn below(&mut self, remote: RemotePath, local: PathBuf) {
        self.push(remote.clone(), &local, true, None);
        let mut open = vec![(remote, local)];
        while let Some((remote, local)) = open.pop() {
            let mut after = None;
            loop {
                let order = Order::default();
                let page = self.client.list(&remote, order, after.as_ref(), PAGE);
                let page = match page.await {
                    Ok(page) => page,
                    Err(error) => {
                        self.fetch.unread += 1;
                        let first = &mut self.fetch.first_unread;
                        first.get_or_insert_with(|| (remote.clone(), Failure::from(error)));
                        break;
                    }
                };
                for entry in page.entries.iter() {
                    // No name of the service leads out of the folder.
                    let Ok(path) = remote.join(entry.name()) else {
                        continue;
                    };
                    let beside = local.join(path.name());
                    match entry.kind() {
                        Kind::Directory => {
                            self.push(path.clone(), &beside, true, None);
                            open.push((path, beside));
                        }
                        Kind::File | Kind::Symlink => self.file(path, &beside, entry.size()),
                        Kind::Other => {}
                    }
                }
                self.tell().await;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
    }

    fn file(&mut self, remote: RemotePath, local: &Path, size: Option<u64>) {
        if fs::symlink_metadata(local).is_ok() {
            self.fetch.taken.insert(self.number);
        }
        self.fetch.files += 1;
        self.fetch.bytes += size.unwrap_or(0);
        self.push(remote, local, false, size);
    }

    fn push(&mut self, remote: RemotePath, local: &Path, is_directory: bool, size: Option<u64>) {
        self.items.push(&Transfer {
            local: local.to_string_lossy().into_owned(),
            remote,
            is_directory,
            strategy: Strategy::Ask,
            size,
        });
        self.number += 1;
    }

    async fn tell(&self) {
        let step = Msg::Gathering {
            ticket: self.ticket,
            files: self.fetch.files,
            bytes: self.fetch.bytes,
        };
        // Nobody is watching any more.
        let _ = self.send.send(step).await;
    }
}

/// The name, or one like it that is free.
fn free_name(name: &str, is_free: impl Fn(&str) -> bool) -> String {
    if is_free(name) {
        return name.to_owned();
    }
    let (stem, extension) = match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    };
    let mut others = (1..MOST_NAMES).map(|number| format!("{stem} ({number}){extension}"));
    let free = others.find(|other| is_free(other));
    free.unwrap_or_else(|| name.to_owned())
}
