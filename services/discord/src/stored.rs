//! Numbers that are kept across restarts, by Discord's ids.

use std::collections::HashMap;

use async_nats::jetstream::kv::Store;
use stoa_inbox::Error;
use stoa_kit::nats;

/// The numbers whose keys are a prefix and an id; 0 for what cannot be read.
pub(crate) async fn numbers(store: &Store, prefix: &str) -> Result<HashMap<u64, u64>, Error> {
    let entries = nats::entries(store, prefix).await;
    let entries = entries.map_err(Error::storage("read what is known of Discord"))?;
    let known = entries.into_iter().filter_map(|entry| {
        let id = entry.key.strip_prefix(prefix)?.parse().ok()?;
        let number = std::str::from_utf8(&entry.value).ok();
        let number = number.and_then(|number| number.parse().ok());
        Some((id, number.unwrap_or_default()))
    });
    Ok(known.collect())
}
