//! The spaces of a library of many: each is a folder right below the library's root, by its id.
//! What is said of them lies in the library's own ledger. Knows nothing of which ones are open.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Mode, mkdirat, unlinkat};
use rustix::io::Errno;
use serde::Deserialize;

use crate::server::ledger::SpaceRow;

use super::facts::{Facts, Kind};
use super::place::{exists, id_name, open_child, rename};
use super::problem::Problem;
use super::rules::Albums;
use super::{OWN, Space};

/// Which spaces are listed.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only ids that begin with this.
    pub prefix: String,
    /// Only ids after this one.
    pub after: String,
    /// Only those that this user made.
    pub user: Option<String>,
}

/// Whether a text can be the id of a space (part A 5.1): 2 to 32 small letters, digits and `-`,
/// which is neither first nor last.
pub fn is_space_id(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl Space {
    /// Opens the space in the folder of that name right below this one.
    pub fn open_below(&self, id: &str) -> Result<Self, Problem> {
        let root = open_child(&self.root, id.as_ref()).map_err(|errno| match errno {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Problem::SpaceMissing,
            other => other.into(),
        })?;
        let space = Self::over(root, self.root_path.join(id), id, self.has_bin, self.clock)?;
        space.follow_history_rule(self.history_rule());
        let mut rules = self.rules;
        rules.media = match (rules.media, self.has_albums(id)?) {
            (Some(_), Some(true)) => Some(Albums::One),
            (Some(_), Some(false)) => Some(Albums::None),
            (media, _) => media,
        };
        Ok(space.with_rules(rules))
    }

    /// What was said of albums when a space was made (part A section 3).
    fn has_albums(&self, id: &str) -> Result<Option<bool>, Problem> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Said {
            is_multi_album: Option<bool>,
        }

        let said = serde_json::from_str::<Said>(&self.space_row(id)?.settings);
        Ok(said.unwrap_or_default().is_multi_album)
    }

    /// Whether an open space still is what its id leads to.
    pub fn holds(&self, space: &Self) -> bool {
        let number = |facts: Facts| (facts.device, facts.inode);
        let there = Facts::of(&self.root, space.id().as_ref()).map(number);
        let open = Facts::of_open(&space.root).map(number);
        there.is_ok() && there == open
    }

    /// What is known of the space with this id; a folder that somebody else made has its age only.
    pub fn space_row(&self, id: &str) -> Result<SpaceRow, Problem> {
        if let Some(store) = self.store_if_any()?
            && let Some(row) = store.ledger.space(id)?
        {
            return Ok(row);
        }
        let name = if id == self.id() { "." } else { id };
        Ok(SpaceRow {
            id: id.to_owned(),
            user: String::new(),
            created: Facts::of(&self.root, name.as_ref())?.created,
            settings: "{}".to_owned(),
            traffic: None,
        })
    }

    /// Keeps what is said of a space.
    pub fn put_space(&self, row: &SpaceRow) -> Result<(), Problem> {
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        change.put_space(row)?;
        Ok(change.commit()?)
    }

    /// Makes a space.
    pub fn make_space(&self, row: &SpaceRow) -> Result<(), Problem> {
        // Without a ledger nobody would know whose it is.
        drop(self.store()?);
        mkdirat(&self.root, row.id.as_str(), Mode::from_raw_mode(0o777))?;
        self.put_space(row).inspect_err(|_| {
            // Nobody was told of it, and it goes only as long as it is empty.
            let _ = unlinkat(&self.root, row.id.as_str(), AtFlags::REMOVEDIR);
        })
    }

    /// The first `limit` ids in their order.
    pub fn space_ids(&self, wanted: &Wanted, limit: usize) -> Result<Vec<String>, Problem> {
        let mut ids = BTreeSet::new();
        self.each_space(|id| {
            let is_wanted = id.starts_with(&wanted.prefix)
                && id > wanted.after.as_str()
                && match &wanted.user {
                    Some(user) => self.space_row(id).is_ok_and(|row| row.user == *user),
                    None => true,
                };
            if is_wanted {
                ids.insert(id.to_owned());
            }
            if ids.len() > limit {
                ids.pop_last();
            }
        })?;
        Ok(ids.into_iter().collect())
    }

    /// How many spaces there are.
    pub fn count_spaces(&self) -> Result<u64, Problem> {
        let mut count = 0;
        self.each_space(|_| count += 1)?;
        Ok(count)
    }

    /// Whether there is nothing in it that its users could miss.
    pub fn is_empty(&self) -> Result<bool, Problem> {
        for entry in rustix::fs::Dir::read_from(open_child(&self.root, ".".as_ref())?)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." && !name.eq_ignore_ascii_case(OWN.as_bytes()) {
                return Ok(false);
            }
        }
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.bin_ids()?.is_empty()),
            None => Ok(true),
        }
    }

    /// Deletes the space with this id, which nobody has open any more. With `force` whatever is in
    /// it goes too, in the background; see [`Space::sweep`].
    pub fn doom_space(&self, id: &str, force: bool) -> Result<(), Problem> {
        let mut store = self.store()?;
        let mut change = store.ledger.change()?;
        let number = change.reserve(1)?;
        change.doom_space(id, true)?;
        change.commit()?;
        let doomed = open_child(&store.doomed, ".".as_ref())?;
        let gone = if force {
            let name = id_name(number);
            rename(&self.root, id.as_ref(), &doomed, name.as_ref()).map_err(Problem::from)
        } else {
            self.remove_empty(id, &doomed, number)
        };
        let change = store.ledger.change()?;
        match &gone {
            Ok(()) => change.drop_space(id)?,
            Err(_) => change.doom_space(id, false)?,
        }
        change.commit()?;
        gone
    }

    /// Removes the folder of a space only if it is empty at that very moment.
    fn remove_empty(
        &self,
        id: &str,
        doomed: &cap_std::fs::Dir,
        number: u64,
    ) -> Result<(), Problem> {
        let space = open_child(&self.root, id.as_ref())?;
        let name = id_name(number);
        let has_own = exists(&space, OWN)?;
        if has_own {
            rename(&space, OWN.as_ref(), doomed, name.as_ref())?;
        }
        let removed = unlinkat(&self.root, id, AtFlags::REMOVEDIR);
        if removed.is_err() && has_own {
            rename(doomed, name.as_ref(), &space, OWN.as_ref())?;
        }
        removed.map_err(|errno| match errno {
            Errno::NOTEMPTY | Errno::EXIST => Problem::SpaceNotEmpty,
            other => other.into(),
        })
    }

    /// Finds out which deletions a killed run had finished. The folder is the witness.
    pub fn settle_spaces(&self) -> Result<(), Problem> {
        let Some(mut store) = self.store_if_any()? else {
            return Ok(());
        };
        let doomed = store.ledger.doomed_spaces()?;
        if doomed.is_empty() {
            return Ok(());
        }
        let change = store.ledger.change()?;
        for id in &doomed {
            if exists(&self.root, id)? {
                change.doom_space(id, false)?;
            } else {
                change.drop_space(id)?;
            }
        }
        Ok(change.commit()?)
    }

    /// Whether the space with this id was ever changed.
    pub fn has_store_below(&self, id: &str) -> bool {
        open_child(&self.root, id.as_ref()).is_ok_and(|space| exists(&space, OWN) == Ok(true))
    }

    /// All folders right below the root that are spaces, in any order.
    fn each_space(&self, mut see: impl FnMut(&str)) -> Result<(), Problem> {
        for entry in rustix::fs::Dir::read_from(open_child(&self.root, ".".as_ref())?)? {
            if self.is_stopping() {
                return Err(Problem::Stopping);
            }
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if !is_space_id(name) {
                continue;
            }
            let is_directory = match entry.file_type() {
                rustix::fs::FileType::Unknown => {
                    let name = std::ffi::OsStr::from_bytes(name.as_bytes());
                    Facts::of(&self.root, name).is_ok_and(|facts| facts.kind == Kind::Directory)
                }
                kind => Kind::from(kind) == Kind::Directory,
            };
            if is_directory {
                see(name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_small_letters_digits_and_inner_dashes() {
        for id in ["ab", "space0abc", "a-b", "00", &"a".repeat(32)] {
            assert!(is_space_id(id), "{id}");
        }
        for id in [
            "",
            "a",
            "-",
            "-a",
            "a-",
            "A1",
            "a_b",
            "..",
            ".mediasweep",
            &"a".repeat(33),
        ] {
            assert!(!is_space_id(id), "{id}");
        }
    }
}
