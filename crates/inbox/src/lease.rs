//! Which process speaks for a platform: one at a time, the others stand by.

use std::time::Duration;

use async_nats::jetstream::kv::Store;
use bytes::Bytes;
use stoa_kit::{Shutdown, nats::Nats};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How often it is renewed, and how long after the last renewal its holder takes it to be lost: well before
/// `nats::LEASE_AGE`, after which another process can have it.
const RENEWAL: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(7);
/// How often those who stand by look.
const LOOK: Duration = Duration::from_millis(500);

/// Runs `role` whenever this process has the lease on `name`, until shutdown. The token it is given is cancelled when
/// the lease is lost or the process stops; it must end soon after. What it fails with is said, and it begins again.
///
/// `instance` names this process over its restarts: after a kill it takes up its own lease at once.
pub async fn hold<F, R>(nats: &Nats, name: &str, instance: &str, shutdown: &Shutdown, role: F)
where
    F: Fn(CancellationToken) -> R,
    R: Future<Output = Result<(), Error>>,
{
    let mut standing_by = false;
    while !shutdown.is_stopping() {
        let pause = match term(nats, name, instance, shutdown, &role).await {
            Ok(true) => {
                standing_by = false;
                LOOK
            }
            Ok(false) => {
                if !standing_by {
                    tracing::info!(
                        lease = name,
                        "another process has the lease: this one stands by"
                    );
                    standing_by = true;
                }
                LOOK
            }
            Err(error) => {
                tracing::warn!(lease = name, "beginning again: {error}");
                RENEWAL
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.stopping() => {}
        }
    }
}

/// One term of holding the lease; `false` when another process has it.
async fn term<F, R>(
    nats: &Nats,
    name: &str,
    instance: &str,
    shutdown: &Shutdown,
    role: &F,
) -> Result<bool, Error>
where
    F: Fn(CancellationToken) -> R,
    R: Future<Output = Result<(), Error>>,
{
    let store = nats.leases().await?;
    let Some(revision) = acquire(&store, name, instance).await else {
        return Ok(false);
    };
    tracing::info!(lease = name, "this process has the lease");
    let stop = shutdown.stopping_token();
    let working = role(stop.clone());
    tokio::pin!(working);
    let ended = tokio::select! {
        ended = &mut working => {
            if let Err(error) = store.delete(name).await {
                tracing::debug!("a lease was not given back and runs out: {error}");
            }
            ended
        }
        () = keep(&store, name, instance, revision) => {
            tracing::warn!(lease = name, "this process lost the lease: it stops speaking");
            stop.cancel();
            working.await
        }
    };
    ended.map(|()| true)
}

async fn acquire(store: &Store, name: &str, instance: &str) -> Option<u64> {
    let value = Bytes::from(instance.to_owned());
    if let Ok(revision) = store.create(name, value.clone()).await {
        return Some(revision);
    }
    let entry = store.entry(name).await.ok().flatten()?;
    if entry.value != value {
        return None;
    }
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
