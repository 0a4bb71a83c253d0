//! Updates by webhook: Telegram is told that one was received when the inbox has it. Every process receives them,
//! whichever holds the lease.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use stoa_chat::Error;
use stoa_kit::{Address, Config, Shutdown};
use subtle::ConstantTimeEq;
use teloxide_core::{Bot, payloads::SetWebhookSetters, prelude::Requester};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    bot::backoff,
    error::platform_error,
    sink::{READ, Sink},
    update,
};

/// Largest update: Telegram's are a few kilobytes.
const MAX_UPDATE: usize = 1 << 20;
/// The header that proves that an update is from Telegram.
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// The address that is configured.
pub(crate) fn url(config: &Config) -> Result<Option<Url>, Error> {
    let parse = |url: &Address| {
        url.expose()
            .parse()
            .map_err(|_| Error::Setup(format!("telegram.webhook_url is not an address: {url}")))
    };
    config.telegram.webhook_url.as_ref().map(parse).transpose()
}

/// Tells Telegram where updates are received, and waits for `stop`. Those that are pending there stay.
pub(crate) async fn register(bot: &Bot, url: &Url, stop: &CancellationToken) {
    let mut backoff = backoff();
    loop {
        let request = bot
            .set_webhook(url.clone())
            .secret_token(secret(bot.token()))
            .allowed_updates(READ);
        match request.await {
            Ok(_) => return stop.cancelled().await,
            Err(error) => {
                tracing::warn!("Telegram takes no webhook: {}", platform_error(&error));
            }
        }
        if !backoff.wait(stop).await {
            return;
        }
    }
}

/// The secret that Telegram sends with each update, the same in every process that has the bot's token.
pub(crate) fn secret(token: &str) -> String {
    hex::encode(Sha256::digest(format!("stoa webhook {token}")))
}

struct Hook {
    sink: Sink,
    secret: String,
}

/// Receives updates until shutdown.
pub(crate) async fn serve(
    listener: TcpListener,
    sink: Sink,
    secret: String,
    shutdown: &Shutdown,
) -> std::io::Result<()> {
    let hook = Arc::new(Hook { sink, secret });
    let router = Router::new()
        // Whatever path the configured address has, which a proxy may have changed on the way.
        .fallback(post(take))
        .layer(DefaultBodyLimit::max(MAX_UPDATE))
        .with_state(hook);
    let stop = shutdown.stopping_token();
    axum::serve(listener, router)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
}

async fn take(State(hook): State<Arc<Hook>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let shown = headers.get(SECRET).map(|secret| secret.as_bytes());
    // In constant time: how long a refusal takes must not tell how much of a guess is right.
    if !bool::from(shown.unwrap_or_default().ct_eq(hook.secret.as_bytes())) {
        return StatusCode::FORBIDDEN;
    }
    let Ok(update) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    // Sent again, one that cannot be read would be the same.
    let Some(update) = update::read(update) else {
        return StatusCode::OK;
    };
    let update = [update];
    hook.sink.answer(&update);
    match hook.sink.take(&update).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            // Telegram delivers it again.
            tracing::warn!("an update stays at Telegram for now: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
