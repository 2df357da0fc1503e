//! The rows of quotas: how much their spaces may hold together.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Change, Ledger};

/// One quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRow {
    /// Its number.
    pub id: u64,
    /// Bytes.
    pub capacity: u64,
    /// JSON: what was said about removing files.
    pub removal: String,
    /// The spaces that it holds for, in their order.
    pub spaces: Vec<String>,
}

impl Ledger {
    /// The quota with this number.
    pub fn quota(&self, id: u64) -> rusqlite::Result<Option<QuotaRow>> {
        read(&self.connection, id)
    }

    /// The quota of a space.
    pub fn quota_of(&self, space: &str) -> rusqlite::Result<Option<QuotaRow>> {
        let id: Option<i64> = self
            .connection
            .prepare_cached("SELECT quota FROM quota_space WHERE space = ?1")?
            .query_row([space], |row| row.get(0))
            .optional()?;
        match id {
            Some(id) => read(&self.connection, id.cast_unsigned()),
            None => Ok(None),
        }
    }

    /// All quotas together, in bytes; none if there is no quota.
    pub fn allocated(&self) -> rusqlite::Result<Option<u64>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT capacity FROM quota")?;
        let rows = statement.query_map([], |row| row.get::<_, i64>(0))?;
        let mut sum = None;
        for capacity in rows {
            sum = Some(
                sum.unwrap_or(0u64)
                    .saturating_add(capacity?.cast_unsigned()),
            );
        }
        Ok(sum)
    }
}

impl Change<'_> {
    /// Writes a quota. A space that has another one already is an error of the caller.
    pub fn put_quota(&self, row: &QuotaRow) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO quota (id, capacity, removal) VALUES (?1, ?2, ?3)",
            )?
            .execute((
                row.id.cast_signed(),
                row.capacity.cast_signed(),
                &row.removal,
            ))?;
        self.transaction
            .prepare_cached("DELETE FROM quota_space WHERE quota = ?1")?
            .execute([row.id.cast_signed()])?;
        let mut statement = self
            .transaction
            .prepare_cached("INSERT INTO quota_space (space, quota) VALUES (?1, ?2)")?;
        for space in &row.spaces {
            statement.execute((space, row.id.cast_signed()))?;
        }
        Ok(())
    }
}

fn read(connection: &Connection, id: u64) -> rusqlite::Result<Option<QuotaRow>> {
    let row = connection
        .prepare_cached("SELECT capacity, removal FROM quota WHERE id = ?1")?
        .query_row([id.cast_signed()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((capacity, removal)) = row else {
        return Ok(None);
    };
    let mut statement = connection
        .prepare_cached("SELECT space FROM quota_space WHERE quota = ?1 ORDER BY space")?;
    let spaces = statement.query_map([id.cast_signed()], |row| row.get(0))?;
    Ok(Some(QuotaRow {
        id,
        capacity: capacity.cast_unsigned(),
        removal,
        spaces: spaces.collect::<Result<_, _>>()?,
    }))
}
