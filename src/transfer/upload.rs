//! One local file to the service: at once if it is small, else in parts that outlive this process.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::client::content::Meter;
use crate::client::upload::{ConfirmKey, Place, Way, Wish};
use crate::client::{Client, Error};
use crate::domain::conflict::Strategy;
use crate::domain::path::RemotePath;
use crate::texts::later;

use super::local::{self, Stamp, on_disk, outgoing, trouble};
use super::{Policy, Stop, Trouble};

mod parts;

/// An upload that has begun and is not a file yet: what is needed to go on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// Names it to the service.
    key: String,
    /// The local file as it was; another one starts anew.
    stamp: Stamp,
    /// Bytes of each part but the last.
    part_size: u64,
    /// The parts that have arrived, by their numbers, with their sums.
    done: BTreeMap<u32, u64>,
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Where it is.
    pub path: RemotePath,
    /// Bytes.
    pub size: u64,
    /// CRC-64/XZ of the content, the same at both ends.
    pub crc64: u64,
    /// Bytes that had arrived before and were not sent again.
    pub kept: u64,
    /// Whether it took the place of another file.
    pub is_overwritten: bool,
}

/// What is to be uploaded, and how.
pub struct Upload<'a> {
    /// Signed in.
    pub client: &'a Client,
    /// Habits.
    pub policy: &'a Policy,
    /// The local file.
    pub local: &'a Path,
    /// Where it is to be; its directory has to be there.
    pub remote: &'a RemotePath,
    /// What to do if that is taken.
    pub strategy: Strategy,
    /// Counts the bytes that are sent.
    pub meter: &'a Meter,
    /// Whether to stop.
    pub stop: &'a Stop,
}

/// The local file, open.
struct Source {
    file: Arc<File>,
    stamp: Stamp,
}

/// Takes note of how far an upload is, to go on with it another time; none when there is nothing to
/// go on with any more.
pub type Keep<'a> = dyn FnMut(Option<&Unfinished>) + Send + 'a;

impl Upload<'_> {
    /// Uploads, beginning where `before` ends if that is still of the same local file.
    ///
    /// # Errors
    /// See [`Trouble`]. What `keep` was last told holds for the next try.
    pub async fn run(
        &self,
        before: Option<Unfinished>,
        keep: &mut Keep<'_>,
    ) -> Result<Uploaded, Trouble> {
        let source = self.open().await?;
        if let Some(before) = before {
            if before.stamp == source.stamp && parts::is_sound(&before) {
                let key = ConfirmKey(before.key.clone());
                match self.client.upload_status(&key).await? {
                    Some(status) if status.is_confirmed => {
                        if let Some(uploaded) = self.is_there(status.path).await? {
                            keep(None);
                            return Ok(uploaded);
                        }
                    }
                    Some(status) => return self.go_on(&source, before, status, keep).await,
                    None => {}
                }
            } else {
                self.give_up(&ConfirmKey(before.key)).await;
            }
            keep(None);
        }
        if source.stamp.size < self.policy.parts_from {
            return self.at_once(&source).await;
        }
        self.in_parts(&source, keep).await
    }

    async fn open(&self) -> Result<Source, Trouble> {
        let path = self.local.to_owned();
        let opened = on_disk(move || {
            // Opening some things that are no files would wait for ever.
            if !std::fs::metadata(&path)?.is_file() {
                return Ok(None);
            }
            let file = File::open(&path)?;
            let metadata = file.metadata()?;
            Ok(metadata.is_file().then(|| Source {
                file: Arc::new(file),
                stamp: Stamp::of(&metadata),
            }))
        });
        opened
            .await
            .map_err(trouble(later!("read"), self.local))?
            .ok_or(Trouble::NotAFile)
    }

    fn wish(&self, source: &Source) -> Wish<'_> {
        Wish {
            path: self.remote,
            strategy: self.strategy,
            size: source.stamp.size,
            modified: source.stamp.time(),
        }
    }

    async fn at_once(&self, source: &Source) -> Result<Uploaded, Trouble> {
        let mut patience = self.policy.patience();
        let (key, crc64) = loop {
            let sent = self.stop.or(self.send_at_once(source)).await?;
            match sent {
                Ok(sent) => break sent,
                // The place lapsed while the bytes were on their way: another one is to be had.
                Err(error) if is_worth_a_try(&error) || is_lapsed(&error) => {
                    let waited = async { Ok(patience.wait(Some(&error)).await) };
                    if !self.stop.or(waited).await? {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        };
        self.check_unchanged(source, &key).await?;
        self.confirm(&key, source.stamp.size, crc64, 0).await
    }

    /// Begins and sends; what the service says about either may be worth another try.
    async fn send_at_once(
        &self,
        source: &Source,
    ) -> Result<Result<(ConfirmKey, u64), Error>, Trouble> {
        let wish = self.wish(source);
        let begun = match self.client.begin_upload(wish, Way::Simple).await {
            Ok(begun) => begun,
            Err(error) if is_worth_a_try(&error) => return Ok(Err(error)),
            Err(error) => return Err(error.into()),
        };
        let sent = self
            .send(source, &begun.place, None, (0, source.stamp.size))
            .await?;
        Ok(sent.map(|crc64| (begun.key, crc64)))
    }

    /// Sends a piece of the file and compares its sum with what the host of the bytes tells. What
    /// the service says may be worth another try; what this machine says is not.
    async fn send(
        &self,
        source: &Source,
        place: &Place,
        part: Option<u32>,
        (start, end): (u64, u64),
    ) -> Result<Result<u64, Error>, Trouble> {
        let (bytes, reading) = outgoing(&source.file, start, end - start);
        let sent = self.client.send_bytes(place, part, bytes, self.meter).await;
        let read = reading
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)));
        let ours = match read {
            Ok(ours) => ours,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(Trouble::ChangedHere);
            }
            Err(error) => return Err(trouble(later!("read"), self.local)(error)),
        };
        Ok(match (sent, ours) {
            (Err(error), _) => Err(error),
            (Ok(_), None) => Err(Error::NoAnswer(
                later!("the answer came before all bytes were sent").into(),
            )),
            (Ok(Some(theirs)), Some(ours)) if theirs != ours => {
                self.meter.take_back(end - start);
                Err(Error::NoAnswer(
                    later!("other bytes arrived than were sent").into(),
                ))
            }
            (Ok(_), Some(ours)) => Ok(ours),
        })
    }

    /// What was sent may be half of one content and half of another.
    async fn check_unchanged(&self, source: &Source, key: &ConfirmKey) -> Result<(), Trouble> {
        let file = Arc::clone(&source.file);
        let stamp = on_disk(move || Ok(Stamp::of(&file.metadata()?)));
        let stamp = stamp.await.map_err(trouble(later!("read"), self.local))?;
        if stamp == source.stamp {
            return Ok(());
        }
        self.give_up(key).await;
        Err(Trouble::ChangedHere)
    }

    /// Makes a file of what was sent. After an unclear answer it looks first.
    async fn confirm(
        &self,
        key: &ConfirmKey,
        size: u64,
        crc64: u64,
        kept: u64,
    ) -> Result<Uploaded, Trouble> {
        let mut patience = self.policy.patience();
        loop {
            let error = match self.client.confirm_upload(key, self.strategy, crc64).await {
                Ok(file) => {
                    let path = file.path.unwrap_or_else(|| self.remote.clone());
                    return checked(path, size, crc64, kept, file.crc64).map(|uploaded| Uploaded {
                        is_overwritten: file.is_overwritten,
                        ..uploaded
                    });
                }
                Err(error) => error,
            };
            let code = error.refusal().and_then(|refusal| refusal.code.as_deref());
            if code == Some("BadCrc64") {
                return Err(Trouble::Mismatch {
                    wanted: crc64,
                    found: 0,
                    hint: later!("the service refused them, nothing was put there; send it again"),
                });
            }
            let is_worth_a_look =
                error.may_have_worked() || is_worth_a_try(&error) || code == Some("UploadComplete");
            if !is_worth_a_look {
                return Err(error.into());
            }
            if let Some(status) = self.client.upload_status(key).await?
                && status.is_confirmed
            {
                let path = status.path.unwrap_or_else(|| self.remote.clone());
                return self.look_at(path, size, crc64, kept).await;
            }
            if !patience.wait(Some(&error)).await {
                return Err(error.into());
            }
        }
    }

    /// Compares what is there with what was sent.
    async fn look_at(
        &self,
        path: RemotePath,
        size: u64,
        crc64: u64,
        kept: u64,
    ) -> Result<Uploaded, Trouble> {
        let theirs = self.client.file_link(&path).await?;
        checked(path, size, crc64, kept, theirs.and_then(|link| link.crc64))
    }

    /// The file that an upload has become, if it is still there and as it was.
    async fn is_there(&self, path: Option<RemotePath>) -> Result<Option<Uploaded>, Trouble> {
        let path = path.unwrap_or_else(|| self.remote.clone());
        let (crc64, size) = local::sum_of(self.local).await?;
        let there = self.client.file_link(&path).await?;
        let is_same = there.is_some_and(|there| there.crc64 == Some(crc64));
        Ok(is_same.then_some(Uploaded {
            path,
            size,
            crc64,
            kept: size,
            is_overwritten: false,
        }))
    }

    async fn give_up(&self, key: &ConfirmKey) {
        if let Err(error) = self.client.cancel_upload(key).await {
            // It lapses by itself.
            tracing::debug!(%error, "an upload was not given up");
        }
    }
}

fn checked(
    path: RemotePath,
    size: u64,
    crc64: u64,
    kept: u64,
    theirs: Option<u64>,
) -> Result<Uploaded, Trouble> {
    match theirs {
        Some(found) if found != crc64 => Err(Trouble::Mismatch {
            wanted: crc64,
            found,
            hint: later!("the file at the service was left as it is; look at it and send it again"),
        }),
        _ => Ok(Uploaded {
            path,
            size,
            crc64,
            kept,
            is_overwritten: false,
        }),
    }
}

/// Whether the credentials of a place have lapsed.
fn is_lapsed(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.status == 403)
}

/// Whether the same may work a little later (part B 11).
fn is_worth_a_try(error: &Error) -> bool {
    let code = error.refusal().and_then(|refusal| refusal.code.as_deref());
    error.is_passing() || matches!(code, Some("PathConflict" | "OperationAborted"))
}
