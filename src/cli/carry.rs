//! Files up and down: what `put` and `get` share. A walk finds what there is to carry, and all of it
//! is one job.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;

use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::format::counted;
use crate::domain::job::items::Builder;
use crate::domain::job::{Items, JobSpec, Transfer};
use crate::domain::path::RemotePath;

use super::World;
use super::args::Carrying;
use super::connect::Connection;
use super::exit::Exit;
use super::output::{self, ItemLine, Output};
use super::progress;

/// What a walk has found; directories come before what is in them.
pub struct Found {
    items: Builder<Transfer>,
    strategy: Strategy,
    json: bool,
    output: Output,
    bar: ProgressBar,
    /// What was told and is not carried.
    left_out: usize,
}

impl Found {
    /// Nothing so far.
    pub fn new(carrying: &Carrying) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            items: Builder::default(),
            strategy: carrying.on_clash.strategy(),
            json: carrying.json,
            output: Output::default(),
            bar,
            left_out: 0,
        }
    }

    /// A directory to be made.
    pub fn directory(&mut self, local: &Path, remote: RemotePath) {
        self.add(local, remote, true, None);
    }

    /// A file to be carried, with its size where that is known.
    pub fn file(&mut self, local: &Path, remote: RemotePath, size: Option<u64>) {
        self.add(local, remote, false, size);
    }

    fn add(&mut self, local: &Path, remote: RemotePath, is_directory: bool, size: Option<u64>) {
        let whole = std::path::absolute(local).ok();
        let Some(whole) = whole.as_deref().and_then(Path::to_str) else {
            let text = "its path on this machine is not UTF-8; rename it first";
            let failure = Failure::new(FailureKind::Refused, text);
            self.failed(local, &remote, &failure);
            return;
        };
        self.items.push(&Transfer {
            local: whole.to_owned(),
            remote,
            is_directory,
            strategy: self.strategy,
            size,
        });
        if self.items.len().is_multiple_of(100) {
            let found = counted(self.items.len(), "item");
            self.bar.set_message(format!("{found} found"));
        }
    }

    /// Something that is not carried, and why.
    pub fn skipped(&mut self, local: &Path, remote: &RemotePath, why: &str) {
        self.tell("skipped", local, remote, why);
    }

    /// Something that nobody could look at.
    pub fn failed(&mut self, local: &Path, remote: &RemotePath, failure: &Failure) {
        self.tell("failed", local, remote, &failure.to_string());
    }

    fn tell(&mut self, word: &'static str, local: &Path, remote: &RemotePath, why: &str) {
        self.left_out += 1;
        let local = local.to_string_lossy();
        let (output, json) = (&mut self.output, self.json);
        self.bar.suspend(|| {
            if json {
                output.json(&ItemLine::left_out(word, &local, remote, why));
            } else {
                let (local, why) = (output::line(&local), output::line(why));
                output.line(&format!("{word}: {local}: {why}"));
            }
        });
    }

    /// Carries it as the job that `spec` makes of it, and says how it ended.
    ///
    /// # Errors
    /// Logs of jobs that cannot be written.
    pub async fn carry(
        self,
        world: &World,
        connection: &mut Connection,
        carrying: &Carrying,
        spec: fn(Items<Transfer>) -> JobSpec,
    ) -> anyhow::Result<Exit> {
        self.bar.finish_and_clear();
        let items = self.items.finish();
        let exit = if items.is_empty() {
            Exit::Done
        } else {
            if let Some(files) = carrying.place.tuning.at_once {
                connection.policy.files_at_once = files;
            }
            progress::run(world, connection, spec(items), carrying.json).await?
        };
        if self.left_out > 0 && !carrying.json {
            let text = format!("{} left out", counted(self.left_out, "item"));
            Output::default().line(&text);
        }
        Ok(match exit {
            Exit::Done if self.left_out > 0 => Exit::SomeFailed,
            exit => exit,
        })
    }
}
