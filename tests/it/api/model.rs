//! Random sequences of changes against a space that is only thought of: after each step the folder,
//! the listing and the bin are what they should be. A failure is shrunk to a short sequence.
//!
//! `MEDIASWEEP_CASES=1000` tries more sequences, `MEDIASWEEP_SEED=n` the same ones again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
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
    Delete(String, bool),
    DeleteMany(Vec<(String, bool)>),
    Restore(Index, &'static str),
    RestoreAll,
    Purge(Index),
    Empty,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Directory,
    File(String),
}

/// Paths and what is there; below the root if that is `""`.
type Tree = BTreeMap<String, Node>;

/// The space as it should be.
#[derive(Default)]
struct Model {
    tree: Tree,
    /// The number of an item, its former path, and what is at and below it.
    bin: Vec<(u64, String, Tree)>,
    uploads: u32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // With few names at a time the changes meet each other.
    prop::sample::subsequence(NAMES, 3).prop_flat_map(steps_with)
}

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
        3 => (paths(), any::<bool>()).prop_map(|(path, forever)| Step::Delete(path, forever)),
        1 => prop::collection::vec((paths(), any::<bool>()), 1..6).prop_map(Step::DeleteMany),
        3 => (any::<Index>(), strategy()).prop_map(|(index, how)| Step::Restore(index, how)),
        1 => Just(Step::RestoreAll),
        1 => any::<Index>().prop_map(Step::Purge),
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
        path.is_empty() || self.tree.get(path) == Some(&Node::Directory)
    }

    fn is_file(&self, path: &str) -> bool {
        matches!(self.tree.get(path), Some(Node::File(_)))
    }

    /// Whether something above a path is a file.
    fn is_below_file(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut above = above;
        above.any(|above| self.is_file(above))
    }

    fn make_above(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            self.tree.insert(path[..at].to_owned(), Node::Directory);
        }
    }

    /// What is at and below a path leaves the tree; the paths begin behind that path.
    fn take(&mut self, path: &str) -> Tree {
        let paths: Vec<String> = self
            .tree
            .keys()
            .filter(|key| is_at_or_below(key, path))
            .cloned()
            .collect();
        let taken = paths.into_iter();
        taken
            .map(|key| {
                (
                    key[path.len()..].to_owned(),
                    self.tree.remove(&key).unwrap(),
                )
            })
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
            model.tree.insert(path, Node::Directory);
        }
    }

    async fn upload(&mut self, path: &str, how: &str) {
        self.model.uploads += 1;
        let content = format!("content {}", self.model.uploads);
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
        self.model.tree.insert(path, Node::File(content));
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
        let to = self.model.settled(to, how, &told["path"]);
        self.model.make_above(&to);
        let moved = self.model.take(from);
        self.model.put(&to, moved);
    }

    async fn delete(&mut self, path: &str, forever: bool) {
        let family = match self.model.is_directory(path) {
            true => "directory",
            false => "file",
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
        let answer = self
            .service
            .post("batch/local/-?delete", body.collect())
            .await
            .json();
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
        let is_directory = tree[""] == Node::Directory;
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
        let answer = self
            .service
            .post("recycled/local/-?restore", json!(ids))
            .await
            .json();
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

    /// A file that was replaced is the newest item of the bin.
    async fn recycle_replaced(&mut self, path: &str) {
        let taken = self.model.take(path);
        let listed = self.recycled().await;
        let known = |id: &u64| self.model.bin.iter().any(|(other, ..)| other == id);
        let mut new = listed.iter().filter(|(id, _)| !known(id));
        let (id, former) = new.next().expect("what was replaced is in the bin");
        assert_eq!(former, path);
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
        assert_eq!(tree_of(self.service.root()), model.tree);
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
                Node::Directory => (path, String::new()),
                Node::File(content) => (path, content.len().to_string()),
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
                Node::File(content) => assert_eq!(&fs::read_to_string(item).unwrap(), content),
                Node::Directory => {
                    let there = tree_of(&item).into_iter();
                    let there: Tree = there
                        .map(|(path, node)| (format!("/{path}"), node))
                        .collect();
                    let expected = tree.iter().filter(|(path, _)| !path.is_empty());
                    let expected = expected.map(|(path, node)| (path.clone(), node.clone()));
                    assert_eq!(there, expected.collect());
                }
            }
        }
    }
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
                tree.insert(path, Node::Directory);
            } else {
                let content = fs::read_to_string(entry.path()).unwrap();
                tree.insert(path, Node::File(content));
            }
        }
    }
    tree
}

/// It is always the same time.
fn clock() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

#[test]
fn every_sequence_of_changes_does_what_is_thought() {
    let seed = seed();
    println!("MEDIASWEEP_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(number("MEDIASWEEP_CASES", 40)).unwrap(),
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
    let result = runner.run(&steps(), |steps| {
        runtime.block_on(async {
            let service = Service::start_with(|config| config.clock = clock).await;
            let mut bench = Bench {
                service: &service,
                model: Model::default(),
            };
            for step in &steps {
                bench.step(step).await;
                bench.compare().await;
            }
            service.stop().await;
        });
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
