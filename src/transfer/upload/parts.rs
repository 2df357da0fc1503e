//! An upload in parts: several at once, each again where it broke off, and those that have arrived
//! noted as they do.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use tokio::sync::Mutex;

use crate::client::Error;
use crate::client::upload::{ConfirmKey, Place, UploadStatus, Way};
use crate::domain::conflict::Strategy;
use crate::transfer::Trouble;
use crate::transfer::local::joined;

use super::{Keep, Source, Unfinished, Upload, Uploaded, is_lapsed, is_worth_a_try};

/// No upload has more parts (part B 4.2).
const MOST_PARTS: u64 = 10_000;
/// Parts are whole multiples of this.
const MIB: u64 = 1 << 20;

/// Where all parts of an upload go. Locked while it is renewed: services refuse two changes of one
/// upload at a time.
struct Shared {
    place: Place,
    /// How often it was renewed.
    generation: u32,
}

impl Upload<'_> {
    /// Begins an upload in parts and sends them.
    pub(super) async fn in_parts(
        &self,
        source: &Source,
        keep: &mut Keep<'_>,
    ) -> Result<Uploaded, Trouble> {
        let mut patience = self.policy.patience();
        let begun = loop {
            let wish = self.wish(source);
            match self.client.begin_upload(wish, Way::Parts).await {
                Ok(begun) => break begun,
                Err(error) if is_worth_a_try(&error) && patience.wait(Some(&error)).await => {}
                Err(error) => return Err(error.into()),
            }
        };
        let fewest = source.stamp.size.div_ceil(MOST_PARTS).next_multiple_of(MIB);
        let unfinished = Unfinished {
            key: begun.key.0.clone(),
            stamp: source.stamp,
            part_size: self.policy.part_size.max(fewest),
            done: BTreeMap::new(),
        };
        keep(Some(&unfinished));
        self.send_parts(source, unfinished, begun.place, keep).await
    }

    /// Goes on with an upload that is not a file yet.
    pub(super) async fn go_on(
        &self,
        source: &Source,
        mut before: Unfinished,
        status: UploadStatus,
        keep: &mut Keep<'_>,
    ) -> Result<Uploaded, Trouble> {
        let key = ConfirmKey(before.key.clone());
        // The bytes would travel for nothing.
        if self.strategy == Strategy::Ask && self.client.stat(self.remote).await?.is_some() {
            return Err(Trouble::Taken);
        }
        let has_arrived = |number: u32| {
            let (start, end) = range(&before, number);
            status.parts.get(&number) == Some(&(end - start))
        };
        let done: BTreeMap<u32, u64> = before
            .done
            .iter()
            .filter(|(number, _)| has_arrived(**number))
            .map(|(number, sum)| (*number, *sum))
            .collect();
        before.done = done;
        let place = self.renewed(&key).await?;
        self.send_parts(source, before, place, keep).await
    }

    /// Sends the parts that are missing, several at once, and makes a file of all.
    async fn send_parts(
        &self,
        source: &Source,
        mut unfinished: Unfinished,
        place: Place,
        keep: &mut Keep<'_>,
    ) -> Result<Uploaded, Trouble> {
        let key = ConfirmKey(unfinished.key.clone());
        let last = u32::try_from(source.stamp.size.div_ceil(unfinished.part_size))
            .expect("a file has 10,000 parts at most");
        let kept = unfinished.done.keys().map(|&number| {
            let (start, end) = range(&unfinished, number);
            end - start
        });
        let kept = kept.sum();
        let missing: Vec<(u32, (u64, u64))> = (1..=last)
            .filter(|number| !unfinished.done.contains_key(number))
            .map(|number| (number, range(&unfinished, number)))
            .collect();
        let place = Mutex::new(Shared {
            place,
            generation: 0,
        });
        let sending = missing.into_iter().map(|(number, range)| {
            let (key, place) = (&key, &place);
            async move {
                let sum = self.send_part(source, key, place, number, range).await?;
                Ok::<_, Trouble>((number, sum))
            }
        });
        let mut sending =
            futures_util::stream::iter(sending).buffer_unordered(self.policy.parts_at_once.max(1));
        loop {
            let next = async { sending.next().await.transpose() };
            match self.stop.or(next).await {
                Ok(Some((number, sum))) => {
                    unfinished.done.insert(number, sum);
                    keep(Some(&unfinished));
                }
                Ok(None) => break,
                Err(trouble) => {
                    if is_lost(&trouble) {
                        keep(None);
                    }
                    return Err(trouble);
                }
            }
        }
        drop(sending);
        let crc64 = unfinished.done.iter().fold(0, |sum, (&number, &part)| {
            let (start, end) = range(&unfinished, number);
            joined(sum, part, end - start)
        });
        if let Err(trouble) = self.check_unchanged(source, &key).await {
            keep(None);
            return Err(trouble);
        }
        let uploaded = self.confirm(&key, source.stamp.size, crc64, kept).await;
        match &uploaded {
            // The same parts would be wrong again.
            Ok(_) | Err(Trouble::Mismatch { .. }) => keep(None),
            Err(_) => {}
        }
        uploaded
    }

    async fn send_part(
        &self,
        source: &Source,
        key: &ConfirmKey,
        shared: &Mutex<Shared>,
        number: u32,
        range: (u64, u64),
    ) -> Result<u64, Trouble> {
        let mut patience = self.policy.patience();
        loop {
            let (generation, place) = {
                let shared = shared.lock().await;
                (
                    shared.generation,
                    self.place_of_part(key, &shared, number).await,
                )
            };
            let sent = match place {
                Ok(place) => self.send(source, &place, Some(number), range).await?,
                Err(error) if is_worth_a_try(&error) => Err(error),
                Err(error) => return Err(error.into()),
            };
            let error = match sent {
                Ok(sum) => return Ok(sum),
                Err(error) => error,
            };
            let is_lapsed = is_lapsed(&error);
            // Who refuses bytes early may close the connection before the reason can be read.
            let may_have_lapsed = is_lapsed || matches!(error, Error::NoAnswer(_));
            if !(is_lapsed || is_worth_a_try(&error)) || !patience.wait(Some(&error)).await {
                return Err(error.into());
            }
            let mut shared = shared.lock().await;
            // Another part may have been faster.
            if may_have_lapsed && shared.generation == generation {
                shared.place = self.renewed(key).await?;
                shared.generation += 1;
            }
        }
    }

    async fn renewed(&self, key: &ConfirmKey) -> Result<Place, Trouble> {
        let mut patience = self.policy.patience();
        loop {
            match self.client.renew_upload(key, None).await {
                Ok(place) => return Ok(place),
                Err(error) if is_worth_a_try(&error) && patience.wait(Some(&error)).await => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn place_of_part(
        &self,
        key: &ConfirmKey,
        shared: &Shared,
        number: u32,
    ) -> Result<Place, Error> {
        if shared.place.is_for_single_parts() {
            return self.client.renew_upload(key, Some(number)).await;
        }
        Ok(shared.place.clone())
    }
}

/// Whether it can be gone on with: what was read from a file may be anything.
pub(super) fn is_sound(unfinished: &Unfinished) -> bool {
    unfinished.part_size >= MIB
        && unfinished.stamp.size.div_ceil(unfinished.part_size) <= MOST_PARTS
}

/// From the first up to but without the second byte.
fn range(unfinished: &Unfinished, number: u32) -> (u64, u64) {
    let start = u64::from(number.saturating_sub(1)) * unfinished.part_size;
    let end = start.saturating_add(unfinished.part_size);
    (
        start.min(unfinished.stamp.size),
        end.min(unfinished.stamp.size),
    )
}

/// Whether the service has forgotten the upload, so that it can only be begun anew.
fn is_lost(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Service(failure) => failure.status == Some(404),
        _ => false,
    }
}
