//! The items and outcomes of a large job, read from its log piece by piece.
//!
//! In memory are the places of the pieces, four bytes for each outcome, and the pieces that were
//! asked for last.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::conflict::Strategy;
use crate::domain::job::items::{Item, Keep};
use crate::domain::job::{Book, Items, JobKind, JobSpec, Outcome};
use crate::domain::path::RemotePath;

use super::line::{Line, PlannedItems};
use super::planned::Planned;

/// Pieces that stay in memory: more than there are requests on the way.
const LATEST: usize = 16;
/// The most outcomes that are read together.
pub const TOGETHER: usize = 1000;

/// A log that is read here and there, and the pieces of it that were asked for last.
struct Reader<P> {
    file: BufReader<File>,
    latest: VecDeque<(usize, P)>,
}

impl<P: Clone> Reader<P> {
    fn open(path: &Path) -> io::Result<Mutex<Self>> {
        Ok(Mutex::new(Self {
            file: BufReader::with_capacity(1 << 16, File::open(path)?),
            latest: VecDeque::with_capacity(LATEST),
        }))
    }

    /// The piece of this number; `read` gets it from where the log is at `place`.
    fn piece(
        &mut self,
        number: usize,
        place: u64,
        read: impl FnOnce(&mut BufReader<File>) -> io::Result<P>,
    ) -> io::Result<P> {
        if let Some(at) = self.latest.iter().position(|(other, _)| *other == number) {
            self.latest.swap(0, at);
            return Ok(self.latest[0].1.clone());
        }
        self.file.seek(SeekFrom::Start(place))?;
        let piece = read(&mut self.file)?;
        self.latest.truncate(LATEST - 1);
        self.latest.push_front((number, piece.clone()));
        Ok(piece)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the lines with items begin: the number of the first item, and bytes from the start.
pub type Places = Vec<(usize, u64)>;

/// Items of a job that stand in its log.
struct Pieces<T> {
    count: usize,
    places: Places,
    item: fn(Planned) -> Option<T>,
    reader: Mutex<Reader<Items<T>>>,
}

impl<T: Item> Pieces<T> {
    fn items(
        path: &Path,
        places: Places,
        count: usize,
        item: fn(Planned) -> Option<T>,
    ) -> io::Result<Items<T>>
    where
        T: 'static,
    {
        Ok(Items::kept(Arc::new(Self {
            count,
            places,
            item,
            reader: Reader::open(path)?,
        })))
    }

    fn read(&self, file: &mut BufReader<File>) -> io::Result<Items<T>> {
        let mut text = Vec::new();
        file.read_until(b'\n', &mut text)?;
        let line: PlannedItems = serde_json::from_slice(&text)?;
        let items: Option<Items<T>> = line.items.into_iter().map(self.item).collect();
        items.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }
}

impl<T: Item> Keep<T> for Pieces<T> {
    fn count(&self) -> usize {
        self.count
    }

    fn piece(&self, index: usize) -> (usize, Items<T>) {
        let number = self.places.partition_point(|(first, _)| *first <= index) - 1;
        let (first, place) = self.places[number];
        let piece = locked(&self.reader).piece(number, place, |file| self.read(file));
        (first, piece.expect("the log of this job can be read"))
    }
}

/// The job whose `count` items stand in this log at these places.
///
/// # Errors
/// A log that cannot be read.
pub fn spec(
    path: &Path,
    kind: JobKind,
    strategy: Option<Strategy>,
    places: Places,
    count: usize,
) -> io::Result<JobSpec> {
    Ok(match kind {
        JobKind::Recycle => JobSpec::Recycle(Pieces::items(path, places, count, Planned::target)?),
        JobKind::DeleteForever => {
            JobSpec::DeleteForever(Pieces::items(path, places, count, Planned::target)?)
        }
        JobKind::Restore => JobSpec::Restore(
            Pieces::items(path, places, count, Planned::recycled)?,
            strategy.unwrap_or(Strategy::Rename),
        ),
        JobKind::Purge => JobSpec::Purge(Pieces::items(path, places, count, Planned::recycled)?),
        JobKind::Move => JobSpec::Move(Pieces::items(path, places, count, Planned::relocation)?),
        JobKind::Copy => JobSpec::Copy(Pieces::items(path, places, count, Planned::relocation)?),
        JobKind::Download => {
            JobSpec::Download(Pieces::items(path, places, count, Planned::transfer)?)
        }
        JobKind::Upload => JobSpec::Upload(Pieces::items(path, places, count, Planned::transfer)?),
        JobKind::MakeFolders => {
            let folder = |item: Planned| RemotePath::parse(&item.path).ok();
            JobSpec::MakeFolders(Pieces::items(path, places, count, folder)?)
        }
        JobKind::EmptyBin => JobSpec::EmptyBin,
    })
}

/// Outcomes of a job that stand in its log.
pub struct Booked {
    places: Mutex<Chapters>,
    reader: Mutex<Reader<Chapter>>,
}

/// Outcomes that were written together, by their items.
type Chapter = Arc<Vec<(usize, Outcome)>>;

/// Where outcomes were written together, and which item's is in which of them.
struct Chapters {
    places: Vec<u64>,
    /// By item: the number of its chapter, from 1 on, or 0.
    of: Vec<u32>,
}

impl Booked {
    /// None so far, of so many.
    ///
    /// # Errors
    /// A log that cannot be opened.
    pub fn new(path: &Path, count: usize) -> io::Result<Self> {
        Ok(Self {
            places: Mutex::new(Chapters {
                places: Vec::new(),
                of: vec![0; count],
            }),
            reader: Reader::open(path)?,
        })
    }

    /// From here on, so many bytes from the start, stand the outcomes that are added next: at most
    /// [`TOGETHER`].
    pub fn begin(&self, place: u64) {
        locked(&self.places).places.push(place);
    }

    /// The outcome of this item stands where it was begun last, if none does before.
    pub fn add(&self, index: usize) {
        let chapters = &mut *locked(&self.places);
        let last = u32::try_from(chapters.places.len()).unwrap_or(0);
        if let Some(of @ 0) = chapters.of.get_mut(index) {
            *of = last;
        }
    }

    /// The chapter with the outcome of an item, and where it begins.
    fn chapter(&self, index: usize) -> Option<(usize, u64)> {
        let chapters = locked(&self.places);
        let number = (*chapters.of.get(index)? as usize).checked_sub(1)?;
        Some((number, *chapters.places.get(number)?))
    }
}

impl Book for Booked {
    fn has(&self, index: usize) -> bool {
        self.chapter(index).is_some()
    }

    fn read(&self, index: usize) -> Option<Outcome> {
        let (number, place) = self.chapter(index)?;
        let read = locked(&self.reader).piece(number, place, |file| outcomes(file).map(Arc::new));
        let outcomes = read
            .inspect_err(|error| tracing::error!(%error, "the log of a job cannot be read"))
            .ok()?;
        let at = outcomes.partition_point(|(other, _)| *other < index);
        let (_, outcome) = outcomes.get(at).filter(|(other, _)| *other == index)?;
        Some(outcome.clone())
    }
}

/// Reads outcomes that were written together, and sorts them by their items.
fn outcomes(file: &mut BufReader<File>) -> io::Result<Vec<(usize, Outcome)>> {
    let mut outcomes = Vec::with_capacity(TOGETHER);
    let mut text = Vec::new();
    while outcomes.len() < TOGETHER {
        text.clear();
        if file.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        match Line::read(&text) {
            Some(Line::Item(item)) => {
                let index = item.index;
                outcomes.extend(item.outcome().map(|outcome| (index, outcome)));
            }
            Some(_) => break,
            // It was cut off.
            None => {}
        }
    }
    // Of several the first stands: this keeps their order.
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes)
}

impl fmt::Debug for Booked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Booked").finish_non_exhaustive()
    }
}

impl PartialEq for Booked {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Booked {}
