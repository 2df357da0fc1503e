//! Markers: where the next page begins, as text that means nothing to others (part B 13.2).

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::sums;

/// Writes a marker.
pub fn write<T: Serialize>(place: &T) -> String {
    use std::fmt::Write as _;

    let json = serde_json::to_vec(place).expect("plain fields can be written as JSON");
    let mut text = format!("{:08x}", check(&json));
    for byte in json {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Reads a marker that [`write()`] wrote; anything else is unknown to us.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let bytes = text
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect::<Option<Vec<u8>>>()
        .ok_or(Problem::MarkerUnknown)?;
    let (sum, json) = bytes.split_at_checked(4).ok_or(Problem::MarkerUnknown)?;
    if sum != check(json).to_be_bytes() {
        return Err(Problem::MarkerUnknown);
    }
    serde_json::from_slice(json).map_err(|_| Problem::MarkerUnknown)
}

/// Against mistakes, not against forgers: a marker opens nothing.
fn check(json: &[u8]) -> u32 {
    let [.., a, b, c, d] = sums::of(json).to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_comes_back_and_a_made_up_one_does_not() {
        let text = write(&(1, "样片"));
        assert_eq!(
            read::<(i32, String)>(&text).unwrap(),
            (1, "样片".to_owned())
        );
        for wrong in ["", "zz", "00000000", &text[2..], "20", "样片"] {
            assert!(read::<(i32, String)>(wrong).is_err());
        }
    }
}
