//! `mkdir`: directories of the library.

use crate::domain::job::JobSpec;
use crate::domain::path::RemotePath;

use super::args::Mkdir;
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::{World, output, progress};

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
    let spec = JobSpec::MakeFolders(paths.into());
    let exit = progress::run(world, &connection, spec, mkdir.json).await;
    connection.close().await;
    exit
}
