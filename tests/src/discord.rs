//! Discord's REST API and gateway over a real socket. It refuses what Discord refuses: messages and commands that break
//! its rules, interactions that are answered too late or twice, and more calls than a channel takes.

mod api;
mod controls;
mod gateway;
mod people;
mod rules;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tokio::sync::Notify;

use self::rules::{Refused, Window, check_message};
use crate::{hold::Hold, server::Server};

/// The bot's token.
pub const TOKEN: &str = "MTIzNDU2Nzg5.fake.fakefakefakefakefakefakefake";
/// The bot's id, which is that of its application too.
pub const BOT: u64 = 700;
/// A server.
pub const GUILD: u64 = 100;
/// Another one, which the second of two shards hears of, and a channel of it.
pub const OTHER_GUILD: u64 = (1 << 22) + 200;
/// A channel of the other server.
pub const ELSEWHERE: u64 = 2_001;
/// A role that manages a server.
pub const MANAGING_ROLE: u64 = 60;
/// The role that Discord made for the bot, and the one that it made for another.
pub const OWN_ROLE: u64 = 61;
/// The role of another bot.
pub const OTHER_ROLE: u64 = 62;
/// A channel for everybody.
pub const GENERAL: u64 = 1_001;
/// Another one.
pub const RANDOM: u64 = 1_002;
/// A forum.
pub const FORUM: u64 = 1_003;
/// The right to manage a server.
const MANAGE_GUILD: &str = "32";
/// View channels, send messages, also in threads, open public threads, read the history.
const PERMISSIONS: u64 = 1 << 10 | 1 << 11 | 1 << 16 | 1 << 35 | 1 << 38;
/// Discord takes an acknowledgement for so long.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(3);

/// A message of the bot, as people see it.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Its id.
    pub id: u64,
    /// The channel that it is in.
    pub channel: u64,
    /// Its text.
    pub content: String,
    /// What its buttons say, and their data.
    pub buttons: Vec<(String, String)>,
    /// The message that it replies to.
    pub reply_to: Option<u64>,
    /// The person who alone sees it.
    pub only_for: Option<u64>,
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
        self.content.contains(says) && !self.labels().contains(&"Stop")
    }
}

/// Who can do what.
#[derive(Debug, Clone, Default)]
struct Channel {
    kind: u8,
    guild: Option<u64>,
    parent: Option<u64>,
    owner: Option<u64>,
    name: String,
    tags: Vec<u64>,
    /// What people said there, oldest first.
    said: Vec<Value>,
}

struct Interaction {
    began: Instant,
    token: String,
    channel: u64,
    person: u64,
    /// How it was acknowledged.
    answered: Option<Value>,
    original: Option<u64>,
}

#[derive(Default)]
struct State {
    address: String,
    next: u64,
    grants_content: bool,
    channels: BTreeMap<u64, Channel>,
    shown: BTreeMap<u64, Shown>,
    first_shown: HashMap<u64, Instant>,
    /// Everything that was ever sent or shown by an edit.
    history: Vec<String>,
    nonces: HashMap<String, u64>,
    /// Messages that were sent again, and not shown again.
    resent: usize,
    interactions: HashMap<u64, Interaction>,
    /// What people read, where it is not English.
    locales: HashMap<u64, String>,
    /// Channels in which the bot has shown that it writes.
    typing: HashSet<u64>,
    /// What the bot may do in a server.
    permissions: u64,
    hold: Hold,
    files: HashMap<String, Vec<u8>>,
    managers: HashSet<u64>,
    roles: HashMap<u64, Vec<u64>>,
    windows: HashMap<String, Window>,
    commands: Vec<String>,
    /// Discord does not take the bot's commands.
    refuses_commands: bool,
    /// It lists the channels of direct messages to the bot, as servers of others do.
    lists_direct: bool,
    /// It leaves out of an interaction what it may leave out.
    is_terse: bool,
    /// What it answers when it is asked for a server, in place of a server.
    odd_guild: Option<Value>,
    limited: usize,
    refuses: usize,
    gateway: gateway::Gateway,
    offences: Vec<String>,
}

impl State {
    /// An id of something that happens now: the time, and a number.
    fn id(&mut self) -> u64 {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let millis = u64::try_from(since_1970.as_millis()).unwrap_or_default() - 1_420_070_400_000;
        self.next = self.next.max(millis << 22) + 1;
        self.next
    }

    fn member(&self, person: u64) -> Value {
        let permissions = if self.managers.contains(&person) {
            MANAGE_GUILD
        } else {
            "0"
        };
        json!({
            "user": user(person), "roles": self.roles.get(&person).cloned().unwrap_or_default().iter().map(u64::to_string).collect::<Vec<_>>(),
            "permissions": permissions, "joined_at": "2024-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false, "flags": 0,
            "pending": false, "nick": null, "avatar": null, "premium_since": null, "communication_disabled_until": null,
        })
    }

    fn channel_json(&self, id: u64) -> Option<Value> {
        let channel = self.channels.get(&id)?;
        let mut json = json!({ "id": id.to_string(), "type": channel.kind, "name": channel.name });
        if let Some(guild) = channel.guild {
            json["guild_id"] = json!(guild.to_string());
        }
        if let Some(parent) = channel.parent {
            json["parent_id"] = json!(parent.to_string());
            json["owner_id"] = json!(channel.owner.unwrap_or(1).to_string());
            json["applied_tags"] =
                json!(channel.tags.iter().map(u64::to_string).collect::<Vec<_>>());
            json["thread_metadata"] = json!({
                "archived": false, "auto_archive_duration": 1_440, "archive_timestamp": "2024-01-01T00:00:00.000000+00:00", "locked": false,
            });
        }
        if channel.kind == 15 {
            json["available_tags"] = json!([
                { "id": "31", "name": "billing", "moderated": false, "emoji_id": null, "emoji_name": null },
                { "id": "32", "name": "other", "moderated": false, "emoji_id": null, "emoji_name": null },
            ]);
        }
        let last = channel.said.last().map(|message| message["id"].clone());
        json["last_message_id"] = last.unwrap_or(Value::Null);
        Some(json)
    }

    fn guild(&self, id: u64) -> Value {
        let of_guild = |threads: bool| -> Vec<Value> {
            self.channels
                .iter()
                .filter(|(_, channel)| {
                    channel.guild == Some(id) && (channel.parent.is_some() == threads)
                })
                .filter_map(|(id, _)| self.channel_json(*id))
                .collect()
        };
        let mut guild = json!({
            "id": id.to_string(), "name": "A server", "owner_id": "1", "afk_channel_id": null, "afk_timeout": 300,
            "application_id": null, "banner": null, "default_message_notifications": 0, "description": null,
            "discovery_splash": null, "emojis": [], "explicit_content_filter": 0, "features": [], "icon": null,
            "joined_at": "2024-01-01T00:00:00.000000+00:00", "large": false, "member_count": 3, "members": [], "mfa_level": 0,
            "nsfw_level": 0, "preferred_locale": "en-US", "premium_progress_bar_enabled": false, "premium_subscription_count": 0,
            "premium_tier": 0, "presences": [], "roles": [], "rules_channel_id": null, "splash": null, "stage_instances": [],
            "stickers": [], "system_channel_flags": 0, "system_channel_id": null, "unavailable": false, "vanity_url_code": null,
            "verification_level": 0, "voice_states": [], "widget_channel_id": null, "widget_enabled": false,
        });
        for empty in ["public_updates_channel_id", "safety_alerts_channel_id"] {
            guild[empty] = Value::Null;
        }
        guild["guild_scheduled_events"] = json!([]);
        let role = |id: u64, tags: Value| {
            json!({
                "id": id.to_string(), "name": "a role", "color": 0, "hoist": false, "managed": true, "mentionable": false,
                "permissions": "0", "position": 1, "flags": 0, "tags": tags,
            })
        };
        guild["roles"] = json!([
            role(OWN_ROLE, json!({ "bot_id": BOT.to_string() })),
            role(OTHER_ROLE, json!({ "bot_id": "701" })),
        ]);
        guild["channels"] = json!(of_guild(false));
        guild["threads"] = json!(of_guild(true));
        guild
    }

    /// Takes a call of a bucket, or says how long to wait.
    fn take(&mut self, bucket: &str) -> Result<(u32, f64), Refused> {
        let window = self
            .windows
            .entry(bucket.to_owned())
            .or_insert_with(Window::new);
        window.take().map_err(|wait| {
            self.limited += 1;
            Refused::limited(wait, bucket)
        })
    }

    /// Shows a message of the bot.
    fn show(&mut self, mut shown: Shown) -> u64 {
        shown.id = self.id();
        self.history.push(shown.content.clone());
        self.first_shown
            .entry(shown.channel)
            .or_insert_with(Instant::now);
        let id = shown.id;
        self.shown.insert(id, shown);
        id
    }

    /// A message of the bot, as Discord returns it.
    fn own(&self, id: u64, channel: u64) -> Value {
        let shown = self.shown.get(&id);
        let content = shown.map_or("", |shown| shown.content.as_str());
        let mut message = message_json(id, channel, &bot(), content);
        if let Some(to) = shown.and_then(|shown| shown.reply_to) {
            message["message_reference"] = json!({ "type": 0, "channel_id": channel.to_string(), "message_id": to.to_string() });
        }
        let buttons = shown.into_iter().flat_map(|shown| &shown.buttons);
        let buttons: Vec<Value> = buttons
            .map(|(label, data)| json!({ "id": 2, "type": 2, "style": 2, "label": label, "custom_id": data }))
            .collect();
        if !buttons.is_empty() {
            message["components"] = json!([{ "id": 1, "type": 1, "components": buttons }]);
        }
        message
    }

    /// Changes a message of the bot.
    fn change(&mut self, id: u64, body: &Value) -> Result<(), Refused> {
        let buttons = check_message(body)?;
        let shown = self
            .shown
            .get_mut(&id)
            .ok_or_else(|| Refused::unknown(10_008, "Message"))?;
        body["content"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut shown.content);
        shown.buttons = buttons;
        shown.edits += 1;
        self.history.push(shown.content.clone());
        Ok(())
    }
}

/// A running Discord. Stops when it is dropped.
pub struct Discord {
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

fn user(id: u64) -> Value {
    json!({ "id": id.to_string(), "username": "ada", "discriminator": "0", "avatar": null, "bot": false, "public_flags": 0 })
}

fn bot() -> Value {
    json!({ "id": BOT.to_string(), "username": "stoa", "discriminator": "0", "avatar": null, "bot": true, "public_flags": 0 })
}

fn message_json(id: u64, channel: u64, author: &Value, content: &str) -> Value {
    json!({
        "id": id.to_string(), "channel_id": channel.to_string(), "author": author, "content": content, "type": 0,
        "timestamp": "2024-01-01T00:00:00.000000+00:00", "edited_timestamp": null, "tts": false, "mention_everyone": false,
        "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": false, "components": [],
    })
}
