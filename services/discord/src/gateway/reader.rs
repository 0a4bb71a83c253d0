//! Reads the events of a shard.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use serenity::model::channel::GuildChannel;
use stoa_chat::{Error, Event, command::Incoming};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{
    CloseFrame, Config, Message as Frame, Session, Shard, ShardId, queue::InMemoryQueue,
};
use twilight_model::gateway::CloseCode;

use super::{
    At, Gateway, Item,
    missed::{self, Catcher},
    received::{Guild, Received},
};
use crate::place::Place;

/// How long a gateway that refuses the bot is left alone: a bot has a thousand sessions a day.
const REFUSED: Duration = Duration::from_secs(60);
/// How long closing a connection may take.
const CLOSING: Duration = Duration::from_secs(2);

/// Reads a shard's events, and hands them on to its recorder.
pub(super) struct Reader<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) id: ShardId,
    /// The newest message before which the inbox has all.
    pub(super) seen: &'a AtomicU64,
    pub(super) items: mpsc::Sender<Item>,
    pub(super) stop: CancellationToken,
    /// What a session that was begun anew has to fetch: everything since this message.
    pub(super) missed_since: Option<u64>,
}

/// The id of a session and where it is resumed, as `At` shares them.
#[derive(Clone)]
struct Current {
    session: Arc<str>,
    resume_url: Arc<str>,
}

impl Reader<'_> {
    /// Reads until it is told to stop, or the gateway refuses the bot for good.
    pub(super) async fn run(mut self, config: Config<InMemoryQueue>) -> Result<(), Error> {
        let mut shard = Shard::with_config(self.id, config);
        let mut current = Current {
            session: "".into(),
            resume_url: "".into(),
        };
        loop {
            let frame = tokio::select! {
                frame = shard.next() => frame,
                () = self.stop.cancelled() => {
                    close(&mut shard).await;
                    return Ok(());
                }
            };
            let json = match frame {
                Some(Ok(Frame::Text(json))) => json,
                Some(Ok(Frame::Close(frame))) => {
                    explain(frame.as_ref());
                    continue;
                }
                Some(Err(error)) => {
                    tracing::debug!(shard = self.id.number(), "the gateway: {error}");
                    continue;
                }
                // It refuses for good, and has said why.
                None => return self.refused().await,
            };
            let received = match Received::read(&json) {
                Ok(Some(received)) => received,
                Ok(None) => continue,
                Err(error) => {
                    tracing::error!("an event cannot be read: {error}");
                    continue;
                }
            };
            let at = position(&shard, &mut current);
            if self.take(received, at).await.is_err() {
                return Ok(());
            }
        }
    }

    async fn refused(&self) -> Result<(), Error> {
        tokio::select! {
            () = tokio::time::sleep(REFUSED) => {}
            () = self.stop.cancelled() => {}
        }
        Err(Error::platform("Discord")("the gateway refuses the bot"))
    }

    /// Hands on what is for the bot of an event. It fails when the recorder has ended.
    async fn take(&mut self, received: Received, at: Option<At>) -> Result<(), Ended> {
        let mut at = at;
        let (mut events, mut stored) = (Vec::new(), None);
        match received {
            Received::Ready(ready) => self.begun(ready.guilds.len()).await?,
            Received::Resumed => {
                tracing::info!(shard = self.id.number(), "resumed the session with Discord");
                self.hand_on(Item::Resumed).await?;
            }
            Received::Guild(guild) if guild.unavailable => return Ok(()),
            Received::Guild(guild) => self.guild(&guild).await,
            Received::Thread(thread) => self.gateway.know_thread(&thread).await,
            Received::Message(message) => {
                if let Some(at) = &mut at {
                    at.message = message.id.get();
                }
                events = self.gateway.intake.message(&message);
            }
            Received::Interaction(interaction, written) => {
                let (event, told) = self.gateway.interaction(*interaction, written);
                events.extend(event);
                stored = told;
            }
        }
        self.happened(at, events, stored).await
    }

    async fn happened(
        &self,
        at: Option<At>,
        events: Vec<Event<Incoming<Place>>>,
        stored: Option<oneshot::Sender<()>>,
    ) -> Result<(), Ended> {
        self.hand_on(Item::Happened { at, events, stored }).await
    }

    async fn hand_on(&self, item: Item) -> Result<(), Ended> {
        self.items.send(item).await.map_err(|_| Ended)
    }

    /// A session was begun: what was said since the last one is fetched.
    async fn begun(&mut self, guilds: usize) -> Result<(), Ended> {
        tracing::info!(shard = self.id.number(), "connected to Discord");
        let since = missed::oldest(self.seen.load(Ordering::Relaxed));
        self.missed_since = Some(since);
        // A part for each server, and one for direct messages.
        self.hand_on(Item::CatchUp(guilds + 1)).await?;
        self.catch_up(self.gateway.direct.latest(), None, since);
        Ok(())
    }

    async fn guild(&self, guild: &Guild) {
        for thread in &guild.threads {
            self.gateway.know_thread(thread).await;
        }
        if let Some(since) = self.missed_since {
            let channels = missed::channels(guild, since);
            self.catch_up(channels, Some(guild.id.get()), since);
        }
    }

    fn catch_up(&self, channels: Vec<u64>, guild: Option<u64>, since: u64) {
        let catcher = Catcher {
            http: Arc::clone(&self.gateway.discord.http),
            intake: self.gateway.intake.clone(),
            items: self.items.clone(),
            guild,
            since,
        };
        let stop = self.stop.clone();
        let catching = async move { catcher.run(channels, &stop).await };
        self.gateway.shutdown.spawn("missed messages", catching);
    }
}

/// The recorder has ended.
struct Ended;

impl Gateway {
    /// Remembers which channel a thread is in, and whether the bot opened it.
    async fn know_thread(&self, thread: &GuildChannel) {
        if let Some(parent) = thread.parent_id {
            let own = thread.owner_id == Some(self.intake.bot);
            let threads = &self.intake.threads;
            threads.know(thread.id.get(), parent.get(), own).await;
        }
    }
}

/// Where the session of a shard is.
fn position(shard: &Shard<InMemoryQueue>, current: &mut Current) -> Option<At> {
    let session = shard.session()?;
    let resume_url = shard.resume_url().unwrap_or_default();
    if *current.session != *session.id() || *current.resume_url != *resume_url {
        *current = Current {
            session: session.id().into(),
            resume_url: resume_url.into(),
        };
    }
    Some(At {
        session: Arc::clone(&current.session),
        resume_url: Arc::clone(&current.resume_url),
        sequence: Session::sequence(session),
        message: 0,
    })
}

/// Closes the connection so that the session can be resumed.
async fn close(shard: &mut Shard<InMemoryQueue>) {
    shard.close(CloseFrame::RESUME);
    let closed = async {
        while let Some(Ok(frame)) = shard.next().await {
            if frame.is_close() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(CLOSING, closed).await;
}

fn explain(frame: Option<&CloseFrame<'_>>) {
    let Some(frame) = frame else {
        return;
    };
    match CloseCode::try_from(frame.code) {
        Ok(CloseCode::DisallowedIntents) => tracing::error!(
            "Discord does not grant the Message Content intent: switch it on in the developer portal, under Bot"
        ),
        Ok(CloseCode::AuthenticationFailed) => {
            tracing::error!("Discord rejects the bot's token: check DISCORD_TOKEN");
        }
        _ => tracing::info!(
            code = frame.code,
            "the gateway closed the connection: {}",
            frame.reason
        ),
    }
}
