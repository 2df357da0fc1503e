//! New directories and links; copies and moves, one by one and many at once, also between spaces.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Asked, NEXT, Worker, copied, decide, decide_each, moved};
use crate::kill::model::{
    Change, Content, LINK, Link, Place, at, escaped, is_at_or_below, space_of, split,
};

/// A file, and the path that it is to go to, where another one may be.
type Target = ((Content, String), (String, Option<Content>));

impl Worker<'_> {
    /// A copy of a file, at a new path or over another file.
    pub(super) fn copy_file(&mut self) -> Asked {
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

    pub(super) fn copy_directory(&mut self) -> Asked {
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

    pub(super) fn copy_many(&mut self) -> Asked {
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
        decide_each(&changes, answer)
    }

    pub(super) fn move_many(&mut self) -> Asked {
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
        decide_each(&changes, answer)
    }

    /// Where some files are to go in a space: to new paths and over other files.
    pub(super) fn targets(&mut self, space: &str, some: Vec<(Content, String)>) -> Vec<Target> {
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

    pub(super) fn replacement(
        &self,
        old: Option<Content>,
        new: Content,
        path: &str,
    ) -> Vec<Change> {
        let old = old.map(|old| Change {
            only_with: (old != new).then(|| (new, Place::Tree(path.to_owned()))),
            ..self.replaced(old, path)
        });
        old.into_iter().collect()
    }

    /// A file takes the place of another one, which goes to the bin.
    pub(super) fn move_over(&mut self) -> Asked {
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

    pub(super) fn link(&mut self) -> Asked {
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

    pub(super) fn make_directory(&mut self) -> Asked {
        let path = self.new_path();
        let answer = self.ask("PUT", &format!("directory/local/{}", at(&path)), "");
        decide(Vec::new(), answer)
    }

    pub(super) fn move_file(&mut self) -> Asked {
        let Some((content, from)) = self.file() else {
            return self.upload();
        };
        let to = self.new_path_in(space_of(&from));
        let body = json!({ "from": split(&from).1 }).to_string();
        let answer = self.ask("PUT", &format!("file/local/{}", at(&to)), &body);
        decide(vec![moved(content, &from, &to)], answer)
    }

    pub(super) fn move_directory(&mut self) -> Asked {
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
        decide_each(&[changes], answer)
    }

    /// Links have no targets in another space.
    pub(super) fn free_links_of(&mut self, files: &[(Content, String)]) {
        for (content, _) in files {
            if let Some(link) = self.model.links.get_mut(content) {
                link.is_free = true;
            }
        }
    }
}
