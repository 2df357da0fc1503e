//! Into the bin, out of it, and gone for good.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Asked, NEXT, Worker, copied, decide, decide_each, gone, joined, nothing, to_bin};
use crate::kill::check::bytes;
use crate::kill::model::{
    Change, Content, LINK, Place, at, is_at_or_below, path_in, space_of, split,
};

impl Worker<'_> {
    /// Something comes back from the bin to where by now another file is.
    pub(super) fn restore_over(&mut self) -> Asked {
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

    pub(super) fn delete_file(&mut self) -> Asked {
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

    pub(super) fn delete_directory(&mut self) -> Asked {
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
    pub(super) fn delete_many(&mut self) -> Asked {
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
        decide_each(&changes, answer)
    }

    pub(super) fn restore(&mut self) -> Asked {
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

    pub(super) fn restore_many(&mut self) -> Asked {
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

    pub(super) fn purge(&mut self) -> Asked {
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
    pub(super) fn empty(&mut self) -> Asked {
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

    /// The items of the bins that came from here, as the service tells them.
    pub(super) fn all_recycled(&self) -> Vec<(u64, String)> {
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

    pub(super) fn recycled(&mut self) -> Option<(u64, String)> {
        let items = self.unmistakable();
        self.random.pick(&items).cloned()
    }

    /// All of one space.
    pub(super) fn some_recycled(&mut self) -> Vec<(u64, String)> {
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
    pub(super) fn unmistakable(&self) -> Vec<(u64, String)> {
        let items = self.all_recycled();
        let is_single = |(id, path): &&(u64, String)| {
            !items.iter().any(|(other, there)| {
                (other, there) != (id, path)
                    && (is_at_or_below(there, path) || is_at_or_below(path, there))
            })
        };
        items.iter().filter(is_single).cloned().collect()
    }

    pub(super) fn in_bin<'a>(
        &'a self,
        path: &'a str,
    ) -> impl Iterator<Item = (Content, Place)> + 'a {
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
    pub(super) fn maybe_restored(&self, path: &str) -> Vec<Change> {
        let numbered = (1..5).map(|number| format!("{path} ({number})"));
        let all = std::iter::once(path.to_owned()).chain(numbered);
        all.flat_map(|to| self.restored(path, &to)).collect()
    }

    /// What is in the bin under a former path comes to another one.
    pub(super) fn restored(&self, from: &str, to: &str) -> Vec<Change> {
        self.in_bin(from)
            .map(|(content, place)| {
                let to = Place::Tree(format!("{to}{}", &place.path()[from.len()..]));
                Change::new(content, Some(place), Some(to))
            })
            .collect()
    }
}
