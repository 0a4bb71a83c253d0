//! Where a reply goes in Discord.

use serde::{Deserialize, Serialize};

/// Where a reply goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The channel; a thread is one, too.
    pub channel: u64,
    /// The server; none in direct messages.
    pub guild: Option<u64>,
    /// The message that is replied to.
    pub reply_to: Option<u64>,
    /// The reply opens a thread on that message.
    pub thread: bool,
    /// What such a thread is called.
    pub title: Option<String>,
    /// The interaction that is answered.
    pub interaction: Option<InteractionToken>,
}

/// What is needed to answer an interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractionToken {
    /// Its id.
    pub id: u64,
    /// The application that it belongs to.
    pub application: u64,
    /// Its token, valid for fifteen minutes.
    pub token: String,
    /// Only the person sees the answer.
    pub ephemeral: bool,
}
