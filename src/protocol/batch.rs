//! Batch delete and the item results that it shares with tasks and batch restore
//! (part A sections 7.2, 8.5 and 9).

use serde::{Deserialize, Serialize};

use super::lenient::{self, Opaque, boolean};

/// The most items that one batch request may carry (part A section 9).
pub const MAX_ITEMS: usize = 1000;

/// One item of a batch delete request (part A 9.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// A file or directory, without a leading slash.
    pub path: String,
    /// True to delete for good even where there is a recycle bin.
    #[serde(default, deserialize_with = "boolean::deserialize")]
    pub permanent: bool,
}

/// One item of a batch copy or batch move request (part A 9.2 and 9.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relocation {
    /// The complete path of the source; `copyFrom` where it is copied.
    #[serde(alias = "copyFrom")]
    pub from: String,
    /// The complete new path.
    pub to: String,
    /// `ask`, `rename` or `overwrite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict_resolution_strategy: Option<String>,
    /// The space of the source, where it is another one; `copyFromSpaceId` where it is copied.
    #[serde(
        default,
        alias = "copyFromSpaceId",
        skip_serializing_if = "Option::is_none"
    )]
    pub from_space_id: Option<String>,
}

/// One item of a batch copy request, as clients write it (part A 9.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Copy {
    /// The complete path of the source.
    pub copy_from: String,
    /// The complete new path.
    pub to: String,
    /// `ask`, `rename` or `overwrite`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_resolution_strategy: Option<String>,
}

/// The answer to a batch request: results at once, or a task to ask about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// With 202: the task that goes on with the work.
    #[serde(
        default,
        alias = "id",
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub task_id: Option<Opaque>,
    /// With 200 and 207: one result per item, in an order that is not promised.
    #[serde(
        default,
        deserialize_with = "lenient::one_or_many",
        skip_serializing_if = "Option::is_none"
    )]
    pub result: Option<Vec<ItemResult>>,
}

/// What became of one item (part A 9.1 and 8.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemResult {
    /// 2xx where it worked.
    #[serde(deserialize_with = "lenient::status")]
    pub status: u16,
    /// Components of the path asked for, or of the final path after a restore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<String>>,
    /// Components of the source of a move, as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<String>>,
    /// Components of the source of a copy, as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_from: Option<Vec<String>>,
    /// The space of the source of a copy, where it is another one (part A 7.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_from_space_id: Option<String>,
    /// Components of the target of a move or a copy, as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<String>>,
    /// The item in the bin: present only if it can be put back (part A, U3).
    #[serde(
        default,
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub recycled_item_id: Option<Opaque>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The service's sentence about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
