//! What `stoa doctor` finds out.

use stoa_chat::Error;
use stoa_kit::Config;
use teloxide_core::prelude::Requester;

use crate::{bot, error::platform_error};

/// Checks that Telegram knows the bot; returns who it is and what it sees of groups.
pub async fn probe(config: &Config) -> Result<String, Error> {
    let me = bot::new(config, bot::CALL)?
        .get_me()
        .await
        .map_err(|error| Error::platform("Telegram")(platform_error(&error)))?;
    let groups = match (me.can_join_groups, me.can_read_all_group_messages) {
        (false, _) => "cannot be added to groups (@BotFather, /setjoingroups changes that)",
        (true, true) => "privacy mode is off: it sees every message of its groups",
        (true, false) => {
            "privacy mode is on: in groups it sees commands, mentions and replies, which is enough"
        }
    };
    let inline = if me.supports_inline_queries {
        "inline mode is on"
    } else {
        "inline mode is off (@BotFather, /setinline switches it on)"
    };
    Ok(format!("@{}, {groups}; {inline}", me.username()))
}
