//! Moving, renaming and copying: many entries in one request, or a single one (part A 9.2 and 9.3,
//! part B 2.7 and 3.5).

use reqwest::Method;

use crate::domain::conflict::Strategy;
use crate::domain::job::Relocation;
use crate::domain::path::RemotePath;
use crate::protocol::batch;
use crate::protocol::directory::{Move, Placed};
use crate::texts::later;

use super::address::{self, Query};
use super::batch::{RelocationAnswer, Submitted, check_length, json, relocation, submitted};
use super::{Client, Error, wire};

impl Client {
    /// Moves or renames files and directories (part A 9.3). Sent once.
    ///
    /// A task is to be asked about with [`Client::relocation_tasks`].
    ///
    /// # Errors
    /// As those of [`Client::delete_batch`].
    pub async fn move_batch(
        &self,
        items: &[Relocation],
    ) -> Result<Submitted<RelocationAnswer>, Error> {
        check(items)?;
        let wire: Vec<batch::Relocation> = items
            .iter()
            .map(|item| batch::Relocation {
                from: item.from.as_str().to_owned(),
                to: item.to.as_str().to_owned(),
                conflict_resolution_strategy: Some(item.strategy.word().to_owned()),
                from_space_id: None,
            })
            .collect();
        self.relocate("move", json(&wire)).await
    }

    /// Copies files and directories, directories with all that is in them (part A 9.2). Sent once;
    /// answers as those of [`Client::move_batch`].
    ///
    /// # Errors
    /// As those of [`Client::delete_batch`].
    pub async fn copy_batch(
        &self,
        items: &[Relocation],
    ) -> Result<Submitted<RelocationAnswer>, Error> {
        check(items)?;
        let wire: Vec<batch::Copy> = items
            .iter()
            .map(|item| batch::Copy {
                copy_from: item.from.as_str().to_owned(),
                to: item.to.as_str().to_owned(),
                conflict_resolution_strategy: Some(item.strategy.word().to_owned()),
            })
            .collect();
        self.relocate("copy", json(&wire)).await
    }

    async fn relocate(
        &self,
        action: &str,
        body: Vec<u8>,
    ) -> Result<Submitted<RelocationAnswer>, Error> {
        let path = format!("batch/{}/{}", self.library(), self.space());
        let query = Query::new().flag(action);
        let answer = self.change(Method::POST, path, query, Some(body)).await?;
        submitted(&answer, relocation)
    }

    /// Moves or renames one file (part B 3.5) and says where it ended up. The directory of `to` has
    /// to be there. Sent once.
    ///
    /// # Errors
    /// The root, no such file, a name that is taken; else see [`Error::may_have_worked`].
    pub async fn move_file(
        &self,
        from: &RemotePath,
        to: &RemotePath,
        strategy: Strategy,
    ) -> Result<RemotePath, Error> {
        self.move_one("file", from, to, strategy).await
    }

    /// Moves or renames one directory with all that is in it (part B 2.7) and says where it ended
    /// up; directories above `to` that are missing are made. Sent once.
    ///
    /// # Errors
    /// As those of [`Client::move_file`], and [`Strategy::Overwrite`], which directories do not
    /// have.
    pub async fn move_directory(
        &self,
        from: &RemotePath,
        to: &RemotePath,
        strategy: Strategy,
    ) -> Result<RemotePath, Error> {
        refuse_overwriting(strategy)?;
        self.move_one("directory", from, to, strategy).await
    }

    async fn move_one(
        &self,
        family: &str,
        from: &RemotePath,
        to: &RemotePath,
        strategy: Strategy,
    ) -> Result<RemotePath, Error> {
        if from.is_root() || to.is_root() {
            return Err(Error::Unsendable(later!(
                "the root of a space cannot be moved"
            )));
        }
        let body = Move {
            from: from.as_str().to_owned(),
        };
        let answer = self
            .change(
                Method::PUT,
                self.entry(family, to),
                with_strategy(strategy),
                Some(json(&body)),
            )
            .await?;
        let placed: Option<Placed> = answer.json_if_any()?;
        Ok(ended_at(placed.and_then(|placed| placed.path), to))
    }

    /// Makes a directory, and those above it that are missing (part B 2.5); says what it is called,
    /// which is another name where `strategy` allows that. Sent once.
    ///
    /// # Errors
    /// The root, a name that is taken, [`Strategy::Overwrite`]; else see
    /// [`Error::may_have_worked`].
    pub async fn create_directory(
        &self,
        path: &RemotePath,
        strategy: Strategy,
    ) -> Result<RemotePath, Error> {
        refuse_overwriting(strategy)?;
        if path.is_root() {
            return Err(Error::Unsendable(later!(
                "the root of a space is always there"
            )));
        }
        let answer = self
            .change(
                Method::PUT,
                self.entry("directory", path),
                with_strategy(strategy),
                None,
            )
            .await?;
        let placed: Option<Placed> = answer.json_if_any()?;
        Ok(ended_at(placed.and_then(|placed| placed.path), path))
    }

    /// The address of an entry in one of the families of the protocol.
    pub(super) fn entry(&self, family: &str, path: &RemotePath) -> String {
        let inner = address::path(path);
        format!("{family}/{}/{}/{inner}", self.library(), self.space())
    }
}

fn check(items: &[Relocation]) -> Result<(), Error> {
    check_length(items.len())?;
    let names_root = |item: &Relocation| item.from.is_root() || item.to.is_root();
    if items.iter().any(names_root) {
        return Err(Error::Unsendable(later!(
            "the root of a space cannot be moved or copied"
        )));
    }
    Ok(())
}

fn refuse_overwriting(strategy: Strategy) -> Result<(), Error> {
    match strategy {
        Strategy::Ask | Strategy::Rename => Ok(()),
        Strategy::Overwrite => Err(Error::Unsendable(later!(
            "a directory is never overwritten"
        ))),
    }
}

/// The query that says what to do about a name that is taken.
pub(super) fn with_strategy(strategy: Strategy) -> Query {
    Query::new().with("conflict_resolution_strategy", strategy.word())
}

/// The final path; the one asked for where the service says nothing (part B, 0.13).
pub(super) fn ended_at(path: Option<Vec<String>>, asked: &RemotePath) -> RemotePath {
    wire::path(path).unwrap_or_else(|| asked.clone())
}
