//! Access tokens (part A section 4).

use serde::{Deserialize, Serialize};

/// The answer to creating or renewing a token (part A 4.1 and 4.2).
///
/// It has no `Debug` on purpose: the token must reach no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// To be sent with every request; a secret.
    pub access_token: String,
    /// Lifetime from now, in seconds.
    pub expires_in: u64,
}
