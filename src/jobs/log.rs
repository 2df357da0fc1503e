//! The log of jobs: one file of JSON lines for each, written ahead of every request.
//!
//! What stands in it survives a crash: which items were about to be sent, and what became of those
//! whose answer arrived. Restoring reads it. Only ever appended to; never holds a secret.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::domain::bin::RecycledId;
use crate::domain::job::{Exchange, JobId, JobKind, JobSpec, Outcome, Recycled, TaskId};
use crate::domain::path::RemotePath;

/// Other programs that use the same directory may take a number at the same time; so many files
/// may then bear it.
const NAMESAKES: u32 = 20;

/// The directory with the logs of all jobs.
#[derive(Clone, Debug)]
pub struct JobLog {
    dir: PathBuf,
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Job {
        job: u64,
        kind: String,
        library: String,
        space: String,
        items: usize,
        #[serde(with = "moment")]
        at: Timestamp,
    },
    Request {
        #[serde(with = "moment")]
        at: Timestamp,
        items: Vec<Sent>,
    },
    /// The request before this line was not worked on.
    NotDone,
    Task {
        task: String,
    },
    Answer {
        items: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
        took_ms: u64,
    },
    Item(Box<Settled>),
    End {
        #[serde(with = "moment")]
        at: Timestamp,
        how: String,
    },
}

/// An item of a request that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    index: usize,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Settled {
    index: usize,
    path: String,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recycled_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restored_to: Option<String>,
}

/// Times as text, such as `2026-01-07T06:28:06.5Z`.
mod moment {
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
        Outcome::AlreadyGone => "already-gone",
        Outcome::Failed(_) => "failed",
        Outcome::Unknown(_) => "unknown",
        Outcome::NotSent => "not-sent",
    }
}

fn kind_word(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Recycle => "recycle",
        JobKind::DeleteForever => "delete-for-ever",
        JobKind::Restore => "restore",
        JobKind::Purge => "purge",
        JobKind::EmptyBin => "empty-bin",
    }
}

impl JobLog {
    /// Opens the directory of logs, and makes it where it is missing.
    ///
    /// # Errors
    /// A directory that can be neither made nor listed.
    pub fn open(dir: impl Into<PathBuf>) -> io::Result<Self> {
        let dir = dir.into();
        let mut maker = fs::DirBuilder::new();
        maker.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
        maker.create(&dir)?;
        fs::read_dir(&dir)?;
        Ok(Self { dir })
    }

    /// The first number that no job in the directory bears.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub fn next_id(&self) -> io::Result<JobId> {
        let mut highest = 0;
        for entry in fs::read_dir(&self.dir)? {
            highest = highest.max(number(&entry?.path()).unwrap_or(0));
        }
        Ok(JobId(highest + 1))
    }

    /// What is known of the jobs of this number from their logs, newest first. Two programs at work
    /// at the same time may have given the same number.
    ///
    /// # Errors
    /// No such job, or a log that cannot be read.
    pub fn read(&self, id: JobId) -> io::Result<Vec<Past>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if number(&path) == Some(id.0) {
                found.push(Past::read(&path)?);
            }
        }
        if found.is_empty() {
            let text = format!("there is no job {id}");
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        found.sort_by_key(|past| std::cmp::Reverse(past.at));
        Ok(found)
    }

    /// Begins the log of a job with its head line.
    pub(super) async fn begin(
        &self,
        id: JobId,
        spec: &JobSpec,
        library: &str,
        space: &str,
        at: Timestamp,
    ) -> io::Result<JobFile> {
        let date = at.strftime("%Y-%m-%d").to_string();
        let mut name = format!("{date}-{id}.jsonl");
        let mut namesake = 1;
        let file = loop {
            let mut options = OpenOptions::new();
            options.append(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            match options.open(self.dir.join(&name)) {
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && namesake < NAMESAKES =>
                {
                    namesake += 1;
                    name = format!("{date}-{id}.{namesake}.jsonl");
                }
                opened => break opened?,
            }
        };
        let mut file = JobFile {
            file: Arc::new(file),
            spec: spec.clone(),
        };
        let head = Line::Job {
            job: id.0,
            kind: kind_word(spec.kind()).into(),
            library: library.into(),
            space: space.into(),
            items: spec.len(),
            at,
        };
        file.append(&[head]).await?;
        Ok(file)
    }
}

/// The number in `<date>-<number>.jsonl` or `<date>-<number>.<namesake>.jsonl`.
fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".jsonl")?;
    let (_, number) = name.rsplit_once('-')?;
    number.split('.').next()?.parse().ok()
}

/// The log of one running job.
pub(super) struct JobFile {
    file: Arc<File>,
    spec: JobSpec,
}

impl JobFile {
    pub async fn request(&mut self, at: Timestamp, indices: &[usize]) -> io::Result<()> {
        let items = indices
            .iter()
            .map(|&index| Sent {
                index,
                path: self.spec.path(index).as_str().into(),
                id: id(&self.spec, index).map(|id| id.0.to_string()),
            })
            .collect();
        self.append(&[Line::Request { at, items }]).await
    }

    pub async fn not_done(&mut self) -> io::Result<()> {
        self.append(&[Line::NotDone]).await
    }

    pub async fn task(&mut self, task: &TaskId) -> io::Result<()> {
        let task = task.0.to_string();
        self.append(&[Line::Task { task }]).await
    }

    pub async fn outcomes(
        &mut self,
        exchange: Option<&Exchange>,
        outcomes: &[(usize, Outcome)],
    ) -> io::Result<()> {
        let mut lines = Vec::with_capacity(outcomes.len() + 1);
        lines.extend(exchange.map(|exchange| Line::Answer {
            items: exchange.items,
            status: exchange.status,
            request: exchange.request_id.clone(),
            took_ms: exchange.took_ms,
        }));
        for (index, outcome) in outcomes {
            lines.push(Line::Item(Box::new(settled(
                &self.spec, *index, outcome, exchange,
            ))));
        }
        self.append(&lines).await
    }

    pub async fn end(&mut self, at: Timestamp, how: &str) -> io::Result<()> {
        let how = how.into();
        self.append(&[Line::End { at, how }]).await
    }

    /// Writes whole lines and waits until they are on the disk.
    async fn append(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        let file = self.file.clone();
        let written = tokio::task::spawn_blocking(move || {
            (&*file).write_all(&text)?;
            file.sync_data()
        });
        written.await.map_err(io::Error::other)?
    }
}

fn id(spec: &JobSpec, index: usize) -> Option<&RecycledId> {
    match spec {
        JobSpec::Restore(items) | JobSpec::Purge(items) => Some(&items[index].id),
        JobSpec::Recycle(_) | JobSpec::DeleteForever(_) | JobSpec::EmptyBin => None,
    }
}

fn settled(
    spec: &JobSpec,
    index: usize,
    outcome: &Outcome,
    exchange: Option<&Exchange>,
) -> Settled {
    let failure = match outcome {
        Outcome::Failed(failure) | Outcome::Unknown(failure) => Some(failure),
        Outcome::Recycled(_)
        | Outcome::Deleted
        | Outcome::Restored(_)
        | Outcome::AlreadyGone
        | Outcome::NotSent => None,
    };
    let recycled = match outcome {
        Outcome::Recycled(id) => Some(id),
        _ => id(spec, index),
    };
    Settled {
        index,
        path: spec.path(index).as_str().into(),
        outcome: word(outcome).into(),
        size: spec.size(index),
        status: failure.and_then(|failure| failure.status),
        code: failure.and_then(|failure| failure.code.as_ref().map(ToString::to_string)),
        message: failure.map(|failure| failure.message.clone()),
        request: failure
            .and_then(|failure| failure.request_id.clone())
            .or_else(|| exchange.and_then(|exchange| exchange.request_id.clone())),
        recycled_id: recycled.map(|id| id.0.to_string()),
        restored_to: match outcome {
            Outcome::Restored(Some(path)) => Some(path.as_str().into()),
            _ => None,
        },
    }
}

/// A job as its log remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The library it worked in.
    pub library: String,
    /// The space in it.
    pub space: String,
    /// When it began.
    pub at: Timestamp,
    /// What it moved to the bin, in the order of its outcomes.
    pub recycled: Vec<Recycled>,
    /// What it sent to be moved to the bin and never got an answer about, and when it was first
    /// sent: to be looked for in the bin.
    pub unanswered: Vec<(RemotePath, Timestamp)>,
    /// Whether it came to its end.
    pub is_over: bool,
}

impl Past {
    /// Reads a log. A last line that was cut off counts as not written.
    fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read(path)?;
        let mut past: Option<(Self, String)> = None;
        let mut open: BTreeMap<usize, (RemotePath, Timestamp)> = BTreeMap::new();
        let mut latest: FxHashSet<usize> = FxHashSet::default();
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<Line>(line) else {
                continue;
            };
            match (line, &mut past) {
                (
                    Line::Job {
                        library,
                        space,
                        at,
                        kind,
                        ..
                    },
                    None,
                ) => {
                    let begun = Self {
                        library,
                        space,
                        at,
                        recycled: Vec::new(),
                        unanswered: Vec::new(),
                        is_over: false,
                    };
                    past = Some((begun, kind));
                }
                (Line::Request { at, items }, Some(_)) => {
                    latest = items.iter().map(|item| item.index).collect();
                    for item in items {
                        if let Ok(path) = RemotePath::parse(&item.path) {
                            open.entry(item.index).or_insert((path, at));
                        }
                    }
                }
                (Line::Item(item), Some((past, _))) => {
                    if item.outcome != "unknown" {
                        open.remove(&item.index);
                    }
                    if item.outcome == "recycled"
                        && let Some(id) = item.recycled_id
                        && let Ok(path) = RemotePath::parse(&item.path)
                    {
                        past.recycled.push(Recycled {
                            id: RecycledId(id.into()),
                            path,
                            size: item.size,
                        });
                    }
                }
                (Line::NotDone, Some(_)) => open.retain(|index, _| !latest.contains(index)),
                (Line::End { .. }, Some((past, _))) => past.is_over = true,
                _ => {}
            }
        }
        let (mut past, kind) = past.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "the log of this job has no first line",
            )
        })?;
        if kind == kind_word(JobKind::Recycle) {
            past.unanswered = open.into_values().collect();
        }
        Ok(past)
    }
}
