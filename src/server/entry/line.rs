//! Entries of listings as JSON, written straight to where they belong. A page has a thousand of
//! them and a folder a thousand pages, so the text that an ordinary entry becomes is put together
//! here without anything in between; any other one goes the long way through [`entry`].

use crate::protocol::lenient::time;

use super::{Described, Extension, Extra, entry, kind};
use crate::server::space::attributes::Attributes;
use crate::server::space::facts::{Facts, Kind};

const PLAIN: &str = "plain fields can be written as JSON";

/// Writes an entry; `favorite` tells whether it is one, where that was asked for.
pub fn write(json: &mut Vec<u8>, name: &str, facts: &Facts, extra: &Extra, favorite: Option<bool>) {
    if favorite.is_some() || !is_ordinary(facts, extra) {
        let mut described: Described = entry(name.to_owned(), facts, extra);
        described.said.is_favorite = favorite;
        serde_json::to_writer(json, &described).expect(PLAIN);
        return;
    }
    json.extend_from_slice(b"{\"name\":");
    write_text(json, name);
    json.extend_from_slice(b",\"type\":\"");
    json.extend_from_slice(kind(facts.kind).as_str().as_bytes());
    if extra.wanted.inode {
        json.extend_from_slice(b"\",\"inode\":\"");
        json.extend_from_slice(facts.identity().text().as_bytes());
    }
    json.extend_from_slice(b"\",\"creationTime\":\"");
    let from = json.len();
    time::write(json, facts.created);
    let created = from..json.len();
    json.extend_from_slice(b"\",\"modificationTime\":\"");
    // Most files are written once, and working out a date takes a while.
    if facts.modified == facts.created {
        json.extend_from_within(created);
    } else {
        time::write(json, facts.modified);
    }
    json.push(b'"');
    if facts.kind == Kind::File {
        write_content(json, name, facts, extra);
    } else {
        write_tag(json, facts);
    }
    json.push(b'}');
}

/// Whether nothing was said about an entry, and nothing is asked for that few want to know.
fn is_ordinary(facts: &Facts, extra: &Extra) -> bool {
    extra.authority.is_none()
        && extra.version.is_none()
        && !extra.wanted.content_cas
        && (facts.kind != Kind::File || extra.rules.media.is_none())
        && extra.attributes == Attributes::default()
}

/// What only files have.
fn write_content(json: &mut Vec<u8>, name: &str, facts: &Facts, extra: &Extra) {
    let extension = Extension::of(name);
    json.extend_from_slice(b",\"contentType\":\"");
    json.extend_from_slice(extension.media_type().as_bytes());
    json.extend_from_slice(b"\",\"size\":\"");
    write_number(json, facts.size);
    json.push(b'"');
    write_tag(json, facts);
    if let Some(crc64) = extra.crc64 {
        json.extend_from_slice(b",\"crc64\":\"");
        write_number(json, crc64);
        json.push(b'"');
    }
    json.extend_from_slice(b",\"fileType\":\"");
    json.extend_from_slice(extension.file_type().as_bytes());
    json.extend_from_slice(if extension.has_preview() {
        b"\",\"previewByDoc\":false,\"previewByCI\":true,\"previewAsIcon\":true".as_slice()
    } else {
        b"\",\"previewByDoc\":false,\"previewByCI\":false,\"previewAsIcon\":false".as_slice()
    });
}

fn write_tag(json: &mut Vec<u8>, facts: &Facts) {
    // There is nothing in it to be escaped but the quotes around it.
    let quote = if facts.kind == Kind::Directory {
        ""
    } else {
        "\\\""
    };
    json.extend_from_slice(b",\"eTag\":\"");
    json.extend_from_slice(quote.as_bytes());
    facts.write_bare_tag(json);
    json.extend_from_slice(quote.as_bytes());
    json.push(b'"');
}

fn write_number(json: &mut Vec<u8>, number: u64) {
    serde_json::to_writer(json, &number).expect(PLAIN);
}

fn write_text(json: &mut Vec<u8>, text: &str) {
    if text
        .bytes()
        .any(|byte| byte < b' ' || byte == b'"' || byte == b'\\')
    {
        serde_json::to_writer(json, text).expect(PLAIN);
    } else {
        json.push(b'"');
        json.extend_from_slice(text.as_bytes());
        json.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::server::entry::Wanted;
    use crate::server::space::rules::{Albums, Rules};

    fn times() -> impl Strategy<Value = Timestamp> {
        let bounds = Timestamp::MIN.as_microsecond()..=Timestamp::MAX.as_microsecond();
        let near = -2_000_000..2_000_000_000_000_000_i64;
        prop_oneof![near, bounds]
            .prop_map(|time| Timestamp::from_microsecond(time).expect("a time"))
    }

    prop_compose! {
        fn facts()(
            kind in 0..4_i64,
            size in prop_oneof![Just(0), any::<u64>()],
            inode in any::<u64>(),
            times in (times(), times(), times()),
            has_birth in any::<bool>(),
        ) -> Facts {
            let (modified, changed, created) = times;
            let kind = Kind::from_number(kind);
            Facts { kind, size, device: 1, inode, modified, changed, created, has_birth }
        }
    }

    prop_compose! {
        fn extra()(
            (inode, content_cas) in (any::<bool>(), proptest::bool::weighted(0.1)),
            crc64 in any::<Option<u64>>(),
            version in proptest::option::weighted(0.1, any::<u64>()),
            is_media in proptest::bool::weighted(0.1),
            label in proptest::option::weighted(0.1, ".{0,4}"),
            virtual_size in proptest::option::weighted(0.1, any::<u64>()),
        ) -> Extra {
            let media = is_media.then_some(Albums::One);
            Extra {
                wanted: Wanted { inode, content_cas },
                crc64,
                version,
                rules: Rules { media, ..Rules::default() },
                attributes: Attributes {
                    labels: label.into_iter().collect(),
                    virtual_size,
                    ..Attributes::default()
                },
                ..Extra::default()
            }
        }
    }

    proptest! {
        #[test]
        fn a_line_is_what_the_long_way_gives(
            name in prop_oneof![".{1,20}", "[a-z\u{4e00}\"\\\\\n]{1,6}\\.(jpg|MOV|txt|tar)"],
            facts in facts(),
            extra in extra(),
            favorite in proptest::option::weighted(0.1, any::<bool>()),
        ) {
            let mut line = Vec::new();
            write(&mut line, &name, &facts, &extra, favorite);
            let mut described = entry(name, &facts, &extra);
            described.said.is_favorite = favorite;
            let expected = serde_json::to_string(&described).expect("an entry");
            prop_assert_eq!(String::from_utf8(line).expect("a text"), expected);
        }
    }
}
