//! The rows that belong to one user: favourites, and what was used lately.

use jiff::Timestamp;
use rusqlite::Row;

use crate::server::space::facts::Identity;

use super::{Change, Ledger, from_milliseconds, milliseconds};

/// So many recently used things are remembered for each user.
const RECENT: i64 = 1000;

/// Something that a user marked or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalRow {
    /// The number of the row.
    pub id: u64,
    /// What it is about.
    pub identity: Identity,
    /// Where that was then.
    pub path: String,
    /// When it was marked or used.
    pub time: Timestamp,
    /// What was done with it; of no meaning for a favourite.
    pub action: Action,
}

/// What was done with something that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was looked at.
    Preview,
    /// Its content was changed.
    Modify,
}

/// The time and the number of the row that a page begins behind.
pub type PersonalKey = (i64, u64);

impl PersonalRow {
    /// The key of the row, for the next page.
    pub fn key(&self) -> PersonalKey {
        (milliseconds(self.time), self.id)
    }
}

impl Ledger {
    /// Whether a user marked an entry.
    pub fn is_favorite(&self, user: &str, of: Identity) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM favorite WHERE user = ?1 AND inode = ?2 AND born = ?3)",
            )?
            .query_row(
                (user, of.inode.cast_signed(), of.born.cast_signed()),
                |row| row.get(0),
            )
    }

    /// How many entries a user marked.
    pub fn favorite_count(&self, user: &str) -> rusqlite::Result<u64> {
        let count: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM favorite WHERE user = ?1")?
            .query_row([user], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// At most `limit` marks of a user by their time, behind a row or after so many.
    pub fn favorites(
        &self,
        user: &str,
        is_descending: bool,
        after: Option<PersonalKey>,
        offset: u64,
        limit: u64,
    ) -> rusqlite::Result<Vec<PersonalRow>> {
        let (direction, sign) = if is_descending {
            ("DESC", "<")
        } else {
            ("ASC", ">")
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT id, inode, born, path, added, 0 FROM favorite
             WHERE user = ?1 AND (?2 IS NULL OR (added, id) {sign} (?2, ?3))
             ORDER BY added {direction}, id {direction} LIMIT ?4 OFFSET ?5"
        ))?;
        let rows = statement.query_map(
            (
                user,
                after.map(|(time, _)| time),
                after.map(|(_, id)| id.cast_signed()),
                limit.cast_signed(),
                offset.cast_signed(),
            ),
            read,
        )?;
        rows.collect()
    }

    /// At most `limit` things that a user used, the last first, behind a row.
    pub fn recent(
        &self,
        user: &str,
        action: Option<Action>,
        after: Option<PersonalKey>,
        limit: u64,
    ) -> rusqlite::Result<Vec<PersonalRow>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, inode, born, path, used, action FROM recent
             WHERE user = ?1 AND (?2 IS NULL OR action = ?2)
               AND (?3 IS NULL OR (used, id) < (?3, ?4))
             ORDER BY used DESC, id DESC LIMIT ?5",
        )?;
        let rows = statement.query_map(
            (
                user,
                action.map(Action::to_number),
                after.map(|(time, _)| time),
                after.map(|(_, id)| id.cast_signed()),
                limit.cast_signed(),
            ),
            read,
        )?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Marks an entry; false if the user marked it before.
    pub fn add_favorite(
        &self,
        user: &str,
        of: Identity,
        path: &str,
        now: Timestamp,
    ) -> rusqlite::Result<bool> {
        let count = self
            .transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO favorite (user, inode, born, path, added)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                user,
                of.inode.cast_signed(),
                of.born.cast_signed(),
                path,
                milliseconds(now),
            ))?;
        Ok(count > 0)
    }

    /// Takes a mark away; false if there was none.
    pub fn remove_favorite(&self, user: &str, of: Identity) -> rusqlite::Result<bool> {
        let count = self
            .transaction
            .prepare_cached("DELETE FROM favorite WHERE user = ?1 AND inode = ?2 AND born = ?3")?
            .execute((user, of.inode.cast_signed(), of.born.cast_signed()))?;
        Ok(count > 0)
    }

    /// Notes that something was used, and forgets what was used longest ago.
    pub fn add_recent(
        &self,
        user: &str,
        of: Identity,
        action: Action,
        path: &str,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO recent (user, inode, born, action, path, used)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                user,
                of.inode.cast_signed(),
                of.born.cast_signed(),
                action.to_number(),
                path,
                milliseconds(now),
            ))?;
        self.transaction
            .prepare_cached(
                "DELETE FROM recent WHERE id IN (
                   SELECT id FROM recent WHERE user = ?1
                   ORDER BY used DESC, id DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute((user, RECENT))?;
        Ok(())
    }
}

impl Action {
    fn to_number(self) -> i64 {
        match self {
            Self::Preview => 0,
            Self::Modify => 1,
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<PersonalRow> {
    Ok(PersonalRow {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        identity: Identity {
            inode: row.get::<_, i64>(1)?.cast_unsigned(),
            born: row.get::<_, i64>(2)?.cast_unsigned(),
        },
        path: row.get(3)?,
        time: from_milliseconds(row.get(4)?),
        action: if row.get::<_, i64>(5)? == 0 {
            Action::Preview
        } else {
            Action::Modify
        },
    })
}
