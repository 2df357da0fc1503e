//! Tasks: work that goes on after a 202 (part A section 7).

use serde::{Deserialize, Serialize};

use super::batch::ItemResult;
use super::lenient::{self, Opaque};

/// One task of the list that a task query answers (part A 7.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// `taskId`, or `id` in older services (part A, U8).
    #[serde(
        default,
        alias = "id",
        deserialize_with = "lenient::opaque_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub task_id: Option<Opaque>,
    /// 202 running; 200, 204, 207 and 400 finished; 500 failed without item results (part A, U7).
    #[serde(deserialize_with = "lenient::status")]
    pub status: u16,
    /// As in the synchronous answer; absent while running.
    #[serde(
        default,
        deserialize_with = "lenient::one_or_many",
        skip_serializing_if = "Option::is_none"
    )]
    pub result: Option<Vec<ItemResult>>,
}
