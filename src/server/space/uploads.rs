//! Uploads: begun, taken on part by part, confirmed or given up (part B section 4). What is known
//! of them is in the ledger and their bytes lie aside, so they outlive the service. Knows no
//! requests.

pub mod arrival;
pub mod confirm;

use cap_std::fs::Dir;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;
use crate::protocol::lenient::time;
use crate::server::ledger::{PartRow, UploadRow};

use super::Space;
use super::attributes::Attributes;
use super::facts::Kind;
use super::place::{exists, open_child};
use super::problem::Problem;
use super::rename::Strategy;
use super::store::Store;

/// An upload is remembered so long after its bytes are taken no more.
const MEMORY: SignedDuration = SignedDuration::from_hours(24);

/// The most parts of one upload (part B 4.2).
pub const MOST_PARTS: u32 = 10_000;

/// The fewest bytes of a part that is not the last one.
const SMALLEST_PART: u64 = 1 << 20;

/// What was asked for when an upload was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// Where the file is to go.
    pub path: String,
    /// What to do if the name is taken.
    pub strategy: Strategy,
    /// The content token of the file that may be replaced.
    pub content_cas: Option<String>,
    /// How the bytes come.
    pub way: Way,
    /// What must come along with the bytes.
    pub token: String,
    /// When it was begun.
    #[serde(with = "time")]
    pub begun: Option<Timestamp>,
    /// What is said about the file.
    pub attributes: Attributes,
}

/// How the bytes of an upload come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// In one request.
    Simple,
    /// As the file of a form.
    Form,
    /// In numbered parts, under this name.
    Multipart(String),
}

/// An upload.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Names it to the client.
    pub key: String,
    /// What was asked for.
    pub wish: Wish,
    /// Until when bytes are taken.
    pub expires: Timestamp,
    /// The path of the file once it has its place; empty if that is not known.
    pub settled: Option<String>,
    settling: Option<String>,
}

impl Upload {
    /// One that begins now.
    pub fn new(key: String, wish: Wish, expires: Timestamp) -> Self {
        Self {
            key,
            wish,
            expires,
            settled: None,
            settling: None,
        }
    }

    fn read(row: UploadRow) -> Result<Self, Problem> {
        Ok(Self {
            wish: serde_json::from_str(&row.request)
                .map_err(|error| Problem::Io(std::io::Error::other(error)))?,
            key: row.key,
            expires: row.expires,
            settled: row.settled,
            settling: row.settling,
        })
    }

    fn row(&self) -> UploadRow {
        UploadRow {
            key: self.key.clone(),
            request: serde_json::to_string(&self.wish)
                .expect("plain fields can be written as JSON"),
            expires: self.expires,
            settling: self.settling.clone(),
            settled: self.settled.clone(),
        }
    }
}

/// The right to end an upload, which one request at a time has.
struct Claim<'a> {
    space: &'a Space,
    key: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.space.claims().remove(&self.key);
    }
}

impl Space {
    /// Checks what can be known of an upload before its bytes come.
    pub fn check_upload(&self, path: &RemotePath, strategy: Strategy) -> Result<(), Problem> {
        self.check_target(path, Kind::File)?;
        self.open_parent(path)?;
        match self.look(path) {
            Ok(there) if there.kind == Kind::Directory || strategy == Strategy::Ask => {
                Err(Problem::NameTaken)
            }
            Ok(_) | Err(Problem::PathMissing) => Ok(()),
            Err(problem) => Err(problem),
        }
    }

    /// Notes that an upload has begun.
    pub fn begin_upload(&self, upload: &Upload) -> Result<(), Problem> {
        self.store()?;
        self.forget_lapsed_uploads()?;
        self.note_upload(upload)
    }

    /// The upload with a key, unless it is forgotten.
    pub fn upload(&self, key: &str) -> Result<Upload, Problem> {
        let store = self.store_if_any()?.ok_or(Problem::UploadMissing)?;
        let row = store.ledger.upload(key)?.ok_or(Problem::UploadMissing)?;
        if row.expires + MEMORY < self.now() {
            return Err(Problem::UploadMissing);
        }
        Upload::read(row)
    }

    /// The parts of an upload that have arrived whole, in their order.
    pub fn upload_parts(&self, key: &str) -> Result<Vec<PartRow>, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.upload_parts(key)?),
            None => Ok(Vec::new()),
        }
    }

    /// Takes bytes for longer.
    pub fn renew_upload(&self, key: &str, expires: Timestamp) -> Result<Upload, Problem> {
        let _claim = self.claim(key)?;
        let mut upload = self.upload(key)?;
        if !matches!(upload.wish.way, Way::Multipart(_)) {
            return Err(Problem::NotMultipart);
        }
        if upload.settled.is_some() {
            return Err(Problem::UploadComplete);
        }
        upload.expires = expires;
        self.note_upload(&upload)?;
        Ok(upload)
    }

    /// Gives an upload up, and throws its bytes away.
    pub fn cancel_upload(&self, key: &str) -> Result<(), Problem> {
        let _claim = self.claim(key)?;
        if self.upload(key)?.settled.is_some() {
            return Err(Problem::UploadComplete);
        }
        let mut store = self.store()?;
        forget(&mut store, key)
    }

    /// Throws away what is left of uploads that nobody ended in time.
    pub fn forget_lapsed_uploads(&self) -> Result<(), Problem> {
        let Some(mut store) = self.store_if_any()? else {
            return Ok(());
        };
        for key in store.ledger.lapsed_uploads(self.now() - MEMORY)? {
            if !self.claims().contains(&key) {
                forget(&mut store, &key)?;
            }
        }
        Ok(())
    }

    fn note_upload(&self, upload: &Upload) -> Result<(), Problem> {
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        change.put_upload(&upload.row())?;
        Ok(change.commit()?)
    }

    fn claim(&self, key: &str) -> Result<Claim<'_>, Problem> {
        if !self.claims().insert(key.to_owned()) {
            return Err(Problem::Busy);
        }
        Ok(Claim {
            space: self,
            key: key.to_owned(),
        })
    }

    fn uploads_folder(&self) -> Result<Dir, Problem> {
        let store = self.store()?;
        Ok(open_child(&store.uploads, ".".as_ref())?)
    }
}

/// The rows go first: files without a row are swept at the next start, rows without a file would
/// promise what is not there.
fn forget(store: &mut Store, key: &str) -> Result<(), Problem> {
    let parts = store.ledger.upload_parts(key)?;
    let change = store.ledger.change()?;
    change.forget_upload(key)?;
    change.commit()?;
    throw_away(&store.uploads, &parts);
    Ok(())
}

fn throw_away(uploads: &Dir, parts: &[PartRow]) {
    for part in parts {
        if let Err(error) = uploads.remove_file(&part.file)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::debug!(%error, "a part that is not wanted stays for now");
        }
    }
}

/// At the start: says of each file that was being given its place whether it has it, and throws
/// away what belongs to no upload, such as parts that were cut off.
pub fn recover(store: &mut Store) -> Result<(), Problem> {
    for mut row in store.ledger.settling_uploads()? {
        let Some(file) = row.settling.take() else {
            continue;
        };
        let is_settled = row.settled.is_none() && !exists(&store.uploads, &file)?;
        if is_settled {
            row.settled = Some(String::new());
        }
        let change = store.ledger.change()?;
        change.put_upload(&row)?;
        if is_settled {
            change.forget_parts(&row.key)?;
        }
        change.commit()?;
    }
    let wanted = store.ledger.upload_files()?;
    for entry in store.uploads.entries()? {
        let name = entry?.file_name();
        if !name.to_str().is_some_and(|name| wanted.contains(name)) {
            store.uploads.remove_file(&name)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
