//! A library is an ordinary folder: listed, looked at, changed. Synchronous; knows nothing of HTTP.
//!
//! Composes its children. What a folder cannot say lies in `.mediasweep/` below its root, which is
//! made at the first change and never by looking. Symbolic links are entries and are never
//! followed: every path is walked name by name with handles, so none leaves the root.

pub mod attributes;
pub mod cas;
pub mod chores;
pub mod contents;
pub mod copy;
pub mod events;
pub mod facts;
pub mod find;
pub mod flat;
pub mod history;
pub mod lifecycle;
pub mod links;
pub mod locks;
pub mod marker;
pub mod names;
pub mod overwrite;
pub mod personal;
pub mod place;
pub mod problem;
mod quotas;
pub mod recover;
pub mod relocate;
pub mod remove;
pub mod rename;
pub mod restore;
pub mod rules;
pub mod seen;
pub mod snapshot;
pub mod store;
pub mod sums;
pub mod tenants;
pub mod tree;
pub mod uploads;
pub mod walk;
pub mod work;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use jiff::Timestamp;

use find::Found;
use flat::Flats;
use history::HistoryRule;
use locks::Locks;
use problem::Problem;
use rules::Rules;
use snapshot::Snapshots;
use store::Store;
use sums::Sums;

/// The folder inside the root that holds what is ours.
pub const OWN: &str = ".mediasweep";

/// The id of the only space of a library that has no tenants (part A 2.3).
pub const SPACE: &str = "-";

/// One folder and what is known about it. Shared by all requests.
pub struct Space {
    id: String,
    root: Dir,
    root_path: PathBuf,
    has_bin: bool,
    rules: Rules,
    clock: fn() -> Timestamp,
    store: Mutex<Option<Store>>,
    /// Numbers below this one were given by a store that is lost; tasks still go by them.
    first_id: AtomicU64,
    locks: Mutex<Locks>,
    /// Tasks that broke off and whose end could not be written down.
    broken: Mutex<HashSet<u64>>,
    snapshots: Mutex<Snapshots>,
    sums: Mutex<Sums>,
    flats: Mutex<Flats>,
    history: Mutex<HistoryRule>,
    /// Whether anybody follows the change log, and whether it lacks an event.
    has_followers: AtomicBool,
    has_lost_events: AtomicBool,
    stopping: AtomicBool,
    found: Mutex<Found>,
    /// Held while something is done about links whose target went or came.
    linking: Mutex<()>,
    /// Held while one file is replaced by another, between the look and the rename.
    replacing: Mutex<()>,
    /// Whether it is being deleted, so that nothing may be changed any more.
    closed: AtomicBool,
    sweeping: Mutex<()>,
    /// Whether something became doomed since the last sweep began.
    is_sweep_wanted: AtomicBool,
    /// Held while the bytes of a file are hashed in the background.
    hashing: Mutex<()>,
    /// Keys of the uploads that are being confirmed or cancelled.
    claims: Mutex<HashSet<String>>,
}

impl Space {
    /// Opens a folder. Nothing in it is changed, unless an earlier run left steps half done.
    pub fn open(root: PathBuf, has_bin: bool, clock: fn() -> Timestamp) -> Result<Self, Problem> {
        let handle = Dir::open_ambient_dir(&root, ambient_authority())?;
        Self::over(handle, root, SPACE, has_bin, clock)
    }

    fn over(
        root: Dir,
        root_path: PathBuf,
        id: &str,
        has_bin: bool,
        clock: fn() -> Timestamp,
    ) -> Result<Self, Problem> {
        let space = Self {
            id: id.to_owned(),
            root,
            root_path,
            has_bin,
            rules: Rules::default(),
            clock,
            store: Mutex::default(),
            first_id: AtomicU64::new(0),
            locks: Mutex::default(),
            broken: Mutex::default(),
            snapshots: Mutex::default(),
            sums: Mutex::default(),
            flats: Mutex::default(),
            history: Mutex::default(),
            has_followers: AtomicBool::new(false),
            has_lost_events: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            found: Mutex::default(),
            linking: Mutex::default(),
            replacing: Mutex::default(),
            closed: AtomicBool::new(false),
            sweeping: Mutex::default(),
            is_sweep_wanted: AtomicBool::new(false),
            hashing: Mutex::default(),
            claims: Mutex::default(),
        };
        // A library that cannot be written, or that another program holds, can still be looked at;
        // each change will say so.
        let opened = space
            .forget_lapsed_uploads()
            .and_then(|()| space.load_history_rule())
            .and_then(|()| space.follow_on());
        match opened {
            Ok(()) => {}
            Err(problem @ (Problem::Refused(_) | Problem::Held)) => {
                tracing::warn!(%problem, "the library opens for looking only");
            }
            Err(problem) => return Err(problem),
        }
        Ok(space)
    }

    /// Its id, `-` for the folder of the whole library.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether deleted things go to a bin.
    pub fn has_bin(&self) -> bool {
        self.has_bin
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Asks long work to end soon; it goes on at the next start.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Refuses all further changes: the space is about to be deleted.
    pub fn close(&self) {
        self.stop();
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Takes changes again, for a space that was not deleted after all.
    pub fn reopen(&self) {
        self.stopping.store(false, Ordering::Relaxed);
        self.closed.store(false, Ordering::Relaxed);
    }

    /// Waits for what goes on in the background, writes what is worth keeping and lets go of the
    /// store, so that another service can have it at once.
    pub fn rest(&self) {
        drop(self.sweeping.lock());
        drop(self.hashing.lock());
        self.save_sums();
        self.write_down_broken();
        self.end_log();
        *self.guard() = None;
    }

    /// Whether long work should end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The locks of running tasks.
    pub fn locks(&self) -> MutexGuard<'_, Locks> {
        self.locks
            .lock()
            .expect("no thread panics while holding the locks")
    }

    /// The store, made if there is none yet: for changes.
    fn store(&self) -> Result<StoreGuard<'_>, Problem> {
        let mut guard = self.guard();
        self.let_go_of_lost(&mut guard);
        self.check_open()?;
        if guard.is_none() {
            let mut store = Store::make(&self.root, &self.root_path)?;
            let mut first = self.first_id.load(Ordering::Relaxed);
            if store.ledger.next() == 1 {
                first = first.max(self.rules.first_number);
            }
            store.ledger.count_from(first)?;
            *guard = Some(store);
            self.load_sums(&mut guard)?;
        }
        StoreGuard::sound(guard)
    }

    /// The store if there ever was a change: for looking.
    fn store_if_any(&self) -> Result<Option<StoreGuard<'_>>, Problem> {
        let mut guard = self.guard();
        self.let_go_of_lost(&mut guard);
        self.check_open()?;
        if guard.is_none() {
            *guard = Store::open(&self.root, &self.root_path)?;
            self.load_sums(&mut guard)?;
        }
        if guard.is_none() {
            return Ok(None);
        }
        StoreGuard::sound(guard).map(Some)
    }

    /// The same, and none where it cannot be had: the folder can be looked at even then.
    fn store_to_look(&self) -> Result<Option<StoreGuard<'_>>, Problem> {
        match self.store_if_any() {
            Err(Problem::Refused(_) | Problem::Held) => Ok(None),
            other => other,
        }
    }

    /// Drops a store whose folders somebody deleted, so that the next change makes them anew, and
    /// sees to it that no number of its is given twice.
    fn let_go_of_lost(&self, guard: &mut Option<Store>) {
        let Some(store) = guard else { return };
        if store.is_in_place(&self.root) {
            return;
        }
        tracing::warn!("the folder {OWN} was taken away while it was in use");
        self.first_id
            .fetch_max(store.ledger.next(), Ordering::Relaxed);
        *guard = None;
    }

    fn load_sums(&self, store: &mut Option<Store>) -> Result<(), Problem> {
        let Some(store) = store else { return Ok(()) };
        let known = store.ledger.checksums()?;
        self.sums().know(known);
        Ok(())
    }

    /// The store may only be opened by its path while that leads to this space.
    fn check_open(&self) -> Result<(), Problem> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Problem::SpaceMissing);
        }
        Ok(())
    }

    fn guard(&self) -> MutexGuard<'_, Option<Store>> {
        self.store
            .lock()
            .expect("no thread panics while holding the store")
    }

    fn linking(&self) -> MutexGuard<'_, ()> {
        self.linking
            .lock()
            .expect("no thread panics while something is done about links")
    }

    fn replacing(&self) -> MutexGuard<'_, ()> {
        self.replacing
            .lock()
            .expect("no thread panics while one file replaces another")
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.sums
            .lock()
            .expect("no thread panics while holding the sums")
    }

    fn flats(&self) -> MutexGuard<'_, Flats> {
        self.flats
            .lock()
            .expect("no thread panics while holding the walks")
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found
            .lock()
            .expect("no thread panics while holding the places")
    }

    fn broken(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.broken
            .lock()
            .expect("no thread panics while holding the broken tasks")
    }

    fn claims(&self) -> MutexGuard<'_, HashSet<String>> {
        self.claims
            .lock()
            .expect("no thread panics while holding the claims")
    }

    fn snapshots(&self) -> MutexGuard<'_, Snapshots> {
        self.snapshots
            .lock()
            .expect("no thread panics while holding the snapshots")
    }
}

/// The store, locked and known to be there.
struct StoreGuard<'a>(MutexGuard<'a, Option<Store>>);

impl<'a> StoreGuard<'a> {
    /// Finishes what a failed commit may have left half done before anything else is done.
    fn sound(mut guard: MutexGuard<'a, Option<Store>>) -> Result<Self, Problem> {
        if let Some(store) = guard.as_mut() {
            store.recover()?;
        }
        Ok(Self(guard))
    }
}

impl std::ops::Deref for StoreGuard<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.0.as_ref().expect("checked when the guard was made")
    }
}

impl std::ops::DerefMut for StoreGuard<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        self.0.as_mut().expect("checked when the guard was made")
    }
}
