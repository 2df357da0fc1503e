//! Where the bytes are: what lies below each directory of a tree.

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::entries::EntryRef;
use super::path::RemotePath;

/// Files and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// How many files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

/// One part of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// A directory in it; none for the files that lie in the directory itself.
    pub name: Option<CompactString>,
    /// What lies in there, at every depth.
    pub weight: Weight,
}

/// The weights of all directories of a tree, as far as they were looked at.
#[derive(Debug)]
pub struct Weights {
    root: RemotePath,
    nodes: FxHashMap<RemotePath, Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Of the files in the directory itself.
    here: Weight,
    /// Of all files below it.
    below: Weight,
    directories: FxHashSet<CompactString>,
}

impl Weights {
    /// Nothing of a tree was looked at yet.
    pub fn new(root: RemotePath) -> Self {
        let nodes = FxHashMap::default();
        Self { root, nodes }
    }

    /// A part of a directory of the tree. Each part is to be given once.
    pub fn take<'a>(
        &mut self,
        directory: &RemotePath,
        entries: impl Iterator<Item = EntryRef<'a>>,
    ) {
        let node = self.nodes.entry(directory.clone()).or_default();
        let mut part = Weight::default();
        for entry in entries {
            if entry.is_directory() {
                node.directories.insert(entry.name().into());
            } else {
                part.add(Weight {
                    files: 1,
                    bytes: entry.size().unwrap_or(0),
                });
            }
        }
        node.here.add(part);
        for above in std::iter::once(directory.clone()).chain(directory.ancestors()) {
            let is_top = above == self.root;
            self.nodes.entry(above).or_default().below.add(part);
            if is_top {
                return;
            }
        }
    }

    /// All that lies below a directory.
    pub fn below(&self, directory: &RemotePath) -> Weight {
        self.nodes
            .get(directory)
            .map_or_else(Weight::default, |node| node.below)
    }

    /// The parts of a directory, heaviest first.
    pub fn bars(&self, directory: &RemotePath) -> Vec<Bar> {
        let Some(node) = self.nodes.get(directory) else {
            return Vec::new();
        };
        let mut bars: Vec<Bar> = node
            .directories
            .iter()
            .filter_map(|name| {
                Some(Bar {
                    weight: self.below(&directory.join(name).ok()?),
                    name: Some(name.clone()),
                })
            })
            .collect();
        if node.here.files > 0 {
            let (name, weight) = (None, node.here);
            bars.push(Bar { name, weight });
        }
        bars.sort_by(|one, other| {
            let weights = other.weight.bytes.cmp(&one.weight.bytes);
            weights.then_with(|| one.name.cmp(&other.name))
        });
        bars
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::{Entry, Kind};

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    #[test]
    fn every_directory_weighs_what_lies_below_it() {
        let file = |name: &str, size| Entry {
            size: Some(size),
            ..Entry::new(name, Kind::File)
        };
        let mut weights = Weights::new(path("top"));
        let mut take = |directory: &str, entries: &[Entry]| {
            weights.take(&path(directory), entries.iter().map(EntryRef::from));
        };
        take("top", &[file("a", 3), Entry::new("light", Kind::Directory)]);
        take("top/heavy/deep", &[file("c", 90)]);
        take(
            "top/heavy",
            &[Entry::new("deep", Kind::Directory), file("b", 1)],
        );
        take("top", &[Entry::new("heavy", Kind::Directory), file("d", 4)]);
        assert_eq!(
            weights.below(&path("top")),
            Weight {
                files: 4,
                bytes: 98
            }
        );
        let bar = |name: Option<&str>, files, bytes| Bar {
            name: name.map(Into::into),
            weight: Weight { files, bytes },
        };
        assert_eq!(
            weights.bars(&path("top")),
            [
                bar(Some("heavy"), 2, 91),
                bar(None, 2, 7),
                bar(Some("light"), 0, 0)
            ]
        );
        assert_eq!(
            weights.bars(&path("top/heavy")),
            [bar(Some("deep"), 1, 90), bar(None, 1, 1)]
        );
        assert_eq!(weights.below(&path("")), Weight::default());
    }
}
