//! What platforms said, kept until it is answered.
//!
//! An event is in the stream `INBOX` before the platform is told that it was taken, and leaves it when the reply is
//! delivered. Its id keeps it from being taken twice.

mod queue;

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{
    self, AckKind, Message,
    consumer::{AckPolicy, pull},
};
use bytes::Bytes;
use futures::{StreamExt, future::BoxFuture};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use stoa_kit::nats::{self, Nats};
use tokio::{sync::mpsc, task::JoinSet, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use self::queue::FairQueue;
use crate::Error;

/// How long a message waits for a sign of life before it is given out again, and how often one is given.
const ACK_WAIT: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(8);
/// Events that one process holds, waiting and worked on; the others wait in the stream.
const MAX_HELD: usize = 2_000;
/// Events of one pull.
const BATCH: usize = 256;

/// What a platform said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event<B> {
    /// Its id, the same whenever the platform says it again.
    pub id: String,
    /// The space it was said in.
    pub space: String,
    /// Events of one conversation are worked on in order.
    pub conversation: String,
    /// What was said.
    pub body: B,
}

/// Where events of a platform are put.
#[derive(Debug, Clone)]
pub struct Inbox {
    jetstream: jetstream::Context,
    platform: &'static str,
}

impl Inbox {
    /// The inbox of a platform.
    pub fn new(nats: &Nats, platform: &'static str) -> Self {
        Self {
            jetstream: nats.jetstream.clone(),
            platform,
        }
    }

    /// Puts events in, in order. When it returns, they outlive every process; one that was there before is not there
    /// twice.
    pub async fn put<B: Serialize>(&self, events: &[Event<B>]) -> Result<(), Error> {
        let mut acknowledgements = Vec::with_capacity(events.len());
        for event in events {
            let id = format!("{}:{}", self.platform, event.id);
            let payload = serde_json::to_vec(event).map_err(Error::inbox)?;
            let sent = self
                .jetstream
                .publish_with_headers(
                    nats::inbox_subject(self.platform, &event.conversation),
                    nats::headers(Some(&id)),
                    Bytes::from(payload),
                )
                .await
                .map_err(Error::inbox)?;
            acknowledgements.push(sent);
        }
        for acknowledgement in acknowledgements {
            acknowledgement.await.map_err(Error::inbox)?;
        }
        Ok(())
    }
}

/// Works on events.
pub trait Handler<B>: Send + Sync + 'static {
    /// Works on one until it needs no more work, whatever happens to it: an error that can pass is waited out here.
    /// `Unfinished` leaves it in the inbox.
    fn handle(
        self: Arc<Self>,
        event: Event<B>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Fate>;
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Done,
    /// The process stops; another one goes on with it.
    Unfinished,
}

struct Held<B> {
    event: Event<B>,
    message: Message,
}

/// Works on a platform's inbox until it is told to stop, on at most `at_once` conversations. Only the holder of the
/// platform's lease may call it.
pub async fn work<B, H>(
    nats: &Nats,
    platform: &'static str,
    at_once: usize,
    handler: Arc<H>,
    stop: &CancellationToken,
) -> Result<(), Error>
where
    B: DeserializeOwned + Send + Sync + 'static,
    H: Handler<B>,
{
    let (sender, mut arrivals) = mpsc::channel(BATCH);
    let consumer = consumer(nats, platform).await?;
    let stop = &stop.child_token();
    let pulling = async {
        let pulled = pull(consumer, sender, stop).await;
        stop.cancel();
        pulled
    };
    let working = async {
        let mut worker = Worker {
            queue: FairQueue::default(),
            running: JoinSet::new(),
            held: std::collections::HashMap::new(),
            handler,
            at_once,
            stop: stop.clone(),
        };
        worker.run(&mut arrivals).await;
    };
    let (pulled, ()) = tokio::join!(pulling, working);
    pulled
}

/// A consumer of its own for each holder of the lease: what the last one held comes again at once and in order, and
/// acknowledgements that it still sends mean nothing any more.
async fn consumer(
    nats: &Nats,
    platform: &str,
) -> Result<jetstream::consumer::Consumer<pull::Config>, Error> {
    let stream = nats
        .jetstream
        .get_stream(nats::INBOX)
        .await
        .map_err(Error::inbox)?;
    let mut names = stream.consumer_names();
    while let Some(name) = names.next().await {
        let name = name.map_err(Error::inbox)?;
        if name.starts_with(platform) {
            stream.delete_consumer(&name).await.map_err(Error::inbox)?;
        }
    }
    let settings = pull::Config {
        durable_name: Some(format!("{platform}-{}", uuid::Uuid::now_v7().simple())),
        filter_subject: format!("inbox.{platform}.>"),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_deliver: -1,
        max_ack_pending: MAX_HELD as i64,
        ..pull::Config::default()
    };
    stream.create_consumer(settings).await.map_err(Error::inbox)
}

async fn pull<B: DeserializeOwned>(
    consumer: jetstream::consumer::Consumer<pull::Config>,
    sender: mpsc::Sender<Held<B>>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    loop {
        let messages = consumer
            .stream()
            .max_messages_per_batch(BATCH)
            .expires(Duration::from_secs(20))
            .messages();
        let mut messages = tokio::select! {
            messages = messages => messages.map_err(Error::inbox)?,
            () = stop.cancelled() => return Ok(()),
        };
        loop {
            let message = tokio::select! {
                message = messages.next() => message,
                () = stop.cancelled() => return Ok(()),
            };
            let message = match message {
                Some(Ok(message)) => message,
                Some(Err(error)) => {
                    tracing::debug!("the inbox: {error}");
                    break;
                }
                None => break,
            };
            match serde_json::from_slice(&message.payload) {
                Ok(event) => {
                    if sender.send(Held { event, message }).await.is_err() {
                        return Ok(());
                    }
                }
                Err(error) => {
                    tracing::error!(subject = %message.subject, "an event cannot be read and is dropped: {error}");
                    settle(&message, AckKind::Term).await;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

struct Worker<B, H> {
    queue: FairQueue<Held<B>>,
    running: JoinSet<(String, Fate)>,
    /// Messages of events that are worked on, by conversation.
    held: std::collections::HashMap<String, Message>,
    handler: Arc<H>,
    at_once: usize,
    stop: CancellationToken,
}

impl<B, H> Worker<B, H>
where
    B: Send + Sync + 'static,
    H: Handler<B>,
{
    async fn run(&mut self, arrivals: &mut mpsc::Receiver<Held<B>>) {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.start();
            tokio::select! {
                held = arrivals.recv() => match held {
                    Some(held) => {
                        let (space, conversation) = (held.event.space.clone(), held.event.conversation.clone());
                        self.queue.push(&space, &conversation, held);
                    }
                    None => break,
                },
                Some(ended) = self.running.join_next() => self.ended(ended).await,
                _ = heartbeat.tick() => self.heartbeat().await,
                () = self.stop.cancelled() => break,
            }
        }
        // What waits stays in the inbox; what is worked on hears the token too, and ends soon.
        while let Some(ended) = self.running.join_next().await {
            self.ended(ended).await;
        }
    }

    fn start(&mut self) {
        while self.running.len() < self.at_once
            && let Some((conversation, Held { event, message })) = self.queue.pop()
        {
            let span = tracing::info_span!("event", id = %event.id, space = %event.space, trace = field::Empty);
            nats::follow(&span, message.headers.as_ref());
            self.held.insert(conversation.clone(), message);
            let handling = Arc::clone(&self.handler).handle(event, self.stop.child_token());
            self.running.spawn(
                async move {
                    let handling = std::panic::AssertUnwindSafe(handling);
                    let fate = futures::FutureExt::catch_unwind(handling).await;
                    // A defect that an event meets every time must not keep its conversation for ever.
                    let fate = fate.unwrap_or_else(|_| {
                        tracing::error!("working on an event panicked: it is given up");
                        Fate::Done
                    });
                    (conversation, fate)
                }
                .instrument(span),
            );
        }
    }

    async fn ended(&mut self, ended: Result<(String, Fate), tokio::task::JoinError>) {
        let Ok((conversation, fate)) = ended else {
            return;
        };
        if let (Some(message), Fate::Done) = (self.held.remove(&conversation), fate) {
            settle(&message, AckKind::Ack).await;
        }
        self.queue.done(&conversation);
    }

    async fn heartbeat(&self) {
        let waiting = self.queue.iter().map(|held| &held.message);
        for message in waiting.chain(self.held.values()) {
            settle(message, AckKind::Progress).await;
        }
    }
}

async fn settle(message: &Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        // The event comes again, and what was delivered of its reply is known.
        tracing::debug!("an event was not acknowledged: {error}");
    }
}
