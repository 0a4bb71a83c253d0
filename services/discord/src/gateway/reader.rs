//! Reads the events of a shard, over one connection after the other.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use stoa_chat::{Error, Event, command::Incoming, retry::Backoff};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use twilight_model::gateway::ShardId;

use super::{
    At, Closed, Gateway, Item, Items, Session, Shards,
    connection::{Came, Connection, Ended},
    missed::{self, Catcher},
    received::Received,
};
use crate::{
    model::{Channel, Guild},
    place::Place,
    stored::Note,
};

/// How long a gateway that refuses the bot is left alone: a bot has a thousand sessions a day.
const REFUSED: Duration = Duration::from_secs(60);
/// The first wait before another connection, which is one second at least, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A connection that held so long was a good one: the next is not held back for those before it.
const GOOD: Duration = Duration::from_secs(60);

/// Reads a shard's events, and hands them on to its recorder.
pub(super) struct Reader<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) shards: &'a Shards,
    pub(super) id: ShardId,
    /// The session that the next connection goes on with.
    pub(super) session: Option<Session>,
    /// The newest message before which the inbox has all.
    pub(super) seen: &'a AtomicU64,
    pub(super) items: Items,
    pub(super) stop: CancellationToken,
    /// A session that was begun anew has to fetch everything since this message.
    pub(super) missed_since: Option<u64>,
    /// Events that come now happened while nobody was connected: they are sent again until the session is resumed.
    pub(super) replaying: bool,
}

impl Reader<'_> {
    /// Reads until it is told to stop, or the gateway refuses the bot for good.
    pub(super) async fn run(mut self) -> Result<(), Error> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            let began = Instant::now();
            let reason = match self.connection().await {
                // A recorder that has ended has stopped for the same reason, and says why itself.
                Ok(Ended::Stopped) | Err(Closed) => return Ok(()),
                Ok(Ended::Refused) => return self.refused().await,
                Ok(Ended::Broken(reason)) => reason,
            };
            if began.elapsed() > GOOD {
                backoff.reset();
            }
            let shard = self.id.number();
            tracing::info!(shard, "the connection to Discord's gateway ended: {reason}");
            // Whatever ended it: a gateway that hangs up at once would be connected to hundreds of times a second.
            if !backoff.wait(&self.stop).await {
                return Ok(());
            }
        }
    }

    /// Connects, and reads until the connection ends. It fails when the recorder has ended.
    async fn connection(&mut self) -> Result<Ended, Closed> {
        let (gateway, shards) = (self.gateway, self.shards);
        let resume_url = self.session.as_ref().map(|session| &*session.resume_url);
        let dialed = tokio::select! {
            dialed = shards.dialer.dial(resume_url.unwrap_or(&shards.url)) => dialed,
            () = self.stop.cancelled() => return Ok(Ended::Stopped),
        };
        let socket = match dialed {
            Ok(socket) => socket,
            Err(error) => {
                // Where the session was to be resumed may be gone; it is known where one is begun, too.
                if let Some(session) = &mut self.session {
                    session.resume_url = shards.url.as_str().into();
                }
                return Ok(Ended::Broken(error.to_string()));
            }
        };
        self.replaying = self.session.is_some();
        let shard = [self.id.number(), self.id.total()];
        let mut connection = Connection::new(gateway, shards, shard, socket);
        loop {
            let came = tokio::select! {
                came = connection.next(&mut self.session) => came,
                () = self.stop.cancelled() => {
                    connection.close().await;
                    return Ok(Ended::Stopped);
                }
            };
            match came {
                Came::End(ended) => return Ok(ended),
                Came::Event(json) => self.read(&json).await?,
            }
        }
    }

    async fn read(&mut self, json: &str) -> Result<(), Closed> {
        match Received::read(json) {
            Ok(Some(received)) => self.take(received).await,
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::error!("an event cannot be read: {error}");
                Ok(())
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

    /// Hands on what is for the bot of an event.
    async fn take(&mut self, received: Received) -> Result<(), Closed> {
        let (mut events, mut stored, mut message) = (Vec::new(), None, 0);
        match received {
            Received::Ready(guilds) => {
                self.replaying = false;
                self.begun(guilds).await?;
            }
            Received::Resumed => {
                self.replaying = false;
                tracing::info!(shard = self.id.number(), "resumed the session with Discord");
                self.items.send(Item::Resumed).await?;
            }
            Received::Guild(guild) if guild.unavailable => return Ok(()),
            Received::Guild(guild) => self.guild(&guild).await?,
            Received::Thread(thread) => {
                let note = self.gateway.learn_thread(&thread);
                self.learned(note.into_iter().collect()).await?;
            }
            Received::Message(said) => {
                message = said.id.get();
                events = self.gateway.intake.message(&said);
            }
            Received::Edited(said) => events = self.gateway.intake.edited(&said),
            Received::Interaction(interaction) => {
                let (event, told) = self.gateway.interaction(interaction, self.replaying);
                events.extend(event);
                stored = told;
            }
        }
        // Events that are not for the bot move the position too, or all of them would be sent again after a restart.
        let at = self.session.as_ref().map(|session| session.at(message));
        self.happened(at, events, stored).await
    }

    async fn happened(
        &self,
        at: Option<At>,
        events: Vec<Event<Incoming<Place>>>,
        stored: Option<oneshot::Sender<()>>,
    ) -> Result<(), Closed> {
        let happened = Item::Happened { at, events, stored };
        self.items.send(happened).await
    }

    /// Hands on what is to be kept of the servers. It is known already: reading does not wait for where it is kept.
    async fn learned(&self, notes: Vec<Note>) -> Result<(), Closed> {
        if notes.is_empty() {
            return Ok(());
        }
        self.items.send(Item::Learned(notes)).await
    }

    /// A session was begun: what was said since the last one is fetched.
    async fn begun(&mut self, guilds: usize) -> Result<(), Closed> {
        tracing::info!(shard = self.id.number(), "connected to Discord");
        let since = missed::oldest(self.seen.load(Ordering::Relaxed));
        self.missed_since = Some(since);
        // A part for each server, and one for direct messages.
        self.items.send(Item::CatchUp(guilds + 1)).await?;
        self.catch_up(self.gateway.direct.latest(), None, since);
        Ok(())
    }

    async fn guild(&self, guild: &Guild) -> Result<(), Closed> {
        let intake = &self.gateway.intake;
        let own = guild.roles.iter().find(|role| role.is_of(intake.bot));
        let role = own.and_then(|role| intake.roles.learn(guild.id, role.id));
        let threads = guild.threads.iter();
        let threads = threads.filter_map(|thread| self.gateway.learn_thread(thread));
        self.learned(role.into_iter().chain(threads).collect())
            .await?;
        if let Some(since) = self.missed_since {
            let channels = missed::channels(guild, since);
            self.catch_up(channels, Some(guild.id.get()), since);
        }
        Ok(())
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

impl Gateway {
    /// Learns which channel a thread is in, and whether the bot opened it; what is to be kept of it.
    fn learn_thread(&self, thread: &Channel) -> Option<Note> {
        let parent = thread.parent_id?;
        let own = thread.owner_id == Some(self.intake.bot);
        let threads = &self.intake.threads;
        threads.learn(thread.id.get(), parent.get(), own)
    }
}
