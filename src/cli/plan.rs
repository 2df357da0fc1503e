//! `plan`: what a delete would send, with what each item is now, as a file that somebody can read
//! before `rm --plan` acts on it.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::domain::entry::Details;
use crate::domain::format::{bytes, count, counted};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Rule, Scope};
use crate::jobs::plan::{Item, LeftOut, PlanFile};

use super::World;
use super::args::Plan;
use super::connect::connect;
use super::count::Count;
use super::exit::{Exit, Wrong};
use super::rules::{self, Chosen, Heed};
use super::{output, paths};

/// Entries that are asked about at the same time.
const AT_ONCE: usize = 8;

/// Makes a plan.
pub async fn run(world: &World, plan: Plan) -> anyhow::Result<Exit> {
    let named = paths::read(&plan.paths, plan.from_file.as_deref(), plan.null)?;
    let named: Vec<RemotePath> = named.iter().collect();
    if named.is_empty() && plan.rules.is_empty() {
        return Err(Wrong::usage("a plan needs paths or a --rule"));
    }
    let below = RemotePath::parse(&plan.below).map_err(|error| Wrong::usage(error.to_string()))?;
    let config = world.config_at(&plan.place)?;
    let rules: Vec<Rule> = (plan.rules.iter())
        .map(|text| rules::read(&config, text, &below))
        .collect::<Result<_, _>>()?;
    let connection = connect(world, &plan.place).await?;
    let made = make(&connection.client, named, &rules, below).await;
    connection.close().await;
    let Made {
        file,
        nested,
        trouble,
    } = made?;
    write(&file, plan.output.as_deref())?;
    tell(&file, nested);
    Ok(if trouble > 0 {
        Exit::SomeFailed
    } else {
        Exit::Done
    })
}

/// A plan, and what is to be said of it.
struct Made {
    file: PlanFile,
    /// What lies inside of chosen directories and goes with them.
    nested: usize,
    /// Paths that are not there, and directories that could not be read.
    trouble: usize,
}

async fn make(
    client: &Client,
    named: Vec<RemotePath>,
    rules: &[Rule],
    below: RemotePath,
) -> anyhow::Result<Made> {
    let mut found = Found {
        count: Count::new("looked at"),
        rule: None,
        chosen: Vec::new(),
    };
    let usual = Scope {
        directory: below,
        is_deep: true,
    };
    let mut trouble = 0;
    for (index, rule) in rules.iter().enumerate() {
        found.rule = Some(index);
        trouble += rules::choose(client, rule, &usual, &mut found).await?;
    }
    let Found { mut chosen, .. } = found;
    let mut file = PlanFile::new(
        Timestamp::now().to_string(),
        client.library(),
        client.space(),
        rules.iter().map(|rule| rule.text().to_owned()).collect(),
    );
    let details = details_of(client, &named).await?;
    for (path, details) in named.into_iter().zip(details) {
        if let Some(details) = details {
            chosen.push((Chosen { path, details }, None));
        } else {
            trouble += 1;
            eprintln!("mediasweep: {} is not there", output::path(&path));
            file.left_out.push(left_out(&path, "not there"));
        }
    }
    let nested = take_in(&mut file, chosen);
    Ok(Made {
        file,
        nested,
        trouble,
    })
}

/// What was chosen so far, and by which rule.
struct Found {
    count: Count,
    rule: Option<usize>,
    chosen: Vec<(Chosen, Option<usize>)>,
}

impl Heed for Found {
    fn looked_at(&mut self, entries: usize) {
        self.count.reach(entries);
    }

    fn chosen(&mut self, chosen: Chosen) -> bool {
        self.chosen.push((chosen, self.rule));
        true
    }
}

fn left_out(path: &RemotePath, reason: &str) -> LeftOut {
    LeftOut {
        path: path.as_str().to_owned(),
        reason: reason.to_owned(),
    }
}

/// Puts what was chosen into the plan, each once, and returns how much of it lies inside a chosen
/// directory and goes with that.
fn take_in(file: &mut PlanFile, mut chosen: Vec<(Chosen, Option<usize>)>) -> usize {
    chosen.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
    chosen.dedup_by(|(later, _), (first, _)| later.path == first.path);
    let directories: FxHashSet<RemotePath> = chosen
        .iter()
        .filter(|(found, _)| found.details.entry.is_directory() && found.details.entry.can_delete)
        .map(|(found, _)| found.path.clone())
        .collect();
    let mut nested = 0;
    for (Chosen { path, details }, rule) in chosen {
        if !directories.is_empty() && path.ancestors().any(|above| directories.contains(&above)) {
            nested += 1;
        } else if details.entry.can_delete {
            file.items.push(Item::new(&path, &details, rule));
        } else {
            file.left_out.push(left_out(&path, "no right to delete"));
        }
    }
    nested
}

/// A file appears whole or not at all.
fn write(plan: &PlanFile, to: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = to else {
        // A reader who has left does not want the rest.
        let _ = plan.write(std::io::stdout().lock());
        return Ok(());
    };
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".part");
    let write = || {
        plan.write(BufWriter::new(File::create(&fresh)?))?;
        fs::rename(&fresh, path)
    };
    write().with_context(|| format!("cannot write the plan to {}", path.display()))
}

fn tell(plan: &PlanFile, nested: usize) {
    let directories = match plan.directories().count() {
        0 => String::new(),
        some => format!(", {} not counted", counted(some, "folder")),
    };
    eprintln!(
        "mediasweep: the plan has {} ({} in files{directories})",
        counted(plan.items.len(), "item"),
        bytes(plan.bytes())
    );
    if nested > 0 {
        eprintln!(
            "mediasweep: {} inside of chosen folders go with them",
            count(nested)
        );
    }
    if !plan.left_out.is_empty() {
        let left_out = counted(plan.left_out.len(), "item");
        eprintln!("mediasweep: {left_out} left out; the plan says why");
    }
}

/// What the service says about each path now, none where nothing is.
///
/// # Errors
/// No answer, or no right to see one of them.
pub async fn details_of(
    client: &Client,
    paths: &[RemotePath],
) -> anyhow::Result<Vec<Option<Details>>> {
    let mut found = vec![None; paths.len()];
    let mut asked = JoinSet::new();
    let mut waiting = paths.iter().enumerate();
    loop {
        while asked.len() < AT_ONCE
            && let Some((index, path)) = waiting.next()
        {
            let (client, path) = (client.clone(), path.clone());
            asked.spawn(async move { (index, client.details(&path).await) });
        }
        let Some(answer) = asked.join_next().await else {
            return Ok(found);
        };
        let (index, details) = answer?;
        found[index] = details?;
    }
}
