//! The gateway: Discord's events into the inbox. A session goes on after a restart where the inbox had its events, and
//! what a lost session missed is fetched.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_nats::jetstream::kv::Store;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use stoa_chat::{Error, Inbox, event::Said, inbox::Event};
use stoa_kit::Shutdown;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{
    CloseFrame, Config, ConfigBuilder, Event as Received, EventTypeFlags, Intents, Session, Shard,
    ShardId, StreamExt, error::ReceiveMessageErrorType, queue::InMemoryQueue,
};
use twilight_http::{Client, routing::Route};
use twilight_model::{
    application::interaction::{Interaction, InteractionType},
    channel::{Channel, Message},
    gateway::{SessionStartLimit, payload::incoming::GuildCreate},
    guild::Guild,
};

use crate::{
    acknowledge::{Choices, acknowledge},
    failure::{Failure, call},
    intake::Intake,
    missed::{self, DirectChannels},
    place::Place,
    platform::Discord,
};

/// Events that wait to be put into the inbox, and those that are put at once.
const WAITING: usize = 1_024;
const BATCH: usize = 256;
/// How often it is written down where a session is.
const NOTED: Duration = Duration::from_secs(1);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a gateway that refuses the bot is left alone: there are a thousand sessions in a day.
const REFUSED: Duration = Duration::from_secs(60);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// The privileged intents that the bot asks for are not granted.
const DISALLOWED_INTENTS: u16 = 4_014;
const AUTHENTICATION_FAILED: u16 = 4_004;

/// Events that are read.
fn wanted() -> EventTypeFlags {
    EventTypeFlags::READY
        | EventTypeFlags::RESUMED
        | EventTypeFlags::GUILD_CREATE
        | EventTypeFlags::THREAD_CREATE
        | EventTypeFlags::THREAD_UPDATE
        | EventTypeFlags::MESSAGE_CREATE
        | EventTypeFlags::INTERACTION_CREATE
}

/// How to connect, as Discord recommends it.
#[derive(Debug, Deserialize)]
struct Recommended {
    url: String,
    #[serde(default)]
    shards: u32,
    session_start_limit: Option<SessionStartLimit>,
}

/// Sessions that may be begun where a server does not say it: what Discord grants a small bot.
const UNSAID: SessionStartLimit = SessionStartLimit {
    max_concurrency: 1,
    remaining: 1_000,
    reset_after: 0,
    total: 1_000,
};

/// Where a session is, kept over restarts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Position {
    session: String,
    sequence: u64,
    resume_url: String,
    /// The newest message that the inbox has, and before which it has all.
    seen: u64,
    /// What was missed before the session is not all in the inbox yet.
    #[serde(default)]
    behind: bool,
}

/// What the reader of a shard hands on.
enum Item {
    /// Something that happened, and what of it is for the bot.
    Happened {
        position: Option<At>,
        events: Vec<Event<Said<Place>>>,
        /// Told when the inbox has it.
        taken: Option<oneshot::Sender<()>>,
    },
    /// A session began: so many parts of what was missed will be fetched.
    CatchUp(usize),
    /// A session goes on.
    Resumed,
    /// A part of what was missed has been fetched, and came before this.
    CaughtUp,
}

/// Where in a session something happened.
struct At {
    session: Arc<str>,
    resume_url: Arc<str>,
    sequence: u64,
    message: u64,
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

impl Gateway {
    /// Takes events until it is told to stop.
    pub(crate) async fn run(&self, stop: &CancellationToken) -> Result<(), Error> {
        let Some(info) = self.info(stop).await else {
            return Ok(());
        };
        let limit = info.session_start_limit.unwrap_or(UNSAID);
        let queue = InMemoryQueue::new(
            limit.max_concurrency,
            limit.remaining.min(limit.total),
            Duration::from_millis(limit.reset_after),
            limit.total,
        );
        tracing::info!(shards = info.shards, "connecting to Discord");
        let stop = &stop.child_token();
        let shards = (0..info.shards.max(1)).map(|number| {
            let (queue, url) = (queue.clone(), info.url.clone());
            async move {
                let id = ShardId::new(number, info.shards.max(1));
                let builder = ConfigBuilder::new(self.token.clone(), self.intents)
                    .queue(queue)
                    .proxy_url(url);
                let ended = self.shard(id, builder, stop).await;
                // One that is refused for good takes the others along.
                stop.cancel();
                ended
            }
        });
        join_all(shards).await.into_iter().collect()
    }

    /// How to connect, as Discord recommends it.
    async fn info(&self, stop: &CancellationToken) -> Option<Recommended> {
        let mut wait = FIRST_WAIT;
        loop {
            let asked = call(&self.discord.http, &Route::GetGatewayBot, None);
            let failure: Failure = tokio::select! {
                asked = asked => match asked {
                    Ok(info) => return Some(info),
                    Err(failure) => failure,
                },
                () = stop.cancelled() => return None,
            };
            tracing::warn!("Discord does not say where its gateway is: {failure}");
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = stop.cancelled() => return None,
            }
        }
    }

    async fn shard(
        &self,
        id: ShardId,
        builder: ConfigBuilder<InMemoryQueue>,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let key = format!("discord.session.{}.{}", id.total(), id.number());
        let mut position = self.position(&key).await?;
        if position.seen == 0 {
            // Before the first session of all, so that what is said from now on is not missed whatever happens to it.
            position.seen = missed::beginning();
            self.note(&key, &position).await?;
        }
        // A new session fetches again what was missed.
        let builder = if position.session.is_empty() || position.behind {
            builder
        } else {
            builder
                .session(Session::new(position.sequence, position.session.clone()))
                .resume_url(position.resume_url.clone())
        };
        let (sender, items) = mpsc::channel(WAITING);
        let seen = AtomicU64::new(position.seen);
        let taking = self.take(key, position, &seen, items, stop);
        let reading = self.read(id, builder.build(), &seen, sender, stop);
        let (read, ()) = tokio::join!(reading, taking);
        read
    }

    async fn position(&self, key: &str) -> Result<Position, Error> {
        let found = self.connections.get(key).await.map_err(Error::inbox)?;
        Ok(found
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    async fn read(
        &self,
        id: ShardId,
        config: Config<InMemoryQueue>,
        seen: &AtomicU64,
        sender: mpsc::Sender<Item>,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let mut shard = Shard::with_config(id, config);
        let mut session = (Arc::<str>::from(""), Arc::<str>::from(""));
        // What a fresh session has to fetch: everything since this message.
        let mut missed = None;
        loop {
            let received = tokio::select! {
                received = shard.next_event(wanted()) => received,
                () = stop.cancelled() => {
                    farewell(&mut shard).await;
                    return Ok(());
                }
            };
            let received = match received {
                Some(Ok(received)) => received,
                Some(Err(error)) => {
                    if let ReceiveMessageErrorType::Deserializing { .. } = error.kind() {
                        let source = error.source().map(ToString::to_string);
                        tracing::error!("an event cannot be read: {}", source.unwrap_or_default());
                    } else {
                        tracing::debug!(shard = id.number(), "the gateway: {error}");
                    }
                    continue;
                }
                None => {
                    // It refuses for good, and has said why.
                    tokio::select! {
                        () = tokio::time::sleep(REFUSED) => {}
                        () = stop.cancelled() => {}
                    }
                    return Err(Error::Platform(
                        "Discord's gateway refuses the bot".to_owned(),
                    ));
                }
            };
            if let (Some(open), Some(url)) = (shard.session(), shard.resume_url())
                && (*session.0 != *open.id() || *session.1 != *url)
            {
                session = (open.id().into(), url.into());
            }
            let sequence = shard.session().map(Session::sequence);
            let at = |message: u64| {
                Some(At {
                    session: Arc::clone(&session.0),
                    resume_url: Arc::clone(&session.1),
                    sequence: sequence?,
                    message,
                })
            };
            let happened = |position, events: Vec<_>, taken| Item::Happened {
                position,
                events,
                taken,
            };
            let item = match received {
                Received::Ready(ready) => {
                    tracing::info!(shard = id.number(), "connected to Discord");
                    let since = missed::oldest(seen.load(Ordering::Relaxed));
                    missed = Some(since);
                    // A part for each server, and one for direct messages.
                    let parts = ready.guilds.len() + 1;
                    if sender.send(Item::CatchUp(parts)).await.is_err() {
                        return Ok(());
                    }
                    self.fetch(self.direct.latest(), None, since, &sender, stop);
                    happened(at(0), Vec::new(), None)
                }
                Received::Resumed => {
                    tracing::info!(shard = id.number(), "the session with Discord goes on");
                    if sender.send(Item::Resumed).await.is_err() {
                        return Ok(());
                    }
                    happened(at(0), Vec::new(), None)
                }
                Received::GuildCreate(guild) => {
                    let GuildCreate::Available(guild) = *guild else {
                        continue;
                    };
                    self.know_threads(&guild).await;
                    if let Some(since) = missed {
                        let channels = missed::channels(&guild, since);
                        self.fetch(channels, Some(guild.id.get()), since, &sender, stop);
                    }
                    happened(at(0), Vec::new(), None)
                }
                Received::ThreadCreate(thread) => {
                    self.know_thread(&thread).await;
                    happened(at(0), Vec::new(), None)
                }
                Received::ThreadUpdate(thread) => {
                    self.know_thread(&thread).await;
                    happened(at(0), Vec::new(), None)
                }
                Received::MessageCreate(message) => {
                    happened(at(message.id.get()), self.intake.message(&message), None)
                }
                Received::InteractionCreate(interaction) => {
                    let position = at(0);
                    let (event, taken) = self.interaction(Box::new(interaction.0));
                    happened(position, event.into_iter().collect(), taken)
                }
                Received::GatewayClose(frame) => {
                    explain(frame.as_ref());
                    continue;
                }
                _ => continue,
            };
            if sender.send(item).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Begins to acknowledge an interaction.
    fn interaction(
        &self,
        interaction: Box<Interaction>,
    ) -> (Option<Event<Said<Place>>>, Option<oneshot::Sender<()>>) {
        let http = Arc::clone(&self.discord.http);
        if interaction.kind == InteractionType::ApplicationCommandAutocomplete {
            let choices = self.choices.clone();
            self.shutdown
                .spawn("choices", choices.answer(http, interaction));
            return (None, None);
        }
        let Some(reading) = self.intake.interaction(&interaction) else {
            return (None, None);
        };
        let opening = self.discord.opening(interaction.id.get());
        let (taken, waiting) = match reading.event {
            Some(_) => {
                let (taken, waiting) = oneshot::channel();
                (Some(taken), Some(waiting))
            }
            None => (None, None),
        };
        let id = interaction.id.get();
        self.shutdown.spawn("acknowledgement", async move {
            let how = reading.acknowledgement;
            acknowledge(http, id, interaction.token, how, waiting).await;
            drop(opening);
        });
        (reading.event, taken)
    }

    /// Fetches what was said in channels while nobody listened.
    fn fetch(
        &self,
        channels: Vec<u64>,
        guild: Option<u64>,
        since: u64,
        sender: &mpsc::Sender<Item>,
        stop: &CancellationToken,
    ) {
        let (http, intake) = (Arc::clone(&self.discord.http), self.intake.clone());
        let (sender, stop) = (sender.clone(), stop.clone());
        self.shutdown.spawn("missed messages", async move {
            let fetching = async {
                let mut found = 0;
                for channel in channels {
                    for message in persist(&http, channel, guild, since).await {
                        let events = intake.message(&message);
                        found += events.len();
                        let item = Item::Happened {
                            position: None,
                            events,
                            taken: None,
                        };
                        if sender.send(item).await.is_err() {
                            return;
                        }
                    }
                }
                if found > 0 {
                    tracing::info!(found, "somebody spoke to the bot while it was away");
                }
                // The shard may have ended.
                let _ = sender.send(Item::CaughtUp).await;
            };
            tokio::select! {
                () = fetching => {}
                // It was not written down that they were read: the next start reads them.
                () = stop.cancelled() => {}
            }
        });
    }

    async fn know_threads(&self, guild: &Guild) {
        for thread in &guild.threads {
            self.know_thread(thread).await;
        }
    }

    async fn know_thread(&self, thread: &Channel) {
        if let Some(parent) = thread.parent_id {
            let own = thread.owner_id == Some(self.intake.id);
            let threads = &self.intake.threads;
            threads.know(thread.id.get(), parent.get(), own).await;
        }
    }

    /// Puts what happened into the inbox, and writes down how far the session is.
    async fn take(
        &self,
        key: String,
        mut position: Position,
        seen: &AtomicU64,
        mut items: mpsc::Receiver<Item>,
        stop: &CancellationToken,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut noted = Instant::now();
        let mut is_new = false;
        // Until what was missed is in the inbox, the newest message says nothing.
        let mut newest = position.seen;
        let mut missing = None;
        loop {
            let left = NOTED.saturating_sub(noted.elapsed());
            let ended = tokio::select! {
                count = items.recv_many(&mut batch, BATCH) => count == 0,
                () = tokio::time::sleep(left), if is_new => false,
            };
            if !batch.is_empty() {
                let mut events = Vec::new();
                let mut waiting = Vec::new();
                let mut last = None;
                for item in batch.drain(..) {
                    match item {
                        Item::Happened {
                            position,
                            events: more,
                            taken,
                        } => {
                            events.extend(more);
                            waiting.extend(taken);
                            last = position.or(last);
                            if let Some(At { message, .. }) = &last {
                                newest = newest.max(*message);
                            }
                        }
                        Item::CatchUp(parts) => {
                            missing = Some(parts);
                            position.behind = true;
                        }
                        Item::Resumed => missing = missing.or(Some(0)),
                        Item::CaughtUp => missing = missing.map(|left| left.saturating_sub(1)),
                    }
                }
                if !self.put(&events, stop).await {
                    return;
                }
                for taken in waiting {
                    let _ = taken.send(());
                }
                for event in &events {
                    let place = &event.body.place;
                    if let (None, Some(message)) = (place.guild, place.reply_to) {
                        self.direct.wrote(place.channel, message).await;
                    }
                }
                if let Some(at) = last {
                    is_new = true;
                    position.sequence = at.sequence;
                    if *position.session != *at.session {
                        position.session = at.session.to_string();
                    }
                    position.resume_url = at.resume_url.to_string();
                }
                if missing == Some(0) {
                    is_new |= position.behind;
                    position.behind = false;
                    position.seen = newest;
                    seen.store(newest, Ordering::Relaxed);
                }
            }
            if is_new && (ended || noted.elapsed() >= NOTED) {
                if let Err(error) = self.note(&key, &position).await {
                    // Discord says more of it again after a restart, and the inbox knows what it had.
                    tracing::debug!("the session was not written down: {error}");
                }
                (noted, is_new) = (Instant::now(), false);
            }
            if ended {
                return;
            }
        }
    }

    async fn note(&self, key: &str, position: &Position) -> Result<(), Error> {
        let value = serde_json::to_vec(position).map_err(Error::inbox)?;
        let noted = self.connections.put(key, value.into()).await;
        noted.map(|_| ()).map_err(Error::inbox)
    }

    /// `false` when the process stops before the inbox has them.
    async fn put(&self, events: &[Event<Said<Place>>], stop: &CancellationToken) -> bool {
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.inbox.put(events).await {
            tracing::warn!("events wait: {error}");
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = stop.cancelled() => return false,
            }
        }
        true
    }
}

/// What was said in a channel since, however often Discord does not answer.
async fn persist(http: &Client, channel: u64, guild: Option<u64>, since: u64) -> Vec<Message> {
    let mut wait = FIRST_WAIT;
    loop {
        match missed::messages(http, channel, guild, since).await {
            Ok(messages) => return messages,
            Err(failure) => {
                tracing::warn!(channel, "what was missed is not read yet: {failure}");
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Leaves so that the session can go on.
async fn farewell(shard: &mut Shard<InMemoryQueue>) {
    shard.close(CloseFrame::RESUME);
    let closed = async {
        while let Some(Ok(event)) = shard.next_event(EventTypeFlags::empty()).await {
            if matches!(event, Received::GatewayClose(_)) {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(FAREWELL, closed).await;
}

fn explain(frame: Option<&twilight_gateway::CloseFrame<'_>>) {
    let Some(frame) = frame else {
        return;
    };
    match frame.code {
        DISALLOWED_INTENTS => tracing::error!(
            "Discord does not grant the Message Content intent: switch it on in the developer portal, under Bot"
        ),
        AUTHENTICATION_FAILED => {
            tracing::error!("Discord does not know the bot's token: check DISCORD_TOKEN");
        }
        code => tracing::info!(code, "the gateway closed the connection: {}", frame.reason),
    }
}
