//! A durable inbox: what a platform said is kept until it is handled.
//!
//! An event is in the stream `INBOX` before the platform is told that it was received, and leaves it when it has been
//! handled. Its id keeps it from being taken twice. [`work`] handles events in order within a conversation; [`lease`]
//! decides which process may call it. What processes do side by side they [`share()`].

mod error;
pub mod lease;
mod owner;
mod queue;
mod share;
mod worker;

use async_nats::jetstream::{self, context::PublishAckFuture};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use stoa_kit::{
    metrics::metrics,
    nats::{self, Nats},
};
use tracing::Instrument;

pub use error::Error;
pub use owner::Owner;
pub use share::share;
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

    /// Puts events in, in order. When it returns they are stored; one that was there before is not stored twice. Those for
    /// which there is no room are returned: their conversation, or their space, holds as much as it may.
    pub async fn put<'e, B: Serialize>(
        &self,
        events: &'e [Event<B>],
    ) -> Result<Vec<&'e Event<B>>, Error> {
        // Sent one after the other and awaited together: JetStream stores what comes over one connection in order, so a
        // batch takes one round trip.
        let mut acknowledgements = Vec::with_capacity(events.len());
        for event in events {
            let subject = nats::inbox_subject(self.platform, &event.space, &event.conversation);
            acknowledgements.push((event, self.publish(subject, &event.id, event).await?));
        }
        let mut refused = Vec::new();
        for (event, acknowledgement) in acknowledgements {
            match acknowledgement.await {
                Ok(_) => {}
                Err(error) if nats::is_full(&error) => {
                    metrics().inbox_refused.of([self.platform]).inc();
                    refused.push(event);
                }
                Err(error) => return Err(Error::storage("publish to the inbox")(error)),
            }
        }
        Ok(refused)
    }

    /// Puts in what tells a person that there was no room. The same `once` is taken once in two minutes. Where there is no
    /// room for that either, nobody is told.
    pub async fn put_notice<B: Serialize>(
        &self,
        notice: &Event<B>,
        once: &str,
    ) -> Result<(), Error> {
        let subject = nats::inbox_notice_subject(self.platform, &notice.space);
        match self.publish(subject, once, notice).await?.await {
            Ok(_) => Ok(()),
            Err(error) if nats::is_full(&error) => {
                tracing::warn!(space = %notice.space, "nobody is told that the inbox has no room");
                Ok(())
            }
            Err(error) => Err(Error::storage("publish to the inbox")(error)),
        }
    }

    async fn publish<B: Serialize>(
        &self,
        subject: String,
        id: &str,
        event: &Event<B>,
    ) -> Result<PublishAckFuture, Error> {
        let id = format!("{}:{id}", self.platform);
        let payload = serde_json::to_vec(event).map_err(Error::storage("write an event"))?;
        // A person's action begins a trace, and whoever handles it continues the trace.
        let span = tracing::info_span!(parent: None, "receive", platform = self.platform);
        let headers = span.in_scope(|| nats::headers(Some(&id)));
        let published = self
            .jetstream
            .publish_with_headers(subject, headers, Bytes::from(payload));
        published
            .instrument(span)
            .await
            .map_err(Error::storage("publish to the inbox"))
    }
}
