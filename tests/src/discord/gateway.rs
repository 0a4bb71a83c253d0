//! The gateway: HELLO, IDENTIFY, RESUME, heartbeats, and events with their numbers.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{CloseCode, Message, ServerBuilder, WebSocketStream};

use super::{BOT, GUILD, OTHER_GUILD, Shared, TOKEN, bot};

const MESSAGE_CONTENT: u64 = 1 << 15;
/// Servers, messages in them and direct messages, and what messages say.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 12 | MESSAGE_CONTENT;
const AUTHENTICATION_FAILED: u16 = 4_004;
const INVALID_SHARD: u16 = 4_010;
/// Sessions that may be begun at a time; those of one bucket so far apart, a little being lost on the way.
pub(super) const MAX_CONCURRENCY: u64 = 16;
const BETWEEN_SESSIONS: Duration = Duration::from_millis(4_500);
const DISALLOWED_INTENTS: u16 = 4_014;

/// The gateway: a session of the bot for each shard, one at a time.
pub(super) struct Gateway {
    /// How many the bot is told to have.
    pub(super) shards: u64,
    /// How often a sign of life is wanted.
    pub(super) heartbeat: Duration,
    /// Signs of life that came.
    pub(super) heartbeats: usize,
    /// They are not answered until a session begins or goes on.
    pub(super) silent: bool,
    /// It hangs up on everybody who comes.
    pub(super) hangs_up: bool,
    /// Connections that came.
    pub(super) connections: usize,
    sessions: BTreeMap<u64, Session>,
    begun: usize,
    resumed: usize,
    /// When a session was begun last, by bucket.
    last_begun: BTreeMap<u64, Instant>,
}

#[derive(Default)]
struct Session {
    id: String,
    /// Events, by number, from 1.
    events: Vec<Value>,
    /// Those that were sent.
    sent: usize,
    resumable: bool,
    connection: u64,
    connected: bool,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            shards: 1,
            heartbeat: Duration::from_millis(41_250),
            heartbeats: 0,
            silent: false,
            hangs_up: false,
            connections: 0,
            sessions: BTreeMap::new(),
            begun: 0,
            resumed: 0,
            last_begun: BTreeMap::new(),
        }
    }
}

impl Gateway {
    /// Something happens in a server, or in a direct message. Nobody hears of it who has no session.
    pub(super) fn dispatch(&mut self, guild: Option<u64>, name: &str, data: Value) {
        let shard = self.shard_of(guild);
        if let Some(session) = self.sessions.get_mut(&shard) {
            session.dispatch(name, data);
        }
    }

    /// The shard that hears of a server (docs.discord.com, Sharding).
    fn shard_of(&self, guild: Option<u64>) -> u64 {
        guild.map_or(0, |guild| (guild >> 22) % self.shards)
    }

    pub(super) fn disconnect(&mut self, resumable: bool) {
        for session in self.sessions.values_mut() {
            session.resumable &= resumable;
            session.connection += 1;
            session.connected = false;
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        let connected = self.sessions.values().filter(|session| session.connected);
        connected.count() as u64 == self.shards
    }

    pub(super) fn has_sent_all(&self) -> bool {
        let mut sessions = self.sessions.values();
        sessions.all(|session| session.sent == session.events.len())
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.begun, self.resumed)
    }
}

impl Session {
    fn dispatch(&mut self, name: &str, data: Value) {
        if !self.resumable {
            return;
        }
        let number = self.events.len() + 1;
        self.events
            .push(json!({ "op": 0, "t": name, "s": number, "d": data }));
    }
}

/// Serves a connection of the bot until it ends.
pub(super) async fn serve(stream: TcpStream, shared: &Shared) {
    let Ok((_, mut socket)) = ServerBuilder::new().accept(stream).await else {
        return;
    };
    let hangs_up = {
        let gateway = &mut shared.state().gateway;
        gateway.connections += 1;
        gateway.hangs_up
    };
    if hangs_up {
        return;
    }
    let mut open = None;
    // A bot that is killed breaks its connection off.
    let _ = converse(&mut socket, shared, &mut open).await;
    if let Some(Open {
        shard, connection, ..
    }) = open
    {
        let mut state = shared.state();
        let session = state.gateway.sessions.entry(shard).or_default();
        if session.connection == connection {
            session.connected = false;
        }
    }
}

/// A session as a connection has it.
struct Open {
    shard: u64,
    connection: u64,
    /// Events that were sent.
    sent: usize,
}

async fn converse(
    socket: &mut WebSocketStream<TcpStream>,
    shared: &Shared,
    open: &mut Option<Open>,
) -> Result<(), tokio_websockets::Error> {
    let interval = shared.state().gateway.heartbeat.as_millis();
    send(
        socket,
        &json!({ "op": 10, "d": { "heartbeat_interval": interval as u64 } }),
    )
    .await?;
    loop {
        let news = shared.news.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        if let Some(open) = open
            && !tell(socket, shared, open).await?
        {
            send(socket, &json!({ "op": 7, "d": null })).await?;
            return close(socket, 4_000).await;
        }
        let message = tokio::select! {
            message = socket.next() => message,
            () = news => continue,
        };
        let Some(message) = message.transpose()? else {
            return Ok(());
        };
        let Some(Ok(command)) = message.as_text().map(serde_json::from_str::<Value>) else {
            continue;
        };
        let data = &command["d"];
        match command["op"].as_u64() {
            Some(1) => {
                let silent = {
                    let gateway = &mut shared.state().gateway;
                    gateway.heartbeats += 1;
                    gateway.silent
                };
                if !silent {
                    send(socket, &json!({ "op": 11 })).await?;
                }
            }
            Some(2) => {
                if let Some(code) = refusal(shared, data) {
                    return close(socket, code).await;
                }
                let shard = data["shard"][0].as_u64().unwrap_or(0);
                *open = Some(begin(shared, shard));
            }
            Some(6) => {
                *open = resume(shared, data);
                if open.is_none() {
                    send(socket, &json!({ "op": 9, "d": false })).await?;
                }
            }
            _ => {}
        }
    }
}

/// Sends the events that a session has not had. `false`: another connection has taken it over.
async fn tell(
    socket: &mut WebSocketStream<TcpStream>,
    shared: &Shared,
    open: &mut Open,
) -> Result<bool, tokio_websockets::Error> {
    let (gone, events) = {
        let state = shared.state();
        let session = &state.gateway.sessions[&open.shard];
        let events = session.events.get(open.sent..).unwrap_or_default();
        (session.connection != open.connection, events.to_vec())
    };
    if gone {
        return Ok(false);
    }
    for event in &events {
        send(socket, event).await?;
    }
    open.sent += events.len();
    let mut state = shared.state();
    let session = state.gateway.sessions.entry(open.shard).or_default();
    session.sent = open.sent;
    Ok(true)
}

/// Why somebody who identifies is refused, as the code that closes the connection.
fn refusal(shared: &Shared, data: &Value) -> Option<u16> {
    let intents = data["intents"].as_u64().unwrap_or(0);
    if data["token"]
        .as_str()
        .is_none_or(|token| !token.ends_with(TOKEN))
    {
        return Some(AUTHENTICATION_FAILED);
    }
    if intents & !INTENTS != 0 {
        let offence = format!("intents that no chat needs: {intents:b}");
        shared.state().offences.push(offence);
    }
    let grants = shared.state().grants_content;
    if intents & MESSAGE_CONTENT != 0 && !grants {
        return Some(DISALLOWED_INTENTS);
    }
    let shards = data["shard"][1].as_u64().unwrap_or(1);
    (shards != shared.state().gateway.shards).then_some(INVALID_SHARD)
}

/// Begins a session of a shard.
fn begin(shared: &Shared, shard: u64) -> Open {
    let mut state = shared.state();
    let gateway = &mut state.gateway;
    let bucket = shard % MAX_CONCURRENCY;
    let last = gateway.last_begun.insert(bucket, Instant::now());
    if last.is_some_and(|last| last.elapsed() < BETWEEN_SESSIONS) {
        let offence = format!("shard {shard} began a session too soon after another of its bucket");
        state.offences.push(offence);
    }
    let gateway = &mut state.gateway;
    gateway.begun += 1;
    gateway.silent = false;
    let (begun, shards) = (gateway.begun, gateway.shards);
    let session = gateway.sessions.entry(shard).or_default();
    session.id = format!("s{shard}-{begun}");
    session.events.clear();
    session.resumable = true;
    session.connected = true;
    session.connection += 1;
    let (id, connection) = (session.id.clone(), session.connection);
    let guilds: Vec<u64> = [GUILD, OTHER_GUILD]
        .into_iter()
        .filter(|guild| state.gateway.shard_of(Some(*guild)) == shard)
        .collect();
    let unavailable: Vec<Value> = guilds
        .iter()
        .map(|guild| json!({ "id": guild.to_string(), "unavailable": true }))
        .collect();
    let ready = json!({
        "v": 10, "user": { "id": BOT.to_string(), "username": "stoa", "discriminator": "0", "avatar": null, "bot": true,
            "mfa_enabled": false, "verified": true, "email": null, "flags": 0 },
        "guilds": unavailable, "session_id": id, "resume_gateway_url": format!("ws://{}", state.address),
        "application": { "id": BOT.to_string(), "flags": 0 }, "shard": [shard, shards], "bot": bot(),
    });
    let guilds: Vec<Value> = guilds.into_iter().map(|guild| state.guild(guild)).collect();
    let session = state.gateway.sessions.entry(shard).or_default();
    session.dispatch("READY", ready);
    for guild in guilds {
        session.dispatch("GUILD_CREATE", guild);
    }
    Open {
        shard,
        connection,
        sent: 0,
    }
}

/// Goes on with a session after the events that the bot has.
fn resume(shared: &Shared, data: &Value) -> Option<Open> {
    let mut state = shared.state();
    let gateway = &mut state.gateway;
    let sent = usize::try_from(data["seq"].as_u64()?).ok()?;
    let id = data["session_id"].as_str()?;
    let (shard, session) = gateway
        .sessions
        .iter_mut()
        .find(|(_, session)| session.id == id && session.resumable)?;
    gateway.resumed += 1;
    gateway.silent = false;
    session.connected = true;
    session.connection += 1;
    session.dispatch("RESUMED", json!({}));
    Some(Open {
        shard: *shard,
        connection: session.connection,
        sent,
    })
}

async fn send(
    socket: &mut WebSocketStream<TcpStream>,
    event: &Value,
) -> Result<(), tokio_websockets::Error> {
    socket.send(Message::text(event.to_string())).await
}

async fn close(
    socket: &mut WebSocketStream<TcpStream>,
    code: u16,
) -> Result<(), tokio_websockets::Error> {
    let code = CloseCode::try_from(code).unwrap_or(CloseCode::NORMAL_CLOSURE);
    socket.send(Message::close(Some(code), "")).await?;
    socket.close().await
}
