//! Batch delete, its tasks, and the answers that it shares with batch restore
//! (part A sections 7.1, 8.5 and 9).

use std::sync::Arc;

use reqwest::Method;

use crate::domain::bin::RecycledId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Target, TaskId};
use crate::domain::path::RemotePath;
use crate::protocol::batch::{self, Delete, ItemResult, MAX_ITEMS};
use crate::protocol::task;
use crate::texts::later;

use super::address::{Query, encode};
use super::error::{Refusal, item_failure, sanitised, word};
use super::transport::Answer;
use super::{Client, Error, wire};

/// The most items that one request may carry (part A section 9).
pub const LARGEST: usize = MAX_ITEMS;

/// The status of an item that the service has not come to the end of (part A 11).
pub const STILL_AT_WORK: u16 = 202;

/// Where deleted entries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// To the recycle bin, where the library has one; otherwise they are gone.
    ToBin,
    /// Nowhere.
    ForEver,
}

/// The answer to a batch request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted<Item = ItemAnswer> {
    /// 200, 207 or 202; it says nothing about any one item (part A, U4).
    pub status: u16,
    /// Names the request in the service's logs.
    pub request_id: Option<String>,
    /// What is known so far.
    pub answer: BatchAnswer<Item>,
}

/// The two ways in which a batch request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchAnswer<Item = ItemAnswer> {
    /// Done, with a result for each item; in any order, and perhaps not for all.
    Results(Vec<Item>),
    /// Accepted: to be asked about with [`Client::tasks`].
    Task(TaskId),
}

/// What the service says about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemAnswer {
    /// The path asked for, or the final path of a restored, moved or copied item.
    pub path: Option<RemotePath>,
    /// The item in the bin.
    pub id: Option<RecycledId>,
    /// 2xx where it worked.
    pub status: u16,
    /// Why it did not work; none where it did.
    pub failure: Option<Arc<Failure>>,
}

/// What the service says about one item that was to be moved or copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelocationAnswer {
    /// Where it came from, as it was asked for: what names the item.
    pub source: Option<RemotePath>,
    /// What became of it; its path is where it ended up.
    pub item: ItemAnswer,
}

/// What the service says about one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskAnswer<Item = ItemAnswer> {
    /// Which task; none if the service names none.
    pub id: Option<TaskId>,
    /// As the service gave it (part A, U7).
    pub status: u16,
    /// The same, read.
    pub state: TaskState<Item>,
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState<Item = ItemAnswer> {
    /// Not finished.
    Running,
    /// Finished; the list may be empty.
    Finished(Vec<Item>),
    /// Failed as a whole: nothing is known of its items.
    Failed,
    /// A status that no document knows.
    Strange,
}

impl Client {
    /// Deletes files and directories, directories with all that is in them. Sent once.
    ///
    /// The caller has taken out duplicates and everything inside a listed directory: a list with
    /// both is not defined (part A section 9).
    ///
    /// # Errors
    /// No entries, more than 1000, or the root among them; [`Error::Throttled`] if the service
    /// asks to wait; else see [`Error::may_have_worked`].
    pub async fn delete_batch(
        &self,
        targets: &[Target],
        removal: Removal,
    ) -> Result<Submitted, Error> {
        check_length(targets.len())?;
        if targets.iter().any(|target| target.path.is_root()) {
            return Err(Error::Unsendable(later!(
                "the root of a space cannot be deleted"
            )));
        }
        let items: Vec<Delete> = targets
            .iter()
            .map(|target| Delete {
                path: target.path.as_str().to_owned(),
                permanent: removal == Removal::ForEver,
            })
            .collect();
        let path = format!("batch/{}/{}", self.library(), self.space());
        let query = Query::new().flag("delete");
        let answer = self
            .change(Method::POST, path, query, Some(json(&items)))
            .await?;
        submitted(&answer, item)
    }

    /// Asks about tasks, all in one request. Tasks that the service does not know are missing from
    /// the answer (part A, U20).
    ///
    /// # Errors
    /// No answer; it says nothing about the tasks.
    pub async fn tasks(&self, ids: &[TaskId]) -> Result<Vec<TaskAnswer>, Error> {
        self.tasks_of(ids, item).await
    }

    /// As [`Client::tasks`], for the tasks of moves and copies.
    ///
    /// # Errors
    /// No answer; it says nothing about the tasks.
    pub async fn relocation_tasks(
        &self,
        ids: &[TaskId],
    ) -> Result<Vec<TaskAnswer<RelocationAnswer>>, Error> {
        self.tasks_of(ids, relocation).await
    }

    async fn tasks_of<Item>(
        &self,
        ids: &[TaskId],
        read: ReadItem<Item>,
    ) -> Result<Vec<TaskAnswer<Item>>, Error> {
        if ids.is_empty() || ids.iter().any(|id| id.0.is_empty()) {
            return Err(Error::Unsendable(later!(
                "a task without a number cannot be asked about"
            )));
        }
        let list: Vec<String> = ids.iter().map(|id| encode(&id.0).to_string()).collect();
        let path = format!(
            "task/{}/{}/{}",
            self.library(),
            self.space(),
            list.join(",")
        );
        let answer = self.read(path, Query::new()).await?;
        let tasks: Vec<task::Task> = answer.json()?;
        let mut answers: Vec<TaskAnswer<Item>> = tasks
            .into_iter()
            .map(|task| task_answer(task, answer.request_id.as_deref(), read))
            .collect();
        // A lone answer to a lone question needs no name (part A, U8).
        if let ([id], [only]) = (ids, answers.as_mut_slice()) {
            only.id.get_or_insert_with(|| id.clone());
        }
        Ok(answers)
    }
}

/// Reads the result of one item; the request id names the answer that it was in.
pub(super) type ReadItem<Item> = fn(ItemResult, Option<&str>) -> Item;

/// Refuses lists that the service would refuse.
pub(super) fn check_length(items: usize) -> Result<(), Error> {
    match items {
        0 => Err(Error::Unsendable(later!("there is nothing to send"))),
        1..=MAX_ITEMS => Ok(()),
        _ => Err(Error::Unsendable(later!(
            "one request carries at most 1000 items"
        ))),
    }
}

/// Writes a list that is known to be writable.
pub(super) fn json<T: serde::Serialize + ?Sized>(items: &T) -> Vec<u8> {
    serde_json::to_vec(items).expect("texts and booleans always become JSON")
}

/// Reads the answer to a batch request.
pub(super) fn submitted<Item>(
    answer: &Answer,
    read: ReadItem<Item>,
) -> Result<Submitted<Item>, Error> {
    let body: batch::Answer = answer.json()?;
    let request_id = answer.request_id.clone();
    let answered = match (body.result, body.task_id) {
        (Some(results), _) => BatchAnswer::Results(items(results, request_id.as_deref(), read)),
        (None, Some(task)) => BatchAnswer::Task(TaskId(task.as_str().into())),
        (None, None) => {
            return Err(Error::Unreadable(Refusal {
                status: answer.status,
                code: None,
                message: String::new(),
                request_id,
            }));
        }
    };
    Ok(Submitted {
        status: answer.status,
        request_id,
        answer: answered,
    })
}

fn task_answer<Item>(
    task: task::Task,
    request_id: Option<&str>,
    read: ReadItem<Item>,
) -> TaskAnswer<Item> {
    let state = match task.status {
        202 => TaskState::Running,
        200 | 204 | 207 | 400 => {
            let results = task.result.unwrap_or_default();
            TaskState::Finished(items(results, request_id, read))
        }
        500 => TaskState::Failed,
        _ => TaskState::Strange,
    };
    TaskAnswer {
        id: task.task_id.map(|id| TaskId(id.as_str().into())),
        status: task.status,
        state,
    }
}

fn items<Item>(
    results: Vec<ItemResult>,
    request_id: Option<&str>,
    read: ReadItem<Item>,
) -> Vec<Item> {
    results
        .into_iter()
        .map(|result| read(result, request_id))
        .collect()
}

/// Reads what became of an item that was moved or copied.
pub(super) fn relocation(mut result: ItemResult, request_id: Option<&str>) -> RelocationAnswer {
    let source = result.from.take().or(result.copy_from.take());
    RelocationAnswer {
        source: wire::path(source),
        item: item(result, request_id),
    }
}

/// Reads what became of an item that was deleted or restored.
pub(super) fn item(result: ItemResult, request_id: Option<&str>) -> ItemAnswer {
    let refusal = || Refusal {
        status: result.status,
        code: result.code.as_deref().and_then(word),
        message: sanitised(result.message.as_deref().unwrap_or_default(), &[]),
        request_id: request_id.map(str::to_owned),
    };
    let failure = match result.status {
        STILL_AT_WORK => Some(Failure {
            status: Some(STILL_AT_WORK),
            request_id: request_id.map(str::to_owned),
            ..Failure::new(
                FailureKind::Service,
                later!("the service is still at work on it"),
            )
        }),
        200..300 => None,
        _ => Some(item_failure(refusal())),
    };
    ItemAnswer {
        path: wire::path(result.path),
        id: result.recycled_item_id.as_ref().and_then(wire::id),
        status: result.status,
        failure: failure.map(Arc::new),
    }
}
