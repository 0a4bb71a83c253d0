//! Albums: what a person sends at once comes as messages of their own, and only one of them has a caption.

use async_nats::jetstream::kv::{CreateErrorKind, Store};
use serde::{Deserialize, Serialize};
use stoa_chat::Error;
use teloxide_core::types::Message;

/// What a message is to the album that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// It stands for itself, or for all of the album.
    First,
    /// It belongs to one that came before.
    Other {
        /// That one told the bot to learn.
        learned: bool,
    },
}

/// The message that speaks for an album.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    message: i32,
    learns: bool,
}

/// Albums that are known, over restarts.
#[derive(Clone)]
pub(crate) struct Albums {
    store: Store,
}

impl Albums {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// What a message is to its album. `learns`: it tells the bot to learn.
    pub(crate) async fn part(&self, message: &Message, learns: bool) -> Result<Part, Error> {
        let Some(album) = message.media_group_id() else {
            return Ok(Part::First);
        };
        let plain: String = album
            .0
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let key = format!("telegram.album.{}.{plain}", message.chat.id.0);
        // In a group, albums are nobody's business that were not given to the bot.
        if learns || message.chat.is_private() {
            let head = Head {
                message: message.id.0,
                learns,
            };
            let value = serde_json::to_vec(&head).map_err(Error::inbox)?;
            match self.store.create(&key, value.into()).await {
                Ok(_) => return Ok(Part::First),
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::inbox(error)),
            }
        }
        let head = self.store.get(&key).await.map_err(Error::inbox)?;
        let head = head.and_then(|head| serde_json::from_slice::<Head>(&head).ok());
        Ok(match head {
            Some(head) if head.message != message.id.0 => Part::Other {
                learned: head.learns,
            },
            _ => Part::First,
        })
    }
}
