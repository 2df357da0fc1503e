//! What was said about entries and no file system keeps: labels, metadata and the like. Known by
//! what the entry is, not by its path, so it goes along wherever the entry is moved.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::protocol::lenient::time;

use super::facts::{Facts, Identity, Kind};
use super::problem::Problem;
use super::store::Store;
use super::{Space, StoreGuard};

/// What was said about one entry (part B 1.6); by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attributes {
    /// Labels, in the order in which they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// A word of the user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// User metadata; keys are without the protocol's prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// MIME type, where it is another one than the name promises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// When it was made on the disk of whoever uploaded it.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub local_created: Option<Timestamp>,
    /// When its content last changed there.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub local_modified: Option<Timestamp>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When the file was first uploaded, where its content has been replaced since.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Bytes that a virtual file counts as; nothing else has this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_size: Option<u64>,
}

impl Attributes {
    /// Whether the entry is a file that has no content and counts as if it had (part B 3.10).
    /// Content that another program gives it makes it an ordinary one.
    pub fn is_virtual(&self, facts: &Facts) -> bool {
        self.virtual_size.is_some() && facts.kind == Kind::File && facts.size == 0
    }

    /// When the entry was made: of a file whose content was replaced, when the first one came
    /// (part B 1.6).
    pub fn created_of(&self, facts: &Facts) -> Timestamp {
        self.created.unwrap_or(facts.created)
    }

    /// Bytes, as the protocol has them: of a virtual file what it counts as.
    pub fn size_of(&self, facts: &Facts) -> u64 {
        match self.virtual_size {
            Some(size) if self.is_virtual(facts) => size,
            Some(_) | None => facts.size,
        }
    }
}

/// For looking at what was said about many entries: nothing is read where nothing was ever said.
pub struct Sayings<'a>(Option<StoreGuard<'a>>);

impl Sayings<'_> {
    /// What was said about one entry.
    pub fn about(&self, facts: &Facts) -> Result<Attributes, Problem> {
        match &self.0 {
            Some(store) => read(store, facts),
            None => Ok(Attributes::default()),
        }
    }
}

impl Space {
    /// What was said about an entry.
    pub fn attributes(&self, facts: &Facts) -> Result<Attributes, Problem> {
        self.sayings()?.about(facts)
    }

    /// The bytes that an entry counts as.
    pub fn size_of(&self, facts: &Facts) -> Result<u64, Problem> {
        Ok(self.attributes(facts)?.size_of(facts))
    }

    /// Which entries are virtual files, and the bytes that each counts as.
    pub fn virtual_sizes(&self) -> Result<HashMap<Identity, u64>, Problem> {
        match self.store_to_look()? {
            Some(store) => Ok(store.ledger.virtual_sizes()?),
            None => Ok(HashMap::new()),
        }
    }

    /// When those files were first uploaded whose content has been replaced since.
    pub fn kept_creations(&self) -> Result<HashMap<Identity, Timestamp>, Problem> {
        match self.store_to_look()? {
            Some(store) => Ok(store.ledger.kept_creations()?),
            None => Ok(HashMap::new()),
        }
    }

    /// What was said about all entries, for walks that ask for it often.
    pub fn all_attributes(&self) -> Result<HashMap<Identity, Attributes>, Problem> {
        let Some(store) = self.store_to_look()? else {
            return Ok(HashMap::new());
        };
        let said = store.ledger.all_attributes()?;
        drop(store);
        said.into_iter()
            .map(|(identity, value)| Ok((identity, parse(&value)?)))
            .collect()
    }

    /// What was said about the entries of a page. The store is held until this is dropped, so it
    /// must be dropped before anything else is asked of the space.
    pub fn sayings(&self) -> Result<Sayings<'_>, Problem> {
        match self.store_to_look()? {
            Some(store) if store.ledger.has_attributes()? => Ok(Sayings(Some(store))),
            Some(_) | None => Ok(Sayings(None)),
        }
    }

    /// Whether anything was said about any entry, for saying it about a copy.
    ///
    /// # Errors
    /// A ledger that another process holds: what it says must not be lost on the way.
    pub(super) fn says_anything(&self) -> Result<bool, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.has_attributes()?),
            None => Ok(false),
        }
    }

    /// What was said about an entry, as it is kept.
    ///
    /// # Errors
    /// A ledger that another process holds: what it says must not be lost on the way.
    pub(super) fn saying(&self, facts: &Facts) -> Result<Option<String>, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.attribute(facts.identity())?),
            None => Ok(None),
        }
    }

    /// The same without what holds for that very entry only; none if nothing is left.
    pub(super) fn saying_for_copy(&self, facts: &Facts) -> Result<Option<String>, Problem> {
        let Some(value) = self.saying(facts)? else {
            return Ok(None);
        };
        let mut said = parse(&value)?;
        if said.created.take().is_none() {
            return Ok(Some(value));
        }
        Ok((said != Attributes::default()).then(|| written(&said)))
    }

    /// Says about entries what is kept of others.
    pub(super) fn say_all(&self, said: &[(Identity, String)]) -> Result<(), Problem> {
        if said.is_empty() {
            return Ok(());
        }
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        for (of, value) in said {
            change.set_attribute(*of, value)?;
        }
        change.commit()?;
        self.forget_local_orders(false);
        Ok(())
    }

    /// Says something about an entry instead of what was said before.
    pub fn set_attributes(&self, facts: &Facts, attributes: &Attributes) -> Result<(), Problem> {
        self.change_attributes(facts, |known| {
            *known = attributes.clone();
            Ok(())
        })
    }

    /// Changes what is said about an entry, with nobody else changing it meanwhile.
    pub fn change_attributes(
        &self,
        facts: &Facts,
        change: impl FnOnce(&mut Attributes) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut store = self.store()?;
        let known = read(&store, facts)?;
        let mut wanted = known.clone();
        change(&mut wanted)?;
        if wanted == known {
            return Ok(());
        }
        let change = store.ledger.change()?;
        if wanted == Attributes::default() {
            change.clear_attribute(facts.identity())?;
        } else {
            change.set_attribute(facts.identity(), &written(&wanted))?;
        }
        change.commit()?;
        self.forget_local_orders(wanted.virtual_size != known.virtual_size);
        Ok(())
    }
}

fn read(store: &Store, facts: &Facts) -> Result<Attributes, Problem> {
    match store.ledger.attribute(facts.identity())? {
        Some(value) => parse(&value),
        None => Ok(Attributes::default()),
    }
}

/// What was said, as the ledger keeps it.
pub(super) fn parse(value: &str) -> Result<Attributes, Problem> {
    serde_json::from_str(value).map_err(|error| Problem::Io(std::io::Error::other(error)))
}

fn written(attributes: &Attributes) -> String {
    serde_json::to_string(attributes).expect("plain lists of plain fields can be written as JSON")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_about_a_file_goes_along_with_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let root = folder.path();
        std::fs::write(root.join("a"), "a").unwrap();
        let space = Space::open(root.to_owned(), true, Timestamp::now).unwrap();
        let look = |path| space.look(&Space::path(path).unwrap()).unwrap();
        let said = Attributes {
            labels: vec!["red".to_owned()],
            local_created: Some("2024-01-01T00:00:00.500Z".parse().unwrap()),
            ..Attributes::default()
        };
        assert_eq!(space.attributes(&look("a")).unwrap(), Attributes::default());
        assert!(!root.join(super::super::OWN).exists(), "looking made it");
        space.set_attributes(&look("a"), &said).unwrap();
        std::fs::rename(root.join("a"), root.join("b")).unwrap();
        assert_eq!(space.attributes(&look("b")).unwrap(), said);
        let nothing = Attributes::default();
        space.set_attributes(&look("b"), &nothing).unwrap();
        assert_eq!(space.attributes(&look("b")).unwrap(), nothing);
    }

    /// A process that was killed may hold the lock a moment longer than it answers.
    #[test]
    fn what_another_process_knows_is_not_taken_for_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("a"), "a").unwrap();
        let open = || Space::open(folder.path().to_owned(), true, Timestamp::now).unwrap();
        let first = open();
        let path = Space::path("a").unwrap();
        let said = Attributes {
            labels: vec!["kept".into()],
            ..Attributes::default()
        };
        let facts = first.look(&path).unwrap();
        first.set_attributes(&facts, &said).unwrap();
        let second = open();
        assert!(matches!(second.saying(&facts), Err(Problem::Held)));
        assert!(matches!(second.says_anything(), Err(Problem::Held)));
        drop(first);
        assert!(second.saying(&facts).unwrap().is_some());
    }
}
