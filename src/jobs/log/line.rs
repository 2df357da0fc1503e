//! The lines of a log, as they stand in the file. Fields are added and never change their meaning.

use std::str::FromStr as _;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::domain::bin::RecycledId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Exchange, JobKind, JobSpec, Outcome, Tally};
use crate::domain::path::RemotePath;

use super::planned::{Planned, id};

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first one.
    Job {
        job: u64,
        kind: String,
        library: String,
        space: String,
        items: usize,
        #[serde(with = "moment")]
        at: Timestamp,
    },
    /// Items of the job, from number `first` on.
    Items { first: usize, items: Vec<Planned> },
    /// A request is about to be sent.
    Request {
        #[serde(default)]
        number: u64,
        #[serde(with = "moment")]
        at: Timestamp,
        items: Vec<Sent>,
    },
    /// The request was not worked on.
    NotDone {
        #[serde(default)]
        number: u64,
    },
    /// The service works on the request as this task.
    Task {
        #[serde(default)]
        number: u64,
        task: String,
    },
    /// The last answer about a request.
    Answer {
        #[serde(default)]
        number: u64,
        items: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
        took_ms: u64,
    },
    /// What became of an item.
    Item(Box<Settled>),
    /// The job was taken up again after its program had ended.
    Resumed {
        #[serde(with = "moment")]
        at: Timestamp,
    },
    /// The last one.
    End {
        #[serde(with = "moment")]
        at: Timestamp,
        how: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sums: Option<Sums>,
    },
}

/// [`Line::Items`] where it is known to be one.
#[derive(Deserialize)]
pub struct PlannedItems {
    pub items: Vec<Planned>,
}

/// The same where only the number of its items is of interest.
#[derive(Deserialize)]
struct CountedItems {
    first: usize,
    /// What takes no memory is counted.
    items: Vec<IgnoredAny>,
}

impl Line {
    /// Reads a line; none if it was cut off or makes no sense.
    pub fn read(text: &[u8]) -> Option<Self> {
        // Most lines are of this kind, and it is read faster where that is known.
        if text.starts_with(br#"{"line":"item","#) {
            return serde_json::from_slice(text).ok().map(Self::Item);
        }
        serde_json::from_slice(text).ok()
    }

    /// The number of the first item in a line with items, and how many there are; none if it is no
    /// such line.
    pub fn count(text: &[u8]) -> Option<(usize, usize)> {
        if !text.starts_with(br#"{"line":"items","#) {
            return None;
        }
        let line: CountedItems = serde_json::from_slice(text).ok()?;
        Some((line.first, line.items.len()))
    }
}

/// How many items came to which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    done: usize,
    done_bytes: u64,
    recycled: usize,
    gone: usize,
    failed: usize,
    retryable: usize,
    unknown: usize,
    #[serde(default)]
    changed: usize,
    not_sent: usize,
}

impl From<Tally> for Sums {
    fn from(tally: Tally) -> Self {
        let Tally {
            done,
            done_bytes,
            recycled,
            gone,
            failed,
            retryable,
            unknown,
            changed,
            not_sent,
        } = tally;
        Self {
            done,
            done_bytes,
            recycled,
            gone,
            failed,
            retryable,
            unknown,
            changed,
            not_sent,
        }
    }
}

impl From<Sums> for Tally {
    fn from(sums: Sums) -> Self {
        Self {
            done: sums.done,
            done_bytes: sums.done_bytes,
            recycled: sums.recycled,
            gone: sums.gone,
            failed: sums.failed,
            retryable: sums.retryable,
            unknown: sums.unknown,
            changed: sums.changed,
            not_sent: sums.not_sent,
        }
    }
}

/// An item of a request that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub index: usize,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub index: usize,
    pub path: String,
    pub outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recycled_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_to: Option<String>,
}

/// Times as text, such as `2026-01-07T06:28:06.5Z`.
pub(super) mod moment {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The word for an outcome, in logs and in the lines of the headless commands.
pub fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Recycled(_) => "recycled",
        Outcome::Deleted => "deleted",
        Outcome::Restored(_) => "restored",
        Outcome::Placed(_) => "placed",
        Outcome::Fetched(_) => "fetched",
        Outcome::There => "there",
        Outcome::AlreadyGone => "already-gone",
        Outcome::Failed(_) => "failed",
        Outcome::Unknown(_) => "unknown",
        Outcome::Changed => "changed",
        Outcome::NotSent => "not-sent",
    }
}

/// The word for what a job does.
pub fn kind_word(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Recycle => "recycle",
        JobKind::DeleteForever => "delete-for-ever",
        JobKind::Restore => "restore",
        JobKind::Purge => "purge",
        JobKind::EmptyBin => "empty-bin",
        JobKind::Move => "move",
        JobKind::Copy => "copy",
        JobKind::Download => "download",
        JobKind::Upload => "upload",
        JobKind::MakeFolders => "make-folders",
    }
}

/// What a job does, by its word.
pub fn kind_of(word: &str) -> Option<JobKind> {
    [
        JobKind::Recycle,
        JobKind::DeleteForever,
        JobKind::Restore,
        JobKind::Purge,
        JobKind::EmptyBin,
        JobKind::Move,
        JobKind::Copy,
        JobKind::Download,
        JobKind::Upload,
        JobKind::MakeFolders,
    ]
    .into_iter()
    .find(|kind| kind_word(*kind) == word)
}

const CLASSES: [(FailureKind, &str); 9] = [
    (FailureKind::Absent, "absent"),
    (FailureKind::Denied, "denied"),
    (FailureKind::Conflict, "conflict"),
    (FailureKind::SignIn, "sign-in"),
    (FailureKind::Throttled, "throttled"),
    (FailureKind::Service, "service"),
    (FailureKind::Network, "network"),
    (FailureKind::Refused, "refused"),
    (FailureKind::Internal, "internal"),
];

pub(super) fn named<T: Copy + PartialEq>(table: &[(T, &'static str)], wanted: T) -> Option<String> {
    let row = table.iter().find(|(value, _)| *value == wanted)?;
    Some(row.1.to_owned())
}

pub(super) fn meant<T: Copy>(table: &[(T, &'static str)], word: Option<&str>) -> Option<T> {
    let row = table.iter().find(|(_, name)| Some(*name) == word)?;
    Some(row.0)
}

impl Settled {
    /// The line for an outcome.
    pub fn new(
        spec: &JobSpec,
        index: usize,
        outcome: &Outcome,
        exchange: Option<&Exchange>,
    ) -> Self {
        let failure = match outcome {
            Outcome::Failed(failure) | Outcome::Unknown(failure) => Some(failure),
            Outcome::Recycled(_)
            | Outcome::Deleted
            | Outcome::Restored(_)
            | Outcome::Placed(_)
            | Outcome::Fetched(_)
            | Outcome::There
            | Outcome::AlreadyGone
            | Outcome::Changed
            | Outcome::NotSent => None,
        };
        let recycled = match outcome {
            Outcome::Recycled(id) => Some(id.clone()),
            _ => id(spec, index),
        };
        Self {
            index,
            path: spec.path(index).as_str().into(),
            outcome: word(outcome).into(),
            size: spec.size(index),
            status: failure.and_then(|failure| failure.status),
            code: failure.and_then(|failure| failure.code.as_ref().map(ToString::to_string)),
            class: failure.and_then(|failure| named(&CLASSES, failure.kind)),
            message: failure.map(|failure| failure.message.clone()),
            request: failure
                .and_then(|failure| failure.request_id.clone())
                .or_else(|| exchange.and_then(|exchange| exchange.request_id.clone())),
            recycled_id: recycled.map(|id| id.0.to_string()),
            restored_to: match outcome {
                Outcome::Restored(Some(path)) => Some(path.as_str().into()),
                _ => None,
            },
            placed_at: match outcome {
                Outcome::Placed(path) => Some(path.as_str().into()),
                _ => None,
            },
            fetched_to: match outcome {
                Outcome::Fetched(path) => Some(path.as_ref().into()),
                _ => None,
            },
        }
    }

    /// The outcome of a line; none for a word that is not known.
    pub fn outcome(self) -> Option<Outcome> {
        Some(match self.outcome.as_str() {
            "recycled" => Outcome::Recycled(RecycledId(self.recycled_id?.into())),
            "deleted" => Outcome::Deleted,
            "restored" => Outcome::Restored(
                self.restored_to
                    .and_then(|path| RemotePath::parse(&path).ok()),
            ),
            "placed" => Outcome::Placed(RemotePath::parse(&self.placed_at?).ok()?),
            "fetched" => Outcome::Fetched(self.fetched_to?.into()),
            "there" => Outcome::There,
            "already-gone" => Outcome::AlreadyGone,
            "changed" => Outcome::Changed,
            "not-sent" => Outcome::NotSent,
            "failed" => Outcome::Failed(self.failure().into()),
            "unknown" => Outcome::Unknown(self.failure().into()),
            _ => return None,
        })
    }

    fn failure(self) -> Failure {
        let kind = meant(&CLASSES, self.class.as_deref()).unwrap_or(FailureKind::Service);
        Failure {
            kind,
            message: self.message.unwrap_or_default(),
            status: self.status,
            code: self
                .code
                .and_then(|code| compact_str::CompactString::from_str(&code).ok()),
            request_id: self.request,
        }
    }
}
