//! Whether a message speaks to the bot, and what is left of it without the address.

use std::ops::Range;

use teloxide_core::types::{Message, MessageEntityKind};

use super::Intake;

/// What a message says to the bot.
pub(super) struct Addressed {
    /// The name of the command, in lower case.
    pub(super) command: Option<String>,
    /// The text without the command and the bot's name.
    pub(super) rest: String,
    /// It calls the bot by its name.
    pub(super) mentioned: bool,
}

impl Addressed {
    /// As if `/learn` stood under it.
    pub(super) fn learn() -> Self {
        Self {
            command: Some("learn".to_owned()),
            rest: String::new(),
            mentioned: false,
        }
    }
}

impl Intake {
    /// Whether a message tells the bot to learn.
    pub(crate) fn learns(&self, message: &Message) -> bool {
        let addressed = self.address(message, false);
        addressed.is_some_and(|addressed| addressed.command.as_deref() == Some("learn"))
    }

    /// What a message says to the bot. In private everything is said to it; in a group, commands, mentions and replies
    /// are, or `everything`.
    pub(super) fn address(&self, message: &Message, everything: bool) -> Option<Addressed> {
        let text = message.text().or(message.caption()).unwrap_or_default();
        if let Some(command) = text.strip_prefix('/') {
            return self.command_of(command);
        }
        let mentions = self.mentions(message);
        let speaks = !mentions.is_empty()
            || self.is_own(message.reply_to_message())
            || everything
            || message.chat.is_private();
        if !speaks {
            return None;
        }
        let mentioned = !mentions.is_empty();
        let mut rest = text.to_owned();
        // From behind, as each replacement moves what comes after it.
        for range in mentions.into_iter().rev() {
            rest.replace_range(range, " ");
        }
        Some(Addressed {
            command: None,
            rest: rest.trim().to_owned(),
            mentioned,
        })
    }

    /// A command, unless it is for another bot: `ask@stoa_bot How many …`.
    fn command_of(&self, text: &str) -> Option<Addressed> {
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let (name, bot) = name.split_once('@').unwrap_or((name, ""));
        if !bot.is_empty() && bot.to_lowercase() != self.username {
            return None;
        }
        Some(Addressed {
            command: Some(name.to_lowercase()),
            rest: rest.trim().to_owned(),
            mentioned: false,
        })
    }

    /// Where a message mentions the bot.
    fn mentions(&self, message: &Message) -> Vec<Range<usize>> {
        let entities = if message.text().is_some() {
            message.parse_entities()
        } else {
            message.parse_caption_entities()
        };
        entities
            .unwrap_or_default()
            .iter()
            .filter(|entity| match entity.kind() {
                MessageEntityKind::Mention => entity.text()[1..].to_lowercase() == self.username,
                // A mention by the picker of an app, which has no `@name` in its text.
                MessageEntityKind::TextMention { user } => user.id.0 == self.id,
                _ => false,
            })
            .map(|entity| entity.range())
            .collect()
    }

    /// Whether there is such a message, and the bot wrote it.
    pub(super) fn is_own(&self, message: Option<&Message>) -> bool {
        message
            .and_then(|message| message.from.as_ref())
            .is_some_and(|author| author.id.0 == self.id)
    }
}
