//! From the disk's facts to the protocol's entries (part B 1.6).

use crate::protocol::directory::{Authority, Entry, Type};

use super::space::facts::{Facts, Kind};
use super::space::rules::Rules;

/// What else a listing says of its entries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra {
    /// The inode, if it was asked for.
    pub with_inode: bool,
    /// Whether the caller can delete the entry; only said where the caller cannot.
    pub is_fixed: bool,
    /// What the library is like.
    pub rules: Rules,
    /// The checksum where it is known.
    pub crc64: Option<u64>,
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

/// The word of the protocol for an entry: a library of photos and videos tells these apart (part B
/// 1.6).
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

/// An entry of a listing.
pub fn entry(name: String, facts: &Facts, extra: Extra) -> Entry {
    let is_file = facts.kind == Kind::File;
    let media = is_file.then(|| media_type(&name));
    let file_type = is_file.then(|| file_type(&name));
    Entry {
        kind: type_of(facts.kind, &name, extra.rules),
        path: None,
        inode: extra.with_inode.then(|| facts.identity().text()),
        creation_time: Some(facts.created),
        modification_time: Some(facts.modified),
        content_type: media.map(str::to_owned),
        size: is_file.then_some(facts.size),
        e_tag: Some(facts.e_tag()),
        crc64: extra.crc64,
        meta_data: None,
        file_type: file_type.map(str::to_owned),
        // This service makes no previews.
        preview_by_doc: is_file.then_some(false),
        preview_by_ci: is_file.then_some(false),
        preview_as_icon: is_file.then_some(false),
        authority_list: extra.is_fixed.then_some(Authority {
            can_delete: Some(false),
        }),
        name,
    }
}

/// The MIME type that a name promises.
pub fn media_type(name: &str) -> &'static str {
    match extension(name).as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
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

/// The word of the protocol for what a file holds, by its name (part A 2.10).
pub fn file_type(name: &str) -> &'static str {
    match extension(name).as_str() {
        "doc" | "docx" => "word",
        "ppt" | "pptx" => "powerpoint",
        "xls" | "xlsx" => "excel",
        "pdf" => "portable",
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "tif" | "tiff" | "svg" | "dng"
        | "cr2" | "cr3" | "arw" | "nef" | "raf" | "bmp" | "psd" => "image",
        "mp3" | "wav" | "flac" | "m4a" | "aac" | "ogg" | "aif" | "aiff" => "audio",
        "mp4" | "m4v" | "mov" | "mkv" | "avi" | "mxf" | "webm" | "mts" | "r3d" | "braw" => "video",
        "txt" | "md" | "log" | "csv" | "srt" | "vtt" | "html" | "htm" | "xml" | "json" => "text",
        "zip" | "gz" | "tar" | "7z" | "rar" | "xz" | "bz2" => "archive",
        _ => "other",
    }
}

fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 5 => {
            extension.to_ascii_lowercase()
        }
        _ => String::new(),
    }
}
