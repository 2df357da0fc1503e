//! `bin`: what is in the recycle bin, newest first.

use crate::client::Client;
use crate::domain::format::bytes;

use super::World;
use super::args::Bin;
use super::connect::connect;
use super::exit::Exit;
use super::output::{self, BinLine, Output};

/// The longest page of the bin.
const PAGE: u32 = 100;

/// Lists the bin.
pub async fn run(world: &World, bin: Bin) -> anyhow::Result<Exit> {
    let connection = connect(world, &bin.place).await?;
    let listed = list(&connection.client, bin.json).await;
    connection.close().await;
    listed
}

async fn list(client: &Client, json: bool) -> anyhow::Result<Exit> {
    let mut output = Output::default();
    let mut after = None;
    loop {
        let page = client.bin(after.as_ref(), PAGE).await?;
        for entry in &page.items {
            if json {
                output.json(&BinLine::from(entry));
                continue;
            }
            let size = entry.size.map_or_else(|| "-".to_owned(), bytes);
            let removed = entry.removed.map_or_else(
                || "-".to_owned(),
                |time| time.strftime("%Y-%m-%d %H:%M").to_string(),
            );
            let days = entry
                .days_left
                .map_or_else(|| "-".to_owned(), |days| format!("{days} d"));
            let id = output::line(&entry.id.0);
            let path = output::path(&entry.path);
            output.line(&format!(
                "{id:>8}  {removed:<16}  {days:>6}  {size:>9}  {path}"
            ));
        }
        after = page.next;
        if after.is_none() || output.is_gone() {
            return Ok(Exit::Done);
        }
    }
}
