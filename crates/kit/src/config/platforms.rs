//! Keys of the chat platforms.

use secrecy::SecretString;
use serde::Deserialize;

use crate::Address;

/// What all chat platforms share.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chat {
    /// Conversations of a platform that are worked on at once; the others wait.
    pub at_once: usize,
    /// Questions that a person may ask in a space and day (UTC); 0 is without limit.
    pub person_questions: u64,
    /// Tokens that a person may use in a space and day.
    pub person_tokens: u64,
    /// Questions that may be asked in a space and day.
    pub space_questions: u64,
    /// Tokens that may be used in a space and day.
    pub space_tokens: u64,
}

impl Default for Chat {
    fn default() -> Self {
        Self {
            at_once: 256,
            person_questions: 0,
            person_tokens: 0,
            space_questions: 0,
            space_tokens: 0,
        }
    }
}

/// Telegram.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telegram {
    /// The bot's token, from @BotFather. Also read from `TELEGRAM_TOKEN`.
    pub token: Option<SecretString>,
    /// Address of the Bot API, or of a server of one's own. Also read from `TELEGRAM_API_URL`.
    pub api_url: Address,
    /// Public https address at which Telegram delivers updates; it is polled when none is set.
    pub webhook_url: Option<Address>,
    /// Where updates are taken, behind that address.
    pub webhook_listen: String,
}

impl Default for Telegram {
    fn default() -> Self {
        Self {
            token: None,
            api_url: "https://api.telegram.org".into(),
            webhook_url: None,
            webhook_listen: "0.0.0.0:8090".to_owned(),
        }
    }
}

/// Discord.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Discord {
    /// The bot's token, from the developer portal. Also read from `DISCORD_TOKEN`.
    pub token: Option<SecretString>,
    /// Address of the API, or of a server of one's own. Also read from `DISCORD_API_URL`.
    pub api_url: Address,
}

impl Default for Discord {
    fn default() -> Self {
        Self {
            token: None,
            api_url: "https://discord.com".into(),
        }
    }
}
