//! Reading a request: path, selectors, parameters, token, body, in all the spellings that clients
//! use (part A sections 2.4 to 2.6). Knows no handlers.

use std::error::Error;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Uri, header};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::domain::path::RemotePath;

use super::error::Fault;
use super::service::{self, Service};
use super::space::problem::Problem;
use super::space::rename::Strategy;
use super::space::{Space, names};
use super::token::{Access, Grant};

const PREFIX: &str = "/api/v1/";

/// The largest JSON body, in bytes: a thousand items with the longest paths that occur fit.
const LARGEST_BODY: usize = 4 << 20;

/// What a URL asks for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The word after the prefix.
    pub family: String,
    /// The decoded components after it; empty ones are dropped.
    pub parts: Vec<String>,
    /// Whether the URL ends in a slash.
    pub is_open_ended: bool,
    /// The parameters.
    pub query: Query,
}

/// One request whose token was looked at.
pub struct Call {
    /// Who is asked.
    pub service: Arc<Service>,
    /// What it asks for.
    pub target: Target,
    /// Its headers.
    pub headers: HeaderMap,
    /// What its token allows.
    pub access: Access,
    /// The space that it is about; for what is about the whole library, the home of that.
    pub space: Arc<Space>,
    /// What came with it.
    pub body: Bytes,
}

/// The parameters of a URL, in their order.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Target {
    /// Reads a URL; none if it is not below the prefix of all endpoints.
    pub fn parse(uri: &Uri) -> Option<Self> {
        // The raw path: a slash that was escaped must still be seen as one that was not.
        let path = uri.path().strip_prefix(PREFIX)?;
        let mut segments = path.split('/');
        let family = match segments.next()? {
            // What it is about comes before the library here.
            "cross-space" => format!("cross-space/{}", segments.next()?),
            family => family.to_owned(),
        };
        let mut parts = Vec::new();
        for segment in segments {
            let decoded: Vec<u8> = percent_decode_str(segment).collect();
            parts.extend(
                decoded
                    .split(|byte| *byte == b'/')
                    .filter(|part| !part.is_empty())
                    .map(text),
            );
        }
        Some(Self {
            family,
            parts,
            is_open_ended: path.ends_with('/'),
            query: Query::parse(uri.query().unwrap_or_default()),
        })
    }

    /// The path below the space.
    pub fn path(&self) -> Result<RemotePath, Fault> {
        Ok(Space::path(
            &self.parts.get(2..).unwrap_or_default().join("/"),
        )?)
    }

    /// The component with this index; empty if there is none.
    pub fn part(&self, index: usize) -> &str {
        self.parts
            .get(index)
            .map(String::as_str)
            .unwrap_or_default()
    }
}

impl Query {
    /// Reads what follows the question mark. There a plus is a blank, other than in a path: clients
    /// in browsers write it so, and all escape a plus that is one.
    pub fn parse(text: &str) -> Self {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// Whether a selector is there, bare or with any value but "no".
    pub fn has(&self, name: &str) -> bool {
        !matches!(self.get(name), None | Some("0" | "false"))
    }

    /// A boolean, which is not set by its bare name.
    pub fn is_set(&self, name: &str) -> Result<bool, Fault> {
        match self.get(name) {
            None | Some("" | "0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(other) => Err(Fault::parameter(format!("{name} is 0 or 1, not '{other}'"))),
        }
    }

    /// A boolean that only says what an answer tells; its bare name sets it.
    pub fn is_wanted(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.get(name) == Some("") || self.is_set(name)?)
    }

    /// A number in a range.
    pub fn number(&self, name: &str, default: usize, most: usize) -> Result<usize, Fault> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(default);
        };
        match text.parse() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(Fault::parameter(format!(
                "{name} is a number from 1 to {most}"
            ))),
        }
    }

    /// A number of which only the beginning of the range matters.
    pub fn position(&self, name: &str) -> Result<usize, Fault> {
        self.number(name, 1, usize::MAX)
    }

    /// What to do when a name is taken.
    pub fn strategy(&self, default: Strategy) -> Result<Strategy, Fault> {
        match self.get("conflict_resolution_strategy") {
            None | Some("") => Ok(default),
            Some("ask") => Ok(Strategy::Ask),
            Some("rename") => Ok(Strategy::Rename),
            Some("overwrite") => Ok(Strategy::Overwrite),
            Some(other) => Err(Fault::new(
                400,
                "InvalidConflictResolutionStrategy",
                format!("there is no conflict strategy '{other}'"),
            )),
        }
    }

    /// The same for a file, which is renamed where nothing is said; `force` is the older form.
    pub fn file_strategy(&self) -> Result<Strategy, Fault> {
        self.strategy(if self.has("force") {
            Strategy::Overwrite
        } else {
            Strategy::Rename
        })
    }
}

impl Call {
    /// Does work on the disk of its space, away from the threads that serve requests.
    pub async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Space) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Fault> {
        service::on_disk(&self.space, work).await
    }

    /// Host and port under which whoever asks reaches this service.
    pub fn host(&self) -> String {
        let named = self.headers.get(header::HOST);
        match named.and_then(|host| host.to_str().ok()) {
            Some(host) if self.service.allow_remote => host.to_owned(),
            _ => self.service.host(),
        }
    }

    /// The user whose request this is; empty where nobody is named.
    pub fn user(&self) -> &str {
        self.access.user(self.target.query.get("user_id"))
    }

    /// Refuses a request whose token does not carry a right.
    pub fn require(&self, grant: Grant) -> Result<(), Fault> {
        if self.access.allows(grant) {
            return Ok(());
        }
        Err(Problem::NoPermission.into())
    }

    /// Removes what is doomed, without waiting for it.
    pub fn sweep_later(&self) {
        service::sweep_later(&self.space);
    }

    /// Reads a JSON body; an empty one and `null` are none.
    pub fn json<T: DeserializeOwned>(&self) -> Result<Option<T>, Fault> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        serde_json::from_slice::<Option<T>>(&self.body).map_err(|error| {
            Fault::parameter(format!("the body is not what it should be: {error}"))
        })
    }
}

/// A component of a URL: text as listings show it, or the very bytes of a name that is no text.
pub fn text(component: &[u8]) -> String {
    match std::str::from_utf8(component) {
        Ok(text) => text.to_owned(),
        Err(_) => names::to_text(component).into_owned(),
    }
}

/// The token of a request: the query wins over the header (part A 2.6).
pub fn token<'a>(query: &'a Query, headers: &'a HeaderMap) -> Option<&'a str> {
    let in_header = || {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    };
    query
        .get("access_token")
        .filter(|token| !token.is_empty())
        .or_else(in_header)
        .filter(|token| !token.is_empty())
}

/// Reads a body to its end, but not more than is sensible.
pub async fn read_body(body: Body, headers: &HeaderMap) -> Result<Bytes, Fault> {
    let too_large = || {
        Fault::new(
            413,
            "RequestEntityTooLarge",
            format!("a body may have {LARGEST_BODY} bytes"),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LARGEST_BODY) {
        return Err(too_large());
    }
    axum::body::to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|error| {
            let (mut is_large, mut is_late) = (false, false);
            let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
            while let Some(error) = cause {
                is_large |= error.to_string().contains("limit");
                let error_of_body = error.downcast_ref::<std::io::Error>();
                is_late |=
                    error_of_body.is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut);
                cause = error.source();
            }
            if is_large {
                too_large()
            } else if is_late {
                Fault::new(408, "ReadRequestTimeout", "the body did not arrive in time")
            } else {
                Fault::new(400, "IncompleteBody", "the body was cut short")
            }
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn path(url: &str) -> RemotePath {
        Target::parse(&url.parse().unwrap())
            .unwrap()
            .path()
            .unwrap()
    }

    #[test]
    fn slashes_may_be_escaped_doubled_or_leading() {
        let expected = RemotePath::parse("docs/a b.txt").unwrap();
        for end in [
            "docs/a%20b.txt",
            "docs%2Fa%20b.txt",
            "%2Fdocs%2fa%20b.txt",
            "docs//a%20b.txt/",
        ] {
            assert_eq!(path(&format!("/api/v1/file/local/-/{end}")), expected);
        }
        assert!(path("/api/v1/directory/local/-").is_root());
        assert!(path("/api/v1/directory/local/-/").is_root());
    }

    #[test]
    fn a_plus_is_a_plus_and_an_escaped_percent_is_decoded_once() {
        assert_eq!(path("/api/v1/file/local/-/a+b%2520c").as_str(), "a+b%20c");
    }

    #[test]
    fn a_plus_in_a_query_is_a_blank_unless_it_is_escaped() {
        let query = Query::parse("prefix=a+b%20c%2Bd&x");
        assert_eq!(query.get("prefix"), Some("a b c+d"));
    }

    #[test]
    fn dots_are_refused_however_they_are_written() {
        for end in ["../x", "a/%2e%2e/x", "a%2F..%2Fx", "%2E"] {
            let uri = format!("/api/v1/file/local/-/{end}").parse().unwrap();
            assert_eq!(Target::parse(&uri).unwrap().path().unwrap_err().status, 400);
        }
    }

    #[test]
    fn a_selector_counts_bare_or_with_a_value() {
        for query in ["delete", "a=1&delete=", "delete=1", "delete=true&x"] {
            assert!(Query::parse(query).has("delete"), "{query}");
        }
        assert!(!Query::parse("delete=0").has("delete"));
        assert!(!Query::parse("deleted=1").has("delete"));
    }
}
