//! Albums: what a person sends at once arrives as separate messages, and only one of them has the caption.

use async_nats::jetstream::kv::{CreateErrorKind, Store};
use serde::{Deserialize, Serialize};
use stoa_inbox::Error;
use teloxide_core::types::Message;

/// A message's place in its album.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlbumPart {
    /// It is in none, or is the first.
    First,
    /// Another one came before.
    Other {
        /// The first told the bot to learn.
        learned: bool,
    },
}

/// The first message of an album, which speaks for all of it.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    message: i32,
    learns: bool,
}

/// Albums, remembered across restarts.
#[derive(Clone)]
pub(crate) struct Albums {
    store: Store,
}

impl Albums {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// A message's place in its album. `learns`: it tells the bot to learn.
    pub(crate) async fn part(&self, message: &Message, learns: bool) -> Result<AlbumPart, Error> {
        let Some(album) = message.media_group_id() else {
            return Ok(AlbumPart::First);
        };
        // Keys of a bucket take few characters, and the ids of albums are not described anywhere.
        let plain: String = album
            .0
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let key = format!("telegram.album.{}.{plain}", message.chat.id.0);
        // In a group, only albums that were given to the bot are remembered.
        if learns || message.chat.is_private() {
            let head = Head {
                message: message.id.0,
                learns,
            };
            let value = serde_json::to_vec(&head).map_err(Error::storage("write an album"))?;
            // Created and not written: of several processes that receive an album's messages, the first decides which
            // one is its head.
            match self.store.create(&key, value.into()).await {
                Ok(_) => return Ok(AlbumPart::First),
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::storage("write an album")(error)),
            }
        }
        let head = self.store.get(&key).await;
        let head = head.map_err(Error::storage("read an album"))?;
        let head = head.and_then(|head| serde_json::from_slice::<Head>(&head).ok());
        Ok(match head {
            // The same message again is a redelivery, and is still the first.
            Some(head) if head.message != message.id.0 => AlbumPart::Other {
                learned: head.learns,
            },
            _ => AlbumPart::First,
        })
    }
}
