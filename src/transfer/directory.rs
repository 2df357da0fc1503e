//! Directories at either end.

use std::io;
use std::path::Path;

use crate::client::{Client, Error};
use crate::domain::conflict::Strategy;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::path::RemotePath;
use crate::texts::later;

/// Makes a directory at the service; false if it is there already.
///
/// # Errors
/// Something else has its name, or the service says no.
pub async fn make_remote(client: &Client, path: &RemotePath) -> Result<bool, Failure> {
    let error: Error = match client.create_directory(path, Strategy::Ask).await {
        Ok(_) => return Ok(true),
        Err(error) => error,
    };
    let failure = Failure::from(&error);
    let is_worth_a_look = failure.kind == FailureKind::Conflict || error.may_have_worked();
    if is_worth_a_look
        && let Some(there) = client.stat(path).await?
        && there.is_directory()
    {
        return Ok(false);
    }
    Err(failure)
}

/// Makes a directory of this machine; false if it is there already.
///
/// # Errors
/// Something else has its name, or it cannot be made.
pub fn make_local(path: &Path) -> Result<bool, Failure> {
    let Err(error) = std::fs::create_dir(path) else {
        return Ok(true);
    };
    if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() {
        return Ok(false);
    }
    let message = later!("the directory cannot be made: {error}", error);
    Err(Failure::new(FailureKind::Internal, message))
}
