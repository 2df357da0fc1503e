//! `task`: what the service says about tasks, once.

use serde::Serialize;

use crate::client::batch::TaskState;
use crate::domain::job::TaskId;
use crate::domain::path::RemotePath;

use super::World;
use super::args::Task;
use super::connect::connect;
use super::exit::Exit;
use super::output::{self, Output};

#[derive(Serialize)]
struct Line<'a> {
    task: &'a str,
    state: &'static str,
    status: Option<u16>,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    path: Option<String>,
    recycled_id: Option<String>,
    status: u16,
    code: Option<String>,
    message: Option<String>,
}

/// Asks about all of them in one request.
pub async fn run(world: &World, task: Task) -> anyhow::Result<Exit> {
    let ids: Vec<TaskId> = task
        .ids
        .iter()
        .map(|id| TaskId(id.as_str().into()))
        .collect();
    let connection = connect(world, &task.place).await?;
    let answers = connection.client.tasks(&ids).await;
    connection.close().await;
    let answers = answers?;
    let mut output = Output::default();
    let mut exit = Exit::Done;
    for id in &ids {
        let answer = answers.iter().find(|answer| answer.id.as_ref() == Some(id));
        let (state, items) = match answer.map(|answer| &answer.state) {
            None => ("unknown", &[] as &[_]),
            Some(TaskState::Running) => ("running", &[] as &[_]),
            Some(TaskState::Finished(items)) => ("finished", items.as_slice()),
            Some(TaskState::Failed) => ("failed", &[] as &[_]),
            Some(TaskState::Strange) => ("strange", &[] as &[_]),
        };
        let failed = items.iter().filter(|item| item.failure.is_some()).count();
        if failed > 0 || matches!(state, "unknown" | "failed" | "strange") {
            exit = Exit::SomeFailed;
        }
        if task.json {
            output.json(&Line {
                task: &id.0,
                state,
                status: answer.map(|answer| answer.status),
                items: items.iter().map(Item::from).collect(),
            });
            continue;
        }
        let shown = output::line(&id.0);
        output.line(&format!(
            "task {shown}: {state}, {} of {} items failed",
            failed,
            items.len()
        ));
        for item in items {
            if let Some(failure) = &item.failure {
                let path = item.path.as_ref().map_or_else(|| "?".into(), output::path);
                output.line(&format!(
                    "  failed: {path}: {}",
                    output::line(&failure.to_string())
                ));
            }
        }
    }
    Ok(exit)
}

impl From<&crate::client::batch::ItemAnswer> for Item {
    fn from(answer: &crate::client::batch::ItemAnswer) -> Self {
        let failure = answer.failure.as_ref();
        Self {
            path: answer
                .path
                .as_ref()
                .map(RemotePath::as_str)
                .map(str::to_owned),
            recycled_id: answer.id.as_ref().map(|id| id.0.to_string()),
            status: answer.status,
            code: failure.and_then(|failure| failure.code.as_ref().map(ToString::to_string)),
            message: failure.map(|failure| failure.message.clone()),
        }
    }
}
