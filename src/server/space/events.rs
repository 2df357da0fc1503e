//! The change log: what was done through this service, for those who follow along (part B section
//! 9). What other programs do in the folder is not seen here. Knows no requests.
//!
//! An event is written right after the change that it tells of. Where a kill or a failure may have
//! come between, all earlier cursors expire, so that nothing is ever lost silently.

use cap_std::fs::Dir;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

use crate::domain::path::RemotePath;
use crate::protocol::lenient::{decimal, time};
use crate::server::ledger::Ledger;

use super::facts::{Facts, Identity, Kind};
use super::problem::Problem;
use super::{Space, attributes, marker, overwrite};

/// The name of the state among the settings.
const SETTING: &str = "events";

/// So long a cursor lives.
const KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Where an entry is after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the tree.
    Tree,
    /// In the bin.
    Bin,
    /// Among the old versions.
    History,
    /// Nowhere.
    Gone,
}

/// One event, as the protocol has it but for what its name says about its content.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Such as `FILE.CREATE`.
    #[serde(rename = "eventType")]
    word: String,
    #[serde(rename = "eventTime", with = "time")]
    at: Option<Timestamp>,
    inode: String,
    parent_inode: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    e_tag: String,
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    crc64: Option<u64>,
    #[serde(with = "time")]
    creation_time: Option<Timestamp>,
    #[serde(with = "time")]
    modification_time: Option<Timestamp>,
    #[serde(flatten)]
    said: Said,
    location: u8,
    extra_info: Value,
}

/// What the ledger knows of the entry of an event.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    local_creation_time: Option<Timestamp>,
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    local_modification_time: Option<Timestamp>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// The number of its newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<u64>,
}

/// Whether events are written, and since which break.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct State {
    /// Counts the breaks in the log.
    epoch: u64,
    /// Whether the last run ended well.
    is_clean: bool,
}

/// What a cursor says.
#[derive(Serialize, Deserialize)]
struct Cursor {
    epoch: u64,
    /// The last event before it.
    id: u64,
    /// When it was given, in seconds since 1970.
    time: i64,
}

/// Some of the log.
pub struct Delta {
    /// Where the next part begins.
    pub cursor: String,
    /// Whether there are more already.
    pub has_more: bool,
    /// The events as JSON.
    pub events: Vec<Value>,
}

impl Space {
    /// Whether anybody follows along.
    pub fn has_followers(&self) -> bool {
        self.has_followers.load(Ordering::Relaxed)
    }

    /// A cursor that says "now"; from the first one on events are written.
    pub fn cursor(&self) -> Result<String, Problem> {
        let now = self.now();
        let mut store = self.store()?;
        let mut state: Option<State> = read(store.ledger.setting(SETTING)?);
        if state.is_none() || self.has_lost_events.swap(false, Ordering::Relaxed) {
            let next = State {
                // Not one that the log of a ledger which is lost may have had.
                epoch: state.map_or(now.as_millisecond().cast_unsigned(), |state| {
                    state.epoch + 1
                }),
                is_clean: false,
            };
            let change = store.ledger.change()?;
            change.set(SETTING, &text(next))?;
            change.forget_events(now.checked_sub(KEPT).unwrap_or(now))?;
            change.commit()?;
            state = Some(next);
        }
        self.has_followers.store(true, Ordering::Relaxed);
        let cursor = Cursor {
            epoch: state.unwrap_or_default().epoch,
            id: store.ledger.last_event()?,
            time: now.as_second(),
        };
        Ok(marker::write(&cursor))
    }

    /// What happened since a cursor.
    pub fn delta(&self, cursor: &str, limit: usize) -> Result<Delta, Problem> {
        let cursor: Cursor = marker::read(cursor).map_err(|_| Problem::CursorExpired)?;
        let now = self.now();
        let store = self.store_if_any()?.ok_or(Problem::CursorExpired)?;
        let state = read(store.ledger.setting(SETTING)?).ok_or(Problem::CursorExpired)?;
        let is_old = now.as_second() - cursor.time > KEPT.as_secs();
        let is_broken = self.has_lost_events.load(Ordering::Relaxed);
        let is_ahead = cursor.id > store.ledger.last_event()?;
        if is_old || is_broken || is_ahead || state.epoch != cursor.epoch {
            return Err(Problem::CursorExpired);
        }
        let mut rows = store.ledger.events_after(cursor.id, limit as u64 + 1)?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = Cursor {
            epoch: state.epoch,
            id: rows.last().map_or(cursor.id, |(id, _)| *id),
            time: now.as_second(),
        };
        Ok(Delta {
            cursor: marker::write(&next),
            has_more,
            events: rows
                .iter()
                .filter_map(|(_, value)| serde_json::from_str(value).ok())
                .collect(),
        })
    }

    /// Tells those who follow along, if anybody does, what was done.
    pub fn tell(&self, events: impl FnOnce() -> Vec<Event>) {
        if !self.has_followers() {
            return;
        }
        let events = events();
        if events.is_empty() {
            return;
        }
        let now = self.now();
        let told = self.store().and_then(|mut store| {
            let values = events
                .into_iter()
                .map(|event| {
                    let event = event.described(&store.ledger)?;
                    Ok(serde_json::to_string(&event).expect("plain fields are JSON"))
                })
                .collect::<Result<Vec<_>, Problem>>()?;
            let change = store.ledger.change()?;
            change.add_events(now, &values)?;
            Ok(change.commit()?)
        });
        if let Err(problem) = told {
            tracing::warn!(%problem, "an event is not written; all cursors expire");
            self.has_lost_events.store(true, Ordering::Relaxed);
        }
    }

    /// Tells of something that is at a path now.
    pub fn tell_of(&self, word: &str, path: &RemotePath, extra: Value) {
        self.tell(|| {
            let Ok(facts) = self.look(path) else {
                // Gone since, and whoever took it tells so.
                return Vec::new();
            };
            let parent = path.parent().and_then(|parent| self.look(&parent).ok());
            vec![self.event(
                word,
                &facts,
                parent.map(|parent| parent.identity()),
                path.name(),
                Location::Tree,
                extra,
            )]
        });
    }

    /// An event of now.
    pub fn event(
        &self,
        word: &str,
        facts: &Facts,
        parent: Option<Identity>,
        name: &str,
        location: Location,
        extra: Value,
    ) -> Event {
        let is_file = facts.kind == Kind::File;
        Event {
            word: word.to_owned(),
            at: Some(self.now()),
            inode: facts.identity().text(),
            parent_inode: parent.map(Identity::text).unwrap_or_default(),
            name: name.to_owned(),
            kind: match facts.kind {
                Kind::Directory => "dir",
                Kind::File => "file",
                Kind::Symlink => "symlink",
                Kind::Other => "virtual",
            }
            .to_owned(),
            size: is_file.then_some(facts.size),
            e_tag: facts.e_tag(),
            crc64: self.known_sum(facts),
            creation_time: Some(facts.created),
            modification_time: Some(facts.modified),
            said: Said::default(),
            location: match location {
                Location::Tree => 0,
                Location::Bin => 1,
                Location::History => 2,
                Location::Gone => 3,
            },
            extra_info: extra,
        }
    }

    /// Takes the log up again after a start: a run that did not end well may owe it an event.
    pub(super) fn follow_on(&self) -> Result<(), Problem> {
        let Some(mut store) = self.store_if_any()? else {
            return Ok(());
        };
        if let Some(state) = read(store.ledger.setting(SETTING)?) {
            let next = State {
                epoch: state.epoch + u64::from(!state.is_clean),
                is_clean: false,
            };
            let change = store.ledger.change()?;
            change.set(SETTING, &text(next))?;
            change.commit()?;
            self.has_followers.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Says at the end of a run that the log is whole.
    pub(super) fn end_log(&self) {
        if !self.has_followers() || self.has_lost_events.load(Ordering::Relaxed) {
            return;
        }
        let ended = self.store_if_any().and_then(|store| {
            let mut store = store.ok_or(Problem::OwnMissing)?;
            if let Some(state) = read(store.ledger.setting(SETTING)?) {
                let change = store.ledger.change()?;
                let is_clean = true;
                change.set(SETTING, &text(State { is_clean, ..state }))?;
                change.commit()?;
            }
            Ok(())
        });
        if let Err(problem) = ended {
            tracing::warn!(%problem, "the end of the change log is not written");
        }
    }
}

impl Event {
    /// With what the ledger knows of its entry.
    fn described(mut self, ledger: &Ledger) -> Result<Self, Problem> {
        let Some(identity) = Identity::parse(&self.inode) else {
            return Ok(self);
        };
        if let Some(value) = ledger.attribute(identity)? {
            let said = attributes::parse(&value)?;
            if let (Some(size), Some(0)) = (said.virtual_size, self.size) {
                "virtual".clone_into(&mut self.kind);
                self.size = Some(size);
            }
            self.creation_time = said.created.or(self.creation_time);
            self.said = Said {
                content_type: said.content_type,
                category: said.category,
                local_creation_time: said.local_created,
                local_modification_time: said.local_modified,
                user_id: said.user,
                version_id: None,
            };
        }
        let chain = ledger.chain(overwrite::key(identity))?;
        self.said.version_id = chain.map(|chain| chain.number);
        Ok(self)
    }
}

/// What an open directory is known by.
pub fn identity_of(directory: &Dir) -> Option<Identity> {
    Facts::of_open(directory).ok().map(|facts| facts.identity())
}

/// What a move says of itself.
pub fn moved(from: Option<Identity>, to: Option<Identity>) -> Value {
    let text = |identity: Option<Identity>| identity.map(Identity::text);
    json!({ "fromParentInode": text(from), "toParentInode": text(to) })
}

/// What an overwrite says of what is gone, with the number of the version that it was.
pub fn overwritten(old: &Facts, crc64: Option<u64>, number: Option<u64>) -> Value {
    json!({
        "owInode": old.identity().text(),
        "owSize": old.size.to_string(),
        "owEtag": old.e_tag(),
        "owCRC64": crc64.map(|crc64| crc64.to_string()),
        "owRevisionVersion": number,
    })
}

fn read(text: Option<String>) -> Option<State> {
    serde_json::from_str(&text?).ok()
}

fn text(state: State) -> String {
    serde_json::to_string(&state).expect("plain fields can be written as JSON")
}
