//! From the outbox to JetStream.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream;
use stoa_kit::{Shutdown, nats, retry::Backoff};
use tokio::sync::Notify;

use crate::{SERVICE, WorkError, store::Store};

/// How long a message waits at most when nobody says that it is there.
const POLL: Duration = Duration::from_secs(1);
/// Waits after a failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How often jobs without a message are looked for.
const SWEEP: Duration = Duration::from_secs(30);

/// Publishes what transactions left in the outbox, at least once and in order.
pub(crate) struct Relay {
    store: Store,
    jetstream: jetstream::Context,
    wake: Arc<Notify>,
}

impl Relay {
    pub(crate) fn new(store: Store, jetstream: jetstream::Context, wake: Arc<Notify>) -> Self {
        Self {
            store,
            jetstream,
            wake,
        }
    }

    pub(crate) fn start(self, shutdown: &Shutdown) {
        let (relay, stop) = (Arc::new(self), shutdown.clone());
        shutdown.spawn_vital(SERVICE, "the outbox's relay", move || {
            let (relay, stop) = (Arc::clone(&relay), stop.clone());
            async move {
                tokio::select! {
                    () = relay.run() => {}
                    () = stop.stopping() => {}
                }
            }
        });
    }

    async fn run(&self) {
        let mut sweep = tokio::time::interval(SWEEP);
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = sweep.tick() => match self.store.requeue_forgotten().await {
                    Ok(0) => {}
                    Ok(jobs) => tracing::warn!(jobs, "jobs had no message in the queue and have one again"),
                    Err(error) => tracing::warn!(%error, "could not look for forgotten jobs"),
                },
            }
            loop {
                match self.publish().await {
                    Ok(0) => {
                        backoff.reset();
                        break;
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!("the outbox waits: {error}");
                        tokio::time::sleep(backoff.next_wait()).await;
                        break;
                    }
                }
            }
        }
    }

    /// Publishes a batch; a row goes only when JetStream has acknowledged its message.
    async fn publish(&self) -> Result<usize, WorkError> {
        let batch = self.store.outbox().await?;
        let mut acks = Vec::new();
        for row in batch.rows() {
            let headers = nats::headers(Some(&row.message_id));
            let ack = self
                .jetstream
                .publish_with_headers(row.subject.clone(), headers, row.payload.clone().into())
                .await?;
            // Sent first and awaited together, which takes one round trip a batch.
            acks.push(ack);
        }
        for ack in acks {
            ack.await?;
        }
        Ok(batch.remove().await?)
    }
}
