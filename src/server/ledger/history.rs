//! The rows of old versions, of the content that files with old versions have now, and of files
//! that are being overwritten.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};

use super::{Change, Ledger, from_milliseconds, milliseconds};

/// Old content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number; the content is `history/<id>`.
    pub id: u64,
    /// Inode and birth of the file that it was the content of.
    pub file: (u64, u64),
    /// Counted from 1 for each file.
    pub number: u64,
    /// Where the file was when this became old.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// CRC-64/XZ where it was known.
    pub crc64: Option<u64>,
    /// When the content was written.
    pub modified: Timestamp,
    /// When it had been made the latest again, if it was.
    pub latest: Option<Timestamp>,
    /// When it became old.
    pub kept: Timestamp,
}

/// The content that a file with old versions has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its number among the versions.
    pub number: u64,
    /// When it came.
    pub since: Timestamp,
    /// The version that it was, if it was made the latest again.
    pub former: Option<u64>,
}

/// What becomes of the old file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It is recycled.
    Bin,
    /// It becomes an old version.
    History,
    /// It goes for good.
    Doomed,
}

/// Where the new content comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// A path of the tree.
    Path(String),
    /// A name below `uploads`.
    Upload(String),
    /// A name below `uploads`: a copy.
    Copy(String),
    /// Another space.
    Elsewhere,
    /// A number below `bin`.
    Bin(u64),
    /// A number below `history`.
    History(u64),
}

/// A file that is being overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overwrite {
    /// The old file's number below where it goes.
    pub id: u64,
    /// What becomes of the old file.
    pub keep: Keep,
    /// Where the file is.
    pub path: String,
    /// Where the new content comes from.
    pub home: Home,
    /// Inode and birth of the old file.
    pub old: (u64, u64),
}

const COLUMNS: &str = "id, inode, born, number, path, size, crc64, modified, latest, kept";

impl Keep {
    fn word(self) -> &'static str {
        match self {
            Self::Bin => "bin",
            Self::History => "history",
            Self::Doomed => "doomed",
        }
    }
}

impl Ledger {
    /// A setting's JSON.
    pub fn setting(&self, name: &str) -> rusqlite::Result<Option<String>> {
        self.connection
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()
    }

    /// One old version.
    pub fn version(&self, id: u64) -> rusqlite::Result<Option<Version>> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM version WHERE id = ?1"))?
            .query_row([id.cast_signed()], read)
            .optional()
    }

    /// The old versions of a file that became old after `then`, the latest first.
    pub fn versions_of(
        &self,
        (inode, born): (u64, u64),
        then: Timestamp,
    ) -> rusqlite::Result<Vec<Version>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM version WHERE inode = ?1 AND born = ?2 AND kept >= ?3
             ORDER BY number DESC, id DESC"
        ))?;
        let key = (inode.cast_signed(), born.cast_signed(), milliseconds(then));
        let rows = statement.query_map(key, read)?;
        rows.collect()
    }

    /// The numbers of all old versions.
    pub fn version_ids(&self) -> rusqlite::Result<Vec<u64>> {
        let mut statement = self.connection.prepare("SELECT id FROM version")?;
        let rows = statement.query_map([], |row| row.get::<_, i64>(0))?;
        rows.map(|id| Ok(id?.cast_unsigned())).collect()
    }

    /// The numbers of versions that became old before `then`.
    pub fn versions_before(&self, then: Timestamp) -> rusqlite::Result<Vec<u64>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM version WHERE kept < ?1")?;
        let rows = statement.query_map([milliseconds(then)], |row| row.get::<_, i64>(0))?;
        rows.map(|id| Ok(id?.cast_unsigned())).collect()
    }

    /// Count and bytes of all old versions.
    pub fn versions_total(&self) -> rusqlite::Result<(u64, u64)> {
        self.connection
            .prepare_cached("SELECT count(*), coalesce(sum(size), 0) FROM version")?
            .query_row([], |row| {
                let (count, size): (i64, i64) = (row.get(0)?, row.get(1)?);
                Ok((count.cast_unsigned(), size.cast_unsigned()))
            })
    }

    /// Count and bytes of the old versions of each file that has any.
    pub fn versions_by_file(&self) -> rusqlite::Result<HashMap<(u64, u64), (u64, u64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT inode, born, count(*), sum(size) FROM version GROUP BY inode, born",
        )?;
        let rows = statement.query_map([], |row| {
            let number =
                |index| Ok::<_, rusqlite::Error>(row.get::<_, i64>(index)?.cast_unsigned());
            Ok(((number(0)?, number(1)?), (number(2)?, number(3)?)))
        })?;
        rows.collect()
    }

    /// What a file with old versions has now.
    pub fn chain(&self, (inode, born): (u64, u64)) -> rusqlite::Result<Option<Chain>> {
        self.connection
            .prepare_cached(
                "SELECT number, since, former FROM chain WHERE inode = ?1 AND born = ?2",
            )?
            .query_row((inode.cast_signed(), born.cast_signed()), |row| {
                Ok(Chain {
                    number: row.get::<_, i64>(0)?.cast_unsigned(),
                    since: from_milliseconds(row.get(1)?),
                    former: row.get::<_, Option<i64>>(2)?.map(i64::cast_unsigned),
                })
            })
            .optional()
    }

    /// Whether a version of this number was made the latest again, and is it still.
    pub fn is_latest(&self, id: u64) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT 1 FROM chain WHERE former = ?1")?
            .exists([id.cast_signed()])
    }

    /// The files that have or had old versions.
    pub fn chained_files(&self) -> rusqlite::Result<HashSet<(u64, u64)>> {
        let mut statement = self.connection.prepare("SELECT inode, born FROM chain")?;
        let rows = statement.query_map([], |row| {
            let (inode, born): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok((inode.cast_unsigned(), born.cast_unsigned()))
        })?;
        rows.collect()
    }

    /// Whether any file has or had old versions.
    pub fn has_chains(&self) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT 1 FROM chain")?
            .exists([])
    }

    /// The overwrites that nobody has said the end of.
    pub fn overwrites(&self) -> rusqlite::Result<Vec<Overwrite>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, keep, path, home, source, inode, born FROM overwrite ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| {
            let (keep, home, source): (String, String, String) =
                (row.get(1)?, row.get(3)?, row.get(4)?);
            let unknown =
                |word: &str| rusqlite::Error::InvalidParameterName(format!("overwrite {word}"));
            let number = || source.parse().map_err(|_| unknown(&source));
            Ok(Overwrite {
                id: row.get::<_, i64>(0)?.cast_unsigned(),
                keep: [Keep::Bin, Keep::History, Keep::Doomed]
                    .into_iter()
                    .find(|one| one.word() == keep)
                    .ok_or_else(|| unknown(&keep))?,
                path: row.get(2)?,
                home: match home.as_str() {
                    "path" => Home::Path(source),
                    "upload" => Home::Upload(source),
                    "copy" => Home::Copy(source),
                    "elsewhere" => Home::Elsewhere,
                    "bin" => Home::Bin(number()?),
                    "history" => Home::History(number()?),
                    _ => return Err(unknown(&home)),
                },
                old: (
                    row.get::<_, i64>(5)?.cast_unsigned(),
                    row.get::<_, i64>(6)?.cast_unsigned(),
                ),
            })
        })?;
        rows.collect()
    }
}

impl Change<'_> {
    /// Keeps a setting.
    pub fn set(&self, name: &str, value: &str) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)")?
            .execute((name, value))?;
        Ok(())
    }

    /// Adds an old version.
    pub fn add_version(&self, version: &Version) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO version ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?
            .execute((
                version.id.cast_signed(),
                version.file.0.cast_signed(),
                version.file.1.cast_signed(),
                version.number.cast_signed(),
                &version.path,
                version.size.cast_signed(),
                version.crc64.map(u64::cast_signed),
                milliseconds(version.modified),
                version.latest.map(milliseconds),
                milliseconds(version.kept),
            ))?;
        Ok(())
    }

    /// Drops the rows of versions whose content is gone.
    pub fn drop_versions(&self, ids: impl IntoIterator<Item = u64>) -> rusqlite::Result<()> {
        let mut statement = self
            .transaction
            .prepare_cached("DELETE FROM version WHERE id = ?1")?;
        for id in ids {
            statement.execute([id.cast_signed()])?;
        }
        Ok(())
    }

    /// Drops the rows of all versions; the files keep their numbers.
    pub fn clear_versions(&self) -> rusqlite::Result<usize> {
        self.transaction.execute("DELETE FROM version", [])
    }

    /// Says which content a file has now.
    pub fn set_chain(&self, (inode, born): (u64, u64), chain: &Chain) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO chain (inode, born, number, since, former)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                inode.cast_signed(),
                born.cast_signed(),
                chain.number.cast_signed(),
                milliseconds(chain.since),
                chain.former.map(u64::cast_signed),
            ))?;
        Ok(())
    }

    /// Makes the old versions of one file those of another one.
    pub fn hand_versions_on(&self, old: (u64, u64), new: (u64, u64)) -> rusqlite::Result<()> {
        if old == new {
            return Ok(());
        }
        let keys = (
            new.0.cast_signed(),
            new.1.cast_signed(),
            old.0.cast_signed(),
            old.1.cast_signed(),
        );
        for table in ["version", "chain"] {
            self.transaction
                .prepare_cached(&format!(
                    "UPDATE OR REPLACE {table} SET inode = ?1, born = ?2
                     WHERE inode = ?3 AND born = ?4"
                ))?
                .execute(keys)?;
        }
        Ok(())
    }

    /// Forgets which content a file has.
    pub fn drop_chain(&self, (inode, born): (u64, u64)) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM chain WHERE inode = ?1 AND born = ?2")?
            .execute((inode.cast_signed(), born.cast_signed()))?;
        Ok(())
    }

    /// Notes that a file is about to be overwritten.
    pub fn intend_overwrite(&self, overwrite: &Overwrite) -> rusqlite::Result<()> {
        let (home, source) = match &overwrite.home {
            Home::Path(path) => ("path", path.clone()),
            Home::Upload(name) => ("upload", name.clone()),
            Home::Copy(name) => ("copy", name.clone()),
            Home::Elsewhere => ("elsewhere", String::new()),
            Home::Bin(id) => ("bin", id.to_string()),
            Home::History(id) => ("history", id.to_string()),
        };
        self.transaction
            .prepare_cached(
                "INSERT INTO overwrite (id, keep, path, home, source, inode, born)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                overwrite.id.cast_signed(),
                overwrite.keep.word(),
                &overwrite.path,
                home,
                source,
                overwrite.old.0.cast_signed(),
                overwrite.old.1.cast_signed(),
            ))?;
        Ok(())
    }

    /// Says that an overwrite is over.
    pub fn settle_overwrite(&self, id: u64) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM overwrite WHERE id = ?1")?
            .execute([id.cast_signed()])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Version> {
    let number = |index| Ok::<_, rusqlite::Error>(row.get::<_, i64>(index)?.cast_unsigned());
    Ok(Version {
        id: number(0)?,
        file: (number(1)?, number(2)?),
        number: number(3)?,
        path: row.get(4)?,
        size: number(5)?,
        crc64: row.get::<_, Option<i64>>(6)?.map(i64::cast_unsigned),
        modified: from_milliseconds(row.get(7)?),
        latest: row.get::<_, Option<i64>>(8)?.map(from_milliseconds),
        kept: from_milliseconds(row.get(9)?),
    })
}
