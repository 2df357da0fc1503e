//! Listings and details of entries, and the size of the space (part B 2.1 and 2.3, part A 5.5).

use memchr::{memchr, memmem};
use serde::de::IgnoredAny;

use crate::domain::entry::{Details, Entry, EntryPage, Facts, KnownPage, Marker, Tag};
use crate::domain::order::{Order, SortKey};
use crate::domain::path::RemotePath;
use crate::domain::usage::Usage;
use crate::protocol::{directory, space};

use super::address::Query;
use super::transport::{Answer, read};
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
        self.page(dir, sorted(order), after, limit).await?.read()
    }

    /// The same with the entries still to be read, so that the next page can be asked for
    /// meanwhile.
    ///
    /// # Errors
    /// As those of [`Client::list`].
    pub async fn list_ahead(
        &self,
        dir: &RemotePath,
        order: Order,
        after: Option<&Marker>,
        limit: u32,
    ) -> Result<Unread, Error> {
        self.page(dir, sorted(order), after, limit).await
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
        self.page(dir, query, after, limit).await?.read()
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
        let known = Some(page.tag.0.clone());
        let answer = self.read_unless(self.directory(dir), query, known).await?;
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
    ) -> Result<Unread, Error> {
        let ask = |limit: u32| {
            let query = query
                .clone()
                .maybe("marker", after.map(|marker| marker.0.as_str()))
                .with("limit", &limit.to_string());
            self.read(self.directory(dir), query)
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
        let next = match glimpse(answer.body()) {
            Glimpse::Next(next) => Some(next),
            Glimpse::Last => None,
            Glimpse::Unclear => {
                let page: directory::Page<IgnoredAny> = answer.json()?;
                wire::marker(page.next_marker)
            }
        };
        if next.is_some() && next.as_ref() == after {
            return Err(Error::Endless);
        }
        Ok(Unread { answer, next })
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

/// A page that has arrived. Where the next one begins is known; its entries are still to be read.
pub struct Unread {
    answer: Answer,
    next: Option<Marker>,
}

impl Unread {
    /// Where the next page begins; none on the last.
    pub fn next(&self) -> Option<&Marker> {
        self.next.as_ref()
    }

    /// Reads the entries.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for entries that make no sense.
    pub fn read(self) -> Result<EntryPage, Error> {
        let page = page(self.answer.json()?);
        // Where the next one begins was found without reading all the rest.
        if page.next != self.next {
            return Err(self.answer.unreadable());
        }
        Ok(page)
    }
}

/// What is seen of a page without reading it.
#[derive(Debug, PartialEq, Eq)]
enum Glimpse {
    /// Where the next one begins.
    Next(Marker),
    /// There is no next one.
    Last,
    /// Only reading it tells.
    Unclear,
}

/// Looks for the marker of a page: whoever waits for the next page need not wait until this one is
/// read. Inside of a name these letters would have a backslash before their second quote.
fn glimpse(json: &[u8]) -> Glimpse {
    let Some(at) = memmem::rfind(json, KEY) else {
        return Glimpse::Last;
    };
    let text = json[at + KEY.len()..].strip_prefix(b":\"");
    let text = text.and_then(|text| str::from_utf8(&text[..memchr(b'"', text)?]).ok());
    match text.filter(|text| !text.is_empty() && !text.contains('\\')) {
        Some(text) => Glimpse::Next(Marker(text.into())),
        None => Glimpse::Unclear,
    }
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
    fn a_marker_is_found_without_reading_or_left_to_the_reader() {
        let marker = |text: &str| Glimpse::Next(Marker(text.into()));
        for (json, found) in [
            (r#"{"contents":[],"nextMarker":"a1"}"#, marker("a1")),
            (
                r#"{"nextMarker":"a1","contents":[{"name":"x"}]}"#,
                marker("a1"),
            ),
            (
                r#"{"contents":[{"name":"\"nextMarker\":\"no\""}]}"#,
                Glimpse::Last,
            ),
            (r#"{"contents":[{"name":"nextMarker"}]}"#, Glimpse::Unclear),
            (r#"{"nextMarker":null}"#, Glimpse::Unclear),
            (r#"{"nextMarker":""}"#, Glimpse::Unclear),
            (r#"{"nextMarker": "a1"}"#, Glimpse::Unclear),
            (r#"{"nextMarker":7}"#, Glimpse::Unclear),
            (r#"{"nextMarker":"a\u0031"}"#, Glimpse::Unclear),
            (r#"{"nextMarker":"a1"#, Glimpse::Unclear),
        ] {
            assert_eq!(glimpse(json.as_bytes()), found, "{json}");
        }
    }
}
