//! The bucket `deliveries`, as one term of the platform's lease may write it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_nats::jetstream::kv::{Operation, Store, UpdateErrorKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use super::{Aborted, FIRST_WAIT, LONGEST_WAIT};
use crate::retry::Backoff;

/// Held by who sends to a chat.
type Chat = tokio::sync::Mutex<()>;

/// Chats whose locks are kept before those that nobody holds are removed.
const LOCKS: usize = 1_000;

/// The bucket `deliveries`. What a later term wrote is not written over: a process that was paused for longer than its
/// lease finds out here that another one speaks.
#[derive(Clone)]
pub(crate) struct Records {
    bucket: Store,
    fence: u64,
    /// In each chat one message is sent at a time.
    chats: Arc<Mutex<HashMap<String, Weak<Chat>>>>,
}

/// A value, and the revision that it has in the bucket; 0 when it is not there.
pub(super) struct Stored<T> {
    pub(super) value: T,
    pub(super) revision: u64,
}

/// A value as it is written, with the term of the lease that wrote it.
#[derive(Serialize, Deserialize)]
struct Fenced<T> {
    #[serde(default)]
    fence: u64,
    #[serde(flatten)]
    value: T,
}

impl Records {
    /// The bucket, for a term of the lease.
    pub(crate) fn new(bucket: Store, fence: u64) -> Self {
        Self {
            bucket,
            fence,
            chats: Arc::default(),
        }
    }

    /// What keeps others from sending to a chat while it is held.
    pub(super) fn chat(&self, counter: &str) -> Arc<Chat> {
        let mut chats = self.chats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chat) = chats.get(counter).and_then(Weak::upgrade) {
            return chat;
        }
        if chats.len() >= LOCKS {
            chats.retain(|_, chat| chat.strong_count() > 0);
        }
        // The map holds it weakly: a chat in which nothing is being sent costs an entry, and no lock is removed under
        // somebody who waits for it.
        let chat = Arc::new(Chat::new(()));
        chats.insert(counter.to_owned(), Arc::downgrade(&chat));
        chat
    }

    /// Reads a value, the default when there is none. It is aborted where a later term wrote it, and where this version
    /// cannot read it: what a newer one wrote is left to it.
    pub(super) async fn load<T>(
        &self,
        key: &str,
        stop: &CancellationToken,
    ) -> Result<Stored<T>, Aborted>
    where
        T: Default + DeserializeOwned,
    {
        let entry = persist(stop, || self.bucket.entry(key)).await?;
        let Some(entry) = entry else {
            return Ok(Stored {
                value: T::default(),
                revision: 0,
            });
        };
        let revision = entry.revision;
        // It was deleted or has expired. The revision is still needed, as writing over a deletion names it, too.
        if entry.operation != Operation::Put {
            let value = T::default();
            return Ok(Stored { value, revision });
        }
        match serde_json::from_slice::<Fenced<T>>(&entry.value) {
            // The lease alone does not keep two from speaking: a process that slept through its end still believes that
            // it holds it.
            Ok(Fenced { fence, .. }) if fence > self.fence => {
                tracing::warn!(key, "another process speaks meanwhile: this one stops");
                Err(Aborted::Stopping)
            }
            Ok(Fenced { value, .. }) => Ok(Stored { value, revision }),
            Err(error) => {
                tracing::error!(
                    key,
                    "this version cannot read the record of a delivery, and leaves it alone: {error}"
                );
                Err(Aborted::Stopping)
            }
        }
    }

    /// Writes a value over the revision that was read; returns the new one, or `None` when it has changed since.
    pub(super) async fn save<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        revision: u64,
        stop: &CancellationToken,
    ) -> Result<Option<u64>, Aborted> {
        let fence = self.fence;
        let bytes = serde_json::to_vec(&Fenced { fence, value }).unwrap_or_default();
        persist(stop, || async {
            let saved = self
                .bucket
                .update(key, bytes.clone().into(), revision)
                .await;
            match saved {
                Ok(revision) => Ok(Some(revision)),
                Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
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
        // After the attempt and not before it, so that there is always one, see above.
        if !backoff.wait(stop).await {
            return Err(Aborted::Stopping);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::record::Record, *};

    #[test]
    fn what_is_written_carries_its_term_and_what_is_older_has_none() {
        let record = Record {
            messages: vec!["7".to_owned()],
            done: true,
            target: None,
        };
        let value = &record;
        let written = serde_json::to_string(&Fenced { fence: 3, value }).expect("it is written");
        assert_eq!(written, r#"{"fence":3,"messages":["7"],"done":true}"#);
        let read: Fenced<Record> = serde_json::from_str(&written).expect("it is read");
        assert_eq!((read.fence, read.value), (3, record));
        let older = r#"{"messages":["7"],"done":false,"sending":true}"#;
        let older: Fenced<Record> = serde_json::from_str(older).expect("it is read");
        assert_eq!((older.fence, older.value.messages.len()), (0, 1));
    }
}
