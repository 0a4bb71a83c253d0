//! What was said while the bot was away: mentions and direct messages since the last message that it saw.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serenity::model::id::GuildId;
use tokio_util::sync::CancellationToken;

use super::{Item, Items, backoff, direct};
use crate::{
    api::{CallError, Client},
    history,
    intake::Intake,
    model::{Channel, Guild, Message},
    snowflake,
};

/// What was said longer ago stays unanswered.
const MAX_AGE: Duration = Duration::from_secs(6 * 3_600);
/// Most channels that are read.
pub(super) const MAX_CHANNELS: usize = 200;
/// How far this machine's clock may be ahead of Discord's.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Where a bot that has seen nothing yet begins: shortly before now, whichever clock is ahead.
pub(crate) fn beginning() -> u64 {
    snowflake::at(snowflake::now().saturating_sub(CLOCK_SKEW))
}

/// The oldest message that is still answered.
pub(crate) fn oldest(seen: u64) -> u64 {
    seen.max(snowflake::at(snowflake::now().saturating_sub(MAX_AGE)))
}

/// Channels and threads of a server in which something was said since.
pub(super) fn channels(guild: &Guild, since: u64) -> Vec<u64> {
    let spoken = |channel: &&Channel| {
        channel
            .last_message_id
            .is_some_and(|last| last.get() > since)
    };
    let all = guild.channels.iter().chain(&guild.threads);
    let mut spoken: Vec<&Channel> = all.filter(spoken).collect();
    spoken.sort_unstable_by_key(|channel| std::cmp::Reverse(channel.last_message_id));
    // Those with the latest messages, where there are more.
    spoken.truncate(MAX_CHANNELS);
    spoken.iter().map(|channel| channel.id.get()).collect()
}

/// Fetches what was said while nobody listened.
pub(super) struct Catcher {
    pub(super) http: Arc<Client>,
    pub(super) intake: Intake,
    pub(super) items: Items,
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

    async fn fetch(&self, mut channels: Vec<u64>) {
        if self.guild.is_none() {
            channels.extend(self.listed(&channels).await);
        }
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
            tracing::info!(
                found,
                "fetched messages to the bot from the time it was away"
            );
        }
        // The shard may have ended.
        let _ = self.items.send(Item::CaughtUp).await;
    }

    /// Channels of direct messages that Discord lists, beside those that are known.
    async fn listed(&self, known: &[u64]) -> Vec<u64> {
        match direct::listed(&self.http, self.since).await {
            Ok(listed) => {
                let known: BTreeSet<u64> = known.iter().copied().collect();
                let news = listed
                    .into_iter()
                    .filter(|channel| !known.contains(channel));
                news.take(MAX_CHANNELS).collect()
            }
            // Nor does Discord say more to a bot that asks again.
            Err(error) => {
                tracing::debug!("channels of direct messages are not listed: {error}");
                Vec::new()
            }
        }
    }

    /// What was said in a channel, oldest first, however often Discord does not answer. What may not be read is left
    /// out.
    async fn messages(&self, channel: u64) -> Vec<Message> {
        let mut backoff = backoff();
        loop {
            match history::since(&self.http, channel, self.since).await {
                Ok(messages) => return self.in_guild(messages),
                Err(error) if error.is_transient() => {
                    tracing::warn!(channel, "missed messages are not read yet: {error}");
                }
                Err(error @ CallError::Rejected { .. }) => {
                    tracing::debug!(channel, "missed messages may not be read: {error}");
                    return Vec::new();
                }
                // Read again, it would be the same.
                Err(error) => {
                    tracing::warn!(channel, "missed messages are left out: {error}");
                    return Vec::new();
                }
            }
            tokio::time::sleep(backoff.next_wait()).await;
        }
    }

    /// Messages with their server, which Discord leaves out of a channel's history.
    fn in_guild(&self, mut messages: Vec<Message>) -> Vec<Message> {
        // Discord gives the newest first; ids are in the order of time.
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
    fn what_is_too_old_is_left() {
        let now = beginning();
        assert!(oldest(0) > 0 && oldest(0) < now);
        assert_eq!(oldest(now), now);
    }
}
