//! Interactions are acknowledged within three seconds, whatever else is slow.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use serenity::builder::{
    CreateAllowedMentions, CreateInteractionResponse, CreateInteractionResponseMessage,
};
use stoa_chat::retry;
use tokio::{sync::oneshot, time::Instant};
use twilight_http::routing::Route;

use crate::{
    api::{self, CallError, Client, code},
    form::Form,
};

/// How long an acknowledgement waits for the inbox: Discord takes it within three seconds.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Later than this another attempt makes no sense.
pub(crate) const TOO_LATE: Duration = Duration::from_millis(2_900);
/// The most between two attempts.
const RETRY: Duration = Duration::from_millis(200);

/// How an interaction is acknowledged.
#[derive(Debug, Clone)]
pub(crate) enum Acknowledgement {
    /// The reply comes later.
    Defer { ephemeral: bool },
    /// A word to the person alone, and nothing else.
    Toast(String),
    /// A form.
    Form(Form),
    /// Nothing is shown.
    Silent,
}

impl Acknowledgement {
    /// Only the person sees the reply.
    pub(crate) fn is_ephemeral(&self) -> bool {
        matches!(self, Self::Defer { ephemeral: true })
    }
}

/// An interaction that can be responded to.
pub(crate) struct Responder {
    http: Arc<Client>,
    interaction: u64,
    token: String,
    began: Instant,
}

impl Responder {
    pub(crate) fn new(http: Arc<Client>, interaction: u64, token: String) -> Self {
        Self {
            http,
            interaction,
            token,
            began: Instant::now(),
        }
    }

    /// Acknowledges the interaction when the inbox has it, or when it cannot wait any longer. What the inbox does not
    /// have by then it still gets, and Discord sends again what it did not have when the process ended.
    pub(crate) async fn acknowledge(
        self,
        how: Acknowledgement,
        stored: Option<oneshot::Receiver<()>>,
    ) {
        if let Some(stored) = stored {
            let _ = tokio::time::timeout(PATIENCE, stored).await;
        }
        let message = CreateInteractionResponseMessage::new();
        match how {
            Acknowledgement::Form(form) => self.respond(&form.response()).await,
            Acknowledgement::Silent => self.respond(&CreateInteractionResponse::Acknowledge).await,
            Acknowledgement::Defer { ephemeral } => {
                let deferred = CreateInteractionResponse::Defer(message.ephemeral(ephemeral));
                self.respond(&deferred).await;
            }
            Acknowledgement::Toast(text) => {
                let message = message
                    .content(text)
                    .ephemeral(true)
                    .allowed_mentions(CreateAllowedMentions::new());
                self.respond(&CreateInteractionResponse::Message(message))
                    .await;
            }
        }
    }

    /// Responds, retrying for as long as Discord takes it.
    pub(crate) async fn respond(&self, response: &impl Serialize) {
        let route = Route::InteractionCallback {
            interaction_id: self.interaction,
            interaction_token: &self.token,
            with_response: false,
        };
        loop {
            match api::tell_with(&self.http, &route, response).await {
                Ok(()) => return,
                // By this process before a restart.
                Err(CallError::Rejected { code, .. }) if code == code::ALREADY_ACKNOWLEDGED => {
                    return;
                }
                Err(error @ CallError::Rejected { .. }) => {
                    tracing::warn!("an interaction was not acknowledged: {error}");
                    return;
                }
                Err(error) if self.began.elapsed() + RETRY > TOO_LATE => {
                    tracing::warn!("an interaction was not acknowledged in time: {error}");
                    return;
                }
                Err(_) => tokio::time::sleep(retry::wait_after(1, RETRY, RETRY)).await,
            }
        }
    }
}
