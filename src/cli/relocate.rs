//! `mv` and `cp`: entries of the library at another place of it, by the same worker that deletes.

use crate::client::Client;
use crate::config::Flags;
use crate::domain::entry::Kind;
use crate::domain::format::count;
use crate::domain::job::{JobSpec, Relocation};
use crate::domain::path::RemotePath;

use super::args::Relocate;
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::{World, output, progress};

/// What becomes of the entry at the old place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It leaves it.
    Move,
    /// It stays.
    Copy,
}

/// Moves or copies.
pub async fn run(world: &World, relocate: Relocate, how: How) -> anyhow::Result<Exit> {
    let mut sources = Vec::with_capacity(relocate.sources.len());
    for text in &relocate.sources {
        let path = parsed(text)?;
        if path.is_root() {
            return Err(Wrong::usage(
                "the whole library is neither moved nor copied; nothing was changed",
            ));
        }
        if !sources.contains(&path) {
            sources.push(path);
        }
    }
    let target = parsed(&relocate.target)?;
    let flags = Flags {
        max_items: relocate.max_items,
        ..Flags::default()
    };
    let limit = world.config(&relocate.place.tuning, flags)?.max_items;
    if sources.len() > limit {
        return Err(Wrong::limit(format!(
            "{} items are over the limit of {}; nothing was changed",
            count(sources.len()),
            count(limit)
        )));
    }
    let connection = connect(world, &relocate.place).await?;
    let done = match items(&connection.client, sources, &target, &relocate).await {
        Ok(items) => {
            let spec = match how {
                How::Move => JobSpec::Move(items.into()),
                How::Copy => JobSpec::Copy(items.into()),
            };
            progress::run(world, &connection, spec, relocate.json).await
        }
        Err(error) => Err(error),
    };
    connection.close().await;
    done
}

fn parsed(text: &str) -> anyhow::Result<RemotePath> {
    RemotePath::parse(text).map_err(|error| {
        let shown = output::line(text);
        Wrong::usage(format!("'{shown}': {error}; nothing was changed"))
    })
}

/// Where each source goes: into the target if that is a directory, else the only one to that path.
async fn items(
    client: &Client,
    sources: Vec<RemotePath>,
    target: &RemotePath,
    relocate: &Relocate,
) -> anyhow::Result<Vec<Relocation>> {
    let is_directory = target.is_root() || {
        let entry = client.stat(target).await?;
        entry.is_some_and(|entry| entry.kind == Kind::Directory)
    };
    if !is_directory && (sources.len() > 1 || relocate.target.ends_with('/')) {
        return Err(Wrong::usage(format!(
            "'{}' is no directory of the library; nothing was changed",
            output::path(target)
        )));
    }
    let strategy = relocate.on_clash.strategy();
    let mut items = Vec::with_capacity(sources.len());
    for from in sources {
        let to = if is_directory {
            target.join(from.name())?
        } else {
            target.clone()
        };
        if to == from || from.contains(&to) {
            return Err(Wrong::usage(format!(
                "'{}' cannot go into itself; nothing was changed",
                output::path(&from)
            )));
        }
        items.push(Relocation {
            from,
            to,
            strategy,
            size: None,
        });
    }
    Ok(items)
}
