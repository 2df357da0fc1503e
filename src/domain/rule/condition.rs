//! One test of a rule, and how it is asked of an entry.

use std::cell::OnceCell;

use super::moment::Period;
use super::size::Sizes;
use super::text::{Subject, Text};
use super::{Facts, Scope};
use crate::domain::entry::Kind;
use crate::domain::path::RemotePath;

/// One test.
#[derive(Clone, Debug)]
pub enum Condition {
    Name(Text),
    /// The part of the name behind its last dot is one of them.
    Extension(Vec<Text>),
    Type(Vec<Type>),
    Size(Sizes, String),
    Modified(Period, String),
    Created(Period, String),
    /// Somewhere in the whole path.
    Path(Text),
    /// The directory itself or anything below it.
    Below(RemotePath),
    In(Scope),
    Owner(Vec<Text>),
    Label(Vec<Text>),
    HasCopies(bool),
    IsMarked(bool),
}

/// What `type:` can ask for. Listings of file libraries do not tell pictures from films, so the
/// extension does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A directory or an album.
    Directory,
    /// Anything with content.
    File,
    /// A symbolic link.
    Link,
    /// A file with one of these extensions.
    Of(&'static str, &'static [&'static str]),
    /// A file with none of them, or a kind that is not known.
    Other,
}

const IMAGE: &[&str] = &[
    "jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif", "svg",
    "psd", "ai", "raw", "dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2", "exr", "dpx",
    "hdr", "ico", "jxl", "tga",
];
const VIDEO: &[&str] = &[
    "mov", "mp4", "m4v", "mkv", "avi", "mxf", "webm", "mts", "m2ts", "ts", "mpg", "mpeg", "wmv",
    "flv", "3gp", "r3d", "braw", "ari", "vob", "rmvb", "rm", "ogv",
];
const AUDIO: &[&str] = &[
    "wav", "mp3", "aac", "flac", "m4a", "ogg", "opus", "aif", "aiff", "wma", "ape", "amr", "mid",
];
const DOCUMENT: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "txt", "md",
    "csv", "tsv", "json", "xml", "html", "htm", "pages", "numbers", "key", "wps", "srt", "ass",
    "log",
];
const ARCHIVE: &[&str] = &[
    "zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst", "iso", "dmg",
];

impl Type {
    /// The type of a word.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "dir" => Self::Directory,
            "file" => Self::File,
            "link" => Self::Link,
            "image" => Self::Of("image", IMAGE),
            "video" => Self::Of("video", VIDEO),
            "audio" => Self::Of("audio", AUDIO),
            "doc" => Self::Of("doc", DOCUMENT),
            "archive" => Self::Of("archive", ARCHIVE),
            "other" => Self::Other,
            _ => return None,
        })
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Directory => "dir",
            Self::File => "file",
            Self::Link => "link",
            Self::Of(word, _) => word,
            Self::Other => "other",
        }
    }

    fn is_of(self, facts: &Facts<'_>) -> bool {
        let has = |known: &[&str]| {
            let extension = extension(facts.name);
            known.iter().any(|one| one.eq_ignore_ascii_case(extension))
        };
        match self {
            Self::Directory => facts.kind == Kind::Directory,
            Self::File => facts.kind == Kind::File,
            Self::Link => facts.kind == Kind::Symlink,
            Self::Of(_, known) => facts.kind == Kind::File && has(known),
            Self::Other => match facts.kind {
                Kind::Other => true,
                Kind::File => ![IMAGE, VIDEO, AUDIO, DOCUMENT, ARCHIVE]
                    .into_iter()
                    .any(has),
                Kind::Directory | Kind::Symlink => false,
            },
        }
    }
}

/// The word of `type:` that says most about an entry.
pub fn kind_word(name: &str, kind: Kind) -> &'static str {
    let extension = extension(name);
    let has = |known: &&[&str]| known.iter().any(|one| one.eq_ignore_ascii_case(extension));
    match kind {
        Kind::Directory => "dir",
        Kind::Symlink => "link",
        Kind::Other => "other",
        Kind::File if has(&IMAGE) => "image",
        Kind::File if has(&VIDEO) => "video",
        Kind::File if has(&AUDIO) => "audio",
        Kind::File if has(&DOCUMENT) => "doc",
        Kind::File if has(&ARCHIVE) => "archive",
        Kind::File => "file",
    }
}

/// An entry that is asked about, with what is worked out on the way.
pub struct Look<'a> {
    facts: &'a Facts<'a>,
    name: Subject<'a>,
    path: OnceCell<String>,
}

impl<'a> Look<'a> {
    /// Nothing is worked out before it is asked for.
    pub fn new(facts: &'a Facts<'a>) -> Self {
        Self {
            facts,
            name: Subject::new(facts.name),
            path: OnceCell::new(),
        }
    }

    fn path(&self) -> &str {
        self.path.get_or_init(|| {
            let directory = self.facts.directory.as_str();
            let slash = if directory.is_empty() { "" } else { "/" };
            format!("/{directory}{slash}{}", self.facts.name)
        })
    }
}

impl Condition {
    /// Whether it holds; none if that is not known.
    pub fn test(&self, look: &Look<'_>) -> Option<bool> {
        let facts = look.facts;
        match self {
            Self::Name(text) => Some(text.is_in(&look.name)),
            Self::Extension(texts) => {
                let extension = Subject::new(extension(facts.name));
                Some(
                    facts.kind != Kind::Directory
                        && texts.iter().any(|text| text.is_in(&extension)),
                )
            }
            Self::Type(types) => Some(types.iter().any(|kind| kind.is_of(facts))),
            Self::Size(sizes, _) => facts.size.map(|size| sizes.hold(size)),
            Self::Modified(period, _) => facts.modified.map(|time| period.holds(time)),
            Self::Created(period, _) => facts.created.map(|time| period.holds(time)),
            Self::Path(text) => Some(text.is_in(&Subject::new(look.path()))),
            Self::Below(directory) => Some(
                directory == facts.directory
                    || directory.contains(facts.directory)
                    || directory.name() == facts.name
                        && directory.directory() == facts.directory.as_str(),
            ),
            Self::In(scope) => Some(
                scope.directory == *facts.directory
                    || scope.is_deep && scope.directory.contains(facts.directory),
            ),
            Self::Owner(texts) => facts.owner.map(|owner| {
                let owner = Subject::new(owner);
                texts.iter().any(|text| text.is_in(&owner))
            }),
            Self::Label(texts) => facts.labels.map(|labels| {
                labels.iter().any(|label| {
                    let label = Subject::new(label);
                    texts.iter().any(|text| text.is_in(&label))
                })
            }),
            Self::HasCopies(wanted) => facts.has_copies.map(|has| has == *wanted),
            Self::IsMarked(wanted) => facts.is_marked.map(|is| is == *wanted),
        }
    }
}

/// The part of a name behind its last dot; empty for none and for names that only begin with one.
pub fn extension(name: &str) -> &str {
    match name.rfind('.') {
        None | Some(0) => "",
        Some(dot) => &name[dot + 1..],
    }
}
