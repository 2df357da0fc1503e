//! The rows of what is in the bin.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql};

use super::{Change, Ledger, from_milliseconds, milliseconds};

/// What is kept about a thing in the bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinRow {
    /// Its number; the thing itself is `bin/<id>`.
    pub id: u64,
    /// The rest.
    pub recycled: Recycled,
}

/// What is known of a thing when it is recycled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recycled {
    /// Former path, components joined by `/`.
    pub path: String,
    /// 0 directory, 1 file, 2 symbolic link, 3 other.
    pub kind: i64,
    /// Bytes; none for a directory, whose tree nobody has counted.
    pub size: Option<u64>,
    /// When it was made.
    pub created: Timestamp,
    /// When its content last changed.
    pub modified: Timestamp,
    /// When it was recycled.
    pub removed: Timestamp,
    /// CRC-64/XZ where it was known.
    pub crc64: Option<u64>,
    /// When it goes for good; none for never.
    pub expires: Option<Timestamp>,
    /// Who removed it; may be empty.
    pub person: String,
}

impl Recycled {
    /// Whether its time is over, so that it is not seen any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// What the bin is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinOrder {
    /// Number, which is also the order of removal.
    Removal,
    /// Last component of the former path.
    Name,
    /// Time of the content.
    Modification,
    /// Bytes; directories before all files.
    Size,
    /// Time of going for good; what stays comes last.
    Remaining,
}

impl BinOrder {
    fn column(self) -> &'static str {
        match self {
            Self::Removal => "id",
            Self::Name => "name",
            Self::Modification => "modified",
            Self::Size => "coalesce(size, -1)",
            Self::Remaining => "coalesce(expires, 9223372036854775807)",
        }
    }
}

/// Where a page of the bin begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BinStart {
    /// After so many rows.
    Offset(u64),
    /// After the row with this sort key and number.
    After(BinKey, u64),
}

/// The sort key of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BinKey {
    /// For [`BinOrder::Name`].
    Text(String),
    /// For the others.
    Number(i64),
}

impl ToSql for BinKey {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
        }
    }
}

/// In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

const COLUMNS: &str = "id, path, kind, size, created, modified, removed, crc64, expires, person";

/// What is still seen; `?1` is now.
const THERE: &str = "(expires IS NULL OR expires > ?1)";

impl Ledger {
    /// How many things are in the bin.
    pub fn bin_count(&self, now: Timestamp) -> rusqlite::Result<u64> {
        let count: i64 = self
            .connection
            .prepare_cached(&format!("SELECT count(*) FROM recycled WHERE {THERE}"))?
            .query_row([milliseconds(now)], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// The numbers of all things in the bin.
    pub fn bin_ids(&self) -> rusqlite::Result<HashSet<u64>> {
        let mut statement = self.connection.prepare("SELECT id FROM recycled")?;
        let rows = statement.query_map([], |row| row.get::<_, i64>(0))?;
        rows.map(|id| Ok(id?.cast_unsigned())).collect()
    }

    /// One thing in the bin.
    pub fn bin_row(&self, id: u64) -> rusqlite::Result<Option<BinRow>> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM recycled WHERE id = ?1"))?
            .query_row([id.cast_signed()], read)
            .optional()
    }

    /// Some of the things whose time is over.
    pub fn bin_expired(&self, now: Timestamp, limit: u64) -> rusqlite::Result<Vec<u64>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM recycled WHERE expires <= ?1 LIMIT ?2")?;
        let rows = statement.query_map((milliseconds(now), limit.cast_signed()), |row| {
            row.get::<_, i64>(0)
        })?;
        rows.map(|id| Ok(id?.cast_unsigned())).collect()
    }

    /// How many days things stay in the bin and when that was said, if it was.
    pub fn lifecycle(&self) -> rusqlite::Result<Option<(u32, Timestamp)>> {
        self.connection
            .prepare_cached("SELECT days, changed FROM lifecycle")?
            .query_row([], |row| Ok((row.get(0)?, from_milliseconds(row.get(1)?))))
            .optional()
    }

    /// At most `limit` things in the asked order.
    pub fn bin_page(
        &self,
        order: BinOrder,
        descending: bool,
        start: &BinStart,
        limit: u64,
        now: Timestamp,
    ) -> rusqlite::Result<Vec<BinRow>> {
        let column = order.column();
        let (direction, sign) = if descending {
            ("DESC", "<")
        } else {
            ("ASC", ">")
        };
        let limit = limit.cast_signed();
        let now = milliseconds(now);
        let end = format!("ORDER BY {column} {direction}, id {direction} LIMIT ?2");
        let mut rows = Vec::new();
        match start {
            BinStart::Offset(offset) => {
                let mut statement = self.connection.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM recycled WHERE {THERE} {end} OFFSET ?3"
                ))?;
                for row in statement.query_map((now, limit, offset.cast_signed()), read)? {
                    rows.push(row?);
                }
            }
            BinStart::After(key, id) => {
                let mut statement = self.connection.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM recycled
                     WHERE {THERE} AND ({column}, id) {sign} (?3, ?4) {end}"
                ))?;
                for row in statement.query_map((now, limit, key, id.cast_signed()), read)? {
                    rows.push(row?);
                }
            }
        }
        Ok(rows)
    }
}

impl Change<'_> {
    /// Adds things with the numbers that were reserved for them.
    pub fn add_to_bin<'a>(
        &self,
        rows: impl IntoIterator<Item = (u64, &'a Recycled)>,
    ) -> rusqlite::Result<()> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO recycled
             (id, path, name, kind, size, created, modified, removed, crc64, expires, person)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        for (id, recycled) in rows {
            let name = recycled.path.rsplit('/').next().unwrap_or_default();
            statement.execute((
                id.cast_signed(),
                &recycled.path,
                name,
                recycled.kind,
                recycled.size.map(u64::cast_signed),
                milliseconds(recycled.created),
                milliseconds(recycled.modified),
                milliseconds(recycled.removed),
                recycled.crc64.map(u64::cast_signed),
                recycled.expires.map(milliseconds),
                &recycled.person,
            ))?;
        }
        Ok(())
    }

    /// Says how many days things stay in the bin from now on; those that are in it stay longer if
    /// that is longer, and never shorter (part A 8.9).
    pub fn set_lifecycle(&self, days: u32, now: Timestamp) -> rusqlite::Result<()> {
        self.transaction.execute(
            "INSERT OR REPLACE INTO lifecycle (only, days, changed) VALUES (1, ?1, ?2)",
            (days, milliseconds(now)),
        )?;
        self.transaction.execute(
            "UPDATE recycled SET expires = removed + ?1
             WHERE expires < removed + ?1 AND expires > ?2",
            (i64::from(days) * DAY, milliseconds(now)),
        )?;
        Ok(())
    }

    /// Takes things out of the list; those that are not in it do not matter.
    pub fn take_from_bin(&self, ids: impl IntoIterator<Item = u64>) -> rusqlite::Result<()> {
        let mut statement = self
            .transaction
            .prepare_cached("DELETE FROM recycled WHERE id = ?1")?;
        for id in ids {
            statement.execute([id.cast_signed()])?;
        }
        Ok(())
    }

    /// Takes everything out of the list.
    pub fn clear_bin(&self) -> rusqlite::Result<()> {
        self.transaction.execute("DELETE FROM recycled", [])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<BinRow> {
    Ok(BinRow {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        recycled: Recycled {
            path: row.get(1)?,
            kind: row.get(2)?,
            size: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
            created: from_milliseconds(row.get(4)?),
            modified: from_milliseconds(row.get(5)?),
            removed: from_milliseconds(row.get(6)?),
            crc64: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
            expires: row.get::<_, Option<i64>>(8)?.map(from_milliseconds),
            person: row.get(9)?,
        },
    })
}
