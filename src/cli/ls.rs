//! `ls`: one directory, page after page.

use crate::client::Client;
use crate::domain::entries::EntryRef;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::format::bytes;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;

use super::World;
use super::args::Ls;
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::output::{self, EntryLine, Output};

/// The longest page of a listing.
const PAGE: u32 = 1000;

/// Lists a directory, or tells of the one file that was named.
pub async fn run(world: &World, ls: Ls) -> anyhow::Result<Exit> {
    let dir = RemotePath::parse(&ls.path).map_err(|error| Wrong::usage(error.to_string()))?;
    let connection = connect(world, &ls.place).await?;
    let listed = list(&connection.client, &dir, ls.json).await;
    connection.close().await;
    listed
}

async fn list(client: &Client, dir: &RemotePath, json: bool) -> anyhow::Result<Exit> {
    let mut output = Output::default();
    let mut after = None;
    loop {
        let page = match client
            .list(dir, Order::default(), after.as_ref(), PAGE)
            .await
        {
            Ok(page) => page,
            Err(error) => {
                let failure = Failure::from(error);
                // A file is no directory to the service.
                if failure.kind == FailureKind::Absent
                    && after.is_none()
                    && let Some(entry) = client.stat(dir).await?
                    && !entry.is_directory()
                {
                    write(&mut output, dir, (&entry).into(), json);
                    return Ok(Exit::Done);
                }
                return Err(anyhow::Error::new(failure).context(output::path(dir)));
            }
        };
        for entry in page.entries.iter() {
            if let Ok(path) = dir.join(entry.name()) {
                write(&mut output, &path, entry, json);
            }
        }
        after = page.next;
        if after.is_none() || output.is_gone() {
            return Ok(Exit::Done);
        }
    }
}

fn write(output: &mut Output, path: &RemotePath, entry: EntryRef<'_>, json: bool) {
    if json {
        output.json(&EntryLine::new(path, entry));
        return;
    }
    let size = entry.size().map_or_else(|| "-".to_owned(), bytes);
    let modified = entry.modified().map_or_else(
        || "-".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M").to_string(),
    );
    let slash = if entry.is_directory() { "/" } else { "" };
    let name = output::line(path.name());
    output.line(&format!("{size:>9}  {modified:<16}  {name}{slash}"));
}
