//! `find`: entries that a rule chooses, as they are found.

use crate::domain::format::bytes;
use crate::domain::path::RemotePath;
use crate::domain::rule::Scope;

use super::World;
use super::args::Find;
use super::connect::connect;
use super::count::Count;
use super::exit::{Exit, Wrong};
use super::output::{self, EntryLine, Output};
use super::rules::{self, Chosen, Heed};

/// Finds.
pub async fn run(world: &World, find: Find) -> anyhow::Result<Exit> {
    let below = RemotePath::parse(&find.path).map_err(|error| Wrong::usage(error.to_string()))?;
    let config = world.config_at(&find.place)?;
    let rule = rules::read(&config, &find.rule, &below)?;
    let connection = connect(world, &find.place).await?;
    let usual = Scope {
        directory: below,
        is_deep: true,
    };
    let mut lines = Lines {
        output: Output::default(),
        json: find.json,
        count: Count::new("looked at"),
    };
    let unread = rules::choose(&connection.client, &rule, &usual, &mut lines).await;
    connection.close().await;
    Ok(match unread? {
        0 => Exit::Done,
        _ => Exit::SomeFailed,
    })
}

struct Lines {
    output: Output,
    json: bool,
    count: Count,
}

impl Heed for Lines {
    fn looked_at(&mut self, entries: usize) {
        self.count.reach(entries);
    }

    fn chosen(&mut self, chosen: Chosen) -> bool {
        let Self {
            output,
            json,
            count,
        } = self;
        count.hidden(|| write(output, &chosen, *json));
        !self.output.is_gone()
    }
}

fn write(output: &mut Output, chosen: &Chosen, json: bool) {
    let Chosen { path, details } = chosen;
    let entry = &details.entry;
    if json {
        output.json(&EntryLine::new(path, entry.into()));
        return;
    }
    let size = entry.size.map_or_else(|| "-".to_owned(), bytes);
    let modified = entry.modified.map_or_else(
        || "-".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M").to_string(),
    );
    let slash = if entry.is_directory() { "/" } else { "" };
    let path = output::path(path);
    output.line(&format!("{size:>9}  {modified:<16}  {path}{slash}"));
}
