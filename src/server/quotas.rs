//! Whether there is room under a quota. What a space uses is measured now and then and remembered;
//! accounting is not in real time (part A section 6).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};

use super::error::Fault;
use super::service::{Service, on_disk};
use super::space::Space;
use super::space::problem::Problem;

/// A measurement is taken for the truth so long.
const FRESH: SignedDuration = SignedDuration::from_secs(5);

/// What each space uses, as far as it was measured.
#[derive(Default)]
pub struct Used(Mutex<HashMap<String, Known>>);

/// What is known of one space.
#[derive(Clone, Copy, Default)]
struct Known {
    measured: Option<Measured>,
    /// How many measure it at this moment.
    measuring: u32,
    /// The bytes that were put into it since one of them began, which he may have missed.
    added: u64,
}

#[derive(Clone, Copy)]
struct Measured {
    bytes: u64,
    /// When; none where it may be more than the truth.
    at: Option<Timestamp>,
}

impl Service {
    /// Refuses `bytes` more in a space whose quota has no room for them.
    ///
    /// It refuses by a fresh measurement only, and allows by an older one, to which what was
    /// uploaded since then is added.
    pub(super) async fn check_room(
        self: &Arc<Self>,
        space: &Arc<Space>,
        bytes: u64,
    ) -> Result<(), Fault> {
        let id = space.id().to_owned();
        let Some(quota) = on_disk(&self.home, move |home| home.quota_of(&id)).await? else {
            return Ok(());
        };
        let has_room = |used: u64| used.saturating_add(bytes) <= quota.capacity;
        if has_room(self.used_by(&quota.spaces, false).await?)
            || has_room(self.used_by(&quota.spaces, true).await?)
        {
            return Ok(());
        }
        Err(Problem::NoRoom.into())
    }

    /// Whether the quota of a space holds for another one as well, so that what goes from the one
    /// to the other changes nothing.
    pub(super) async fn is_one_quota(
        self: &Arc<Self>,
        space: &Arc<Space>,
        other: &str,
    ) -> Result<bool, Fault> {
        let id = space.id().to_owned();
        let quota = on_disk(&self.home, move |home| home.quota_of(&id)).await?;
        Ok(quota.is_some_and(|quota| quota.spaces.iter().any(|id| id == other)))
    }

    /// What these spaces use together, by measurements that are `fresh` or as they are.
    pub(super) async fn used_by(
        self: &Arc<Self>,
        spaces: &[String],
        fresh: bool,
    ) -> Result<u64, Fault> {
        let mut sum = 0u64;
        for id in spaces {
            sum = sum.saturating_add(self.used(id, fresh).await?);
        }
        Ok(sum)
    }

    async fn used(self: &Arc<Self>, id: &str, fresh: bool) -> Result<u64, Fault> {
        let now = self.now();
        let known = self.used.get(id);
        let is_fresh = |at: Timestamp| now.duration_since(at) <= FRESH;
        match known.measured {
            Some(measured) if measured.at.is_some_and(is_fresh) => Ok(measured.bytes),
            Some(measured) if !fresh => {
                if known.measuring == 0 {
                    let (service, id) = (Arc::clone(self), id.to_owned());
                    tokio::spawn(async move { service.measure(&id).await });
                }
                Ok(measured.bytes)
            }
            _ => self.measure(id).await,
        }
    }

    async fn measure(self: &Arc<Self>, id: &str) -> Result<u64, Fault> {
        let now = self.now();
        self.used.begin(id);
        let measured = match self.enter(id).await {
            Ok(space) => on_disk(&space, Space::used).await,
            // It holds nothing.
            Err(fault) if fault.code == "SpaceNotFound" => Ok(0),
            Err(fault) => Err(fault),
        };
        self.used.end(id, now, measured.as_ref().ok().copied());
        measured
    }
}

impl Used {
    /// Adds what was put into a space.
    pub fn add(&self, space: &str, bytes: u64) {
        if let Some(known) = self.all().get_mut(space) {
            known.add(bytes);
        }
    }

    /// Adds what came from another space under the same quota, whose measurement still has it.
    pub fn add_moved(&self, space: &str, bytes: u64) {
        if let Some(known) = self.all().get_mut(space) {
            known.add(bytes);
            if let Some(measured) = &mut known.measured {
                measured.at = None;
            }
        }
    }

    fn get(&self, space: &str) -> Known {
        self.all().get(space).copied().unwrap_or_default()
    }

    fn begin(&self, space: &str) {
        let mut all = self.all();
        let known = all.entry(space.to_owned()).or_default();
        if known.measuring == 0 {
            known.added = 0;
        }
        known.measuring += 1;
    }

    fn end(&self, space: &str, at: Timestamp, bytes: Option<u64>) {
        let mut all = self.all();
        let known = all.entry(space.to_owned()).or_default();
        known.measuring = known.measuring.saturating_sub(1);
        if let Some(bytes) = bytes {
            known.measured = Some(Measured {
                bytes: bytes.saturating_add(known.added),
                at: (known.added == 0).then_some(at),
            });
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0
            .lock()
            .expect("no thread panics while holding the measurements")
    }
}

impl Known {
    fn add(&mut self, bytes: u64) {
        self.added = self.added.saturating_add(bytes);
        if let Some(measured) = &mut self.measured {
            measured.bytes = measured.bytes.saturating_add(bytes);
        }
    }
}
