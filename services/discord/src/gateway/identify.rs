//! When a session may be begun: Discord grants a few at a time, to all processes of a bot together.

use std::time::Duration;

use async_nats::jetstream::kv::Store;
use stoa_chat::retry;
use tokio::sync::oneshot;
use twilight_gateway_queue::{IDENTIFY_DELAY, InMemoryQueue, Queue};
use twilight_model::gateway::SessionStartLimit;

/// The most between two looks whether it is this process's turn.
const LOOK: Duration = Duration::from_millis(500);

/// Turns at beginning a session. Shards of one bucket begin one after the other, `IDENTIFY_DELAY` apart: within this process
/// by its queue, and between processes by a lease that is kept for as long. A process that dies keeps it until it expires.
pub(super) struct Turns {
    queue: InMemoryQueue,
    leases: Store,
    buckets: u32,
}

impl Turns {
    pub(super) fn new(limit: &SessionStartLimit, leases: Store) -> Self {
        let queue = InMemoryQueue::new(
            limit.max_concurrency,
            limit.remaining.min(limit.total),
            Duration::from_millis(limit.reset_after),
            limit.total,
        );
        Self {
            queue,
            leases,
            buckets: u32::from(limit.max_concurrency).max(1),
        }
    }

    /// Told when the shard may begin a session; dropped when it has to ask again.
    pub(super) fn enqueue(&self, shard: u32) -> oneshot::Receiver<()> {
        let (mut sender, receiver) = oneshot::channel();
        let turn = Turn {
            queued: self.queue.enqueue(shard),
            leases: self.leases.clone(),
            key: format!("discord.identify.{}", shard % self.buckets),
        };
        tokio::spawn(async move {
            let revision = tokio::select! {
                revision = turn.come() => revision,
                // The connection that wanted it is gone.
                () = sender.closed() => return,
            };
            let Some((leases, key, revision)) = revision else {
                return;
            };
            // The lease is kept for the delay that Discord wants between two sessions, and given back at once where
            // none was begun.
            if sender.send(()).is_ok() {
                tokio::time::sleep(IDENTIFY_DELAY).await;
            }
            if let Err(error) = leases.delete_expect_revision(&key, Some(revision)).await {
                tracing::debug!("the next session is begun when a lease has expired: {error}");
            }
        });
        receiver
    }
}

struct Turn {
    queued: oneshot::Receiver<()>,
    leases: Store,
    key: String,
}

impl Turn {
    /// Waits for it; `None` when the queue has gone.
    async fn come(self) -> Option<(Store, String, u64)> {
        self.queued.await.ok()?;
        loop {
            match self.leases.create(&self.key, Vec::new().into()).await {
                Ok(revision) => return Some((self.leases, self.key, revision)),
                // Another process begins one, or NATS does not answer.
                Err(error) => tracing::debug!("a session is begun later: {error}"),
            }
            tokio::time::sleep(retry::wait_after(1, LOOK, LOOK)).await;
        }
    }
}
