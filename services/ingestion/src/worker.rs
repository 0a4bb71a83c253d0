//! Takes jobs off the queue and works on them.

mod conclude;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_nats::jetstream::{
    self, AckKind, Message,
    consumer::{AckPolicy, Consumer, pull},
    context::GetStreamError,
    stream::ConsumerError,
};
use futures::{FutureExt, StreamExt};
use stoa_kit::{
    Shutdown, config, metrics::metrics, nats, retry, shutdown::panic_message, telemetry,
};
use thiserror::Error;
use tokio::{
    sync::{Notify, Semaphore},
    time::MissedTickBehavior,
};
use tracing::{Instrument, field};
use uuid::Uuid;

use crate::{
    SERVICE,
    job::Stage,
    pipeline::{Failure, Pipeline},
    store::{Lease, Store},
};

/// The work queue cannot be read.
#[derive(Debug, Error)]
pub enum QueueError {
    /// Its stream is not there, or NATS does not answer.
    #[error(transparent)]
    Stream(#[from] GetStreamError),
    /// NATS refuses the consumer.
    #[error("the consumer of JOBS cannot be made: {0}")]
    Consumer(#[from] ConsumerError),
}

/// Name of the queue's consumer, shared by all replicas.
const CONSUMER: &str = "ingestion";
/// How long a message waits for a sign of life before it is given to another worker.
const ACK_WAIT: Duration = Duration::from_secs(10);
/// How often a sign of life is given: well within the lease and the wait for it.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// How long a call for a message waits at the server. It is made again when nothing came.
const PULL_EXPIRY: Duration = Duration::from_secs(20);
/// Between two calls, so that a server that ends them at once is not flooded.
const PULL_PAUSE: Duration = Duration::from_millis(100);
/// The most that a job waits that cannot be taken now.
const AGAIN: Duration = Duration::from_millis(1_500);
/// Waits for a work queue that does not answer.
const FIRST_PULL: Duration = Duration::from_secs(1);
const LONGEST_PULL: Duration = Duration::from_secs(15);

/// Workers of this process.
#[derive(Clone)]
pub(crate) struct Worker {
    pipeline: Arc<Pipeline>,
    store: Store,
    workers: u32,
    /// A permit a worker. A job that may have ended the process before takes all of them: it is worked on alone, so that it
    /// takes nobody along should it do so again.
    room: Arc<Semaphore>,
    max_attempts: u32,
    wake: Arc<Notify>,
}

/// What is done with a job's message.
enum Disposition {
    /// It is acknowledged: the job has ended.
    Acknowledge,
    /// It comes again after a while.
    Redeliver(Duration),
}

impl Worker {
    pub(crate) fn new(
        pipeline: Arc<Pipeline>,
        store: Store,
        settings: &config::Ingestion,
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            pipeline,
            store,
            workers: u32::try_from(settings.workers).unwrap_or(u32::MAX),
            room: Arc::new(Semaphore::new(settings.workers)),
            max_attempts: settings.max_attempts,
            wake,
        }
    }

    pub(crate) async fn start(
        self,
        jetstream: &jetstream::Context,
        shutdown: &Shutdown,
    ) -> Result<(), QueueError> {
        let stream = jetstream.get_stream(nats::JOBS).await?;
        let settings = pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            // The job's own attempts decide when it is given up, with a reason.
            max_deliver: -1,
            max_ack_pending: 10_000,
            ..pull::Config::default()
        };
        let consumer = stream.create_consumer(settings).await?;
        for _ in 0..self.workers {
            let (worker, consumer, stop) = (self.clone(), consumer.clone(), shutdown.clone());
            shutdown.spawn_vital(SERVICE, "an ingestion worker", move || {
                let (worker, consumer, stop) = (worker.clone(), consumer.clone(), stop.clone());
                async move { worker.run(&consumer, &stop).await }
            });
        }
        Ok(())
    }

    async fn run(&self, consumer: &Consumer<pull::Config>, shutdown: &Shutdown) {
        let mut backoff = retry::Backoff::new(FIRST_PULL, LONGEST_PULL);
        loop {
            let messages = consumer
                .stream()
                // A worker has one job at a time: what it took ahead would wait while others are idle.
                .max_messages_per_batch(1)
                .expires(PULL_EXPIRY)
                .messages();
            let mut messages = match messages.await {
                Ok(messages) => messages,
                Err(error) => {
                    tracing::warn!("the work queue does not answer: {error}");
                    if pause(backoff.next_wait(), shutdown).await {
                        continue;
                    }
                    return;
                }
            };
            backoff.reset();
            loop {
                let message = tokio::select! {
                    message = messages.next() => message,
                    () = shutdown.stopping() => return,
                };
                match message {
                    Some(Ok(message)) => self.take(&message, shutdown).await,
                    Some(Err(error)) => {
                        tracing::debug!("the work queue: {error}");
                        break;
                    }
                    None => break,
                }
                if shutdown.is_stopping() {
                    return;
                }
            }
            if !pause(PULL_PAUSE, shutdown).await {
                return;
            }
        }
    }

    async fn take(&self, message: &Message, shutdown: &Shutdown) {
        // Nothing but this service writes to the queue, and what it never wrote it can never work on.
        let Ok(job) = Uuid::from_slice(&message.payload) else {
            tracing::error!(subject = %message.subject, "a message in the work queue names no job: it is dropped");
            settle(message, AckKind::Term).await;
            return;
        };
        // Boxed: the future holds a whole pipeline, and the loop that awaits it would grow by that.
        let disposition = Box::pin(self.look(job, message, shutdown)).await;
        settle(
            message,
            match disposition {
                Disposition::Acknowledge => AckKind::Ack,
                Disposition::Redeliver(wait) => AckKind::Nak(Some(wait)),
            },
        )
        .await;
    }

    /// A message says that there is something to do, and which job it is sent for. The job that is worked on is the one
    /// whose turn it is; the message goes when its own job has ended, and calls again until then, so that every job that is
    /// open has a message.
    async fn look(&self, named: Uuid, message: &Message, shutdown: &Shutdown) -> Disposition {
        match self.store.has_ended(named).await {
            Ok(true) => return Disposition::Acknowledge,
            Ok(false) => {}
            Err(error) => return unanswered(&error),
        }
        let suspect = match self.store.cut_short().await {
            Ok(suspect) => suspect,
            Err(error) => return unanswered(&error),
        };
        // All permits: the one that may end the process again waits until nothing else would go down with it.
        let room = if suspect.is_some() { self.workers } else { 1 };
        // Taken before the lease, which would count as an attempt should another suspect end the process meanwhile.
        let _room = tokio::select! {
            room = self.room.acquire_many(room) => room,
            // It never ends.
            () = keep(message) => return Disposition::Redeliver(again()),
            () = shutdown.stopping() => return Disposition::Redeliver(Duration::ZERO),
        };
        let leased = match suspect {
            Some(job) => self.store.lease(job, self.max_attempts).await,
            None => self.store.lease_next(self.max_attempts).await,
        };
        let (worked_on, disposition) = match leased {
            Ok(Some(lease)) => {
                let span = tracing::info_span!("job", job = %lease.job, trace = field::Empty);
                // Whoever asked for it, and not the message, which may be that of another job.
                telemetry::go_on(&span, lease.trace.as_deref());
                let in_hand = metrics().jobs_in_hand.of([]);
                in_hand.inc();
                let holding = self.hold(&lease, message, shutdown).instrument(span);
                let disposition = Box::pin(holding).await;
                in_hand.dec();
                (lease.job, disposition)
            }
            Ok(None) => {
                let job = suspect.unwrap_or(named);
                (job, self.pass_by(job).await)
            }
            Err(error) => return unanswered(&error),
        };
        // At once: its own job is still open, and this worker is free again.
        if worked_on == named {
            disposition
        } else {
            Disposition::Redeliver(Duration::ZERO)
        }
    }

    /// Works on a job under its lease.
    async fn hold(&self, lease: &Lease, message: &Message, shutdown: &Shutdown) -> Disposition {
        // What is not the first to end is dropped where it waits. No harm is done: a stage can be repeated, and without
        // the lease it cannot record anything.
        tokio::select! {
            result = self.work(lease) => self.conclude(lease, result).await,
            failure = self.keep_alive(lease) => self.conclude(lease, Err(failure)).await,
            // It never ends.
            () = keep(message) => Disposition::Redeliver(again()),
            () = shutdown.stopping() => {
                // A job that cannot be given back is taken over when the lease has run out.
                if let Err(error) = self.store.release(lease).await {
                    tracing::warn!(%error, "the job could not be given back");
                }
                Disposition::Redeliver(Duration::ZERO)
            }
        }
    }

    /// A job that cannot be leased: somebody else has it, it is not due, it has ended, or it has had its attempts.
    async fn pass_by(&self, job: Uuid) -> Disposition {
        match self.store.has_ended(job).await {
            Ok(true) => return Disposition::Acknowledge,
            Ok(false) => {}
            Err(error) => return unanswered(&error),
        }
        match self.store.give_up(job, self.max_attempts).await {
            Ok(true) => {
                tracing::warn!("the job failed: its process ended with each attempt");
                self.tell(job).await;
                Disposition::Acknowledge
            }
            Ok(false) => Disposition::Redeliver(again()),
            Err(error) => unanswered(&error),
        }
    }

    async fn work(&self, lease: &Lease) -> Result<(), Failure> {
        let job = self.store.job_anywhere(lease.job).await;
        let job = job.map_err(|error| Failure::transient(Stage::Fetch, error))?;
        let run = self.pipeline.run(lease, job.ok_or(Failure::Lost)?);
        contained(Box::pin(run.work()), || run.stage()).await
    }

    /// Keeps the lease; returns when it is lost.
    async fn keep_alive(&self, lease: &Lease) -> Failure {
        let mut ticks = tokio::time::interval(HEARTBEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.store.heartbeat(lease).await {
                Ok(true) => {}
                Ok(false) => return Failure::Lost,
                Err(error) => tracing::warn!(%error, "the lease could not be kept"),
            }
        }
    }
}

/// Work whose panic ends its own job, and not the worker: it is a failure of the stage that it was in.
async fn contained(
    work: impl Future<Output = Result<(), Failure>>,
    stage: impl FnOnce() -> Stage,
) -> Result<(), Failure> {
    let worked = AssertUnwindSafe(work).catch_unwind().await;
    worked.unwrap_or_else(|panic| {
        let reason = format!(
            "the program failed on it: {}",
            panic_message(panic.as_ref())
        );
        Err(Failure::transient(stage(), reason))
    })
}

/// A database that does not answer says nothing of the job: it is looked at again.
fn unanswered(error: &sqlx::Error) -> Disposition {
    tracing::warn!(%error, "the database does not answer: the job is looked at again");
    Disposition::Redeliver(again())
}

/// How soon a job that cannot be taken now is looked at again: not all of them at once.
fn again() -> Duration {
    retry::wait_after(1, AGAIN, AGAIN)
}

/// Waits; `false` when the process is stopping.
async fn pause(wait: Duration, shutdown: &Shutdown) -> bool {
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        () = shutdown.stopping() => false,
    }
}

/// Keeps a message from being given to another worker.
async fn keep(message: &Message) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        settle(message, AckKind::Progress).await;
    }
}

async fn settle(message: &Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        // The message comes again, and the job's row says what was done.
        tracing::debug!("a message was not acknowledged: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn breaks() -> Result<(), Failure> {
        panic!("page 3 is cut")
    }

    #[tokio::test]
    async fn a_panic_in_a_job_is_a_failure_of_its_stage() {
        let failed = contained(breaks(), || Stage::Parse).await;
        let Err(Failure::Transient { stage, reason }) = failed else {
            panic!("{failed:?}");
        };
        assert_eq!(stage, Stage::Parse);
        assert!(reason.contains("page 3 is cut"), "{reason}");
        let well = contained(async { Ok(()) }, || Stage::Parse).await;
        assert!(well.is_ok());
    }
}
