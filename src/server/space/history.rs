//! Old versions of files: looked at, thrown away, made the latest again. Knows nothing of requests.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;

use cap_std::fs::Dir;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::path::RemotePath;
use crate::server::ledger::{Chain, Home, Version};

use super::Space;
use super::events::Location;
use super::facts::{Facts, Identity, Kind};
use super::overwrite::key;
use super::place::{self, exists, id_name, open_child};
use super::problem::Problem;
use super::recover::recycled;
use super::store::Store;
use super::tree::Totals;
use super::walk::{Sequence, Walk};

/// The name of the rule among the settings.
const SETTING: &str = "history";

/// When all old versions were thrown away, and what the task that did so is called.
const CLEARED: &str = "historyCleared";

/// The kind of that task.
pub const CLEARING: &str = "clearLibraryHistory";

/// That task, as the ledger has it.
#[derive(Serialize, Deserialize)]
struct Clearing {
    kind: String,
    count: u64,
}

/// Which old content is kept (part B 6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRule {
    /// Whether what is overwritten is kept.
    #[serde(rename = "enableFileHistory")]
    pub is_on: bool,
    /// So many old versions of each file.
    #[serde(rename = "fileHistoryCount")]
    pub count: u32,
    /// For so many days; 0 for ever.
    #[serde(rename = "fileHistoryExpireDay")]
    pub days: u32,
    /// What is overwritten again within so many seconds is not kept.
    #[serde(rename = "mergeInterval")]
    pub seconds: u32,
}

impl Default for HistoryRule {
    fn default() -> Self {
        Self {
            is_on: false,
            count: 10,
            days: 0,
            seconds: 0,
        }
    }
}

impl Clearing {
    fn new(count: u64) -> Self {
        let kind = CLEARING.to_owned();
        Self { kind, count }
    }
}

impl HistoryRule {
    /// Whether content that came `then` is too young to be kept.
    pub fn merges(&self, then: Timestamp, now: Timestamp) -> bool {
        now.duration_since(then) < SignedDuration::from_secs(self.seconds.into())
    }

    /// What became old before this is over.
    fn begin(&self, now: Timestamp) -> Timestamp {
        if self.days == 0 {
            return Timestamp::UNIX_EPOCH;
        }
        let age = SignedDuration::from_hours(i64::from(self.days) * 24);
        now.checked_sub(age).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A file and its old versions.
pub struct History {
    /// What it is now.
    pub facts: Facts,
    /// The checksum of that, where it is known.
    pub crc64: Option<u64>,
    /// Which version that is.
    pub latest: Chain,
    /// The old versions, the latest first.
    pub versions: Vec<Version>,
}

impl Space {
    /// Which old content is kept.
    pub fn history_rule(&self) -> HistoryRule {
        *self
            .history
            .lock()
            .expect("no thread panics while holding the rule")
    }

    /// From now on this content is kept. The rule is the whole library's, so its home tells all
    /// spaces.
    pub fn follow_history_rule(&self, rule: HistoryRule) {
        *self
            .history
            .lock()
            .expect("no thread panics while holding the rule") = rule;
    }

    /// Writes the rule down; for the home of a library.
    pub fn save_history_rule(&self, rule: HistoryRule) -> Result<(), Problem> {
        let text = serde_json::to_string(&rule).expect("plain fields can be written as JSON");
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        change.set(SETTING, &text)?;
        Ok(change.commit()?)
    }

    /// Follows the rule that was written down, if one was.
    pub(super) fn load_history_rule(&self) -> Result<(), Problem> {
        let Some(store) = self.store_if_any()? else {
            return Ok(());
        };
        let text = store.ledger.setting(SETTING)?;
        drop(store);
        if let Some(rule) = text.and_then(|text| serde_json::from_str(&text).ok()) {
            self.follow_history_rule(rule);
        }
        Ok(())
    }

    /// A file and its old versions (part B 6.1).
    pub fn history(&self, path: &RemotePath) -> Result<History, Problem> {
        let facts = match self.look(path) {
            Err(Problem::PathMissing | Problem::DirectoryMissing) => {
                return Err(Problem::FileMissing);
            }
            other => other?,
        };
        if facts.kind != Kind::File {
            return Err(Problem::NoHistory);
        }
        let mut history = History {
            facts,
            crc64: self.known_sum(&facts),
            latest: Chain {
                number: 1,
                since: facts.modified,
                former: None,
            },
            versions: Vec::new(),
        };
        if let Some(store) = self.store_to_look()? {
            let file = key(facts.identity());
            let begin = self.history_rule().begin(self.now());
            history.versions = store.ledger.versions_of(file, begin)?;
            history.latest = store.ledger.chain(file)?.unwrap_or(history.latest);
        }
        Ok(history)
    }

    /// Opens an old version of the file at a path (part B 3.2).
    pub fn open_version(&self, path: &RemotePath, id: u64) -> Result<(File, Facts), Problem> {
        let history = self.history(path)?;
        if !history.versions.iter().any(|version| version.id == id) {
            return Err(Problem::VersionMissing);
        }
        self.open_version_by_id(id)
    }

    /// Opens an old version whose file was looked at before.
    pub fn open_version_by_id(&self, id: u64) -> Result<(File, Facts), Problem> {
        let store = self.store_if_any()?.ok_or(Problem::VersionMissing)?;
        place::open_file(&store.history, id_name(id).as_ref()).map_err(|problem| match problem {
            Problem::FileMissing => Problem::VersionMissing,
            other => other,
        })
    }

    /// Throws old versions away for good (part B 6.2): all of them or none.
    pub fn delete_versions(&self, ids: &[u64]) -> Result<(), Problem> {
        let mut store = self.store_if_any()?.ok_or(Problem::VersionMissing)?;
        let mut seen = Vec::new();
        for id in ids {
            if store.ledger.is_latest(*id)? {
                return Err(Problem::LatestVersion);
            }
            let version = store.ledger.version(*id)?.ok_or(Problem::VersionMissing)?;
            if let Ok(facts) = Facts::of(&store.history, id_name(*id).as_ref()) {
                seen.push((version.path, facts));
            }
        }
        store.doom_versions(ids)?;
        drop(store);
        self.tell_versions_gone(&seen);
        Ok(())
    }

    fn tell_versions_gone(&self, seen: &[(String, Facts)]) {
        self.tell(|| {
            let event = |(path, facts): &(String, Facts)| {
                let name = super::restore::name_of(path);
                let extra = serde_json::Value::Null;
                self.event("HISTORY.DELETE", facts, None, &name, Location::Gone, extra)
            };
            seen.iter().map(event).collect()
        });
    }

    /// Makes an old version the latest again; what was the latest becomes an old version
    /// (part B 6.3). Says where the file is.
    pub fn make_latest(&self, id: u64) -> Result<RemotePath, Problem> {
        let (version, history) = {
            let store = self.store_if_any()?.ok_or(Problem::VersionMissing)?;
            let version = store.ledger.version(id)?.ok_or(Problem::VersionMissing)?;
            (version, open_child(&store.history, ".".as_ref())?)
        };
        if version.kept < self.history_rule().begin(self.now()) {
            return Err(Problem::VersionMissing);
        }
        let file = Identity {
            inode: version.file.0,
            born: version.file.1,
        };
        let path = self
            .find(file, Some(&Self::path(&version.path)?))?
            .ok_or(Problem::FileMissing)?;
        self.check_target(&path, Kind::File)?;
        let parent = self.open_parent(&path)?;
        let name = id_name(id);
        let _only_one = self.replacing();
        // What shows the file is to show this content too.
        let coming = Facts::of(&history, name.as_ref())?;
        self.succeed(file, coming.identity(), &path)?;
        self.overwrite(
            (&history, name.as_ref()),
            Home::History(id),
            (&parent, &path),
        )?;
        Ok(path)
    }

    /// Throws all old versions away for good and says how many there were (part B 6.6).
    pub fn clear_history(&self) -> Result<u64, Problem> {
        let Some(mut store) = self.store_if_any()? else {
            return Ok(0);
        };
        let mut change = store.ledger.change()?;
        let id = change.reserve(1)?;
        change.commit()?;
        let mut seen = Vec::new();
        if self.has_followers() {
            for id in store.ledger.version_ids()? {
                if let Some(version) = store.ledger.version(id)?
                    && let Ok(facts) = Facts::of(&store.history, id_name(id).as_ref())
                {
                    seen.push((version.path, facts));
                }
            }
        }
        // Rows whose content is gone are dropped at the next start, so this needs no intent.
        store.swap_history(id)?;
        let change = store.ledger.change()?;
        let count = change.clear_versions()?;
        change.commit()?;
        drop(store);
        self.tell_versions_gone(&seen);
        Ok(count as u64)
    }

    /// Whether all old versions were thrown away less than this time ago; for the home of a library.
    pub fn is_clearing_early(&self, pause: SignedDuration) -> Result<bool, Problem> {
        let Some(store) = self.store_if_any()? else {
            return Ok(false);
        };
        let last = store.ledger.setting(CLEARED)?;
        let last: Option<Timestamp> = last.and_then(|text| text.parse().ok());
        Ok(last.is_some_and(|last| self.now().duration_since(last) < pause))
    }

    /// Writes down that this many old versions were thrown away, as a task that is over.
    pub fn note_clearing(&self, count: u64) -> Result<u64, Problem> {
        let now = self.now();
        let request = serde_json::to_string(&Clearing::new(count)).expect("plain fields are JSON");
        let mut store = self.store()?;
        let mut change = store.ledger.change()?;
        let id = change.reserve(1)?;
        change.add_task(id, &request)?;
        change.end_task(id, 200, now)?;
        change.set(CLEARED, &now.to_string())?;
        change.commit()?;
        Ok(id)
    }

    /// How many old versions a task threw away; none if it is no such task.
    pub fn clearing(&self, id: u64) -> Result<Option<u64>, Problem> {
        let Some(store) = self.store_if_any()? else {
            return Ok(None);
        };
        let request = store.ledger.task_request(id)?;
        let clearing = request.and_then(|text| serde_json::from_str::<Clearing>(&text).ok());
        Ok(clearing
            .filter(|clearing| clearing.kind == CLEARING)
            .map(|clearing| clearing.count))
    }

    /// The numbers of the current versions, for those of these files that have old ones.
    pub fn version_numbers(
        &self,
        files: impl IntoIterator<Item = Identity>,
    ) -> Result<HashMap<Identity, u64>, Problem> {
        let mut numbers = HashMap::new();
        let Some(store) = self.store_to_look()? else {
            return Ok(numbers);
        };
        if !store.ledger.has_chains()? {
            return Ok(numbers);
        }
        for file in files {
            if let Some(chain) = store.ledger.chain(key(file))? {
                numbers.insert(file, chain.number);
            }
        }
        Ok(numbers)
    }

    /// The same for one file.
    pub fn version_number(&self, facts: &Facts) -> Result<Option<u64>, Problem> {
        let numbers = self.version_numbers([facts.identity()])?;
        Ok(numbers.into_values().next())
    }

    /// Bytes of the old versions of one file.
    pub fn history_size(&self, facts: &Facts) -> Result<u64, Problem> {
        let Some(store) = self.store_to_look()? else {
            return Ok(0);
        };
        let versions = store
            .ledger
            .versions_of(key(facts.identity()), Timestamp::UNIX_EPOCH)?;
        Ok(versions.iter().map(|version| version.size).sum())
    }

    /// Count and bytes of all old versions.
    pub fn measure_history(&self) -> Result<Totals, Problem> {
        let mut totals = Totals::default();
        if let Some(store) = self.store_to_look()? {
            (totals.files, totals.bytes) = store.ledger.versions_total()?;
        }
        Ok(totals)
    }

    /// Count and bytes of the old versions of the files at and below a path (part B 2.8).
    pub fn measure_history_below(&self, path: &RemotePath) -> Result<Totals, Problem> {
        let known = match self.store_to_look()? {
            Some(store) => store.ledger.versions_by_file()?,
            None => HashMap::new(),
        };
        let inodes: HashSet<u64> = known.keys().map(|(inode, _)| *inode).collect();
        let mut totals = Totals::default();
        let mut add = |facts: &Facts| {
            if let Some((count, bytes)) = known.get(&key(facts.identity())) {
                totals.files += count;
                totals.bytes += bytes;
            }
        };
        let facts = self.look(path)?;
        if facts.kind != Kind::Directory {
            add(&facts);
        } else if !known.is_empty() {
            let mut walk = self.walk(path, Sequence::Any)?;
            while let Some(step) = walk.next(self)? {
                if inodes.contains(&step.inode)
                    && let Ok(facts) = step.facts()
                {
                    add(&facts);
                }
            }
        }
        Ok(totals)
    }

    /// Throws away the old versions of all files of something doomed, before it is removed.
    pub(super) fn lose_history(&self, doomed: &Dir, name: &[u8]) -> Result<(), Problem> {
        let known = match self.store_if_any()? {
            Some(store) => store.ledger.chained_files()?,
            None => return Ok(()),
        };
        if known.is_empty() {
            return Ok(());
        }
        let inodes: HashSet<u64> = known.iter().map(|(inode, _)| *inode).collect();
        let name = OsStr::from_bytes(name);
        let mut lost = vec![Facts::of(doomed, name)?];
        if lost[0].kind == Kind::Directory {
            let mut walk = Walk::below(open_child(doomed, name)?)?;
            while let Some(step) = walk.next(self)? {
                if inodes.contains(&step.inode)
                    && let Ok(facts) = step.facts()
                {
                    lost.push(facts);
                }
            }
        }
        lost.retain(|facts| facts.kind == Kind::File && known.contains(&key(facts.identity())));
        for facts in lost {
            if let Some(mut store) = self.store_if_any()? {
                store.doom_history_of(facts.identity())?;
            }
        }
        Ok(())
    }

    /// Throws away what the rule does not keep: too many of this file, too old of any.
    pub(super) fn trim(&self, store: &mut Store, file: Identity) -> Result<(), Problem> {
        let rule = self.history_rule();
        let mut over = store.ledger.versions_before(rule.begin(self.now()))?;
        let versions = store
            .ledger
            .versions_of(key(file), rule.begin(self.now()))?;
        let count = usize::try_from(rule.count).unwrap_or(usize::MAX);
        over.extend(versions.iter().skip(count).map(|version| version.id));
        store.doom_versions(&over)
    }
}

impl Store {
    /// Throws old versions away for good: content first, then the rows.
    pub(super) fn doom_versions(&mut self, ids: &[u64]) -> Result<(), Problem> {
        if ids.is_empty() {
            return Ok(());
        }
        for id in ids {
            let name = id_name(*id);
            match place::rename(&self.history, name.as_ref(), &self.doomed, name.as_ref()) {
                Ok(()) | Err(rustix::io::Errno::NOENT) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        rustix::fs::fsync(&self.history)?;
        let change = self.ledger.change()?;
        change.drop_versions(ids.iter().copied())?;
        Ok(change.commit()?)
    }

    /// Throws away the old versions of files that are gone for good.
    pub(super) fn doom_history_of(&mut self, file: Identity) -> Result<(), Problem> {
        let ids: Vec<u64> = self
            .ledger
            .versions_of(key(file), Timestamp::UNIX_EPOCH)?
            .into_iter()
            .map(|version| version.id)
            .collect();
        self.doom_versions(&ids)?;
        let change = self.ledger.change()?;
        change.drop_chain(key(file))?;
        Ok(change.commit()?)
    }

    /// Brings the rows of old versions and what lies in `history` together: a row without content is
    /// dropped, and content that no ledger knows goes to the bin.
    pub(super) fn match_history(&mut self) -> Result<(), Problem> {
        let mut gone = Vec::new();
        for id in self.ledger.version_ids()? {
            if !exists(&self.history, id_name(id))? {
                gone.push(id);
            }
        }
        let mut found = Vec::new();
        for entry in self.history.entries()? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.parse::<u64>().ok());
            let Some(id) = number.filter(|id| name.to_str() == Some(id_name(*id).as_str())) else {
                continue;
            };
            if self.ledger.version(id)?.is_none() {
                found.push((id, Facts::of(&self.history, &name)?));
            }
        }
        if gone.is_empty() && found.is_empty() {
            return Ok(());
        }
        let mut change = self.ledger.change()?;
        change.drop_versions(gone)?;
        let last = found.iter().map(|(id, _)| *id).max().unwrap_or(0);
        change.reserve_from(last + 1)?;
        change.commit()?;
        for (id, facts) in found {
            let name = id_name(id);
            place::rename(&self.history, name.as_ref(), &self.bin, name.as_ref())?;
            let row = recycled(format!("recovered-{id}"), &facts, facts.changed, None);
            let change = self.ledger.change()?;
            change.add_to_bin([(id, &row)])?;
            change.commit()?;
        }
        Ok(())
    }
}
