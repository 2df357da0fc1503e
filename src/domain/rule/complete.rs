//! What may be meant by a word that is not yet finished.

use std::ops::Range;

use super::field::Field;
use super::named::Named;

/// Text that may stand in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the line that it replaces.
    pub replaced: Range<usize>,
    /// What to write there.
    pub with: String,
}

/// What the word that ends at `cursor`, a byte of the line, may become: fields for a word without a
/// colon, the values of a field behind it; the whole line also a name of a rule. Best first; none
/// where nothing fits.
pub fn complete(line: &str, cursor: usize, named: &Named) -> Vec<Completion> {
    let before = line.get(..cursor).unwrap_or(line);
    let whole = if before.len() == line.len() {
        names(line, named)
    } else {
        Vec::new()
    };
    // What replaces the last word alone cannot stand beside what replaces the line.
    if !whole.is_empty() && line.contains(char::is_whitespace) {
        return whole;
    }
    let mut found = words(before);
    found.extend(whole);
    found
}

fn names(line: &str, named: &Named) -> Vec<Completion> {
    let fitting = named
        .names()
        .filter(|name| name.starts_with(line) && name.len() > line.len());
    fitting
        .map(|name| Completion {
            replaced: 0..line.len(),
            with: name.to_owned(),
        })
        .collect()
}

fn words(before: &str) -> Vec<Completion> {
    if before.matches('"').count() % 2 == 1 {
        return Vec::new();
    }
    let start = before
        .rfind(|c: char| c.is_whitespace() || c == '(' || c == '!')
        .map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
    let word = &before[start..];
    let fitting = |start: usize, known: &mut dyn Iterator<Item = String>| {
        let typed = before[start..].to_ascii_lowercase();
        known
            .filter(|with| with.starts_with(&typed) && with.len() > typed.len())
            .map(|with| Completion {
                replaced: start..before.len(),
                with,
            })
            .collect()
    };
    let Some((field, value)) = word.split_once(':') else {
        let mut fields = Field::ALL.iter().map(|field| format!("{}:", field.word()));
        return fitting(start, &mut fields);
    };
    let Some(field) = Field::of(field) else {
        return Vec::new();
    };
    let start = before.len() - value.len();
    let start = start
        + value
            .rfind(['<', '>', '=', ',', '.'])
            .map_or(0, |at| at + 1);
    let mut values = field.values().iter().map(|value| (*value).to_owned());
    fitting(start, &mut values)
}
