//! Listings and details of entries, and the size of the space (part B 2.1 and 2.3, part A 5.5).

use crate::domain::entry::{Details, Entry, Marker, Page};
use crate::domain::order::{Order, SortKey};
use crate::domain::path::RemotePath;
use crate::protocol::{directory, space};

use super::address::Query;
use super::{Client, Error, wire};

/// What every service accepts as the length of a page (part B 0.2).
const SAFE_LIMIT: u32 = 100;

impl Client {
    /// One page of a directory, at most `limit` entries (1 to 1000).
    ///
    /// The service may give fewer, and may disregard the order: the end is where no marker comes,
    /// and nowhere else. A service that refuses `limit` is asked once more with 100.
    ///
    /// # Errors
    /// No such directory, no right to see it, no answer; [`Error::Endless`] if the service gives
    /// back the marker it was asked with.
    pub async fn list(
        &self,
        dir: &RemotePath,
        order: Order,
        after: Option<&Marker>,
        limit: u32,
    ) -> Result<Page<Entry>, Error> {
        let answer = match self.page_of(dir, order, after, limit).await {
            Err(Error::Refused(refusal))
                if limit > SAFE_LIMIT
                    && refusal.status == 400
                    && refusal.code.as_deref() == Some("ParamInvalid") =>
            {
                self.page_of(dir, order, after, SAFE_LIMIT).await?
            }
            answer => answer?,
        };
        let next = wire::marker(answer.next_marker);
        if next.is_some() && next.as_ref() == after {
            return Err(Error::Endless);
        }
        Ok(Page {
            items: answer
                .contents
                .into_iter()
                .filter_map(wire::entry)
                .collect(),
            next,
            total: answer.total_num,
        })
    }

    async fn page_of(
        &self,
        dir: &RemotePath,
        order: Order,
        after: Option<&Marker>,
        limit: u32,
    ) -> Result<directory::Page, Error> {
        let key = match order.key {
            SortKey::Name => Some("name"),
            SortKey::Size => Some("size"),
            SortKey::Modified => Some("modificationTime"),
            SortKey::Created => Some("creationTime"),
            // Not an order of the service: the caller sorts.
            SortKey::Extension => None,
        };
        let direction = if order.reversed { "desc" } else { "asc" };
        let query = Query::new()
            .with("by-marker", "1")
            .maybe("marker", after.map(|marker| marker.0.as_str()))
            .with("limit", &limit.to_string())
            .maybe("order_by", key)
            .maybe("order_by_type", key.map(|_| direction));
        self.read(self.directory(dir), query).await?.json()
    }

    /// The details of a file or directory; none if there is no such entry.
    ///
    /// # Errors
    /// No right to see it, or no answer.
    pub async fn stat(&self, path: &RemotePath) -> Result<Option<Entry>, Error> {
        let query = Query::new().with("info", "1");
        match self.read(self.directory(path), query).await {
            Ok(answer) => Ok(Some(wire::nameless(answer.json()?))),
            Err(Error::Refused(refusal)) if is_absent(&refusal) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Bytes in the space; none where the service does not say.
    ///
    /// # Errors
    /// No right to ask, or no answer.
    pub async fn space_size(&self) -> Result<Option<u64>, Error> {
        let path = format!("space/{}/{}/size", self.library(), self.space());
        let answer: space::Size = self.read(path, Query::new()).await?.json()?;
        Ok(answer.size)
    }

    /// All that the service says about a file or directory; none if there is no such entry.
    ///
    /// # Errors
    /// As those of [`Client::stat`].
    pub async fn details(&self, path: &RemotePath) -> Result<Option<Details>, Error> {
        let query = Query::new().with("info", "1").with("with_inode", "1");
        match self.read(self.directory(path), query).await {
            Ok(answer) => Ok(Some(wire::details(answer.json()?))),
            Err(Error::Refused(refusal)) if is_absent(&refusal) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn directory(&self, path: &RemotePath) -> String {
        self.entry("directory", path)
    }
}

/// Whether a 404 speaks of the entry, and not of the library, the space or the route.
pub(super) fn is_absent(refusal: &super::Refusal) -> bool {
    refusal.status == 404
        && !matches!(
            refusal.code.as_deref(),
            Some("LibraryNotFound" | "SpaceNotFound" | "RouteNotFound" | "WrongLibraryIdOrSecret")
        )
}
