//! What a chat platform can do, as far as replies need it.

use std::time::Duration;

use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};
use serde::{Serialize, de::DeserializeOwned};
use stoa_reply::Syntax;
use thiserror::Error;

use crate::command::{ButtonAction, Person};

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// Its label.
    pub label: String,
    /// What it does.
    pub action: ButtonAction,
}

/// A message of a platform, as its syntax writes it.
pub type Message<P> = <<P as Platform>::Syntax as Syntax>::Message;

/// A message with the buttons under it, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing<M> {
    /// The message.
    pub message: M,
    /// The buttons.
    pub buttons: Vec<Vec<Button>>,
    /// It is the reply to the person's message; those that follow it reply to nothing.
    pub first: bool,
    /// It will change soon: where the platform is busy it may be refused, so that complete messages go first.
    pub draft: bool,
}

/// A message that the platform has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub id: String,
    /// It does not show yet what it should: it was sent before and shows what it showed then, or it began empty.
    pub stale: bool,
}

/// Bytes of a file, or why they end.
pub type Download = BoxStream<'static, Result<Bytes, PlatformError>>;

/// Why the platform did not do something. Read by operators; what people are told is in `texts/`.
#[derive(Debug, Clone, Error)]
pub enum PlatformError {
    /// Too many calls.
    #[error("rate limited for {0:?}")]
    RateLimited(Duration),
    /// The message or the file does not exist any more.
    #[error("it does not exist any more")]
    NotFound,
    /// It never will: blocked, removed from the chat, no permission.
    #[error("refused: {0}")]
    Forbidden(String),
    /// It does not answer, or not usefully, and did nothing.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Its answer was lost or came too late: what it was asked for may have been done. Only said of messages that were
    /// sent, as anything else can be asked for again.
    #[error("no answer: {0}")]
    Unsure(String),
}

/// A chat platform.
pub trait Platform: Sized + Send + Sync + 'static {
    /// How it writes messages.
    type Syntax: Syntax;
    /// Where a reply goes.
    type Place: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Its name, in lower case, in subjects, ids and leases.
    const NAME: &'static str;
    /// Largest file that it hands out, in bytes.
    const MAX_FILE: u64;

    /// The least time between two edits of a message.
    fn pace(&self, place: &Self::Place) -> Duration;

    /// The least time between two previews of what is being written; `None` where the platform has no previews, so that
    /// a message is sent and edited.
    fn preview_pace(&self, place: &Self::Place) -> Option<Duration>;

    /// Shows what is being written, in place of what was shown under the same number (not 0). It vanishes by itself
    /// after half a minute, or when a message is sent. Only called where there is a pace for it.
    fn preview<'a>(
        &'a self,
        place: &'a Self::Place,
        number: u32,
        message: &'a Message<Self>,
    ) -> BoxFuture<'a, Result<(), PlatformError>>;

    /// Sends a message. The same `nonce` again is the same message, where the platform can tell.
    fn send<'a>(
        &'a self,
        place: &'a Self::Place,
        nonce: &'a str,
        outgoing: &'a Outgoing<Message<Self>>,
    ) -> BoxFuture<'a, Result<Sent, PlatformError>>;

    /// The chat in which the ids of a place's messages increase, and in which one message is sent at a time, if one that
    /// may have been sent has to be looked for; `None` where sending it again is enough.
    fn counter(&self, place: &Self::Place) -> Option<String>;

    /// Looks, after a message id, for the one message of the bot that may have been sent to a place and is not on record.
    /// `first`: it is the reply to the person's message. Only called where there is a counter.
    fn find<'a>(
        &'a self,
        place: &'a Self::Place,
        after: Option<&'a str>,
        first: bool,
    ) -> BoxFuture<'a, Result<Option<String>, PlatformError>>;

    /// Edits a message. To what it is already is no error.
    fn edit<'a>(
        &'a self,
        place: &'a Self::Place,
        id: &'a str,
        outgoing: &'a Outgoing<Message<Self>>,
    ) -> BoxFuture<'a, Result<(), PlatformError>>;

    /// Deletes a message. One that does not exist any more is no error.
    fn delete<'a>(
        &'a self,
        place: &'a Self::Place,
        id: &'a str,
    ) -> BoxFuture<'a, Result<(), PlatformError>>;

    /// Shows the typing indicator for some seconds.
    fn typing<'a>(&'a self, place: &'a Self::Place) -> BoxFuture<'a, Result<(), PlatformError>>;

    /// Whether a person administers the place.
    fn is_admin<'a>(
        &'a self,
        place: &'a Self::Place,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<bool, PlatformError>>;

    /// What a question in a place is about beside its words, such as the title of the post that it is under.
    fn background<'a>(
        &'a self,
        place: &'a Self::Place,
    ) -> BoxFuture<'a, Result<Option<String>, PlatformError>>;

    /// Opens a file.
    fn open<'a>(&'a self, file: &'a str) -> BoxFuture<'a, Result<Download, PlatformError>>;
}
