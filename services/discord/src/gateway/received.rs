//! Events as they are read: what the bot wants of each that it wants, and nothing of the others.

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::model::{Channel, Guild, Interaction, Message};

/// An event that the bot wants.
pub(super) enum Received {
    /// A session began, in so many servers.
    Ready(usize),
    Resumed,
    Guild(Box<Guild>),
    Thread(Box<Channel>),
    Message(Box<Message>),
    /// A message was changed.
    Edited(Box<Message>),
    Interaction(Box<Interaction>),
}

#[derive(Deserialize)]
struct Ready {
    #[serde(default)]
    guilds: Vec<IgnoredAny>,
}

impl Received {
    /// Reads an event; `None` when it is not wanted.
    pub(super) fn read(json: &str) -> Result<Option<Self>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Named {
            t: Option<String>,
        }
        let event: Named = serde_json::from_str(json)?;
        Ok(Some(match event.t.as_deref() {
            // Servers come one by one after it, each as GUILD_CREATE.
            Some("READY") => Self::Ready(data::<Ready>(json)?.guilds.len()),
            Some("RESUMED") => Self::Resumed,
            Some("GUILD_CREATE") => Self::Guild(data(json)?),
            Some("THREAD_CREATE" | "THREAD_UPDATE") => Self::Thread(data(json)?),
            Some("MESSAGE_CREATE") => Self::Message(data(json)?),
            Some("MESSAGE_UPDATE") => match data(json) {
                Ok(message) => Self::Edited(message),
                // Some servers send only what changed, which is then not what was said.
                Err(_) => return Ok(None),
            },
            Some("INTERACTION_CREATE") => Self::Interaction(data(json)?),
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
