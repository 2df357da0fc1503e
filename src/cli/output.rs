//! Lines for people and for programs. Names from the service never reach a terminal as they are;
//! in JSON every control character is escaped.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::domain::bin::RecycledEntry;
use crate::domain::entries::EntryRef;
use crate::domain::entry::Kind;
use crate::domain::format::{escaped, printable};
use crate::domain::job::{Arrived, Exchange, JobSpec, Outcome};
use crate::domain::path::RemotePath;

/// Standard output, until whoever reads it has gone.
#[derive(Default)]
pub struct Output {
    is_gone: bool,
}

impl Output {
    /// Writes a line. A reader who has left is no error: the work goes on.
    pub fn line(&mut self, text: &str) {
        if !self.is_gone {
            self.is_gone = writeln!(io::stdout().lock(), "{text}").is_err();
        }
    }

    /// Writes a JSON object as a line.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.line(&escaped(text)),
            Err(error) => tracing::error!(%error, "a line could not be written as JSON"),
        }
    }

    /// Whether nobody reads any more.
    pub fn is_gone(&self) -> bool {
        self.is_gone
    }
}

/// Any text as one line that is safe to show.
pub fn line(text: &str) -> String {
    printable(text).into_owned()
}

/// A path as people write it, safe to show.
pub fn path(path: &RemotePath) -> String {
    line(&path.to_string())
}

/// A word for a kind.
pub fn kind(kind: Kind) -> &'static str {
    kind.word()
}

/// A listed entry.
#[derive(Serialize)]
pub struct EntryLine<'a> {
    path: &'a str,
    kind: &'static str,
    size: Option<u64>,
    modified: Option<String>,
    created: Option<String>,
}

impl<'a> EntryLine<'a> {
    /// The entry at `path`.
    pub fn new(path: &'a RemotePath, entry: EntryRef<'_>) -> Self {
        Self {
            path: path.as_str(),
            kind: kind(entry.kind()),
            size: entry.size(),
            modified: entry.modified().map(|time| time.to_string()),
            created: entry.created().map(|time| time.to_string()),
        }
    }
}

/// A listed item of the bin.
#[derive(Serialize)]
pub struct BinLine<'a> {
    id: &'a str,
    path: &'a str,
    kind: &'static str,
    size: Option<u64>,
    removed: Option<String>,
    days_left: Option<u32>,
}

impl<'a> From<&'a RecycledEntry> for BinLine<'a> {
    fn from(entry: &'a RecycledEntry) -> Self {
        Self {
            id: &entry.id.0,
            path: entry.path.as_str(),
            kind: kind(entry.kind),
            size: entry.size,
            removed: entry.removed.map(|time| time.to_string()),
            days_left: entry.days_left,
        }
    }
}

/// What became of one item of a job.
#[derive(Serialize)]
pub struct ItemLine {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    outcome: &'static str,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    recycled_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fetched_to: Option<String>,
    request: Option<String>,
    /// The rest is told of files and folders that are carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Bytes that were at the other end from another time.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<u64>,
    /// As text, for many readers of JSON would round it.
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<String>,
}

impl ItemLine {
    /// Something that is not carried, and why.
    pub fn left_out(outcome: &'static str, local: &str, path: &RemotePath, why: &str) -> Self {
        Self {
            path: path.as_str().to_owned(),
            message: Some(why.to_owned()),
            local: Some(local.to_owned()),
            ..Self::bare(outcome)
        }
    }

    fn bare(outcome: &'static str) -> Self {
        Self {
            path: String::new(),
            id: None,
            outcome,
            status: None,
            code: None,
            message: None,
            recycled_id: None,
            restored_to: None,
            placed_at: None,
            fetched_to: None,
            request: None,
            local: None,
            kind: None,
            size: None,
            kept: None,
            crc64: None,
        }
    }

    /// Adds what was carried of a file.
    #[must_use]
    pub fn with(mut self, arrived: Option<Arrived>) -> Self {
        if let Some(arrived) = arrived {
            self.size = Some(arrived.size);
            self.kept = Some(arrived.kept);
            self.crc64 = Some(arrived.crc64.to_string());
        }
        self
    }

    /// The item `index` of a job.
    pub fn new(
        spec: &JobSpec,
        index: usize,
        outcome: &Outcome,
        exchange: Option<&Exchange>,
    ) -> Self {
        let mut line = Self {
            path: spec.path(index).as_str().to_owned(),
            id: match spec {
                JobSpec::Restore(items, _) | JobSpec::Purge(items) => {
                    Some(items.at(index).id.0.to_string())
                }
                JobSpec::Recycle(_)
                | JobSpec::DeleteForever(_)
                | JobSpec::EmptyBin
                | JobSpec::Move(_)
                | JobSpec::Copy(_)
                | JobSpec::Download(_)
                | JobSpec::Upload(_)
                | JobSpec::MakeFolders(_) => None,
            },
            request: exchange.and_then(|exchange| exchange.request_id.clone()),
            ..Self::bare(crate::jobs::log::word(outcome))
        };
        if let JobSpec::Download(items) | JobSpec::Upload(items) = spec {
            let item = items.at(index);
            line.local = Some(item.local);
            line.size = item.size;
            line.kind = Some(kind(if item.is_directory {
                Kind::Directory
            } else {
                Kind::File
            }));
        }
        match outcome {
            Outcome::Recycled(id) => line.recycled_id = Some(id.0.to_string()),
            Outcome::Restored(Some(path)) => line.restored_to = Some(path.as_str().to_owned()),
            Outcome::Placed(path) => line.placed_at = Some(path.as_str().to_owned()),
            Outcome::Failed(failure) | Outcome::Unknown(failure) => {
                line.status = failure.status;
                line.code = failure.code.as_ref().map(ToString::to_string);
                line.message = Some(failure.message.clone());
                if failure.request_id.is_some() {
                    line.request.clone_from(&failure.request_id);
                }
            }
            Outcome::Changed | Outcome::NotSent => line.request = None,
            Outcome::Fetched(path) => line.fetched_to = Some(path.as_ref().to_owned()),
            Outcome::Deleted | Outcome::Restored(None) | Outcome::AlreadyGone | Outcome::There => {}
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_hold_nothing_that_a_terminal_acts_upon() {
        let json = escaped("\"a\u{9b}31m\u{202e}杭州\"".into());
        assert_eq!(json, "\"a\\u009b31m\\u202e杭州\"");
    }
}
