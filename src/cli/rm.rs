//! `rm`: the headless twin of deleting on the screen; the same worker, the same facts.

use std::fs;

use anyhow::Context as _;
use serde::Serialize;

use crate::client::Client;
use crate::config::Flags;
use crate::domain::entry::{Details, Kind};
use crate::domain::format::{bytes, count, counted};
use crate::domain::job::{Items, JobSpec, Seen, Target};
use crate::domain::path::RemotePath;
use crate::domain::rule;
use crate::jobs::plan::{Item, PlanFile};

use super::args::Rm;
use super::connect::{Connection, connect};
use super::exit::{Exit, Wrong};
use super::output::{self, Output};
use super::plan::details_of;
use super::{World, du, paths, progress};

/// Deletes, or says what it would delete.
pub async fn run(world: &World, rm: Rm) -> anyhow::Result<Exit> {
    if rm.permanent && !(rm.dry_run || rm.yes && rm.expect.is_some()) {
        return Err(Wrong::usage(
            "--permanent deletes for good and needs --yes and --expect with the number of items; \
             nothing was changed",
        ));
    }
    let wanted = wanted(&rm)?;
    let items = wanted.paths.len();
    if items == 0 {
        return Err(Wrong::usage("no paths were given; nothing was changed"));
    }
    if let Some(expected) = rm.expect.filter(|expected| *expected != items) {
        return Err(Wrong::stale(format!(
            "{} were expected, and there are {}; nothing was changed",
            counted(expected, "item"),
            count(items)
        )));
    }
    let flags = Flags {
        max_items: rm.max_items,
        ..Flags::default()
    };
    let limit = world.config(&rm.place.tuning, flags)?.max_items;
    if items > limit {
        return Err(Wrong::limit(format!(
            "{} items are over the limit of {}; nothing was changed",
            count(items),
            count(limit)
        )));
    }
    let most = rm.max_size.as_deref().map(rule::bytes).transpose();
    let most = most.map_err(|message| Wrong::usage(format!("--max-size: {message}")))?;
    let connection = connect(world, &rm.place).await?;
    let done = delete(world, &connection, &rm, wanted, most).await;
    connection.close().await;
    done
}

/// What is to be deleted.
struct Wanted {
    paths: Items<RemotePath>,
    /// What they were when they were planned, if they were.
    plan: Option<PlanFile>,
}

fn wanted(rm: &Rm) -> anyhow::Result<Wanted> {
    let Some(file) = &rm.plan else {
        let paths = paths::read(&rm.paths, rm.from_file.as_deref(), rm.null)?;
        return Ok(Wanted { paths, plan: None });
    };
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read the plan {shown}"))?;
    let plan = PlanFile::read(&text)
        .map_err(|error| Wrong::usage(format!("{shown} is no plan: {error}")))?;
    if plan.items.is_empty() {
        return Err(Wrong::usage(format!(
            "the plan {shown} has no items; nothing was changed"
        )));
    }
    let typed: Vec<String> = plan.items.iter().map(|item| item.path.clone()).collect();
    Ok(Wanted {
        paths: paths::read(&typed, None, false)?,
        plan: Some(plan),
    })
}

async fn delete(
    world: &World,
    connection: &Connection,
    rm: &Rm,
    wanted: Wanted,
    most: Option<u64>,
) -> anyhow::Result<Exit> {
    let client = &connection.client;
    let Wanted { paths, plan } = wanted;
    if let Some(plan) = &plan
        && (plan.library != client.library() || plan.space != client.space())
    {
        return Err(Wrong::usage(format!(
            "the plan is for the library {} and space {}, and this is {} and {}; nothing was changed",
            output::line(&plan.library),
            output::line(&plan.space),
            client.library(),
            client.space()
        )));
    }
    let needs_look = rm.dry_run || plan.is_some() || most.is_some();
    if !needs_look {
        let unseen = |path| Target::new(path, Kind::Other, None);
        let targets = paths.iter().map(unseen).collect();
        drop(paths);
        return send(world, connection, rm, targets).await;
    }
    let items = plan.as_ref().map(|plan| plan.items.as_slice());
    let looked = look(client, paths.iter().collect(), items, rm).await?;
    if let Some(most) = most {
        check_size(client, &looked.there, most).await?;
    }
    if looked.untrue > 0 && !rm.skip_changed {
        return Err(Wrong::stale(format!(
            "{} of {} are no longer as they were planned; nothing was changed",
            count(looked.untrue),
            counted(looked.untrue + looked.there.len(), "item")
        )));
    }
    if rm.dry_run {
        return Ok(Exit::Done);
    }
    if looked.there.is_empty() {
        eprintln!("mediasweep: nothing of it is left to delete");
        return Ok(Exit::Done);
    }
    let sent = send(world, connection, rm, looked.there.into()).await?;
    Ok(if sent == Exit::Done && looked.untrue > 0 {
        Exit::SomeFailed
    } else {
        sent
    })
}

async fn send(
    world: &World,
    connection: &Connection,
    rm: &Rm,
    targets: Items<Target>,
) -> anyhow::Result<Exit> {
    let spec = if rm.permanent {
        JobSpec::DeleteForever(targets)
    } else {
        JobSpec::Recycle(targets)
    };
    progress::run(world, connection, spec, rm.json).await
}

/// Refuses what is over the limit; what lies inside directories counts.
async fn check_size(client: &Client, there: &[Target], most: u64) -> anyhow::Result<()> {
    let mut size: u64 = there.iter().filter_map(|target| target.size).sum();
    for target in there.iter().filter(|target| target.kind == Kind::Directory) {
        if size > most {
            break;
        }
        size = size.saturating_add(du::of(client, &target.path, false).await?.sums.bytes);
    }
    if size > most {
        return Err(Wrong::limit(format!(
            "{} or more are over the limit of {}; nothing was changed",
            bytes(size),
            bytes(most)
        )));
    }
    Ok(())
}

/// What is there of what is to be deleted.
struct Looked {
    there: Vec<Target>,
    /// Planned items that are gone or have changed.
    untrue: usize,
}

/// What would become of one item.
#[derive(Serialize)]
struct Foreseen<'a> {
    path: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    kind: Option<&'static str>,
    size: Option<u64>,
}

/// Asks for each item and changes nothing. A dry run tells of all of them, otherwise only what is
/// not as planned is told.
async fn look(
    client: &Client,
    paths: Vec<RemotePath>,
    planned: Option<&[Item]>,
    rm: &Rm,
) -> anyhow::Result<Looked> {
    let found = details_of(client, &paths).await?;
    let mut output = Output::default();
    let items = paths.len();
    let mut looked = Looked {
        there: Vec::with_capacity(items),
        untrue: 0,
    };
    for (index, (path, details)) in paths.into_iter().zip(found).enumerate() {
        let reason = planned.zip(details.as_ref());
        let reason = reason.and_then(|(planned, details)| planned[index].difference(details));
        let outcome = match (&details, reason) {
            (None, _) => "already-gone",
            (Some(_), Some(_)) => "changed",
            (Some(_), None) if rm.permanent => "would-delete",
            (Some(_), None) => "would-recycle",
        };
        let is_untrue = planned.is_some() && (details.is_none() || reason.is_some());
        looked.untrue += usize::from(is_untrue);
        let entry = details.as_ref().map(|details| &details.entry);
        if (rm.dry_run || is_untrue) && rm.json {
            output.json(&Foreseen {
                path: path.as_str(),
                outcome,
                reason,
                kind: entry.map(|entry| output::kind(entry.kind)),
                size: entry.and_then(|entry| entry.size),
            });
        } else if rm.dry_run || is_untrue {
            let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            output.line(&format!("{outcome}: {}{why}", output::path(&path)));
        }
        let is_sent = !is_untrue && (entry.is_some() || !rm.dry_run);
        if is_sent {
            looked.there.push(Target {
                path,
                kind: entry.map_or(Kind::Other, |entry| entry.kind),
                size: entry.and_then(|entry| entry.size),
                seen: details.as_ref().map_or_else(Seen::default, seen),
            });
        }
    }
    if rm.dry_run && !rm.json {
        let size = looked.there.iter().filter_map(|target| target.size).sum();
        output.line(&format!(
            "{} of {} are there ({} in files, folders not counted); nothing was changed",
            count(looked.there.len()),
            count(items),
            bytes(size)
        ));
    }
    Ok(looked)
}

/// What tells whether an entry is still the same when it is sent.
fn seen(details: &Details) -> Seen {
    Seen {
        modified: details.entry.modified,
        e_tag: details.e_tag.as_deref().map(Into::into),
        inode: details.inode.as_deref().map(Into::into),
        stamp: None,
    }
}
