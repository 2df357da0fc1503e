//! What can be typed after `:`, and how a line of it is completed. Knows nothing of the state.
//!
//! Words are those of actions in the key map, and those of the headless commands where both do the
//! same.

use std::str::FromStr;

use strum::IntoEnumIterator;

use super::action::Action;
use super::theme::BuiltIn;
use crate::config::written::did_you_mean;
use crate::domain::order::{Order, SortKey};
use crate::texts::{later, say, tr};

/// A line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The same as a key does.
    Action(Action),
    /// Go to a row, counted from 1.
    Row(usize),
    /// Show only what this rule lets through; nothing to drop the filter.
    Filter(String),
    /// Sort.
    Sort(Order),
    /// Go to a folder: absolute, or from here.
    Go(String),
    /// Search the library for what this rule chooses.
    Search(String),
    /// Mark what this rule chooses.
    Mark(String),
    /// Unmark what this rule chooses.
    Unmark(String),
    /// Show another theme.
    Theme(BuiltIn),
    /// Listen to the mouse, or leave it to the terminal.
    Mouse(bool),
}

/// Words that take something after them, and what.
const WITH_ARGUMENT: [(&str, &str); 8] = [
    ("filter", later!("a rule, as after f; nothing drops it")),
    (
        "sort",
        later!("name, size, modified, created or extension; reversed"),
    ),
    ("cd", later!("a folder, from the root (/) or from here")),
    ("search", later!("a rule, as after s")),
    ("mark", later!("a rule, as after +")),
    ("unmark", later!("a rule, as after -")),
    ("theme", later!("dark, light or mono")),
    ("mouse", later!("on or off")),
];

/// Other words for the same: those of the headless commands, and short ones that hands know.
const OTHER_WORDS: [(&str, Action); 4] = [
    ("rm", Action::Recycle),
    ("q", Action::Quit),
    ("ls", Action::Reload),
    ("back_to_root", Action::Root),
];

const SORT_KEYS: [(&str, SortKey); 5] = [
    ("name", SortKey::Name),
    ("size", SortKey::Size),
    ("modified", SortKey::Modified),
    ("created", SortKey::Created),
    ("extension", SortKey::Extension),
];

/// What a word wants after it, where it wants something.
pub fn argument(line: &str) -> Option<&'static str> {
    let word = line.split_whitespace().next()?;
    let known = WITH_ARGUMENT.iter().find(|(known, _)| *known == word);
    known.map(|(_, argument)| say(argument))
}

/// Reads a line.
///
/// # Errors
/// A sentence about the word that does not exist or that is missing.
pub fn read(line: &str) -> Result<Command, String> {
    let line = line.trim_start_matches(':').trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    if let Ok(row) = word.parse()
        && rest.is_empty()
    {
        return Ok(Command::Row(row));
    }
    if WITH_ARGUMENT.iter().any(|(known, _)| *known == word) {
        return with_argument(word, rest);
    }
    let action = action(word).ok_or_else(|| {
        let hint = did_you_mean(word, words().iter().map(String::as_str));
        tr!(
            "There is no command '{word}'{hint}. Tab lists them.",
            word,
            hint
        )
        .replace("?.", "?")
        .replace("？。", "？")
    })?;
    if rest.is_empty() {
        Ok(Command::Action(action))
    } else {
        Err(tr!("{word} takes nothing after it.", word))
    }
}

fn action(word: &str) -> Option<Action> {
    let other = OTHER_WORDS.iter().find(|(known, _)| *known == word);
    match other {
        Some((_, action)) => Some(*action),
        None => Action::from_str(&word.replace('-', "_")).ok(),
    }
}

fn with_argument(word: &str, rest: &str) -> Result<Command, String> {
    let wanted = || {
        let argument = argument(word).unwrap_or_default();
        tr!(
            "{word} wants something after it: {argument}.",
            word,
            argument
        )
    };
    match word {
        "filter" => Ok(Command::Filter(rest.to_owned())),
        _ if rest.is_empty() => Err(wanted()),
        "cd" => Ok(Command::Go(rest.to_owned())),
        "search" => Ok(Command::Search(rest.to_owned())),
        "mark" => Ok(Command::Mark(rest.to_owned())),
        "unmark" => Ok(Command::Unmark(rest.to_owned())),
        "theme" => BuiltIn::from_str(rest)
            .map(Command::Theme)
            .map_err(|_| wanted()),
        "mouse" => match rest {
            "on" => Ok(Command::Mouse(true)),
            "off" => Ok(Command::Mouse(false)),
            _ => Err(wanted()),
        },
        _ => {
            let (key, way) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let key = SORT_KEYS.iter().find(|(known, _)| *known == key);
            let reversed = match way.trim() {
                "" => Some(false),
                "reversed" => Some(true),
                _ => None,
            };
            match (key, reversed) {
                (Some((_, key)), Some(reversed)) => Ok(Command::Sort(Order {
                    key: *key,
                    reversed,
                })),
                _ => Err(wanted()),
            }
        }
    }
}

/// Every word that a line can begin with, sorted.
fn words() -> Vec<String> {
    let with = WITH_ARGUMENT.iter().map(|(word, _)| (*word).to_owned());
    let actions = Action::iter().map(|action| action.word().to_owned());
    let mut words: Vec<String> = with.chain(actions).collect();
    words.sort();
    words.dedup();
    words
}

/// The lines that `line` can become, sorted; `folders` are the names that can follow `cd`, and
/// `rules` those that can stand for a rule.
pub fn completions<'a>(
    line: &str,
    folders: impl Iterator<Item = &'a str>,
    rules: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let Some((word, typed)) = line.split_once(' ') else {
        let begins = |word: &String| word.starts_with(line);
        return words().into_iter().filter(begins).collect();
    };
    let mut known: Vec<String> = match word {
        "theme" => BuiltIn::iter()
            .map(|theme| <&str>::from(theme).into())
            .collect(),
        "mouse" => vec!["off".into(), "on".into()],
        "sort" => SORT_KEYS
            .iter()
            .flat_map(|(key, _)| [(*key).to_owned(), format!("{key} reversed")])
            .collect(),
        "cd" => folders.map(str::to_owned).collect(),
        "filter" | "search" | "mark" | "unmark" => rules.map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    known.retain(|known| known.starts_with(typed));
    known.sort();
    known
        .into_iter()
        .map(|rest| format!("{word} {rest}"))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_by_the_words_of_actions_and_of_headless_commands() {
        assert_eq!(read("mark_all"), Ok(Command::Action(Action::MarkAll)));
        assert_eq!(read(" mark-all "), Ok(Command::Action(Action::MarkAll)));
        assert_eq!(read("rm"), Ok(Command::Action(Action::Recycle)));
        assert_eq!(read("417"), Ok(Command::Row(417)));
        assert_eq!(
            read("filter *废弃* x"),
            Ok(Command::Filter("*废弃* x".into()))
        );
        let order = Order {
            key: SortKey::Size,
            reversed: true,
        };
        assert_eq!(read("sort size reversed"), Ok(Command::Sort(order)));
        for word in words() {
            assert!(read(&word).is_ok() || argument(&word).is_some(), "{word}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_understood_says_what_would_be() {
        assert_eq!(
            read("recicle").unwrap_err(),
            "There is no command 'recicle'; did you mean 'recycle'? Tab lists them."
        );
        assert_eq!(
            read("sort weight").unwrap_err(),
            "sort wants something after it: name, size, modified, created or extension; reversed."
        );
        assert_eq!(
            read("quit now").unwrap_err(),
            "quit takes nothing after it."
        );
    }

    #[test]
    fn what_was_begun_is_completed() {
        let none = || std::iter::empty();
        assert_eq!(completions("the", none(), none()), ["theme"]);
        assert_eq!(completions("theme l", none(), none()), ["theme light"]);
        assert_eq!(
            completions("cd 杭", ["上海", "杭州外拍"].into_iter(), none()),
            ["cd 杭州外拍"]
        );
        assert_eq!(
            completions("sort m", none(), none()),
            ["sort modified", "sort modified reversed"]
        );
    }
}
