//! A search by the service: what of a rule it can be asked, and what it has found.

use jiff::Timestamp;

use super::entry::Marker;
use super::finds::Find;
use super::path::RemotePath;

/// What a service can be asked for: never less than a rule finds, mostly more, so what comes has to
/// be asked by the rule once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// The directory in which to look, and everything below it.
    pub scope: RemotePath,
    /// A part of the name.
    pub keyword: Option<String>,
    /// Words of the service for types, any of them.
    pub types: Vec<&'static str>,
    /// Ends of the name without their dots, any of them.
    pub extensions: Vec<String>,
    /// The least bytes.
    pub least: Option<u64>,
    /// The most bytes.
    pub most: Option<u64>,
    /// Not changed before.
    pub from: Option<Timestamp>,
    /// Not changed after.
    pub until: Option<Timestamp>,
    /// Labels, any of them.
    pub labels: Vec<String>,
}

impl Criteria {
    /// Everything below a directory.
    pub fn below(scope: RemotePath) -> Self {
        Self {
            scope,
            keyword: None,
            types: Vec::new(),
            extensions: Vec::new(),
            least: None,
            most: None,
            from: None,
            until: None,
            labels: Vec::new(),
        }
    }
}

/// Names a search that the service goes on with; opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchId(pub String);

/// Some of what a search has found.
#[derive(Clone, Debug)]
pub struct SearchPage {
    /// The search.
    pub id: SearchId,
    /// Entries and where they lie; may be none while more is to come.
    pub finds: Vec<Find>,
    /// Where the next page begins; none at the end.
    pub next: Option<Marker>,
}
