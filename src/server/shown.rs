//! Entries as searches, flat listings and personal lists show them: with a path and with what was
//! said about them.

use crate::domain::path::RemotePath;

use super::entry::{self, Described};
use super::error::Fault;
use super::request::Call;
use super::space::Space;
use super::space::facts::Facts;
use super::space::problem::Problem;
use super::space::work;

/// What else is said of each entry.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The inode.
    pub inode: bool,
    /// The complete path.
    pub path: bool,
    /// Whether it is a favourite of this user.
    pub favorite_of: Option<String>,
}

/// An entry (part B 1.6).
pub type Shown = Described;

impl Wanted {
    /// Reads the flags of a URL.
    pub fn of(call: &Call) -> Result<Self, Fault> {
        Ok(Self {
            inode: call.target.query.is_wanted("with_inode")?,
            path: false,
            favorite_of: favorite_of(call)?,
        })
    }
}

/// Whose favourites are to be told, if any.
pub fn favorite_of(call: &Call) -> Result<Option<String>, Fault> {
    let is_wanted = call.target.query.is_wanted("with_favorite_status")?;
    Ok(is_wanted.then(|| call.user().to_owned()))
}

/// Whether an entry is a favourite of a user, where that is to be told.
pub fn is_favorite(
    space: &Space,
    user: Option<&str>,
    facts: &Facts,
) -> Result<Option<bool>, Problem> {
    user.map(|user| space.is_favorite(user, facts.identity()))
        .transpose()
}

/// An entry whose facts are known.
pub fn show(
    space: &Space,
    path: &RemotePath,
    facts: &Facts,
    wanted: &Wanted,
) -> Result<Shown, Problem> {
    let asked = entry::Wanted {
        inode: wanted.inode,
        ..entry::Wanted::default()
    };
    let extra = entry::extra(space, facts, asked)?;
    let mut described = entry::entry(path.name().to_owned(), facts, &extra);
    described.entry.path = wanted.path.then(|| work::components(path.as_str()));
    described.said.is_favorite = is_favorite(space, wanted.favorite_of.as_deref(), facts)?;
    described.user_id.get_or_insert_default();
    Ok(described)
}

/// The entry at a path; none if it is gone.
pub fn look(space: &Space, path: &str, wanted: &Wanted) -> Result<Option<Shown>, Problem> {
    let path = Space::path(path)?;
    match space.look(&path) {
        Ok(facts) => show(space, &path, &facts, wanted).map(Some),
        Err(Problem::PathMissing | Problem::DirectoryMissing) => Ok(None),
        Err(problem) => Err(problem),
    }
}
