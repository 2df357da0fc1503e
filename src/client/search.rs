//! Searches by the service, whose results come page by page (part B 7.1 to 7.3).

use std::borrow::Cow;

use reqwest::Method;

use crate::domain::entry::Marker;
use crate::domain::search::{Criteria, SearchId, SearchPage};
use crate::protocol::search::{Asked, Page};

use super::address::{Query, encode};
use super::batch::json;
use super::transport::Answer;
use super::{Client, Error, wire};

impl Client {
    /// Begins a search and gives its first page. The service finds at least what is asked for, in
    /// its own order.
    ///
    /// # Errors
    /// A service without search (`SearchNotEnabled`, `FunctionNotEnabled`, `RouteNotFound`), one
    /// that is asked for too much, no answer.
    pub async fn search(&self, criteria: &Criteria) -> Result<SearchPage, Error> {
        let is_plain = criteria.keyword.is_none()
            && criteria.extensions.is_empty()
            && criteria.types.is_empty();
        let any: &[&str] = if is_plain { &["all"] } else { &[] };
        let asked = Asked {
            keyword: criteria.keyword.as_deref().map(Cow::Borrowed),
            scope: criteria.scope.as_str().into(),
            kind: criteria
                .types
                .iter()
                .chain(any)
                .map(|word| (*word).into())
                .collect(),
            extname: criteria
                .extensions
                .iter()
                .map(|end| format!(".{end}"))
                .collect(),
            min_file_size: criteria.least,
            max_file_size: criteria.most,
            modification_time_start: criteria.from,
            modification_time_end: criteria.until,
            labels: criteria.labels.iter().map(Into::into).collect(),
        };
        let address = self.searches("space-contents");
        let answer = self
            .change(Method::POST, address, Query::new(), Some(json(&asked)))
            .await?;
        page(&answer, None)
    }

    /// The next page of a search.
    ///
    /// # Errors
    /// A search that has lapsed (`SearchIdInvalid`, `SearchIdNotFound`), no answer;
    /// [`Error::Endless`] if the service gives back the marker of a page that was not empty.
    pub async fn search_on(&self, id: &SearchId, after: &Marker) -> Result<SearchPage, Error> {
        let query = Query::new().with("marker", &after.0);
        let answer = self
            .read(self.searches(&encode(&id.0).to_string()), query)
            .await?;
        page(&answer, Some(after))
    }

    /// Tells the service that nobody will ask for more of a search.
    ///
    /// # Errors
    /// A search that has lapsed already, no answer.
    pub async fn end_search(&self, id: &SearchId) -> Result<(), Error> {
        let address = self.searches(&encode(&id.0).to_string());
        self.change(Method::DELETE, address, Query::new(), None)
            .await?;
        Ok(())
    }

    fn searches(&self, rest: &str) -> String {
        format!("search/{}/{}/{rest}", self.library(), self.space())
    }
}

fn page(answer: &Answer, after: Option<&Marker>) -> Result<SearchPage, Error> {
    let page: Page<wire::Finds> = answer.json()?;
    let next = wire::marker(page.next_marker).filter(|_| page.has_more);
    let finds = page.contents.0;
    // While the search goes on, an empty page may well end where it began.
    if next.is_some() && next.as_ref() == after && !finds.is_empty() {
        return Err(Error::Endless);
    }
    Ok(SearchPage {
        id: SearchId(page.search_id.as_str().to_owned()),
        finds,
        next,
    })
}
