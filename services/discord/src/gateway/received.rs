//! Events as they are read: serenity's model of each that the bot wants, and nothing of the others.

use serde::{Deserialize, de::DeserializeOwned};
use serenity::model::{
    application::Interaction,
    channel::{GuildChannel, Message},
    gateway::Ready,
    id::GuildId,
};
use twilight_model::gateway::event::GatewayEventDeserializer;

use crate::form;

/// An event that the bot wants.
pub(super) enum Received {
    Ready(Box<Ready>),
    Resumed,
    Guild(Guild),
    Thread(Box<GuildChannel>),
    Message(Box<Message>),
    /// An interaction, with the text of the form if it is one.
    Interaction(Box<Interaction>, Option<String>),
}

/// A server, as far as it matters: others than Discord's own leave parts of the rest out.
#[derive(Deserialize)]
pub(super) struct Guild {
    pub(super) id: GuildId,
    /// None while Discord has an outage; the event is sent again after it.
    #[serde(default)]
    pub(super) channels: Vec<GuildChannel>,
    #[serde(default)]
    pub(super) threads: Vec<GuildChannel>,
    #[serde(default)]
    pub(super) unavailable: bool,
}

impl Received {
    /// Reads an event; `None` when it is not wanted.
    pub(super) fn read(json: &str) -> Result<Option<Self>, serde_json::Error> {
        let event = GatewayEventDeserializer::from_json(json);
        let name = event
            .as_ref()
            .and_then(GatewayEventDeserializer::event_type);
        Ok(Some(match name {
            Some("READY") => Self::Ready(data(json)?),
            Some("RESUMED") => Self::Resumed,
            Some("GUILD_CREATE") => Self::Guild(data(json)?),
            Some("THREAD_CREATE" | "THREAD_UPDATE") => Self::Thread(data(json)?),
            Some("MESSAGE_CREATE") => Self::Message(data(json)?),
            Some("INTERACTION_CREATE") => {
                let interaction: Box<Interaction> = data(json)?;
                let written = match *interaction {
                    Interaction::Modal(_) => form::submitted(json),
                    _ => None,
                };
                Self::Interaction(interaction, written)
            }
            _ => return Ok(None),
        }))
    }
}

/// What an event is about.
fn data<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    #[derive(Deserialize)]
    struct Dispatch<T> {
        d: T,
    }
    serde_json::from_str::<Dispatch<T>>(json).map(|dispatch| dispatch.d)
}
