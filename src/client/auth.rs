//! Access tokens: made from a secret or given, renewed in time, one renewal at a time.
//!
//! Secrets never print: no `Debug` here, and errors are cut clean of them.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::protocol::token;

use super::address::{Query, encode};
use super::error::Error;
use super::transport::{Call, Transport};
use super::{Client, Credentials};

/// The life asked for, in seconds; every call extends it by as much (part A 4.1 and 4.2).
const PERIOD: &str = "7200";
/// A token is renewed this long before its end, or at half its life if that is later.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// The pause after a renewal that did not come through.
const RENEW_AGAIN: Duration = Duration::from_secs(30);

/// A token in use.
#[derive(Clone)]
pub struct Token {
    text: SecretString,
    /// Which of the tokens of this session it is.
    generation: u64,
}

impl Token {
    /// The text to be sent.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

struct Held {
    token: Token,
    /// Unknown for a given token until it has been renewed once.
    life: Option<Life>,
}

#[derive(Clone, Copy)]
struct Life {
    since: Timestamp,
    length: SignedDuration,
}

/// The token of a session.
pub struct Tokens {
    credentials: Credentials,
    transport: Arc<Transport>,
    /// Locked during a renewal, so that all who need one wait for the same.
    held: Mutex<Option<Held>>,
}

impl Tokens {
    /// Nothing is sent before the first token is needed.
    pub fn new(credentials: Credentials, transport: Arc<Transport>) -> Self {
        let held = match &credentials {
            Credentials::LibrarySecret(_) => None,
            Credentials::Token(text) => Some(Held {
                token: Token {
                    text: text.clone(),
                    generation: 0,
                },
                life: None,
            }),
        };
        Self {
            credentials,
            transport,
            held: Mutex::new(held),
        }
    }

    /// The token to send with, renewed first if its end is near.
    ///
    /// # Errors
    /// A first token that could not be made.
    pub async fn current(&self) -> Result<Token, Error> {
        let mut slot = self.held.lock().await;
        let Some(held) = &*slot else {
            let held = self.renewed(None).await?;
            let token = held.token.clone();
            *slot = Some(held);
            return Ok(token);
        };
        let now = self.transport.now();
        let is_due = held.life.is_some_and(|life| {
            let use_for = match self.credentials {
                Credentials::LibrarySecret(_) => (life.length / 2).max(life.length - MARGIN),
                Credentials::Token(_) => life.length / 2,
            };
            now.duration_since(life.since) >= use_for
        });
        if is_due {
            match self.renewed(Some(&held.token)).await {
                Ok(held) => *slot = Some(held),
                // The old one may still do; if not, the request itself will tell.
                Err(error) => tracing::warn!(%error, "the access token was not renewed"),
            }
        }
        Ok(slot
            .as_ref()
            .map(|held| held.token.clone())
            .expect("a token that was held stays until another takes its place"))
    }

    /// Another token in place of one that the service has refused. If somebody else has replaced
    /// it already, theirs.
    ///
    /// # Errors
    /// No other token can be had.
    pub async fn replace(&self, spent: &Token) -> Result<Token, Error> {
        let mut slot = self.held.lock().await;
        if let Some(held) = &*slot
            && held.token.generation != spent.generation
        {
            return Ok(held.token.clone());
        }
        let held = self.renewed(Some(spent)).await?;
        let token = held.token.clone();
        *slot = Some(held);
        Ok(token)
    }

    /// See [`super::Client::stay_signed_in`].
    pub async fn keep_alive(&self) {
        if matches!(self.credentials, Credentials::LibrarySecret(_)) {
            // A new token can be made whenever one is needed.
            return std::future::pending().await;
        }
        loop {
            let renewed = {
                let mut slot = self.held.lock().await;
                let spent = slot.as_ref().map(|held| held.token.clone());
                match self.renewed(spent.as_ref()).await {
                    Ok(held) => {
                        let life = held.life;
                        *slot = Some(held);
                        Ok(life)
                    }
                    Err(error) => Err(error),
                }
            };
            let pause = match renewed {
                Ok(life) => life
                    .and_then(|life| Duration::try_from(life.length / 2).ok())
                    .unwrap_or(RENEW_AGAIN),
                Err(error) if error.asks_for_new_token() => return std::future::pending().await,
                Err(_) => RENEW_AGAIN,
            };
            tokio::time::sleep(pause.max(Duration::from_secs(1))).await;
        }
    }

    /// Everything that may not appear in what is told about a request.
    pub fn secrets<'a>(&'a self, token: &'a str) -> [&'a str; 2] {
        let given = match &self.credentials {
            Credentials::Token(text) | Credentials::LibrarySecret(text) => text.expose_secret(),
        };
        [token, given]
    }

    async fn renewed(&self, spent: Option<&Token>) -> Result<Held, Error> {
        let library = self.transport.library();
        let old = spent.map_or("", Token::expose);
        let (path, query) = match &self.credentials {
            Credentials::LibrarySecret(secret) => (
                "token".to_owned(),
                Query::new()
                    .with("library_id", library)
                    .with("library_secret", secret.expose_secret())
                    .with("grant", "admin")
                    .with("period", PERIOD),
            ),
            Credentials::Token(_) => (format!("token/{library}/{}", encode(old)), Query::new()),
        };
        let call = Call::new(Method::POST, path, query);
        let answer = self
            .transport
            .send(call, None, &self.secrets(old))
            .await?
            .json::<token::Token>()?;
        let seconds = i64::try_from(answer.expires_in).unwrap_or(i64::MAX);
        Ok(Held {
            token: Token {
                text: answer.access_token.into(),
                generation: spent.map_or(0, |token| token.generation) + 1,
            },
            life: Some(Life {
                since: self.transport.now(),
                length: SignedDuration::from_secs(seconds),
            }),
        })
    }
}

impl Client {
    /// A new token and its life, for somebody else (part A 4.1).
    ///
    /// # Errors
    /// Only a token was given, from which none can be made; a wrong secret, or no answer.
    pub async fn new_token(&self) -> Result<(SecretString, Duration), Error> {
        let Credentials::LibrarySecret(_) = self.tokens.credentials else {
            return Err(Error::Unsendable(
                "a new token is made from the library secret, and only a token was given",
            ));
        };
        Ok(self.tokens.renewed(None).await?.handed_out())
    }

    /// The given token with a life that begins anew (part A 4.2).
    ///
    /// # Errors
    /// The library secret was given and no token; a token whose life is over, or no answer.
    pub async fn renew_token(&self) -> Result<(SecretString, Duration), Error> {
        let Credentials::Token(text) = &self.tokens.credentials else {
            return Err(Error::Unsendable(
                "the library secret was given; a token is renewed that was given itself",
            ));
        };
        let given = Token {
            text: text.clone(),
            generation: 0,
        };
        Ok(self.tokens.renewed(Some(&given)).await?.handed_out())
    }
}

impl Held {
    fn handed_out(self) -> (SecretString, Duration) {
        let life = self.life.map(|life| life.length);
        let life = life.and_then(|length| Duration::try_from(length).ok());
        (self.token.text, life.unwrap_or_default())
    }
}
