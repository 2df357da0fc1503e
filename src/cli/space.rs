//! `space`: the spaces of a library, and how much one of them holds.

use serde::Serialize;

use crate::client::Client;
use crate::domain::format::bytes;

use super::World;
use super::args::{OnSpaces, Space};
use super::connect::connect;
use super::exit::Exit;
use super::output::{self, Output};

#[derive(Serialize)]
struct SpaceLine<'a> {
    space: &'a str,
    user: Option<&'a str>,
    created: Option<String>,
}

#[derive(Serialize)]
struct SizeLine<'a> {
    space: &'a str,
    bytes: Option<u64>,
}

/// Does it.
pub async fn run(world: &World, command: Space) -> anyhow::Result<Exit> {
    let (on, lists) = match command {
        Space::List(on) => (on, true),
        Space::Size(on) => (on, false),
    };
    let connection = connect(world, &on.place).await?;
    let told = if lists {
        list(&connection.client, &on).await
    } else {
        size(&connection.client, &on).await
    };
    connection.close().await;
    told
}

async fn list(client: &Client, on: &OnSpaces) -> anyhow::Result<Exit> {
    let mut output = Output::default();
    let mut after = None;
    loop {
        let page = client.spaces(after.as_ref()).await?;
        for space in &page.items {
            let created = space.created.map(|time| time.to_string());
            if on.json {
                output.json(&SpaceLine {
                    space: &space.id,
                    user: space.user.as_deref(),
                    created,
                });
            } else {
                output.line(&format!(
                    "{:<32}  {:<20}  {}",
                    output::line(&space.id),
                    created.as_deref().unwrap_or("-"),
                    output::line(space.user.as_deref().unwrap_or("-"))
                ));
            }
        }
        after = page.next;
        if after.is_none() || output.is_gone() {
            return Ok(Exit::Done);
        }
    }
}

async fn size(client: &Client, on: &OnSpaces) -> anyhow::Result<Exit> {
    let size = client.space_size().await?;
    let mut output = Output::default();
    if on.json {
        output.json(&SizeLine {
            space: client.space(),
            bytes: size,
        });
    } else {
        let size = size.map_or_else(|| "the service does not say".to_owned(), bytes);
        output.line(&format!("{size}  space {}", output::line(client.space())));
    }
    Ok(Exit::Done)
}
