//! The way down into a copy that is being made, of which only the lowest directories are held open.

use std::ffi::OsStr;

use cap_std::fs::Dir;

use crate::server::space::place::open_child;
use crate::server::space::problem::Problem;
use crate::server::space::walk::{Held, OPEN};

/// Directories, each right below the one before; the first one stays open.
pub struct Way(Vec<Held>);

impl Way {
    /// Begins in a directory.
    pub fn new(top: Dir) -> Self {
        Self(vec![Held::new(top)])
    }

    /// Goes back up to the directory this far below the first one, and gives it.
    pub fn at(&mut self, depth: usize) -> Result<&Dir, Problem> {
        while self.0.len() > depth + 1
            && let Some(done) = self.0.pop()
        {
            let is_found = match (done.get(), self.0.last_mut()) {
                (Some(below), Some(above)) => above.find_above(below),
                _ => false,
            };
            if !is_found {
                return Err(Problem::OwnMissing);
            }
        }
        self.lowest()
    }

    /// Goes on into a directory below the lowest one.
    pub fn go_in(&mut self, name: &OsStr) -> Result<(), Problem> {
        let below = open_child(self.lowest()?, name)?;
        self.0.push(Held::new(below));
        if let Some(index) = self.0.len().checked_sub(OPEN + 1)
            && index > 0
        {
            self.0[index].let_go();
        }
        Ok(())
    }

    fn lowest(&self) -> Result<&Dir, Problem> {
        let lowest = self.0.last().and_then(Held::get);
        lowest.ok_or(Problem::OwnMissing)
    }
}
