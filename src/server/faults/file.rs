//! The file of rules: TOML, with mistakes told by line and word. An annotated example lies in
//! `assets/faults.example.toml`.

use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{Action, Marker, Rule, When, spoil};

/// A mistake in the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: '{word}': {reason}")]
pub struct Error {
    /// Counted from 1.
    pub line: usize,
    /// The word that is wrong.
    pub word: String,
    /// What is wrong with it.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Table>,
}

/// A rule as it is written. `action` says which of the later words belong to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    method: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    #[serde(default)]
    query: Vec<String>,
    nth: Option<Spanned<u64>>,
    every: Option<Spanned<u64>>,
    first: Option<Spanned<u64>>,
    chance: Option<Spanned<f64>>,
    seed: Option<Spanned<u64>>,
    action: Spanned<String>,
    status: Option<Spanned<u16>>,
    code: Option<Spanned<String>>,
    retry_after: Option<Spanned<u64>>,
    work: Option<Spanned<bool>>,
    delay_ms: Option<Spanned<Delay>>,
    value: Option<Spanned<String>>,
    most: Option<Spanned<u64>>,
}

/// One time, or the least and the most.
#[derive(Deserialize)]
#[serde(untagged)]
enum Delay {
    Fixed(u64),
    Between(u64, u64),
}

/// A mistake and where it is.
struct Mistake(Range<usize>, String);

/// Reads the rules.
pub fn parse(text: &str) -> Result<Vec<Rule>, Error> {
    let file: File = toml::from_str(text).map_err(|error| {
        let place = error.span().unwrap_or_default();
        at(text, place, error.message().to_owned())
    })?;
    let rules = file.rule.into_iter().map(rule);
    rules
        .collect::<Result<_, _>>()
        .map_err(|Mistake(place, reason)| at(text, place, reason))
}

fn at(text: &str, place: Range<usize>, reason: String) -> Error {
    let before = text.get(..place.start).unwrap_or(text);
    let word = text.get(place).unwrap_or_default();
    Error {
        line: before.matches('\n').count() + 1,
        word: word
            .lines()
            .next()
            .unwrap_or_default()
            .trim_matches(['"', '\''])
            .to_owned(),
        reason,
    }
}

fn wrong<T>(value: &Spanned<T>, reason: impl Into<String>) -> Mistake {
    Mistake(value.span(), reason.into())
}

fn rule(mut table: Table) -> Result<Rule, Mistake> {
    const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    if let Some(method) = &table.method
        && !METHODS.contains(&method.as_ref().to_uppercase().as_str())
    {
        return Err(wrong(
            method,
            format!("there is no such method; one of {}", METHODS.join(", ")),
        ));
    }
    let seed = table.seed.take();
    let number = seed.as_ref().map_or(0, |seed| *seed.as_ref());
    let when = when(&table, number)?;
    let action = action(&mut table, number)?;
    let is_random = matches!(when, When::Chance { .. }) || matches!(action, Action::Latency { .. });
    if let Some(seed) = seed.filter(|_| !is_random) {
        return Err(wrong(&seed, "a seed goes with 'chance' and with 'latency'"));
    }
    refuse_rest(&table, &action)?;
    Ok(Rule {
        method: table.method.map(Spanned::into_inner),
        path: table.path.map_or("**".to_owned(), Spanned::into_inner),
        query: table.query,
        when,
        action,
    })
}

fn when(table: &Table, seed: u64) -> Result<When, Mistake> {
    let mut found = Vec::new();
    for (value, make) in [
        (&table.nth, When::Nth as fn(u64) -> When),
        (&table.every, When::Every),
        (&table.first, When::First),
    ] {
        if let Some(value) = value {
            if *value.as_ref() == 0 {
                return Err(wrong(value, "calls are counted from 1"));
            }
            found.push((value.span(), make(*value.as_ref())));
        }
    }
    if let Some(value) = &table.chance {
        let probability = *value.as_ref();
        if !(0.0..=1.0).contains(&probability) {
            return Err(wrong(value, "a chance is a number from 0 to 1"));
        }
        found.push((value.span(), When::Chance { probability, seed }));
    }
    found.sort_by_key(|(place, _)| place.start);
    match found.as_slice() {
        [] => Ok(When::Always),
        [(_, when)] => Ok(*when),
        [_, (place, _), ..] => Err(Mistake(
            place.clone(),
            "only one of 'nth', 'every', 'first' and 'chance' can be said".to_owned(),
        )),
    }
}

/// Reads the action, and takes the words that belong to it out of the table.
fn action(table: &mut Table, seed: u64) -> Result<Action, Mistake> {
    let needed = |action: &Spanned<String>, word: &str| {
        let reason = format!("this action needs '{word}'");
        wrong(action, reason)
    };
    Ok(match table.action.as_ref().as_str() {
        "status" => {
            let status = status(table)?.ok_or_else(|| needed(&table.action, "status"))?;
            let code = table.code.take().map(Spanned::into_inner);
            Action::Status {
                status,
                code: code.unwrap_or_else(|| spoil::usual_code(status).to_owned()),
                retry_after: table.retry_after.take().map(Spanned::into_inner),
                work: table.work.take().is_some_and(Spanned::into_inner),
            }
        }
        "proxy-page" => Action::ProxyPage(status(table)?.unwrap_or(502)),
        "all-failed" => Action::AllFailed(status(table)?.unwrap_or(500)),
        "one-failed" => Action::OneFailed(status(table)?.unwrap_or(500)),
        "short-pages" => {
            let most = table.most.take();
            let most = most.ok_or_else(|| needed(&table.action, "most"))?;
            if *most.as_ref() == 0 {
                return Err(wrong(&most, "a page has one entry at least"));
            }
            Action::ShortPages(most.into_inner())
        }
        "latency" => {
            let delay = table.delay_ms.take();
            let delay = delay.ok_or_else(|| needed(&table.action, "delay_ms"))?;
            let place = delay.span();
            let (least, most) = match delay.into_inner() {
                Delay::Fixed(fixed) => (fixed, fixed),
                Delay::Between(least, most) if least <= most => (least, most),
                Delay::Between(..) => {
                    let reason = "the least time comes first".to_owned();
                    return Err(Mistake(place, reason));
                }
            };
            Action::Latency {
                least: Duration::from_millis(least),
                most: Duration::from_millis(most),
                seed,
            }
        }
        "content-type" => {
            let value = table.value.take();
            let value = value.ok_or_else(|| needed(&table.action, "value"))?;
            if !value
                .as_ref()
                .bytes()
                .all(|byte| (b' '..=b'~').contains(&byte))
            {
                return Err(wrong(&value, "this cannot stand in a header"));
            }
            Action::ContentType(value.into_inner())
        }
        "next-marker" => {
            let value = table.value.take();
            let value = value.ok_or_else(|| needed(&table.action, "value"))?;
            Action::NextMarker(match value.as_ref().as_str() {
                "string" => Marker::Text,
                "int" => Marker::Number,
                "empty" => Marker::Empty,
                "null" => Marker::Null,
                _ => return Err(wrong(&value, "one of string, int, empty, null")),
            })
        }
        word => match plain().into_iter().find(|action| action.word() == word) {
            Some(action) => action,
            None => {
                return Err(wrong(
                    &table.action,
                    format!("there is no such action; one of {}", words()),
                ));
            }
        },
    })
}

/// The actions that need no more words.
fn plain() -> [Action; 13] {
    [
        Action::DropBefore,
        Action::DropAfter,
        Action::Cut,
        Action::OnePending,
        Action::StringIds,
        Action::StringStatuses,
        Action::IdForTaskId,
        Action::Reordered,
        Action::ItemMissing,
        Action::NullPaths,
        Action::EmptyPage,
        Action::TokenExpired,
        Action::Silence,
    ]
}

fn words() -> String {
    let mut words = vec![
        "status",
        "proxy-page",
        "latency",
        "content-type",
        "all-failed",
        "one-failed",
        "short-pages",
        "next-marker",
    ];
    words.extend(plain().iter().map(Action::word));
    words.join(", ")
}

fn status(table: &mut Table) -> Result<Option<u16>, Mistake> {
    let Some(status) = table.status.take() else {
        return Ok(None);
    };
    if !(400..=599).contains(status.as_ref()) {
        return Err(wrong(&status, "a status of a failure is from 400 to 599"));
    }
    Ok(Some(status.into_inner()))
}

/// Words that the action does not know: whoever wrote them expects something of them.
fn refuse_rest(table: &Table, action: &Action) -> Result<(), Mistake> {
    let left = [
        table.status.as_ref().map(Spanned::span),
        table.code.as_ref().map(Spanned::span),
        table.retry_after.as_ref().map(Spanned::span),
        table.work.as_ref().map(Spanned::span),
        table.delay_ms.as_ref().map(Spanned::span),
        table.value.as_ref().map(Spanned::span),
        table.most.as_ref().map(Spanned::span),
    ];
    match left.into_iter().flatten().min_by_key(|place| place.start) {
        None => Ok(()),
        Some(place) => Err(Mistake(
            place,
            format!("the action '{}' has no use for it", action.word()),
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../assets/faults.example.toml");

    #[test]
    fn the_example_is_understood_and_shows_every_action() {
        let rules = parse(EXAMPLE).unwrap();
        for word in words().split(", ") {
            let is_shown = rules.iter().any(|rule| rule.action.word() == word);
            assert!(is_shown, "{word}");
        }
    }

    #[test]
    fn mistakes_are_told_by_line_and_word() {
        let cases = [
            ("action = \"stauts\"", 2, "stauts", "no such action"),
            ("action = \"cut\"\nnht = 3", 3, "nht", "unknown field"),
            ("action = \"cut\"\nnth = \"x\"", 3, "x", "invalid type"),
            ("action = \"cut\"\nnth = 0", 3, "0", "from 1"),
            ("action = \"cut\"\nnth = 1\nfirst = 2", 4, "2", "only one"),
            ("action = \"cut\"\nchance = 1.5", 3, "1.5", "from 0 to 1"),
            ("action = \"cut\"\nseed = 1", 3, "1", "goes with"),
            ("action = \"cut\"\nstatus = 500", 3, "500", "no use"),
            ("action = \"status\"", 2, "status", "needs 'status'"),
            ("action = \"status\"\nstatus = 200", 3, "200", "400 to 599"),
            (
                "action = \"latency\"\ndelay_ms = [2, 1]",
                3,
                "[2, 1]",
                "least",
            ),
            ("action = \"short-pages\"\nmost = 0", 3, "0", "one entry"),
            ("method = \"FETCH\"\naction = \"cut\"", 2, "FETCH", "method"),
            ("action = \"next-marker\"\nvalue = \"x\"", 3, "x", "one of"),
            ("action = ", 2, "", "string values"),
        ];
        for (text, line, word, reason) in cases {
            let error = parse(&format!("[[rule]]\n{text}\n")).unwrap_err();
            assert_eq!((error.line, error.word.as_str()), (line, word), "{error}");
            assert!(error.reason.contains(reason), "{error}");
        }
    }
}
