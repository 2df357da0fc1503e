//! Where in a name a text was found, and which name it fits best: only ever asked about what is on
//! the screen, or about what has matched already.

use std::ops::Range;

use frizbee::{CaseMatching, Config, Matcher, Pattern, PatternConfig, UnicodeMatching};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Test, Text, fold, folded};

impl Text {
    /// The bytes of the name that are what was looked for; nothing if it is not there.
    pub fn hits(&self, name: &str) -> Vec<Range<usize>> {
        if let Test::Regex(regex) = &self.test {
            let found = regex.find_iter(name.as_bytes()).map(|found| found.range());
            return found.filter(|hit| is_whole(name, hit)).collect();
        }
        let view = Folding::new(name, self.keeps_case);
        let text = view.text.as_bytes();
        let found: Vec<Range<usize>> = match &self.test {
            Test::Contains(finder) => {
                let length = finder.needle().len();
                finder.find_iter(text).map(|at| at..at + length).collect()
            }
            Test::Equals(wanted) => {
                let is_it = wanted.as_bytes() == text;
                is_it.then_some(0..text.len()).into_iter().collect()
            }
            Test::Pattern(pattern) => pattern.captures(text).map_or_else(Vec::new, |found| {
                let pieces = found.iter().skip(1).flatten();
                pieces.map(|piece| piece.range()).collect()
            }),
            Test::Fuzzy(_) => {
                let mut matcher = Matcher::new(self.needle().as_str(), &exactly());
                let found = matcher.match_one_indices(&view.text, 0);
                let letters = found.into_iter().flat_map(|found| found.indices);
                letters.map(|at| at as usize..at as usize + 1).collect()
            }
            Test::Regex(_) => Vec::new(),
        };
        found.into_iter().map(|hit| view.original(&hit)).collect()
    }

    /// What was typed, folded as names are.
    fn needle(&self) -> String {
        fold(&self.wanted, self.keeps_case)
    }
}

/// The place of the name that fits all fuzzy texts best, the first of equals; none if no text is
/// fuzzy or nothing fits.
pub fn best<'a>(texts: &[&Text], names: impl Iterator<Item = &'a str>) -> Option<usize> {
    let fuzzy = texts
        .iter()
        .filter(|text| matches!(text.test, Test::Fuzzy(_)));
    // One with capitals needs its own folding of the name.
    let mut matchers: Vec<(bool, Matcher)> = Vec::new();
    for keeps_case in [false, true] {
        let alike = fuzzy.clone().filter(|text| text.keeps_case == keeps_case);
        let patterns: Vec<Pattern> = alike
            .map(|text| Pattern::new(&text.needle(), PatternConfig::default()))
            .collect();
        if !patterns.is_empty() {
            matchers.push((keeps_case, Matcher::from_patterns(&patterns, &exactly())));
        }
    }
    let mut best: Option<(u32, usize)> = None;
    for (at, name) in names.enumerate() {
        let scores = matchers.iter_mut().map(|(keeps_case, matcher)| {
            let folded = folded(name, *keeps_case);
            let text = std::str::from_utf8(folded.as_bytes()).ok()?;
            matcher
                .match_one(text, 0)
                .map(|found| u32::from(found.score))
        });
        if let Some(score) = scores.sum::<Option<u32>>()
            && best.is_none_or(|(before, _)| score > before)
        {
            best = Some((score, at));
        }
    }
    best.filter(|_| !matchers.is_empty()).map(|(_, at)| at)
}

/// Case and accents are gone by then.
fn exactly() -> Config {
    Config::default()
        .casing(CaseMatching::Respect)
        .unicode(UnicodeMatching::Smart)
}

fn is_whole(name: &str, hit: &Range<usize>) -> bool {
    !hit.is_empty() && name.is_char_boundary(hit.start) && name.is_char_boundary(hit.end)
}

/// A folded name that knows where its bytes came from.
struct Folding {
    text: String,
    /// For each byte of the text the bytes of the name that it stands for.
    from: Vec<Range<usize>>,
}

impl Folding {
    /// Folds character by character, as people see them: what belongs together stays together.
    fn new(name: &str, keeps_case: bool) -> Self {
        let mut view = Self {
            text: String::with_capacity(name.len()),
            from: Vec::with_capacity(name.len()),
        };
        for (at, cluster) in name.grapheme_indices(true) {
            view.text.push_str(&fold(cluster, keeps_case));
            view.from.resize(view.text.len(), at..at + cluster.len());
        }
        view
    }

    fn original(&self, hit: &Range<usize>) -> Range<usize> {
        let at = |byte: usize| self.from.get(byte).cloned().unwrap_or_default();
        at(hit.start).start..at(hit.end.saturating_sub(1)).end
    }
}
