//! Directories: listings, entries, creating and moving (part B sections 1.6 and 2).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::lenient::{self, Opaque, decimal, time};

/// What a listing entry is; words that we do not know are kept (part B 1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A directory or an album.
    Dir,
    /// A file of a file library.
    File,
    /// A picture of a media library.
    Image,
    /// A film of a media library.
    Video,
    /// A symbolic link to a file.
    Symlink,
    /// An entry without content.
    Virtual,
    /// Any other word.
    Other(String),
}

impl From<&str> for Type {
    fn from(word: &str) -> Self {
        match word {
            "dir" => Self::Dir,
            "file" => Self::File,
            "image" => Self::Image,
            "video" => Self::Video,
            "symlink" => Self::Symlink,
            "virtual" => Self::Virtual,
            _ => Self::Other(word.to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Type;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word for what an entry is")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Type, E> {
                Ok(word.into())
            }
        }
        deserializer.deserialize_str(Word)
    }
}

impl Type {
    /// The word of the protocol.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Dir => "dir",
            Self::File => "file",
            Self::Image => "image",
            Self::Video => "video",
            Self::Symlink => "symlink",
            Self::Virtual => "virtual",
            Self::Other(word) => word,
        }
    }
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The rights of the caller on one entry; absent ones are not known (part B 1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Authority {
    /// Whether the entry may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_view: Option<bool>,
    /// Whether it may be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_preview: Option<bool>,
    /// Whether its bytes may be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_download: Option<bool>,
    /// Whether it may be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_print: Option<bool>,
    /// Whether files may be put into it or in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_upload: Option<bool>,
    /// Whether it may be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_delete: Option<bool>,
    /// Whether it may be renamed and moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_modify: Option<bool>,
    /// Whether rights on it may be given to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_authorize: Option<bool>,
    /// Whether it may be shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_share: Option<bool>,
}

/// One entry of a listing, or the details of one (part B 1.6 and 2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The last component of the path.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Components of the complete path; only in the answer of `?info`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<String>>,
    /// Stable over rename and move; only if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<String>,
    /// When it was created, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
    /// When its content last changed, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub modification_time: Option<Timestamp>,
    /// MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<Cow<'static, str>>,
    /// Bytes; absent for directories.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Opaque; a file's is wrapped in double quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// CRC-64/XZ of the content.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub crc64: Option<u64>,
    /// User metadata, keys with the prefix `x-smh-meta-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta_data: Option<BTreeMap<String, String>>,
    /// `image`, `video`, `text` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_type: Option<Cow<'static, str>>,
    /// Whether the service can show it as a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_by_doc: Option<bool>,
    /// Whether the service can show it as a picture.
    #[serde(
        default,
        rename = "previewByCI",
        skip_serializing_if = "Option::is_none"
    )]
    pub preview_by_ci: Option<bool>,
    /// Whether the service has a thumbnail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_as_icon: Option<bool>,
    /// Rights of the caller, in libraries that have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_list: Option<Authority>,
}

/// What a client reads of one entry of a page; its texts stay in the answer as far as they can
/// (part B 1.6).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed<'a> {
    /// The last component of the path.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Stable over rename and move; only if asked for.
    #[serde(borrow, default)]
    pub inode: Option<Text<'a>>,
    /// When it was created, UTC.
    #[serde(default, with = "time")]
    pub creation_time: Option<Timestamp>,
    /// When its content last changed, UTC.
    #[serde(default, with = "time")]
    pub modification_time: Option<Timestamp>,
    /// Bytes; absent for directories.
    #[serde(default, with = "decimal")]
    pub size: Option<u64>,
    /// Opaque; a file's is wrapped in double quotes.
    #[serde(borrow, default)]
    pub e_tag: Option<Text<'a>>,
    /// CRC-64/XZ of the content.
    #[serde(default, with = "decimal")]
    pub crc64: Option<u64>,
    /// Labels.
    #[serde(borrow, default)]
    pub labels: Option<Vec<Text<'a>>>,
    /// Who made it.
    #[serde(default, deserialize_with = "lenient::opaque_or_none")]
    pub user_id: Option<Opaque>,
    /// Whether the service can show it as a picture.
    #[serde(default, rename = "previewByCI")]
    pub preview_by_ci: Option<bool>,
    /// Whether the service has a thumbnail.
    #[serde(default)]
    pub preview_as_icon: Option<bool>,
    /// Rights of the caller, in libraries that have them.
    #[serde(default)]
    pub authority_list: Option<Authority>,
}

/// What the details of one entry say beyond a listing (part B 2.3).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Described {
    /// MIME type.
    pub content_type: Option<String>,
    /// `image`, `video`, `text` and so on.
    pub file_type: Option<String>,
    /// Bytes of old versions.
    #[serde(with = "decimal")]
    pub history_size: Option<u64>,
    /// Inode of what a symbolic link leads to.
    #[serde(deserialize_with = "lenient::opaque_or_none")]
    pub link_to: Option<Opaque>,
    /// User metadata, keys with the prefix `x-smh-meta-`.
    pub meta_data: Option<BTreeMap<String, String>>,
    /// Rights of the caller, in libraries that have them.
    pub authority_list: Option<Authority>,
}

/// A text that stays in the answer, unless it has escapes. Inside of an `Option` or a list a plain
/// `Cow` would be copied always.
#[derive(Clone, Debug, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// One page of a listing, of either paging style (part B 2.1 and 2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<Contents = Vec<Entry>> {
    /// Components of the listed directory; empty for the root.
    #[serde(default)]
    pub path: Vec<String>,
    /// Where the next page begins; none on the last (part B, 0.3 and 0.4).
    #[serde(
        default,
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub next_marker: Option<Opaque>,
    /// Files directly in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_count: Option<u64>,
    /// Directories directly in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_dir_count: Option<u64>,
    /// All entries directly in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_num: Option<u64>,
    /// Another one as soon as anything of the page is; for `If-None-Match`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// The entries, perhaps fewer than asked for.
    pub contents: Contents,
}

/// A body of `PUT` that moves (part B 2.7 and 3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The complete path to move from.
    pub from: String,
}

/// Where something ended up; the path may be null when its parent vanished meanwhile (part B, 0.13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Components of the final path.
    pub path: Option<Vec<String>>,
}

/// The answer to creating a directory, where it has a body (part B 2.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// When it was created, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
    /// Components of the final path.
    pub path: Option<Vec<String>>,
    /// Only if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<String>,
}

/// All that lies below a directory; its numbers are numbers, or texts (part B 2.8 and 0.14).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Bytes.
    #[serde(default, with = "decimal")]
    pub storage: Option<u64>,
    /// Files.
    #[serde(default, with = "decimal")]
    pub file_count: Option<u64>,
    /// Directories.
    #[serde(default, with = "decimal")]
    pub dir_count: Option<u64>,
}
