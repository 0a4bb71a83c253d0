//! Updates by webhook: Telegram is told that one was taken when the inbox has it. Every process takes them, whichever
//! speaks.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use sha2::{Digest, Sha256};
use stoa_kit::Shutdown;
use subtle::ConstantTimeEq;
use teloxide_core::types::Update;
use tokio::net::TcpListener;

use crate::take::Taker;

/// Largest update: Telegram's are a few kilobytes.
const MAX_UPDATE: usize = 1 << 20;
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// What Telegram shows with each update, the same in every process that has the bot's token.
pub(crate) fn secret(token: &str) -> String {
    hex::encode(Sha256::digest(format!("stoa webhook {token}")))
}

struct Hook {
    taker: Taker,
    secret: String,
}

/// Takes updates until shutdown.
pub(crate) async fn serve(
    listener: TcpListener,
    taker: Taker,
    secret: String,
    shutdown: &Shutdown,
) -> std::io::Result<()> {
    let hook = Arc::new(Hook { taker, secret });
    let router = Router::new()
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
    if !bool::from(shown.unwrap_or_default().ct_eq(hook.secret.as_bytes())) {
        return StatusCode::FORBIDDEN;
    }
    let Ok(update) = serde_json::from_slice::<Update>(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let update = [update];
    hook.taker.answer(&update);
    match hook.taker.take(&update).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            // Telegram says it again.
            tracing::warn!("an update waits at Telegram: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
