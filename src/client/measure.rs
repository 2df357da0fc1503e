//! How much lies below a directory: as the service has counted it, or walked through (part B 2.8).

use crate::domain::path::RemotePath;
use crate::domain::rule::Scope;
use crate::domain::space::Sums;

use super::walk::Walk;
use super::{Client, Error};

/// What was counted below a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The sums; a lower bound if something could not be read.
    pub sums: Sums,
    /// Directories that could not be read.
    pub unread: usize,
}

impl Client {
    /// Everything below a directory, at every depth: from the statistics of the service, and by a
    /// walk where it has none. `tell` hears what a walk has counted so far.
    ///
    /// # Errors
    /// Those of [`Client::sums`] and [`Client::walk_sums`].
    pub async fn measure(
        &self,
        directory: &RemotePath,
        tell: impl FnMut(Sums) + Send,
    ) -> Result<Measured, Error> {
        match self.sums(directory).await? {
            Some(sums) => Ok(Measured { sums, unread: 0 }),
            None => self.walk_sums(directory, tell).await,
        }
    }

    /// The same by a walk alone.
    ///
    /// # Errors
    /// The directory itself cannot be read; those below it are only counted as unread.
    pub async fn walk_sums(
        &self,
        directory: &RemotePath,
        mut tell: impl FnMut(Sums) + Send,
    ) -> Result<Measured, Error> {
        let scope = Scope {
            directory: directory.clone(),
            is_deep: true,
        };
        let mut walk = Walk::new(self.clone(), vec![scope]);
        let mut sums = Sums::default();
        let mut unread = 0;
        while let Some(visit) = walk.next().await {
            let entries = match visit.entries {
                Ok(entries) => entries,
                Err(error) if visit.directory == *directory => return Err(error),
                Err(_) => {
                    unread += 1;
                    continue;
                }
            };
            for entry in entries.iter() {
                if entry.is_directory() {
                    sums.directories += 1;
                } else {
                    sums.files += 1;
                    sums.bytes += entry.size().unwrap_or(0);
                }
            }
            tell(sums);
        }
        Ok(Measured { sums, unread })
    }
}
