//! Asking what became of planned items, and writing a plan down. Reads only.

use std::path::Path;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use super::file;
use crate::client::Client;
use crate::domain::entry::Details;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Seen, Target};
use crate::domain::path::RemotePath;
use crate::jobs::plan::{Item, LeftOut, PlanFile};
use crate::texts::later;
use crate::tui::effect::Writing;
use crate::tui::msg::{AskStep, Msg, Ticket};
use crate::tui::state::plan::Look;

/// Questions that are on the way at the same time: others use the service too.
const AT_ONCE: usize = 4;
/// Answers that go to the screen together at most.
const TOGETHER: usize = 64;

/// Asks about each of the items and tells what was found; ends early where nothing can be asked.
pub async fn ask(client: Client, ticket: Ticket, targets: Vec<(usize, Target)>, send: Sender<Msg>) {
    let looks = stream::iter(targets).map(|(at, target)| {
        let client = client.clone();
        async move { (at, look(&client, &target).await) }
    });
    let mut looks = looks.buffer_unordered(AT_ONCE).ready_chunks(TOGETHER);
    let mut failed = None;
    while failed.is_none()
        && let Some(answers) = looks.next().await
    {
        let mut found = Vec::with_capacity(answers.len());
        for (at, look) in answers {
            match look {
                Ok(look) => found.push((at, look)),
                Err(failure) => failed = Some(failure),
            }
        }
        let step = AskStep::Found(found);
        if send.send(Msg::Asked { ticket, step }).await.is_err() {
            return;
        }
    }
    let step = AskStep::End(failed);
    // Perhaps nobody is watching any more.
    let _ = send.send(Msg::Asked { ticket, step }).await;
}

/// What is to be found of one item.
///
/// # Errors
/// A failure that the next item would meet too.
async fn look(client: &Client, target: &Target) -> Result<Look, Failure> {
    let failure = match client.details(&target.path).await {
        Ok(None) => return Ok(Look::Gone),
        Ok(Some(now)) if !target.is_still(&now) => {
            return Ok(Look::Changed(Box::new(as_it_is(target, &now))));
        }
        Ok(Some(now)) if !now.entry.can_delete => return Ok(Look::Denied),
        Ok(Some(_)) => return Ok(Look::Still),
        Err(error) => Failure::from(error),
    };
    match failure.kind {
        FailureKind::SignIn | FailureKind::Network | FailureKind::Throttled => Err(failure),
        FailureKind::Denied => Ok(Look::Denied),
        _ => Ok(Look::Unclear(Box::new(failure))),
    }
}

fn as_it_is(target: &Target, now: &Details) -> Target {
    Target {
        path: target.path.clone(),
        kind: now.entry.kind,
        size: now.entry.size,
        seen: Seen {
            modified: now.entry.modified,
            e_tag: now.e_tag.as_deref().map(Into::into),
            inode: now.inode.as_deref().map(Into::into),
            stamp: None,
        },
    }
}

/// Asks what each item is now and writes the file; what is no longer what was marked is left out.
pub async fn write(client: Client, writing: Writing) -> Result<(usize, usize), String> {
    let Writing {
        file,
        rules,
        items,
        left_out,
    } = writing;
    if Path::new(&file).exists() {
        return Err(later!("there is a file of that name already").into());
    }
    let now = Timestamp::now().to_string();
    let mut plan = PlanFile::new(now, client.library(), client.space(), rules);
    for (path, reason) in left_out {
        plan.left_out.push(left(&path, &reason));
    }
    let client = &client;
    let mut asked = stream::iter(items)
        .map(|(target, rule)| async move {
            let details = client.details(&target.path).await;
            (target, rule, details)
        })
        .buffered(AT_ONCE);
    while let Some((target, rule, details)) = asked.next().await {
        match details.map_err(|error| Failure::from(error).to_string())? {
            None => plan.left_out.push(left(&target.path, "not there")),
            Some(now) if !target.is_still(&now) => {
                let reason = "changed since it was marked";
                plan.left_out.push(left(&target.path, reason));
            }
            Some(now) if !now.entry.can_delete => {
                plan.left_out.push(left(&target.path, "no right to delete"));
            }
            Some(now) => plan.items.push(Item::new(&target.path, &now, rule)),
        }
    }
    let outcome = (plan.items.len(), plan.left_out.len());
    let save = move || file::save(&file, |open| plan.write(open));
    let written = tokio::task::spawn_blocking(save).await;
    match written {
        Ok(Ok(())) => Ok(outcome),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn left(path: &RemotePath, reason: &str) -> LeftOut {
    LeftOut {
        path: path.as_str().to_owned(),
        reason: reason.to_owned(),
    }
}
