//! The rows of the symbolic links that the service made.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, Row};

use crate::server::space::facts::Identity;

use super::{Change, Ledger};

/// What is to become of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Nothing: it is in use.
    InUse,
    /// Its target is gone for good, and it is to go too.
    Leaving,
    /// Its target went to the bin, and it is to be taken away until that comes back.
    Hiding,
    /// The same; it was found at its place and is being taken away.
    Found,
    /// It was taken away.
    Hidden,
    /// Its target is back, and so it is to be.
    Returning,
}

impl LinkState {
    fn number(self) -> i64 {
        match self {
            Self::InUse => 0,
            Self::Leaving => 1,
            Self::Hiding => 2,
            Self::Found => 3,
            Self::Hidden => 4,
            Self::Returning => 5,
        }
    }

    fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Leaving,
            2 => Self::Hiding,
            3 => Self::Found,
            4 => Self::Hidden,
            5 => Self::Returning,
            _ => Self::InUse,
        }
    }
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Of the link itself.
    pub link: Identity,
    /// Where the link was put or was last seen.
    pub place: String,
    /// What it shows.
    pub target: Identity,
    /// What that replaced, or was about to replace when something went wrong.
    pub former: Option<Identity>,
    /// Where the target was when the link was made.
    pub path: String,
    /// What is to become of it.
    pub state: LinkState,
}

const COLUMNS: &str = "inode, born, place, target, target_born, former, former_born, path, state";

impl Ledger {
    /// Whether there are any links.
    pub fn has_links(&self) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM link)")?
            .query_row([], |row| row.get(0))
    }

    /// One link.
    pub fn link(&self, link: Identity) -> rusqlite::Result<Option<LinkRow>> {
        self.connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM link WHERE inode = ?1 AND born = ?2"
            ))?
            .query_row(numbers(link), read)
            .optional()
    }

    /// The links of which something is to become.
    pub fn open_links(&self) -> rusqlite::Result<Vec<LinkRow>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM link WHERE state NOT IN (0, 4)"
        ))?;
        let rows = statement.query_map([], read)?;
        rows.collect()
    }

    /// What links are and what they show.
    pub fn linked(&self) -> rusqlite::Result<HashSet<Identity>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT inode, born FROM link UNION SELECT target, target_born FROM link",
        )?;
        let rows = statement.query_map([], |row| identity(row, 0))?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Adds a link, or says something else about one.
    pub fn set_link(&self, row: &LinkRow) -> rusqlite::Result<()> {
        let (inode, born) = numbers(row.link);
        let (target, target_born) = numbers(row.target);
        let former = row.former.map(numbers);
        self.transaction
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO link ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ))?
            .execute((
                inode,
                born,
                &row.place,
                target,
                target_born,
                former.map(|(inode, _)| inode),
                former.map(|(_, born)| born),
                &row.path,
                row.state.number(),
            ))?;
        Ok(())
    }

    /// Forgets a link.
    pub fn forget_link(&self, link: Identity) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM link WHERE inode = ?1 AND born = ?2")?
            .execute(numbers(link))?;
        Ok(())
    }

    /// Says where a link is and what is to become of it.
    pub fn move_link(&self, link: Identity, place: &str, state: LinkState) -> rusqlite::Result<()> {
        let (inode, born) = numbers(link);
        self.transaction
            .prepare_cached(
                "UPDATE link SET place = ?3, state = ?4 WHERE inode = ?1 AND born = ?2",
            )?
            .execute((inode, born, place, state.number()))?;
        Ok(())
    }

    /// What shows `old` shows `new` from now on; `new` itself never shows itself.
    pub fn succeed(&self, old: Identity, new: Identity, path: &str) -> rusqlite::Result<()> {
        let (old_inode, old_born) = numbers(old);
        let (new_inode, new_born) = numbers(new);
        self.transaction
            .prepare_cached(
                "UPDATE link SET former = ?1, former_born = ?2, target = ?3, target_born = ?4,
                 path = ?5 WHERE NOT (inode = ?3 AND born = ?4)
                 AND (target = ?1 AND target_born = ?2 OR former = ?1 AND former_born = ?2)",
            )?
            .execute((old_inode, old_born, new_inode, new_born, path))?;
        Ok(())
    }

    /// The target of links is gone for good; those that were taken away already are forgotten.
    /// Says how many there are.
    pub fn lose_target(&self, target: Identity) -> rusqlite::Result<usize> {
        let lost = self
            .transaction
            .prepare_cached(
                "UPDATE link SET state = 1 WHERE target = ?1 AND target_born = ?2 AND state <> 4",
            )?
            .execute(numbers(target))?;
        self.transaction
            .prepare_cached(
                "DELETE FROM link WHERE target = ?1 AND target_born = ?2 AND state = 4",
            )?
            .execute(numbers(target))?;
        Ok(lost)
    }

    /// The target of links went to the bin. Says how many there are.
    pub fn hide_target(&self, target: Identity, bin: u64) -> rusqlite::Result<usize> {
        let (inode, born) = numbers(target);
        self.transaction
            .prepare_cached(
                "UPDATE link SET state = 2, bin = ?3
                 WHERE target = ?1 AND target_born = ?2 AND state IN (0, 5)",
            )?
            .execute((inode, born, bin.cast_signed()))
    }

    /// The target of links came back from the bin. Says how many there are.
    pub fn show_target(&self, bin: u64) -> rusqlite::Result<usize> {
        self.transaction
            .prepare_cached(
                "UPDATE link SET state = 5, bin = NULL WHERE bin = ?1 AND state IN (2, 3, 4)",
            )?
            .execute([bin.cast_signed()])
    }
}

fn numbers(of: Identity) -> (i64, i64) {
    (of.inode.cast_signed(), of.born.cast_signed())
}

fn identity(row: &Row<'_>, at: usize) -> rusqlite::Result<Identity> {
    Ok(Identity {
        inode: row.get::<_, i64>(at)?.cast_unsigned(),
        born: row.get::<_, i64>(at + 1)?.cast_unsigned(),
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<LinkRow> {
    Ok(LinkRow {
        link: identity(row, 0)?,
        place: row.get(2)?,
        target: identity(row, 3)?,
        former: match row.get::<_, Option<i64>>(5)? {
            Some(_) => Some(identity(row, 5)?),
            None => None,
        },
        path: row.get(7)?,
        state: LinkState::from_number(row.get(8)?),
    })
}
