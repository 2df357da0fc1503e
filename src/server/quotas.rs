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
pub struct Used(Mutex<HashMap<String, Measured>>);

#[derive(Clone, Copy)]
struct Measured {
    bytes: u64,
    at: Timestamp,
    /// Whether somebody is measuring it anew.
    is_measuring: bool,
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
        match known {
            Some(known) if now.duration_since(known.at) <= FRESH => Ok(known.bytes),
            Some(known) if !fresh => {
                if self.used.begin(id) {
                    let (service, id) = (Arc::clone(self), id.to_owned());
                    tokio::spawn(async move { service.measure(&id).await });
                }
                Ok(known.bytes)
            }
            _ => self.measure(id).await,
        }
    }

    async fn measure(self: &Arc<Self>, id: &str) -> Result<u64, Fault> {
        let now = self.now();
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
    /// Adds what was put into a space since it was measured.
    pub fn add(&self, space: &str, bytes: u64) {
        if let Some(measured) = self.all().get_mut(space) {
            measured.bytes = measured.bytes.saturating_add(bytes);
        }
    }

    fn get(&self, space: &str) -> Option<Measured> {
        self.all().get(space).copied()
    }

    /// Notes that somebody measures a space; false if somebody else does.
    fn begin(&self, space: &str) -> bool {
        let mut all = self.all();
        let Some(measured) = all.get_mut(space) else {
            return true;
        };
        !std::mem::replace(&mut measured.is_measuring, true)
    }

    fn end(&self, space: &str, at: Timestamp, bytes: Option<u64>) {
        let mut all = self.all();
        match bytes {
            Some(bytes) => {
                let measured = Measured {
                    bytes,
                    at,
                    is_measuring: false,
                };
                all.insert(space.to_owned(), measured);
            }
            None => {
                if let Some(measured) = all.get_mut(space) {
                    measured.is_measuring = false;
                }
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Measured>> {
        self.0
            .lock()
            .expect("no thread panics while holding the measurements")
    }
}
