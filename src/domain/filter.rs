//! What a person types to narrow a list down.

use regex::{Regex, RegexBuilder};

/// A test for names.
///
/// Words must all occur; `*` and `?` make a pattern for the whole name; a leading `/` begins a
/// regular expression; a leading `!` turns the test round. Capital letters matter only where
/// capital letters were typed.
#[derive(Clone, Debug)]
pub struct Filter {
    text: String,
    inverted: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// All must occur as they are.
    Exact(Vec<String>),
    /// All must occur in the name as it is in lower case.
    Lower(Vec<String>),
    Pattern(Regex),
}

impl Filter {
    /// Reads what was typed; none if it asks for nothing yet.
    ///
    /// # Errors
    /// A sentence about a regular expression that cannot be read.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let (inverted, wanted) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let is_exact = wanted.chars().any(char::is_uppercase);
        let compile = |source: &str| {
            RegexBuilder::new(source)
                .case_insensitive(!is_exact)
                .build()
                .map_err(|_| format!("'{source}' is not a regular expression yet"))
        };
        let check = if let Some(source) = wanted.strip_prefix('/') {
            if source.is_empty() {
                return Ok(None);
            }
            Test::Pattern(compile(source)?)
        } else if wanted.contains(['*', '?']) {
            let source = regex::escape(wanted)
                .replace(r"\*", ".*")
                .replace(r"\?", ".");
            Test::Pattern(compile(&format!("(?s)^{source}$"))?)
        } else {
            let words: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
            if words.is_empty() {
                return Ok(None);
            }
            if is_exact {
                Test::Exact(words)
            } else if let [word] = words.as_slice() {
                // The regular expression folds case without a copy of every name.
                Test::Pattern(compile(&regex::escape(word))?)
            } else {
                Test::Lower(words.iter().map(|word| word.to_lowercase()).collect())
            }
        };
        Ok(Some(Self {
            text: text.to_owned(),
            inverted,
            test: check,
        }))
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether an entry of this name stays in the list.
    pub fn matches(&self, name: &str) -> bool {
        let hit = match &self.test {
            Test::Pattern(pattern) => pattern.is_match(name),
            Test::Exact(words) => words.iter().all(|word| name.contains(word.as_str())),
            Test::Lower(words) => {
                let name = name.to_lowercase();
                words.iter().all(|word| name.contains(word.as_str()))
            }
        };
        hit != self.inverted
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hits(text: &str, name: &str) -> bool {
        Filter::parse(text).unwrap().unwrap().matches(name)
    }

    #[test]
    fn all_words_must_occur_in_any_order() {
        assert!(hits("mov a00", "A001_废弃.MOV"));
        assert!(hits("废弃 001", "测试片段_001_废弃.mov"));
        assert!(!hits("mov wav", "A001.mov"));
    }

    #[test]
    fn capital_letters_matter_once_typed() {
        assert!(hits("img", "IMG_2231.heic"));
        assert!(!hits("Img", "IMG_2231.heic"));
        assert!(!hits("Img heic", "IMG_2231.heic"));
    }

    #[test]
    fn wildcards_cover_the_whole_name() {
        assert!(hits("*.mov", "a.MOV"));
        assert!(!hits("*.mov", "a.mov.bak"));
        assert!(hits("take?.wav", "take7.wav"));
        assert!(hits("!*.mov", "a.wav"));
    }

    #[test]
    fn a_slash_begins_a_regular_expression() {
        assert!(hits(r"/^tmp_.*\d\d", "tmp_export_01.mxf"));
        assert!(Filter::parse("/(").is_err());
        assert!(Filter::parse("/").unwrap().is_none());
        assert!(Filter::parse("  ").unwrap().is_none());
        assert!(Filter::parse("!").unwrap().is_none());
    }
}
