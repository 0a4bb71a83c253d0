//! Numbers that are kept across restarts, by Discord's ids.

use std::collections::HashMap;

use async_nats::jetstream::kv::Store;
use futures::{StreamExt, TryStreamExt, stream};
use stoa_inbox::Error;
use stoa_kit::nats;

/// Numbers that are written at a time: one after the other, thousands would take long.
const AT_ONCE: usize = 64;

/// The numbers whose keys are a prefix and an id; 0 for what cannot be read.
pub(crate) async fn numbers(store: &Store, prefix: &str) -> Result<HashMap<u64, u64>, Error> {
    let entries = nats::entries(store, prefix).await;
    let entries = entries.map_err(Error::storage("read what is known of Discord"))?;
    let numbers = entries.iter().filter_map(|entry| {
        let id: u64 = entry.key.strip_prefix(prefix)?.parse().ok()?;
        let number = std::str::from_utf8(&entry.value).ok();
        let number: Option<u64> = number.and_then(|number| number.parse().ok());
        // An entry of another version is still one: that the id is known may be all that is asked.
        Some((id, number.unwrap_or_default()))
    });
    Ok(numbers.collect())
}

/// A number that is to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    key: String,
    number: u64,
}

impl Note {
    pub(crate) fn new(prefix: &str, id: u64, number: u64) -> Self {
        Self {
            key: format!("{prefix}{id}"),
            number,
        }
    }

    /// Keeps it.
    pub(crate) async fn save(&self, store: &Store) -> Result<(), Error> {
        let saved = store.put(&self.key, self.number.to_string().into()).await;
        saved
            .map(|_| ())
            .map_err(Error::storage("write what is known of Discord"))
    }
}

/// Keeps many.
pub(crate) async fn save(notes: &[Note], store: &Store) -> Result<(), Error> {
    let writes: Vec<_> = notes.iter().map(|note| note.save(store)).collect();
    stream::iter(writes)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
