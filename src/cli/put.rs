//! `put`: files of this machine go up.

use std::fs::{self, FileType};
use std::io;
use std::path::Path;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::JobSpec;
use crate::domain::path::RemotePath;
use crate::transfer::download::SUFFIX;

use super::World;
use super::args::Put;
use super::carry::Found;
use super::connect::{Connection, connect};
use super::exit::{Exit, Wrong};
use super::output;

/// Uploads.
pub async fn run(world: &World, put: Put) -> anyhow::Result<Exit> {
    let target = RemotePath::parse(&put.remote).map_err(|error| Wrong::usage(error.to_string()))?;
    let mut connection = connect(world, &put.carrying.place).await?;
    let done = upload(world, &mut connection, target, put).await;
    connection.close().await;
    done
}

async fn upload(
    world: &World,
    connection: &mut Connection,
    target: RemotePath,
    put: Put,
) -> anyhow::Result<Exit> {
    if !target.is_root() {
        let there = connection.client.stat(&target).await?;
        anyhow::ensure!(
            there.is_some_and(|there| there.is_directory()),
            "{} is no directory of the library; make it with mkdir. Nothing was changed",
            output::path(&target)
        );
    }
    let carrying = put.carrying.clone();
    let found = tokio::task::spawn_blocking(move || {
        let mut walk = Walk {
            found: Found::new(&put.carrying),
            is_recursive: put.carrying.recursive,
        };
        for local in &put.locals {
            walk.begin(local, &target);
        }
        walk.found
    });
    let found = found.await?;
    found
        .carry(world, connection, &carrying, JobSpec::Upload)
        .await
}

/// Goes through local directories, parents first. Waits for the disk.
struct Walk {
    found: Found,
    is_recursive: bool,
}

impl Walk {
    /// What was named by the user: a link stands for what it leads to.
    fn begin(&mut self, local: &Path, target: &RemotePath) {
        let kind = match fs::metadata(local) {
            Ok(there) => there.file_type(),
            Err(error) => return self.fail(local, target, &error),
        };
        // `.` and `..` have no name of their own: what is in them goes right into the target.
        let Some(name) = local.file_name() else {
            return self.inside(local, target);
        };
        match name.to_str().map(|name| target.join(name)) {
            Some(Ok(remote)) => self.one(local, remote, kind),
            _ => self.nameless(local, target),
        }
    }

    fn one(&mut self, local: &Path, remote: RemotePath, kind: FileType) {
        if kind.is_file() {
            let size = fs::metadata(local).ok().map(|there| there.len());
            return self.found.file(local, remote, size);
        }
        if kind.is_dir() && self.is_recursive {
            self.found.directory(local, remote.clone());
            return self.inside(local, &remote);
        }
        let why = if kind.is_dir() {
            "it is a directory; say --recursive to send it with all that is in it"
        } else if kind.is_symlink() {
            "it is a symbolic link"
        } else {
            "it is no plain file"
        };
        self.found.skipped(local, &remote, why);
    }

    fn inside(&mut self, local: &Path, remote: &RemotePath) {
        if !self.is_recursive {
            let why = "it is a directory; say --recursive to send what is in it";
            return self.found.skipped(local, remote, why);
        }
        let entries = match fs::read_dir(local) {
            Ok(entries) => entries,
            Err(error) => return self.fail(local, remote, &error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.fail(local, remote, &error),
            };
            let (local, name) = (entry.path(), entry.file_name());
            let Some(Ok(inside)) = name.to_str().map(|name| remote.join(name)) else {
                self.nameless(&local, remote);
                continue;
            };
            if inside.name().ends_with(SUFFIX) {
                let why = "it is the beginning of a download that is not finished";
                self.found.skipped(&local, &inside, why);
                continue;
            }
            match entry.file_type() {
                Ok(kind) => self.one(&local, inside, kind),
                Err(error) => self.fail(&local, &inside, &error),
            }
        }
    }

    fn nameless(&mut self, local: &Path, remote: &RemotePath) {
        let why = "its name is not UTF-8, which the service needs; rename it first";
        let failure = Failure::new(FailureKind::Refused, why);
        self.found.failed(local, remote, &failure);
    }

    fn fail(&mut self, local: &Path, remote: &RemotePath, error: &io::Error) {
        let failure = Failure::new(FailureKind::Internal, format!("cannot read it: {error}"));
        self.found.failed(local, remote, &failure);
    }
}
