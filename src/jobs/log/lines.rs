//! Reads a log line by line.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use jiff::Timestamp;

use crate::domain::job::{JobId, JobKind};
use crate::texts::later;

use super::line::{Line, kind_of};

/// The lines of a log, one after another.
pub struct Lines {
    file: BufReader<File>,
    /// The last line that was read.
    pub text: Vec<u8>,
    /// Bytes that were read so far.
    pub length: u64,
}

impl Lines {
    /// From the first line on.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(1 << 16, File::open(path)?),
            text: Vec::new(),
            length: 0,
        })
    }

    /// Goes on to the next line, and says where it begins.
    pub fn step(&mut self) -> io::Result<Option<u64>> {
        self.text.clear();
        let place = self.length;
        let read = self.file.read_until(b'\n', &mut self.text)?;
        self.length += read as u64;
        Ok((read > 0).then_some(place))
    }

    /// The next line that makes sense.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        while self.step()?.is_some() {
            if let Some(line) = Line::read(&self.text) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}

/// What the first line of a log tells of its job.
pub struct Head {
    pub id: JobId,
    pub kind: JobKind,
    pub library: String,
    pub space: String,
    pub items: usize,
    pub at: Timestamp,
}

impl Head {
    /// Reads it, before any other line.
    pub fn read(lines: &mut Lines) -> io::Result<Self> {
        let Some(Line::Job {
            job,
            kind,
            library,
            space,
            items,
            at,
        }) = lines.next()?
        else {
            return Err(strange(later!("the log of this job has no first line")));
        };
        let kind = kind_of(&kind);
        Ok(Self {
            id: JobId(job),
            kind: kind.ok_or_else(|| strange(later!("this version does not know its kind")))?,
            library,
            space,
            items,
            at,
        })
    }
}

/// What is told of a log that makes no sense.
pub fn strange(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
