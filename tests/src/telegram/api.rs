//! The Bot API: what the bot calls, and how updates come to it.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    Chat, Shared, Shown, State, TOKEN, bot,
    rules::{Bucket, Refused, check_buttons, check_text},
    user,
};
use crate::{hold::When, server::converse};

pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let answer = |request| {
                let shared = Arc::clone(&shared);
                async move { answer(&shared, request).await }
            };
            converse(stream, answer).await;
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
pub(super) async fn deliver(shared: Arc<Shared>) {
    loop {
        let next = {
            let state = shared.state();
            let first = state.updates.iter().next();
            let first = first.map(|(id, update)| (*id, update.to_string()));
            let webhook = state.webhook.clone().zip(first);
            webhook.map(|webhook| (webhook, state.ingress.clone()))
        };
        let taken = match next {
            Some((((url, secret), (id, update)), ingress)) => {
                let status = match ingress {
                    Some(ingress) => post_by(&ingress, &url, &secret, &update).await,
                    None => post(&url, &secret, &update).await,
                };
                let taken = status == Some(200);
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
    let (host, _) = url.strip_prefix("http://")?.split_once('/')?;
    post_by(host, url, secret, body).await
}

/// The same to whoever stands before the host, and has ended TLS.
async fn post_by(ingress: &str, url: &str, secret: &str, body: &str) -> Option<u16> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let mut stream = tokio::net::TcpStream::connect(ingress).await.ok()?;
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
        "SetMyCommands" => state.set_commands(parameters),
        "SendMessage" => state.send(chat, parameters),
        "SendMessageDraft" if !state.is_old => state.draft(chat, parameters),
        "SendMessageDraft" => Err(Refused::not_found(method)),
        "EditMessageText" => state.edit(chat, parameters),
        "EditMessageReplyMarkup" => state.edit_buttons(chat, parameters),
        "DeleteMessage" => state.delete(chat, parameters),
        "SendChatAction" => {
            state.reachable(chat, parameters)?;
            Ok(json!(true))
        }
        "AnswerCallbackQuery" => state.answer_button(parameters),
        "GetChatMember" => Ok(state.member(chat, parameters)),
        "GetFile" => state.file(parameters),
        "DeleteWebhook" => {
            if parameters["drop_pending_updates"] == json!(true) {
                return Err(Refused::bad("this loses updates").offence());
            }
            state.webhook = None;
            Ok(json!(true))
        }
        "SetWebhook" => state.set_webhook(parameters),
        "AnswerInlineQuery" => state.offer(parameters),
        other => Err(Refused::not_found(other).offence()),
    }
}

/// The methods of the API.
impl State {
    fn set_commands(&mut self, parameters: &Value) -> Result<Value, Refused> {
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
        self.menus.insert((scope, language), names);
        Ok(json!(true))
    }

    fn send(&mut self, chat: i64, parameters: &Value) -> Result<Value, Refused> {
        let shown = self.checked(chat, parameters)?;
        self.next_message += 1;
        let id = self.next_message;
        let shown = Shown { id, ..shown };
        self.show(chat, &shown);
        Ok(message(chat, &shown))
    }

    fn draft(&mut self, chat: i64, parameters: &Value) -> Result<Value, Refused> {
        self.reachable(chat, parameters)?;
        if chat < 0 {
            return Err(Refused::bad("Bad Request: TEXTDRAFT_PEER_INVALID").offence());
        }
        if parameters["draft_id"].as_u64().unwrap_or_default() == 0 {
            return Err(Refused::bad("Bad Request: draft_id must be non-zero").offence());
        }
        let text = parameters["text"].as_str().unwrap_or_default();
        let entities = parameters["entities"].as_array().cloned();
        check_text(text, &entities.unwrap_or_default())?;
        let drafted = self.drafted.entry(chat).or_default();
        drafted.push(text.to_owned());
        Ok(json!(true))
    }

    fn edit(&mut self, chat: i64, parameters: &Value) -> Result<Value, Refused> {
        let id = parameters["message_id"].as_i64().unwrap_or_default();
        let known = self
            .shown
            .get(&chat)
            .and_then(|shown| shown.get(&id))
            .cloned();
        let known = known.ok_or_else(|| Refused::bad("Bad Request: message to edit not found"))?;
        let mut shown = self.checked(chat, parameters)?;
        if (&shown.text, &shown.entities, &shown.buttons)
            == (&known.text, &known.entities, &known.buttons)
        {
            return Err(Refused::not_modified());
        }
        shown.id = id;
        shown.edits = known.edits + 1;
        shown.reply_to = known.reply_to;
        shown.topic = known.topic;
        self.show(chat, &shown);
        Ok(message(chat, &shown))
    }

    fn edit_buttons(&mut self, chat: i64, parameters: &Value) -> Result<Value, Refused> {
        let id = parameters["message_id"].as_i64().unwrap_or_default();
        self.reachable(chat, parameters)?;
        let buttons = check_buttons(&parameters["reply_markup"])?;
        let shown = self.shown.entry(chat).or_default().get_mut(&id);
        let shown = shown.ok_or_else(|| Refused::bad("Bad Request: message to edit not found"))?;
        if shown.buttons == buttons {
            return Err(Refused::not_modified());
        }
        shown.buttons = buttons;
        Ok(message(chat, shown))
    }

    fn delete(&mut self, chat: i64, parameters: &Value) -> Result<Value, Refused> {
        let id = parameters["message_id"].as_i64().unwrap_or_default();
        let gone = self
            .shown
            .get_mut(&chat)
            .and_then(|shown| shown.remove(&id));
        gone.map(|_| json!(true))
            .ok_or_else(|| Refused::bad("Bad Request: message to delete not found"))
    }

    fn answer_button(&mut self, parameters: &Value) -> Result<Value, Refused> {
        let text = parameters["text"].as_str().unwrap_or_default();
        if text.chars().count() > 200 {
            return Err(Refused::bad("Bad Request: MESSAGE_TOO_LONG").offence());
        }
        self.answered.push(text.to_owned());
        Ok(json!(true))
    }

    fn file(&self, parameters: &Value) -> Result<Value, Refused> {
        let id = parameters["file_id"].as_str().unwrap_or_default();
        let size = self.files.get(id).map(Vec::len);
        let size = size.ok_or_else(|| {
            Refused::bad("Bad Request: wrong file_id or the file is temporarily unavailable")
        })?;
        if size > 20 << 20 {
            return Err(Refused::bad("Bad Request: file is too big"));
        }
        Ok(json!({"file_id": id, "file_unique_id": "u", "file_size": size, "file_path": id}))
    }

    fn set_webhook(&mut self, parameters: &Value) -> Result<Value, Refused> {
        let text = |name: &str| parameters[name].as_str().unwrap_or_default().to_owned();
        let (url, secret) = (text("url"), text("secret_token"));
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !(1..=256).contains(&secret.len()) || !secret.chars().all(plain) {
            return Err(Refused::bad("Bad Request: secret token is invalid").offence());
        }
        if parameters["drop_pending_updates"] == json!(true) {
            return Err(Refused::bad("this loses updates").offence());
        }
        self.webhook = Some((url, secret));
        Ok(json!(true))
    }

    fn offer(&mut self, parameters: &Value) -> Result<Value, Refused> {
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
            if !(1..=64).contains(&id.len()) || title.is_empty() || result["type"] != "article" {
                return Err(Refused::bad("Bad Request: RESULT_ID_INVALID").offence());
            }
            let entities = content["entities"].as_array().cloned().unwrap_or_default();
            check_text(
                content["message_text"].as_str().unwrap_or_default(),
                &entities,
            )?;
        }
        self.offered.insert(query.to_owned(), results);
        Ok(json!(true))
    }

    fn member(&self, chat: i64, parameters: &Value) -> Value {
        let person = parameters["user_id"].as_i64().unwrap_or_default();
        if self.admins.contains(&(chat, person)) {
            json!({"status": "creator", "user": user(person), "is_anonymous": false})
        } else {
            json!({"status": "member", "user": user(person)})
        }
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

    /// Shows a message, or what it became.
    fn show(&mut self, chat: i64, shown: &Shown) {
        let history = self.history.entry(chat).or_default();
        history.push(shown.text.clone());
        let messages = self.shown.entry(chat).or_default();
        messages.insert(shown.id, shown.clone());
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
