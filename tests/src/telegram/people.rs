//! What people do in Telegram, and what they see.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{Chat, Shared, Shown, TOKEN, Telegram, api, bot, entities, push, rules::Bucket, user};
use crate::{hold::When, server::Server};

impl Telegram {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let (server, listener) = Server::listen(0);
        let shared = Arc::new(Shared::default());
        {
            let mut state = shared.state();
            state.next_update = 500;
            state.next_message = 10;
            state.all = Some(Bucket::new(30.0, 30.0));
        }
        server.spawn(api::serve(listener, Arc::clone(&shared)));
        server.spawn(api::deliver(Arc::clone(&shared)));
        Self {
            url: format!("http://{}", server.address),
            shared,
            _server: server,
        }
    }

    /// A home whose `stoa up` talks to this Telegram.
    pub fn home(&self, settings: &[&str]) -> crate::Home {
        let url = format!("telegram.api_url={}", self.url);
        let settings: Vec<&str> = settings.iter().copied().chain([url.as_str()]).collect();
        crate::Home::with(&settings).env("TELEGRAM_TOKEN", TOKEN)
    }

    /// Waits until a message in a chat is complete and says this.
    pub fn complete(&self, chat: Chat, says: &str) -> Shown {
        let last = || {
            let shown = self.shown(chat);
            shown
                .into_iter()
                .rev()
                .find(|shown| shown.is_complete(says))
        };
        crate::wait_until_or(
            || {
                format!(
                    "the bot says {says:?}: {:?}, {:?}",
                    self.history(chat),
                    self.offences()
                )
            },
            || last().is_some(),
        );
        last().expect("it is there")
    }

    /// A person says something; returns the id of the message.
    pub fn say(&self, chat: Chat, person: i64, text: &str) -> i64 {
        self.send(
            chat,
            person,
            json!({ "text": text, "entities": entities(text) }),
        )
    }

    /// Many people say something at once.
    pub fn say_all<'t>(&self, said: impl Iterator<Item = (Chat, &'t str)>) {
        let mut state = self.shared.state();
        for (chat, text) in said {
            state.next_message += 1;
            let message = json!({ "message": {
                "message_id": state.next_message, "date": 1_700_000_000, "chat": chat.json(), "from": user(chat.id),
                "text": text, "entities": entities(text),
            }});
            push(&mut state, message);
        }
        drop(state);
        self.shared.news.notify_waiters();
    }

    /// A person says something in reply to a message of the bot, or to that of another person.
    pub fn reply(&self, chat: Chat, person: i64, to: i64, text: &str) -> i64 {
        let replied = {
            let state = self.shared.state();
            let own = state.shown.get(&chat.id).and_then(|shown| shown.get(&to));
            own.map(|shown| shown.text.clone())
        };
        let original = match replied {
            Some(text) => {
                json!({"message_id": to, "date": 1, "chat": chat.json(), "text": text, "from": bot()})
            }
            None => {
                json!({"message_id": to, "date": 1, "chat": chat.json(), "text": "somebody's words", "from": user(person + 1)})
            }
        };
        self.send(
            chat,
            person,
            json!({ "text": text, "entities": entities(text), "reply_to_message": original }),
        )
    }

    /// A person quotes a part of what another person said.
    pub fn quote(&self, chat: Chat, person: i64, said: &str, part: &str, text: &str) -> i64 {
        let original = json!({
            "message_id": 1, "date": 1, "chat": chat.json(), "text": said, "from": user(person + 1),
        });
        let before = said.split(part).next().unwrap_or_default();
        let quote =
            json!({ "text": part, "position": before.encode_utf16().count(), "is_manual": true });
        self.send(
            chat,
            person,
            json!({ "text": text, "entities": entities(text), "reply_to_message": original, "quote": quote }),
        )
    }

    /// A person quotes a part of what was said in another chat.
    pub fn quote_elsewhere(&self, chat: Chat, person: i64, part: &str, text: &str) -> i64 {
        let origin = json!({ "type": "hidden_user", "date": 1, "sender_user_name": "Bob" });
        let quote = json!({ "text": part, "position": 0, "is_manual": true });
        self.send(
            chat,
            person,
            json!({
                "text": text, "entities": entities(text), "external_reply": { "origin": origin }, "quote": quote,
            }),
        )
    }

    /// A channel posts, and its post comes to the group that is linked with it.
    pub fn post_of_channel(&self, chat: Chat, text: &str) -> i64 {
        let channel = json!({ "id": -1_000_000_000_077_i64, "type": "channel", "title": "News" });
        let mut state = self.shared.state();
        state.next_message += 1;
        let id = state.next_message;
        let from = json!({ "id": 777_000, "is_bot": false, "first_name": "Telegram" });
        let origin = json!({ "type": "channel", "date": 1, "chat": channel, "message_id": 55 });
        push(
            &mut state,
            json!({ "message": {
                "message_id": id, "date": 1_700_000_000, "chat": chat.json(), "from": from, "text": text,
                "sender_chat": channel, "is_automatic_forward": true, "forward_origin": origin,
            }}),
        );
        drop(state);
        self.shared.news.notify_waiters();
        id
    }

    /// An update comes that no library knows.
    pub fn send_oddly(&self) {
        let mut state = self.shared.state();
        push(
            &mut state,
            json!({ "message": { "message_id": "one", "date": [] } }),
        );
        drop(state);
        self.shared.news.notify_waiters();
    }

    /// A person changes what they said.
    pub fn edit(&self, chat: Chat, person: i64, message: i64, text: &str) {
        let mut state = self.shared.state();
        let edited = json!({ "edited_message": {
            "message_id": message, "date": 1_700_000_000, "edit_date": 1_700_000_060, "chat": chat.json(), "from": user(person),
            "text": text, "entities": entities(text),
        }});
        push(&mut state, edited);
        drop(state);
        self.shared.news.notify_waiters();
    }

    /// A person forwards what somebody wrote elsewhere.
    pub fn forward(&self, chat: Chat, person: i64, text: &str) -> i64 {
        let origin = json!({ "type": "hidden_user", "date": 1, "sender_user_name": "Bob" });
        self.send(
            chat,
            person,
            json!({ "text": text, "forward_origin": origin }),
        )
    }

    /// A group becomes a supergroup.
    pub fn migrate(&self, from: Chat, to: Chat) {
        self.send(to, 42, json!({ "migrate_from_chat_id": from.id }));
    }

    /// A person types after the bot's name in any chat; returns the query.
    pub fn inline(&self, person: i64, text: &str) -> String {
        let mut state = self.shared.state();
        let query = format!("i{}", state.next_update);
        push(
            &mut state,
            json!({ "inline_query": { "id": query, "from": user(person), "query": text, "offset": "" } }),
        );
        drop(state);
        self.shared.news.notify_waiters();
        query
    }

    /// What was offered for an inline query.
    pub fn offered(&self, query: &str) -> Option<Vec<Value>> {
        self.shared.state().offered.get(query).cloned()
    }

    /// Leaves the next call without an answer that has all of this in it: method and parameters.
    pub fn hold(&self, words: &[&str], when: When) {
        self.shared.state().hold.next(words, when);
    }

    /// Whether that call has come.
    pub fn is_held(&self) -> bool {
        self.shared.state().hold.is_held()
    }

    /// Brings updates for the webhook's public name, whatever it is, to this address.
    pub fn stand_before(&self, ingress: &str) {
        self.shared.state().ingress = Some(ingress.to_owned());
    }

    /// Is a server from before there were drafts.
    pub fn is_old(&self) {
        self.shared.state().is_old = true;
    }

    /// Every text that was shown as being written in a chat.
    pub fn drafted(&self, chat: Chat) -> Vec<String> {
        let state = self.shared.state();
        state.drafted.get(&chat.id).cloned().unwrap_or_default()
    }

    /// Closes a topic.
    pub fn close(&self, topic: Chat) {
        let key = (topic.id, topic.topic.unwrap_or_default());
        self.shared.state().closed.insert(key);
    }

    /// A person removes what they said.
    pub fn remove(&self, chat: Chat, message: i64) {
        self.shared.state().removed.insert((chat.id, message));
    }

    /// A group becomes a supergroup, and the bot hears of it when it writes.
    pub fn migrate_unsaid(&self, from: Chat, to: Chat) {
        self.shared.state().migrated.insert(from.id, to.id);
    }

    /// The commands in the menu of a scope and a language.
    pub fn menu(&self, scope: &str, language: &str) -> Vec<String> {
        let key = (scope.to_owned(), language.to_owned());
        self.shared
            .state()
            .menus
            .get(&key)
            .cloned()
            .unwrap_or_default()
    }

    /// A person reads another language than English.
    pub fn speaks(&self, person: i64, language: &str) {
        let mut state = self.shared.state();
        state.languages.insert(person, language.to_owned());
    }

    /// A person sends files at once: the first has the caption.
    pub fn send_album(&self, chat: Chat, person: i64, files: &[(&str, &[u8])], caption: &str) {
        for (number, (name, bytes)) in files.iter().enumerate() {
            let caption = if number == 0 { caption } else { "" };
            let mut message = self.document(name, bytes, caption);
            message["media_group_id"] = json!("13579");
            self.send(chat, person, message);
        }
    }

    /// A person sends photos at once: the first has the caption.
    pub fn send_photos(&self, chat: Chat, person: i64, photos: usize, caption: &str) {
        for number in 0..photos {
            let mut message = json!({ "photo": [
                { "file_id": "p", "file_unique_id": "p", "width": 90, "height": 90, "file_size": 1 },
            ]});
            if photos > 1 {
                message["media_group_id"] = json!("24680");
            }
            if number == 0 && !caption.is_empty() {
                message["caption"] = json!(caption);
                message["caption_entities"] = entities(caption);
            }
            self.send(chat, person, message);
        }
    }

    /// A person sends a file.
    pub fn send_file(
        &self,
        chat: Chat,
        person: i64,
        name: &str,
        bytes: &[u8],
        caption: &str,
    ) -> i64 {
        let message = self.document(name, bytes, caption);
        self.send(chat, person, message)
    }

    fn document(&self, name: &str, bytes: &[u8], caption: &str) -> Value {
        let id = format!("file-{}-{name}", bytes.len());
        self.shared.state().files.insert(id.clone(), bytes.to_vec());
        let mut message = json!({ "document": {
            "file_id": id, "file_unique_id": format!("u{}", bytes.len()), "file_name": name, "file_size": bytes.len(),
        }});
        if !caption.is_empty() {
            message["caption"] = json!(caption);
            message["caption_entities"] = entities(caption);
        }
        message
    }

    /// A person sends a message with these fields.
    fn send(&self, chat: Chat, person: i64, mut message: Value) -> i64 {
        let mut state = self.shared.state();
        state.next_message += 1;
        let id = state.next_message;
        message["message_id"] = json!(id);
        message["date"] = json!(1_700_000_000);
        message["chat"] = chat.json();
        message["from"] = state.user(person);
        if let Some(topic) = chat.topic {
            message["message_thread_id"] = json!(topic);
            message["is_topic_message"] = json!(true);
        }
        push(&mut state, json!({ "message": message }));
        drop(state);
        self.shared.news.notify_waiters();
        id
    }

    /// A person presses a button of a message.
    pub fn press(&self, chat: Chat, person: i64, message: i64, label: &str) {
        let mut state = self.shared.state();
        let shown = state.shown[&chat.id][&message].clone();
        let data = shown
            .buttons
            .iter()
            .find(|(said, _)| said == label)
            .unwrap_or_else(|| panic!("no button {label} in {:?}", shown.buttons))
            .1
            .clone();
        let query = format!("q{}", state.next_update);
        let mut on = json!({"message_id": message, "date": 1, "chat": chat.json(), "text": shown.text, "from": bot()});
        if let Some(topic) = chat.topic {
            on["message_thread_id"] = json!(topic);
            on["is_topic_message"] = json!(true);
        }
        let from = state.user(person);
        push(
            &mut state,
            json!({ "callback_query": {
                "id": query, "from": from, "chat_instance": "1", "data": data, "message": on,
            }}),
        );
        drop(state);
        self.shared.news.notify_waiters();
    }

    /// Makes a person an admin of a group.
    pub fn promote(&self, chat: Chat, person: i64) {
        self.shared.state().admins.insert((chat.id, person));
    }

    /// A person blocks the bot.
    pub fn block(&self, person: i64) {
        self.shared.state().blocked.insert(person);
    }

    /// Refuses the next calls that show something, as in a flood.
    pub fn storm(&self, calls: usize) {
        self.shared.state().storm = calls;
    }

    /// The messages of the bot in a chat, in order.
    pub fn shown(&self, chat: Chat) -> Vec<Shown> {
        let state = self.shared.state();
        let shown = state
            .shown
            .get(&chat.id)
            .into_iter()
            .flat_map(BTreeMap::values);
        shown
            .filter(|shown| chat.topic.is_none() || shown.topic == chat.topic)
            .cloned()
            .collect()
    }

    /// Every text that the bot ever showed in a chat, those that were changed later too.
    pub fn history(&self, chat: Chat) -> Vec<String> {
        self.shared
            .state()
            .history
            .get(&chat.id)
            .cloned()
            .unwrap_or_default()
    }

    /// How often a method was called.
    pub fn calls(&self, method: &str) -> usize {
        self.shared.state().calls.get(method).copied().unwrap_or(0)
    }

    /// What people read when they pressed buttons.
    pub fn toasts(&self) -> Vec<String> {
        self.shared.state().answered.clone()
    }

    /// Whether a poll was answered with all that happened.
    pub fn has_handed_out(&self) -> bool {
        let state = self.shared.state();
        state.handed_out == state.next_update
    }

    /// Updates that the bot has not confirmed.
    pub fn pending(&self) -> usize {
        self.shared.state().updates.len()
    }

    /// What was asked of it that Telegram would never take. Empty, or the frontend is wrong.
    pub fn offences(&self) -> Vec<String> {
        self.shared.state().offences.clone()
    }
}
