//! The changes that a worker asks for, one after the other, in a directory of its own. Each is one
//! function that says beforehand which contents it may bring where.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::check::{PART, bytes};
use super::model::{Change, Content, LABELLED, LARGE, LINK, Link, Model, Place, is_at_or_below};
use super::victim::{Plan, Victim};
use crate::seeded::Random;

/// No content and no name is given twice.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// One who changes things until the service is dead.
pub struct Worker<'a> {
    pub random: Random,
    pub root: &'a Path,
    pub directory: String,
    pub is_alone: bool,
    pub victim: &'a Victim,
    pub plan: &'a Plan,
    pub model: Model,
}

/// An answer, or nothing if the service died.
type Answer = io::Result<(u16, Value)>;
/// What a change may do, and what was answered.
type Asked = (Vec<Change>, io::Result<Vec<Change>>);

impl Worker<'_> {
    /// Changes things; gives those changes back that were not answered.
    pub fn work(&mut self) -> Vec<Change> {
        let changes: [fn(&mut Self) -> Asked; 24] = [
            Self::upload,
            Self::upload,
            Self::upload,
            Self::overwrite,
            Self::begin_only,
            Self::go_on_with_upload,
            Self::copy_file,
            Self::copy_file,
            Self::copy_directory,
            Self::copy_many,
            Self::move_many,
            Self::move_over,
            Self::link,
            Self::say,
            Self::make_directory,
            Self::move_file,
            Self::move_directory,
            Self::delete_file,
            Self::delete_directory,
            Self::delete_many,
            Self::restore,
            Self::restore_many,
            Self::purge,
            Self::empty,
        ];
        while !self.victim.is_dead() {
            let (may, done) = changes[self.random.below(changes.len())](self);
            match done {
                Ok(done) => self.model.apply(&done),
                Err(_) => return may,
            }
        }
        Vec::new()
    }

    fn upload(&mut self) -> Asked {
        let path = self.new_path();
        let content = self.new_content();
        self.put(path, content, Vec::new(), "rename")
    }

    /// A new content where another one is, which goes to the bin.
    fn overwrite(&mut self) -> Asked {
        let Some((old, path)) = self.file() else {
            return self.upload();
        };
        let content = self.new_content();
        let mut recycled = to_bin(old, &path);
        recycled.only_with = Some((content, Place::Tree(path.clone())));
        self.put(path, content, vec![recycled], "overwrite")
    }

    /// An upload whose bytes come, all or some, and which somebody else may go on with.
    fn begin_only(&mut self) -> Asked {
        let path = self.new_path();
        let content = self.new_content();
        let start = match self.begin(&path, content, "ask") {
            Ok(Some(start)) => start,
            Ok(None) => return nothing(),
            Err(error) => return (Vec::new(), Err(error)),
        };
        self.send_part(&start, &path, content, 0)
    }

    fn go_on_with_upload(&mut self) -> Asked {
        let open: Vec<(Content, Place)> = self
            .model
            .all()
            .filter(|(_, place)| matches!(place, Place::Upload { .. }))
            .map(|(content, place)| (content, place.clone()))
            .collect();
        let Some((content, place)) = self.random.pick(&open).cloned() else {
            return self.begin_only();
        };
        let Place::Upload { path, key, parts } = &place else {
            return nothing();
        };
        if self.random.below(4) == 0 {
            let answer = self.ask("DELETE", &format!("file/local/-/{key}?upload"), "");
            return decide(vec![gone(content, place)], answer);
        }
        if *parts == parts_of(content) {
            // It may have been begun to overwrite, which by now is another file.
            return self.confirm(content, place.clone(), Vec::new(), "ask");
        }
        match self.ask("POST", &format!("file/local/-/{key}?renew"), "{}") {
            Ok((200, start)) => self.send_part(&start, path, content, *parts),
            other => (Vec::new(), other.map(|_| Vec::new())),
        }
    }

    fn put(
        &mut self,
        path: String,
        content: Content,
        replaced: Vec<Change>,
        strategy: &str,
    ) -> Asked {
        let start = match self.begin(&path, content, strategy) {
            Ok(Some(start)) => start,
            Ok(None) => return nothing(),
            Err(error) => return (Vec::new(), Err(error)),
        };
        for part in 0..parts_of(content) {
            match self.send_part(&start, &path, content, part) {
                (_, Ok(done)) => self.model.apply(&done),
                failed => return failed,
            }
        }
        let key = start["confirmKey"].as_str().unwrap().to_owned();
        let parts = parts_of(content);
        let place = Place::Upload { path, key, parts };
        self.confirm(content, place, replaced, strategy)
    }

    /// Where to send the bytes, if the upload may begin.
    fn begin(&mut self, path: &str, content: Content, strategy: &str) -> io::Result<Option<Value>> {
        let mut body = json!({});
        if content & LABELLED != 0 {
            body["labels"] = json!([format!("content {content}")]);
            self.model.said.insert(content, BTreeSet::from([0]));
        }
        let query = format!("file/local/-/{path}?conflict_resolution_strategy={strategy}");
        let (status, start) = if parts_of(content) == 1 && self.random.below(2) == 0 {
            self.ask("PUT", &query, &body.to_string())?
        } else {
            self.ask("POST", &format!("{query}&multipart"), &body.to_string())?
        };
        Ok((status < 400).then_some(start))
    }

    /// Sends one part; before it `part` others have arrived.
    fn send_part(&self, start: &Value, path: &str, content: Content, part: usize) -> Asked {
        let bytes = bytes(content);
        let piece = match parts_of(content) {
            1 => &bytes[..],
            _ if part == 0 => &bytes[..PART],
            _ => &bytes[PART..],
        };
        let query = match start["uploadId"].as_str() {
            Some(id) => format!("?partNumber={}&uploadId={id}", part + 1),
            None => String::new(),
        };
        let place = |parts| Place::Upload {
            path: path.to_owned(),
            key: start["confirmKey"].as_str().unwrap().to_owned(),
            parts,
        };
        let from = (part > 0).then(|| place(part));
        let arrived = Change::new(content, from, Some(place(part + 1)));
        let step = || self.victim.step(self.plan, self.root);
        let sent = self.victim.send(start, &query, piece, step);
        if let Ok(status) = sent {
            assert_eq!(status, 200);
        }
        (vec![arrived.clone()], sent.map(|_| vec![arrived]))
    }

    /// The bytes are all there; the file is to appear.
    fn confirm(
        &self,
        content: Content,
        place: Place,
        mut changes: Vec<Change>,
        strategy: &str,
    ) -> Asked {
        let Place::Upload { path, key, .. } = &place else {
            return nothing();
        };
        let to = Place::Tree(path.clone());
        let query = format!("confirm&conflict_resolution_strategy={strategy}");
        let answer = self.ask("POST", &format!("file/local/-/{key}?{query}"), "{}");
        changes.push(Change::new(content, Some(place), Some(to)));
        decide(changes, answer)
    }

    /// A copy of a file, at a new path or over another file.
    fn copy_file(&mut self) -> Asked {
        let (Some((content, from)), other) = (self.file(), self.file()) else {
            return self.upload();
        };
        self.model.said.remove(&content);
        let replaced = other.filter(|(_, path)| *path != from && self.random.below(3) == 0);
        let (to, strategy) = match &replaced {
            Some((_, path)) => (path.clone(), "overwrite"),
            None => (self.new_path(), "ask"),
        };
        let copied = Place::Tree(to.clone());
        let mut changes = Vec::new();
        if let Some((old, path)) = &replaced {
            // Of a content that is there twice nobody can tell which one replaced which.
            let with = (old != &content).then(|| (content, copied.clone()));
            changes.push(Change {
                only_with: with,
                ..to_bin(*old, path)
            });
        }
        changes.push(Change::new(content, None, Some(copied)));
        let path = format!("file/local/-/{to}?conflict_resolution_strategy={strategy}");
        let answer = self.ask("PUT", &path, &json!({ "copyFrom": from }).to_string());
        decide(changes, answer)
    }

    fn copy_directory(&mut self) -> Asked {
        let Some(from) = self.some_directory() else {
            return self.make_directory();
        };
        let to = self.new_path();
        if is_at_or_below(&to, &from) {
            return self.upload();
        }
        let below = self.model.below(&from);
        let changes: Vec<Change> = below
            .iter()
            .map(|(content, path)| copied(*content, &format!("{to}{}", &path[from.len()..])))
            .collect();
        for (content, _) in &below {
            self.model.said.remove(content);
        }
        let body = json!({ "copyFrom": from }).to_string();
        let answer = self.ask("PUT", &format!("directory/local/-/{to}"), &body);
        let answer = answer.and_then(|(status, answer)| self.finished(status, answer));
        decide(changes, answer)
    }

    fn copy_many(&mut self) -> Asked {
        let some = self.some_files();
        let mut changes = Vec::new();
        let mut items = Vec::new();
        for (content, from) in some {
            self.model.said.remove(&content);
            let to = self.new_path();
            changes.push(copied(content, &to));
            items.push(json!({ "copyFrom": from, "to": to, "conflictResolutionStrategy": "ask" }));
        }
        if items.is_empty() {
            return self.upload();
        }
        let answer = self.batch("batch/local/-?copy", &Value::Array(items).to_string());
        decide_each(changes, answer)
    }

    fn move_many(&mut self) -> Asked {
        let some = self.some_files();
        let mut changes = Vec::new();
        let mut items = Vec::new();
        for (content, from) in some {
            let to = self.new_path();
            changes.push(moved(content, &from, &to));
            items.push(json!({ "from": from, "to": to, "conflictResolutionStrategy": "rename" }));
        }
        if items.is_empty() {
            return self.upload();
        }
        let answer = self.batch("batch/local/-?move", &Value::Array(items).to_string());
        decide_each(changes, answer)
    }

    /// A file takes the place of another one, which goes to the bin.
    fn move_over(&mut self) -> Asked {
        let (Some((content, from)), Some((old, to))) = (self.file(), self.file()) else {
            return self.upload();
        };
        if from == to {
            return self.upload();
        }
        let with = (old != content).then(|| (content, Place::Tree(to.clone())));
        let recycled = Change {
            only_with: with,
            ..to_bin(old, &to)
        };
        let changes = vec![recycled, moved(content, &from, &to)];
        let path = format!("file/local/-/{to}?conflict_resolution_strategy=overwrite");
        let answer = self.ask("PUT", &path, &json!({ "from": from }).to_string());
        decide(changes, answer)
    }

    fn link(&mut self) -> Asked {
        let Some((target, path)) = self.file() else {
            return self.upload();
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let new = self.new_path();
        let (parent, _) = new.rsplit_once('/').unwrap();
        let to = format!("{parent}/l{number}");
        let link = Link {
            target,
            is_free: false,
        };
        self.model.links.insert(number | LINK, link);
        let body = json!({ "linkTo": path }).to_string();
        let answer = self.ask("PUT", &format!("file/local/-/{to}"), &body);
        decide(vec![copied(number | LINK, &to)], answer)
    }

    /// Says something else about a file that has no copies.
    fn say(&mut self) -> Asked {
        let Some((content, path)) = self.file() else {
            return self.upload();
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let Some(said) = self.model.said.get_mut(&content) else {
            return self.upload();
        };
        said.insert(number);
        let body = json!({ "category": number.to_string() }).to_string();
        let answer = self.ask("POST", &format!("directory/local/-/{path}?update"), &body);
        if let Ok((status, _)) = &answer {
            // The file may be gone with what another change did.
            let is_said = *status == 204;
            let said = self.model.said.entry(content).or_default();
            if is_said {
                *said = BTreeSet::from([number]);
            } else {
                said.remove(&number);
            }
        }
        decide(Vec::new(), answer)
    }

    fn make_directory(&mut self) -> Asked {
        let path = self.new_path();
        let answer = self.ask("PUT", &format!("directory/local/-/{path}"), "");
        decide(Vec::new(), answer)
    }

    fn move_file(&mut self) -> Asked {
        let Some((content, from)) = self.file() else {
            return self.upload();
        };
        let to = self.new_path();
        let body = json!({ "from": from }).to_string();
        let answer = self.ask("PUT", &format!("file/local/-/{to}"), &body);
        decide(vec![moved(content, &from, &to)], answer)
    }

    fn move_directory(&mut self) -> Asked {
        let Some(from) = self.some_directory() else {
            return self.make_directory();
        };
        let to = self.new_path();
        let below = self.model.below(&from);
        let changes = below
            .iter()
            .map(|(content, path)| moved(*content, path, &format!("{to}{}", &path[from.len()..])));
        let changes = changes.collect();
        let body = json!({ "from": from }).to_string();
        let answer = self.ask("PUT", &format!("directory/local/-/{to}"), &body);
        decide(changes, answer)
    }

    fn delete_file(&mut self) -> Asked {
        let Some((content, path)) = self.file() else {
            return self.upload();
        };
        let (query, change) = match self.random.below(4) {
            0 => ("permanent=1", gone(content, Place::Tree(path.clone()))),
            _ => ("permanent=0", to_bin(content, &path)),
        };
        let answer = self.ask("DELETE", &format!("file/local/-/{path}?{query}"), "");
        decide(vec![change], answer)
    }

    fn delete_directory(&mut self) -> Asked {
        let Some(path) = self.some_directory() else {
            return self.make_directory();
        };
        let below = self.model.below(&path).into_iter();
        let is_for_good = self.random.below(4) == 0;
        let query = format!("permanent={}", u8::from(is_for_good));
        let changes = below.map(|(content, path)| {
            if is_for_good {
                gone(content, Place::Tree(path))
            } else {
                to_bin(content, &path)
            }
        });
        let changes = changes.collect();
        let answer = self.ask("DELETE", &format!("directory/local/-/{path}?{query}"), "");
        decide(changes, answer)
    }

    /// Up to sixty files of a directory that another program filled; above twenty it is a task.
    fn delete_many(&mut self) -> Asked {
        let directory = self.new_path();
        std::fs::create_dir_all(self.root.join(&directory)).unwrap();
        let mut items = Vec::new();
        let mut changes = Vec::new();
        for _ in 0..=self.random.below(60) {
            let content = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = format!("{directory}/f{content}");
            std::fs::write(self.root.join(&path), bytes(content)).unwrap();
            let here = Place::Tree(path.clone());
            self.model.apply(&[copied(content, &path)]);
            let is_permanent = self.random.below(4) == 0;
            changes.push(if is_permanent {
                gone(content, here)
            } else {
                to_bin(content, &path)
            });
            items.push(json!({ "path": path, "permanent": is_permanent }));
        }
        let body = Value::Array(items).to_string();
        let answer = self.batch("batch/local/-?delete", &body);
        decide_each(changes, answer)
    }

    fn restore(&mut self) -> Asked {
        let Some((id, path)) = self.recycled() else {
            return self.upload();
        };
        let may = self.maybe_restored(&path);
        match self.ask("POST", &format!("recycled/local/-/{id}?restore"), "") {
            Ok((200, answer)) => (
                Vec::new(),
                Ok(self.restored(&path, &joined(&answer["path"]))),
            ),
            other => (may, other.map(|_| Vec::new())),
        }
    }

    fn restore_many(&mut self) -> Asked {
        let some = self.some_recycled();
        if some.is_empty() {
            return self.upload();
        }
        let mut may = Vec::new();
        for (_, path) in &some {
            may.extend(self.maybe_restored(path));
        }
        let ids: Vec<u64> = some.iter().map(|(id, _)| *id).collect();
        let answer = self.batch("recycled/local/-?restore", &json!(ids).to_string());
        let done = answer.map(|(_, results)| {
            let mut done = Vec::new();
            for ((id, path), result) in some.iter().zip(results.as_array().unwrap()) {
                assert_eq!(result["recycledItemId"], *id, "{result}");
                if result["status"] == 200 {
                    done.extend(self.restored(path, &joined(&result["path"])));
                }
            }
            done
        });
        (may, done)
    }

    fn purge(&mut self) -> Asked {
        let some = self.some_recycled();
        if some.is_empty() {
            return self.upload();
        }
        let mut changes = Vec::new();
        for (_, path) in &some {
            changes.extend(
                self.in_bin(path)
                    .map(|(content, place)| gone(content, place)),
            );
        }
        let answer = match some.as_slice() {
            [(id, _)] => self.ask("DELETE", &format!("recycled/local/-/{id}"), ""),
            some => {
                let ids: Vec<u64> = some.iter().map(|(id, _)| *id).collect();
                self.ask("POST", "recycled/local/-?delete", &json!(ids).to_string())
            }
        };
        decide(changes, answer)
    }

    /// Empties the bin, which is everybody's.
    fn empty(&mut self) -> Asked {
        if !self.is_alone || self.random.below(3) > 0 {
            return self.upload();
        }
        let changes = self.in_bin("").map(|(content, place)| gone(content, place));
        let changes = changes.collect();
        let answer = self.ask("DELETE", "recycled/local/-", "");
        decide(changes, answer)
    }

    /// A request, with a chance that the service dies while it is at it.
    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let step = || self.victim.step(self.plan, self.root);
        let (status, answer) = self.victim.ask(method, path, body, step)?;
        assert!(status < 500, "{method} {path}: {status} {answer}");
        Ok((status, answer))
    }

    /// A request that may become a task, which is waited for: the results of its items.
    fn batch(&self, path: &str, body: &str) -> Answer {
        let (status, answer) = self.ask("POST", path, body)?;
        let (status, mut answer) = self.finished(status, answer)?;
        assert!(answer["result"].is_array(), "{path}: {answer}");
        Ok((status, answer["result"].take()))
    }

    /// Waits for a task, if the answer speaks of one.
    fn finished(&self, mut status: u16, mut answer: Value) -> Answer {
        if status == 202 {
            let task = format!("task/local/-/{}", answer["taskId"]);
            while status == 202 {
                let (_, tasks) = self.ask("GET", &task, "")?;
                status = u16::try_from(tasks[0]["status"].as_u64().unwrap()).unwrap();
                answer = tasks[0].clone();
            }
        }
        Ok((status, answer))
    }

    fn new_content(&mut self) -> Content {
        let mut content = NEXT.fetch_add(1, Ordering::Relaxed);
        if self.random.below(8) == 0 {
            content |= LARGE;
        }
        if self.random.below(2) == 0 {
            content |= LABELLED;
        }
        content
    }

    fn new_path(&mut self) -> String {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let parent = match self.random.below(2) {
            0 => self.some_directory(),
            _ => None,
        };
        let parent = parent.unwrap_or_else(|| self.directory.clone());
        if !self.root.join(&parent).is_dir() && parent == self.directory {
            std::fs::create_dir_all(self.root.join(&parent)).unwrap();
        }
        format!("{parent}/n{number}")
    }

    fn file(&mut self) -> Option<(Content, String)> {
        let files = self.files();
        self.random.pick(&files).cloned()
    }

    /// All files, but not the links: those come and go with their targets.
    fn files(&self) -> Vec<(Content, String)> {
        let below = self.model.below(&self.directory).into_iter();
        below.filter(|(content, _)| content & LINK == 0).collect()
    }

    /// Up to thirty; above twenty it is a task.
    fn some_files(&mut self) -> Vec<(Content, String)> {
        let mut files = self.files();
        let most = 1 + self.random.below(30);
        while files.len() > most {
            files.swap_remove(self.random.below(files.len()));
        }
        files
    }

    /// One that holds a file.
    fn some_directory(&mut self) -> Option<String> {
        let (_, path) = self.file()?;
        let (parent, _) = path.rsplit_once('/')?;
        (parent != self.directory).then(|| parent.to_owned())
    }

    /// The items of the bin that came from here, as the service tells them.
    fn all_recycled(&self) -> Vec<(u64, String)> {
        let path = "recycled/local/-?by-page=1&page=1&page_size=1000";
        let Ok((_, page)) = self.victim.ask("GET", path, "", || ()) else {
            return Vec::new();
        };
        let items = page["contents"].as_array().unwrap().iter();
        let items = items.map(|item| {
            let id = item["recycledItemId"].as_u64().unwrap();
            (id, joined(&item["originalPath"]))
        });
        let ours = items.filter(|(_, path)| is_at_or_below(path, &self.directory));
        ours.collect()
    }

    fn recycled(&mut self) -> Option<(u64, String)> {
        let items = self.unmistakable();
        self.random.pick(&items).cloned()
    }

    fn some_recycled(&mut self) -> Vec<(u64, String)> {
        let mut items = self.unmistakable();
        // Above twenty it is a task.
        while items.len() > 30 || (!items.is_empty() && self.random.below(4) == 0) {
            items.swap_remove(self.random.below(items.len()));
        }
        items
    }

    /// Those whose former path no other item has at or above it, so that it tells the contents.
    fn unmistakable(&self) -> Vec<(u64, String)> {
        let items = self.all_recycled();
        let is_single = |(id, path): &&(u64, String)| {
            !items.iter().any(|(other, there)| {
                other != id && (is_at_or_below(there, path) || is_at_or_below(path, there))
            })
        };
        items.iter().filter(is_single).cloned().collect()
    }

    fn in_bin<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (Content, Place)> + 'a {
        self.model
            .all()
            .filter_map(move |(content, place)| match place {
                Place::Bin(at) if path.is_empty() || is_at_or_below(at, path) => {
                    Some((content, place.clone()))
                }
                Place::Bin(_) | Place::Tree(_) | Place::Upload { .. } => None,
            })
    }

    /// The same, to wherever there may be room for it. No name here has an extension.
    fn maybe_restored(&self, path: &str) -> Vec<Change> {
        let numbered = (1..5).map(|number| format!("{path} ({number})"));
        let all = std::iter::once(path.to_owned()).chain(numbered);
        all.flat_map(|to| self.restored(path, &to)).collect()
    }

    /// What is in the bin under a former path comes to another one.
    fn restored(&self, from: &str, to: &str) -> Vec<Change> {
        self.in_bin(from)
            .map(|(content, place)| {
                let to = Place::Tree(format!("{to}{}", &place.path()[from.len()..]));
                Change::new(content, Some(place), Some(to))
            })
            .collect()
    }
}

fn to_bin(content: Content, path: &str) -> Change {
    let (from, to) = (Place::Tree(path.to_owned()), Place::Bin(path.to_owned()));
    Change::new(content, Some(from), Some(to))
}

fn moved(content: Content, from: &str, to: &str) -> Change {
    let (from, to) = (Place::Tree(from.to_owned()), Place::Tree(to.to_owned()));
    Change::new(content, Some(from), Some(to))
}

fn copied(content: Content, to: &str) -> Change {
    Change::new(content, None, Some(Place::Tree(to.to_owned())))
}

fn gone(content: Content, from: Place) -> Change {
    Change::new(content, Some(from), None)
}

fn parts_of(content: Content) -> usize {
    if content & LARGE == 0 { 1 } else { 2 }
}

fn nothing() -> Asked {
    (Vec::new(), Ok(Vec::new()))
}

fn joined(path: &Value) -> String {
    let parts: Vec<&str> = path
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    parts.join("/")
}

/// All of the changes were done, or none.
fn decide(changes: Vec<Change>, answer: Answer) -> Asked {
    let done = answer.map(|(status, _)| {
        if status < 400 {
            changes.clone()
        } else {
            Vec::new()
        }
    });
    (changes, done)
}

/// Those changes were done whose results say so.
fn decide_each(changes: Vec<Change>, answer: Answer) -> Asked {
    let done = answer.map(|(_, results)| {
        let results = results.as_array().unwrap().clone();
        assert_eq!(results.len(), changes.len());
        let worked = changes.iter().zip(results);
        worked
            .filter(|(_, result)| result["status"].as_u64().unwrap() < 400)
            .map(|(change, _)| change.clone())
            .collect()
    });
    (changes, done)
}
