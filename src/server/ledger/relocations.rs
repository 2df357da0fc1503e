//! The rows of what tasks are about to put into its place.

use std::collections::HashMap;

use crate::server::space::facts::Identity;

use super::{Change, Ledger};

impl Ledger {
    /// What a task was about to put into its place, by the positions of its items.
    pub fn relocations(&self, task: u64) -> rusqlite::Result<HashMap<u64, Identity>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT position, inode, born FROM relocation WHERE task = ?1")?;
        let rows = statement.query_map([task.cast_signed()], |row| {
            Ok((
                row.get::<_, i64>(0)?.cast_unsigned(),
                Identity {
                    inode: row.get::<_, i64>(1)?.cast_unsigned(),
                    born: row.get::<_, i64>(2)?.cast_unsigned(),
                },
            ))
        })?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Notes what a task is about to put into its place.
    pub fn note_relocations(&self, task: u64, things: &[(u64, Identity)]) -> rusqlite::Result<()> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT OR REPLACE INTO relocation (task, position, inode, born)
             VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (position, thing) in things {
            statement.execute((
                task.cast_signed(),
                position.cast_signed(),
                thing.inode.cast_signed(),
                thing.born.cast_signed(),
            ))?;
        }
        Ok(())
    }

    /// Says that what a task was about to put into its place has its results now.
    pub fn settle_relocations(&self, task: u64) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM relocation WHERE task = ?1")?
            .execute([task.cast_signed()])?;
        Ok(())
    }
}
