//! The rows of tasks and of their results.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::{Change, Ledger, milliseconds};

/// A task that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// Its number.
    pub id: u64,
    /// JSON, enough to take the work up again.
    pub request: String,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Still at work.
    Running,
    /// Ended, with the protocol's status and the JSON lists of its results in order.
    Ended {
        /// 200, 207 or 500.
        status: u16,
        /// One JSON list for each run of items.
        results: Vec<String>,
    },
}

impl Ledger {
    /// The tasks that have not ended, oldest first.
    pub fn open_tasks(&self) -> rusqlite::Result<Vec<TaskRow>> {
        let mut statement = self
            .connection
            .prepare("SELECT id, request FROM task WHERE status IS NULL ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            Ok(TaskRow {
                id: row.get::<_, i64>(0)?.cast_unsigned(),
                request: row.get(1)?,
            })
        })?;
        rows.collect()
    }

    /// What a task was to do; none if there is no such task.
    pub fn task_request(&self, id: u64) -> rusqlite::Result<Option<String>> {
        self.connection
            .prepare_cached("SELECT request FROM task WHERE id = ?1")?
            .query_row([id.cast_signed()], |row| row.get(0))
            .optional()
    }

    /// Which kind of task it is and how far; none if there is no such task, or if it ended before
    /// `then`.
    pub fn task_state(
        &self,
        id: u64,
        then: Timestamp,
    ) -> rusqlite::Result<Option<(String, TaskState)>> {
        let row: Option<(String, Option<u16>)> = self
            .connection
            .prepare_cached(
                "SELECT coalesce(request ->> '$.kind', ''), status FROM task
                 WHERE id = ?1 AND (ended IS NULL OR ended >= ?2)",
            )?
            .query_row((id.cast_signed(), milliseconds(then)), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((kind, status)) = row else {
            return Ok(None);
        };
        let state = match status {
            None => TaskState::Running,
            Some(status) => TaskState::Ended {
                status,
                results: self.task_results(id)?,
            },
        };
        Ok(Some((kind, state)))
    }

    /// The JSON lists of the results so far, in the order of the items.
    pub fn task_results(&self, id: u64) -> rusqlite::Result<Vec<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT results FROM task_part WHERE task = ?1 ORDER BY position")?;
        let rows = statement.query_map([id.cast_signed()], |row| row.get(0))?;
        rows.collect()
    }

    /// Which items have a result: first position and count of each run, in order.
    pub fn task_parts(&self, id: u64) -> rusqlite::Result<Vec<(u64, u64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT position, count FROM task_part WHERE task = ?1 ORDER BY position",
        )?;
        let rows = statement.query_map([id.cast_signed()], |row| {
            Ok((
                row.get::<_, i64>(0)?.cast_unsigned(),
                row.get::<_, i64>(1)?.cast_unsigned(),
            ))
        })?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Writes a task down.
    pub fn add_task(&self, id: u64, request: &str) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("INSERT INTO task (id, request) VALUES (?1, ?2)")?
            .execute((id.cast_signed(), request))?;
        Ok(())
    }

    /// Adds the results of `count` items from `position` on.
    pub fn add_results(
        &self,
        task: u64,
        position: u64,
        count: u64,
        results: &str,
    ) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO task_part (task, position, count, results)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((
                task.cast_signed(),
                position.cast_signed(),
                count.cast_signed(),
                results,
            ))?;
        Ok(())
    }

    /// Says that a task has ended; false if there is no such task.
    pub fn end_task(&self, id: u64, status: u16, now: Timestamp) -> rusqlite::Result<bool> {
        let count = self
            .transaction
            .prepare_cached("UPDATE task SET status = ?2, ended = ?3 WHERE id = ?1")?
            .execute((id.cast_signed(), status, milliseconds(now)))?;
        Ok(count > 0)
    }

    /// Forgets the tasks that ended before `then`.
    pub fn forget_tasks(&self, then: Timestamp) -> rusqlite::Result<()> {
        let then = milliseconds(then);
        self.transaction.execute(
            "DELETE FROM task_part WHERE task IN (SELECT id FROM task WHERE ended < ?1)",
            [then],
        )?;
        self.transaction
            .execute("DELETE FROM task WHERE ended < ?1", [then])?;
        Ok(())
    }
}
