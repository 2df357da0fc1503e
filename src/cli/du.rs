//! `du`: what lies below a directory in all.

use serde::Serialize;

use crate::client::Client;
use crate::client::measure::Measured;
use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::domain::format::{bytes, count};
use crate::domain::path::RemotePath;
use crate::domain::space::Sums;

use super::World;
use super::args::Du;
use super::connect::connect;
use super::count::Count;
use super::exit::{Exit, Wrong};
use super::output::{self, Output};

/// Where sums come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The service counts.
    Stats,
    /// All directories were listed.
    Walk,
}

/// What was counted, and how.
pub struct Counted {
    /// The sums; a lower bound if something could not be read.
    pub sums: Sums,
    /// How they were had.
    pub source: Source,
    /// Directories that could not be read.
    pub unread: usize,
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    bytes: u64,
    files: u64,
    directories: u64,
    source: Source,
    unread: usize,
}

/// Counts each path.
pub async fn run(world: &World, du: Du) -> anyhow::Result<Exit> {
    let paths: Result<Vec<RemotePath>, _> = du
        .paths
        .iter()
        .map(|text| RemotePath::parse(text))
        .collect();
    let paths = paths.map_err(|error| Wrong::usage(error.to_string()))?;
    let connection = connect(world, &du.place).await?;
    let counted = all(&connection.client, &paths, &du).await;
    connection.close().await;
    counted
}

async fn all(client: &Client, paths: &[RemotePath], du: &Du) -> anyhow::Result<Exit> {
    let mut output = Output::default();
    let mut exit = Exit::Done;
    for path in paths {
        let Counted {
            sums,
            source,
            unread,
        } = of(client, path, du.walk).await?;
        if unread > 0 {
            exit = Exit::SomeFailed;
        }
        if du.json {
            output.json(&Line {
                path: path.as_str(),
                bytes: sums.bytes,
                files: sums.files,
                directories: sums.directories,
                source,
                unread,
            });
            continue;
        }
        let number = |number: u64| count(usize::try_from(number).unwrap_or(usize::MAX));
        let least = if unread > 0 { "at least " } else { "" };
        output.line(&format!(
            "{:>9}  {least}{} files, {} folders  {}",
            bytes(sums.bytes),
            number(sums.files),
            number(sums.directories),
            output::path(path)
        ));
    }
    Ok(exit)
}

/// Counts what lies below `path`, or the one file that it is. The service is asked first, unless
/// everything is to be walked through.
///
/// # Errors
/// No such entry, or no answer.
pub async fn of(client: &Client, path: &RemotePath, walks: bool) -> anyhow::Result<Counted> {
    if !path.is_root() {
        let Some(entry) = client.stat(path).await? else {
            anyhow::bail!("{} is not there", output::path(path));
        };
        if entry.kind != Kind::Directory {
            return Ok(Counted {
                sums: Sums {
                    bytes: entry.size.unwrap_or(0),
                    files: 1,
                    directories: 0,
                },
                source: Source::Stats,
                unread: 0,
            });
        }
    }
    if !walks && let Some(sums) = client.sums(path).await? {
        return Ok(Counted {
            sums,
            source: Source::Stats,
            unread: 0,
        });
    }
    let progress = Count::new("counted");
    let tell = |sums: Sums| {
        progress.reach(usize::try_from(sums.files + sums.directories).unwrap_or(usize::MAX));
    };
    let walked = client.walk_sums(path, tell).await;
    let Measured { sums, unread } = walked
        .map_err(|error| anyhow::Error::new(Failure::from(error)).context(output::path(path)))?;
    Ok(Counted {
        sums,
        source: Source::Walk,
        unread,
    })
}
