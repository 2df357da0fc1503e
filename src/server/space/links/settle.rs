//! What becomes of links whose target was deleted or came back: each is found, taken away or made
//! anew. A kill between two steps is put right by doing them again.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, unlinkat};

use crate::domain::path::RemotePath;
use crate::server::ledger::{LinkRow, LinkState};
use crate::server::space::facts::{Facts, Identity, Kind};
use crate::server::space::place::open_child;
use crate::server::space::problem::Problem;
use crate::server::space::rename::{Strategy, into_free_name};
use crate::server::space::{Space, names};

impl Space {
    /// Does what is still to be done to links. What fails waits for the next time.
    pub fn settle_links(&self) {
        let _only_one = self.linking();
        let open = match self.store_if_any() {
            Ok(Some(store)) => store.ledger.open_links(),
            Ok(None) | Err(_) => return,
        };
        match open {
            Ok(rows) => {
                for row in rows {
                    if let Err(problem) = self.settle_link(&row) {
                        tracing::warn!(%problem, "a link waits for the next start");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the links cannot be read"),
        }
    }

    fn settle_link(&self, row: &LinkRow) -> Result<(), Problem> {
        match row.state {
            LinkState::InUse | LinkState::Hidden => Ok(()),
            LinkState::Leaving => match self.find_link(row)? {
                Some(path) => {
                    self.unlink(row.link, &path)?;
                    self.change_links(|change| change.forget_link(row.link))
                }
                // It may be in the bin itself; what it lost is seen when it comes back.
                None => self.set_state(row, &row.place, LinkState::InUse),
            },
            LinkState::Hiding => match self.find_link(row)? {
                Some(path) => {
                    self.set_state(row, path.as_str(), LinkState::Found)?;
                    self.unlink(row.link, &path)?;
                    self.set_state(row, path.as_str(), LinkState::Hidden)
                }
                None => self.set_state(row, &row.place, LinkState::InUse),
            },
            LinkState::Found => {
                self.unlink(row.link, &Self::path(&row.place)?)?;
                self.set_state(row, &row.place, LinkState::Hidden)
            }
            LinkState::Returning => self.bring_back(row),
        }
    }

    fn find_link(&self, row: &LinkRow) -> Result<Option<RemotePath>, Problem> {
        let hint = Self::path(&row.place).ok();
        self.find(row.link, hint.as_ref())
    }

    fn set_state(&self, row: &LinkRow, place: &str, state: LinkState) -> Result<(), Problem> {
        self.change_links(|change| change.move_link(row.link, place, state))
    }

    /// Takes a link away from the disk; if something else is there by now, it is left.
    fn unlink(&self, link: Identity, path: &RemotePath) -> Result<(), Problem> {
        let parent = match self.open_parent(path) {
            Err(Problem::PathMissing | Problem::DirectoryMissing) => return Ok(()),
            other => other?,
        };
        let name = names::to_os(path.name());
        match Facts::of(&parent, &name) {
            Ok(facts) if facts.identity() == link && facts.kind == Kind::Symlink => {
                unlinkat(&parent, &*name, AtFlags::empty())?;
                Ok(rustix::fs::fsync(&parent)?)
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Makes a link anew where it was, under another name where that is taken; not at all where
    /// its directory is gone.
    fn bring_back(&self, row: &LinkRow) -> Result<(), Problem> {
        if self.find_link(row)?.is_some() {
            return self.set_state(row, &row.place, LinkState::InUse);
        }
        let place = Self::path(&row.place)?;
        let parent_path = place.parent().ok_or(Problem::Root)?;
        let target = self.target(row);
        let parent = self.open_directory(&parent_path);
        let (Ok((target, _)), Ok(parent)) = (target, parent) else {
            return self.change_links(|change| change.forget_link(row.link));
        };
        let (uploads, name) = self.new_link(&super::relative(&parent_path, &target))?;
        let new = Facts::of(&uploads, name.as_ref())?;
        let said = self.attribute_of(row.link)?;
        let renewed = LinkRow {
            link: new.identity(),
            path: target.as_str().to_owned(),
            ..row.clone()
        };
        self.change_links(|change| {
            if let Some(said) = &said {
                change.set_attribute(renewed.link, said)?;
            }
            change.forget_link(row.link)?;
            change.set_link(&renewed)?;
            // What showed the link that was taken away shows this one.
            change.succeed(row.link, renewed.link, &row.place)
        })?;
        let from = (&uploads, OsStr::new(&name));
        into_free_name(
            from,
            (&parent, place.name()),
            Kind::Symlink,
            Strategy::Rename,
        )?;
        rustix::fs::fsync(&parent)?;
        self.set_state(&renewed, &row.place, LinkState::InUse)
    }

    fn attribute_of(&self, link: Identity) -> Result<Option<String>, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.attribute(link)?),
            None => Ok(None),
        }
    }

    /// Notes which links lose their targets when something that is doomed is removed, before it is
    /// removed; says whether there are any. Links that are doomed themselves are forgotten.
    pub(in crate::server::space) fn lose_links(
        &self,
        doomed: &Dir,
        name: &[u8],
    ) -> Result<(), Problem> {
        if !self.has_links()? {
            return Ok(());
        }
        let linked = match self.store_if_any()? {
            Some(store) => store.ledger.linked()?,
            None => return Ok(()),
        };
        let inodes = linked.iter().map(|of| of.inode).collect();
        let mut lost = Vec::new();
        self.find_linked(doomed, OsStr::from_bytes(name), &inodes, &mut lost)?;
        lost.retain(|facts: &Facts| linked.contains(&facts.identity()));
        if lost.is_empty() {
            return Ok(());
        }
        self.change_links(|change| {
            for facts in &lost {
                if facts.kind == Kind::Symlink {
                    change.forget_link(facts.identity())?;
                }
                change.lose_target(facts.identity())?;
            }
            Ok(())
        })
    }

    fn find_linked(
        &self,
        parent: &Dir,
        name: &OsStr,
        inodes: &std::collections::HashSet<u64>,
        found: &mut Vec<Facts>,
    ) -> Result<(), Problem> {
        if self.is_stopping() {
            return Err(Problem::Stopping);
        }
        let facts = Facts::of(parent, name)?;
        if facts.kind != Kind::Directory {
            found.push(facts);
            return Ok(());
        }
        let Ok(directory) = open_child(parent, name) else {
            return Ok(());
        };
        for entry in rustix::fs::Dir::read_from(&directory)? {
            let entry = entry?;
            let raw = entry.file_name().to_bytes();
            if raw == b"." || raw == b".." {
                continue;
            }
            let is_directory = matches!(
                entry.file_type(),
                rustix::fs::FileType::Directory | rustix::fs::FileType::Unknown
            );
            if is_directory || inodes.contains(&entry.ino()) {
                self.find_linked(&directory, OsStr::from_bytes(raw), inodes, found)?;
            }
        }
        Ok(())
    }
}
