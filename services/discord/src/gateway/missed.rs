//! What was said while the bot was away: mentions and direct messages since the last message that it saw.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_nats::jetstream::kv::Store;
use stoa_chat::Error;
use twilight_http::Client;
use twilight_model::{
    channel::{Channel, Message},
    guild::Guild,
    id::{Id, marker::ChannelMarker},
};

use crate::{failure::Failure, numbers::numbers};

/// What is older stays unanswered.
const MAX_AGE: Duration = Duration::from_secs(6 * 3_600);
/// Most messages that are looked through in a channel, and channels in all.
const PER_CHANNEL: u16 = 100;
const MAX_CHANNELS: usize = 200;
/// How much later than Discord's this machine's clock may be.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);
/// How exactly it is known when a person last wrote: once in this time it is written down.
const EXACTNESS: Duration = Duration::from_secs(3_600);
/// 2015-01-01, from which Discord's ids count.
const EPOCH: Duration = Duration::from_millis(1_420_070_400_000);
const PREFIX: &str = "discord.dm.";

/// Where a bot begins that has seen nothing yet: shortly before now, by Discord's clock or this one.
pub(crate) fn beginning() -> u64 {
    snowflake(now().saturating_sub(CLOCKS_DIFFER))
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
    /// Reads those that are known.
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
            let is_news = message.saturating_sub(*last) > (EXACTNESS.as_millis() as u64) << 22;
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
pub(crate) fn channels(guild: &Guild, since: u64) -> Vec<u64> {
    let spoken = |channel: &&Channel| {
        channel
            .last_message_id
            .is_some_and(|last| last.get() > since)
    };
    let all = guild.channels.iter().chain(&guild.threads);
    let mut spoken: Vec<&Channel> = all.filter(spoken).collect();
    spoken.sort_unstable_by_key(|channel| std::cmp::Reverse(channel.last_message_id));
    spoken.truncate(MAX_CHANNELS);
    spoken.iter().map(|channel| channel.id.get()).collect()
}

/// What was said in a channel since, oldest first. What may not be read is left out.
pub(crate) async fn messages(
    http: &Client,
    channel: u64,
    guild: Option<u64>,
    since: u64,
) -> Result<Vec<Message>, Failure> {
    let (Some(id), Some(after)) = (
        Id::<ChannelMarker>::new_checked(channel),
        Id::new_checked(since),
    ) else {
        return Ok(Vec::new());
    };
    let fetched = async {
        let request = http.channel_messages(id).after(after).limit(PER_CHANNEL);
        let response = request.await.map_err(|error| Failure::of(&error))?;
        let models = response.models().await;
        models.map_err(|error| Failure::broken(&error))
    };
    let mut messages = match fetched.await {
        Err(Failure::Refused { code, message }) => {
            tracing::debug!(code, channel, "what was missed may not be read: {message}");
            return Ok(Vec::new());
        }
        fetched => fetched?,
    };
    messages.sort_unstable_by_key(|message| message.id);
    for message in &mut messages {
        // Discord leaves it out where it was asked for.
        message.guild_id = guild.and_then(Id::new_checked);
    }
    Ok(messages)
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
