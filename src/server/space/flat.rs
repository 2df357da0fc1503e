//! All files of a space in one order, whatever directory they are in (part B 8.3).
//!
//! One walk is kept while pages of it are asked for, in few bytes for each entry; after its last
//! page, or when nobody asks any more, it is given back.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;

use super::attributes::Attributes;
use super::facts::{Facts, Kind};
use super::problem::Problem;
use super::snapshot::KeptKeys;
use super::walk::{Sequence, Step};
use super::{Space, marker, sums};

/// What a flat listing is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlatBy {
    /// Codepoint order of the names.
    #[default]
    Name,
    /// Time of the content.
    Modification,
    /// Time of the making.
    Creation,
    /// Bytes.
    Size,
    /// Time of the making on the disk of whoever uploaded it.
    LocalCreation,
    /// Time of the content there.
    LocalModification,
}

/// The order of a flat listing and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlatOrder {
    /// The sort key.
    pub by: FlatBy,
    /// From the greatest down.
    pub is_descending: bool,
    /// Directories and not all others.
    pub is_of_directories: bool,
    /// Only those of this category.
    pub category: Option<String>,
}

/// A page of a flat listing: the entries, and where the next page begins.
pub type FlatPage = (Vec<(RemotePath, Facts)>, Option<String>);

/// So many walks are kept.
const KEPT: usize = 2;

/// A walk is given back so long after its last use.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// The last walks, the latest in front.
#[derive(Default)]
pub struct Flats {
    kept: VecDeque<(Arc<Flat>, Timestamp)>,
    count: u64,
}

/// What a marker says: the key of the last entry, so that entries which vanish between two pages
/// neither hide nor repeat others.
#[derive(Serialize, Deserialize)]
struct Place {
    scope: u64,
    number: u64,
    key: i64,
    path: String,
}

/// One walk through the space in one order.
struct Flat {
    number: u64,
    order: FlatOrder,
    text: String,
    directories: Vec<(u32, u32)>,
    rows: Vec<Row>,
}

#[derive(Clone, Copy)]
struct Row {
    key: i64,
    directory: u32,
    start: u32,
    length: u16,
}

impl Space {
    /// One page of all files or all directories of the space.
    pub fn flat(
        &self,
        order: &FlatOrder,
        from: Option<&str>,
        limit: usize,
    ) -> Result<FlatPage, Problem> {
        let scope = sums::of(format!("flat\0{order:?}").as_bytes());
        let place = from.map(marker::read::<Place>).transpose()?;
        if place.as_ref().is_some_and(|place| place.scope != scope) {
            return Err(Problem::MarkerUnknown);
        }
        let flat = self.flat_of(order, place.as_ref())?;
        let mut at = place.map_or(0, |place| flat.after(&place));
        let mut entries = Vec::with_capacity(limit.min(flat.rows.len()));
        while at < flat.rows.len() && entries.len() < limit {
            let path = Self::path(&flat.path(flat.rows[at]))?;
            at += 1;
            match self.look(&path) {
                Ok(facts) if order.holds(facts.kind) => entries.push((path, facts)),
                // Gone since the walk, or another thing.
                Ok(_) | Err(Problem::PathMissing) => {}
                Err(problem) => return Err(problem),
            }
        }
        if at < flat.rows.len() && at > 0 {
            let row = flat.rows[at - 1];
            let next = Place {
                scope,
                number: flat.number,
                key: row.key,
                path: flat.path(row),
            };
            return Ok((entries, Some(marker::write(&next))));
        }
        let number = flat.number;
        self.flats().kept.retain(|(kept, _)| kept.number != number);
        Ok((entries, None))
    }

    /// Gives back the walks that nobody asked for lately; whether any are left.
    pub fn forget_flats(&self) -> bool {
        let now = self.now();
        let mut flats = self.flats();
        flats.kept.retain(|(_, used)| now < *used + LIFETIME);
        !flats.kept.is_empty()
    }

    fn flat_of(&self, order: &FlatOrder, place: Option<&Place>) -> Result<Arc<Flat>, Problem> {
        let now = self.now();
        {
            let mut flats = self.flats();
            let found = flats.kept.iter_mut().find(|(kept, _)| {
                kept.order == *order && place.is_some_and(|place| place.number == kept.number)
            });
            if let Some((flat, used)) = found {
                *used = now;
                return Ok(Arc::clone(flat));
            }
            // Room is made before the new walk needs it.
            flats.kept.truncate(KEPT - 1);
        }
        let mut flat = self.read_flat(order)?;
        let mut flats = self.flats();
        flats.count += 1;
        flat.number = flats.count;
        let flat = Arc::new(flat);
        flats.kept.push_front((Arc::clone(&flat), now));
        flats.kept.truncate(KEPT);
        Ok(flat)
    }

    fn read_flat(&self, order: &FlatOrder) -> Result<Flat, Problem> {
        let mut flat = Flat {
            number: 0,
            order: order.clone(),
            text: String::new(),
            directories: Vec::new(),
            rows: Vec::new(),
        };
        let said = if order.asks_for_said() {
            self.all_attributes()?
        } else {
            HashMap::new()
        };
        let kept = match order.by {
            FlatBy::Creation => KeptKeys::Creations(self.kept_creations()?),
            FlatBy::Size => KeptKeys::Sizes(self.virtual_sizes()?),
            _ => KeptKeys::None,
        };
        let nothing = Attributes::default();
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut walk = self.walk(&RemotePath::root(), Sequence::Any)?;
        while let Some(step) = walk.next(self)? {
            if !order.holds(step.kind) {
                continue;
            }
            let mut key = 0;
            if order.by != FlatBy::Name || order.asks_for_said() {
                // Gone since it was listed.
                let Ok(facts) = step.facts() else { continue };
                let said = said.get(&facts.identity()).unwrap_or(&nothing);
                if order.category.is_some() && order.category != said.category {
                    continue;
                }
                key = kept
                    .of_entry(&facts)
                    .unwrap_or_else(|| order.by.key(&facts, said));
            }
            flat.add(&step, key, &mut known);
        }
        flat.sort();
        Ok(flat)
    }
}

impl FlatOrder {
    fn holds(&self, kind: Kind) -> bool {
        self.is_of_directories == (kind == Kind::Directory)
    }

    fn asks_for_said(&self) -> bool {
        self.category.is_some()
            || matches!(self.by, FlatBy::LocalCreation | FlatBy::LocalModification)
    }
}

impl FlatBy {
    fn key(self, facts: &Facts, said: &Attributes) -> i64 {
        match self {
            Self::Name => 0,
            Self::Modification => facts.modified.as_microsecond(),
            Self::Creation => said.created_of(facts).as_microsecond(),
            Self::Size if facts.kind == Kind::Directory => 0,
            Self::Size => i64::try_from(facts.size).unwrap_or(i64::MAX),
            Self::LocalCreation => said
                .local_created
                .unwrap_or_else(|| said.created_of(facts))
                .as_microsecond(),
            Self::LocalModification => said
                .local_modified
                .unwrap_or(facts.modified)
                .as_microsecond(),
        }
    }
}

impl Flat {
    fn add(&mut self, step: &Step<'_>, key: i64, known: &mut HashMap<String, u32>) {
        let above = step.path.len() - step.name.len();
        let above = step.path[..above].trim_end_matches('/');
        let directory = if let Some(index) = known.get(above) {
            *index
        } else {
            let (Ok(start), Ok(length), Ok(index)) = (
                u32::try_from(self.text.len()),
                u32::try_from(above.len()),
                u32::try_from(self.directories.len()),
            ) else {
                return;
            };
            self.text.push_str(above);
            self.directories.push((start, length));
            known.insert(above.to_owned(), index);
            index
        };
        // Four gigabytes of names are more than any space that could still be listed.
        let start = u32::try_from(self.text.len());
        let length = u16::try_from(step.name.len());
        if let (Ok(start), Ok(length)) = (start, length) {
            self.text.push_str(step.name);
            self.rows.push(Row {
                key,
                directory,
                start,
                length,
            });
        }
    }

    fn sort(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable_by(|a, b| self.compare(*a, (b.key, self.name(*b), self.directory(*b))));
        self.rows = rows;
    }

    fn compare(&self, row: Row, (key, name, directory): (i64, &str, &str)) -> Ordering {
        let within = row
            .key
            .cmp(&key)
            .then_with(|| self.name(row).cmp(name))
            .then_with(|| self.directory(row).cmp(directory));
        if self.order.is_descending {
            within.reverse()
        } else {
            within
        }
    }

    /// The index of the first row behind a place, whether or not the place's own row is there.
    fn after(&self, place: &Place) -> usize {
        let (directory, name) = place
            .path
            .rsplit_once('/')
            .unwrap_or(("", place.path.as_str()));
        self.rows.partition_point(|row| {
            self.compare(*row, (place.key, name, directory)) != Ordering::Greater
        })
    }

    fn name(&self, row: Row) -> &str {
        &self.text[row.range()]
    }

    fn directory(&self, row: Row) -> &str {
        let (start, length) = self.directories[row.directory as usize];
        &self.text[start as usize..start as usize + length as usize]
    }

    fn path(&self, row: Row) -> String {
        match self.directory(row) {
            "" => self.name(row).to_owned(),
            directory => format!("{directory}/{}", self.name(row)),
        }
    }
}

impl Row {
    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.length)
    }
}
