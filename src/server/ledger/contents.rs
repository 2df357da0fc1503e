//! The rows of hashes by which a content is found again (part B 4.8).

use rusqlite::Row;

use crate::server::space::facts::Identity;

use super::{Change, Ledger};

/// The hashes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRow {
    /// The file.
    pub identity: Identity,
    /// Where it was seen last.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970, cut to 64 bits.
    pub modified: i64,
    /// Hash of the first MiB.
    pub beginning: String,
    /// Hash of everything, once it was computed.
    pub whole: Option<String>,
}

impl Ledger {
    /// The files that begin so; the newest first, and not more than are worth a look.
    pub fn contents(
        &self,
        beginning: &str,
        size: Option<u64>,
    ) -> rusqlite::Result<Vec<ContentRow>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT inode, born, path, size, modified, beginning, whole FROM content
             WHERE beginning = ?1 AND (?2 IS NULL OR size = ?2)
             ORDER BY modified DESC LIMIT 100",
        )?;
        statement
            .query_map((beginning, size.map(u64::cast_signed)), content)?
            .collect()
    }
}

fn content(row: &Row<'_>) -> rusqlite::Result<ContentRow> {
    Ok(ContentRow {
        identity: Identity {
            inode: row.get::<_, i64>(0)?.cast_unsigned(),
            born: row.get::<_, i64>(1)?.cast_unsigned(),
        },
        path: row.get(2)?,
        size: row.get::<_, i64>(3)?.cast_unsigned(),
        modified: row.get(4)?,
        beginning: row.get(5)?,
        whole: row.get(6)?,
    })
}

impl Change<'_> {
    /// Remembers the hashes of a file.
    pub fn put_content(&self, content: &ContentRow) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO content
                   (inode, born, path, size, modified, beginning, whole)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                content.identity.inode.cast_signed(),
                content.identity.born.cast_signed(),
                &content.path,
                content.size.cast_signed(),
                content.modified,
                &content.beginning,
                &content.whole,
            ))?;
        Ok(())
    }
}
