//! Requests made of bytes: of words that lead somewhere, and of text that may be nonsense. The
//! ordinary tests ask them too.

/// A request that may be nonsense.
#[derive(Debug)]
pub struct Asked {
    pub method: String,
    /// What stands behind the prefix of all endpoints.
    pub target: String,
    pub body: String,
}

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"];

#[rustfmt::skip]
const FAMILIES: &[&str] = &[
    "directory", "file", "batch", "recycled", "token", "space", "usage", "stats", "quota",
    "space-quota", "task", "task-result", "cross-space/directory", "album", "inode",
    "file-deletion-check", "directory-history", "search", "favorite", "recent", "fs-delta",
];

#[rustfmt::skip]
const PARTS: &[&str] = &[
    "docs", "a.txt", "deep", "link", "up", ".mediasweep", "..", "1", "list", "count", "size",
    "file-count", "extension", "traffic-limit", "cover", "copy", "library-history", "history-list",
    "delete", "latest-version", "space-contents", "search-fs", "search-fs-stats", "contents-view",
    "recently-used-file", "cursor", "delta", "new",
];

#[rustfmt::skip]
const QUERIES: &[&str] = &[
    "info", "stats", "calibrate", "update", "virtual_file", "confirm", "renew", "multipart",
    "upload", "preview", "delete", "copy", "move", "restore", "lifecycle", "by-page", "page",
    "page_size", "limit", "marker", "order_by", "order_by_type", "filter", "prefix", "start_name",
    "sort_type", "with_inode", "with_favorite_status", "with_content_cas", "permanent",
    "conflict_resolution_strategy", "content_cas", "filesize", "size", "scale", "width_size",
    "frame_number", "history_id", "period", "cursor", "force", "user_id", "traffic_limit", "grant",
];

/// Values that parameters and fields have, some of them at an edge.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "", "0", "1", "-1", "2", "1000", "1001", "4294967296", "18446744073709551615", "true", "null",
    "asc", "desc", "name", "creationTime", "modificationTime", "size", "localCreationTime", "ask",
    "rename", "overwrite", "onlyDir", "onlyFile", "union", "docs", "docs/a.txt", "..", "/", "a\0b",
    "2024-01-01T00:00:00.000Z", "normal", "recycle", "history", "\u{10ffe9}", "\u{202e}", "🎬",
];

#[rustfmt::skip]
const FIELDS: &[&str] = &[
    "path", "from", "copyFrom", "to", "linkTo", "contentCas", "permanent", "keyword", "scope",
    "type", "labels", "category", "metaData", "size", "crc64", "capacity", "spaces",
    "retentionDays", "extname", "minFileSize", "maxFileSize", "modificationTimeStart", "marker",
    "limit", "orderBy", "conflictResolutionStrategy", "fullHash", "beginningHash",
    "partNumberRange", "enableFileHistory", "fileHistoryCount", "inode", "localCreationTime",
    "aggregations", "keywords", "removeWhenExceed", "removeAfterDays", "downloadTrafficLimit",
];

/// Bytes, one after the other, and zeros behind their end.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn below(&mut self, end: u8) -> u8 {
        self.next() % end
    }

    fn word<'w>(&mut self, list: &[&'w str]) -> &'w str {
        list[usize::from(self.next()) % list.len()]
    }

    fn text(&mut self) -> String {
        let length = self.below(12);
        let bytes: Vec<u8> = (0..length).map(|_| self.next()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn word_or_text(&mut self, list: &[&str]) -> String {
        match self.below(4) {
            0 => self.text(),
            _ => self.word(list).to_owned(),
        }
    }

    fn value(&mut self) -> String {
        match self.below(7) {
            0 => i64::from_le_bytes([0; 8].map(|_: u8| self.next())).to_string(),
            1 => "null".to_owned(),
            2 => (self.next() & 1 == 1).to_string(),
            3 => format!("[{}]", quoted(self.word(VALUES))),
            4 => format!(
                "{{{}:{}}}",
                quoted(self.word(FIELDS)),
                quoted(self.word(VALUES))
            ),
            _ => quoted(&self.word_or_text(VALUES)),
        }
    }

    fn object(&mut self) -> String {
        let fields: Vec<String> = (0..self.below(4))
            .map(|_| format!("{}:{}", quoted(self.word(FIELDS)), self.value()))
            .collect();
        format!("{{{}}}", fields.join(","))
    }

    fn body(&mut self) -> String {
        match self.below(6) {
            0 => String::new(),
            1 => self.text(),
            2 => format!("[{}]", self.value()),
            3 => format!("[{}]", self.object()),
            _ => self.object(),
        }
    }
}

/// The request that some bytes stand for.
pub fn request(bytes: &[u8]) -> Asked {
    let mut bytes = Bytes(bytes.iter());
    let method = bytes.word(METHODS).to_owned();
    let mut target = format!("{}/local/", bytes.word(FAMILIES));
    match bytes.below(8) {
        0 => target += &escaped(&bytes.text()),
        1 => target += bytes.word(PARTS),
        _ => target.push('-'),
    }
    for _ in 0..bytes.below(5) {
        let part = bytes.word_or_text(PARTS);
        // The words as they are: `..` too.
        let is_word = PARTS.contains(&part.as_str());
        target.push('/');
        target += &if is_word { part } else { escaped(&part) };
    }
    for index in 0..bytes.below(5) {
        target.push(if index == 0 { '?' } else { '&' });
        target += bytes.word(QUERIES);
        if bytes.below(2) == 1 {
            target.push('=');
            target += &escaped(&bytes.word_or_text(VALUES));
        }
    }
    let body = bytes.body();
    Asked {
        method,
        target,
        body,
    }
}

/// Any text as a part of a URL.
pub fn escaped(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect::<Vec<_>>().concat()
}

fn quoted(text: &str) -> String {
    let escaped = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter if letter.is_control() => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
