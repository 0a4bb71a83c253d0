//! What admins decided for their space: where the bot answers, what a channel sees, who may teach it.

mod cache;
mod change;
mod stored;
mod style;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::locale::Locale;

pub use cache::Cache;
pub use change::{AUTO, Change, names};
pub use style::Style;

/// Most channels with settings of their own, so that a space's settings stay small.
const MAX_CHANNELS: usize = 500;
/// Most roles that may teach, and that may manage.
const MAX_ROLES: usize = 50;
/// Most collections of a channel.
const MAX_COLLECTIONS: usize = 20;
/// Most bytes of a collection's name.
const MAX_COLLECTION_NAME: usize = 100;
/// Most bytes of a persona, as generation takes them.
const MAX_PERSONA: usize = 2_000;

/// The settings of a space.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language of the bot's own messages; each person's own when it is not set.
    pub language: Option<Locale>,
    /// Roles whose bearers may teach and forget documents.
    pub teachers: BTreeSet<String>,
    /// Roles whose bearers may do what admins may, which includes changing these settings.
    pub managers: BTreeSet<String>,
    /// What is different in a channel or topic.
    pub channels: BTreeMap<String, Channel>,
    /// The space whose documents and conversations this one continues: that of the group that became this one.
    pub continues: Option<String>,
}

/// The settings of a channel or topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Channel {
    /// The bot answers there.
    pub answers: Option<bool>,
    /// It answers only when it is mentioned, replied to, or called by a command.
    pub mention: Option<bool>,
    /// An answer to a mention opens a thread.
    pub threads: Option<bool>,
    /// Collections that are seen there; all when empty.
    pub collections: Vec<String>,
}

/// A change that is not made: there are too many of a kind, or a text is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than the settings of a space may hold")]
pub struct LimitExceeded;

impl Settings {
    /// Whether the bot answers in a channel. Once it is on somewhere, it is off everywhere else.
    pub fn answers(&self, channel: &str) -> bool {
        let told = || {
            self.channels
                .values()
                .any(|channel| channel.answers == Some(true))
        };
        self.channel(channel)
            .and_then(|channel| channel.answers)
            .unwrap_or_else(|| !told())
    }

    /// Whether the bot must be mentioned in a channel.
    pub fn needs_mention(&self, channel: &str) -> bool {
        self.channel(channel)
            .and_then(|channel| channel.mention)
            .unwrap_or(true)
    }

    /// Whether an answer to a mention in a channel opens a thread.
    pub fn opens_threads(&self, channel: &str) -> bool {
        self.channel(channel)
            .and_then(|channel| channel.threads)
            .unwrap_or(false)
    }

    /// Collections that a channel sees; all when empty.
    pub fn collections(&self, channel: &str) -> &[String] {
        self.channel(channel)
            .map_or(&[], |channel| channel.collections.as_slice())
    }

    fn channel(&self, channel: &str) -> Option<&Channel> {
        self.channels.get(channel)
    }

    /// Makes a change.
    pub fn apply(&mut self, change: &Change) -> Result<(), LimitExceeded> {
        match change {
            Change::Answers { channel, on } => self.change(channel)?.answers = Some(*on),
            Change::Mention { channel, on } => self.change(channel)?.mention = Some(*on),
            Change::Threads { channel, on } => self.change(channel)?.threads = Some(*on),
            Change::Collections { channel, names } => {
                // Checked before the entry of the channel is made, which a change that fails must not leave behind.
                let too_long = |name: &String| name.len() > MAX_COLLECTION_NAME;
                if names.len() > MAX_COLLECTIONS || names.iter().any(too_long) {
                    return Err(LimitExceeded);
                }
                self.change(channel)?.collections.clone_from(names);
            }
            Change::Teachers { role, on } => allow(&mut self.teachers, role, *on)?,
            Change::Managers { role, on } => allow(&mut self.managers, role, *on)?,
            Change::Language(language) => self.language = *language,
            Change::Persona(text) if text.len() > MAX_PERSONA => return Err(LimitExceeded),
            // Generation stores these, as every answer needs them.
            Change::Persona(_) | Change::Style(_) => {}
        }
        Ok(())
    }

    fn change(&mut self, channel: &str) -> Result<&mut Channel, LimitExceeded> {
        if self.channels.len() >= MAX_CHANNELS && !self.channels.contains_key(channel) {
            return Err(LimitExceeded);
        }
        Ok(self.channels.entry(channel.to_owned()).or_default())
    }
}

/// Adds a role to those who may do something, or takes it away.
fn allow(roles: &mut BTreeSet<String>, role: &str, on: bool) -> Result<(), LimitExceeded> {
    if !on {
        // Taking away is always possible, also where an older version or a hand in the database stored too many.
        roles.remove(role);
        return Ok(());
    }
    if roles.len() >= MAX_ROLES && !roles.contains(role) {
        return Err(LimitExceeded);
    }
    roles.insert(role.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(settings: &mut Settings, text: &str) {
        let change = Change::parse("5", text).expect("a change");
        settings.apply(&change).expect("it is usable");
    }

    #[test]
    fn without_settings_it_answers_everywhere_when_it_is_mentioned() {
        let settings = Settings::default();
        assert!(settings.answers("5") && settings.needs_mention("5"));
        assert!(settings.collections("5").is_empty() && !settings.opens_threads("5"));
    }

    #[test]
    fn told_where_to_answer_it_answers_nowhere_else() {
        let mut settings = Settings::default();
        set(&mut settings, "answers off");
        assert!(!settings.answers("5") && settings.answers("6"));
        set(&mut settings, "answers on");
        assert!(settings.answers("5") && !settings.answers("6"));
    }

    #[test]
    fn changes_are_read_as_people_write_them() {
        let mut settings = Settings::default();
        set(&mut settings, "  Mention OFF ");
        set(&mut settings, "collections faq， 手册, ");
        set(&mut settings, "language 中文");
        assert!(!settings.needs_mention("5"));
        assert_eq!(settings.collections("5"), ["faq", "手册"]);
        assert_eq!(settings.language, Locale::named("zh"));
        set(&mut settings, "language auto");
        assert_eq!(settings.language, None);
        for text in [
            "",
            "mention",
            "mention perhaps",
            "language tlh",
            "colour red",
        ] {
            assert_eq!(Change::parse("5", text), None, "{text}");
        }
    }

    #[test]
    fn a_style_is_chosen_by_its_name() {
        for (text, style) in [
            ("style short", Style::Short),
            ("Style  STEPS", Style::Steps),
            ("style default", Style::Default),
            ("style plain", Style::Plain),
        ] {
            assert_eq!(
                Change::parse("5", text),
                Some(Change::Style(style)),
                "{text}"
            );
        }
        for text in ["style", "style fancy", "style short and full"] {
            assert_eq!(Change::parse("5", text), None, "{text}");
        }
        let mut settings = Settings::default();
        set(&mut settings, "style quote");
        assert_eq!(
            settings,
            Settings::default(),
            "it is not stored with the settings"
        );
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let mut settings = Settings::default();
        let many = vec!["x"; MAX_COLLECTIONS + 1].join(",");
        for text in [
            format!("collections {many}"),
            format!("collections {}", "x".repeat(MAX_COLLECTION_NAME + 1)),
            format!("persona {}", "x".repeat(MAX_PERSONA + 1)),
        ] {
            let change = Change::parse("5", &text).expect("a change");
            assert_eq!(settings.apply(&change), Err(LimitExceeded));
        }
    }
}
