//! Making a plan: from marks or from what a question asks about.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::copies::Ledger;
use super::{Draft, DryRun, Folder, Found, Item, Look, Sum};
use crate::domain::caution::Caution;
use crate::domain::job::{JobKind, Target};
use crate::domain::known::Known;
use crate::domain::marks::{Marks, Origin};
use crate::domain::order::{Order, SortKey};
use crate::domain::path::RemotePath;
use crate::domain::plan::Plan;
use crate::tui::state::cursor::Cursor;

/// Folders with no more items than this are unfolded from the start, if there are few of them.
const SHORT: usize = 10;

impl Draft {
    /// The plan for everything marked. What the user and a dry run have said of an item in the plan
    /// before still holds for the same item.
    pub fn of_marks(
        marks: &Marks,
        known: &Known,
        caution: &Caution,
        kind: JobKind,
        before: Option<Self>,
    ) -> Self {
        let mut draft = Self::empty(kind, marks.revision());
        draft.of_marks = true;
        let mut inside: FxHashMap<RemotePath, usize> = FxHashMap::default();
        let mut origins = FxHashMap::default();
        for (directory, totals) in marks.places() {
            if let Some(above) = outermost(marks, directory) {
                *inside.entry(above).or_default() += totals.count;
                continue;
            }
            for (name, mark) in marks.inside(directory).filter(|(_, mark)| mark.is_chosen()) {
                let Ok(path) = directory.join(name) else {
                    draft.nameless += 1;
                    continue;
                };
                let key = match mark.origin {
                    Origin::Hand => None,
                    Origin::Rule(text) => Some(text.clone()),
                };
                let origin = *origins.entry(key).or_insert_with(|| {
                    draft.origins.push((mark.origin.clone(), Sum::default()));
                    draft.origins.len() - 1
                });
                let target = Target {
                    path,
                    kind: mark.kind,
                    size: mark.size,
                    seen: mark.stamp.into(),
                };
                draft.push(directory, target, origin, mark.can_delete);
            }
        }
        draft.finish(known, caution, &inside, before);
        draft
    }

    /// The plan for what a question asks about that is not about marks.
    pub fn of_plan(plan: &Plan, known: &Known, caution: &Caution, kind: JobKind) -> Self {
        let mut draft = Self::empty(kind, 0);
        draft.origins.push((Origin::Hand, Sum::default()));
        for target in plan.items.iter() {
            if let Some(directory) = target.path.parent() {
                draft.push(&directory, target, 0, true);
            }
        }
        draft.finish(known, caution, &FxHashMap::default(), None);
        draft
    }

    fn empty(kind: JobKind, revision: u64) -> Self {
        Self {
            kind,
            of_marks: false,
            items: Vec::new(),
            folders: Vec::new(),
            rows: Vec::new(),
            cursor: Cursor::default(),
            sent: Sum::default(),
            staying: BTreeMap::new(),
            origins: Vec::new(),
            along: 0,
            stay_inside: 0,
            nameless: 0,
            copies: Ledger::default(),
            found: Found::default(),
            dry_run: DryRun::Never,
            filter: None,
            writing: None,
            order: Order {
                key: SortKey::Name,
                reversed: false,
            },
            revision,
            arranging: None,
        }
    }

    fn push(&mut self, directory: &RemotePath, target: Target, origin: usize, can_delete: bool) {
        let is_new = (self.folders.last()).is_none_or(|folder| folder.directory != *directory);
        if is_new {
            self.folders.push(Folder {
                directory: directory.clone(),
                sent: Sum::default(),
                staying: 0,
                is_unfolded: false,
                shown: Vec::new(),
                first: self.items.len(),
                end: self.items.len(),
            });
        }
        let folder = self.folders.len() - 1;
        self.folders[folder].end += 1;
        self.items.push(Item {
            target,
            origin,
            can_delete,
            is_protected: false,
            by_hand: None,
            look: Look::NotAsked,
            inside: 0,
            folder,
        });
    }

    fn finish(
        &mut self,
        known: &Known,
        caution: &Caution,
        inside: &FxHashMap<RemotePath, usize>,
        before: Option<Self>,
    ) {
        let mut said: FxHashMap<RemotePath, Item> = FxHashMap::default();
        let mut unfolded: Option<FxHashSet<RemotePath>> = None;
        if let Some(before) = before {
            self.dry_run = before.dry_run;
            self.filter = before.filter;
            self.order = before.order;
            self.writing = before.writing;
            let folders = before.folders.into_iter();
            let open = folders.filter(|folder| folder.is_unfolded);
            unfolded = Some(open.map(|folder| folder.directory).collect());
            let spoken = |item: &Item| item.by_hand.is_some() || item.look != Look::NotAsked;
            let items = before.items.into_iter().filter(spoken);
            said.extend(items.map(|item| (item.target.path.clone(), item)));
        }
        let items = self.items.iter();
        self.copies = Ledger::new(
            known,
            items.map(|item| (&item.target.path, item.target.kind)),
        );
        let few = self.folders.len() <= SHORT;
        for folder in &mut self.folders {
            folder.is_unfolded = match &unfolded {
                Some(unfolded) => unfolded.contains(&folder.directory),
                None => few && folder.end - folder.first <= SHORT,
            };
        }
        for at in 0..self.items.len() {
            let item = &mut self.items[at];
            item.is_protected = caution.protects(&item.target.path);
            item.inside = inside.get(&item.target.path).copied().unwrap_or(0);
            if let Some(before) = said.remove(&item.target.path)
                && before.target == item.target
            {
                item.by_hand = before.by_hand;
                item.look = before.look;
            }
            self.count(at, true);
        }
        // An answer that is still on its way speaks of the numbers of the plan before.
        if matches!(self.dry_run, DryRun::Running { .. }) {
            self.dry_run = DryRun::Never;
        }
        self.arrange();
        self.settle();
    }
}

/// The outermost marked directory with `directory` inside, which takes it along.
fn outermost(marks: &Marks, directory: &RemotePath) -> Option<RemotePath> {
    let mut found = marks.covering(directory)?;
    while let Some(above) = found.parent().and_then(|parent| marks.covering(&parent)) {
        found = above;
    }
    Some(found)
}
