//! Paths and queries of requests, spelled so that nothing on the way reads them differently.
//!
//! Pure text; knows nothing of HTTP.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use crate::domain::path::RemotePath;

use super::error::Error;

/// All but `A-Z a-z 0-9 - . _ ~` (part A 2.5). The percent sign is encoded as well, so a name such
/// as `%2e%2e` reaches the service as it is and is not taken for a step upwards by `url`.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes one component of a path, or one value of a query.
pub fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, STRICT)
}

/// The part of an address that names an entry: each component encoded, joined by `/`.
pub fn path(path: &RemotePath) -> String {
    let mut text = String::new();
    for component in path.components() {
        if !text.is_empty() {
            text.push('/');
        }
        // Writing to a String does not fail.
        let _ = write!(text, "{}", encode(component));
    }
    text
}

/// A query, written from left to right; a parameter without a value selects an action (part A 2.4).
#[derive(Clone, Default)]
pub struct Query(String);

impl Query {
    /// An empty query.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a bare word.
    pub fn flag(mut self, name: &str) -> Self {
        self.separate();
        self.0.push_str(name);
        self
    }

    /// Adds a parameter.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.separate();
        // Writing to a String does not fail.
        let _ = write!(self.0, "{name}={}", encode(value));
        self
    }

    /// Adds a parameter where there is a value.
    pub fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn separate(&mut self) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
    }

    /// The text behind the question mark.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the host of an address is this machine.
pub fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Lets through what may stand in an address as an id (part A section 3).
///
/// # Errors
/// An empty id, or any character besides letters, digits and `-`.
pub fn checked_id(what: &'static str, id: &str) -> Result<String, Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if id.is_empty() || !id.bytes().all(is_plain) {
        return Err(Error::BadId { what });
    }
    Ok(id.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_escapes_survive_the_way_through_a_url() {
        let entry = RemotePath::parse("a b/%2e%2e/50%+1?#&*~/杭州").unwrap();
        let text = path(&entry);
        assert_eq!(
            text,
            "a%20b/%252e%252e/50%25%2B1%3F%23%26%2A~/%E6%9D%AD%E5%B7%9E"
        );
        let url = Url::parse(&format!("http://127.0.0.1/api/v1/directory/lib/-/{text}")).unwrap();
        assert_eq!(url.path(), format!("/api/v1/directory/lib/-/{text}"));
    }

    #[test]
    fn a_query_keeps_its_order_and_encodes_values() {
        let query = Query::new()
            .flag("delete")
            .with("access_token", "a+b&c")
            .maybe("user_id", None);
        assert_eq!(query.as_str(), "delete&access_token=a%2Bb%26c");
    }

    #[test]
    fn ids_that_could_change_an_address_are_refused() {
        for id in ["", "a/b", "..", "a b", "a?x", "é"] {
            assert!(checked_id("library", id).is_err(), "{id}");
        }
        assert!(checked_id("space", "-").is_ok());
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let is = |text: &str| is_loopback(&Url::parse(text).unwrap());
        assert!(is("http://127.0.0.1:80") && is("http://[::1]") && is("http://localhost:9"));
        assert!(!is("http://10.0.0.1") && !is("http://localhost.example.com"));
    }
}
