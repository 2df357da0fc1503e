//! The changes that a worker asks for, one after the other, in a directory of its own. Each is one
//! function that says beforehand which contents it may bring where.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::check::bytes;
use super::model::{Change, Content, Model, Place, is_at_or_below};
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
        let changes: [fn(&mut Self) -> Asked; 12] = [
            Self::upload,
            Self::overwrite,
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
        self.put(path, Vec::new(), "rename")
    }

    /// A new content where another one is, which goes to the bin.
    fn overwrite(&mut self) -> Asked {
        let Some((old, path)) = self.file() else {
            return self.upload();
        };
        let recycled = to_bin(old, &path);
        self.put(path, vec![recycled], "overwrite")
    }

    fn put(&mut self, path: String, mut changes: Vec<Change>, strategy: &str) -> Asked {
        let content = NEXT.fetch_add(1, Ordering::Relaxed);
        changes.push(Change {
            content,
            from: None,
            to: Some(Place::Tree(path.clone())),
        });
        let send = || -> io::Result<bool> {
            let query = format!("{path}?conflict_resolution_strategy={strategy}");
            let (status, start) = self.ask("PUT", &format!("file/local/-/{query}"), "")?;
            if status >= 400 {
                return Ok(false);
            }
            let step = || self.victim.step(self.plan, self.root);
            let sent = self.victim.send(&start, &bytes(content), step)?;
            assert_eq!(sent, 200);
            let key = start["confirmKey"].as_str().unwrap();
            let (status, _) = self.ask("POST", &format!("file/local/-/{key}?confirm"), "{}")?;
            Ok(status < 400)
        };
        let done = send().map(|is_done| if is_done { changes.clone() } else { Vec::new() });
        (changes, done)
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
        let (query, changes) = match self.random.below(4) {
            0 => {
                let changes = below.map(|(content, path)| gone(content, Place::Tree(path)));
                ("permanent=1", changes.collect())
            }
            _ => {
                let changes = below.map(|(content, path)| to_bin(content, &path));
                ("permanent=0", changes.collect())
            }
        };
        let answer = self.ask("DELETE", &format!("directory/local/-/{path}?{query}"), "");
        decide(changes, answer)
    }

    /// Up to sixty files of a directory that another program filled; above twenty it is a task.
    fn delete_many(&mut self) -> Asked {
        let directory = self.new_path();
        std::fs::create_dir_all(self.root.join(&directory)).unwrap();
        let mut items = Vec::new();
        let mut changes = Vec::new();
        for _ in 0..1 + self.random.below(60) {
            let content = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = format!("{directory}/f{content}");
            std::fs::write(self.root.join(&path), bytes(content)).unwrap();
            let here = Place::Tree(path.clone());
            let entry = self.model.places.entry(content).or_default();
            entry.insert(here.clone());
            let is_permanent = self.random.below(4) == 0;
            changes.push(match is_permanent {
                true => gone(content, here),
                false => to_bin(content, &path),
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
        let changes = self.restored(&path, &path);
        let mut may = changes.clone();
        may.extend(self.restored(&path, &numbered(&path)));
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
            may.extend(self.restored(path, path));
            may.extend(self.restored(path, &numbered(path)));
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
        let (mut status, mut answer) = self.ask("POST", path, body)?;
        if status == 202 {
            let task = format!("task/local/-/{}", answer["taskId"]);
            while status == 202 {
                let (_, tasks) = self.ask("GET", &task, "")?;
                status = u16::try_from(tasks[0]["status"].as_u64().unwrap()).unwrap();
                answer = tasks[0].clone();
            }
        }
        assert!(answer["result"].is_array(), "{path}: {answer}");
        Ok((status, answer["result"].take()))
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
        let files = self.model.below(&self.directory);
        self.random.pick(&files).cloned()
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
                Place::Bin(_) | Place::Tree(_) => None,
            })
    }

    /// What is in the bin under a former path comes to another one.
    fn restored(&self, from: &str, to: &str) -> Vec<Change> {
        self.in_bin(from)
            .map(|(content, place)| Change {
                content,
                to: Some(Place::Tree(format!("{to}{}", &place.path()[from.len()..]))),
                from: Some(place),
            })
            .collect()
    }
}

fn to_bin(content: Content, path: &str) -> Change {
    Change {
        content,
        from: Some(Place::Tree(path.to_owned())),
        to: Some(Place::Bin(path.to_owned())),
    }
}

fn moved(content: Content, from: &str, to: &str) -> Change {
    Change {
        content,
        from: Some(Place::Tree(from.to_owned())),
        to: Some(Place::Tree(to.to_owned())),
    }
}

fn gone(content: Content, from: Place) -> Change {
    Change {
        content,
        from: Some(from),
        to: None,
    }
}

/// No name here has an extension.
fn numbered(path: &str) -> String {
    format!("{path} (1)")
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
