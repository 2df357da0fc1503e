//! Entries as a listing gives them, and the pages in which they arrive.

use std::hash::BuildHasher;
use std::num::NonZeroU64;

use compact_str::CompactString;
use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use super::entries::Entries;

/// What an entry is, as far as it matters to somebody who cleans up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A directory or an album.
    Directory,
    /// Anything with content of its own, pictures and films included.
    File,
    /// A symbolic link: deleting it does not touch what it points to.
    Symlink,
    /// A kind this program does not know; it is listed and can be deleted.
    Other,
}

impl Kind {
    /// A word for it, as in files and lines for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::File => "file",
            Self::Symlink => "symlink",
            Self::Other => "other",
        }
    }
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The last component of its path, unaltered; not safe for a terminal.
    pub name: CompactString,
    /// What it is.
    pub kind: Kind,
    /// Whether the caller may delete it; true where the service does not say.
    pub can_delete: bool,
    /// Whether the service has a picture of it.
    pub is_previewable: bool,
    /// Bytes; none for directories.
    pub size: Option<u64>,
    /// When its content last changed.
    pub modified: Option<Timestamp>,
    /// When it was created or uploaded.
    pub created: Option<Timestamp>,
    /// Id of the user who made it, where the service says so.
    pub owner: Option<CompactString>,
    /// Labels that users gave it.
    pub labels: Vec<CompactString>,
    /// CRC-64/XZ of the content of a file.
    pub crc64: Option<u64>,
    /// Another one as soon as the content is another; never to be compared across files.
    pub e_tag: Option<Stamp>,
    /// Stays the same when the entry is renamed or moved; only where it was asked for.
    pub inode: Option<CompactString>,
}

impl Entry {
    /// An entry of which nothing more is known; it may be deleted.
    pub fn new(name: impl Into<CompactString>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            can_delete: true,
            is_previewable: false,
            size: None,
            modified: None,
            created: None,
            owner: None,
            labels: Vec::new(),
            crc64: None,
            e_tag: None,
            inode: None,
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }
}

/// Stands for a text of which only matters whether it is still the same. Not to be kept beyond the
/// life of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp(NonZeroU64);

impl Stamp {
    /// The stamp of a text.
    pub fn of(text: &str) -> Self {
        let hash = FxBuildHasher.hash_one(text);
        Self(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MAX))
    }

    pub(super) fn number(self) -> u64 {
        self.0.get()
    }

    pub(super) fn from_number(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }
}

/// An entry and what tells it from others and from what it was, as far as the service says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The entry.
    pub entry: Entry,
    /// Another one as soon as the content is another; never to be compared across files.
    pub e_tag: Option<String>,
    /// CRC-64/XZ of the content of a file.
    pub crc64: Option<u64>,
    /// Stays the same when the entry is renamed or moved.
    pub inode: Option<String>,
}

/// All that the service says of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The entry.
    pub details: Details,
    /// MIME type.
    pub content_type: Option<String>,
    /// A word such as `image`.
    pub file_type: Option<String>,
    /// Bytes of old versions.
    pub history: Option<u64>,
    /// What a symbolic link leads to, in the service's own words.
    pub links_to: Option<String>,
    /// What users or programs have noted, by key.
    pub metadata: Vec<(String, String)>,
    /// What the caller may do with it or may not, as far as the service says so.
    pub rights: Vec<(&'static str, bool)>,
}

/// Where the next page of a listing begins; the service's own text, sent back unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker(pub CompactString);

/// Names what a page of a listing held; the service's own text. Another one as soon as anything of
/// the page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(pub CompactString);

/// A page of a directory as it was fetched, to ask whether it is still the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPage {
    /// Where it begins; none for the first.
    pub after: Option<Marker>,
    /// The most entries that were wanted.
    pub limit: u32,
    /// What it held.
    pub tag: Tag,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What the page holds, perhaps fewer than asked for, perhaps nothing.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<Marker>,
    /// How many there are in all, where the service says so.
    pub total: Option<u64>,
}

/// One page of a directory.
#[derive(Clone, Debug, Default)]
pub struct EntryPage {
    /// What the page holds, perhaps fewer than asked for, perhaps nothing.
    pub entries: Entries,
    /// Where the next page begins; none on the last.
    pub next: Option<Marker>,
    /// How many there are in all, where the service says so.
    pub total: Option<u64>,
    /// What the page holds, where the service names it.
    pub tag: Option<Tag>,
}
