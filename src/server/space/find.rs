//! Where an entry is that is known by its identity: it may have been moved by anybody.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use jiff::Timestamp;

use crate::domain::path::RemotePath;

use super::Space;
use super::facts::{Facts, Identity};
use super::problem::Problem;
use super::walk::Sequence;

/// So many places are remembered.
const REMEMBERED: usize = 1000;

/// Where entries were found last. Only a hint: each place is looked at before it is told.
#[derive(Default)]
pub struct Found(HashMap<Identity, RemotePath>);

impl Space {
    /// Where an entry is; none if it is nowhere in the space. `hint` is where it was last.
    pub fn find(
        &self,
        identity: Identity,
        hint: Option<&RemotePath>,
    ) -> Result<Option<RemotePath>, Problem> {
        let wanted = [(identity, hint.cloned())];
        Ok(self.find_all(&wanted)?.pop().flatten())
    }

    /// Where some entries are, each with a hint; with one walk for those that are not where they
    /// were.
    pub fn find_all(
        &self,
        wanted: &[(Identity, Option<RemotePath>)],
    ) -> Result<Vec<Option<RemotePath>>, Problem> {
        let mut places: Vec<Option<RemotePath>> = Vec::with_capacity(wanted.len());
        let mut missing: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, (identity, hint)) in wanted.iter().enumerate() {
            let remembered = self.found().0.get(identity).cloned();
            let place = [hint.clone(), remembered]
                .into_iter()
                .flatten()
                .find(|path| self.is_at(*identity, path));
            if place.is_none() {
                missing.entry(identity.inode).or_default().push(index);
            }
            places.push(place);
        }
        if !missing.is_empty() {
            self.search_for(wanted, &mut missing, &mut places)?;
        }
        Ok(places)
    }

    fn search_for(
        &self,
        wanted: &[(Identity, Option<RemotePath>)],
        missing: &mut HashMap<u64, Vec<usize>>,
        places: &mut [Option<RemotePath>],
    ) -> Result<(), Problem> {
        if let Some(indices) = missing.get(&self.look(&RemotePath::root())?.inode) {
            for index in indices {
                if self.is_at(wanted[*index].0, &RemotePath::root()) {
                    places[*index] = Some(RemotePath::root());
                }
            }
        }
        let mut walk = self.walk(&RemotePath::root(), Sequence::Any)?;
        while !missing.is_empty()
            && let Some(step) = walk.next(self)?
        {
            let Some(indices) = missing.get_mut(&step.inode) else {
                continue;
            };
            let Ok(facts) = step.facts() else { continue };
            let identity = facts.identity();
            let Ok(path) = Self::path(step.path) else {
                continue;
            };
            indices.retain(|index| {
                let is_it = wanted[*index].0 == identity;
                if is_it {
                    places[*index] = Some(path.clone());
                }
                !is_it
            });
            if indices.is_empty() {
                missing.remove(&step.inode);
            }
            if wanted.iter().any(|(wanted, _)| *wanted == identity) {
                let mut found = self.found();
                if found.0.len() >= REMEMBERED {
                    found.0.clear();
                }
                found.0.insert(identity, path);
            }
        }
        Ok(())
    }

    /// When something went to the bin by itself; none if it is not there.
    pub fn recycled_at(&self, of: Identity) -> Result<Option<Timestamp>, Problem> {
        let Some(store) = self.store_if_any()? else {
            return Ok(None);
        };
        for entry in rustix::fs::Dir::read_from(&store.bin)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let is_it = entry.ino() == of.inode
                && Facts::of(&store.bin, name).is_ok_and(|facts| facts.identity() == of);
            if is_it && let Some(id) = name.to_str().and_then(|name| name.parse().ok()) {
                return Ok(store.ledger.bin_row(id)?.map(|row| row.recycled.removed));
            }
        }
        Ok(None)
    }

    fn is_at(&self, identity: Identity, path: &RemotePath) -> bool {
        self.look(path)
            .is_ok_and(|facts| facts.identity() == identity)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn an_entry_is_found_by_its_hint_or_by_a_walk_and_nowhere_else() {
        let folder = TempDir::new().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/x"), "x").unwrap();
        let space = Space::open(folder.path().to_owned(), true, Timestamp::now).unwrap();
        let old = Space::path("a/x").unwrap();
        let identity = space.look(&old).unwrap().identity();
        let find = |hint| space.find(identity, hint).unwrap();
        assert_eq!(find(Some(&old)), Some(old.clone()));
        fs::rename(folder.path().join("a/x"), folder.path().join("a/b/y")).unwrap();
        fs::write(folder.path().join("a/x"), "another").unwrap();
        let new = Space::path("a/b/y").unwrap();
        assert_eq!(find(Some(&old)), Some(new.clone()));
        assert_eq!(find(None), Some(new.clone()));
        fs::rename(folder.path().join("a"), folder.path().join("c")).unwrap();
        assert_eq!(find(Some(&new)), Some(Space::path("c/b/y").unwrap()));
        fs::remove_file(folder.path().join("c/b/y")).unwrap();
        assert_eq!(find(Some(&new)), None);
    }
}
