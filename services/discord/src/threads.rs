//! Threads that the bot opened, in which nobody needs to mention it. They are known over restarts.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use async_nats::jetstream::kv::Store;
use futures::TryStreamExt;
use stoa_chat::Error;

const PREFIX: &str = "discord.thread.";

/// The bot's threads, and the channels that they are in.
#[derive(Clone)]
pub(crate) struct Threads {
    known: Arc<RwLock<HashMap<u64, u64>>>,
    store: Store,
}

impl Threads {
    /// Reads those that are known.
    pub(crate) async fn load(store: Store) -> Result<Self, Error> {
        let inbox = |error: &dyn std::fmt::Display| Error::Inbox(error.to_string());
        let keys: Vec<String> = store
            .keys()
            .await
            .map_err(|error| inbox(&error))?
            .try_collect()
            .await
            .map_err(|error| inbox(&error))?;
        let mut known = HashMap::new();
        for key in keys {
            let Some(thread) = key.strip_prefix(PREFIX).and_then(|id| id.parse().ok()) else {
                continue;
            };
            let parent = store.get(&key).await.map_err(|error| inbox(&error))?;
            let parent = parent.and_then(|parent| std::str::from_utf8(&parent).ok()?.parse().ok());
            known.insert(thread, parent.unwrap_or_default());
        }
        Ok(Self {
            known: Arc::new(RwLock::new(known)),
            store,
        })
    }

    /// Whether the bot opened this thread.
    pub(crate) fn is_own(&self, thread: u64) -> bool {
        self.parent(thread).is_some()
    }

    /// The channel that one of the bot's threads is in.
    pub(crate) fn parent(&self, thread: u64) -> Option<u64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&thread).copied()
    }

    /// Remembers a thread that the bot opened.
    pub(crate) async fn own(&self, thread: u64, parent: u64) {
        let is_new = {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(thread, parent).is_none()
        };
        if !is_new {
            return;
        }
        let stored = self
            .store
            .put(format!("{PREFIX}{thread}"), parent.to_string().into())
            .await;
        if let Err(error) = stored {
            // It is known until the next start, and Discord says again that it is the bot's.
            tracing::debug!("a thread was not remembered: {error}");
        }
    }
}
