//! From keys to intentions, and the text of the help screen. Knows nothing of the state.

use std::collections::HashMap;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;

use super::action::Action;
use crate::domain::rule::table;

const DEFAULT: &str = include_str!("../../assets/keymap.toml");

/// A part of the screen with keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// Keys that hold in every other context.
    Everywhere,
    /// The list of a directory.
    Browse,
    /// The list of all marks.
    Marks,
    /// The list of jobs.
    Jobs,
    /// The results of one job.
    Results,
    /// The recycle bin.
    Bin,
    /// A file, as large as the screen allows.
    Preview,
    /// The help screen.
    Help,
}

impl Context {
    /// What can be written there to choose entries, and what it finds; nothing where nothing is
    /// chosen.
    pub fn rules(self) -> impl Iterator<Item = (String, String)> {
        table().filter(move |_| self == Self::Browse)
    }
}

/// One line of the key map.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The sequences that call it.
    #[serde(deserialize_with = "sequences")]
    pub keys: Vec<Vec<Key>>,
    /// What it does.
    pub action: Action,
    /// Its line in the help.
    pub help: String,
    /// Its text in the key bar, if it has a place there.
    pub bar: Option<String>,
}

/// A key as a person presses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// What a sequence of keys comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It calls this.
    Action(Action),
    /// It is the beginning of one or more sequences.
    Beginning,
    /// It means nothing here.
    Nothing,
}

/// All bindings, by context.
#[derive(Clone, Debug)]
pub struct Keymap(HashMap<Context, Vec<Binding>>);

impl Default for Keymap {
    fn default() -> Self {
        Self::parse(DEFAULT).expect("the key map of the program is read by a test")
    }
}

impl Keymap {
    /// Reads a key map.
    ///
    /// # Errors
    /// What is wrong and where, as the TOML parser says it; a key that is bound twice in a context
    /// or is the beginning of another one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bindings: HashMap<Context, Vec<Binding>> =
            toml::from_str(text).map_err(|error| error.to_string())?;
        let keymap = Self(bindings);
        for &context in keymap.0.keys() {
            let all: Vec<&Vec<Key>> = keymap.bindings(context).flat_map(|b| &b.keys).collect();
            for (at, one) in all.iter().enumerate() {
                for (other_at, other) in all.iter().enumerate() {
                    if at != other_at && other.starts_with(one) {
                        let (one, other) = (spell(one), spell(other));
                        return Err(format!("{context:?}: {one} hides {other}"));
                    }
                }
            }
        }
        Ok(keymap)
    }

    /// The bindings that hold in a context: its own first, then those that hold everywhere.
    pub fn bindings(&self, context: Context) -> impl Iterator<Item = &Binding> {
        let own = self.0.get(&context).into_iter().flatten();
        let common = (context != Context::Everywhere)
            .then(|| self.0.get(&Context::Everywhere))
            .flatten();
        own.chain(common.into_iter().flatten())
    }

    /// What a sequence means in a context.
    pub fn meaning(&self, context: Context, pressed: &[Key]) -> Meaning {
        let mut beginning = false;
        for binding in self.bindings(context) {
            for keys in &binding.keys {
                if keys == pressed {
                    return Meaning::Action(binding.action);
                }
                beginning |= keys.starts_with(pressed);
            }
        }
        if beginning {
            Meaning::Beginning
        } else {
            Meaning::Nothing
        }
    }

    /// The sequences that begin with `pressed`, with what is still to be pressed and what it does.
    pub fn continuations(&self, context: Context, pressed: &[Key]) -> Vec<(String, &str)> {
        self.bindings(context)
            .flat_map(|binding| binding.keys.iter().map(move |keys| (keys, binding)))
            .filter(|(keys, _)| keys.starts_with(pressed))
            .map(|(keys, binding)| (spell(&keys[pressed.len()..]), binding.help.as_str()))
            .collect()
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        Self {
            code: event.code,
            modifiers,
        }
    }
}

impl Key {
    /// The key event that a terminal sends for it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// The digit on it, pressed without Ctrl or Alt.
    pub fn digit(self) -> Option<usize> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => {
                c.to_digit(10).and_then(|digit| usize::try_from(digit).ok())
            }
            _ => None,
        }
    }
}

/// Reads keys as the key map writes them: `gg`, `<C-d>`, `,n`, `<Space>`.
///
/// # Errors
/// The name in angle brackets that is not a key.
pub fn read(mut text: &str) -> Result<Vec<Key>, String> {
    let mut keys = Vec::new();
    while let Some(first) = text.chars().next() {
        let named = text.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        if let Some((name, rest)) = named.filter(|(name, _)| !name.is_empty()) {
            keys.push(named_key(name)?);
            text = rest;
        } else {
            keys.push(Key {
                code: KeyCode::Char(first),
                modifiers: KeyModifiers::NONE,
            });
            text = &text[first.len_utf8()..];
        }
    }
    Ok(keys)
}

const NAMES: [(&str, KeyCode); 13] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("S-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("F1", KeyCode::F(1)),
];

fn named_key(name: &str) -> Result<Key, String> {
    let plain = |code| Key {
        code,
        modifiers: KeyModifiers::NONE,
    };
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Ok(plain(*code));
    }
    match name {
        "PageUp" => return Ok(plain(KeyCode::PageUp)),
        "PageDown" => return Ok(plain(KeyCode::PageDown)),
        _ => {}
    }
    let (modifiers, rest) = match name.split_at_checked(2) {
        Some(("C-", rest)) => (KeyModifiers::CONTROL, rest),
        Some(("A-", rest)) => (KeyModifiers::ALT, rest),
        _ => return Err(format!("<{name}> is not a key")),
    };
    let mut characters = rest.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(Key {
            code: KeyCode::Char(character),
            modifiers,
        }),
        _ => Err(format!("<{name}> is not a key")),
    }
}

/// Writes keys as the key map does.
pub fn spell(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("Ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            other => write!(f, "{other}"),
        }
    }
}

fn sequences<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<Key>>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| read(text).map_err(serde::de::Error::custom))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_key_map_of_the_program_has_no_conflict() {
        let keymap = Keymap::parse(DEFAULT).unwrap();
        let keys = read("gg").unwrap();
        assert_eq!(
            keymap.meaning(Context::Browse, &keys),
            Meaning::Action(Action::First)
        );
        assert_eq!(
            keymap.meaning(Context::Browse, &keys[..1]),
            Meaning::Beginning
        );
        assert_eq!(
            keymap.meaning(Context::Browse, &read("gz").unwrap()),
            Meaning::Nothing
        );
    }

    #[test]
    fn a_key_that_hides_another_is_refused_with_both_named() {
        let text = r#"
            [[browse]]
            keys = ["g"]
            action = "root"
            help = ""
            [[browse]]
            keys = ["gg"]
            action = "first"
            help = ""
        "#;
        assert_eq!(Keymap::parse(text).unwrap_err(), "Browse: g hides gg");
    }

    #[test]
    fn keys_read_and_spell_alike() {
        assert_eq!(spell(&read("<C-d>").unwrap()), "Ctrl-d");
        assert_eq!(spell(&read(",n").unwrap()), ",n");
        assert_eq!(spell(&read("<Space><").unwrap()), "Space<");
        assert!(read("<Foo>").is_err());
    }
}
