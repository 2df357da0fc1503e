//! What was said in English, in the language of the person who reads it.
//!
//! Failures come from the worker and out of logs, as a sentence with what the service said behind
//! it. The parts that are ours are found in the table; the rest stays as it is.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::LazyLock;

use super::{CHINESE, fill, translated};

/// What stands between the parts of a sentence, and what does in Chinese.
const BETWEEN: [(&str, &str); 3] = [(": ", "："), ("; ", "；"), (" (", " (")];

/// So many bytes of a text with places make sure that it was said.
const SURE: usize = 12;

/// A text with places, taken apart at them.
struct Pattern {
    /// What stands before, between and behind the places.
    fixed: Vec<&'static str>,
    names: Vec<&'static str>,
    /// The bytes of `fixed`.
    length: usize,
    chinese: &'static str,
}

/// Those that begin with words of their own: others would be found in everything.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let texts = CHINESE.iter();
    let mut patterns: Vec<Pattern> = texts.filter_map(|(text, to)| pattern(text, to)).collect();
    // What says more is nearer to what was said.
    patterns.sort_by_key(|pattern| (std::cmp::Reverse(pattern.length), pattern.chinese));
    patterns
});

fn pattern(text: &'static str, chinese: &'static str) -> Option<Pattern> {
    let mut fixed = Vec::new();
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, behind) = behind.split_once('}')?;
        fixed.push(before);
        names.push(name);
        rest = behind;
    }
    fixed.push(rest);
    let begins = fixed[0].chars().any(char::is_alphanumeric);
    (begins && !names.is_empty()).then_some(Pattern {
        length: fixed.iter().map(|part| part.len()).sum(),
        fixed,
        names,
        chinese,
    })
}

impl Pattern {
    /// What stands in the places, if this is what was said.
    fn values<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (first, others) = self.fixed.split_first()?;
        let (last, between) = others.split_last()?;
        let mut rest = text.strip_prefix(first)?.strip_suffix(last)?;
        let mut values = Vec::with_capacity(self.names.len());
        for part in between {
            let (value, behind) = rest.split_once(part)?;
            values.push(value);
            rest = behind;
        }
        values.push(rest);
        Some(values)
    }
}

/// What was said on another thread or written into a log, in the language of this thread.
pub fn heard(text: &str) -> Cow<'_, str> {
    if super::spoken() == super::Language::English {
        return Cow::Borrowed(text);
    }
    let said = whole(text).or_else(|| begun(text)).or_else(|| ended(text));
    said.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A text of ours.
fn whole(text: &str) -> Option<String> {
    translated(text).map(str::to_owned)
}

/// A text of ours with something behind it, the longest first; else one with values.
fn begun(text: &str) -> Option<String> {
    let ends = text.char_indices().rev().map(|(at, _)| at);
    let known = ends.filter_map(|at| {
        let (_, sign) = BETWEEN
            .iter()
            .find(|(sign, _)| text[at..].starts_with(sign))?;
        Some((translated(&text[..at])?, sign, &text[at + 2..]))
    });
    if let Some((said, sign, rest)) = { known }.next() {
        return Some(format!("{said}{sign}{}", heard(rest)));
    }
    PATTERNS.iter().find_map(|pattern| {
        let values = pattern.values(text)?;
        let values: Vec<Cow<str>> = values.into_iter().map(heard).collect();
        let is_ours = |value: &Cow<str>| matches!(value, Cow::Owned(_));
        // A word or two of ours may stand in a sentence of somebody else.
        if pattern.length < SURE && !values.iter().any(is_ours) {
            return None;
        }
        let names = pattern.names.iter().copied();
        let values = values.iter().map(|value| value as &dyn Display);
        let places: Vec<(&str, &dyn Display)> = names.zip(values).collect();
        Some(fill(pattern.chinese, &places))
    })
}

/// Something with a text of ours behind it.
fn ended(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("; ")?;
    match heard(rest) {
        Cow::Borrowed(_) => None,
        Cow::Owned(said) => Some(format!("{before}；{said}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Language, speak};
    use super::*;

    #[test]
    fn what_is_ours_is_said_and_what_is_not_stays() {
        let text = "something else works on it or holds its name; try again later: Busy; so it is";
        assert_eq!(heard(text), text);
        let before = speak(Language::Chinese);
        for (english, chinese) in [
            ("it is not there", "该条目不存在"),
            (
                "it is not there: No such path",
                "该条目不存在：No such path",
            ),
            (
                "something else works on it or holds its name; try again later: Busy; it is \
                 still there",
                "该条目正被其他操作占用，或名称已被占用，请稍后重试：Busy；该条目仍在原处",
            ),
            ("job 7 cannot be undone", "作业 7 无法撤销"),
            ("Path is locked", "Path is locked"),
            ("", ""),
        ] {
            assert_eq!(heard(english), chinese, "{english}");
        }
        speak(before);
    }
}
