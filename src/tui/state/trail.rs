//! The folders that a tab has been in, as in a browser of web pages.

use crate::domain::path::RemotePath;

/// Older ones are forgotten.
const KEPT: usize = 200;

/// Where it went from, and where it came back from.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    before: Vec<RemotePath>,
    after: Vec<RemotePath>,
}

impl Trail {
    /// The user goes on from `here` to somewhere new.
    pub fn leave(&mut self, here: RemotePath) {
        self.after.clear();
        self.before.push(here);
        if self.before.len() > KEPT {
            self.before.remove(0);
        }
    }

    /// The folder that was left last.
    pub fn last(&self) -> Option<&RemotePath> {
        self.before.last()
    }

    /// Steps so far back from `here` and tells where that is; none from where it all began.
    pub fn back(&mut self, here: RemotePath, steps: usize) -> Option<RemotePath> {
        step(&mut self.before, &mut self.after, here, steps)
    }

    /// Steps forward again.
    pub fn forward(&mut self, here: RemotePath, steps: usize) -> Option<RemotePath> {
        step(&mut self.after, &mut self.before, here, steps)
    }
}

fn step(
    from: &mut Vec<RemotePath>,
    to: &mut Vec<RemotePath>,
    mut here: RemotePath,
    steps: usize,
) -> Option<RemotePath> {
    let steps = steps.min(from.len());
    for _ in 0..steps {
        to.push(std::mem::replace(&mut here, from.pop()?));
    }
    (steps > 0).then_some(here)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_the_way_forward_again() {
        let path = |text| RemotePath::parse(text).unwrap();
        let mut trail = Trail::default();
        trail.leave(path("a"));
        trail.leave(path("b"));
        assert_eq!(trail.back(path("c"), 9), Some(path("a")));
        assert_eq!(trail.back(path("a"), 1), None);
        assert_eq!(trail.forward(path("a"), 1), Some(path("b")));
        assert_eq!(trail.last(), Some(&path("a")));
        trail.leave(path("b"));
        assert_eq!(trail.forward(path("d"), 1), None, "a new way is taken");
    }
}
