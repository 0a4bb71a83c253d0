//! What was said while the bot was away: mentions and direct messages since the last message that it saw.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_nats::jetstream::kv::Store;
use serenity::model::{
    channel::{GuildChannel, Message},
    id::GuildId,
};
use stoa_inbox::Error;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use twilight_http::Client;

use super::{Item, backoff, received::Guild};
use crate::{api::CallError, history, intake::Intake, stored::numbers};

/// What was said longer ago stays unanswered.
const MAX_AGE: Duration = Duration::from_secs(6 * 3_600);
/// Most channels that are read.
const MAX_CHANNELS: usize = 200;
/// How far this machine's clock may be ahead of Discord's.
const CLOCK_SKEW: Duration = Duration::from_secs(60);
/// How precisely it is recorded when a person last wrote.
const PRECISION: Duration = Duration::from_secs(3_600);
/// 2015-01-01, from which Discord's ids count.
const EPOCH: Duration = Duration::from_millis(1_420_070_400_000);
/// Keys of channels of direct messages.
const PREFIX: &str = "discord.dm.";

/// Where a bot that has seen nothing yet begins: shortly before now, whichever clock is ahead.
pub(crate) fn beginning() -> u64 {
    snowflake(now().saturating_sub(CLOCK_SKEW))
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn snowflake(since_1970: Duration) -> u64 {
    let millis = since_1970.saturating_sub(EPOCH).as_millis();
    u64::try_from(millis).unwrap_or(u64::MAX >> 22) << 22
}

/// The oldest message that is still answered.
pub(crate) fn oldest(seen: u64) -> u64 {
    seen.max(snowflake(now().saturating_sub(MAX_AGE)))
}

/// Channels of direct messages, and when somebody last wrote there: Discord has no list of them.
#[derive(Clone)]
pub(crate) struct DirectChannels {
    known: Arc<Mutex<HashMap<u64, u64>>>,
    store: Store,
}

impl DirectChannels {
    /// Reads what is remembered.
    pub(crate) async fn load(store: Store) -> Result<Self, Error> {
        let known = numbers(&store, PREFIX).await?;
        Ok(Self {
            known: Arc::new(Mutex::new(known)),
            store,
        })
    }

    /// Remembers that somebody wrote.
    pub(crate) async fn wrote(&self, channel: u64, message: u64) {
        let is_news = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let last = known.entry(channel).or_default();
            let is_news = message.saturating_sub(*last) > (PRECISION.as_millis() as u64) << 22;
            if is_news {
                *last = message;
            }
            is_news
        };
        if !is_news {
            return;
        }
        let key = format!("{PREFIX}{channel}");
        if let Err(error) = self.store.put(key, message.to_string().into()).await {
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

/// Channels and threads of a server in which something was said since.
pub(super) fn channels(guild: &Guild, since: u64) -> Vec<u64> {
    let spoken = |channel: &&GuildChannel| {
        channel
            .last_message_id
            .is_some_and(|last| last.get() > since)
    };
    let all = guild.channels.iter().chain(&guild.threads);
    let mut spoken: Vec<&GuildChannel> = all.filter(spoken).collect();
    spoken.sort_unstable_by_key(|channel| std::cmp::Reverse(channel.last_message_id));
    spoken.truncate(MAX_CHANNELS);
    spoken.iter().map(|channel| channel.id.get()).collect()
}

/// Fetches what was said while nobody listened.
pub(super) struct Catcher {
    pub(super) http: Arc<Client>,
    pub(super) intake: Intake,
    pub(super) items: mpsc::Sender<Item>,
    pub(super) guild: Option<u64>,
    pub(super) since: u64,
}

impl Catcher {
    /// Fetches channel by channel. When it is stopped before the end, the position stays behind, and the next start
    /// fetches again.
    pub(super) async fn run(self, channels: Vec<u64>, stop: &CancellationToken) {
        tokio::select! {
            () = self.fetch(channels) => {}
            () = stop.cancelled() => {}
        }
    }

    async fn fetch(&self, channels: Vec<u64>) {
        let mut found = 0;
        for channel in channels {
            for message in self.messages(channel).await {
                let events = self.intake.message(&message);
                found += events.len();
                let item = Item::Happened {
                    at: None,
                    events,
                    stored: None,
                };
                if self.items.send(item).await.is_err() {
                    return;
                }
            }
        }
        if found > 0 {
            tracing::info!(found, "fetched what was said to the bot while it was away");
        }
        // The shard may have ended.
        let _ = self.items.send(Item::CaughtUp).await;
    }

    /// What was said in a channel, oldest first, however often Discord does not answer. What may not be read is left
    /// out.
    async fn messages(&self, channel: u64) -> Vec<Message> {
        let mut backoff = backoff();
        loop {
            match history::since(&self.http, channel, self.since).await {
                Ok(messages) => return self.in_guild(messages),
                Err(error @ CallError::Rejected { .. }) => {
                    tracing::debug!(channel, "what was missed may not be read: {error}");
                    return Vec::new();
                }
                Err(error) => {
                    tracing::warn!(channel, "what was missed is not read yet: {error}");
                }
            }
            tokio::time::sleep(backoff.next_wait()).await;
        }
    }

    /// Messages with their server, which Discord leaves out of a channel's history.
    fn in_guild(&self, mut messages: Vec<Message>) -> Vec<Message> {
        messages.sort_unstable_by_key(|message| message.id);
        for message in &mut messages {
            message.guild_id = self.guild.map(GuildId::new);
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_times() {
        // The id and time that Discord's documentation gives as its example.
        let time = Duration::from_millis(1_462_015_105_796);
        assert_eq!(snowflake(time) >> 22, 175_928_847_299_117_063 >> 22);
        assert_eq!(snowflake(Duration::ZERO), 0);
    }

    #[test]
    fn what_is_too_old_is_left() {
        let now = beginning();
        assert!(oldest(0) > 0 && oldest(0) < now);
        assert_eq!(oldest(now), now);
    }
}
