//! The gateway: Discord's events into the inbox. A session is resumed after a restart when the inbox had its events, and
//! what a lost session missed is fetched.

mod connection;
mod dial;
mod direct;
mod interactions;
mod missed;
mod position;
mod reader;
mod received;
mod recorder;

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use async_nats::jetstream::kv::Store;
use futures::future::join_all;
use serde::Deserialize;
use stoa_chat::{Error, Event, Inbox, command::Incoming, frontend::EventSource, retry::Backoff};
use stoa_kit::Shutdown;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use twilight_gateway_queue::InMemoryQueue;
use twilight_http::routing::Route;
use twilight_model::gateway::{Intents, SessionStartLimit, ShardId};

pub(crate) use self::direct::DirectChannels;
use self::{
    dial::Dialer,
    position::{At, Position, Session},
    reader::Reader,
    recorder::Recorder,
};
use crate::{api, choices::Choices, intake::Intake, place::Place, platform::Discord, stored::Note};

/// Events that wait for the inbox.
const WAITING: usize = 1_024;

/// How to connect, as Discord recommends it.
#[derive(Debug, Deserialize)]
struct Recommended {
    url: String,
    #[serde(default)]
    shards: u32,
    session_start_limit: Option<SessionStartLimit>,
}

/// Sessions that may be begun where a server does not say it: what Discord grants a small bot.
const DEFAULT_LIMIT: SessionStartLimit = SessionStartLimit {
    max_concurrency: 1,
    remaining: 1_000,
    reset_after: 0,
    total: 1_000,
};

/// Waits between attempts at Discord, or at the inbox.
fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(500), Duration::from_secs(30))
}

/// What the reader of a shard hands on to its recorder.
enum Item {
    /// Something that happened, and what of it is for the bot.
    Happened {
        at: Option<At>,
        events: Vec<Event<Incoming<Place>>>,
        /// Told when the inbox has it.
        stored: Option<oneshot::Sender<()>>,
    },
    /// Something was learned about the servers, which is known already and to be kept.
    Learned(Vec<Note>),
    /// A session began: so many parts of what was missed will be fetched.
    CatchUp(usize),
    /// A session was resumed.
    Resumed,
    /// A part of what was missed has been fetched, and came before this.
    CaughtUp,
}

pub(crate) struct Gateway {
    pub(crate) token: String,
    pub(crate) intents: Intents,
    pub(crate) discord: Arc<Discord>,
    pub(crate) intake: Intake,
    pub(crate) inbox: Inbox,
    pub(crate) connections: Store,
    pub(crate) direct: DirectChannels,
    pub(crate) choices: Choices,
    pub(crate) shutdown: Shutdown,
}

/// What the shards share.
struct Shards {
    /// Where a session is begun.
    url: String,
    /// Says when one may be: a bot has a thousand a day.
    queue: InMemoryQueue,
    dialer: Dialer,
}

impl EventSource for Gateway {
    async fn run(&self, stop: &CancellationToken) -> Result<(), Error> {
        let Some(recommended) = self.recommended(stop).await else {
            return Ok(());
        };
        let limit = recommended.session_start_limit.unwrap_or(DEFAULT_LIMIT);
        let shards = &Shards {
            url: recommended.url,
            queue: InMemoryQueue::new(
                limit.max_concurrency,
                limit.remaining.min(limit.total),
                Duration::from_millis(limit.reset_after),
                limit.total,
            ),
            dialer: Dialer::new().map_err(Error::platform("Discord"))?,
        };
        let count = recommended.shards.max(1);
        tracing::info!(shards = count, "connecting to Discord");
        let stop = &stop.child_token();
        let running = (0..count).map(|number| async move {
            let ended = self.shard(ShardId::new(number, count), shards, stop).await;
            // One that is refused for good takes the others along.
            stop.cancel();
            ended
        });
        join_all(running).await.into_iter().collect()
    }
}

impl Gateway {
    /// How to connect; `None` when the process stops before Discord answers.
    async fn recommended(&self, stop: &CancellationToken) -> Option<Recommended> {
        let mut backoff = backoff();
        loop {
            let asked = api::get(&self.discord.http, &Route::GetGatewayBot);
            let error = tokio::select! {
                asked = asked => match asked {
                    Ok(recommended) => return Some(recommended),
                    Err(error) => error,
                },
                () = stop.cancelled() => return None,
            };
            tracing::warn!("Discord does not say where its gateway is: {error}");
            if !backoff.wait(stop).await {
                return None;
            }
        }
    }

    /// Runs a shard: one task reads its events, another stores them.
    async fn shard(
        &self,
        id: ShardId,
        shards: &Shards,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let key = format!("discord.session.{}.{}", id.total(), id.number());
        let mut position = Position::load(&self.connections, &key).await?;
        if position.seen == 0 {
            // Before the very first session, so that from now on nothing is missed whatever becomes of it.
            position.seen = missed::beginning();
            position.save(&self.connections, &key).await?;
        }
        let (sender, items) = mpsc::channel(WAITING);
        let seen = AtomicU64::new(position.seen);
        let reader = Reader {
            gateway: self,
            shards,
            id,
            session: position.session(),
            seen: &seen,
            items: sender,
            stop: stop.clone(),
            missed_since: None,
        };
        let recorder = Recorder::new(self, key, position, &seen, stop.clone());
        let (read, ()) = tokio::join!(reader.run(), recorder.run(items));
        read
    }
}
