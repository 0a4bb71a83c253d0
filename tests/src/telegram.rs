//! Telegram's Bot API over a real socket. It refuses what Telegram refuses: texts and entities that break its rules,
//! messages that are not the bot's, and more messages than a chat takes.

mod rules;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
};

use crate::hold::{Hold, When};

use self::rules::{Bucket, Refused, check_buttons, check_text};

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
    /// What is shown as being written, by chat: its number and text.
    drafts: HashMap<i64, (u64, String)>,
    /// Everything that was ever shown so, by chat.
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
    /// What was offered for inline queries.
    offered: HashMap<String, Vec<Value>>,
    answered: Vec<String>,
    /// What was asked of it that Telegram would never take.
    offences: Vec<String>,
}

/// A running Bot API. Stops when it is dropped.
pub struct Telegram {
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

impl Telegram {
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
            state.next_update = 500;
            state.next_message = 10;
            state.all = Some(Bucket::new(30.0, 30.0));
        }
        runtime.spawn(serve(listener, Arc::clone(&shared)));
        runtime.spawn(deliver(Arc::clone(&shared)));
        Self {
            url: format!("http://{address}"),
            shared,
            runtime: Some(runtime),
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

impl Drop for Telegram {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
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

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
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

async fn answer(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let kind = request.headers().get("content-type").cloned();
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind.to_str().ok()?).ok());
    let body = request
        .into_body()
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    if let Some(file) = path.strip_prefix(&format!("/file/bot{TOKEN}/")) {
        let bytes = shared.state().files.get(file).cloned();
        return match bytes {
            Some(bytes) => Response::new(Full::new(bytes.into())),
            None => status(StatusCode::NOT_FOUND, &json!({"ok": false})),
        };
    }
    let Some(method) = path.strip_prefix(&format!("/bot{TOKEN}/")) else {
        let body = json!({"ok": false, "error_code": 401, "description": "Unauthorized"});
        return status(StatusCode::UNAUTHORIZED, &body);
    };
    let parameters: Value = match boundary {
        Some(boundary) => form(body, boundary).await,
        None if body.is_empty() => json!({}),
        None => serde_json::from_slice(&body).unwrap_or_else(|_| json!(null)),
    };
    *shared.state().calls.entry(method.to_owned()).or_default() += 1;
    let held = shared.state().hold.takes(&format!("{method} {parameters}"));
    if held == Some(When::Before) {
        shared.state().hold.hold();
        return std::future::pending().await;
    }
    let result = if method == "GetUpdates" {
        get_updates(shared, &parameters).await
    } else {
        call(&mut shared.state(), method, &parameters)
    };
    if held == Some(When::After) {
        shared.state().hold.hold();
        return std::future::pending().await;
    }
    match result {
        Ok(result) => status(StatusCode::OK, &json!({"ok": true, "result": result})),
        Err(refused) => {
            if refused.is_offence {
                let offence = format!("{method}: {} in {parameters}", refused.description);
                shared.state().offences.push(offence);
            }
            let code = StatusCode::from_u16(refused.code).unwrap_or(StatusCode::BAD_REQUEST);
            status(code, &refused.json())
        }
    }
}

/// The fields of a form; those that are JSON as what they say.
async fn form(body: Bytes, boundary: String) -> Value {
    let whole = futures::stream::iter([Ok::<_, Infallible>(body)]);
    let mut form = multer::Multipart::new(whole, boundary);
    let mut fields = json!({});
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        let text = field.text().await.unwrap_or_default();
        fields[name] = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
    }
    fields
}

fn status(code: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = code;
    response
}

/// Delivers updates to the webhook, one after the other, each until it was taken.
async fn deliver(shared: Arc<Shared>) {
    loop {
        let next = {
            let state = shared.state();
            let first = state.updates.iter().next();
            let first = first.map(|(id, update)| (*id, update.to_string()));
            state.webhook.clone().zip(first)
        };
        let taken = match next {
            Some(((url, secret), (id, update))) => {
                let taken = post(&url, &secret, &update).await == Some(200);
                if taken {
                    shared.state().updates.remove(&id);
                }
                taken
            }
            None => false,
        };
        if !taken {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Posts an update; returns the status.
pub async fn post(url: &str, secret: &str, body: &str) -> Option<u16> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = tokio::net::TcpStream::connect(host).await.ok()?;
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: {secret}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

async fn get_updates(shared: &Shared, parameters: &Value) -> Result<Value, Refused> {
    let offset = parameters["offset"].as_i64().unwrap_or(0);
    let wait = Duration::from_secs(parameters["timeout"].as_u64().unwrap_or(0));
    let limit = usize::try_from(parameters["limit"].as_u64().unwrap_or(100)).unwrap_or(100);
    if shared.state().webhook.is_some() {
        return Err(Refused::webhook_active());
    }
    let number = {
        let mut state = shared.state();
        state.updates.retain(|id, _| *id >= offset);
        state.poll += 1;
        state.poll
    };
    shared.news.notify_waiters();
    let until = Instant::now() + wait;
    loop {
        let news = shared.news.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        {
            let mut state = shared.state();
            if state.poll != number {
                return Err(Refused::conflict());
            }
            if !state.updates.is_empty() || Instant::now() >= until {
                let updates: Vec<(i64, Value)> = state
                    .updates
                    .iter()
                    .take(limit)
                    .map(|(id, update)| (*id, update.clone()))
                    .collect();
                if let Some((last, _)) = updates.last() {
                    state.handed_out = *last;
                }
                let updates = updates.into_iter().map(|(_, update)| update);
                return Ok(updates.collect());
            }
        }
        let left = until.saturating_duration_since(Instant::now());
        let _ = tokio::time::timeout(left, news).await;
    }
}

fn call(state: &mut State, method: &str, parameters: &Value) -> Result<Value, Refused> {
    let chat = parameters["chat_id"].as_i64().unwrap_or_default();
    match method {
        "GetMe" => {
            let mut me = bot();
            for field in [
                "can_join_groups",
                "can_read_all_group_messages",
                "supports_inline_queries",
                "can_connect_to_business",
                "has_main_web_app",
            ] {
                me[field] = json!(field == "can_join_groups");
            }
            Ok(me)
        }
        "SetMyCommands" => {
            for command in parameters["commands"].as_array().into_iter().flatten() {
                let name = command["command"].as_str().unwrap_or_default();
                let good = (1..=32).contains(&name.len())
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
                let described = command["description"]
                    .as_str()
                    .unwrap_or_default()
                    .chars()
                    .count();
                if !good || !(1..=256).contains(&described) {
                    return Err(Refused::bad("BOT_COMMAND_INVALID").offence());
                }
            }
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let scope = text(&parameters["scope"]["type"]);
            let language = text(&parameters["language_code"]);
            let commands = parameters["commands"].as_array();
            let names = commands.into_iter().flatten();
            let names = names.map(|command| text(&command["command"])).collect();
            state.menus.insert((scope, language), names);
            Ok(json!(true))
        }
        "SendMessage" => {
            let shown = state.checked(chat, parameters)?;
            state.next_message += 1;
            let id = state.next_message;
            let shown = Shown { id, ..shown };
            state
                .history
                .entry(chat)
                .or_default()
                .push(shown.text.clone());
            state
                .shown
                .entry(chat)
                .or_default()
                .insert(id, shown.clone());
            state.drafts.remove(&chat);
            Ok(message(chat, &shown))
        }
        "SendMessageDraft" if !state.is_old => {
            state.reachable(chat, parameters)?;
            if chat < 0 {
                return Err(Refused::bad("Bad Request: TEXTDRAFT_PEER_INVALID").offence());
            }
            let number = parameters["draft_id"].as_u64().unwrap_or_default();
            if number == 0 {
                return Err(Refused::bad("Bad Request: draft_id must be non-zero").offence());
            }
            let text = parameters["text"].as_str().unwrap_or_default();
            let entities = parameters["entities"].as_array().cloned();
            check_text(text, &entities.unwrap_or_default())?;
            state.drafts.insert(chat, (number, text.to_owned()));
            let drafted = state.drafted.entry(chat).or_default();
            drafted.push(text.to_owned());
            Ok(json!(true))
        }
        "SendMessageDraft" => Err(Refused::not_found(method)),
        "EditMessageText" => {
            let id = parameters["message_id"].as_i64().unwrap_or_default();
            let known = state
                .shown
                .get(&chat)
                .and_then(|shown| shown.get(&id))
                .cloned();
            let known =
                known.ok_or_else(|| Refused::bad("Bad Request: message to edit not found"))?;
            let mut shown = state.checked(chat, parameters)?;
            if (&shown.text, &shown.entities, &shown.buttons)
                == (&known.text, &known.entities, &known.buttons)
            {
                return Err(Refused::not_modified());
            }
            shown.id = id;
            shown.edits = known.edits + 1;
            shown.reply_to = known.reply_to;
            shown.topic = known.topic;
            state
                .history
                .entry(chat)
                .or_default()
                .push(shown.text.clone());
            state
                .shown
                .entry(chat)
                .or_default()
                .insert(id, shown.clone());
            Ok(message(chat, &shown))
        }
        "DeleteMessage" => {
            let id = parameters["message_id"].as_i64().unwrap_or_default();
            let gone = state
                .shown
                .get_mut(&chat)
                .and_then(|shown| shown.remove(&id));
            gone.map(|_| json!(true))
                .ok_or_else(|| Refused::bad("Bad Request: message to delete not found"))
        }
        "SendChatAction" => {
            state.reachable(chat, parameters)?;
            Ok(json!(true))
        }
        "AnswerCallbackQuery" => {
            let text = parameters["text"].as_str().unwrap_or_default();
            if text.chars().count() > 200 {
                return Err(Refused::bad("Bad Request: MESSAGE_TOO_LONG").offence());
            }
            state.answered.push(text.to_owned());
            Ok(json!(true))
        }
        "GetChatMember" => {
            let person = parameters["user_id"].as_i64().unwrap_or_default();
            if state.admins.contains(&(chat, person)) {
                Ok(json!({"status": "creator", "user": user(person), "is_anonymous": false}))
            } else {
                Ok(json!({"status": "member", "user": user(person)}))
            }
        }
        "GetFile" => {
            let id = parameters["file_id"].as_str().unwrap_or_default();
            let size = state.files.get(id).map(Vec::len);
            let size = size.ok_or_else(|| {
                Refused::bad("Bad Request: wrong file_id or the file is temporarily unavailable")
            })?;
            if size > 20 << 20 {
                return Err(Refused::bad("Bad Request: file is too big"));
            }
            Ok(json!({"file_id": id, "file_unique_id": "u", "file_size": size, "file_path": id}))
        }
        "DeleteWebhook" => {
            if parameters["drop_pending_updates"] == json!(true) {
                return Err(Refused::bad("this loses updates").offence());
            }
            state.webhook = None;
            Ok(json!(true))
        }
        "SetWebhook" => {
            let text = |name: &str| parameters[name].as_str().unwrap_or_default().to_owned();
            let (url, secret) = (text("url"), text("secret_token"));
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if !(1..=256).contains(&secret.len()) || !secret.chars().all(plain) {
                return Err(Refused::bad("Bad Request: secret token is invalid").offence());
            }
            if parameters["drop_pending_updates"] == json!(true) {
                return Err(Refused::bad("this loses updates").offence());
            }
            state.webhook = Some((url, secret));
            Ok(json!(true))
        }
        "AnswerInlineQuery" => {
            let query = parameters["inline_query_id"].as_str().unwrap_or_default();
            let results = parameters["results"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            if results.len() > 50 {
                return Err(Refused::bad("Bad Request: RESULTS_TOO_MUCH").offence());
            }
            for result in &results {
                let content = &result["input_message_content"];
                let id = result["id"].as_str().unwrap_or_default();
                let title = result["title"].as_str().unwrap_or_default();
                if !(1..=64).contains(&id.len()) || title.is_empty() || result["type"] != "article"
                {
                    return Err(Refused::bad("Bad Request: RESULT_ID_INVALID").offence());
                }
                let entities = content["entities"].as_array().cloned().unwrap_or_default();
                check_text(
                    content["message_text"].as_str().unwrap_or_default(),
                    &entities,
                )?;
            }
            state.offered.insert(query.to_owned(), results);
            Ok(json!(true))
        }
        other => Err(Refused::not_found(other).offence()),
    }
}

impl State {
    /// Whether the bot may write in a chat at all.
    fn reachable(&self, chat: i64, parameters: &Value) -> Result<(), Refused> {
        if self.blocked.contains(&chat) {
            return Err(Refused::forbidden("Forbidden: bot was blocked by the user"));
        }
        if chat == 0 {
            return Err(Refused::bad("Bad Request: chat not found").offence());
        }
        if let Some(now) = self.migrated.get(&chat) {
            return Err(Refused::migrated(*now));
        }
        let topic = parameters["message_thread_id"].as_i64().unwrap_or_default();
        if self.closed.contains(&(chat, topic)) {
            return Err(Refused::bad("Bad Request: TOPIC_CLOSED"));
        }
        Ok(())
    }

    /// A person, with what they read.
    fn user(&self, id: i64) -> Value {
        let mut user = user(id);
        if let Some(language) = self.languages.get(&id) {
            user["language_code"] = json!(language);
        }
        user
    }

    /// A message as it will be shown, if Telegram takes it.
    fn checked(&mut self, chat: i64, parameters: &Value) -> Result<Shown, Refused> {
        self.reachable(chat, parameters)?;
        if self.storm > 0 {
            self.storm -= 1;
            return Err(Refused::flood(1));
        }
        let own = self.chats.entry(chat).or_insert_with(|| {
            // About one a second to a person, twenty a minute to a group; short bursts are let through.
            if chat > 0 {
                Bucket::new(4.0, 1.0)
            } else {
                Bucket::new(20.0, 20.0 / 60.0)
            }
        });
        own.take()?;
        if let Some(all) = &mut self.all {
            all.take()?;
        }
        let text = parameters["text"].as_str().unwrap_or_default();
        let entities = parameters["entities"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        check_text(text, &entities)?;
        let buttons = check_buttons(&parameters["reply_markup"])?;
        if parameters.get("parse_mode").is_some() && !entities.is_empty() {
            return Err(
                Refused::bad("Bad Request: entities and parse_mode exclude each other").offence(),
            );
        }
        let reply = &parameters["reply_parameters"];
        let reply_to = reply["message_id"].as_i64();
        let is_gone = reply_to.is_some_and(|message| self.removed.contains(&(chat, message)));
        if is_gone && reply["allow_sending_without_reply"] != json!(true) {
            return Err(Refused::bad("Bad Request: message to be replied not found"));
        }
        Ok(Shown {
            id: 0,
            text: text.trim().to_owned(),
            entities,
            buttons,
            reply_to: reply_to.filter(|_| !is_gone),
            topic: parameters["message_thread_id"].as_i64(),
            edits: 0,
        })
    }
}

fn message(chat: i64, shown: &Shown) -> Value {
    let chat = Chat {
        id: chat,
        topic: shown.topic,
    };
    json!({"message_id": shown.id, "date": 1_700_000_000, "chat": chat.json(), "from": bot(), "text": shown.text})
}
