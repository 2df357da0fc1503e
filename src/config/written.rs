//! What people write into settings, keys and themes: where it is wrong, and which word was meant.

use std::collections::BTreeMap;
use std::fmt;

use crate::texts::tr;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

/// Something that is wrong in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what to do, without a full stop.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Reads TOML.
///
/// # Errors
/// The line, and what the parser says.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    toml::from_str(text).map_err(|error| Fault {
        line: line_at(text, error.span().map_or(0, |span| span.start)),
        message: {
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            let hint = meant(&message);
            message + &hint
        },
    })
}

/// The rules of a settings file: the line of each, its name, and what it says; first lines first. None
/// where the file cannot be read.
pub fn rules_of(text: &str) -> Vec<(usize, String, String)> {
    #[derive(Deserialize)]
    struct Written {
        #[serde(default)]
        rules: BTreeMap<String, Spanned<String>>,
    }
    let Ok(written) = toml::from_str::<Written>(text) else {
        return Vec::new();
    };
    let rules = written.rules.into_iter();
    let mut found: Vec<_> = rules
        .map(|(name, rule)| (line_at(text, rule.span().start), name, rule.into_inner()))
        .collect();
    found.sort();
    found
}

/// Which of the words that the parser would have taken was probably meant.
fn meant(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    match words.next() {
        Some(word) if message.starts_with("unknown field") => did_you_mean(word, words),
        _ => String::new(),
    }
}

/// The line, counted from 1, that a byte of a text stands in.
pub fn line_at(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// A question after the word that was probably meant, to be put behind a sentence.
pub fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| tr!("; did you mean '{near}'?", near))
}

/// The word that takes the fewest changes of one letter, if they are few.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|other| (strsim::levenshtein(word, other), other))
        .filter(|(changes, other)| *changes <= 1 + other.len() / 3)
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, other)| other)
}
