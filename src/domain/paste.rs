//! A paste: entries that are to be in another directory, or there as well, and what is to become of
//! names that are taken there.

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::conflict::Strategy;
use super::entry::Kind;
use super::job::{Items, JobKind, JobSpec, Relocation, Target};
use super::path::RemotePath;

/// What is to become of all entries whose names are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// They get other names.
    KeepBoth,
    /// They are not pasted.
    Skip,
    /// They replace the files that are there. Directories neither replace nor are replaced.
    Overwrite,
}

/// A clash of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clash {
    /// The name is that of a file, which another file may replace.
    File,
    /// One of both is a directory, or the entry is pasted beside itself.
    Fixed,
    /// Another item of the same paste comes by the same name.
    Twin,
}

/// Entries on their way to a directory.
#[derive(Clone, Debug)]
pub struct Paste {
    /// [`JobKind::Move`] or [`JobKind::Copy`].
    pub kind: JobKind,
    /// Where to.
    pub into: RemotePath,
    /// Bytes, where known.
    pub bytes: u64,
    /// What is to become of names that are taken; none before it was asked.
    pub choice: Option<Choice>,
    items: Items<Target>,
    clashes: FxHashMap<usize, Clash>,
}

impl Paste {
    /// Pastes `items`; `taken` are the names in the directory, as far as they are those of items, and
    /// what is there by that name.
    pub fn new(
        kind: JobKind,
        into: RemotePath,
        items: Items<Target>,
        taken: &FxHashMap<CompactString, Kind>,
    ) -> Self {
        let mut seen: FxHashSet<CompactString> = FxHashSet::default();
        let mut clashes = FxHashMap::default();
        let mut bytes = 0;
        for (number, item) in items.iter().enumerate() {
            bytes += item.size.unwrap_or(0);
            let name = item.path.name();
            let clash = match taken.get(name) {
                _ if item.path.directory() == into.as_str() => Some(Clash::Fixed),
                Some(Kind::Directory) => Some(Clash::Fixed),
                Some(_) if item.kind == Kind::Directory => Some(Clash::Fixed),
                Some(_) => Some(Clash::File),
                None => None,
            };
            let is_first = seen.insert(name.into());
            let clash = clash.or((!is_first).then_some(Clash::Twin));
            if let Some(clash) = clash {
                // Of two that come by one name only the first may replace what is there.
                let clash = if is_first { clash } else { Clash::Twin };
                clashes.insert(number, clash);
            }
        }
        Self {
            kind,
            into,
            bytes,
            choice: None,
            items,
            clashes,
        }
    }

    /// How many entries are to be pasted.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many names are taken.
    pub fn clashes(&self) -> usize {
        self.clashes.len()
    }

    /// How many files would be replaced, if that was chosen.
    pub fn replaceable(&self) -> usize {
        let clashes = self.clashes.values();
        clashes.filter(|clash| **clash == Clash::File).count()
    }

    /// Entries whose names are taken, in order.
    pub fn clashing(&self) -> impl Iterator<Item = Target> + '_ {
        let numbers = (0..self.items.len()).filter(|number| self.clashes.contains_key(number));
        numbers.map(|number| self.items.at(number))
    }

    /// The job, with what was chosen for names that are taken; where nothing was chosen, they are
    /// refused.
    pub fn spec(&self) -> JobSpec {
        let relocations = self.items.iter().enumerate().filter_map(|(number, item)| {
            let strategy = match (self.clashes.get(&number), self.choice) {
                (None, _) | (_, None) => Strategy::Ask,
                (Some(_), Some(Choice::Skip)) | (Some(Clash::Fixed), Some(Choice::Overwrite)) => {
                    return None;
                }
                (Some(Clash::File), Some(Choice::Overwrite)) => Strategy::Overwrite,
                // Of twins, what has just arrived is not to be lost.
                (Some(_), Some(Choice::KeepBoth | Choice::Overwrite)) => Strategy::Rename,
            };
            let to = self.into.join(item.path.name()).ok()?;
            Some(Relocation {
                from: item.path,
                to,
                strategy,
                size: item.size,
            })
        });
        let relocations = relocations.collect();
        match self.kind {
            JobKind::Copy => JobSpec::Copy(relocations),
            _ => JobSpec::Move(relocations),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    fn pasted(choice: Choice) -> Vec<(String, Strategy)> {
        let file = |text| Target::new(path(text), Kind::File, Some(1));
        let items = vec![
            file("a/free"),
            file("a/file"),
            file("a/folder"),
            Target::new(path("a/raw"), Kind::Directory, None),
            file("b/file"),
            file("b/free"),
            file("there/here"),
        ];
        let taken = [
            ("file", Kind::File),
            ("folder", Kind::Directory),
            ("raw", Kind::File),
            ("here", Kind::File),
        ];
        let taken = taken.map(|(name, kind)| (name.into(), kind));
        let taken = taken.into_iter().collect();
        let mut paste = Paste::new(JobKind::Copy, path("there"), items.into(), &taken);
        assert_eq!((paste.clashes(), paste.replaceable()), (6, 1));
        paste.choice = Some(choice);
        let JobSpec::Copy(items) = paste.spec() else {
            panic!("a copy")
        };
        let named = |item: Relocation| (item.from.as_str().to_owned(), item.strategy);
        items.iter().map(named).collect()
    }

    #[test]
    fn one_choice_holds_for_all_names_that_are_taken_and_loses_nothing_by_it() {
        let free = ("a/free".to_owned(), Strategy::Ask);
        assert_eq!(pasted(Choice::Skip), std::slice::from_ref(&free));
        let all = [
            "a/file",
            "a/folder",
            "a/raw",
            "b/file",
            "b/free",
            "there/here",
        ];
        let mut both = vec![free.clone()];
        both.extend(all.map(|name| (name.to_owned(), Strategy::Rename)));
        assert_eq!(pasted(Choice::KeepBoth), both);
        assert_eq!(
            pasted(Choice::Overwrite),
            [
                free,
                ("a/file".to_owned(), Strategy::Overwrite),
                ("b/file".to_owned(), Strategy::Rename),
                ("b/free".to_owned(), Strategy::Rename),
            ]
        );
    }
}
