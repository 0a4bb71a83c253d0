//! What the chat frontends share: a durable inbox, the work on what people said, and replies made for a platform.
//!
//! A frontend turns what its platform says into events, puts them into the [`Inbox`], and implements [`Platform`].
//! Everything between is here.

mod delivery;
pub mod desk;
pub mod event;
pub mod inbox;
pub mod lease;
mod pace;
pub mod platform;
pub mod reply;
pub mod settings;
pub mod words;

use stoa_kit::{config::ConfigError, grpc::ConnectError, nats::NatsError};
use thiserror::Error;

pub use desk::Desk;
pub use inbox::Inbox;
pub use platform::Platform;

/// A frontend cannot work.
#[derive(Debug, Error)]
pub enum Error {
    /// A key is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A service's address is wrong.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// NATS.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// The inbox does not answer.
    #[error("the inbox does not answer: {0}")]
    Inbox(String),
    /// The platform refuses the frontend itself.
    #[error("{0}")]
    Platform(String),
}

impl Error {
    /// Why the inbox, or a bucket beside it, does not answer.
    pub fn inbox(error: impl ToString) -> Self {
        Self::Inbox(error.to_string())
    }
}
