//! Quotas in the ledger of the whole library, and how much of them a space uses.

use crate::domain::path::RemotePath;
use crate::server::ledger::QuotaRow;

use super::Space;
use super::problem::Problem;

impl Space {
    /// The quota with this number.
    pub fn quota(&self, id: u64) -> Result<Option<QuotaRow>, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.quota(id)?),
            None => Ok(None),
        }
    }

    /// The quota that holds for a space.
    pub fn quota_of(&self, space: &str) -> Result<Option<QuotaRow>, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.quota_of(space)?),
            None => Ok(None),
        }
    }

    /// All quotas together, in bytes.
    pub fn allocated(&self) -> Result<Option<u64>, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.allocated()?),
            None => Ok(None),
        }
    }

    /// Writes a quota, a new one where its number is 0; returns its number.
    pub fn put_quota(&self, mut row: QuotaRow) -> Result<u64, Problem> {
        let mut store = self.store()?;
        for space in &row.spaces {
            let other = store.ledger.quota_of(space)?;
            if other.is_some_and(|other| other.id != row.id) {
                return Err(Problem::DuplicateQuota);
            }
        }
        let mut change = store.ledger.change()?;
        if row.id == 0 {
            row.id = change.reserve(1)?;
        }
        change.put_quota(&row)?;
        change.commit()?;
        Ok(row.id)
    }

    /// The bytes that count against a quota: the files, what is in the bin, and old versions.
    pub fn used(&self) -> Result<u64, Problem> {
        let tree = self.measure(&RemotePath::root())?;
        let (bin, history) = (self.measure_bin()?, self.measure_history()?);
        Ok([tree, bin, history]
            .iter()
            .fold(0, |sum: u64, totals| sum.saturating_add(totals.bytes)))
    }
}
