//! Which names are taken in a folder: by asking for each of a few, or by reading all of the folder.

use compact_str::CompactString;
use futures_util::{StreamExt as _, TryStreamExt as _};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::client::{Client, Error};
use crate::domain::entry::Kind;
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::tui::state::browser::PAGE;

/// Names that are asked for one by one; for more the folder is read.
const FEW: usize = 20;
/// So many are asked for at the same time.
const AT_ONCE: usize = 4;

/// The names that are taken, and by what.
///
/// # Errors
/// The service does not tell.
pub async fn taken(
    client: &Client,
    directory: &RemotePath,
    names: Vec<CompactString>,
) -> Result<FxHashMap<CompactString, Kind>, Error> {
    if names.len() <= FEW {
        let asked = names.into_iter().map(|name| async {
            let Ok(path) = directory.join(&name) else {
                return Ok(None);
            };
            let there = client.stat(&path).await?;
            Ok(there.map(|entry| (name, entry.kind)))
        });
        let asked = futures_util::stream::iter(asked).buffer_unordered(AT_ONCE);
        return asked
            .try_filter_map(|taken| async { Ok(taken) })
            .try_collect()
            .await;
    }
    let names: FxHashSet<CompactString> = names.into_iter().collect();
    let mut taken = FxHashMap::default();
    let mut after = None;
    loop {
        let order = Order::default();
        let page = client.list(directory, order, after.as_ref(), PAGE).await?;
        let here = page.entries.iter();
        let here = here.filter(|entry| names.contains(entry.name()));
        taken.extend(here.map(|entry| (entry.name().into(), entry.kind())));
        after = page.next;
        if after.is_none() {
            return Ok(taken);
        }
    }
}
