//! Writes files with fixed bytes and fixed times. Knows nothing of what the library is about.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Summary;

/// 2024-01-01, from which the days count.
const EPOCH: u64 = 1_704_067_200;
const DAY: u64 = 86_400;

/// A library that is being written.
pub struct Writer {
    folder: PathBuf,
    /// Directories and the latest time of what is in them; their own times are set last, since
    /// writing into them changes those.
    directories: BTreeMap<PathBuf, u64>,
    files: u64,
    bytes: u64,
    state: u64,
}

impl Writer {
    /// Into a folder that is not there yet.
    pub fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            directories: BTreeMap::new(),
            files: 0,
            bytes: 0,
            state: 0x5EED_1E55,
        })
    }

    /// The next number of a fixed row, below `end`.
    pub fn number(&mut self, end: u64) -> u64 {
        // The constants of Knuth's MMIX; the high bits are the better ones.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % end
    }

    /// A small file, `day` days after the first of January 2024 (before it: negative).
    pub fn small(&mut self, path: &str, day: i64, content: &[u8]) -> io::Result<()> {
        let (file, time) = self.create(path, day)?;
        file.write_all_at(content, 0)?;
        self.close(&file, content.len() as u64, time)
    }

    /// A file that looks large. The same seed and size give the same bytes.
    pub fn large(&mut self, path: &str, day: i64, size: u64, seed: u64) -> io::Result<()> {
        let (file, time) = self.create(path, day)?;
        file.set_len(size)?;
        let mark = [seed.to_be_bytes(), size.to_be_bytes()].concat();
        file.write_all_at(&mark, 0)?;
        self.close(&file, size, time)
    }

    /// An empty directory.
    pub fn directory(&mut self, path: &str, day: i64) -> io::Result<()> {
        let time = self.time(day);
        self.enter(&self.folder.join(path), time)
    }

    /// Sets the times of the directories and says what there is.
    pub fn finish(self) -> io::Result<Summary> {
        // Deepest first: the times of a directory are not touched by those of its children.
        for (path, time) in self.directories.iter().rev() {
            File::open(path)?.set_times(times(*time))?;
        }
        let directories = self.directories.len() as u64;
        Ok(Summary {
            entries: self.files + directories,
            directories,
            bytes: self.bytes,
        })
    }

    fn create(&mut self, path: &str, day: i64) -> io::Result<(File, u64)> {
        let path = self.folder.join(path);
        let time = self.time(day);
        if let Some(parent) = path.parent() {
            self.enter(parent, time)?;
        }
        Ok((File::create_new(path)?, time))
    }

    fn close(&mut self, file: &File, size: u64, time: u64) -> io::Result<()> {
        file.set_times(times(time))?;
        self.files += 1;
        self.bytes += size;
        Ok(())
    }

    fn enter(&mut self, directory: &Path, time: u64) -> io::Result<()> {
        if directory == self.folder {
            return Ok(());
        }
        if let Some(known) = self.directories.get_mut(directory) {
            *known = time.max(*known);
            return Ok(());
        }
        if let Some(parent) = directory.parent() {
            self.enter(parent, time)?;
        }
        fs::create_dir(directory)?;
        self.directories.insert(directory.to_owned(), time);
        Ok(())
    }

    fn time(&mut self, day: i64) -> u64 {
        // Working hours, so that the times look like people's.
        let second = 8 * 3600 + self.number(12 * 3600);
        EPOCH.saturating_add_signed(day * DAY.cast_signed()) + second
    }
}

fn times(seconds: u64) -> FileTimes {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    FileTimes::new().set_modified(time).set_accessed(time)
}
