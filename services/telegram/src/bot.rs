//! The client of the Bot API.

use std::time::Duration;

use secrecy::ExposeSecret;
use stoa_chat::{Error, retry::Backoff};
use stoa_kit::{Config, outbound};
use teloxide_core::{
    ApiError, Bot, RequestError, net::default_reqwest_settings, prelude::Requester, types::Me,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::error::platform_error;

/// How long a call may take.
pub(crate) const CALL: Duration = Duration::from_secs(20);
/// How long a long poll may take.
pub(crate) const POLL: Duration = Duration::from_secs(70);
/// Waits between attempts to begin with Telegram.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Waits between attempts to begin with Telegram.
pub(crate) fn backoff() -> Backoff {
    Backoff::new(FIRST_WAIT, LONGEST_WAIT)
}

/// The bot as it is configured, whose calls may take `timeout`.
pub(crate) fn new(config: &Config, timeout: Duration) -> Result<Bot, Error> {
    let token = config.telegram.token.as_ref().ok_or_else(|| {
        Error::Setup(
            "the bot's token is not set: get one from @BotFather and set TELEGRAM_TOKEN".to_owned(),
        )
    })?;
    let url: Url = config.telegram.api_url.expose().parse().map_err(|_| {
        Error::Setup(format!(
            "`{}` is not an address: set TELEGRAM_API_URL to one such as https://api.telegram.org",
            config.telegram.api_url
        ))
    })?;
    let mut client = default_reqwest_settings().timeout(timeout);
    // By the proxy of the environment, unless it is a server of one's own.
    if outbound::is_private(url.host_str().unwrap_or_default()) {
        client = client.no_proxy();
    }
    let client = client.build().map_err(Error::platform("Telegram"))?;
    Ok(Bot::with_client(token.expose_secret(), client).set_api_url(url))
}

/// Asks who the bot is until Telegram answers; `None` when the process stops first.
pub(crate) async fn introduce(bot: &Bot, stop: &CancellationToken) -> Option<Me> {
    let mut backoff = backoff();
    loop {
        match bot.get_me().await {
            Ok(me) => {
                tracing::info!(bot = me.username(), "connected to Telegram");
                return Some(me);
            }
            // Waited out like any other failure: the other frontends of the process must not end for this one.
            Err(RequestError::Api(ApiError::InvalidToken)) => tracing::error!(
                "Telegram rejects the bot's token: copy it from @BotFather and set TELEGRAM_TOKEN"
            ),
            Err(error) => tracing::warn!("Telegram: {}", platform_error(&error)),
        }
        if !backoff.wait(stop).await {
            return None;
        }
    }
}
