//! What is recorded of a delivery, so that another process can go on with it.

use async_nats::jetstream::kv::Store;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Aborted, FIRST_WAIT, LONGEST_WAIT};
use crate::retry::Backoff;

/// A delivery, in the bucket `deliveries`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// Ids of the messages that were sent, in order.
    pub(super) messages: Vec<String>,
    /// The reply is complete.
    pub(super) done: bool,
    /// One more may have been sent.
    #[serde(default)]
    pub(super) sending: bool,
}

impl Record {
    /// Its key, by the platform and the id of the reply.
    pub(super) fn key(platform: &str, id: Uuid) -> String {
        format!("{platform}.{}", id.simple())
    }

    /// Reads a record; an empty one when there is none.
    pub(super) async fn load(
        bucket: &Store,
        key: &str,
        stop: &CancellationToken,
    ) -> Result<Self, Aborted> {
        let found = persist(stop, || bucket.get(key)).await?;
        // One that cannot be read counts as none: a reply that is sent twice is better than one that never comes.
        let record = found.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(record.unwrap_or_default())
    }

    /// Writes it.
    pub(super) async fn save(
        &self,
        bucket: &Store,
        key: &str,
        stop: &CancellationToken,
    ) -> Result<(), Aborted> {
        let value = serde_json::to_vec(self).unwrap_or_default();
        persist(stop, || bucket.put(key, value.clone().into())).await?;
        Ok(())
    }
}

/// Tries until it succeeds or the process stops. Once even then: what was sent in the last moment is worth recording.
async fn persist<T, E, F, R>(stop: &CancellationToken, mut attempt: F) -> Result<T, Aborted>
where
    F: FnMut() -> R,
    R: Future<Output = Result<T, E>>,
    E: std::fmt::Display,
{
    let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => {
                tracing::warn!("a delivery cannot be read or recorded, trying again: {error}");
            }
        }
        if !backoff.wait(stop).await {
            return Err(Aborted::Stopping);
        }
    }
}
