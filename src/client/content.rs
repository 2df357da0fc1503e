//! The bytes of files: to and from the URLs that the service gives out, which may lead to another
//! host (part B 3.2, 3.3, 4.1 and 4.2).
//!
//! Such URLs carry their own credentials. The access token is never sent there, redirects are not
//! followed, and no whole file is ever in memory. Knows no files of this machine.

use std::fmt;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use jiff::Timestamp;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderValue, IF_MATCH, RANGE};
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc;
use tokio::time::timeout;
use url::Url;

use crate::domain::path::RemotePath;
use crate::protocol::file::Info;
use crate::texts::later;

use super::Client;
use super::address::{Query, is_loopback};
use super::directory::is_absent;
use super::error::Error;
use super::transport::Transport;
use super::upload::Place;
pub(super) use answer::secrets_of;
use answer::{SHORTEST_SECRET, headers, parse_range, refused, unreadable};

mod answer;

/// Counts bytes as they pass; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts some more.
    pub fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes some back that have to pass once more.
    pub fn take_back(&self, bytes: u64) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes to be sent: as many as announced, piece by piece.
pub struct Outgoing {
    /// All of them.
    pub length: u64,
    /// They come from here; an error breaks the request off.
    pub pieces: mpsc::Receiver<io::Result<Bytes>>,
}

/// What is known about a file and where its bytes are.
#[derive(Clone)]
pub struct FileLink {
    url: Url,
    /// Bytes, where the service says so.
    pub size: Option<u64>,
    /// Another one as soon as the content is another.
    pub e_tag: Option<String>,
    /// CRC-64/XZ of the content.
    pub crc64: Option<u64>,
    /// When its content last changed.
    pub modified: Option<Timestamp>,
    /// When the URL stops working, where the service says so.
    pub expires: Option<Timestamp>,
}

impl FileLink {
    /// The URL, which needs no token: for nobody but who asked for it.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }
}

/// The URL is a secret.
impl fmt::Debug for FileLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLink")
            .field("size", &self.size)
            .field("crc64", &self.crc64)
            .finish_non_exhaustive()
    }
}

/// Bytes that are being received.
pub struct Incoming {
    response: Response,
    client: Client,
    /// The place in the file of the next byte; 0 where the whole file comes in spite of a range.
    pub start: u64,
    /// The size of the whole file, where it is said.
    pub total: Option<u64>,
    /// What the host calls this content.
    pub e_tag: Option<String>,
}

impl Incoming {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// The connection broke off, or nothing came for too long.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let transport = &self.client.transport;
        match timeout(transport.timeout(), self.response.chunk()).await {
            Ok(read) => read.map_err(|error| transport.lost(error, &[])),
            Err(_) => Err(stuck(transport)),
        }
    }
}

impl Client {
    /// Where the bytes of a file are, and what is known about it (part B 3.3); none if there is no
    /// such file.
    ///
    /// # Errors
    /// No right to have it, no answer, an entry without content, or a URL that the bytes should not
    /// be fetched from.
    pub async fn file_link(&self, path: &RemotePath) -> Result<Option<FileLink>, Error> {
        let query = Query::new().with("info", "1");
        let answer = match self.read(self.entry("file", path), query).await {
            Ok(answer) => answer,
            Err(Error::Refused(refusal)) if is_absent(&refusal) => return Ok(None),
            Err(error) => return Err(error),
        };
        let info: Info = answer.json()?;
        let Some(url) = info.cos_url else {
            return Err(Error::Unsendable(later!(
                "this entry has no content to be fetched"
            )));
        };
        let url = Url::parse(&url).map_err(|_| Error::BadPlace)?;
        Ok(Some(FileLink {
            url: self.checked_place(url)?,
            size: info.size,
            e_tag: info.e_tag,
            crc64: info.crc64,
            modified: info.modification_time,
            expires: info.cos_url_expiration,
        }))
    }

    /// Begins to receive the bytes of a file from the place `from` on, if they are still those of
    /// `e_tag` where one is given: else the service answers 412.
    ///
    /// # Errors
    /// 403 if the URL has lapsed: a new one is to be asked for. Else no answer, or another refusal.
    pub async fn receive(
        &self,
        link: &FileLink,
        from: u64,
        e_tag: Option<&str>,
    ) -> Result<Incoming, Error> {
        let transport = &self.transport;
        let mut request = transport.bytes()?.get(link.url.clone());
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        if let Some(tag) = e_tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
            request = request.header(IF_MATCH, tag);
        }
        let secrets = secrets_of(&link.url);
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let response = match timeout(transport.timeout(), request.send()).await {
            Ok(sent) => sent.map_err(|error| transport.lost(error, &secrets))?,
            Err(_) => return Err(stuck(transport)),
        };
        let tag = response.headers().get(ETAG);
        let e_tag = tag.and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let (start, total) = match response.status() {
            StatusCode::OK => (0, response.content_length()),
            StatusCode::PARTIAL_CONTENT => {
                let range = response.headers().get(CONTENT_RANGE);
                match range.and_then(|range| parse_range(range.to_str().ok()?)) {
                    // What begins elsewhere cannot be joined to what is there.
                    Some((start, total)) if start == from => (start, total),
                    _ => return Err(unreadable(&response)),
                }
            }
            _ => return Err(refused(response, &secrets).await),
        };
        Ok(Incoming {
            response,
            client: self.clone(),
            start,
            total,
            e_tag,
        })
    }

    /// Sends the bytes of a whole file, or of the part with this number, and gives back their sum
    /// where the host tells it. May be sent again.
    ///
    /// # Errors
    /// 403 if the place has lapsed: it is to be renewed. Else no answer, or another refusal. What
    /// did not arrive is taken back from the meter.
    pub async fn send_bytes(
        &self,
        place: &Place,
        part: Option<u32>,
        outgoing: Outgoing,
        meter: &Meter,
    ) -> Result<Option<u64>, Error> {
        let transport = &self.transport;
        let url = place.url_of(part)?;
        let headers = headers(place.headers_of(part))?;
        let secrets: Vec<&str> = place
            .headers_of(part)
            .values()
            .map(String::as_str)
            .filter(|value| value.len() >= SHORTEST_SECRET)
            .collect();
        let sent = Meter::default();
        let on_the_way = OnTheWay {
            sent: sent.clone(),
            meter: meter.clone(),
        };
        let request = transport
            .bytes()?
            .put(url)
            .headers(headers)
            .header(CONTENT_LENGTH, outgoing.length)
            .body(reqwest::Body::wrap(Pieces {
                left: outgoing.length,
                source: outgoing.pieces,
                meters: [sent.clone(), meter.clone()],
            }));
        let answered = match while_moving(transport, &sent, request.send()).await {
            Some(Ok(response)) if response.status().is_success() => {
                let sum = response.headers().get("x-cos-hash-crc64ecma");
                Ok(sum.and_then(|sum| sum.to_str().ok()?.parse().ok()))
            }
            Some(Ok(response)) => Err(refused(response, &secrets).await),
            Some(Err(error)) => Err(transport.lost(error, &secrets)),
            None => Err(stuck(transport)),
        };
        if answered.is_ok() {
            on_the_way.arrived();
        }
        answered
    }

    /// Lets through what bytes may be sent to or fetched from.
    pub(super) fn checked_place(&self, url: Url) -> Result<Url, Error> {
        let is_safe = match url.scheme() {
            "https" => true,
            "http" => self.transport.is_local() && is_loopback(&url),
            _ => false,
        };
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        let is_plain = url.username().is_empty() && url.password().is_none();
        if is_safe && has_host && is_plain {
            Ok(url)
        } else {
            Err(Error::BadPlace)
        }
    }
}

/// Waits as long as bytes move; none if they stopped.
async fn while_moving<T>(
    transport: &Transport,
    sent: &Meter,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let mut before = sent.bytes();
    loop {
        if let Ok(done) = timeout(transport.timeout(), &mut work).await {
            return Some(done);
        }
        let now = sent.bytes();
        if now == before {
            return None;
        }
        before = now;
    }
}

fn stuck(transport: &Transport) -> Error {
    let time = format!("{:?}", transport.timeout());
    Error::NoAnswer(later!("nothing moved for {time}", time))
}

/// Bytes that count as sent only if they arrive: whoever is dropped in the middle takes them back.
struct OnTheWay {
    sent: Meter,
    meter: Meter,
}

impl OnTheWay {
    fn arrived(self) {
        self.sent.take_back(self.sent.bytes());
    }
}

impl Drop for OnTheWay {
    fn drop(&mut self) {
        self.meter.take_back(self.sent.bytes());
    }
}

/// A body that comes piece by piece.
struct Pieces {
    left: u64,
    source: mpsc::Receiver<io::Result<Bytes>>,
    meters: [Meter; 2],
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let wrong = |text: &str| Poll::Ready(Some(Err(io::Error::other(text.to_owned()))));
        match ready!(self.source.poll_recv(context)) {
            // Neither may look like a good end to the host.
            None => wrong(later!("there are fewer bytes than announced")),
            Some(Ok(piece)) if piece.len() as u64 > self.left => {
                wrong(later!("there are more bytes than announced"))
            }
            Some(Ok(piece)) => {
                let length = piece.len() as u64;
                self.left -= length;
                for meter in &self.meters {
                    meter.add(length);
                }
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
