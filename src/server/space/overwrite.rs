//! One file in another one's place, so that at any moment the path shows the one or the other, and
//! the old one is never lost. Knows nothing of requests.
//!
//! Three steps: what is meant is committed; the two change places in one step of the file system and
//! the old one is renamed aside; what was done is committed.

use std::ffi::{OsStr, OsString};

use cap_std::fs::Dir;
use jiff::Timestamp;
use rustix::fs::RenameFlags;
use rustix::io::Errno;
use serde_json::{Value, json};

use crate::domain::path::RemotePath;
use crate::server::ledger::{Chain, Change, Home, Keep, Overwrite, Version};

use super::events::{self, Location};
use super::facts::{Facts, Identity, Kind};
use super::place::{self, exists, id_name, open_child};
use super::problem::Problem;
use super::recover::recycled;
use super::store::Store;
use super::{Space, names};

/// What a file was and what is in its place now.
struct Swapped {
    old: Facts,
    new: Facts,
    crc64: Option<u64>,
    now: Timestamp,
}

impl Space {
    /// Brings something that is ready to where a file is. The old file becomes a version, goes to
    /// the bin, or is gone where there is neither.
    pub(super) fn overwrite(
        &self,
        from: (&Dir, &OsStr),
        home: Home,
        (parent, to): (&Dir, &RemotePath),
    ) -> Result<(), Problem> {
        self.check_unlocked(to)?;
        let name = names::to_os(to.name());
        let new = Facts::of(from.0, from.1)?;
        self.keep_creation(&home, &Facts::of(parent, &name)?, &new)?;
        let rule = self.history_rule();
        if !self.has_bin() && !rule.is_on && !self.has_history(parent, &name)? {
            let old = Facts::of(parent, &name)?;
            match rustix::fs::renameat(from.0, from.1, parent, &*name) {
                // A directory has come there since the look.
                Err(Errno::ISDIR) => return Err(Problem::NameTaken),
                other => other?,
            }
            self.tell_overwritten(&home, Keep::Doomed, (parent, to), &old, None);
            return Ok(());
        }
        // Held to the end, so that no other change comes between.
        let mut store = self.store()?;
        let old = Facts::of(parent, &name)?;
        if old.kind == Kind::Directory {
            return Err(Problem::NameTaken);
        }
        let keep = self.keep(&store, &home, &old, &new)?;
        store.is_unsound = true;
        let mut change = store.ledger.change()?;
        let overwrite = Overwrite {
            id: change.reserve(1)?,
            keep,
            path: to.as_str().to_owned(),
            home,
            old: key(old.identity()),
        };
        change.intend_overwrite(&overwrite)?;
        change.commit()?;
        let old = match store.swap(&overwrite, from, (parent, &name)) {
            Ok(old) => old,
            Err(problem) => {
                // Nothing was done, or what was done is put right by the next change.
                store.recover()?;
                return Err(problem);
            }
        };
        let swapped = Swapped {
            crc64: self.known_sum(&old),
            new: Facts::of(parent, &name)?,
            now: self.now(),
            old,
        };
        let number = store.ledger.chain(overwrite.old)?.map(|chain| chain.number);
        store.note(&overwrite, &swapped)?;
        store.is_unsound = false;
        let file = swapped.new.identity();
        self.trim(&mut store, file)?;
        drop(store);
        self.tell_overwritten(&overwrite.home, keep, (parent, to), &swapped.old, number);
        Ok(())
    }

    fn tell_overwritten(
        &self,
        home: &Home,
        keep: Keep,
        (parent, to): (&Dir, &RemotePath),
        old: &Facts,
        number: Option<u64>,
    ) {
        let word = match home {
            Home::Upload(_) => "FILE.CREATE_OVERWRITE",
            Home::Copy(_) => "FILE.COPY_OVERWRITE",
            Home::Path(_) | Home::Elsewhere => "FILE.MOVE_OVERWRITE",
            Home::Bin(_) => "FILE.RESTORE_OVERWRITE",
            Home::History(_) => "HISTORY.LATEST",
        };
        self.tell(|| {
            let parent = events::identity_of(parent);
            let then = match keep {
                Keep::Bin => Some(("FILE.TRASH", Location::Bin)),
                Keep::History => Some(("HISTORY.CREATE", Location::History)),
                Keep::Doomed => None,
            };
            let mut told = Vec::new();
            if let Some((word, location)) = then {
                let extra = match location {
                    Location::History => json!({ "versionId": number.unwrap_or(1) }),
                    Location::Tree | Location::Bin | Location::Gone => Value::Null,
                };
                told.push(self.event(word, old, parent, to.name(), location, extra));
            }
            if let Ok(facts) = self.look(to) {
                let extra = events::overwritten(old, self.known_sum(old), number);
                told.push(self.event(word, &facts, parent, to.name(), Location::Tree, extra));
            }
            told
        });
    }

    /// A file whose content is replaced is as old as it was (part B 1.6); what is moved there is
    /// another file. It is said before, since what is said about a file goes along with it.
    fn keep_creation(&self, home: &Home, old: &Facts, new: &Facts) -> Result<(), Problem> {
        let is_content = matches!(home, Home::Upload(_) | Home::Copy(_) | Home::History(_));
        if !is_content || old.kind != Kind::File || new.kind != Kind::File {
            return Ok(());
        }
        let created = self.attributes(old)?.created_of(old);
        self.change_attributes(new, |said| {
            said.created = Some(created);
            Ok(())
        })
    }

    /// Whether a file has or had old versions.
    fn has_history(&self, parent: &Dir, name: &OsStr) -> Result<bool, Problem> {
        let facts = Facts::of(parent, name)?;
        Ok(match self.store_if_any()? {
            Some(store) => store.ledger.chain(key(facts.identity()))?.is_some(),
            None => false,
        })
    }

    /// What becomes of a file that is overwritten.
    fn keep(&self, store: &Store, home: &Home, old: &Facts, new: &Facts) -> Result<Keep, Problem> {
        let rule = self.history_rule();
        let is_kept = rule.is_on || matches!(home, Home::History(_));
        if is_kept && old.kind == Kind::File && new.kind == Kind::File {
            let chain = store.ledger.chain(key(old.identity()))?;
            let is_young = chain.is_some_and(|chain| rule.merges(chain.since, self.now()));
            // What was chosen on purpose is no step on the way to something else.
            let is_merged = is_young && !matches!(home, Home::History(_));
            return Ok(if is_merged {
                Keep::Doomed
            } else {
                Keep::History
            });
        }
        Ok(if self.has_bin() {
            Keep::Bin
        } else {
            Keep::Doomed
        })
    }
}

impl Store {
    /// Puts the new one in its place and the old one aside, and says what the old one was.
    fn swap(
        &self,
        overwrite: &Overwrite,
        from: (&Dir, &OsStr),
        (parent, name): (&Dir, &OsStr),
    ) -> Result<Facts, Problem> {
        let is_elsewhere = overwrite.home == Home::Elsewhere;
        if is_elsewhere && overwrite.keep == Keep::Doomed {
            let old = Facts::of(parent, name)?;
            return match rustix::fs::renameat(from.0, from.1, parent, name) {
                Ok(()) => Ok(old),
                Err(Errno::ISDIR) => Err(Problem::NameTaken),
                Err(errno) => Err(errno.into()),
            };
        }
        // After a kill nobody would look into another space for the old one.
        let exchanged = if is_elsewhere {
            Err(Errno::NOSYS)
        } else {
            exchange(from, (parent, name))
        };
        match exchanged {
            Ok(()) => {}
            // Some file systems cannot; then the old one goes first, and comes back if the new one
            // cannot follow.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                let (aside, id) = (self.aside(overwrite.keep), id_name(overwrite.id));
                place::rename(parent, name, aside, id.as_ref())?;
                if let Err(errno) = place::rename(from.0, from.1, parent, name) {
                    place::rename(aside, id.as_ref(), parent, name)?;
                    return Err(errno.into());
                }
                rustix::fs::fsync(parent)?;
                return Ok(Facts::of(aside, id.as_ref())?);
            }
            Err(errno) => return Err(errno.into()),
        }
        let old = Facts::of(from.0, from.1)?;
        if old.kind == Kind::Directory {
            // It has come there since the look.
            exchange(from, (parent, name))?;
            return Err(Problem::NameTaken);
        }
        self.put_aside(overwrite, from)?;
        rustix::fs::fsync(parent)?;
        Ok(old)
    }

    fn put_aside(&self, overwrite: &Overwrite, from: (&Dir, &OsStr)) -> Result<(), Problem> {
        let aside = self.aside(overwrite.keep);
        place::rename(from.0, from.1, aside, id_name(overwrite.id).as_ref())?;
        rustix::fs::fsync(aside)?;
        Ok(())
    }

    fn aside(&self, keep: Keep) -> &Dir {
        match keep {
            Keep::Bin => &self.bin,
            Keep::History => &self.history,
            Keep::Doomed => &self.doomed,
        }
    }

    /// Commits what was done.
    fn note(&mut self, overwrite: &Overwrite, swapped: &Swapped) -> Result<(), Problem> {
        let (old, new) = (swapped.old.identity(), swapped.new.identity());
        let (old_chain, new_chain) = (self.ledger.chain(key(old))?, self.ledger.chain(key(new))?);
        let created = self.ledger.kept_creations_of([old])?.remove(&old);
        let change = self.ledger.change()?;
        match &overwrite.home {
            Home::Bin(item) => change.take_from_bin([*item])?,
            Home::History(version) => change.drop_versions([*version])?,
            Home::Path(_) | Home::Upload(_) | Home::Copy(_) | Home::Elsewhere => {}
        }
        let highest = [old_chain, new_chain]
            .iter()
            .flatten()
            .map(|chain| chain.number)
            .max();
        match overwrite.keep {
            // Its own old versions stay with it.
            Keep::Bin => {
                let mut row = recycled(
                    overwrite.path.clone(),
                    &swapped.old,
                    swapped.now,
                    swapped.crc64,
                );
                row.created = created.unwrap_or(row.created);
                change.add_to_bin([(overwrite.id, &row)])?;
            }
            Keep::History => {
                note_version(&change, overwrite, swapped, old_chain)?;
                change.hand_versions_on(key(old), key(new))?;
                let chain = Chain {
                    number: highest.unwrap_or(1) + 1,
                    since: swapped.now,
                    former: match overwrite.home {
                        Home::History(version) => Some(version),
                        _ => None,
                    },
                };
                change.set_chain(key(new), &chain)?;
            }
            Keep::Doomed => {
                if let Some(number) = highest {
                    change.hand_versions_on(key(old), key(new))?;
                    let chain = Chain {
                        number,
                        since: swapped.now,
                        former: None,
                    };
                    change.set_chain(key(new), &chain)?;
                }
            }
        }
        change.settle_overwrite(overwrite.id)?;
        change.commit()?;
        Ok(())
    }

    /// Settles the overwrites that are open. The old file is the witness: it is aside, where the new
    /// one came from, or still in its place.
    pub fn settle_overwrites(&mut self) -> Result<(), Problem> {
        for overwrite in self.ledger.overwrites()? {
            self.settle_overwrite(&overwrite)?;
            tracing::info!("settled an overwrite that was half done");
        }
        Ok(())
    }

    fn settle_overwrite(&mut self, overwrite: &Overwrite) -> Result<(), Problem> {
        let at_path = self.locate(&overwrite.path)?;
        let source = match &overwrite.home {
            Home::Path(path) => self.locate(path)?,
            Home::Elsewhere => None,
            Home::Upload(name) | Home::Copy(name) => look_at(&self.uploads, name.into())?,
            Home::Bin(id) => look_at(&self.bin, id_name(*id).into())?,
            Home::History(id) => look_at(&self.history, id_name(*id).into())?,
        };
        let id = id_name(overwrite.id);
        if !exists(self.aside(overwrite.keep), &id)? {
            let is_old = |facts: &Facts| key(facts.identity()) == overwrite.old;
            match (&source, &at_path) {
                (Some((from, name, Some(facts))), Some((_, _, Some(there))))
                    if is_old(facts) && !is_old(there) =>
                {
                    self.put_aside(overwrite, (from, name))?;
                }
                _ => {
                    let change = self.ledger.change()?;
                    change.settle_overwrite(overwrite.id)?;
                    return Ok(change.commit()?);
                }
            }
        }
        let old = Facts::of(self.aside(overwrite.keep), id.as_ref())?;
        match at_path {
            Some((_, _, Some(new))) => {
                let swapped = Swapped {
                    now: old.changed,
                    crc64: None,
                    old,
                    new,
                };
                self.note(overwrite, &swapped)
            }
            // The old one went and the new one did not come.
            Some((parent, name, None)) if overwrite.keep != Keep::Doomed => {
                place::rename(self.aside(overwrite.keep), id.as_ref(), &parent, &name)?;
                let change = self.ledger.change()?;
                change.settle_overwrite(overwrite.id)?;
                Ok(change.commit()?)
            }
            Some((_, _, None)) | None => self.rescue(overwrite, &old),
        }
    }

    /// Lists in the bin what has no place in the tree any more.
    fn rescue(&mut self, overwrite: &Overwrite, old: &Facts) -> Result<(), Problem> {
        let id = id_name(overwrite.id);
        if overwrite.keep == Keep::History {
            place::rename(&self.history, id.as_ref(), &self.bin, id.as_ref())?;
        }
        let change = self.ledger.change()?;
        if overwrite.keep != Keep::Doomed {
            let row = recycled(overwrite.path.clone(), old, old.changed, None);
            change.add_to_bin([(overwrite.id, &row)])?;
        }
        change.settle_overwrite(overwrite.id)?;
        Ok(change.commit()?)
    }

    /// What is at a path of the tree; none where there is not even its directory.
    fn locate(&self, path: &str) -> Result<Option<Located>, Problem> {
        let path = Space::path(path)?;
        let mut here = open_child(&self.root, ".".as_ref())?;
        for name in path.parent().unwrap_or_else(RemotePath::root).components() {
            here = match open_child(&here, &names::to_os(name)) {
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
                other => other?,
            };
        }
        let name = names::to_os(path.name()).into_owned();
        look_at(&here, name)
    }
}

/// A directory, a name in it, and what has that name.
type Located = (Dir, OsString, Option<Facts>);

fn look_at(directory: &Dir, name: OsString) -> Result<Option<Located>, Problem> {
    let facts = match Facts::of(directory, &name) {
        Ok(facts) => Some(facts),
        Err(Errno::NOENT) => None,
        Err(other) => return Err(other.into()),
    };
    Ok(Some((open_child(directory, ".".as_ref())?, name, facts)))
}

fn note_version(
    change: &Change<'_>,
    overwrite: &Overwrite,
    swapped: &Swapped,
    chain: Option<Chain>,
) -> Result<(), Problem> {
    change.add_version(&Version {
        id: overwrite.id,
        file: key(swapped.old.identity()),
        number: chain.map_or(1, |chain| chain.number),
        path: overwrite.path.clone(),
        size: swapped.old.size,
        crc64: swapped.crc64,
        modified: swapped.old.modified,
        latest: chain.and_then(|chain| chain.former.map(|_| chain.since)),
        kept: swapped.now,
    })?;
    Ok(())
}

/// Lets two entries change places, in one step.
fn exchange(one: (&Dir, &OsStr), other: (&Dir, &OsStr)) -> Result<(), Errno> {
    rustix::fs::renameat_with(one.0, one.1, other.0, other.1, RenameFlags::EXCHANGE)
}

/// An identity as the ledger has it.
pub fn key(identity: Identity) -> (u64, u64) {
    (identity.inode, identity.born)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
