//! Discord's REST API and gateway over a real socket. It refuses what Discord refuses: messages and commands that break
//! its rules, interactions that are answered too late or twice, and more calls than a channel takes.

mod gateway;
mod rules;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::AUTHORIZATION,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::hold::{Hold, When};

use self::rules::{
    LIMIT, Refused, Window, check_choices, check_commands, check_form, check_message,
};

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
    runtime: Option<tokio::runtime::Runtime>,
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

impl Discord {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        {
            let mut state = shared.state();
            state.address = address.to_string();
            state.grants_content = true;
            state.permissions = PERMISSIONS;
            for (id, guild, kind, name) in [
                (GENERAL, GUILD, 0, "general"),
                (RANDOM, GUILD, 0, "random"),
                (FORUM, GUILD, 15, "help"),
                (ELSEWHERE, OTHER_GUILD, 0, "elsewhere"),
            ] {
                let channel = Channel {
                    kind,
                    guild: Some(guild),
                    name: name.to_owned(),
                    ..Channel::default()
                };
                state.channels.insert(id, channel);
            }
        }
        runtime.spawn(serve(listener, Arc::clone(&shared)));
        Self {
            url: format!("http://{address}"),
            shared,
            runtime: Some(runtime),
        }
    }

    /// A home whose `stoa up` talks to this Discord.
    pub fn home(&self, settings: &[&str]) -> crate::Home {
        let url = format!("discord.api_url={}", self.url);
        let settings: Vec<&str> = settings.iter().copied().chain([url.as_str()]).collect();
        crate::Home::with(&settings).env("DISCORD_TOKEN", TOKEN)
    }

    /// Waits until a message in a channel is complete and says this.
    pub fn complete(&self, channel: u64, says: &str) -> Shown {
        self.wait_for(says, || self.shown(channel))
    }

    /// Waits until one person alone is told this.
    pub fn told(&self, person: u64, says: &str) -> Shown {
        self.wait_for(says, || self.shown_only_to(person))
    }

    fn wait_for(&self, says: &str, shown: impl Fn() -> Vec<Shown>) -> Shown {
        let last = || {
            shown()
                .into_iter()
                .rev()
                .find(|shown| shown.is_complete(says))
        };
        crate::wait_until_or(
            || {
                format!(
                    "the bot says {says:?}: {:?}, {:?}",
                    self.history(),
                    self.offences()
                )
            },
            || last().is_some(),
        );
        last().expect("it is there")
    }

    /// The channel of direct messages with a person.
    pub fn direct(&self, person: u64) -> u64 {
        let id = 5_000 + person;
        let channel = Channel {
            kind: 1,
            ..Channel::default()
        };
        self.shared.state().channels.entry(id).or_insert(channel);
        id
    }

    /// One more channel of the server.
    pub fn channel(&self, id: u64) -> u64 {
        let channel = Channel {
            kind: 0,
            guild: Some(GUILD),
            ..Channel::default()
        };
        self.shared.state().channels.entry(id).or_insert(channel);
        id
    }

    /// Waits for the first message of the bot in a channel; returns when it was shown.
    pub fn first_shown(&self, channel: u64) -> Instant {
        let shown_at = || self.shared.state().first_shown.get(&channel).copied();
        let began = Instant::now();
        loop {
            if let Some(at) = shown_at() {
                return at;
            }
            assert!(
                began.elapsed() < crate::PATIENCE,
                "waited in vain for a message"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Somebody opens a post in the forum.
    pub fn post(&self, person: u64, title: &str, tag: u64) -> u64 {
        self.thread(FORUM, person, title, vec![tag])
    }

    /// Somebody opens a thread in a channel.
    pub fn thread(&self, channel: u64, person: u64, title: &str, tags: Vec<u64>) -> u64 {
        let mut state = self.shared.state();
        let id = state.id();
        let post = Channel {
            kind: 11,
            guild: Some(GUILD),
            parent: Some(channel),
            owner: Some(person),
            name: title.to_owned(),
            tags,
            said: Vec::new(),
        };
        state.channels.insert(id, post);
        let thread = state.channel_json(id).unwrap_or_default();
        state.gateway.dispatch(Some(GUILD), "THREAD_CREATE", thread);
        drop(state);
        self.shared.news.notify_waiters();
        id
    }

    /// A person says something with a file.
    pub fn say_with_file(
        &self,
        channel: u64,
        person: u64,
        content: &str,
        name: &str,
        bytes: &[u8],
    ) -> u64 {
        let attachment = self.attachment(name, bytes);
        self.send(
            channel,
            person,
            content,
            json!({ "attachments": [attachment] }),
        )
    }

    /// A person says something; returns the id of the message.
    pub fn say(&self, channel: u64, person: u64, content: &str) -> u64 {
        self.send(channel, person, content, json!({}))
    }

    /// A person replies to a message of the bot.
    pub fn reply(&self, channel: u64, person: u64, to: u64, content: &str) -> u64 {
        let original = {
            let state = self.shared.state();
            let content = state.shown.get(&to).map(|shown| shown.content.clone());
            message_json(to, channel, &bot(), &content.unwrap_or_default())
        };
        let more = json!({ "type": 19, "referenced_message": original, "message_reference": { "message_id": to.to_string() } });
        self.send(channel, person, content, more)
    }

    fn send(&self, channel: u64, person: u64, content: &str, more: Value) -> u64 {
        let mut state = self.shared.state();
        let id = state.id();
        let mut message = message_json(id, channel, &user(person), content);
        if content.contains(&format!("<@{BOT}>")) {
            message["mentions"] = json!([bot()]);
        }
        if let (Value::Object(message), Value::Object(more)) = (&mut message, more) {
            message.extend(more);
        }
        let guild = state
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        if let Some(known) = state.channels.get_mut(&channel) {
            known.said.push(message.clone());
        }
        if let Some(guild) = guild {
            message["guild_id"] = json!(guild.to_string());
            let mut member = state.member(person);
            member["user"].take();
            if let Value::Object(member) = &mut member {
                member.remove("user");
            }
            message["member"] = member;
            // Without the privileged intent the words are withheld where the bot is not spoken to.
            let spoken_to = message["mentions"]
                .as_array()
                .is_some_and(|all| !all.is_empty());
            if !state.grants_content && !spoken_to {
                message["content"] = json!("");
            }
        }
        state.gateway.dispatch(guild, "MESSAGE_CREATE", message);
        drop(state);
        self.shared.news.notify_waiters();
        id
    }

    /// A person uses a command; returns the id of the interaction.
    pub fn command(&self, channel: u64, person: u64, name: &str, options: Value) -> u64 {
        let data = json!({ "id": "900", "name": name, "type": 1, "options": options });
        self.interact(channel, person, 2, data, None)
    }

    /// A person uses a command with a file.
    pub fn command_with_file(
        &self,
        channel: u64,
        person: u64,
        name: &str,
        file: &str,
        bytes: &[u8],
    ) -> u64 {
        let attachment = self.attachment(file, bytes);
        let data = json!({
            "id": "900", "name": name, "type": 1, "options": [{ "name": "file", "type": 11, "value": attachment["id"] }],
            "resolved": { "attachments": { attachment["id"].as_str().unwrap_or_default(): attachment } },
        });
        self.interact(channel, person, 2, data, None)
    }

    /// A person uses a command on a message of somebody.
    pub fn on_message(&self, channel: u64, person: u64, name: &str, said: &str) -> u64 {
        let message = message_json(77, channel, &user(9), said);
        let data = json!({
            "id": "901", "name": name, "type": 3, "target_id": "77", "options": [],
            "resolved": { "messages": { "77": message } },
        });
        self.interact(channel, person, 2, data, None)
    }

    /// A person presses a button of a message.
    pub fn press(&self, person: u64, shown: &Shown, label: &str) -> u64 {
        let data = shown
            .buttons
            .iter()
            .find(|(said, _)| said == label)
            .unwrap_or_else(|| panic!("no button {label} in {:?}", shown.buttons))
            .1
            .clone();
        let message = message_json(shown.id, shown.channel, &bot(), &shown.content);
        let data = json!({ "component_type": 2, "custom_id": data, "values": [] });
        self.interact(shown.channel, person, 3, data, Some(message))
    }

    /// A person fills in the form that they were shown in an interaction.
    pub fn submit(&self, interaction: u64, text: &str) -> u64 {
        let (channel, person, form) = {
            let state = self.shared.state();
            let shown = &state.interactions[&interaction];
            let form = shown.answered.as_ref().expect("a form")["data"]["custom_id"].clone();
            (shown.channel, shown.person, form)
        };
        let data = json!({ "custom_id": form, "components": [
            { "type": 18, "id": 1, "component": { "type": 4, "id": 2, "custom_id": "text", "value": text } },
        ]});
        self.interact(channel, person, 5, data, None)
    }

    /// A person types into an option; returns the id of the interaction.
    pub fn types(
        &self,
        channel: u64,
        person: u64,
        command: &str,
        option: &str,
        typed: &str,
    ) -> u64 {
        let data = json!({ "id": "900", "name": command, "type": 1, "options": [
            { "name": option, "type": 3, "value": typed, "focused": true },
        ]});
        self.interact(channel, person, 4, data, None)
    }

    fn interact(
        &self,
        channel: u64,
        person: u64,
        kind: u8,
        data: Value,
        message: Option<Value>,
    ) -> u64 {
        let mut state = self.shared.state();
        let id = state.id();
        let token = format!("token-{id}");
        let guild = state
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let mut event = json!({
            "id": id.to_string(), "application_id": BOT.to_string(), "type": kind, "token": token, "version": 1, "data": data,
            "channel": state.channel_json(channel), "channel_id": channel.to_string(), "entitlements": [],
            "locale": state.locales.get(&person).map_or("en-US", String::as_str),
            "app_permissions": "0", "authorizing_integration_owners": {}, "attachment_size_limit": 10_485_760, "context": 0,
        });
        match guild {
            Some(guild) => {
                event["guild_id"] = json!(guild.to_string());
                event["guild_locale"] = json!("en-US");
                event["member"] = state.member(person);
            }
            None => event["user"] = user(person),
        }
        if let Some(message) = message {
            event["message"] = message;
        }
        let interaction = Interaction {
            began: Instant::now(),
            token,
            channel,
            person,
            answered: None,
            original: None,
        };
        state.interactions.insert(id, interaction);
        state.gateway.dispatch(guild, "INTERACTION_CREATE", event);
        drop(state);
        self.shared.news.notify_waiters();
        id
    }

    /// A page of the web; returns its address.
    pub fn page(&self, name: &str, bytes: &[u8]) -> String {
        let file = self.attachment(name, bytes);
        file["url"].as_str().unwrap_or_default().to_owned()
    }

    fn attachment(&self, name: &str, bytes: &[u8]) -> Value {
        let mut state = self.shared.state();
        let id = state.id();
        state.files.insert(id.to_string(), bytes.to_vec());
        json!({
            "id": id.to_string(), "filename": name, "size": bytes.len(), "url": format!("{}/files/{id}", self.url),
            "proxy_url": format!("{}/files/{id}", self.url),
        })
    }

    /// Makes a person somebody who manages the server.
    pub fn promote(&self, person: u64) {
        self.shared.state().managers.insert(person);
    }

    /// Gives a person a role.
    pub fn give_role(&self, person: u64, role: u64) {
        self.shared
            .state()
            .roles
            .entry(person)
            .or_default()
            .push(role);
    }

    /// A person reads another language than English.
    pub fn speaks(&self, person: u64, locale: &str) {
        let mut state = self.shared.state();
        state.locales.insert(person, locale.to_owned());
    }

    /// Takes permissions of the bot away.
    pub fn deprive(&self, permissions: u64) {
        self.shared.state().permissions &= !permissions;
    }

    /// The token of an interaction is good no longer.
    pub fn expire(&self, interaction: u64) {
        if let Some(known) = self.shared.state().interactions.get_mut(&interaction) {
            known.token.push_str(" expired");
        }
    }

    /// Leaves the next call without an answer that has all of this in it: method, path, body.
    pub fn hold(&self, words: &[&str], when: When) {
        self.shared.state().hold.next(words, when);
    }

    /// Whether that call has come.
    pub fn is_held(&self) -> bool {
        self.shared.state().hold.is_held()
    }

    /// Recommends so many shards.
    pub fn recommend(&self, shards: u64) {
        self.shared.state().gateway.shards = shards;
    }

    /// Wants a sign of life so often.
    pub fn hurry(&self, heartbeat: Duration) {
        self.shared.state().gateway.heartbeat = heartbeat;
    }

    /// Signs of life of the bot.
    pub fn heartbeats(&self) -> usize {
        self.shared.state().gateway.heartbeats
    }

    /// Says no more that it hears signs of life, until the bot has come anew.
    pub fn fall_silent(&self) {
        self.shared.state().gateway.silent = true;
    }

    /// Does not grant the privileged intent.
    pub fn withhold_content(&self) {
        self.shared.state().grants_content = false;
    }

    /// The next calls that show something fail as on a bad day.
    pub fn fail(&self, calls: usize) {
        self.shared.state().refuses = calls;
    }

    /// Breaks the bot's connection; its session can go on or not.
    pub fn disconnect(&self, resumable: bool) {
        self.shared.state().gateway.disconnect(resumable);
        self.shared.news.notify_waiters();
    }

    /// Whether the bot is connected.
    pub fn is_connected(&self) -> bool {
        self.shared.state().gateway.is_connected()
    }

    /// How often a session was begun, and went on.
    pub fn sessions(&self) -> (usize, usize) {
        self.shared.state().gateway.counts()
    }

    /// The messages of the bot in a channel that everybody there sees, in order.
    pub fn shown(&self, channel: u64) -> Vec<Shown> {
        let state = self.shared.state();
        let shown = state.shown.values();
        shown
            .filter(|shown| shown.channel == channel && shown.only_for.is_none())
            .cloned()
            .collect()
    }

    /// The messages that only one person sees, in order.
    pub fn shown_only_to(&self, person: u64) -> Vec<Shown> {
        let state = self.shared.state();
        let shown = state.shown.values();
        shown
            .filter(|shown| shown.only_for == Some(person))
            .cloned()
            .collect()
    }

    /// Whether an interaction in a channel was acknowledged.
    pub fn acknowledged_in(&self, channel: u64) -> bool {
        let state = self.shared.state();
        let mut all = state.interactions.values();
        all.any(|interaction| interaction.channel == channel && interaction.answered.is_some())
    }

    /// Whether the bot has shown in a channel that it writes.
    pub fn types_in(&self, channel: u64) -> bool {
        self.shared.state().typing.contains(&channel)
    }

    /// Whether the bot was sent everything that happened.
    pub fn has_sent_all(&self) -> bool {
        self.shared.state().gateway.has_sent_all()
    }

    /// How an interaction was acknowledged.
    pub fn acknowledged(&self, interaction: u64) -> Option<Value> {
        self.shared.state().interactions[&interaction]
            .answered
            .clone()
    }

    /// Every text that the bot ever showed, those that were changed later too.
    pub fn history(&self) -> Vec<String> {
        self.shared.state().history.clone()
    }

    /// How often a call was refused as too early.
    pub fn limited(&self) -> usize {
        self.shared.state().limited
    }

    /// Messages that were sent again, and not shown again.
    pub fn resent(&self) -> usize {
        self.shared.state().resent
    }

    /// The commands that were published.
    pub fn commands(&self) -> Vec<String> {
        self.shared.state().commands.clone()
    }

    /// What was asked of it that Discord would never take. Empty, or the frontend is wrong.
    pub fn offences(&self) -> Vec<String> {
        let state = self.shared.state();
        let late = state.interactions.iter().filter(|(_, interaction)| {
            interaction.answered.is_none() && interaction.began.elapsed() > ACKNOWLEDGED_WITHIN
        });
        let late = late.map(|(id, _)| format!("interaction {id} was not acknowledged in time"));
        state.offences.iter().cloned().chain(late).collect()
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
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

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            if is_gateway(&stream).await {
                gateway::serve(stream, &shared).await;
                return;
            }
            let service = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(answer(&shared, request).await) }
            });
            // A bot that is killed breaks its connection off.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// The gateway has the root for its path, and the API has another.
async fn is_gateway(stream: &TcpStream) -> bool {
    let mut begin = [0; 6];
    while let Ok(count) = stream.peek(&mut begin).await {
        if count == 0 || count == begin.len() {
            return begin.starts_with(b"GET /?");
        }
    }
    false
}

/// What a call is answered with: a body, and what is left of its bucket.
struct Answer {
    body: Option<Value>,
    left: Option<(String, u32, f64)>,
}

impl Answer {
    fn of(body: Value) -> Self {
        Self {
            body: Some(body),
            left: None,
        }
    }

    fn nothing() -> Self {
        Self {
            body: None,
            left: None,
        }
    }
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    let body = request
        .into_body()
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    if let Some(file) = uri.path().strip_prefix("/files/") {
        return match shared.state().files.get(file).cloned() {
            Some(bytes) => Response::new(Full::new(bytes.into())),
            None => respond(StatusCode::NOT_FOUND, None),
        };
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let line = format!("{method} {} {body}", uri.path());
    let held = shared.state().hold.takes(&line);
    if held == Some(When::Before) {
        shared.state().hold.hold();
        return std::future::pending().await;
    }
    let authorized = authorization.is_some_and(|given| given == format!("Bot {TOKEN}").as_str());
    let result = {
        let mut state = shared.state();
        let path = uri.path().strip_prefix("/api/v10/").unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let open = matches!(parts[0], "webhooks" | "interactions");
        if authorized || open {
            call(
                &mut state,
                &method,
                &parts,
                uri.query().unwrap_or_default(),
                &body,
            )
        } else {
            Err(Refused::unauthorized())
        }
    };
    shared.news.notify_waiters();
    if held == Some(When::After) {
        shared.state().hold.hold();
        return std::future::pending().await;
    }
    match result {
        Ok(Answer { body, left }) => {
            let status = if body.is_some() {
                StatusCode::OK
            } else {
                StatusCode::NO_CONTENT
            };
            let mut response = respond(status, body.as_ref());
            if let Some((bucket, left, ends)) = left {
                limits(&mut response, &bucket, left, ends);
            }
            response
        }
        Err(refused) => {
            if refused.is_offence {
                let offence = format!("{method} {}: {} in {body}", uri.path(), refused.message);
                shared.state().offences.push(offence);
            }
            let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
            let mut response = respond(status, Some(&refused.json()));
            if let Some((wait, bucket)) = &refused.limited {
                limits(&mut response, bucket, 0, *wait);
                header(&mut response, "x-ratelimit-scope", "user");
                header(&mut response, "retry-after", &wait.ceil().to_string());
            }
            response
        }
    }
}

fn respond(status: StatusCode, body: Option<&Value>) -> Response<Full<Bytes>> {
    let bytes = body.map(ToString::to_string).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(bytes)));
    *response.status_mut() = status;
    header(&mut response, "content-type", "application/json");
    response
}

fn limits(response: &mut Response<Full<Bytes>>, bucket: &str, left: u32, ends: f64) {
    header(response, "x-ratelimit-limit", &LIMIT.to_string());
    header(response, "x-ratelimit-remaining", &left.to_string());
    header(response, "x-ratelimit-reset-after", &format!("{ends:.3}"));
    header(response, "x-ratelimit-bucket", bucket);
}

fn header(response: &mut Response<Full<Bytes>>, name: &'static str, value: &str) {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
}

fn call(
    state: &mut State,
    method: &Method,
    parts: &[&str],
    query: &str,
    body: &Value,
) -> Result<Answer, Refused> {
    let number = |at: usize| -> u64 {
        parts
            .get(at)
            .and_then(|part| part.parse().ok())
            .unwrap_or_default()
    };
    let shows = matches!(*method, Method::POST | Method::PATCH) && parts[0] != "interactions";
    if shows && state.refuses > 0 {
        state.refuses -= 1;
        return Err(Refused {
            status: 503,
            ..Refused::unknown(0, "trouble")
        });
    }
    match (method, parts) {
        (&Method::GET, ["gateway", "bot"]) => Ok(Answer::of(json!({
            "url": format!("ws://{}", state.address), "shards": state.gateway.shards,
            "session_start_limit": { "total": 1_000, "remaining": 999, "reset_after": 0, "max_concurrency": 16 },
        }))),
        (&Method::GET, ["applications", "@me"]) => Ok(Answer::of(json!({
            "id": BOT.to_string(), "name": "stoa", "icon": null, "description": "", "bot_public": true,
            "bot_require_code_grant": false, "verify_key": "k", "team": null, "rpc_origins": [], "bot": bot(),
            "flags": if state.grants_content { 1 << 19 } else { 0 }, "approximate_guild_count": 1,
        }))),
        (&Method::GET, ["users", "@me", "guilds"]) => Ok(Answer::of(json!([{
            "id": GUILD.to_string(), "name": "A server", "icon": null, "banner": null, "owner": false,
            "permissions": state.permissions.to_string(), "features": [],
        }]))),
        (&Method::GET, ["guilds", guild]) => Ok(Answer::of(json!({
            "id": guild, "name": "A server", "owner_id": "1", "roles": [
                { "id": guild, "name": "@everyone", "permissions": "0" },
                { "id": MANAGING_ROLE.to_string(), "name": "Managers", "permissions": MANAGE_GUILD },
            ],
        }))),
        (&Method::PUT, ["applications", _, "commands"]) => {
            check_commands(body)?;
            let all = body.as_array().cloned().unwrap_or_default();
            state.commands = all
                .iter()
                .map(|command| command["name"].as_str().unwrap_or_default().to_owned())
                .collect();
            Ok(Answer::of(body.clone()))
        }
        (&Method::GET, ["channels", _]) => {
            let json = state.channel_json(number(1));
            json.map(Answer::of)
                .ok_or_else(|| Refused::unknown(10_003, "Channel"))
        }
        (&Method::GET, ["channels", _, "messages"]) => {
            let after = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("after=")?.parse().ok())
                .unwrap_or(0);
            let channel = state
                .channels
                .get(&number(1))
                .ok_or_else(Refused::missing_access)?;
            let id = |message: &Value| -> u64 {
                message["id"]
                    .as_str()
                    .and_then(|id| id.parse().ok())
                    .unwrap_or(0)
            };
            let since: Vec<&Value> = channel
                .said
                .iter()
                .filter(|said| id(said) > after)
                .collect();
            let limit = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("limit=")?.parse().ok())
                .unwrap_or(50);
            if !(1..=100).contains(&limit) {
                return Err(Refused::form("limit: Must be between 1 and 100."));
            }
            // The newest first.
            let mut since: Vec<_> = since.into_iter().take(limit).collect();
            since.reverse();
            Ok(Answer::of(json!(since)))
        }
        (&Method::POST, ["channels", _, "typing"]) => {
            state.typing.insert(number(1));
            Ok(Answer::nothing())
        }
        (&Method::POST, ["channels", _, "messages"]) => create_message(state, number(1), body),
        (&Method::POST, ["channels", _, "messages", _, "threads"]) => {
            open_thread(state, number(1), number(3), body)
        }
        (&Method::PATCH, ["channels", channel, "messages", _]) => {
            let bucket = format!("edit-{channel}");
            let (left, ends) = state.take(&bucket)?;
            state.change(number(3), body)?;
            let json = state.own(number(3), number(1));
            Ok(Answer {
                body: Some(json),
                left: Some((bucket, left, ends)),
            })
        }
        (&Method::DELETE, ["channels", _, "messages", _]) => {
            let gone = state.shown.remove(&number(3));
            gone.map(|_| Answer::nothing())
                .ok_or_else(|| Refused::unknown(10_008, "Message"))
        }
        (&Method::POST, ["interactions", _, token, "callback"]) => {
            acknowledge(state, number(1), token, body)
        }
        (_, ["webhooks", _, token, rest @ ..]) => webhook(state, method, token, rest, body),
        _ => Err(Refused::unknown(0, &format!("route {method} {parts:?}")).offence()),
    }
}

fn create_message(state: &mut State, channel: u64, body: &Value) -> Result<Answer, Refused> {
    if !state.channels.contains_key(&channel) {
        return Err(Refused::unknown(10_003, "Channel").offence());
    }
    let bucket = format!("send-{channel}");
    let (left, ends) = state.take(&bucket)?;
    let buttons = check_message(body)?;
    let nonce = body["nonce"].as_str().unwrap_or_default().to_owned();
    let known = state.nonces.get(&nonce).copied();
    let id = match known.filter(|_| body["enforce_nonce"] == json!(true)) {
        Some(id) => {
            state.resent += 1;
            id
        }
        None => state.show(Shown {
            channel,
            content: body["content"].as_str().unwrap_or_default().to_owned(),
            buttons,
            reply_to: body["message_reference"]["message_id"]
                .as_str()
                .and_then(|id| id.parse().ok()),
            ..Shown::default()
        }),
    };
    if !nonce.is_empty() {
        state.nonces.insert(nonce, id);
    }
    Ok(Answer {
        body: Some(state.own(id, channel)),
        left: Some((bucket, left, ends)),
    })
}

fn open_thread(
    state: &mut State,
    channel: u64,
    message: u64,
    body: &Value,
) -> Result<Answer, Refused> {
    let name = body["name"].as_str().unwrap_or_default();
    if !(1..=100).contains(&name.chars().count()) {
        return Err(Refused::form("name: Must be between 1 and 100 in length."));
    }
    if state.channels.contains_key(&message) {
        return Err(Refused::thread_exists());
    }
    let thread = Channel {
        kind: 11,
        guild: Some(GUILD),
        parent: Some(channel),
        owner: Some(BOT),
        name: name.to_owned(),
        ..Channel::default()
    };
    state.channels.insert(message, thread);
    let json = state.channel_json(message).unwrap_or_default();
    state
        .gateway
        .dispatch(Some(GUILD), "THREAD_CREATE", json.clone());
    Ok(Answer::of(json))
}

fn acknowledge(state: &mut State, id: u64, token: &str, body: &Value) -> Result<Answer, Refused> {
    let unknown = || Refused::unknown(10_062, "interaction");
    let interaction = state.interactions.get_mut(&id).ok_or_else(unknown)?;
    if interaction.token != token || interaction.began.elapsed() > ACKNOWLEDGED_WITHIN {
        return Err(unknown().offence());
    }
    if interaction.answered.is_some() {
        return Err(Refused::acknowledged());
    }
    match body["type"].as_u64() {
        Some(4) => {
            let mut message = body["data"].clone();
            if message.get("components").is_none() {
                message["components"] = json!([]);
            }
            check_message(&message)?;
        }
        Some(5 | 6) => {}
        Some(8) => check_choices(&body["data"]["choices"])?,
        Some(9) => check_form(&body["data"])?,
        _ => return Err(Refused::form("type: unknown")),
    }
    interaction.answered = Some(body.clone());
    if body["type"] == 4 {
        let (channel, person) = (interaction.channel, interaction.person);
        let ephemeral = body["data"]["flags"].as_u64().unwrap_or(0) & 64 != 0;
        let content = body["data"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        state.show(Shown {
            channel,
            content,
            only_for: ephemeral.then_some(person),
            ..Shown::default()
        });
    }
    Ok(Answer::nothing())
}

/// Messages within an interaction.
fn webhook(
    state: &mut State,
    method: &Method,
    token: &str,
    rest: &[&str],
    body: &Value,
) -> Result<Answer, Refused> {
    let unknown = || Refused::unknown(10_015, "Webhook");
    let id = state
        .interactions
        .iter()
        .find(|(_, interaction)| interaction.token == token && interaction.answered.is_some())
        .map(|(id, _)| *id)
        .ok_or_else(unknown)?;
    let interaction = &state.interactions[&id];
    let (channel, person, original) = (
        interaction.channel,
        interaction.person,
        interaction.original,
    );
    let deferred = interaction.answered.clone().unwrap_or_default();
    let flags = deferred["data"]["flags"].as_u64().unwrap_or(0);
    let only_for = (flags & 64 != 0).then_some(person);
    let bucket = format!("webhook-{token}");
    let (left, ends) = state.take(&bucket)?;
    let left = Some((bucket, left, ends));
    match (method, rest) {
        (&Method::PATCH, ["messages", "@original"]) => {
            let buttons = check_message(body)?;
            let id_of = match original {
                Some(known) => {
                    state.change(known, body)?;
                    known
                }
                None => state.show(Shown {
                    channel,
                    content: body["content"].as_str().unwrap_or_default().to_owned(),
                    buttons,
                    only_for,
                    ..Shown::default()
                }),
            };
            if let Some(interaction) = state.interactions.get_mut(&id) {
                interaction.original = Some(id_of);
            }
            Ok(Answer {
                body: Some(state.own(id_of, channel)),
                left,
            })
        }
        (&Method::PATCH, ["messages", message]) => {
            let message = message.parse().unwrap_or_default();
            let own = state.shown.get(&message).is_some_and(|shown| {
                Some(message) == original
                    || (shown.only_for.is_some() && shown.only_for == only_for)
            });
            if !own {
                return Err(Refused::unknown(10_008, "Message"));
            }
            state.change(message, body)?;
            Ok(Answer {
                body: Some(state.own(message, channel)),
                left,
            })
        }
        (&Method::POST, []) => {
            let buttons = check_message(body)?;
            let ephemeral = body["flags"].as_u64().unwrap_or(0) & 64 != 0;
            let id = state.show(Shown {
                channel,
                content: body["content"].as_str().unwrap_or_default().to_owned(),
                buttons,
                only_for: ephemeral.then_some(person),
                ..Shown::default()
            });
            Ok(Answer {
                body: Some(state.own(id, channel)),
                left,
            })
        }
        (&Method::DELETE, ["messages", message]) => {
            let gone = state.shown.remove(&message.parse().unwrap_or_default());
            gone.map(|_| Answer::nothing())
                .ok_or_else(|| Refused::unknown(10_008, "Message"))
        }
        _ => Err(Refused::unknown(0, "route").offence()),
    }
}
