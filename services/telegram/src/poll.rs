//! Updates by long polling. The offset moves on only when the inbox has them, so none is lost; one that is delivered
//! again is recognized by its id.

use std::time::Duration;

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
const BATCH: u8 = 100;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

pub(crate) struct Poll {
    pub(crate) bot: Bot,
    pub(crate) sink: Sink,
}

impl Poll {
    /// Polls until it is told to stop.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let mut offset = 0;
        let mut wait = FIRST_WAIT;
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
            match polled {
                Ok(updates) => {
                    wait = FIRST_WAIT;
                    self.sink.answer(&updates);
                    if let Some(next) = self.take(&updates, stop).await {
                        offset = next;
                    }
                    continue;
                }
                Err(error) if is_webhook_active(&error) => {
                    tracing::info!(
                        "a webhook is set for this bot: it is removed, pending updates stay"
                    );
                    // Whether that worked, the next poll shows.
                    let _ = self.bot.delete_webhook().await;
                }
                Err(RequestError::Api(ApiError::TerminatedByOtherGetUpdates)) => {
                    tracing::warn!(
                        "another program polls with this bot's token: stop it, a bot can only be polled by one"
                    );
                }
                Err(RequestError::RetryAfter(seconds)) => wait = seconds.duration(),
                Err(error) => {
                    tracing::warn!("no updates from Telegram: {}", platform_error(&error))
                }
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = stop.cancelled() => {}
            }
        }
    }

    /// Stores updates; returns the offset after them, or `None` when the process stops before.
    async fn take(&self, updates: &[Update], stop: &CancellationToken) -> Option<i32> {
        let last = updates.last()?.id.0;
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.sink.take(updates).await {
            tracing::warn!("updates stay at Telegram for now: {error}");
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = stop.cancelled() => return None,
            }
        }
        i32::try_from(last).ok().map(|last| last.wrapping_add(1))
    }
}
