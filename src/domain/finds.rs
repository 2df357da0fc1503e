//! What a walk gathers from many directories: the biggest files, and the folders with nothing in
//! them.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::entries::EntryRef;
use super::entry::{Entry, Kind};
use super::path::RemotePath;

/// An entry and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// The directory that holds it.
    pub directory: RemotePath,
    /// The entry, as it was then.
    pub entry: Entry,
}

/// The biggest files of any number.
#[derive(Debug)]
pub struct Biggest {
    limit: usize,
    /// At most twice the limit; what is beyond it is cut off now and then.
    kept: Vec<Find>,
    /// What is not larger has no chance.
    least: u64,
    /// Files that were looked at.
    files: usize,
}

impl Biggest {
    /// Keeps so many, at least one.
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            kept: Vec::new(),
            least: 0,
            files: 0,
        }
    }

    /// Looks at a file; other entries and empty files are passed over. Whether it may be among
    /// the biggest.
    pub fn take(&mut self, directory: &RemotePath, entry: EntryRef<'_>) -> bool {
        let size = entry.size().unwrap_or(0);
        self.files += usize::from(entry.kind() == Kind::File);
        if entry.kind() != Kind::File || size <= self.least {
            return false;
        }
        self.kept.push(Find {
            directory: directory.clone(),
            entry: entry.to_entry(),
        });
        if self.kept.len() >= 2 * self.limit {
            self.cut();
        }
        true
    }

    fn cut(&mut self) {
        self.kept.sort_by_key(|find| Reverse(find.entry.size));
        self.kept.truncate(self.limit);
        if self.kept.len() == self.limit {
            let last = self.kept.last().and_then(|find| find.entry.size);
            self.least = last.unwrap_or(0);
        }
    }

    /// How many files were looked at.
    pub fn files(&self) -> usize {
        self.files
    }

    /// The biggest so far, largest first.
    pub fn finds(&mut self) -> &[Find] {
        self.cut();
        &self.kept
    }
}

/// Folders that hold no file at any depth: only folders as empty as themselves, or nothing.
///
/// A folder of which not all is known is never among them.
#[derive(Debug, Default)]
pub struct EmptyFolders(FxHashMap<RemotePath, Folder>);

#[derive(Debug)]
enum Folder {
    /// Something is in there, or may be.
    Full,
    /// It was seen in the listing of its parent only.
    Unread(Entry),
    /// Its own listing had no more than folders.
    Read(Entry),
}

impl EmptyFolders {
    /// A part of a directory; `is_last` if no more parts come.
    pub fn take<'a>(
        &mut self,
        directory: &RemotePath,
        entries: impl Iterator<Item = EntryRef<'a>>,
        is_last: bool,
    ) {
        let mut is_full = false;
        for entry in entries {
            match directory.join(entry.name()) {
                Ok(path) if entry.is_directory() => {
                    let folder = || Folder::Unread(entry.to_entry());
                    self.0.entry(path).or_insert_with(folder);
                }
                _ => is_full = true,
            }
        }
        if is_full {
            self.fill(directory);
        } else if is_last && let Some(folder) = self.0.get_mut(directory) {
            *folder = match std::mem::replace(folder, Folder::Full) {
                Folder::Unread(entry) | Folder::Read(entry) => Folder::Read(entry),
                Folder::Full => Folder::Full,
            };
        }
    }

    /// The directory holds something, or could not be read: then nobody knows.
    pub fn fill(&mut self, directory: &RemotePath) {
        for path in std::iter::once(directory.clone()).chain(directory.ancestors()) {
            match self.0.get_mut(&path) {
                // What is above was filled with it.
                None | Some(Folder::Full) => return,
                Some(folder) => *folder = Folder::Full,
            }
        }
    }

    /// The empty folders that lie in no other one, by path. What has not been read by now counts
    /// as full.
    pub fn into_finds(mut self) -> Vec<Find> {
        let unread = self
            .0
            .iter()
            .filter(|(_, folder)| matches!(folder, Folder::Unread(_)))
            .map(|(path, _)| path.clone());
        for path in unread.collect::<Vec<_>>() {
            self.fill(&path);
        }
        let is_empty = |path: &RemotePath| matches!(self.0.get(path), Some(Folder::Read(_)));
        let mut finds = Vec::new();
        for (path, folder) in &self.0 {
            let (Folder::Read(entry), Some(directory)) = (folder, path.parent()) else {
                continue;
            };
            if !is_empty(&directory) {
                let entry = entry.clone();
                finds.push(Find { directory, entry });
            }
        }
        finds.sort_by(|one, other| {
            let by_directory = one.directory.cmp(&other.directory);
            by_directory.then_with(|| one.entry.name.cmp(&other.entry.name))
        });
        finds
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    fn file(name: &str, size: u64) -> Entry {
        Entry {
            size: Some(size),
            ..Entry::new(name, Kind::File)
        }
    }

    fn folder(name: &str) -> Entry {
        Entry::new(name, Kind::Directory)
    }

    #[test]
    fn only_so_many_of_the_biggest_are_kept() {
        let mut biggest = Biggest::new(3);
        for at in 0..100_000_u64 {
            let size = at * 7919 % 100_003;
            biggest.take(&path("a"), (&file(&size.to_string(), size)).into());
            assert!(biggest.kept.len() < 6);
        }
        let sizes: Vec<_> = biggest.finds().iter().map(|find| find.entry.size).collect();
        assert_eq!(sizes, [Some(100_002), Some(100_001), Some(100_000)]);
        assert!(!biggest.take(&path("a"), (&folder("f")).into()));
        assert!(!biggest.take(&path("a"), (&file("small", 9)).into()));
    }

    #[test]
    fn folders_with_nothing_but_empty_folders_are_empty() {
        let mut empty = EmptyFolders::default();
        let mut take = |directory: &str, entries: &[Entry], is_last| {
            let entries = entries.iter().map(EntryRef::from);
            empty.take(&path(directory), entries, is_last);
        };
        let tops = ["bare", "nest", "full", "cut", "parts"].map(folder);
        take("", &tops, true);
        take("bare", &[], true);
        take("nest", &[folder("inner"), folder("other")], true);
        take("nest/inner", &[], true);
        take("nest/other", &[], true);
        take("full", &[folder("deep"), folder("bare")], true);
        take("full/deep", &[Entry::new("link", Kind::Symlink)], true);
        take("full/bare", &[], true);
        take("cut", &[folder("unread")], true);
        take("parts", &[], false);
        let found = empty.into_finds();
        let found: Vec<String> = found
            .iter()
            .map(|find| find.directory.join(&find.entry.name).unwrap().to_string())
            .collect();
        assert_eq!(found, ["/bare", "/nest", "/full/bare"]);
    }

    #[test]
    fn what_could_not_be_read_is_not_empty() {
        let mut empty = EmptyFolders::default();
        let entries = [folder("a")];
        empty.take(&path(""), entries.iter().map(EntryRef::from), true);
        empty.take(&path("a"), std::iter::empty(), true);
        empty.fill(&path("a"));
        assert!(empty.into_finds().is_empty());
    }
}
