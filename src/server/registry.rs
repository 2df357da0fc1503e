//! Which spaces a library has and which of them are open. A space is opened when it is first asked
//! for and stays open. Knows nothing of HTTP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::service::SPACE;
use super::space::Space;
use super::space::problem::Problem;
use super::space::tenants::{Wanted, is_space_id};

/// The spaces of one library.
pub struct Registry {
    home: Arc<Space>,
    has_tenants: bool,
    open: Mutex<HashMap<String, Arc<Space>>>,
}

impl Registry {
    /// Of a library whose one space is its own folder, or which has a space in each folder below.
    pub fn new(home: Arc<Space>, has_tenants: bool) -> Self {
        Self {
            home,
            has_tenants,
            open: Mutex::default(),
        }
    }

    /// Whether the library has many spaces.
    pub fn has_tenants(&self) -> bool {
        self.has_tenants
    }

    /// The space with this id.
    pub fn find(&self, id: &str) -> Result<Arc<Space>, Problem> {
        if !self.has_tenants {
            return match id {
                SPACE => Ok(Arc::clone(&self.home)),
                _ => Err(Problem::SpaceMissing),
            };
        }
        if !is_space_id(id) {
            return Err(Problem::SpaceMissing);
        }
        let mut open = self.open();
        if let Some(space) = open.get(id) {
            if self.home.holds(space) {
                return Ok(Arc::clone(space));
            }
            // Another program deleted or moved its folder.
            space.close();
            space.rest();
            open.remove(id);
        }
        let space = Arc::new(self.home.open_below(id)?);
        open.insert(id.to_owned(), Arc::clone(&space));
        Ok(space)
    }

    /// Deletes a space, once what works on it has stopped.
    pub fn delete(&self, id: &str, force: bool) -> Result<(), Problem> {
        let space = self.find(id)?;
        if !force && !space.is_empty()? {
            return Err(Problem::SpaceNotEmpty);
        }
        // Nobody opens it meanwhile.
        let mut open = self.open();
        if !self.home.holds(&space) {
            return Err(Problem::SpaceMissing);
        }
        space.close();
        space.rest();
        match self.home.doom_space(id, force) {
            Ok(()) => {
                open.remove(id);
                Ok(())
            }
            Err(problem) => {
                space.reopen();
                Err(problem)
            }
        }
    }

    /// The ids of the spaces that an earlier run may have left something open in.
    pub fn used(&self) -> Result<Vec<String>, Problem> {
        if !self.has_tenants {
            return Ok(vec![SPACE.to_owned()]);
        }
        let mut ids = self.home.space_ids(&Wanted::default(), usize::MAX)?;
        ids.retain(|id| self.home.has_store_below(id));
        Ok(ids)
    }

    /// Closes a space that nobody has asked for yet: there may be more spaces than files that may
    /// be open. Whoever still knows it finds it closed, and does not take the store from the next one.
    pub fn let_go(&self, id: &str) {
        if let Some(space) = self.open().remove(id) {
            space.close();
            space.rest();
        }
    }

    /// The spaces that are open now, and the library's own folder.
    pub fn open_now(&self) -> Vec<Arc<Space>> {
        let open = self.open();
        let mut spaces: Vec<_> = open.values().map(Arc::clone).collect();
        spaces.push(Arc::clone(&self.home));
        spaces
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Arc<Space>>> {
        self.open
            .lock()
            .expect("no thread panics while holding the spaces")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::domain::path::RemotePath;

    #[test]
    fn a_space_that_was_let_go_is_opened_anew_and_by_nobody_who_knows_it_from_before() {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("one")).unwrap();
        std::fs::write(folder.path().join("one/a"), "1").unwrap();
        let home = Space::open(folder.path().to_owned(), true, Timestamp::now).unwrap();
        let registry = Registry::new(Arc::new(home), true);
        let file = RemotePath::parse("a").unwrap();
        let before = registry.find("one").unwrap();
        before.add_favorite("u", &file).unwrap();
        registry.let_go("one");
        assert!(before.has_doomed().is_err());
        let now = registry.find("one").unwrap();
        now.add_favorite("v", &file).unwrap();
    }
}
