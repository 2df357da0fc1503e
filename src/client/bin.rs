//! The recycle bin: listing it, putting back, deleting for good (part A section 8).

use reqwest::Method;

use crate::domain::bin::{RecycledEntry, RecycledId};
use crate::domain::conflict::Strategy;
use crate::domain::entry::{Marker, Page};
use crate::domain::failure::Failure;
use crate::protocol::directory::Placed;
use crate::protocol::lenient::Opaque;
use crate::protocol::recycle;
use crate::texts::later;

use super::address::Query;
use super::batch::{BatchAnswer, ItemAnswer, Submitted, check_length, item, json, submitted};
use super::relocate::with_strategy;
use super::{Client, Error, wire};

/// The longest page that every service gives (part A 8.1).
const LONGEST_PAGE: u32 = 100;

impl Client {
    /// One page of the bin, asked for with the newest removal first, at most `limit` items (1 to
    /// 100). The service may disregard the order.
    ///
    /// # Errors
    /// A library without a bin (`RecycleBinNotEnabled`), no answer; [`Error::Endless`] if the
    /// service gives back the marker it was asked with.
    pub async fn bin(
        &self,
        after: Option<&Marker>,
        limit: u32,
    ) -> Result<Page<RecycledEntry>, Error> {
        let query = Query::new()
            .with("by-marker", "1")
            .maybe("marker", after.map(|marker| marker.0.as_str()))
            .with("limit", &limit.clamp(1, LONGEST_PAGE).to_string())
            .with("order_by", "removalTime")
            .with("order_by_type", "desc");
        let page: recycle::Page = self.read(self.recycled(), query).await?.json()?;
        let next = wire::marker(page.next_marker);
        if next.is_some() && next.as_ref() == after {
            return Err(Error::Endless);
        }
        Ok(Page {
            items: page
                .contents
                .into_iter()
                .filter_map(wire::recycled)
                .collect(),
            next,
            total: page.total_num,
        })
    }

    /// Puts items of the bin back; the service renames where a name is taken (part A 8.5). Sent
    /// once.
    ///
    /// # Errors
    /// As those of [`Client::delete_batch`].
    pub async fn restore_batch(&self, ids: &[RecycledId]) -> Result<Submitted, Error> {
        let body = id_list(ids)?;
        let query = Query::new().flag("restore");
        let answer = self
            .change(Method::POST, self.recycled(), query, Some(body))
            .await?;
        submitted(&answer, item)
    }

    /// Puts one item of the bin back, with a strategy for a name that is taken (part A 8.4). Sent
    /// once. What the service says against this item is the result of the item.
    ///
    /// # Errors
    /// An id that is no number; else as those of [`Client::delete_batch`].
    pub async fn restore_one(
        &self,
        id: &RecycledId,
        strategy: Strategy,
    ) -> Result<Submitted, Error> {
        // Nothing else may stand in the address: without an id it would name the whole bin.
        if id.0.is_empty() || !id.0.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::Unsendable(later!(
                "an item of the bin whose id is no number can only be put back under a new name where its name is taken"
            )));
        }
        let path = format!("{}/{}", self.recycled(), id.0);
        let query = with_strategy(strategy).flag("restore");
        let answered = self.change(Method::POST, path, query, None).await;
        let item = |path, status, failure| ItemAnswer {
            path,
            id: Some(id.clone()),
            status,
            failure,
        };
        let (status, request_id, item) = match answered {
            Ok(answer) => {
                let placed: Option<Placed> = answer.json_if_any()?;
                let path = wire::path(placed.and_then(|placed| placed.path));
                (
                    answer.status,
                    answer.request_id,
                    item(path, answer.status, None),
                )
            }
            Err(error) => {
                let failure = Failure::from(&error);
                let Some(status @ (404 | 409)) = failure.status else {
                    return Err(error);
                };
                let request_id = failure.request_id.clone();
                (status, request_id, item(None, status, Some(failure.into())))
            }
        };
        Ok(Submitted {
            status,
            request_id,
            answer: BatchAnswer::Results(vec![item]),
        })
    }

    /// Deletes items of the bin for good, all or none (part A 8.7). Sent once.
    ///
    /// # Errors
    /// As those of [`Client::delete_batch`]; nothing is said about single items.
    pub async fn purge_batch(&self, ids: &[RecycledId]) -> Result<(), Error> {
        let body = id_list(ids)?;
        let query = Query::new().flag("delete");
        self.change(Method::POST, self.recycled(), query, Some(body))
            .await?;
        Ok(())
    }

    /// Deletes everything in the bin for good (part A 8.8). Sent once.
    ///
    /// # Errors
    /// As those of [`Client::delete_batch`].
    pub async fn empty_bin(&self) -> Result<(), Error> {
        self.change(Method::DELETE, self.recycled(), Query::new(), None)
            .await?;
        Ok(())
    }

    fn recycled(&self) -> String {
        format!("recycled/{}/{}", self.library(), self.space())
    }
}

/// Writes a list of ids, as integers where they are integers. No id to be deleted ever stands in an
/// address: an empty one there would turn "delete this one" into "empty the bin" (part A 8.8).
fn id_list(ids: &[RecycledId]) -> Result<Vec<u8>, Error> {
    check_length(ids.len())?;
    if ids.iter().any(|id| id.0.trim().is_empty()) {
        return Err(Error::Unsendable(later!(
            "an item of the bin without an id cannot be named"
        )));
    }
    let ids: Vec<Opaque> = ids.iter().map(|id| Opaque::from(id.0.as_str())).collect();
    Ok(json(&ids))
}
