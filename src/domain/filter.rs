//! A rule that narrows the list of one directory down.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::entries::EntryRef;
use super::entry::Kind;
use super::path::RemotePath;
use super::rule::{Complaint, Facts, Field, Rule, Viewpoint};

/// A rule about the entries of one directory.
#[derive(Clone, Debug)]
pub struct Filter {
    rule: Rule,
    directory: RemotePath,
    /// Whether somebody asked for it by more than hiding dot files.
    is_typed: bool,
    hides_dot_files: bool,
}

impl Filter {
    /// Reads what was typed for the directory of the viewpoint; none if it asks for nothing yet.
    ///
    /// # Errors
    /// What is wrong and where, also if it asks for what a listing does not tell.
    pub fn parse(text: &str, view: &Viewpoint) -> Result<Option<Self>, Complaint> {
        Self::of(Rule::parse(text, view)?, view)
    }

    /// The same with fuzzy words, as [`Rule::parse_fuzzy`] reads them.
    ///
    /// # Errors
    /// Those of [`Filter::parse`].
    pub fn parse_fuzzy(text: &str, view: &Viewpoint) -> Result<Option<Self>, Complaint> {
        Self::of(Rule::parse_fuzzy(text, view)?, view)
    }

    fn of(rule: Option<Rule>, view: &Viewpoint) -> Result<Option<Self>, Complaint> {
        let Some(rule) = rule else {
            return Ok(None);
        };
        for (field, what) in [(Field::Copies, "copies are"), (Field::Mark, "marks are")] {
            if let Some(span) = rule.asks(field) {
                return Err(Complaint {
                    span,
                    message: format!("{what} not known to this list"),
                    suggestion: None,
                });
            }
        }
        Ok(Some(Self {
            rule,
            directory: view.here.clone(),
            is_typed: true,
            hides_dot_files: false,
        }))
    }

    /// One that lets everything through but names that begin with a dot.
    pub fn without_dot_files(directory: &RemotePath) -> Option<Self> {
        let view = Viewpoint {
            here: directory.clone(),
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
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
        format!("{dots}{fuzzy} {}", self.rule.text())
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
        !self.hides(entry.name()) && self.rule.matches(&self.rule.facts(&self.directory, entry))
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
                has_copies: None,
                is_marked: None,
            })
        })
    }
}
