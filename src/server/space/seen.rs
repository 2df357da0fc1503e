//! What was seen of a thing when a task took it on, to know it again after a restart.

use serde::{Deserialize, Serialize};

use super::facts::{Facts, Kind};

/// Enough to tell a thing from another one that came to its place. The number of the file system
/// is not among it: that may be another one after each start of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    kind: i64,
    inode: u64,
    size: u64,
    created: i64,
    modified: i64,
}

impl Seen {
    /// Whether this is what was seen. What lies in a directory may have changed, a file not.
    pub fn is_still(&self, facts: &Facts) -> bool {
        let now = Self::from(facts);
        if facts.kind != Kind::Directory {
            let is_same = self.modified == now.modified && self.size == now.size;
            return self.kind == now.kind && self.inode == now.inode && is_same;
        }
        // Numbers are given again, so the time counts as well; where the file system does not know
        // when a thing was made, both times are the same one.
        let has_birth = |seen: &Self| seen.created != seen.modified;
        let is_same = self.created == now.created || (!has_birth(self) && !has_birth(&now));
        self.kind == now.kind && self.inode == now.inode && is_same
    }
}

impl From<&Facts> for Seen {
    fn from(facts: &Facts) -> Self {
        // Microseconds: those since 1970 have room in 64 bits.
        Self {
            kind: facts.kind.to_number(),
            inode: facts.inode,
            size: facts.size,
            created: facts.created.as_microsecond(),
            modified: facts.modified.as_microsecond(),
        }
    }
}
