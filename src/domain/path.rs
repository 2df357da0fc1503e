//! Paths inside a space, normalised once at the door.

use crate::texts::tr;
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The path of an entry inside its space: components joined by `/`, without a leading or trailing
/// slash; the root is the empty path. Cheap to clone.
///
/// Remote names are not names of this machine: `\`, `:`, blanks at the ends and every kind of
/// character may occur in them (protocol part A 2.5). Only what cannot name an entry is refused.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemotePath(Arc<str>);

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// `.` and `..` would name another entry than the one that was seen.
    #[error("{}", tr!("a path may not hold the component '{component}'", component = _0))]
    DotComponent(&'static str),
    /// No service can store it.
    #[error("{}", tr!("a path may not hold a zero byte"))]
    ZeroByte,
    /// A single name was expected.
    #[error("{}", tr!("a name may not be empty and may not hold a slash"))]
    NotAName,
}

impl RemotePath {
    /// The root of the space.
    pub fn root() -> Self {
        Self("".into())
    }

    /// Reads a path; slashes at the ends and doubled ones are dropped.
    ///
    /// # Errors
    /// A component `.` or `..`, or a zero byte.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::from_components(text.split('/'))
    }

    /// Joins components, as the arrays of the protocol give them; empty ones are dropped
    /// (part A, U10).
    ///
    /// # Errors
    /// A component `.` or `..`, a slash inside a component, or a zero byte.
    pub fn from_components<'a>(
        components: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, PathError> {
        let mut joined = String::new();
        for component in components.into_iter().filter(|name| !name.is_empty()) {
            check(component)?;
            if !joined.is_empty() {
                joined.push('/');
            }
            joined.push_str(component);
        }
        Ok(Self(joined.into()))
    }

    /// The path of an entry in a directory, where both are known to be parts of a path.
    pub(super) fn of_parts(directory: &str, name: &str) -> Self {
        if directory.is_empty() {
            return Self(name.into());
        }
        let mut joined = String::with_capacity(directory.len() + 1 + name.len());
        joined.push_str(directory);
        joined.push('/');
        joined.push_str(name);
        Self(joined.into())
    }

    /// The path of an entry called `name` in this directory.
    ///
    /// # Errors
    /// A name that is empty, `.` or `..`, or holds a slash or a zero byte.
    pub fn join(&self, name: &str) -> Result<Self, PathError> {
        check_name(name)?;
        Ok(Self::of_parts(&self.0, name))
    }

    /// The directory that holds this entry; none for the root.
    pub fn parent(&self) -> Option<Self> {
        (!self.is_root()).then(|| Self(self.directory().into()))
    }

    /// The last component; empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The path of the directory that holds this entry, as text; empty in the root, and for it.
    pub fn directory(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory)
    }

    /// The path as text, without a leading slash; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components from the top down.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// Whether this is the root of the space.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `other` lies anywhere below this directory.
    pub fn contains(&self, other: &Self) -> bool {
        self.is_root() && !other.is_root()
            || other
                .0
                .strip_prefix(&*self.0)
                .is_some_and(|rest| rest.starts_with('/') && !self.is_root())
    }

    /// The directories above this entry, nearest first, the root last.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }
}

/// Whether a text can be the name of an entry.
///
/// # Errors
/// As those of [`RemotePath::join`].
pub fn check_name(name: &str) -> Result<(), PathError> {
    if name.is_empty() {
        return Err(PathError::NotAName);
    }
    check(name)
}

/// Sets of paths can be asked for the text of one.
impl Borrow<str> for RemotePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

fn check(component: &str) -> Result<(), PathError> {
    match component {
        "." => Err(PathError::DotComponent(".")),
        ".." => Err(PathError::DotComponent("..")),
        _ if component.contains('\0') => Err(PathError::ZeroByte),
        _ if component.contains('/') => Err(PathError::NotAName),
        _ => Ok(()),
    }
}

/// With a leading slash, as people write it; not safe for a terminal, see
/// [`format::printable`](super::format::printable).
impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

impl fmt::Debug for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemotePath({:?})", &*self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    #[test]
    fn slashes_at_the_ends_and_doubled_ones_do_not_count() {
        assert_eq!(path("/raw//杭州/"), path("raw/杭州"));
        assert_eq!(path("/"), RemotePath::root());
        assert_eq!(
            RemotePath::from_components(["", "raw", "杭州"]),
            Ok(path("raw/杭州"))
        );
    }

    #[test]
    fn dots_are_refused_and_blanks_are_kept() {
        assert!(RemotePath::parse("raw/../keep").is_err());
        assert!(path("raw").join(".").is_err());
        assert!(path("raw").join("a/b").is_err());
        assert!(path("raw").join("").is_err());
        assert_eq!(path("raw").join(" take ").unwrap().name(), " take ");
    }

    #[test]
    fn containment_goes_by_components_and_not_by_letters() {
        assert!(path("raw").contains(&path("raw/a")));
        assert!(!path("raw").contains(&path("raw")));
        assert!(!path("raw").contains(&path("raw-old/a")));
        assert!(RemotePath::root().contains(&path("raw")));
        assert!(!RemotePath::root().contains(&RemotePath::root()));
    }

    #[test]
    fn the_way_up_ends_at_the_root() {
        let ups: Vec<_> = path("a/b/c").ancestors().collect();
        assert_eq!(ups, [path("a/b"), path("a"), RemotePath::root()]);
        assert_eq!(RemotePath::root().parent(), None);
    }
}
