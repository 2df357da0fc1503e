//! Which part of a file a request wants. Knows nothing of files but their size and tag.

use axum::http::{HeaderMap, header};

use crate::server::space::facts::Facts;

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The whole file.
    All,
    /// From the first up to but without the second byte.
    Part(u64, u64),
    /// What lies beyond the end.
    Nothing,
}

/// Reads the headers of a request for a file.
pub fn wanted(headers: &HeaderMap, facts: &Facts) -> Wanted {
    // A part of another content than the caller has begun with is of no use.
    let begun = headers
        .get(header::IF_RANGE)
        .and_then(|tag| tag.to_str().ok());
    if begun.is_some_and(|tag| tag != facts.e_tag()) {
        return Wanted::All;
    }
    let range = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    range.map_or(Wanted::All, |range| parse_range(range, facts.size))
}

/// One range; several, or what is not understood, is answered with everything.
fn parse_range(text: &str, size: u64) -> Wanted {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::All;
    };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last && first < size => {
            Wanted::Part(first, last.saturating_add(1).min(size))
        }
        (Ok(first), Ok(last)) if first > last => Wanted::All,
        (Ok(first), Err(_)) if last.is_empty() && first < size => Wanted::Part(first, size),
        (Ok(_), Ok(_)) => Wanted::Nothing,
        (Ok(_), Err(_)) if last.is_empty() => Wanted::Nothing,
        (Err(_), Ok(0)) if first.is_empty() => Wanted::Nothing,
        (Err(_), Ok(last)) if first.is_empty() && size > 0 => {
            Wanted::Part(size.saturating_sub(last), size)
        }
        (Err(_), Ok(_)) if first.is_empty() => Wanted::Nothing,
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        assert_eq!(parse_range("bytes=0-4", 10), Wanted::Part(0, 5));
        assert_eq!(parse_range("bytes=5-", 10), Wanted::Part(5, 10));
        assert_eq!(parse_range("bytes=-3", 10), Wanted::Part(7, 10));
        assert_eq!(parse_range("bytes=-30", 10), Wanted::Part(0, 10));
        assert_eq!(parse_range("bytes=8-99", 10), Wanted::Part(8, 10));
        assert_eq!(parse_range("bytes=10-", 10), Wanted::Nothing);
        assert_eq!(parse_range("bytes=0-0", 0), Wanted::Nothing);
        assert_eq!(parse_range("bytes=-0", 10), Wanted::Nothing);
        assert_eq!(parse_range("bytes=0-1,3-4", 10), Wanted::All);
        assert_eq!(parse_range("lines=0-1", 10), Wanted::All);
        assert_eq!(parse_range("bytes=4-2", 10), Wanted::All);
    }
}
