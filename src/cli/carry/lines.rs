//! What is told of things that were carried: a line for each, and the sums.

use serde::Serialize;

use crate::cli::output::{self, Output};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::format::{bytes, count, counted};
use crate::transfer::download::Downloaded;
use crate::transfer::upload::Uploaded;

use super::{Pair, Way};

/// What became of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is at the service.
    Uploaded,
    /// It is on this machine.
    Downloaded,
    /// The same bytes were there already.
    Same,
    /// The directory was made.
    Created,
    /// The directory was there already.
    Exists,
    /// It was left out.
    Skipped,
    /// It is not there, or not as it should be.
    Failed,
    /// Its turn did not come, or not to its end.
    NotSent,
}

/// What is told of one thing.
pub struct Line {
    pair: Pair,
    kind: &'static str,
    outcome: Outcome,
    size: Option<u64>,
    kept: Option<u64>,
    crc64: Option<u64>,
    /// Why, where it is not as it was wanted.
    pub failure: Option<Failure>,
    /// Another name than the one asked for.
    ended_at: Option<String>,
}

/// The same in JSON.
#[derive(Serialize)]
struct Json<'a> {
    local: &'a str,
    path: &'a str,
    kind: &'static str,
    outcome: Outcome,
    size: Option<u64>,
    /// Bytes that were at the other end from another time.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<u64>,
    /// As text, for many readers of JSON would round it.
    crc64: Option<String>,
    status: Option<u16>,
    code: Option<&'a str>,
    message: Option<&'a str>,
    request: Option<&'a str>,
}

impl Line {
    fn new(pair: Pair, kind: &'static str, outcome: Outcome) -> Self {
        Self {
            pair,
            kind,
            outcome,
            size: None,
            kept: None,
            crc64: None,
            failure: None,
            ended_at: None,
        }
    }

    /// A file that is at the service now.
    pub fn uploaded(mut pair: Pair, uploaded: Uploaded) -> Self {
        let is_as_asked = uploaded.path == pair.remote;
        pair.remote = uploaded.path;
        let ended_at = (!is_as_asked).then(|| output::path(&pair.remote));
        Self {
            size: Some(uploaded.size),
            kept: Some(uploaded.kept),
            crc64: Some(uploaded.crc64),
            ended_at,
            ..Self::new(pair, "file", Outcome::Uploaded)
        }
    }

    /// A file that is on this machine now.
    pub fn downloaded(mut pair: Pair, downloaded: Downloaded) -> Self {
        let is_as_asked = downloaded.path == pair.local;
        pair.local = downloaded.path;
        let ended_at = (!is_as_asked).then(|| output::line(&pair.local.to_string_lossy()));
        Self {
            size: Some(downloaded.size),
            kept: Some(downloaded.kept),
            crc64: Some(downloaded.crc64),
            ended_at,
            ..Self::new(pair, "file", Outcome::Downloaded)
        }
    }

    /// A file that is the same at both ends.
    pub fn same(pair: Pair, crc64: u64, size: u64) -> Self {
        Self {
            size: Some(size),
            crc64: Some(crc64),
            ..Self::new(pair, "file", Outcome::Same)
        }
    }

    /// A directory that is there.
    pub fn directory(pair: Pair, outcome: Outcome) -> Self {
        Self::new(pair, "directory", outcome)
    }

    /// A directory that is not there.
    pub fn directory_failed(pair: Pair, failure: Failure) -> Self {
        Self {
            kind: "directory",
            ..Self::failed(pair, failure)
        }
    }

    /// Something that was left out.
    pub fn skipped(pair: Pair, why: &str) -> Self {
        Self::other(pair, Outcome::Skipped, FailureKind::Conflict, why)
    }

    /// Something whose turn did not come.
    pub fn not_sent(pair: Pair, why: &str) -> Self {
        Self::other(pair, Outcome::NotSent, FailureKind::Conflict, why)
    }

    /// Something that failed.
    pub fn failed(pair: Pair, failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::new(pair, "file", Outcome::Failed)
        }
    }

    fn other(pair: Pair, outcome: Outcome, kind: FailureKind, why: &str) -> Self {
        Self {
            failure: Some(Failure::new(kind, why)),
            ..Self::new(pair, "file", outcome)
        }
    }
}

/// Lines on standard output, and their sums.
pub struct Lines {
    output: Output,
    way: Way,
    json: bool,
    carried: usize,
    size: u64,
    kept: u64,
    same: usize,
    made: usize,
    skipped: usize,
    failed: usize,
    not_sent: usize,
}

impl Lines {
    /// Nothing yet.
    pub fn new(way: Way, json: bool) -> Self {
        Self {
            output: Output::default(),
            way,
            json,
            carried: 0,
            size: 0,
            kept: 0,
            same: 0,
            made: 0,
            skipped: 0,
            failed: 0,
            not_sent: 0,
        }
    }

    /// Tells of one thing: always in JSON, and people only what they should look at.
    pub fn tell(&mut self, line: &Line) {
        match line.outcome {
            Outcome::Uploaded | Outcome::Downloaded => {
                self.carried += 1;
                self.size += line.size.unwrap_or(0);
                self.kept += line.kept.unwrap_or(0);
            }
            Outcome::Same => self.same += 1,
            Outcome::Created => self.made += 1,
            Outcome::Exists => {}
            Outcome::Skipped => self.skipped += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::NotSent => self.not_sent += 1,
        }
        let local = line.pair.local.to_string_lossy();
        let failure = line.failure.as_ref();
        if self.json {
            self.output.json(&Json {
                local: &local,
                path: line.pair.remote.as_str(),
                kind: line.kind,
                outcome: line.outcome,
                size: line.size,
                kept: line.kept,
                crc64: line.crc64.map(|sum| sum.to_string()),
                status: failure.and_then(|failure| failure.status),
                code: failure.and_then(|failure| failure.code.as_deref()),
                message: failure.map(|failure| failure.message.as_str()),
                request: failure.and_then(|failure| failure.request_id.as_deref()),
            });
            return;
        }
        let name = match self.way {
            Way::Up => output::line(&local),
            Way::Down => output::path(&line.pair.remote),
        };
        let word = match line.outcome {
            Outcome::Skipped => "skipped",
            Outcome::Failed => "failed",
            Outcome::NotSent => "not sent",
            _ => {
                if let Some(ended_at) = &line.ended_at {
                    self.output.line(&format!("{name} is now {ended_at}"));
                }
                return;
            }
        };
        let why = failure.map(|failure| output::line(&failure.to_string()));
        let why = why.unwrap_or_default();
        self.output.line(&format!("{word}: {name}: {why}"));
    }

    /// The sums while it goes on.
    pub fn so_far(&self) -> String {
        counted(self.carried + self.same, "file")
    }

    /// Tells people the sums.
    pub fn end(&mut self) {
        if self.json {
            return;
        }
        let done = match self.way {
            Way::Up => "uploaded",
            Way::Down => "downloaded",
        };
        let mut parts = vec![format!(
            "{} {done} ({})",
            counted(self.carried, "file"),
            bytes(self.size)
        )];
        if self.kept > 0 {
            let kept = bytes(self.kept);
            parts.push(format!("{kept} of that from another time"));
        }
        if self.made > 0 {
            let noun = if self.made == 1 {
                "directory"
            } else {
                "directories"
            };
            parts.push(format!("{} {noun} made", count(self.made)));
        }
        for (number, words) in [
            (self.same, "the same already"),
            (self.skipped, "skipped"),
            (self.failed, "failed"),
            (self.not_sent, "not sent"),
        ] {
            if number > 0 {
                parts.push(format!("{} {words}", count(number)));
            }
        }
        self.output.line(&parts.join(", "));
    }

    /// Whether something is not as it was wanted.
    pub fn has_trouble(&self) -> bool {
        self.skipped + self.failed + self.not_sent > 0
    }
}
