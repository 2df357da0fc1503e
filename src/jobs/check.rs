//! Looking at what is there after an unclear answer, before anything is sent again
//! (part A 2.9 and 9.5). Reads only.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::client::batch::{Removal, STILL_AT_WORK};
use crate::client::{Client, Error};
use crate::domain::bin::{RecycledEntry, RecycledId};
use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Items, Outcome, Recycled, Relocation, Target};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::texts::later;

use super::policy::Policy;
use super::relocate::How;
use super::report::{Report, Stop};

/// Entries of one directory that are asked for one by one; more are looked up in its listing.
const FEW: usize = 16;
/// The longest page of a listing.
const PAGE: u32 = 1000;
/// The longest page of the bin.
pub(super) const BIN_PAGE: u32 = 100;
/// Removal times are the service's, and its `Date` has whole seconds.
pub const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// An item whose fate is open, and why.
pub struct Open {
    /// Its number in the job.
    pub index: usize,
    /// What made it unclear.
    pub failure: Arc<Failure>,
    /// Whether the service may still be at work on it: seen to be there now, it may be gone later.
    pub may_go_on: bool,
}

impl Open {
    /// All items of a request to which no clear answer came.
    pub fn all(chunk: &[usize], failure: &Failure) -> Vec<Self> {
        // With a plain 500 the service has spoken its last word (part A 10.1); every other unclear
        // end, a lost answer above all, says nothing about what it goes on doing.
        let may_go_on = failure.status != Some(500);
        let failure = Arc::new(failure.clone());
        chunk
            .iter()
            .map(|&index| Self {
                index,
                failure: Arc::clone(&failure),
                may_go_on,
            })
            .collect()
    }

    /// An item that the answer to its request does not mention.
    pub fn unmentioned(index: usize) -> Self {
        let text = later!("the service did not say what became of it");
        Self::one(index, Failure::new(FailureKind::Service, text))
    }

    /// An item for which the answer to its request has no clear word.
    pub fn one(index: usize, failure: impl Into<Arc<Failure>>) -> Self {
        let failure = failure.into();
        let may_go_on = failure.status == Some(STILL_AT_WORK);
        Self {
            index,
            failure,
            may_go_on,
        }
    }
}

/// Those of the entries that are gone, or no longer what was chosen. Each is asked for by itself.
///
/// # Errors
/// One of them could not be seen.
pub async fn changed(
    client: &Client,
    policy: &Policy,
    chosen: Vec<(usize, Target)>,
) -> Result<Vec<(usize, Outcome)>, Error> {
    let looks = chosen.into_iter().map(|(index, target)| async move {
        let now = client.details(&target.path).await?;
        Ok(match now {
            None => Some((index, Outcome::AlreadyGone)),
            Some(now) if !target.is_still(&now) => Some((index, Outcome::Changed)),
            Some(_) => None,
        })
    });
    let looks = stream::iter(looks).buffered(policy.at_once.max(1));
    looks
        .try_filter_map(|seen| ready(Ok(seen)))
        .try_collect()
        .await
}

/// What became of entries that a request of the time `sent` was to delete.
///
/// Still there: not done, or not yet; and not sent again here, for by now it may be another object.
/// Not there, and the bin has it: recycled. Not there, nor in a bin that exists: somebody else was
/// faster.
pub async fn deleted(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    targets: &Items<Target>,
    open: &[Open],
    removal: Removal,
    sent: Timestamp,
) -> Result<Vec<(usize, Outcome)>, Error> {
    report.checking().await;
    let paths: Vec<RemotePath> = open
        .iter()
        .map(|item| targets.at(item.index).path)
        .collect();
    let still_there = remaining(client, policy, report, &paths).await?;
    let gone: Vec<RemotePath> = paths
        .iter()
        .filter(|path| !still_there.contains(*path))
        .cloned()
        .collect();
    let since = client.service_time(sent) - SLACK;
    let bin = match removal {
        Removal::ForEver => Search::NoBin,
        Removal::ToBin if gone.is_empty() => Search::NoBin,
        Removal::ToBin => newest_in_bin(client, policy.bin_pages, &gone, since).await?,
    };
    let outcomes = open
        .iter()
        .zip(&paths)
        .map(|(item, path)| {
            let outcome = if still_there.contains(path) {
                let failure = still(&item.failure, later!("it is still there"));
                if item.may_go_on {
                    Outcome::Unknown(failure)
                } else {
                    Outcome::Failed(failure)
                }
            } else {
                match &bin {
                    Search::NoBin => Outcome::Deleted,
                    Search::Whole(found) => match found.get(path) {
                        Some(entry) => Outcome::Recycled(entry.id.clone()),
                        None => Outcome::AlreadyGone,
                    },
                    Search::Cut(found) => match found.get(path) {
                        Some(entry) => Outcome::Recycled(entry.id.clone()),
                        None => Outcome::Unknown(still(
                            &item.failure,
                            later!(
                                "it is gone, and the bin is too long to say whether it is in there"
                            ),
                        )),
                    },
                }
            };
            (item.index, outcome)
        })
        .collect();
    Ok(outcomes)
}

/// What became of items of the bin that a request was to delete for good.
pub async fn taken_out(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &Items<Recycled>,
    open: &[Open],
) -> Result<Vec<(usize, Outcome)>, Error> {
    left_bin(client, policy, report, items, open, &Outcome::Deleted).await
}

/// What became of items of the bin that a request was to put back. Not in the bin any more is not
/// enough to call it back: somebody may have deleted it for good. It has to be seen at its place.
pub async fn put_back(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &Items<Recycled>,
    open: &[Open],
) -> Result<Vec<(usize, Outcome)>, Error> {
    let failure = Failure::new(
        FailureKind::Service,
        later!("it is no longer in the bin, and was not seen at its old place"),
    );
    let gone = Outcome::Unknown(failure.into());
    let mut outcomes = left_bin(client, policy, report, items, open, &gone).await?;
    let left: FxHashSet<RemotePath> = outcomes
        .iter()
        .filter(|(_, outcome)| *outcome == gone)
        .map(|(index, _)| items.at(*index).path)
        .collect();
    let seen = there(client, &left).await?;
    for (index, outcome) in &mut outcomes {
        if *outcome == gone && seen.contains(&items.at(*index).path) {
            *outcome = Outcome::Restored(None);
        }
    }
    Ok(outcomes)
}

/// What became of entries that a request was to move or copy. Something at the new place is taken
/// for the moved entry where the old place is empty, and for nothing where it need not be the one.
pub async fn relocated(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &Items<Relocation>,
    open: &[Open],
    how: How,
) -> Result<Vec<(usize, Outcome)>, Error> {
    report.checking().await;
    let asked = |item: &Open| items.at(item.index);
    let places = open.iter().map(asked);
    let paths: FxHashSet<RemotePath> = places.flat_map(|item| [item.from, item.to]).collect();
    let mut look = 0;
    let seen = loop {
        let seen = there(client, &paths).await?;
        look += 1;
        let is_done = |item: &Open| match how {
            How::Move => !seen.contains(&asked(item).from),
            How::Copy => seen.contains(&asked(item).to),
        };
        if open.iter().all(is_done) || look >= policy.looks || wait(policy, report, look).await {
            break seen;
        }
    };
    let outcomes = open
        .iter()
        .map(|item| {
            let Relocation {
                from, to, strategy, ..
            } = &asked(item);
            let not_known = |text| Outcome::Unknown(still(&item.failure, text));
            let outcome = match (how, seen.contains(from), seen.contains(to)) {
                (How::Move, true, _) | (How::Copy, _, false) => {
                    let failure = still(&item.failure, later!("it is not at the new place"));
                    if item.may_go_on {
                        Outcome::Unknown(failure)
                    } else {
                        Outcome::Failed(failure)
                    }
                }
                (How::Move, false, true) if *strategy != Strategy::Rename => {
                    Outcome::Placed(to.clone())
                }
                (How::Move, false, true) => not_known(later!(
                    "it has left its old place, and may have got another name"
                )),
                (How::Move, false, false) => {
                    not_known(later!("it is neither at its old place nor at the new one"))
                }
                (How::Copy, _, true) => not_known(later!(
                    "something is at the new place; it may not be the copy"
                )),
            };
            (item.index, outcome)
        })
        .collect();
    Ok(outcomes)
}

/// A look at the bin; `left` is the outcome of the items that are not in it any more.
async fn left_bin(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    items: &Items<Recycled>,
    open: &[Open],
    left: &Outcome,
) -> Result<Vec<(usize, Outcome)>, Error> {
    report.checking().await;
    let mut look = 0;
    let (still_in, is_whole) = loop {
        let wanted = open.iter().map(|item| items.at(item.index).id).collect();
        let found = ids_in_bin(client, policy.bin_pages, &wanted).await?;
        look += 1;
        if found.0.is_empty() || look >= policy.looks || wait(policy, report, look).await {
            break found;
        }
    };
    let outcomes = open
        .iter()
        .map(|item| {
            let outcome = if still_in.contains(&items.at(item.index).id) {
                // Sent again it names the same item by its id: there is nothing to mistake it for.
                Outcome::Failed(still(&item.failure, later!("it is still in the bin")))
            } else if is_whole {
                left.clone()
            } else {
                Outcome::Unknown(still(
                    &item.failure,
                    later!("the bin is too long to say whether it is still in there"),
                ))
            };
            (item.index, outcome)
        })
        .collect();
    Ok(outcomes)
}

/// Those of `paths` that are there. Looked for several times: the service may still be at work on
/// a request whose answer did not come in time.
async fn remaining(
    client: &Client,
    policy: &Policy,
    report: &mut Report,
    paths: &[RemotePath],
) -> Result<FxHashSet<RemotePath>, Error> {
    let mut still_there: FxHashSet<RemotePath> = paths.iter().cloned().collect();
    for look in 1..=policy.looks.max(1) {
        still_there = there(client, &still_there).await?;
        if still_there.is_empty() || look == policy.looks.max(1) || wait(policy, report, look).await
        {
            break;
        }
    }
    Ok(still_there)
}

async fn wait(policy: &Policy, report: &mut Report, look: usize) -> bool {
    let number = u32::try_from(look).unwrap_or(u32::MAX);
    let pause: Duration = policy.poll.pause(number);
    report.pause(pause, Stop::Leave).await
}

/// One look at `paths`, directory by directory.
async fn there(
    client: &Client,
    paths: &FxHashSet<RemotePath>,
) -> Result<FxHashSet<RemotePath>, Error> {
    let mut by_parent: FxHashMap<RemotePath, FxHashSet<&str>> = FxHashMap::default();
    for path in paths {
        let parent = path.parent().unwrap_or_else(RemotePath::root);
        by_parent.entry(parent).or_default().insert(path.name());
    }
    let mut found = FxHashSet::default();
    for (parent, mut names) in by_parent {
        let mut after = None;
        let mut pages = if names.len() <= FEW { 0 } else { names.len() };
        // A listing that takes more requests than there are names is no shorter way.
        while pages > 0 {
            pages -= 1;
            let page = match client
                .list(&parent, Order::default(), after.as_ref(), PAGE)
                .await
            {
                Ok(page) => page,
                Err(error) if is_absent(&error) => {
                    names.clear();
                    break;
                }
                Err(error) => return Err(error),
            };
            for entry in page.entries.iter() {
                if names.remove(entry.name())
                    && let Ok(path) = parent.join(entry.name())
                {
                    found.insert(path);
                }
            }
            if page.next.is_none() {
                names.clear();
                break;
            }
            after = page.next;
        }
        for name in names {
            let Ok(path) = parent.join(name) else {
                continue;
            };
            if client.stat(&path).await?.is_some() {
                found.insert(path);
            }
        }
    }
    Ok(found)
}

/// What a search of the bin by path has brought.
pub enum Search {
    /// The library has no bin.
    NoBin,
    /// All of the bin that matters was read.
    Whole(FxHashMap<RemotePath, RecycledEntry>),
    /// The bin was too long to be read to its end.
    Cut(FxHashMap<RemotePath, RecycledEntry>),
}

/// The newest item of each of `paths` in the bin, if it was removed at `since` or later, by the
/// service's clock.
///
/// # Errors
/// No answer, or no right to see the bin.
pub async fn newest_in_bin(
    client: &Client,
    pages: usize,
    paths: &[RemotePath],
    since: Timestamp,
) -> Result<Search, Error> {
    let paths: FxHashSet<&RemotePath> = paths.iter().collect();
    let mut found: FxHashMap<RemotePath, RecycledEntry> = FxHashMap::default();
    let mut after = None;
    let mut last = Timestamp::MAX;
    let mut is_sorted = true;
    for _ in 0..pages {
        let page = match client.bin(after.as_ref(), BIN_PAGE).await {
            Ok(page) => page,
            Err(error) if has_no_bin(&error) => return Ok(Search::NoBin),
            Err(error) => return Err(error),
        };
        for entry in page.items {
            let removed = entry.removed.unwrap_or(Timestamp::MAX);
            is_sorted &= removed <= last;
            last = removed;
            if removed < since || !paths.contains(&entry.path) {
                continue;
            }
            let is_newer = found
                .get(&entry.path)
                .is_none_or(|other| other.removed < entry.removed);
            if is_newer {
                found.insert(entry.path.clone(), entry);
            }
        }
        // The order is only asked for: what is not sorted has to be read to its end.
        let has_all = found.len() == paths.len() || last < since;
        if page.next.is_none() || (is_sorted && has_all) {
            return Ok(Search::Whole(found));
        }
        after = page.next;
    }
    Ok(Search::Cut(found))
}

/// Those of `wanted` that are in the bin, and whether all of it was read.
async fn ids_in_bin(
    client: &Client,
    pages: usize,
    wanted: &FxHashSet<RecycledId>,
) -> Result<(FxHashSet<RecycledId>, bool), Error> {
    let mut found = FxHashSet::default();
    let mut after = None;
    for _ in 0..pages {
        let page = client.bin(after.as_ref(), BIN_PAGE).await?;
        let ids = page.items.into_iter().map(|entry| entry.id);
        found.extend(ids.filter(|id| wanted.contains(id)));
        if page.next.is_none() || found.len() == wanted.len() {
            return Ok((found, true));
        }
        after = page.next;
    }
    Ok((found, false))
}

fn is_absent(error: &Error) -> bool {
    Failure::from(error).kind == FailureKind::Absent
}

/// Whether the library has no bin at all (part A section 8).
pub fn has_no_bin(error: &Error) -> bool {
    error
        .refusal()
        .is_some_and(|refusal| refusal.code.as_deref() == Some("RecycleBinNotEnabled"))
}

/// Nothing could be seen of these items.
pub fn unknown(open: &[Open], error: &Error) -> Vec<(usize, Outcome)> {
    open.iter()
        .map(|item| (item.index, Outcome::Unknown(unseen(&item.failure, error))))
        .collect()
}

/// A failure, and what looking has brought.
fn still(failure: &Failure, seen: &str) -> Arc<Failure> {
    let mut failure = failure.clone();
    failure.message = format!("{}; {seen}", failure.message);
    failure.into()
}

fn unseen(failure: &Failure, error: &Error) -> Arc<Failure> {
    let mut told = Failure::from(error);
    told.message = format!(
        "{}; {}: {}",
        failure.message,
        later!("looking at what is there failed too"),
        told.message
    );
    told.into()
}
