//! What must be in the folder: which content is at which place.

use std::collections::{BTreeMap, BTreeSet};

/// Where a content can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At this path.
    Tree(String),
    /// In the bin; this is its former path.
    Bin(String),
    /// An old version of the file that is there.
    Version(Box<Place>),
    /// An old version of a file that is nowhere, or in another space.
    Stray,
    /// So many parts of it are in an upload that is to go to this path.
    Upload {
        path: String,
        key: String,
        parts: usize,
    },
}

/// The number that tells one content from all others, with marks of how it is.
pub type Content = u64;

/// So large that it comes in two parts.
pub const LARGE: Content = 1 << 40;
/// It has a label from its beginning on.
pub const LABELLED: Content = 1 << 41;
/// It is a symbolic link.
pub const LINK: Content = 1 << 42;

/// One content goes from a place, or to one, or both.
#[derive(Clone, Debug)]
pub struct Change {
    pub content: Content,
    pub from: Option<Place>,
    pub to: Option<Place>,
    /// It only is so if this other content is there.
    pub only_with: Option<(Content, Place)>,
}

/// What is known of a link.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub target: Content,
    /// Its target went away at some time, and the link with it or not.
    pub is_free: bool,
}

/// The places of one content, as often as it is there, in their order.
pub type Places = Vec<Place>;

/// Contents and their places, and the changes of which nobody knows how far they went.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub places: BTreeMap<Content, Places>,
    pub links: BTreeMap<Content, Link>,
    /// The numbers of which one was said last about a content that was never copied.
    pub said: BTreeMap<Content, BTreeSet<u64>>,
    /// Old versions whose file went to another space.
    pub strays: BTreeSet<Content>,
    pub pending: Vec<Change>,
}

impl Place {
    pub fn path(&self) -> &str {
        match self {
            Self::Tree(path) | Self::Bin(path) | Self::Upload { path, .. } => path,
            Self::Version(file) => file.path(),
            Self::Stray => "",
        }
    }

    pub fn version(self) -> Self {
        Self::Version(Box::new(self))
    }
}

impl Change {
    pub fn new(content: Content, from: Option<Place>, to: Option<Place>) -> Self {
        Self {
            content,
            from,
            to,
            only_with: None,
        }
    }

    fn concerns(&self, place: &Place) -> bool {
        self.from.as_ref() == Some(place) || self.to.as_ref() == Some(place)
    }

    fn leaves_tree(&self) -> bool {
        match (&self.from, &self.to) {
            (Some(Place::Tree(from)), Some(Place::Tree(to))) => space_of(from) != space_of(to),
            (Some(Place::Tree(_)), _) => true,
            _ => false,
        }
    }
}

/// The spaces of a library that has two. There, the first component of a path is the space.
pub const SPACES: [&str; 2] = ["one", "two"];

/// The space of a path, and the path in it.
pub fn split(path: &str) -> (&str, &str) {
    match path.split_once('/') {
        Some((space, rest)) if SPACES.contains(&space) => (space, rest),
        _ => ("-", path),
    }
}

pub fn space_of(path: &str) -> &str {
    split(path).0
}

/// A path as the service's URLs have it.
pub fn at(path: &str) -> String {
    let (space, path) = split(path);
    format!("{space}/{}", escaped(path))
}

/// What comes back beside something else has a number behind a space.
pub fn escaped(path: &str) -> String {
    path.replace(' ', "%20")
}

/// The path of something in a space.
pub fn path_in(space: &str, path: &str) -> String {
    match space {
        "-" => path.to_owned(),
        space => format!("{space}/{path}"),
    }
}

/// Whether a path is at or below another one.
pub fn is_at_or_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Model {
    /// All that is at or below some directories, or came from there.
    pub fn part(&self, directories: &[String]) -> Self {
        let is_ours = |content: &Content| {
            let places = self.places.get(content).into_iter().flatten();
            let mut paths = places.map(Place::path);
            paths.any(|path| {
                let mut above = directories.iter();
                above.any(|directory| is_at_or_below(path, directory))
            })
        };
        Self {
            places: only(&self.places, is_ours),
            links: only(&self.links, is_ours),
            said: only(&self.said, is_ours),
            strays: self.strays.clone(),
            pending: Vec::new(),
        }
    }

    /// Takes a part back, with the changes that were not answered.
    pub fn take(&mut self, part: Self, pending: Vec<Change>) {
        self.said
            .retain(|content, _| !part.places.contains_key(content));
        self.places.extend(part.places);
        self.links.extend(part.links);
        self.said.extend(part.said);
        self.strays.extend(part.strays);
        for change in &pending {
            self.free_links(change);
        }
        self.pending.extend(pending);
    }

    /// What is at or below a path of the tree.
    pub fn below(&self, path: &str) -> Vec<(Content, String)> {
        self.all()
            .filter_map(|(content, place)| match place {
                Place::Tree(at) if is_at_or_below(at, path) => Some((content, at.clone())),
                _ => None,
            })
            .collect()
    }

    pub fn all(&self) -> impl Iterator<Item = (Content, &Place)> {
        let places = self.places.iter();
        places.flat_map(|(content, places)| places.iter().map(|place| (*content, place)))
    }

    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            self.free_links(change);
            let places = self.places.entry(change.content).or_default();
            apply(places, change);
        }
    }

    /// The same changes, and what they do to the old versions of the files.
    pub fn with_versions(&mut self, changes: Vec<Change>) -> Vec<Change> {
        let mut all = Vec::new();
        for change in changes {
            self.part_from_versions(&change);
            let versions = match (&change.from, &change.to) {
                // The new file has them then.
                (_, Some(Place::Version(_))) | (None, _) => Vec::new(),
                (Some(from), to) => {
                    let here = from.clone().version();
                    let there = to.clone().map(Place::version);
                    let of_it = self.all().filter(|(_, place)| **place == here);
                    let moved = of_it.map(|(content, _)| {
                        Change::new(content, Some(here.clone()), there.clone())
                    });
                    moved.collect()
                }
            };
            all.push(change);
            all.extend(versions);
        }
        all
    }

    /// Old versions stay in the space where they became old.
    fn part_from_versions(&mut self, change: &Change) {
        if let (Some(from @ Place::Tree(here)), Some(Place::Tree(there))) =
            (&change.from, &change.to)
            && space_of(here) != space_of(there)
        {
            let left = from.clone().version();
            let of_it = self.all().filter(|(_, place)| **place == left);
            let of_it: Vec<Content> = of_it.map(|(content, _)| content).collect();
            self.strays.extend(of_it);
        }
    }

    fn free_links(&mut self, change: &Change) {
        // A link has no target in another space.
        if change.content & LINK != 0
            && change.leaves_tree()
            && let Some(link) = self.links.get_mut(&change.content)
        {
            link.is_free = true;
        }
        if change.leaves_tree() {
            let of_it = self.links.values_mut();
            for link in of_it.filter(|link| link.target == change.content) {
                link.is_free = true;
            }
        }
    }

    /// A link whose target was there all the time.
    pub fn is_bound(&self, link: Content) -> bool {
        self.links.get(&link).is_some_and(|link| !link.is_free)
    }

    /// The mistakes in what is there; then that is what the model says.
    pub fn compare(&mut self, there: BTreeMap<Content, Places>) -> Vec<String> {
        let mut mistakes = Vec::new();
        let contents: BTreeSet<_> = self.places.keys().chain(there.keys()).copied().collect();
        let pending: BTreeSet<_> = self.pending.iter().map(|change| change.content).collect();
        let found = |content: &Content| there.get(content).cloned().unwrap_or_default();
        for content in contents.union(&pending) {
            let is_free = content & LINK != 0 && !self.is_bound(*content);
            if is_free || self.strays.contains(content) {
                continue;
            }
            let expected = self.places.get(content).cloned().unwrap_or_default();
            let found = found(content);
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
        for change in &self.pending {
            let (Some((with, place)), Some(to)) = (&change.only_with, &change.to) else {
                continue;
            };
            let before = self.places.get(&change.content).cloned();
            let found_there = count_of(to, &found(&change.content));
            let is_done = found_there > count_of(to, &before.unwrap_or_default());
            if is_done && !found(with).contains(place) {
                mistakes.push(format!("{change:?} was done by halves"));
            }
        }
        self.places = there;
        self.pending.clear();
        mistakes
    }
}

fn only<T: Clone>(
    all: &BTreeMap<Content, T>,
    is_ours: impl Fn(&Content) -> bool,
) -> BTreeMap<Content, T> {
    let ours = all.iter().filter(|(content, _)| is_ours(content));
    ours.map(|(content, value)| (*content, value.clone()))
        .collect()
}

fn apply(places: &mut Places, change: &Change) -> bool {
    if let Some(from) = &change.from {
        let Some(at) = places.iter().position(|place| place == from) else {
            return false;
        };
        places.remove(at);
    }
    places.extend(change.to.clone());
    places.sort();
    true
}

/// Whether some of these changes, in their order, make the one of the other.
fn can_become(from: &Places, changes: &[&Change], to: &Places) -> bool {
    let mut reached = BTreeSet::from([from.clone()]);
    for (at, change) in changes.iter().enumerate() {
        let mut further = reached.clone();
        for mut places in reached {
            if apply(&mut places, change) {
                further.insert(places);
            }
        }
        // What no later change concerns is now as it will be; else there are too many ways.
        for place in [&change.from, &change.to].into_iter().flatten() {
            let later = &changes[at + 1..];
            let is_final = later.iter().all(|change| !change.concerns(place));
            if is_final {
                further.retain(|places| count_of(place, places) == count_of(place, to));
            }
        }
        reached = further;
    }
    reached.contains(to)
}

fn count_of(place: &Place, places: &Places) -> usize {
    places.iter().filter(|there| *there == place).count()
}
