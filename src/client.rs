//! The client of Smart Media Hosting: typed calls over HTTP, with sign-in and safe retries.
//!
//! `address`, `auth`, `error`, `transport` and `wire` are what the calls stand on; `batch`, `bin`,
//! `directory`, `relocate`, `search`, `space` and `upload` hold the calls, `walk` goes through directories, and `content` moves the bytes of files. It never prints, never reads the environment, and never tells a
//! token or a URL to anybody: errors and logs carry a status, a code and a request id instead.
//!
//! Requests that change something are sent once. Whoever gets an unclear answer has to look before
//! sending again (protocol part A 2.9); [`Error::may_have_worked`] says when that is so.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

mod address;
mod auth;
pub mod batch;
mod bin;
pub mod content;
mod directory;
mod error;
pub mod measure;
mod preview;
pub mod relocate;
mod search;
mod space;
mod transport;
pub mod upload;
pub mod walk;
mod wire;

pub use directory::{Unread, read_page};
pub use error::{Error, Refusal};

use auth::Tokens;
use transport::Transport;

/// How the caller proves who it is.
#[derive(Clone)]
pub enum Credentials {
    /// An access token that somebody else has made; renewed in time, but never made anew.
    Token(SecretString),
    /// The secret of the library, from which access tokens are made (part A 4.1).
    LibrarySecret(SecretString),
}

/// Says which kind, and nothing of the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(***)",
            Self::LibrarySecret(_) => "LibrarySecret(***)",
        })
    }
}

/// All that a client has to be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the service, such as `https://smh0abc.api.tencentsmh.cn`.
    pub base: Url,
    /// The library.
    pub library: String,
    /// The space in it; `-` where the library has only one.
    pub space: String,
    /// Token or secret.
    pub credentials: Credentials,
    /// The longest that one request may take, its answer included.
    pub timeout: Duration,
    /// The user to whom an administrator's requests are attributed (part A 2.6).
    pub user: Option<String>,
    /// The time, for the life of tokens and for `Retry-After` dates.
    pub clock: fn() -> Timestamp,
}

impl Settings {
    /// Settings with the single space of a library, half a minute per request and the clock of
    /// this machine.
    pub fn new(base: Url, library: impl Into<String>, credentials: Credentials) -> Self {
        Self {
            base,
            library: library.into(),
            space: "-".into(),
            credentials,
            timeout: Duration::from_secs(30),
            user: None,
            clock: Timestamp::now,
        }
    }
}

/// How often a reading request is tried, and how long the pauses between tries are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all, at least one.
    pub tries: usize,
    /// The first pause; each further one is twice as long, with jitter.
    pub first: Duration,
    /// No pause is longer, whatever the service asks for.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 4,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
        }
    }
}

/// A signed-in client of one space. Cheap to clone; clones share their connections and token.
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
    tokens: Arc<Tokens>,
    patience: Patience,
}

impl Client {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// Plain HTTP to another machine, ids with characters that do not belong there, or a TLS set-up
    /// that does not work.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let transport = Arc::new(Transport::new(&settings)?);
        Ok(Self {
            tokens: Arc::new(Tokens::new(settings.credentials, transport.clone())),
            transport,
            patience: Patience::default(),
        })
    }

    /// The same client with other patience; tests take none.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The library that it works in.
    pub fn library(&self) -> &str {
        self.transport.library()
    }

    /// The space that it works in.
    pub fn space(&self) -> &str {
        self.transport.space()
    }

    /// What the clock of the service showed when ours showed `at`, as far as the `Date` of its
    /// answers tells: whole seconds, and `at` itself before the first answer.
    pub fn service_time(&self, at: Timestamp) -> Timestamp {
        self.transport.service_time(at)
    }

    /// How long the latest answer took to begin; none before the first one.
    pub fn round_trip(&self) -> Option<Duration> {
        self.transport.round_trip()
    }

    /// Keeps the token alive by renewing it at half its life (part A 4.2). Never ends: to be
    /// spawned beside a session that may stand idle, and aborted with it.
    pub async fn stay_signed_in(&self) {
        self.tokens.keep_alive().await;
    }
}

/// Names the space; address and credentials stay out of logs.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("library", &self.library())
            .field("space", &self.space())
            .finish_non_exhaustive()
    }
}
