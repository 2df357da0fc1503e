//! What comes along when an upload is begun or confirmed (part B 4.1, 4.2 and 4.6).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use crate::protocol::lenient::decimal;
use crate::server::entry::META;
use crate::server::error::Fault;
use crate::server::request::Call;
use crate::server::space::attributes::Attributes;
use crate::server::space::uploads::MOST_PARTS;

/// The longest category, in bytes (part B 1.6).
const LONGEST_CATEGORY: usize = 16;

/// The body of a beginning, besides what it says about the file.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Start {
    /// Hash of the first MiB.
    pub beginning_hash: Option<String>,
    /// Hash of everything.
    pub full_hash: Option<String>,
    /// Bytes.
    #[serde(deserialize_with = "decimal::deserialize")]
    pub size: Option<u64>,
    /// Parts whose headers are wanted one by one.
    pub part_number_range: Option<String>,
}

/// What a body says about the file.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Said {
    labels: Option<Vec<String>>,
    category: Option<String>,
    local_creation_time: Option<String>,
    local_modification_time: Option<String>,
}

impl Said {
    /// Says it; what is not said stays.
    pub fn say(self, attributes: &mut Attributes) -> Result<(), Fault> {
        if let Some(labels) = self.labels {
            attributes.labels = labels;
        }
        if let Some(category) = self.category {
            if category.len() > LONGEST_CATEGORY {
                return Err(Fault::parameter(format!(
                    "category has {LONGEST_CATEGORY} bytes at most"
                )));
            }
            attributes.category = Some(category).filter(|category| !category.is_empty());
        }
        if let Some(text) = self.local_creation_time {
            attributes.local_created = time(&text)?;
        }
        if let Some(text) = self.local_modification_time {
            attributes.local_modified = time(&text)?;
        }
        Ok(())
    }
}

fn time(text: &str) -> Result<Option<Timestamp>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Fault::new(
            400,
            "InvalidTimeFormat",
            format!("'{text}' is no time such as 2024-05-01T10:00:00.000Z"),
        )
    })
}

/// What headers and body say about a file, and who says it.
pub fn attributes(call: &Call, said: Said) -> Result<Attributes, Fault> {
    let user = call.user();
    let mut attributes = Attributes {
        user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        ..Attributes::default()
    };
    add_headers(call, &mut attributes);
    said.say(&mut attributes)?;
    Ok(attributes)
}

/// Adds what the headers say.
pub fn add_headers(call: &Call, attributes: &mut Attributes) {
    for (name, value) in &call.headers {
        if let Some(key) = name.as_str().strip_prefix(META)
            && !key.is_empty()
        {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            attributes.metadata.insert(key.to_owned(), value);
        }
    }
}

/// How large the file is said to be.
pub fn announced_size(in_query: Option<&str>, in_body: Option<u64>) -> Result<Option<u64>, Fault> {
    match in_query.filter(|text| !text.is_empty()) {
        None => Ok(in_body),
        Some(text) => text
            .parse()
            .map(|size| in_body.or(Some(size)))
            .map_err(|_| Fault::parameter("filesize is a number of bytes")),
    }
}

/// Numbers such as `1,8-10`.
pub fn part_numbers(text: Option<&str>) -> Result<BTreeSet<u32>, Fault> {
    let not_understood = || {
        Fault::parameter(format!(
            "partNumberRange is a list such as 1,8-10 of numbers from 1 to {MOST_PARTS}"
        ))
    };
    let mut numbers = BTreeSet::new();
    for range in text.unwrap_or_default().split(',').map(str::trim) {
        if range.is_empty() {
            continue;
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let number = |text: &str| {
            let number: u32 = text.trim().parse().map_err(|_| not_understood())?;
            if (1..=MOST_PARTS).contains(&number) {
                Ok(number)
            } else {
                Err(not_understood())
            }
        };
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(not_understood());
        }
        numbers.extend(first..=last);
    }
    Ok(numbers)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_parts_are_read() {
        let read = |text| part_numbers(text).map(|numbers| numbers.into_iter().collect::<Vec<_>>());
        assert!(read(None).unwrap().is_empty());
        assert!(read(Some("")).unwrap().is_empty());
        assert_eq!(read(Some("1,8-10, 9")).unwrap(), [1, 8, 9, 10]);
        for text in ["0", "x", "3-2", "1-10001", "-", "1-2-3"] {
            assert_eq!(read(Some(text)).unwrap_err().code, "ParamInvalid", "{text}");
        }
    }
}
