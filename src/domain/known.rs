//! What this session has seen of the contents of files: enough to tell when the last known copy of
//! one would go.
//!
//! A file takes some thirty bytes here. Only files whose checksum the service has told count, and
//! only as long as nothing newer was heard of their directory.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use super::entries::EntryRef;
use super::entry::Kind;
use super::path::RemotePath;

/// A content, by its checksum and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content(u64);

/// The files that were listed, by directory and name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Known {
    places: FxHashMap<RemotePath, Arc<Files>>,
    files: usize,
    /// Copies that this session has seen leave.
    gone: FxHashMap<Content, usize>,
}

/// What the files of a directory hold, each by its name.
type Files = FxHashMap<u64, Content>;

/// Which files of a directory have copies, there or elsewhere.
#[derive(Debug, Default)]
pub struct Doubled(FxHashMap<u64, bool>);

impl Doubled {
    /// Whether the file of this name has; none if its content is not known.
    pub fn has(&self, file: &str) -> Option<bool> {
        self.0.get(&name(file)).copied()
    }
}

/// How many copies of a content there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// Known ones outside of what is planned.
    pub outside: usize,
    /// Those that have left in this session.
    pub gone: usize,
}

impl Known {
    /// A directory is listed from its beginning: what was known of it no longer counts.
    pub fn begin(&mut self, directory: &RemotePath) {
        if let Some(before) = self.places.remove(directory) {
            self.files -= before.len();
        }
    }

    /// Takes in entries of a directory.
    pub fn learn<'a>(
        &mut self,
        directory: &RemotePath,
        entries: impl Iterator<Item = EntryRef<'a>>,
    ) {
        let files = entries.filter(|entry| entry.kind() == Kind::File);
        let mut told = files
            .filter_map(|entry| Some((name(entry.name()), content(entry.crc64()?, entry.size()?))))
            .peekable();
        if told.peek().is_none() {
            return;
        }
        let place = Arc::make_mut(self.places.entry(directory.clone()).or_default());
        self.files -= place.len();
        place.extend(told);
        self.files += place.len();
    }

    /// Takes in one file.
    pub fn learn_one(&mut self, directory: &RemotePath, file: &str, crc64: u64, size: u64) {
        let place = Arc::make_mut(self.places.entry(directory.clone()).or_default());
        let before = place.insert(name(file), content(crc64, size));
        self.files += usize::from(before.is_none());
    }

    /// Something is no longer where it was, and nothing below it, if it may be a directory. `is_gone` if
    /// it was deleted rather than moved.
    pub fn forget(&mut self, path: &RemotePath, may_have_below: bool, is_gone: bool) {
        let directory = path.parent().unwrap_or_else(RemotePath::root);
        if let Some(place) = self.places.get_mut(&directory)
            && let Some(content) = Arc::make_mut(place).remove(&name(path.name()))
        {
            self.files -= 1;
            if is_gone {
                *self.gone.entry(content).or_default() += 1;
            }
            return;
        }
        if !may_have_below {
            return;
        }
        let below: Vec<RemotePath> = self
            .places
            .keys()
            .filter(|place| *place == path || path.contains(place))
            .cloned()
            .collect();
        for place in below {
            for content in self
                .places
                .remove(&place)
                .iter()
                .flat_map(|files| files.values())
            {
                self.files -= 1;
                if is_gone {
                    *self.gone.entry(*content).or_default() += 1;
                }
            }
        }
    }

    /// Something that had left is back: what has left in this session no longer counts.
    pub fn forgive(&mut self) {
        self.gone.clear();
    }

    /// Of how many files the content is known.
    pub fn files(&self) -> usize {
        self.files
    }

    /// The content of a file, where it is known.
    pub fn content(&self, path: &RemotePath) -> Option<Content> {
        let directory = path.parent()?;
        self.places
            .get(&directory)?
            .get(&name(path.name()))
            .copied()
    }

    /// The contents of the files below a directory, as far as they are known.
    pub fn below<'a>(&'a self, directory: &'a RemotePath) -> impl Iterator<Item = Content> + 'a {
        let places = self.places.iter();
        places
            .filter(move |(place, _)| *place == directory || directory.contains(place))
            .flat_map(|(_, files)| files.values().copied())
    }

    /// Which files of a directory have copies, as far as is known.
    pub fn doubled(&self, directory: &RemotePath) -> Doubled {
        let Some(place) = self.places.get(directory) else {
            return Doubled::default();
        };
        let mut files: FxHashMap<Content, u32> = FxHashMap::default();
        for content in self.places.values().flat_map(|files| files.values()) {
            *files.entry(*content).or_default() += 1;
        }
        let doubled = place
            .iter()
            .map(|(name, content)| (*name, files[content] > 1));
        Doubled(doubled.collect())
    }

    /// How many copies of each of these contents there are, beside those that are listed among them.
    pub fn copies(&self, planned: &FxHashMap<Content, usize>) -> FxHashMap<Content, Copies> {
        let mut copies: FxHashMap<Content, Copies> = planned
            .keys()
            .map(|content| (*content, Copies::default()))
            .collect();
        for content in self.places.values().flat_map(|files| files.values()) {
            if let Some(copies) = copies.get_mut(content) {
                copies.outside += 1;
            }
        }
        for (content, copies) in &mut copies {
            copies.outside = copies.outside.saturating_sub(planned[content]);
            copies.gone = self.gone.get(content).copied().unwrap_or(0);
        }
        copies
    }
}

fn name(name: &str) -> u64 {
    hash(&name)
}

fn content(crc64: u64, size: u64) -> Content {
    Content(hash(&(crc64, size)))
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entries::Entries;
    use crate::domain::entry::Entry;

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    fn listed(known: &mut Known, directory: &str, files: &[(&str, u64)]) {
        let mut entries = Entries::default();
        for (name, crc64) in files {
            let entry = Entry {
                size: Some(5),
                crc64: Some(*crc64),
                ..Entry::new(*name, Kind::File)
            };
            entries.push(&entry);
        }
        let directory = RemotePath::parse(directory).unwrap();
        known.begin(&directory);
        known.learn(&directory, entries.iter());
    }

    #[test]
    fn copies_are_counted_over_directories_and_as_they_leave() {
        let mut known = Known::default();
        listed(&mut known, "a", &[("one", 1), ("two", 2)]);
        listed(&mut known, "b/c", &[("copy of one", 1)]);
        assert_eq!(known.files(), 3);
        let one = known.content(&path("a/one")).unwrap();
        let planned = [(one, 1)].into_iter().collect();
        assert_eq!(known.copies(&planned)[&one].outside, 1);
        assert_eq!(known.below(&path("b")).collect::<Vec<_>>(), [one]);
        known.forget(&path("b"), true, true);
        assert_eq!(
            known.copies(&planned)[&one],
            Copies {
                outside: 0,
                gone: 1
            }
        );
        // Listed anew without the other one.
        listed(&mut known, "a", &[("one", 1)]);
        assert_eq!(known.files(), 1);
        assert_eq!(known.content(&path("a/two")), None);
        known.forget(&path("a/one"), false, false);
        assert_eq!((known.files(), known.content(&path("a/one"))), (0, None));
    }
}
