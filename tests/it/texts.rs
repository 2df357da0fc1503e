//! The tables of languages against the texts of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mediasweep::domain::rule::table as table_of_rules;
use regex::Regex;

use crate::support::files_below;

/// Every text of the program: what `tr!` holds in the sources, the nouns that are counted, the help
/// and the key bar of the key map, and what rules find.
fn texts() -> BTreeSet<String> {
    let marked = Regex::new(r#"\btr!\(\s*("(?:[^"\\]|\\.)*")"#).unwrap();
    let mut found = BTreeSet::new();
    let counted = Regex::new(r#"\bcounted\([^"]*"([a-z ]+)""#).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files_below(&source) {
        if file.ends_with("texts.rs") {
            continue;
        }
        let name = file.display();
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for text in marked.captures_iter(code) {
            let literal = &text[1];
            assert!(!literal.contains('\n'), "{name}: {literal} is one line");
            let unescaped: String = serde_json::from_str(literal).unwrap();
            found.insert(unescaped);
        }
        found.extend(
            counted
                .captures_iter(code)
                .map(|noun| format!("# {}", &noun[1])),
        );
    }
    found.extend(texts_of_the_key_map());
    found.extend(table_of_rules().map(|(_, finds)| finds));
    found
}

fn texts_of_the_key_map() -> impl Iterator<Item = String> {
    let keymap: BTreeMap<String, Vec<BTreeMap<String, toml::Value>>> =
        toml::from_str(include_str!("../../assets/keymap.toml")).unwrap();
    keymap.into_values().flatten().flat_map(|binding| {
        let texts = [binding.get("help"), binding.get("bar")];
        let texts: Vec<String> = texts
            .into_iter()
            .flatten()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect();
        texts
    })
}

fn table() -> BTreeMap<String, String> {
    toml::from_str(include_str!("../../assets/texts/zh-CN.toml")).unwrap()
}

fn places(text: &str) -> BTreeSet<&str> {
    let place = Regex::new(r"\{([a-z_]+)\}").unwrap();
    let found = place.captures_iter(text);
    found.map(|place| place.get(1).unwrap().as_str()).collect()
}

#[test]
fn every_text_is_in_the_table_of_chinese_and_nothing_else_is() {
    let (texts, table) = (texts(), table());
    let missing: Vec<&String> = texts
        .iter()
        .filter(|text| !table.contains_key(*text))
        .collect();
    let left: Vec<&String> = table.keys().filter(|text| !texts.contains(*text)).collect();
    assert!(
        missing.is_empty(),
        "{} are missing: {missing:#?}",
        missing.len()
    );
    assert!(left.is_empty(), "nobody says these: {left:#?}");
}

#[test]
fn chinese_texts_have_the_places_of_the_english_ones() {
    for (text, chinese) in table() {
        assert_eq!(places(&text), places(&chinese), "{text}");
    }
}
