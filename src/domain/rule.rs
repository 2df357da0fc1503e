//! The language in which entries are chosen: to filter, to mark, to search and to plan.
//!
//! `assets/rules.md` is its one table; the README and the help show it. A rule is read once and then
//! asked about any number of entries; names that need no folding cost no allocation.
//!
//! Composes its children, which build upon the types of this file.

mod complete;
mod condition;
mod criteria;
mod explain;
mod field;
mod moment;
mod named;
mod parse;
mod size;
mod text;

use std::fmt;
use std::ops::Range;

use compact_str::CompactString;
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::complete::{Completion, complete};
use self::condition::{Condition, Look};
pub use self::condition::{extension, kind_word};
pub use self::field::Field;
pub use self::named::Named;
pub use self::size::bytes;
use self::text::Text;
use super::entries::EntryRef;
use super::entry::Kind;
use super::path::RemotePath;
use crate::texts::tr;

/// Rules are the same that are written alike.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.is_fuzzy == other.is_fuzzy
    }
}

impl Eq for Rule {}

/// Where and when a rule is read: `in:here` and `mod:>90d` mean nothing without it.
#[derive(Clone, Debug)]
pub struct Viewpoint {
    /// The directory that `here` and `tree` speak of.
    pub here: RemotePath,
    /// The time from which ages count.
    pub now: Timestamp,
    /// Where days begin and end.
    pub zone: TimeZone,
    /// Names that stand for rules.
    pub named: Named,
}

/// What a rule may ask about one entry. What is not known is none, and then a test of it neither
/// holds nor fails: neither `label:x` nor `!label:x` matches an entry whose labels nobody has told.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Where the entry is.
    pub directory: &'a RemotePath,
    /// The last component of its path, unaltered.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Bytes; none for directories.
    pub size: Option<u64>,
    /// When its content last changed.
    pub modified: Option<Timestamp>,
    /// When it was created or uploaded.
    pub created: Option<Timestamp>,
    /// The id of the user who owns it.
    pub owner: Option<&'a str>,
    /// Its labels.
    pub labels: Option<&'a [CompactString]>,
    /// Whether another file of the same content is known.
    pub has_copies: Option<bool>,
    /// Whether it is marked.
    pub is_marked: Option<bool>,
}

/// A rule that can be asked.
#[derive(Clone, Debug)]
pub struct Rule {
    text: String,
    root: Node,
    /// The fields it asks for and where they stand in the text.
    asked: Vec<(Field, Range<usize>)>,
    /// The same fields as bits.
    fields: u16,
    is_fuzzy: bool,
}

#[derive(Clone, Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Condition),
}

/// Why a line is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Complaint {
    /// The bytes of the line that are wrong.
    pub span: Range<usize>,
    /// A sentence, the suggestion in it.
    pub message: String,
    /// What to write there instead, if something is near.
    pub suggestion: Option<String>,
}

/// A directory in which a rule may find something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which one.
    pub directory: RemotePath,
    /// Whether also in what lies below it.
    pub is_deep: bool,
}

/// What can be written and what it finds, as pairs for people; signs of code taken off.
pub fn table() -> impl Iterator<Item = (String, String)> {
    let rows = include_str!("../../assets/rules.md").lines().skip(2);
    rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split('|');
        let plain = |cell: &str| cell.trim().replace("` `", "   ").replace('`', "");
        Some((plain(cells.next()?), plain(cells.next()?)))
    })
}

impl Rule {
    /// Reads a line, or the name of a rule; none if it is blank.
    ///
    /// # Errors
    /// What is wrong, where, and what may have been meant.
    pub fn parse(text: &str, view: &Viewpoint) -> Result<Option<Self>, Complaint> {
        Self::read(text, view, false)
    }

    /// The same, but a word that stands alone, without quotes and wildcards, finds names with its
    /// letters in their order and anything between them.
    ///
    /// # Errors
    /// Those of [`Rule::parse`].
    pub fn parse_fuzzy(text: &str, view: &Viewpoint) -> Result<Option<Self>, Complaint> {
        Self::read(text, view, true)
    }

    /// What was written stays the text of a rule that was named.
    fn read(text: &str, view: &Viewpoint, is_fuzzy: bool) -> Result<Option<Self>, Complaint> {
        let Some(line) = view.named.line(text) else {
            return parse::parse(text, view, is_fuzzy);
        };
        match parse::parse(line, view, false) {
            Ok(rule) => Ok(rule.map(|rule| Self {
                text: text.to_owned(),
                ..rule
            })),
            Err(complaint) => Err(Complaint {
                span: 0..text.len(),
                message: tr!(
                    "the rule '{name}' of the settings: {complaint}",
                    name = text.trim(),
                    complaint
                ),
                suggestion: None,
            }),
        }
    }

    /// Reads a line for a list that does not tell these fields; `refusal` is the sentence that says
    /// so of the word of a field.
    ///
    /// # Errors
    /// Those of [`Rule::parse`], and where the line asks for what is not told.
    pub fn parse_without(
        text: &str,
        view: &Viewpoint,
        unknown: &[Field],
        refusal: impl Fn(&str) -> String,
    ) -> Result<Option<Self>, Complaint> {
        let rule = Self::parse(text, view)?;
        for field in unknown {
            if let Some(span) = rule.as_ref().and_then(|rule| rule.asks(*field)) {
                return Err(Complaint {
                    span,
                    message: refusal(field.word()),
                    suggestion: None,
                });
            }
        }
        Ok(rule)
    }

    /// Whether words that stand alone are fuzzy.
    pub fn is_fuzzy(&self) -> bool {
        self.is_fuzzy
    }

    /// The line as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a listing says about an entry of a directory, as far as the rule asks for it: to look
    /// everything up for each of a million entries takes longer than to ask the rule.
    pub fn facts<'a>(&self, directory: &'a RemotePath, entry: EntryRef<'a>) -> Facts<'a> {
        let asks = |field: Field| self.fields & field.bit() != 0;
        Facts {
            directory,
            name: entry.name(),
            kind: entry.kind(),
            size: entry.size(),
            modified: asks(Field::Modified).then(|| entry.modified()).flatten(),
            created: asks(Field::Created).then(|| entry.created()).flatten(),
            owner: asks(Field::Owner).then(|| entry.owner()).flatten(),
            labels: asks(Field::Label).then(|| entry.labels()),
            has_copies: None,
            is_marked: None,
        }
    }

    /// Whether the rule chooses an entry. What is not known chooses nothing.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.root.test(&Look::new(facts)) == Some(true)
    }

    /// Whether the rule chooses an entry, or would if more were known of it.
    pub fn may_match(&self, facts: &Facts<'_>) -> bool {
        self.root.test(&Look::new(facts)) != Some(false)
    }

    /// The bytes of a name that the rule has looked for and found, from left to right.
    pub fn hits(&self, name: &str) -> Vec<Range<usize>> {
        let mut texts = Vec::new();
        self.root.wanted(&mut texts);
        let mut found: Vec<_> = texts.iter().flat_map(|text| text.hits(name)).collect();
        found.sort_by_key(|hit| (hit.start, hit.end));
        found.dedup_by(|next, hit| {
            let touches = next.start <= hit.end;
            if touches {
                hit.end = hit.end.max(next.end);
            }
            touches
        });
        found
    }

    /// The place of the name that the fuzzy words fit best, the first of equals; none without such
    /// words or names.
    pub fn best<'a>(&self, names: impl Iterator<Item = &'a str>) -> Option<usize> {
        let mut texts = Vec::new();
        self.root.wanted(&mut texts);
        text::best(&texts, names)
    }

    /// A word that stands in the name of each entry that the rule chooses; none if it wants no such
    /// word.
    pub fn in_each_name(&self) -> Option<&Text> {
        self.root.in_each_name()
    }

    /// Where the rule first asks for a field; none if it does not.
    pub fn asks(&self, field: Field) -> Option<Range<usize>> {
        let found = self.asked.iter().find(|(asked, _)| *asked == field);
        found.map(|(_, span)| span.clone())
    }

    /// Where to look for entries that the rule may choose: what its `in:` says, else `usual`.
    /// None of them lies in another.
    pub fn scopes(&self, usual: &Scope) -> Vec<Scope> {
        let mut scopes = self
            .root
            .scopes(usual)
            .unwrap_or_else(|| vec![usual.clone()]);
        scopes.sort_by(|one, other| {
            (one.directory.as_str(), !one.is_deep).cmp(&(other.directory.as_str(), !other.is_deep))
        });
        let mut kept: Vec<Scope> = Vec::new();
        for scope in scopes {
            if !kept.iter().any(|wider| wider.covers(&scope)) {
                kept.push(scope);
            }
        }
        kept
    }
}

/// The rule in plain words: `modified before 2024-04-01 and over 500 MB`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        explain::explain(&self.root, f)
    }
}

impl Scope {
    /// Whether everything in `other` is in this one as well.
    fn covers(&self, other: &Self) -> bool {
        if self.directory == other.directory {
            return self.is_deep || !other.is_deep;
        }
        self.is_deep && self.directory.contains(&other.directory)
    }
}

impl Node {
    /// Whether it holds; none if that hangs on something that is not known.
    fn test(&self, look: &Look<'_>) -> Option<bool> {
        match self {
            Self::Test(condition) => condition.test(look),
            Self::Not(node) => node.test(look).map(|holds| !holds),
            Self::All(nodes) => all_of(nodes, look, true),
            Self::Any(nodes) => all_of(nodes, look, false),
        }
    }

    /// The texts that a name has to hold, or may.
    fn wanted<'a>(&'a self, texts: &mut Vec<&'a Text>) {
        match self {
            Self::Test(Condition::Name(text)) => texts.push(text),
            Self::Test(_) | Self::Not(_) => {}
            Self::All(nodes) | Self::Any(nodes) => {
                for node in nodes {
                    node.wanted(texts);
                }
            }
        }
    }

    fn in_each_name(&self) -> Option<&Text> {
        match self {
            Self::Test(Condition::Name(text)) if text.is_word() => Some(text),
            Self::Test(_) | Self::Not(_) | Self::Any(_) => None,
            Self::All(nodes) => nodes.iter().find_map(Self::in_each_name),
        }
    }

    /// Where something may be found; none if the node does not say.
    fn scopes(&self, usual: &Scope) -> Option<Vec<Scope>> {
        match self {
            Self::Test(Condition::In(scope)) => Some(vec![scope.clone()]),
            Self::Test(_) | Self::Not(_) => None,
            // Any one of them is enough to look through.
            Self::All(nodes) => nodes
                .iter()
                .filter_map(|node| node.scopes(usual))
                .min_by_key(|scopes| scopes.iter().any(|scope| scope.is_deep)),
            // A side that does not say looks where it usually would.
            Self::Any(nodes) => {
                let sides: Vec<Option<Vec<Scope>>> =
                    nodes.iter().map(|node| node.scopes(usual)).collect();
                sides.iter().any(Option::is_some).then(|| {
                    let sides = sides.into_iter();
                    sides
                        .flat_map(|side| side.unwrap_or_else(|| vec![usual.clone()]))
                        .collect()
                })
            }
        }
    }
}

/// Whether all nodes come to `wanted`; the first that does not decides, what is not known does not.
fn all_of(nodes: &[Node], look: &Look<'_>, wanted: bool) -> Option<bool> {
    let mut is_known = true;
    for node in nodes {
        match node.test(look) {
            Some(holds) if holds != wanted => return Some(holds),
            Some(_) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(wanted)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
