//! The rows of the spaces of a library: who made each of them, and how it is to be.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row};

use super::{Change, Ledger, from_milliseconds, milliseconds};

/// What is known of a space besides its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceRow {
    /// Its id.
    pub id: String,
    /// Who made it; may be empty.
    pub user: String,
    /// When it was made.
    pub created: Timestamp,
    /// JSON of the protocol's extension.
    pub settings: String,
    /// Bytes per second of one download.
    pub traffic: Option<u64>,
}

impl SpaceRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            user: row.get(1)?,
            created: from_milliseconds(row.get(2)?),
            settings: row.get(3)?,
            traffic: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        })
    }
}

impl Ledger {
    /// The row of a space.
    pub fn space(&self, id: &str) -> rusqlite::Result<Option<SpaceRow>> {
        self.connection
            .prepare_cached("SELECT id, user, created, settings, traffic FROM space WHERE id = ?1")?
            .query_row([id], SpaceRow::read)
            .optional()
    }

    /// The spaces whose deletion was begun, and nobody has said the end of it.
    pub fn doomed_spaces(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM space WHERE doomed = 1")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Writes the row of a space.
    pub fn put_space(&self, row: &SpaceRow) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO space (id, user, created, settings, traffic, doomed)
                 VALUES (?1, ?2, ?3, ?4, ?5, 0)",
            )?
            .execute((
                &row.id,
                &row.user,
                milliseconds(row.created),
                &row.settings,
                row.traffic.map(u64::cast_signed),
            ))?;
        Ok(())
    }

    /// Says that a space is about to be deleted, or that it is not.
    pub fn doom_space(&self, id: &str, is_doomed: bool) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("UPDATE space SET doomed = ?2 WHERE id = ?1")?
            .execute((id, is_doomed))?;
        Ok(())
    }

    /// Takes away all rows of a space that is gone.
    pub fn drop_space(&self, id: &str) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM space WHERE id = ?1")?
            .execute([id])?;
        self.transaction
            .prepare_cached("DELETE FROM quota_space WHERE space = ?1")?
            .execute([id])?;
        Ok(())
    }
}
