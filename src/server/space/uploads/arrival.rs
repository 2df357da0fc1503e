//! One part on its way to the disk. It counts once all of it is there, and replaces an earlier one
//! of its number only then.

use std::fs::File;
use std::io::Write;

use cap_std::fs::Dir;
use md5::{Digest as _, Md5};

use crate::server::ledger::PartRow;
use crate::server::random;
use crate::server::space::Space;
use crate::server::space::contents::Hashing;
use crate::server::space::place::open_child;
use crate::server::space::problem::Problem;
use crate::server::space::sums::Running;

/// The bytes of one part; thrown away unless they are kept.
pub struct Arrival<'a> {
    space: &'a Space,
    uploads: Dir,
    file: File,
    name: String,
    key: String,
    number: u32,
    size: u64,
    sum: Running,
    md5: Md5,
    /// Only of the first part, with which the content begins.
    hashing: Option<Hashing>,
    is_kept: bool,
}

impl Space {
    /// Begins a part of an upload.
    pub fn begin_arrival(&self, key: &str, number: u32) -> Result<Arrival<'_>, Problem> {
        let name = random::hex::<16>()
            .map_err(|error| Problem::Io(std::io::Error::other(error.to_string())))?;
        let store = self.store()?;
        let uploads = open_child(&store.uploads, ".".as_ref())?;
        Ok(Arrival {
            file: uploads.create(&name)?.into_std(),
            space: self,
            uploads,
            name,
            key: key.to_owned(),
            number,
            size: 0,
            sum: Running::new(),
            md5: Md5::default(),
            hashing: (number == 1).then(Hashing::default),
            is_kept: false,
        })
    }
}

impl Arrival<'_> {
    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if self.space.is_stopping() {
            return Err(Problem::Stopping);
        }
        self.sum.add(bytes);
        self.md5.update(bytes);
        if let Some(hashing) = &mut self.hashing {
            hashing.add(bytes);
        }
        self.size += bytes.len() as u64;
        Ok(self.file.write_all(bytes)?)
    }

    /// Says that these were all. They are on the disk and in the ledger when this returns.
    pub fn keep(mut self) -> Result<PartRow, Problem> {
        self.file.sync_all()?;
        rustix::fs::fsync(&self.uploads)?;
        let hashes = self.hashing.take().and_then(Hashing::finish);
        let (beginning, whole) = hashes.unzip();
        let part = PartRow {
            number: self.number,
            file: self.name.clone(),
            size: self.size,
            crc64: self.sum.sum(),
            md5: format!("{:x}", self.md5.finalize_reset()),
            arrived: self.space.now(),
            beginning,
            whole,
        };
        let mut store = self.space.store()?;
        // Whoever confirms it has counted the parts already.
        if self.space.claims().contains(&self.key) {
            return Err(Problem::Busy);
        }
        let upload = store.ledger.upload(&self.key)?;
        if upload.is_none_or(|upload| upload.settled.is_some()) {
            return Err(Problem::UploadMissing);
        }
        let mut earlier = store.ledger.upload_parts(&self.key)?;
        earlier.retain(|earlier| earlier.number == part.number);
        let change = store.ledger.change()?;
        change.put_part(&self.key, &part)?;
        change.commit()?;
        self.is_kept = true;
        super::throw_away(&self.uploads, &earlier);
        Ok(part)
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = self.uploads.remove_file(&self.name)
        {
            tracing::debug!(%error, "a part that did not arrive stays for now");
        }
    }
}
