//! The body of an error (part A 2.8).

use serde::{Deserialize, Serialize};

/// What the service says about a failed request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// A word to act upon, such as `DirectoryNotFound`.
    pub code: String,
    /// An English sentence.
    #[serde(default)]
    pub message: String,
    /// Names the request in the service's own logs.
    #[serde(
        default,
        alias = "reqId",
        alias = "requestID",
        skip_serializing_if = "Option::is_none"
    )]
    pub request_id: Option<String>,
}
