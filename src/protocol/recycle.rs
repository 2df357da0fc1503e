//! The recycle bin (part A section 8).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::directory::Type;
use super::lenient::{self, Opaque, decimal, time};

/// One page of the bin, of either paging style (part A 8.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// All items in the bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_num: Option<u64>,
    /// Where the next page begins; none on the last.
    #[serde(
        default,
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub next_marker: Option<Opaque>,
    /// Another one as soon as anything of the page is; for `If-None-Match`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// The items.
    pub contents: Vec<Item>,
}

/// One item of the bin; a directory is one item with its whole tree (part A 8.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The only thing that names it for certain.
    pub recycled_item_id: Opaque,
    /// Components of the former path, name included.
    #[serde(default)]
    pub original_path: Vec<String>,
    /// The space it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space_id: Option<String>,
    /// The last component of the former path.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// `image`, `video`, `text` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_type: Option<String>,
    /// Bytes; what it says of a directory is the service's choice.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// CRC-64/XZ of the content.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub crc64: Option<u64>,
    /// When it was created, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
    /// When its content last changed, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub modification_time: Option<Timestamp>,
    /// When it was moved to the bin, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub removal_time: Option<Timestamp>,
    /// Whole days left, rounded down; none where the bin never empties itself (part A, U19).
    #[serde(
        default,
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub remaining_time: Option<Opaque>,
    /// Who moved it to the bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal_person: Option<String>,
}
