//! Checksums: CRC-64/XZ of files (part B 4.8), remembered as long as size and time stay the same.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use crc_fast::{CrcAlgorithm, Digest, checksum, checksum_combine};
use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::server::ledger::Checksum;

use super::Space;
use super::facts::Facts;
use super::problem::Problem;

const XZ: CrcAlgorithm = CrcAlgorithm::Crc64Xz;

/// So much is read at once.
const PIECE: usize = 1 << 20;

/// So many new sums are written to the ledger together.
const WORTH_WRITING: usize = 64;

/// The sums that are known.
#[derive(Default)]
pub struct Sums {
    known: HashMap<(u64, u64), Checksum>,
    unsaved: Vec<Checksum>,
}

impl Sums {
    /// Takes over what the ledger holds.
    pub fn know(&mut self, sums: impl IntoIterator<Item = Checksum>) {
        for sum in sums {
            self.known.entry((sum.device, sum.inode)).or_insert(sum);
        }
    }

    /// The sum of a file, if it was computed since it last changed.
    pub fn known(&self, facts: &Facts) -> Option<u64> {
        // For listings: a library whose sums nobody asked for pays nothing.
        if self.known.is_empty() {
            return None;
        }
        let sum = self.known.get(&(facts.device, facts.inode))?;
        (sum.size == facts.size && sum.modified == modified(facts)).then_some(sum.crc64)
    }

    fn learn(&mut self, facts: &Facts, crc64: u64) {
        let sum = Checksum {
            device: facts.device,
            inode: facts.inode,
            size: facts.size,
            modified: modified(facts),
            crc64,
        };
        self.known.insert((sum.device, sum.inode), sum);
        self.unsaved.push(sum);
    }
}

impl Space {
    /// The sum of a file, computed if it is not known.
    pub fn sum(&self, file: &File, facts: &Facts) -> Result<u64, Problem> {
        if let Some(sum) = self.known_sum(facts) {
            return Ok(sum);
        }
        let sum = of_file(file, facts.size, &|| self.is_stopping())?;
        // A file that changed under our eyes has no sum that could be remembered.
        if Facts::of_open(file)? == *facts {
            let is_enough = {
                let mut sums = self.sums();
                sums.learn(facts, sum);
                sums.unsaved.len() >= WORTH_WRITING
            };
            if is_enough {
                self.save_sums();
            }
        }
        Ok(sum)
    }

    /// The sum of a file, if it was computed since it last changed.
    pub fn known_sum(&self, facts: &Facts) -> Option<u64> {
        self.sums().known(facts)
    }

    /// Remembers a sum that was computed while the bytes arrived.
    pub(super) fn learn_sum(&self, facts: &Facts, crc64: u64) {
        self.sums().learn(facts, crc64);
    }

    /// Writes new sums to the ledger, if there is one: looking does not make it.
    pub fn save_sums(&self) {
        let Ok(Some(mut store)) = self.store_if_any() else {
            return;
        };
        let unsaved = std::mem::take(&mut self.sums().unsaved);
        if unsaved.is_empty() {
            return;
        }
        let saved = store.ledger.change().and_then(|change| {
            change.keep_checksums(&unsaved)?;
            change.commit()
        });
        if let Err(error) = saved {
            // They can be computed again.
            tracing::warn!(%error, "could not keep checksums");
        }
    }
}

/// The sum of some bytes.
pub fn of(bytes: &[u8]) -> u64 {
    checksum(XZ, bytes)
}

/// The sum of bytes that arrive piece by piece.
pub struct Running(Digest);

impl Running {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(Digest::new(XZ))
    }

    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum so far.
    pub fn sum(&self) -> u64 {
        self.0.finalize()
    }
}

impl Default for Running {
    fn default() -> Self {
        Self::new()
    }
}

/// The sum of some bytes and of so many that come after them, from the sums of both.
pub fn joined(first: u64, then: u64, count: u64) -> u64 {
    checksum_combine(XZ, first, then, count)
}

/// The sum of a whole file. Holes are not read: the sum of zeros is known without them.
fn of_file(file: &File, size: u64, is_stopping: &dyn Fn() -> bool) -> Result<u64, Problem> {
    let mut total = 0;
    let mut at = 0;
    let mut buffer = vec![0; PIECE];
    while at < size {
        let data = match rustix::fs::seek(file, SeekFrom::Data(at)) {
            Ok(data) => data.min(size),
            // No data up to the end.
            Err(Errno::NXIO) => size,
            // This file system does not tell.
            Err(Errno::INVAL) => at,
            Err(other) => return Err(other.into()),
        };
        if data > at {
            total = checksum_combine(XZ, total, of_zeros(data - at), data - at);
            at = data;
            continue;
        }
        let end = match rustix::fs::seek(file, SeekFrom::Hole(at)) {
            Ok(hole) => hole.min(size),
            Err(Errno::NXIO | Errno::INVAL) => size,
            Err(other) => return Err(other.into()),
        };
        let mut digest = Digest::new(XZ);
        let start = at;
        while at < end {
            if is_stopping() {
                return Err(Problem::Stopping);
            }
            let wanted = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            let read = file.read_at(&mut buffer[..wanted], at)?;
            if read == 0 {
                // Cut short meanwhile.
                return Err(Problem::FileMissing);
            }
            digest.update(&buffer[..read]);
            at += read as u64;
        }
        total = checksum_combine(XZ, total, digest.finalize(), at - start);
    }
    Ok(total)
}

/// The sum of so many zeros, by doubling.
fn of_zeros(mut count: u64) -> u64 {
    let mut total = 0;
    let mut power = of(&[0]);
    let mut length = 1;
    while count > 0 {
        if count & 1 == 1 {
            total = checksum_combine(XZ, total, power, length);
        }
        count >>= 1;
        if count > 0 {
            power = checksum_combine(XZ, power, power, length);
            length *= 2;
        }
    }
    total
}

/// Nanoseconds since 1970 cut to 64 bits: good until the year 2262 and harmless after it.
#[expect(clippy::cast_possible_truncation, reason = "cut on purpose")]
pub(super) fn modified(facts: &Facts) -> i64 {
    facts.modified.as_nanosecond() as i64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Seek, SeekFrom as From, Write};

    use super::*;

    #[test]
    fn the_vectors_of_the_documents_come_out() {
        assert_eq!(of(b""), 0);
        assert_eq!(of(b"123456789"), 11_051_210_869_376_104_954);
        assert_eq!(of(b"hello world"), 5_981_764_153_023_615_706);
        assert_eq!(of(&vec![0; 1 << 20]), 6_947_770_692_288_575_170);
        assert_eq!(of(&vec![0; 5 << 19]), 17_304_726_180_589_834_739);
        let bytes: Vec<u8> = (0..(2u32 << 20) + 7).map(|i| (i % 251) as u8).collect();
        assert_eq!(of(&bytes), 8_921_347_753_927_213_672);
    }

    #[test]
    fn zeros_are_summed_without_being_read() {
        for count in [0, 1, 2, 3, 1000, 1 << 20, 5 << 19] {
            assert_eq!(
                of_zeros(count),
                of(&vec![0; usize::try_from(count).unwrap()])
            );
        }
    }

    #[test]
    fn a_file_with_holes_has_the_sum_of_its_bytes() {
        let mut file = tempfile::tempfile().unwrap();
        let mut bytes = vec![0; 3 << 20];
        bytes[..5].copy_from_slice(b"begin");
        bytes[(2 << 20)..(2 << 20) + 3].copy_from_slice(b"mid");
        file.write_all(b"begin").unwrap();
        file.seek(From::Start(2 << 20)).unwrap();
        file.write_all(b"mid").unwrap();
        file.set_len(3 << 20).unwrap();
        let size = bytes.len() as u64;
        assert_eq!(of_file(&file, size, &|| false).unwrap(), of(&bytes));
    }

    #[test]
    fn twenty_gigabytes_of_nothing_take_no_time() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(20 << 30).unwrap();
        assert_eq!(
            of_file(&file, 20 << 30, &|| false).unwrap(),
            of_zeros(20 << 30)
        );
    }
}
