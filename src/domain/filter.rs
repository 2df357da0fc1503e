//! A rule that narrows the list of one directory down.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::entries::{Entries, EntryRef};
use super::entry::Kind;
use super::known::{Doubled, Known};
use super::marks::{Here, Marks};
use super::path::RemotePath;
use super::rule::{Complaint, Facts, Field, Named, Rule, Viewpoint};
use crate::texts::tr;

/// A rule about the entries of one directory.
#[derive(Clone, Debug)]
pub struct Filter {
    rule: Rule,
    directory: RemotePath,
    beyond: Beyond,
    /// Whether somebody asked for it by more than hiding dot files.
    is_typed: bool,
    hides_dot_files: bool,
}

/// What a listing does not tell of its entries, as far as the rule asks for it.
#[derive(Clone, Debug, Default)]
struct Beyond {
    /// The marks, and which revision of them.
    marks: Option<(Here, u64)>,
    /// Which files have copies, and of how many files the contents were known.
    doubled: Option<(Arc<Doubled>, usize)>,
}

impl Beyond {
    fn of(rule: &Rule, directory: &RemotePath, marks: &Marks, known: &Known) -> Self {
        let asks = |field| rule.asks(field).is_some();
        Self {
            marks: asks(Field::Mark).then(|| (marks.here(directory), marks.revision())),
            doubled: asks(Field::Copies)
                .then(|| (Arc::new(known.doubled(directory)), known.files())),
        }
    }

    fn is_marked(&self, name: &str) -> Option<bool> {
        self.marks.as_ref().map(|(here, _)| here.has(name))
    }

    fn has_copies(&self, name: &str) -> Option<bool> {
        self.doubled.as_ref()?.0.has(name)
    }
}

impl Filter {
    /// Reads what was typed for the directory of the viewpoint; none if it asks for nothing yet.
    ///
    /// # Errors
    /// What is wrong and where, also if it asks for what a listing does not tell.
    pub fn parse(text: &str, view: &Viewpoint) -> Result<Option<Self>, Complaint> {
        let Some(rule) = Rule::parse(text, view)? else {
            return Ok(None);
        };
        let unknown = [
            (Field::Copies, tr!("copies are not known to this list")),
            (Field::Mark, tr!("marks are not known to this list")),
        ];
        for (field, message) in unknown {
            if let Some(span) = rule.asks(field) {
                return Err(Complaint {
                    span,
                    message: message.to_owned(),
                    suggestion: None,
                });
            }
        }
        Ok(Some(Self::of(rule, view, Beyond::default())))
    }

    /// The same where marks and the contents of files may be asked for as well, as they are now. With
    /// `is_fuzzy` its words are read as [`Rule::parse_fuzzy`] does.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse_beside(
        text: &str,
        is_fuzzy: bool,
        view: &Viewpoint,
        (marks, known): (&Marks, &Known),
    ) -> Result<Option<Self>, Complaint> {
        let rule = if is_fuzzy {
            Rule::parse_fuzzy(text, view)?
        } else {
            Rule::parse(text, view)?
        };
        Ok(rule.map(|rule| {
            let beyond = Beyond::of(&rule, &view.here, marks, known);
            Self::of(rule, view, beyond)
        }))
    }

    fn of(rule: Rule, view: &Viewpoint, beyond: Beyond) -> Self {
        Self {
            rule,
            directory: view.here.clone(),
            beyond,
            is_typed: true,
            hides_dot_files: false,
        }
    }

    /// The same by the marks and the contents of files as they are now; none if it asks for nothing
    /// that has changed.
    pub fn renewed(&self, marks: &Marks, known: &Known) -> Option<Self> {
        let (of_marks, of_files) = (&self.beyond.marks, &self.beyond.doubled);
        let is_stale = (of_marks.as_ref()).is_some_and(|(_, at)| *at != marks.revision())
            || (of_files.as_ref()).is_some_and(|(_, files)| *files != known.files());
        is_stale.then(|| Self {
            beyond: Beyond::of(&self.rule, &self.directory, marks, known),
            ..self.clone()
        })
    }

    /// One that lets everything through but names that begin with a dot.
    pub fn without_dot_files(directory: &RemotePath) -> Option<Self> {
        let view = Viewpoint {
            here: directory.clone(),
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
            named: Named::default(),
        };
        let filter = Self::parse("!/^\\./", &view).ok()??;
        Some(Self {
            is_typed: false,
            hides_dot_files: true,
            ..filter
        })
    }

    /// The same, with or without names that begin with a dot.
    #[must_use]
    pub fn hiding_dot_files(self, hides: bool) -> Self {
        Self {
            hides_dot_files: hides,
            ..self
        }
    }

    /// Whether names that begin with a dot are hidden, whatever else is asked.
    pub fn hides_dot_files(&self) -> bool {
        self.hides_dot_files
    }

    /// Whether somebody asked for it by more than hiding dot files.
    pub fn is_typed(&self) -> bool {
        self.is_typed
    }

    /// Two filters of one directory with the same key show the same.
    pub fn key(&self) -> String {
        let dots = if self.hides_dot_files { "." } else { "" };
        let fuzzy = if self.rule.is_fuzzy() { "~" } else { "" };
        let marks = self.beyond.marks.as_ref().map(|(_, revision)| revision);
        let files = self.beyond.doubled.as_ref().map(|(_, files)| files);
        format!("{dots}{fuzzy} {marks:?} {files:?} {}", self.rule.text())
    }

    fn hides(&self, name: &str) -> bool {
        self.hides_dot_files && name.starts_with('.')
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        self.rule.text()
    }

    /// What is asked of each entry.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Whether an entry stays in the list.
    pub fn matches(&self, entry: EntryRef<'_>) -> bool {
        !self.hides(entry.name())
            && self.rule.matches(&Facts {
                has_copies: self.beyond.has_copies(entry.name()),
                is_marked: self.beyond.is_marked(entry.name()),
                ..self.rule.facts(&self.directory, entry)
            })
    }

    /// For each of these entries whether it stays in the list. Where the rule wants a word in each
    /// name, they are looked through as one text, and only those that have it are asked.
    pub fn stay(&self, entries: &Entries, range: Range<usize>) -> Vec<bool> {
        let stays = |at| entries.get(at).is_some_and(|entry| self.matches(entry));
        let (names, begin) = entries.names(range.clone());
        let word = self.rule.in_each_name();
        let Some(finding) = word.and_then(|word| word.finding(names)) else {
            return range.map(stays).collect();
        };
        let mut all = vec![false; range.len()];
        let mut from = 0;
        while let Some(found) = finding.next(from) {
            let (at, end) = entries.entry_of_byte(begin + found);
            all[at - range.start] = stays(at);
            // Not behind what was found: it may reach into the next name, and hide the word there.
            from = end - begin;
        }
        all
    }

    /// Whether an entry stays in the list of which only this is known; none if the rule asks for
    /// more.
    pub fn matches_known(&self, name: &str, kind: Kind, size: Option<u64>) -> Option<bool> {
        let more = [Field::Modified, Field::Created, Field::Owner, Field::Label];
        let asks_for_more = more.iter().any(|field| self.rule.asks(*field).is_some());
        if self.hides(name) {
            return Some(false);
        }
        (!asks_for_more).then(|| {
            self.rule.matches(&Facts {
                directory: &self.directory,
                name,
                kind,
                size,
                modified: None,
                created: None,
                owner: None,
                labels: None,
                has_copies: self.beyond.has_copies(name),
                is_marked: self.beyond.is_marked(name),
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::entry::Entry;

    const RULES: [&str; 8] = ["a", "aa", "aab", "A", "文a", "a|b", "!a", "b type:file"];

    proptest! {
        #[test]
        fn names_that_are_looked_through_together_are_those_that_match_one_by_one(
            names in proptest::collection::vec(("[aAbé文.]{1,6}", "[ab]{0,2}"), 1..40),
            is_plain in any::<bool>(),
            rule in proptest::sample::select(&RULES[..]),
            ends in any::<[proptest::sample::Index; 2]>(),
        ) {
            let mut entries = Entries::default();
            for (name, inode) in &names {
                let name = if is_plain { &name.replace('é', "b") } else { name };
                entries.push(&Entry {
                    inode: Some(inode.into()),
                    ..Entry::new(name, Kind::File)
                });
            }
            let view = Viewpoint {
                here: RemotePath::root(),
                now: Timestamp::UNIX_EPOCH,
                zone: TimeZone::UTC,
                named: Named::default(),
            };
            let filter = Filter::parse(rule, &view).unwrap().unwrap();
            let [one, other] = ends.map(|end| end.index(names.len() + 1));
            let range = one.min(other)..one.max(other);
            let expected: Vec<bool> = range
                .clone()
                .map(|at| filter.matches(entries.get(at).unwrap()))
                .collect();
            prop_assert_eq!(filter.stay(&entries, range), expected);
        }
    }
}
