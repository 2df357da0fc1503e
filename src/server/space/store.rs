//! What lies in `.mediasweep/`: the ledger and the folders beside it. Knows nothing of requests.

use std::fs::{File, TryLockError};
use std::path::Path;

use cap_std::fs::Dir;

use crate::server::ledger::Ledger;

use super::facts::{Facts, Kind};
use super::place::open_child;
use super::problem::Problem;
use super::{OWN, recover};

const LEDGER: &str = "ledger.sqlite3";
const BIN: &str = "bin";
const DOOMED: &str = "doomed";
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
    /// What is being uploaded.
    pub uploads: Dir,
    /// Whether the ledger may hold open steps: after the start and after a commit that failed.
    pub is_unsound: bool,
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
        Self::with(own, root_path).map(Some)
    }

    /// Opens a store, and makes what is missing.
    pub fn make(root: &Dir, root_path: &Path) -> Result<Self, Problem> {
        make_directory(root, OWN)?;
        Self::with(open_child(root, OWN.as_ref())?, root_path)
    }

    fn with(own: Dir, root_path: &Path) -> Result<Self, Problem> {
        let lock = own.create(LOCK)?.into_std();
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Problem::Held),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        for folder in [BIN, DOOMED, UPLOADS] {
            make_directory(&own, folder)?;
        }
        let mut store = Self {
            ledger: Ledger::open(&root_path.join(OWN).join(LEDGER))?,
            bin: open_child(&own, BIN.as_ref())?,
            doomed: open_child(&own, DOOMED.as_ref())?,
            uploads: open_child(&own, UPLOADS.as_ref())?,
            is_unsound: true,
            own,
            _lock: lock,
        };
        recover::forget_copies(&store.uploads, &store.doomed)?;
        recover::forget_uploads(&store.uploads)?;
        recover::adopt(&mut store)?;
        Ok(store)
    }

    /// Whether the folders that are open are still those that the paths lead to. Somebody may have
    /// deleted them, and what is renamed into a deleted folder goes nowhere.
    pub fn is_in_place(&self, root: &Dir) -> bool {
        is_same(root, OWN, &self.own)
            && is_same(&self.own, BIN, &self.bin)
            && is_same(&self.own, DOOMED, &self.doomed)
            && is_same(&self.own, UPLOADS, &self.uploads)
            && Facts::of(&self.own, LEDGER.as_ref()).is_ok()
    }

    /// Gives the whole bin away, as `doomed/<id>`, and begins an empty one.
    pub fn swap_bin(&mut self, id: u64) -> Result<(), Problem> {
        let name = super::place::id_name(id);
        super::place::rename(&self.own, BIN.as_ref(), &self.doomed, name.as_ref())?;
        self.renew_bin()
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
        (Err(rustix::io::Errno::NOENT), _) => false,
        // What cannot be looked at now is not known to be another one.
        _ => true,
    }
}

fn make_directory(parent: &Dir, name: &str) -> Result<(), Problem> {
    match parent.create_dir(name) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
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
