//! Uploads in all their ways, in one go and piece by piece.

use std::collections::BTreeSet;
use std::io;

use serde_json::{Value, json};

use super::{Asked, Worker, decide, gone, nothing, parts_of};
use crate::kill::check::{PART, bytes};
use crate::kill::model::{Change, Content, LABELLED, Place, at, space_of};

impl Worker<'_> {
    pub(super) fn upload(&mut self) -> Asked {
        let path = self.new_path();
        let content = self.new_content();
        self.put(path, content, Vec::new(), "rename")
    }

    /// An upload whose bytes come, all or some, and which somebody else may go on with.
    pub(super) fn begin_only(&mut self) -> Asked {
        let path = self.new_path();
        let content = self.new_content();
        let start = match self.begin(&path, content, "ask") {
            Ok(Some(start)) => start,
            Ok(None) => return nothing(),
            Err(error) => return (Vec::new(), Err(error)),
        };
        self.send_part(&start, &path, content, 0)
    }

    pub(super) fn go_on_with_upload(&mut self) -> Asked {
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

    pub(super) fn put(
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
    pub(super) fn begin(
        &mut self,
        path: &str,
        content: Content,
        strategy: &str,
    ) -> io::Result<Option<Value>> {
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
    pub(super) fn send_part(
        &self,
        start: &Value,
        path: &str,
        content: Content,
        part: usize,
    ) -> Asked {
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
    pub(super) fn confirm(
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
}
