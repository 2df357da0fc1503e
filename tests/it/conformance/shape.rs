//! Patterns for JSON. An object fits if the fields that the pattern names fit; an array, if it has
//! as many elements and each fits. Texts that begin with `$` are types:
//! `$string`, `$int`, `$bool`, `$array`, `$object`, `$any` (there, and not null), `$absent` (not
//! there, or null), `$time` (ISO 8601 with milliseconds and Z), `$digits` (a number as text), `$id`
//! (a number, or its text), `$etag` (in quotes), `$hex` (hexadecimal text), `$url`; with a question
//! mark, `$string?`, it may be absent. Objects with one of these fields speak of arrays:
//! `{"$each": p}`, `{"$some": p}`, `{"$none": p}`, `{"$length": n}`. Anything else is the value.

use serde_json::Value;

/// What does not fit, each with its place.
pub fn mistakes(pattern: &Value, value: &Value, place: &str) -> Vec<String> {
    match pattern {
        Value::String(word) if word.starts_with('$') => {
            if is_of_type(word, value) {
                Vec::new()
            } else {
                vec![format!("{place} is {value}, expected {word}")]
            }
        }
        Value::Object(fields) if fields.keys().any(|key| key.starts_with('$')) => {
            let Value::Array(values) = value else {
                return vec![format!("{place} is {value}, expected an array")];
            };
            fields
                .iter()
                .flat_map(|(word, pattern)| array(word, pattern, values, place))
                .collect()
        }
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, pattern)| {
                mistakes(pattern, &value[name.as_str()], &format!("{place}/{name}"))
            })
            .collect(),
        Value::Array(patterns) => match value {
            Value::Array(values) if values.len() == patterns.len() => patterns
                .iter()
                .zip(values)
                .enumerate()
                .flat_map(|(index, (pattern, value))| {
                    mistakes(pattern, value, &format!("{place}/{index}"))
                })
                .collect(),
            _ => vec![format!(
                "{place} is {value}, expected an array of {}",
                patterns.len()
            )],
        },
        exact if exact == value => Vec::new(),
        exact => vec![format!("{place} is {value}, expected {exact}")],
    }
}

fn array(word: &str, pattern: &Value, values: &[Value], place: &str) -> Vec<String> {
    let fits = |value: &&Value| mistakes(pattern, value, "").is_empty();
    let is_so = match word {
        "$each" => {
            let values = values.iter().enumerate();
            return values
                .flat_map(|(index, value)| mistakes(pattern, value, &format!("{place}/{index}")))
                .collect();
        }
        "$some" => values.iter().any(|value| fits(&value)),
        "$none" => !values.iter().any(|value| fits(&value)),
        "$length" => *pattern == values.len(),
        other => panic!("there is no pattern '{other}'"),
    };
    if is_so {
        return Vec::new();
    }
    vec![format!("{place} is not {word} {pattern}")]
}

fn is_of_type(word: &str, value: &Value) -> bool {
    if let Some(word) = word.strip_suffix('?') {
        return value.is_null() || is_of_type(word, value);
    }
    let text = value.as_str();
    let is_text = |fits: fn(&str) -> bool| text.is_some_and(fits);
    match word {
        "$string" => text.is_some(),
        "$int" => value.is_u64() || value.is_i64(),
        "$bool" => value.is_boolean(),
        "$array" => value.is_array(),
        "$object" => value.is_object(),
        "$any" => !value.is_null(),
        "$absent" => value.is_null(),
        "$digits" => is_text(is_digits),
        "$id" => value.is_u64() || is_text(is_digits),
        "$time" => is_text(is_time),
        "$etag" => is_text(|text| text.len() > 2 && text.starts_with('"') && text.ends_with('"')),
        "$hex" => {
            is_text(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        }
        "$url" => is_text(|text| text.starts_with("http://") || text.starts_with("https://")),
        other => panic!("there is no pattern '{other}'"),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2026-01-02T03:04:05.000Z`
fn is_time(text: &str) -> bool {
    let fits = |(byte, pattern): (u8, u8)| match pattern {
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    };
    text.len() == 24 && text.bytes().zip(*b"0000-00-00T00:00:00.000Z").all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::mistakes;

    #[test]
    fn patterns_tell_what_fits() {
        let value = json!({ "n": 1, "s": "12", "t": "2026-01-02T03:04:05.000Z", "a": [{ "x": 1 }, { "x": 2 }] });
        let cases = [
            (
                json!({ "n": "$int", "s": "$digits", "t": "$time", "gone": "$absent" }),
                true,
            ),
            (json!({ "n": "$id", "s": "$id", "gone": "$int?" }), true),
            (json!({ "n": "$string" }), false),
            (json!({ "gone": "$any" }), false),
            (json!({ "a": [{ "x": 1 }, "$object"] }), true),
            (json!({ "a": [{ "x": 1 }] }), false),
            (
                json!({ "a": { "$each": { "x": "$int" }, "$length": 2 } }),
                true,
            ),
            (
                json!({ "a": { "$some": { "x": 2 }, "$none": { "x": 3 } } }),
                true,
            ),
            (json!({ "a": { "$some": { "x": 3 } } }), false),
            (json!({ "t": "2026" }), false),
        ];
        for (pattern, expected) in cases {
            let found = mistakes(&pattern, &value, "");
            assert_eq!(found.is_empty(), expected, "{pattern}: {found:?}");
        }
    }
}
