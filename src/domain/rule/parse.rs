//! Reading a line from left to right.
//!
//! `or` binds weakest, then what stands side by side (all must hold), then `!`.

use std::ops::Range;

use super::condition::{Condition, Type};
use super::field::{Field, nearest};
use super::moment::Period;
use super::size::Sizes;
use super::text::{Piece, Text};
use super::{Complaint, Node, Rule, Scope, Viewpoint};
use crate::domain::path::RemotePath;
use crate::texts::tr;

/// Reads a whole line; none if it is blank. Words that stand alone may be fuzzy.
pub fn parse(text: &str, view: &Viewpoint, is_fuzzy: bool) -> Result<Option<Rule>, Complaint> {
    let mut reader = Reader {
        text,
        at: 0,
        open: Vec::new(),
        asked: Vec::new(),
        view,
        is_fuzzy,
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let root = reader.any()?;
    Ok(Some(Rule {
        text: text.to_owned(),
        root,
        fields: reader
            .asked
            .iter()
            .fold(0, |bits, (field, _)| bits | field.bit()),
        asked: reader.asked,
        is_fuzzy,
    }))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Where the parentheses stand that are open.
    open: Vec<usize>,
    asked: Vec<(Field, Range<usize>)>,
    view: &'a Viewpoint,
    is_fuzzy: bool,
}

/// What stands between blanks, quotes taken off.
struct Word {
    span: Range<usize>,
    /// Its parts between unquoted commas.
    parts: Vec<Vec<Piece>>,
}

impl Word {
    /// The whole word, its commas taken as they are.
    fn pieces(&self) -> Vec<Piece> {
        self.parts.join(&Piece::Text(",".into()))
    }

    fn plain(&self) -> String {
        self.pieces().iter().map(Piece::to_string).collect()
    }

    fn has_wildcard(&self) -> bool {
        let mut pieces = self.parts.iter().flatten();
        pieces.any(|piece| !matches!(piece, Piece::Text(_)))
    }
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Whether what is being read ends here: with the line, or with its parenthesis.
    fn is_at_end(&self) -> bool {
        match self.peek() {
            None => true,
            Some(character) => character == ')' && !self.open.is_empty(),
        }
    }

    /// Whether the word `or` is next, and how long it is.
    fn or_ahead(&self) -> Option<usize> {
        let rest = self.rest();
        let length = ["or", "OR"].iter().find(|or| rest.starts_with(**or))?.len();
        let follows = rest[length..].chars().next();
        follows
            .is_none_or(|c| c.is_whitespace() || (c == ')' && !self.open.is_empty()))
            .then_some(length)
    }

    fn any(&mut self) -> Result<Node, Complaint> {
        let mut sides = Vec::new();
        loop {
            let side = self.all()?;
            let or = self.or_ahead();
            let Some(side) = side else {
                if or.is_none() && sides.is_empty() {
                    let span = self.open.last().copied().unwrap_or(0)..self.at;
                    return Err(complain(
                        span,
                        tr!("there is nothing between the parentheses"),
                    ));
                }
                let span = self.at..self.at + or.unwrap_or(0);
                return Err(complain(span, tr!("or needs something on both sides")));
            };
            sides.push(side);
            let Some(length) = or else { break };
            self.at += length;
        }
        Ok(one_or(sides, Node::Any))
    }

    fn all(&mut self) -> Result<Option<Node>, Complaint> {
        let mut nodes = Vec::new();
        loop {
            self.skip_blanks();
            if self.is_at_end() || self.or_ahead().is_some() {
                break;
            }
            nodes.push(self.term()?);
        }
        Ok((!nodes.is_empty()).then(|| one_or(nodes, Node::All)))
    }

    fn term(&mut self) -> Result<Node, Complaint> {
        let start = self.at;
        if self.peek() == Some('!') {
            self.at += 1;
            self.skip_blanks();
            if self.is_at_end() || self.or_ahead().is_some() {
                let message = tr!("! turns round what stands behind it, and nothing does");
                return Err(complain(start..start + 1, message));
            }
            return Ok(Node::Not(Box::new(self.term()?)));
        }
        if self.opens_group() {
            return self.group();
        }
        if self.peek() == Some(')') {
            let message = tr!("no parenthesis is open here; \")\" looks for the sign itself");
            return Err(complain(start..start + 1, message));
        }
        let condition = match self.field()? {
            Some(field) => self.value(field, start)?,
            None if self.peek() == Some('/') => Condition::Name(self.regex(start)?),
            None => {
                let word = self.word();
                let is_quoted = self.text[word.span.clone()].contains('"');
                let text = if self.is_fuzzy && !is_quoted && !word.has_wildcard() {
                    Ok(Text::fuzzy(&word.plain()))
                } else {
                    Text::new(&word.pieces(), false, false)
                };
                Condition::Name(text.map_err(|message| complain(word.span, message))?)
            }
        };
        Ok(Node::Test(condition))
    }

    /// Whether a parenthesis is next that groups. One that is closed in the same word belongs to a
    /// name, as in `(1)`.
    fn opens_group(&self) -> bool {
        let Some(inner) = self.rest().strip_prefix('(') else {
            return false;
        };
        let is_field = field_ahead(inner).is_some_and(|(word, _)| Field::of(word).is_some());
        let mut depth = 1;
        let mut is_quoted = false;
        for character in inner.chars() {
            match character {
                '"' => is_quoted = !is_quoted,
                _ if is_quoted => {}
                '(' => depth += 1,
                ')' => depth -= 1,
                _ if character.is_whitespace() => break,
                _ => {}
            }
            if depth == 0 {
                return is_field;
            }
        }
        true
    }

    fn group(&mut self) -> Result<Node, Complaint> {
        let start = self.at;
        self.open.push(start);
        self.at += 1;
        self.skip_blanks();
        if self.peek().is_some() {
            let node = self.any()?;
            if self.peek() == Some(')') {
                self.at += 1;
                self.open.pop();
                return Ok(node);
            }
        }
        let message = tr!("this parenthesis is never closed; \"(\" looks for the sign itself");
        Err(complain(start..start + 1, message))
    }

    /// The field that is next, if one is; its colon is taken.
    fn field(&mut self) -> Result<Option<Field>, Complaint> {
        let Some((word, length)) = field_ahead(self.rest()) else {
            return Ok(None);
        };
        let span = self.at..self.at + word.len();
        let Some(field) = Field::of(word) else {
            let lower = word.to_ascii_lowercase();
            let near = nearest(&lower, Field::ALL.into_iter().map(Field::word));
            let hint = near.map_or_else(
                || tr!("\"{word}:\" in quotes looks for the text", word),
                |near| tr!("did you mean {near}:?", near),
            );
            return Err(Complaint {
                message: tr!("there is no field {word}: - {hint}", word, hint),
                suggestion: near.map(str::to_owned),
                span,
            });
        };
        self.asked.push((field, span));
        self.at += length;
        Ok(Some(field))
    }

    /// What stands behind the colon of a field.
    fn value(&mut self, field: Field, start: usize) -> Result<Condition, Complaint> {
        if field == Field::Name && self.peek() == Some('/') {
            return Ok(Condition::Name(self.regex(self.at)?));
        }
        let is_exact = field == Field::Name && self.peek() == Some('=');
        self.at += usize::from(is_exact);
        let word = self.word();
        if word.span.is_empty() {
            let message = tr!(
                "{word}: takes {values}",
                word = field.word(),
                values = field.takes()
            );
            return Err(complain(start..self.at, message));
        }
        let span = word.span.clone();
        let read = match field {
            Field::Name => Text::new(&word.pieces(), is_exact, false).map(Condition::Name),
            Field::Extension => extensions(&word).map(Condition::Extension),
            Field::Owner => texts(&word).map(Condition::Owner),
            Field::Label => texts(&word).map(Condition::Label),
            Field::Size => {
                let text = word.plain();
                Sizes::parse(&text).map(|sizes| Condition::Size(sizes, text))
            }
            Field::Modified => {
                let text = word.plain();
                Period::parse(&text, self.view).map(|period| Condition::Modified(period, text))
            }
            Field::Created => {
                let text = word.plain();
                Period::parse(&text, self.view).map(|period| Condition::Created(period, text))
            }
            Field::Path => path(&word),
            Field::In => scope(&word.plain(), &self.view.here).map(Condition::In),
            Field::Type => return types(&word, self.text),
            Field::Copies => return yes_or_no(field, &word).map(Condition::HasCopies),
            Field::Mark => return yes_or_no(field, &word).map(Condition::IsMarked),
        };
        read.map_err(|message| complain(span, message))
    }

    /// A regular expression: up to the slash before a blank, or to the end of the line while that
    /// is still to be typed.
    fn regex(&mut self, start: usize) -> Result<Text, Complaint> {
        self.at += 1;
        let rest = self.rest();
        let mut end = rest.len();
        let mut after = rest.len();
        let mut is_escaped = false;
        for (at, character) in rest.char_indices() {
            if character == '/' && !is_escaped {
                let follows = rest[at + 1..].chars().next();
                let closes = |c: char| c.is_whitespace() || (c == ')' && !self.open.is_empty());
                if follows.is_none_or(closes) {
                    end = at;
                    after = at + 1;
                    break;
                }
            }
            is_escaped = character == '\\' && !is_escaped;
        }
        let source = &rest[..end];
        let read = if source.is_empty() {
            Err(tr!("a regular expression belongs behind the /").to_owned())
        } else {
            Text::regex(source)
        };
        self.at += after;
        read.map_err(|message| complain(start..self.at, message))
    }

    /// The word that is next: up to a blank, or to the parenthesis that closes the group.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut parts = vec![Vec::new()];
        let mut is_quoted = false;
        let mut inner = 0_usize;
        let mut end = self.text.len();
        for (at, character) in self.rest().char_indices() {
            match character {
                '"' => {
                    is_quoted = !is_quoted;
                    push(&mut parts, Piece::Text(String::new()));
                    continue;
                }
                _ if is_quoted => {}
                _ if character.is_whitespace() => {
                    end = start + at;
                    break;
                }
                ')' if inner == 0 && !self.open.is_empty() => {
                    end = start + at;
                    break;
                }
                '(' => inner += 1,
                ')' => inner = inner.saturating_sub(1),
                _ => {}
            }
            match character {
                '*' if !is_quoted => push(&mut parts, Piece::Any),
                '?' if !is_quoted => push(&mut parts, Piece::One),
                ',' if !is_quoted => parts.push(Vec::new()),
                _ => push(&mut parts, Piece::Text(character.into())),
            }
        }
        self.at = end;
        Word {
            span: start..end,
            parts,
        }
    }
}

/// Adds a piece to the last part; texts grow together.
fn push(parts: &mut [Vec<Piece>], piece: Piece) {
    let Some(part) = parts.last_mut() else { return };
    match (part.last_mut(), piece) {
        (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
        (Some(Piece::Any), Piece::Any) => {}
        (_, piece) => part.push(piece),
    }
}

/// Letters with a colon behind them, which may be a wide one: the word, and the bytes of both.
fn field_ahead(text: &str) -> Option<(&str, usize)> {
    let letters = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let colon = text[letters..].chars().next()?;
    (letters > 0 && matches!(colon, ':' | '：'))
        .then(|| (&text[..letters], letters + colon.len_utf8()))
}

fn complain(span: Range<usize>, message: impl Into<String>) -> Complaint {
    Complaint {
        span,
        message: message.into(),
        suggestion: None,
    }
}

fn one_or(mut nodes: Vec<Node>, many: impl FnOnce(Vec<Node>) -> Node) -> Node {
    if nodes.len() == 1 {
        nodes.remove(0)
    } else {
        many(nodes)
    }
}

/// Each part over the whole of what it is compared with.
fn texts(word: &Word) -> Result<Vec<Text>, String> {
    let parts = word.parts.iter().filter(|part| !part.is_empty());
    parts.map(|part| Text::new(part, true, true)).collect()
}

fn extensions(word: &Word) -> Result<Vec<Text>, String> {
    let parts = word.parts.iter().filter(|part| !part.is_empty());
    let bare = parts.map(|part| {
        let mut part = part.clone();
        if let Some(Piece::Text(first)) = part.first_mut()
            && let Some(rest) = first.strip_prefix('.')
        {
            *first = rest.to_owned();
        }
        part
    });
    bare.map(|part| Text::new(&part, true, true)).collect()
}

fn types(word: &Word, line: &str) -> Result<Condition, Complaint> {
    let mut types = Vec::new();
    let mut start = word.span.start;
    for part in line[word.span.clone()].split(',') {
        let span = start..start + part.len();
        start = span.end + 1;
        let lower = part.to_ascii_lowercase();
        if lower.is_empty() {
            continue;
        }
        types.push(Type::of(&lower).ok_or_else(|| {
            let near = nearest(&lower, Field::Type.values().iter().copied());
            let hint = near.map_or_else(
                || Field::Type.takes().to_owned(),
                |near| tr!("did you mean {near}?", near),
            );
            Complaint {
                span,
                message: tr!("there is no type '{part}' - {hint}", part, hint),
                suggestion: near.map(str::to_owned),
            }
        })?);
    }
    Ok(Condition::Type(types))
}

fn yes_or_no(field: Field, word: &Word) -> Result<bool, Complaint> {
    match word.plain().to_ascii_lowercase().as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(Complaint {
            span: word.span.clone(),
            message: tr!(
                "{word}: takes yes or no, not '{other}'",
                word = field.word(),
                other
            ),
            suggestion: nearest(other, field.values().iter().copied()).map(str::to_owned),
        }),
    }
}

fn path(word: &Word) -> Result<Condition, String> {
    let plain = word.plain();
    if plain.starts_with('/') && !word.has_wildcard() {
        let path = RemotePath::parse(&plain).map_err(|error| error.to_string())?;
        return Ok(Condition::Below(path));
    }
    Text::new(&word.pieces(), false, false).map(Condition::Path)
}

fn scope(text: &str, here: &RemotePath) -> Result<Scope, String> {
    let (directory, is_deep) = match text {
        "here" => (here.clone(), false),
        "tree" => (here.clone(), true),
        _ if text.starts_with('/') => {
            let path = RemotePath::parse(text).map_err(|error| error.to_string())?;
            (path, true)
        }
        _ => {
            return Err(tr!(
                "{word}: takes {values}",
                word = Field::In.word(),
                values = Field::In.takes()
            ));
        }
    };
    Ok(Scope { directory, is_deep })
}
