//! Channels of direct messages.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_nats::jetstream::kv::Store;
use serde_json::Value;
use stoa_inbox::Error;
use twilight_http::routing::Route;

use super::missed::MAX_CHANNELS;
use crate::{
    api::{self, CallError, Client},
    model::Channel,
    stored::{Note, numbers},
};

/// How precisely it is recorded when a person last wrote.
const PRECISION: Duration = Duration::from_secs(3_600);
/// Keys of channels of direct messages.
const PREFIX: &str = "discord.dm.";

/// Channels of direct messages, and when somebody last wrote there: Discord lists none to a bot.
#[derive(Clone)]
pub(crate) struct DirectChannels {
    known: Arc<Mutex<HashMap<u64, u64>>>,
    store: Store,
}

impl DirectChannels {
    /// Reads what is remembered.
    pub(crate) async fn load(store: Store) -> Result<Self, Error> {
        let channels = Self {
            known: Arc::default(),
            store,
        };
        channels.reload().await?;
        Ok(channels)
    }

    /// Reads what other processes learned meanwhile.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let stored = numbers(&self.store, PREFIX).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(stored);
        Ok(())
    }

    /// Remembers that somebody wrote.
    pub(crate) async fn wrote(&self, channel: u64, message: u64) {
        let is_news = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let last = known.entry(channel).or_default();
            // Snowflakes hold milliseconds above their lowest 22 bits.
            let is_news = message.saturating_sub(*last) > (PRECISION.as_millis() as u64) << 22;
            if is_news {
                *last = message;
            }
            is_news
        };
        if !is_news {
            return;
        }
        let note = Note::new(PREFIX, channel, message);
        if let Err(error) = note.save(&self.store).await {
            tracing::debug!("a channel of direct messages was not remembered: {error}");
        }
    }

    /// Channels where somebody may have written since, the latest first.
    pub(crate) fn latest(&self) -> Vec<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut latest: Vec<(u64, u64)> = known.iter().map(|(id, last)| (*last, *id)).collect();
        latest.sort_unstable_by(|a, b| b.cmp(a));
        latest.truncate(MAX_CHANNELS);
        latest.into_iter().map(|(_, channel)| channel).collect()
    }
}

/// Channels of direct messages in which something was said since, where Discord lists them: its own lists none to a bot,
/// others do. So a first message that comes while the bot is away is found there, too.
pub(super) async fn listed(http: &Client, since: u64) -> Result<Vec<u64>, CallError> {
    let channels: Vec<Value> = api::get(http, &Route::GetUserPrivateChannels).await?;
    let channels = channels.into_iter().map(serde_json::from_value);
    let channels = channels.filter_map(|channel: Result<Channel, _>| channel.ok());
    let spoken = channels.filter(|channel| {
        channel
            .last_message_id
            .is_some_and(|last| last.get() > since)
    });
    Ok(spoken.map(|channel| channel.id.get()).collect())
}
