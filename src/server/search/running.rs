//! Searches that go on while pages of them are asked for: each on a thread of its own, over the
//! folder as it is. They live a limited time and there are few of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::server::error::Fault;
use crate::server::random;
use crate::server::space::Space;
use crate::server::space::attributes::Attributes;
use crate::server::space::walk::Walk;

use super::filter::Filter;
use super::results::{Order, Results};

/// A search lapses so long after it was asked for last.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// So many searches are kept; with one more, the one that nobody asked for longest ends.
const KEPT: usize = 16;

/// An answer comes after this time at the latest (part B 7.1).
const PATIENCE: Duration = Duration::from_millis(1500);

/// The searches of one service.
pub struct Searches {
    /// The latest at the end.
    kept: Mutex<Vec<Kept>>,
    /// So many results each has at most.
    most: usize,
}

struct Kept {
    search: Arc<Search>,
    used: Timestamp,
}

/// One search.
pub struct Search {
    /// What it is asked for by.
    pub id: String,
    space: Arc<Space>,
    is_cancelled: AtomicBool,
    results: Mutex<Results>,
    progress: watch::Sender<Progress>,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    found: usize,
    is_finished: bool,
}

/// One page of a search.
pub struct Page {
    /// The paths of what was found.
    pub paths: Vec<String>,
    /// Where the next page begins; none if there is none.
    pub next: Option<usize>,
    /// Whether the search has ended.
    pub is_finished: bool,
}

impl Searches {
    /// None yet; each will have so many results at most.
    pub fn new(most: usize) -> Self {
        Self {
            kept: Mutex::default(),
            most,
        }
    }

    /// Begins a search.
    pub fn begin(
        &self,
        space: &Arc<Space>,
        filter: Filter,
        order: Order,
        walk: Walk,
        now: Timestamp,
    ) -> Result<Arc<Search>, Fault> {
        let id = random::hex::<16>()
            .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))?;
        let search = Arc::new(Search {
            id,
            space: Arc::clone(space),
            is_cancelled: AtomicBool::new(false),
            results: Mutex::new(Results::new(order, self.most)),
            progress: watch::Sender::new(Progress::default()),
        });
        let mut kept = self.kept(now);
        if kept.len() >= KEPT {
            kept.remove(0).search.cancel();
        }
        kept.push(Kept {
            search: Arc::clone(&search),
            used: now,
        });
        drop(kept);
        let working = Arc::clone(&search);
        tokio::task::spawn_blocking(move || working.work(&filter, walk));
        Ok(search)
    }

    /// The search of a space with this id, which so lives on.
    pub fn get(&self, id: &str, space: &Arc<Space>, now: Timestamp) -> Option<Arc<Search>> {
        let mut kept = self.kept(now);
        let index = position(&kept, id, space)?;
        let mut found = kept.remove(index);
        found.used = now;
        let search = Arc::clone(&found.search);
        kept.push(found);
        Some(search)
    }

    /// Ends a search; false if there is none.
    pub fn end(&self, id: &str, space: &Arc<Space>, now: Timestamp) -> bool {
        let mut kept = self.kept(now);
        let Some(index) = position(&kept, id, space) else {
            return false;
        };
        kept.remove(index).search.cancel();
        true
    }

    /// Ends those that have lapsed; whether any are left.
    pub fn forget_lapsed(&self, now: Timestamp) -> bool {
        !self.kept(now).is_empty()
    }

    fn kept(&self, now: Timestamp) -> MutexGuard<'_, Vec<Kept>> {
        let mut kept = self
            .kept
            .lock()
            .expect("no thread panics while holding the searches");
        kept.retain(|kept| {
            let is_alive = now < kept.used + LIFETIME;
            if !is_alive {
                kept.search.cancel();
            }
            is_alive
        });
        kept
    }
}

impl Search {
    /// The page behind so many results: with what is found soon, and perhaps empty while the
    /// search goes on. The same question has the same answer from then on.
    pub async fn page(&self, after: usize, length: usize) -> Result<Page, Fault> {
        let mut progress = self.progress.subscribe();
        let wanted = if after == 0 {
            usize::MAX
        } else {
            after.saturating_add(length)
        };
        // The first page waits for the end, since only then the best results are known.
        let is_enough = |progress: &Progress| progress.is_finished || progress.found >= wanted;
        let _ = tokio::time::timeout(PATIENCE, progress.wait_for(is_enough)).await;
        let is_finished = self.progress.borrow().is_finished;
        let mut results = self.results();
        let paths = results.page(after, length);
        let next = after.saturating_add(paths.len());
        let is_more = !is_finished || next < results.len();
        if paths.is_empty()
            && is_finished
            && let Some(problem) = results.problem()
        {
            return Err(problem);
        }
        let is_broken = is_finished && results.is_broken();
        Ok(Page {
            paths,
            next: (is_more || is_broken).then_some(next),
            is_finished,
        })
    }

    fn work(&self, filter: &Filter, mut walk: Walk) {
        let outcome = self.find(filter, &mut walk);
        if let Err(problem) = outcome {
            self.results().end_with(problem);
        }
        self.progress
            .send_modify(|progress| progress.is_finished = true);
    }

    fn find(&self, filter: &Filter, walk: &mut Walk) -> Result<(), Fault> {
        let nothing = Attributes::default();
        while !self.is_cancelled.load(Ordering::Relaxed)
            && let Some(step) = walk.next(&self.space)?
        {
            let Some(found) = filter.matches(&step) else {
                continue;
            };
            let mut results = self.results();
            let key = match results.order().key {
                None => 0,
                Some(key) => match found.facts.map_or_else(|| step.facts(), Ok) {
                    Ok(facts) => key(&facts, filter.said(facts.identity()).unwrap_or(&nothing)),
                    // Gone since it was listed.
                    Err(_) => continue,
                },
            };
            if !results.add(step.path, found.score, key) {
                return Err(Fault::new(
                    400,
                    "SearchTooComplex",
                    format!("a search finds {} entries at most", results.len()),
                ));
            }
            let found = results.len();
            drop(results);
            if found.is_multiple_of(20) {
                self.progress.send_modify(|progress| progress.found = found);
            }
        }
        Ok(())
    }

    fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    fn results(&self) -> MutexGuard<'_, Results> {
        self.results
            .lock()
            .expect("no thread panics while holding the results")
    }
}

fn position(kept: &[Kept], id: &str, space: &Arc<Space>) -> Option<usize> {
    kept.iter()
        .position(|kept| kept.search.id == id && Arc::ptr_eq(&kept.search.space, space))
}
