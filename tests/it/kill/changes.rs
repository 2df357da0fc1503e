//! The changes that a worker asks for, one after the other, in a directory of its own. Each is one
//! function that says beforehand which contents it may bring where.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::check::{PART, bytes, content_of};
use super::model::{
    Change, Content, LABELLED, LARGE, LINK, Link, Model, Place, at, escaped, is_at_or_below,
    path_in, space_of, split,
};
use super::victim::{Plan, Victim};
use crate::seeded::Random;

/// No content and no name is given twice.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// One who changes things until the service is dead.
pub struct Worker<'a> {
    pub random: Random,
    pub root: &'a Path,
    /// One in each space.
    pub directories: Vec<String>,
    pub is_alone: bool,
    pub victim: &'a Victim,
    pub plan: &'a Plan,
    pub rule: Option<Rule>,
    pub model: Model,
}

/// Which old versions are kept.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub is_on: bool,
    pub count: usize,
}

impl Rule {
    pub fn set(&self, victim: &Victim) {
        let (status, answer) = victim
            .ask("POST", RULE, &self.body().to_string(), || ())
            .unwrap();
        assert_eq!(status, 204, "{answer}");
    }

    fn body(&self) -> Value {
        json!({ "enableFileHistory": self.is_on, "fileHistoryCount": self.count })
    }
}

const RULE: &str = "directory-history/local/library-history";

/// An answer, or nothing if the service died.
type Answer = io::Result<(u16, Value)>;
/// A file, and the path that it is to go to, where another one may be.
type Target = ((Content, String), (String, Option<Content>));
/// What a change may do, and what was answered.
type Asked = (Vec<Change>, io::Result<Vec<Change>>);

/// An old version.
#[derive(Clone, Copy)]
struct OldOne {
    number: u64,
    id: u64,
    content: Content,
}

type Step<T> = fn(&mut T) -> Asked;

impl Worker<'_> {
    const ALL: [Step<Self>; 25] = [
        Self::upload,
        Self::upload,
        Self::upload,
        Self::overwrite,
        Self::restore_over,
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

    const OF_HISTORY: [Step<Self>; 6] = [
        Self::overwrite_again,
        Self::overwrite_again,
        Self::make_latest,
        Self::make_latest,
        Self::delete_versions,
        Self::clear_history,
    ];

    const OF_SPACES: [Step<Self>; 5] = [
        Self::copy_directory,
        Self::copy_many,
        Self::move_many,
        Self::move_many,
        Self::move_directory,
    ];

    /// Changes things; gives those changes back that were not answered.
    pub fn work(&mut self) -> Vec<Change> {
        while !self.victim.is_dead() {
            // What only some folders have is done often there.
            let changes = match self.random.below(5) {
                0 | 1 if self.rule.is_some() => &Self::OF_HISTORY[..],
                2 if self.victim.spaces.len() > 1 => &Self::OF_SPACES,
                _ => &Self::ALL,
            };
            let (may, done) = changes[self.random.below(changes.len())](self);
            match done {
                Ok(done) => self.apply(done),
                Err(_) => return self.model.with_versions(may),
            }
        }
        Vec::new()
    }

    fn apply(&mut self, done: Vec<Change>) {
        let done = self.model.with_versions(done);
        self.model.apply(&done);
    }

    fn upload(&mut self) -> Asked {
        let path = self.new_path();
        let content = self.new_content();
        self.put(path, content, Vec::new(), "rename")
    }

    /// A new content where another one is, which goes to the bin or becomes an old version.
    fn overwrite(&mut self) -> Asked {
        let Some((old, path)) = self.file() else {
            return self.upload();
        };
        self.overwrite_this(old, path)
    }

    /// The same, of a file that has old versions where there is one.
    fn overwrite_again(&mut self) -> Asked {
        let Some((old, path)) = self.versioned() else {
            return self.overwrite();
        };
        self.overwrite_this(old, path)
    }

    fn overwrite_this(&mut self, old: Content, path: String) -> Asked {
        let content = self.new_content();
        let mut changes = vec![Change {
            only_with: Some((content, Place::Tree(path.clone()))),
            ..self.replaced(old, &path)
        }];
        match self.surplus(&path, None) {
            Ok(surplus) => changes.extend(surplus),
            Err(error) => return (Vec::new(), Err(error)),
        }
        self.put(path, content, changes, "overwrite")
    }

    /// An old version and the file change places.
    fn make_latest(&mut self) -> Asked {
        let Some((content, path)) = self.versioned() else {
            return self.overwrite();
        };
        let versions = match self.versions(&path) {
            Ok(versions) => versions,
            Err(error) => return (Vec::new(), Err(error)),
        };
        let Some(version) = self.random.pick(&versions).copied() else {
            return nothing();
        };
        let here = Place::Tree(path.clone());
        let with = (version.content != content).then(|| (version.content, here.clone()));
        let mut changes = vec![
            Change {
                only_with: with,
                ..Change::new(content, Some(here.clone()), Some(here.clone().version()))
            },
            Change::new(version.content, Some(here.clone().version()), Some(here)),
        ];
        match self.surplus(&path, Some(version.id)) {
            Ok(surplus) => changes.extend(surplus),
            Err(error) => return (Vec::new(), Err(error)),
        }
        let space = space_of(&path);
        let request = format!(
            "directory-history/local/{space}/latest-version/{}",
            version.id
        );
        let answer = self.ask("POST", &request, "");
        decide(changes, answer)
    }

    fn delete_versions(&mut self) -> Asked {
        let Some((_, path)) = self.versioned() else {
            return self.overwrite();
        };
        let mut versions = match self.versions(&path) {
            Ok(versions) => versions,
            Err(error) => return (Vec::new(), Err(error)),
        };
        versions.retain(|_| self.random.below(3) == 0);
        if versions.is_empty() {
            return self.overwrite();
        }
        let here = Place::Tree(path.clone()).version();
        let all = versions.iter();
        let changes = all.map(|version| gone(version.content, here.clone()));
        let changes = changes.collect();
        let ids: Vec<u64> = versions.iter().map(|version| version.id).collect();
        let request = format!("directory-history/local/{}/delete", space_of(&path));
        let answer = self.ask("POST", &request, &json!(ids).to_string());
        decide(changes, answer)
    }

    /// Throws all old versions away, which are everybody's.
    fn clear_history(&mut self) -> Asked {
        let Some(rule) = self
            .rule
            .filter(|_| self.is_alone && self.random.below(4) == 0)
        else {
            return self.overwrite_again();
        };
        let versions = self
            .model
            .all()
            .filter(|(_, place)| matches!(place, Place::Version(_) | Place::Stray));
        let changes: Vec<Change> = versions
            .map(|(content, place)| gone(content, place.clone()))
            .collect();
        let body = json!({ "enableFileHistory": false, "isClearFileHistory": true });
        let answer = self.ask("POST", RULE, &body.to_string());
        if answer.is_ok()
            && let Err(error) = self.ask("POST", RULE, &rule.body().to_string())
        {
            self.apply(changes);
            return (Vec::new(), Err(error));
        }
        decide(changes, answer)
    }

    /// Something comes back from the bin to where by now another file is.
    fn restore_over(&mut self) -> Asked {
        let Some((id, path)) = self.recycled() else {
            return self.upload();
        };
        let place = Place::Bin(path.clone());
        let in_bin: Vec<(Content, Place)> = self.in_bin(&path).collect();
        let is_surplus = self.rule.is_some_and(|rule| rule.count < 999);
        let (parent, _) = path.rsplit_once('/').unwrap();
        let is_free = self.model.below(&path).is_empty() && self.root.join(parent).is_dir();
        let [(content, there)] = in_bin[..]
            .to_vec()
            .try_into()
            .unwrap_or_else(|_: Vec<_>| [(LINK, place.clone())]);
        if content & LINK != 0 || there != place || is_surplus || !is_free {
            return self.overwrite_again();
        }
        let new = self.new_content();
        match self.put(path.clone(), new, Vec::new(), "ask") {
            (_, Ok(done)) => self.apply(done),
            failed => return failed,
        }
        let here = Place::Tree(path.clone());
        if !self.files().contains(&(new, path.clone())) {
            return nothing();
        }
        let changes = vec![
            Change {
                only_with: Some((content, here.clone())),
                ..self.replaced(new, &path)
            },
            Change::new(content, Some(place), Some(here)),
        ];
        let query = "restore&conflict_resolution_strategy=overwrite";
        let request = format!("recycled/local/{}/{id}?{query}", space_of(&path));
        let answer = self.ask("POST", &request, "");
        decide(changes, answer)
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
            let answer = self.ask(
                "DELETE",
                &format!("file/local/{}/{key}?upload", space_of(path)),
                "",
            );
            return decide(vec![gone(content, place)], answer);
        }
        if *parts == parts_of(content) {
            // It may have been begun to overwrite, which by now is another file.
            return self.confirm(content, place.clone(), Vec::new(), "ask");
        }
        match self.ask(
            "POST",
            &format!("file/local/{}/{key}?renew", space_of(path)),
            "{}",
        ) {
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
        let query = format!(
            "file/local/{}?conflict_resolution_strategy={strategy}",
            at(path)
        );
        let body = body.to_string();
        let way = match parts_of(content) {
            1 => self.random.below(4),
            _ => 0,
        };
        let (status, start) = match way {
            0 => self.ask("POST", &format!("{query}&multipart"), &body)?,
            1 => self.ask("POST", &query, &body)?,
            _ => self.ask("PUT", &query, &body)?,
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
            let is_form = start["form"].is_object();
            assert_eq!(status, if is_form { 204 } else { 200 });
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
        let answer = self.ask(
            "POST",
            &format!("file/local/{}/{key}?{query}", space_of(path)),
            "{}",
        );
        changes.push(Change::new(content, Some(place), Some(to)));
        decide(changes, answer)
    }

    /// A copy of a file, at a new path or over another file.
    fn copy_file(&mut self) -> Asked {
        let (Some((content, from)), other) = (self.file(), self.file()) else {
            return self.upload();
        };
        self.model.said.remove(&content);
        let replaced = other.filter(|(_, path)| {
            let is_here = space_of(path) == space_of(&from);
            *path != from && is_here && self.random.below(3) == 0
        });
        let (to, strategy) = match &replaced {
            Some((_, path)) => (path.clone(), "overwrite"),
            None => (self.new_path_in(space_of(&from)), "ask"),
        };
        let copied = Place::Tree(to.clone());
        let mut changes = Vec::new();
        if let Some((old, path)) = &replaced {
            // Of a content that is there twice nobody can tell which one replaced which.
            let with = (old != &content).then(|| (content, copied.clone()));
            changes.push(Change {
                only_with: with,
                ..self.replaced(*old, path)
            });
        }
        changes.push(Change::new(content, None, Some(copied)));
        let path = format!(
            "file/local/{}?conflict_resolution_strategy={strategy}",
            at(&to)
        );
        let answer = self.ask(
            "PUT",
            &path,
            &json!({ "copyFrom": split(&from).1 }).to_string(),
        );
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
        let (space, target) = split(&to);
        let (source, path) = split(&from);
        let (request, body) = if space == source {
            (
                format!("directory/local/{}", at(&to)),
                json!({ "copyFrom": path }),
            )
        } else {
            self.free_links_of(&below);
            let body = json!({ "copyFrom": path, "copyFromSpaceId": source });
            let request = format!(
                "cross-space/directory/local/{space}/copy/{}",
                escaped(target)
            );
            (request, body)
        };
        let answer = self.ask("PUT", &request, &body.to_string());
        let answer = answer.and_then(|(status, answer)| self.finished(space, status, answer));
        decide(changes, answer)
    }

    fn copy_many(&mut self) -> Asked {
        let space = self.some_space();
        let some = self.some_files();
        let mut changes = Vec::new();
        let mut items = Vec::new();
        for ((content, from), (to, old)) in self.targets(space, some) {
            self.model.said.remove(&content);
            let mut group = self.replacement(old, content, &to);
            group.push(copied(content, &to));
            changes.push(group);
            let mut item = json!({ "copyFrom": split(&from).1, "to": split(&to).1 });
            item["conflictResolutionStrategy"] = json!(old.map_or("ask", |_| "overwrite"));
            if space_of(&from) != space {
                item["copyFromSpaceId"] = json!(space_of(&from));
            }
            items.push(item);
        }
        if items.is_empty() {
            return self.upload();
        }
        let answer = self.batch(space, "copy", &Value::Array(items).to_string());
        decide_each(changes, answer)
    }

    fn move_many(&mut self) -> Asked {
        let space = self.some_space();
        let some = self.some_files();
        let mut changes = Vec::new();
        let mut items = Vec::new();
        for ((content, from), (to, old)) in self.targets(space, some) {
            let mut group = self.replacement(old, content, &to);
            group.push(moved(content, &from, &to));
            changes.push(group);
            let mut item = json!({ "from": split(&from).1, "to": split(&to).1 });
            item["conflictResolutionStrategy"] = json!(old.map_or("rename", |_| "overwrite"));
            if space_of(&from) != space {
                item["fromSpaceId"] = json!(space_of(&from));
            }
            items.push(item);
        }
        if items.is_empty() {
            return self.upload();
        }
        let answer = self.batch(space, "move", &Value::Array(items).to_string());
        decide_each(changes, answer)
    }

    /// Where some files are to go in a space: to new paths and over other files.
    fn targets(&mut self, space: &str, some: Vec<(Content, String)>) -> Vec<Target> {
        let mut others = self.files();
        others.retain(|file| !some.contains(file) && space_of(&file.1) == space);
        let targets = some.into_iter().map(|file| {
            let over = !others.is_empty() && self.random.below(4) == 0;
            let target = if over {
                let (old, path) = others.swap_remove(self.random.below(others.len()));
                (path, Some(old))
            } else {
                (self.new_path_in(space), None)
            };
            (file, target)
        });
        targets.collect()
    }

    fn replacement(&self, old: Option<Content>, new: Content, path: &str) -> Vec<Change> {
        let old = old.map(|old| Change {
            only_with: (old != new).then(|| (new, Place::Tree(path.to_owned()))),
            ..self.replaced(old, path)
        });
        old.into_iter().collect()
    }

    /// A file takes the place of another one, which goes to the bin.
    fn move_over(&mut self) -> Asked {
        let (Some((content, from)), Some((old, to))) = (self.file(), self.file()) else {
            return self.upload();
        };
        if from == to || space_of(&from) != space_of(&to) {
            return self.upload();
        }
        let with = (old != content).then(|| (content, Place::Tree(to.clone())));
        let recycled = Change {
            only_with: with,
            ..self.replaced(old, &to)
        };
        let changes = vec![recycled, moved(content, &from, &to)];
        let path = format!(
            "file/local/{}?conflict_resolution_strategy=overwrite",
            at(&to)
        );
        let answer = self.ask("PUT", &path, &json!({ "from": split(&from).1 }).to_string());
        decide(changes, answer)
    }

    fn link(&mut self) -> Asked {
        let Some((target, path)) = self.file() else {
            return self.upload();
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let new = self.new_path_in(space_of(&path));
        let (parent, _) = new.rsplit_once('/').unwrap();
        let to = format!("{parent}/l{number}");
        let link = Link {
            target,
            is_free: false,
        };
        self.model.links.insert(number | LINK, link);
        let body = json!({ "linkTo": split(&path).1 }).to_string();
        let answer = self.ask("PUT", &format!("file/local/{}", at(&to)), &body);
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
        let answer = self.ask(
            "POST",
            &format!("directory/local/{}?update", at(&path)),
            &body,
        );
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
        let answer = self.ask("PUT", &format!("directory/local/{}", at(&path)), "");
        decide(Vec::new(), answer)
    }

    fn move_file(&mut self) -> Asked {
        let Some((content, from)) = self.file() else {
            return self.upload();
        };
        let to = self.new_path_in(space_of(&from));
        let body = json!({ "from": split(&from).1 }).to_string();
        let answer = self.ask("PUT", &format!("file/local/{}", at(&to)), &body);
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
        let ((source, from), (space, target)) = (split(&from), split(&to));
        if source == space {
            let body = json!({ "from": from }).to_string();
            let answer = self.ask("PUT", &format!("directory/local/{}", at(&to)), &body);
            return decide(changes, answer);
        }
        self.free_links_of(&below);
        let items = json!([{ "from": from, "fromSpaceId": source, "to": target }]);
        let answer = self.batch(space, "move", &items.to_string());
        decide_each(vec![changes], answer)
    }

    fn delete_file(&mut self) -> Asked {
        let Some((content, path)) = self.file() else {
            return self.upload();
        };
        let (query, change) = match self.random.below(4) {
            0 => ("permanent=1", gone(content, Place::Tree(path.clone()))),
            _ => ("permanent=0", to_bin(content, &path)),
        };
        let answer = self.ask("DELETE", &format!("file/local/{}?{query}", at(&path)), "");
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
        let answer = self.ask(
            "DELETE",
            &format!("directory/local/{}?{query}", at(&path)),
            "",
        );
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
            changes.push(vec![if is_permanent {
                gone(content, here)
            } else {
                to_bin(content, &path)
            }]);
            items.push(json!({ "path": split(&path).1, "permanent": is_permanent }));
        }
        let body = Value::Array(items).to_string();
        let answer = self.batch(space_of(&directory), "delete", &body);
        decide_each(changes, answer)
    }

    fn restore(&mut self) -> Asked {
        let Some((id, path)) = self.recycled() else {
            return self.upload();
        };
        let may = self.maybe_restored(&path);
        let space = space_of(&path);
        match self.ask("POST", &format!("recycled/local/{space}/{id}?restore"), "") {
            Ok((200, answer)) => {
                let to = path_in(space, &joined(&answer["path"]));
                (Vec::new(), Ok(self.restored(&path, &to)))
            }
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
        let space = space_of(&some[0].1);
        let answer = self.ask(
            "POST",
            &format!("recycled/local/{space}?restore"),
            &json!(ids).to_string(),
        );
        let answer = self.results(space, answer);
        let done = answer.map(|(_, results)| {
            let mut done = Vec::new();
            for ((id, path), result) in some.iter().zip(results.as_array().unwrap()) {
                assert_eq!(result["recycledItemId"], *id, "{result}");
                if result["status"] == 200 {
                    let to = path_in(space, &joined(&result["path"]));
                    done.extend(self.restored(path, &to));
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
        let space = space_of(&some[0].1);
        let answer = match some.as_slice() {
            [(id, _)] => self.ask("DELETE", &format!("recycled/local/{space}/{id}"), ""),
            some => {
                let ids: Vec<u64> = some.iter().map(|(id, _)| *id).collect();
                let request = format!("recycled/local/{space}?delete");
                self.ask("POST", &request, &json!(ids).to_string())
            }
        };
        decide(changes, answer)
    }

    /// Empties the bin, which is everybody's.
    fn empty(&mut self) -> Asked {
        if !self.is_alone || self.random.below(3) > 0 {
            return self.upload();
        }
        let space = self.some_space();
        let in_bin = self.in_bin("");
        let of_it = in_bin.filter(|(_, place)| space_of(place.path()) == space);
        let changes = of_it.map(|(content, place)| gone(content, place));
        let changes = changes.collect();
        let answer = self.ask("DELETE", &format!("recycled/local/{space}"), "");
        decide(changes, answer)
    }

    /// A request, with a chance that the service dies while it is at it.
    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let step = || self.victim.step(self.plan, self.root);
        let (status, answer) = self.victim.ask(method, path, body, step)?;
        assert!(status < 500, "{method} {path}: {status} {answer}");
        Ok((status, answer))
    }

    /// A batch, which may become a task that is waited for: the results of its items.
    fn batch(&self, space: &str, verb: &str, body: &str) -> Answer {
        let answer = self.ask("POST", &format!("batch/local/{space}?{verb}"), body);
        self.results(space, answer)
    }

    fn results(&self, space: &str, answer: Answer) -> Answer {
        let (status, answer) = answer?;
        let (status, mut answer) = self.finished(space, status, answer)?;
        assert!(answer["result"].is_array(), "{answer}");
        Ok((status, answer["result"].take()))
    }

    /// Waits for a task, if the answer speaks of one.
    fn finished(&self, space: &str, mut status: u16, mut answer: Value) -> Answer {
        if status == 202 {
            let task = format!("task/local/{space}/{}", answer["taskId"]);
            while status == 202 {
                let (_, tasks) = self.ask("GET", &task, "")?;
                status = u16::try_from(tasks[0]["status"].as_u64().unwrap()).unwrap();
                answer = tasks[0].clone();
            }
        }
        Ok((status, answer))
    }

    /// The old versions of a file, the oldest last.
    fn versions(&self, path: &str) -> io::Result<Vec<OldOne>> {
        let (space, rest) = split(path);
        let rest = escaped(rest);
        let request =
            format!("directory-history/local/{space}/history-list/{rest}?page=1&page_size=1000");
        let (status, answer) = self.ask("GET", &request, "")?;
        if status >= 400 {
            return Ok(Vec::new());
        }
        let history = match space {
            "-" => self.root.to_owned(),
            space => self.root.join(space),
        };
        let history = history.join(".mediasweep/history");
        let mut versions = Vec::new();
        for item in answer["contents"].as_array().unwrap() {
            if let Some(id) = item["id"].as_u64() {
                versions.push(OldOne {
                    number: item["version"].as_u64().unwrap(),
                    id,
                    content: content_of(&history.join(id.to_string())),
                });
            }
        }
        versions.sort_by_key(|version| (version.number, version.id));
        versions.reverse();
        Ok(versions)
    }

    /// What goes because it is too much with one more old version, or with one in place of another.
    fn surplus(&self, path: &str, instead_of: Option<u64>) -> io::Result<Vec<Change>> {
        let Some(rule) = self.rule else {
            return Ok(Vec::new());
        };
        let is_kept = rule.is_on || instead_of.is_some();
        if !is_kept {
            return Ok(Vec::new());
        }
        let mut versions = self.versions(path)?;
        versions.retain(|version| Some(version.id) != instead_of);
        let surplus = versions.iter().skip(rule.count - 1);
        let here = Place::Tree(path.to_owned()).version();
        Ok(surplus
            .map(|version| gone(version.content, here.clone()))
            .collect())
    }

    /// A file that has old versions.
    fn versioned(&mut self) -> Option<(Content, String)> {
        let mut files = self.files();
        files.retain(|(_, path)| {
            let here = Place::Tree(path.clone()).version();
            self.model.all().any(|(_, place)| *place == here)
        });
        self.random.pick(&files).cloned()
    }

    /// What becomes of a file that another one replaces.
    fn replaced(&self, old: Content, path: &str) -> Change {
        if !self.rule.is_some_and(|rule| rule.is_on) {
            return to_bin(old, path);
        }
        let here = Place::Tree(path.to_owned());
        Change::new(old, Some(here.clone()), Some(here.version()))
    }

    /// Links have no targets in another space.
    fn free_links_of(&mut self, files: &[(Content, String)]) {
        for (content, _) in files {
            if let Some(link) = self.model.links.get_mut(content) {
                link.is_free = true;
            }
        }
    }

    fn some_space(&mut self) -> &'static str {
        self.victim.spaces[self.random.below(self.victim.spaces.len())]
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
        let space = self.some_space();
        self.new_path_in(space)
    }

    fn new_path_in(&mut self, space: &str) -> String {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let parent = match self.random.below(2) {
            0 => self.some_directory(),
            _ => None,
        };
        let parent = parent.filter(|path| space_of(path) == space);
        let parent = parent.unwrap_or_else(|| {
            let mut all = self.directories.iter();
            let top = all.find(|path| space_of(path) == space).unwrap();
            std::fs::create_dir_all(self.root.join(top)).unwrap();
            top.clone()
        });
        format!("{parent}/n{number}")
    }

    fn file(&mut self) -> Option<(Content, String)> {
        let files = self.files();
        self.random.pick(&files).cloned()
    }

    /// All files, but not the links: those come and go with their targets.
    fn files(&self) -> Vec<(Content, String)> {
        let all = self.directories.iter();
        let below = all.flat_map(|directory| self.model.below(directory));
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
        let is_top = self.directories.iter().any(|top| top == parent);
        (!is_top).then(|| parent.to_owned())
    }

    /// The items of the bins that came from here, as the service tells them.
    fn all_recycled(&self) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        for space in self.victim.spaces {
            let path = format!("recycled/local/{space}?by-page=1&page=1&page_size=1000");
            let Ok((_, page)) = self.victim.ask("GET", &path, "", || ()) else {
                return Vec::new();
            };
            let items = page["contents"].as_array().unwrap().iter();
            all.extend(items.map(|item| {
                let id = item["recycledItemId"].as_u64().unwrap();
                (id, path_in(space, &joined(&item["originalPath"])))
            }));
        }
        all.retain(|(_, path)| {
            let mut ours = self.directories.iter();
            ours.any(|directory| is_at_or_below(path, directory))
        });
        all
    }

    fn recycled(&mut self) -> Option<(u64, String)> {
        let items = self.unmistakable();
        self.random.pick(&items).cloned()
    }

    /// All of one space.
    fn some_recycled(&mut self) -> Vec<(u64, String)> {
        let space = self.some_space();
        let mut items = self.unmistakable();
        items.retain(|(_, path)| space_of(path) == space);
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
                (other, there) != (id, path)
                    && (is_at_or_below(there, path) || is_at_or_below(path, there))
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
                _ => None,
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

/// Those changes were done whose results say so; each item has its own.
fn decide_each(changes: Vec<Vec<Change>>, answer: Answer) -> Asked {
    let done = answer.map(|(_, results)| {
        let results = results.as_array().unwrap().clone();
        assert_eq!(results.len(), changes.len());
        let worked = changes.iter().zip(results);
        worked
            .filter(|(_, result)| result["status"].as_u64().unwrap() < 400)
            .flat_map(|(changes, _)| changes.clone())
            .collect()
    });
    (changes.concat(), done)
}
