//! Random sequences of changes to files whose old versions are limited by number, age and haste,
//! while time goes by: which versions there are, by what numbers, and what they hold.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{run, shown};
use crate::api::upload::upload;
use crate::service::Service;

const PATHS: &[&str] = &["a", "b", "d/a"];
const DAY: i64 = 86_400;

/// One change.
#[derive(Clone, Debug)]
enum Step {
    Write(&'static str),
    MakeLatest(&'static str, Index),
    DeleteVersion(&'static str, Index),
    Move(&'static str, &'static str),
    Recycle(&'static str),
    Restore(Index),
    Remove(&'static str),
    /// So many seconds go by.
    Wait(i64),
}

/// What is kept; the same in a whole sequence.
#[derive(Clone, Debug)]
struct Rule {
    count: usize,
    /// 0 for ever.
    days: i64,
    seconds: i64,
}

#[derive(Clone, Debug)]
struct Version {
    content: String,
    number: u64,
    /// When it became old.
    kept: i64,
}

#[derive(Clone, Debug)]
struct File {
    content: String,
    number: u64,
    /// When it was replaced last, if ever.
    since: Option<i64>,
    /// The latest first.
    old: Vec<Version>,
}

struct Model {
    rule: Rule,
    files: BTreeMap<&'static str, File>,
    bin: Vec<(u64, &'static str, File)>,
    written: u32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = || select(PATHS);
    let index = any::<Index>;
    let wait = prop_oneof![1..100_i64, DAY / 3..DAY * 2];
    let step = prop_oneof![
        10 => path().prop_map(Step::Write),
        3 => (path(), index()).prop_map(|(path, index)| Step::MakeLatest(path, index)),
        1 => (path(), index()).prop_map(|(path, index)| Step::DeleteVersion(path, index)),
        1 => (path(), path()).prop_map(|(from, to)| Step::Move(from, to)),
        1 => path().prop_map(Step::Recycle),
        2 => index().prop_map(Step::Restore),
        1 => path().prop_map(Step::Remove),
        6 => wait.prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

fn rules() -> impl Strategy<Value = Rule> {
    let seconds = select(&[0, 60]);
    (1..4_usize, 0..4_i64, seconds).prop_map(|(count, days, seconds)| Rule {
        count,
        days,
        seconds,
    })
}

static NOW: AtomicI64 = AtomicI64::new(1_750_000_000);

fn now() -> i64 {
    NOW.load(Ordering::Relaxed)
}

fn clock() -> Timestamp {
    Timestamp::from_second(now()).unwrap()
}

impl Rule {
    fn keeps(&self, version: &Version) -> bool {
        self.days == 0 || version.kept >= now() - self.days * DAY
    }
}

impl File {
    fn new(content: String) -> Self {
        Self {
            content,
            number: 1,
            since: None,
            old: Vec::new(),
        }
    }

    /// Another content takes the place of what the file holds.
    fn replace(&mut self, content: String, rule: &Rule, is_chosen: bool) {
        let is_young = self.since.is_some_and(|then| now() - then < rule.seconds);
        let old = std::mem::replace(&mut self.content, content);
        if is_chosen || !is_young {
            self.old.insert(
                0,
                Version {
                    content: old,
                    number: self.number,
                    kept: now(),
                },
            );
            self.number += 1;
            self.old.retain(|version| rule.keeps(version));
            self.old.truncate(rule.count);
        }
        self.since = Some(now());
    }
}

struct Bench {
    service: Service,
    model: Model,
}

impl Bench {
    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Write(path) => self.write(path).await,
            Step::MakeLatest(path, index) => {
                let Some((at, id)) = self.old(path, index).await else {
                    return;
                };
                let url = format!("directory-history/local/-/latest-version/{id}");
                let answer = self.service.post(&url, json!({})).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                let (file, rule) = self.file(path);
                let chosen = file.old.remove(at);
                file.replace(chosen.content, rule, true);
            }
            Step::DeleteVersion(path, index) => {
                if let Some((at, id)) = self.old(path, index).await {
                    let url = "directory-history/local/-/delete";
                    let answer = self.service.post(url, json!([id.to_string()])).await;
                    assert_eq!(answer.status, 204, "{answer:?}");
                    self.file(path).0.old.remove(at);
                }
            }
            Step::Move(from, to) => {
                if self.model.files.contains_key(to) || !self.model.files.contains_key(from) {
                    return;
                }
                let url = format!("file/local/-/{to}?conflict_resolution_strategy=ask");
                let answer = self.service.put(&url, json!({ "from": from })).await;
                assert!(answer.status < 300, "{answer:?}");
                let file = self.model.files.remove(from).unwrap();
                self.model.files.insert(to, file);
            }
            Step::Recycle(path) => {
                if let Some(file) = self.model.files.remove(path) {
                    let url = format!("file/local/-/{path}");
                    let id = self.service.delete(&url).await.json()["recycledItemId"].take();
                    self.model.bin.push((id.as_u64().unwrap(), path, file));
                }
            }
            Step::Restore(index) => {
                if self.model.bin.is_empty() {
                    return;
                }
                let at = index.index(self.model.bin.len());
                let (id, path, file) = self.model.bin[at].clone();
                let how = "conflict_resolution_strategy=ask";
                let url = format!("recycled/local/-/{id}?restore&{how}");
                let answer = self.service.post(&url, json!({})).await;
                if self.model.files.contains_key(path) {
                    assert_eq!(answer.status, 409, "{answer:?}");
                } else {
                    assert!(answer.status < 300, "{answer:?}");
                    self.model.bin.remove(at);
                    self.model.files.insert(path, file);
                }
            }
            Step::Remove(path) => {
                if self.model.files.remove(path).is_some() {
                    let url = format!("file/local/-/{path}?permanent=1");
                    assert_eq!(self.service.delete(&url).await.status, 204);
                }
            }
            Step::Wait(seconds) => {
                NOW.fetch_add(seconds, Ordering::Relaxed);
                // The old one may be too old by now.
                self.service.token = self.service.new_token("admin").await;
            }
        }
    }

    async fn write(&mut self, path: &'static str) {
        self.model.written += 1;
        let content = format!("content {}", self.model.written);
        let over = format!("{path}?conflict_resolution_strategy=overwrite");
        upload(&self.service, &over, content.clone().into_bytes()).await;
        let model = &mut self.model;
        match model.files.get_mut(path) {
            Some(file) => file.replace(content, &model.rule, false),
            None => drop(model.files.insert(path, File::new(content))),
        }
    }

    fn file(&mut self, path: &str) -> (&mut File, &Rule) {
        (self.model.files.get_mut(path).unwrap(), &self.model.rule)
    }

    /// One of the old versions of a file: which one it is here, and its number there.
    async fn old(&mut self, path: &'static str, index: Index) -> Option<(usize, u64)> {
        let (file, rule) = (self.model.files.get_mut(path)?, &self.model.rule);
        file.old.retain(|version| rule.keeps(version));
        if file.old.is_empty() {
            return None;
        }
        let at = index.index(file.old.len());
        let listed = self.versions(path).await;
        Some((at, listed[at + 1]["id"].as_u64().unwrap()))
    }

    /// The versions of a file as they are listed: what it is now, and the old ones.
    async fn versions(&self, path: &str) -> Vec<Value> {
        let url = format!("directory-history/local/-/history-list/{path}?limit=100");
        let mut page = self.service.get(&url).await.json();
        std::mem::take(page["contents"].as_array_mut().unwrap())
    }

    async fn compare(&self) {
        let model = &self.model;
        for path in PATHS {
            assert_eq!(self.service.has(path), model.files.contains_key(path));
        }
        for (path, file) in &model.files {
            let there = std::fs::read_to_string(self.service.at(path)).unwrap();
            assert_eq!(there, file.content, "{path}");
            let listed = self.versions(path).await;
            let numbers: Vec<_> = listed.iter().map(|item| item["version"].as_u64()).collect();
            let old = file.old.iter();
            let old: Vec<_> = old.filter(|version| model.rule.keeps(version)).collect();
            let mut expected = vec![Some(file.number)];
            expected.extend(old.iter().map(|version| Some(version.number)));
            assert_eq!(numbers, expected, "{path}");
            for (item, version) in listed[1..].iter().zip(old) {
                let id = item["id"].as_u64().unwrap();
                let content = shown(&self.service, &format!("{path}?history_id={id}")).await;
                assert_eq!(content.as_ref(), Some(&version.content), "{path}");
            }
        }
    }
}

#[test]
fn versions_are_kept_as_long_and_as_many_as_is_thought() {
    run(
        15,
        (rules(), steps()),
        async |(rule, steps): (Rule, Vec<Step>)| {
            let service = Service::start_with(|config| config.clock = clock).await;
            std::fs::create_dir(service.at("d")).unwrap();
            let body = json!({
                "enableFileHistory": true,
                "fileHistoryCount": rule.count,
                "fileHistoryExpireDay": rule.days,
                "mergeInterval": rule.seconds,
            });
            let url = "directory-history/local/library-history";
            assert_eq!(service.post(url, body).await.status, 204);
            let model = Model {
                rule,
                files: BTreeMap::new(),
                bin: Vec::new(),
                written: 0,
            };
            let mut bench = Bench { service, model };
            for step in &steps {
                bench.step(step).await;
                bench.compare().await;
            }
            bench.service.stop().await;
        },
    );
}
