//! Messages, and what they say.

use serde::{Deserialize, de::IgnoredAny};
use serenity::model::{
    Timestamp,
    id::{ChannelId, GuildId, MessageId, RoleId, UserId},
};
use stoa_chat::command;

use super::{Member, User, or_default, readable};

/// A message of a person or a bot.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: MessageId,
    pub(crate) channel_id: ChannelId,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) guild_id: Option<GuildId>,
    pub(crate) author: User,
    #[serde(default)]
    webhook_id: Option<IgnoredAny>,
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: u8,
    #[serde(default, deserialize_with = "or_default")]
    edited_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) member: Option<Member>,
    #[serde(default, deserialize_with = "readable")]
    mentions: Vec<User>,
    #[serde(default, deserialize_with = "readable")]
    pub(crate) mention_roles: Vec<RoleId>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) message_reference: Option<Reference>,
    /// The message that it replies to, where Discord sends it along.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) referenced_message: Option<Box<Message>>,
    #[serde(flatten)]
    said: Said,
    #[serde(default, deserialize_with = "readable")]
    message_snapshots: Vec<Snapshot>,
}

/// What a message has to say, and a forwarded one as it was.
#[derive(Debug, Clone, Default, Deserialize)]
struct Said {
    #[serde(default, deserialize_with = "or_default")]
    content: String,
    #[serde(default, deserialize_with = "readable")]
    attachments: Vec<Attachment>,
    #[serde(default, deserialize_with = "readable")]
    embeds: Vec<Embed>,
}

/// A message that is forwarded.
#[derive(Debug, Clone, Deserialize)]
struct Snapshot {
    message: Said,
}

/// The message that one replies to.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Reference {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) message_id: Option<MessageId>,
}

/// A file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) url: String,
    #[serde(default, deserialize_with = "or_default")]
    filename: String,
    #[serde(default, deserialize_with = "or_default")]
    size: u64,
    #[serde(default, deserialize_with = "or_default")]
    content_type: Option<String>,
}

/// A box with text, such as alarms of other bots are.
#[derive(Debug, Clone, Deserialize)]
struct Embed {
    #[serde(default, deserialize_with = "or_default")]
    title: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    description: Option<String>,
    #[serde(default, deserialize_with = "readable")]
    fields: Vec<Field>,
    #[serde(default, deserialize_with = "or_default")]
    footer: Option<Footer>,
}

#[derive(Debug, Clone, Deserialize)]
struct Field {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    value: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Footer {
    #[serde(default, deserialize_with = "or_default")]
    text: String,
}

impl Message {
    /// A person said it: no bot, no webhook, and not Discord itself (that somebody joined, or pinned a message).
    pub(crate) fn is_said_by_a_person(&self) -> bool {
        !self.author.bot && self.webhook_id.is_none() && matches!(self.kind, REGULAR | REPLY)
    }

    /// Its words, without what it forwards.
    pub(crate) fn words(&self) -> &str {
        &self.said.content
    }

    /// Whether it mentions somebody by name.
    pub(crate) fn mentions(&self, user: UserId) -> bool {
        self.mentions.iter().any(|mentioned| mentioned.id == user)
    }

    /// When it was edited last, in seconds since 1970.
    pub(crate) fn edited_at(&self) -> Option<i64> {
        self.edited_timestamp.map(|at| at.unix_timestamp())
    }

    /// Its words, its embeds, and those of what it forwards.
    pub(crate) fn text(&self) -> String {
        paragraphs(std::iter::once(self.said.text()).chain([self.shown()]))
    }

    /// What it shows beside its own words: its embeds, and what it forwards.
    pub(crate) fn shown(&self) -> String {
        let embeds = self.said.embeds.iter().map(Embed::text);
        let forwarded = self.message_snapshots.iter();
        paragraphs(embeds.chain(forwarded.map(|snapshot| {
            let embeds = snapshot.message.embeds.iter().map(Embed::text);
            paragraphs(std::iter::once(snapshot.message.text()).chain(embeds))
        })))
    }

    /// Its files, and those of what it forwards.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Attachment> {
        let forwarded = self.message_snapshots.iter();
        let forwarded = forwarded.flat_map(|snapshot| &snapshot.message.attachments);
        self.said.attachments.iter().chain(forwarded)
    }
}

/// A message, and one that replies to another (docs.discord.com, Message Types).
const REGULAR: u8 = 0;
const REPLY: u8 = 19;

impl Said {
    fn text(&self) -> String {
        self.content.trim().to_owned()
    }
}

impl Embed {
    fn text(&self) -> String {
        let fields = self.fields.iter().map(|field| {
            let (name, value) = (field.name.trim(), field.value.trim());
            // Bots leave one of the two empty to make room.
            if name.is_empty() || value.is_empty() {
                format!("{name}{value}")
            } else {
                format!("{name}: {value}")
            }
        });
        let own = [&self.title, &self.description].map(|text| text.clone().unwrap_or_default());
        let footer = self.footer.iter().map(|footer| footer.text.clone());
        let lines = own.into_iter().chain(fields).chain(footer);
        let lines: Vec<String> = lines
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("\n")
    }
}

impl Attachment {
    /// As something to learn.
    pub(crate) fn source(&self) -> command::Source {
        command::Source::File {
            id: self.url.clone(),
            name: self.filename.clone(),
            size: self.size,
        }
    }

    /// As something that comes with a question.
    pub(crate) fn beside(&self) -> command::Attachment {
        let media_type = self.content_type.as_deref();
        command::Attachment::new(
            self.url.clone(),
            self.filename.clone(),
            self.size,
            media_type,
        )
    }
}

/// Texts one under the other, without those that are empty.
fn paragraphs(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn message(more: Value) -> Message {
        let mut message = json!({ "id": "9", "channel_id": "1001", "author": { "id": "7" }, "content": "what is this?" });
        if let (Value::Object(message), Value::Object(more)) = (&mut message, more) {
            message.extend(more);
        }
        serde_json::from_value(message).expect("it is read")
    }

    #[test]
    fn embeds_and_what_is_forwarded_are_what_a_message_shows() {
        let alarm = json!({ "title": "Press 3 stopped", "description": "Code HX-1410.", "fields": [
            { "name": "Since", "value": "09:15" }, "odd",
        ]});
        let said = message(json!({ "embeds": [alarm, 7] }));
        assert_eq!(
            said.text(),
            "what is this?\n\nPress 3 stopped\nCode HX-1410.\nSince: 09:15"
        );
        let forwarded = json!([{ "message": { "content": " the belt ", "embeds": [alarm], "attachments": [
            { "url": "http://x/1", "filename": "panel.txt", "size": 12, "content_type": "text/plain" },
        ]}}]);
        let said = message(json!({ "content": "", "message_snapshots": forwarded }));
        assert!(said.text().starts_with("the belt\n\nPress 3 stopped"));
        let files: Vec<_> = said.files().map(Attachment::beside).collect();
        assert!(files.len() == 1 && files[0].is_text);
    }

    #[test]
    fn what_is_odd_in_a_message_does_not_hide_it() {
        let said = message(json!({
            "embeds": "none", "attachments": [{ "id": "1" }], "mentions": [{ "id": "700" }, { "name": "x" }],
            "member": 5, "referenced_message": { "id": "1" }, "edited_timestamp": "yesterday", "type": 0,
            "components": [{ "type": 99 }],
        }));
        assert!(said.is_said_by_a_person() && said.mentions(UserId::new(700)));
        assert_eq!(
            (said.text().as_str(), said.files().count()),
            ("what is this?", 0)
        );
        assert!(said.referenced_message.is_none() && said.edited_at().is_none());
    }

    #[test]
    fn what_bots_webhooks_and_discord_say_is_not_said_by_a_person() {
        for more in [
            json!({ "author": { "id": "8", "bot": true } }),
            json!({ "webhook_id": "8" }),
            json!({ "type": 7 }),
        ] {
            assert!(!message(more).is_said_by_a_person());
        }
        assert!(message(json!({ "type": 19, "webhook_id": null })).is_said_by_a_person());
    }
}
