//! Listings and details of entries, and the size of the space (part B 2.1 and 2.3, part A 5.5).

use std::sync::{Arc, Mutex, PoisonError};

use memchr::{memchr, memmem};
use serde::de::IgnoredAny;
use tokio::sync::oneshot;

use crate::domain::entry::{Details, Entry, EntryPage, Facts, KnownPage, Marker, Tag};
use crate::domain::order::{Order, SortKey};
use crate::domain::path::RemotePath;
use crate::domain::usage::Usage;
use crate::protocol::{directory, space};

use super::address::Query;
use super::transport::{Answer, Call, Watch, read};
use super::{Client, Error, wire};

/// The field that holds a marker.
const KEY: &[u8] = b"\"nextMarker\"";
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
    ) -> Result<EntryPage, Error> {
        let page = self.page(dir, sorted(order), after, limit, None).await?;
        page.read()
    }

    /// The same with the entries still to be read. Where the next page seems to begin is told as soon
    /// as it is seen, mostly long before all of this one is here, so that it can be asked for
    /// meanwhile; whether it does is known only when this one is read.
    ///
    /// # Errors
    /// As those of [`Client::list`].
    pub async fn list_ahead(
        &self,
        dir: &RemotePath,
        order: Order,
        after: Option<&Marker>,
        limit: u32,
        tell: oneshot::Sender<Marker>,
    ) -> Result<Unread, Error> {
        let tell = Arc::new(Mutex::new(Some(tell)));
        let watch = {
            let tell = Arc::clone(&tell);
            move |json: &[u8]| see(&tell, json)
        };
        let watch: Option<Watch> = Some(Arc::new(watch));
        let page = self.page(dir, sorted(order), after, limit, watch).await?;
        // Some services tell it at the end.
        see(&tell, page.answer.body());
        Ok(page)
    }

    /// The same with the inode of each entry, by which it is found again wherever it is moved to.
    ///
    /// # Errors
    /// As those of [`Client::list`].
    pub async fn list_with_inodes(
        &self,
        dir: &RemotePath,
        order: Order,
        after: Option<&Marker>,
        limit: u32,
    ) -> Result<EntryPage, Error> {
        let query = sorted(order).with("with_inode", "1");
        self.page(dir, query, after, limit, None).await?.read()
    }

    /// Whether a page of a directory is still what it was: one request, and no page on the wire if
    /// it is (part B 2.1). A service that answers with the page all the same is heard too.
    ///
    /// # Errors
    /// As those of [`Client::list`].
    pub async fn is_unchanged(
        &self,
        dir: &RemotePath,
        order: Order,
        page: &KnownPage,
    ) -> Result<bool, Error> {
        let after = page.after.as_ref().map(|marker| marker.0.as_str());
        let query = sorted(order)
            .maybe("marker", after)
            .with("limit", &page.limit.to_string());
        let call = Call {
            known: Some(page.tag.0.clone()),
            ..Call::get(self.directory(dir), query)
        };
        let answer = self.read_by(call).await?;
        if answer.status == 304 {
            return Ok(true);
        }
        let now: directory::Page<IgnoredAny> = answer.json()?;
        Ok(now.e_tag.as_deref() == Some(page.tag.0.as_str()))
    }

    async fn page(
        &self,
        dir: &RemotePath,
        query: Query,
        after: Option<&Marker>,
        limit: u32,
        watch: Option<Watch>,
    ) -> Result<Unread, Error> {
        let ask = |limit: u32| {
            let query = query
                .clone()
                .maybe("marker", after.map(|marker| marker.0.as_str()))
                .with("limit", &limit.to_string());
            self.read_by(Call {
                watch: watch.clone(),
                ..Call::get(self.directory(dir), query)
            })
        };
        let answer = match ask(limit).await {
            Err(Error::Refused(refusal))
                if limit > SAFE_LIMIT
                    && refusal.status == 400
                    && refusal.code.as_deref() == Some("ParamInvalid") =>
            {
                ask(SAFE_LIMIT).await?
            }
            answer => answer?,
        };
        let after = after.cloned();
        Ok(Unread { answer, after })
    }

    /// The details of a file or directory; none if there is no such entry.
    ///
    /// # Errors
    /// No right to see it, or no answer.
    pub async fn stat(&self, path: &RemotePath) -> Result<Option<Entry>, Error> {
        let query = Query::new().with("info", "1");
        match self.read(self.directory(path), query).await {
            Ok(answer) => Ok(Some(answer.json::<wire::Single>()?.0.entry)),
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

    /// What the space uses and may use. The quota is for administrators to see; others learn the
    /// size alone (part A 5.5 and 6).
    ///
    /// # Errors
    /// No right to ask even for the size, or no answer.
    pub async fn usage(&self) -> Result<Usage, Error> {
        let path = format!("usage/{}/{}", self.library(), self.space());
        let answer = match self.read(path, Query::new()).await {
            Ok(answer) => answer.json::<Vec<space::SpaceUsage>>()?,
            Err(Error::Refused(refusal)) if (400..500).contains(&refusal.status) => Vec::new(),
            Err(error) => return Err(error),
        };
        let known = answer
            .into_iter()
            .find(|usage| usage.space_id == self.space());
        if let Some(known) = known {
            return Ok(Usage {
                used: known.size,
                capacity: known.capacity,
            });
        }
        Ok(Usage {
            used: self.space_size().await?,
            capacity: None,
        })
    }

    /// All that the service says about a file or directory; none if there is no such entry.
    ///
    /// # Errors
    /// As those of [`Client::stat`].
    pub async fn details(&self, path: &RemotePath) -> Result<Option<Details>, Error> {
        let query = Query::new().with("info", "1").with("with_inode", "1");
        match self.read(self.directory(path), query).await {
            Ok(answer) => Ok(Some(answer.json::<wire::Single>()?.0)),
            Err(Error::Refused(refusal)) if is_absent(&refusal) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The same and what else there is to know; none if there is no such entry.
    ///
    /// # Errors
    /// As those of [`Client::stat`].
    pub async fn facts(&self, path: &RemotePath) -> Result<Option<Facts>, Error> {
        let query = Query::new().with("info", "1").with("with_inode", "1");
        match self.read(self.directory(path), query).await {
            Ok(answer) => {
                let details = answer.json::<wire::Single>()?.0;
                Ok(Some(wire::facts(details, answer.json()?)))
            }
            Err(Error::Refused(refusal)) if is_absent(&refusal) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn directory(&self, path: &RemotePath) -> String {
        self.entry("directory", path)
    }
}

/// A page that has arrived; its entries are still to be read.
pub struct Unread {
    answer: Answer,
    after: Option<Marker>,
}

impl Unread {
    /// Reads the entries.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for entries that make no sense; [`Error::Endless`] if the next page would
    /// begin where this one does.
    pub fn read(self) -> Result<EntryPage, Error> {
        let page = page(self.answer.json()?);
        if page.next.is_some() && page.next == self.after {
            return Err(Error::Endless);
        }
        Ok(page)
    }
}

/// Tells of a marker once, if there is one in this part of a page.
fn see(tell: &Mutex<Option<oneshot::Sender<Marker>>>, json: &[u8]) {
    let mut tell = tell.lock().unwrap_or_else(PoisonError::into_inner);
    if tell.is_some()
        && let Some(marker) = glimpse(json)
        && let Some(tell) = tell.take()
    {
        // Nobody may want to go on.
        let _ = tell.send(marker);
    }
}

/// Looks for a marker without reading the page. Inside of a name these letters would have a backslash
/// before their second quote.
fn glimpse(json: &[u8]) -> Option<Marker> {
    let at = memmem::find(json, KEY)?;
    let text = json[at + KEY.len()..].strip_prefix(b":\"")?;
    let text = str::from_utf8(&text[..memchr(b'"', text)?]).ok()?;
    (!text.is_empty() && !text.contains('\\')).then(|| Marker(text.into()))
}

/// Reads a page of a listing as the service writes it.
///
/// # Errors
/// What is no page.
pub fn read_page(json: &[u8]) -> Result<EntryPage, serde_json::Error> {
    read(json).map(page)
}

fn page(page: directory::Page<wire::Rows>) -> EntryPage {
    EntryPage {
        entries: page.contents.0,
        next: wire::marker(page.next_marker),
        total: page.total_num,
        tag: page.e_tag.map(|tag| Tag(tag.into())),
    }
}

/// The query for a directory in this order.
fn sorted(order: Order) -> Query {
    let key = match order.key {
        SortKey::Name => Some("name"),
        SortKey::Size => Some("size"),
        SortKey::Modified => Some("modificationTime"),
        SortKey::Created => Some("creationTime"),
        // Not an order of the service: the caller sorts.
        SortKey::Extension => None,
    };
    let direction = if order.reversed { "desc" } else { "asc" };
    Query::new()
        .with("by-marker", "1")
        .maybe("order_by", key)
        .maybe("order_by_type", key.map(|_| direction))
}

/// Whether a 404 speaks of the entry, and not of the library, the space or the route.
pub(super) fn is_absent(refusal: &super::Refusal) -> bool {
    refusal.status == 404
        && !matches!(
            refusal.code.as_deref(),
            Some("LibraryNotFound" | "SpaceNotFound" | "RouteNotFound" | "WrongLibraryIdOrSecret")
        )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_seen_without_reading_or_left_to_the_reader() {
        for (json, seen) in [
            (r#"{"contents":[],"nextMarker":"a1"}"#, Some("a1")),
            (r#"{"nextMarker":"a1","contents":[{"name":"x"#, Some("a1")),
            (r#"{"contents":[{"name":"\"nextMarker\":\"no\""}]}"#, None),
            (r#"{"contents":[{"name":"nextMarker"}]}"#, None),
            (r#"{"nextMarker":null}"#, None),
            (r#"{"nextMarker":""}"#, None),
            (r#"{"nextMarker": "a1"}"#, None),
            (r#"{"nextMarker":7}"#, None),
            (r#"{"nextMarker":"a\u0031"}"#, None),
            (r#"{"nextMarker":"a1"#, None),
        ] {
            let seen = seen.map(|text| Marker(text.into()));
            assert_eq!(glimpse(json.as_bytes()), seen, "{json}");
        }
    }
}
