//! What the logs of jobs tell.

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use tokio::sync::mpsc::UnboundedSender;

use super::Runtime;
use crate::client::Client;
use crate::domain::job::JobId;
use crate::jobs::log::JobLog;
use crate::jobs::past;
use crate::tui::msg::Msg;

impl Runtime {
    /// Tells what jobs of before have done.
    pub(super) fn remember(&self) {
        let (client, log, send) = self.for_past();
        tokio::spawn(async move {
            let jobs = match log {
                Some(log) => past::history(&log, &client).await,
                None => Ok(Vec::new()),
            };
            // Nobody is watching any more.
            let _ = send.send(Msg::History(jobs));
        });
    }

    /// Reads from its log what a job has put into the bin.
    pub(super) fn find_way_back(&self, id: JobId, at: Option<Timestamp>) {
        let (client, log, send) = self.for_past();
        tokio::spawn(async move {
            let undo = past::undoing(log.as_ref(), &client, (id, at), None).await;
            // Nobody is watching any more.
            let _ = send.send(Msg::WayBack(id, undo));
        });
    }

    /// Reads from its log what a job has not done.
    pub(super) fn find_retriable(&self, id: JobId) {
        let (client, log, send) = self.for_past();
        tokio::task::spawn_blocking(move || {
            let spec = match log {
                Some(log) => past::retriable(&log, &client, id),
                None => Ok(None),
            };
            // Nobody is watching any more.
            let _ = send.send(Msg::Retriable(id, spec));
        });
    }

    /// Tells which job has put what into the bin.
    pub(super) fn find_owners(&self) {
        let (client, log, send) = self.for_past();
        tokio::spawn(async move {
            let owners = match log {
                Some(log) => past::recyclers(&log, &client).await,
                None => Ok(FxHashMap::default()),
            };
            let owners = owners.unwrap_or_else(|failure| {
                tracing::warn!(%failure, "the bin is shown without the jobs that filled it");
                FxHashMap::default()
            });
            // Nobody is watching any more.
            let _ = send.send(Msg::Owners(owners));
        });
    }

    fn for_past(&self) -> (Client, Option<JobLog>, UnboundedSender<Msg>) {
        let log = self.worker.log.clone();
        (self.client.clone(), log, self.send.clone())
    }
}
