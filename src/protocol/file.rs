//! Files: details, downloads and the upload hand-shake (part B sections 3 and 4).

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::directory::Type;
use super::lenient::{boolean, decimal, time};

/// The answer of `?info` on a file or a recycled item (part B 3.3, part A 8.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// A signed URL of the bytes, valid for a while; a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cos_url: Option<String>,
    /// When that URL stops working, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub cos_url_expiration: Option<Timestamp>,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// When it was uploaded, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
    /// When its content last changed, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub modification_time: Option<Timestamp>,
    /// MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Bytes.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Opaque, wrapped in double quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// CRC-64/XZ of the content.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub crc64: Option<u64>,
    /// `image`, `video`, `text` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_type: Option<String>,
    /// User metadata, keys with the prefix `x-smh-meta-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta_data: Option<BTreeMap<String, String>>,
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Info")
            .field("kind", &self.kind)
            .field("size", &self.size)
            .field("crc64", &self.crc64)
            .finish_non_exhaustive()
    }
}

/// Where and how to put the bytes of an upload (part B 4.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadStart {
    /// Host, with a port where it needs one.
    pub domain: String,
    /// Absolute path on that host.
    pub path: String,
    /// To be sent with the bytes, unchanged; they hold credentials. A form has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Names the upload until it is confirmed.
    pub confirm_key: String,
    /// When the upload lapses, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Timestamp>,
}

/// The body of `?confirm` (part B 4.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// CRC-64/XZ of the bytes that were sent, for the service to compare.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub crc64: Option<u64>,
}

/// The file that an upload made (part B 4.1 and 4.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Uploaded {
    /// Components of the final path; null when its parent vanished meanwhile.
    pub path: Option<Vec<String>>,
    /// The final name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Only if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<String>,
    /// When it was uploaded, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
    /// When its content last changed, UTC.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub modification_time: Option<Timestamp>,
    /// MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Bytes.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Opaque, wrapped in double quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// CRC-64/XZ of the content.
    #[serde(default, with = "decimal", skip_serializing_if = "Option::is_none")]
    pub crc64: Option<u64>,
    /// Whether another file of that name was replaced.
    #[serde(default)]
    pub is_overwritten: bool,
}

/// The body of a beginning or of `?renew`, as far as this program says something (part B 4.1, 4.2
/// and 4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BeginUpload {
    /// Bytes.
    #[serde(with = "decimal", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When the file last changed on the disk that it comes from, UTC.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub local_modification_time: Option<Timestamp>,
    /// Parts whose headers are wanted one by one, such as `1,8-10`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_number_range: Option<String>,
}

/// Where the bytes of an upload go, as clients read it from services of all ages (part B 4.1, 4.2
/// and 4.4). It holds credentials.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadPlace {
    /// Host, with a port where it needs one.
    pub domain: String,
    /// Absolute path on that host.
    pub path: String,
    /// To be sent with the bytes, unchanged.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
    /// Names the upload until it is confirmed.
    #[serde(default)]
    pub confirm_key: Option<String>,
    /// Names the upload to object storage, where it comes in parts.
    #[serde(default)]
    pub upload_id: Option<String>,
    /// What is to be sent with single parts, where the service signs each of them.
    #[serde(default)]
    pub parts: Option<BTreeMap<String, PartHeaders>>,
}

/// What is to be sent with one part, unchanged (part B 4.2).
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct PartHeaders {
    /// Names and values; they hold credentials.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// How far an upload is (part B 4.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadStatus {
    /// Whether it has become a file.
    #[serde(default, deserialize_with = "boolean::deserialize")]
    pub confirmed: bool,
    /// Components of the path of the file, or of the one that was asked for.
    #[serde(default)]
    pub path: Option<Vec<String>>,
    /// The parts that have arrived.
    #[serde(default)]
    pub parts: Option<Vec<UploadPart>>,
}

/// A part that has arrived, in the words of object storage (part B 4.5).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UploadPart {
    /// Counted from 1.
    #[serde(with = "decimal")]
    pub part_number: Option<u64>,
    /// Bytes.
    #[serde(default, with = "decimal")]
    pub size: Option<u64>,
}
