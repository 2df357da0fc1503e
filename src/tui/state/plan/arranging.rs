//! Which items of a plan are shown and in which order, worked out a piece at a time: rows of before
//! stay until the last piece is done.

use std::cmp::Reverse;

use super::{Draft, Row};
use crate::domain::job::Target;
use crate::domain::order::SortKey;
use crate::domain::path::RemotePath;
use crate::domain::rule::{Facts, Rule};

/// Items that are looked at in one piece: a few milliseconds of work.
const PIECE: usize = 1 << 13;

/// How far it has come.
#[derive(Clone, Debug, Default)]
pub struct Arranging {
    /// What is shown of the first folders.
    done: Vec<Vec<usize>>,
    /// What is shown of the next one, as far as it was looked at.
    shown: Vec<usize>,
    /// The next item.
    next: usize,
}

impl Draft {
    /// Chooses and sorts what is shown: at once if that is one piece.
    pub(super) fn arrange(&mut self) {
        self.arranging = Some(Arranging::default());
        if self.items.len() <= PIECE {
            self.settle();
        }
    }

    /// Whether the rows are not yet those of the order and the filter that were set.
    pub fn is_arranging(&self) -> bool {
        self.arranging.is_some()
    }

    /// Does all that is left of it.
    pub fn settle(&mut self) {
        while self.is_arranging() {
            self.arrange_on();
        }
    }

    /// Does a piece of it.
    pub fn arrange_on(&mut self) {
        let Some(mut arranging) = self.arranging.take() else {
            return;
        };
        let mut left = PIECE;
        while left > 0
            && let Some(folder) = self.folders.get(arranging.done.len())
        {
            let piece = arranging.next..folder.end.min(arranging.next + left);
            left -= piece.len().max(1);
            arranging.next = piece.end;
            match &self.filter {
                None => arranging.shown.extend(piece),
                Some(rule) => arranging.shown.extend(
                    piece.filter(|at| matches(rule, &folder.directory, &self.items[*at].target)),
                ),
            }
            if arranging.next == folder.end {
                let mut shown = std::mem::take(&mut arranging.shown);
                self.put_in_order(&mut shown);
                arranging.done.push(shown);
            }
        }
        if arranging.done.len() < self.folders.len() {
            self.arranging = Some(arranging);
            return;
        }
        for (folder, shown) in self.folders.iter_mut().zip(arranging.done) {
            folder.shown = shown;
        }
        self.make_rows();
    }

    fn put_in_order(&self, shown: &mut [usize]) {
        let item = |at: &usize| &self.items[*at];
        match self.order.key {
            SortKey::Size => shown.sort_by_key(|at| item(at).target.size.unwrap_or(0)),
            // Items of a plan have no times: it goes by what has marked them.
            SortKey::Modified => shown.sort_by_key(|at| item(at).origin),
            SortKey::Name | SortKey::Created | SortKey::Extension => {}
        }
        if self.order.reversed {
            shown.reverse();
        }
    }

    pub(super) fn make_rows(&mut self) {
        let under_cursor = self.rows.get(self.cursor.row).copied();
        let mut order: Vec<usize> = (0..self.folders.len())
            .filter(|at| !self.folders[*at].shown.is_empty())
            .collect();
        match self.order.key {
            SortKey::Size if self.order.reversed => {
                order.sort_by_key(|at| Reverse(self.folders[*at].sent.bytes));
            }
            SortKey::Size => order.sort_by_key(|at| self.folders[*at].sent.bytes),
            SortKey::Modified => {
                let origin = |at: &usize| {
                    let first = self.folders[*at].shown.first();
                    first.map(|at| self.items[*at].origin)
                };
                order.sort_by_key(origin);
                if self.order.reversed {
                    order.reverse();
                }
            }
            _ if self.order.reversed => order.reverse(),
            _ => {}
        }
        self.rows.clear();
        for at in order {
            self.rows.push(Row::Folder(at));
            let folder = &self.folders[at];
            if folder.is_unfolded {
                self.rows
                    .extend(folder.shown.iter().copied().map(Row::Item));
            }
        }
        let same = under_cursor.and_then(|row| self.rows.iter().position(|now| *now == row));
        self.cursor.row = same.unwrap_or(self.cursor.row);
    }
}

fn matches(rule: &Rule, directory: &RemotePath, target: &Target) -> bool {
    rule.matches(&Facts {
        directory,
        name: target.path.name(),
        kind: target.kind,
        size: target.size,
        modified: None,
        created: None,
        owner: None,
        labels: None,
        has_copies: None,
        is_marked: Some(true),
    })
}
