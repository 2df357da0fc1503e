//! Values that arrive in more than one JSON type.

use std::fmt;

use compact_str::{CompactString, ToCompactString};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// An identifier or marker whose meaning is the service's own.
///
/// Read from a JSON string or integer and never through a float (part A, U1 and U9); written as an
/// integer when it is one, as the documents' examples are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Opaque(CompactString);

impl Opaque {
    /// The text to send back, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Opaque {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<u64> for Opaque {
    fn from(number: u64) -> Self {
        Self(number.to_compact_string())
    }
}

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<u64>() {
            Ok(number) if number.to_compact_string() == self.0 => serializer.serialize_u64(number),
            _ => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Opaque {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Opaque;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Opaque, E> {
                Ok(Opaque(text.into()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Opaque, E> {
                Ok(number.into())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Opaque, E> {
                Ok(Opaque(number.to_compact_string()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// An optional [`Opaque`] where an absent field, null and the empty text all mean "none".
pub fn opaque_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Opaque>, D::Error> {
    let value = Option::<Opaque>::deserialize(deserializer)?;
    Ok(value.filter(|opaque| !opaque.0.is_empty()))
}

/// A status that is a number in every example and text in some tables (part A, U2).
pub fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = Opaque::deserialize(deserializer)?;
    status
        .0
        .parse()
        .map_err(|_| de::Error::custom("a status is a number from 0 to 65535"))
}

/// One value where the service answers either a list or a single object (part A, U6).
pub fn one_or_many<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        Many(Vec<T>),
        One(T),
    }
    Ok(match Option::<OneOrMany<T>>::deserialize(deserializer)? {
        None => None,
        Some(OneOrMany::Many(values)) => Some(values),
        Some(OneOrMany::One(value)) => Some(vec![value]),
    })
}

/// Booleans of every client: `true`, `1`, `"true"`, `"1"` and their opposites (part A 2.10).
pub mod boolean {
    use super::{Deserialize, Deserializer, de};

    /// Reads any of the spellings; null is false.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Spelling {
            Plain(bool),
            Number(u64),
            Text(String),
        }
        match Option::<Spelling>::deserialize(deserializer)? {
            None => Ok(false),
            Some(Spelling::Plain(value)) => Ok(value),
            Some(Spelling::Number(number)) => Ok(number != 0),
            Some(Spelling::Text(text)) => match text.as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" | "" => Ok(false),
                _ => Err(de::Error::custom("a boolean is true, false, 1 or 0")),
            },
        }
    }
}

/// Byte counts and checksums: decimal strings on the wire, numbers in some answers (part A, U18).
pub mod decimal {
    use super::{Deserialize, Deserializer, Opaque, Serializer, ToCompactString as _, de};

    /// Writes a decimal string.
    pub fn serialize<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(number) => serializer.serialize_str(&number.to_compact_string()),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a decimal string or an integer; null and the empty text are none.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        match Option::<Opaque>::deserialize(deserializer)? {
            None => Ok(None),
            Some(text) if text.as_str().is_empty() => Ok(None),
            Some(text) => text
                .as_str()
                .parse()
                .map(Some)
                .map_err(|_| de::Error::custom("expected a decimal number")),
        }
    }
}

/// Times: ISO 8601 in UTC with milliseconds (part A 2.10).
pub mod time {
    use jiff::Timestamp;
    use jiff::fmt::StdFmtWrite;
    use jiff::fmt::temporal::DateTimePrinter;

    use std::fmt;

    use super::{CompactString, Deserializer, Serializer, Visitor, de};

    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

    /// The text that [`serialize`] writes, without quotes, at the end of a text that is being made.
    pub fn write(text: &mut Vec<u8>, time: Timestamp) {
        PRINTER
            .print_timestamp(&time, text)
            .expect("there is room for more in memory");
    }

    /// Writes for example `2026-01-07T06:28:06.000Z`.
    pub fn serialize<S: Serializer>(
        value: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(time) => {
                // It has room for all 24 bytes in itself, and pages have times by the thousand.
                let mut text = CompactString::default();
                match PRINTER.print_timestamp(time, StdFmtWrite(&mut text)) {
                    Ok(()) => serializer.serialize_str(&text),
                    Err(error) => Err(serde::ser::Error::custom(error)),
                }
            }
            None => serializer.serialize_none(),
        }
    }

    /// Reads a time; one that cannot be understood is none, since no time is worth losing a page.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Option<Timestamp>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time or null")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(text.parse().ok())
            }

            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
        }
        deserializer.deserialize_any(Text)
    }
}
