//! From the disk's facts to the protocol's entries (part B 1.6).

pub mod line;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::protocol::directory::{Authority, Entry, Type};
use crate::protocol::lenient::{decimal, time};

use super::error::Fault;
use super::request::Query;
use super::space::Space;
use super::space::attributes::Attributes;
use super::space::facts::{Facts, Kind};
use super::space::rules::Rules;

/// What the keys of user metadata begin with on the wire.
pub const META: &str = "x-smh-meta-";

/// What a caller asks to be told besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// The inode.
    pub inode: bool,
    /// The content token.
    pub content_cas: bool,
}

impl Wanted {
    /// Reads the parameters.
    pub fn of(query: &Query) -> Result<Self, Fault> {
        Ok(Self {
            inode: query.is_wanted("with_inode")?,
            content_cas: query.is_wanted("with_content_cas")?,
        })
    }
}

/// What else a listing says of its entries.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// What the caller asked for.
    pub wanted: Wanted,
    /// What the caller may do with the entry; only said where that is not everything.
    pub authority: Option<Authority>,
    /// What the library is like.
    pub rules: Rules,
    /// The checksum where it is known.
    pub crc64: Option<u64>,
    /// What was said about it.
    pub attributes: Attributes,
    /// The number of its newest version.
    pub version: Option<u64>,
}

/// An entry of a listing, with what was said about it (part B 1.6).
#[derive(Clone, Debug, Serialize)]
pub struct Described {
    /// What every client reads.
    #[serde(flatten)]
    pub entry: Entry,
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
    /// Who made it.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Bytes of its older versions; only in the answer of `?info`.
    #[serde(
        rename = "historySize",
        with = "decimal",
        skip_serializing_if = "Option::is_none"
    )]
    pub history_size: Option<u64>,
    /// The inode of what a link shows; only in the answer of `?info`.
    #[serde(rename = "linkTo", skip_serializing_if = "Option::is_none")]
    pub link_to: Option<String>,
}

/// The fields that were said about an entry, or asked for, as all answers have them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// A word of the user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// When it was made on the disk of whoever uploaded it.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub local_creation_time: Option<Timestamp>,
    /// When its content last changed there.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub local_modification_time: Option<Timestamp>,
    /// The number of its newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<u64>,
    /// Whether it is one of the caller's favourites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_favorite: Option<bool>,
    /// The content token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_cas: Option<String>,
}

/// What of an entry can be shown, as the answers that always say so have it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Previews {
    preview_by_doc: bool,
    #[serde(rename = "previewByCI")]
    preview_by_ci: bool,
    preview_as_icon: bool,
}

impl Previews {
    /// What its kind and its name promise.
    pub fn of(kind: Kind, name: &str) -> Self {
        let is_shown = kind == Kind::File && has_preview(name);
        Self {
            preview_by_doc: false,
            preview_by_ci: is_shown,
            preview_as_icon: is_shown,
        }
    }
}

/// The word of the protocol for a kind.
pub fn kind(kind: Kind) -> Type {
    match kind {
        Kind::Directory => Type::Dir,
        Kind::File => Type::File,
        Kind::Symlink => Type::Symlink,
        Kind::Other => Type::Virtual,
    }
}

/// The word of the protocol for an entry: a library of photos and videos tells these apart
/// (part B 1.6).
pub fn type_of(of: Kind, name: &str, rules: Rules) -> Type {
    if of == Kind::File && rules.media.is_some() {
        match file_type(name) {
            "image" => return Type::Image,
            "video" => return Type::Video,
            _ => {}
        }
    }
    kind(of)
}

/// The same for an entry of which something was said.
pub fn described_type(facts: &Facts, name: &str, extra: &Extra) -> Type {
    if extra.attributes.is_virtual(facts) {
        return Type::Virtual;
    }
    type_of(facts.kind, name, extra.rules)
}

/// The MIME type: what was said, else what the name promises.
pub fn content_type(name: &str, attributes: &Attributes) -> Cow<'static, str> {
    match &attributes.content_type {
        Some(said) => said.clone().into(),
        None => media_type(name).into(),
    }
}

/// User metadata with the prefix of the wire; none if there is none.
pub fn meta_data(attributes: &Attributes) -> Option<BTreeMap<String, String>> {
    let pairs = attributes.metadata.iter();
    let prefixed: BTreeMap<_, _> = pairs
        .map(|(key, value)| (format!("{META}{key}"), value.clone()))
        .collect();
    (!prefixed.is_empty()).then_some(prefixed)
}

/// What the space knows of an entry besides its facts; reads what was said about it.
pub fn extra(
    space: &Space,
    facts: &Facts,
    wanted: Wanted,
) -> Result<Extra, super::space::problem::Problem> {
    Ok(Extra {
        wanted,
        rules: space.rules(),
        crc64: space.known_sum(facts),
        attributes: space.attributes(facts)?,
        version: space.version_number(facts)?,
        ..Extra::default()
    })
}

/// What was said about an entry, as answers have it.
pub fn said(facts: &Facts, extra: &Extra) -> Said {
    let attributes = &extra.attributes;
    let wanted = extra.wanted;
    let is_directory = facts.kind == Kind::Directory;
    Said {
        labels: attributes.labels.clone(),
        category: attributes.category.clone(),
        local_creation_time: attributes.local_created,
        local_modification_time: attributes.local_modified,
        version_id: extra.version,
        // It is looked up by who asks about it.
        is_favorite: None,
        content_cas: (wanted.content_cas && !is_directory).then(|| facts.content_cas()),
    }
}

/// An entry of a listing.
pub fn entry(name: String, facts: &Facts, extra: &Extra) -> Described {
    let attributes = &extra.attributes;
    let is_file = facts.kind == Kind::File;
    let has_content = is_file && !attributes.is_virtual(facts);
    let extension = Extension::of(&name);
    let entry = Entry {
        kind: described_type(facts, &name, extra),
        path: None,
        inode: extra.wanted.inode.then(|| facts.identity().text()),
        creation_time: Some(attributes.created_of(facts)),
        modification_time: Some(facts.modified),
        content_type: is_file.then(|| match &attributes.content_type {
            Some(said) => said.clone().into(),
            None => extension.media_type().into(),
        }),
        size: is_file.then(|| attributes.size_of(facts)),
        e_tag: Some(facts.e_tag()),
        crc64: extra.crc64.filter(|_| has_content),
        meta_data: meta_data(attributes),
        file_type: is_file.then(|| extension.file_type().into()),
        preview_by_doc: is_file.then_some(false),
        preview_by_ci: is_file.then(|| extension.has_preview()),
        preview_as_icon: is_file.then(|| extension.has_preview()),
        authority_list: extra.authority.clone(),
        name,
    };
    Described {
        entry,
        said: said(facts, extra),
        user_id: attributes.user.clone(),
        history_size: None,
        link_to: None,
    }
}

/// Whether a file of this name can be shown as a small picture.
pub fn has_preview(name: &str) -> bool {
    Extension::of(name).has_preview()
}

/// The MIME type that a name promises.
pub fn media_type(name: &str) -> &'static str {
    Extension::of(name).media_type()
}

/// The word of the protocol for what a file holds, by its name (part A 2.10).
pub fn file_type(name: &str) -> &'static str {
    Extension::of(name).file_type()
}

/// What a name ends in, in small letters. It is asked several things for each entry of a page, so
/// nothing is allocated for it.
#[derive(Default)]
struct Extension {
    letters: [u8; 5],
    length: usize,
}

impl Extension {
    fn of(name: &str) -> Self {
        let mut found = Self::default();
        if let Some((stem, extension)) = name.rsplit_once('.')
            && !stem.is_empty()
            && extension.len() <= found.letters.len()
        {
            found.length = extension.len();
            found.letters[..extension.len()].copy_from_slice(extension.as_bytes());
            found.letters.make_ascii_lowercase();
        }
        found
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.letters[..self.length]).unwrap_or_default()
    }

    fn has_preview(&self) -> bool {
        matches!(
            self.as_str(),
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "bmp" | "tif" | "tiff"
        )
    }

    fn media_type(&self) -> &'static str {
        match self.as_str() {
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "bmp" => "image/bmp",
            "heic" => "image/heic",
            "tif" | "tiff" => "image/tiff",
            "svg" => "image/svg+xml",
            "dng" => "image/x-adobe-dng",
            "mp4" | "m4v" => "video/mp4",
            "mov" => "video/quicktime",
            "mkv" => "video/x-matroska",
            "avi" => "video/x-msvideo",
            "mxf" => "application/mxf",
            "webm" => "video/webm",
            "mp3" => "audio/mpeg",
            "wav" => "audio/wav",
            "flac" => "audio/flac",
            "m4a" => "audio/mp4",
            "aac" => "audio/aac",
            "txt" | "log" | "srt" | "vtt" => "text/plain",
            "md" => "text/markdown",
            "csv" => "text/csv",
            "html" | "htm" => "text/html",
            "xml" => "application/xml",
            "json" => "application/json",
            "pdf" => "application/pdf",
            "doc" => "application/msword",
            "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xls" => "application/vnd.ms-excel",
            "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "ppt" => "application/vnd.ms-powerpoint",
            "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "zip" => "application/zip",
            "gz" => "application/gzip",
            "tar" => "application/x-tar",
            "7z" => "application/x-7z-compressed",
            _ => "application/octet-stream",
        }
    }

    fn file_type(&self) -> &'static str {
        match self.as_str() {
            "doc" | "docx" => "word",
            "ppt" | "pptx" => "powerpoint",
            "xls" | "xlsx" => "excel",
            "pdf" => "portable",
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "tif" | "tiff" | "svg" | "dng"
            | "cr2" | "cr3" | "arw" | "nef" | "raf" | "bmp" | "psd" => "image",
            "mp3" | "wav" | "flac" | "m4a" | "aac" | "ogg" | "aif" | "aiff" => "audio",
            "mp4" | "m4v" | "mov" | "mkv" | "avi" | "mxf" | "webm" | "mts" | "r3d" | "braw" => {
                "video"
            }
            "txt" | "md" | "log" | "csv" | "srt" | "vtt" | "html" | "htm" | "xml" | "json" => {
                "text"
            }
            "zip" | "gz" | "tar" | "7z" | "rar" | "xz" | "bz2" => "archive",
            _ => "other",
        }
    }
}
