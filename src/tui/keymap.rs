//! From keys to intentions, and the text of the help screen. Knows nothing of the state.
//!
//! The base that its children build upon: `own` lays a user's keys over those of the program.

pub mod own;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use super::action::Action;
use crate::domain::rule::table;
use crate::texts::tr;

const DEFAULT: &str = include_str!("../../assets/keymap.toml");

/// A part of the screen with keys of its own.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Deserialize,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Context {
    /// Keys that hold in every other context.
    Everywhere,
    /// The list of a directory.
    Browse,
    /// The list of all marks.
    Marks,
    /// What would be sent.
    Plan,
    /// The list of jobs.
    Jobs,
    /// The results of one job.
    Results,
    /// The last jobs of all sessions.
    Past,
    /// The recycle bin.
    Bin,
    /// What a walk has found.
    Found,
    /// Two copies side by side.
    Compare,
    /// A file, as large as the screen allows.
    Preview,
    /// All that is known of one entry.
    Details,
    /// The libraries of the settings.
    Libraries,
    /// The help screen.
    Help,
}

impl Context {
    /// What can be written there to choose entries, and what it finds; nothing where nothing is
    /// chosen.
    pub fn rules(self) -> impl Iterator<Item = (String, String)> {
        table().filter(move |_| self == Self::Browse)
    }

    /// What a person calls it.
    pub fn place(self) -> &'static str {
        match self {
            Self::Everywhere => tr!("every list"),
            Self::Browse => tr!("the list"),
            Self::Marks => tr!("the marks"),
            Self::Plan => tr!("the plan"),
            Self::Jobs => tr!("the jobs"),
            Self::Results => tr!("the results"),
            Self::Past => tr!("the undo history"),
            Self::Bin => tr!("the recycle bin"),
            Self::Found => tr!("what was found"),
            Self::Compare => tr!("two copies"),
            Self::Preview => tr!("the preview"),
            Self::Details => tr!("the details"),
            Self::Libraries => tr!("the libraries"),
            Self::Help => tr!("the help"),
        }
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
    #[serde(rename = "action")]
    pub call: Call,
    /// Its line in the help.
    pub help: String,
    /// Its text in the key bar, if it has a place there.
    pub bar: Option<String>,
}

/// What a key calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
pub enum Call {
    /// An intention.
    Action(Action),
    /// A line as it could be typed after `:`.
    Line(String),
}

/// Other words for what actions do, such as those of other programs.
static WORDS: LazyLock<HashMap<Action, String>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../assets/words.toml")).expect("a test reads the words")
});

impl Call {
    /// By what other words it is looked for in the help, with blanks between them.
    pub fn other_words(&self) -> &'static str {
        match self {
            Self::Action(action) => WORDS.get(action).map_or("", String::as_str),
            Self::Line(_) => "",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action(action) => f.write_str(action.word()),
            Self::Line(line) => f.write_str(line),
        }
    }
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
    Call(Call),
    /// It is the beginning of one or more sequences.
    Beginning,
    /// It means nothing here.
    Nothing,
}

/// All bindings, by the context that they are written for.
#[derive(Clone, Debug)]
pub struct Keymap {
    written: HashMap<Context, Vec<Binding>>,
    /// Which of the common bindings hold in a context: a key of its own goes before a common one.
    common: HashMap<Context, Vec<Binding>>,
    /// What has a meaning where, whatever key it is on.
    holds: HashSet<(Context, Action)>,
}

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
        let written: HashMap<Context, Vec<Binding>> =
            toml::from_str(text).map_err(|error| error.to_string())?;
        let holds = written.iter().flat_map(|(context, bindings)| {
            bindings.iter().filter_map(|binding| match &binding.call {
                Call::Action(action) => Some((*context, *action)),
                Call::Line(_) => None,
            })
        });
        let mut keymap = Self {
            holds: holds.collect(),
            common: HashMap::new(),
            written,
        };
        keymap.share(&HashSet::new());
        match keymap.conflicts().first() {
            None => Ok(keymap),
            Some((context, one, other)) => {
                let (one, other) = (spell(one), spell(other));
                Err(format!("{context:?}: {one} hides {other}"))
            }
        }
    }

    /// Finds out which common keys hold where; `freed` are keys that mean nothing in a context.
    fn share(&mut self, freed: &HashSet<(Context, Vec<Key>)>) {
        let common = self.written.get(&Context::Everywhere).cloned();
        let common = common.unwrap_or_default();
        for context in Context::iter().filter(|context| *context != Context::Everywhere) {
            let own: HashSet<&Vec<Key>> = self.own(context).flat_map(|own| &own.keys).collect();
            let mut bindings = common.clone();
            for binding in &mut bindings {
                binding.keys.retain(|keys| {
                    !own.contains(keys) && !freed.contains(&(context, keys.clone()))
                });
            }
            bindings.retain(|binding| !binding.keys.is_empty());
            self.common.insert(context, bindings);
        }
    }

    fn own(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.written.get(&context).into_iter().flatten()
    }

    /// Keys that are bound twice in a context or hide another: the context, the key, the other.
    fn conflicts(&self) -> Vec<(Context, &[Key], &[Key])> {
        let mut found = Vec::new();
        for context in Context::iter() {
            let all: Vec<&Vec<Key>> = self.bindings(context).flat_map(|b| &b.keys).collect();
            for (at, one) in all.iter().enumerate() {
                for (other_at, other) in all.iter().enumerate() {
                    let is_double = one == other && at > other_at;
                    if at != other_at && other.starts_with(one) && !is_double {
                        found.push((context, one.as_slice(), other.as_slice()));
                    }
                }
            }
        }
        found
    }

    /// The bindings that hold in a context: its own first, then those that hold everywhere.
    pub fn bindings(&self, context: Context) -> impl Iterator<Item = &Binding> {
        let common = self.common.get(&context).into_iter().flatten();
        self.own(context).chain(common)
    }

    /// Every binding with the context that it is written for: those that hold in `first` before all
    /// others.
    pub fn all(&self, first: Context) -> impl Iterator<Item = (Context, &Binding)> {
        let common = self.common.get(&first).into_iter().flatten();
        let here = self.own(first).map(move |binding| (first, binding));
        let here = here.chain(common.map(|binding| (Context::Everywhere, binding)));
        let others = Context::iter().filter(move |context| {
            *context != first && *context != Context::Everywhere && *context != Context::Help
        });
        here.chain(others.flat_map(|context| self.own(context).map(move |own| (context, own))))
    }

    /// Whether an action has a meaning in a context, whatever key it is on.
    pub fn holds(&self, context: Context, action: Action) -> bool {
        self.holds.contains(&(context, action))
            || self.holds.contains(&(Context::Everywhere, action))
    }

    /// What a sequence means in a context.
    pub fn meaning(&self, context: Context, pressed: &[Key]) -> Meaning {
        let mut beginning = false;
        for binding in self.bindings(context) {
            for keys in &binding.keys {
                if keys == pressed {
                    return Meaning::Call(binding.call.clone());
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

    /// The sequences that begin with `pressed`: what is still to be pressed, and for what.
    pub fn continuations(&self, context: Context, pressed: &[Key]) -> Vec<(String, &Binding)> {
        self.bindings(context)
            .flat_map(|binding| binding.keys.iter().map(move |keys| (keys, binding)))
            .filter(|(keys, _)| keys.starts_with(pressed))
            .map(|(keys, binding)| (spell(&keys[pressed.len()..]), binding))
            .collect()
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        // Letters are large or small by themselves, and Shift-Tab is a key of its own.
        if !matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers |= event.modifiers & KeyModifiers::SHIFT;
        }
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

    /// As the key map writes it.
    fn written(self) -> String {
        let name = NAMES.iter().find(|(_, code)| *code == self.code);
        let name = match (name, self.code) {
            (Some((name, _)), _) => (*name).to_owned(),
            (None, KeyCode::F(number)) => format!("F{number}"),
            (None, KeyCode::Char(letter)) if self.modifiers.is_empty() => return letter.into(),
            (None, code) => code.as_char().map_or_else(String::new, String::from),
        };
        let modifiers = [
            (KeyModifiers::CONTROL, "C-"),
            (KeyModifiers::ALT, "A-"),
            (KeyModifiers::SHIFT, "S-"),
        ];
        let modifiers: String = modifiers
            .into_iter()
            .filter(|(modifier, _)| self.modifiers.contains(*modifier))
            .map(|(_, text)| text)
            .collect();
        format!("<{modifiers}{name}>")
    }

    /// The letter or sign on it, pressed without Ctrl or Alt.
    pub fn letter(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if self.modifiers.is_empty() => Some(letter),
            _ => None,
        }
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

const NAMES: [(&str, KeyCode); 16] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("S-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
];

fn named_key(name: &str) -> Result<Key, String> {
    let key = |code, modifiers| Ok(Key { code, modifiers });
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return key(*code, KeyModifiers::NONE);
    }
    if let Some(number) = name.strip_prefix('F').and_then(|rest| rest.parse().ok())
        && (1..=12).contains(&number)
    {
        return key(KeyCode::F(number), KeyModifiers::NONE);
    }
    let unknown = || {
        let known = NAMES.iter().map(|(known, _)| *known);
        let hint = crate::config::written::did_you_mean(name, known);
        format!("<{name}> is not a key{hint}")
    };
    let (modifiers, rest) = match name.split_at_checked(2) {
        Some(("C-", rest)) => (KeyModifiers::CONTROL, rest),
        Some(("A-", rest)) => (KeyModifiers::ALT, rest),
        Some(("S-", rest)) => (KeyModifiers::SHIFT, rest),
        _ => return Err(unknown()),
    };
    let mut characters = rest.chars();
    match (characters.next(), characters.next()) {
        // Terminals send the large letter instead.
        (Some(_), None) if modifiers == KeyModifiers::SHIFT => Err(unknown()),
        (Some(character), None) => key(KeyCode::Char(character), modifiers),
        _ => match named_key(rest) {
            Ok(named) if named.modifiers.is_empty() => key(named.code, modifiers),
            _ => Err(unknown()),
        },
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
        if self.modifiers.contains(KeyModifiers::SHIFT) {
            f.write_str("Shift-")?;
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
            Meaning::Call(Call::Action(Action::First))
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
    fn the_key_map_of_the_program_says_nothing_but_actions() {
        for (_, binding) in Keymap::default().all(Context::Browse) {
            let Call::Action(_) = binding.call else {
                panic!("{} is no action", binding.call);
            };
        }
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
        assert_eq!(
            spell(&read("<S-Delete><C-F5>").unwrap()),
            "Shift-DelCtrl-F5"
        );
        assert_eq!(
            read("<Ented>").unwrap_err(),
            "<Ented> is not a key; did you mean 'Enter'?"
        );
        assert!(read("<S-a>").is_err(), "that is A");
    }
}
