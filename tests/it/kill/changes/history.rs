//! Overwriting, and what is done with old versions.

use std::io;

use serde_json::json;

use super::{Asked, RULE, Worker, decide, gone, nothing, to_bin};
use crate::kill::check::content_of;
use crate::kill::model::{Change, Content, Place, escaped, space_of, split};

/// An old version.
#[derive(Clone, Copy)]
pub(super) struct OldOne {
    number: u64,
    id: u64,
    content: Content,
}

impl Worker<'_> {
    /// A new content where another one is, which goes to the bin or becomes an old version.
    pub(super) fn overwrite(&mut self) -> Asked {
        let Some((old, path)) = self.file() else {
            return self.upload();
        };
        self.overwrite_this(old, path)
    }

    /// The same, of a file that has old versions where there is one.
    pub(super) fn overwrite_again(&mut self) -> Asked {
        let Some((old, path)) = self.versioned() else {
            return self.overwrite();
        };
        self.overwrite_this(old, path)
    }

    pub(super) fn overwrite_this(&mut self, old: Content, path: String) -> Asked {
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
    pub(super) fn make_latest(&mut self) -> Asked {
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

    pub(super) fn delete_versions(&mut self) -> Asked {
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
    pub(super) fn clear_history(&mut self) -> Asked {
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

    /// The old versions of a file, the oldest last.
    pub(super) fn versions(&self, path: &str) -> io::Result<Vec<OldOne>> {
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
    pub(super) fn surplus(&self, path: &str, instead_of: Option<u64>) -> io::Result<Vec<Change>> {
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
    pub(super) fn versioned(&mut self) -> Option<(Content, String)> {
        let mut files = self.files();
        files.retain(|(_, path)| {
            let here = Place::Tree(path.clone()).version();
            self.model.all().any(|(_, place)| *place == here)
        });
        self.random.pick(&files).cloned()
    }

    /// What becomes of a file that another one replaces.
    pub(super) fn replaced(&self, old: Content, path: &str) -> Change {
        if !self.rule.is_some_and(|rule| rule.is_on) {
            return to_bin(old, path);
        }
        let here = Place::Tree(path.to_owned());
        Change::new(old, Some(here.clone()), Some(here.version()))
    }
}
