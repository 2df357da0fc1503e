//! The rows of what happened.

use jiff::Timestamp;

use super::{Change, Ledger, milliseconds};

impl Ledger {
    /// At most `limit` events behind that number: their numbers and their JSON.
    pub fn events_after(&self, id: u64, limit: u64) -> rusqlite::Result<Vec<(u64, String)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, value FROM event WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let rows = statement.query_map((id.cast_signed(), limit.cast_signed()), |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })?;
        rows.collect()
    }

    /// The number of the last event that there ever was; 0 if there was none.
    pub fn last_event(&self) -> rusqlite::Result<u64> {
        let last: i64 = self
            .connection
            .prepare_cached(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'",
            )?
            .query_row([], |row| row.get(0))?;
        Ok(last.cast_unsigned())
    }
}

impl Change<'_> {
    /// Writes events down.
    pub fn add_events<'a>(
        &self,
        time: Timestamp,
        values: impl IntoIterator<Item = &'a String>,
    ) -> rusqlite::Result<()> {
        let mut statement = self
            .transaction
            .prepare_cached("INSERT INTO event (time, value) VALUES (?1, ?2)")?;
        for value in values {
            statement.execute((milliseconds(time), value))?;
        }
        Ok(())
    }

    /// Forgets the events before `then`.
    pub fn forget_events(&self, then: Timestamp) -> rusqlite::Result<()> {
        self.transaction
            .execute("DELETE FROM event WHERE time < ?1", [milliseconds(then)])?;
        Ok(())
    }
}
