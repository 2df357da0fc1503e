//! One file up or down: in pieces, checked at both ends by its CRC-64/XZ, and going on where it
//! broke off. Knows files of this machine and the client, and nothing of screens or commands.
//!
//! `upload` and `download` are the two stories; `local` reads and writes the files, `directory` makes
//! directories. What an upload needs to go on in another process is [`upload::Unfinished`], which
//! `states` keeps; a download goes on from the partial file beside its target.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::BackoffBuilder as _;
use tokio::sync::watch;

use crate::client::{Client, Error};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::path::RemotePath;
use crate::texts::later;

pub mod directory;
pub mod download;
mod local;
pub mod states;
pub mod upload;

pub use local::sum_of;

/// The code of a name that is taken (part B 4.1).
const TAKEN: &str = "SameNameDirectoryOrFileExists";

/// How files are cut, and how long to try.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Files from this size on go up in parts.
    pub parts_from: u64,
    /// Bytes of one part, at least 1 MiB; more where a file would have too many (part B 4.2).
    pub part_size: u64,
    /// Parts of one file that are sent at once.
    pub parts_at_once: usize,
    /// Tries of one step that may be repeated, at least one.
    pub tries: usize,
    /// The first pause between them; each further one is twice as long, with jitter.
    pub first_pause: Duration,
    /// No pause is longer, whatever the service asks for.
    pub longest_pause: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            parts_from: 16 << 20,
            part_size: 8 << 20,
            parts_at_once: 2,
            tries: 5,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

impl Policy {
    /// The same without waiting.
    #[must_use]
    pub fn without_pauses(mut self) -> Self {
        self.first_pause = Duration::ZERO;
        self.longest_pause = Duration::ZERO;
        self
    }

    fn patience(&self) -> Patience {
        Patience {
            pauses: backon::ExponentialBuilder::new()
                .with_min_delay(self.first_pause)
                .with_max_delay(self.longest_pause)
                .with_max_times(self.tries.saturating_sub(1))
                .with_jitter()
                .build(),
            longest: self.longest_pause,
        }
    }
}

/// The tries that are left.
struct Patience {
    pauses: backon::ExponentialBackoff,
    longest: Duration,
}

impl Patience {
    /// Waits before the next try; false if there is none left.
    async fn wait(&mut self, error: Option<&Error>) -> bool {
        let Some(pause) = self.pauses.next() else {
            return false;
        };
        let pause = match error {
            Some(Error::Throttled {
                retry_after: Some(asked),
                ..
            }) => (*asked).min(self.longest),
            _ => pause,
        };
        tokio::time::sleep(pause).await;
        true
    }
}

/// Why a file did not get to the other end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The service said no, or nothing.
    #[error("{0}")]
    Service(Failure),
    /// A file of this machine cannot be read or written.
    #[error("{}", later!("cannot {doing} {path}: {reason}", doing, path = path.display(), reason))]
    Local {
        /// `read`, `write` and so on.
        doing: &'static str,
        /// Which one.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The name is taken at the other end.
    #[error("{}", later!("the name is taken; nothing was changed"))]
    Taken,
    /// Only plain files are sent.
    #[error("{}", later!("it is no plain file"))]
    NotAFile,
    /// The local file is not the one any more that was begun with.
    #[error("{}", later!("the file changed while it was being sent; nothing was put there, send it again"))]
    ChangedHere,
    /// The remote file is not the one any more that was begun with.
    #[error("{}", later!("the file changed again and again while it was being fetched; fetch it again"))]
    ChangedThere,
    /// The bytes at the other end are not the ones here. Nothing was deleted.
    #[error("{}", later!("the bytes that arrived are not those that were sent (CRC-64 {found}, not {wanted}); {hint}", found, wanted, hint))]
    Mismatch {
        /// The sum at the side that the bytes come from.
        wanted: u64,
        /// The sum at the side that they went to.
        found: u64,
        /// What became of them, and what can be done.
        hint: &'static str,
    },
    /// Another program fetches the same file to the same place.
    #[error("{}", later!("another program is fetching it"))]
    Busy,
    /// The user did not want to wait for it.
    #[error("{}", later!("it was stopped"))]
    Stopped,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let is_taken = error
            .refusal()
            .is_some_and(|refusal| refusal.code.as_deref() == Some(TAKEN));
        if is_taken {
            Self::Taken
        } else {
            Self::Service(error.into())
        }
    }
}

impl Trouble {
    /// The same in the words of all other failures.
    pub fn failure(&self) -> Failure {
        let kind = match self {
            Self::Service(failure) => return failure.clone(),
            Self::Taken | Self::Busy | Self::ChangedHere | Self::ChangedThere => {
                FailureKind::Conflict
            }
            Self::NotAFile | Self::Stopped => FailureKind::Refused,
            Self::Local { .. } => FailureKind::Internal,
            Self::Mismatch { .. } => FailureKind::Service,
        };
        Failure::new(kind, self.to_string())
    }
}

/// Whether all others would fail in the same way (part B 11).
pub fn is_hopeless(failure: &Failure) -> bool {
    let code = failure.code.as_deref().unwrap_or_default();
    failure.kind == FailureKind::SignIn
        || ["WriteForbidden", "SpaceBanned", "LibraryServiceExpired"].contains(&code)
}

/// The sum and size of both ends if they are the same: then there is nothing to be carried, for
/// example because it was carried before.
pub async fn is_same(client: &Client, local: &Path, remote: &RemotePath) -> Option<(u64, u64)> {
    let link = client.file_link(remote).await.ok()??;
    let there = std::fs::metadata(local).ok()?;
    if link.size != Some(there.len()) {
        return None;
    }
    let (crc64, size) = sum_of(local).await.ok()?;
    (link.crc64 == Some(crc64)).then_some((crc64, size))
}

/// Tells transfers to stop.
pub struct Stopper(watch::Sender<bool>);

/// What transfers look at to know whether they should stop; clones look at the same.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// A stopper, and what it stops.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// From now on nothing is begun and bytes on the way are left; what was said to the service is
    /// waited for.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether to stop.
    pub fn is_wanted(&self) -> bool {
        *self.0.borrow()
    }

    /// Does some work unless it is to stop.
    async fn or<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        let mut receiver = self.0.clone();
        let stopped = async move {
            if receiver.wait_for(|is_wanted| *is_wanted).await.is_err() {
                // Nobody is left who could want it.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = stopped => Err(Trouble::Stopped),
            done = work => done,
        }
    }
}
