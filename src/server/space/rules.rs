//! What a library allows to be in it, and where (part A section 3).

use rustix::fs::FileType;

use crate::domain::path::RemotePath;
use crate::server::entry;

use super::Space;
use super::facts::Kind;
use super::place::open_child;
use super::problem::Problem;

/// How the photos and videos of a library are arranged (part A section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Albums {
    /// All of them in the root; there are no directories.
    None,
    /// Each of them in an album, which is a directory of the root.
    One,
}

/// The rules of a space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// How many days things stay in the bin, until somebody says otherwise; none for ever.
    pub retention_days: Option<u32>,
    /// How many directories may lie in one another.
    pub most_levels: Option<usize>,
    /// For a library of photos and videos: how they are arranged.
    pub media: Option<Albums>,
    /// From which number on things are counted in a folder that has had none so far.
    pub first_number: u64,
}

impl Space {
    /// The same space with other rules.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The rules.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Refuses what the rules do not allow at a path.
    pub(super) fn check_rules(&self, path: &RemotePath, kind: Kind) -> Result<(), Problem> {
        let depth = path.components().count();
        let levels = match kind {
            Kind::Directory => depth,
            Kind::File | Kind::Symlink | Kind::Other => depth.saturating_sub(1),
        };
        let most = match self.rules.media {
            None => self.rules.most_levels,
            Some(Albums::None) if levels > 0 => return Err(Problem::NoDirectories),
            Some(Albums::None) => None,
            Some(Albums::One) => Some(1),
        };
        if most.is_some_and(|most| levels > most) {
            return Err(Problem::TooDeep);
        }
        if self.rules.media.is_none() || kind == Kind::Directory {
            return Ok(());
        }
        if depth == 1 && self.rules.media == Some(Albums::One) {
            return Err(Problem::NotInRoot);
        }
        if !matches!(entry::file_type(path.name()), "image" | "video") {
            return Err(Problem::NotMedia);
        }
        Ok(())
    }

    /// Refuses to make a video of a photo by another name, or the other way round.
    pub(super) fn check_same_type(
        &self,
        from: &RemotePath,
        to: &RemotePath,
    ) -> Result<(), Problem> {
        let type_of = |path: &RemotePath| entry::file_type(path.name());
        if self.rules.media.is_none() || type_of(from) == type_of(to) {
            return Ok(());
        }
        Err(Problem::TypeChanged)
    }

    /// Refuses a tree that would be too deep at its new place.
    pub(super) fn check_depth(
        &self,
        source: &Self,
        from: &RemotePath,
        to: &RemotePath,
    ) -> Result<(), Problem> {
        let most = match self.rules.media {
            None => self.rules.most_levels,
            Some(_) => Some(1),
        };
        let Some(most) = most else { return Ok(()) };
        let room = most.saturating_sub(to.components().count());
        let directory = source.open_directory(from)?;
        if is_deeper(&directory, room)? {
            return Err(Problem::TooDeep);
        }
        Ok(())
    }
}

/// Whether more than `room` directories lie in one another below a directory.
fn is_deeper(directory: &cap_std::fs::Dir, room: usize) -> Result<bool, Problem> {
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        let may_be_directory = matches!(entry.file_type(), FileType::Directory | FileType::Unknown);
        if name == b"." || name == b".." || !may_be_directory {
            continue;
        }
        let name = std::os::unix::ffi::OsStrExt::from_bytes(name);
        if let Ok(child) = open_child(directory, name)
            && (room == 0 || is_deeper(&child, room - 1)?)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
