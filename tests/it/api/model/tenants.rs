//! Random sequences of changes to the spaces of a library and to their quotas, against a library
//! that is only thought of: what there is, what it counts as, and what there is no room for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reqwest::Method;
use serde_json::{Value, json};

use super::run;
use crate::service::{Answer, Service};

const SPACES: &[&str] = &["aa", "b-b", "cc"];
const FILES: &[&str] = &["x", "y"];

/// One change.
#[derive(Clone, Debug)]
enum Step {
    Make(&'static str),
    Delete(&'static str, bool),
    /// Whether anybody may read it.
    Open(&'static str, bool),
    Upload(Place, u64),
    Relocate(Way, Place, Place),
    Recycle(Place),
    Remove(Place),
    Empty(&'static str),
    AddQuota(BTreeSet<&'static str>, u64),
    /// By its own number.
    ChangeQuota(Index, BTreeSet<&'static str>, u64),
    /// By one of its spaces.
    ChangeQuotaOf(&'static str, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Move,
    Copy,
}

/// A space and a file in it.
type Place = (&'static str, &'static str);

/// What a space holds, in bytes.
#[derive(Default)]
struct Held {
    files: BTreeMap<&'static str, u64>,
    recycled: u64,
    is_public: bool,
}

/// The library as it should be.
#[derive(Default)]
struct Model {
    spaces: BTreeMap<&'static str, Held>,
    /// Numbers, spaces and capacities.
    quotas: BTreeMap<u64, (BTreeSet<&'static str>, u64)>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let space = || select(SPACES);
    let place = || (space(), select(FILES));
    let some = || prop::collection::btree_set(select(SPACES), 0..3);
    let way = select(&[Way::Move, Way::Copy]);
    let step = prop_oneof![
        5 => space().prop_map(Step::Make),
        1 => (space(), any::<bool>()).prop_map(|(id, force)| Step::Delete(id, force)),
        2 => (space(), any::<bool>()).prop_map(|(id, is_public)| Step::Open(id, is_public)),
        6 => (place(), 0..40_u64).prop_map(|(place, size)| Step::Upload(place, size)),
        4 => (way, place(), place()).prop_map(|(way, from, to)| Step::Relocate(way, from, to)),
        2 => place().prop_map(Step::Recycle),
        2 => place().prop_map(Step::Remove),
        1 => space().prop_map(Step::Empty),
        3 => (some(), 0..99_u64).prop_map(|(spaces, most)| Step::AddQuota(spaces, most)),
        1 => (any::<Index>(), some(), 0..99_u64)
            .prop_map(|(index, spaces, most)| Step::ChangeQuota(index, spaces, most)),
        1 => (space(), 0..99_u64).prop_map(|(id, most)| Step::ChangeQuotaOf(id, most)),
    ];
    prop::collection::vec(step, 1..40)
}

impl Held {
    fn bytes(&self) -> u64 {
        self.files.values().sum::<u64>() + self.recycled
    }

    /// A file comes; one that it replaces goes to the bin.
    fn put(&mut self, name: &'static str, size: u64) {
        self.recycled += self.files.insert(name, size).unwrap_or(0);
    }
}

impl Model {
    fn quota_of(&self, space: &str) -> Option<(u64, &BTreeSet<&'static str>, u64)> {
        let mut quotas = self.quotas.iter();
        let (id, (spaces, most)) = quotas.find(|(_, (spaces, _))| spaces.contains(space))?;
        Some((*id, spaces, *most))
    }

    fn used(&self, spaces: &BTreeSet<&'static str>) -> u64 {
        let held = spaces.iter().filter_map(|id| self.spaces.get(id));
        held.map(Held::bytes).sum()
    }

    fn has_room(&self, space: &str, bytes: u64) -> bool {
        let quota = self.quota_of(space);
        quota.is_none_or(|(_, spaces, most)| self.used(spaces) + bytes <= most)
    }

    fn size(&self, (space, name): Place) -> Option<u64> {
        self.spaces.get(space)?.files.get(name).copied()
    }

    /// What is said against a quota: of its number, unless it is new, for these spaces.
    fn refusal(&self, id: Option<u64>, spaces: &BTreeSet<&'static str>, most: u64) -> Refusal {
        let is_taken = |space: &&str| {
            let quota = self.quota_of(space);
            quota.is_some_and(|(other, ..)| Some(other) != id)
        };
        match () {
            () if most == 0 => Some((400, "QuotaCapacityInvalid")),
            () if spaces.is_empty() => Some((400, "QuotaSpacesRequired")),
            () if spaces.iter().any(|id| !self.spaces.contains_key(id)) => {
                Some((400, "QuotaSpacesInvalid"))
            }
            () if self.used(spaces) > most => Some((400, "QuotaCapacityLessThanSize")),
            () if spaces.iter().any(is_taken) => Some((409, "DuplicateQuota")),
            () => None,
        }
    }
}

/// Status and code; none where it is done.
type Refusal = Option<(u16, &'static str)>;

const NO_SPACE: Refusal = Some((404, "SpaceNotFound"));
const NO_ROOM: Refusal = Some((400, "QuotaLimitReached"));

#[track_caller]
fn check(answer: &Answer, expected: Refusal) -> bool {
    match expected {
        Some((status, code)) => assert_eq!(answer.code(), (status, code.to_owned())),
        None => assert!((200..300).contains(&answer.status), "{answer:?}"),
    }
    expected.is_none()
}

struct Bench<'a> {
    service: &'a Service,
    model: Model,
}

impl Bench<'_> {
    async fn step(&mut self, step: &Step) {
        let (service, model) = (self.service, &mut self.model);
        match step {
            Step::Make(id) => {
                let url = format!("space/local?space_id={id}");
                let answer = service.post(&url, json!({})).await;
                let is_there = model.spaces.contains_key(id);
                let taken = (409, "SameNameDirectoryOrFileExists");
                if check(&answer, is_there.then_some(taken)) {
                    model.spaces.insert(id, Held::default());
                }
            }
            Step::Delete(id, force) => {
                let force_word = u8::from(*force);
                let path = format!("space/local/{id}?force={force_word}");
                let expected = match model.spaces.get(id) {
                    None => NO_SPACE,
                    Some(held)
                        if !force && (!held.files.is_empty() || has_bin(service, id).await) =>
                    {
                        Some((409, "SpaceNotEmpty"))
                    }
                    Some(_) => None,
                };
                if check(&service.delete(&path).await, expected) {
                    model.spaces.remove(id);
                    for (spaces, _) in model.quotas.values_mut() {
                        spaces.remove(id);
                    }
                }
            }
            Step::Open(id, is_public) => {
                let url = format!("space/local/{id}/extension");
                let body = json!({ "isPublicRead": is_public });
                let held = model.spaces.get_mut(id);
                let expected = if held.is_some() { None } else { NO_SPACE };
                if check(&service.post(&url, body).await, expected) {
                    held.unwrap().is_public = *is_public;
                }
            }
            Step::Upload(place, size) => self.upload(*place, *size).await,
            Step::Relocate(way, from, to) => self.relocate(*way, *from, *to).await,
            Step::Recycle(place) => self.delete(*place, false).await,
            Step::Remove(place) => self.delete(*place, true).await,
            Step::Empty(id) => {
                let answer = service.delete(&format!("recycled/local/{id}")).await;
                let held = model.spaces.get_mut(id);
                if check(&answer, held.is_none().then_some((404, "SpaceNotFound"))) {
                    held.unwrap().recycled = 0;
                }
            }
            Step::AddQuota(spaces, most) => {
                let body = json!({ "spaces": spaces, "capacity": most.to_string(),
                                   "removeWhenExceed": false, "removeAfterDays": 0 });
                let answer = service.post("quota/local", body).await;
                if check(&answer, model.refusal(None, spaces, *most)) {
                    let id = answer.json()["quotaId"].as_u64().unwrap();
                    model.quotas.insert(id, (spaces.clone(), *most));
                }
            }
            Step::ChangeQuota(index, spaces, most) => {
                if model.quotas.is_empty() {
                    return;
                }
                let ids: Vec<u64> = model.quotas.keys().copied().collect();
                let id = *index.get(&ids);
                let body = json!({ "spaces": spaces, "capacity": most });
                let answer = service.put(&format!("quota/local/{id}"), body).await;
                if check(&answer, model.refusal(Some(id), spaces, *most)) {
                    model.quotas.insert(id, (spaces.clone(), *most));
                }
            }
            Step::ChangeQuotaOf(space, most) => {
                let answer = service
                    .put(&format!("quota/local/{space}"), json!({ "capacity": most }))
                    .await;
                let quota = model.quota_of(space);
                let quota = quota.map(|(id, spaces, _)| (id, spaces.clone()));
                let expected = match &quota {
                    _ if *most == 0 => Some((400, "QuotaCapacityInvalid")),
                    _ if !model.spaces.contains_key(space) => NO_SPACE,
                    None => Some((404, "NoQuota")),
                    Some((id, spaces)) => model.refusal(Some(*id), spaces, *most),
                };
                if check(&answer, expected) {
                    let (id, spaces) = quota.unwrap();
                    model.quotas.insert(id, (spaces, *most));
                }
            }
        }
    }

    async fn upload(&mut self, (space, name): Place, size: u64) {
        let path = format!(
            "file/local/{space}/{name}?conflict_resolution_strategy=overwrite&filesize={size}"
        );
        let answer = self.service.put(&path, json!({})).await;
        let model = &mut self.model;
        let expected = match () {
            () if !model.spaces.contains_key(space) => NO_SPACE,
            () if !model.has_room(space, size) => NO_ROOM,
            () => None,
        };
        if !check(&answer, expected) {
            return;
        }
        let begun = answer.json();
        let text = |field: &str| begun[field].as_str().unwrap();
        let url = format!("{}{}", self.service.url(), text("path"));
        let mut put = self.service.http().put(url);
        for (name, value) in begun["headers"].as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        let bytes = "x".repeat(usize::try_from(size).unwrap());
        assert_eq!(put.body(bytes).send().await.unwrap().status(), 200);
        let path = format!("file/local/{space}/{}?confirm", text("confirmKey"));
        assert_eq!(self.service.post(&path, json!({})).await.status, 200);
        model.spaces.get_mut(space).unwrap().put(name, size);
    }

    async fn relocate(&mut self, way: Way, from: Place, to: Place) {
        let (word, source) = match way {
            Way::Move => ("move", "from"),
            Way::Copy => ("copy", "copyFrom"),
        };
        let mut item =
            json!({ source: from.1, "to": to.1, "conflictResolutionStrategy": "overwrite" });
        if from.0 != to.0 {
            item[format!("{source}SpaceId")] = from.0.into();
        }
        let path = format!("batch/local/{}?{word}", to.0);
        let answer = self.service.post(&path, json!([item])).await;
        let model = &mut self.model;
        if !check(
            &answer,
            (!model.spaces.contains_key(to.0)).then_some((404, "SpaceNotFound")),
        ) {
            return;
        }
        let size = model.size(from);
        let is_one_quota = || {
            let quota = model.quota_of(to.0);
            quota.is_some_and(|(_, spaces, _)| spaces.contains(from.0))
        };
        let needs_room = match way {
            Way::Copy => from != to,
            Way::Move => from.0 != to.0 && !is_one_quota(),
        };
        let expected = match size {
            None => 404,
            Some(size) if needs_room && !model.has_room(to.0, size) => 400,
            Some(_) => 204,
        };
        let answer = answer.json();
        assert_eq!(answer["result"][0]["status"], expected, "{answer}");
        if expected != 204 || from == to {
            return;
        }
        let size = size.unwrap();
        if way == Way::Move {
            model.spaces.get_mut(from.0).unwrap().files.remove(from.1);
        }
        model.spaces.get_mut(to.0).unwrap().put(to.1, size);
    }

    async fn delete(&mut self, (space, name): Place, forever: bool) {
        let permanent = u8::from(forever);
        let path = format!("file/local/{space}/{name}?permanent={permanent}");
        let answer = self.service.delete(&path).await;
        let held = self.model.spaces.get_mut(space);
        let expected = match &held {
            None => NO_SPACE,
            Some(held) if !held.files.contains_key(name) => Some((404, "FileNotFound")),
            Some(_) => None,
        };
        if check(&answer, expected) {
            let held = held.unwrap();
            let size = held.files.remove(name).unwrap();
            if !forever {
                held.recycled += size;
            }
        }
    }

    async fn compare(&self) {
        let (service, model) = (self.service, &self.model);
        let listed = service.get("space/local/list?ordered=1").await.json();
        let listed = listed["list"].as_array().unwrap().iter();
        let ids: Vec<&str> = listed
            .map(|space| space["spaceId"].as_str().unwrap())
            .collect();
        assert_eq!(ids, model.spaces.keys().copied().collect::<Vec<_>>());
        let count = service.get("space/local/count").await.json();
        assert_eq!(count["total"], ids.len());
        for (id, (spaces, most)) in &model.quotas {
            let quota = service.get_owned(format!("quota/local/{id}")).await;
            let expected = json!({ "spaces": spaces, "capacity": most.to_string() });
            assert_eq!(quota, expected);
        }
        let mut sum = 0;
        for (id, held) in &model.spaces {
            let page = service.get_owned(format!("directory/local/{id}")).await;
            let entries = page["contents"].as_array().unwrap().iter();
            let files: BTreeMap<&str, &Value> = entries
                .map(|entry| (entry["name"].as_str().unwrap(), &entry["size"]))
                .collect();
            let expected: Vec<(&str, Value)> = held
                .files
                .iter()
                .map(|(name, size)| (*name, size.to_string().into()))
                .collect();
            assert!(
                files
                    .into_iter()
                    .eq(expected.iter().map(|(name, size)| (*name, size)))
            );
            let bytes = held.bytes();
            sum += bytes;
            let size = service.get_owned(format!("space/local/{id}/size")).await;
            assert_eq!(size["size"], bytes.to_string());
            let usage = service.get_owned(format!("usage/local/{id}")).await;
            assert_eq!(usage[0]["size"], bytes.to_string());
            let quota = model.quota_of(id);
            let most = quota.map(|(_, _, most)| most.to_string());
            let left = quota.map(|(_, spaces, most)| (most - model.used(spaces)).to_string());
            assert_eq!(usage[0]["capacity"], json!(most));
            assert_eq!(usage[0]["availableSpace"], json!(left));
        }
        let usage = service.get("usage/local").await.json();
        assert_eq!(usage["totalFileSize"], sum.to_string());
        self.compare_public().await;
    }

    /// What somebody without a token may read, and that he may change nothing.
    async fn compare_public(&self) {
        let ask = async |method: Method, path: String| {
            let path = format!("/api/v1/{path}");
            self.service.raw(method, &path, None).await.code()
        };
        let no_token = (400, "EmptyAccessToken".to_owned());
        for id in SPACES {
            let held = self.model.spaces.get(id).filter(|held| held.is_public);
            let answer = ask(Method::GET, format!("directory/local/{id}")).await;
            match held {
                Some(_) => assert_eq!(answer.0, 200, "{id}"),
                None => assert_eq!(answer, no_token, "{id}"),
            }
            for name in FILES {
                let path = format!("file/local/{id}/{name}");
                let answer = ask(Method::GET, format!("{path}?info")).await;
                match held.map(|held| held.files.contains_key(name)) {
                    Some(is_there) => assert_eq!(answer.0, if is_there { 200 } else { 404 }),
                    None => assert_eq!(answer, no_token),
                }
                assert_eq!(ask(Method::DELETE, path).await, no_token);
            }
            let path = format!("recycled/local/{id}");
            assert_eq!(ask(Method::GET, path).await, no_token);
        }
    }
}

/// Empty files count as nothing, but they are there.
async fn has_bin(service: &Service, space: &str) -> bool {
    let page = service.get(&format!("recycled/local/{space}")).await;
    page.json()["totalNum"] != 0
}

static NOW: AtomicI64 = AtomicI64::new(1_700_000_000);

/// Goes on with each step, because a measurement holds for some seconds.
fn clock() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap()
}

#[test]
fn every_sequence_of_changes_to_spaces_and_quotas_does_what_is_thought() {
    run(20, steps(), async |steps: Vec<Step>| {
        let service = Service::start_with(|config| {
            config.clock = clock;
            config.multi_space = true;
        })
        .await;
        let mut bench = Bench {
            service: &service,
            model: Model::default(),
        };
        for step in &steps {
            NOW.fetch_add(60, Ordering::Relaxed);
            bench.step(step).await;
            NOW.fetch_add(60, Ordering::Relaxed);
            bench.compare().await;
        }
        service.stop().await;
    });
}
