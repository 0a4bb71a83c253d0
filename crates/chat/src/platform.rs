//! What a chat platform can do, as far as replies need it.

use std::time::Duration;

use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    event::{Person, Press},
    reply::Syntax,
};

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What it does.
    pub press: Press,
}

/// A message with the buttons under it, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing<M> {
    /// The message.
    pub message: M,
    /// The buttons.
    pub buttons: Vec<Vec<Button>>,
    /// It is the one that answers the person's message; those that follow stand by themselves.
    pub first: bool,
    /// It will change soon: where the platform is busy it may be refused, so that what is complete goes before.
    pub draft: bool,
}

/// A message that the platform has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub id: String,
    /// It was sent before, and shows what it showed then.
    pub stale: bool,
}

/// Bytes of a file, or why they end.
pub type Download = BoxStream<'static, Result<Bytes, Refusal>>;

/// Why the platform did not do something.
#[derive(Debug, Clone, Error)]
pub enum Refusal {
    /// Too much at once.
    #[error("it takes more in {0:?}")]
    Later(Duration),
    /// The message is not there any more.
    #[error("the message is gone")]
    Gone,
    /// It never will: blocked, thrown out, no permission.
    #[error("it refuses: {0}")]
    Forbidden(String),
    /// It does not answer.
    #[error("it does not answer: {0}")]
    Unreachable(String),
}

/// A chat platform.
pub trait Platform: Send + Sync + 'static {
    /// How it writes messages.
    type Syntax: Syntax;
    /// Where a reply goes.
    type Place: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Its name, in lower case.
    const NAME: &'static str;
    /// Largest file that it hands out, in bytes.
    const MAX_FILE: u64;

    /// How often a message may be changed in the long run.
    fn pace(&self, place: &Self::Place) -> Duration;

    /// How often a preview of what is being written may be changed; `None` where the platform has none, so that a
    /// message is sent and changed.
    fn preview_pace(&self, place: &Self::Place) -> Option<Duration>;

    /// Shows what is being written, in place of what was shown under the same number (which is not 0). It is gone by
    /// itself half a minute later, or when a message is sent. Only asked where there is a pace for it.
    fn preview<'a>(
        &'a self,
        place: &'a Self::Place,
        number: u32,
        message: &'a <Self::Syntax as Syntax>::Message,
    ) -> BoxFuture<'a, Result<(), Refusal>>;

    /// Sends a message. The same `nonce` again is the same message, where the platform can tell.
    fn send<'a>(
        &'a self,
        place: &'a Self::Place,
        nonce: &'a str,
        outgoing: &'a Outgoing<<Self::Syntax as Syntax>::Message>,
    ) -> BoxFuture<'a, Result<Sent, Refusal>>;

    /// Where the ids of a place's messages are counted up, if one that was sent and not recorded has to be looked for;
    /// `None` where sending it again is enough.
    fn counter(&self, place: &Self::Place) -> Option<String>;

    /// Looks, after a message id, for a message of the bot that was sent and whose id nobody learned, and makes it what
    /// it should be. Only asked where ids are counted up.
    fn find<'a>(
        &'a self,
        place: &'a Self::Place,
        after: Option<&'a str>,
        outgoing: &'a Outgoing<<Self::Syntax as Syntax>::Message>,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>>;

    /// Changes a message. To what it is already is no error.
    fn edit<'a>(
        &'a self,
        place: &'a Self::Place,
        id: &'a str,
        outgoing: &'a Outgoing<<Self::Syntax as Syntax>::Message>,
    ) -> BoxFuture<'a, Result<(), Refusal>>;

    /// Removes a message. One that is gone is no error.
    fn delete<'a>(
        &'a self,
        place: &'a Self::Place,
        id: &'a str,
    ) -> BoxFuture<'a, Result<(), Refusal>>;

    /// Shows for some seconds that a reply is being written.
    fn typing<'a>(&'a self, place: &'a Self::Place) -> BoxFuture<'a, Result<(), Refusal>>;

    /// Whether a person may change what everybody in the place sees.
    fn is_admin<'a>(
        &'a self,
        place: &'a Self::Place,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<bool, Refusal>>;

    /// What a question in a place is about beside its words, such as the title of the post that it stands under.
    fn background<'a>(
        &'a self,
        place: &'a Self::Place,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>>;

    /// Opens a file.
    fn open<'a>(&'a self, file: &'a str) -> BoxFuture<'a, Result<Download, Refusal>>;
}
