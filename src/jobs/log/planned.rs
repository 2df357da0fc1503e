//! The items of a job, as they stand in its log.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::bin::RecycledId;
use crate::domain::conflict::Strategy;
use crate::domain::entry::{Kind, Stamp};
use crate::domain::job::items::{Builder, Item};
use crate::domain::job::{JobKind, JobSpec, Recycled, Relocation, Seen, Target, Transfer};
use crate::domain::path::RemotePath;

use super::line::{meant, named};

const ENTRIES: [(Kind, &str); 4] = [
    (Kind::Directory, "directory"),
    (Kind::File, "file"),
    (Kind::Symlink, "symlink"),
    (Kind::Other, "other"),
];

const STRATEGIES: [(Strategy, &str); 3] = [
    (Strategy::Ask, "ask"),
    (Strategy::Rename, "rename"),
    (Strategy::Overwrite, "overwrite"),
];

/// An item as the job was given it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<CompactString>,
    /// What a listing knew of it, as sixteen hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_clash: Option<String>,
}

impl Planned {
    /// The item of a job at `index`.
    pub fn of(spec: &JobSpec, index: usize) -> Self {
        match spec {
            JobSpec::Recycle(targets) | JobSpec::DeleteForever(targets) => {
                let target = targets.at(index);
                Self {
                    path: target.path.as_str().into(),
                    kind: named(&ENTRIES, target.kind),
                    size: target.size,
                    modified: target.seen.modified.map(|time| time.to_string()),
                    e_tag: target.seen.e_tag,
                    inode: target.seen.inode,
                    stamp: target
                        .seen
                        .stamp
                        .map(|stamp| format!("{:016x}", stamp.number())),
                    ..Self::default()
                }
            }
            JobSpec::Restore(items, _) | JobSpec::Purge(items) => {
                let item = items.at(index);
                let strategy = match spec {
                    JobSpec::Restore(_, strategy) => named(&STRATEGIES, *strategy),
                    _ => None,
                };
                Self {
                    path: item.path.as_str().into(),
                    size: item.size,
                    id: Some(item.id.0.to_string()),
                    on_clash: strategy,
                    ..Self::default()
                }
            }
            JobSpec::Move(items) | JobSpec::Copy(items) => {
                let item = items.at(index);
                Self {
                    path: item.from.as_str().into(),
                    size: item.size,
                    to: Some(item.to.as_str().into()),
                    on_clash: named(&STRATEGIES, item.strategy),
                    ..Self::default()
                }
            }
            JobSpec::Download(items) | JobSpec::Upload(items) => {
                let item = items.at(index);
                let kind = if item.is_directory {
                    Kind::Directory
                } else {
                    Kind::File
                };
                Self {
                    path: item.remote.as_str().into(),
                    kind: named(&ENTRIES, kind),
                    size: item.size,
                    local: Some(item.local),
                    on_clash: named(&STRATEGIES, item.strategy),
                    ..Self::default()
                }
            }
            JobSpec::MakeFolders(paths) => Self {
                path: paths.at(index).as_str().into(),
                ..Self::default()
            },
            JobSpec::EmptyBin => Self::default(),
        }
    }

    pub fn target(self) -> Option<Target> {
        let modified = self.modified.as_deref().map(str::parse);
        Some(Target {
            path: RemotePath::parse(&self.path).ok()?,
            kind: meant(&ENTRIES, self.kind.as_deref()).unwrap_or(Kind::Other),
            size: self.size,
            seen: Seen {
                modified: modified.transpose().ok()?,
                e_tag: self.e_tag,
                inode: self.inode,
                stamp: self
                    .stamp
                    .and_then(|stamp| u64::from_str_radix(&stamp, 16).ok())
                    .and_then(Stamp::from_number),
            },
        })
    }

    pub fn recycled(self) -> Option<Recycled> {
        Some(Recycled {
            id: RecycledId(self.id?.into()),
            path: RemotePath::parse(&self.path).ok()?,
            size: self.size,
        })
    }

    pub fn relocation(self) -> Option<Relocation> {
        Some(Relocation {
            from: RemotePath::parse(&self.path).ok()?,
            to: RemotePath::parse(&self.to?).ok()?,
            strategy: meant(&STRATEGIES, self.on_clash.as_deref())?,
            size: self.size,
        })
    }

    pub fn transfer(self) -> Option<Transfer> {
        Some(Transfer {
            local: self.local?,
            remote: RemotePath::parse(&self.path).ok()?,
            is_directory: meant(&ENTRIES, self.kind.as_deref())? == Kind::Directory,
            strategy: meant(&STRATEGIES, self.on_clash.as_deref())?,
            size: self.size,
        })
    }
}

/// The item of the bin that a job works on.
pub fn id(spec: &JobSpec, index: usize) -> Option<RecycledId> {
    match spec {
        JobSpec::Restore(items, _) | JobSpec::Purge(items) => Some(items.at(index).id),
        JobSpec::Recycle(_)
        | JobSpec::DeleteForever(_)
        | JobSpec::EmptyBin
        | JobSpec::Move(_)
        | JobSpec::Copy(_)
        | JobSpec::Download(_)
        | JobSpec::Upload(_)
        | JobSpec::MakeFolders(_) => None,
    }
}

/// The items of a job while its log is read.
pub struct Gathering {
    kind: JobKind,
    length: usize,
    strategy: Option<Strategy>,
    targets: Builder<Target>,
    recycled: Builder<Recycled>,
    relocations: Builder<Relocation>,
    transfers: Builder<Transfer>,
    folders: Builder<RemotePath>,
}

impl Gathering {
    /// None so far.
    pub fn new(kind: JobKind) -> Self {
        Self {
            kind,
            length: 0,
            strategy: None,
            targets: Builder::default(),
            recycled: Builder::default(),
            relocations: Builder::default(),
            transfers: Builder::default(),
            folders: Builder::default(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// What the items of a job that puts them back say about names that are taken.
    pub fn strategy(item: &Planned) -> Option<Strategy> {
        meant(&STRATEGIES, item.on_clash.as_deref())
    }

    /// One more; none if it makes no sense.
    pub fn push(&mut self, item: Planned) -> Option<()> {
        self.length += 1;
        match self.kind {
            JobKind::Recycle | JobKind::DeleteForever => push(&mut self.targets, item.target()),
            JobKind::Restore | JobKind::Purge => {
                self.strategy = self.strategy.or(Self::strategy(&item));
                push(&mut self.recycled, item.recycled())
            }
            JobKind::Move | JobKind::Copy => push(&mut self.relocations, item.relocation()),
            JobKind::Download | JobKind::Upload => push(&mut self.transfers, item.transfer()),
            JobKind::MakeFolders => push(&mut self.folders, RemotePath::parse(&item.path).ok()),
            JobKind::EmptyBin => Some(()),
        }
    }

    /// The job with these items.
    pub fn finish(self) -> JobSpec {
        match self.kind {
            JobKind::Recycle => JobSpec::Recycle(self.targets.finish()),
            JobKind::DeleteForever => JobSpec::DeleteForever(self.targets.finish()),
            JobKind::Restore => {
                let strategy = self.strategy.unwrap_or(Strategy::Rename);
                JobSpec::Restore(self.recycled.finish(), strategy)
            }
            JobKind::Purge => JobSpec::Purge(self.recycled.finish()),
            JobKind::EmptyBin => JobSpec::EmptyBin,
            JobKind::Move => JobSpec::Move(self.relocations.finish()),
            JobKind::Copy => JobSpec::Copy(self.relocations.finish()),
            JobKind::Download => JobSpec::Download(self.transfers.finish()),
            JobKind::Upload => JobSpec::Upload(self.transfers.finish()),
            JobKind::MakeFolders => JobSpec::MakeFolders(self.folders.finish()),
        }
    }
}

fn push<T: Item>(to: &mut Builder<T>, item: Option<T>) -> Option<()> {
    to.push(&item?);
    Some(())
}
