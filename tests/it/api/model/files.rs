//! Random sequences of changes to files that have links, old versions and uploads of several parts:
//! what each link shows and which old contents there are, is what it should be.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::{Bench as Plain, clock, done, escaped, parent, run, shown};
use crate::api::upload::{send, send_form};
use crate::service::Service;

const PATHS: &[&str] = &["a", "b", "d/a", "d/b", "e/a"];
const FOLDERS: &[&str] = &["d", "e"];
const STRATEGIES: &[&str] = &["ask", "rename", "overwrite"];

/// So many links may lie between a name and its content.
const DEEPEST: usize = 5;

/// The least of a part that is not the last one.
const MIB: usize = 1 << 20;

/// One change.
#[derive(Clone, Debug)]
enum Step {
    Folder(&'static str),
    Begin(&'static str, &'static str, Way),
    /// An upload of a content that had come before, by its hashes.
    Known(&'static str, &'static str, Index),
    Confirm(Index),
    Cancel(Index),
    Link(&'static str, &'static str, &'static str),
    Move(&'static str, &'static str, &'static str),
    Copy(&'static str, &'static str, &'static str),
    Delete(&'static str, bool),
    DeleteFolder(&'static str, bool),
    Restore(Index, &'static str),
    Purge(Index),
    MakeLatest(&'static str, Index),
    DeleteVersion(&'static str, Index),
}

/// How bytes come.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    Form,
    /// In so many parts.
    Parts(u8),
}

/// Tells files and links apart wherever they are.
type Id = u32;

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    File(Id),
    /// A link, and the file or link that it shows.
    Link(Id, Id),
}

type Tree = BTreeMap<String, Node>;

impl Node {
    fn id(&self) -> Option<Id> {
        match self {
            Self::Folder => None,
            Self::File(id) | Self::Link(id, _) => Some(*id),
        }
    }
}

/// An item of the bin.
#[derive(Clone, Debug)]
struct Item {
    number: u64,
    path: String,
    /// At and below it; the paths begin behind its own.
    tree: Tree,
    /// The places of the links that went with it, and which they are.
    links: Vec<(String, Id)>,
}

/// An upload whose bytes have come.
struct Pending {
    key: String,
    path: &'static str,
    how: &'static str,
    content: String,
}

/// The space as it should be.
#[derive(Default)]
struct Model {
    tree: Tree,
    bin: Vec<Item>,
    /// What each file holds and held, wherever it is.
    contents: BTreeMap<Id, (String, Vec<String>)>,
    pending: Vec<Pending>,
    /// Contents that have hashes, and which files had them when they came, and where.
    hashed: Vec<(String, Id, String)>,
    has_history: bool,
    made: Id,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = || select(PATHS);
    let how = || select(STRATEGIES);
    let gentle = select(&["ask", "rename"]);
    let index = any::<Index>;
    let way = prop_oneof![
        10 => Just(Way::Plain),
        3 => Just(Way::Form),
        3 => Just(Way::Parts(1)),
        2 => Just(Way::Parts(2)),
    ];
    let step = prop_oneof![
        4 => select(FOLDERS).prop_map(Step::Folder),
        8 => (path(), how(), way).prop_map(|(path, how, way)| Step::Begin(path, how, way)),
        2 => (path(), how(), index()).prop_map(|(path, how, index)| Step::Known(path, how, index)),
        7 => index().prop_map(Step::Confirm),
        1 => index().prop_map(Step::Cancel),
        5 => (path(), path(), gentle).prop_map(|(at, target, how)| Step::Link(at, target, how)),
        3 => (path(), path(), how()).prop_map(|(from, to, how)| Step::Move(from, to, how)),
        2 => (path(), path(), how()).prop_map(|(from, to, how)| Step::Copy(from, to, how)),
        3 => (path(), any::<bool>()).prop_map(|(path, forever)| Step::Delete(path, forever)),
        1 => (select(FOLDERS), any::<bool>())
            .prop_map(|(path, forever)| Step::DeleteFolder(path, forever)),
        4 => (index(), how()).prop_map(|(index, how)| Step::Restore(index, how)),
        1 => index().prop_map(Step::Purge),
        2 => (path(), index()).prop_map(|(path, index)| Step::MakeLatest(path, index)),
        1 => (path(), index()).prop_map(|(path, index)| Step::DeleteVersion(path, index)),
    ];
    prop::collection::vec(step, 1..40)
}

impl Model {
    fn has_parent(&self, path: &str) -> bool {
        matches!(parent(path), "") || self.tree.get(parent(path)) == Some(&Node::Folder)
    }

    fn file(&self, path: &str) -> Option<Id> {
        match self.tree.get(path) {
            Some(Node::File(id)) => Some(*id),
            _ => None,
        }
    }

    fn is_link(&self, path: &str) -> bool {
        matches!(self.tree.get(path), Some(Node::Link(..)))
    }

    /// The file that is shown in the end by something, and the links on the way to it.
    fn shown(&self, of: Id) -> Option<(Id, usize)> {
        let mut nodes = self.tree.values();
        match *nodes.find(|node| node.id() == Some(of))? {
            Node::Folder => None,
            Node::File(id) => Some((id, 0)),
            Node::Link(_, target) => {
                let (file, links) = self.shown(target)?;
                Some((file, links + 1))
            }
        }
    }

    fn new_id(&mut self) -> Id {
        self.made += 1;
        self.made
    }

    /// A new file with that content.
    fn new_file(&mut self, content: String) -> Id {
        let id = self.new_id();
        self.contents.insert(id, (content, Vec::new()));
        id
    }

    /// The first free name for what is to be at a path.
    fn free(&self, path: &str) -> String {
        let numbered = (1..).map(|number| format!("{path} ({number})"));
        let mut names = std::iter::once(path.to_owned()).chain(numbered);
        names.find(|name| !self.tree.contains_key(name)).unwrap()
    }

    fn take(&mut self, path: &str) -> Tree {
        let is_in = |key: &str| super::is_at_or_below(key, path);
        let all = self.tree.iter();
        let taken = all
            .filter(|(key, _)| is_in(key))
            .map(|(key, node)| (key[path.len()..].to_owned(), node.clone()))
            .collect();
        self.tree.retain(|key, _| !is_in(key));
        taken
    }

    /// The places of all links in the tree that show a file or a link, and which they are.
    fn links_to(&self, of: Id) -> Vec<(String, Id)> {
        let link = |(path, node): (&String, &Node)| match node {
            Node::Link(id, target) if *target == of => Some((path.clone(), *id)),
            _ => None,
        };
        self.tree.iter().filter_map(link).collect()
    }

    /// What showed the one shows the other, wherever the links are.
    fn succeed(&mut self, old: Id, new: Id) {
        let trees = self.bin.iter_mut().map(|item| &mut item.tree);
        for tree in trees.chain([&mut self.tree]) {
            for node in tree.values_mut() {
                match node {
                    Node::Link(_, target) if *target == old => *target = new,
                    _ => {}
                }
            }
        }
    }

    /// Files and links are gone for good, and so are the links to them.
    fn lose(&mut self, tree: &Tree) -> Vec<String> {
        let mut lost = Vec::new();
        for id in tree.values().filter_map(Node::id) {
            lost.extend(self.links_to(id).into_iter().map(|(path, _)| path));
            self.contents.remove(&id);
        }
        self.tree.retain(|path, _| !lost.contains(path));
        lost
    }

    /// What a file meets that comes to a path.
    fn conflict(&self, path: &str, how: &str) -> u16 {
        match how {
            _ if !self.has_parent(path) => 404,
            "ask" if self.tree.contains_key(path) => 409,
            _ => 200,
        }
    }
}

/// The hash of the first MiB and that of everything: the hash of a piece is that of the one before
/// it and of its bytes (part B 4.8).
fn hashes(content: &[u8]) -> (String, String) {
    let hex = |hash: &[u8]| -> String {
        let digits = hash.iter().map(|byte| format!("{byte:02x}"));
        digits.collect::<Vec<_>>().concat()
    };
    let mut beginning = None;
    let mut last = Vec::new();
    for piece in content.chunks(MIB) {
        last.extend_from_slice(piece);
        last = digest(&SHA256, &last).as_ref().to_vec();
        beginning.get_or_insert_with(|| hex(&last));
    }
    (beginning.unwrap(), hex(&last))
}

struct Bench<'a> {
    service: &'a Service,
    model: Model,
}

impl Bench<'_> {
    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Folder(path) => {
                let url = format!("directory/local/-/{path}");
                let answer = self.service.put(&url, json!({})).await;
                let is_there = self.model.tree.contains_key(path);
                assert_eq!(answer.status, if is_there { 409 } else { 201 });
                self.model.tree.insert(path.to_owned(), Node::Folder);
            }
            Step::Begin(path, how, way) => self.begin(path, how, way).await,
            Step::Known(path, how, index) => self.know(path, how, index).await,
            Step::Confirm(index) => self.confirm(index).await,
            Step::Cancel(index) => {
                if !self.model.pending.is_empty() {
                    let at = index.index(self.model.pending.len());
                    let upload = self.model.pending.remove(at);
                    let url = format!("file/local/-/{}?upload", upload.key);
                    assert_eq!(self.service.delete(&url).await.status, 204);
                }
            }
            Step::Link(at, target, how) => self.link(at, target, how).await,
            Step::Move(from, to, how) => self.relocate("from", from, to, how).await,
            Step::Copy(from, to, how) => self.relocate("copyFrom", from, to, how).await,
            Step::Delete(path, forever) => self.delete("file", path, forever).await,
            Step::DeleteFolder(path, forever) => self.delete("directory", path, forever).await,
            Step::Restore(index, how) => self.restore(index, how).await,
            Step::Purge(index) => {
                if !self.model.bin.is_empty() {
                    let at = index.index(self.model.bin.len());
                    let item = self.model.bin.remove(at);
                    let url = format!("recycled/local/-/{}", item.number);
                    assert_eq!(self.service.delete(&url).await.status, 204);
                    let lost = self.model.lose(&item.tree);
                    self.until_gone(&lost).await;
                }
            }
            Step::MakeLatest(path, index) => self.make_latest(path, index).await,
            Step::DeleteVersion(path, index) => {
                if let Some((file, version, content)) = self.old_version(path, index).await {
                    let body = json!([version.to_string()]);
                    let answer = self.service.post("directory-history/local/-/delete", body);
                    assert_eq!(answer.await.status, 204);
                    let old = &mut self.model.contents.get_mut(&file).unwrap().1;
                    let at = old.iter().position(|old| *old == content).unwrap();
                    old.remove(at);
                }
            }
        }
    }

    async fn begin(&mut self, path: &'static str, how: &'static str, way: Way) {
        let url = format!("file/local/-/{path}?conflict_resolution_strategy={how}");
        let answer = match way {
            Way::Plain => self.service.put(&url, json!({})).await,
            Way::Form => self.service.post(&url, json!({})).await,
            Way::Parts(_) => self.service.post(&(url + "&multipart"), json!({})).await,
        };
        let expected = self.model.conflict(path, how);
        let Some(begun) = done(&answer, expected) else {
            return;
        };
        let number = self.model.pending.len() + usize::try_from(self.model.made).unwrap();
        let bytes = |part: u8, length| char::from(b'a' + part).to_string().repeat(length) + path;
        let mut content = String::new();
        match way {
            Way::Plain => {
                content = bytes(1, number);
                let sent = send(self.service, &begun, "", content.clone().into_bytes()).await;
                assert_eq!(sent.status, 200);
            }
            Way::Form => {
                content = bytes(1, number);
                let sent = send_form(self.service, &begun, &begun["form"], Some(&content)).await;
                assert_eq!(sent.status, 204);
            }
            Way::Parts(parts) => {
                for part in 1..=parts {
                    let bytes = bytes(part, if part < parts { MIB } else { number });
                    let upload = begun["uploadId"].as_str().unwrap();
                    let query = format!("?uploadId={upload}&partNumber={part}");
                    content += &bytes;
                    let sent = send(self.service, &begun, &query, bytes.into_bytes()).await;
                    assert_eq!(sent.status, 200);
                }
            }
        }
        let key = begun["confirmKey"].as_str().unwrap().to_owned();
        self.model.pending.push(Pending {
            key,
            path,
            how,
            content,
        });
    }

    /// A content that a file got by an upload, and that it still has where it came, is not sent.
    async fn know(&mut self, path: &str, how: &str, index: Index) {
        let model = &self.model;
        if model.hashed.is_empty() {
            return;
        }
        let content = index.get(&model.hashed).0.clone();
        let (beginning, whole) = hashes(content.as_bytes());
        let body = json!({ "beginningHash": beginning, "fullHash": whole, "size": content.len() });
        let url = format!("file/local/-/{path}?conflict_resolution_strategy={how}");
        let answer = self.service.put(&url, body).await;
        let Some(told) = done(&answer, model.conflict(path, how)) else {
            return;
        };
        let is_of = |id: &Id| model.contents.get(id).is_some_and(|held| held.0 == content);
        let is_where_it_came = model
            .hashed
            .iter()
            .any(|(_, id, came)| is_of(id) && model.tree.get(came) == Some(&Node::File(*id)));
        let mut files = model.tree.values().filter_map(|node| match node {
            Node::File(id) => Some(id),
            _ => None,
        });
        // One that was copied or moved may be known or not.
        let is_anywhere = files.any(is_of);
        match answer.status {
            200 => {
                assert!(is_anywhere, "made of nothing");
                let new = self.model.new_file(content.clone());
                self.place(Node::File(new), path, how, &told).await;
                let at = super::joined(&told["path"]);
                self.model.hashed.push((content, new, at));
            }
            other => {
                assert_eq!((other, is_where_it_came), (201, false));
                let key = told["confirmKey"].as_str().unwrap();
                let url = format!("file/local/-/{key}?upload");
                assert_eq!(self.service.delete(&url).await.status, 204);
            }
        }
    }

    async fn confirm(&mut self, index: Index) {
        if self.model.pending.is_empty() {
            return;
        }
        let at = index.index(self.model.pending.len());
        let Pending { key, path, how, .. } = &self.model.pending[at];
        let (path, how) = (*path, *how);
        let url = format!("file/local/-/{key}?confirm");
        let answer = self.service.post(&url, json!({})).await;
        let Some(told) = done(&answer, self.model.conflict(path, how)) else {
            return;
        };
        assert_eq!(self.service.post(&url, json!({})).await.status, 409);
        let upload = self.model.pending.remove(at);
        let new = self.model.new_file(upload.content.clone());
        self.place(Node::File(new), path, how, &told).await;
        if upload.content.len() >= MIB {
            let at = super::joined(&told["path"]);
            self.model.hashed.push((upload.content, new, at));
        }
    }

    /// Something that was nowhere comes to its place, or over what is there.
    async fn place(&mut self, node: Node, path: &str, how: &str, told: &Value) {
        if how == "overwrite" {
            self.replace(path, &node).await;
        }
        let at = match how {
            "rename" => self.model.free(path),
            _ => path.to_owned(),
        };
        assert_eq!(super::joined(&told["path"]), at);
        self.model.tree.insert(at, node);
    }

    /// What becomes of what is in the way.
    async fn replace(&mut self, path: &str, new: &Node) {
        let Some(old) = self.model.tree.remove(path) else {
            return;
        };
        if let (Some(old), Some(new)) = (old.id(), new.id()) {
            self.model.succeed(old, new);
        }
        if let (Node::File(old), Node::File(new), true) = (&old, new, self.model.has_history) {
            let (content, versions) = self.model.contents.remove(old).unwrap();
            let held = &mut self.model.contents.get_mut(new).unwrap().1;
            held.extend(versions);
            held.push(content);
            return;
        }
        let known = |number: &u64| self.model.bin.iter().any(|item| item.number == *number);
        let listed = self.recycled().await;
        let mut unknown = listed.iter().filter(|(number, _)| !known(number));
        let (number, former) = unknown.next().expect("what was replaced is in the bin");
        assert_eq!(former, path);
        self.model.bin.push(Item {
            number: *number,
            path: path.to_owned(),
            tree: Tree::from([(String::new(), old)]),
            links: Vec::new(),
        });
    }

    async fn link(&mut self, at: &str, target: &str, how: &str) {
        let model = &self.model;
        let url = format!("file/local/-/{at}?conflict_resolution_strategy={how}");
        let answer = self.service.put(&url, json!({ "linkTo": target })).await;
        let target = model.tree.get(target).and_then(Node::id);
        let expected = match target.map(|target| model.shown(target)) {
            _ if !model.has_parent(at) => 404,
            None | Some(None) => 404,
            Some(Some((_, links))) if links >= DEEPEST => 400,
            Some(Some(_)) => model.conflict(at, how),
        };
        if let (Some(told), Some(target)) = (done(&answer, expected), target) {
            let link = Node::Link(self.model.new_id(), target);
            self.place(link, at, how, &told).await;
        }
    }

    async fn relocate(&mut self, word: &str, from: &str, to: &str, how: &str) {
        let model = &self.model;
        let is_taken = model.tree.contains_key(to) && from != to;
        // What is in the way of a link may be what it shows.
        if how == "overwrite" && is_taken && model.is_link(from) {
            return;
        }
        let is_move = word == "from";
        let is_refused = how == "overwrite" && model.has_history && model.file(to).is_some();
        let expected = match () {
            () if !model.tree.contains_key(from) => 404,
            () if from == to && is_move => 200,
            () if is_refused => 400,
            () => model.conflict(to, how),
        };
        if from == to && how == "overwrite" {
            return;
        }
        let url = format!("file/local/-/{to}?conflict_resolution_strategy={how}");
        let answer = self.service.put(&url, json!({ word: from })).await;
        let is_missing = !model.tree.contains_key(from);
        let is_unclear = is_refused || !model.has_parent(to) || (is_missing && is_taken);
        if expected >= 400 && is_unclear {
            // Several things are wrong, and any may be told.
            assert!((400..410).contains(&answer.status), "{answer:?}");
            return;
        }
        let Some(told) = done(&answer, expected) else {
            return;
        };
        if is_move {
            if from == to {
                return;
            }
            let node = self.model.tree.remove(from).unwrap();
            self.place(node, to, how, &told).await;
            return;
        }
        let node = match self.model.tree[from].clone() {
            Node::File(id) => {
                let content = self.model.contents[&id].0.clone();
                Node::File(self.model.new_file(content))
            }
            Node::Link(_, target) => Node::Link(self.model.new_id(), target),
            Node::Folder => Node::Folder,
        };
        self.place(node, to, how, &told).await;
    }

    async fn delete(&mut self, family: &str, path: &str, forever: bool) {
        let query = if forever { "?permanent=1" } else { "" };
        let url = format!("{family}/local/-/{path}{query}");
        let answer = self.service.delete(&url).await;
        let Some(node) = self.model.tree.get(path).cloned() else {
            assert_eq!(answer.status, 404);
            return;
        };
        assert_eq!(answer.status, if forever { 204 } else { 200 });
        let tree = self.model.take(path);
        if forever {
            let lost = self.model.lose(&tree);
            self.until_gone(&lost).await;
            return;
        }
        // Not those to what is in a directory.
        let links = node.id().map(|id| self.model.links_to(id));
        let links = links.unwrap_or_default();
        for (path, _) in &links {
            self.model.tree.remove(path);
        }
        self.model.bin.push(Item {
            number: answer.json()["recycledItemId"].as_u64().unwrap(),
            path: path.to_owned(),
            tree,
            links,
        });
    }

    async fn restore(&mut self, index: Index, how: &str) {
        if self.model.bin.is_empty() {
            return;
        }
        let index = index.index(self.model.bin.len());
        let Item {
            number,
            path,
            tree,
            links,
        } = self.model.bin[index].clone();
        let model = &self.model;
        let is_taken = model.tree.contains_key(&path);
        let node = tree[""].clone();
        if matches!(node, Node::Link(..)) && how == "overwrite" && is_taken {
            return;
        }
        let is_there = |id| model.tree.values().any(|node| node.id() == Some(id));
        let expected = match node {
            Node::Link(_, target) if !is_there(target) => 404,
            Node::Folder if how == "overwrite" && is_taken => 409,
            _ => model.conflict(&path, how),
        };
        let url = format!("recycled/local/-/{number}?restore&conflict_resolution_strategy={how}");
        let answer = self.service.post(&url, json!({})).await;
        if expected == 404 {
            assert!([404, 409].contains(&answer.status), "{answer:?}");
            return;
        }
        let Some(told) = done(&answer, expected) else {
            return;
        };
        self.model.bin.remove(index);
        self.place(node.clone(), &path, how, &told).await;
        let at = super::joined(&told["path"]);
        for (below, node) in tree {
            self.model.tree.insert(format!("{at}{below}"), node);
        }
        // The links come back to their places, or beside them.
        if let Some(target) = node.id() {
            for (place, link) in links {
                if self.model.has_parent(&place) {
                    let free = self.model.free(&place);
                    self.model.tree.insert(free, Node::Link(link, target));
                }
            }
        }
    }

    /// The file at a path, and one of its old versions with what that holds.
    async fn old_version(&self, path: &str, index: Index) -> Option<(Id, u64, String)> {
        let file = self.model.file(path)?;
        let url = format!("directory-history/local/-/history-list/{path}?limit=100");
        let page = self.service.get(&url).await.json();
        let versions = page["contents"].as_array().unwrap().iter();
        let old: Vec<u64> = versions.filter_map(|item| item["id"].as_u64()).collect();
        if old.is_empty() {
            return None;
        }
        let version = *index.get(&old);
        let content = shown(self.service, &format!("{path}?history_id={version}")).await;
        Some((file, version, content.unwrap()))
    }

    async fn make_latest(&mut self, path: &str, index: Index) {
        let Some((file, version, content)) = self.old_version(path, index).await else {
            return;
        };
        let url = format!("directory-history/local/-/latest-version/{version}");
        assert_eq!(self.service.post(&url, json!({})).await.status, 200);
        let (latest, mut versions) = self.model.contents.remove(&file).unwrap();
        let at = versions.iter().position(|old| *old == content).unwrap();
        versions[at] = latest;
        let new = self.model.new_file(content);
        self.model.contents.get_mut(&new).unwrap().1 = versions;
        self.model.succeed(file, new);
        self.model.tree.insert(path.to_owned(), Node::File(new));
    }

    async fn recycled(&self) -> Vec<(u64, String)> {
        let plain = Plain {
            service: self.service,
            model: super::Model::default(),
        };
        plain.recycled().await
    }

    /// Links go in the background.
    async fn until_gone(&self, lost: &[String]) {
        for path in lost {
            while self.service.has(path) {
                tokio::task::yield_now().await;
            }
        }
    }

    /// All is where it should be.
    async fn compare(&self) {
        let model = &self.model;
        let mut found = Vec::new();
        for folder in ["", "d", "e", "d (1)", "e (1)", "d (2)", "e (2)"] {
            let Ok(entries) = std::fs::read_dir(self.service.at(folder)) else {
                continue;
            };
            for entry in entries {
                let name = entry.unwrap().file_name().into_string().unwrap();
                found.push(
                    format!("{folder}/{name}")
                        .trim_start_matches('/')
                        .to_owned(),
                );
            }
        }
        found.retain(|path| path != ".mediasweep");
        found.sort();
        let expected: Vec<&String> = model.tree.keys().collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        for (path, node) in &model.tree {
            let there = self.service.at(path);
            match node {
                Node::Folder => assert!(there.is_dir()),
                Node::Link(..) => assert!(there.is_symlink()),
                Node::File(file) => {
                    assert!(!there.is_symlink());
                    let content = std::fs::read_to_string(there).unwrap();
                    assert_eq!(content, model.contents[file].0, "{path}");
                }
            }
        }
        let bin = model.bin.iter();
        let mut bin: Vec<_> = bin.map(|item| (item.number, item.path.clone())).collect();
        bin.sort();
        assert_eq!(self.recycled().await, bin);
    }

    /// What links show and what files held.
    async fn compare_contents(&self) {
        for (path, node) in &self.model.tree {
            match node {
                Node::Folder => {}
                Node::Link(_, target) => {
                    let file = self.model.shown(*target);
                    let content = file.map(|(file, _)| self.model.contents[&file].0.clone());
                    assert_eq!(shown(self.service, &escaped(path)).await, content, "{path}");
                }
                Node::File(file) => {
                    let url = format!(
                        "directory-history/local/-/history-list/{}?limit=100",
                        escaped(path)
                    );
                    let page = self.service.get(&url).await.json();
                    let versions = page["contents"].as_array().unwrap().iter();
                    let mut held = Vec::new();
                    for version in versions.filter_map(|item| item["id"].as_u64()) {
                        let url = format!("{}?history_id={version}", escaped(path));
                        held.push(shown(self.service, &url).await.unwrap());
                    }
                    held.sort();
                    let mut expected = self.model.contents[file].1.clone();
                    expected.sort();
                    assert_eq!(held, expected, "old versions of {path}");
                }
            }
        }
    }
}

#[test]
fn links_versions_and_uploads_do_what_is_thought() {
    let steps = (any::<bool>(), steps());
    run(
        40,
        steps,
        async |(has_history, steps): (bool, Vec<Step>)| {
            let service = Service::start_with(|config| config.clock = clock).await;
            if has_history {
                let rule = json!({ "enableFileHistory": true, "fileHistoryCount": 999, "mergeInterval": 0 });
                let url = "directory-history/local/library-history";
                assert_eq!(service.post(url, rule).await.status, 204);
            }
            let mut bench = Bench {
                service: &service,
                model: Model {
                    has_history,
                    ..Model::default()
                },
            };
            for step in &steps {
                bench.step(step).await;
                bench.compare().await;
            }
            bench.compare_contents().await;
            service.stop().await;
        },
    );
}
