//! What must be in the folder: which content is at which place.

use std::collections::{BTreeMap, BTreeSet};

/// Where a content can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At this path.
    Tree(String),
    /// In the bin; this is its former path.
    Bin(String),
}

/// The number that tells one content from all others.
pub type Content = u64;

/// One content goes from a place, or to one, or both.
#[derive(Clone, Debug)]
pub struct Change {
    pub content: Content,
    pub from: Option<Place>,
    pub to: Option<Place>,
}

/// Contents and their places, and the changes of which nobody knows how far they went.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub places: BTreeMap<Content, BTreeSet<Place>>,
    pub pending: Vec<Change>,
}

impl Place {
    pub fn path(&self) -> &str {
        match self {
            Self::Tree(path) | Self::Bin(path) => path,
        }
    }
}

/// Whether a path is at or below another one.
pub fn is_at_or_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Model {
    /// All that is at or below a directory, or came from there.
    pub fn part(&self, directory: &str) -> Self {
        let places = self.places.iter();
        let ours = places.filter(|(_, places)| {
            let mut paths = places.iter().map(Place::path);
            paths.any(|path| is_at_or_below(path, directory))
        });
        Self {
            places: ours
                .map(|(content, places)| (*content, places.clone()))
                .collect(),
            pending: Vec::new(),
        }
    }

    /// Takes a part back, with the changes that were not answered.
    pub fn take(&mut self, part: Self, pending: Vec<Change>) {
        self.places.extend(part.places);
        self.pending.extend(pending);
    }

    /// What is at or below a path of the tree.
    pub fn below(&self, path: &str) -> Vec<(Content, String)> {
        self.all()
            .filter_map(|(content, place)| match place {
                Place::Tree(at) if is_at_or_below(at, path) => Some((content, at.clone())),
                Place::Tree(_) | Place::Bin(_) => None,
            })
            .collect()
    }

    pub fn all(&self) -> impl Iterator<Item = (Content, &Place)> {
        let places = self.places.iter();
        places.flat_map(|(content, places)| places.iter().map(|place| (*content, place)))
    }

    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            let places = self.places.entry(change.content).or_default();
            apply(places, change);
        }
    }

    /// The mistakes in what is there; then that is what the model says.
    pub fn compare(&mut self, there: BTreeMap<Content, BTreeSet<Place>>) -> Vec<String> {
        let mut mistakes = Vec::new();
        let contents: BTreeSet<_> = self.places.keys().chain(there.keys()).copied().collect();
        let pending: BTreeSet<_> = self.pending.iter().map(|change| change.content).collect();
        for content in contents.union(&pending) {
            let expected = self.places.get(content).cloned().unwrap_or_default();
            let found = there.get(content).cloned().unwrap_or_default();
            let changes: Vec<&Change> = self
                .pending
                .iter()
                .filter(|change| change.content == *content)
                .collect();
            if !can_become(&expected, &changes, &found) {
                mistakes.push(format!(
                    "content {content}: expected {expected:?}, perhaps {changes:?}, found {found:?}"
                ));
            }
        }
        self.places = there;
        self.pending.clear();
        mistakes
    }
}

fn apply(places: &mut BTreeSet<Place>, change: &Change) -> bool {
    if let Some(from) = &change.from
        && !places.remove(from)
    {
        return false;
    }
    places.extend(change.to.clone());
    true
}

/// Whether some of these changes, in their order, make the one of the other.
fn can_become(from: &BTreeSet<Place>, changes: &[&Change], to: &BTreeSet<Place>) -> bool {
    let Some((first, rest)) = changes.split_first() else {
        return from == to;
    };
    let mut changed = from.clone();
    can_become(from, rest, to) || (apply(&mut changed, first) && can_become(&changed, rest, to))
}
