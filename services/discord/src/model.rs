//! Discord's objects, as far as the bot reads them. The rest of them is left alone, and what cannot be read of a list or
//! of an optional part is left out: one odd embed must not hide a question.

mod interaction;
mod message;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;
use serenity::model::id::{ChannelId, ForumTagId, GuildId, MessageId, RoleId, UserId};

pub(crate) use self::{
    interaction::{Interaction, InteractionData, InteractionKind, Member},
    message::{Attachment, Message},
};

/// What can be read of a list; nothing of what is none.
fn readable<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let Value::Array(list) = Value::deserialize(deserializer)? else {
        return Ok(Vec::new());
    };
    // One by one: the first that fails would take the whole list with it.
    let read = list.into_iter().map(serde_json::from_value);
    Ok(read
        .filter_map(|part: Result<T, _>| match part {
            Ok(part) => Some(part),
            Err(error) => {
                tracing::debug!("a part of what Discord sent cannot be read: {error}");
                None
            }
        })
        .collect())
}

/// A part, or its default where it cannot be read.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let part = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(part).unwrap_or_else(|error| {
        tracing::debug!("a part of what Discord sent cannot be read: {error}");
        T::default()
    }))
}

/// A person, or a bot.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct User {
    pub(crate) id: UserId,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) bot: bool,
}

/// A channel, or a thread.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: ChannelId,
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: u8,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) parent_id: Option<ChannelId>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) owner_id: Option<UserId>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) last_message_id: Option<MessageId>,
    #[serde(default)]
    thread_metadata: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "readable")]
    pub(crate) applied_tags: Vec<ForumTagId>,
    #[serde(default, deserialize_with = "readable")]
    pub(crate) available_tags: Vec<Tag>,
}

impl Channel {
    /// The channel that a thread is in; `None` for one that is no thread.
    pub(crate) fn thread_in(&self) -> Option<ChannelId> {
        self.parent_id.filter(|_| self.thread_metadata.is_some())
    }

    /// Its threads are posts, with a title.
    pub(crate) fn is_forum(&self) -> bool {
        // A forum, and a channel of pictures (docs.discord.com, Channel Types).
        matches!(self.kind, 15 | 16)
    }
}

/// A tag of a forum's posts.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Tag {
    pub(crate) id: ForumTagId,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
}

/// A server, as it is told of when a session begins.
#[derive(Debug, Deserialize)]
pub(crate) struct Guild {
    pub(crate) id: GuildId,
    /// None while Discord has an outage; the event is sent again after it.
    #[serde(default, deserialize_with = "readable")]
    pub(crate) channels: Vec<Channel>,
    #[serde(default, deserialize_with = "readable")]
    pub(crate) threads: Vec<Channel>,
    #[serde(default, deserialize_with = "readable")]
    pub(crate) roles: Vec<Role>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) unavailable: bool,
}

/// A role of a server.
#[derive(Debug, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: RoleId,
    #[serde(default, deserialize_with = "or_default")]
    tags: Option<RoleTags>,
}

#[derive(Debug, Deserialize)]
struct RoleTags {
    bot_id: Option<UserId>,
}

impl Role {
    /// Whether it is the one that Discord made for a bot.
    pub(crate) fn is_of(&self, bot: UserId) -> bool {
        let of = self.tags.as_ref().and_then(|tags| tags.bot_id);
        of == Some(bot)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_is_read_without_what_is_odd_in_it() {
        let guild: Guild = serde_json::from_value(json!({
            "id": "100", "threads": null, "members": 7,
            "channels": [
                { "id": "1", "type": "text" },
                { "type": 0, "name": "no id" },
                { "id": "2", "type": 15, "available_tags": [{ "id": "31", "name": "billing" }, 5] },
            ],
            "roles": [{ "id": "61", "tags": { "bot_id": "700" } }, { "id": "62", "tags": 3 }],
        }))
        .expect("it is read");
        let ids: Vec<u64> = guild
            .channels
            .iter()
            .map(|channel| channel.id.get())
            .collect();
        assert_eq!(ids, [1, 2]);
        assert!(guild.channels[1].is_forum());
        assert_eq!(guild.channels[1].available_tags.len(), 1);
        assert!(guild.roles[0].is_of(UserId::new(700)));
        assert!(!guild.roles[1].is_of(UserId::new(700)));
    }
}
