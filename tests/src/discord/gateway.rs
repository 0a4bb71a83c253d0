//! The gateway: HELLO, IDENTIFY, RESUME, heartbeats, and events with their numbers.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{CloseCode, Message, ServerBuilder, WebSocketStream};

use super::{BOT, GUILD, Shared, TOKEN, bot};

const MESSAGE_CONTENT: u64 = 1 << 15;
const AUTHENTICATION_FAILED: u16 = 4_004;
const DISALLOWED_INTENTS: u16 = 4_014;

/// The bot's session: one at a time.
#[derive(Default)]
pub(super) struct Sessions {
    id: u64,
    /// Events of the session that is, by number, from 1.
    events: Vec<Value>,
    resumable: bool,
    connection: u64,
    connected: bool,
    begun: usize,
    resumed: usize,
}

impl Sessions {
    /// Something happens. Nobody hears of it who has no session.
    pub(super) fn dispatch(&mut self, name: &str, data: Value) {
        if self.id == 0 || !self.resumable {
            return;
        }
        let number = self.events.len() + 1;
        self.events
            .push(json!({ "op": 0, "t": name, "s": number, "d": data }));
    }

    pub(super) fn disconnect(&mut self, resumable: bool) {
        self.resumable &= resumable;
        self.connection += 1;
        self.connected = false;
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.begun, self.resumed)
    }
}

/// Serves a connection of the bot until it ends.
pub(super) async fn serve(stream: TcpStream, shared: &Shared) {
    let Ok((_, mut socket)) = ServerBuilder::new().accept(stream).await else {
        return;
    };
    // A bot that is killed breaks its connection off.
    let _ = converse(&mut socket, shared).await;
    let mut state = shared.state();
    state.gateway.connected = false;
}

async fn converse(
    socket: &mut WebSocketStream<TcpStream>,
    shared: &Shared,
) -> Result<(), tokio_websockets::Error> {
    send(
        socket,
        &json!({ "op": 10, "d": { "heartbeat_interval": 41_250 } }),
    )
    .await?;
    let own = {
        let mut state = shared.state();
        state.gateway.connection += 1;
        state.gateway.connection
    };
    let mut sent: Option<usize> = None;
    loop {
        let news = shared.news.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        if let Some(from) = sent {
            let (gone, events) = {
                let state = shared.state();
                let gone = state.gateway.connection != own;
                let events = state
                    .gateway
                    .events
                    .get(from..)
                    .unwrap_or_default()
                    .to_vec();
                (gone, events)
            };
            if gone {
                send(socket, &json!({ "op": 7, "d": null })).await?;
                return close(socket, 4_000).await;
            }
            for event in &events {
                send(socket, event).await?;
            }
            sent = Some(from + events.len());
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
            Some(1) => send(socket, &json!({ "op": 11 })).await?,
            Some(2) => {
                let intents = data["intents"].as_u64().unwrap_or(0);
                if data["token"]
                    .as_str()
                    .is_none_or(|token| !token.ends_with(TOKEN))
                {
                    return close(socket, AUTHENTICATION_FAILED).await;
                }
                let grants = shared.state().grants_content;
                if intents & MESSAGE_CONTENT != 0 && !grants {
                    return close(socket, DISALLOWED_INTENTS).await;
                }
                begin(shared);
                sent = Some(0);
            }
            Some(6) => {
                sent = resume(shared, data);
                if sent.is_none() {
                    send(socket, &json!({ "op": 9, "d": false })).await?;
                }
            }
            _ => {}
        }
    }
}

/// Begins a session.
fn begin(shared: &Shared) {
    let mut state = shared.state();
    state.gateway.id += 1;
    state.gateway.begun += 1;
    state.gateway.events.clear();
    state.gateway.resumable = true;
    state.gateway.connected = true;
    let ready = json!({
        "v": 10, "user": { "id": BOT.to_string(), "username": "stoa", "discriminator": "0", "avatar": null, "bot": true,
            "mfa_enabled": false, "verified": true, "email": null, "flags": 0 },
        "guilds": [{ "id": GUILD.to_string(), "unavailable": true }],
        "session_id": format!("s{}", state.gateway.id), "resume_gateway_url": format!("ws://{}", state.address),
        "application": { "id": BOT.to_string(), "flags": 0 }, "shard": [0, 1], "bot": bot(),
    });
    let guild = state.guild();
    state.gateway.dispatch("READY", ready);
    state.gateway.dispatch("GUILD_CREATE", guild);
}

/// Goes on with a session; returns how many of its events the bot has.
fn resume(shared: &Shared, data: &Value) -> Option<usize> {
    let mut state = shared.state();
    let gateway = &mut state.gateway;
    let known = data["session_id"] == json!(format!("s{}", gateway.id));
    let number = usize::try_from(data["seq"].as_u64()?).ok()?;
    if !known || !gateway.resumable {
        return None;
    }
    gateway.resumed += 1;
    gateway.connected = true;
    let resumed = gateway.events.len() + 1;
    let event = json!({ "op": 0, "t": "RESUMED", "s": resumed, "d": {} });
    gateway.events.push(event);
    Some(number)
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
