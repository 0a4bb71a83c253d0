//! The gateway: Discord's events into the inbox, shard by shard, which processes share. A session is resumed after a restart
//! when the inbox had its events, and what a lost session missed is fetched.

mod connection;
mod dial;
mod direct;
mod identify;
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
use serde::Deserialize;
use stoa_chat::{Error, Event, Inbox, command::Incoming, retry::Backoff};
use stoa_inbox::{Owner, lease::Term};
use stoa_kit::{
    Shutdown,
    metrics::{Queue, Waits},
    nats::Nats,
};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use twilight_http::routing::Route;
use twilight_model::gateway::{Intents, SessionStartLimit, ShardId};

pub(crate) use self::direct::DirectChannels;
use self::{
    dial::Dialer,
    identify::Turns,
    position::{At, Position, Session},
    reader::Reader,
    recorder::Recorder,
};
use crate::{
    NAME, api, choices::Choices, intake::Intake, place::Place, platform::Discord, stored::Note,
};

/// A shard that begins so long after the last look reads again what other processes have written down.
const READ_AGAIN: Duration = Duration::from_secs(2);
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

/// The way of a shard's items to its recorder.
#[derive(Clone)]
struct Items(mpsc::Sender<(Waits, Item)>);

/// The recorder has ended.
struct Closed;

impl Items {
    async fn send(&self, item: Item) -> Result<(), Closed> {
        // Counted before it is sent: what waits for room in the queue waits, too.
        let waiting = (Queue::Gateway.waits(), item);
        self.0.send(waiting).await.map_err(|_| Closed)
    }
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
    /// When what other processes may have written down was read last.
    pub(crate) read_at: Mutex<Instant>,
}

/// What the shards share.
struct Shards {
    /// Where a session is begun.
    url: String,
    /// Say when one may be: a bot has a thousand a day.
    turns: Turns,
    dialer: Dialer,
}

impl Gateway {
    /// Reads this process's share of the shards, each under a lease of its own, until the process stops or the gateway
    /// refuses the bot for good.
    pub(crate) async fn run(
        &self,
        nats: &Nats,
        owner: &Owner,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let Some(recommended) = self.recommended(stop).await else {
            return Ok(());
        };
        let limit = recommended.session_start_limit.unwrap_or(DEFAULT_LIMIT);
        let shards = &Shards {
            url: recommended.url,
            turns: Turns::new(&limit, nats.leases().await?),
            dialer: Dialer::new().map_err(Error::platform("Discord"))?,
        };
        let count = recommended.shards.max(1);
        tracing::info!(shards = count, "connecting to Discord");
        // By how many there are: where Discord recommends another number meanwhile, both hear of everything until all
        // processes have asked it, and the inbox takes each event once.
        let name = format!("discord.shard.{count}");
        let role = |number, term: Term| {
            Box::pin(async move {
                let id = ShardId::new(number, count);
                self.shard(id, shards, &term.stop).await
            })
        };
        stoa_inbox::share(nats, NAME, &name, count, owner, &self.shutdown, role).await
    }

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

    /// Reads what is known of Discord's servers again, as this shard's may have been heard of by another process.
    async fn read_again(&self) -> Result<(), Error> {
        let mut read_at = self.read_at.lock().await;
        if read_at.elapsed() < READ_AGAIN {
            return Ok(());
        }
        self.intake.threads.reload().await?;
        self.intake.roles.reload().await?;
        self.direct.reload().await?;
        *read_at = Instant::now();
        Ok(())
    }

    /// Runs a shard: one task reads its events, another stores them.
    async fn shard(
        &self,
        id: ShardId,
        shards: &Shards,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        self.read_again().await?;
        let key = format!("discord.session.{}.{}", id.total(), id.number());
        let mut position = Position::load(&self.connections, &key).await?;
        if position.seen == 0 {
            // Before the very first session, so that from now on nothing is missed whatever becomes of it.
            position.seen = missed::beginning();
            position.save(&self.connections, &key).await?;
        }
        let (sender, items) = mpsc::channel(WAITING);
        Queue::Gateway.takes(WAITING);
        let seen = AtomicU64::new(position.seen);
        let reader = Reader {
            gateway: self,
            shards,
            id,
            session: position.session(),
            seen: &seen,
            items: Items(sender),
            stop: stop.clone(),
            missed_since: None,
            replaying: false,
        };
        let recorder = Recorder::new(self, key, position, &seen, stop.clone());
        // Apart, so that a slow inbox does not keep the heartbeat waiting: Discord hangs up on a bot that is late with
        // it.
        let (read, ()) = tokio::join!(reader.run(), recorder.run(items));
        read
    }
}
