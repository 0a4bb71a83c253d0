use serde::{Deserialize, Serialize};

use super::Style;
use crate::locale::Locale;

/// A change that an admin asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Whether the bot answers in a channel.
    Answers {
        /// The channel.
        channel: String,
        /// Whether it does.
        on: bool,
    },
    /// Whether it only answers when mentioned in a channel.
    Mention {
        /// The channel.
        channel: String,
        /// Whether it does.
        on: bool,
    },
    /// Whether it answers mentions in a new thread.
    Threads {
        /// The channel.
        channel: String,
        /// Whether it does.
        on: bool,
    },
    /// Which collections a channel uses.
    Collections {
        /// The channel.
        channel: String,
        /// Names; none for all.
        names: Vec<String>,
    },
    /// Who may teach and forget documents.
    Teachers {
        /// The role.
        role: String,
        /// Whether it may.
        on: bool,
    },
    /// Who may do what admins may.
    Managers {
        /// The role.
        role: String,
        /// Whether it may.
        on: bool,
    },
    /// How the bot speaks; empty for the default.
    Persona(String),
    /// How answers are written.
    Style(Style),
    /// The language of its own messages; `None` for each person's own.
    Language(Option<Locale>),
}

/// The value of the language setting that leaves it to each person.
pub const AUTO: &str = "auto";

impl Change {
    /// Parses a change as people write it after a command, such as `mention off`.
    pub fn parse(channel: &str, text: &str) -> Option<Self> {
        let (what, value) = text
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((text.trim(), ""));
        let (value, channel) = (value.trim(), channel.to_owned());
        let on = || switch(value);
        Some(match what.to_lowercase().as_str() {
            "answers" => Self::Answers { channel, on: on()? },
            "mention" => Self::Mention { channel, on: on()? },
            "collections" => Self::Collections {
                channel,
                names: names(value),
            },
            "persona" => Self::Persona(value.to_owned()),
            "style" => Self::Style(Style::named(value)?),
            "language" if value.eq_ignore_ascii_case(AUTO) => Self::Language(None),
            "language" => Self::Language(Some(Locale::named(value)?)),
            _ => return None,
        })
    }
}

/// Reads `on` or `off` in any language that is spoken.
fn switch(value: &str) -> Option<bool> {
    let value = value.to_lowercase();
    let is = |on: bool| {
        let mut all = Locale::all().into_iter();
        all.any(|locale| locale.switch(on) == value)
    };
    match value.as_str() {
        // Not words of any language's texts, and what people who know configuration files type.
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ if is(true) => Some(true),
        _ if is(false) => Some(false),
        _ => None,
    }
}

/// Splits names at commas.
pub fn names(text: &str) -> Vec<String> {
    text.split([',', '，', '、'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
