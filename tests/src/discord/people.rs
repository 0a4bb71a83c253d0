//! What people do in Discord.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    BOT, Channel, Discord, ELSEWHERE, FORUM, GENERAL, GUILD, Interaction, OTHER_GUILD, PERMISSIONS,
    RANDOM, Shared, Shown, TOKEN, api, bot, message_json, user,
};
use crate::server::Server;

impl Discord {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let (server, listener) = Server::listen(0);
        let shared = Arc::new(Shared::default());
        {
            let mut state = shared.state();
            state.address = server.address.to_string();
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
        server.spawn(api::serve(listener, Arc::clone(&shared)));
        Self {
            url: format!("http://{}", server.address),
            shared,
            _server: server,
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

    /// A person says something with these parts of a message.
    pub fn say_with(&self, channel: u64, person: u64, content: &str, more: Value) -> u64 {
        self.send(channel, person, content, more)
    }

    /// A person forwards a message that says this.
    pub fn forward(&self, channel: u64, person: u64, said: &str) -> u64 {
        let snapshot = json!({ "message": {
            "content": said, "embeds": [], "attachments": [], "mentions": [], "mention_roles": [], "type": 0, "flags": 0,
            "timestamp": "2024-01-01T00:00:00.000000+00:00", "edited_timestamp": null, "components": [],
        }});
        let reference = json!({ "type": 1, "channel_id": "1", "message_id": "8802" });
        let more = json!({ "message_reference": reference, "message_snapshots": [snapshot], "flags": 16_384 });
        self.send(channel, person, "", more)
    }

    /// A person replies to a message of another bot that says nothing but what is in these boxes.
    pub fn reply_to_embeds(&self, channel: u64, person: u64, embeds: Value, content: &str) -> u64 {
        let mut other = user(8);
        other["bot"] = json!(true);
        let mut original = message_json(8_801, channel, &other, "");
        original["embeds"] = embeds;
        let reference =
            json!({ "type": 0, "channel_id": channel.to_string(), "message_id": "8801" });
        let more =
            json!({ "type": 19, "referenced_message": original, "message_reference": reference });
        self.send(channel, person, content, more)
    }

    /// A person changes what they said.
    pub fn edit(&self, channel: u64, message: u64, content: &str) {
        let mut state = self.shared.state();
        let guild = state
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let said = state.channels.get_mut(&channel).and_then(|known| {
            let id = json!(message.to_string());
            known.said.iter_mut().find(|said| said["id"] == id)
        });
        let said = said.expect("somebody said it");
        said["content"] = json!(content);
        mention(said, content);
        let now = time::OffsetDateTime::now_utc();
        let now = now.format(&time::format_description::well_known::Rfc3339);
        said["edited_timestamp"] = json!(now.expect("a time"));
        let mut said = said.clone();
        if let Some(guild) = guild {
            said["guild_id"] = json!(guild.to_string());
        }
        state.gateway.dispatch(guild, "MESSAGE_UPDATE", said);
        drop(state);
        self.shared.news.notify_waiters();
    }

    /// Discord unfolds a link in a message, which it tells as a change of it.
    pub fn unfold(&self, channel: u64, message: u64) {
        let mut state = self.shared.state();
        let known = state.channels.get(&channel);
        let guild = known.and_then(|channel| channel.guild);
        let mut said = known
            .and_then(|known| {
                let id = json!(message.to_string());
                known.said.iter().find(|said| said["id"] == id).cloned()
            })
            .expect("somebody said it");
        said["embeds"] = json!([{ "type": "link", "title": "A page" }]);
        if let Some(guild) = guild {
            said["guild_id"] = json!(guild.to_string());
        }
        state.gateway.dispatch(guild, "MESSAGE_UPDATE", said);
        drop(state);
        self.shared.news.notify_waiters();
    }

    /// Threads appear in a channel, as many as a busy server has.
    pub fn threads(&self, channel: u64, person: u64, count: usize) {
        for _ in 0..count {
            self.thread(channel, person, "busy", Vec::new());
        }
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
        let reference =
            json!({ "type": 0, "channel_id": channel.to_string(), "message_id": to.to_string() });
        let more =
            json!({ "type": 19, "referenced_message": original, "message_reference": reference });
        self.send(channel, person, content, more)
    }

    fn send(&self, channel: u64, person: u64, content: &str, more: Value) -> u64 {
        let mut state = self.shared.state();
        let id = state.id();
        let mut message = message_json(id, channel, &user(person), content);
        mention(&mut message, content);
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
        if let (true, Value::Object(event)) = (state.is_terse, &mut event) {
            event.retain(|part, _| {
                !["channel", "entitlements", "guild_locale"].contains(&part.as_str())
            });
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
            "proxy_url": format!("{}/files/{id}", self.url), "content_type": media_type(name),
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
}

/// Notes in a message whom and which roles it mentions.
fn mention(message: &mut Value, content: &str) {
    let is_meant = content.contains(&format!("<@{BOT}>"));
    message["mentions"] = if is_meant { json!([bot()]) } else { json!([]) };
    let roles = content.split("<@&").skip(1);
    let roles = roles.filter_map(|rest| rest.split_once('>').map(|(role, _)| role));
    message["mention_roles"] = json!(roles.collect::<Vec<_>>());
}

/// What Discord takes a file for.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("txt") => "text/plain; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
