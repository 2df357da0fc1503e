//! A search of the library, and the form in which one is written.

use super::found::List;
use crate::domain::entry::Marker;
use crate::domain::rule::Rule;
use crate::domain::search::SearchId;
use crate::domain::show::Column;
use crate::texts::tr;
use crate::tui::state::typed::Typed;

/// What a search has found.
#[derive(Debug)]
pub struct Hunt {
    /// What is looked for.
    pub rule: Rule,
    /// The rows, as they came until they are sorted.
    pub list: List,
    /// Who looks.
    pub seeker: Seeker,
    /// Whether everything is to be marked once it is there.
    pub marks_all: bool,
}

/// Who looks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seeker {
    /// The service, which has not answered yet.
    Asked,
    /// The service: where its next page begins, if there is one, and whether its last page was
    /// empty, so that it takes its time.
    Service(SearchId, Option<Marker>, bool),
    /// This program, folder by folder: the service has no search.
    Walk,
}

impl Hunt {
    /// Nothing was found yet.
    pub fn new(rule: Rule) -> Self {
        Self {
            rule,
            list: List::as_found(),
            seeker: Seeker::Asked,
            marks_all: false,
        }
    }

    /// Whether the service has more than is here.
    pub fn has_more(&self) -> bool {
        matches!(self.seeker, Seeker::Service(_, Some(_), _))
    }
}

/// How many fields the form has.
pub const FIELDS: usize = 9;

/// The fields of the form: what they are called, and what may stand in them.
pub fn fields() -> [(&'static str, &'static str); FIELDS] {
    [
        (tr!("name"), tr!("words, *.mov or /regex/")),
        (
            Column::Type.word(),
            "file, dir, image, video, audio, doc, archive, other",
        ),
        (tr!("extension"), "mov,mp4"),
        (tr!("at least"), "500M"),
        (tr!("at most"), "2G"),
        (
            tr!("changed since"),
            tr!("2024-04-01, or 90d for the last 90 days"),
        ),
        (
            tr!("changed until"),
            tr!("2024-04-30, or 1y for older than a year"),
        ),
        (tr!("label"), "draft,old"),
        (
            tr!("below"),
            tr!("/a/folder, here, or nothing for everywhere"),
        ),
    ]
}

/// A search while its form is filled in.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What stands in the fields.
    pub fields: [Typed; FIELDS],
    /// The field that is typed into.
    pub at: usize,
    /// Why this is no rule.
    pub complaint: Option<String>,
}

impl Form {
    /// What was filled in, as a rule.
    pub fn rule(&self) -> String {
        let texts = self.fields.iter().map(|field| field.value().trim());
        let parts = texts.enumerate().filter(|(_, text)| !text.is_empty());
        let words = parts.map(|(at, text)| match at {
            0 => text.to_owned(),
            1 => format!("type:{}", list(text)),
            2 => format!("ext:{}", list(text)),
            3 => format!("size:>={}", joined(text)),
            4 => format!("size:<={}", joined(text)),
            // An age counts backwards.
            5 if is_age(text) => format!("mod:<={}", joined(text)),
            6 if is_age(text) => format!("mod:>={}", joined(text)),
            5 => format!("mod:>={}", joined(text)),
            6 => format!("mod:<={}", joined(text)),
            7 => format!("label:{}", list(text)),
            _ if text == "here" => "in:tree".to_owned(),
            _ => format!("in:{}", quoted(text)),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

fn is_age(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_alphabetic())
}

/// `500 MB` is one word in a rule.
fn joined(text: &str) -> String {
    text.split_whitespace().collect()
}

fn list(text: &str) -> String {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(quoted).collect::<Vec<_>>().join(",")
}

/// In quotes, where a blank or a sign would end the word.
fn quoted(text: &str) -> String {
    if text.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')')) {
        format!("\"{}\"", text.replace('"', ""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_a_rule() {
        let mut form = Form::default();
        assert_eq!(form.rule(), "");
        let filled = [
            "废弃 *.mov",
            "video",
            "mov, mp4",
            "500 MB",
            "2G",
            "90d",
            "2024-04-30",
            "to grade,old",
            "/a b",
        ];
        for (field, text) in form.fields.iter_mut().zip(filled) {
            *field = Typed::new(text.to_owned());
        }
        assert_eq!(
            form.rule(),
            "废弃 *.mov type:video ext:mov,mp4 size:>=500MB size:<=2G mod:<=90d mod:<=2024-04-30 \
             label:\"to grade\",old in:\"/a b\""
        );
    }
}
