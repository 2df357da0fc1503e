//! A rule in plain words.

use std::fmt;

use super::condition::Condition;
use super::text::Text;
use super::{Node, Scope};

/// Writes what has to hold, as the end of a sentence that begins with "what".
pub fn explain(node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match node {
        Node::Test(condition) => test(condition, f),
        Node::Not(node) => {
            f.write_str("not (")?;
            explain(node, f)?;
            f.write_str(")")
        }
        Node::All(nodes) => joined(nodes, " and ", f),
        Node::Any(nodes) => joined(nodes, " or ", f),
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
        Condition::Name(text) => write!(f, "name {text}"),
        Condition::Extension(texts) => write!(f, "extension {}", list(texts)),
        Condition::Type(types) => {
            let words: Vec<&str> = types.iter().map(|kind| kind.word()).collect();
            write!(f, "type is {}", words.join(" or "))
        }
        Condition::Size(_, text) => compared("size", text, ["over", "under"], f),
        Condition::Modified(_, text) => timed("modified", text, f),
        Condition::Created(_, text) => timed("created", text, f),
        Condition::Path(text) => write!(f, "path {text}"),
        Condition::Below(path) => write!(f, "is {path} or below it"),
        Condition::In(Scope { directory, is_deep }) if *is_deep => {
            write!(f, "anywhere below {directory}")
        }
        Condition::In(Scope { directory, .. }) => write!(f, "directly in {directory}"),
        Condition::Owner(texts) => write!(f, "owner {}", list(texts)),
        Condition::Label(texts) => write!(f, "a label {}", list(texts)),
        Condition::HasCopies(true) => f.write_str("other copies are known"),
        Condition::HasCopies(false) => f.write_str("no other copy is known"),
        Condition::IsMarked(true) => f.write_str("marked"),
        Condition::IsMarked(false) => f.write_str("not marked"),
    }
}

fn list(texts: &[Text]) -> String {
    let words: Vec<String> = texts.iter().map(Text::to_string).collect();
    words.join(" or ")
}

/// An age counts backwards: `>90d` is older, `>2024` is after.
fn timed(what: &str, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let word = text.trim_start_matches(['<', '>', '=']);
    let is_age = !word.contains("..")
        && word.ends_with(|c: char| c.is_ascii_alphabetic())
        && word.starts_with(|c: char| c.is_ascii_digit());
    if !is_age {
        return compared(what, text, ["after", "before"], f);
    }
    if text.starts_with('>') {
        write!(f, "{what} more than {word} ago")
    } else {
        write!(f, "{what} in the last {word}")
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
        return match (from, to) {
            (from, "") => write!(f, "{what} from {from} on"),
            ("", to) => write!(f, "{what} up to {to}"),
            (from, to) => write!(f, "{what} from {from} to {to}"),
        };
    }
    let (sign, word) = super::moment::comparison(text);
    match sign {
        ">" => write!(f, "{what} {more} {word}"),
        "<" => write!(f, "{what} {less} {word}"),
        ">=" => write!(f, "{what} from {word} on"),
        "<=" => write!(f, "{what} up to {word}"),
        _ => write!(f, "{what} {word}"),
    }
}
