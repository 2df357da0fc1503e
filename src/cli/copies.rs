//! Which files have others of the same content, as far as they were looked at.

use rustc_hash::FxHashMap;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::domain::entries::{Entries, EntryRef};
use crate::domain::path::RemotePath;

/// Checksums that are asked for at the same time.
const AT_ONCE: usize = 8;

/// How many files have each size, and each content.
#[derive(Default)]
pub struct Copies {
    sizes: FxHashMap<u64, usize>,
    contents: FxHashMap<(u64, u64), usize>,
    /// Checksums that listings did not tell.
    asked: FxHashMap<RemotePath, u64>,
}

impl Copies {
    /// Counts. Where a listing tells no checksum of a file whose size another file has as well, the
    /// service is asked for it; a file for which it gives none stays unknown.
    ///
    /// # Errors
    /// No answer.
    pub async fn among(
        client: &Client,
        directories: &[(RemotePath, Entries)],
    ) -> anyhow::Result<Self> {
        let mut copies = Self::default();
        let all = || {
            directories.iter().flat_map(|(directory, entries)| {
                entries.iter().map(move |entry| (directory, entry))
            })
        };
        for size in all().filter_map(|(_, entry)| entry.size()) {
            *copies.sizes.entry(size).or_default() += 1;
        }
        let missing = all().filter(|(_, entry)| {
            let size = entry.size().filter(|_| entry.crc64().is_none());
            size.is_some_and(|size| copies.is_shared(size))
        });
        let missing = missing.filter_map(|(directory, entry)| directory.join(entry.name()).ok());
        let missing: Vec<RemotePath> = missing.collect();
        copies.asked = sums(client, missing).await?;
        let mut contents: FxHashMap<(u64, u64), usize> = FxHashMap::default();
        for content in all().filter_map(|(directory, entry)| copies.content(directory, entry)) {
            *contents.entry(content).or_default() += 1;
        }
        copies.contents = contents;
        Ok(copies)
    }

    /// Whether another file has the same content; none if that is not known.
    pub fn has(&self, directory: &RemotePath, entry: EntryRef<'_>) -> Option<bool> {
        if !self.is_shared(entry.size()?) {
            return Some(false);
        }
        let content = self.content(directory, entry)?;
        Some(self.contents.get(&content).is_some_and(|files| *files > 1))
    }

    fn is_shared(&self, size: u64) -> bool {
        self.sizes.get(&size).is_some_and(|files| *files > 1)
    }

    fn content(&self, directory: &RemotePath, entry: EntryRef<'_>) -> Option<(u64, u64)> {
        let asked = || self.asked.get(&directory.join(entry.name()).ok()?).copied();
        Some((entry.size()?, entry.crc64().or_else(asked)?))
    }
}

async fn sums(
    client: &Client,
    paths: Vec<RemotePath>,
) -> anyhow::Result<FxHashMap<RemotePath, u64>> {
    let mut sums = FxHashMap::default();
    let mut asked = JoinSet::new();
    let mut waiting = paths.into_iter();
    loop {
        while asked.len() < AT_ONCE
            && let Some(path) = waiting.next()
        {
            let client = client.clone();
            asked.spawn(async move { (client.file_link(&path).await, path) });
        }
        let Some(answer) = asked.join_next().await else {
            return Ok(sums);
        };
        let (link, path) = answer?;
        if let Some(sum) = link?.and_then(|link| link.crc64) {
            sums.insert(path, sum);
        }
    }
}
