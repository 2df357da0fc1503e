//! Files of this machine: read piece by piece with their sum, written the same way. Everything that
//! waits for the disk does so on threads of its own.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest, checksum_combine};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::client::content::Outgoing;
use crate::texts::later;

use super::Trouble;

const XZ: CrcAlgorithm = CrcAlgorithm::Crc64Xz;
/// So much is read or written at once.
const PIECE: usize = 256 << 10;
/// So many pieces wait for the connection.
const WAITING: usize = 4;

/// What tells whether a file is still the one that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When it last changed, in nanoseconds of the epoch; none where that is not known.
    modified: Option<i64>,
}

impl Stamp {
    /// That of an open file.
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let modified = modified.and_then(|time| Timestamp::try_from(time).ok());
        Self {
            size: metadata.len(),
            modified: modified.and_then(|time| time.as_nanosecond().try_into().ok()),
        }
    }

    /// When it last changed.
    pub fn time(&self) -> Option<Timestamp> {
        Timestamp::from_nanosecond(self.modified?.into()).ok()
    }
}

/// Trouble with a file of this machine.
pub fn trouble(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Trouble {
    let path = path.to_owned();
    move |reason| Trouble::Local {
        doing,
        path,
        reason,
    }
}

/// Does something that waits for the disk.
pub async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// The sum of two pieces that follow each other, from theirs.
pub fn joined(first: u64, second: u64, length_of_second: u64) -> u64 {
    checksum_combine(XZ, first, second, length_of_second)
}

/// CRC-64/XZ and size of a whole file (part B 4.8).
///
/// # Errors
/// It cannot be read, or is no plain file.
pub async fn sum_of(path: &Path) -> Result<(u64, u64), Trouble> {
    let owned = path.to_owned();
    let summed = on_disk(move || {
        let file = File::open(&owned)?;
        if !file.metadata()?.is_file() {
            return Ok(None);
        }
        let mut digest = Digest::new(XZ);
        let size = read_into(&mut digest, file)?;
        Ok(Some((digest.finalize(), size)))
    });
    summed
        .await
        .map_err(trouble(later!("read"), path))?
        .ok_or(Trouble::NotAFile)
}

fn read_into(digest: &mut Digest, mut source: impl io::Read) -> io::Result<u64> {
    let mut buffer = vec![0; PIECE];
    let mut size = 0;
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => return Ok(size),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(&buffer[..read]);
        size += read as u64;
    }
}

/// Reads a piece of a file to be sent. The handle gives its sum if all of it was taken, and none if
/// whoever took it has gone.
pub fn outgoing(
    file: &Arc<File>,
    start: u64,
    length: u64,
) -> (Outgoing, JoinHandle<io::Result<Option<u64>>>) {
    let (sender, pieces) = mpsc::channel(WAITING);
    let file = Arc::clone(file);
    let reading = spawn_blocking(move || {
        let mut digest = Digest::new(XZ);
        let mut at = start;
        let end = start + length;
        while at < end {
            let left = usize::try_from(end - at).unwrap_or(PIECE);
            let mut piece = vec![0; left.min(PIECE)];
            if let Err(error) = file.read_exact_at(&mut piece, at) {
                // The request breaks off; the reason is told by the handle.
                let _ = sender.blocking_send(Err(error.kind().into()));
                return Err(error);
            }
            digest.update(&piece);
            at += piece.len() as u64;
            if sender.blocking_send(Ok(Bytes::from(piece))).is_err() {
                return Ok(None);
            }
        }
        Ok(Some(digest.finalize()))
    });
    (Outgoing { length, pieces }, reading)
}

/// A file that grows, and the sum of what it holds.
pub struct Growing {
    file: File,
    digest: Digest,
    length: u64,
}

impl Growing {
    /// Goes on with the file as it is; reads it for its sum.
    pub fn continued(file: File) -> io::Result<Self> {
        let mut digest = Digest::new(XZ);
        let length = read_into(&mut digest, (&file).take(u64::MAX))?;
        Ok(Self {
            file,
            digest,
            length,
        })
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The sum so far.
    pub fn sum(&self) -> u64 {
        self.digest.finalize()
    }

    /// Forgets all that it holds.
    pub fn empty(&mut self) -> io::Result<()> {
        use std::io::Seek as _;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.digest = Digest::new(XZ);
        self.length = 0;
        Ok(())
    }

    /// Adds pieces at the end.
    pub fn add(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        for piece in pieces {
            self.file.write_all(piece)?;
            self.digest.update(piece);
            self.length += piece.len() as u64;
        }
        Ok(())
    }

    /// Everything is on the disk, with the time of the file that it came from.
    pub fn finish(&self, modified: Option<Timestamp>) -> io::Result<()> {
        if let Some(time) = modified {
            self.file.set_modified(time.into())?;
        }
        self.file.sync_all()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_documents() {
        let sum = |bytes: &[u8]| {
            let mut digest = Digest::new(XZ);
            digest.update(bytes);
            digest.finalize()
        };
        assert_eq!(sum(b""), 0);
        assert_eq!(sum(b"123456789"), 11_051_210_869_376_104_954);
        assert_eq!(sum(b"hello world"), 5_981_764_153_023_615_706);
        assert_eq!(
            joined(sum(b"hello "), sum(b"world"), 5),
            sum(b"hello world")
        );
    }
}
