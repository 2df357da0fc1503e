//! Names and secrets that nobody can guess.

use std::fmt::Write as _;

/// So many random bytes in hexadecimal.
///
/// # Errors
/// The system has no random bytes to give.
pub fn hex<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
