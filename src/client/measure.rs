//! How much lies below a directory: from the statistics of the service, or counted (part B 2.8).

use super::address::Query;
use super::{Client, Error};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::domain::usage::Below;
use crate::protocol::directory;

/// Entries of a page: the most that the service gives.
const PAGE: u32 = 1000;

impl Client {
    /// Everything below a directory, at every depth. `tell` hears what has been counted so far,
    /// where it has to be counted because the service has no statistics.
    ///
    /// # Errors
    /// No right to see a directory on the way, or no answer; what was told last is a lower bound.
    pub async fn measure(
        &self,
        directory: &RemotePath,
        mut tell: impl FnMut(Below) + Send,
    ) -> Result<Below, Error> {
        if let Some(below) = self.statistics(directory).await? {
            return Ok(below);
        }
        let mut below = Below::default();
        let mut open = vec![directory.clone()];
        while let Some(directory) = open.pop() {
            let mut after = None;
            loop {
                let order = Order::default();
                let page = self.list(&directory, order, after.as_ref(), PAGE).await?;
                for entry in page.entries.iter() {
                    if entry.is_directory() {
                        below.directories += 1;
                        open.extend(directory.join(entry.name()));
                    } else {
                        below.files += 1;
                        below.bytes += entry.size().unwrap_or(0);
                    }
                }
                tell(below);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(below)
    }

    /// The statistics of the service; none where it has none, or not for this caller.
    async fn statistics(&self, path: &RemotePath) -> Result<Option<Below>, Error> {
        let query = Query::new().with("stats", "1").with("stats_type", "normal");
        match self.read(self.entry("directory", path), query).await {
            Ok(answer) => {
                let stats: directory::Stats = answer.json()?;
                Ok(stats.storage.map(|bytes| Below {
                    bytes,
                    files: stats.file_count.unwrap_or(0),
                    directories: stats.dir_count.unwrap_or(0),
                }))
            }
            Err(Error::Refused(refusal))
                if matches!(refusal.status, 400 | 403 | 404 | 405 | 501) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
