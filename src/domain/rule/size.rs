//! Sizes in a rule: `>500M`, `1M..2G`, `4M`.

use crate::texts::tr;

/// Bytes from the least to the most, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The least.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl Sizes {
    /// Whether a number of bytes is among them.
    pub fn hold(self, bytes: u64) -> bool {
        (self.least..=self.most).contains(&bytes)
    }

    /// Reads what stands behind `size:`.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((from, to)) = text.split_once("..") {
            let least = if from.is_empty() { 0 } else { size(from)?.0 };
            let most = if to.is_empty() { u64::MAX } else { size(to)?.0 };
            if from.is_empty() && to.is_empty() {
                return Err(tr!("the range needs a size, such as 1M..2G").into());
            }
            if least > most {
                return Err(tr!(
                    "{from} is more than {to}: nothing lies between",
                    from,
                    to
                ));
            }
            return Ok(Self { least, most });
        }
        let (sign, number) = super::moment::comparison(text);
        let (bytes, step) = size(number)?;
        let nothing = || tr!("nothing is {sign}{number}", sign, number);
        Ok(match sign {
            ">" => Self {
                least: bytes.checked_add(1).ok_or_else(nothing)?,
                most: u64::MAX,
            },
            ">=" => Self {
                least: bytes,
                most: u64::MAX,
            },
            "<" => Self {
                least: 0,
                most: bytes.checked_sub(1).ok_or_else(nothing)?,
            },
            "<=" => Self {
                least: 0,
                most: bytes,
            },
            _ => Self {
                least: bytes,
                most: bytes.saturating_add(step - 1),
            },
        })
    }
}

/// Bytes of a size as rules write it: `800`, `20K`, `1.5G`.
///
/// # Errors
/// A sentence about what is wrong.
pub fn bytes(text: &str) -> Result<u64, String> {
    size(text).map(|(bytes, _)| bytes)
}

/// Bytes, and how many of them the last digit stands for. Units are of 1,024, as on the screen.
fn size(text: &str) -> Result<(u64, u64), String> {
    let wrong = || {
        tr!(
            "'{text}' is no size; write 800, 20K, 500M, 1.5G or 2T",
            text
        )
    };
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.to_ascii_uppercase();
    let power = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" if unit.contains('I') => return Err(wrong()),
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        _ => return Err(wrong()),
    };
    let unit = 1024_u128.pow(power);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty()
        || number.ends_with('.')
        || part.len() > 6
        || (power == 0 && !part.is_empty())
    {
        return Err(wrong());
    }
    let digits: u128 = format!("{whole}{part}").parse().map_err(|_| wrong())?;
    let scale = 10_u128.pow(u32::try_from(part.len()).unwrap_or(0));
    let bytes = digits.checked_mul(unit).ok_or_else(wrong)? / scale;
    let bytes = u64::try_from(bytes).map_err(|_| wrong())?;
    let step = u64::try_from(unit / scale).unwrap_or(1).max(1);
    Ok((bytes, step))
}
