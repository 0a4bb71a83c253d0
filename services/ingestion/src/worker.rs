//! Takes jobs off the queue and works on them.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{
    self, AckKind, Message,
    consumer::{AckPolicy, Consumer, pull},
};
use futures::StreamExt;
use stoa_kit::{Shutdown, config, nats};
use tokio::{sync::Notify, time::MissedTickBehavior};
use tracing::{Instrument, field};
use uuid::Uuid;

use crate::{
    job::State,
    pipeline::{Failure, Pipeline},
    store::{Lease, Store},
};

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
/// How soon a job that cannot be taken now is looked at again.
const AGAIN: Duration = Duration::from_secs(1);
/// Waits between attempts: the first, and the longest.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// Workers of this process.
#[derive(Clone)]
pub(crate) struct Worker {
    pipeline: Arc<Pipeline>,
    store: Store,
    workers: usize,
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
            workers: settings.workers,
            max_attempts: settings.max_attempts,
            wake,
        }
    }

    pub(crate) async fn start(
        self,
        jetstream: &jetstream::Context,
        shutdown: &Shutdown,
    ) -> Result<(), String> {
        let stream = jetstream
            .get_stream(nats::JOBS)
            .await
            .map_err(|error| error.to_string())?;
        let settings = pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            // The job's own attempts decide when it is given up, with a reason.
            max_deliver: -1,
            max_ack_pending: 10_000,
            ..pull::Config::default()
        };
        let consumer = stream
            .create_consumer(settings)
            .await
            .map_err(|error| format!("the consumer of {} cannot be made: {error}", nats::JOBS))?;
        for _ in 0..self.workers {
            let (worker, consumer, stop) = (self.clone(), consumer.clone(), shutdown.clone());
            shutdown.spawn("ingestion worker", async move {
                worker.run(&consumer, &stop).await;
            });
        }
        Ok(())
    }

    async fn run(&self, consumer: &Consumer<pull::Config>, shutdown: &Shutdown) {
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
                    if pause(AGAIN, shutdown).await {
                        continue;
                    } else {
                        return;
                    }
                }
            };
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
        let Ok(job) = Uuid::from_slice(&message.payload) else {
            tracing::error!(subject = %message.subject, "a message in the work queue names no job: it is dropped");
            settle(message, AckKind::Term).await;
            return;
        };
        let span = tracing::info_span!("job", %job, trace = field::Empty);
        nats::follow(&span, message.headers.as_ref());
        let handled = self.handle(job, message, shutdown).instrument(span);
        let disposition = Box::pin(handled).await;
        settle(
            message,
            match disposition {
                Disposition::Acknowledge => AckKind::Ack,
                Disposition::Redeliver(wait) => AckKind::Nak(Some(wait)),
            },
        )
        .await;
    }

    async fn handle(&self, job: Uuid, message: &Message, shutdown: &Shutdown) -> Disposition {
        let leased = match self.store.lease(job).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::warn!(%error, "the job cannot be taken: the database does not answer");
                return Disposition::Redeliver(AGAIN);
            }
        };
        let Some(lease) = leased else {
            // Somebody else has it, it is not due, or it has ended.
            return match self.store.has_ended(job).await {
                Ok(true) => Disposition::Acknowledge,
                Ok(false) | Err(_) => Disposition::Redeliver(AGAIN),
            };
        };
        // What is not the first to end is dropped where it waits. No harm is done: a stage can be repeated, and without
        // the lease it cannot record anything.
        tokio::select! {
            result = self.work(&lease) => self.conclude(&lease, result).await,
            failure = self.keep_alive(&lease, message) => self.conclude(&lease, Err(failure)).await,
            () = shutdown.stopping() => {
                // A job that cannot be given back is taken over when the lease has run out.
                if let Err(error) = self.store.release(&lease).await {
                    tracing::warn!(%error, "the job could not be given back");
                }
                Disposition::Redeliver(Duration::ZERO)
            }
        }
    }

    async fn work(&self, lease: &Lease) -> Result<(), Failure> {
        let job = self.store.job_anywhere(lease.job).await;
        let job = job.ok().flatten().ok_or(Failure::Lost)?;
        self.pipeline.run(lease, job).work().await
    }

    /// Keeps lease and message; returns when the lease is lost.
    async fn keep_alive(&self, lease: &Lease, message: &Message) -> Failure {
        let mut ticks = tokio::time::interval(HEARTBEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            settle(message, AckKind::Progress).await;
            match self.store.heartbeat(lease).await {
                Ok(true) => {}
                Ok(false) => return Failure::Lost,
                Err(error) => tracing::warn!(%error, "the lease could not be kept"),
            }
        }
    }

    async fn conclude(&self, lease: &Lease, result: Result<(), Failure>) -> Disposition {
        let concluded = match result {
            Ok(()) => Ok(Disposition::Acknowledge),
            Err(Failure::Lost) => self.let_go(lease).await,
            Err(Failure::Permanent {
                stage,
                page,
                reason,
            }) => {
                tracing::warn!(%stage, page, document = %lease.name, "the job failed: {reason}");
                self.store
                    .fail(lease, stage, page, &reason)
                    .await
                    .map(|_| Disposition::Acknowledge)
            }
            Err(Failure::Transient { stage, reason }) if lease.attempt >= self.max_attempts => {
                let reason = format!("{reason} (given up after {} attempts)", lease.attempt);
                tracing::warn!(%stage, document = %lease.name, "the job failed: {reason}");
                self.store
                    .fail(lease, stage, 0, &reason)
                    .await
                    .map(|_| Disposition::Acknowledge)
            }
            Err(Failure::Transient { stage, reason }) => {
                let wait = retry_wait(lease.attempt);
                tracing::info!(%stage, attempt = lease.attempt, ?wait, "the job is tried again: {reason}");
                let postponed = self
                    .store
                    .postpone(lease, stage, &reason, wait.as_secs_f64())
                    .await;
                postponed.map(|kept| {
                    if kept {
                        Disposition::Redeliver(wait)
                    } else {
                        Disposition::Acknowledge
                    }
                })
            }
        };
        if let Ok(Some(job)) = self.store.job_anywhere(lease.job).await {
            self.pipeline.events.publish(&job).await;
        }
        self.wake.notify_one();
        concluded.unwrap_or_else(|error| {
            tracing::warn!(%error, "the end of the job was not recorded: it is tried again");
            Disposition::Redeliver(AGAIN)
        })
    }

    /// Leaves a job that was cancelled or taken over. Only a cancelled one's passages are removed: whoever took it over
    /// writes under the same names.
    async fn let_go(&self, lease: &Lease) -> Result<Disposition, sqlx::Error> {
        let job = self.store.job_anywhere(lease.job).await?;
        let taken_over = job.is_some_and(|job| job.state != State::Cancelled);
        if !taken_over && let Err(status) = self.pipeline.clean(lease).await {
            tracing::debug!(
                "passages of a cancelled job stay, unseen: {}",
                status.message()
            );
        }
        self.store
            .let_go(lease)
            .await
            .map(|()| Disposition::Acknowledge)
    }
}

/// Doubles with each attempt.
fn retry_wait(attempt: u32) -> Duration {
    let doubled = FIRST_RETRY.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(LONGEST_RETRY)
}

/// Waits; `false` when the process is stopping.
async fn pause(wait: Duration, shutdown: &Shutdown) -> bool {
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        () = shutdown.stopping() => false,
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

    #[test]
    fn waits_double_up_to_a_limit() {
        assert_eq!(retry_wait(1), Duration::from_secs(2));
        assert_eq!(retry_wait(3), Duration::from_secs(8));
        assert_eq!(retry_wait(60), LONGEST_RETRY);
    }
}
