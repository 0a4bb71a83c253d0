//! Numbers that are kept over restarts, by Discord's ids.

use std::collections::HashMap;

use async_nats::jetstream::kv::Store;
use futures::TryStreamExt;
use stoa_chat::Error;

/// The numbers whose keys are this and an id; 0 for what cannot be read.
pub(crate) async fn numbers(store: &Store, prefix: &str) -> Result<HashMap<u64, u64>, Error> {
    let keys = store.keys().await.map_err(Error::inbox)?;
    let keys: Vec<String> = keys.try_collect().await.map_err(Error::inbox)?;
    let mut numbers = HashMap::new();
    for key in keys {
        let Some(id) = key.strip_prefix(prefix).and_then(|id| id.parse().ok()) else {
            continue;
        };
        let number = store.get(&key).await.map_err(Error::inbox)?;
        let number = number.and_then(|number| std::str::from_utf8(&number).ok()?.parse().ok());
        numbers.insert(id, number.unwrap_or_default());
    }
    Ok(numbers)
}
