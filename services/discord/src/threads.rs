//! Threads: settings of a channel apply in its threads, and in those that the bot opened it needs no mention. Remembered
//! across restarts.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use async_nats::jetstream::kv::Store;
use stoa_inbox::Error;

use crate::stored::{Note, numbers};

/// Keys of threads that the bot opened.
const OWN: &str = "discord.thread.";
/// Keys of the others.
const OTHER: &str = "discord.parent.";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Thread {
    parent: u64,
    own: bool,
}

/// Threads, and the channels that they are in.
#[derive(Clone)]
pub(crate) struct Threads {
    known: Arc<RwLock<HashMap<u64, Thread>>>,
    store: Store,
}

impl Threads {
    /// Reads what is remembered.
    pub(crate) async fn load(store: Store) -> Result<Self, Error> {
        let threads = Self {
            known: Arc::default(),
            store,
        };
        threads.reload().await?;
        Ok(threads)
    }

    /// Reads what other processes learned meanwhile.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let mut stored = HashMap::new();
        // The bot's own last, as a thread may be under both: opened by the bot, and then told of by Discord.
        for (prefix, own) in [(OTHER, false), (OWN, true)] {
            let threads = numbers(&self.store, prefix).await?.into_iter();
            stored.extend(threads.map(|(id, parent)| (id, Thread { parent, own })));
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(stored);
        Ok(())
    }

    /// Whether a channel is a thread: as this process knows, or as another one has written down, which may be the one that
    /// hears of its server.
    pub(crate) async fn is_thread(&self, channel: u64) -> bool {
        if self.parent(channel).is_some() {
            return true;
        }
        for prefix in [OTHER, OWN] {
            let stored = self.store.get(format!("{prefix}{channel}")).await;
            if stored.is_ok_and(|stored| stored.is_some()) {
                return true;
            }
        }
        false
    }

    /// Whether the bot opened this thread.
    pub(crate) fn is_own(&self, thread: u64) -> bool {
        self.get(thread).is_some_and(|thread| thread.own)
    }

    /// The channel that a thread is in.
    pub(crate) fn parent(&self, thread: u64) -> Option<u64> {
        self.get(thread).map(|thread| thread.parent)
    }

    fn get(&self, thread: u64) -> Option<Thread> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&thread).copied()
    }

    /// Learns of a thread, which is known from now on; what is to be stored of it, if it is news. `own` when the bot opened
    /// it.
    pub(crate) fn learn(&self, thread: u64, parent: u64, own: bool) -> Option<Note> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let now = Thread { parent, own };
        let is_new = known.insert(thread, now) != Some(now);
        is_new.then(|| Note::new(if own { OWN } else { OTHER }, thread, parent))
    }

    /// Remembers a thread that the bot opened.
    pub(crate) async fn opened(&self, thread: u64, parent: u64) {
        let Some(note) = self.learn(thread, parent, true) else {
            return;
        };
        if let Err(error) = note.save(&self.store).await {
            // It is known until the next start, and Discord tells the bot of it too.
            tracing::debug!("a thread was not remembered: {error}");
        }
    }
}
