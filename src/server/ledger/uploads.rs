//! The rows of uploads that were begun and of their parts.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};

use super::{Change, Ledger, from_milliseconds, milliseconds};

/// One upload.
#[derive(Clone, Debug)]
pub struct UploadRow {
    /// Names it to the client.
    pub key: String,
    /// What was asked for, as JSON.
    pub request: String,
    /// Until when bytes are taken.
    pub expires: Timestamp,
    /// The file that is being given its place.
    pub settling: Option<String>,
    /// The path of the file once it has its place; empty if that is not known.
    pub settled: Option<String>,
}

/// One part that has arrived whole.
#[derive(Clone, Debug)]
pub struct PartRow {
    /// Which part it is.
    pub number: u32,
    /// Name of its file below `uploads`.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// CRC-64/XZ.
    pub crc64: u64,
    /// MD5, which is its tag.
    pub md5: String,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Hash of its first MiB, if it is the first part and has so much.
    pub beginning: Option<String>,
    /// Hash of all of it, under the same conditions.
    pub whole: Option<String>,
}

const UPLOAD: &str = "SELECT key, request, expires, settling, settled FROM upload";

impl Ledger {
    /// The upload with that key.
    pub fn upload(&self, key: &str) -> rusqlite::Result<Option<UploadRow>> {
        self.connection
            .prepare_cached(&format!("{UPLOAD} WHERE key = ?1"))?
            .query_row([key], upload)
            .optional()
    }

    /// Uploads whose file is being given its place.
    pub fn settling_uploads(&self) -> rusqlite::Result<Vec<UploadRow>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{UPLOAD} WHERE settling IS NOT NULL"))?;
        statement.query_map([], upload)?.collect()
    }

    /// Keys of the uploads that lapsed before a time.
    pub fn lapsed_uploads(&self, before: Timestamp) -> rusqlite::Result<Vec<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key FROM upload WHERE expires < ?1")?;
        statement
            .query_map([milliseconds(before)], |row| row.get(0))?
            .collect()
    }

    /// The parts of an upload, in their order.
    pub fn upload_parts(&self, key: &str) -> rusqlite::Result<Vec<PartRow>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, file, size, crc64, md5, arrived, beginning, whole
             FROM upload_part WHERE upload = ?1 ORDER BY number",
        )?;
        let rows = statement.query_map([key], |row| {
            Ok(PartRow {
                number: row.get(0)?,
                file: row.get(1)?,
                size: row.get::<_, i64>(2)?.cast_unsigned(),
                crc64: row.get::<_, i64>(3)?.cast_unsigned(),
                md5: row.get(4)?,
                arrived: from_milliseconds(row.get(5)?),
                beginning: row.get(6)?,
                whole: row.get(7)?,
            })
        })?;
        rows.collect()
    }

    /// The files of all parts of all uploads.
    pub fn upload_files(&self) -> rusqlite::Result<HashSet<String>> {
        let mut statement = self.connection.prepare("SELECT file FROM upload_part")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }
}

fn upload(row: &Row<'_>) -> rusqlite::Result<UploadRow> {
    Ok(UploadRow {
        key: row.get(0)?,
        request: row.get(1)?,
        expires: from_milliseconds(row.get(2)?),
        settling: row.get(3)?,
        settled: row.get(4)?,
    })
}

impl Change<'_> {
    /// Notes an upload instead of what was known of it.
    pub fn put_upload(&self, upload: &UploadRow) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO upload (key, request, expires, settling, settled)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                &upload.key,
                &upload.request,
                milliseconds(upload.expires),
                &upload.settling,
                &upload.settled,
            ))?;
        Ok(())
    }

    /// Notes a part instead of an earlier one of that number.
    pub fn put_part(&self, key: &str, part: &PartRow) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO upload_part
                   (upload, number, file, size, crc64, md5, arrived, beginning, whole)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                key,
                part.number,
                &part.file,
                part.size.cast_signed(),
                part.crc64.cast_signed(),
                &part.md5,
                milliseconds(part.arrived),
                &part.beginning,
                &part.whole,
            ))?;
        Ok(())
    }

    /// Forgets the parts of an upload.
    pub fn forget_parts(&self, key: &str) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM upload_part WHERE upload = ?1")?
            .execute([key])?;
        Ok(())
    }

    /// Forgets an upload and its parts.
    pub fn forget_upload(&self, key: &str) -> rusqlite::Result<()> {
        self.forget_parts(key)?;
        self.transaction
            .prepare_cached("DELETE FROM upload WHERE key = ?1")?
            .execute([key])?;
        Ok(())
    }
}
