//! A job as the first and the last line of its log tell of it.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::job::{JobId, JobKind, Tally};

use super::line::Line;
use super::lines::{Head, Lines};
use super::record::Record;

/// Enough for the last line of a log that has come to its end.
const TAIL: u64 = 4096;

/// What the first and the last line of a log tell of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The number of the job.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The library it worked in.
    pub library: String,
    /// The space in it.
    pub space: String,
    /// When it began.
    pub at: Timestamp,
    /// How many items it has.
    pub items: usize,
    /// When it came to its end; none if it was cut off or is still at work.
    pub ended: Option<Timestamp>,
    /// Whether a program is at work on it now.
    pub is_held: bool,
    /// How many items came to which end.
    pub tally: Tally,
    pub(in crate::jobs) file: PathBuf,
}

impl Summary {
    /// Reads the first and the last line, and all of a log that has no last one.
    pub(super) fn read(path: &Path, in_memory: usize) -> io::Result<Self> {
        if let Some(Line::End {
            at,
            sums: Some(sums),
            ..
        }) = last_line(path)?
        {
            return Ok(Self {
                ended: Some(at),
                is_held: false,
                tally: sums.into(),
                ..Self::read_head(path)?
            });
        }
        Self::read_all(path, in_memory)
    }

    /// Reads the first line: all that is told of a job that is still at work.
    pub(super) fn read_head(path: &Path) -> io::Result<Self> {
        let head = Head::read(&mut Lines::open(path)?)?;
        Ok(Self {
            id: head.id,
            kind: head.kind,
            library: head.library,
            space: head.space,
            at: head.at,
            items: head.items,
            ended: None,
            is_held: true,
            tally: Tally::default(),
            file: path.to_owned(),
        })
    }

    fn read_all(path: &Path, in_memory: usize) -> io::Result<Self> {
        let record = Record::read(path, in_memory)?;
        let mut tally = record.tally;
        tally.unknown += record.unknown();
        tally.not_sent += record.spec.len() - tally.settled();
        Ok(Self {
            id: record.id,
            kind: record.spec.kind(),
            library: record.library,
            space: record.space,
            at: record.at,
            items: record.spec.len(),
            ended: record.ended.map(|(at, _)| at),
            is_held: record.is_held,
            tally,
            file: record.file,
        })
    }
}

/// Whether the last line of a log says that the job is over. Reads no more than that.
pub fn is_ended(path: &Path) -> io::Result<bool> {
    Ok(matches!(last_line(path)?, Some(Line::End { .. })))
}

fn last_line(path: &Path) -> io::Result<Option<Line>> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let tail = tail.strip_suffix(b"\n").unwrap_or(&[]);
    let last = tail.rsplit(|&byte| byte == b'\n').next().unwrap_or(&[]);
    Ok(serde_json::from_slice(last).ok())
}

/// Whether a program holds a log, which it does as long as it works on the job.
pub fn is_held(path: &Path) -> io::Result<bool> {
    match File::open(path)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(fs::TryLockError::WouldBlock) => Ok(true),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}
