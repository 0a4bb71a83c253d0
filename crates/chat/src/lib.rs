//! What people may ask of the bot in a chat, whatever the platform.
//!
//! A frontend brings a [`Platform`] (how replies are delivered) and an [`EventSource`] (how what people say becomes
//! [`command`]s in the inbox). What both do to start, stand by and speak is in [`frontend`]; [`Service`] carries the
//! commands out.

pub mod command;
mod delivery;
mod error;
pub mod frontend;
mod intake;
pub mod locale;
mod pace;
pub mod platform;
mod service;
pub mod settings;

pub use error::Error;
pub use frontend::{Context, EventSource, Frontend, serve, start};
pub use intake::take_in;
pub use locale::Locale;
pub use platform::Platform;
pub use service::{ANSWER_MARK, Service, answer_source};
pub use stoa_inbox::{Event, Inbox};
pub use stoa_kit::retry;
