//! What lies in `.mediasweep/`: the ledger and the folders beside it. Knows nothing of requests.

use std::fs::{File, TryLockError};
use std::path::Path;

use cap_std::fs::Dir;
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;

use crate::server::ledger::Ledger;

use super::facts::{Facts, Kind};
use super::place::open_child;
use super::problem::Problem;
use super::{OWN, recover};

const LEDGER: &str = "ledger.sqlite3";
const BIN: &str = "bin";
const DOOMED: &str = "doomed";
const HISTORY: &str = "history";
const UPLOADS: &str = "uploads";
const LOCK: &str = "lock";

/// The open store of one space. Only one process at a time has it.
pub struct Store {
    /// The ledger.
    pub ledger: Ledger,
    /// What was recycled: one entry for each row of the ledger, named by its number.
    pub bin: Dir,
    /// What is being deleted for good.
    pub doomed: Dir,
    /// Old content of files: one entry for each version of the ledger, named by its number.
    pub history: Dir,
    /// What is being uploaded.
    pub uploads: Dir,
    /// Whether the ledger may hold open steps: after the start and after a commit that failed.
    pub is_unsound: bool,
    /// The folder that this is the store of.
    pub root: Dir,
    own: Dir,
    // Held until the store is dropped, or the process is killed.
    _lock: File,
}

impl Store {
    /// Opens a store that is there; none if there never was a change.
    pub fn open(root: &Dir, root_path: &Path) -> Result<Option<Self>, Problem> {
        let Ok(own) = open_child(root, OWN.as_ref()) else {
            return Ok(None);
        };
        if !super::place::exists(&own, LEDGER)? {
            return Ok(None);
        }
        Self::with(root, own, root_path).map(Some)
    }

    /// Opens a store, and makes what is missing.
    pub fn make(root: &Dir, root_path: &Path) -> Result<Self, Problem> {
        make_directory(root, OWN)?;
        Self::with(root, open_child(root, OWN.as_ref())?, root_path)
    }

    fn with(root: &Dir, own: Dir, root_path: &Path) -> Result<Self, Problem> {
        let lock = make_file(&own, LOCK)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Problem::Held),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        for folder in [BIN, DOOMED, HISTORY, UPLOADS] {
            make_directory(&own, folder)?;
        }
        // The database takes the mode of the file for those beside it too.
        drop(make_file(&own, LEDGER)?);
        let mut store = Self {
            ledger: Ledger::open(&root_path.join(OWN).join(LEDGER))?,
            bin: open_child(&own, BIN.as_ref())?,
            doomed: open_child(&own, DOOMED.as_ref())?,
            history: open_child(&own, HISTORY.as_ref())?,
            uploads: open_child(&own, UPLOADS.as_ref())?,
            root: open_child(root, ".".as_ref())?,
            is_unsound: true,
            own,
            _lock: lock,
        };
        // Before uploads are looked at: what was overwritten may lie among them.
        store.settle_overwrites()?;
        recover::forget_copies(&store.uploads, &store.doomed)?;
        super::uploads::recover(&mut store)?;
        recover::adopt(&mut store)?;
        store.match_history()?;
        Ok(store)
    }

    /// Whether the folders that are open are still those that the paths lead to. Somebody may have
    /// deleted them, and what is renamed into a deleted folder goes nowhere.
    pub fn is_in_place(&self, root: &Dir) -> bool {
        is_same(root, OWN, &self.own)
            && is_same(&self.own, BIN, &self.bin)
            && is_same(&self.own, DOOMED, &self.doomed)
            && is_same(&self.own, HISTORY, &self.history)
            && is_same(&self.own, UPLOADS, &self.uploads)
            && Facts::of(&self.own, LEDGER.as_ref()).is_ok()
    }

    /// Gives the whole bin away, as `doomed/<id>`, and begins an empty one.
    pub fn swap_bin(&mut self, id: u64) -> Result<(), Problem> {
        let name = super::place::id_name(id);
        super::place::rename(&self.own, BIN.as_ref(), &self.doomed, name.as_ref())?;
        self.renew_bin()
    }

    /// Gives all old versions away, as `doomed/<id>`.
    pub fn swap_history(&mut self, id: u64) -> Result<(), Problem> {
        let name = super::place::id_name(id);
        super::place::rename(&self.own, HISTORY.as_ref(), &self.doomed, name.as_ref())?;
        make_directory(&self.own, HISTORY)?;
        self.history = open_child(&self.own, HISTORY.as_ref())?;
        Ok(())
    }

    /// Opens the bin again, and makes it if it is gone.
    pub fn renew_bin(&mut self) -> Result<(), Problem> {
        make_directory(&self.own, BIN)?;
        self.bin = open_child(&self.own, BIN.as_ref())?;
        Ok(())
    }
}

fn is_same(parent: &Dir, name: &str, open: &Dir) -> bool {
    let number = |facts: Facts| (facts.device, facts.inode);
    match (Facts::of(parent, name.as_ref()), Facts::of_open(open)) {
        (Ok(there), Ok(open)) => number(there) == number(open),
        (Err(Errno::NOENT), _) => false,
        // What cannot be looked at now is not known to be another one.
        _ => true,
    }
}

/// A file that only its owner may read.
fn make_file(parent: &Dir, name: &str) -> Result<File, Problem> {
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::RUSR | Mode::WUSR)?.into())
}

/// A folder that only its owner may look into.
fn make_directory(parent: &Dir, name: &str) -> Result<(), Problem> {
    match mkdirat(parent, name, Mode::RWXU) {
        Err(Errno::EXIST) => {
            // Somebody else's link here would lead all that follows out of the folder.
            match Facts::of(parent, name.as_ref())?.kind {
                Kind::Directory => Ok(()),
                Kind::File | Kind::Symlink | Kind::Other => Err(Problem::Refused(format!(
                    "{name} is in the way where a folder of this program's own should be"
                ))),
            }
        }
        other => Ok(other?),
    }
}
