//! Files that are the same: of one size and one checksum.
//!
//! What must never happen is that a rule marks the last copy. So one path is one copy however often
//! it was listed, and so is one inode, under whatever path it was met: a file that is moved while a
//! walk goes on is seen twice and is there once.

use std::borrow::Cow;
use std::cmp::Reverse;

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::entries::{Entries, EntryRef};
use super::entry::Kind;
use super::marks::{Fate, Marks, Origin};
use super::path::RemotePath;
use crate::texts::{heard, later};

/// How the marks that a keep rule makes begin to say what made them.
const ORIGIN: &str = "duplicates: ";

/// Files that may have copies, and those that do.
#[derive(Debug, Default)]
pub struct Duplicates {
    files: Entries,
    /// For each file the number of its directory.
    places: Vec<u32>,
    directories: IndexSet<RemotePath, FxBuildHasher>,
    /// Checksums that no listing told.
    learned: FxHashMap<u32, u64>,
    /// All groups, in whatever folders.
    all: Vec<Group>,
    /// Those that are asked for, the largest gain first.
    groups: Vec<Group>,
    reach: Reach,
}

/// Which copies count as copies of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Wherever they are.
    #[default]
    Anywhere,
    /// Only those in the same folder.
    SameFolder,
    /// Only where at least two folders have one.
    OtherFolders,
}

/// Copies of the same content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Bytes of one copy.
    pub size: u64,
    /// The numbers of the copies, by path; two at least.
    pub copies: Vec<u32>,
}

impl Group {
    /// Bytes that could go.
    pub fn gain(&self) -> u64 {
        self.size * (self.copies.len() as u64 - 1)
    }
}

/// Which copy stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The one that was changed last.
    Newest,
    /// The one that was changed first.
    Oldest,
    /// The one with the shortest path.
    ShortestPath,
    /// The one with the longest path.
    LongestPath,
    /// All that lie in or below this folder.
    InReference(RemotePath),
    /// One in the first of these folders that has any.
    FolderOrder(Vec<RemotePath>),
}

impl Keep {
    /// The rule in words, as its marks remember it.
    pub fn text(&self) -> String {
        match self {
            Self::Newest => later!("duplicates: keep newest").to_owned(),
            Self::Oldest => later!("duplicates: keep oldest").to_owned(),
            Self::ShortestPath => later!("duplicates: keep shortest path").to_owned(),
            Self::LongestPath => later!("duplicates: keep longest path").to_owned(),
            Self::InReference(folder) => later!("duplicates: keep in {folder}", folder),
            Self::FolderOrder(folders) => {
                let folders: Vec<String> = folders.iter().map(ToString::to_string).collect();
                later!(
                    "duplicates: keep first in {folders}",
                    folders = folders.join(", ")
                )
            }
        }
    }
}

/// The rule that has made a mark, in the language of this thread where its words are ours.
pub fn told(rule: &str) -> Cow<'_, str> {
    if rule.starts_with(ORIGIN) {
        heard(rule)
    } else {
        Cow::Borrowed(rule)
    }
}

/// How many groups there are, and what could go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// Groups.
    pub groups: usize,
    /// Files in them.
    pub files: usize,
    /// Bytes that could go.
    pub bytes: u64,
}

/// What a keep rule has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Copies that it marked.
    pub marked: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Groups in which no copy would have stayed.
    pub skipped: usize,
    /// Copies that the caller has no right to delete: they were not marked.
    pub protected: usize,
}

impl Duplicates {
    /// Looks at an entry. Directories, links and empty files have no copies that matter.
    pub fn take(&mut self, directory: &RemotePath, entry: EntryRef<'_>) {
        if entry.kind() != Kind::File || entry.size().unwrap_or(0) == 0 {
            return;
        }
        let place = match self.directories.get_index_of(directory) {
            Some(place) => place,
            None => self.directories.insert_full(directory.clone()).0,
        };
        self.places.push(number(place));
        self.files.push(entry);
    }

    /// The files that have the size of another one and no checksum: number, path and bytes.
    pub fn without_sum(&self) -> Vec<(u32, RemotePath, Option<u64>)> {
        let mut sizes: FxHashMap<Option<u64>, u32> = FxHashMap::default();
        for file in self.files.iter() {
            *sizes.entry(file.size()).or_default() += 1;
        }
        (0..number(self.files.len()))
            .filter_map(|copy| {
                let (directory, file) = self.copy(copy)?;
                let is_wanted = self.sum(copy).is_none() && sizes.get(&file.size())? > &1;
                let path = directory.join(file.name()).ok()?;
                Some((copy, path, file.size())).filter(|_| is_wanted)
            })
            .collect()
    }

    /// The checksum of a file has become known.
    pub fn learn(&mut self, copy: u32, crc64: u64) {
        self.learned.insert(copy, crc64);
    }

    /// The checksum of a file, as far as it is known.
    pub fn sum(&self, copy: u32) -> Option<u64> {
        let told = self.files.get(copy as usize).and_then(EntryRef::crc64);
        told.or_else(|| self.learned.get(&copy).copied())
    }

    /// Finds the groups among all that was taken in.
    pub fn find(&mut self) {
        let mut keyed: Vec<(u64, u64, u32)> = (0..number(self.files.len()))
            .filter_map(|copy| {
                let size = self.files.get(copy as usize)?.size()?;
                Some((size, self.sum(copy)?, copy))
            })
            .collect();
        keyed.sort_unstable();
        self.all = keyed
            .chunk_by(|one, other| (one.0, one.1) == (other.0, other.1))
            .filter(|same| same.len() > 1)
            .filter_map(|same| {
                let copies = same.iter().map(|(_, _, copy)| *copy);
                self.group(same.first()?.0, copies.collect())
            })
            .collect();
        self.arrange();
    }

    /// A group of these copies; none if they are fewer than two after all.
    fn group(&self, size: u64, mut copies: Vec<u32>) -> Option<Group> {
        copies.sort_by(|one, other| self.path(*one).cmp(&self.path(*other)));
        copies.dedup_by(|one, other| self.path(*one) == self.path(*other));
        let mut inodes = FxHashSet::default();
        copies.retain(|copy| {
            let file = self.files.get(*copy as usize);
            let inode = file.and_then(EntryRef::inode);
            inode.is_none_or(|inode| inode.is_empty() || inodes.insert(inode))
        });
        (copies.len() > 1).then_some(Group { size, copies })
    }

    fn arrange(&mut self) {
        let mut groups: Vec<Group> = match self.reach {
            Reach::Anywhere => self.all.clone(),
            Reach::OtherFolders => {
                let place = |copy: &u32| self.places.get(*copy as usize);
                let differ = |group: &&Group| {
                    let first = group.copies.first().and_then(place);
                    group.copies.iter().any(|copy| place(copy) != first)
                };
                self.all.iter().filter(differ).cloned().collect()
            }
            Reach::SameFolder => {
                let place = |copy: &u32| self.places.get(*copy as usize).copied();
                let parts = self.all.iter().flat_map(|group| {
                    let mut copies = group.copies.clone();
                    // Stable: within a folder they stay sorted by path.
                    copies.sort_by_key(place);
                    let folders: Vec<Vec<u32>> = copies
                        .chunk_by(|one, other| place(one) == place(other))
                        .map(<[u32]>::to_vec)
                        .collect();
                    let size = group.size;
                    folders
                        .into_iter()
                        .map(move |copies| Group { size, copies })
                });
                parts.filter(|group| group.copies.len() > 1).collect()
            }
        };
        groups.sort_by_cached_key(|group| {
            let first = group.copies.first().and_then(|copy| self.path(*copy));
            let first = first.map(|(directory, name)| (directory.clone(), name.to_owned()));
            (Reverse(group.gain()), first)
        });
        self.groups = groups;
    }

    /// Which copies count as copies of each other.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Changes that.
    pub fn set_reach(&mut self, reach: Reach) {
        self.reach = reach;
        self.arrange();
    }

    /// The groups, the largest gain first.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How many groups there are, and what could go.
    pub fn gain(&self) -> Gain {
        Gain {
            groups: self.groups.len(),
            files: self.groups.iter().map(|group| group.copies.len()).sum(),
            bytes: self.groups.iter().map(Group::gain).sum(),
        }
    }

    /// A file by its number, and where it lies.
    pub fn copy(&self, copy: u32) -> Option<(&RemotePath, EntryRef<'_>)> {
        let place = *self.places.get(copy as usize)?;
        let directory = self.directories.get_index(place as usize)?;
        Some((directory, self.files.get(copy as usize)?))
    }

    fn path(&self, copy: u32) -> Option<(&RemotePath, &str)> {
        let (directory, file) = self.copy(copy)?;
        Some((directory, file.name()))
    }

    /// Takes copies out that are no longer there; `is_gone` is asked for each. A group of one is
    /// none.
    pub fn remove(&mut self, is_gone: impl Fn(&RemotePath, &str) -> bool) {
        let mut all = std::mem::take(&mut self.all);
        for group in &mut all {
            let is_there = |copy: &u32| {
                self.path(*copy)
                    .is_some_and(|(directory, name)| !is_gone(directory, name))
            };
            group.copies.retain(is_there);
        }
        all.retain(|group| group.copies.len() > 1);
        self.all = all;
        self.arrange();
    }

    /// Whether a copy will be gone: it is marked, or handed to a job, or a folder above it is.
    fn is_going(&self, copy: u32, marks: &Marks) -> bool {
        self.copy(copy).is_none_or(|(directory, file)| {
            marks.get(directory, file.name()).is_some() || marks.covering(directory).is_some()
        })
    }

    /// Whether no copy of a group would stay.
    pub fn is_lost(&self, group: &Group, marks: &Marks) -> bool {
        (group.copies.iter()).all(|copy| self.is_going(*copy, marks))
    }

    /// In how many groups no copy would stay.
    pub fn lost(&self, marks: &Marks) -> usize {
        let lost = |group: &&Group| self.is_lost(group, marks);
        self.groups.iter().filter(lost).count()
    }

    /// Turns the marks of all copies round, but for groups of which no copy would stay then: how many
    /// those are.
    pub fn invert(&self, marks: &mut Marks) -> usize {
        let mut skipped = 0;
        for group in &self.groups {
            let copies = || group.copies.iter().filter_map(|copy| self.copy(*copy));
            let would_stay = copies().any(|(directory, file)| {
                marks.get(directory, file.name()).is_some() && marks.covering(directory).is_none()
            });
            if !would_stay {
                skipped += 1;
                continue;
            }
            for (directory, file) in copies() {
                marks.toggle(directory, file);
            }
        }
        skipped
    }

    /// Takes the marks of all keep rules off; those that a job has refused stay, with the reason.
    pub fn unmark(&self, marks: &mut Marks) -> usize {
        let mut unmarked = 0;
        for copy in self.all.iter().flat_map(|group| &group.copies) {
            let Some((directory, file)) = self.copy(*copy) else {
                continue;
            };
            let is_ours = marks.get(directory, file.name()).is_some_and(|mark| {
                let by = matches!(mark.origin, Origin::Rule(rule) if rule.starts_with(ORIGIN));
                by && *mark.fate == Fate::Chosen
            });
            if is_ours {
                marks.remove(directory, file.name());
                unmarked += 1;
            }
        }
        unmarked
    }

    /// Marks all copies but those that the rule keeps, instead of what another keep rule marked.
    /// Where no copy would stay, with what else is marked, nothing is marked.
    pub fn apply(&self, keep: &Keep, marks: &mut Marks) -> Applied {
        self.unmark(marks);
        let origin = Origin::Rule(keep.text().into());
        let mut applied = Applied::default();
        for group in &self.groups {
            let kept = self.kept(keep, group);
            if kept.iter().all(|copy| self.is_going(*copy, marks)) {
                applied.skipped += 1;
                continue;
            }
            for copy in group.copies.iter().filter(|copy| !kept.contains(copy)) {
                let Some((directory, file)) = self.copy(*copy) else {
                    continue;
                };
                if self.is_going(*copy, marks) {
                    continue;
                }
                if !file.can_delete() {
                    applied.protected += 1;
                    continue;
                }
                marks.add_by(directory, file, &origin);
                applied.marked += 1;
                applied.bytes += group.size;
            }
        }
        applied
    }

    /// The copies that stay; none if the rule would keep none. What is equal goes by path.
    fn kept(&self, keep: &Keep, group: &Group) -> Vec<u32> {
        let copies = || group.copies.iter().copied();
        let changed = |copy: &u32| self.copy(*copy).and_then(|(_, file)| file.modified());
        let dated = || copies().filter(move |copy| changed(copy).is_some());
        let length = |copy: &u32| {
            self.path(*copy).map_or(0, |(directory, name)| {
                directory.as_str().chars().count() + name.chars().count()
            })
        };
        let inside = |folder: &RemotePath| {
            copies()
                .filter(|copy| {
                    self.copy(*copy).is_some_and(|(directory, _)| {
                        directory == folder || folder.contains(directory)
                    })
                })
                .collect::<Vec<u32>>()
        };
        let one = match keep {
            Keep::Newest => dated().min_by_key(|copy| Reverse(changed(copy))),
            Keep::Oldest => dated().min_by_key(changed),
            Keep::ShortestPath => copies().min_by_key(length),
            Keep::LongestPath => copies().min_by_key(|copy| Reverse(length(copy))),
            Keep::InReference(folder) => return inside(folder),
            Keep::FolderOrder(folders) => {
                (folders.iter()).find_map(|folder| inside(folder).first().copied())
            }
        };
        one.into_iter().collect()
    }
}

/// A library of four billion files does not fit into this program in any case.
fn number(count: usize) -> u32 {
    u32::try_from(count).expect("less than four billion files are looked at")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
