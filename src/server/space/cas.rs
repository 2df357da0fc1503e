//! Content tokens: what a client saw of a file, so that nothing is done to what it did not see
//! (part B 1.6, 3.4 to 3.6). To clients they are opaque.

use super::facts::Facts;
use super::problem::Problem;

/// The tokens that source and target of a move or a copy must have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions<'a> {
    /// Of what is moved or copied.
    pub source: Option<&'a str>,
    /// Of the file that may be replaced; there must be one.
    pub target: Option<&'a str>,
}

impl Facts {
    /// The token of an entry: another one as soon as it is another entry or has other content.
    pub fn content_cas(&self) -> String {
        let identity = self.identity();
        let modified = self.modified.as_nanosecond();
        format!(
            "{:x}.{:x}.{:x}.{modified:x}",
            identity.inode, identity.born, self.size
        )
    }

    /// Refuses an entry that has another token than the one that is wanted, if one is.
    pub fn check_cas(&self, wanted: Option<&str>) -> Result<(), Problem> {
        match wanted {
            Some(wanted) if wanted != self.content_cas() => Err(Problem::ContentChanged),
            Some(_) | None => Ok(()),
        }
    }
}
