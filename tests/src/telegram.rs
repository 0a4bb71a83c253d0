//! Telegram's Bot API over a real socket. It refuses what Telegram refuses: texts and entities that break its rules,
//! messages that are not the bot's, and more messages than a chat takes.

mod api;
mod people;
mod replicas;
mod rules;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use tokio::sync::Notify;

pub use self::api::post;
use self::rules::Bucket;
use crate::{hold::Hold, server::Server};

/// The bot's token.
pub const TOKEN: &str = "123456789:AAfakefakefakefakefakefakefakefakefa";
/// The bot's id and name.
const BOT: i64 = 123_456_789;
/// Its name.
pub const USERNAME: &str = "stoa_test_bot";

/// A chat.
#[derive(Debug, Clone, Copy)]
pub struct Chat {
    /// Its id: negative for groups.
    pub id: i64,
    /// A topic of it.
    pub topic: Option<i64>,
}

impl Chat {
    /// A chat with one person, whose id it has.
    pub fn with(person: i64) -> Self {
        Self {
            id: person,
            topic: None,
        }
    }

    /// A group.
    pub fn group(number: i64) -> Self {
        Self {
            id: -1_000_000_000_000 - number,
            topic: None,
        }
    }

    /// A topic of the same chat.
    #[must_use]
    pub fn topic(self, topic: i64) -> Self {
        Self {
            topic: Some(topic),
            ..self
        }
    }

    fn json(self) -> Value {
        if self.id > 0 {
            json!({"id": self.id, "type": "private", "first_name": "Ada"})
        } else {
            json!({"id": self.id, "type": "supergroup", "title": "A group", "is_forum": self.topic.is_some()})
        }
    }
}

/// A message of the bot, as people see it.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Its id.
    pub id: i64,
    /// Its text.
    pub text: String,
    /// Its entities.
    pub entities: Vec<Value>,
    /// What its buttons say, and their data.
    pub buttons: Vec<(String, String)>,
    /// The message that it replies to.
    pub reply_to: Option<i64>,
    /// The topic that it is in.
    pub topic: Option<i64>,
    /// How often it was changed.
    pub edits: usize,
}

impl Shown {
    /// What its buttons say.
    pub fn labels(&self) -> Vec<&str> {
        self.buttons
            .iter()
            .map(|(label, _)| label.as_str())
            .collect()
    }

    /// Whether it says this and will not change any more.
    pub fn is_complete(&self, says: &str) -> bool {
        self.text.contains(says) && !self.labels().contains(&"Stop")
    }
}

#[derive(Default)]
struct State {
    updates: BTreeMap<i64, Value>,
    next_update: i64,
    next_message: i64,
    /// The newest update that a poll was answered with.
    handed_out: i64,
    /// Messages of the bot, by chat.
    shown: HashMap<i64, BTreeMap<i64, Shown>>,
    /// Everything that was ever sent or shown by an edit, by chat.
    history: HashMap<i64, Vec<String>>,
    files: HashMap<String, Vec<u8>>,
    admins: HashSet<(i64, i64)>,
    blocked: HashSet<i64>,
    /// Polls that wait: a new one ends the one before.
    poll: u64,
    chats: HashMap<i64, Bucket>,
    all: Option<Bucket>,
    /// Calls that are refused next, whatever they are, with the seconds to wait.
    storm: usize,
    calls: HashMap<String, usize>,
    hold: Hold,
    /// Everything that was ever shown as being written, by chat.
    drafted: HashMap<i64, Vec<String>>,
    /// The server is older than drafts.
    is_old: bool,
    /// Topics in which nobody may write.
    closed: HashSet<(i64, i64)>,
    /// Messages of people that are there no more.
    removed: HashSet<(i64, i64)>,
    /// Groups that became supergroups.
    migrated: HashMap<i64, i64>,
    /// Commands by scope and language.
    menus: BTreeMap<(String, String), Vec<String>>,
    /// What people read, where it is not English.
    languages: HashMap<i64, String>,
    /// Where updates go, and the secret that is shown with them.
    webhook: Option<(String, String)>,
    /// Who stands before the webhook's public name, and takes what is for it.
    ingress: Option<String>,
    /// What was offered for inline queries.
    offered: HashMap<String, Vec<Value>>,
    answered: Vec<String>,
    /// What was asked of it that Telegram would never take.
    offences: Vec<String>,
}

impl State {
    /// A person, with what they read.
    fn user(&self, id: i64) -> Value {
        let mut user = user(id);
        if let Some(language) = self.languages.get(&id) {
            user["language_code"] = json!(language);
        }
        user
    }
}

/// A running Bot API. Stops when it is dropped.
pub struct Telegram {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
    _server: Server,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Notify,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn user(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Ada", "language_code": "en"})
}

fn bot() -> Value {
    json!({"id": BOT, "is_bot": true, "first_name": "Stoa", "username": USERNAME})
}

/// Mentions and commands, as Telegram marks them.
fn entities(text: &str) -> Value {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let kind = match bare.chars().next() {
            Some('@') if bare.len() > 1 => Some("mention"),
            Some('/') if bare.len() > 1 => Some("bot_command"),
            _ => None,
        };
        if let Some(kind) = kind {
            let length = bare
                .trim_end_matches([',', ':', '?'])
                .encode_utf16()
                .count();
            found.push(json!({"type": kind, "offset": at, "length": length}));
        }
        at += word.encode_utf16().count();
    }
    json!(found)
}

fn push(state: &mut State, mut update: Value) {
    state.next_update += 1;
    update["update_id"] = json!(state.next_update);
    let id = state.next_update;
    state.updates.insert(id, update);
}
