//! Listings: one pass over a folder is kept while pages of it are asked for. Knows no requests.
//!
//! A folder of a million entries is read and sorted once, not once for each page; only the entries
//! of the page itself are looked at closely.

mod looks;
mod rows;

use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use cap_std::fs::Dir;
use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};
use rustix::fs::FileType;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;

use super::attributes::Attributes;
use super::facts::{Facts, Identity, Kind};
use super::problem::Problem;
use super::{OWN, Space, marker, names, place, sums};
use looks::Ahead;
use rows::{Reader, Rows};

/// What a listing is sorted by (part B 2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Codepoint order of the names.
    #[default]
    Name,
    /// Time of the content.
    Modification,
    /// Time of the making.
    Creation,
    /// Time of the making where it came from; here, where that is not known.
    LocalCreation,
    /// Time of the content where it came from; here, where that is not known.
    LocalModification,
    /// Time of the making of files; directories by their names.
    Upload,
    /// Bytes; directories count as none.
    Size,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Directories.
    Directories,
    /// Everything else.
    Files,
}

/// The order of a listing and what is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The sort key.
    pub by: By,
    /// From the greatest down.
    pub is_descending: bool,
    /// Directories among the files, not before them.
    pub is_mixed: bool,
    /// What is left out.
    pub filter: Filter,
}

/// Which names are wanted; only where the order is by name (part B 2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// They begin with this.
    pub prefix: Option<String>,
    /// They come after this.
    pub after: Option<String>,
}

/// A page of a listing.
pub struct Listed {
    /// The entries in order.
    pub entries: Vec<(CompactString, Facts)>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// Entries of the directory that are not directories.
    pub files: u64,
    /// Directories right in the directory.
    pub directories: u64,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// At the first entry.
    First,
    /// Behind the entry that a marker names.
    Marker(&'a str),
    /// After so many entries.
    Offset(usize),
}

/// What a marker says: the key of the last entry, so that entries which vanish between two pages
/// neither hide nor repeat others.
#[derive(Serialize, Deserialize)]
struct Place {
    /// Of which listing.
    scope: u64,
    /// Of which reading of it.
    snapshot: u64,
    rank: u8,
    key: i64,
    name: String,
}

/// So many snapshots are kept.
const KEPT: usize = 4;

/// A folder of more entries than this is not read again because entries came or went between two
/// pages: deleting in a large folder while it is listed would read it once for each page.
const LARGE: usize = 10_000;

/// A large one is forgotten when nobody has asked for a page of it for so long.
const IDLE: Duration = Duration::from_secs(60);

/// Bytes of names that are read in one call.
#[cfg(target_os = "linux")]
const READ_AT_ONCE: usize = 64 << 10;

/// The clocks of file systems tick coarsely: what changes within one tick of the last change does
/// not change the time. Longer than any tick.
const TICK: SignedDuration = SignedDuration::from_millis(20);

/// The last snapshots, the latest in front.
#[derive(Default)]
pub struct Snapshots {
    kept: VecDeque<Arc<Snapshot>>,
    count: u64,
}

/// One reading of one folder in one order.
struct Snapshot {
    number: u64,
    path: RemotePath,
    order: Order,
    facts: Facts,
    is_settled: bool,
    rows: Rows,
    used: Mutex<Instant>,
    ahead: Ahead,
}

impl Space {
    /// One page of a directory.
    pub fn list(
        &self,
        path: &RemotePath,
        order: Order,
        wanted: &Names,
        start: Start<'_>,
        limit: usize,
    ) -> Result<Listed, Problem> {
        let directory = self.open_directory(path)?;
        let scope = scope(path, order);
        let place = match start {
            Start::Marker(text) => {
                let place: Place = marker::read(text)?;
                if place.scope != scope {
                    return Err(Problem::MarkerUnknown);
                }
                Some(place)
            }
            Start::First | Start::Offset(_) => None,
        };
        let continued = place.as_ref().map(|place| place.snapshot);
        let snapshot = self.snapshot(&directory, path, order, continued)?;
        if !matches!(start, Start::First) && !snapshot.rows.wait(|| self.is_stopping()) {
            return Err(Problem::Stopping);
        }
        let is_fresh = snapshot.is_settled && snapshot.facts == Facts::of_open(&directory)?;
        let is_gone_through = matches!(start, Start::First | Start::Marker(_));
        let may_look_ahead = is_fresh
            && is_gone_through
            && *wanted == Names::default()
            && snapshot.rows.count() > LARGE;
        let first = match (start, &place) {
            (_, Some(place)) => snapshot.rows.after(place),
            (Start::Offset(offset), None) => offset.min(snapshot.rows.count()),
            (Start::First | Start::Marker(_), None) => 0,
        };
        let mut listed = Listed {
            entries: Vec::with_capacity(limit.min(snapshot.rows.count())),
            next: None,
            files: snapshot.rows.files,
            directories: snapshot.rows.directories,
        };
        let mut at = first;
        // Pages by number cover fixed rows, so entries that vanished leave gaps there.
        let last = match start {
            Start::Offset(_) => first.saturating_add(limit).min(snapshot.rows.count()),
            Start::First | Start::Marker(_) => snapshot.rows.count(),
        };
        // Names lie apart in memory, so it is waited for many of them at once, not for each between
        // two looks at the disk.
        let mut names = Vec::new();
        while at < last && listed.entries.len() < limit {
            let end = last.min(at.saturating_add(limit - listed.entries.len()));
            names.extend((at..end).map(|at| CompactString::from(snapshot.rows.name(at))));
            at = end;
            names.retain(|name: &CompactString| order.by != By::Name || wanted.holds(name));
            let rows = at - names.len()..at;
            let seen = may_look_ahead.then(|| snapshot.ahead.take(&rows)).flatten();
            let found = match seen {
                Some(found) => found,
                None => looks::at(&directory, &names)?,
            };
            let pairs = names.drain(..).zip(found);
            listed
                .entries
                .extend(pairs.filter_map(|(name, facts)| Some((name, facts?))));
        }
        if at < snapshot.rows.count() && at > 0 {
            listed.next = Some(marker::write(&snapshot.place(scope, at - 1)));
            if may_look_ahead {
                let rows = at..snapshot.rows.count().min(at.saturating_add(limit));
                snapshot.look_ahead(&directory, rows)?;
            }
        } else if continued.is_some() {
            self.snapshots().let_go(&snapshot);
        }
        Ok(listed)
    }

    /// Forgets listings whose order goes by what was said about the entries; those by size only
    /// if what virtual files count as has changed.
    pub(super) fn forget_local_orders(&self, have_sizes_changed: bool) {
        self.snapshots().kept.retain(|kept| {
            let by = kept.order.by;
            let has_changed = by.is_local() || (have_sizes_changed && by == By::Size);
            !has_changed
        });
    }

    /// Gives back the memory of large listings that nobody goes on with.
    pub fn forget_idle_listings(&self) {
        self.snapshots().kept.retain(|kept| !kept.is_idle());
    }

    fn snapshot(
        &self,
        directory: &Dir,
        path: &RemotePath,
        order: Order,
        continued: Option<u64>,
    ) -> Result<Arc<Snapshot>, Problem> {
        let facts = Facts::of_open(directory)?;
        {
            let mut snapshots = self.snapshots();
            let found = snapshots.kept.iter().position(|kept| {
                let is_same = kept.path == *path && kept.order == order;
                let is_fresh = kept.is_settled && kept.facts == facts;
                let is_continued = kept.rows.count() > LARGE && continued == Some(kept.number);
                is_same && (is_fresh || is_continued)
            });
            if let Some(found) = found.and_then(|found| snapshots.kept.remove(found)) {
                found.touch();
                snapshots.kept.push_front(Arc::clone(&found));
                return Ok(found);
            }
            // What no longer holds makes room before the new reading needs it.
            snapshots
                .kept
                .retain(|kept| kept.path != *path || kept.order != order);
        }
        let mut snapshot = self.read(directory, path, order, facts)?;
        let mut snapshots = self.snapshots();
        snapshots.count += 1;
        snapshot.number = snapshots.count;
        let snapshot = Arc::new(snapshot);
        if snapshot.rows.is_to_be_sorted() {
            let snapshot = Arc::clone(&snapshot);
            std::thread::spawn(move || snapshot.rows.sort());
        }
        snapshots.kept.push_front(Arc::clone(&snapshot));
        snapshots.kept.truncate(KEPT);
        Ok(snapshot)
    }

    fn read(
        &self,
        directory: &Dir,
        path: &RemotePath,
        order: Order,
        facts: Facts,
    ) -> Result<Snapshot, Problem> {
        let now = Timestamp::now();
        let mut reader = Reader::new(order);
        let mut sayings = None;
        let kept = KeptKeys::of(self, order.by)?;
        for_each_name(directory, |raw, kind| {
            if path.is_root() && raw.eq_ignore_ascii_case(OWN.as_bytes()) {
                return Ok(());
            }
            if reader.count().is_multiple_of(4096) && self.is_stopping() {
                return Err(Problem::Stopping);
            }
            // Not for the whole folder: others wait for the ledger.
            if order.by.is_local() && reader.count().is_multiple_of(1024) {
                drop(sayings.take());
                sayings = Some(self.sayings()?);
            }
            let name = names::to_text(raw);
            let needs_facts = order.by != By::Name || kind == FileType::Unknown;
            let (kind, key) = if needs_facts {
                match Facts::of(directory, OsStr::from_bytes(raw)) {
                    Ok(facts) => {
                        let said = match &sayings {
                            Some(sayings) => sayings.about(&facts)?,
                            None => Attributes::default(),
                        };
                        let key = kept.of_entry(&facts);
                        (
                            facts.kind,
                            key.unwrap_or_else(|| order.by.key(&facts, &said)),
                        )
                    }
                    Err(Errno::NOENT) => return Ok(()),
                    Err(other) => return Err(other.into()),
                }
            } else {
                (kind.into(), 0)
            };
            reader.add(&name, kind, key);
            Ok(())
        })?;
        Ok(Snapshot {
            number: 0,
            path: path.clone(),
            order,
            facts,
            is_settled: now.duration_since(facts.modified) > TICK
                && now.duration_since(facts.changed) > TICK,
            rows: reader.finish(LARGE),
            used: Mutex::new(Instant::now()),
            ahead: Ahead::default(),
        })
    }
}

impl By {
    /// Whether it goes by what was said about the entries.
    fn is_local(self) -> bool {
        matches!(self, Self::LocalCreation | Self::LocalModification)
    }

    fn key(self, facts: &Facts, said: &Attributes) -> i64 {
        match self {
            Self::Name => 0,
            Self::Modification => facts.modified.as_microsecond(),
            Self::LocalCreation => said
                .local_created
                .unwrap_or_else(|| said.created_of(facts))
                .as_microsecond(),
            Self::LocalModification => said
                .local_modified
                .unwrap_or(facts.modified)
                .as_microsecond(),
            Self::Upload if facts.kind == Kind::Directory => 0,
            Self::Creation | Self::Upload => said.created_of(facts).as_microsecond(),
            Self::Size => match facts.kind {
                Kind::Directory => 0,
                Kind::File | Kind::Symlink | Kind::Other => {
                    i64::try_from(facts.size).unwrap_or(i64::MAX)
                }
            },
        }
    }
}

/// The sort keys of those few entries of which the ledger knows better than the disk.
pub(super) enum KeptKeys {
    /// None of them.
    None,
    /// Bytes that virtual files count as.
    Sizes(HashMap<Identity, u64>),
    /// When files were first uploaded whose content has been replaced since.
    Creations(HashMap<Identity, Timestamp>),
}

impl KeptKeys {
    fn of(space: &Space, by: By) -> Result<Self, Problem> {
        Ok(match by {
            By::Size => Self::Sizes(space.virtual_sizes()?),
            By::Creation | By::Upload => Self::Creations(space.kept_creations()?),
            By::Name | By::Modification | By::LocalCreation | By::LocalModification => Self::None,
        })
    }

    /// The key of an entry, if it is one of those.
    pub(super) fn of_entry(&self, facts: &Facts) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Sizes(sizes) => {
                let size = sizes.get(&facts.identity()).filter(|_| facts.size == 0)?;
                Some(i64::try_from(*size).unwrap_or(i64::MAX))
            }
            Self::Creations(times) => {
                let time = times.get(&facts.identity())?;
                Some(time.as_microsecond())
            }
        }
    }
}

impl Names {
    fn holds(&self, name: &str) -> bool {
        self.prefix
            .as_ref()
            .is_none_or(|prefix| name.starts_with(prefix.as_str()))
            && self
                .after
                .as_ref()
                .is_none_or(|after| name > after.as_str())
    }
}

impl Snapshot {
    fn touch(&self) {
        *self.used() = Instant::now();
    }

    fn is_idle(&self) -> bool {
        self.rows.count() > LARGE && self.used().elapsed() > IDLE
    }

    fn used(&self) -> MutexGuard<'_, Instant> {
        self.used
            .lock()
            .expect("no thread panics while holding a time")
    }

    /// Begins to look at rows that nobody has asked for yet.
    fn look_ahead(self: &Arc<Self>, directory: &Dir, rows: Range<usize>) -> Result<(), Problem> {
        let (snapshot, wanted) = (Arc::clone(self), rows.clone());
        let names = move || wanted.map(|row| snapshot.rows.name(row).into()).collect();
        self.ahead.begin(directory.try_clone()?, rows, names);
        Ok(())
    }

    fn place(&self, scope: u64, index: usize) -> Place {
        let (rank, key) = self.rows.key(index);
        Place {
            scope,
            snapshot: self.number,
            rank,
            key,
            name: self.rows.name(index).to_owned(),
        }
    }
}

impl Snapshots {
    /// Forgets a large one whose last page was asked for.
    fn let_go(&mut self, snapshot: &Arc<Snapshot>) {
        if snapshot.rows.count() > LARGE {
            self.kept.retain(|kept| !Arc::ptr_eq(kept, snapshot));
        }
    }
}

#[cfg(target_os = "linux")]
fn for_each_name(
    directory: &Dir,
    mut tell: impl FnMut(&[u8], FileType) -> Result<(), Problem>,
) -> Result<(), Problem> {
    // A handle of its own, since reading moves the place where the handle reads on.
    let open = place::open_child(directory, OsStr::new("."))?;
    let mut buffer = Vec::with_capacity(READ_AT_ONCE);
    let mut entries = rustix::fs::RawDir::new(open, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let raw = entry.file_name().to_bytes();
        if raw != b"." && raw != b".." {
            tell(raw, entry.file_type())?;
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn for_each_name(
    directory: &Dir,
    mut tell: impl FnMut(&[u8], FileType) -> Result<(), Problem>,
) -> Result<(), Problem> {
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        let raw = entry.file_name().to_bytes();
        if raw != b"." && raw != b".." {
            tell(raw, entry.file_type())?;
        }
    }
    Ok(())
}

fn scope(path: &RemotePath, order: Order) -> u64 {
    sums::of(format!("{}\0{order:?}", path.as_str()).as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
