//! What belongs to one user: favourites, and what was used lately. Known by what the entry is, so
//! a mark goes along wherever the entry is moved.

use crate::domain::path::RemotePath;
use crate::server::ledger::{Action, PersonalKey, PersonalRow};

use super::Space;
use super::facts::{Facts, Identity};
use super::problem::Problem;

/// A row and what is known about its target; none if that is gone.
pub struct Personal {
    /// The row.
    pub row: PersonalRow,
    /// Where the target is now, and what it is.
    pub target: Option<(RemotePath, Facts)>,
}

/// Where a page of favourites begins.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// Behind this row, or at the first.
    Key(Option<PersonalKey>),
    /// After so many rows.
    Offset(u64),
}

impl Space {
    /// Marks an entry as a favourite of a user.
    pub fn add_favorite(&self, user: &str, path: &RemotePath) -> Result<Identity, Problem> {
        let identity = self.look(path)?.identity();
        let mut store = self.store()?;
        let now = self.now();
        let change = store.ledger.change()?;
        if !change.add_favorite(user, identity, path.as_str(), now)? {
            return Err(Problem::FavoriteTaken);
        }
        change.commit()?;
        Ok(identity)
    }

    /// Takes a mark away; the target need not be there any more.
    pub fn remove_favorite(&self, user: &str, identity: Identity) -> Result<(), Problem> {
        let Some(mut store) = self.store_if_any()? else {
            return Err(Problem::FavoriteMissing);
        };
        let change = store.ledger.change()?;
        if !change.remove_favorite(user, identity)? {
            return Err(Problem::FavoriteMissing);
        }
        Ok(change.commit()?)
    }

    /// Whether an entry is a favourite of a user.
    pub fn is_favorite(&self, user: &str, identity: Identity) -> Result<bool, Problem> {
        match self.store_to_look()? {
            Some(store) => Ok(store.ledger.is_favorite(user, identity)?),
            None => Ok(false),
        }
    }

    /// How many favourites a user has.
    pub fn favorite_count(&self, user: &str) -> Result<u64, Problem> {
        match self.store_to_look()? {
            Some(store) => Ok(store.ledger.favorite_count(user)?),
            None => Ok(0),
        }
    }

    /// One page of a user's favourites.
    pub fn favorites(
        &self,
        user: &str,
        is_descending: bool,
        from: From,
        limit: usize,
    ) -> Result<Vec<Personal>, Problem> {
        let (after, offset) = match from {
            From::Key(after) => (after, 0),
            From::Offset(offset) => (None, offset),
        };
        let rows = match self.store_to_look()? {
            Some(store) => {
                store
                    .ledger
                    .favorites(user, is_descending, after, offset, limit as u64)?
            }
            None => Vec::new(),
        };
        self.with_targets(rows)
    }

    /// Notes that a user did something with a file; nobody is nobody.
    pub fn note_use(
        &self,
        user: &str,
        path: &RemotePath,
        facts: &Facts,
        action: Action,
    ) -> Result<(), Problem> {
        if user.is_empty() {
            return Ok(());
        }
        let mut store = self.store()?;
        let now = self.now();
        let change = store.ledger.change()?;
        change.add_recent(user, facts.identity(), action, path.as_str(), now)?;
        Ok(change.commit()?)
    }

    /// One page of what a user used, the last first.
    pub fn recent(
        &self,
        user: &str,
        action: Option<Action>,
        after: Option<PersonalKey>,
        limit: usize,
    ) -> Result<Vec<Personal>, Problem> {
        let rows = match self.store_to_look()? {
            Some(store) => store.ledger.recent(user, action, after, limit as u64)?,
            None => Vec::new(),
        };
        self.with_targets(rows)
    }

    fn with_targets(&self, rows: Vec<PersonalRow>) -> Result<Vec<Personal>, Problem> {
        let wanted: Vec<_> = rows
            .iter()
            .map(|row| (row.identity, Self::path(&row.path).ok()))
            .collect();
        let places = self.find_all(&wanted)?;
        let with_target = |(row, place): (PersonalRow, Option<RemotePath>)| Personal {
            target: place.and_then(|path| {
                let facts = self.look(&path).ok()?;
                (facts.identity() == row.identity).then_some((path, facts))
            }),
            row,
        };
        Ok(rows.into_iter().zip(places).map(with_target).collect())
    }
}
