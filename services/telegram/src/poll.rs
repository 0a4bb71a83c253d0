//! Updates by long polling. The offset moves on only when the inbox has them, so none is lost; one that is delivered
//! again is recognized by its id.

use std::time::Duration;

use serde_json::Value;
use stoa_chat::retry::Backoff;
use teloxide_core::{
    ApiError, Bot, RequestError, prelude::Requester, requests::JsonRequest, types::Update,
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::{is_webhook_active, platform_error},
    sink::{READ, Sink},
    update::{self, GetUpdates},
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
            let request = GetUpdates {
                offset,
                limit: BATCH,
                timeout: HOLD,
                allowed_updates: READ.to_vec(),
            };
            let request = JsonRequest::new(self.bot.clone(), request);
            let polled = tokio::select! {
                // Dropped when the process stops: what Telegram had ready stays there, as the offset was not moved on.
                polled = request.into_future() => polled,
                () = stop.cancelled() => return,
            };
            let wait = match polled {
                // Without a number there is no getting past them.
                Ok(updates) if is_unnumbered(&updates) => {
                    tracing::warn!("updates from Telegram have no numbers: check TELEGRAM_API_URL");
                    backoff.next_wait()
                }
                Ok(updates) => {
                    backoff.reset();
                    if let Some(next) = self.take(updates, stop).await {
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
    async fn take(&self, updates: Vec<Value>, stop: &CancellationToken) -> Option<i64> {
        // Also of those that cannot be read, or Telegram would send them again for ever.
        let last = updates.iter().filter_map(update::number).max()?;
        let updates: Vec<Update> = updates.into_iter().filter_map(update::read).collect();
        // Once and before the inbox: a retry of `take` must not answer a button twice.
        self.sink.answer(&updates);
        let mut backoff = backoff();
        while let Err(error) = self.sink.take(&updates).await {
            tracing::warn!("updates stay at Telegram for now: {error}");
            if !backoff.wait(stop).await {
                return None;
            }
        }
        Some(last + 1)
    }
}

fn is_unnumbered(updates: &[Value]) -> bool {
    !updates.is_empty()
        && updates
            .iter()
            .all(|update| update::number(update).is_none())
}
