//! What admins decided for their space: where the bot answers, what a channel sees, who may teach it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_nats::jetstream::kv::{CreateErrorKind, Operation, Store, UpdateErrorKind};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use stoa_kit::{Shutdown, nats::Nats};

use crate::{Error, words::Language};

/// How often a change is tried again that somebody else was quicker with.
const ATTEMPTS: usize = 5;
/// How long a watch that broke off waits.
const AGAIN: Duration = Duration::from_secs(1);
/// Most of each kind that a space may have, so that its settings stay small.
const MAX_CHANNELS: usize = 500;
const MAX_ROLES: usize = 50;
const MAX_COLLECTIONS: usize = 20;
const MAX_COLLECTION_NAME: usize = 100;
/// Most bytes of a persona, as generation takes them.
const MAX_PERSONA: usize = 2_000;

/// The settings of a space.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language of the bot's own texts; each person's own when it is not set.
    pub language: Option<Language>,
    /// Roles whose bearers may teach and forget.
    pub teachers: BTreeSet<String>,
    /// Roles whose bearers may do what admins may: change these settings, too.
    pub managers: BTreeSet<String>,
    /// What is different in a channel or topic.
    pub channels: BTreeMap<String, Channel>,
    /// The space whose documents and conversations this one goes on with: that of the group that became this one.
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

/// A change that an admin wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Whether the bot answers in a channel.
    Answers {
        /// The channel.
        channel: String,
        /// Whether it does.
        on: bool,
    },
    /// Whether it must be mentioned in a channel.
    Mention {
        /// The channel.
        channel: String,
        /// Whether it must.
        on: bool,
    },
    /// Whether an answer to a mention opens a thread.
    Threads {
        /// The channel.
        channel: String,
        /// Whether it does.
        on: bool,
    },
    /// What a channel sees.
    Collections {
        /// The channel.
        channel: String,
        /// Names; none for all.
        names: Vec<String>,
    },
    /// Who may teach and forget.
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
    /// How the bot speaks; empty to speak as it does.
    Persona(String),
    /// Which language its own texts are in; none for each person's own.
    Language(Option<Language>),
}

/// A change that cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// There are too many of a kind, or a text is too long.
    TooMuch,
}

impl Settings {
    /// Whether the bot answers in a channel. Once it was told where to answer, it answers nowhere else.
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

    /// Makes a change that is kept here.
    pub fn apply(&mut self, change: &Change) -> Result<(), Unusable> {
        match change {
            Change::Answers { channel, on } => self.change(channel)?.answers = Some(*on),
            Change::Mention { channel, on } => self.change(channel)?.mention = Some(*on),
            Change::Threads { channel, on } => self.change(channel)?.threads = Some(*on),
            Change::Collections { channel, names } => {
                let too_long = |name: &String| name.len() > MAX_COLLECTION_NAME;
                if names.len() > MAX_COLLECTIONS || names.iter().any(too_long) {
                    return Err(Unusable::TooMuch);
                }
                self.change(channel)?.collections.clone_from(names);
            }
            Change::Teachers { role, on } => allow(&mut self.teachers, role, *on)?,
            Change::Managers { role, on } => allow(&mut self.managers, role, *on)?,
            Change::Language(language) => self.language = *language,
            Change::Persona(text) if text.len() > MAX_PERSONA => return Err(Unusable::TooMuch),
            // Generation keeps it.
            Change::Persona(_) => {}
        }
        Ok(())
    }

    fn change(&mut self, channel: &str) -> Result<&mut Channel, Unusable> {
        if self.channels.len() >= MAX_CHANNELS && !self.channels.contains_key(channel) {
            return Err(Unusable::TooMuch);
        }
        Ok(self.channels.entry(channel.to_owned()).or_default())
    }
}

/// Adds a role to those who may do something, or takes it away.
fn allow(roles: &mut BTreeSet<String>, role: &str, on: bool) -> Result<(), Unusable> {
    if !on {
        roles.remove(role);
        return Ok(());
    }
    if roles.len() >= MAX_ROLES && !roles.contains(role) {
        return Err(Unusable::TooMuch);
    }
    roles.insert(role.to_owned());
    Ok(())
}

impl Change {
    /// Reads a change as people write it after a command, such as `mention off`. `None` when it is none.
    pub fn parse(channel: &str, text: &str) -> Option<Self> {
        let (what, value) = text
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((text.trim(), ""));
        let (value, channel) = (value.trim(), channel.to_owned());
        let on = || match value.to_lowercase().as_str() {
            "on" | "yes" | "true" | "开" => Some(true),
            "off" | "no" | "false" | "关" => Some(false),
            _ => None,
        };
        Some(match what.to_lowercase().as_str() {
            "answers" => Self::Answers { channel, on: on()? },
            "mention" => Self::Mention { channel, on: on()? },
            "collections" => Self::Collections {
                channel,
                names: names(value),
            },
            "persona" => Self::Persona(value.to_owned()),
            "language" => Self::Language(match value.to_lowercase().as_str() {
                "auto" => None,
                "en" | "english" => Some(Language::English),
                "zh" | "chinese" | "中文" => Some(Language::Chinese),
                _ => return None,
            }),
            _ => return None,
        })
    }
}

/// Names with commas between them.
pub fn names(text: &str) -> Vec<String> {
    text.split([',', '，', '、'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The settings of every space, at hand: each process follows the bucket that they are kept in.
#[derive(Clone)]
pub struct Book {
    store: Store,
    spaces: Arc<RwLock<HashMap<String, Known>>>,
}

struct Known {
    revision: u64,
    settings: Arc<Settings>,
}

impl Book {
    /// Reads all settings, and follows them until shutdown.
    pub async fn open(nats: &Nats, shutdown: &Shutdown) -> Result<Self, Error> {
        let book = Self {
            store: nats.settings().await?,
            spaces: Arc::default(),
        };
        book.load().await?;
        let (following, stop) = (book.clone(), shutdown.clone());
        shutdown.spawn("settings", async move {
            while !stop.is_stopping() {
                tokio::select! {
                    () = following.follow() => {}
                    () = stop.stopping() => return,
                }
                tokio::select! {
                    () = tokio::time::sleep(AGAIN) => {}
                    () = stop.stopping() => return,
                }
            }
        });
        Ok(book)
    }

    /// The settings of a space.
    pub fn of(&self, space: &str) -> Arc<Settings> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces
            .get(&key(space))
            .map(|known| Arc::clone(&known.settings))
            .unwrap_or_default()
    }

    /// Changes the settings of a space, whoever else changes them at the same time.
    pub async fn change(
        &self,
        space: &str,
        change: impl Fn(&mut Settings) -> Result<(), Unusable>,
    ) -> Result<Result<(), Unusable>, Error> {
        let key = key(space);
        for _ in 0..ATTEMPTS {
            let entry = self.store.entry(&key).await.map_err(Error::inbox)?;
            let entry = entry.filter(|entry| entry.operation == Operation::Put);
            let mut settings: Settings = entry
                .as_ref()
                .and_then(|entry| serde_json::from_slice(&entry.value).ok())
                .unwrap_or_default();
            if let Err(unusable) = change(&mut settings) {
                return Ok(Err(unusable));
            }
            let value = Bytes::from(serde_json::to_vec(&settings).map_err(Error::inbox)?);
            let written = match entry {
                Some(entry) => match self.store.update(&key, value, entry.revision).await {
                    Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => continue,
                    written => written.map_err(Error::inbox)?,
                },
                None => match self.store.create(&key, value).await {
                    Err(error) if error.kind() == CreateErrorKind::AlreadyExists => continue,
                    written => written.map_err(Error::inbox)?,
                },
            };
            self.learn(key, written, settings);
            return Ok(Ok(()));
        }
        Err(Error::Inbox(
            "others keep changing the same settings".to_owned(),
        ))
    }

    async fn load(&self) -> Result<(), Error> {
        let keys: Vec<String> = self
            .store
            .keys()
            .await
            .map_err(Error::inbox)?
            .try_collect()
            .await
            .map_err(Error::inbox)?;
        for key in keys {
            if let Some(entry) = self.store.entry(&key).await.map_err(Error::inbox)? {
                self.read(entry.key, entry.revision, &entry.value);
            }
        }
        Ok(())
    }

    async fn follow(&self) {
        let mut changes = match self.store.watch_all().await {
            Ok(changes) => changes,
            Err(error) => {
                tracing::warn!("settings are not followed for the moment: {error}");
                return;
            }
        };
        // What changed between the last reading and this watch.
        if let Err(error) = self.load().await {
            tracing::warn!("settings were not read: {error}");
        }
        while let Some(change) = changes.next().await {
            match change {
                Ok(entry) => self.read(entry.key, entry.revision, &entry.value),
                Err(error) => {
                    tracing::debug!("settings: {error}");
                    return;
                }
            }
        }
    }

    fn read(&self, key: String, revision: u64, value: &[u8]) {
        match serde_json::from_slice(value) {
            Ok(settings) => self.learn(key, revision, settings),
            Err(error) => tracing::error!(key, "settings cannot be read: {error}"),
        }
    }

    fn learn(&self, key: String, revision: u64, settings: Settings) {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        let is_news = spaces
            .get(&key)
            .is_none_or(|known| known.revision < revision);
        if is_news {
            let settings = Arc::new(settings);
            spaces.insert(key, Known { revision, settings });
        }
    }
}

/// Buckets take no colons in their keys.
fn key(space: &str) -> String {
    space.replace(':', "/")
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
        assert_eq!(settings.language, Some(Language::Chinese));
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
    fn what_is_too_much_is_refused() {
        let mut settings = Settings::default();
        let many = vec!["x"; MAX_COLLECTIONS + 1].join(",");
        for text in [
            format!("collections {many}"),
            format!("collections {}", "x".repeat(MAX_COLLECTION_NAME + 1)),
            format!("persona {}", "x".repeat(MAX_PERSONA + 1)),
        ] {
            let change = Change::parse("5", &text).expect("a change");
            assert_eq!(settings.apply(&change), Err(Unusable::TooMuch));
        }
    }
}
