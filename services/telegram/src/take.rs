//! Updates into the inbox, whichever way they come.

use std::sync::Arc;

use stoa_chat::{Error, Inbox};
use teloxide_core::{
    Bot,
    payloads::AnswerCallbackQuerySetters,
    prelude::Requester,
    types::{AllowedUpdate, CallbackQuery, Update, UpdateKind},
};

use crate::{inline::Inline, intake::Intake, platform::refusal};

/// Updates that are read.
pub(crate) const READ: [AllowedUpdate; 4] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::CallbackQuery,
    AllowedUpdate::InlineQuery,
];

/// Takes updates.
#[derive(Clone)]
pub(crate) struct Taker {
    pub(crate) bot: Bot,
    pub(crate) intake: Arc<Intake>,
    pub(crate) inbox: Inbox,
    pub(crate) inline: Inline,
}

impl Taker {
    /// Takes updates: when it returns, the inbox has what is for the bot. What cannot wait is answered at once.
    pub(crate) async fn take(&self, updates: Vec<Update>) -> Result<(), Error> {
        self.intake.follow(&updates).await?;
        let events: Vec<_> = updates
            .iter()
            .flat_map(|update| self.intake.read(update))
            .collect();
        self.inbox.put(&events).await?;
        for update in updates {
            match update.kind {
                UpdateKind::CallbackQuery(query) => {
                    tokio::spawn(answer(self.bot.clone(), self.intake.toast(&query), query));
                }
                UpdateKind::InlineQuery(query) => {
                    tokio::spawn(self.inline.clone().answer(self.bot.clone(), query));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A person's button spins until it is answered, and the work may take longer than that may.
async fn answer(bot: Bot, toast: &'static str, query: CallbackQuery) {
    if let Err(error) = bot.answer_callback_query(query.id).text(toast).await {
        tracing::debug!("a button was not answered: {}", refusal(&error));
    }
}
