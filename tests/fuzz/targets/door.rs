//! Any method, URL and body at the door of a service whose folder is never to be left.

#![no_main]

mod service;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use service::{Asked, Service};

/// A request of words that lead somewhere, and of text that may be nonsense.
#[derive(Arbitrary, Debug)]
struct Guess {
    method: u8,
    family: u8,
    /// What stands where a space should, if anything else does.
    space: Option<String>,
    path: Vec<Part>,
    query: Vec<(u8, Option<String>)>,
    body: Body,
}

#[derive(Arbitrary, Debug)]
enum Part {
    Known(u8),
    Any(String),
}

#[derive(Arbitrary, Debug)]
enum Body {
    Any(String),
    /// Fields of one object, or of a list of one.
    Fields(bool, Vec<(u8, Value)>),
}

#[derive(Arbitrary, Debug)]
enum Value {
    Known(u8),
    Text(String),
    Number(i64),
    Flag(bool),
    Null,
}

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"];

const FAMILIES: &[&str] = &[
    "directory", "file", "batch", "recycled", "token", "space", "usage", "stats", "quota",
    "space-quota", "task", "task-result", "cross-space/directory", "album", "inode",
    "file-deletion-check", "directory-history", "search", "favorite", "recent", "fs-delta",
];

const PARTS: &[&str] = &[
    "docs", "a.txt", "deep", "link", "up", ".mediasweep", "..", "1", "list", "count", "size",
    "file-count", "extension", "traffic-limit", "cover", "copy", "library-history", "history-list",
    "delete", "latest-version", "space-contents", "search-fs", "search-fs-stats", "contents-view",
    "recently-used-file", "cursor", "delta", "new",
];

const QUERIES: &[&str] = &[
    "info", "stats", "calibrate", "update", "virtual_file", "confirm", "renew", "multipart",
    "upload", "preview", "delete", "copy", "move", "restore", "lifecycle", "by-page", "page",
    "page_size", "limit", "marker", "order_by", "order_by_type", "filter", "prefix", "start_name",
    "sort_type", "with_inode", "with_favorite_status", "with_content_cas", "permanent",
    "conflict_resolution_strategy", "content_cas", "filesize", "size", "scale", "width_size",
    "history_id", "period", "cursor", "force", "user_id", "traffic_limit", "grant",
];

const FIELDS: &[&str] = &[
    "path", "from", "copyFrom", "to", "linkTo", "contentCas", "permanent", "keyword", "scope",
    "type", "labels", "category", "metaData", "size", "crc64", "capacity", "spaces",
    "retentionDays", "extname", "minFileSize", "maxFileSize", "modificationTimeStart", "marker",
    "limit", "orderBy", "conflictResolutionStrategy", "fullHash", "beginningHash",
    "partNumberRange", "enableFileHistory", "fileHistoryCount", "inode", "localCreationTime",
];

fn known(list: &[&'static str], index: u8) -> &'static str {
    list[usize::from(index) % list.len()]
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Value {
    fn json(&self) -> String {
        match self {
            Self::Known(index) => quoted(known(PARTS, *index)),
            Self::Text(text) => quoted(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Null => "null".to_owned(),
        }
    }
}

fn quoted(text: &str) -> String {
    let escaped = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter if letter.is_control() => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

impl From<Guess> for Asked {
    fn from(guess: Guess) -> Self {
        let space = guess.space.map_or("-".to_owned(), |space| escaped(&space));
        let mut target = format!("{}/local/{space}", known(FAMILIES, guess.family));
        for part in &guess.path {
            target.push('/');
            match part {
                Part::Known(index) => target += known(PARTS, *index),
                Part::Any(text) => target += &escaped(text),
            }
        }
        for (index, (name, value)) in guess.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target += known(QUERIES, *name);
            if let Some(value) = value {
                target.push('=');
                target += &escaped(value);
            }
        }
        let body = match guess.body {
            Body::Any(text) => text,
            Body::Fields(is_list, fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("\"{}\":{}", known(FIELDS, *name), value.json()))
                    .collect();
                let object = format!("{{{}}}", fields.join(","));
                if is_list { format!("[{object}]") } else { object }
            }
        };
        let method = known(METHODS, guess.method).to_owned();
        Self { method, target, body }
    }
}

fuzz_target!(|guess: Guess| {
    let asked = Asked::from(guess);
    Service::with(|service| {
        let status = service.ask(&asked);
        // Whatever is asked, the answer is no fault of the service.
        assert_ne!(status, Some(500), "{asked:?}");
        service.check();
    });
});
