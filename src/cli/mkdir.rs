//! `mkdir`: directories of the library.

use serde::Serialize;

use crate::domain::failure::FailureKind;
use crate::domain::path::RemotePath;
use crate::transfer::directory::make_remote;
use crate::transfer::is_hopeless;

use super::World;
use super::args::Mkdir;
use super::carry::Outcome;
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::output::{self, Output};

/// What became of one directory.
#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    outcome: Outcome,
    status: Option<u16>,
    code: Option<&'a str>,
    message: Option<&'a str>,
    request: Option<&'a str>,
}

/// Makes directories.
pub async fn run(world: &World, mkdir: Mkdir) -> anyhow::Result<Exit> {
    let mut paths = Vec::new();
    for text in &mkdir.paths {
        let path = RemotePath::parse(text)
            .map_err(|error| Wrong::usage(format!("'{}': {error}", output::line(text))))?;
        if path.is_root() {
            return Err(Wrong::usage("the root of a library is always there"));
        }
        paths.push(path);
    }
    let connection = connect(world, &mkdir.place).await?;
    let mut output = Output::default();
    let mut exit = Exit::Done;
    for path in &paths {
        let made = make_remote(&connection.client, path).await;
        let failure = made.as_ref().err();
        if mkdir.json {
            output.json(&Line {
                path: path.as_str(),
                outcome: match made {
                    Ok(true) => Outcome::Created,
                    Ok(false) => Outcome::Exists,
                    Err(_) => Outcome::Failed,
                },
                status: failure.and_then(|failure| failure.status),
                code: failure.and_then(|failure| failure.code.as_deref()),
                message: failure.map(|failure| failure.message.as_str()),
                request: failure.and_then(|failure| failure.request_id.as_deref()),
            });
        } else if let Some(failure) = failure {
            let why = output::line(&failure.to_string());
            output.line(&format!("failed: {}: {why}", output::path(path)));
        }
        if let Some(failure) = failure {
            exit = Exit::SomeFailed;
            if is_hopeless(failure) || failure.kind == FailureKind::Network {
                exit = Exit::Failed;
                break;
            }
        }
    }
    connection.close().await;
    Ok(exit)
}
