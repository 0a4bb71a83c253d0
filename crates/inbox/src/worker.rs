//! Handles what is in the inbox.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_nats::jetstream::{
    AckKind, Message,
    consumer::{AckPolicy, Consumer, pull},
};
use futures::{FutureExt, StreamExt, future::BoxFuture};
use serde::de::DeserializeOwned;
use stoa_kit::{
    metrics::metrics,
    nats::{self, Nats},
};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use crate::{Error, Event, queue::FairQueue};

/// A message is redelivered after this long without an ack or progress.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// How often progress is reported for every message that is held: three times within [`ACK_WAIT`], so that two reports
/// may be lost.
const HEARTBEAT: Duration = Duration::from_secs(8);
/// Most events that one process holds, queued and in progress; the others stay in the stream. Each costs memory and a
/// report of progress every [`HEARTBEAT`].
const MAX_HELD: usize = 2_000;
/// Events of one pull.
const BATCH: usize = 256;
/// When an event that cannot be read is looked at again.
const UNREADABLE: Duration = Duration::from_secs(300);
/// How long one pull waits for events.
const PULL_EXPIRES: Duration = Duration::from_secs(20);
/// The pause between two pulls, as one that fails ends at once.
const PULL_PAUSE: Duration = Duration::from_millis(100);

/// Handles events.
pub trait Handler<B>: Send + Sync + 'static {
    /// Handles one until nothing is left to do: transient errors are retried in here.
    fn handle(
        self: Arc<Self>,
        event: Event<B>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Outcome>;
}

/// How handling an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do: it leaves the inbox.
    Completed,
    /// The process stops: it stays in the inbox for the next holder of the lease.
    Interrupted,
}

/// An event, and the message that is acknowledged for it.
struct Held<B> {
    event: Event<B>,
    message: Message,
}

/// Handles a platform's events until `stop`, at most `at_once` conversations in parallel. Only the holder of the
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
            held: HashMap::new(),
            handler,
            platform,
            at_once,
            stop: stop.clone(),
        };
        worker.run(&mut arrivals).await;
    };
    let (pulled, ()) = tokio::join!(pulling, working);
    pulled
}

/// Makes a consumer for this term of the lease, in place of the previous holder's. What that one held is redelivered
/// at once and in order, and its late acks are ignored.
async fn consumer(nats: &Nats, platform: &str) -> Result<Consumer<pull::Config>, Error> {
    let stream = nats.jetstream.get_stream(nats::INBOX).await;
    let stream = stream.map_err(Error::storage("open the inbox"))?;
    // A work queue has one consumer for a subject at most, so the previous one has to go before there can be a new one.
    let mut names = stream.consumer_names();
    while let Some(name) = names.next().await {
        let name = name.map_err(Error::storage("list the inbox's consumers"))?;
        if name.starts_with(platform) {
            let deleted = stream.delete_consumer(&name).await;
            deleted.map_err(Error::storage("remove the previous consumer"))?;
        }
    }
    let settings = pull::Config {
        // A name of its own: acks are addressed to a consumer, so those of the previous term reach nobody.
        durable_name: Some(format!("{platform}-{}", uuid::Uuid::now_v7().simple())),
        filter_subject: format!("inbox.{platform}.>"),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        // A redelivery means that a process went away, not that the event is bad, so it is never given up.
        max_deliver: -1,
        max_ack_pending: MAX_HELD as i64,
        ..pull::Config::default()
    };
    let created = stream.create_consumer(settings).await;
    created.map_err(Error::storage("make a consumer of the inbox"))
}

async fn pull<B: DeserializeOwned>(
    consumer: Consumer<pull::Config>,
    sender: mpsc::Sender<Held<B>>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    loop {
        let messages = consumer
            .stream()
            .max_messages_per_batch(BATCH)
            .expires(PULL_EXPIRES)
            .messages();
        let mut messages = tokio::select! {
            messages = messages => messages.map_err(Error::storage("pull from the inbox"))?,
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
                    tracing::debug!("a pull from the inbox broke off: {error}");
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
                    // A newer version wrote it, and can read it: it stays for the next term of the lease, and does not
                    // hold up what comes after it.
                    tracing::error!(
                        subject = %message.subject,
                        "this version cannot read an event, which stays in the inbox: {error}"
                    );
                    settle(&message, AckKind::Nak(Some(UNREADABLE))).await;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PULL_PAUSE) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

struct Worker<B, H> {
    queue: FairQueue<Held<B>>,
    running: JoinSet<(String, Outcome)>,
    /// Messages of events that are in progress, by conversation.
    held: HashMap<String, Message>,
    handler: Arc<H>,
    platform: &'static str,
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
        // After a stall one report is enough; a burst of them would say nothing new.
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.start();
            let in_hand = metrics().inbox_in_hand.of([self.platform]);
            in_hand.set(self.running.len() as f64);
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
        // Queued events stay in the inbox. Handlers see the same token and end soon, and are waited for, so that what they
        // finished is acknowledged.
        while let Some(ended) = self.running.join_next().await {
            self.ended(ended).await;
        }
        metrics().inbox_in_hand.of([self.platform]).set(0.0);
        metrics().inbox_queued.of([self.platform]).set(0.0);
    }

    fn start(&mut self) {
        while self.running.len() < self.at_once
            && let Some((conversation, Held { event, message })) = self.queue.pop()
        {
            let span = tracing::info_span!(
                "event",
                platform = self.platform,
                id = %event.id,
                space = %event.space,
                trace = field::Empty
            );
            nats::follow(&span, message.headers.as_ref());
            self.held.insert(conversation.clone(), message);
            let handling = Arc::clone(&self.handler).handle(event, self.stop.child_token());
            self.running.spawn(
                async move {
                    let outcome = AssertUnwindSafe(handling).catch_unwind().await;
                    // It would panic again when it is redelivered, and block its conversation for ever.
                    let outcome = outcome.unwrap_or_else(|_| {
                        tracing::error!("handling an event panicked: it is dropped");
                        Outcome::Completed
                    });
                    (conversation, outcome)
                }
                .instrument(span),
            );
        }
    }

    async fn ended(&mut self, ended: Result<(String, Outcome), JoinError>) {
        let Ok((conversation, outcome)) = ended else {
            // A panic is caught within the task, and nobody aborts it, so this does not happen.
            return;
        };
        if let (Some(message), Outcome::Completed) = (self.held.remove(&conversation), outcome) {
            settle(&message, AckKind::Ack).await;
        }
        self.queue.done(&conversation);
    }

    async fn heartbeat(&self) {
        let queued = self.queue.iter().count() as f64;
        metrics().inbox_queued.of([self.platform]).set(queued);
        let waiting = self.queue.iter().map(|held| &held.message);
        for message in waiting.chain(self.held.values()) {
            settle(message, AckKind::Progress).await;
        }
    }
}

async fn settle(message: &Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        // No harm: it is redelivered, and the record of its delivery says what was already sent.
        tracing::debug!("an event was not acknowledged: {error}");
    }
}
