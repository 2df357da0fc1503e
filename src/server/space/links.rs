//! Symbolic links that the service makes (part B 3.7): real ones on the disk, for other programs;
//! the service itself goes by the ledger, which knows what file is meant, and never follows the
//! text of a link. Links that other programs made show nothing. Knows no requests.
//!
//! What deleting or restoring a file means for its links is written in the same commit, and done
//! at once or at the next start.

mod settle;

use std::ffi::OsStr;

use serde_json::json;

use crate::domain::path::RemotePath;
use crate::server::ledger::{Home, LinkRow, LinkState};
use crate::server::random;

use super::facts::{Facts, Identity, Kind};
use super::place::open_child;
use super::problem::Problem;
use super::rename::Strategy;
use super::{Space, copy, names};

/// So many links may lie between a name and its content; the protocol only says that there is a
/// limit.
pub const DEEPEST: usize = 5;

/// What a path shows, after all links.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Where that is.
    pub path: RemotePath,
    /// What that is.
    pub facts: Facts,
    /// What the link at the path that was asked for shows next.
    pub next: Option<Identity>,
}

impl Space {
    /// What a path shows: itself, or for a link that this service made its target. A link that
    /// another program made is only a link.
    pub fn show(&self, path: &RemotePath) -> Result<Shown, Problem> {
        let entry = self.look(path)?;
        let mut shown = Shown {
            path: path.clone(),
            facts: entry,
            next: None,
        };
        if entry.kind == Kind::Symlink && self.link_row(&entry)?.is_some() {
            let chain = self.chain(&entry)?;
            shown.next = chain.first().map(|(_, facts)| facts.identity());
            if let Some((path, facts)) = chain.into_iter().next_back() {
                shown.path = path;
                shown.facts = facts;
            }
        }
        Ok(shown)
    }

    /// What a link shows next, where it is one that this service made.
    pub fn next_target(&self, facts: &Facts) -> Result<Option<Identity>, Problem> {
        if facts.kind != Kind::Symlink {
            return Ok(None);
        }
        Ok(self.link_row(facts)?.map(|row| row.target))
    }

    /// Makes a link to a file; says where it is and whether it replaced another file.
    pub fn make_link(
        &self,
        target: &RemotePath,
        to: &RemotePath,
        strategy: Strategy,
    ) -> Result<(RemotePath, bool), Problem> {
        if to.is_root() || target.is_root() {
            return Err(Problem::Root);
        }
        self.check_target(to, Kind::Symlink)?;
        let parent = to.parent().ok_or(Problem::Root)?;
        self.open_directory(&parent)?;
        let facts = self.look(target).map_err(as_missing_source)?;
        let is_virtual = self.attributes(&facts)?.is_virtual(&facts);
        let chain = match facts.kind {
            Kind::Directory => return Err(Problem::LinkToDirectory),
            Kind::Other => return Err(Problem::SourceNotAFile),
            Kind::File if is_virtual => return Err(Problem::SourceNotAFile),
            Kind::File => Vec::new(),
            Kind::Symlink => self.chain(&facts).map_err(as_missing_source)?,
        };
        self.check_same_type(target, to)?;
        // The new link comes before the others.
        if chain.len() + 1 > DEEPEST {
            return Err(Problem::LinkTooDeep);
        }
        let is_loop = target == to || chain.iter().any(|(path, _)| path == to);
        if is_loop && strategy == Strategy::Overwrite {
            return Err(Problem::LinkLoop);
        }
        let (uploads, name) = self.new_link(&relative(&parent, target))?;
        let link = Facts::of(&uploads, name.as_ref())?;
        let row = LinkRow {
            link: link.identity(),
            place: to.as_str().to_owned(),
            target: facts.identity(),
            former: None,
            path: target.as_str().to_owned(),
            state: LinkState::InUse,
        };
        self.change_links(|change| change.set_link(&row))?;
        let from = (&uploads, OsStr::new(&name));
        let home = Home::Upload(name.clone());
        let settled = self.settle(from, home, to, strategy, None);
        if let Ok((path, false)) = &settled {
            let extra = json!({ "isRapidUpload": false, "targetInode": facts.identity().text() });
            self.tell_of("FILE.CREATE", path, extra);
        }
        if settled.is_err() {
            let _ = uploads.remove_file(&name);
            self.change_links(|change| change.forget_link(row.link))?;
        }
        settled
    }

    /// Whatever shows `old` is to show `new`, which is about to replace it at this path. Written before the
    /// rename; if that does not happen, `old` is still found.
    pub fn succeed(&self, old: Identity, new: Identity, path: &RemotePath) -> Result<(), Problem> {
        if old == new || !self.has_links()? {
            return Ok(());
        }
        self.change_links(|change| change.succeed(old, new, path.as_str()))
    }

    /// Refuses to put a link where something is that it shows: nothing would be left to show.
    pub(super) fn check_no_loop(&self, link: &Facts, there: &Facts) -> Result<(), Problem> {
        if link.kind != Kind::Symlink {
            return Ok(());
        }
        let is_shown = |chain: &[(RemotePath, Facts)]| {
            let of = there.identity();
            chain.iter().any(|(_, facts)| facts.identity() == of)
        };
        match self.chain(link) {
            Ok(chain) if is_shown(&chain) => Err(Problem::LinkOverTarget),
            // A link that shows nothing makes no loop.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The row of a link that was copied, for the copy.
    pub(super) fn copied_link(&self, link: &Facts, copy: &Facts) -> Result<(), Problem> {
        let Some(row) = self.link_row(link)? else {
            return Ok(());
        };
        let row = LinkRow {
            link: copy.identity(),
            ..row
        };
        self.change_links(|change| change.set_link(&row))
    }

    /// Whether a link that comes back from the bin has lost its target.
    pub(super) fn is_target_lost(&self, row: &LinkRow) -> Result<bool, Problem> {
        match self.target(row) {
            Ok(_) => Ok(false),
            Err(Problem::LinkDangling) => Ok(true),
            Err(problem) => Err(problem),
        }
    }

    pub(super) fn link_row(&self, link: &Facts) -> Result<Option<LinkRow>, Problem> {
        match self.store_to_look()? {
            Some(store) => Ok(store.ledger.link(link.identity())?),
            None => Ok(None),
        }
    }

    pub(super) fn has_links(&self) -> Result<bool, Problem> {
        match self.store_to_look()? {
            Some(store) => Ok(store.ledger.has_links()?),
            None => Ok(false),
        }
    }

    /// All that a link shows, one after the other, the last of which is not a link.
    fn chain(&self, link: &Facts) -> Result<Vec<(RemotePath, Facts)>, Problem> {
        let mut chain: Vec<(RemotePath, Facts)> = Vec::new();
        let mut here = *link;
        while here.kind == Kind::Symlink {
            if chain.len() >= DEEPEST {
                return Err(Problem::LinkTooDeep);
            }
            // A link that another program made shows nothing.
            let row = self.link_row(&here)?.ok_or(Problem::FileMissing)?;
            let (path, facts) = self.target(&row)?;
            let is_known = |(_, known): &(RemotePath, Facts)| known.identity() == facts.identity();
            if facts.identity() == link.identity() || chain.iter().any(is_known) {
                return Err(Problem::LinkLoop);
            }
            here = facts;
            chain.push((path, facts));
        }
        Ok(chain)
    }

    fn target(&self, row: &LinkRow) -> Result<(RemotePath, Facts), Problem> {
        if !matches!(row.state, LinkState::InUse | LinkState::Returning) {
            return Err(Problem::LinkDangling);
        }
        let hint = Self::path(&row.path).ok();
        // If the replacing did not happen, the old one is still where it was.
        if let (Some(former), Some(hint)) = (row.former, &hint)
            && let Ok(facts) = self.look(hint)
            && facts.identity() == former
        {
            return Ok((hint.clone(), facts));
        }
        let found = self.find(row.target, hint.as_ref())?;
        let path = found.ok_or(Problem::LinkDangling)?;
        let facts = self.look(&path)?;
        Ok((path, facts))
    }

    /// A new link aside, and its name there.
    fn new_link(&self, text: &str) -> Result<(cap_std::fs::Dir, String), Problem> {
        let uploads = open_child(&self.store()?.uploads, ".".as_ref())?;
        let number = random::hex::<16>()
            .map_err(|error| Problem::Io(std::io::Error::other(error.to_string())))?;
        let name = format!("{}{number}", copy::PREFIX);
        rustix::fs::symlinkat(&*names::to_os(text), &uploads, &*name)?;
        Ok((uploads, name))
    }

    fn change_links(
        &self,
        work: impl FnOnce(&crate::server::ledger::Change<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), Problem> {
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        work(&change)?;
        Ok(change.commit()?)
    }
}

fn as_missing_source(problem: Problem) -> Problem {
    match problem {
        Problem::PathMissing | Problem::DirectoryMissing | Problem::FileMissing => {
            Problem::SourceFileMissing
        }
        other => other,
    }
}

/// The way from a directory to a path, as the text of a link.
fn relative(from: &RemotePath, to: &RemotePath) -> String {
    let from: Vec<&str> = from.components().collect();
    let to: Vec<&str> = to.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to[shared..].iter().copied())
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_link_leads_from_its_directory_to_its_target() {
        let path = |text| Space::path(text).expect("a path");
        for (from, to, text) in [
            ("", "a", "a"),
            ("d", "a", "../a"),
            ("d/e", "d/f/a", "../f/a"),
            ("d", "d/a", "a"),
        ] {
            assert_eq!(relative(&path(from), &path(to)), text);
        }
    }
}
