//! The REST API: what the bot calls.

mod interactions;

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::AUTHORIZATION,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::{
    BOT, Channel, GUILD, MANAGE_GUILD, MANAGING_ROLE, Shared, Shown, State, TOKEN, bot, gateway,
    rules::{LIMIT, Refused, check_commands, check_message},
};
use crate::{hold::When, server::converse};
use interactions::{acknowledge, webhook};

pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            if is_gateway(&stream).await {
                gateway::serve(stream, &shared).await;
                return;
            }
            let answer = |request| {
                let shared = Arc::clone(&shared);
                async move { answer(&shared, request).await }
            };
            converse(stream, answer).await;
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
    if let (&Method::GET, Some(facts)) = (method, facts(state, parts)) {
        return Ok(Answer::of(facts));
    }
    match (method, parts) {
        (&Method::PUT, ["applications", _, "commands"]) => publish(state, body),
        (&Method::GET, ["channels", _]) => {
            let json = state.channel_json(number(1));
            json.map(Answer::of)
                .ok_or_else(|| Refused::unknown(10_003, "Channel"))
        }
        (&Method::GET, ["channels", _, "messages"]) => messages(state, number(1), query),
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

/// The bot, its gateway and its servers; `None` for any other route.
fn facts(state: &State, parts: &[&str]) -> Option<Value> {
    Some(match parts {
        ["gateway", "bot"] => json!({
            "url": format!("ws://{}", state.address), "shards": state.gateway.shards,
            "session_start_limit": { "total": 1_000, "remaining": 999, "reset_after": 0, "max_concurrency": super::gateway::MAX_CONCURRENCY },
        }),
        ["applications", "@me"] => json!({
            "id": BOT.to_string(), "name": "stoa", "icon": null, "description": "", "bot_public": true,
            "bot_require_code_grant": false, "verify_key": "k", "team": null, "rpc_origins": [], "bot": bot(),
            "flags": if state.grants_content { 1 << 19 } else { 0 }, "approximate_guild_count": 1,
        }),
        ["users", "@me", "guilds"] => json!([{
            "id": GUILD.to_string(), "name": "A server", "icon": null, "banner": null, "owner": false,
            "permissions": state.permissions.to_string(), "features": [],
        }]),
        ["users", "@me", "channels"] => {
            let listed = state.channels.iter();
            let listed = listed.filter(|(_, channel)| state.lists_direct && channel.kind == 1);
            let listed: Vec<Value> = listed
                .filter_map(|(id, _)| state.channel_json(*id))
                .collect();
            json!(listed)
        }
        ["guilds", _] if state.odd_guild.is_some() => state.odd_guild.clone().unwrap_or_default(),
        ["guilds", guild] => json!({
            "id": guild, "name": "A server", "owner_id": "1", "roles": [
                { "id": guild, "name": "@everyone", "permissions": "0" },
                { "id": MANAGING_ROLE.to_string(), "name": "Managers", "permissions": MANAGE_GUILD },
            ],
        }),
        _ => return None,
    })
}

fn publish(state: &mut State, body: &Value) -> Result<Answer, Refused> {
    check_commands(body)?;
    if state.refuses_commands {
        return Err(Refused::missing_access());
    }
    let all = body.as_array().cloned().unwrap_or_default();
    state.commands = all
        .iter()
        .map(|command| command["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    Ok(Answer::of(body.clone()))
}

/// Messages of a channel after another one.
fn messages(state: &State, channel_id: u64, query: &str) -> Result<Answer, Refused> {
    let after = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after=")?.parse().ok())
        .unwrap_or(0);
    let channel = state
        .channels
        .get(&channel_id)
        .ok_or_else(Refused::missing_access)?;
    let id = |message: &Value| -> u64 {
        message["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .unwrap_or(0)
    };
    let everybody_sees = |shown: &&Shown| shown.channel == channel_id && shown.only_for.is_none();
    let own = state.shown.values().filter(everybody_sees);
    let own = own.map(|shown| state.own(shown.id, shown.channel));
    let mut since: Vec<Value> = channel.said.iter().cloned().chain(own).collect();
    since.retain(|said| id(said) > after);
    since.sort_by_key(id);
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
