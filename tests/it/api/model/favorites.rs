//! Random sequences of changes among which users mark entries: each user's marks go along with
//! what they were put on, through moves, the bin and back, and outlive it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reqwest::Method;
use serde_json::{Value, json};

use super::{is_at_or_below, joined, parent, run};
use crate::service::{SECRET, Service};

const PATHS: &[&str] = &["a", "b", "d", "d/a", "d/e", "d/e/b"];
const USERS: &[&str] = &["u1", "u2"];

/// One change.
#[derive(Clone, Debug)]
enum Step {
    /// A directory where the name is `d` or `e`.
    Make(&'static str),
    Mark(usize, &'static str),
    Unmark(usize, &'static str),
    /// By the number of what was marked, wherever that is.
    UnmarkOne(usize, Index),
    Move(&'static str, &'static str),
    Copy(&'static str, &'static str),
    Recycle(&'static str),
    Remove(&'static str),
    Restore(Index),
}

/// Tells entries apart wherever they are.
type Id = u32;

type Tree = BTreeMap<String, Id>;

#[derive(Default)]
struct Model {
    tree: Tree,
    /// The number of an item, its former path, and what is at and below it.
    bin: Vec<(u64, String, Tree)>,
    /// What each user has marked, the last first, and by which number it is known.
    marks: [Vec<(Id, String)>; 2],
    made: Id,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (path, user) = (|| select(PATHS), || 0..USERS.len());
    let step = prop_oneof![
        6 => path().prop_map(Step::Make),
        6 => (user(), path()).prop_map(|(user, path)| Step::Mark(user, path)),
        1 => (user(), path()).prop_map(|(user, path)| Step::Unmark(user, path)),
        1 => (user(), any::<Index>()).prop_map(|(user, index)| Step::UnmarkOne(user, index)),
        3 => (path(), path()).prop_map(|(from, to)| Step::Move(from, to)),
        1 => (path(), path()).prop_map(|(from, to)| Step::Copy(from, to)),
        2 => path().prop_map(Step::Recycle),
        1 => path().prop_map(Step::Remove),
        3 => any::<Index>().prop_map(Step::Restore),
    ];
    prop::collection::vec(step, 1..40)
}

fn is_directory(path: &str) -> bool {
    path.ends_with('d') || path.ends_with('e')
}

fn family(path: &str) -> &'static str {
    if is_directory(path) {
        "directory"
    } else {
        "file"
    }
}

static NOW: AtomicI64 = AtomicI64::new(1_760_000_000);

/// Goes on with each step, since marks are sorted by it.
fn clock() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap()
}

impl Model {
    fn has_parent(&self, path: &str) -> bool {
        parent(path).is_empty() || self.tree.contains_key(parent(path))
    }

    fn take(&mut self, path: &str) -> Tree {
        let (taken, left): (Tree, Tree) = std::mem::take(&mut self.tree)
            .into_iter()
            .partition(|(key, _)| is_at_or_below(key, path));
        self.tree = left;
        let behind = |(key, id): (String, Id)| (key[path.len()..].to_owned(), id);
        taken.into_iter().map(behind).collect()
    }

    fn put(&mut self, path: &str, tree: Tree) {
        for (below, id) in tree {
            self.tree.insert(format!("{path}{below}"), id);
        }
    }
}

struct Bench<'a> {
    service: &'a Service,
    tokens: [String; 2],
    model: Model,
}

impl Bench<'_> {
    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Make(path) => self.make(path),
            Step::Mark(user, path) => {
                let (status, answer) = self.change(user, "", json!({ "path": path })).await;
                let Some(id) = self.model.tree.get(path).copied() else {
                    assert_eq!(status, 404);
                    return;
                };
                if self.model.marks[user]
                    .iter()
                    .any(|(marked, _)| *marked == id)
                {
                    assert_eq!(status, 409);
                    return;
                }
                let inode = answer["inode"].as_str().unwrap().to_owned();
                self.model.marks[user].insert(0, (id, inode));
            }
            Step::Unmark(user, path) => {
                let (status, _) = self.change(user, "?cancel", json!({ "path": path })).await;
                let id = self.model.tree.get(path);
                let marks = &mut self.model.marks[user];
                let at = id.and_then(|id| marks.iter().position(|(marked, _)| marked == id));
                assert_eq!(status, if at.is_some() { 204 } else { 404 });
                at.map(|at| marks.remove(at));
            }
            Step::UnmarkOne(user, index) => {
                if !self.model.marks[user].is_empty() {
                    let at = index.index(self.model.marks[user].len());
                    let (_, inode) = self.model.marks[user].remove(at);
                    let body = json!({ "inode": inode });
                    assert_eq!(self.change(user, "?cancel", body).await.0, 204);
                }
            }
            Step::Move(from, to) => self.relocate("from", from, to).await,
            Step::Copy(from, to) => self.relocate("copyFrom", from, to).await,
            Step::Recycle(path) => {
                if self.model.tree.contains_key(path) {
                    let url = format!("{}/local/-/{path}", family(path));
                    let id = self.service.delete(&url).await.json()["recycledItemId"].take();
                    let tree = self.model.take(path);
                    self.model
                        .bin
                        .push((id.as_u64().unwrap(), path.to_owned(), tree));
                }
            }
            Step::Remove(path) => {
                if self.model.tree.contains_key(path) {
                    let url = format!("{}/local/-/{path}?permanent=1", family(path));
                    assert_eq!(self.service.delete(&url).await.status, 204);
                    self.model.take(path);
                }
            }
            Step::Restore(index) => self.restore(index).await,
        }
    }

    /// By another program, whose entries can be marked as well.
    fn make(&mut self, path: &str) {
        if self.model.tree.contains_key(path) || !self.model.has_parent(path) {
            return;
        }
        let at = self.service.at(path);
        if is_directory(path) {
            std::fs::create_dir(at).unwrap();
        } else {
            std::fs::write(at, path).unwrap();
        }
        self.model.made += 1;
        self.model.tree.insert(path.to_owned(), self.model.made);
    }

    async fn change(&self, user: usize, query: &str, body: Value) -> (u16, Value) {
        let mark = if query.is_empty() { '?' } else { '&' };
        let token = &self.tokens[user];
        let url = format!("/api/v1/favorite/local/-{query}{mark}access_token={token}");
        let answer = self
            .service
            .raw(Method::POST, &url, Some(body.to_string()))
            .await;
        let told = serde_json::from_str(&answer.text).unwrap_or_default();
        (answer.status, told)
    }

    /// Of what is alike, to where nothing is.
    async fn relocate(&mut self, word: &str, from: &str, to: &str) {
        let model = &self.model;
        let is_possible = model.tree.contains_key(from)
            && !model.tree.contains_key(to)
            && model.has_parent(to)
            && !is_at_or_below(to, from)
            && is_directory(from) == is_directory(to);
        if !is_possible {
            return;
        }
        let url = format!(
            "{}/local/-/{to}?conflict_resolution_strategy=ask",
            family(to)
        );
        let answer = self.service.put(&url, json!({ word: from })).await;
        assert!(answer.status < 300, "{answer:?}");
        if let Some(task) = answer.status.eq(&202).then(|| answer.json()) {
            self.service.task(task["taskId"].as_u64().unwrap()).await;
        }
        let model = &mut self.model;
        let mut tree = model.take(from);
        if word == "copyFrom" {
            model.put(from, tree.clone());
            for id in tree.values_mut() {
                model.made += 1;
                *id = model.made;
            }
        }
        model.put(to, tree);
    }

    async fn restore(&mut self, index: Index) {
        if self.model.bin.is_empty() {
            return;
        }
        let at = index.index(self.model.bin.len());
        let (id, path, tree) = self.model.bin[at].clone();
        if !self.model.has_parent(&path) {
            return;
        }
        let url = format!("recycled/local/-/{id}?restore&conflict_resolution_strategy=rename");
        let told = self.service.post(&url, json!({})).await.json();
        self.model.bin.remove(at);
        self.model.put(&joined(&told["path"]), tree);
    }

    async fn compare(&self) {
        for (user, token) in self.tokens.iter().enumerate() {
            let url = "/api/v1/favorite/local/-/list?with_path=1&limit=1000";
            let url = format!("{url}&access_token={token}");
            let page = self.service.raw(Method::GET, &url, None).await.json();
            let listed = page["contents"].as_array().unwrap().iter();
            let listed: Vec<_> = listed
                .map(|entry| (entry["inode"].clone(), entry["path"].clone()))
                .collect();
            let marks = self.model.marks[user].iter();
            let expected: Vec<_> = marks
                .map(|(id, inode)| {
                    let mut all = self.model.tree.iter();
                    let place = all.find(|(_, other)| *other == id);
                    let names = place.map(|(path, _)| path.split('/').collect::<Vec<_>>());
                    (json!(inode), json!(names))
                })
                .collect();
            assert_eq!(listed, expected, "of {}", USERS[user]);
            let url = "/api/v1/directory/local/-?with_favorite_status=1&limit=1000";
            let url = format!("{url}&access_token={token}");
            let page = self.service.raw(Method::GET, &url, None).await.json();
            for entry in page["contents"].as_array().unwrap() {
                let id = self.model.tree[entry["name"].as_str().unwrap()];
                let mut marks = self.model.marks[user].iter();
                let is_marked = marks.any(|(marked, _)| *marked == id);
                assert_eq!(entry["isFavorite"], is_marked, "{entry}");
            }
        }
    }
}

#[test]
fn favourites_stay_with_what_they_were_put_on() {
    run(20, steps(), async |steps: Vec<Step>| {
        let service = Service::start_with(|config| config.clock = clock).await;
        let token = async |user: &str| {
            let query = format!("library_id=local&library_secret={SECRET}&grant=admin");
            let url = format!("/api/v1/token?{query}&user_id={user}");
            let answer = service.raw(Method::GET, &url, None).await.json();
            answer["accessToken"].as_str().unwrap().to_owned()
        };
        let mut bench = Bench {
            service: &service,
            tokens: [token(USERS[0]).await, token(USERS[1]).await],
            model: Model::default(),
        };
        for step in &steps {
            NOW.fetch_add(1, Ordering::Relaxed);
            bench.step(step).await;
            bench.compare().await;
        }
        service.stop().await;
    });
}
