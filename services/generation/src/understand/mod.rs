//! What somebody wants who writes to the bot.

mod followup;
mod phrases;
mod talk;

pub(crate) use followup::{is_follow_up, standalone};
pub(crate) use phrases::Phrases;
pub(crate) use talk::{Talk, gives_up, talk};
