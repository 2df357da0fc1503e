//! Uploads that have begun and are not confirmed. In memory only: they do not outlive the service.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;

use crate::domain::path::RemotePath;

use super::space::rename::Strategy;

/// One upload.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The space that it is for.
    pub space: String,
    /// Where the file is to go.
    pub path: RemotePath,
    /// What to do if the name is taken.
    pub strategy: Strategy,
    /// When it lapses.
    pub expires: Timestamp,
    /// How far it is.
    pub stage: Stage,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its bytes are awaited or are arriving.
    Awaited,
    /// All its bytes are on the disk; this is their checksum.
    Arrived {
        /// CRC-64/XZ.
        crc64: u64,
    },
    /// It is being confirmed, or was.
    Confirmed,
}

/// All uploads by their keys.
#[derive(Default)]
pub struct Uploads(Mutex<HashMap<String, Upload>>);

impl Uploads {
    /// Notes a new one; returns the keys of those that have lapsed.
    pub fn begin(&self, key: String, upload: Upload, now: Timestamp) -> Vec<String> {
        let mut uploads = self.uploads();
        let lapsed: Vec<String> = uploads
            .iter()
            .filter(|(_, upload)| upload.expires <= now)
            .map(|(key, _)| key.clone())
            .collect();
        for key in &lapsed {
            uploads.remove(key);
        }
        uploads.insert(key, upload);
        lapsed
    }

    /// The upload of a key, unless it has lapsed.
    pub fn get(&self, key: &str, now: Timestamp) -> Option<Upload> {
        let upload = self.uploads().get(key).cloned()?;
        (upload.expires > now).then_some(upload)
    }

    /// Says how far it is now, if it is at the stage that is thought.
    pub fn advance(&self, key: &str, from: Stage, to: Stage) -> bool {
        match self.uploads().get_mut(key) {
            Some(upload) if upload.stage == from => {
                upload.stage = to;
                true
            }
            _ => false,
        }
    }

    /// Forgets one.
    pub fn forget(&self, key: &str) -> bool {
        self.uploads().remove(key).is_some()
    }

    fn uploads(&self) -> MutexGuard<'_, HashMap<String, Upload>> {
        self.0
            .lock()
            .expect("no thread panics while holding the uploads")
    }
}
