//! The bot's messages: in each of the forms that Discord has for them, without links unfolded and with nobody pinged.

use serde::Deserialize;
use serde_json::Value;
use serenity::{
    builder::{
        CreateActionRow, CreateAllowedMentions, CreateButton, CreateInteractionResponseFollowup,
        CreateMessage, EditMessage, EditWebhookMessage,
    },
    model::{
        application::ButtonStyle,
        channel::{MessageFlags, MessageReference, Nonce},
        id::{ChannelId, MessageId},
    },
};
use stoa_chat::platform::{Button, Outgoing};

use crate::place::Place;

/// Rows of buttons that a message takes.
const MAX_ROWS: usize = 5;

/// A new message, which is the same one again under the same nonce.
pub(crate) fn create(place: &Place, nonce: &str, outgoing: &Outgoing<String>) -> CreateMessage {
    let message = CreateMessage::new()
        .content(&outgoing.message)
        .components(rows(&outgoing.buttons))
        .allowed_mentions(nobody())
        .flags(MessageFlags::SUPPRESS_EMBEDS)
        .nonce(Nonce::String(nonce.to_owned()))
        .enforce_nonce(true);
    match place.reply_to {
        // In a thread that begins with the question a reply to it would only repeat it.
        Some(question) if outgoing.first && !place.thread => {
            let question = (ChannelId::new(place.channel), MessageId::new(question));
            let reference = MessageReference::from(question).fail_if_not_exists(false);
            message.reference_message(reference)
        }
        _ => message,
    }
}

/// A change of a message.
pub(crate) fn edit(outgoing: &Outgoing<String>) -> EditMessage {
    EditMessage::new()
        .content(&outgoing.message)
        .components(rows(&outgoing.buttons))
        .allowed_mentions(nobody())
        .flags(MessageFlags::SUPPRESS_EMBEDS)
}

/// A change of a message within an interaction.
pub(crate) fn edit_response(outgoing: &Outgoing<String>) -> EditWebhookMessage {
    EditWebhookMessage::new()
        .content(&outgoing.message)
        .components(rows(&outgoing.buttons))
        .allowed_mentions(nobody())
        .flags(MessageFlags::SUPPRESS_EMBEDS)
}

/// A message within an interaction that follows its first, before it says anything.
pub(crate) fn follow_up(ephemeral: bool) -> CreateInteractionResponseFollowup {
    CreateInteractionResponseFollowup::new()
        .content("…")
        .allowed_mentions(nobody())
        .flags(MessageFlags::SUPPRESS_EMBEDS)
        .ephemeral(ephemeral)
}

fn nobody() -> CreateAllowedMentions {
    // An answer quotes documents and people, in which `@everyone` may stand.
    CreateAllowedMentions::new().replied_user(false)
}

fn rows(buttons: &[Vec<Button>]) -> Vec<CreateActionRow> {
    let button = |button: &Button| {
        CreateButton::new(button.action.encode())
            .label(&button.label)
            .style(ButtonStyle::Secondary)
    };
    let rows = buttons.iter().take(MAX_ROWS);
    rows.map(|row| CreateActionRow::Buttons(row.iter().map(button).collect()))
        .collect()
}

/// A message of the bot as Discord returns it, as far as it matters.
#[derive(Deserialize)]
pub(crate) struct Returned {
    pub(crate) id: MessageId,
    #[serde(default)]
    content: String,
    #[serde(default)]
    components: Value,
}

impl Returned {
    /// Whether it shows this.
    pub(crate) fn shows(&self, outgoing: &Outgoing<String>) -> bool {
        let rows = outgoing.buttons.iter().take(MAX_ROWS);
        let wanted = rows.flatten().map(|button| button.action.encode());
        let inside = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let rows = inside(&self.components).into_iter();
        let own = rows.flat_map(|row| inside(&row["components"]));
        let own = own.filter_map(|button| button["custom_id"].as_str().map(str::to_owned));
        // Trimmed, as Discord takes white space off the ends.
        self.content.trim() == outgoing.message.trim() && own.eq(wanted)
    }
}
