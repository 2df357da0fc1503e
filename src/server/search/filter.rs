//! What a search asks for, and whether an entry is it (part B 7.1 and 7.4).

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::path::RemotePath;
use crate::server::entry;
use crate::server::error::Fault;
use crate::server::space::Space;
use crate::server::space::attributes::Attributes;
use crate::server::space::facts::{Facts, Identity, Kind};
use crate::server::space::problem::Problem;
use crate::server::space::walk::Step;

/// The criteria that all searches have in common.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Criteria {
    scope: Option<String>,
    min_file_size: Option<Value>,
    max_file_size: Option<Value>,
    modification_time_start: Option<String>,
    modification_time_end: Option<String>,
    labels: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    creators: Option<Vec<Creator>>,
}

/// Who made what is looked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Creator {
    user_id: Value,
}

/// What is looked for.
#[derive(Debug)]
pub struct Filter {
    /// The directory in which it is.
    pub scope: RemotePath,
    /// Parts of its name in small letters; any of them.
    pub words: Vec<String>,
    /// Of these types.
    pub types: Types,
    /// Ends of its name in small letters, with their dots; any of them.
    pub extensions: Vec<String>,
    /// Ends that its name has not.
    pub other_extensions: Vec<String>,
    sizes: (Option<u64>, Option<u64>),
    times: (Option<Timestamp>, Option<Timestamp>),
    labels: Vec<String>,
    categories: Vec<String>,
    creators: Vec<String>,
    /// What was said about the entries of the space; only where that matters.
    said: HashMap<Identity, Attributes>,
}

/// Which types of entries are wanted and which are not.
#[derive(Clone, Debug, Default)]
pub struct Types {
    wanted: Vec<Type>,
    unwanted: Vec<Type>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    All,
    Directory,
    File,
    Symlink,
    /// Files of that type (part A 2.10).
    Of(&'static str),
}

/// Why an entry was found.
pub struct Match {
    /// How many words its name holds.
    pub score: u8,
    /// What it is, if that had to be looked at.
    pub facts: Option<Facts>,
}

impl Filter {
    /// Reads the criteria that all searches have in common.
    pub fn new(criteria: Criteria) -> Result<Self, Fault> {
        let filter = Self {
            scope: Space::path(&criteria.scope.unwrap_or_default())?,
            sizes: (
                size("minFileSize", criteria.min_file_size.as_ref())?,
                size("maxFileSize", criteria.max_file_size.as_ref())?,
            ),
            times: (
                time(criteria.modification_time_start.as_deref())?,
                time(criteria.modification_time_end.as_deref())?,
            ),
            labels: criteria.labels.unwrap_or_default(),
            categories: criteria.categories.unwrap_or_default(),
            creators: criteria
                .creators
                .unwrap_or_default()
                .into_iter()
                .map(|creator| match creator.user_id {
                    Value::String(id) => id,
                    other => other.to_string(),
                })
                .collect(),
            words: Vec::new(),
            types: Types::default(),
            extensions: Vec::new(),
            other_extensions: Vec::new(),
            said: HashMap::new(),
        };
        Ok(filter)
    }

    /// Takes from the ledger what it has to know.
    pub fn prepare(&mut self, space: &Space, needs_said: bool) -> Result<(), Problem> {
        if needs_said || self.asks_for_said() {
            self.said = space.all_attributes()?;
        }
        Ok(())
    }

    /// What was said about an entry.
    pub fn said(&self, identity: Identity) -> Option<&Attributes> {
        self.said.get(&identity)
    }

    /// Whether an entry is looked for.
    pub fn matches(&self, step: &Step<'_>) -> Option<Match> {
        if !self.types.hold(step.name, step.kind) {
            return None;
        }
        let score = self.score(step)?;
        let needs_facts =
            self.sizes != (None, None) || self.times != (None, None) || self.asks_for_said();
        if !needs_facts {
            return Some(Match { score, facts: None });
        }
        // Gone since it was listed.
        let facts = step.facts().ok()?;
        self.holds(&facts).then_some(Match {
            score,
            facts: Some(facts),
        })
    }

    fn score(&self, step: &Step<'_>) -> Option<u8> {
        let has_names = !self.words.is_empty()
            || !self.extensions.is_empty()
            || !self.other_extensions.is_empty();
        if !has_names {
            return Some(0);
        }
        let name = step.name.to_lowercase();
        let ends = |ends: &[String]| ends.iter().any(|end| name.ends_with(end.as_str()));
        let is_directory = step.kind == Kind::Directory;
        if !self.extensions.is_empty() && (is_directory || !ends(&self.extensions)) {
            return None;
        }
        if !is_directory && ends(&self.other_extensions) {
            return None;
        }
        if self.words.is_empty() {
            return Some(0);
        }
        let found = self
            .words
            .iter()
            .filter(|word| name.contains(word.as_str()));
        let count = u8::try_from(found.count()).unwrap_or(u8::MAX);
        (count > 0).then_some(count)
    }

    fn holds(&self, facts: &Facts) -> bool {
        let (least, most) = self.sizes;
        let has_size = facts.kind == Kind::File
            && least.is_none_or(|least| facts.size >= least)
            && most.is_none_or(|most| facts.size <= most);
        let (begin, end) = self.times;
        (self.sizes == (None, None) || has_size)
            && begin.is_none_or(|begin| facts.modified >= begin)
            && end.is_none_or(|end| facts.modified <= end)
            && (!self.asks_for_said() || self.is_said(facts))
    }

    fn is_said(&self, facts: &Facts) -> bool {
        let Some(said) = self.said.get(&facts.identity()) else {
            return false;
        };
        let is_in = |list: &[String], word: Option<&String>| {
            list.is_empty() || word.is_some_and(|word| list.contains(word))
        };
        (self.labels.is_empty() || said.labels.iter().any(|label| self.labels.contains(label)))
            && is_in(&self.categories, said.category.as_ref())
            && is_in(&self.creators, said.user.as_ref())
    }

    fn asks_for_said(&self) -> bool {
        !(self.labels.is_empty() && self.categories.is_empty() && self.creators.is_empty())
    }
}

impl Types {
    /// Reads one word or a list of them; `!` before one means that it is not wanted.
    pub fn read(value: Option<&Value>) -> Result<Self, Fault> {
        let wrong = || Fault::parameter("type is a word or a list of words");
        let words: Vec<&str> = match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(word)) => vec![word],
            Some(Value::Array(words)) => words
                .iter()
                .map(|word| word.as_str().ok_or_else(wrong))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(wrong()),
        };
        let mut types = Self::default();
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            match word.strip_prefix('!') {
                Some(word) => types.unwanted.push(Type::read(word)?),
                None => types.wanted.push(Type::read(word)?),
            }
        }
        Ok(types)
    }

    /// Whether an entry is of these types.
    pub fn hold(&self, name: &str, kind: Kind) -> bool {
        let is_any = |types: &[Type]| types.iter().any(|wanted| wanted.is(name, kind));
        (self.wanted.is_empty() || is_any(&self.wanted)) && !is_any(&self.unwanted)
    }
}

impl Type {
    fn read(word: &str) -> Result<Self, Fault> {
        Ok(match word {
            "all" => Self::All,
            "dir" => Self::Directory,
            "file" => Self::File,
            "symlink" => Self::Symlink,
            "doc" | "word" => Self::Of("word"),
            "xls" | "excel" => Self::Of("excel"),
            "ppt" | "powerpoint" => Self::Of("powerpoint"),
            "txt" | "text" => Self::Of("text"),
            "pdf" | "portable" => Self::Of("portable"),
            "image" => Self::Of("image"),
            "video" => Self::Of("video"),
            "audio" => Self::Of("audio"),
            "archive" => Self::Of("archive"),
            "other" => Self::Of("other"),
            other => {
                return Err(Fault::parameter(format!("there is no type '{other}'")));
            }
        })
    }

    fn is(self, name: &str, kind: Kind) -> bool {
        match self {
            Self::All => true,
            Self::Directory => kind == Kind::Directory,
            Self::File => kind != Kind::Directory,
            Self::Symlink => kind == Kind::Symlink,
            Self::Of(word) => kind == Kind::File && entry::file_type(name) == word,
        }
    }
}

/// Ends of names as they are compared: in small letters and with a dot.
pub fn extensions(asked: Option<Vec<String>>) -> Vec<String> {
    let dotted = |extension: String| {
        let extension = extension.to_lowercase();
        if extension.starts_with('.') {
            extension
        } else {
            format!(".{extension}")
        }
    };
    let asked = asked.unwrap_or_default().into_iter();
    asked
        .filter(|extension| !extension.is_empty())
        .map(dotted)
        .collect()
}

fn size(name: &str, value: Option<&Value>) -> Result<Option<u64>, Fault> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64(),
    };
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(Fault::parameter(format!("{name} is a number of bytes"))),
    }
}

/// A time with a zone, or one without, or a day, in UTC.
fn time(text: Option<&str>) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let in_utc = |time: civil::DateTime| TimeZone::UTC.to_timestamp(time).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| in_utc(text.parse::<civil::DateTime>().ok()?))
        .or_else(|| in_utc(text.parse::<Date>().ok()?.at(0, 0, 0, 0)))
        .map(Some)
        .ok_or_else(|| {
            Fault::new(
                400,
                "InvalidTimeFormat",
                format!("'{text}' is not a time like 2020-09-22T07:43:01.000Z"),
            )
        })
}

/// The words of a keyword as they are compared; blanks separate them.
pub fn words(keyword: &str) -> Vec<String> {
    keyword.split_whitespace().map(str::to_lowercase).collect()
}
