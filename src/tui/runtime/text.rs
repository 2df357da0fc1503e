//! The beginning of a text, line by line, with what each piece of it is.

use std::str;
use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use crate::domain::format::printable;
use crate::tui::state::preview::{Role, TextLine};

/// Lines that are longer are cut, in bytes: nobody reads on at the side.
const LONGEST: usize = 1000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Scopes of the grammars, and what they are to a reader; the first that fits holds.
static ROLES: LazyLock<Vec<(Scope, Role)>> = LazyLock::new(|| {
    [
        ("comment", Role::Comment),
        ("string", Role::Quoted),
        ("constant", Role::Value),
        ("keyword", Role::Keyword),
        ("storage", Role::Keyword),
        ("entity.name", Role::Name),
        ("support", Role::Name),
        ("markup.heading", Role::Name),
    ]
    .into_iter()
    .filter_map(|(scope, role)| Some((Scope::new(scope).ok()?, role)))
    .collect()
});

/// The lines of a text whose beginning these bytes are; none if they are no text. What could steer a
/// terminal is spelled out.
pub fn lines(name: &str, bytes: &[u8]) -> Option<Vec<TextLine>> {
    let text = decoded(bytes)?;
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let syntax = SYNTAXES
        .find_syntax_by_extension(&extension.to_ascii_lowercase())
        .unwrap_or_else(|| SYNTAXES.find_syntax_plain_text());
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let lines = text.split_inclusive('\n');
    Some(
        lines
            .map(|line| {
                let line = &line[..floor(line, LONGEST)];
                match state.parse_line(line, &SYNTAXES) {
                    Ok(steps) => pieces(line, &steps, &mut stack),
                    Err(_) => vec![(Role::Plain, clean(line))],
                }
            })
            .collect(),
    )
}

/// UTF-8, which may be cut in the middle of its last character; a NUL is in no text.
fn decoded(bytes: &[u8]) -> Option<&str> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}

fn pieces(
    line: &str,
    steps: &[(usize, syntect::parsing::ScopeStackOp)],
    stack: &mut ScopeStack,
) -> TextLine {
    let mut pieces: TextLine = Vec::new();
    let mut from = 0;
    let mut add = |to: usize, stack: &ScopeStack| {
        let text = clean(&line[from..to]);
        from = to;
        if text.is_empty() {
            return;
        }
        let role = role(stack);
        match pieces.last_mut() {
            Some((last, before)) if *last == role => before.push_str(&text),
            _ => pieces.push((role, text)),
        }
    };
    for (at, step) in steps {
        add(*at, stack);
        // A step that does not fit belongs to a broken grammar: the colours are wrong, no more.
        let _ = stack.apply(step);
    }
    add(line.len(), stack);
    pieces
}

/// The innermost scope that means something to a reader.
fn role(stack: &ScopeStack) -> Role {
    let known = |scope: &Scope| ROLES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope));
    let mut scopes = stack.as_slice().iter().rev();
    scopes
        .find_map(known)
        .map_or(Role::Plain, |(_, role)| *role)
}

fn clean(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']).replace('\t', "    ");
    // Blanks at its ends mean something in a name, and nothing in a piece of a text.
    let mut shown = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        shown.push_str(&printable(word.trim_end_matches(' ')));
        if word.ends_with(' ') {
            shown.push(' ');
        }
    }
    shown
}

/// The last place in the text up to which whole characters fit.
fn floor(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (0..=most)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_of_json_are_told_apart() {
        let lines = lines("a.json", b"{\n  \"take\": 7\n}").unwrap();
        let line: Vec<(Role, &str)> = lines[1]
            .iter()
            .map(|(role, text)| (*role, text.as_str()))
            .collect();
        assert!(line.contains(&(Role::Value, "7")), "{line:?}");
        assert!(
            line.iter()
                .any(|(role, text)| *role == Role::Quoted && text.contains("take")),
            "{line:?}"
        );
    }

    #[test]
    fn escape_sequences_are_spelled_out() {
        let lines = lines("a.txt", b"a\x1b[31mred\tz\r\n").unwrap();
        let text: String = lines[0].iter().map(|(_, text)| text.as_str()).collect();
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.ends_with("red    z"), "{text:?}");
    }

    #[test]
    fn a_character_that_was_cut_is_left_out_and_other_bytes_are_no_text() {
        let cut = &"场记".as_bytes()[..4];
        assert_eq!(lines("a.txt", cut).unwrap()[0][0].1, "场");
        assert!(lines("a.txt", b"\xff\xfe\x00").is_none());
        assert!(lines("a.txt", b"a\0b").is_none());
    }

    #[test]
    fn long_lines_are_cut_at_a_character() {
        let text = "场".repeat(1000);
        let lines = lines("a.txt", text.as_bytes()).unwrap();
        assert_eq!(lines[0][0].1.chars().count(), LONGEST / 3);
    }
}
