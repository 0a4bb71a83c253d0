//! Which process works for a platform: one at a time, the others stand by.

use std::time::Duration;

use async_nats::jetstream::kv::Store;
use bytes::Bytes;
use stoa_kit::{Shutdown, nats::Nats, retry::Backoff};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How often the lease is renewed.
const RENEWAL: Duration = Duration::from_secs(2);
/// The holder gives up this long after the last renewal. An attempt that hangs adds up to [`RENEWAL`], which leaves what
/// it was doing some two seconds to stop before the lease expires (`nats::LEASE_AGE`) and a standby takes over.
const PATIENCE: Duration = Duration::from_secs(7);
/// How often a standby tries to acquire it.
const POLL: Duration = Duration::from_millis(500);
/// Waits before a role that failed is started again.
const FIRST_RESTART: Duration = Duration::from_secs(2);
const LONGEST_RESTART: Duration = Duration::from_secs(15);

/// Runs `role` whenever this process holds the lease on `name`, until shutdown. The token that `role` gets is cancelled
/// when the lease is lost or the process stops; it must end soon after. Errors are logged and the role is restarted.
///
/// `instance` names this process across restarts, so that after a kill it takes up its own lease at once.
pub async fn hold<F, R, E>(nats: &Nats, name: &str, instance: &str, shutdown: &Shutdown, role: F)
where
    F: Fn(CancellationToken) -> R,
    R: Future<Output = Result<(), E>>,
    E: std::fmt::Display + From<Error>,
{
    let mut standing_by = false;
    let mut backoff = Backoff::new(FIRST_RESTART, LONGEST_RESTART);
    while !shutdown.is_stopping() {
        let pause = match term(nats, name, instance, shutdown, &role).await {
            Ok(true) => {
                standing_by = false;
                backoff.reset();
                POLL
            }
            Ok(false) => {
                if !standing_by {
                    tracing::info!(lease = name, "another process holds the lease: standing by");
                    standing_by = true;
                }
                POLL
            }
            Err(error) => {
                // Longer than `POLL`, so that a role that fails at once does not spin.
                tracing::warn!(
                    lease = name,
                    "what runs under the lease failed and is started again: {error}"
                );
                backoff.next_wait()
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.stopping() => {}
        }
    }
}

/// One term of holding the lease; `false` when another process holds it.
async fn term<F, R, E>(
    nats: &Nats,
    name: &str,
    instance: &str,
    shutdown: &Shutdown,
    role: &F,
) -> Result<bool, E>
where
    F: Fn(CancellationToken) -> R,
    R: Future<Output = Result<(), E>>,
    E: From<Error>,
{
    let store = nats.leases().await.map_err(Error::from)?;
    let Some(revision) = acquire(&store, name, instance).await else {
        return Ok(false);
    };
    tracing::info!(lease = name, "this process holds the lease");
    let stop = shutdown.stopping_token();
    let working = role(stop.clone());
    tokio::pin!(working);
    let ended = tokio::select! {
        ended = &mut working => {
            // Given back, so that a standby need not wait for it to expire.
            if let Err(error) = store.delete(name).await {
                tracing::debug!("a lease was not released and will expire: {error}");
            }
            ended
        }
        () = keep(&store, name, instance, revision) => {
            tracing::warn!(lease = name, "this process lost the lease and stops working");
            stop.cancel();
            // The lease is not given back, as it may already be another's. The role is waited for: started again before
            // it has ended, it would run twice in this process.
            working.await
        }
    };
    ended.map(|()| true)
}

async fn acquire(store: &Store, name: &str, instance: &str) -> Option<u64> {
    let value = Bytes::from(instance.to_owned());
    // A lease that has expired is gone from the bucket, so this succeeds when nobody holds it.
    if let Ok(revision) = store.create(name, value.clone()).await {
        return Some(revision);
    }
    let entry = store.entry(name).await.ok().flatten()?;
    if entry.value != value {
        return None;
    }
    // This process held it before it was killed. Against the revision that was read, as it may have expired and been taken
    // since.
    store.update(name, value, entry.revision).await.ok()
}

/// Renews the lease; returns when it is lost.
async fn keep(store: &Store, name: &str, instance: &str, mut revision: u64) {
    let mut renewed = Instant::now();
    loop {
        tokio::time::sleep(RENEWAL).await;
        let update = store.update(name, Bytes::from(instance.to_owned()), revision);
        match tokio::time::timeout(RENEWAL, update).await {
            Ok(Ok(next)) => {
                revision = next;
                renewed = Instant::now();
            }
            Ok(Err(error)) if is_taken(&error) => return,
            // Anything else may pass, and the lease is ours until it expires.
            Ok(Err(error)) => tracing::debug!("a lease was not renewed: {error}"),
            Err(_) => tracing::debug!("a lease was not renewed: NATS does not answer"),
        }
        if renewed.elapsed() > PATIENCE {
            return;
        }
    }
}

fn is_taken(error: &async_nats::jetstream::kv::UpdateError) -> bool {
    error.kind() == async_nats::jetstream::kv::UpdateErrorKind::WrongLastRevision
}
