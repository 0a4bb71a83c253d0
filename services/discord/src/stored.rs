//! Numbers that are kept across restarts, by Discord's ids.

use std::collections::HashMap;

use async_nats::jetstream::kv::Store;
use futures::TryStreamExt;
use stoa_inbox::Error;

/// The numbers whose keys are a prefix and an id; 0 for what cannot be read.
pub(crate) async fn numbers(store: &Store, prefix: &str) -> Result<HashMap<u64, u64>, Error> {
    let keys = store.keys().await;
    let keys = keys.map_err(Error::storage("list what is known of Discord"))?;
    let keys: Vec<String> = keys
        .try_collect()
        .await
        .map_err(Error::storage("list what is known of Discord"))?;
    let mut numbers = HashMap::new();
    for key in keys {
        let Some(id) = key.strip_prefix(prefix).and_then(|id| id.parse().ok()) else {
            continue;
        };
        let number = store.get(&key).await;
        let number = number.map_err(Error::storage("read what is known of Discord"))?;
        let number = number.and_then(|number| std::str::from_utf8(&number).ok()?.parse().ok());
        numbers.insert(id, number.unwrap_or_default());
    }
    Ok(numbers)
}
