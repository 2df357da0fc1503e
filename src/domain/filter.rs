//! A rule that narrows the list of one directory down.

use super::entries::EntryRef;
use super::entry::Kind;
use super::path::RemotePath;
use super::rule::{Complaint, Facts, Field, Rule, Viewpoint};

/// A rule about the entries of one directory.
#[derive(Clone, Debug)]
pub struct Filter {
    rule: Rule,
    directory: RemotePath,
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
        }))
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        self.rule.text()
    }

    /// Whether an entry stays in the list.
    pub fn matches(&self, entry: EntryRef<'_>) -> bool {
        self.rule.matches(&self.rule.facts(&self.directory, entry))
    }

    /// Whether an entry stays in the list of which only this is known; none if the rule asks for
    /// more.
    pub fn matches_known(&self, name: &str, kind: Kind, size: Option<u64>) -> Option<bool> {
        let more = [Field::Modified, Field::Created, Field::Owner, Field::Label];
        let asks_for_more = more.iter().any(|field| self.rule.asks(*field).is_some());
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
