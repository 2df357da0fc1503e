//! The changes that a worker asks for, one after the other, in a directory of its own. Each is one
//! function that says beforehand which contents it may bring where.

mod bin;
mod history;
mod relocations;
mod uploads;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::model::{Change, Content, LABELLED, LARGE, LINK, Model, Place, at, space_of};
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
/// What a change may do, and what was answered.
type Asked = (Vec<Change>, io::Result<Vec<Change>>);

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
fn decide_each(changes: &[Vec<Change>], answer: Answer) -> Asked {
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
