//! Updates by long polling. The offset moves on only when the inbox has them, so none is lost; one that is delivered
//! again is recognized by its id.

use std::time::Duration;

use stoa_chat::retry::Backoff;
use teloxide_core::{
    ApiError, Bot, RequestError, payloads::GetUpdatesSetters, prelude::Requester, types::Update,
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::{is_webhook_active, platform_error},
    sink::{READ, Sink},
};

/// How long Telegram holds a poll open, in seconds.
const HOLD: u32 = 50;
/// Updates of one poll.
const BATCH: u8 = 100;

/// Waits between attempts at Telegram, or at the inbox.
fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(500), Duration::from_secs(30))
}

pub(crate) struct Poll {
    pub(crate) bot: Bot,
    pub(crate) sink: Sink,
}

impl Poll {
    /// Polls until it is told to stop.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let mut offset = 0;
        let mut backoff = backoff();
        while !stop.is_cancelled() {
            let request = self
                .bot
                .get_updates()
                .offset(offset)
                .timeout(HOLD)
                .limit(BATCH)
                .allowed_updates(READ);
            let polled = tokio::select! {
                polled = request => polled,
                () = stop.cancelled() => return,
            };
            let wait = match polled {
                Ok(updates) => {
                    backoff.reset();
                    self.sink.answer(&updates);
                    if let Some(next) = self.take(&updates, stop).await {
                        offset = next;
                    }
                    continue;
                }
                Err(RequestError::RetryAfter(seconds)) => seconds.duration(),
                Err(error) => {
                    self.failed(&error).await;
                    backoff.next_wait()
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Says why a poll failed, and removes a webhook that is in the way.
    async fn failed(&self, error: &RequestError) {
        if is_webhook_active(error) {
            tracing::info!("a webhook is set for this bot: it is removed, pending updates stay");
            // Whether that worked, the next poll shows.
            let _ = self.bot.delete_webhook().await;
        } else if let RequestError::Api(ApiError::TerminatedByOtherGetUpdates) = error {
            tracing::warn!(
                "another program polls with this bot's token: stop it, only one can poll for a bot"
            );
        } else {
            tracing::warn!("no updates from Telegram: {}", platform_error(error));
        }
    }

    /// Stores updates; returns the offset after them, or `None` when the process stops before.
    async fn take(&self, updates: &[Update], stop: &CancellationToken) -> Option<i32> {
        let last = updates.last()?.id.0;
        let mut backoff = backoff();
        while let Err(error) = self.sink.take(updates).await {
            tracing::warn!("updates stay at Telegram for now: {error}");
            if !backoff.wait(stop).await {
                return None;
            }
        }
        i32::try_from(last).ok().map(|last| last.wrapping_add(1))
    }
}
