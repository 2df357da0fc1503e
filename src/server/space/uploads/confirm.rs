//! The end of an upload: its parts become one file, and that gets its place.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use cap_std::fs::{Dir, OpenOptions};
use serde_json::json;

use crate::domain::path::RemotePath;
use crate::server::ledger::{ContentRow, Home, PartRow};
use crate::server::space::Space;
use crate::server::space::attributes::Attributes;
use crate::server::space::facts::Facts;
use crate::server::space::place::{exists, open_file};
use crate::server::space::problem::Problem;
use crate::server::space::rename::Strategy;
use crate::server::space::sums;

use super::{SMALLEST_PART, Upload, Way, throw_away};

/// So much is copied between two looks at whether the service is stopping.
const PIECE: u64 = 64 << 20;

/// What is wanted of a file that gets its place.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// What to do if the name is taken.
    pub strategy: Strategy,
    /// The content token of the file that may be replaced.
    pub content_cas: Option<String>,
    /// The sum that the bytes must have.
    pub crc64: Option<u64>,
    /// What is said about the file.
    pub attributes: Attributes,
}

/// A file that has got its place.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Where it is.
    pub path: RemotePath,
    /// What it is.
    pub facts: Facts,
    /// CRC-64/XZ.
    pub crc64: u64,
    /// Whether it replaced another file.
    pub is_overwritten: bool,
    /// What is said about it.
    pub attributes: Attributes,
}

impl Space {
    /// How many bytes an upload has, if all its parts are there and it is not confirmed.
    pub fn upload_size(&self, upload: &Upload) -> Result<u64, Problem> {
        if upload.settled.is_some() {
            return Err(Problem::UploadComplete);
        }
        Ok(total(upload, &self.upload_parts(&upload.key)?)?.0)
    }

    /// Makes a file of an upload and gives it its place (part B 4.6).
    pub fn confirm_upload(&self, key: &str, asked: &Confirmation) -> Result<Settled, Problem> {
        let _claim = self.claim(key)?;
        let mut upload = self.upload(key)?;
        if upload.settled.is_some() {
            return Err(Problem::UploadComplete);
        }
        let uploads = self.uploads_folder()?;
        let parts = self.upload_parts(key)?;
        if let Some(file) = &upload.settling
            && !exists(&uploads, file)?
        {
            // It got its place, but that could not be written down.
            upload.settled = Some(String::new());
            self.end_upload(&upload, None)?;
            throw_away(&uploads, &parts);
            return Err(Problem::UploadComplete);
        }
        let (_, crc64) = total(&upload, &parts)?;
        if asked.crc64.is_some_and(|asked| asked != crc64) {
            return Err(Problem::BadCrc64);
        }
        let path = Self::path(&upload.wish.path)?;
        self.check_upload(&path, asked.strategy)?;
        let facts = self
            .join(&uploads, &parts)
            .map_err(|problem| match problem {
                // Somebody took the parts away.
                Problem::FileMissing => Problem::UploadIncomplete,
                other => other,
            })?;
        let file = parts[0].file.clone();
        // What is said about a file goes along with it, so it can be said before.
        self.set_attributes(&facts, &asked.attributes)?;
        upload.settling = Some(file.clone());
        self.note_upload(&upload)?;
        let placed = self.settle(
            (&uploads, file.as_ref()),
            Home::Upload(file.clone()),
            &path,
            asked.strategy,
            asked.content_cas.as_deref(),
        );
        upload.settling = None;
        let (path, is_overwritten) = match placed {
            Ok(placed) => placed,
            Err(problem) => {
                // The bytes are still there, so another name can still be tried.
                self.note_upload(&upload)?;
                self.set_attributes(&facts, &Attributes::default())?;
                return Err(problem);
            }
        };
        upload.settled = Some(path.as_str().to_owned());
        let content = parts[0].beginning.clone().map(|beginning| ContentRow {
            identity: facts.identity(),
            path: path.as_str().to_owned(),
            size: facts.size,
            modified: sums::modified(&facts),
            beginning,
            whole: parts[0].whole.clone().filter(|_| parts.len() == 1),
        });
        self.end_upload(&upload, content.as_ref())?;
        self.learn_sum(&facts, crc64);
        if !is_overwritten {
            self.tell_of("FILE.CREATE", &path, json!({ "isRapidUpload": false }));
        }
        throw_away(&uploads, &parts[1..]);
        Ok(Settled {
            attributes: self.attributes(&facts)?,
            path,
            facts,
            crc64,
            is_overwritten,
        })
    }

    fn end_upload(&self, upload: &Upload, content: Option<&ContentRow>) -> Result<(), Problem> {
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        change.put_upload(&upload.row())?;
        change.forget_parts(&upload.key)?;
        if let Some(content) = content {
            change.put_content(content)?;
        }
        Ok(change.commit()?)
    }

    /// Adds all parts to the file of the first. If this breaks off, the first part is again as
    /// long as its row says the next time.
    fn join(&self, uploads: &Dir, parts: &[PartRow]) -> Result<Facts, Problem> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        // Looks before it opens: nothing but a file of ours is written to.
        let (_, facts) = open_file(uploads, parts[0].file.as_ref())?;
        if parts.len() == 1 && facts.size == parts[0].size {
            return Ok(facts);
        }
        let mut whole = uploads.open_with(&parts[0].file, &options)?.into_std();
        whole.set_len(parts[0].size)?;
        whole.seek(SeekFrom::End(0))?;
        for part in &parts[1..] {
            let (file, facts) = open_file(uploads, part.file.as_ref())?;
            if facts.size != part.size {
                return Err(Problem::FileMissing);
            }
            self.append(&mut whole, &file, part.size)?;
        }
        whole.sync_all()?;
        Ok(Facts::of_open(&whole)?)
    }

    /// By the kernel where it can.
    fn append(&self, whole: &mut File, part: &File, mut size: u64) -> Result<(), Problem> {
        while size > 0 {
            if self.is_stopping() {
                return Err(Problem::Stopping);
            }
            let copied = std::io::copy(&mut part.take(size.min(PIECE)), whole)?;
            if copied == 0 {
                return Err(Problem::FileMissing);
            }
            size -= copied;
        }
        Ok(())
    }
}

/// Size and sum of all parts, if they are all there and none is too small (part B 4.2).
fn total(upload: &Upload, parts: &[PartRow]) -> Result<(u64, u64), Problem> {
    let is_multipart = matches!(upload.wish.way, Way::Multipart(_));
    let is_gapless = parts
        .iter()
        .map(|part| part.number)
        .eq(1..=u32::try_from(parts.len()).unwrap_or(0));
    if parts.is_empty() || !is_gapless {
        return Err(if is_multipart {
            Problem::PartsIncomplete
        } else {
            Problem::UploadIncomplete
        });
    }
    let but_last = &parts[..parts.len() - 1];
    if but_last.iter().any(|part| part.size < SMALLEST_PART) {
        return Err(Problem::PartTooSmall);
    }
    Ok(parts.iter().fold((0, 0), |(size, crc64), part| {
        (size + part.size, sums::joined(crc64, part.crc64, part.size))
    }))
}
