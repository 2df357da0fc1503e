//! The classic search (part B 7.1 and 7.2).

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::directory::Listed;
use super::lenient::{self, Opaque, time};

/// What is looked for; a service needs at least one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked<'a> {
    /// Words in the name, any of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<Cow<'a, str>>,
    /// The directory in which to look; empty for the whole space.
    pub scope: Cow<'a, str>,
    /// Words for types, any of them.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    pub kind: Vec<Cow<'a, str>>,
    /// Ends of the name, with their dots.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extname: Vec<String>,
    /// Bytes at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_file_size: Option<u64>,
    /// Bytes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_size: Option<u64>,
    /// Changed at this time or later, UTC.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub modification_time_start: Option<Timestamp>,
    /// Changed at this time or earlier, UTC.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub modification_time_end: Option<Timestamp>,
    /// Labels, any of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Cow<'a, str>>,
}

/// An answer: a page, which may be empty while the search goes on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<Contents> {
    /// Names the search.
    pub search_id: Opaque,
    /// Whether more is to come; nothing else says so.
    #[serde(default)]
    pub has_more: bool,
    /// Where the next page begins.
    #[serde(default, deserialize_with = "lenient::opaque_or_none")]
    pub next_marker: Option<Opaque>,
    /// What was found.
    pub contents: Contents,
}

/// An entry that was found.
#[derive(Clone, Debug, Deserialize)]
pub struct Found<'a> {
    /// What a listing says about it.
    #[serde(flatten, borrow)]
    pub entry: Listed<'a>,
    /// Components of its complete path, its name among them.
    pub path: Vec<String>,
}
