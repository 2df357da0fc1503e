//! A download: files and folders that are to be in a folder of this machine, and what is to become of
//! names that are taken there.

use rustc_hash::FxHashSet;

use super::conflict::Strategy;
use super::failure::Failure;
use super::job::{Items, JobSpec, Transfer};
use super::paste::Choice;
use super::path::RemotePath;

/// What is to be fetched, found by looking at both ends.
#[derive(Clone, Debug, Default)]
pub struct Fetch {
    /// The folder of this machine, from its root.
    pub into: String,
    /// Folders before what is in them.
    pub items: Items<Transfer>,
    /// How many of the items are files.
    pub files: usize,
    /// Bytes of the files, where known.
    pub bytes: u64,
    /// The numbers of files whose names are taken by other files.
    pub taken: FxHashSet<usize>,
    /// Folders that could not be read: what is in them is not among the items.
    pub unread: usize,
    /// The first of them, and why.
    pub first_unread: Option<(RemotePath, Failure)>,
    /// Bytes that are free on this machine, where known.
    pub free: Option<u64>,
    /// What is to become of names that are taken; none before it was asked.
    pub choice: Option<Choice>,
}

impl Fetch {
    /// Whether there is not enough room for it, as far as that is known.
    pub fn is_too_big(&self) -> bool {
        self.free.is_some_and(|free| free < self.bytes)
    }

    /// The job, with what was chosen for names that are taken; where nothing was chosen, they are
    /// refused.
    pub fn spec(&self) -> JobSpec {
        let items = self.items.iter().enumerate();
        let items = items.filter_map(|(number, item)| {
            let strategy = match self.choice {
                _ if !self.taken.contains(&number) => Strategy::Ask,
                None => Strategy::Ask,
                Some(Choice::KeepBoth) => Strategy::Rename,
                Some(Choice::Overwrite) => Strategy::Overwrite,
                Some(Choice::Skip) => return None,
            };
            Some(Transfer { strategy, ..item })
        });
        JobSpec::Download(items.collect())
    }
}
