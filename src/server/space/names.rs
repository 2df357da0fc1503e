//! Names of the disk, which are bytes, as names of the protocol, which are text, and back.
//! Knows nothing of where a name lies.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A byte `b` that is not part of valid UTF-8 is written as the character `ESCAPE + b`. Such bytes
/// are 0x80 and above, so only the last 128 characters of Unicode's last private area are used.
const ESCAPE: u32 = 0x0010_FF00;
const FIRST: char = '\u{10FF80}';
/// Every character from [`FIRST`] on begins with this byte.
const LEAD: u8 = 0xF4;

/// The text for a name. Distinct names give distinct texts: a real name that holds one of the
/// escape characters has that character's own bytes escaped.
pub fn to_text(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) if !has_escape(text) => Cow::Borrowed(text),
        _ => Cow::Owned(escape(raw)),
    }
}

/// The name for a text; the opposite of [`to_text`].
pub fn to_os(text: &str) -> Cow<'_, OsStr> {
    if !has_escape(text) {
        return Cow::Borrowed(OsStr::new(text));
    }
    let mut raw = Vec::with_capacity(text.len());
    for character in text.chars() {
        match escaped_byte(character) {
            Some(byte) => raw.push(byte),
            None => raw.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(OsString::from_vec(raw))
}

/// The one spelling of a text that [`to_text`] itself would give for the same name.
pub fn canonical(text: &str) -> Cow<'_, str> {
    if has_escape(text) {
        Cow::Owned(to_text(to_os(text).as_bytes()).into_owned())
    } else {
        Cow::Borrowed(text)
    }
}

fn has_escape(text: &str) -> bool {
    text.as_bytes().contains(&LEAD) && text.chars().any(|character| character >= FIRST)
}

fn escaped_byte(character: char) -> Option<u8> {
    (character >= FIRST)
        .then(|| u8::try_from(u32::from(character) - ESCAPE).ok())
        .flatten()
}

fn escape(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len() + 8);
    for chunk in raw.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character < FIRST {
                text.push(character);
            } else {
                let mut buffer = [0; 4];
                text.extend(character.encode_utf8(&mut buffer).bytes().map(escape_byte));
            }
        }
        text.extend(chunk.invalid().iter().copied().map(escape_byte));
    }
    text
}

fn escape_byte(byte: u8) -> char {
    char::from_u32(ESCAPE + u32::from(byte)).expect("0x10FF00 and a byte is below 0x110000")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_name_comes_back(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = to_text(&raw).into_owned();
            let back = to_os(&text).into_owned();
            prop_assert_eq!(back.as_bytes(), &raw[..]);
        }

        #[test]
        fn ordinary_text_is_left_alone(text in "[a-z杭州é ]{0,20}") {
            prop_assert_eq!(to_text(text.as_bytes()), &text[..]);
        }

        #[test]
        fn a_canonical_text_stays_as_it_is(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = to_text(&raw).into_owned();
            prop_assert_eq!(canonical(&text), &text[..]);
        }
    }

    #[test]
    fn a_real_name_with_an_escape_character_comes_back_too() {
        let real = "take\u{10FFE9}.mov";
        let text = to_text(real.as_bytes());
        assert_ne!(text, real);
        assert_eq!(to_os(&text), OsStr::new(real));
    }

    #[test]
    fn an_invalid_byte_becomes_one_character() {
        assert_eq!(to_text(b"caf\xE9"), "caf\u{10FFE9}");
        assert_eq!(to_os("caf\u{10FFE9}").as_bytes(), b"caf\xE9");
    }
}
