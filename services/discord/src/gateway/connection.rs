//! One connection to the gateway, from HELLO to its end (docs.discord.com, Gateway). Ours, as twilight's and serenity's
//! connect again at once and without a limit when a gateway hangs up, and neither goes through a proxy.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::oneshot,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};
use tokio_websockets::{CloseCode as Code, Message};
use twilight_model::gateway::{CloseCode, OpCode};

use super::{Gateway, Session, Shards, dial::Socket};

/// How long closing a connection may take.
const CLOSING: Duration = Duration::from_secs(2);
/// The code of a close after which the session can be resumed: any but 1000 and 1001, after which it cannot.
const RESUMABLE: u16 = 4_000;

/// How a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The bot closed it, as it stops.
    Stopped,
    /// The gateway refuses the bot, and would again.
    Refused,
    /// Anything else, in words.
    Broken(String),
}

/// What comes over a connection that is no event.
#[derive(Deserialize)]
struct Frame {
    op: u8,
    #[serde(default)]
    s: Option<u64>,
    #[serde(default)]
    t: Option<String>,
}

#[derive(Deserialize)]
struct Data<T> {
    d: T,
}

#[derive(Deserialize)]
struct Hello {
    heartbeat_interval: u64,
}

#[derive(Deserialize)]
struct Ready {
    session_id: String,
    /// Others than Discord resume where they begin.
    resume_gateway_url: Option<String>,
}

/// Something that came.
pub(super) enum Came {
    /// An event of the session, as JSON.
    Event(String),
    /// The connection ended.
    End(Ended),
}

/// A connection that stands.
pub(super) struct Connection<'a> {
    gateway: &'a Gateway,
    shards: &'a Shards,
    shard: [u32; 2],
    socket: Socket,
    heartbeat: Option<Interval>,
    /// The last sign of life was answered.
    is_alive: bool,
    /// A session may be begun when this is told.
    turn: Option<oneshot::Receiver<()>>,
}

impl<'a> Connection<'a> {
    pub(super) fn new(
        gateway: &'a Gateway,
        shards: &'a Shards,
        shard: [u32; 2],
        socket: Socket,
    ) -> Self {
        Self {
            gateway,
            shards,
            shard,
            socket,
            heartbeat: None,
            is_alive: true,
            turn: None,
        }
    }

    /// Waits for the next event, keeping the connection alive. `session` is begun, moved on and given up as the gateway
    /// says.
    pub(super) async fn next(&mut self, session: &mut Option<Session>) -> Came {
        loop {
            tokio::select! {
                message = self.socket.next() => {
                    let came = match message {
                        Some(Ok(message)) => self.take(&message, session).await,
                        Some(Err(error)) => Err(error),
                        None => Ok(Some(broken("it hung up"))),
                    };
                    match came {
                        Ok(Some(came)) => return came,
                        Ok(None) => {}
                        Err(error) => return broken(&error.to_string()),
                    }
                }
                () = tick(self.heartbeat.as_mut()) => {
                    // The last heartbeat was not answered within an interval: the connection is dead, whatever TCP
                    // says.
                    if !self.is_alive {
                        return broken("it answers no sign of life");
                    }
                    if let Err(error) = self.beat(session.as_ref()).await {
                        return broken(&error.to_string());
                    }
                }
                granted = granted(self.turn.as_mut()) => {
                    // One that was not granted is asked for again.
                    self.turn = (!granted).then(|| self.queue());
                    if granted && let Err(error) = self.identify().await {
                        return broken(&error.to_string());
                    }
                }
            }
        }
    }

    /// What a message is, after doing what it asks for.
    async fn take(
        &mut self,
        message: &Message,
        session: &mut Option<Session>,
    ) -> Result<Option<Came>, tokio_websockets::Error> {
        if let Some((code, reason)) = message.as_close() {
            return Ok(Some(Came::End(closed(code.into(), reason, session))));
        }
        let Some(json) = message.as_text() else {
            return Ok(None);
        };
        let Ok(frame) = serde_json::from_str::<Frame>(json) else {
            tracing::warn!("a message of the gateway cannot be read");
            return Ok(None);
        };
        match OpCode::from(frame.op) {
            Some(OpCode::Dispatch) => {
                // Before the event is handed on, since it carries the sequence that it happened at.
                self.moved(&frame, json, session);
                return Ok(Some(Came::Event(json.to_owned())));
            }
            Some(OpCode::Hello) => self.greet(json, session.as_ref()).await?,
            // The gateway may ask for one at any time, beside the usual ones.
            Some(OpCode::Heartbeat) => self.beat(session.as_ref()).await?,
            Some(OpCode::HeartbeatAck) => self.is_alive = true,
            Some(OpCode::Reconnect) => {
                self.close().await;
                return Ok(Some(broken("it asks for another connection")));
            }
            Some(OpCode::InvalidSession) => {
                let resumable = serde_json::from_str::<Data<bool>>(json);
                if !resumable.is_ok_and(|resumable| resumable.d) {
                    *session = None;
                }
                self.close().await;
                return Ok(Some(broken("the session is not valid any more")));
            }
            _ => {}
        }
        Ok(None)
    }

    /// Moves the session on, or begins it.
    fn moved(&self, frame: &Frame, json: &str, session: &mut Option<Session>) {
        let sequence = frame.s.unwrap_or_default();
        if frame.t.as_deref() == Some("READY") {
            match serde_json::from_str::<Data<Ready>>(json) {
                Ok(Data { d: ready }) => {
                    let resume_url = ready.resume_gateway_url;
                    *session = Some(Session {
                        id: ready.session_id.into(),
                        resume_url: resume_url.unwrap_or_else(|| self.shards.url.clone()).into(),
                        sequence,
                    });
                }
                Err(error) => tracing::error!("a session cannot be resumed later: {error}"),
            }
        }
        if let Some(session) = session {
            // Events that are sent again after a resumption come with their old numbers.
            session.sequence = sequence.max(session.sequence);
        }
    }

    /// Begins to give signs of life, and goes on with the session or asks for a new one.
    async fn greet(
        &mut self,
        json: &str,
        session: Option<&Session>,
    ) -> Result<(), tokio_websockets::Error> {
        let hello = serde_json::from_str::<Data<Hello>>(json);
        // 41.25 s is what Discord itself has said for years.
        let every = hello.map_or(41_250, |hello| hello.d.heartbeat_interval);
        let every = Duration::from_millis(every.max(1));
        // The first at some time within it, so that not all bots come at once.
        let mut heartbeat = interval_at(Instant::now() + every.mul_f64(fraction()), every);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.heartbeat = Some(heartbeat);
        match session {
            Some(session) => {
                let resume = json!({ "op": OpCode::Resume, "d": {
                    "token": self.gateway.token, "session_id": *session.id, "seq": session.sequence,
                }});
                self.send(&resume).await
            }
            None => {
                self.turn = Some(self.queue());
                Ok(())
            }
        }
    }

    fn queue(&self) -> oneshot::Receiver<()> {
        let [number, _] = self.shard;
        self.shards.turns.enqueue(number)
    }

    async fn identify(&mut self) -> Result<(), tokio_websockets::Error> {
        let identify = json!({ "op": OpCode::Identify, "d": {
            "token": self.gateway.token, "intents": self.gateway.intents.bits(), "shard": self.shard,
            "properties": { "os": std::env::consts::OS, "browser": "stoa", "device": "stoa" },
        }});
        self.send(&identify).await
    }

    async fn beat(&mut self, session: Option<&Session>) -> Result<(), tokio_websockets::Error> {
        self.is_alive = false;
        let sequence = session.map(|session| session.sequence);
        let beat = json!({ "op": OpCode::Heartbeat, "d": sequence });
        self.send(&beat).await
    }

    async fn send(&mut self, what: &Value) -> Result<(), tokio_websockets::Error> {
        self.socket.send(Message::text(what.to_string())).await
    }

    /// Closes the connection so that the session can be resumed.
    pub(super) async fn close(&mut self) {
        let closing = async {
            let code = Code::try_from(RESUMABLE).ok();
            // It may be broken already.
            let _ = self.socket.send(Message::close(code, "")).await;
            // Until the other side has closed too: a connection that is dropped before loses the close frame, and with
            // it the session.
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        let _ = tokio::time::timeout(CLOSING, closing).await;
    }
}

fn broken(reason: &str) -> Came {
    Came::End(Ended::Broken(reason.to_owned()))
}

/// A number from 0 to 1 that differs from bot to bot.
fn fraction() -> f64 {
    let nanos = crate::snowflake::now().subsec_nanos();
    f64::from(nanos) / 1e9
}

async fn tick(heartbeat: Option<&mut Interval>) {
    match heartbeat {
        Some(heartbeat) => {
            heartbeat.tick().await;
        }
        None => std::future::pending().await,
    }
}

async fn granted(turn: Option<&mut oneshot::Receiver<()>>) -> bool {
    match turn {
        Some(turn) => turn.await.is_ok(),
        None => std::future::pending().await,
    }
}

/// What a close of the gateway means for the session, and for the next connection.
fn closed(code: u16, reason: &str, session: &mut Option<Session>) -> Ended {
    match CloseCode::try_from(code) {
        Ok(CloseCode::DisallowedIntents) => {
            tracing::error!(
                "Discord does not grant the Message Content intent: switch it on in the developer portal, under Bot"
            );
            Ended::Refused
        }
        Ok(CloseCode::AuthenticationFailed) => {
            tracing::error!("Discord rejects the bot's token: check DISCORD_TOKEN");
            Ended::Refused
        }
        Ok(close) if !close.can_reconnect() => {
            tracing::error!(code, "the gateway refuses the bot: {close}: {reason}");
            Ended::Refused
        }
        close => {
            // These say that the session cannot go on.
            if matches!(
                close,
                Ok(CloseCode::InvalidSequence | CloseCode::SessionTimedOut)
            ) {
                *session = None;
            }
            Ended::Broken(format!("it closed the connection ({code}): {reason}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_says_what_becomes_of_the_session() {
        let begun = || {
            Some(Session {
                id: "s".into(),
                resume_url: "ws://x".into(),
                sequence: 7,
            })
        };
        for (code, refused, resumes) in [
            (1_006, false, true),
            (4_000, false, true),
            (4_009, false, false),
            (4_007, false, false),
            (4_004, true, true),
            (4_014, true, true),
            (4_012, true, true),
        ] {
            let mut session = begun();
            let ended = closed(code, "", &mut session);
            assert_eq!(matches!(ended, Ended::Refused), refused, "{code}");
            assert_eq!(session.is_some(), resumes, "{code}");
        }
    }
}
