//! What a job is asked to do, with all of its items.

use compact_str::CompactString;
use jiff::Timestamp;

use super::items::{Item, Items, Packer, Row};
use crate::domain::bin::RecycledId;
use crate::domain::conflict::Strategy;
use crate::domain::entry::{Details, Kind, Stamp};
use crate::domain::path::RemotePath;

/// What told an entry from what it may be by now, when it was chosen; what is not known tells
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// When its content last changed.
    pub modified: Option<Timestamp>,
    /// Another one as soon as the content is another.
    pub e_tag: Option<CompactString>,
    /// Another one as soon as it is another entry.
    pub inode: Option<CompactString>,
    /// What a listing knew of that: less than the others tell, and in eight bytes.
    pub stamp: Option<Stamp>,
}

impl From<Option<Stamp>> for Seen {
    fn from(stamp: Option<Stamp>) -> Self {
        Self {
            stamp,
            ..Self::default()
        }
    }
}

/// An entry to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub path: RemotePath,
    /// What it is, as far as is known.
    pub kind: Kind,
    /// Bytes, where known.
    pub size: Option<u64>,
    /// What else was known of it.
    pub seen: Seen,
}

/// An item of the recycle bin to be put back or deleted for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recycled {
    /// Which one.
    pub id: RecycledId,
    /// Where it was.
    pub path: RemotePath,
    /// Bytes, where known.
    pub size: Option<u64>,
}

/// An entry that is to be at another place, or there as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Where it is.
    pub from: RemotePath,
    /// Its complete new path.
    pub to: RemotePath,
    /// What to do if that is taken. The service refuses to overwrite directories.
    pub strategy: Strategy,
    /// Bytes, where known.
    pub size: Option<u64>,
}

/// A file or folder that is to be at the other end as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Where it is or is to be on this machine, from its root.
    pub local: String,
    /// Where it is or is to be at the service.
    pub remote: RemotePath,
    /// Whether it is a folder: it is made, and what is in it are items of their own, behind it.
    pub is_directory: bool,
    /// What to do about a file whose name is taken by something else.
    pub strategy: Strategy,
    /// Bytes, where known.
    pub size: Option<u64>,
}

/// What one user action asks of the worker. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobSpec {
    /// Move entries to the recycle bin.
    Recycle(Items<Target>),
    /// Delete entries without the recycle bin.
    DeleteForever(Items<Target>),
    /// Put items of the recycle bin back, and what to do about names that are taken by now.
    Restore(Items<Recycled>, Strategy),
    /// Delete items of the recycle bin for good.
    Purge(Items<Recycled>),
    /// Delete all that is in the recycle bin for good; counts as one item.
    EmptyBin,
    /// Move or rename entries.
    Move(Items<Relocation>),
    /// Copy entries, directories with all that is in them.
    Copy(Items<Relocation>),
    /// Fetch files.
    Download(Items<Transfer>),
    /// Send files.
    Upload(Items<Transfer>),
    /// Make folders, those above before those in them.
    MakeFolders(Items<RemotePath>),
}

/// What a job does, without its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Move entries to the recycle bin.
    Recycle,
    /// Delete entries without the recycle bin.
    DeleteForever,
    /// Put items of the recycle bin back.
    Restore,
    /// Delete items of the recycle bin for good.
    Purge,
    /// Delete all that is in the recycle bin for good.
    EmptyBin,
    /// Move or rename entries.
    Move,
    /// Copy entries.
    Copy,
    /// Fetch files.
    Download,
    /// Send files.
    Upload,
    /// Make folders.
    MakeFolders,
}

impl Target {
    /// An entry of which nothing more is known.
    pub fn new(path: RemotePath, kind: Kind, size: Option<u64>) -> Self {
        Self {
            path,
            kind,
            size,
            seen: Seen::default(),
        }
    }

    /// Whether the entry that is there now is the one that was chosen, as far as is known. The
    /// content of a directory changes its times and tags; it stays the same directory.
    pub fn is_still(&self, now: &Details) -> bool {
        let is_known_kind = |kind| matches!(kind, Kind::Directory | Kind::File | Kind::Symlink);
        let entry = &now.entry;
        let is_other_kind = is_known_kind(self.kind) && self.kind != entry.kind;
        let is_other_entry = differ(self.seen.inode.as_deref(), now.inode.as_deref())
            || self.seen.stamp.is_some_and(|stamp| now.differs(stamp));
        if is_other_kind || is_other_entry || entry.is_directory() {
            return !is_other_kind && !is_other_entry;
        }
        !differ(self.size, entry.size)
            && !differ(self.seen.modified, entry.modified)
            && !differ(self.seen.e_tag.as_deref(), now.e_tag.as_deref())
    }
}

/// Whether two things that are both known are not the same.
fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

impl JobSpec {
    /// What it does.
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Recycle(_) => JobKind::Recycle,
            Self::DeleteForever(_) => JobKind::DeleteForever,
            Self::Restore(..) => JobKind::Restore,
            Self::Purge(_) => JobKind::Purge,
            Self::EmptyBin => JobKind::EmptyBin,
            Self::Move(_) => JobKind::Move,
            Self::Copy(_) => JobKind::Copy,
            Self::Download(_) => JobKind::Download,
            Self::Upload(_) => JobKind::Upload,
            Self::MakeFolders(_) => JobKind::MakeFolders,
        }
    }

    /// How many items it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Recycle(targets) | Self::DeleteForever(targets) => targets.len(),
            Self::Restore(items, _) | Self::Purge(items) => items.len(),
            Self::EmptyBin => 1,
            Self::Move(items) | Self::Copy(items) => items.len(),
            Self::Download(items) | Self::Upload(items) => items.len(),
            Self::MakeFolders(paths) => paths.len(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether its items are kept in its log, so that going through them takes its time.
    pub fn is_elsewhere(&self) -> bool {
        match self {
            Self::Recycle(targets) | Self::DeleteForever(targets) => targets.are_elsewhere(),
            Self::Restore(items, _) | Self::Purge(items) => items.are_elsewhere(),
            Self::EmptyBin => false,
            Self::Move(items) | Self::Copy(items) => items.are_elsewhere(),
            Self::Download(items) | Self::Upload(items) => items.are_elsewhere(),
            Self::MakeFolders(paths) => paths.are_elsewhere(),
        }
    }

    /// The path of the item at `index`, now or formerly; the root stands for the whole bin.
    pub fn path(&self, index: usize) -> RemotePath {
        match self {
            Self::Recycle(targets) | Self::DeleteForever(targets) => targets.at(index).path,
            Self::Restore(items, _) | Self::Purge(items) => items.at(index).path,
            Self::EmptyBin => RemotePath::root(),
            Self::Move(items) | Self::Copy(items) => items.at(index).from,
            Self::Download(items) | Self::Upload(items) => items.at(index).remote,
            Self::MakeFolders(paths) => paths.at(index),
        }
    }

    /// Bytes of the item at `index`, where known.
    pub fn size(&self, index: usize) -> Option<u64> {
        match self {
            Self::Recycle(targets) | Self::DeleteForever(targets) => targets.at(index).size,
            Self::Restore(items, _) | Self::Purge(items) => items.at(index).size,
            Self::Move(items) | Self::Copy(items) => items.at(index).size,
            Self::Download(items) | Self::Upload(items) => items.at(index).size,
            Self::EmptyBin | Self::MakeFolders(_) => None,
        }
    }

    /// A job of the same kind with these of its items; none for emptying the bin, which by now holds
    /// other things.
    pub fn pick(&self, indices: &[usize]) -> Option<Self> {
        Some(match self {
            Self::Recycle(targets) => Self::Recycle(targets.pick(indices)),
            Self::DeleteForever(targets) => Self::DeleteForever(targets.pick(indices)),
            Self::Restore(items, strategy) => Self::Restore(items.pick(indices), *strategy),
            Self::Purge(items) => Self::Purge(items.pick(indices)),
            Self::EmptyBin => return None,
            Self::Move(items) => Self::Move(items.pick(indices)),
            Self::Copy(items) => Self::Copy(items.pick(indices)),
            Self::Download(items) => Self::Download(items.pick(indices)),
            Self::Upload(items) => Self::Upload(items.pick(indices)),
            Self::MakeFolders(paths) => Self::MakeFolders(paths.pick(indices)),
        })
    }
}

const KINDS: [Kind; 4] = [Kind::Directory, Kind::File, Kind::Symlink, Kind::Other];
const STRATEGIES: [Strategy; 3] = [Strategy::Ask, Strategy::Rename, Strategy::Overwrite];

/// The place of a value in its table.
fn place<T: PartialEq>(table: &[T], value: &T) -> u8 {
    let place = table.iter().position(|other| other == value);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or(0)
}

impl Item for Target {
    fn pack(&self, row: &mut Packer<'_>) {
        row.path(&self.path);
        row.byte(place(&KINDS, &self.kind));
        row.maybe(self.size);
        let Seen {
            modified,
            e_tag,
            inode,
            stamp,
        } = &self.seen;
        let is_seen = modified.is_some() || e_tag.is_some() || inode.is_some();
        row.byte(u8::from(is_seen) | u8::from(stamp.is_some()) << 1);
        if is_seen {
            row.maybe_time(*modified);
            row.maybe_text(e_tag.as_deref());
            row.maybe_text(inode.as_deref());
        }
        if let Some(stamp) = stamp {
            row.number(stamp.number());
        }
    }

    fn unpack(row: &mut Row<'_>) -> Self {
        let mut target = Self::new(row.path(), KINDS[usize::from(row.byte())], row.maybe());
        let known = row.byte();
        if known & 1 != 0 {
            target.seen = Seen {
                modified: row.maybe_time(),
                e_tag: row.maybe_text(),
                inode: row.maybe_text(),
                stamp: None,
            };
        }
        if known & 2 != 0 {
            target.seen.stamp = Stamp::from_number(row.number());
        }
        target
    }
}

impl Item for Recycled {
    fn pack(&self, row: &mut Packer<'_>) {
        row.text(&self.id.0);
        row.path(&self.path);
        row.maybe(self.size);
    }

    fn unpack(row: &mut Row<'_>) -> Self {
        Self {
            id: RecycledId(row.text().into()),
            path: row.path(),
            size: row.maybe(),
        }
    }
}

impl Item for Relocation {
    fn pack(&self, row: &mut Packer<'_>) {
        row.path(&self.from);
        row.path(&self.to);
        row.byte(place(&STRATEGIES, &self.strategy));
        row.maybe(self.size);
    }

    fn unpack(row: &mut Row<'_>) -> Self {
        Self {
            from: row.path(),
            to: row.path(),
            strategy: STRATEGIES[usize::from(row.byte())],
            size: row.maybe(),
        }
    }
}

impl Item for Transfer {
    fn pack(&self, row: &mut Packer<'_>) {
        row.text(&self.local);
        row.path(&self.remote);
        row.byte(u8::from(self.is_directory));
        row.byte(place(&STRATEGIES, &self.strategy));
        row.maybe(self.size);
    }

    fn unpack(row: &mut Row<'_>) -> Self {
        Self {
            local: row.text().to_owned(),
            remote: row.path(),
            is_directory: row.byte() == 1,
            strategy: STRATEGIES[usize::from(row.byte())],
            size: row.maybe(),
        }
    }
}

impl Item for RemotePath {
    fn pack(&self, row: &mut Packer<'_>) {
        row.path(self);
    }

    fn unpack(row: &mut Row<'_>) -> Self {
        row.path()
    }
}
