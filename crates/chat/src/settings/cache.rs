mod compare;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use async_nats::jetstream::kv::{Entry, Operation, Store};
use futures::StreamExt;
use stoa_inbox::Error as StorageError;
use stoa_kit::{
    Shutdown, grpc,
    nats::{self, Nats},
};
use stoa_proto::settings::{
    GetRequest, PutRequest, Settings as SpaceSettings,
    settings_service_client::SettingsServiceClient,
};
use tokio::sync::watch;
use tonic::Code;

use super::{LimitExceeded, Settings, stored::Stored};
use crate::Error;

/// How often a change is tried again when somebody else was quicker.
const ATTEMPTS: usize = 5;
/// The wait before a watch that broke off is opened again, as that fails at once while NATS is away.
const REOPEN: Duration = Duration::from_secs(1);
/// How long a start waits for what is stored; after that it goes on with what is remembered.
const PATIENCE: Duration = Duration::from_secs(5);

/// The settings of every space in memory. They are stored in PostgreSQL, behind generation; the bucket `settings` remembers
/// them for a start, and tells the processes of a change.
#[derive(Clone)]
pub struct Cache {
    bucket: Store,
    service: SettingsServiceClient<grpc::Client>,
    platform: &'static str,
    spaces: Arc<RwLock<HashMap<String, Remembered>>>,
    /// It was compared with what is stored.
    compared: watch::Sender<bool>,
}

struct Remembered {
    stored: Stored,
    settings: Arc<Settings>,
}

impl Cache {
    /// Reads what is remembered of a platform's spaces, and follows what is stored until shutdown.
    pub async fn open(
        nats: &Nats,
        service: SettingsServiceClient<grpc::Client>,
        platform: &'static str,
        shutdown: &Shutdown,
    ) -> Result<Self, Error> {
        let cache = Self {
            bucket: nats.settings().await?,
            service,
            platform,
            spaces: Arc::default(),
            compared: watch::Sender::new(false),
        };
        // What the bucket remembers is good enough to start with; PostgreSQL may be away, and the bot answers
        // meanwhile.
        cache.load().await?;
        let (following, stop) = (cache.clone(), shutdown.stopping_token());
        shutdown.spawn("settings", async move {
            stop.run_until_cancelled(following.keep_following()).await;
        });
        let (comparing, stop) = (cache.clone(), shutdown.stopping_token());
        shutdown.spawn("stored settings", async move {
            stop.run_until_cancelled(comparing.keep_comparing()).await;
        });
        Ok(cache)
    }

    /// The settings of a space, as far as they are remembered.
    pub fn of(&self, space: &str) -> Arc<Settings> {
        self.spaces()
            .get(&key(space))
            .map(|remembered| Arc::clone(&remembered.settings))
            .unwrap_or_default()
    }

    /// Waits a while until what is stored is known.
    pub async fn ready(&self) {
        let mut compared = self.compared.subscribe();
        let known = compared.wait_for(|compared| *compared);
        if tokio::time::timeout(PATIENCE, known).await.is_err() {
            tracing::warn!(
                platform = self.platform,
                "generation does not answer: settings are used as they are remembered"
            );
        }
    }

    /// The settings of a space as they are stored, which decide who may teach and manage.
    pub async fn stored(&self, space: &str) -> Result<Arc<Settings>, Error> {
        let (_, stored) = self.read(space).await?;
        let settings = readable(space, &stored)?;
        self.remember(key(space), stored);
        Ok(Arc::new(settings))
    }

    /// Changes the settings of a space, whoever else changes them at the same time.
    pub async fn change(
        &self,
        space: &str,
        change: impl Fn(&mut Settings) -> Result<(), LimitExceeded>,
    ) -> Result<Result<(), LimitExceeded>, Error> {
        for _ in 0..ATTEMPTS {
            // Read again in each round: the change is applied to what the others left behind, and theirs is not lost.
            let (version, mut stored) = self.read(space).await?;
            let before = readable(space, &stored)?;
            let mut after = before.clone();
            if let Err(exceeded) = change(&mut after) {
                return Ok(Err(exceeded));
            }
            stored.write(&before, &after);
            if let Some(version) = self.put(space, &stored, version).await? {
                stored.version = version;
                self.tell(space, stored).await;
                return Ok(Ok(()));
            }
        }
        Err(Error::Contended {
            space: space.to_owned(),
        })
    }

    /// Makes a change that must hold at once, even while the service does not answer: it is stored there when it does.
    pub async fn change_now(
        &self,
        space: &str,
        change: impl Fn(&mut Settings),
    ) -> Result<(), Error> {
        let mut stored = self.remembered(space);
        // Once PostgreSQL has the settings, only it may decide whose change is the newest.
        if stored.version > 0 {
            // This changes nothing that has a limit.
            let changed = self.change(space, |settings| {
                change(settings);
                Ok(())
            });
            return changed.await.map(|_| ());
        }
        let before = readable(space, &stored)?;
        let mut after = before.clone();
        change(&mut after);
        stored.write(&before, &after);
        let value = serde_json::to_vec(&stored).map_err(StorageError::storage("write settings"))?;
        let written = self.bucket.put(key(space), value.into()).await;
        written.map_err(StorageError::storage("write settings"))?;
        self.remember(key(space), stored);
        Ok(())
    }

    /// Settings with the version that they are stored at; what is only remembered where none are stored.
    async fn read(&self, space: &str) -> Result<(u64, Stored), Error> {
        let request = GetRequest {
            space: space.to_owned(),
        };
        let got = self.service.clone().get(request).await;
        let got = got.map_err(Error::settings)?.into_inner().settings;
        let got = got.unwrap_or_default();
        let stored = match got.version {
            0 => self.remembered(space),
            _ => parsed(&got)?,
        };
        Ok((got.version, stored))
    }

    /// Stores settings over a version; `None` when they have changed since.
    async fn put(&self, space: &str, stored: &Stored, version: u64) -> Result<Option<u64>, Error> {
        let json = serde_json::to_string(&stored.json);
        let settings = SpaceSettings {
            space: space.to_owned(),
            json: json.map_err(StorageError::storage("write settings"))?,
            version,
        };
        let request = PutRequest {
            settings: Some(settings),
        };
        match self.service.clone().put(request).await {
            Ok(response) => Ok(Some(response.into_inner().version)),
            Err(status) if status.code() == Code::Aborted => Ok(None),
            Err(status) => Err(Error::settings(status)),
        }
    }

    async fn load(&self) -> Result<(), StorageError> {
        let entries = nats::entries(&self.bucket, &format!("{}/", self.platform)).await;
        for entry in entries.map_err(StorageError::storage("read settings"))? {
            self.take(&entry);
        }
        Ok(())
    }

    /// Takes what other processes tell, for as long as it is polled.
    async fn keep_following(&self) {
        loop {
            self.follow().await;
            tokio::time::sleep(REOPEN).await;
        }
    }

    /// Takes what other processes tell, until the watch breaks off.
    async fn follow(&self) {
        let mut changes = match self.bucket.watch_all().await {
            Ok(changes) => changes,
            Err(error) => {
                tracing::warn!("cannot watch the settings, trying again: {error}");
                return;
            }
        };
        // In this order: the watch brings what changes from now on, and the load what changed before it was open.
        if let Err(error) = self.load().await {
            tracing::warn!("{error}");
        }
        while let Some(change) = changes.next().await {
            match change {
                Ok(entry) => self.take(&entry),
                Err(error) => {
                    tracing::debug!("the watch on settings broke off: {error}");
                    return;
                }
            }
        }
    }

    fn take(&self, entry: &Entry) {
        if entry.operation != Operation::Put {
            return;
        }
        match serde_json::from_slice(&entry.value) {
            Ok(stored) => {
                self.remember(entry.key.clone(), stored);
            }
            Err(error) => tracing::error!(key = entry.key, "settings cannot be read: {error}"),
        }
    }

    fn remembered(&self, space: &str) -> Stored {
        let spaces = self.spaces();
        let remembered = spaces.get(&key(space));
        remembered.map_or_else(Stored::default, |remembered| remembered.stored.clone())
    }

    /// Remembers settings; `false` when they are no news, for loads, the watch and changes overtake each other. Settings that
    /// cannot be read leave those known before in force, and nobody writes over them.
    fn remember(&self, key: String, stored: Stored) -> bool {
        let read = stored.read();
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        let known = spaces.get(&key);
        let is_news = match known.map(|known| known.stored.version) {
            // Both are only in the bucket.
            Some(0) => true,
            Some(version) => version < stored.version,
            None => true,
        };
        if !is_news {
            return false;
        }
        let settings = match read {
            Ok(settings) => Arc::new(settings),
            Err(error) => {
                tracing::error!(
                    key,
                    "this version cannot read settings, and leaves them alone: {error}"
                );
                known
                    .map(|known| Arc::clone(&known.settings))
                    .unwrap_or_default()
            }
        };
        spaces.insert(key, Remembered { stored, settings });
        true
    }

    fn spaces(&self) -> RwLockReadGuard<'_, HashMap<String, Remembered>> {
        self.spaces.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parsed(settings: &SpaceSettings) -> Result<Stored, Error> {
    let unreadable = |source| Error::UnreadableSettings {
        space: settings.space.clone(),
        source,
    };
    Ok(Stored {
        version: settings.version,
        json: serde_json::from_str(&settings.json).map_err(unreadable)?,
    })
}

fn readable(space: &str, stored: &Stored) -> Result<Settings, Error> {
    stored.read().map_err(|source| Error::UnreadableSettings {
        space: space.to_owned(),
        source,
    })
}

/// Keys of a bucket take no colons, which spaces have after the platform's name.
fn key(space: &str) -> String {
    space.replace(':', "/")
}
