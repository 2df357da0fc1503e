//! The rows of what was said about entries.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use crate::server::space::facts::Identity;

use super::{Change, Ledger};

impl Ledger {
    /// Whether anything was said about any entry.
    pub fn has_attributes(&self) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM attribute)")?
            .query_row([], |row| row.get(0))
    }

    /// What was said about one entry, as JSON.
    pub fn attribute(&self, of: Identity) -> rusqlite::Result<Option<String>> {
        self.connection
            .prepare_cached("SELECT value FROM attribute WHERE inode = ?1 AND born = ?2")?
            .query_row((of.inode.cast_signed(), of.born.cast_signed()), |row| {
                row.get(0)
            })
            .optional()
    }

    /// Which entries are virtual files, and the bytes that each counts as.
    pub fn virtual_sizes(&self) -> rusqlite::Result<HashMap<Identity, u64>> {
        // Word for word the condition of its index.
        let mut statement = self.connection.prepare_cached(
            "SELECT inode, born, value ->> '$.virtualSize' FROM attribute
             WHERE value ->> '$.virtualSize' IS NOT NULL",
        )?;
        let rows = statement.query_map([], |row| {
            let identity = Identity {
                inode: row.get::<_, i64>(0)?.cast_unsigned(),
                born: row.get::<_, i64>(1)?.cast_unsigned(),
            };
            Ok((identity, row.get::<_, i64>(2)?.cast_unsigned()))
        })?;
        rows.collect()
    }

    /// When those files were first uploaded whose content has been replaced since.
    pub fn kept_creations(&self) -> rusqlite::Result<HashMap<Identity, Timestamp>> {
        // Word for word the condition of its index.
        let mut statement = self.connection.prepare_cached(
            "SELECT inode, born, value ->> '$.created' FROM attribute
             WHERE value ->> '$.created' IS NOT NULL",
        )?;
        let rows = statement.query_map([], |row| {
            let identity = Identity {
                inode: row.get::<_, i64>(0)?.cast_unsigned(),
                born: row.get::<_, i64>(1)?.cast_unsigned(),
            };
            Ok((identity, row.get::<_, String>(2)?))
        })?;
        rows.filter_map(|row| match row {
            Ok((identity, text)) => Some(Ok((identity, text.parse().ok()?))),
            Err(error) => Some(Err(error)),
        })
        .collect()
    }

    /// The same, of these files only.
    pub fn kept_creations_of(
        &self,
        files: impl IntoIterator<Item = Identity>,
    ) -> rusqlite::Result<HashMap<Identity, Timestamp>> {
        let mut found = HashMap::new();
        let is_any: bool = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM attribute WHERE value ->> '$.created' IS NOT NULL)",
            )?
            .query_row([], |row| row.get(0))?;
        if !is_any {
            return Ok(found);
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT value ->> '$.created' FROM attribute WHERE inode = ?1 AND born = ?2",
        )?;
        for file in files {
            let key = (file.inode.cast_signed(), file.born.cast_signed());
            let text: Option<Option<String>> =
                statement.query_row(key, |row| row.get(0)).optional()?;
            if let Some(time) = text.flatten().and_then(|text| text.parse().ok()) {
                found.insert(file, time);
            }
        }
        Ok(found)
    }

    /// All that was said, about which entries, as JSON.
    pub fn all_attributes(&self) -> rusqlite::Result<Vec<(Identity, String)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT inode, born, value FROM attribute")?;
        let rows = statement.query_map([], |row| {
            let identity = Identity {
                inode: row.get::<_, i64>(0)?.cast_unsigned(),
                born: row.get::<_, i64>(1)?.cast_unsigned(),
            };
            Ok((identity, row.get(2)?))
        })?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Says something about an entry instead of what was said before.
    pub fn set_attribute(&self, of: Identity, value: &str) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO attribute (inode, born, value) VALUES (?1, ?2, ?3)",
            )?
            .execute((of.inode.cast_signed(), of.born.cast_signed(), value))?;
        Ok(())
    }

    /// Says nothing about an entry any more.
    pub fn clear_attribute(&self, of: Identity) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM attribute WHERE inode = ?1 AND born = ?2")?
            .execute((of.inode.cast_signed(), of.born.cast_signed()))?;
        Ok(())
    }
}
