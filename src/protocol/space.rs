//! Spaces and how much is stored (part A 5.2 and 5.5).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lenient::{self, Opaque, decimal, time};

/// The size of one space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Bytes.
    #[serde(with = "decimal")]
    pub size: Option<u64>,
}

/// The usage of a whole library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Bytes.
    #[serde(with = "decimal")]
    pub total_file_size: Option<u64>,
    /// Quota in bytes; none where there is no quota.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u64>,
    /// Bytes left under the quota; none where there is no quota.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub available_space: Option<u64>,
    /// The quotas of all spaces together, in bytes.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub total_allocated_space_quota: Option<u64>,
}

/// The usage of one space, in the list that is answered for several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceUsage {
    /// The space.
    pub space_id: String,
    /// Quota in bytes; none where there is no quota.
    #[serde(default, with = "decimal")]
    pub capacity: Option<u64>,
    /// Bytes left under the quota; none where there is no quota.
    #[serde(default, with = "decimal")]
    pub available_space: Option<u64>,
    /// Bytes in use.
    #[serde(default, with = "decimal")]
    pub size: Option<u64>,
}

/// One space of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// The space.
    pub space_id: String,
    /// The user who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// When it was made, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
}

/// A page of the spaces of a library (part A 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List {
    /// Some of them.
    pub list: Vec<Listed>,
    /// Where the next page begins.
    #[serde(
        default,
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub next_marker: Option<Opaque>,
    /// The same, or the marker that was sent (part A, U23).
    #[serde(
        default,
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub marker: Option<Opaque>,
}
