//! Whether a call fits a rule. Knows nothing of what is done to it.

use axum::extract::Request;
use percent_encoding::percent_decode_str;

use super::Rule;

const PREFIX: &str = "/api/v1/";

/// What of a call rules look at.
pub struct Target {
    method: String,
    path: String,
    query: Vec<(String, String)>,
}

impl Target {
    /// Reads a call.
    pub fn of(request: &Request) -> Self {
        let path = decode(request.uri().path());
        let path = path.strip_prefix(PREFIX).unwrap_or(&path);
        let pairs = request.uri().query().unwrap_or_default().split('&');
        Self {
            method: request.method().as_str().to_owned(),
            path: path.trim_end_matches('/').to_owned(),
            query: pairs
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        }
    }

    /// Whether it is one that the rule speaks of.
    pub fn fits(&self, rule: &Rule) -> bool {
        let is_method = |method: &String| method.eq_ignore_ascii_case(&self.method);
        rule.method.as_ref().is_none_or(is_method)
            && fits(&rule.path, &self.path)
            && rule.query.iter().all(|word| self.has(word))
    }

    fn has(&self, word: &str) -> bool {
        self.query.iter().any(|(name, value)| {
            word == name
                || word
                    .split_once('=')
                    .is_some_and(|(left, right)| left == name && right == value)
        })
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether a path fits a pattern, component by component.
pub fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    all_fit(
        &pattern,
        &path,
        |pattern| *pattern == "**",
        |a, b| one_fits(a, b),
    )
}

/// `*` in one component is any text.
fn one_fits(pattern: &str, component: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let component: Vec<char> = component.chars().collect();
    all_fit(&pattern, &component, |part| *part == '*', |a, b| a == b)
}

/// Goes along both; at a mismatch, the last wildcard takes one more.
fn all_fit<T>(
    pattern: &[T],
    given: &[T],
    is_wild: impl Fn(&T) -> bool,
    is_same: impl Fn(&T, &T) -> bool,
) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while here < given.len() {
        match pattern.get(at) {
            Some(part) if is_wild(part) => {
                last = Some((at, here));
                at += 1;
            }
            Some(part) if is_same(part, &given[here]) => {
                at += 1;
                here += 1;
            }
            _ => match last {
                Some((wild, taken)) => {
                    last = Some((wild, taken + 1));
                    at = wild + 1;
                    here = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(is_wild)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stays_in_its_component_and_two_do_not() {
        let cases = [
            ("**", "batch/lib/-", true),
            ("batch/**", "batch/lib/-", true),
            ("batch/**", "batches/lib/-", false),
            ("file/*/*/*.mov", "file/lib/-/a b.mov", true),
            ("file/*/*/*.mov", "file/lib/-/d/a.mov", false),
            ("file/**/*.mov", "file/lib/-/d/a.mov", true),
            ("file/**/d/**", "file/lib/-/d", true),
            ("*/lib/-", "task/lib/-", true),
            ("task/*/*/1*3", "task/lib/-/1223", true),
            ("task/*/*/1*3", "task/lib/-/1224", false),
            ("/cos/upload/*", "/cos/upload/abc", true),
            ("", "", true),
            ("", "token", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
