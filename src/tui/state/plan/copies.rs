//! Which copies of a content a plan would take away, as far as this session knows of them.

use std::borrow::Borrow;

use rustc_hash::FxHashMap;

use crate::domain::entry::Kind;
use crate::domain::known::{Content, Copies, Known};
use crate::domain::path::RemotePath;

/// The known contents of the items of a plan, and how many of their copies would go.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The contents of each item, by its number: one of a file, all that are below a folder.
    of: FxHashMap<usize, Vec<Content>>,
    /// How many copies are among the items.
    planned: FxHashMap<Content, usize>,
    /// How many of those would be sent.
    sent: FxHashMap<Content, usize>,
    copies: FxHashMap<Content, Copies>,
    /// Of how many files the content is known in all.
    pub known: usize,
    /// Contents of which the last known copy would go, though there were more.
    pub last: usize,
}

/// What is to be said of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The last known copies of so many contents would go with it.
    Last(usize),
    /// So many other copies stay.
    Others(usize),
}

impl Ledger {
    /// Looks the items up; none of them counts as sent yet.
    pub fn new(
        known: &Known,
        items: impl Iterator<Item = (impl Borrow<RemotePath>, Kind)>,
    ) -> Self {
        let mut ledger = Self {
            known: known.files(),
            ..Self::default()
        };
        if ledger.known == 0 {
            return ledger;
        }
        for (at, (path, kind)) in items.enumerate() {
            let contents: Vec<Content> = match kind {
                Kind::Directory => known.below(path.borrow()).collect(),
                _ => known.content(path.borrow()).into_iter().collect(),
            };
            for content in &contents {
                *ledger.planned.entry(*content).or_default() += 1;
            }
            if !contents.is_empty() {
                ledger.of.insert(at, contents);
            }
        }
        ledger.copies = known.copies(&ledger.planned);
        ledger
    }

    /// An item is to be sent from now on, or is not.
    pub fn change(&mut self, at: usize, is_sent: bool) {
        let Some(contents) = self.of.remove(&at) else {
            return;
        };
        for content in &contents {
            let before = self.is_last(*content);
            let sent = self.sent.entry(*content).or_default();
            *sent = if is_sent { *sent + 1 } else { *sent - 1 };
            match (before, self.is_last(*content)) {
                (false, true) => self.last += 1,
                (true, false) => self.last -= 1,
                _ => {}
            }
        }
        self.of.insert(at, contents);
    }

    /// What is to be said of an item that is sent.
    pub fn remark(&self, at: usize) -> Option<Remark> {
        let contents = self.of.get(&at)?;
        let last = contents.iter().filter(|content| self.is_last(**content));
        let last = last.count();
        if last > 0 {
            return Some(Remark::Last(last));
        }
        let [content] = contents.as_slice() else {
            return None;
        };
        let staying = self.staying(*content);
        (staying > 0).then_some(Remark::Others(staying))
    }

    /// How many known copies would still be there.
    fn staying(&self, content: Content) -> usize {
        let number = |map: &FxHashMap<Content, usize>| map.get(&content).copied().unwrap_or(0);
        let outside = self.copies.get(&content).map_or(0, |copies| copies.outside);
        outside + number(&self.planned) - number(&self.sent)
    }

    /// Whether there was more than one copy, and none would be left. A file that never had a copy is
    /// nothing to warn of.
    fn is_last(&self, content: Content) -> bool {
        let gone = self.copies.get(&content).map_or(0, |copies| copies.gone);
        let outside = self.copies.get(&content).map_or(0, |copies| copies.outside);
        let planned = self.planned.get(&content).copied().unwrap_or(0);
        self.staying(content) == 0 && outside + planned + gone > 1
    }
}
