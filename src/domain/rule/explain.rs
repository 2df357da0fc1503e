//! A rule in plain words.

use std::fmt;

use super::condition::Condition;
use super::text::Text;
use super::{Node, Scope};
use crate::texts::tr;

/// Writes what has to hold, as the end of a sentence that begins with "what".
pub fn explain(node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match node {
        Node::Test(condition) => test(condition, f),
        Node::Not(node) => {
            f.write_str(tr!("not ("))?;
            explain(node, f)?;
            f.write_str(")")
        }
        Node::All(nodes) => joined(nodes, tr!(" and "), f),
        Node::Any(nodes) => joined(nodes, tr!(" or "), f),
    }
}

fn joined(nodes: &[Node], word: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        // `and` binds tighter than `or`, so only the other way round needs a sign.
        if matches!(node, Node::Any(_)) {
            f.write_str("(")?;
            explain(node, f)?;
            f.write_str(")")?;
        } else {
            explain(node, f)?;
        }
    }
    Ok(())
}

fn test(condition: &Condition, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match condition {
        Condition::Name(text) => f.write_str(&tr!("name {text}", text)),
        Condition::Extension(texts) => f.write_str(&tr!("extension {texts}", texts = list(texts))),
        Condition::Type(types) => {
            let words: Vec<&str> = types.iter().map(|kind| kind.word()).collect();
            f.write_str(&tr!("type is {words}", words = words.join(tr!(" or "))))
        }
        Condition::Size(_, text) => compared(tr!("size"), text, [tr!("over"), tr!("under")], f),
        Condition::Modified(_, text) => timed(tr!("modified"), text, f),
        Condition::Created(_, text) => timed(tr!("created"), text, f),
        Condition::Path(text) => f.write_str(&tr!("path {text}", text)),
        Condition::Below(path) => f.write_str(&tr!("is {path} or below it", path)),
        Condition::In(Scope { directory, is_deep }) if *is_deep => {
            f.write_str(&tr!("anywhere below {directory}", directory))
        }
        Condition::In(Scope { directory, .. }) => {
            f.write_str(&tr!("directly in {directory}", directory))
        }
        Condition::Owner(texts) => f.write_str(&tr!("owner {texts}", texts = list(texts))),
        Condition::Label(texts) => f.write_str(&tr!("a label {texts}", texts = list(texts))),
        Condition::HasCopies(true) => f.write_str(tr!("other copies are known")),
        Condition::HasCopies(false) => f.write_str(tr!("no other copy is known")),
        Condition::IsMarked(true) => f.write_str(tr!("marked")),
        Condition::IsMarked(false) => f.write_str(tr!("not marked")),
    }
}

fn list(texts: &[Text]) -> String {
    let words: Vec<String> = texts.iter().map(Text::to_string).collect();
    words.join(tr!(" or "))
}

/// An age counts backwards: `>90d` is older, `>2024` is after.
fn timed(what: &str, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let word = text.trim_start_matches(['<', '>', '=']);
    let is_age = !word.contains("..")
        && word.ends_with(|c: char| c.is_ascii_alphabetic())
        && word.starts_with(|c: char| c.is_ascii_digit());
    if !is_age {
        return compared(what, text, [tr!("after"), tr!("before")], f);
    }
    if text.starts_with('>') {
        f.write_str(&tr!("{what} more than {word} ago", what, word))
    } else {
        f.write_str(&tr!("{what} in the last {word}", what, word))
    }
}

fn compared(
    what: &str,
    text: &str,
    more_less: [&str; 2],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let [more, less] = more_less;
    if let Some((from, to)) = text.split_once("..") {
        return f.write_str(&match (from, to) {
            (word, "") => tr!("{what} from {word} on", what, word),
            ("", word) => tr!("{what} up to {word}", what, word),
            (from, to) => tr!("{what} from {from} to {to}", what, from, to),
        });
    }
    let (sign, word) = super::moment::comparison(text);
    f.write_str(&match sign {
        ">" => tr!("{what} {than} {word}", what, than = more, word),
        "<" => tr!("{what} {than} {word}", what, than = less, word),
        ">=" => tr!("{what} from {word} on", what, word),
        "<=" => tr!("{what} up to {word}", what, word),
        _ => tr!("{what} {word}", what, word),
    })
}
