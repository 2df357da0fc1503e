//! The database beside a library: what is in the bin, which steps are open, which tasks there
//! are. Knows nothing of folders and renames.
//!
//! Base of its children: they add one table's statements each.

mod attributes;
mod bin;
mod contents;
mod events;
mod history;
mod intents;
mod links;
mod personal;
mod quotas;
mod relocations;
mod spaces;
mod tasks;
mod uploads;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use bin::{BinKey, BinOrder, BinRow, BinStart, Recycled};
pub use contents::ContentRow;
pub use history::{Chain, Home, Keep, Overwrite, Version};
pub use intents::{Intent, Verb};
pub use links::{LinkRow, LinkState};
pub use personal::{Action, PersonalKey, PersonalRow};
pub use quotas::QuotaRow;
pub use spaces::SpaceRow;
pub use tasks::{TaskRow, TaskState};
pub use uploads::{PartRow, UploadRow};

/// What makes a ledger of each version out of the one before.
const SCHEMA: [&str; 5] = [
    include_str!("../../assets/schema/1.sql"),
    include_str!("../../assets/schema/2.sql"),
    include_str!("../../assets/schema/3.sql"),
    include_str!("../../assets/schema/4.sql"),
    include_str!("../../assets/schema/5.sql"),
];

/// A commit is on the disk when it returns, or the order of steps would mean nothing.
const SYNCED: &str = "FULL";
/// A commit is on the disk before the next one that is synced.
const UNSYNCED: &str = "NORMAL";

/// An open ledger.
pub struct Ledger {
    connection: Connection,
    next: u64,
    /// Whether a commit waits for the disk.
    is_synced: bool,
}

impl Ledger {
    /// Opens a ledger, and makes its tables where it is empty.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", SYNCED)?;
        connection.set_prepared_statement_cache_capacity(64);
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let mut steps = (1u32..)
            .zip(SCHEMA)
            .skip_while(|(step, _)| *step <= version)
            .peekable();
        if steps.peek().is_some() {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (step, statements) in steps {
                transaction.execute_batch(statements)?;
                transaction.pragma_update(None, "user_version", step)?;
            }
            transaction.commit()?;
        }
        let next: i64 = connection.query_row("SELECT next FROM sequence", [], |row| row.get(0))?;
        Ok(Self {
            connection,
            next: next.cast_unsigned(),
            is_synced: true,
        })
    }

    /// The number that is given next.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Sees to it that no number below `first` is given.
    pub fn count_from(&mut self, first: u64) -> rusqlite::Result<()> {
        if first > self.next {
            let mut change = self.change()?;
            change.reserve_from(first)?;
            change.commit()?;
        }
        Ok(())
    }

    /// Begins a change that [`Change::commit`] makes true.
    pub fn change(&mut self) -> rusqlite::Result<Change<'_>> {
        self.begin(true)
    }

    /// Begins a change whose commit does not wait for the disk: only for what recovery would find
    /// out by itself. It is kept when the process is killed; when the machine crashes it may be
    /// undone, unless another change came after it. Changes are never kept in another order than
    /// they were made in.
    pub fn hasty_change(&mut self) -> rusqlite::Result<Change<'_>> {
        self.begin(false)
    }

    fn begin(&mut self, is_synced: bool) -> rusqlite::Result<Change<'_>> {
        if self.is_synced != is_synced {
            let mode = if is_synced { SYNCED } else { UNSYNCED };
            self.connection.pragma_update(None, "synchronous", mode)?;
            self.is_synced = is_synced;
        }
        Ok(Change {
            transaction: self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?,
            next: &mut self.next,
        })
    }

    /// The checksums that are known: device, inode, size, time and sum.
    pub fn checksums(&self) -> rusqlite::Result<Vec<Checksum>> {
        let mut statement = self
            .connection
            .prepare("SELECT device, inode, size, modified, crc64 FROM checksum")?;
        let rows = statement.query_map([], |row| {
            Ok(Checksum {
                device: row.get::<_, i64>(0)?.cast_unsigned(),
                inode: row.get::<_, i64>(1)?.cast_unsigned(),
                size: row.get::<_, i64>(2)?.cast_unsigned(),
                modified: row.get(3)?,
                crc64: row.get::<_, i64>(4)?.cast_unsigned(),
            })
        })?;
        rows.collect()
    }
}

/// A checksum and what it holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Number of the file system.
    pub device: u64,
    /// Number of the file on it.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970, cut to 64 bits.
    pub modified: i64,
    /// CRC-64/XZ.
    pub crc64: u64,
}

/// A transaction that is open for writing.
pub struct Change<'a> {
    transaction: Transaction<'a>,
    next: &'a mut u64,
}

impl Change<'_> {
    /// Takes `count` numbers and returns the first.
    ///
    /// The counter in memory may run ahead of a transaction that fails; a gap does no harm.
    pub fn reserve(&mut self, count: u64) -> rusqlite::Result<u64> {
        let first = *self.next;
        self.reserve_from(first + count)?;
        Ok(first)
    }

    /// Sees to it that no number below `next` is given any more.
    pub fn reserve_from(&mut self, next: u64) -> rusqlite::Result<()> {
        *self.next = next.max(*self.next);
        self.transaction
            .prepare_cached("UPDATE sequence SET next = ?1")?
            .execute([self.next.cast_signed()])?;
        Ok(())
    }

    /// Keeps checksums.
    pub fn keep_checksums(&self, sums: &[Checksum]) -> rusqlite::Result<()> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT OR REPLACE INTO checksum (device, inode, size, modified, crc64)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for sum in sums {
            statement.execute((
                sum.device.cast_signed(),
                sum.inode.cast_signed(),
                sum.size.cast_signed(),
                sum.modified,
                sum.crc64.cast_signed(),
            ))?;
        }
        Ok(())
    }

    /// Makes the change true: it is on the disk when this returns.
    pub fn commit(self) -> rusqlite::Result<()> {
        self.transaction.commit()
    }
}

fn milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

fn from_milliseconds(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
