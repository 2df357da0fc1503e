//! Reads a log line by line.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use super::line::Line;

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

/// What is told of a log that makes no sense.
pub fn strange(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
