//! How long things stay in the bin (part A 8.9). Without a word about it they stay for ever.

use jiff::{SignedDuration, Timestamp};

use super::Space;
use super::facts::Facts;
use super::place::id_name;
use super::problem::Problem;
use super::restore::RUN;
use super::store::Store;

/// It may be said once in this time.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

impl Space {
    /// Says how many days things stay in the bin from now on.
    pub fn set_lifecycle(&self, days: u32) -> Result<(), Problem> {
        self.with_bin()?;
        let now = self.now();
        let mut store = self.store()?;
        if let Some((_, changed)) = store.ledger.lifecycle()?
            && now.duration_since(changed) < PAUSE
            && changed <= now
        {
            return Err(Problem::TooOften);
        }
        let change = store.ledger.change()?;
        change.set_lifecycle(days, now)?;
        Ok(change.commit()?)
    }

    /// Purges the things whose time is over.
    pub(super) fn purge_expired(&self) -> Result<(), Problem> {
        if !self.has_bin {
            return Ok(());
        }
        while !self.is_stopping() {
            let Some(mut store) = self.store_if_any()? else {
                return Ok(());
            };
            let ids = store.ledger.bin_expired(self.now(), RUN as u64)?;
            if ids.is_empty() {
                return Ok(());
            }
            store.purge(&ids)?;
        }
        Ok(())
    }

    /// What the disk says about a thing in the bin.
    pub fn look_at_recycled(&self, id: u64) -> Result<Facts, Problem> {
        self.bin_row(id)?;
        let store = self.store_if_any()?.ok_or(Problem::ItemMissing)?;
        Facts::of(&store.bin, id_name(id).as_ref()).map_err(|_| Problem::ItemMissing)
    }
}

impl Store {
    /// When what is recycled now goes for good.
    pub(super) fn expiry(
        &self,
        default: Option<u32>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Problem> {
        let said = self.ledger.lifecycle()?.map(|(days, _)| days);
        Ok(said.or(default).map(|days| {
            let time = SignedDuration::from_hours(24 * i64::from(days));
            now.saturating_add(time).unwrap_or(Timestamp::MAX)
        }))
    }
}
