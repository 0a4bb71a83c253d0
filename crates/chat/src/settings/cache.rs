use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_nats::jetstream::kv::{CreateErrorKind, Entry, Operation, Store, UpdateErrorKind};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use stoa_inbox::Error as StorageError;
use stoa_kit::{Shutdown, nats::Nats};

use super::{LimitExceeded, Settings};
use crate::Error;

/// How often a change is tried again when another process was quicker.
const ATTEMPTS: usize = 5;
/// The wait before a watch that broke off is opened again, as that fails at once while NATS is away.
const REOPEN: Duration = Duration::from_secs(1);

/// The settings of every space in memory; each process follows the bucket that they are stored in.
#[derive(Clone)]
pub struct Cache {
    bucket: Store,
    spaces: Arc<RwLock<HashMap<String, Cached>>>,
}

struct Cached {
    revision: u64,
    settings: Arc<Settings>,
}

impl Cache {
    /// Reads all settings, and follows them until shutdown.
    pub async fn open(nats: &Nats, shutdown: &Shutdown) -> Result<Self, Error> {
        let cache = Self {
            bucket: nats.settings().await?,
            spaces: Arc::default(),
        };
        cache.load().await?;
        let (following, stop) = (cache.clone(), shutdown.clone());
        shutdown.spawn("settings", async move {
            while !stop.is_stopping() {
                tokio::select! {
                    () = following.follow() => {}
                    () = stop.stopping() => return,
                }
                tokio::select! {
                    () = tokio::time::sleep(REOPEN) => {}
                    () = stop.stopping() => return,
                }
            }
        });
        Ok(cache)
    }

    /// The settings of a space.
    pub fn of(&self, space: &str) -> Arc<Settings> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces
            .get(&key(space))
            .map(|cached| Arc::clone(&cached.settings))
            .unwrap_or_default()
    }

    /// Changes the settings of a space, whoever else changes them at the same time.
    pub async fn change(
        &self,
        space: &str,
        change: impl Fn(&mut Settings) -> Result<(), LimitExceeded>,
    ) -> Result<Result<(), LimitExceeded>, Error> {
        let key = key(space);
        for _ in 0..ATTEMPTS {
            let entry = self.bucket.entry(&key).await;
            let entry = entry
                .map_err(StorageError::storage("read settings"))?
                .filter(|entry| entry.operation == Operation::Put);
            let mut settings: Settings = entry
                .as_ref()
                .and_then(|entry| serde_json::from_slice(&entry.value).ok())
                .unwrap_or_default();
            if let Err(exceeded) = change(&mut settings) {
                return Ok(Err(exceeded));
            }
            if let Some(revision) = self.write(&key, entry, &settings).await? {
                // At once, so that whoever made the change sees it in the very next reply.
                self.update(key, revision, settings);
                return Ok(Ok(()));
            }
        }
        Err(Error::Contended {
            space: space.to_owned(),
        })
    }

    /// Writes settings over the entry they were read from; `None` when it has changed since.
    async fn write(
        &self,
        key: &str,
        entry: Option<Entry>,
        settings: &Settings,
    ) -> Result<Option<u64>, StorageError> {
        let failed = "write settings";
        let value = serde_json::to_vec(settings).map_err(StorageError::storage(failed))?;
        let value = Bytes::from(value);
        match entry {
            Some(entry) => match self.bucket.update(key, value, entry.revision).await {
                Ok(revision) => Ok(Some(revision)),
                Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(None),
                Err(error) => Err(StorageError::storage(failed)(error)),
            },
            None => match self.bucket.create(key, value).await {
                Ok(revision) => Ok(Some(revision)),
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => Ok(None),
                Err(error) => Err(StorageError::storage(failed)(error)),
            },
        }
    }

    async fn load(&self) -> Result<(), StorageError> {
        let keys = self.bucket.keys().await;
        let keys = keys.map_err(StorageError::storage("list settings"))?;
        let keys: Vec<String> = keys
            .try_collect()
            .await
            .map_err(StorageError::storage("list settings"))?;
        for key in keys {
            let entry = self.bucket.entry(&key).await;
            if let Some(entry) = entry.map_err(StorageError::storage("read settings"))? {
                self.read(entry);
            }
        }
        Ok(())
    }

    async fn follow(&self) {
        let mut changes = match self.bucket.watch_all().await {
            Ok(changes) => changes,
            Err(error) => {
                tracing::warn!("cannot watch the settings, trying again: {error}");
                return;
            }
        };
        // In this order: the watch brings what changes from now on, and the load what changed before it was open. What
        // comes twice is told by its revision.
        if let Err(error) = self.load().await {
            tracing::warn!("{error}");
        }
        while let Some(change) = changes.next().await {
            match change {
                Ok(entry) => self.read(entry),
                Err(error) => {
                    tracing::debug!("the watch on settings broke off: {error}");
                    return;
                }
            }
        }
    }

    fn read(&self, entry: Entry) {
        match serde_json::from_slice(&entry.value) {
            Ok(settings) => self.update(entry.key, entry.revision, settings),
            Err(error) => tracing::error!(key = entry.key, "settings cannot be read: {error}"),
        }
    }

    fn update(&self, key: String, revision: u64, settings: Settings) {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        // Loads, the watch and our own writes overtake each other.
        let is_newer = spaces
            .get(&key)
            .is_none_or(|cached| cached.revision < revision);
        if is_newer {
            let settings = Arc::new(settings);
            spaces.insert(key, Cached { revision, settings });
        }
    }
}

/// Keys of a bucket take no colons, which spaces have after the platform's name.
fn key(space: &str) -> String {
    space.replace(':', "/")
}
