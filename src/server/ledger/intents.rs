//! The rows of steps that were begun: written and committed before the first rename of a chunk,
//! taken away in the commit that says that the chunk is done.
//!
//! Things that go to the bin in one run share one row, since each of them is listed in the bin
//! already with all that is to be known of it.

use std::ops::Range;

use super::{Change, Ledger};

/// What was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// From its path to `bin/<id>`.
    Recycle,
    /// From its path to `doomed/<id>`.
    Doom,
    /// From `bin/<id>` to its path.
    Restore,
    /// From `bin/<id>` to `doomed/<id>`.
    Purge,
    /// The whole bin to `doomed/<id>`.
    Empty,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Recycle => "recycle",
            Self::Doom => "doom",
            Self::Restore => "restore",
            Self::Purge => "purge",
            Self::Empty => "empty",
        }
    }

    fn from_word(word: &str) -> rusqlite::Result<Self> {
        [
            Self::Recycle,
            Self::Doom,
            Self::Restore,
            Self::Purge,
            Self::Empty,
        ]
        .into_iter()
        .find(|verb| verb.word() == word)
        .ok_or_else(|| rusqlite::Error::InvalidParameterName(format!("intent {word}")))
    }
}

/// One step that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The thing's number below `bin` or `doomed`.
    pub id: u64,
    /// What was begun.
    pub verb: Verb,
    /// Where the thing is, or where it is to go.
    pub path: String,
    /// The task that asked, and which of its items this is.
    pub origin: Option<(u64, u64)>,
}

impl Ledger {
    /// The steps that nobody has said the end of.
    pub fn intents(&self) -> rusqlite::Result<Vec<Intent>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT coalesce(listed.id, intent.id), verb, coalesce(listed.path, intent.path), task,
                    position + coalesce(listed.id - intent.id, 0)
             FROM intent LEFT JOIN recycled AS listed
               ON verb = 'recycle' AND listed.id BETWEEN intent.id AND intent.id + count - 1
             ORDER BY 1",
        )?;
        let rows = statement.query_map([], |row| {
            let verb: String = row.get(1)?;
            let task: Option<i64> = row.get(3)?;
            let position: Option<i64> = row.get(4)?;
            Ok(Intent {
                id: row.get::<_, i64>(0)?.cast_unsigned(),
                verb: Verb::from_word(&verb)?,
                path: row.get(2)?,
                origin: task
                    .zip(position)
                    .map(|(task, position)| (task.cast_unsigned(), position.cast_unsigned())),
            })
        })?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Notes what is about to be done.
    pub fn intend<'a>(
        &self,
        intents: impl IntoIterator<Item = &'a Intent>,
    ) -> rusqlite::Result<()> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO intent (id, verb, path, task, position) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for intent in intents {
            statement.execute((
                intent.id.cast_signed(),
                intent.verb.word(),
                &intent.path,
                intent.origin.map(|(task, _)| task.cast_signed()),
                intent.origin.map(|(_, position)| position.cast_signed()),
            ))?;
        }
        Ok(())
    }

    /// Notes that the things with these numbers, which are listed in the bin already, are about to
    /// go there. `origin` is the task that asked, and which of its items the first of them is; the
    /// others are the items after it.
    pub fn intend_recycling(
        &self,
        ids: Range<u64>,
        origin: Option<(u64, u64)>,
    ) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT INTO intent (id, count, verb, path, task, position)
                 VALUES (?1, ?2, ?3, '', ?4, ?5)",
            )?
            .execute((
                ids.start.cast_signed(),
                (ids.end - ids.start).cast_signed(),
                Verb::Recycle.word(),
                origin.map(|(task, _)| task.cast_signed()),
                origin.map(|(_, position)| position.cast_signed()),
            ))?;
        Ok(())
    }

    /// Says that nothing is open any more. There is one writer and it works chunk by chunk, so all
    /// open steps are its own.
    pub fn settle(&self) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM intent")?
            .execute([])?;
        Ok(())
    }
}
