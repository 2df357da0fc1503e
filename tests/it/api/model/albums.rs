//! Random sequences of changes to a library of photos and videos: nothing comes where it must not
//! be, whatever way it is tried, and what is refused is refused for a reason that there is.

use std::collections::{BTreeMap, BTreeSet};

use mediasweep::server::Albums;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{clock, joined, parent, run};
use crate::api::upload::{confirm, send};
use crate::service::{Answer, Service};

const ALBUMS: &[&str] = &["s", "w", "s/x"];
const FILES: &[&str] = &[
    "a.jpg",
    "b.txt",
    "s/a.jpg",
    "s/b.PNG",
    "s/c.mov",
    "s/d.txt",
    "w/a.jpg",
    "w/c.mp4",
    "x/a.jpg",
    "s/x/a.jpg",
];
const STRATEGIES: &[&str] = &["ask", "rename", "overwrite"];

/// One change.
#[derive(Clone, Debug)]
enum Step {
    Make(&'static str),
    Upload(&'static str, &'static str),
    /// Of a file, one by one or as the only item of a batch.
    Relocate(Way, bool, &'static str, &'static str, &'static str),
    MoveAlbum(&'static str, &'static str),
    Delete(&'static str),
    DeleteAlbum(&'static str),
    RestoreLast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Move,
    Copy,
}

/// What is in the root and in the albums: the bytes of files, nothing for albums.
type Tree = BTreeMap<String, Option<String>>;

struct Model {
    media: Albums,
    tree: Tree,
    /// The number of an item, its former path, and what is at and below it.
    bin: Vec<(u64, String, Tree)>,
    made: u32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (album, file) = (|| select(ALBUMS), || select(FILES));
    let how = || select(STRATEGIES);
    let way = select(&[Way::Move, Way::Copy]);
    let step = prop_oneof![
        4 => album().prop_map(Step::Make),
        8 => (file(), how()).prop_map(|(path, how)| Step::Upload(path, how)),
        8 => (way, any::<bool>(), file(), file(), how())
            .prop_map(|(way, is_batch, from, to, how)| Step::Relocate(way, is_batch, from, to, how)),
        1 => (album(), album()).prop_map(|(from, to)| Step::MoveAlbum(from, to)),
        2 => file().prop_map(Step::Delete),
        1 => album().prop_map(Step::DeleteAlbum),
        2 => Just(Step::RestoreLast),
    ];
    prop::collection::vec(step, 1..40)
}

/// What a name makes of a file.
fn type_of(path: &str) -> Option<&'static str> {
    match path.rsplit('.').next()?.to_lowercase().as_str() {
        "jpg" | "png" => Some("image"),
        "mov" | "mp4" => Some("video"),
        _ => None,
    }
}

impl Model {
    fn is_album(&self, path: &str) -> bool {
        path.is_empty() || self.tree.get(path) == Some(&None)
    }

    fn is_file(&self, path: &str) -> bool {
        matches!(self.tree.get(path), Some(Some(_)))
    }

    /// All that can be said against a file at a path.
    fn against(&self, path: &str, how: &str) -> BTreeSet<&'static str> {
        let depth = path.matches('/').count();
        let parent_is_missing = !self.is_album(parent(path));
        let wrongs = [
            (
                self.media == Albums::One && depth == 0,
                "UploadToRootDirectoryNotAllowed",
            ),
            (
                self.media == Albums::One && depth > 1,
                "DirectoryLevelExceed",
            ),
            (
                self.media == Albums::None && depth > 0,
                "DirectoryNotAllowed",
            ),
            (type_of(path).is_none(), "ExtnameNotAllowed"),
            (parent_is_missing, "DirectoryNotFound"),
            (
                how == "ask" && self.tree.contains_key(path),
                "SameNameDirectoryOrFileExists",
            ),
        ];
        wrongs
            .into_iter()
            .filter(|(is_so, _)| *is_so)
            .map(|(_, code)| code)
            .collect()
    }

    /// The same for an album.
    fn against_album(&self, path: &str) -> BTreeSet<&'static str> {
        let wrongs = [
            (
                self.media == Albums::One && path.contains('/'),
                "DirectoryLevelExceed",
            ),
            (self.media == Albums::None, "DirectoryNotAllowed"),
            (
                self.tree.contains_key(path),
                "SameNameDirectoryOrFileExists",
            ),
        ];
        wrongs
            .into_iter()
            .filter(|(is_so, _)| *is_so)
            .map(|(_, code)| code)
            .collect()
    }

    fn take(&mut self, path: &str) -> Tree {
        let is_in = |key: &String| super::is_at_or_below(key, path);
        let (taken, left): (Tree, Tree) = std::mem::take(&mut self.tree)
            .into_iter()
            .partition(|(key, _)| is_in(key));
        self.tree = left;
        taken
            .into_iter()
            .map(|(key, node)| (key[path.len()..].to_owned(), node))
            .collect()
    }

    fn put(&mut self, path: &str, tree: Tree) {
        for (below, node) in tree {
            self.tree.insert(format!("{path}{below}"), node);
        }
    }
}

/// Whether it was done; a refusal has one of the codes, and without codes there is none.
#[track_caller]
fn is_done(status: u64, code: &str, wrongs: &BTreeSet<&'static str>) -> bool {
    if wrongs.is_empty() {
        assert!(status < 300, "{status} {code}");
    } else {
        assert!(
            status >= 400 && wrongs.contains(code),
            "{status} {code}, not one of {wrongs:?}"
        );
    }
    wrongs.is_empty()
}

#[track_caller]
fn check(answer: &Answer, wrongs: &BTreeSet<&'static str>) -> bool {
    is_done(answer.status.into(), &answer.code().1, wrongs)
}

struct Bench<'a> {
    service: &'a Service,
    model: Model,
}

impl Bench<'_> {
    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Make(path) => {
                let url = format!("directory/local/-/{path}?conflict_resolution_strategy=ask");
                let answer = self.service.put(&url, json!({})).await;
                if check(&answer, &self.model.against_album(path)) {
                    self.model.tree.insert(path.to_owned(), None);
                }
            }
            Step::Upload(path, how) => self.upload(path, how).await,
            Step::Relocate(way, is_batch, from, to, how) => {
                self.relocate(way, is_batch, from, to, how).await;
            }
            Step::MoveAlbum(from, to) => self.move_album(from, to).await,
            Step::Delete(path) => self.delete("file", path).await,
            Step::DeleteAlbum(path) => self.delete("directory", path).await,
            Step::RestoreLast => self.restore().await,
        }
    }

    async fn upload(&mut self, path: &str, how: &str) {
        let url = format!("file/local/-/{path}?conflict_resolution_strategy={how}");
        let answer = self.service.put(&url, json!({})).await;
        if !check(&answer, &self.model.against(path, how)) {
            return;
        }
        self.model.made += 1;
        let content = format!("content {}", self.model.made);
        let begun = answer.json();
        let sent = send(self.service, &begun, "", content.clone().into_bytes()).await;
        assert_eq!(sent.status, 200);
        let told = confirm(self.service, &begun, "", json!({})).await.json();
        self.place(content, path, how, &told).await;
    }

    /// A file comes to its place, or over what is there.
    async fn place(&mut self, content: String, path: &str, how: &str, told: &Value) {
        let is_taken = self.model.tree.contains_key(path);
        let at = match how {
            "rename" => joined(&told["path"]),
            _ => path.to_owned(),
        };
        if how == "rename" {
            assert_eq!(at != path, is_taken);
            assert_eq!(type_of(&at), type_of(path));
            assert!(!self.model.tree.contains_key(&at));
        } else if is_taken {
            let old = self.model.take(path);
            let known = self
                .model
                .bin
                .iter()
                .map(|(id, ..)| *id)
                .collect::<BTreeSet<_>>();
            let listed = self.recycled().await;
            let id = listed.into_iter().find(|id| !known.contains(id)).unwrap();
            self.model.bin.push((id, path.to_owned(), old));
        }
        self.model.tree.insert(at, Some(content));
    }

    async fn relocate(&mut self, way: Way, is_batch: bool, from: &str, to: &str, how: &str) {
        if from == to {
            return;
        }
        let mut wrongs = self.model.against(to, how);
        if type_of(from) != type_of(to) {
            wrongs.insert("FileTypeNotMatched");
        }
        if !self.model.is_file(from) {
            wrongs.extend([
                "SourceFileNotFound",
                "SourceDirectoryNotFound",
                "SourcePathNotFound",
            ]);
            wrongs.extend(["FileNotFound", "PathNotFound", "SourceNotFound"]);
        }
        let (word, source) = match way {
            Way::Move => ("move", "from"),
            Way::Copy => ("copy", "copyFrom"),
        };
        let told = if is_batch {
            let item = json!({ source: from, "to": to, "conflictResolutionStrategy": how });
            let url = format!("batch/local/-?{word}");
            let mut answer = self.service.post(&url, json!([item])).await.json();
            let result = answer["result"][0].take();
            let code = result["code"].as_str().unwrap_or_default();
            if !is_done(result["status"].as_u64().unwrap(), code, &wrongs) {
                return;
            }
            result
        } else {
            let url = format!("file/local/-/{to}?conflict_resolution_strategy={how}");
            let answer = self.service.put(&url, json!({ source: from })).await;
            if !check(&answer, &wrongs) {
                return;
            }
            serde_json::from_str(&answer.text).unwrap_or_default()
        };
        let content = self.model.tree[from].clone().unwrap();
        if way == Way::Move {
            self.model.tree.remove(from);
        }
        self.place(content, to, how, &told).await;
    }

    async fn move_album(&mut self, from: &str, to: &str) {
        if from == to || super::is_at_or_below(to, from) || !self.model.is_album(from) {
            return;
        }
        let url = format!("directory/local/-/{to}?conflict_resolution_strategy=ask");
        let answer = self.service.put(&url, json!({ "from": from })).await;
        if check(&answer, &self.model.against_album(to)) {
            let album = self.model.take(from);
            self.model.put(to, album);
        }
    }

    async fn delete(&mut self, family: &str, path: &str) {
        let answer = self
            .service
            .delete(&format!("{family}/local/-/{path}"))
            .await;
        if !self.model.tree.contains_key(path) {
            assert_eq!(answer.status, 404, "{answer:?}");
            return;
        }
        let id = answer.json()["recycledItemId"].as_u64().unwrap();
        let tree = self.model.take(path);
        self.model.bin.push((id, path.to_owned(), tree));
    }

    /// What was deleted last comes back, if its album is there.
    async fn restore(&mut self) {
        let Some((id, path, tree)) = self.model.bin.last().cloned() else {
            return;
        };
        let how = "conflict_resolution_strategy=ask";
        let url = format!("recycled/local/-/{id}?restore&{how}");
        let answer = self.service.post(&url, json!({})).await;
        let expected = match () {
            () if !self.model.is_album(parent(&path)) => 404,
            () if self.model.tree.contains_key(&path) => 409,
            () => 200,
        };
        if super::done(&answer, expected).is_some() {
            self.model.bin.pop();
            self.model.put(&path, tree);
        }
    }

    async fn recycled(&self) -> Vec<u64> {
        let url = "recycled/local/-?by-page=1&page=1&page_size=1000";
        let page = self.service.get(url).await.json();
        let items = page["contents"].as_array().unwrap().iter();
        items
            .map(|item| item["recycledItemId"].as_u64().unwrap())
            .collect()
    }

    async fn compare(&self) {
        let model = &self.model;
        let mut found = Tree::new();
        for (path, node) in super::tree_of(self.service.root()) {
            let content = match node {
                super::Node::Directory(_) => None,
                super::Node::File(content, _) => Some(content),
            };
            found.insert(path, content);
        }
        assert_eq!(found, model.tree);
        let mut bin: Vec<u64> = model.bin.iter().map(|(id, ..)| *id).collect();
        bin.sort_unstable();
        let mut listed = self.recycled().await;
        listed.sort_unstable();
        assert_eq!(listed, bin);
        for album in ["", "s", "w"] {
            if !model.is_album(album) {
                continue;
            }
            let url = format!("directory/local/-/{album}?limit=1000");
            let page = self.service.get(&url).await.json();
            for entry in page["contents"].as_array().unwrap() {
                let name = entry["name"].as_str().unwrap();
                let kind = type_of(name).unwrap_or("dir");
                assert_eq!(entry["type"], kind, "{name}");
            }
            let files = model.tree.iter().filter(|(_, node)| node.is_some());
            let mut files = files.filter(|(path, _)| parent(path) == album);
            let has_picture = files.any(|(path, _)| type_of(path) == Some("image"));
            let url = format!("album/local/-/cover/{album}");
            let answer = self.service.get(&url).await;
            let expected = match (album, model.media) {
                ("", Albums::One) => 400,
                _ if has_picture => 302,
                _ => 404,
            };
            assert_eq!(answer.status, expected, "cover of {album}: {answer:?}");
        }
    }
}

#[test]
fn photos_and_videos_are_only_where_they_may_be() {
    let steps = (any::<bool>(), steps());
    run(20, steps, async |(has_albums, steps): (bool, Vec<Step>)| {
        let media = if has_albums {
            Albums::One
        } else {
            Albums::None
        };
        let service = Service::start_with(|config| {
            config.clock = clock;
            config.media = Some(media);
        })
        .await;
        let mut bench = Bench {
            service: &service,
            model: Model {
                media,
                tree: Tree::new(),
                bin: Vec::new(),
                made: 0,
            },
        };
        for step in &steps {
            bench.step(step).await;
            bench.compare().await;
        }
        service.stop().await;
    });
}
