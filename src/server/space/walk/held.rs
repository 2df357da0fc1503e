//! A directory on a way down that may be thousands of levels long: its handle can be let go and
//! found again, and counts only if it is still the same directory.

use std::ffi::OsStr;

use cap_std::fs::Dir;

use crate::server::space::facts::Facts;
use crate::server::space::place::open_child;

/// So many directories of a way are held open.
pub const OPEN: usize = 32;

/// One directory of the way.
pub struct Held {
    directory: Option<Dir>,
    /// Device and inode, where the handle was let go.
    known_as: (u64, u64),
}

impl Held {
    /// One that is open.
    pub fn new(directory: Dir) -> Self {
        Self {
            directory: Some(directory),
            known_as: (0, 0),
        }
    }

    /// The handle, unless it was let go.
    pub fn get(&self) -> Option<&Dir> {
        self.directory.as_ref()
    }

    /// Closes the handle, and notes how to know the directory again.
    pub fn let_go(&mut self) {
        if let Some(directory) = self.directory.take()
            && let Ok(facts) = Facts::of_open(&directory)
        {
            self.known_as = (facts.device, facts.inode);
        }
    }

    /// Takes a handle back, if it is one of this directory.
    pub fn take_back(&mut self, directory: Dir) -> bool {
        let facts = Facts::of_open(&directory);
        let is_same = facts.is_ok_and(|facts| (facts.device, facts.inode) == self.known_as);
        if is_same {
            self.directory = Some(directory);
        }
        is_same
    }

    /// Finds the handle again, from the directory that lies right below on the way.
    pub fn find_above(&mut self, below: &Dir) -> bool {
        self.directory.is_some()
            || open_child(below, OsStr::new("..")).is_ok_and(|above| self.take_back(above))
    }
}
