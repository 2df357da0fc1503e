//! One request and its answer: addresses, TLS, time limits, and what the headers tell.
//!
//! Knows no tokens by itself and repeats nothing; both is the business of those above.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use compact_str::CompactString;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Method, Response, StatusCode};
use serde::de::{Deserialize, DeserializeOwned};
use url::Url;

use super::address::{Query, checked_id, is_loopback};
use super::error::{Error, Refusal, read_refusal, sanitised, word};
use super::{Client, Settings};
use crate::texts::later;

/// More of an error body is not read.
const LONGEST_REFUSAL: usize = 64 * 1024;
/// More of a good body is not read: a page of a thousand entries takes about one megabyte.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
/// So much memory is taken for a body before it is there, whatever the service says of its length.
const RESERVED: usize = 1024 * 1024;
/// A longer wait for a connection means that nobody is there.
const CONNECT: Duration = Duration::from_secs(10);
/// The offset of the service's clock before the first answer.
const NEVER: i64 = i64::MIN;

/// A request without its credentials.
#[derive(Clone)]
pub struct Call {
    /// `GET`, `POST` or `DELETE`.
    pub method: Method,
    /// What follows `/api/v1/`, encoded.
    pub path: String,
    /// The query without the access token.
    pub query: Query,
    /// A JSON body, where the endpoint has one.
    pub body: Option<Vec<u8>>,
    /// The tag of an answer that the caller has already: status 304 then, and no body (part B 2.1).
    pub known: Option<CompactString>,
    /// Hears the first bytes of a good body, as soon as they are here, in each try anew.
    pub watch: Option<Watch>,
}

/// Looks at the beginning of a body that is still arriving.
pub type Watch = Arc<dyn Fn(&[u8]) + Send + Sync>;

impl Call {
    /// One that only reads.
    pub fn get(path: String, query: Query) -> Self {
        Self::new(Method::GET, path, query)
    }

    /// One without a body, of which nothing is known yet.
    pub fn new(method: Method, path: String, query: Query) -> Self {
        Self {
            method,
            path,
            query,
            body: None,
            known: None,
            watch: None,
        }
    }
}

/// A good answer.
pub struct Answer {
    /// A status from 200 to 299, 302 where the answer is elsewhere, or 304 where the caller has it.
    pub status: u16,
    /// Where a 302 leads to; a secret, for it carries its own credentials.
    pub location: Option<String>,
    /// Names the request in the service's logs.
    pub request_id: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    /// Reads the body as JSON, where there is one.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for any other body.
    pub fn json_if_any<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        if self.body.is_empty() {
            return Ok(None);
        }
        self.json().map(Some)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for any other body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        read(&self.body).map_err(|reason| {
            tracing::warn!(%reason, status = self.status, "unreadable answer");
            self.unreadable()
        })
    }

    /// The bytes of the body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What is told of a body that makes no sense.
    pub fn unreadable(&self) -> Error {
        Error::Unreadable(Refusal {
            status: self.status,
            code: None,
            message: String::new(),
            request_id: self.request_id.clone(),
        })
    }
}

/// Reads JSON. Whether it is text at all is looked at once, not for each string in it.
pub fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, serde_json::Error> {
    match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        // Fails too, and says where.
        Err(_) => serde_json::from_slice(body),
    }
}

/// The connection to one space of one library.
pub struct Transport {
    http: reqwest::Client,
    /// For bytes, which take their time and may be at another host.
    bytes: OnceLock<reqwest::Client>,
    base: String,
    is_local: bool,
    library: String,
    space: String,
    user: Option<String>,
    timeout: Duration,
    clock: fn() -> Timestamp,
    /// Seconds by which the service's clock is ahead of ours.
    offset: AtomicI64,
    /// Microseconds from the sending of a request to the head of its answer, of the latest one.
    trip: AtomicU64,
}

impl Transport {
    /// Prepares connections; see [`Client::new`].
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let mut base = settings.base.clone();
        let is_local = is_loopback(&base);
        match base.scheme() {
            "https" => {}
            "http" if is_local => {}
            _ => return Err(Error::PlainHttp),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(Error::Unsendable(later!(
                "the address of the service may not hold a user name or a password"
            )));
        }
        base.set_query(None);
        base.set_fragment(None);
        Ok(Self {
            http: connections(&base, is_local, settings.timeout, Purpose::Calls)?,
            bytes: OnceLock::new(),
            is_local,
            base: base.as_str().trim_end_matches('/').to_owned(),
            library: checked_id("library", &settings.library)?,
            space: checked_id("space", &settings.space)?,
            user: settings.user.clone(),
            timeout: settings.timeout,
            clock: settings.clock,
            offset: AtomicI64::new(NEVER),
            trip: AtomicU64::new(0),
        })
    }

    pub fn library(&self) -> &str {
        &self.library
    }

    pub fn space(&self) -> &str {
        &self.space
    }

    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// See [`Client::service_time`].
    pub fn service_time(&self, at: Timestamp) -> Timestamp {
        match self.offset.load(Ordering::Relaxed) {
            NEVER => at,
            ahead => at
                .checked_add(SignedDuration::from_secs(ahead))
                .unwrap_or(at),
        }
    }

    /// See [`Client::round_trip`].
    pub fn round_trip(&self) -> Option<Duration> {
        match self.trip.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    /// Whether the service speaks HTTP without TLS, which only one of this machine may.
    pub fn is_plain(&self) -> bool {
        self.base.starts_with("http:")
    }

    /// Whether the service is on this machine.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// The longest that nothing may move.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Connections for the bytes of files. Nothing that is sent through them holds the token.
    pub fn bytes(&self) -> Result<&reqwest::Client, Error> {
        if let Some(http) = self.bytes.get() {
            return Ok(http);
        }
        let base = Url::parse(&self.base)
            .map_err(|_| Error::Unsendable(later!("the address of the service is not a URL")))?;
        let http = connections(&base, self.is_local, self.timeout, Purpose::Bytes)?;
        Ok(self.bytes.get_or_init(|| http))
    }

    /// Sends a request once. `secrets` are cut out of whatever the service says about it.
    pub async fn send(
        &self,
        call: Call,
        token: Option<&str>,
        secrets: &[&str],
    ) -> Result<Answer, Error> {
        let mut query = call.query;
        if let Some(token) = token {
            query = query
                .with("access_token", token)
                .maybe("user_id", self.user.as_deref());
        }
        let address = format!("{}/api/v1/{}?{}", self.base, call.path, query.as_str());
        let url = Url::parse(&address)
            .map_err(|_| Error::Unsendable(later!("the address of this request is not a URL")))?;
        let mut request = self.http.request(call.method, url);
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        if let Some(known) = &call.known {
            request = request.header(IF_NONE_MATCH, known.as_str());
        }
        let sent = Instant::now();
        let response = request
            .send()
            .await
            .map_err(|error| self.lost(error, secrets))?;
        let micros = u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.trip.store(micros.max(1), Ordering::Relaxed);
        self.read(response, call.watch, secrets).await
    }

    async fn read(
        &self,
        mut response: Response,
        watch: Option<Watch>,
        secrets: &[&str],
    ) -> Result<Answer, Error> {
        let status = response.status();
        let headers = response.headers().clone();
        let request_id = request_id(&headers);
        let date = header_time(&headers, DATE.as_str());
        if let Some(date) = date {
            let ahead = date.as_second() - self.now().as_second();
            self.offset.store(ahead, Ordering::Relaxed);
        }
        let location = headers
            .get(LOCATION)
            .filter(|_| status == StatusCode::FOUND)
            .and_then(|location| location.to_str().ok())
            .map(str::to_owned);
        let is_good = status.is_success() || location.is_some();
        let longest = if is_good {
            LONGEST_ANSWER
        } else {
            LONGEST_REFUSAL
        };
        let length = response.content_length().unwrap_or_default();
        let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or(0).min(RESERVED));
        let mut watch = watch.filter(|_| is_good);
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= longest => {
                    if let Some(watch) = watch.take() {
                        watch(&chunk);
                    }
                    body.extend_from_slice(&chunk);
                }
                // The rest of an endless error page says nothing more.
                Ok(None | Some(_)) => break,
                // An error needs no body to be told.
                Err(_) if !is_good => break,
                Err(error) => return Err(self.lost(error, secrets)),
            }
        }
        if is_good || status == StatusCode::NOT_MODIFIED {
            return Ok(Answer {
                status: status.as_u16(),
                location,
                request_id,
                body,
            });
        }
        let refusal = read_refusal(status.as_u16(), request_id, &body, secrets);
        let retry_after = self.retry_after(&headers, date);
        // A 503 of the service comes before any work (part A 2.9); that of a proxy says only that
        // the answer is missing.
        let is_overload = status == StatusCode::SERVICE_UNAVAILABLE
            && (refusal.code.is_some() || retry_after.is_some());
        if status == StatusCode::TOO_MANY_REQUESTS || is_overload {
            return Err(Error::Throttled {
                retry_after,
                refusal,
            });
        }
        Err(Error::Refused(refusal))
    }

    /// `Retry-After` in seconds, or as a date by the clock of whoever sent it.
    fn retry_after(&self, headers: &HeaderMap, date: Option<Timestamp>) -> Option<Duration> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = header_time(headers, RETRY_AFTER.as_str())?;
        let wait = until.duration_since(date.unwrap_or_else(|| self.now()));
        Some(Duration::try_from(wait).unwrap_or_default())
    }

    /// Tells a request that never left from one whose fate is unknown.
    pub fn lost(&self, error: reqwest::Error, secrets: &[&str]) -> Error {
        // The URL carries the access token in its query.
        let error = error.without_url();
        let is_connect = error.is_connect();
        if error.is_timeout() && !is_connect {
            let time = format!("{:?}", self.timeout);
            return Error::NoAnswer(later!("it took longer than {time}", time));
        }
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let reason = sanitised(&cause.to_string(), secrets);
        if is_connect || error.is_builder() {
            Error::Unreachable(reason)
        } else {
            Error::NoAnswer(reason)
        }
    }
}

/// What connections are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Short questions and answers, with a limit for the whole.
    Calls,
    /// Files of any size, as they are.
    Bytes,
}

/// Builds the pool of connections.
fn connections(
    base: &Url,
    is_local: bool,
    timeout: Duration,
    purpose: Purpose,
) -> Result<reqwest::Client, Error> {
    // Another client of this process may have been first; the provider is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("mediasweep/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeout.min(CONNECT))
            // A redirect would carry the token to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            // What may be repeated is decided here and nowhere below.
            .retry(reqwest::retry::never());
        let builder = match purpose {
            Purpose::Calls => builder.timeout(timeout),
            // A range of packed bytes would be no range of the file.
            Purpose::Bytes => builder.no_gzip(),
        };
        if is_local {
            builder.no_proxy()
        } else {
            builder
        }
    };
    let own_roots = || {
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .filter_map(|root| Certificate::from_der(root).ok());
        builder().tls_certs_only(roots).build()
    };
    // Without certificates on the machine the first form fails, for plain HTTP as well.
    let built = if base.scheme() == "http" {
        own_roots()
    } else {
        builder().build().or_else(|_| own_roots())
    };
    built.map_err(|error| Error::Setup(error.without_url().to_string()))
}

/// The request id, under any of the names that the SDKs look for (part A 2.7).
fn request_id(headers: &HeaderMap) -> Option<String> {
    [
        "x-request-id",
        "x-smh-request-id",
        "x-cos-request-id",
        "requestid",
        "reqid",
    ]
    .into_iter()
    .find_map(|name| headers.get(name)?.to_str().ok())
    .and_then(word)
    .map(String::from)
}

fn header_time(headers: &HeaderMap, name: &str) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?;
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

impl Client {
    /// Sends with the current token; once more with a new one if the service asks for it. An
    /// answer about the token means that nothing was done.
    pub(super) async fn send(&self, call: Call) -> Result<Answer, Error> {
        let token = self.tokens.current().await?;
        let sent = self.send_with(call.clone(), &token).await;
        let Err(error) = &sent else { return sent };
        if !error.asks_for_new_token() {
            return sent;
        }
        let token = self.tokens.replace(&token).await?;
        self.send_with(call, &token).await
    }

    async fn send_with(&self, call: Call, token: &super::auth::Token) -> Result<Answer, Error> {
        let text = token.expose();
        self.transport
            .send(call, Some(text), &self.tokens.secrets(text))
            .await
    }

    /// Sends a request that changes nothing, again and again while the failure may pass.
    pub(super) async fn read(&self, path: String, query: Query) -> Result<Answer, Error> {
        self.read_by(Call::get(path, query)).await
    }

    /// The same, with more said of the request.
    pub(super) async fn read_by(&self, call: Call) -> Result<Answer, Error> {
        use backon::Retryable as _;
        let patience = self.patience;
        let pauses = backon::ExponentialBuilder::new()
            .with_min_delay(patience.first)
            .with_max_delay(patience.longest)
            .with_max_times(patience.tries.saturating_sub(1))
            .with_jitter();
        (|| self.send(call.clone()))
            .retry(pauses)
            .when(Error::is_passing)
            .adjust(|error, pause| match (error, pause) {
                (
                    Error::Throttled {
                        retry_after: Some(asked),
                        ..
                    },
                    Some(_),
                ) => Some((*asked).min(patience.longest)),
                (_, pause) => pause,
            })
            .await
    }

    /// Sends a request that changes something, once.
    pub(super) async fn change(
        &self,
        method: Method,
        path: String,
        query: Query,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Error> {
        self.send(Call {
            body,
            ..Call::new(method, path, query)
        })
        .await
    }
}
