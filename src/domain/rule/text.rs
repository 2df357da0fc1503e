//! Texts that are looked for in names and paths, whatever their width and accents.
//!
//! The base that its child builds upon: `hits` says where in a name they were found.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use crate::texts::tr;
use memchr::{memchr, memmem::Finder};
use regex::bytes::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization as _;

mod hits;

pub use hits::best;

/// A piece of what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// `*`: any characters, also none.
    Any,
    /// `?`: one character.
    One,
}

/// A text that is looked for. Capital letters matter only where capital letters were typed.
#[derive(Clone, Debug)]
pub struct Text {
    wanted: String,
    keeps_case: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Contains(Box<Finder<'static>>),
    Equals(String),
    /// A pattern with wildcards, for the folded text.
    Pattern(Regex),
    /// A regular expression, for the text as it is.
    Regex(Regex),
    /// These characters in this order, anything between them.
    Fuzzy(Vec<Finder<'static>>),
}

impl Text {
    /// Looks for the pieces: anywhere in the text, or over the whole of it where it is `whole` or a
    /// wildcard stands in it.
    ///
    /// # Errors
    /// A sentence, if the pattern is too large.
    pub fn new(pieces: &[Piece], whole: bool, ignores_case: bool) -> Result<Self, String> {
        let wanted: String = pieces.iter().map(Piece::to_string).collect();
        let has_wildcard = pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)));
        let keeps_case = !ignores_case && wanted.chars().any(char::is_uppercase);
        let test = if has_wildcard {
            let source = pattern(pieces, keeps_case);
            Test::Pattern(Regex::new(&source).map_err(|_| tr!("'{wanted}' is too long", wanted))?)
        } else {
            let folded = folded(&wanted, keeps_case);
            let folded = String::from_utf8_lossy(folded.as_bytes()).into_owned();
            if whole {
                Test::Equals(folded)
            } else {
                Test::Contains(Box::new(Finder::new(folded.as_bytes()).into_owned()))
            }
        };
        Ok(Self {
            wanted,
            keeps_case,
            test,
        })
    }

    /// Looks for a regular expression.
    ///
    /// # Errors
    /// A sentence, if it cannot be read.
    pub fn regex(source: &str) -> Result<Self, String> {
        let keeps_case = has_capitals(source);
        let test = RegexBuilder::new(source)
            .case_insensitive(!keeps_case)
            .build()
            .map_err(|_| tr!("'{source}' is not a regular expression yet", source))?;
        Ok(Self {
            wanted: source.to_owned(),
            keeps_case,
            test: Test::Regex(test),
        })
    }

    /// Looks for the characters of a word in their order, with anything between them.
    pub fn fuzzy(word: &str) -> Self {
        let keeps_case = word.chars().any(char::is_uppercase);
        let folded = fold(word, keeps_case);
        let character = |c: char| Finder::new(c.encode_utf8(&mut [0; 4]).as_bytes()).into_owned();
        Self {
            wanted: word.to_owned(),
            keeps_case,
            test: Test::Fuzzy(folded.chars().map(character).collect()),
        }
    }

    /// The longest word without a blank that has to be in the subject, as it was typed.
    pub fn literal(&self) -> Option<&str> {
        let words = self
            .wanted
            .split(|c: char| c.is_whitespace() || matches!(c, '*' | '?'));
        match &self.test {
            Test::Contains(_) | Test::Equals(_) | Test::Pattern(_) => words
                .max_by_key(|word| word.len())
                .filter(|word| !word.is_empty()),
            Test::Regex(_) | Test::Fuzzy(_) => None,
        }
    }

    /// What was typed, if the subject has to be just that.
    pub fn exactly(&self) -> Option<&str> {
        matches!(self.test, Test::Equals(_)).then_some(self.wanted.as_str())
    }

    /// Whether it is a word that may stand anywhere in the subject.
    pub fn is_word(&self) -> bool {
        matches!(self.test, Test::Contains(_))
    }

    /// Finds a word in many subjects at once, which stand one behind the other in a text. None if
    /// that cannot be done: folding must leave each byte in its place.
    pub fn finding<'a>(&'a self, subjects: &'a str) -> Option<Finding<'a>> {
        let Test::Contains(finder) = &self.test else {
            return None;
        };
        let is_plain = subjects.is_ascii() || is_plain(subjects);
        if finder.needle().is_empty() || !is_plain {
            return None;
        }
        let bytes = if self.keeps_case {
            Cow::Borrowed(subjects.as_bytes())
        } else {
            Cow::Owned(subjects.as_bytes().to_ascii_lowercase())
        };
        Some(Finding { finder, bytes })
    }

    /// Whether the subject is or holds it.
    pub fn is_in(&self, subject: &Subject<'_>) -> bool {
        match &self.test {
            Test::Contains(finder) => finder.find(subject.folded(self.keeps_case)).is_some(),
            Test::Equals(text) => subject.folded(self.keeps_case) == text.as_bytes(),
            Test::Pattern(pattern) => pattern.is_match(subject.folded(self.keeps_case)),
            Test::Regex(regex) => regex.is_match(subject.text.as_bytes()),
            Test::Fuzzy(characters) => {
                let mut rest = subject.folded(self.keeps_case);
                characters.iter().all(|character| {
                    let wanted = character.needle();
                    let found = match wanted {
                        [byte] => memchr(*byte, rest),
                        _ => character.find(rest),
                    };
                    found.is_some_and(|at| {
                        rest = &rest[at + wanted.len()..];
                        true
                    })
                })
            }
        }
    }
}

/// A word that is looked for in many subjects at once.
pub struct Finding<'a> {
    finder: &'a Finder<'static>,
    bytes: Cow<'a, [u8]>,
}

impl Finding<'_> {
    /// At which byte it stands next, from this one on.
    pub fn next(&self, from: usize) -> Option<usize> {
        let found = self.finder.find(self.bytes.get(from..)?)?;
        Some(from + found)
    }
}

/// `contains 'x'`, `is 'x'`, `is like 'x*'`, `matches /x/`, `has the letters of 'x'`.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = &self.wanted;
        f.write_str(&match self.test {
            Test::Contains(_) => tr!("contains '{wanted}'", wanted),
            Test::Equals(_) => tr!("is '{wanted}'", wanted),
            Test::Pattern(_) => tr!("is like '{wanted}'", wanted),
            Test::Regex(_) => tr!("matches /{wanted}/", wanted),
            Test::Fuzzy(_) => tr!("has the letters of '{wanted}'", wanted),
        })
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Any => f.write_str("*"),
            Self::One => f.write_str("?"),
        }
    }
}

/// The pattern as a regular expression for folded texts. A `*` at an end needs no anchor there,
/// which lets the expression be searched as fast as a plain text.
fn pattern(pieces: &[Piece], keeps_case: bool) -> String {
    let mut source = String::from("(?s)");
    let is_open = |piece: Option<&Piece>| piece == Some(&Piece::Any);
    if !is_open(pieces.first()) {
        source.push('^');
    }
    let first = usize::from(is_open(pieces.first()));
    let last = pieces.len() - usize::from(pieces.len() > 1 && is_open(pieces.last()));
    for piece in &pieces[first..last.max(first)] {
        match piece {
            Piece::Text(text) => {
                let folded = folded(text, keeps_case);
                let text = String::from_utf8_lossy(folded.as_bytes());
                // A group, so that it can be said where the text stood.
                source.push('(');
                source.push_str(&regex::escape(&text));
                source.push(')');
            }
            Piece::Any => source.push_str(".*"),
            Piece::One => source.push('.'),
        }
    }
    if !is_open(pieces.last()) {
        source.push('$');
    }
    source
}

/// Whether a capital letter stands in a regular expression that is not part of an escape.
fn has_capitals(source: &str) -> bool {
    let mut characters = source.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            let class = characters.next();
            let rest = characters.as_str();
            if matches!(class, Some('p' | 'P')) && rest.starts_with('{') {
                let end = rest.find('}').unwrap_or(rest.len());
                characters = rest[end..].chars();
            }
        } else if character.is_uppercase() {
            return true;
        }
    }
    false
}

/// A name or path that is asked about; folded once for all texts that are looked for in it.
pub struct Subject<'a> {
    text: &'a str,
    exact: OnceCell<Folded<'a>>,
    lower: OnceCell<Folded<'a>>,
}

impl<'a> Subject<'a> {
    /// Nothing is folded before it is asked for.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            exact: OnceCell::new(),
            lower: OnceCell::new(),
        }
    }

    fn folded(&self, keeps_case: bool) -> &[u8] {
        let cell = if keeps_case { &self.exact } else { &self.lower };
        cell.get_or_init(|| folded(self.text, keeps_case))
            .as_bytes()
    }
}

/// Bytes of a folded text, without an allocation for all that most libraries hold.
enum Folded<'a> {
    Same(&'a str),
    Short([u8; SHORT], usize),
    Long(String),
}

/// Bytes of nearly all names.
const SHORT: usize = 128;

impl Folded<'_> {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Same(text) => text.as_bytes(),
            Self::Short(bytes, length) => &bytes[..*length],
            Self::Long(text) => text.as_bytes(),
        }
    }
}

/// The text without accents, in half width where it has one, and in lower case if that is wanted.
fn folded(text: &str, keeps_case: bool) -> Folded<'_> {
    if !is_plain(text) {
        return Folded::Long(fold(text, keeps_case));
    }
    if keeps_case || !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Folded::Same(text);
    }
    let Some(length) = Some(text.len()).filter(|length| *length <= SHORT) else {
        return Folded::Long(text.to_ascii_lowercase());
    };
    let mut bytes = [0; SHORT];
    bytes[..length].copy_from_slice(text.as_bytes());
    bytes[..length].make_ascii_lowercase();
    Folded::Short(bytes, length)
}

/// Whether folding can change nothing but the case of ASCII letters: ASCII and the common Chinese
/// characters, which fill nearly all libraries.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        at += match first {
            0..0x80 => 1,
            // U+4E00 to U+9FFF; it is UTF-8, so the other two bytes are there.
            0xe4 if bytes[at + 1] >= 0xb8 => 3,
            0xe5..=0xe9 => 3,
            _ => return false,
        };
    }
    true
}

/// Compatibility forms come apart, accents of letters go, the rest is put together again: marks
/// that make another syllable, as in Japanese, stay.
fn fold(text: &str, keeps_case: bool) -> String {
    let bare = text
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .nfc();
    if keeps_case {
        bare.collect()
    } else {
        bare.flat_map(char::to_lowercase).collect()
    }
}
