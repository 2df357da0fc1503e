//! The help: every key, those of the list it was called from first, narrowed down by what is typed.

use super::cursor::Cursor;
use crate::texts::say;
use crate::tui::keymap::{Binding, Context, Keymap, spell};
use crate::tui::state::typed::Typed;

/// The help screen.
#[derive(Debug)]
pub struct Help {
    /// Whose keys come first.
    pub context: Context,
    /// The place in the lines.
    pub cursor: Cursor,
    /// What was typed to narrow them down.
    pub query: Typed,
}

impl Default for Help {
    fn default() -> Self {
        Self::of(Context::Browse)
    }
}

impl Help {
    /// The help for the keys of one list.
    pub fn of(context: Context) -> Self {
        Self {
            context,
            cursor: Cursor::default(),
            query: Typed::default(),
        }
    }

    /// The lines that the query lets through: each word occurs in the help, or is a key or the
    /// beginning of one, or the word of the action, or the beginning of another word for it. English
    /// words are found in every language. What can be written in rules stands at the end.
    pub fn lines<'a>(&self, keymap: &'a Keymap) -> Vec<Line<'a>> {
        let query = self.query.value();
        let words: Vec<&str> = query.split_whitespace().collect();
        let fits = |line: &Line<'_>| {
            let help = line.help().to_lowercase();
            let english = line.english().to_lowercase();
            words.iter().all(|word| {
                let is_written = match line {
                    Line::Key(_, binding) => {
                        let mut keys = binding.keys.iter();
                        keys.any(|keys| spell(keys).starts_with(word))
                            || binding.call.to_string().contains(word)
                    }
                    Line::Rule(written, _) => written.contains(word),
                };
                let small = word.to_lowercase();
                let is_meant = line.other_words().any(|other| other.starts_with(&small));
                is_written || is_meant || help.contains(&small) || english.contains(&small)
            })
        };
        let keys = keymap.all(self.context);
        let keys = keys.map(|(context, binding)| Line::Key(context, binding));
        let rules = self.context.rules();
        let rules = rules.map(|(written, finds)| Line::Rule(written, finds));
        keys.chain(rules).filter(fits).collect()
    }
}

/// A line of the help.
#[derive(Debug)]
pub enum Line<'a> {
    /// A binding, and the list that it belongs to.
    Key(Context, &'a Binding),
    /// What can be written in a rule, and what it finds.
    Rule(String, String),
}

impl Line<'_> {
    /// What it says.
    pub fn help(&self) -> &str {
        say(self.english())
    }

    /// By what other words it is looked for.
    fn other_words(&self) -> impl Iterator<Item = &'static str> {
        let words = match self {
            Self::Key(_, binding) => binding.call.other_words(),
            Self::Rule(..) => "",
        };
        words.split_whitespace()
    }

    /// The same as it stands in the key map or in the table of the rules.
    fn english(&self) -> &str {
        match self {
            Self::Key(_, binding) => &binding.help,
            Self::Rule(_, finds) => finds,
        }
    }
}
