//! Random sequences of changes against a space that is only thought of: after each step the folder,
//! the listing and the bin are what they should be. A failure is shrunk to a short sequence.
//!
//! `MEDIASWEEP_CASES=1000` tries more sequences, `MEDIASWEEP_SEED=n` the same ones again.

mod ages;
mod albums;
mod favorites;
mod files;
mod tenants;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use mediasweep::server::TaskRule;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::seeded::{number, seed};
use crate::service::{Answer, Service};

/// Names that programs stumble over.
const NAMES: &[&str] = &[
    "a",
    "b",
    "a (1)",
    "a.b",
    ".a",
    "x y",
    "%41",
    "é",
    "e\u{301}",
    "杭州",
    "🎬",
    "-",
    "a\u{202e}b",
    "+&=#",
];
const STRATEGIES: &[&str] = &["ask", "rename", "overwrite"];

/// One change.
#[derive(Clone, Debug)]
enum Step {
    Make(String, &'static str),
    Upload(String, &'static str),
    MoveFile(String, String, &'static str),
    MoveDirectory(String, String, &'static str),
    CopyFile(String, String, &'static str),
    CopyDirectory(String, String, &'static str),
    RelocateMany(Way, Vec<(String, String, &'static str)>),
    Label(String),
    Delete(String, bool),
    DeleteMany(Vec<(String, bool)>),
    Restore(Index, &'static str),
    RestoreAll,
    Purge(Index),
    PurgeMany(Vec<Index>),
    Empty,
}

/// How many things get another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Move,
    Copy,
}

/// The number that was said about an entry; 0 for nothing.
type Label = u32;

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Directory(Label),
    File(String, Label),
}

impl Node {
    fn label(&self) -> Label {
        match self {
            Self::Directory(label) | Self::File(_, label) => *label,
        }
    }

    fn set_label(&mut self, new: Label) {
        match self {
            Self::Directory(label) | Self::File(_, label) => *label = new,
        }
    }

    /// What the disk alone knows of it.
    fn bare(mut self) -> Self {
        self.set_label(0);
        self
    }
}

/// Paths and what is there; below the root if that is `""`.
type Tree = BTreeMap<String, Node>;

/// The space as it should be.
#[derive(Default)]
struct Model {
    tree: Tree,
    /// The number of an item, its former path, and what is at and below it.
    bin: Vec<(u64, String, Tree)>,
    /// Counts contents and labels.
    made: u32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // With few names at a time the changes meet each other.
    prop::sample::subsequence(NAMES, 3).prop_flat_map(steps_with)
}

#[expect(clippy::needless_pass_by_value, reason = "as the caller has them")]
fn steps_with(names: Vec<&'static str>) -> impl Strategy<Value = Vec<Step>> {
    let paths = || {
        let names = prop::collection::vec(select(names.clone()), 1..4);
        names.prop_map(|names| names.join("/"))
    };
    let strategy = || select(STRATEGIES);
    let step = prop_oneof![
        4 => (paths(), strategy()).prop_map(|(path, how)| Step::Make(path, how)),
        5 => (paths(), strategy()).prop_map(|(path, how)| Step::Upload(path, how)),
        2 => (paths(), paths(), strategy()).prop_map(|(from, to, how)| Step::MoveFile(from, to, how)),
        2 => (paths(), paths(), strategy())
            .prop_map(|(from, to, how)| Step::MoveDirectory(from, to, how)),
        2 => (paths(), paths(), strategy()).prop_map(|(from, to, how)| Step::CopyFile(from, to, how)),
        2 => (paths(), paths(), strategy())
            .prop_map(|(from, to, how)| Step::CopyDirectory(from, to, how)),
        2 => (
            select(&[Way::Move, Way::Copy]),
            prop::collection::vec((paths(), paths(), strategy()), 1..6),
        )
            .prop_map(|(way, items)| Step::RelocateMany(way, items)),
        2 => paths().prop_map(Step::Label),
        3 => (paths(), any::<bool>()).prop_map(|(path, forever)| Step::Delete(path, forever)),
        1 => prop::collection::vec((paths(), any::<bool>()), 1..6).prop_map(Step::DeleteMany),
        3 => (any::<Index>(), strategy()).prop_map(|(index, how)| Step::Restore(index, how)),
        1 => Just(Step::RestoreAll),
        1 => any::<Index>().prop_map(Step::Purge),
        1 => prop::collection::vec(any::<Index>(), 1..4).prop_map(Step::PurgeMany),
        1 => Just(Step::Empty),
    ];
    prop::collection::vec(step, 1..30)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn is_at_or_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn escaped(path: &str) -> String {
    let escape = |byte: u8| format!("%{byte:02X}");
    let names = path
        .split('/')
        .map(|name| name.bytes().map(escape).collect());
    names.collect::<Vec<String>>().join("/")
}

fn joined(path: &Value) -> String {
    let names: Vec<&str> = path
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    names.join("/")
}

impl Model {
    fn is_directory(&self, path: &str) -> bool {
        path.is_empty() || matches!(self.tree.get(path), Some(Node::Directory(_)))
    }

    fn is_file(&self, path: &str) -> bool {
        matches!(self.tree.get(path), Some(Node::File(..)))
    }

    /// Whether something above a path is a file.
    fn is_below_file(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut above = above;
        above.any(|above| self.is_file(above))
    }

    fn make_above(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            let above = self.tree.entry(path[..at].to_owned());
            above.or_insert(Node::Directory(0));
        }
    }

    /// What is at and below a path leaves the tree; the paths begin behind that path.
    fn take(&mut self, path: &str) -> Tree {
        let taken = self.copy(path);
        self.tree.retain(|key, _| !is_at_or_below(key, path));
        taken
    }

    /// The same, and it stays.
    fn copy(&self, path: &str) -> Tree {
        let all = self.tree.iter();
        let copied = all.filter(|(key, _)| is_at_or_below(key, path));
        copied
            .map(|(key, node)| (key[path.len()..].to_owned(), node.clone()))
            .collect()
    }

    fn put(&mut self, path: &str, tree: Tree) {
        for (below, node) in tree {
            self.tree.insert(format!("{path}{below}"), node);
        }
    }

    /// The final path of a change: the wanted one, or with `rename` the one that is told and free.
    fn settled(&self, wanted: &str, how: &str, told: &Value) -> String {
        if how != "rename" {
            return wanted.to_owned();
        }
        let told = joined(told);
        assert_eq!(parent(&told), parent(wanted));
        assert!(!self.tree.contains_key(&told), "{told} is taken");
        let is_free = !self.tree.contains_key(wanted);
        assert_eq!(is_free, told == wanted, "{told} instead of {wanted}");
        told
    }

    /// What becomes of an item of a batch.
    fn relocated(&self, way: Way, from: &str, to: &str, how: &str) -> u16 {
        let is_inside = is_at_or_below(to, from) && from != to;
        let done = if how == "rename" { 200 } else { 204 };
        match () {
            () if !self.tree.contains_key(from) => 404,
            // It is there already.
            () if from == to && way == Way::Move => done,
            () if self.is_directory(from) => match how {
                _ if is_inside => 400,
                _ if self.is_below_file(to) => 409,
                "rename" => 200,
                _ if self.tree.contains_key(to) => 409,
                _ => 204,
            },
            () if from == to && how == "overwrite" => done,
            () if !self.is_directory(parent(to)) => 404,
            () => match self.conflict(to, how) {
                200 => done,
                other => other,
            },
        }
    }

    /// What a file that comes to a taken path meets.
    fn conflict(&self, path: &str, how: &str) -> u16 {
        match how {
            _ if !self.tree.contains_key(path) => 200,
            "ask" => 409,
            "overwrite" if self.is_directory(path) => 409,
            _ => 200,
        }
    }
}

/// The space and what is thought of it.
struct Bench<'a> {
    service: &'a Service,
    model: Model,
}

impl Bench<'_> {
    async fn step(&mut self, step: &Step) {
        match step {
            Step::Make(path, how) => self.make(path, how).await,
            Step::Upload(path, how) => self.upload(path, how).await,
            Step::MoveFile(from, to, how) => self.move_file(from, to, how).await,
            Step::MoveDirectory(from, to, how) => self.move_directory(from, to, how).await,
            Step::CopyFile(from, to, how) => self.copy_file(from, to, how).await,
            Step::CopyDirectory(from, to, how) => self.copy_directory(from, to, how).await,
            Step::RelocateMany(way, items) => self.relocate_many(*way, items).await,
            Step::Label(path) => self.label(path).await,
            Step::Delete(path, forever) => self.delete(path, *forever).await,
            Step::DeleteMany(items) => self.delete_many(items).await,
            Step::Restore(index, how) => self.restore(index, how).await,
            Step::RestoreAll => self.restore_all().await,
            Step::Purge(index) => {
                if !self.model.bin.is_empty() {
                    let (id, ..) = self.model.bin.remove(index.index(self.model.bin.len()));
                    let answer = self.service.delete(&format!("recycled/local/-/{id}")).await;
                    assert_eq!(answer.status, 204);
                }
            }
            Step::PurgeMany(indices) => {
                let bin = self.model.bin.iter().map(|(id, ..)| *id);
                let bin: Vec<u64> = bin.collect();
                let some = indices.iter().filter(|_| !bin.is_empty());
                let mut ids: Vec<u64> = some.map(|index| bin[index.index(bin.len())]).collect();
                // Unknown ones do not matter, nor that one is named twice.
                ids.push(999_999);
                self.model.bin.retain(|(id, ..)| !ids.contains(id));
                let answer = self.service.post("recycled/local/-?delete", json!(ids));
                assert_eq!(answer.await.status, 204);
            }
            Step::Empty => {
                self.model.bin.clear();
                assert_eq!(self.service.delete("recycled/local/-").await.status, 204);
            }
        }
    }

    async fn make(&mut self, path: &str, how: &str) {
        let model = &mut self.model;
        let is_taken = model.tree.contains_key(path);
        let expected = match how {
            "overwrite" => 400,
            _ if model.is_below_file(path) => 409,
            "ask" if is_taken => 409,
            _ => 201,
        };
        let url = format!(
            "directory/local/-/{}?conflict_resolution_strategy={how}",
            escaped(path)
        );
        let answer = self.service.put(&url, json!({})).await;
        assert_eq!(answer.status, expected, "{answer:?}");
        if expected == 201 {
            let told = serde_json::from_str::<Value>(&answer.text).unwrap_or_default();
            let path = model.settled(path, how, &told["path"]);
            model.make_above(&path);
            model.tree.insert(path, Node::Directory(0));
        }
    }

    async fn upload(&mut self, path: &str, how: &str) {
        self.model.made += 1;
        let content = format!("content {}", self.model.made);
        let model = &self.model;
        let expected = match how {
            _ if !model.is_directory(parent(path)) => 404,
            // A directory is in the way of a file however the file is to come.
            _ if model.is_directory(path) => 409,
            "ask" if model.is_file(path) => 409,
            _ => 201,
        };
        let url = format!(
            "file/local/-/{}?conflict_resolution_strategy={how}",
            escaped(path)
        );
        let answer = self.service.put(&url, Value::Null).await;
        assert_eq!(answer.status, expected, "{answer:?}");
        if expected != 201 {
            return;
        }
        let start = answer.json();
        let url = format!("{}{}", self.service.url(), start["path"].as_str().unwrap());
        let mut put = self.service.http().put(url);
        for (name, value) in start["headers"].as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        let sent = put.body(content.clone()).send().await.unwrap();
        assert_eq!(sent.status(), 200);
        let key = start["confirmKey"].as_str().unwrap();
        let url = format!("file/local/-/{key}?confirm");
        let told = self.service.post(&url, json!({})).await.json();
        if self.model.is_file(path) && how == "overwrite" {
            self.recycle_replaced(path).await;
        }
        let path = self.model.settled(path, how, &told["path"]);
        assert_eq!(joined(&told["path"]), path);
        self.model.tree.insert(path, Node::File(content, 0));
    }

    async fn move_file(&mut self, from: &str, to: &str, how: &str) {
        let model = &self.model;
        let expected = match how {
            _ if !model.tree.contains_key(from) => 404,
            _ if model.is_directory(from) => 400,
            _ if from == to => 200,
            _ if !model.is_directory(parent(to)) => 404,
            _ => model.conflict(to, how),
        };
        let url = format!(
            "file/local/-/{}?conflict_resolution_strategy={how}",
            escaped(to)
        );
        let answer = self.service.put(&url, json!({ "from": from })).await;
        let Some(told) = done(&answer, expected) else {
            return;
        };
        if from == to {
            return;
        }
        let moved = self.model.take(from);
        if self.model.tree.contains_key(to) && how == "overwrite" {
            self.recycle_replaced(to).await;
        }
        let to = self.model.settled(to, how, &told["path"]);
        self.model.put(&to, moved);
    }

    async fn move_directory(&mut self, from: &str, to: &str, how: &str) {
        let model = &self.model;
        let expected = match how {
            "overwrite" => 400,
            _ if to != from && is_at_or_below(to, from) => 400,
            _ if !model.tree.contains_key(from) => 404,
            _ if model.is_file(from) => 400,
            _ if from == to => 200,
            _ if model.is_below_file(to) => 409,
            _ => model.conflict(to, how),
        };
        let url = format!(
            "directory/local/-/{}?conflict_resolution_strategy={how}",
            escaped(to)
        );
        let answer = self.service.put(&url, json!({ "from": from })).await;
        let Some(told) = done(&answer, expected) else {
            return;
        };
        if from == to {
            return;
        }
        let to = self.model.settled(to, how, &told["path"]);
        self.model.make_above(&to);
        let moved = self.model.take(from);
        self.model.put(&to, moved);
    }

    async fn copy_file(&mut self, from: &str, to: &str, how: &str) {
        let model = &self.model;
        let expected = match how {
            _ if !model.is_directory(parent(to)) => 404,
            "ask" if model.tree.contains_key(to) => 409,
            _ if !model.tree.contains_key(from) => 404,
            _ if model.is_directory(from) => 400,
            _ => model.conflict(to, how),
        };
        let url = format!(
            "file/local/-/{}?conflict_resolution_strategy={how}",
            escaped(to)
        );
        let answer = self.service.put(&url, json!({ "copyFrom": from })).await;
        if let Some(told) = done(&answer, expected) {
            let copied = self.model.copy(from);
            self.place(copied, to, how, &told["path"]).await;
        }
    }

    async fn copy_directory(&mut self, from: &str, to: &str, how: &str) {
        let model = &self.model;
        let expected = match how {
            "overwrite" => 400,
            _ if !model.tree.contains_key(from) => 404,
            _ if model.is_directory(from) && to != from && is_at_or_below(to, from) => 400,
            "ask" if model.tree.contains_key(to) => 409,
            _ if model.is_file(from) => 400,
            _ if model.is_below_file(to) => 409,
            _ => 200,
        };
        let url = format!(
            "directory/local/-/{}?conflict_resolution_strategy={how}",
            escaped(to)
        );
        let answer = self.service.put(&url, json!({ "copyFrom": from })).await;
        let told = if answer.status == 202 {
            let task = self.ended(&answer.json()).await;
            let path = task["result"]["path"].is_array();
            assert_eq!(path, expected < 300, "{task}");
            path.then(|| task["result"].clone())
        } else {
            done(&answer, expected)
        };
        if let Some(told) = told {
            let copied = self.model.copy(from);
            self.place(copied, to, how, &told["path"]).await;
        }
    }

    /// A batch, at once or as a task: the answer with the results.
    async fn batch(&self, path: &str, items: Value) -> Value {
        let answer = self.service.post(path, items).await;
        match answer.status {
            202 => self.ended(&answer.json()).await,
            _ => answer.json(),
        }
    }

    async fn ended(&self, accepted: &Value) -> Value {
        self.service
            .task(accepted["taskId"].as_u64().unwrap())
            .await
    }

    /// Something comes to its place, or over a file.
    async fn place(&mut self, tree: Tree, to: &str, how: &str, told: &Value) {
        if self.model.is_file(to) && how == "overwrite" {
            self.recycle_replaced(to).await;
        }
        let to = self.model.settled(to, how, told);
        self.model.make_above(&to);
        self.model.put(&to, tree);
    }

    async fn relocate_many(&mut self, way: Way, items: &[(String, String, &'static str)]) {
        let (word, source) = match way {
            Way::Move => ("move", "from"),
            Way::Copy => ("copy", "copyFrom"),
        };
        let body = items.iter().map(
            |(from, to, how)| json!({ source: from, "to": to, "conflictResolutionStrategy": how }),
        );
        let path = format!("batch/local/-?{word}");
        let answer = self.batch(&path, body.collect()).await;
        for ((from, to, how), result) in items.iter().zip(answer["result"].as_array().unwrap()) {
            let expected = self.model.relocated(way, from, to, how);
            let context = format!("{word} {from} to {to}: {answer}");
            assert_eq!(result["status"], expected, "{context}");
            let is_there = from == to && (way == Way::Move || *how == "overwrite");
            if expected >= 300 || is_there {
                continue;
            }
            let tree = match way {
                Way::Move => self.model.take(from),
                Way::Copy => self.model.copy(from),
            };
            self.place(tree, to, how, &result["path"]).await;
        }
    }

    async fn label(&mut self, path: &str) {
        self.model.made += 1;
        let number = self.model.made;
        let url = format!("directory/local/-/{}?update", escaped(path));
        let body = json!({ "labels": [number.to_string()] });
        let answer = self.service.post(&url, body).await;
        match self.model.tree.get_mut(path) {
            Some(node) => {
                assert_eq!(answer.status, 204, "{answer:?}");
                node.set_label(number);
            }
            None => assert_eq!(answer.status, 404, "{answer:?}"),
        }
    }

    async fn delete(&mut self, path: &str, forever: bool) {
        let family = if self.model.is_directory(path) {
            "directory"
        } else {
            "file"
        };
        let expected = match self.model.tree.contains_key(path) {
            false => 404,
            true if forever => 204,
            true => 200,
        };
        let query = if forever { "?permanent=1" } else { "" };
        let url = format!("{family}/local/-/{}{query}", escaped(path));
        let answer = self.service.delete(&url).await;
        assert_eq!(answer.status, expected, "{answer:?}");
        let taken = self.model.take(path);
        if expected == 200 {
            let id = answer.json()["recycledItemId"].as_u64().unwrap();
            self.model.bin.push((id, path.to_owned(), taken));
        }
    }

    async fn delete_many(&mut self, items: &[(String, bool)]) {
        let body = items.iter();
        let body = body.map(|(path, forever)| json!({ "path": path, "permanent": forever }));
        let answer = self.batch("batch/local/-?delete", body.collect()).await;
        for ((path, forever), result) in items.iter().zip(answer["result"].as_array().unwrap()) {
            let expected = match self.model.tree.contains_key(path) {
                false => 404,
                true if *forever => 204,
                true => 200,
            };
            assert_eq!(result["status"], expected, "{path}: {answer}");
            let taken = self.model.take(path);
            if expected == 200 {
                let id = result["recycledItemId"].as_u64().unwrap();
                self.model.bin.push((id, path.clone(), taken));
            }
        }
    }

    async fn restore(&mut self, index: &Index, how: &str) {
        if self.model.bin.is_empty() {
            return;
        }
        let index = index.index(self.model.bin.len());
        let (id, path, tree) = self.model.bin[index].clone();
        let is_directory = matches!(tree[""], Node::Directory(_));
        let expected = match how {
            _ if !self.model.is_directory(parent(&path)) => 404,
            "overwrite" if is_directory && self.model.tree.contains_key(&path) => 409,
            _ => self.model.conflict(&path, how),
        };
        let url = format!("recycled/local/-/{id}?restore&conflict_resolution_strategy={how}");
        let answer = self.service.post(&url, json!({})).await;
        let Some(told) = done(&answer, expected) else {
            return;
        };
        self.model.bin.remove(index);
        if self.model.is_file(&path) && how == "overwrite" {
            self.recycle_replaced(&path).await;
        }
        let path = self.model.settled(&path, how, &told["path"]);
        self.model.put(&path, tree);
    }

    /// All at once; conflicts are renamed.
    async fn restore_all(&mut self) {
        if self.model.bin.is_empty() {
            return;
        }
        let items = self.model.bin.clone();
        let ids: Vec<u64> = items.iter().map(|(id, ..)| *id).collect();
        let answer = self.batch("recycled/local/-?restore", json!(ids)).await;
        let results = answer["result"].as_array().unwrap();
        assert_eq!(results.len(), items.len());
        for ((id, path, tree), result) in items.into_iter().zip(results) {
            assert_eq!(result["recycledItemId"], id);
            let is_possible = self.model.is_directory(parent(&path));
            assert_eq!(
                result["status"],
                if is_possible { 200 } else { 404 },
                "{path}: {answer}"
            );
            if is_possible {
                self.model.bin.retain(|(other, ..)| *other != id);
                let path = self.model.settled(&path, "rename", &result["path"]);
                self.model.put(&path, tree);
            }
        }
    }

    /// A file that was replaced is a new item of the bin; of several, the first one.
    async fn recycle_replaced(&mut self, path: &str) {
        let taken = self.model.take(path);
        let listed = self.recycled().await;
        let known = |id: &u64| self.model.bin.iter().any(|(other, ..)| other == id);
        let mut new = listed.iter();
        let new = new.find(|(id, former)| !known(id) && former == path);
        let (id, _) = new.expect("what was replaced is in the bin");
        self.model.bin.push((*id, path.to_owned(), taken));
    }

    async fn recycled(&self) -> Vec<(u64, String)> {
        let page = self
            .service
            .get("recycled/local/-?by-page=1&page=1&page_size=1000")
            .await;
        let page = page.json();
        let items = page["contents"].as_array().unwrap().iter();
        let mut items: Vec<_> = items
            .map(|item| {
                (
                    item["recycledItemId"].as_u64().unwrap(),
                    joined(&item["originalPath"]),
                )
            })
            .collect();
        items.sort();
        items
    }

    /// The folder, the listing of the root and the bin are as the model says.
    async fn compare(&self) {
        let model = &self.model;
        assert_eq!(tree_of(self.service.root()), bare(&model.tree));
        let page = self
            .service
            .get("directory/local/-?limit=1000")
            .await
            .json();
        let entries = page["contents"].as_array().unwrap().iter();
        let listed: BTreeMap<&str, (&str, &str)> = entries
            .map(|entry| {
                let text = |field: &str| entry[field].as_str().unwrap_or_default();
                (text("name"), (text("type"), text("size")))
            })
            .collect();
        let sizes: BTreeMap<&String, String> = model
            .tree
            .iter()
            .filter(|(path, _)| !path.contains('/'))
            .map(|(path, node)| match node {
                Node::Directory(_) => (path, String::new()),
                Node::File(content, _) => (path, content.len().to_string()),
            })
            .collect();
        assert_eq!(listed.len(), sizes.len(), "{page}");
        for (name, size) in sizes {
            let (kind, listed_size) = listed[name.as_str()];
            assert_eq!(kind == "dir", size.is_empty(), "{name}: {page}");
            assert!(size.is_empty() || size == listed_size, "{name}: {page}");
        }
        let mut bin: Vec<(u64, String)> = model
            .bin
            .iter()
            .map(|(id, path, _)| (*id, path.clone()))
            .collect();
        bin.sort();
        assert_eq!(self.recycled().await, bin);
        for (id, _, tree) in &model.bin {
            let item = self.service.at(&format!(".mediasweep/bin/{id}"));
            match &tree[""] {
                Node::File(content, _) => {
                    assert_eq!(&fs::read_to_string(item).unwrap(), content);
                }
                Node::Directory(_) => {
                    let there = tree_of(&item).into_iter();
                    let there: Tree = there
                        .map(|(path, node)| (format!("/{path}"), node))
                        .collect();
                    let mut expected = bare(tree);
                    expected.remove("");
                    assert_eq!(there, expected);
                }
            }
        }
    }

    /// What was said is known of all that is there.
    async fn compare_labels(&self) {
        for (path, node) in &self.model.tree {
            let url = format!("directory/local/-/{}?info", escaped(path));
            let labels = self.service.get(&url).await.json()["labels"].take();
            let expected = match node.label() {
                0 => Value::Null,
                label => json!([label.to_string()]),
            };
            assert_eq!(labels, expected, "{path}");
        }
    }
}

fn bare(tree: &Tree) -> Tree {
    let nodes = tree.iter();
    nodes
        .map(|(path, node)| (path.clone(), node.clone().bare()))
        .collect()
}

/// What was told, if the status is a success as expected.
fn done(answer: &Answer, expected: u16) -> Option<Value> {
    if expected >= 300 {
        assert_eq!(answer.status, expected, "{answer:?}");
        return None;
    }
    assert!(answer.status < 300, "{answer:?}");
    Some(serde_json::from_str(&answer.text).unwrap_or_default())
}

/// What a path shows, which may have a query; none if it shows nothing.
async fn shown(service: &Service, path: &str) -> Option<String> {
    let answer = service.get(&format!("file/local/-/{path}")).await;
    if answer.status == 404 {
        return None;
    }
    assert_eq!(answer.status, 302, "{answer:?}");
    let url = answer.header("location");
    let url = url.strip_prefix(service.url()).unwrap();
    let bytes = service.raw(Method::GET, url, None).await;
    assert_eq!(bytes.status, 200, "{bytes:?}");
    Some(bytes.text)
}

/// All that a folder holds, `.mediasweep` aside.
fn tree_of(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((directory, prefix)) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{prefix}{name}");
            if path == ".mediasweep" {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                open.push((entry.path(), format!("{path}/")));
                tree.insert(path, Node::Directory(0));
            } else {
                let content = fs::read_to_string(entry.path()).unwrap();
                tree.insert(path, Node::File(content, 0));
            }
        }
    }
    tree
}

/// It is always the same time.
fn clock() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

/// Tries sequences and shrinks the first that fails.
fn run<T: std::fmt::Debug>(cases: usize, steps: impl Strategy<Value = T>, work: impl AsyncFn(T)) {
    let seed = seed();
    println!("MEDIASWEEP_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(number("MEDIASWEEP_CASES", cases)).unwrap(),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, random);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let result = runner.run(&steps, |steps| {
        runtime.block_on(work(steps));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn every_sequence_of_changes_does_what_is_thought() {
    // Batches are tasks in half of the cases; what comes out is the same.
    let steps = (any::<bool>(), steps());
    run(100, steps, async |(has_tasks, steps): (bool, Vec<Step>)| {
        let service = Service::start_with(|config| {
            config.clock = clock;
            if has_tasks {
                config.tasks = TaskRule::Always;
            }
        })
        .await;
        let mut bench = Bench {
            service: &service,
            model: Model::default(),
        };
        for step in &steps {
            bench.step(step).await;
            bench.compare().await;
        }
        bench.compare_labels().await;
        service.stop().await;
    });
}
