//! Items of the recycle bin.

use std::hash::BuildHasher as _;

use compact_str::CompactString;
use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use super::entry::Kind;
use super::job::JobId;
use super::path::RemotePath;

/// What names an item of the recycle bin for certain: its path may occur there more than once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecycledId(pub CompactString);

/// One item of the recycle bin; a directory is one item with its whole tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecycledEntry {
    /// Its identity.
    pub id: RecycledId,
    /// Where it was.
    pub path: RemotePath,
    /// What it is.
    pub kind: Kind,
    /// Bytes, where the service says so.
    pub size: Option<u64>,
    /// When it was moved to the bin.
    pub removed: Option<Timestamp>,
    /// Whole days until the bin drops it; none where it never does.
    pub days_left: Option<u32>,
    /// Who moved it to the bin, where the service says so.
    pub removed_by: Option<CompactString>,
    /// CRC-64/XZ of its content, where the service says so.
    pub crc64: Option<u64>,
}

/// The job that has put something into the bin, by what its log says. Numbers may be given anew where
/// a library is made anew, so the path counts as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recycler {
    /// The job.
    pub job: JobId,
    path: u64,
}

impl Recycler {
    /// The job has put what was at this path there.
    pub fn new(job: JobId, path: &RemotePath) -> Self {
        let path = FxBuildHasher.hash_one(path);
        Self { job, path }
    }

    /// Whether that is what was at this path.
    pub fn has_put(&self, path: &RemotePath) -> bool {
        self.path == FxBuildHasher.hash_one(path)
    }
}
