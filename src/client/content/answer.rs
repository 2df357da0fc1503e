//! What is said to and by the hosts of bytes besides the bytes: headers, ranges, and refusals in
//! XML. None of it holds the access token.

use std::collections::BTreeMap;

use reqwest::Response;
use reqwest::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use url::Url;

use crate::client::error::{Error, Refusal, read_refusal, word};

/// More of an error body is not read.
const LONGEST_REFUSAL: usize = 64 * 1024;
/// Shorter pieces of a URL are names and numbers, not credentials.
pub const SHORTEST_SECRET: usize = 16;

/// What the service wants to be sent along, but for what belongs to the connection.
pub fn headers(given: &BTreeMap<String, String>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Error::BadPlace)?;
        if [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
            continue;
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| Error::BadPlace)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The answer of a host of bytes, which speaks XML.
pub async fn refused(mut response: Response, secrets: &[&str]) -> Error {
    let status = response.status().as_u16();
    let request_id = request_id(&response);
    let mut body = Vec::new();
    // An error needs no body to be told, and the rest of an endless one says nothing more.
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.len() + chunk.len() > LONGEST_REFUSAL {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&body);
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once('<')?;
        Some(inner.trim().to_owned())
    };
    let refusal = match element("Code").as_deref().and_then(word) {
        None => read_refusal(status, request_id, &body, secrets),
        Some(code) => {
            let message = element("Message").unwrap_or_default();
            let request_id = request_id.or_else(|| element("RequestId"));
            Refusal {
                code: Some(code),
                ..read_refusal(status, request_id, message.as_bytes(), secrets)
            }
        }
    };
    Error::Refused(refusal)
}

pub fn unreadable(response: &Response) -> Error {
    Error::Unreadable(Refusal {
        status: response.status().as_u16(),
        code: None,
        message: String::new(),
        request_id: request_id(response),
    })
}

fn request_id(response: &Response) -> Option<String> {
    let id = response.headers().get("x-cos-request-id")?;
    word(id.to_str().ok()?).map(String::from)
}

/// Whatever of a URL may be a credential.
pub fn secrets_of(url: &Url) -> Vec<String> {
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    let components = url.path().split('/').map(str::to_owned);
    values
        .chain(components)
        .filter(|piece| piece.len() >= SHORTEST_SECRET)
        .collect()
}

/// Reads `bytes 5-9/10` as the first place and the size of all; the size may be unknown.
pub fn parse_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_answers_are_read() {
        assert_eq!(parse_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(parse_range("bytes 5-9/*"), Some((5, None)));
        for text in ["bytes */10", "lines 5-9/10", "bytes 5", ""] {
            assert_eq!(parse_range(text), None, "{text}");
        }
    }

    #[test]
    fn credentials_in_urls_are_known_as_such() {
        let url = Url::parse("https://h.example/a/b.mov?sign=0123456789abcdef&x=1").unwrap();
        assert_eq!(secrets_of(&url), ["0123456789abcdef"]);
    }
}
