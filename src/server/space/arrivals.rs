//! Files that are being uploaded: written aside, then put into their place. Knows no requests.

use std::fs::File;
use std::io::Write;

use crate::domain::path::RemotePath;

use super::Space;
use super::facts::{Facts, Kind};
use super::problem::Problem;
use super::rename::Strategy;
use super::sums::Running;

/// The bytes of one upload on their way to the disk.
pub struct Arrival {
    file: File,
    sum: Running,
}

impl Space {
    /// Begins the file of an upload; earlier bytes of the same key are thrown away.
    pub fn begin_arrival(&self, key: &str) -> Result<Arrival, Problem> {
        let store = self.store()?;
        Ok(Arrival {
            file: store.uploads.create(key)?.into_std(),
            sum: Running::new(),
        })
    }

    /// How many bytes of an upload have arrived.
    pub fn arrived_bytes(&self, key: &str) -> Result<u64, Problem> {
        let store = self.store()?;
        let facts = Facts::of(&store.uploads, key.as_ref());
        Ok(facts.map_err(|_| Problem::UploadIncomplete)?.size)
    }

    /// Throws the file of an upload away.
    pub fn drop_upload(&self, key: &str) {
        if let Ok(Some(store)) = self.store_if_any() {
            // It may never have had any bytes.
            let _ = store.uploads.remove_file(key);
        }
    }

    /// Puts the file of an upload into its place: where it is, what it is, and whether it
    /// replaced another one.
    pub fn settle_upload(
        &self,
        key: &str,
        path: &RemotePath,
        strategy: Strategy,
        crc64: u64,
    ) -> Result<(RemotePath, Facts, bool), Problem> {
        self.check_target(path, Kind::File)?;
        let uploads = {
            let store = self.store()?;
            super::place::open_child(&store.uploads, ".".as_ref())?
        };
        let (path, is_overwritten) =
            self.settle((&uploads, key.as_ref()), path, Kind::File, strategy)?;
        let facts = self.look(&path)?;
        self.learn_sum(&facts, crc64);
        Ok((path, facts, is_overwritten))
    }
}

impl Arrival {
    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.sum.add(bytes);
        self.file.write_all(bytes)
    }

    /// Says that these were all; returns their sum once they are on the disk.
    pub fn finish(self) -> std::io::Result<u64> {
        self.file.sync_all()?;
        Ok(self.sum.sum())
    }
}
