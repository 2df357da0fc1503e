//! What was yanked or cut and waits to be pasted.

use crate::domain::entry::Kind;
use crate::domain::job::{Items, JobId, JobKind, Target};
use crate::domain::marks::Marks;
use crate::domain::path::RemotePath;
use crate::tui::msg::Ticket;

/// Entries that were taken along.
#[derive(Clone, Debug)]
pub struct Yank {
    /// [`JobKind::Copy`] for what was yanked, [`JobKind::Move`] for what was cut.
    pub kind: JobKind,
    /// Bytes, where known.
    pub bytes: u64,
    /// By directory, then by name.
    items: Items<Target>,
}

impl Yank {
    /// All marks to act on but those that `stays`; what lies inside a marked directory goes with it.
    pub fn of_marks(kind: JobKind, marks: &Marks, stays: impl Fn(&RemotePath) -> bool) -> Self {
        let places = marks.places().map(|(directory, _)| directory);
        let places = places.filter(|directory| !marks.is_inside_marked(directory));
        let items = places.flat_map(|directory| {
            let inside = marks.inside(directory).filter(|(_, mark)| mark.is_chosen());
            inside.filter_map(|(name, mark)| {
                let path = directory.join(name).ok()?;
                Some(Target::new(path, mark.kind, mark.size))
            })
        });
        Self::new(kind, items.filter(|item| !stays(&item.path)).collect())
    }

    /// One entry.
    pub fn of_entry(kind: JobKind, path: RemotePath, of: Kind, size: Option<u64>) -> Self {
        Self::new(kind, vec![Target::new(path, of, size)].into())
    }

    fn new(kind: JobKind, items: Items<Target>) -> Self {
        let bytes = items.iter().filter_map(|item| item.size).sum();
        Self { kind, bytes, items }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Them, by directory, then by name.
    pub fn items(&self) -> Items<Target> {
        self.items.clone()
    }

    /// Whether nothing was taken along.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether an entry is among them; quick enough for every row of every frame.
    pub fn has(&self, directory: &RemotePath, name: &str) -> bool {
        let (mut from, mut to) = (0, self.items.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            let path = self.items.at(middle).path;
            match (path.directory(), path.name()).cmp(&(directory.as_str(), name)) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        false
    }

    /// The directory among them that is `place`, or holds it at any depth.
    pub fn above(&self, place: &RemotePath) -> Option<RemotePath> {
        let mut all = std::iter::once(place.clone()).chain(place.ancestors());
        all.find(|path| {
            path.parent()
                .is_some_and(|parent| self.has(&parent, path.name()))
        })
    }

    /// Those that are to be pasted into a directory: what is moved to where it is stays out.
    pub fn bound_for(&self, directory: &RemotePath) -> Items<Target> {
        let is_there = |item: &Target| item.path.directory() == directory.as_str();
        if self.kind == JobKind::Copy || !self.items.iter().any(|item| is_there(&item)) {
            return self.items.clone();
        }
        self.items.iter().filter(|item| !is_there(item)).collect()
    }
}

/// What is yanked, and what is on its way.
#[derive(Debug, Default)]
pub struct Yanks {
    /// What the next paste takes.
    pub waiting: Option<Yank>,
    /// What was cut and is being moved, with the job that does it.
    pub moving: Vec<(JobId, Yank)>,
    /// The question which names are taken, and in which directory.
    pub asked: Option<(Ticket, RemotePath)>,
}

impl Yanks {
    /// A job is over: nothing of it is on its way any more.
    pub fn arrived(&mut self, id: JobId) {
        self.moving.retain(|(job, _)| *job != id);
    }

    /// Whether an entry is cut and still where it was, and the job that moves it, if one does.
    pub fn cut(&self, directory: &RemotePath, name: &str) -> Option<Option<JobId>> {
        let moving = self.moving.iter().rev();
        let mut moving = moving.filter(|(_, yank)| yank.has(directory, name));
        if let Some((job, _)) = moving.next() {
            return Some(Some(*job));
        }
        let waiting = self.waiting.as_ref()?;
        (waiting.kind == JobKind::Move && waiting.has(directory, name)).then_some(None)
    }
}
