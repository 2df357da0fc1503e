//! What is answered about uploads (part B 4.1 to 4.6).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::protocol::directory::Type;
use crate::protocol::file::{UploadStart, Uploaded};
use crate::protocol::lenient::time;
use crate::server::error::Fault;
use crate::server::ledger::PartRow;
use crate::server::request::Call;
use crate::server::space::rename::Strategy;
use crate::server::space::uploads::confirm::Settled;
use crate::server::space::uploads::{Upload, Way};
use crate::server::space::work;
use crate::server::{bytes, entry};

/// Where the bytes go, and what comes along with them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    #[serde(flatten)]
    start: UploadStart,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<BTreeMap<&'static str, String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<String, Headers>,
}

/// What comes along with one part.
#[derive(Serialize)]
struct Headers {
    headers: BTreeMap<String, String>,
}

/// Says where the bytes of an upload go; `numbers` are the parts that are asked for one by one.
pub fn started(call: &Call, upload: &Upload, numbers: &BTreeSet<u32>) -> Started {
    let space = call.target.part(1);
    let token = upload.wish.token.clone();
    let headers = BTreeMap::from([
        (
            "Content-Type".to_owned(),
            "application/octet-stream".to_owned(),
        ),
        // Real services sign here. Some clients have no upload without it; nobody reads it.
        ("Authorization".to_owned(), format!("q-signature={token}")),
        (bytes::TOKEN.to_owned(), token.clone()),
    ]);
    let mut started = Started {
        start: UploadStart {
            domain: call.host(),
            path: bytes::upload_path(space, &upload.key),
            headers: headers.clone(),
            confirm_key: upload.key.clone(),
            expiration: Some(upload.expires),
        },
        upload_id: None,
        form: None,
        parts: BTreeMap::new(),
    };
    match &upload.wish.way {
        Way::Simple => {}
        Way::Form => {
            "/".clone_into(&mut started.start.path);
            started.start.headers = BTreeMap::new();
            started.form = Some(BTreeMap::from([
                ("key", bytes::upload_key(space, &upload.key)),
                (bytes::TOKEN, token),
            ]));
        }
        Way::Multipart(id) => {
            started.upload_id = Some(id.clone());
            started.parts = numbers
                .iter()
                .map(|number| {
                    let headers = headers.clone();
                    (number.to_string(), Headers { headers })
                })
                .collect();
        }
    }
    started
}

/// How far an upload is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    confirm_key: String,
    confirmed: bool,
    path: Option<Vec<String>>,
    #[serde(rename = "type")]
    kind: Type,
    #[serde(with = "time")]
    creation_time: Option<Timestamp>,
    conflict_resolution_strategy: Strategy,
    force: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<Part>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_part_info: Option<Started>,
}

/// A part that has arrived, in the words of object storage.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the words of object storage")]
struct Part {
    part_number: u32,
    #[serde(with = "time")]
    last_modified: Option<Timestamp>,
    e_tag: String,
    size: u64,
}

/// Says how far an upload is, and on request where its next parts go.
pub fn status(call: &Call, upload: &Upload, parts: &[PartRow], with_place: bool) -> Status {
    let path = upload.settled.as_ref().unwrap_or(&upload.wish.path);
    let upload_id = match &upload.wish.way {
        Way::Simple | Way::Form => None,
        Way::Multipart(id) => Some(id.clone()),
    };
    let is_open = upload_id.is_some() && upload.settled.is_none();
    Status {
        confirm_key: upload.key.clone(),
        confirmed: upload.settled.is_some(),
        path: (!path.is_empty()).then(|| work::components(path)),
        kind: Type::File,
        creation_time: upload.wish.begun,
        conflict_resolution_strategy: upload.wish.strategy,
        force: upload.wish.strategy == Strategy::Overwrite,
        parts: is_open.then(|| parts.iter().map(part).collect()),
        upload_part_info: (is_open && with_place).then(|| started(call, upload, &BTreeSet::new())),
        upload_id,
    }
}

fn part(row: &PartRow) -> Part {
    Part {
        part_number: row.number,
        last_modified: Some(row.arrived),
        e_tag: bytes::part_tag(row),
        size: row.size,
    }
}

/// The file that an upload made, with all that is said about it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the words of the protocol")]
pub struct File {
    #[serde(flatten)]
    file: Uploaded,
    file_type: &'static str,
    #[serde(flatten)]
    previews: entry::Previews,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_cas: Option<String>,
    meta_data: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    local_creation_time: Option<Timestamp>,
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    local_modification_time: Option<Timestamp>,
}

/// Says what file an upload made.
pub fn file(call: &Call, settled: &Settled) -> Result<File, Fault> {
    let query = &call.target.query;
    let facts = &settled.facts;
    let said = settled.attributes.clone();
    let name = settled.path.name();
    let content_type = entry::content_type(name, &said).into_owned();
    Ok(File {
        file: Uploaded {
            path: Some(work::components(settled.path.as_str())),
            name: name.to_owned(),
            kind: entry::type_of(facts.kind, settled.path.name(), call.space.rules()),
            inode: query
                .is_wanted("with_inode")?
                .then(|| facts.identity().text()),
            creation_time: Some(said.created_of(facts)),
            modification_time: Some(facts.modified),
            content_type: Some(content_type),
            size: Some(facts.size),
            e_tag: Some(facts.e_tag()),
            crc64: Some(settled.crc64),
            is_overwritten: settled.is_overwritten,
        },
        file_type: entry::file_type(name),
        previews: entry::Previews::of(facts.kind, name),
        content_cas: query
            .is_wanted("with_content_cas")?
            .then(|| facts.content_cas()),
        meta_data: entry::meta_data(&said).unwrap_or_default(),
        labels: said.labels,
        category: said.category,
        local_creation_time: said.local_created,
        local_modification_time: said.local_modified,
    })
}
