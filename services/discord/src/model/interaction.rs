//! Interactions: commands, buttons, forms, and what is typed.

use serde::{Deserialize, de};
use serde_json::{Map, Value};
use serenity::model::{
    Permissions,
    application::{CommandDataOption, CommandDataOptionValue},
    id::{ApplicationId, AttachmentId, ChannelId, GuildId, InteractionId, RoleId, UserId},
};

use super::{Attachment, Channel, Message, User, or_default, readable};

/// What kind an interaction is (docs.discord.com, Interaction Type).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InteractionKind {
    Command,
    Component,
    Autocomplete,
    Modal,
}

impl<'de> Deserialize<'de> for InteractionKind {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            2 => Ok(Self::Command),
            3 => Ok(Self::Component),
            4 => Ok(Self::Autocomplete),
            5 => Ok(Self::Modal),
            // A ping comes to webhooks only, and new kinds must not be taken for one of these.
            other => Err(de::Error::custom(format!(
                "there is no interaction of type {other}"
            ))),
        }
    }
}

/// Something that a person did with the bot.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Interaction {
    pub(crate) id: InteractionId,
    pub(crate) application_id: ApplicationId,
    #[serde(rename = "type")]
    pub(crate) kind: InteractionKind,
    pub(crate) token: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) guild_id: Option<GuildId>,
    #[serde(default, deserialize_with = "or_default")]
    channel_id: Option<ChannelId>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) channel: Option<Channel>,
    /// In a server.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) member: Option<Member>,
    /// In direct messages.
    #[serde(default, deserialize_with = "or_default")]
    user: Option<User>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) locale: String,
    #[serde(default)]
    pub(crate) data: InteractionData,
}

impl Interaction {
    /// The channel that it is in: each of the two places where Discord says it is optional.
    pub(crate) fn channel_id(&self) -> Option<ChannelId> {
        let whole = self.channel.as_ref().map(|channel| channel.id);
        self.channel_id.or(whole)
    }

    /// Who did it.
    pub(crate) fn person(&self) -> Option<UserId> {
        let member = self.member.as_ref().and_then(|member| member.user.as_ref());
        member.or(self.user.as_ref()).map(|user| user.id)
    }
}

/// A person as a member of a server.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Member {
    #[serde(default, deserialize_with = "or_default")]
    user: Option<User>,
    #[serde(default, deserialize_with = "readable")]
    pub(crate) roles: Vec<RoleId>,
    /// What they may do in the channel; said of interactions only.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) permissions: Option<Permissions>,
}

/// What a person chose, pressed or wrote.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct InteractionData {
    /// Of a command.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "readable")]
    pub(crate) options: Vec<CommandDataOption>,
    #[serde(default, deserialize_with = "or_default")]
    resolved: Resolved,
    #[serde(default, deserialize_with = "or_default")]
    target_id: Option<String>,
    /// Of a button or a form.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) custom_id: String,
    /// The fields of a form.
    #[serde(default)]
    pub(crate) components: Value,
}

/// What options refer to, by its id.
#[derive(Debug, Clone, Default, Deserialize)]
struct Resolved {
    #[serde(default)]
    attachments: Map<String, Value>,
    #[serde(default)]
    messages: Map<String, Value>,
}

impl InteractionData {
    /// A file that was given.
    pub(crate) fn attachment(&self, id: AttachmentId) -> Option<Attachment> {
        let attachment = self.resolved.attachments.get(&id.to_string())?;
        serde_json::from_value(attachment.clone()).ok()
    }

    /// The message that a command of the menu is about.
    pub(crate) fn target(&self) -> Option<Message> {
        let message = self.resolved.messages.get(self.target_id.as_deref()?)?;
        serde_json::from_value(message.clone()).ok()
    }

    /// The option that is being typed, and what was typed.
    pub(crate) fn typed(&self) -> Option<(&str, &str)> {
        typed(&self.options)
    }
}

fn typed(options: &[CommandDataOption]) -> Option<(&str, &str)> {
    options.iter().find_map(|option| match &option.value {
        CommandDataOptionValue::SubCommand(options)
        | CommandDataOptionValue::SubCommandGroup(options) => typed(options),
        CommandDataOptionValue::Autocomplete { value, .. } => {
            Some((option.name.as_str(), value.as_str()))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_interaction_is_read_with_one_place_of_its_channel_and_without_what_is_odd() {
        let read = |more: Value| -> Interaction {
            let mut interaction = json!({ "id": "1", "application_id": "700", "type": 2, "token": "t",
                "user": { "id": "7" }, "data": { "name": "ask", "options": [
                    { "name": "question", "type": 3, "value": "Why?" },
                ], "resolved": { "messages": { "77": { "id": "77" } } }, "target_id": "77" } });
            if let (Value::Object(interaction), Value::Object(more)) = (&mut interaction, more) {
                interaction.extend(more);
            }
            serde_json::from_value(interaction).expect("it is read")
        };
        let by_id =
            read(json!({ "channel_id": "5", "entitlements": 3, "message": { "embeds": 1 } }));
        assert_eq!(by_id.channel_id(), Some(ChannelId::new(5)));
        assert_eq!(by_id.person(), Some(UserId::new(7)));
        assert_eq!(by_id.data.options.len(), 1);
        assert!(by_id.data.target().is_none());
        let whole = read(json!({ "channel": { "id": "6" } }));
        assert_eq!(whole.channel_id(), Some(ChannelId::new(6)));
        assert_eq!(read(json!({})).channel_id(), None);
    }
}
