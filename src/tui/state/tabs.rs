//! The tabs that are not on the screen. Each is a browser of its own; marks and jobs are shared.

use super::browser::Browser;

/// The other tabs, from left to right around the one on the screen.
#[derive(Debug, Default)]
pub struct Tabs {
    /// Those on its left.
    left: Vec<Browser>,
    /// Those on its right, the farthest first.
    right: Vec<Browser>,
}

impl Tabs {
    /// How many tabs there are, the one on the screen included.
    pub fn count(&self) -> usize {
        self.left.len() + 1 + self.right.len()
    }

    /// The place of the one on the screen, from 0.
    pub fn current(&self) -> usize {
        self.left.len()
    }

    /// Puts another one on the screen, to the right of the present one.
    pub fn open(&mut self, shown: &mut Browser, new: Browser) {
        self.left.push(std::mem::replace(shown, new));
    }

    /// Takes the present one away; its neighbour comes, the right one first. False for the last.
    pub fn close(&mut self, shown: &mut Browser) -> bool {
        let neighbour = self.right.pop().or_else(|| self.left.pop());
        neighbour.map(|neighbour| *shown = neighbour).is_some()
    }

    /// Puts the one at this place on the screen. False if there is none, or it is there already.
    pub fn switch(&mut self, shown: &mut Browser, to: usize) -> bool {
        if to >= self.count() || to == self.current() {
            return false;
        }
        while self.current() > to
            && let Some(next) = self.left.pop()
        {
            self.right.push(std::mem::replace(shown, next));
        }
        while self.current() < to
            && let Some(next) = self.right.pop()
        {
            self.left.push(std::mem::replace(shown, next));
        }
        true
    }

    /// The others.
    pub fn others(&self) -> impl Iterator<Item = &Browser> {
        self.left.iter().chain(self.right.iter().rev())
    }

    /// The others, to change what is in them.
    pub fn others_mut(&mut self) -> impl Iterator<Item = &mut Browser> {
        self.left.iter_mut().chain(self.right.iter_mut().rev())
    }
}
