//! `rm`: the headless twin of deleting on the screen; the same worker, the same facts.

use std::fs;
use std::io::Read as _;

use anyhow::Context as _;
use serde::Serialize;

use crate::client::Client;
use crate::domain::entry::Kind;
use crate::domain::format::{bytes, count};
use crate::domain::job::{JobSpec, Target};
use crate::domain::path::RemotePath;

use super::args::Rm;
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::output::{self, Output};
use super::{World, progress};
use crate::config::Flags;

/// Deletes, or says what it would delete.
pub async fn run(world: &World, rm: Rm) -> anyhow::Result<Exit> {
    if rm.permanent && !rm.yes && !rm.dry_run {
        return Err(Wrong::usage(
            "--permanent deletes for good and needs --yes; nothing was changed",
        ));
    }
    let paths = paths(&rm)?;
    if paths.is_empty() {
        return Err(Wrong::usage("no paths were given; nothing was changed"));
    }
    let flags = Flags {
        max_items: rm.max_items,
        ..Flags::default()
    };
    let limit = world.config(&rm.place.tuning, flags)?.max_items;
    if paths.len() > limit {
        return Err(Wrong::limit(format!(
            "{} items are over the limit of {}; nothing was changed",
            count(paths.len()),
            count(limit)
        )));
    }
    let connection = connect(world, &rm.place).await?;
    let done = if rm.dry_run {
        look(&connection.client, &paths, &rm).await
    } else {
        let targets = paths
            .into_iter()
            .map(|path| Target::new(path, Kind::Other, None))
            .collect();
        let spec = if rm.permanent {
            JobSpec::DeleteForever(targets)
        } else {
            JobSpec::Recycle(targets)
        };
        progress::run(world, &connection, spec, rm.json).await
    };
    connection.close().await;
    done
}

/// All paths of the command, none of them the root.
fn paths(rm: &Rm) -> anyhow::Result<Vec<RemotePath>> {
    let mut paths = Vec::new();
    for text in &rm.paths {
        paths.push(parsed(text)?);
    }
    let Some(file) = &rm.from_file else {
        return Ok(paths);
    };
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read paths from the standard input")?;
    } else {
        text = fs::read_to_string(file)
            .with_context(|| format!("cannot read paths from {}", file.display()))?;
    }
    let end = if rm.null { '\0' } else { '\n' };
    for line in text.split(end) {
        let line = if rm.null {
            line
        } else {
            line.strip_suffix('\r').unwrap_or(line)
        };
        if !line.is_empty() {
            paths.push(parsed(line)?);
        }
    }
    Ok(paths)
}

fn parsed(text: &str) -> anyhow::Result<RemotePath> {
    let shown = output::line(text);
    let path = RemotePath::parse(text)
        .map_err(|error| Wrong::usage(format!("'{shown}': {error}; nothing was changed")))?;
    if path.is_root() {
        return Err(Wrong::usage(format!(
            "'{shown}' is the whole library, which is not deleted; nothing was changed"
        )));
    }
    Ok(path)
}

/// What would become of one item.
#[derive(Serialize)]
struct Foreseen<'a> {
    path: &'a str,
    outcome: &'static str,
    kind: Option<&'static str>,
    size: Option<u64>,
}

/// Asks for each item and changes nothing.
async fn look(client: &Client, paths: &[RemotePath], rm: &Rm) -> anyhow::Result<Exit> {
    let mut output = Output::default();
    let (mut there, mut size) = (0, 0);
    for path in paths {
        let entry = client.stat(path).await?;
        let outcome = match (&entry, rm.permanent) {
            (None, _) => "already-gone",
            (Some(_), false) => "would-recycle",
            (Some(_), true) => "would-delete",
        };
        there += usize::from(entry.is_some());
        size += entry.as_ref().and_then(|entry| entry.size).unwrap_or(0);
        if rm.json {
            output.json(&Foreseen {
                path: path.as_str(),
                outcome,
                kind: entry.as_ref().map(|entry| output::kind(entry.kind)),
                size: entry.as_ref().and_then(|entry| entry.size),
            });
        } else {
            output.line(&format!("{outcome}: {}", output::path(path)));
        }
    }
    if !rm.json {
        output.line(&format!(
            "{} of {} are there ({} in files, folders not counted); nothing was changed",
            count(there),
            count(paths.len()),
            bytes(size)
        ));
    }
    Ok(Exit::Done)
}
