//! What the user has set against slips of their own: limits, protected paths, reading only.

use super::format::{bytes, count};
use super::path::RemotePath;
use crate::texts::tr;

/// The settings that stand between a key and a delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caution {
    /// Items of one job from which on a yes has to be typed.
    pub max_items: usize,
    /// Bytes of one job from which on a yes has to be typed.
    pub max_size: Option<u64>,
    /// Paths that are never sent, with all that is below them.
    pub protected: Vec<RemotePath>,
    /// Whether nothing may be changed at all.
    pub is_read_only: bool,
    /// Items in the first request of a job; later requests shrink and grow with the answers.
    pub batch: usize,
}

impl Default for Caution {
    fn default() -> Self {
        Self {
            max_items: 5000,
            max_size: None,
            protected: Vec::new(),
            is_read_only: false,
            batch: 500,
        }
    }
}

impl Caution {
    /// Whether a path may not be sent: it is protected, lies below what is, or has it inside and
    /// would take it along.
    pub fn protects(&self, path: &RemotePath) -> bool {
        self.protected
            .iter()
            .any(|kept| kept == path || kept.contains(path) || path.contains(kept))
    }

    /// Which limit a job of so many items and bytes is over, in the words of a question; none if it
    /// is within all of them.
    pub fn over(&self, items: usize, size: u64) -> Option<String> {
        if items > self.max_items {
            let limit = count(self.max_items);
            return Some(tr!("over your limit of {limit} items", limit));
        }
        let limit = self.max_size.filter(|limit| size > *limit)?;
        Some(tr!("over your limit of {size}", size = bytes(limit)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_protected_takes_its_inside_and_its_outside_along() {
        let path = |text| RemotePath::parse(text).unwrap();
        let caution = Caution {
            protected: vec![path("keep/合同")],
            ..Caution::default()
        };
        for (text, is_protected) in [
            ("keep/合同", true),
            ("keep/合同/a.pdf", true),
            ("keep", true),
            ("keep/合同2", false),
            ("keep/other", false),
            ("keeper", false),
        ] {
            assert_eq!(caution.protects(&path(text)), is_protected, "{text}");
        }
    }

    #[test]
    fn a_limit_is_passed_by_one_more() {
        let caution = Caution {
            max_size: Some(1 << 30),
            ..Caution::default()
        };
        assert_eq!(caution.over(5000, 1 << 30), None);
        let items = caution.over(5001, 0).unwrap();
        assert_eq!(items, "over your limit of 5,000 items");
        let size = caution.over(1, (1 << 30) + 1).unwrap();
        assert_eq!(size, "over your limit of 1.0 GB");
    }
}
