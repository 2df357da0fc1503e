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
    let marked = Regex::new(r#"\b(?:tr|later)!\(\s*("(?:[^"\\]|\\.)*")"#).unwrap();
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

/// Sentences in the code of the screen that no table has, and why.
const NOT_TRANSLATED: &[(&str, &[&str])] = &[
    ("it is typed as it stands", &["empty bin"]),
    (
        "programs read it in a plan or a report",
        &[
            "already gone",
            "changed since it was marked",
            "left out by hand",
            "no right to delete",
            "not sent",
            "not there",
            "protected by the settings",
            "there already",
        ],
    ),
    (
        "words of rules and settings",
        &[
            "auto, off, kitty, iterm2, sixel or blocks is wanted",
            "file, dir, image, video, audio, doc, archive, other",
        ],
    ),
];

/// What is done for the screen, but for what is drawn.
const SPEAKERS: [&str; 6] = [
    "src/domain/",
    "src/tui/availability.rs",
    "src/tui/command.rs",
    "src/tui/runtime",
    "src/tui/state",
    "src/tui/update",
];

/// The code without what is a text of the table or never shown.
fn unspoken(code: &str) -> String {
    let code: Vec<&str> = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let mut code = code.join("\n");
    let literal = r#""(?:[^"\\]|\\.)*""#;
    for shown_otherwise in [
        r#"b?'\\?"'"#.to_owned(),
        format!(r"\b(?:tr|later)!\(\s*{literal}"),
        format!(r#"\bcounted\([^"]*{literal}"#),
        format!(r"\b(?:expect|new|unwrap_or)\(\s*{literal}"),
        r"tracing::\w+!\([^;]*;".to_owned(),
        r"#\[(?:expect|allow)\([^\]]*\]".to_owned(),
        format!(r"include_str!\({literal}"),
    ] {
        let seen = Regex::new(&shown_otherwise).unwrap();
        code = seen.replace_all(&code, "").into_owned();
    }
    code
}

#[test]
fn no_sentence_of_the_screen_is_left_out_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let literal = Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap();
    let sentence = Regex::new("[A-Za-z]{2,},? [A-Za-z]{2,}").unwrap();
    let said = Regex::new(r#"\.(?:say|warn|tell)\(\s*(?:format!\(\s*)?"[A-Za-z][^"]*""#).unwrap();
    let is_known = |text: &str| {
        NOT_TRANSLATED
            .iter()
            .any(|(_, known)| known.contains(&text))
    };
    let mut left = Vec::new();
    let mut looked = 0;
    for file in files_below(&root.join("src")) {
        let name = file.strip_prefix(root).unwrap().display().to_string();
        if name.ends_with("tests.rs") || !SPEAKERS.iter().any(|part| name.starts_with(part)) {
            continue;
        }
        looked += 1;
        let text = fs::read_to_string(&file).unwrap();
        let code = unspoken(text.split("#[cfg(test)]").next().unwrap_or_default());
        let sentences = literal
            .captures_iter(&code)
            .map(|found| found.get(1).unwrap().as_str())
            .filter(|text| sentence.is_match(text) && !is_known(text));
        left.extend(sentences.map(|text| format!("{name}: {text}")));
        left.extend(
            said.find_iter(&code)
                .map(|call| format!("{name}: {}", call.as_str())),
        );
    }
    assert!(looked > 100, "only {looked} files were looked at");
    assert!(left.is_empty(), "these are not in a table: {left:#?}");
}
