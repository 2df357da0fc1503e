//! The hand-shake of an upload: begin, renew, look, confirm, give up (part B section 4). The bytes
//! go by [`Client::send_bytes`].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use reqwest::Method;
use url::Url;

use crate::domain::conflict::Strategy;
use crate::domain::path::RemotePath;
use crate::protocol::file::{self, BeginUpload, Confirm, Uploaded};
use crate::texts::later;

use super::address::{Query, encode, is_loopback};
use super::batch::json;
use super::relocate::with_strategy;
use super::transport::Answer;
use super::{Client, Error, wire};

/// Names an upload until it is confirmed, and for a while after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmKey(pub String);

/// How the bytes of an upload come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In one request.
    Simple,
    /// In numbered parts, in any order and again where they broke off.
    Parts,
}

/// What is to be uploaded.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Where the file is to be; its directory has to be there.
    pub path: &'a RemotePath,
    /// What to do if that is taken.
    pub strategy: Strategy,
    /// Bytes.
    pub size: u64,
    /// When the file last changed on this machine.
    pub modified: Option<Timestamp>,
}

/// Where the bytes of an upload go, with the credentials for it.
#[derive(Clone)]
pub struct Place {
    url: Url,
    headers: BTreeMap<String, String>,
    of_parts: BTreeMap<u32, BTreeMap<String, String>>,
    upload_id: Option<String>,
}

/// All of it is secret.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

impl Place {
    /// Whether the service signs each part by itself: the place of a part is then to be had by
    /// [`Client::renew_upload`] (part B 4.2).
    pub fn is_for_single_parts(&self) -> bool {
        self.upload_id.is_some() && self.headers.is_empty()
    }

    pub(super) fn headers_of(&self, part: Option<u32>) -> &BTreeMap<String, String> {
        part.and_then(|number| self.of_parts.get(&number))
            .unwrap_or(&self.headers)
    }

    pub(super) fn url_of(&self, part: Option<u32>) -> Result<Url, Error> {
        let mut url = self.url.clone();
        match (part, &self.upload_id) {
            (None, _) => Ok(url),
            (Some(number), Some(id)) => {
                url.query_pairs_mut()
                    .append_pair("uploadId", id)
                    .append_pair("partNumber", &number.to_string());
                Ok(url)
            }
            (Some(_), None) => Err(Error::Unsendable(later!(
                "this upload does not come in parts"
            ))),
        }
    }
}

/// An upload that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Names it.
    pub key: ConfirmKey,
    /// Where its bytes go.
    pub place: Place,
}

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadStatus {
    /// Whether it has become a file.
    pub is_confirmed: bool,
    /// Where that file is, where the service says so.
    pub path: Option<RemotePath>,
    /// The bytes of each part that has arrived, by its number.
    pub parts: BTreeMap<u32, u64>,
}

/// The file that an upload has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Where it is; none when its directory vanished meanwhile.
    pub path: Option<RemotePath>,
    /// Bytes.
    pub size: Option<u64>,
    /// CRC-64/XZ of the content.
    pub crc64: Option<u64>,
    /// Whether it took the place of another file.
    pub is_overwritten: bool,
}

impl Client {
    /// Begins an upload (part B 4.1 and 4.2). Sending it again begins another one, which harms
    /// nothing: what is not confirmed lapses.
    ///
    /// # Errors
    /// No such directory, a name that is taken, too little room; a place that bytes should not be
    /// sent to.
    pub async fn begin_upload(&self, wish: Wish<'_>, way: Way) -> Result<Begun, Error> {
        if wish.path.is_root() {
            return Err(Error::Unsendable(later!("the root of a space is no file")));
        }
        let query = with_strategy(wish.strategy).with("filesize", &wish.size.to_string());
        let (method, query) = match way {
            Way::Simple => (Method::PUT, query),
            Way::Parts => (Method::POST, query.with("multipart", "1")),
        };
        let body = BeginUpload {
            size: Some(wish.size),
            local_modification_time: wish.modified,
            part_number_range: None,
        };
        let path = self.entry("file", wish.path);
        let answer = self.change(method, path, query, Some(json(&body))).await?;
        let place: file::UploadPlace = answer.json()?;
        let key = place.confirm_key.clone().filter(|key| !key.is_empty());
        let Some(key) = key else {
            return Err(answer.unreadable());
        };
        Ok(Begun {
            key: ConfirmKey(key),
            place: self.place(place)?,
        })
    }

    /// Makes the place of an upload in parts good for longer (part B 4.4), and asks for the
    /// headers of one part where the service signs each of them. May be sent again.
    ///
    /// # Errors
    /// As for a place that is given out; 404 if the upload is not known any more.
    pub async fn renew_upload(&self, key: &ConfirmKey, part: Option<u32>) -> Result<Place, Error> {
        let query = Query::new().with("renew", "1");
        let body = BeginUpload {
            part_number_range: part.map(|number| number.to_string()),
            ..BeginUpload::default()
        };
        let answer = self
            .change(Method::POST, self.upload(key)?, query, Some(json(&body)))
            .await?;
        self.place(answer.json()?)
    }

    /// How far an upload is (part B 4.5); none if the service does not know it any more.
    ///
    /// # Errors
    /// No right to ask, or no answer.
    pub async fn upload_status(&self, key: &ConfirmKey) -> Result<Option<UploadStatus>, Error> {
        let query = Query::new()
            .with("upload", "1")
            .with("no_upload_part_info", "1");
        let answer = match self.read(self.upload(key)?, query).await {
            Ok(answer) => answer,
            Err(Error::Refused(refusal)) if super::directory::is_absent(&refusal) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let status: file::UploadStatus = answer.json()?;
        let parts = status.parts.unwrap_or_default().into_iter();
        Ok(Some(UploadStatus {
            is_confirmed: status.confirmed,
            path: wire::path(status.path),
            parts: parts
                .filter_map(|part| Some((u32::try_from(part.part_number?).ok()?, part.size?)))
                .collect(),
        }))
    }

    /// Makes a file of an upload whose bytes have all arrived (part B 4.6); the service compares
    /// the sum. Sent once.
    ///
    /// # Errors
    /// 400 `BadCrc64` for other bytes, a name that is taken, an upload that is confirmed already;
    /// see [`Error::may_have_worked`].
    pub async fn confirm_upload(
        &self,
        key: &ConfirmKey,
        strategy: Strategy,
        crc64: u64,
    ) -> Result<UploadedFile, Error> {
        let query = with_strategy(strategy).with("confirm", "1");
        let body = Confirm { crc64: Some(crc64) };
        let answer: Answer = self
            .change(Method::POST, self.upload(key)?, query, Some(json(&body)))
            .await?;
        let file: Uploaded = answer.json()?;
        Ok(UploadedFile {
            path: wire::path(file.path),
            size: file.size,
            crc64: file.crc64,
            is_overwritten: file.is_overwritten,
        })
    }

    /// Gives an upload up; its bytes are thrown away (part B 4.7).
    ///
    /// # Errors
    /// It is not known, or has become a file.
    pub async fn cancel_upload(&self, key: &ConfirmKey) -> Result<(), Error> {
        let query = Query::new().with("upload", "1");
        self.change(Method::DELETE, self.upload(key)?, query, None)
            .await?;
        Ok(())
    }

    /// The address of an upload. Without a key it would be that of the root.
    fn upload(&self, key: &ConfirmKey) -> Result<String, Error> {
        if key.0.is_empty() {
            return Err(Error::Unsendable(later!(
                "an upload without a key cannot be named"
            )));
        }
        Ok(format!(
            "file/{}/{}/{}",
            self.library(),
            self.space(),
            encode(&key.0)
        ))
    }

    fn place(&self, wire: file::UploadPlace) -> Result<Place, Error> {
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
        // With an empty host the beginning of the path would become one.
        let has_host = !wire.domain.is_empty() && wire.domain.chars().all(is_host);
        if !has_host || !wire.path.starts_with('/') {
            return Err(Error::BadPlace);
        }
        let parse = |scheme: &str| {
            Url::parse(&format!("{scheme}://{}{}", wire.domain, wire.path))
                .map_err(|_| Error::BadPlace)
        };
        // The protocol gives no scheme; a service on this machine speaks plain HTTP.
        let plain = parse("http")?;
        let url = if self.transport.is_plain() && is_loopback(&plain) {
            plain
        } else {
            parse("https")?
        };
        let of_parts = wire.parts.unwrap_or_default().into_iter();
        Ok(Place {
            url: self.checked_place(url)?,
            headers: wire.headers.unwrap_or_default(),
            of_parts: of_parts
                .filter_map(|(number, part)| Some((number.parse().ok()?, part.headers)))
                .collect(),
            upload_id: wire.upload_id.filter(|id| !id.is_empty()),
        })
    }
}
