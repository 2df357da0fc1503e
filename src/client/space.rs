//! The spaces of a library, and what lies below a directory in sums (part A 5.2, part B 2.8).

use crate::domain::entry::{Marker, Page};
use crate::domain::path::RemotePath;
use crate::domain::space::{Space, Sums};
use crate::protocol::{directory, space};

use super::address::Query;
use super::{Client, Error, wire};

impl Client {
    /// A page of the spaces of the library, at most 1000.
    ///
    /// # Errors
    /// A library with a single space, no right to see them, no answer; [`Error::Endless`] if the
    /// service gives back the marker it was asked with.
    pub async fn spaces(&self, after: Option<&Marker>) -> Result<Page<Space>, Error> {
        let path = format!("space/{}/list", self.library());
        let query = Query::new()
            .with("limit", "1000")
            .maybe("marker", after.map(|marker| marker.0.as_str()));
        let answer: space::List = self.read(path, query).await?.json()?;
        // Which of the two it is, the documents do not agree upon (part A, U23).
        let next = wire::marker(answer.next_marker).or_else(|| {
            let marker = wire::marker(answer.marker);
            marker.filter(|marker| Some(marker) != after)
        });
        if next.is_some() && next.as_ref() == after {
            return Err(Error::Endless);
        }
        let spaces = answer.list.into_iter().map(|space| Space {
            id: space.space_id,
            user: space.user_id.filter(|user| !user.is_empty()),
            created: space.creation_time,
        });
        Ok(Page {
            items: spaces.collect(),
            next,
            total: None,
        })
    }

    /// What lies below a directory in all, as the service has counted it; none where it does not
    /// count (part B 0.19).
    ///
    /// # Errors
    /// No answer.
    pub async fn sums(&self, dir: &RemotePath) -> Result<Option<Sums>, Error> {
        let query = Query::new().with("stats", "1").with("stats_type", "normal");
        match self.read(self.entry("directory", dir), query).await {
            Ok(answer) => {
                let stats: directory::Stats = answer.json()?;
                Ok(stats.storage.map(|bytes| Sums {
                    bytes,
                    files: stats.file_count.unwrap_or(0),
                    directories: stats.dir_count.unwrap_or(0),
                }))
            }
            Err(Error::Refused(refusal))
                if matches!(refusal.status, 400 | 403 | 404 | 405 | 501) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
