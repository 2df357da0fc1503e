//! Entries as a listing gives them, and the pages in which they arrive.

use std::num::NonZeroU64;

use compact_str::CompactString;
use jiff::Timestamp;

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

/// Stands for a text, or a time, of which only matters whether it is still the same. The same in every
/// version of this program, so that it can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp(NonZeroU64);

impl Stamp {
    /// The stamp of a text.
    pub fn of(text: &str) -> Self {
        Self::not_zero(sum(text.as_bytes()) & !OF_TIME)
    }

    /// The stamp of a time, to the microsecond; never that of a text.
    pub fn of_time(time: Timestamp) -> Self {
        Self::not_zero(sum(&time.as_microsecond().to_le_bytes()) | OF_TIME)
    }

    fn not_zero(number: u64) -> Self {
        Self(NonZeroU64::new(number).unwrap_or(NonZeroU64::MAX))
    }

    fn is_of_time(self) -> bool {
        self.0.get() & OF_TIME != 0
    }

    /// As a number, to be kept.
    pub fn number(self) -> u64 {
        self.0.get()
    }

    /// The stamp with this number; 0 is none.
    pub fn from_number(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }
}

/// What tells stamps of times from those of texts.
const OF_TIME: u64 = 1;

/// FNV-1a: short, and no crate changes it.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
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

impl Details {
    /// Whether it is no longer what a listing has given this [stamp](super::entries::EntryRef::stamp), as far as both tell.
    pub fn differs(&self, stamp: Stamp) -> bool {
        let now = if self.entry.is_directory() {
            self.inode.as_deref().map(Stamp::of)
        } else if stamp.is_of_time() {
            self.entry.modified.map(Stamp::of_time)
        } else {
            self.e_tag.as_deref().map(Stamp::of)
        };
        now.is_some_and(|now| now != stamp)
    }
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
