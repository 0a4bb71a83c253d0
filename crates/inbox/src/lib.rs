//! A durable inbox: what a platform said is kept until it is handled.
//!
//! An event is in the stream `INBOX` before the platform is told that it was received, and leaves it when it has been
//! handled. Its id keeps it from being taken twice. [`work`] handles events in order within a conversation; [`lease`]
//! decides which process may call it.

mod error;
pub mod lease;
mod queue;
mod worker;

use async_nats::jetstream;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use stoa_kit::nats::{self, Nats};

pub use error::Error;
pub use worker::{Handler, Outcome, work};

/// What a platform said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event<B> {
    /// Its id, the same whenever the platform sends it again.
    pub id: String,
    /// The space it belongs to.
    pub space: String,
    /// Events of one conversation are handled in order.
    pub conversation: String,
    /// What was said.
    pub body: B,
}

/// Where a platform's events are put.
#[derive(Debug, Clone)]
pub struct Inbox {
    jetstream: jetstream::Context,
    platform: &'static str,
}

impl Inbox {
    /// The inbox of a platform.
    pub fn new(nats: &Nats, platform: &'static str) -> Self {
        Self {
            jetstream: nats.jetstream.clone(),
            platform,
        }
    }

    /// Puts events in, in order. When it returns they are stored; one that was there before is not stored twice.
    pub async fn put<B: Serialize>(&self, events: &[Event<B>]) -> Result<(), Error> {
        // Sent one after the other and awaited together: JetStream stores what comes over one connection in order, so a
        // batch takes one round trip.
        let mut acknowledgements = Vec::with_capacity(events.len());
        for event in events {
            let id = format!("{}:{}", self.platform, event.id);
            let payload = serde_json::to_vec(event).map_err(Error::storage("write an event"))?;
            let published = self
                .jetstream
                .publish_with_headers(
                    nats::inbox_subject(self.platform, &event.conversation),
                    nats::headers(Some(&id)),
                    Bytes::from(payload),
                )
                .await
                .map_err(Error::storage("publish to the inbox"))?;
            acknowledgements.push(published);
        }
        for acknowledgement in acknowledgements {
            acknowledgement
                .await
                .map_err(Error::storage("publish to the inbox"))?;
        }
        Ok(())
    }
}
