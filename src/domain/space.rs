//! Spaces, and sums over what lies in a directory.

use std::ops::AddAssign;

use jiff::Timestamp;

/// A space of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Its id.
    pub id: String,
    /// The user who made it, where the service says so.
    pub user: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
}

/// All that lies below a directory, the directory itself not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Bytes of all files.
    pub bytes: u64,
    /// Files.
    pub files: u64,
    /// Directories.
    pub directories: u64,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
        self.directories += other.directories;
    }
}
