//! The menu of commands that Telegram shows.

use stoa_chat::Locale;
use teloxide_core::{
    Bot,
    payloads::SetMyCommandsSetters,
    prelude::Requester,
    types::{BotCommand, BotCommandScope},
};

use crate::error::platform_error;

/// Commands, and whether only admins may use them in a group. Their descriptions are the texts `command-NAME`.
const COMMANDS: [(&str, bool); 12] = [
    ("ask", false),
    ("search", false),
    ("learn", true),
    ("documents", false),
    ("forget", true),
    ("stop", false),
    ("reset", false),
    ("usage", false),
    ("privacy", false),
    ("unanswered", true),
    ("settings", true),
    ("help", false),
];

/// Publishes the menu for each kind of chat in each language. The bot works without one, so a failure is only logged.
pub(crate) async fn publish(bot: &Bot) {
    let scopes = [
        (BotCommandScope::Default, true),
        (BotCommandScope::AllPrivateChats, true),
        (BotCommandScope::AllGroupChats, false),
        (BotCommandScope::AllChatAdministrators, true),
    ];
    for (scope, may_manage) in scopes {
        for locale in Locale::all() {
            let commands = COMMANDS
                .iter()
                .filter(|(_, for_admins)| may_manage || !for_admins)
                .map(|(name, _)| BotCommand::new(*name, locale.text(&format!("command-{name}"))));
            let mut request = bot.set_my_commands(commands).scope(scope.clone());
            // Without a code the menu is for every language that has none of its own.
            if locale != Locale::default() {
                request = request.language_code(locale.code());
            }
            if let Err(error) = request.await {
                let error = platform_error(&error);
                tracing::warn!("the menu of commands was not published: {error}");
            }
        }
    }
}
