//! What the screen says, in the language of the person who reads it.
//!
//! A text stands in the code in English, where it is used, and is its own key: `tr!` gives it in
//! the language that the thread speaks. The table of a language (`assets/texts`) has each of them,
//! and `tests/it/texts.rs` compares the two.
//! What is written for programs and into logs stays English: other threads than that of the screen
//! speak it. What those say and a person reads is marked by `later!` where it is made, and passes
//! through [`heard()`] where it is shown.

mod heard;

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

/// A language that there is a table of; English needs none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// As it stands in the code.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language of a locale such as `zh_CN.UTF-8`.
    pub fn of_locale(locale: &str) -> Self {
        match locale.split(['_', '-', '.', '@']).next() {
            Some("zh") => Self::Chinese,
            _ => Self::English,
        }
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

static CHINESE: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    toml::from_str(include_str!("../assets/texts/zh-CN.toml")).expect("a test reads the table")
});

/// From now on this thread speaks this language. Returns what it spoke before.
pub fn speak(language: Language) -> Language {
    SPOKEN.replace(language)
}

/// The words of a text in the language of this thread; English where its table has none.
pub fn say(text: &str) -> &str {
    translated(text).unwrap_or(text)
}

/// The language that this thread speaks.
pub fn spoken() -> Language {
    SPOKEN.get()
}

/// What the table says, if another language than English is spoken.
pub fn translated(text: &str) -> Option<&'static str> {
    match SPOKEN.get() {
        Language::English => None,
        Language::Chinese => CHINESE.get(text).map(String::as_str),
    }
}

/// Puts values into the places of a text: `{name}` becomes the value of that name. What stands in
/// a value is not looked through.
pub fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    use std::fmt::Write as _;
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let place = rest.find('}').and_then(|close| {
            let (_, value) = values.iter().find(|(name, _)| *name == &rest[1..close])?;
            Some((close, value))
        });
        if let Some((close, value)) = place {
            let _ = write!(filled, "{value}");
            rest = &rest[close + 1..];
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    filled
}

/// A text in the language of this thread. Without values it is a `&'static str`; with values it is
/// a `String`, and each value has a name: `tr!("{marked} marked here.", marked)`, or
/// `tr!("{n} rows", n = count(rows))`. The English places are checked by the compiler, those of
/// other languages by a test.
macro_rules! tr {
    ($text:literal $(,)?) => {{
        let text: &'static str = $text;
        $crate::texts::say(text)
    }};
    ($text:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        match $crate::texts::translated($text) {
            None => format!($text, $($name = $crate::texts::value_of_text!($name $(= $value)?)),+),
            Some(text) => $crate::texts::fill(
                text,
                &[$((stringify!($name), &$crate::texts::value_of_text!($name $(= $value)?))),+],
            ),
        }
    };
}

/// The value of a place: what is given, else the variable of its name.
macro_rules! value_of_text {
    ($name:ident = $value:expr) => {
        $value
    };
    ($name:ident) => {
        $name
    };
}

/// A text that is made where English is spoken, such as by the worker or for a log, and shown in
/// the language of the reader by [`heard()`]. Its places are those of [`tr!`].
macro_rules! later {
    ($text:literal $(,)?) => {
        $text
    };
    ($text:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        format!($text, $($name = $crate::texts::value_of_text!($name $(= $value)?)),+)
    };
}

pub use heard::heard;
pub(crate) use {later, tr, value_of_text};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_to_their_places_whatever_they_hold() {
        let values: &[(&str, &dyn Display)] = &[("a", &"{b}"), ("b", &2)];
        assert_eq!(fill("{b} 个 {a}{", values), "2 个 {b}{");
        assert_eq!(fill("{c} {", values), "{c} {");
    }

    #[test]
    fn a_locale_chooses_the_language() {
        for (locale, language) in [
            ("zh_CN.UTF-8", Language::Chinese),
            ("zh-Hans", Language::Chinese),
            ("zh", Language::Chinese),
            ("C.UTF-8", Language::English),
            ("en_GB", Language::English),
            ("zhuang", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn english_is_spoken_until_another_is_chosen() {
        let marked = 3;
        assert_eq!(tr!("{marked} marked here.", marked), "3 marked here.");
        let before = speak(Language::Chinese);
        assert_eq!(before, Language::English);
        assert_eq!(tr!("Marks"), "标记");
        assert_eq!(tr!("{marked} marked here.", marked), "此处已标记 3。");
        speak(before);
        assert_eq!(tr!("Marks"), "Marks");
    }
}
