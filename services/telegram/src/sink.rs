//! Updates into the inbox, whichever way they come.

use std::sync::Arc;

use stoa_chat::{Error, Inbox, take_in};
use stoa_kit::Shutdown;
use teloxide_core::{
    Bot,
    payloads::AnswerCallbackQuerySetters,
    prelude::Requester,
    types::{AllowedUpdate, CallbackQueryId, Update, UpdateKind},
};

use crate::{
    album::{AlbumPart, Albums},
    error::platform_error,
    inline::Inline,
    intake::Intake,
};

/// Updates that are read.
pub(crate) const READ: [AllowedUpdate; 4] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::CallbackQuery,
    AllowedUpdate::InlineQuery,
];

/// Where updates go.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) bot: Bot,
    pub(crate) intake: Arc<Intake>,
    pub(crate) albums: Albums,
    pub(crate) inbox: Inbox,
    pub(crate) inline: Inline,
    pub(crate) shutdown: Shutdown,
}

impl Sink {
    /// Answers what cannot wait even for the inbox: a button shows a spinner until it is answered, and an inline query
    /// expires soon. Telegram delivers a button again that did not reach the inbox.
    pub(crate) fn answer(&self, updates: &[Update]) {
        for update in updates {
            match &update.kind {
                UpdateKind::CallbackQuery(query) => {
                    let toast = Intake::toast(query);
                    let answer = answer(self.bot.clone(), toast, query.id.clone());
                    self.shutdown.spawn("button", answer);
                }
                UpdateKind::InlineQuery(query) => {
                    let inline = self.inline.clone();
                    let answer = inline.answer(self.bot.clone(), query.clone());
                    self.shutdown.spawn("inline query", answer);
                }
                _ => {}
            }
        }
    }

    /// Stores updates: when it returns, the inbox has what is for the bot.
    pub(crate) async fn take(&self, updates: &[Update]) -> Result<(), Error> {
        self.intake.follow(updates).await?;
        let mut events = Vec::new();
        for update in updates {
            let part = match &update.kind {
                UpdateKind::Message(message) => {
                    let learns = self.intake.learns(message);
                    self.albums.part(message, learns).await?
                }
                _ => AlbumPart::First,
            };
            events.extend(self.intake.read(update, part));
        }
        // After a failure all of it is delivered again, and what is in the inbox already is known by its id.
        take_in(&self.inbox, &events, |_| false).await?;
        Ok(())
    }
}

async fn answer(bot: Bot, toast: String, query: CallbackQueryId) {
    if let Err(error) = bot.answer_callback_query(query).text(toast).await {
        tracing::debug!("a button was not answered: {}", platform_error(&error));
    }
}
