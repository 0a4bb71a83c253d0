//! Messages on their way to a chat. Each is announced before it is sent, so that one whose answer was lost, with the process
//! or on the way, is looked for before anything else is sent there. In a chat one message is on its way at a time: what is
//! found can only be the one that was announced, and belongs to the reply that announced it.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{
    Aborted,
    record::Record,
    records::{Records, Stored},
};
use crate::platform::{Platform, PlatformError};

/// What is known of the newest messages of a chat.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, bound(deserialize = "P: serde::de::DeserializeOwned"))]
struct Newest<P> {
    /// The last that is on record.
    last: Option<String>,
    /// One that may have been sent after it.
    announced: Option<Announced<P>>,
}

impl<P> Default for Newest<P> {
    fn default() -> Self {
        Self {
            last: None,
            announced: None,
        }
    }
}

/// A message that may have been sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Announced<P> {
    /// Key of the record of its reply.
    pub(super) reply: String,
    /// How many messages of the reply come before it.
    pub(super) at: usize,
    /// Where it goes.
    pub(super) place: P,
    /// It is the reply to the person's message.
    pub(super) first: bool,
}

/// A chat, while a message is being sent to it.
pub(super) struct Outbox<'a, P: Platform> {
    platform: &'a P,
    records: &'a Records,
    stop: &'a CancellationToken,
    key: String,
    newest: Newest<P::Place>,
    revision: u64,
}

impl<'a, P: Platform> Outbox<'a, P> {
    /// Reads what is known of a chat. Only called by who holds [`Records::chat`].
    pub(super) async fn open(
        platform: &'a P,
        records: &'a Records,
        counter: &str,
        stop: &'a CancellationToken,
    ) -> Result<Self, Aborted> {
        let key = format!("{}.newest.{counter}", P::NAME);
        let Stored { value, revision } = records.load(&key, stop).await?;
        Ok(Self {
            platform,
            records,
            stop,
            key,
            newest: value,
            revision,
        })
    }

    /// Whether a message of this reply may have been sent and is not on record.
    pub(super) fn has_announced(&self, reply: &str) -> bool {
        let announced = self.newest.announced.as_ref();
        announced.is_some_and(|announced| announced.reply == reply)
    }

    /// Looks for the message that was announced and is not on record, and records it for the reply that it is of.
    pub(super) async fn settle(&mut self) -> Result<(), PlatformError> {
        let Some(announced) = &self.newest.announced else {
            return Ok(());
        };
        let record = self.records.load(&announced.reply, self.stop).await;
        let Stored {
            value: mut record,
            revision,
        }: Stored<Record> = record?;
        let recorded = record.messages.get(announced.at);
        if let Some(id) = recorded {
            self.newest.last = Some(id.clone());
        // A reply that is done wants no more messages, so that what was announced for it was given up.
        } else if !record.done {
            let last = self.newest.last.as_deref();
            let find = self.platform.find(&announced.place, last, announced.first);
            let found = match find.await {
                Ok(found) => found,
                // The chat is gone or the bot was removed from it: nobody sees that message, and nothing can be looked
                // for.
                Err(PlatformError::NotFound | PlatformError::Forbidden(_)) => None,
                Err(error) => return Err(error),
            };
            if let Some(id) = found {
                record.messages.push(id.clone());
                let saved = self
                    .records
                    .save(&announced.reply, &record, revision, self.stop);
                if saved.await?.is_none() {
                    // Its reply was ended meanwhile. It stays announced, and is looked at again.
                    return Err(PlatformError::Unavailable(
                        "a record has changed".to_owned(),
                    ));
                }
                self.newest.last = Some(id);
            }
        }
        self.newest.announced = None;
        Ok(self.write().await?)
    }

    /// A message is about to be sent.
    pub(super) async fn announce(&mut self, message: Announced<P::Place>) -> Result<(), Aborted> {
        self.newest.announced = Some(message);
        self.write().await
    }

    /// The message that was announced is on record, under this id.
    pub(super) async fn recorded(&mut self, id: String) -> Result<(), Aborted> {
        self.newest.last = Some(id);
        self.withdraw().await
    }

    /// The message that was announced was not sent, or is on record.
    pub(super) async fn withdraw(&mut self) -> Result<(), Aborted> {
        self.newest.announced = None;
        self.write().await
    }

    async fn write(&mut self) -> Result<(), Aborted> {
        loop {
            let saved = self
                .records
                .save(&self.key, &self.newest, self.revision, self.stop);
            if let Some(revision) = saved.await? {
                self.revision = revision;
                return Ok(());
            }
            // Nobody else in this process writes it now: either it is what was written a moment ago, whose answer was
            // lost, or another process speaks, which loading it tells.
            let now: Stored<Newest<P::Place>> = self.records.load(&self.key, self.stop).await?;
            self.revision = now.revision;
        }
    }
}
